"""A line of the list of reports: the index, respondents and change of a unit as its report states them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing
from asn_research.show.sections.movement import Verdict, course_of, movements
from asn_research.show.sections.reported import reported
from asn_research.show.sections.section_parts import listing
from asn_research.show.sections.survey_elements import lowest_elements
from asn_research.show.sections.survey_front import change_of
from asn_research.show.sections.survey_words import has_survey, sample_needed

#: The row of all sources together in `quality_offices`.
_ALL_SOURCES = "all"


@dataclass(frozen=True)
class CockpitLine:
    """One line of the list of reports: the main figures of one unit and period, as texts in the list's language.

    Parameters
    ----------
    name : str
        The unit's name.
    index, interval, grade, word : str
        The reported index with its 95 % interval and grade; empty if there is none.
    index_value, low, high : float or None
        The same as numbers, for sorting and drawing.
    respondents, sample : str
        The respondents out of those required, and whether they are enough.
    n : int or None
        The respondents.
    is_short : bool or None
        Whether there are fewer than required; None if that is unknown.
    change : str
        The index a year or a period before, and what became of it.
    moved : float or None
        The change in points.
    verdict : {"better", "worse", "steady", ""}
        What the change means; empty without a change.
    lowest : str
        The element with the lowest value.
    why_no_index : str
        The reason in words if there is no index.
    sources : str
        The sources of data received; in the internal list only, like everything below.
    n_sources : int or None
        Their number.
    quarantined : str
        The number of rows quarantined.
    n_quarantined : int or None
        The same as a number.
    plan, plan_before : str
        How many measures are planned, and what became of the plan before.
    lacking : tuple of str or None
        What is missing before the report can be signed; None if that is unknown.
    """

    name: str
    index: str = ""
    interval: str = ""
    grade: str = ""
    word: str = ""
    index_value: float | None = None
    low: float | None = None
    high: float | None = None
    respondents: str = ""
    sample: str = ""
    n: int | None = None
    is_short: bool | None = None
    change: str = ""
    moved: float | None = None
    verdict: Verdict | str = ""
    lowest: str = ""
    why_no_index: str = ""
    sources: str = ""
    n_sources: int | None = None
    quarantined: str = ""
    n_quarantined: int | None = None
    plan: str = ""
    plan_before: str = ""
    lacking: tuple[str, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the line as values that json can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> CockpitLine:
        """Return a line from the values of `to_json`; fields that this version does not know are left out."""
        known = {field.name for field in fields(cls)}
        values = {name: value for name, value in content.items() if name in known}
        lacking = values.get("lacking")
        return cls(**{**values, "lacking": None if lacking is None else tuple(lacking)})


def cockpit_line(data: ReportData) -> CockpitLine:
    """Return the line of a unit or of the city, from the rows that its own report may show.

    Parameters
    ----------
    data : ReportData
        The slice of the report. The internal audience gets files, quarantined rows, plan and readiness too.
    """
    values = {"name": data.name, **_index(data), **_respondents(data), **_change(data)}
    if not data.is_public and not data.is_city:
        values |= {**_received(data), **_plan(data), "lacking": _lacking(data)}
    return CockpitLine(**values)


def _index(data: ReportData) -> dict[str, Any]:
    """Return the texts about the index: value, interval, grade and lowest element, or why there is none."""
    words, numbers = data.words, data.numbers
    shown = reported(data)
    if shown is None:
        found = data.rows("satisfaction")
        why = (
            words("cockpit_no_survey")
            if found is None
            else words("too_few_citizens", n=found.rule.smallest_group.citizens)
        )
        return {"why_no_index": why}
    ends = (shown.low, shown.high)
    known = not any(is_missing(end) for end in ends)
    lowest = "" if data.is_city else next((words(f"element_{e}") for e, _ in lowest_elements(data, 1)), "")
    return {
        "index": numbers.number(shown.value, 2),
        "interval": numbers.interval(*ends, 1) if known else "",
        "grade": shown.grade,
        "word": shown.word,
        "index_value": shown.value,
        "low": ends[0] if known else None,
        "high": ends[1] if known else None,
        "lowest": lowest,
        "why_no_index": "" if shown.is_full else words("label_partial"),
    }


def _respondents(data: ReportData) -> dict[str, Any]:
    """Return the texts about the number of respondents, compared with the number that the sample needs."""
    words, numbers = data.words, data.numbers
    shown = reported(data)
    if shown is None:
        return {}
    _, needed = (None, None) if data.is_city else sample_needed(data)
    n = numbers.number(shown.n)
    if needed is None:
        unknown = "" if data.is_city else words("sample_unknown_short")
        return {"respondents": n, "n": shown.n, "sample": unknown}
    short = needed - shown.n
    sample = words("cockpit_short", short=numbers.number(short)) if short > 0 else words("cockpit_enough")
    return {
        "respondents": words("n_of_needed", n=n, needed=numbers.number(needed)),
        "sample": sample,
        "n": shown.n,
        "is_short": short > 0,
    }


def _change(data: ReportData) -> dict[str, Any]:
    """Return the change of the index, as the unit's report tells it, and its verdict."""
    if reported(data) is None:
        return {}
    moved = movements(data)
    change, verdict = change_of(data, moved, "ikm")
    each = course_of(moved, "ikm")
    if each is None:
        return {"change": change}
    return {
        "change": change,
        "moved": each.moved.value,
        "verdict": "steady" if verdict in ("unclear", "none") else verdict,
    }


