"""Whether appraisals are explained: the criteria told before, the result talked about after."""

from __future__ import annotations

import pandas as pd

from asn_research.measure.grouping import with_city
from asn_research.methods.survey.simple_intervals import wilson

#: By column of the panel, the column of `appraisals` with the day.
COLUMNS = {"told": "criteria_told_date", "talked": "result_talk_date"}


def explained(appraisals: pd.DataFrame) -> dict[str, pd.Series]:
    """Return, for each appraisal, 1 if its criteria were told (or its result talked about), and 0 if not.

    A column that no office fills in is left out. In a quarter in which no appraisal of the whole city has a day,
    offices did not record it, so the value is missing.

    Parameters
    ----------
    appraisals : pd.DataFrame
        The processed table `appraisals`.

    Returns
    -------
    dict of str to pd.Series
        ``told`` and ``talked``, as far as they are recorded.
    """
    found = {}
    for name, column in COLUMNS.items():
        if column in appraisals and appraisals[column].notna().any():
            is_dated = appraisals[column].notna()
            is_recorded = is_dated.groupby(appraisals["period"]).transform("any")
            found[name] = is_dated.astype("float64").where(is_recorded)
    return found


def explaining_by_unit(appraisals: pd.DataFrame) -> pd.DataFrame | None:
    """Count the staff to whom criteria were told, and with whom the result was talked about.

    Parameters
    ----------
    appraisals : pd.DataFrame
        The processed table `appraisals`.

    Returns
    -------
    pd.DataFrame or None
        One row per unit and period, and for the city: n_employees, n_told, told_pct with interval, n_talked,
        talked_pct with interval. None if no office records the days.
    """
    known = explained(appraisals)
    if not known:
        return None
    rows = appraisals[["person_id", "reporting_unit_id", "period"]].assign(**known)
    rows = with_city(rows.drop_duplicates(["person_id", "period"]))
    grouped = rows.groupby(["unit_id", "period"], sort=True)
    table = grouped.agg(n_employees=("person_id", "nunique"))
    for name in known:
        count = grouped[name].sum(min_count=1)
        low, high = wilson(count.to_numpy(), table["n_employees"].to_numpy())
        table[f"n_{name}"] = count
        table[f"{name}_pct"] = 100 * count / table["n_employees"]
        table[f"{name}_low"], table[f"{name}_high"] = low, high
    return table.reset_index()
