"""The publication of one page: index, grade, respondents, what is weakest and what is promised."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from asn_research.given import PlannedAction
from asn_research.protect import ProtectedTable
from asn_research.show.blocks import Blocks
from asn_research.show.data import ReportData
from asn_research.show.digest_blocks import Publication
from asn_research.show.numbers import is_missing
from asn_research.show.sections.section_parts import grade_word, satisfaction_rule
from asn_research.show.sections.survey_elements import hidden_elements

#: What respondents are counted by, in the order of the regulation's publication.
_ATTRIBUTES = ("sex", "education")
#: More services than this are counted and not named.
_MOST_SERVICES = 3
#: Of more elements than this that may be the lowest, none is named as such.
_MOST_LOWEST = 2


def publication(data: ReportData) -> Blocks:
    """Return the publication of a unit or of the city; no block if there was no survey."""
    found = data.rows("satisfaction")
    return Blocks(() if found is None else (_publication(data, found),))


def _publication(data: ReportData, found: ProtectedTable) -> Publication:
    """Return the publication of a unit with a survey."""
    words, style = data.words, data.given.style
    row = {str(name): value for name, value in found.frame.iloc[0].items()}
    label, index, grade = reported_index(data, row)
    weakest_text, promise = weakest(data) if index else ("", "")
    page = Publication(
        heading=words("publication_heading"),
        unit=data.name,
        government=data.city.facts.government,
        period=data.period.label(data.language),
        index_label=label,
        index=index,
        grade=grade,
        grade_line=grade_word(data, grade) if grade else "",
        sentence=_sentence(data, found, row, index),
        respondents=respondents_by_attribute(data),
        facts=_facts(data, row),
        weakest=weakest_text,
        promise=promise,
        thanks=words("publication_thanks"),
        letterhead=tuple(style.letterhead),
        emblem=base64.b64encode(style.emblem).decode("ascii"),
        accent=style.accent,
    )
    value = words("publication_alt_index", index=index, grade=page.grade_line) if index else page.sentence
    alt = words("publication_alt", unit=page.unit, period=page.period, value=value)
    return Publication(**{**vars(page), "alt": alt})


def reported_index(data: ReportData, row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the name of the reported index, the index as text, and its grade; empty texts if there is none."""
    words, numbers = data.words, data.numbers
    if is_missing(row["index"]):
        return words("publication_index"), "", ""
    if not bool(row["is_full"]):
        label = words(
            "publication_partial", n=int(row["n_elements_asked"]), total=int(row["n_elements_of_rule"])
        )
        return label, numbers.number(row["index_rounded"], 2), ""
    if data.given.style.reported_index == "printed":
        index, grade = row["index_printed_weight"], row["grade_printed"]
    else:
        index, grade = row["ikm"], row["grade"]
    return words("publication_index"), numbers.number(index, 2), str(grade)


def _sentence(data: ReportData, found: ProtectedTable, row: Mapping[str, Any], index: str) -> str:
    """Return the sentence that says why there is no index, or that few people answered."""
    words, rule = data.words, found.rule
    if not index:
        return words("publication_hidden", n=rule.smallest_group.citizens)
    if int(row["n_respondents"]) < rule.grade_warning_below:
        return words("publication_few", least=rule.grade_warning_below)
    return ""


def respondents_by_attribute(data: ReportData) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return the numbers of respondents by attribute; those who gave no answer come last."""
    words, numbers = data.words, data.numbers
    groups, of_all = data.rows("respondent_groups"), data.rows("satisfaction")
    if groups is None or of_all is None or is_missing(of_all.frame["n_respondents"].iloc[0]):
        return ()
    n = int(of_all.frame["n_respondents"].iloc[0])
    found = []
    for attribute in _ATTRIBUTES:
        frame = groups.frame.loc[groups.frame["dimension"] == attribute].dropna(subset=["n"])
        parts = [
            (words(f"{attribute}_{key}") if words.has(f"{attribute}_{key}") else str(key), int(count))
            for key, count in zip(frame["category"], frame["n"], strict=True)
        ]
        if not parts:
            continue
        if left := n - sum(count for _, count in parts):
            parts.append((words("publication_unstated"), left))
        shown = tuple((label, numbers.number(count)) for label, count in parts)
        found.append((words(f"dimension_{attribute}"), shown))
    return tuple(found)


def _facts(data: ReportData, row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the facts of the survey with their labels: respondents, services, days."""
    words, survey = data.words, data.given.survey
    facts = []
    if not is_missing(row["n_respondents"]):
        people = words("publication_people", n=data.numbers.number(row["n_respondents"]))
        facts.append((words("col_respondents"), people))
    if services := _services(data):
        facts.append((words("publication_services"), services))
    # The days of the period are not those of the field work.
    if survey.first_day and survey.last_day:
        facts.append((words("publication_days"), _days(data, survey.first_day, survey.last_day)))
    return tuple(facts)


def _days(data: ReportData, first: date, last: date) -> str:
    return data.words("publication_from_to", first=data.numbers.date(first), last=data.numbers.date(last))


def _services(data: ReportData) -> str:
    """Return the names of the services whose users answered, or their number if they are many."""
    groups = data.rows("respondent_groups", dimension="service_id")
    if groups is None or data.is_city:
        return ""
    keys = [str(key) for key in groups.frame["category"]]
    if len(keys) > _MOST_SERVICES:
        return data.words("publication_n_services", n=len(keys))
    known = (data.city.services.get(key) for key in keys)
    names = (
        service.name(data.language) if service else key for service, key in zip(known, keys, strict=True)
    )
    return ", ".join(names)


def weakest(data: ReportData) -> tuple[str, str]:
    """Return two sentences: which element is weakest, as far as the answers show, and what is planned for it."""
    words, numbers = data.words, data.numbers
    found = data.rows("elements")
    if found is None:
        return "", ""
    frame = found.ordered("element", satisfaction_rule(data).elements).frame.dropna(subset=["index"])
    frame = frame.sort_values("index", kind="stable")
    if len(frame) < 2:
        return "", ""
    lowest = frame.iloc[0]
    name, value = words(f"element_{lowest['element']}").lower(), numbers.number(lowest["index"], 1)
    may_be = list(frame.loc[frame["place_first"] == 1, "element"])
    if hidden_elements(data):
        text = words("publication_lowest_shown", lowest=name, index=value)
    elif len(may_be) == 2 == _MOST_LOWEST:
        other = next(key for key in may_be if key != lowest["element"])
        text = words(
            "publication_lowest_two", lowest=name, index=value, other=words(f"element_{other}").lower()
        )
    elif len(may_be) > _MOST_LOWEST:
        text = words("publication_lowest_unsure", lowest=name, index=value)
    else:
        text = words("publication_lowest", lowest=name, index=value)
    return text, _promise(data, str(lowest["element"]), data.given.plan)


def _promise(data: ReportData, element: str, plan: Sequence[PlannedAction]) -> str:
    """Return the sentence about the plan for the weakest element; without a plan, what the result is used for."""
    words = data.words
    for action in plan:
        if action.element == element and action.action.strip():
            key = "publication_plan_when" if action.when.strip() else "publication_plan"
            when = {"when": action.when.strip()} if action.when.strip() else {}
            return words(key, action=action.action.strip().rstrip("."), **when)
    return words("publication_promise")