def _received(data: ReportData) -> dict[str, Any]:
    """Return the sources from which a unit has rows, and how many of the rows are quarantined."""
    words, numbers = data.words, data.numbers
    found = data.protected.get("quality_offices", reporting_unit_id=data.unit_id, in_period=data.period.code)
    if found is None:
        return {"sources": words("cockpit_nothing"), "n_sources": 0, "quarantined": ""}
    of_all, parts = found.where(source=_ALL_SOURCES), found.frame["source"].astype("str")
    named = [words(f"source_{source}") for source in parts if source != _ALL_SOURCES]
    n_quarantined = of_all.frame["n_quarantined"].iloc[0] if len(of_all) else None
    if len(of_all) and is_missing(n_quarantined):
        return {
            "sources": listing(data, named),
            "n_sources": len(named),
            "quarantined": words("cockpit_hidden"),
        }
    return {
        "sources": listing(data, named),
        "n_sources": len(named),
        "quarantined": "" if n_quarantined is None else numbers.number(n_quarantined),
        "n_quarantined": None if n_quarantined is None else int(n_quarantined),
    }


def _plan(data: ReportData) -> dict[str, str]:
    """Return the texts about the unit's plan, and about the actions of the plan before."""
    words, numbers, given = data.words, data.numbers, data.given
    planned = sum(bool(each.action.strip()) for each in given.plan)
    plan = words("cockpit_planned", n=numbers.number(planned)) if planned else words("cockpit_no_plan")
    if not given.plan_before:
        return {"plan": plan}
    counts = Counter(each.status or "unknown" for each in given.plan_before)
    listed = listing(
        data,
        [
            words("cockpit_status", n=numbers.number(counts[status]), status=words(f"status_plan_{status}"))
            for status in ("done", "under_way", "not_begun", "dropped", "unknown")
            if counts[status]
        ],
    )
    return {"plan": plan, "plan_before": words("cockpit_plan_before", told=listed)}


def _lacking(data: ReportData) -> tuple[str, ...]:
    """Return the facts that a person must still fill in before the report can be signed."""
    words, given = data.words, data.given
    lacking = []
    if given.signatory is None or not given.signatory.name:
        lacking.append(words("cockpit_lacks_official"))
    if has_survey(data):
        if given.survey.first_day is None or given.survey.last_day is None:
            lacking.append(words("cockpit_lacks_survey"))
        if not any(each.action.strip() for each in given.plan):
            lacking.append(words("cockpit_lacks_plan"))
    return tuple(lacking)
