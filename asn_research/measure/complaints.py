"""Complaints of citizens and objections (keberatan) of staff: numbers, grounds, waiting times and outcomes.

Cases that have not been answered or decided yet are censored (Kaplan and Meier). Lower is better.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.typing import DataFrameGroupBy

from asn_research import rules
from asn_research.measure.grouping import with_city
from asn_research.measure.service_time import has_known_wait, share_within, taken_on
from asn_research.methods.estimates import Estimate
from asn_research.methods.survey.simple_intervals import wilson
from asn_research.methods.time.kaplan_meier import Survival, kaplan_meier
from asn_research.remembered import remembered
from asn_research.rules.cities import CITY, City
from asn_research.rules.regulations import ObjectionRule
from asn_research.rules.regulations_staff import ComplaintRule
from asn_research.rules.working_days import (
    NATIONAL,
    WorkCalendar,
    calendar_of,
    days_between,
    working_days_between,
)

Array = np.ndarray
_KEYS = ["unit_id", "period"]
#: A complaint that ended without a day of answer counts as answered on the day of its end, if at least this share of
#: those that ended have a day of answer: else the office does not write such days.
_LEAST_ANSWERS = 0.5


@remembered
def complaints_by_unit(
    complaints: pd.DataFrame, city: City | None = None, as_of: date | None = None
) -> pd.DataFrame:
    """Count complaints, and compare the times of answer and of resolution with the deadlines.

    Parameters
    ----------
    complaints : pd.DataFrame
        The processed table `complaints`.
    city : City, optional
        The register: its working days, and its own deadlines, if any. Each complaint has the rule in force
        on the day it was received; a complaint received before the first rule has no deadline.
    as_of : date, optional
        The day of the export; by default the last date in the table.

    Returns
    -------
    pd.DataFrame
        One row per unit and period: n, n_answered, n_resolved; answer_days_median with interval
        (working days), answered_in_time_pct and resolved_in_time_pct (of the n_due complaints with a
        deadline) with intervals. The rule says whether working or calendar days count. A complaint of
        unknown class has the deadline of the rule's usual class. nan if no complaint had a deadline.
        A complaint that is resolved without a day of answer counts as answered on that day, unless most have none.
        Complaints that were answered or ended on a day that is not recorded count in n_answered and n_resolved, and in no
        time; if the waits of more than a tenth of a unit's are unknown, its times are nan. A count is nan if it is not
        known of some.
        answers_basis and ends_basis tell what the shares in time rest on: ``all``; ``partly`` (some are left out);
        or why there is none: ``undated`` (too many), ``not_recorded``, ``no_rule``, ``not_yet`` (none is late yet).
        The city's shares are those of the units that record both.
    """
    taken = (
        pd.Timestamp(as_of)
        if as_of
        else taken_on(complaints, "received_date", "answered_date", "resolved_date")
    )
    received = complaints["received_date"]
    ends = {
        name: complaints[column] if column in complaints else pd.Series(pd.NaT, complaints.index)
        for name, column in (("answered", "answered_date"), ("resolved", "resolved_date"))
    }
    ends["answered"] = _answered_at_the_latest(complaints, ends)
    calendar = calendar_of(city) if city is not None else NATIONAL
    waits = _deadline_waits(complaints, ends, taken, city, calendar)
    rows = complaints[["reporting_unit_id", "period"]].assign(
        days=working_days_between(received, ends["answered"].fillna(taken), calendar).clip(lower=0),
        answer_wait=waits["answered"],
        resolve_wait=waits["resolved"],
        answered=ends["answered"].notna(),
        resolved=ends["resolved"].notna(),
        **{f"{name}_due": waits[name].notna() for name in ends},
        **_records(complaints, ends),
    )
    rows = _only_recorded(with_city(rows))
    grouped = rows.groupby(_KEYS, sort=True)
    table = grouped.agg(
        n=("answered", "size"),
        n_answered=("is_answered", sum_of_known),
        n_resolved=("is_resolved", sum_of_known),
    )
    columns = ("days", "answer_wait", "resolve_wait", "answered", "resolved")
    days, answer_wait, resolve_wait, has_answer, is_resolved = (rows[name].to_numpy() for name in columns)
    found = []
    for at in _places(grouped, table.index):
        middle = _curve(days[at], has_answer[at]).quantile(0.5)
        its = rows.iloc[at]
        answered = _in_time(its, answer_wait[at], has_answer[at], "answered")
        resolved = _in_time(its, resolve_wait[at], is_resolved[at], "resolved")
        found.append(
            {
                "answer_days_median": middle.value, "answer_days_low": middle.low,
                "answer_days_high": middle.high,
                "n_due": int(max((~np.isnan(wait[at])).sum() for wait in (answer_wait, resolve_wait))),
                "answered_in_time_pct": answered.value, "answered_in_time_low": answered.low,
                "answered_in_time_high": answered.high,
                "resolved_in_time_pct": resolved.value, "resolved_in_time_low": resolved.low,
                "resolved_in_time_high": resolved.high,
                "answers_basis": _basis(its, answer_wait[at], answered.value, "answered"),
                "ends_basis": _basis(its, resolve_wait[at], resolved.value, "resolved"),
            }
        )  # fmt: skip
    counts = {name: whole(table[name]) for name in ("n_answered", "n_resolved")}
    return table.assign(**counts).join(pd.DataFrame(found, index=table.index)).reset_index()


def whole(counts: pd.Series) -> pd.Series:
    """Return counts as whole numbers, if all are known."""
    return counts if counts.isna().any() else counts.astype("int64")


def _in_time(rows: pd.DataFrame, waited: Array, ended: Array, name: str) -> Estimate:
    """Return the share in time of the rows whose wait is judged."""
    known = ~np.isnan(waited)
    left_out = rows[f"{name}_undated"] & rows[f"{name}_due"] if known.any() else pd.Series(dtype=bool)
    return share_within(np.maximum(waited[known], 0), ended[known], 1.0, int(left_out.sum()))


def _basis(rows: pd.DataFrame, waited: Array, share: float, name: str) -> str:
    """Return what the share in time of some rows rests on, or why there is none."""
    due, known = rows[f"{name}_due"].to_numpy(), ~np.isnan(waited)
    if known.any():
        if np.isnan(share):
            return "not_yet"
        return "partly" if (due & ~known).any() else "all"
    if not due.any() or rows[f"{name}_recorded"].any():
        return "no_rule"
    return "undated" if rows[f"{name}_undated"].any() and rows[name].any() else "not_recorded"


def _answered_at_the_latest(complaints: pd.DataFrame, ends: Mapping[str, pd.Series]) -> pd.Series:
    """Return the days of answers; of a complaint that ended without one the day of its end, if most have a day of answer."""
    keys = [complaints[name] for name in ("reporting_unit_id", "period")]
    answered, ended = ends["answered"].notna(), ends["resolved"].notna()
    both, either = (
        mask.astype("int64").groupby(keys, observed=True, dropna=False).transform("sum")
        for mask in (answered & ended, ended)
    )
    return ends["answered"].fillna(ends["resolved"].where((both > 0) & (both >= _LEAST_ANSWERS * either)))


def _records(complaints: pd.DataFrame, ends: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    """Return of each complaint, for its answer and its end, what is known of them.

    ``is_``: 1, 0, or nan if that is not recorded. ``_undated``: its wait is unknown. ``_recorded``: its wait is judged.
    A table without states is taken to record what it has a column of.
    """
    state = (
        complaints["status"].astype("object")
        if "status" in complaints
        else pd.Series(np.nan, complaints.index, dtype="object")
    )
    keys = [complaints[name] for name in ("reporting_unit_id", "period")]
    is_over = {"answered": ends["resolved"].notna() | state.isin(["answered", "resolved"]), "resolved": state == "resolved"}  # fmt: skip
    waits = {"answered": ["open"], "resolved": ["open", "answered", "pending"]}
    found: dict[str, pd.Series] = {}
    for name, dates in ends.items():
        dated, over = dates.notna(), dates.notna() | is_over[name]
        is_waiting = ~over & (state.isin(waits[name]) | (state.isna() & (f"{name}_date" in complaints)))
        undated = ~dated & ~is_waiting
        found |= {
            f"is_{name}": over.astype("float64").where(over | is_waiting),
            f"{name}_undated": undated,
            f"{name}_recorded": has_known_wait(undated, dated, keys),
        }
    return found


def _only_recorded(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the waits that are judged: of a unit those that it records, of the city those of units with both."""
    answers, ends = rows["answered_recorded"], rows["resolved_recorded"]
    is_city = rows["unit_id"] == CITY
    unit = [rows[name] for name in ("unit_id", "reporting_unit_id", "period")]
    has_answers, has_ends = (
        mask.groupby(unit, observed=True, dropna=False).transform("any") for mask in (answers, ends)
    )
    both = has_answers & has_ends
    some_both = (both & is_city).groupby(rows["period"], observed=True).transform("any")
    answers = answers & (~is_city | both)
    ends = ends & (~is_city | ~some_both | both)
    return rows.assign(
        answered_recorded=answers,
        resolved_recorded=ends,
        # Those of a unit none of whose waits is judged are not beside the judged ones.
        answered_undated=rows["answered_undated"] & (~is_city | both),
        resolved_undated=rows["resolved_undated"] & (~is_city | has_ends),
        days=rows["days"].where(answers),
        answer_wait=rows["answer_wait"].where(answers),
        resolve_wait=rows["resolve_wait"].where(ends),
    )


