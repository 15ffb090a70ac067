"""What several parts of a survey report say in the same way: the regulation, the sample, the dates."""

from __future__ import annotations

from asn_research.measure.sample import needed_respondents
from asn_research.show.data import ReportData, once_per_report
from asn_research.show.numbers import is_missing
from asn_research.show.sections.section_parts import satisfaction_rule


@once_per_report
def has_survey(data: ReportData) -> bool:
    """Whether any citizen answered in the period."""
    return data.rows("satisfaction") is not None


def regulation(data: ReportData) -> str:
    """Return the full title of the regulation that the survey follows."""
    return data.words(f"regulation_{satisfaction_rule(data).rule}")


def date_span(data: ReportData) -> str:
    """Return the days of the field work as stated; nothing where they are not."""
    facts, numbers = data.given.survey, data.numbers
    if facts.first_day is None or facts.last_day is None:
        return ""
    if facts.first_day == facts.last_day:
        return numbers.date(facts.first_day)
    return data.words("date_span", first=numbers.date(facts.first_day), last=numbers.date(facts.last_day))


def sample_sentence(data: ReportData) -> str:
    """Return the sentence on the numbers of respondents reached and needed, which says so if they are too few."""
    words, numbers = data.words, data.numbers
    found = data.rows("satisfaction")
    if found is None:
        return ""
    n = int(found.frame["n_respondents"].iloc[0])
    if data.is_city:
        # The sample is required of each unit, not of the city.
        units = data.rows("satisfaction", unit_id=[unit.unit_id for unit in data.city.reporting_units])
        answered = 0 if units is None else int((units.frame["n_respondents"].fillna(0) > 0).sum())
        return words("sample_city", n=numbers.number(n), units=numbers.number(answered))
    people, needed = sample_needed(data)
    if needed is None:
        return words("sample_unknown", n=numbers.number(n))
    facts = {"n": numbers.number(n), "needed": numbers.number(needed), "population": numbers.number(people)}
    if n >= needed:
        return words("sample_met", **facts)
    return words("sample_missed", short=numbers.number(needed - n), **facts)


@once_per_report
def sample_needed(data: ReportData) -> tuple[int | None, int | None]:
    """Return the people served and the respondents required: as stated, else as the log of requests counts them."""
    stated = data.given.survey.recipients
    if stated:
        return stated, min(needed_respondents(stated, data.period), stated)
    found = data.rows("sample", service_id="") if data.may_show("sample") else None
    if found is None:
        return None, None
    row = found.frame.iloc[0]
    if is_missing(row["population_n"]) or is_missing(row["needed_n"]):
        return None, None
    return int(row["population_n"]), int(row["needed_n"])
