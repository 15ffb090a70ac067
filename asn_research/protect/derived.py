"""Derived values: they are computed again from values that may be shown, so that they reveal no others."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.measure.ip_asn import DIMENSIONS
from asn_research.measure.rating_information import effective_grades, verdict_on
from asn_research.protect.guards import Mask
from asn_research.protect.predikats import ANCHOR, Distribution, distribution_of
from asn_research.rules.cities import CITY, City
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.regulations_staff import PREDIKATS, DistributionLimit, InformationRule, IpAsnRule

#: If at least so many grades are rare, and together have enough people for a group, their effective number is shown.
_MANY_GRADES = 5
#: Columns of appraisals that are predikat or that determine it.
_MAKES_PREDIKATS = ("predikat", "predikat_by_matrix", "results_rating", "behaviour_rating")
#: Rounding tolerance of a number of people that is computed from its share.
_ROUNDED = 1e-6


def parts_merged_grades(grade_counts: pd.Series, rule: DisclosureRule) -> Mask:
    """Return where the effective number of grades would separate grades that must be merged.

    Parameters
    ----------
    grade_counts : pd.Series
        Number of people by grade, joined by ``|``.
    rule : DisclosureRule
        The smallest cell, and the smallest group.
    """
    parted = {}
    for text in grade_counts.unique():
        rare = [n for n in map(int, str(text).split("|")) if n < rule.smallest_cell]
        parted[text] = bool(rare) and (len(rare) < _MANY_GRADES or sum(rare) < rule.smallest_group.employees)
    return grade_counts.map(parted).to_numpy(dtype=bool)


def tells_of_few(frame: pd.DataFrame, rule: DisclosureRule) -> Mask:
    """Return the rows of drift whose share reveals a small cell, or a predikat that the distribution merges.

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
    makes_predikats = frame["column"].isin(_MAKES_PREDIKATS).to_numpy(dtype=bool)
    return (frame["test_kind"] == "shares").to_numpy(dtype=bool) & (few | makes_predikats)


def with_released_verdicts(
    measures: Mapping[str, pd.DataFrame | None], distributions: Mapping[tuple[str, str], Distribution]
) -> dict[str, pd.DataFrame | None]:
    """Return measures with the verdict on predikat computed from the released form of the distribution.

    Merged predikat count as one. So the verdict is the same whether all staff have one predikat or only nearly
    all, and it does not reveal which.

    Parameters
    ----------
    measures : mapping of str to pd.DataFrame or None
        Measures by name.
    distributions : mapping
        By unit and period, the released form of the distribution.
    """
    found = dict(measures)
    audit = measures.get("information")
    verdicts: dict[tuple[str, str], tuple[str, str]] = {}
    if audit is not None and not audit.empty:
        found["information"] = audit = audit.copy()
        for index, row in audit[audit["subject"] == "predikat"].iterrows():
            key = (str(row["unit_id"]), str(row["period"]))
            verdict, reasons = _verdict_on(distributions.get(key), row)
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
        [distribution.count(part) for part in distribution.parts]
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
    # If predikat are merged, the result must not say that all staff have the same one.
    shown = {"few_grades": "few_shown", "commonest": "commonest_shown"}
    return ("cannot" if verdict == "all_alike" else verdict), [shown.get(each, each) for each in reasons]


def is_kept_for_all(
    frame: pd.DataFrame, distributions: Mapping[tuple[str, str], Distribution]
) -> pd.DataFrame:
    """Return the guide with `is_kept` only where all distributions that fit the released form agree on it.

    Parameters
    ----------
    frame : pd.DataFrame
        The measure `distribution`.
    distributions : mapping
        By unit and period, the released form of the distribution.
    """
    kept = []
    for row in frame.to_dict("records"):
        distribution, names = (
            distributions[str(row["unit_id"]), str(row["period"])],
            tuple(str(row["predikats"]).split("|")),
        )
        value = int(row["bound_value"]) if row["bound"] == "at_least_n" else row["bound_value"]
        limit = DistributionLimit(predikats=names, most=False, **{str(row["bound"]): value})
        ends = {limit.is_kept(n, distribution.n) for n in distribution.bounds(names)}
        kept.append(ends.pop() if len(ends) == 1 else None)
    return frame.assign(is_kept=pd.Series(kept, index=frame.index, dtype="object"))