def sum_of_known(values: pd.Series) -> float:
    """Return a number of cases; nan if it is not known of some."""
    return float(values.sum(skipna=False))


def _deadline_waits(
    complaints: pd.DataFrame, ends: Mapping[str, pd.Series], taken: pd.Timestamp, city: City | None,
    calendar: WorkCalendar,
) -> pd.DataFrame:  # fmt: skip
    """Return the waiting times of each complaint, as a share of the deadline in force on its day of receipt."""
    received = complaints["received_date"]
    waits = pd.DataFrame(np.nan, index=complaints.index, columns=["answered", "resolved"])
    days = received.dt.normalize().dropna().unique()
    ruled = {day: rules.at(day.date(), city).get(ComplaintRule) for day in days}
    for rule in {rule.rule: rule for rule in ruled.values() if rule is not None}.values():
        at = received.dt.normalize().isin([day for day, its in ruled.items() if its == rule])
        kind = (
            complaints.loc[at, "complaint_class"].astype("object").fillna(rule.class_if_unknown)
            if "complaint_class" in complaints
            else pd.Series(rule.class_if_unknown, complaints.index[at])
        )
        waited = {
            name: days_between(received[at], end[at].fillna(taken), rule.days, calendar)
            for name, end in ends.items()
        }
        waits.loc[at, "answered"] = waited["answered"] / rule.first_response_days
        waits.loc[at, "resolved"] = waited["resolved"] / kind.map(rule.resolve_within_days).astype("float64")
    return waits


