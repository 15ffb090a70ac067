"""The professionalism index (IP ASN) of staff, with what is not known bounded, never filled with zero.

Offices' files seldom hold all that the index asks for. Each dimension of a person gets the lowest
and the highest value that the record allows; where the record is complete the two are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pandas as pd

from asn_research.measure.grouping import with_city
from asn_research.rules.regulations_staff import DisciplineRule, IpAsnRule

DIMENSIONS = ("qualification", "competence", "performance", "discipline")
Bounds = tuple[pd.Series, pd.Series]


def ip_asn_by_person(
    staff: pd.DataFrame,
    periods: Sequence[str],
    rule: IpAsnRule,
    *,
    courses: pd.DataFrame | None = None,
    appraisals: pd.DataFrame | None = None,
    sanctions: pd.DataFrame | None = None,
    discipline: DisciplineRule | None = None,
) -> pd.DataFrame:
    """Bound each person's index from what the year has shown so far.

    Parameters
    ----------
    staff : pd.DataFrame
        The processed table `employees`.
    periods : sequence of str
        The quarters; each takes in its year up to its own end.
    rule : IpAsnRule
        The points.
    courses, appraisals, sanctions : pd.DataFrame, optional
        Processed tables. A table that there is not leaves its dimension wholly open; a list of
        sanctions without a person's name means none.
    discipline : DisciplineRule, optional
        The level of each sanction.

    Returns
    -------
    pd.DataFrame
        One row per person and quarter: reporting_unit_id, each dimension's ``_low`` and ``_high``, and
        index_low and index_high, and sanctioned (known to be).

    Notes
    -----
    Quarters' predicates bound that of the year, which is not decided by the last of them: the index
    lies between the points of the best and the worst so far.
    """
    people = staff.drop_duplicates("person_id").set_index("person_id")
    pieces = []
    for period in periods:
        parts: dict[str, Bounds] = {
            "qualification": _qualification(people, rule),
            "competence": _competence(people, _so_far(courses, period), _until(courses, period), rule),
            "performance": _performance(people, _so_far(appraisals, period), rule),
            "discipline": _discipline(people, _so_far(sanctions, period), rule, discipline),
        }
        columns = {f"{d}_{end}": parts[d][k] for d in DIMENSIONS for k, end in enumerate(("low", "high"))}
        frame = pd.DataFrame(columns, index=people.index)
        frame["index_low"] = sum(frame[f"{d}_low"] for d in DIMENSIONS)
        frame["index_high"] = sum(frame[f"{d}_high"] for d in DIMENSIONS)
        none = rule.discipline["none"]
        pieces.append(
            frame.assign(
                reporting_unit_id=people["reporting_unit_id"],
                period=period,
                sanctioned=frame["discipline_high"] < none,
            )
        )
    return pd.concat(pieces).reset_index()


def ip_asn_by_unit(people: pd.DataFrame, rule: IpAsnRule) -> pd.DataFrame:
    """Average the bounds of a unit's staff; the figure of an agency is the mean of its people.

    Parameters
    ----------
    people : pd.DataFrame
        From `ip_asn_by_person`.
    rule : IpAsnRule
        The bands and the rounding policy.

    Returns
    -------
    pd.DataFrame
        One row per unit and quarter: n_staff, n_complete (staff whose index is known exactly),
        n_sanctioned, index_low, index_high, band_low, band_high, and the means of each dimension's bounds.
    """
    rows = with_city(people)
    columns = [f"{d}_{end}" for d in (*DIMENSIONS, "index") for end in ("low", "high")]
    rows = rows.assign(complete=rows["index_low"] == rows["index_high"])
    grouped = rows.groupby(["unit_id", "period"], sort=True)
    table = grouped.agg(
        n_staff=("person_id", "nunique"), n_complete=("complete", "sum"), n_sanctioned=("sanctioned", "sum")
    )
    # Points are halves and whole numbers: their sums are exact, and so is the quotient that is banded.
    sums = grouped[columns].sum()
    table = table.join(sums.div(table["n_staff"], axis=0))
    for end in ("low", "high"):
        table[f"band_{end}"] = [
            rule.band(Fraction(total) / int(n))
            for total, n in zip(sums[f"index_{end}"], table["n_staff"], strict=True)
        ]
    return table.reset_index()


def _so_far(table: pd.DataFrame | None, period: str) -> pd.DataFrame | None:
    """Return the rows of a period's year up to its end."""
    if table is None:
        return None
    codes = table["period"].astype("str")
    return table.loc[(codes.str[:4] == period[:4]) & (codes <= period)]


