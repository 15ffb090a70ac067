"""The first page of an internal report: three sentences, three figures, one chart, what can be done."""

from __future__ import annotations

from typing import Literal

from asn_research.show.blocks import Block, Blocks, Contents, Cover, Heading, KeyFigure, KeyFigures, Paragraph
from asn_research.show.data import ReportData
from asn_research.show.figure_source import with_source
from asn_research.show.sections.motivation import scales_title
from asn_research.show.sections.movement import course_of, main_movement
from asn_research.show.sections.section_parts import listing
from asn_research.show.sections.staff_actions import steps_block
from asn_research.show.sections.staff_values import (
    Valued,
    duty_hours,
    duty_met,
    has_training_record,
    indicators,
    moved_text,
    scales,
    staff_movements,
)
from asn_research.show.staff_figures import Beside, beside_figure
from asn_research.show.survey_figures import scale_start

#: So many figures stand on the first page.
_FIGURES = 3
#: The best score.
_TOP = 100.0


def report_cover(data: ReportData) -> Cover:
    """Return the head of the report: its title, its readers, and whether its data are simulated."""
    words = data.words
    title = f"report_title_city_{data.audience}" if data.is_city else f"report_title_{data.audience}"
    return Cover(
        title=words(title),
        subtitle=f"{data.name}, {data.period.label(data.language)}",
        issuer=data.city.facts.government,
        period=data.period.label(data.language),
        language=data.language,
        facts=(
            (words("cover_audience"), words(f"audience_{data.audience}")),
            (words("cover_data"), words("cover_simulated" if data.is_simulated else "cover_office_data")),
        ),
        banner=words("banner_simulated") if data.is_simulated else "",
        unit_id=data.unit_id,
        period_code=data.period.code,
    )


def staff_first_page(data: ReportData) -> Blocks:
    """Return the first page of an internal report."""
    words = data.words
    sentences = [_appraised(data), _learning(data), _story(data)]
    texts = [sentence for sentence in sentences if sentence]
    blocks: list[Block] = [Contents(is_printed=False), Heading(words("section_summary"), form="plain")]
    if not texts:
        nothing = words("summary_staff_none", period=data.period.label(data.language))
        return Blocks((*blocks, Paragraph(nothing, "absent")))
    blocks.append(Paragraph(" ".join(texts), "lead"))
    figures = _figures(data)
    if figures:
        blocks.append(KeyFigures(figures))
    return Blocks((*blocks, *_chart(data), *steps_block(data)))


def _appraised(data: ReportData) -> str:
    """Return the sentence on how many were appraised and with what result, or why that is not shown."""
    words, numbers = data.words, data.numbers
    found = data.rows("appraisal")
    if found is None:
        return ""
    if found.is_suppressed(found.frame.index[0], "n_employees"):
        return words("too_few_staff", n=found.rule.smallest_group.employees)
    n, values = numbers.number(found.frame["n_employees"].iloc[0]), indicators(data)
    if not values:
        return words("message_appraised", name=data.name, n=n)
    parts = [
        words("value_of", what=each.label.lower(), value=numbers.number(each.own.value, 1)) for each in values
    ]
    return words("message_indicators", name=data.name, n=n, list=listing(data, parts))


def _learning(data: ReportData) -> str:
    words, met, least = data.words, duty_met(data), duty_hours(data)
    if met is not None and least is not None:
        return words("duty_told", year=data.period.year, met=met[0], n_pns=met[1], least=least)
    hours = data.estimate("training", "hours_mean")
    if hours is None or not has_training_record(data):
        return ""
    return words("message_hours", hours=data.numbers.number(hours.value, 1))


def _story(data: ReportData) -> str:
    """Return the sentence on the largest change, or that nothing changed; without earlier data, the lowest scale."""
    words, numbers, moved = data.words, data.numbers, staff_movements(data)
    main = main_movement(moved)
    if main is not None:
        decimals, direction = main.headline.decimals, "up" if main.moved.value > 0 else "down"
        return words(
            f"story_staff_{direction}", what=data.label(main.headline.key), since=main.since.label(data.language),
            before=numbers.number(main.before.value, decimals), now=numbers.number(main.now.value, decimals),
        )  # fmt: skip
    since = {each.against: each.since.label(data.language) for each in moved}
    if since:
        return words("story_staff_steady", periods=listing(data, list(since.values())))
    values = scales(data)
    return f"{scales_title(data, values)}." if values else ""


def _figures(data: ReportData) -> tuple[KeyFigure, ...]:
    """Return the headline numbers of the first page: service quality, the duty to learn, and a scale."""
    words, numbers = data.words, data.numbers
    found: list[KeyFigure] = []
    by_key = {each.key: each for each in (*indicators(data), *scales(data))}
    if (service := by_key.get("service_quality_mean")) is not None:
        found.append(_figure(data, service, "service_quality_mean", 1, words("of_100")))
    met, least = duty_met(data), duty_hours(data)
    hours = data.estimate("training", "hours_mean")
    if met is not None and least is not None:
        detail = words("of_pns", n_pns=met[1], year=data.period.year)
        found.append(KeyFigure(words("label_duty", least=least), met[0], detail))
    elif hours is not None and has_training_record(data):
        change = moved_text(data, "hours_mean")
        found.append(
            KeyFigure(data.label("hours_mean"), numbers.number(hours.value, 1), words("in_quarter"), change)
        )
    for key in ("motivation", "recognition"):
        if key in by_key:
            found.append(_figure(data, by_key[key], f"{key}_mean", 1, words("of_5")))
    for key in ("discipline_mean", "innovation_mean"):
        if key in by_key:
            found.append(_figure(data, by_key[key], key, 1, words("of_100")))
    return tuple(found[:_FIGURES])


def _figure(data: ReportData, each: Valued, key: str, decimals: int, scale: str) -> KeyFigure:
    """Return an indicator as a headline number."""
    course = course_of(staff_movements(data), key)
    verdict: Literal["better", "worse", "unclear"] = "unclear"
    if course is not None and course.verdict != "steady":
        verdict = course.verdict
    detail = scale
    if each.city is not None:
        value = data.numbers.number(each.city.value, decimals)
        detail = f"{scale}; {data.words('city_value', value=value)}"
    value = data.numbers.number(each.own.value, decimals)
    figure = KeyFigure(each.label, value, detail, moved_text(data, key), verdict)
    return with_source(data, key, figure)


def _chart(data: ReportData) -> list[Block]:
    """Return the one chart: the indicators; where there are none, what staff say."""
    values = indicators(data)
    if len(values) < 2:
        return []
    lines = [Beside(each.label, each.own, each.city) for each in values]
    lowest = min(min(each.own.value, each.own.low) for each in values)
    return [
        beside_figure(
            data, lines, key="indicators", title=scales_title(data, values), axis=data.words("axis_of_100"), ends=(scale_start(lowest), _TOP),
            decimals=1,
        )
    ]  # fmt: skip