def _places(grouped: DataFrameGroupBy[Any, Any], keys: pd.Index) -> Iterator[Array]:
    """Yield the positions of the rows of each group."""
    places = grouped.indices
    return (np.asarray(places[key]) for key in keys)


def _curve(waited: Array, ended: Array) -> Survival:
    known = ~np.isnan(waited)
    return kaplan_meier(np.maximum(waited[known], 0), ended[known])


def objections_by_unit(
    objections: pd.DataFrame,
    appraisals: pd.DataFrame | None,
    city: City | None = None,
) -> pd.DataFrame:
    """Count objections by outcome, and compute how long decisions took.

    Parameters
    ----------
    objections, appraisals : pd.DataFrame
        Processed tables; without appraisals there is no rate, and no number of late objections.
    city : City, optional
        The register: its working days, and its own deadlines, if any. Each objection has the rule in force
        on the day it was filed.

    Returns
    -------
    pd.DataFrame
        One row per unit and contested period: n, n_employees, n_decided, n_upheld, upheld_pct (of decided
        objections) with interval, n_late (of those with a deadline and a day of appraisal; nan if there is none), decision_days_median with interval
        (working days; undecided objections are censored), n_rated, per_1000_employees (staff who objected
        per 1,000 appraised staff) with interval.
    """
    calendar = calendar_of(city) if city is not None else NATIONAL
    taken = taken_on(objections, "filed_date", "decided_date")
    decided = (
        objections["decided_date"] if "decided_date" in objections else pd.Series(pd.NaT, objections.index)
    )
    decisions = decisions_of(objections)
    is_undated = (
        (decisions["is_decided"] != 0)
        if "decided_date" in objections
        else pd.Series(True, index=objections.index)
    )
    known = has_known_wait(
        decided.isna() & is_undated,
        decided.notna(),
        [objections[name] for name in ("reporting_unit_id", "period")],
    )
    rows = objections[["reporting_unit_id", "period", "person_id"]].assign(
        days=working_days_between(objections["filed_date"], decided.fillna(taken), calendar).where(known),
        decided=decided.notna(),
        is_decided=decisions["is_decided"],
        upheld=decisions["is_upheld"],
        late=_is_late(objections, appraisals, city, calendar),
    )
    rows = with_city(rows)
    grouped = rows.groupby(_KEYS, sort=True)
    table = grouped.agg(
        n=("person_id", "size"), n_employees=("person_id", "nunique"), n_decided=("is_decided", sum_of_known),
        n_upheld=("upheld", sum_of_known),
    )  # fmt: skip
    table = table.assign(**{name: whole(table[name]) for name in ("n_decided", "n_upheld")})
    # If no objection of a group had a deadline, the number of late ones is nan and not 0.
    table["n_late"] = grouped["late"].sum(min_count=1)
    days, ended = rows["days"].to_numpy(), rows["decided"].to_numpy()
    middles = [_curve(days[at], ended[at]).quantile(0.5) for at in _places(grouped, table.index)]
    table = table.assign(
        decision_days_median=[m.value for m in middles],
        decision_days_low=[m.low for m in middles],
        decision_days_high=[m.high for m in middles],
        upheld_pct=100 * table["n_upheld"] / table["n_decided"].where(table["n_decided"] > 0),
    ).reset_index()
    table["upheld_low"], table["upheld_high"] = wilson(
        table["n_upheld"].to_numpy(), table["n_decided"].to_numpy()
    )
    return _with_rate(table, appraisals)


