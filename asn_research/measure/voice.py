"""Complaints of citizens and objections (keberatan) of staff."""

from __future__ import annotations

import numpy as np
import pandas as pd

from asn_research.measure.calendar import working_days_between
from asn_research.measure.grouping import with_city
from asn_research.rules.regulations import ObjectionRule


def complaints_by_unit(complaints: pd.DataFrame) -> pd.DataFrame:
    """Count complaints and their answers. Answered is not resolved.

    Returns
    -------
    pd.DataFrame
        One row per unit and period: n, n_answered, answer_days_median (working days), n_resolved.
    """
    empty = pd.Series(pd.NaT, index=complaints.index)
    answered = complaints.get("answered_date", empty)
    resolved = complaints.get("resolved_date", empty)
    rows = complaints[["reporting_unit_id", "period"]].assign(
        days=working_days_between(complaints["received_date"], answered),
        answered=answered.notna(),
        resolved=resolved.notna(),
    )
    table = with_city(rows).groupby(["unit_id", "period"], sort=True).agg(
        n=("answered", "size"), n_answered=("answered", "sum"), answer_days_median=("days", "median"),
        n_resolved=("resolved", "sum"),
    )  # fmt: skip
    return table.reset_index()


def objections_by_unit(
    objections: pd.DataFrame, appraisals: pd.DataFrame | None, rule: ObjectionRule
) -> pd.DataFrame:
    """Count objections, how they ended, and how long that took.

    Parameters
    ----------
    objections, appraisals : pd.DataFrame
        Processed tables; without appraisals there is no rate and no lateness.
    rule : ObjectionRule
        The days within which to object.

    Returns
    -------
    pd.DataFrame
        One row per unit and contested period: n, n_employees, n_decided, n_upheld, n_late,
        decision_days_median (working days), per_1000_employees.
    """
    empty = pd.Series(pd.NaT, index=objections.index)
    decided = objections.get("decided_date", empty)
    outcome = objections["outcome"] if "outcome" in objections else pd.Series("", index=objections.index)
    rows = objections[["reporting_unit_id", "period", "person_id"]].assign(
        days=working_days_between(objections["filed_date"], decided),
        decided=decided.notna(),
        upheld=outcome == "upheld",
        late=_is_late(objections, appraisals, rule),
    )
    table = with_city(rows).groupby(["unit_id", "period"], sort=True).agg(
        n=("person_id", "size"), n_employees=("person_id", "nunique"), n_decided=("decided", "sum"),
        n_upheld=("upheld", "sum"), n_late=("late", "sum"), decision_days_median=("days", "median"),
    )  # fmt: skip
    table = table.reset_index()
    if appraisals is None:
        return table.assign(per_1000_employees=np.nan)
    rated = (
        with_city(appraisals)
        .groupby(["unit_id", "period"])["person_id"]
        .nunique()
        .rename("_rated")
        .reset_index()
    )
    table = table.merge(rated, on=["unit_id", "period"], how="left")
    return table.assign(per_1000_employees=1000 * table["n"] / table["_rated"]).drop(columns="_rated")


def _is_late(objections: pd.DataFrame, appraisals: pd.DataFrame | None, rule: ObjectionRule) -> pd.Series:
    if appraisals is None or "appraised_date" not in appraisals:
        return pd.Series(data=False, index=objections.index)
    known = appraisals[["person_id", "period", "appraised_date"]].drop_duplicates(["person_id", "period"])
    dates = objections[["person_id", "period", "filed_date"]].merge(
        known, on=["person_id", "period"], how="left"
    )
    if rule.days == "working":
        waited = working_days_between(dates["appraised_date"], dates["filed_date"])
    else:
        waited = (dates["filed_date"].dt.normalize() - dates["appraised_date"].dt.normalize()).dt.days
    return pd.Series((waited > rule.file_within_days).to_numpy(), index=objections.index)