def _until(table: pd.DataFrame | None, period: str) -> pd.DataFrame | None:
    return None if table is None else table.loc[table["period"].astype("str") <= period]


def _open(people: pd.DataFrame, highest: float, lowest: float = 0.0) -> Bounds:
    return pd.Series(lowest, people.index), pd.Series(highest, people.index)


def _qualification(people: pd.DataFrame, rule: IpAsnRule) -> Bounds:
    lowest = min(points.lowest for points in rule.qualification.values())
    low, high = _open(people, rule.dimensions["qualification"], lowest)
    if "education" not in people:
        return low, high
    known = people["education"].astype("object")
    return (
        known.map({k: p.lowest for k, p in rule.qualification.items()}).astype("float64").fillna(low),
        known.map({k: p.highest for k, p in rule.qualification.items()}).astype("float64").fillna(high),
    )


def _competence(
    people: pd.DataFrame, year: pd.DataFrame | None, ever: pd.DataFrame | None, rule: IpAsnRule
) -> Bounds:
    if year is None or ever is None or "training_kind" not in ever:
        return _open(people, rule.dimensions["competence"])
    hours = {True: _hours_by_kind(ever, people), False: _hours_by_kind(year, people)}
    by_kind: dict[str, Bounds] = {}
    for position, parts in rule.competence.items():
        low, high = pd.Series(0.0, people.index), pd.Series(0.0, people.index)
        for part in parts:
            taken = hours[part.lasting].reindex(columns=list(part.kinds), fill_value=0.0).sum(axis=1)
            earned = taken >= part.at_least_jp
            low = low + part.points * earned
            # A certificate of an earlier year may exist all the same.
            high = high + (part.points if part.lasting else part.points * earned)
        by_kind[position] = low, high
    # Someone whose kind of position is not known may hold any of them.
    low = pd.concat([bounds[0] for bounds in by_kind.values()], axis=1).min(axis=1)
    high = pd.concat([bounds[1] for bounds in by_kind.values()], axis=1).max(axis=1)
    if "position_kind" not in people:
        return low, high
    held = people["position_kind"].astype("object")
    for kind, (lowest, highest) in by_kind.items():
        low, high = low.mask(held == kind, lowest), high.mask(held == kind, highest)
    return low, high


def _hours_by_kind(courses: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    known = courses.assign(training_kind=courses["training_kind"].astype("object"))
    table = known.pivot_table(index="person_id", columns="training_kind", values="hours_jp", aggfunc="sum")
    return table.reindex(people.index).fillna(0.0)


def _performance(people: pd.DataFrame, year: pd.DataFrame | None, rule: IpAsnRule) -> Bounds:
    low, high = _open(people, rule.dimensions["performance"], min(rule.performance.values()))
    if year is None:
        return low, high
    points = year["predicate_by_matrix"].astype("object").map(rule.performance).astype("float64")
    seen = points.groupby(year["person_id"])
    return seen.min().reindex(people.index).fillna(low), seen.max().reindex(people.index).fillna(high)


def _discipline(
    people: pd.DataFrame, year: pd.DataFrame | None, rule: IpAsnRule, levels: DisciplineRule | None
) -> Bounds:
    if year is None or levels is None:
        return _open(people, rule.dimensions["discipline"], min(rule.discipline.values()))
    points = year["sanction"].astype("object").map(levels.level_of).map(rule.discipline).astype("float64")
    worst = points.groupby(year["person_id"]).min().reindex(people.index)
    exact = worst.fillna(rule.discipline["none"])
    return exact, exact.copy()