def decisions_of(objections: pd.DataFrame) -> pd.DataFrame:
    """Return of each objection whether it is decided and whether it was upheld.

    Returns
    -------
    pd.DataFrame
        is_decided and is_upheld: 1, 0, or nan if that is not recorded. Of a decision without an outcome it is not known
        whether it upheld.
    """
    nothing = pd.Series(np.nan, index=objections.index, dtype="object")
    outcome = objections["outcome"].astype("object") if "outcome" in objections else nothing
    is_dated = objections["decided_date"].notna() if "decided_date" in objections else nothing.notna()
    has_outcome = outcome.isin(["upheld", "rejected"])
    is_decided = is_dated | has_outcome
    is_recorded = (outcome != "unknown") & bool({"decided_date", "outcome"} & set(objections))
    # Without a column of outcomes, an objection that waits was not upheld either.
    return pd.DataFrame(
        {
            "is_decided": is_decided.astype("float64").where(is_decided | is_recorded),
            "is_upheld": (outcome == "upheld")
            .astype("float64")
            .where(has_outcome | (~is_decided & is_recorded)),
        }
    )


def _with_rate(table: pd.DataFrame, appraisals: pd.DataFrame | None) -> pd.DataFrame:
    if appraisals is None:
        return table.assign(
            n_rated=np.nan, per_1000_employees=np.nan, per_1000_low=np.nan, per_1000_high=np.nan
        )
    rated = with_city(appraisals).groupby(_KEYS)["person_id"].nunique().rename("n_rated").reset_index()
    table = table.merge(rated, on=_KEYS, how="left")
    # More objectors than appraised staff means that the list of appraisals is incomplete; then no rate is given.
    n_rated = table["n_rated"].where(table["n_rated"] >= table["n_employees"])
    low, high = wilson(table["n_employees"].to_numpy(), n_rated.fillna(0).to_numpy())
    return table.assign(
        per_1000_employees=1000 * table["n_employees"] / n_rated,
        per_1000_low=10 * low,
        per_1000_high=10 * high,
    )


def grounds_by_unit(objections: pd.DataFrame) -> pd.DataFrame | None:
    """Count objections by ground, and how many of each were upheld.

    Returns
    -------
    pd.DataFrame or None
        One row per unit, contested period and ground: n_employees, n_upheld (nan if not known of some), share_pct,
        n_objectors (on any ground). None if the table has no grounds.
    """
    if "ground" not in objections:
        return None
    rows = objections.assign(
        ground=objections["ground"].astype("object").fillna("unknown"),
        upheld=decisions_of(objections)["is_upheld"],
    )
    table = (
        with_city(rows)
        .groupby([*_KEYS, "ground"], sort=True)
        .agg(n_employees=("person_id", "nunique"), n_upheld=("upheld", sum_of_known))
    )
    table["n_upheld"] = whole(table["n_upheld"])
    total = table.groupby(_KEYS)["n_employees"].transform("sum")
    table = table.assign(share_pct=100 * table["n_employees"] / total)
    all_of = with_city(rows).groupby(_KEYS)["person_id"].nunique().rename("n_objectors")
    return table.join(all_of).reset_index()


def _is_late(
    objections: pd.DataFrame, appraisals: pd.DataFrame | None, city: City | None, calendar: WorkCalendar
) -> pd.Series:
    """Return 1 for a late objection, 0 for one in time, and nan without a rule on its day or a day of the appraisal."""
    rows_rules = [
        rules.at(day.date(), city).get(ObjectionRule) if pd.notna(day) else None
        for day in objections["filed_date"]
    ]
    if appraisals is None or "appraised_date" not in appraisals:
        return pd.Series(np.nan, index=objections.index)
    known = appraisals[["person_id", "period", "appraised_date"]].drop_duplicates(["person_id", "period"])
    dates = objections[["person_id", "period", "filed_date"]].merge(
        known, on=["person_id", "period"], how="left"
    )
    late = np.full(len(objections), np.nan)
    for rule in {rule.rule: rule for rule in rows_rules if rule is not None}.values():
        at = np.array([its == rule for its in rows_rules])
        waited = days_between(dates["appraised_date"][at], dates["filed_date"][at], rule.days, calendar)
        late[at] = (waited > rule.file_within_days).astype("float64").where(waited.notna()).to_numpy()
    return pd.Series(late, index=objections.index)
