"""Lesson hours (JP) of staff, and the yearly duty."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from asn_research.measure.grouping import with_city
from asn_research.measure.intervals import wilson
from asn_research.rules.regulations import TrainingRule


def hours_by_person(courses: pd.DataFrame, staff: pd.DataFrame, periods: Sequence[str]) -> pd.DataFrame:
    """Return the lesson hours of everyone in every quarter, none included.

    Parameters
    ----------
    courses : pd.DataFrame
        The processed table `training`.
    staff : pd.DataFrame
        person_id, reporting_unit_id and employment_type of everyone.
    periods : sequence of str
        The quarters, oldest first.

    Returns
    -------
    pd.DataFrame
        One row per person and quarter: hours_jp (in the quarter), hours_year (since the year began),
        training_jp10 (tens of JP since the first quarter).
    """
    grid = staff.merge(
        pd.DataFrame({"period": list(periods), "quarter_no": range(len(periods))}), how="cross"
    )
    taken = courses.groupby(["person_id", "period"])["hours_jp"].sum().rename("hours_jp").reset_index()
    grid = grid.merge(taken, on=["person_id", "period"], how="left").fillna({"hours_jp": 0.0})
    grid = grid.sort_values(["person_id", "quarter_no"], ignore_index=True)
    grid["training_jp10"] = grid.groupby("person_id")["hours_jp"].cumsum() / 10
    grid["hours_year"] = grid.groupby(["person_id", grid["period"].str[:4]])["hours_jp"].cumsum()
    return grid


def training_by_unit(hours: pd.DataFrame, rule: TrainingRule) -> pd.DataFrame:
    """Measure hours and the duty by unit and quarter, and for the city.

    The duty is one of PNS; for PPPK the regulation sets a ceiling, and few hours are no failure.

    Parameters
    ----------
    hours : pd.DataFrame
        From `hours_by_person`.
    rule : TrainingRule
        Hours owed and allowed.

    Returns
    -------
    pd.DataFrame
        One row per unit and quarter: n_staff, n_trained, hours_total, hours_mean (in the quarter);
        n_pns, n_pns_met, pns_met_pct with interval, n_pppk, n_pppk_over (since the year began).
    """
    rows = with_city(hours)
    kind = rows["employment_type"]
    rows = rows.assign(
        trained=rows["hours_jp"] > 0,
        pns=kind == "pns",
        pns_met=(kind == "pns") & (rows["hours_year"] >= rule.pns_at_least_jp),
        pppk=kind == "pppk",
        pppk_over=(kind == "pppk") & (rows["hours_year"] > rule.pppk_at_most_jp),
    )
    table = rows.groupby(["unit_id", "period"], sort=True).agg(
        n_staff=("person_id", "nunique"), n_trained=("trained", "sum"), hours_total=("hours_jp", "sum"),
        hours_mean=("hours_jp", "mean"), n_pns=("pns", "sum"), n_pns_met=("pns_met", "sum"),
        n_pppk=("pppk", "sum"), n_pppk_over=("pppk_over", "sum"),
    )  # fmt: skip
    table["pns_met_pct"] = 100 * table["n_pns_met"] / table["n_pns"].where(table["n_pns"] > 0)
    low, high = wilson(table["n_pns_met"].to_numpy(), table["n_pns"].to_numpy())
    return table.assign(pns_met_low=low, pns_met_high=high).reset_index()
