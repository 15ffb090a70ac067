"""Measures of half years and years, from the pooled answers, requests and complaints of their quarters.

The index of a half year is that of all its answers, not the mean of two indices. Tables about staff are
not pooled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.branches import run_branches
from asn_research.measure.all_measures import OF_CITIZENS, POOLED, CityData
from asn_research.measure.service_time import taken_on
from asn_research.rules.cities import City
from asn_research.rules.codebooks import SOURCES
from asn_research.rules.periods import Period
from asn_research.rules.regulations import SatisfactionRule

#: The name of the table that lists the parts of each larger period.
PARTS = "larger_periods"
#: Codes of the larger periods: half years (semesters) and years.
KINDS = ("S", "Y")
_SIZES = {"Q": 1, "S": 2, "Y": 4}
#: The reason why a period is not pooled: its parts fall under two regulations with different questions.
RULE_CHANGED = "rule_changed"


@dataclass(frozen=True)
class _Larger:
    """A larger period of a source: its parts with rows, those without, and the reason if it is not pooled."""

    period: str
    parts: tuple[str, ...]
    missing: tuple[str, ...]
    reason: str = ""


def larger_measures(tables: Mapping[str, pd.DataFrame], city: City) -> dict[str, pd.DataFrame]:
    """Measure every half year and year in which the data of citizens have rows.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        The processed tables.
    city : City
        The register of the city.

    Returns
    -------
    dict of str to pd.DataFrame
        The measures of `OF_CITIZENS` by name, with the columns of `measure_city`; `sub_units` has no
        numbers of staff. In addition `larger_periods`, with one row per source and larger period that has
        rows of smaller periods: period, source, parts and missing (codes joined by ``|``), reason
        (``rule_changed``: its answers fall under two regulations and are not pooled) and is_own (whether
        any source has rows of the larger period itself).
    """
    return joined_larger([larger_of_kind(tables, city, kind) for kind in KINDS])


def larger_of_kind(tables: Mapping[str, pd.DataFrame], city: City, kind: str) -> dict[str, pd.DataFrame]:
    """Measure every larger period of one kind, ``S`` or ``Y``; the result is as for `larger_measures`."""
    own = {
        str(c) for s in SOURCES if s in tables and "period" in tables[s] for c in tables[s]["period"].unique()
    }
    listed: list[dict[str, object]] = []
    pooled: dict[str, pd.DataFrame] = {}
    for source in POOLED:
        rows = tables.get(source)
        if rows is None or rows.empty:
            continue
        periods = _larger_periods(source, {str(c) for c in rows["period"].dropna().unique()}, kind)
        listed += [
            {
                "period": each.period, "source": source, "parts": "|".join(each.parts),
                "missing": "|".join(each.missing), "reason": each.reason, "is_own": each.period in own,
            }
            for each in periods
        ]  # fmt: skip
        chosen = _relabelled(rows, [each for each in periods if not each.reason])
        if len(chosen):
            pooled[source] = chosen
    return _measured(pooled, tables, city) | ({PARTS: pd.DataFrame(listed)} if listed else {})


def pooled_rows(rows: pd.DataFrame, source: str, period: Period) -> pd.DataFrame:
    """Return the rows of which a half year or year is measured, with its code as their period; none if it is not pooled.

    Parameters
    ----------
    rows : pd.DataFrame
        The processed rows of a source.
    source : str
        The source, one of `POOLED`.
    period : Period
        The half year or year.
    """
    codes = {str(code) for code in rows["period"].dropna().unique()}
    periods = _larger_periods(source, codes, period.kind) if source in POOLED and period.kind in KINDS else []
    return _relabelled(rows, [each for each in periods if each.period == period.code and not each.reason])


def joined_larger(kinds: Iterable[Mapping[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Concatenate the tables of several kinds of larger periods."""
    found: dict[str, list[pd.DataFrame]] = {}
    for frames in kinds:
        for name, frame in frames.items():
            found.setdefault(name, []).append(frame)
    return {name: pd.concat(pieces, ignore_index=True) for name, pieces in found.items()}


def with_larger(
    frames: Mapping[str, pd.DataFrame], larger: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Add the measures of larger periods to those of the data's own periods.

    If a source has rows of a half year itself and rows of its quarters, the pooled measures are kept.
    """
    joined = dict(frames)
    for name, frame in larger.items():
        own = frames.get(name)
        if own is None:
            joined[name] = frame
            continue
        kept = own.loc[~own["period"].isin(set(frame["period"]))]
        joined[name] = pd.concat([kept, frame], ignore_index=True)
    return joined


def _larger_periods(source: str, codes: set[str], kind: str) -> list[_Larger]:
    """Return the periods of a kind that have rows of smaller periods, oldest first."""
    known = [Period.parse(code) for code in codes]
    inside: dict[Period, list[Period]] = {}
    for part in known:
        if _SIZES[part.kind] <= _SIZES[kind]:
            inside.setdefault(Period.containing(part.first_day, kind), []).append(part)
    return [
        _described(source, whole, parts)
        for whole, parts in sorted(inside.items())
        if any(part.kind != kind for part in parts)
    ]


def _described(source: str, whole: Period, parts: Sequence[Period]) -> _Larger:
    smallest = min((part.kind for part in parts), key=lambda kind: _SIZES[kind])
    missing = [
        each.code
        for each in _within(whole, smallest)
        if not any(part.first_day <= each.first_day and each.last_day <= part.last_day for part in parts)
    ]
    codes = tuple(part.code for part in sorted(parts, key=lambda part: (part.first_day, part.last_day)))
    return _Larger(whole.code, codes, tuple(missing), _why_apart(source, whole, parts))


def _within(whole: Period, kind: str) -> Iterator[Period]:
    """Yield the smaller periods of a kind that make up a period."""
    part = Period.containing(whole.first_day, kind)
    while part.last_day <= whole.last_day:
        yield part
        part = part.next


def _why_apart(source: str, whole: Period, parts: Sequence[Period]) -> str:
    if source != "citizen_feedback":
        return ""
    names = {rules.at(each).one(SatisfactionRule).rule for each in (*parts, whole)}
    return RULE_CHANGED if len(names) > 1 else ""


def _relabelled(rows: pd.DataFrame, periods: Sequence[_Larger]) -> pd.DataFrame:
    """Return the rows of some larger periods, with the code of the larger period as their period."""
    whole_of = {part: each.period for each in periods for part in each.parts}
    codes = rows["period"].astype("str")
    chosen = rows.loc[codes.isin(whole_of)].reset_index(drop=True)
    return chosen.assign(period=chosen["period"].astype("str").map(whole_of))


def _measured(
    pooled: Mapping[str, pd.DataFrame], tables: Mapping[str, pd.DataFrame], city: City
) -> dict[str, pd.DataFrame]:
    """Compute the measures of rows that carry the code of their larger period."""
    log = tables.get("service_log")
    taken = None if log is None or log.empty else taken_on(log, "submitted_date", "finished_date").date()
    # Importance needs no earlier periods here: a half year or year has enough answers by itself.
    data = CityData(pooled, city, taken=taken, importance_periods=1)
    measures = run_branches(OF_CITIZENS, data, n_workers=1) if pooled else {}
    if "sub_units" in measures:
        # The number of staff is unknown here, and not zero.
        measures["sub_units"] = measures["sub_units"].assign(n_staff=np.nan)
    return {name: frame for name, frame in measures.items() if len(frame)}
