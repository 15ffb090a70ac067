"""Attendance of staff, and results of programmes against their targets."""

from __future__ import annotations

import pandas as pd

from asn_research.measure.grouping import with_city


def attendance_by_unit(attendance: pd.DataFrame) -> pd.DataFrame:
    """Compute days present, late and absent as percentages of working days.

    Returns
    -------
    pd.DataFrame
        One row per unit and period: n_staff, present_pct, late_pct, absent_pct.
    """
    columns = [c for c in ("present_days_n", "late_days_n", "absent_days_n") if c in attendance]
    grouped = with_city(attendance).groupby(["unit_id", "period"], sort=True)
    days = grouped[["working_days_n", *columns]].sum().astype("float64")
    table = grouped["person_id"].nunique().rename("n_staff").to_frame()
    for column in columns:
        table[column.replace("_days_n", "_pct")] = 100 * days[column] / days["working_days_n"]
    return table.reset_index()


def programmes_by_unit(programmes: pd.DataFrame) -> pd.DataFrame:
    """Compute the output of each programme as a percentage of its target.

    Returns
    -------
    pd.DataFrame
        One row per unit, period and programme: target_n, output_n, achieved_pct, output_unit.
    """
    table = programmes.assign(unit_id=programmes["reporting_unit_id"])
    for column, missing in (("target_n", float("nan")), ("output_unit", "")):
        if column not in table:
            table[column] = missing
    target = table["target_n"].where(table["target_n"] > 0)
    table = table.assign(achieved_pct=100 * table["output_n"] / target)
    keep = ["unit_id", "period", "programme", "target_n", "output_n", "achieved_pct", "output_unit"]
    return table[keep].sort_values(keep[:3], ignore_index=True)
