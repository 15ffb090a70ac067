"""Figures that are made of other figures: they are made again of what may be shown."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.measure.audit import effective_grades, verdict_on
from asn_research.measure.ip_asn import DIMENSIONS
from asn_research.protect.guards import Mask
from asn_research.protect.predicates import ANCHOR, Distribution, distribution_of
from asn_research.rules.cities import CITY, City
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.regulations_staff import PREDICATES, DistributionLimit, InformationRule, IpAsnRule

#: In so many rare grades, held by as many people as a group has, the effective number tells of none of them.
_MANY_GRADES = 5
#: Columns of appraisals that are predicates, or that make them.
_MAKES_PREDICATES = ("predicate", "predicate_by_matrix", "results_rating", "behaviour_rating")
#: A number of people that is made of its share may miss a whole one by so much.
_ROUNDED = 1e-6


def parts_merged_grades(grade_counts: pd.Series, rule: DisclosureRule) -> Mask:
    """Return where the effective number of grades would part the cells that must be merged.

    Parameters
    ----------
    grade_counts : pd.Series
        People with each grade, joined by ``|``.
    rule : DisclosureRule
        The smallest cell, and the smallest group.
    """
    parted = {}
    for text in grade_counts.unique():
        rare = [n for n in map(int, str(text).split("|")) if n < rule.smallest_cell]
        parted[text] = bool(rare) and (len(rare) < _MANY_GRADES or sum(rare) < rule.smallest_group.employees)
    return grade_counts.map(parted).to_numpy(dtype=bool)


def tells_of_few(frame: pd.DataFrame, rule: DisclosureRule) -> Mask:
    """Return where a share that is compared with the period before tells of few, or parts what a distribution merges.

    Parameters
    ----------
    frame : pd.DataFrame
        The measure `quality_drift`.
    rule : DisclosureRule
        The smallest cell.
    """
    few = np.zeros(len(frame), dtype=bool)
    for n, share in (("n_before", "before"), ("n_now", "now")):
        number = (frame[share] * frame[n] / 100).to_numpy(dtype="float64", na_value=np.nan)
        rest = frame[n].to_numpy(dtype="float64", na_value=np.nan) - number
        few |= np.fmin(number, rest) < rule.smallest_cell - _ROUNDED
    makes_predicates = frame["column"].isin(_MAKES_PREDICATES).to_numpy(dtype=bool)
    return (frame["test_kind"] == "shares").to_numpy(dtype=bool) & (few | makes_predicates)


def with_told_verdicts(
    measures: Mapping[str, pd.DataFrame | None], told: Mapping[tuple[str, str], Distribution]
) -> dict[str, pd.DataFrame | None]:
    """Return measures with the verdict on predicates made of the distribution as it is told.

    So all who hold one predicate, and nearly all who do, have the same verdict: what is merged is taken for
    one predicate.

    Parameters
    ----------
    measures : mapping of str to pd.DataFrame or None
        By name.
    told : mapping
        By unit and period, how its predicates are told.
    """
    found = dict(measures)
    audit = measures.get("information")
    verdicts: dict[tuple[str, str], tuple[str, str]] = {}
    if audit is not None and not audit.empty:
        found["information"] = audit = audit.copy()
        for index, row in audit[audit["subject"] == "predicate"].iterrows():
            key = (str(row["unit_id"]), str(row["period"]))
            verdict, reasons = _verdict_on(told.get(key), row)
            verdicts[key] = verdict, "|".join(reasons)
            audit.loc[index, ["verdict", "reasons"]] = verdicts[key]
    for name, frame in measures.items():
        if frame is not None and "ratings_verdict" in frame:
            keys = zip(frame["unit_id"].astype("str"), frame["period"].astype("str"), strict=True)
            found[name] = frame.assign(
                ratings_verdict=[verdicts.get(key, ("unknown", ""))[0] for key in keys]
            )
    return found


def _verdict_on(distribution: Distribution | None, row: pd.Series) -> tuple[str, list[str]]:
    if distribution is None or not distribution.n:
        return "unknown", []
    rule = rules.at(str(row["period"])).one(InformationRule)
    counts = (
        [distribution.held(part) for part in distribution.parts]
        if distribution.is_exact
        else [distribution.n]
    )
    reliability = float(row["reliability"]) if distribution.is_exact else float("nan")
    effective = effective_grades(np.array(counts))[0]
    verdict, reasons = verdict_on(
        distribution.n, effective, 100 * max(counts) / distribution.n, reliability, rule
    )
    if not distribution.merged:
        return verdict, reasons
    # Of merged predicates nobody is told that all hold the same one.
    shown = {"few_grades": "few_shown", "commonest": "commonest_shown"}
    return ("cannot" if verdict == "all_alike" else verdict), [shown.get(each, each) for each in reasons]


def is_kept_for_all(frame: pd.DataFrame, told: Mapping[tuple[str, str], Distribution]) -> pd.DataFrame:
    """Return the guide with `is_kept` only where all distributions that a reader can think of agree in it.

    Parameters
    ----------
    frame : pd.DataFrame
        The measure `distribution`.
    told : mapping
        By unit and period, how its predicates are told.
    """
    kept = []
    for row in frame.to_dict("records"):
        distribution, names = (
            told[str(row["unit_id"]), str(row["period"])],
            tuple(str(row["predicates"]).split("|")),
        )
        value = int(row["bound_value"]) if row["bound"] == "at_least_n" else row["bound_value"]
        limit = DistributionLimit(predicates=names, most=False, **{str(row["bound"]): value})
        ends = {limit.is_kept(n, distribution.n) for n in distribution.bounds(names)}
        kept.append(ends.pop() if len(ends) == 1 else None)
    return frame.assign(is_kept=pd.Series(kept, index=frame.index, dtype="object"))


def index_of_shown_parts(frame: pd.DataFrame, rule: DisclosureRule, city: City | None) -> pd.DataFrame:
    """Return the professionalism index made of what may be shown of performance and discipline.

    Performance lies between the least and the most points that are possible with the predicates as they are told:
    where few hold one that harms them, or nobody, as many may as are not told apart from nobody. Where fewer are sanctioned than may be shown, nobody may be, or one
    less than may be shown, and each as severely as the rule knows.
    """
    rows = [_shown_parts(row, rule, city) for row in frame.to_dict("records")]
    return pd.DataFrame(rows, index=frame.index)


def _shown_parts(
    measured: Mapping[Hashable, Any], rule: DisclosureRule, city: City | None
) -> dict[Hashable, Any]:
    row = dict(measured)
    index_rule = rules.at(str(row["period"]), city).one(IpAsnRule)
    n = int(row["n_staff"])
    of_city = row["unit_id"] == CITY
    row["performance_low"], row["performance_high"] = (
        float(total / n)
        for total in _performance(str(row["performance_points"]), index_rule, rule, of_city=of_city)
    )
    if row["n_sanctioned"] < rule.smallest_group.employees:
        full, least = max(index_rule.discipline.values()), min(index_rule.discipline.values())
        most = min(rule.smallest_group.employees - 1, n)
        row["discipline_low"] = min(float(row["discipline_low"]), full - most * (full - least) / n)
        row["discipline_high"] = float(full)
    for end in ("low", "high"):
        parts = [Fraction(float(row[f"{name}_{end}"])).limit_denominator(2 * n) for name in DIMENSIONS]
        total = sum(parts, Fraction(0))
        row[f"index_{end}"], row[f"band_{end}"] = float(total), index_rule.band(total)
    return row


def _performance(
    points: str, index_rule: IpAsnRule, rule: DisclosureRule, *, of_city: bool
) -> tuple[float, float]:
    """Return the sums of the lowest and highest points that the predicates, as they are told, allow.

    Points are those of predicates, and a span of points is that of people whose predicate is not known.
    """
    cells = [
        (float(low), float(high), int(n)) for low, high, n in (cell.split(":") for cell in points.split("|"))
    ]
    of_predicate = {name: float(value) for name, value in index_rule.performance.items()}
    anything = (min(of_predicate.values()), float(index_rule.dimensions["performance"]))
    n_unknown = sum(n for low, high, n in cells if (low, high) == anything)
    known = [cell for cell in cells if cell[:2] != anything]
    worst, best = (distribution_of(_held(known, end, of_predicate), rule, of_city=of_city) for end in (0, 1))
    # Few whose predicate is not known count as so many as may not be told apart, out of the others.
    others = max(rule.smallest_cell - 1 - n_unknown, 0) if n_unknown else 0
    low, high = (end * (n_unknown + others) - others * of_predicate[ANCHOR] for end in anything)
    n = sum(n for *_, n in cells)
    lowest = _points(worst, of_predicate, most=False) + low
    highest = _points(best, of_predicate, most=True) + high
    return max(lowest, n * anything[0]), min(highest, n * anything[1])


def _held(
    cells: Sequence[tuple[float, float, int]], end: int, of_predicate: Mapping[str, float]
) -> dict[str, int]:
    """Return how many staff have each predicate as the worst of their year, or as the best."""
    return {
        name: sum(cell[2] for cell in cells if cell[end] == value) for name, value in of_predicate.items()
    }


def _points(told: Distribution, of_predicate: Mapping[str, float], *, most: bool) -> float:
    """Return the least or the most points that staff can have together, for all that is told."""
    order = sorted(PREDICATES, key=of_predicate.__getitem__, reverse=most)
    total, left = 0.0, told.n
    for place, name in enumerate(order):
        # As many as can be hold the first, then the second beside them.
        reach = told.bounds(order[: place + 1])[1]
        here = max(0, min(left, reach - (told.n - left)))
        total += here * of_predicate[name]
        left -= here
    return total