def index_of_shown_parts(frame: pd.DataFrame, rule: DisclosureRule, city: City | None) -> pd.DataFrame:
    """Return the professionalism index computed from values of performance and discipline that may be shown.

    Performance lies between the lowest and the highest points that fit the released form of the predikat
    distribution. A number of staff with a sensitive predikat that may not be shown can be anything from 0 to
    the largest such number. In the same way, if fewer staff are sanctioned than may be shown, the bounds
    allow from none to one less than may be shown, each with the most severe sanction of the rule.
    """
    rows = [_with_shown_bounds(row, rule, city) for row in frame.to_dict("records")]
    return pd.DataFrame(rows, index=frame.index)


def _with_shown_bounds(
    measured: Mapping[Hashable, Any], rule: DisclosureRule, city: City | None
) -> dict[Hashable, Any]:
    """Return a row with bounds of performance, discipline, index and band that reveal no number that may not be shown."""
    row = dict(measured)
    index_rule = rules.at(str(row["period"]), city).one(IpAsnRule)
    n = int(row["n_staff"])
    of_city = row["unit_id"] == CITY
    row["performance_low"], row["performance_high"] = (
        float(total / n)
        for total in _performance(str(row["performance_points"]), index_rule, rule, of_city=of_city)
    )
    if row["n_sanctioned"] < rule.smallest_group.employees:
        full, lowest = max(index_rule.discipline.values()), min(index_rule.discipline.values())
        most = min(rule.smallest_group.employees - 1, n)
        row["discipline_low"] = min(float(row["discipline_low"]), full - most * (full - lowest) / n)
        row["discipline_high"] = float(full)
    for end in ("low", "high"):
        parts = [Fraction(float(row[f"{name}_{end}"])).limit_denominator(2 * n) for name in DIMENSIONS]
        total = sum(parts, Fraction(0))
        row[f"index_{end}"], row[f"band_{end}"] = float(total), index_rule.band(total)
    return row


def _performance(
    points: str, index_rule: IpAsnRule, rule: DisclosureRule, *, of_city: bool
) -> tuple[float, float]:
    """Return the lowest and the highest sum of points that fit the released form of the predikat distribution.

    A cell with equal low and high points belongs to people with a known predikat. A cell with the full range
    of points belongs to people whose predikat is unknown.
    """
    cells = [
        (float(low), float(high), int(n)) for low, high, n in (cell.split(":") for cell in points.split("|"))
    ]
    of_predikat = {name: float(value) for name, value in index_rule.performance.items()}
    anything = (min(of_predikat.values()), float(index_rule.dimensions["performance"]))
    n_unknown = sum(n for low, high, n in cells if (low, high) == anything)
    known = [cell for cell in cells if cell[:2] != anything]
    worst, best = (
        distribution_of(_counts_at_end(known, end, of_predikat), rule, of_city=of_city) for end in (0, 1)
    )
    # If few people have an unknown predikat, the bounds count as many as may not be shown; the additional
    # ones are taken from the people with the predikat `ANCHOR`.
    others = max(rule.smallest_cell - 1 - n_unknown, 0) if n_unknown else 0
    low, high = (end * (n_unknown + others) - others * of_predikat[ANCHOR] for end in anything)
    n = sum(n for *_, n in cells)
    lowest = _points(worst, of_predikat, most=False) + low
    highest = _points(best, of_predikat, most=True) + high
    return max(lowest, n * anything[0]), min(highest, n * anything[1])


def _counts_at_end(
    cells: Sequence[tuple[float, float, int]], end: int, of_predikat: Mapping[str, float]
) -> dict[str, int]:
    """Return how many staff have each predikat as their worst of the year (end 0) or their best (end 1)."""
    return {name: sum(cell[2] for cell in cells if cell[end] == value) for name, value in of_predikat.items()}


def _points(distribution: Distribution, of_predikat: Mapping[str, float], *, most: bool) -> float:
    """Return the lowest or the highest sum of points that the released distribution allows."""
    order = sorted(PREDIKATS, key=of_predikat.__getitem__, reverse=most)
    total, left = 0.0, distribution.n
    for place, name in enumerate(order):
        # Assign as many people as possible to the first predikat, then to the second, and so on.
        reach = distribution.bounds(order[: place + 1])[1]
        here = max(0, min(left, reach - (distribution.n - left)))
        total += here * of_predikat[name]
        left -= here
    return total
