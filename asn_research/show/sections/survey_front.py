"""What stands before the chapters of a survey report: cover, foreword, contents, approval, and the first page."""

from __future__ import annotations

from typing import Literal

from asn_research.rules.periods import Period
from asn_research.show.blocks import (
    Block,
    Blocks,
    Cell,
    Contents,
    Cover,
    Heading,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Table,
    TableColumn,
)
from asn_research.show.data import ReportData
from asn_research.show.figure_source import with_source
from asn_research.show.sections.closing import signature
from asn_research.show.sections.movement import Movement, course_of, main_movement, movements
from asn_research.show.sections.reported import Reported, reported
from asn_research.show.sections.section_parts import listing, satisfaction_rule
from asn_research.show.sections.survey_elements import (
    elements_block,
    hidden_elements,
    lowest_elements,
)
from asn_research.show.sections.survey_plan import short_plan
from asn_research.show.sections.survey_words import (
    date_span,
    has_survey,
    regulation,
    sample_needed,
    sample_sentence,
)

#: Below this share of complaints resolved in time, that is what matters.
_HALF = 50.0


def survey_cover(data: ReportData) -> Cover:
    """Return the report's cover, a page of its own."""
    words = data.words
    return Cover(
        title=words("survey_report_title" if has_survey(data) else "service_report_title"),
        subtitle=data.name,
        issuer=data.city.facts.government,
        period=data.period.label(data.language),
        language=data.language,
        facts=(
            (words("cover_period"), data.period.label(data.language)),
            (words("cover_audience"), words(f"audience_{data.audience}")),
            (words("cover_data"), words("cover_simulated" if data.is_simulated else "cover_office_data")),
        ),
        banner=words("banner_simulated") if data.is_simulated else "",
        unit_id=data.unit_id,
        period_code=data.period.code,
        form="page",
    )


def foreword(data: ReportData) -> Blocks:
    """Return the foreword and the contents, on one page; without a survey, the contents alone."""
    words = data.words
    if not has_survey(data):
        return Blocks((Contents(),))
    names = {"name": data.name, "period": data.period.label(data.language)}
    return Blocks(
        (
            Heading(words("section_foreword"), form="plain", new_page=True, is_front=True),
            Paragraph(words("foreword_what", regulation=regulation(data), **names)),
            Paragraph(words("foreword_thanks", **names)),
            Paragraph(words("foreword_use")),
            Contents(),
        )
    )


def approval(data: ReportData) -> Blocks:
    """Return the page that is signed: what is approved, its main facts, and the place for the signature."""
    words, facts = data.words, data.given.survey
    names = {"name": data.name, "period": data.period.label(data.language)}
    shown = reported(data)
    rows = [(words("cover_unit"), data.name), (words("cover_period"), names["period"])]
    if shown is not None:
        rows.append((words("fact_index"), index_text(data, shown)))
        rows.append((words("fact_respondents"), data.numbers.number(shown.n)))
    # What nobody stated is told in chapter II and in the list of reports, not above a signature.
    told = (("fact_dates", date_span(data)), ("fact_team", facts.team)) if has_survey(data) else ()
    rows += [(words(name), text) for name, text in told if text]
    table = Table(
        "approval", words("table_approval"), (TableColumn(words("col_fact"), "left", 1), TableColumn(words("col_content"), "left", 2)),
        tuple((Cell(name), Cell(value)) for name, value in rows),
    )  # fmt: skip
    key = "approval_sentence" if has_survey(data) else "approval_sentence_service"
    return Blocks(
        (
            Heading(words("section_approval"), form="plain", new_page=has_survey(data), is_front=True),
            Paragraph(words(key, **names)),
            table,
            signature(data),
        )
    )


def index_text(data: ReportData, shown: Reported) -> str:
    """Return the reported index with its grade, as all parts of a report write it."""
    value = data.numbers.number(shown.value, 2)
    return (
        data.words("index_graded", value=value, grade=shown.grade, word=shown.word) if shown.grade else value
    )


def first_page(data: ReportData) -> Blocks:
    """Return the first page: three sentences, three figures, a chart and the plan."""
    words = data.words
    moved = movements(data)
    shown = reported(data)
    if not has_survey(data) and not moved:
        return Blocks(())
    blocks: list[Block] = [Heading(words("section_summary"), form="plain", new_page=True)]
    blocks.append(Paragraph(" ".join(message(data, moved)), "lead"))
    figures = tuple(
        filter(None, (index_figure(data, shown, moved), _respondents(data, shown), _service(data, moved)))
    )
    if figures:
        blocks.append(KeyFigures(figures))
    blocks += elements_block(data)
    blocks += short_plan(data)
    if figures:
        blocks.append(Paragraph(words("movement_rule"), "note"))
    return Blocks(tuple(blocks))


def message(data: ReportData, moved: list[Movement]) -> list[str]:
    """Return the report's message in three sentences: the index, the respondents, what matters most."""
    sentences = [_index_sentence(data), sample_sentence(data), story(data, moved)]
    return [sentence for sentence in sentences if sentence]


def _index_sentence(data: ReportData) -> str:
    """Return the sentence that states the satisfaction index, its grade, and a grade bound that is near."""
    words, numbers = data.words, data.numbers
    shown = reported(data)
    if shown is None:
        found = data.rows("satisfaction")
        if found is None:
            return ""
        return words("too_few_citizens", n=found.rule.smallest_group.citizens)
    if not shown.is_full:
        return words("message_partial", name=data.name, index=numbers.number(shown.value, 2))
    facts = {
        "name": data.name,
        "index": numbers.number(shown.value, 2),
        "grade": shown.grade,
        "word": shown.word,
    }
    near = shown.near_bound(data)
    if near is None:
        return words("message_index", **facts)
    # The bound of the own grade lies below, that of a better one above.
    is_own = near.grade == shown.grade
    grades = [band.grade for band in satisfaction_rule(data).grades]
    other = grades[grades.index(near.grade) + 1] if is_own else near.grade
    away = numbers.number(abs(shown.value - float(near.at_least)), 2)
    return words("message_index_above" if is_own else "message_index_below", other=other, away=away, **facts)


def story(data: ReportData, moved: list[Movement]) -> str:
    """Return the most important sentence: an alarming level, else the largest change beyond chance, else that all is steady."""
    words = data.words
    texts = [text for text in (alarm(data), _moved(data, moved)) if text]
    if texts:
        return " ".join(texts)
    against = {each.against: each.since for each in moved if each.against != "programme"}
    if not against:
        return words("story_nothing")
    named = listing(data, [since.label(data.language) for since in against.values()])
    return words("story_steady", periods=named)


def alarm(data: ReportData) -> str:
    """Return the sentence that fewer than half of the complaints were resolved in time, if that is beyond chance."""
    if not data.may_show("complaints"):
        return ""
    timely = data.estimate("complaints", "resolved_in_time_pct")
    if timely is None or not timely.high < _HALF:
        return ""
    return data.words("story_complaints", share=data.numbers.percent(timely.value, 0))


def _moved(data: ReportData, moved: list[Movement]) -> str:
    """Return the sentence on the most important change; empty if no change is beyond chance."""
    main = main_movement(moved)
    if main is None:
        return ""
    words, numbers, decimals = data.words, data.numbers, main.headline.decimals
    up = "up" if main.moved.value > 0 else "down"
    values = {
        "before": numbers.number(main.before.value, decimals),
        "now": numbers.number(main.now.value, decimals),
    }
    since = words(
        f"since_{'programme' if main.programme else 'period'}",
        period=main.since.label(data.language), programme=main.programme,
    )  # fmt: skip
    what = {"element": words(f"element_{main.element}").lower()} if main.element else {}
    return words(f"story_{main.headline.key}_{up}", since=since, **values, **what)


def index_figure(data: ReportData, shown: Reported | None, moved: list[Movement]) -> KeyFigure | None:
    """Return the reported index as a headline number."""
    if shown is None:
        return None
    words, numbers = data.words, data.numbers
    detail = words("grade_is", grade=shown.grade, word=shown.word) if shown.grade else words("detail_partial")
    label = data.label("ikm") if shown.is_full else words("label_partial")
    figure = KeyFigure(label, numbers.number(shown.value, 2), detail, *change_of(data, moved, "ikm"))
    return with_source(data, "ikm", figure)


def _respondents(data: ReportData, shown: Reported | None) -> KeyFigure | None:
    """Return the number of respondents as a headline number, compared with the number needed."""
    if shown is None:
        return None
    words, numbers = data.words, data.numbers
    n = numbers.number(shown.n)
    _, needed = sample_needed(data)
    if needed is None:
        figure = KeyFigure(words("fact_respondents"), n, words("sample_unknown_short"))
        return with_source(data, "respondents", figure)
    short = needed - shown.n
    detail = (
        words("respondents_short", short=numbers.number(short)) if short > 0 else words("respondents_enough")
    )
    value = words("n_of_needed", n=n, needed=numbers.number(needed))
    figure = KeyFigure(words("fact_respondents"), value, detail, verdict="worse" if short > 0 else "none")
    return with_source(data, "respondents", figure)


def _service(data: ReportData, moved: list[Movement]) -> KeyFigure | None:
    """Return the third figure: requests within the standard, else the lowest element."""
    words, numbers = data.words, data.numbers
    timely = data.estimate("service_time", "within_standard_pct", service_id="")
    if timely is not None:
        value = numbers.percent(timely.value, 0)
        figure = KeyFigure(
            data.label("within_standard_pct"), value, "", *change_of(data, moved, "within_standard_pct")
        )
        return with_source(data, "within_standard_pct", figure)
    lowest = lowest_elements(data, 1)
    if lowest:
        element, value_of = lowest[0]
        label = words("lowest_label_shown" if hidden_elements(data) else "lowest_label")
        return KeyFigure(label, numbers.number(value_of, 1), words(f"element_{element}"))
    return None


def change_of(
    data: ReportData, moved: list[Movement], key: str
) -> tuple[str, Literal["better", "worse", "unclear", "none"]]:
    """Return the text on a headline's earlier value, at the time that the whole report compares it with, and the verdict."""
    each = course_of(moved, key)
    if each is None:
        return data.words("change_none"), "none"
    before = data.numbers.number(each.before.value, each.headline.decimals)
    since = Period.parse(each.since.code).short_label(data.language)
    suffix = "%" if key.endswith("_pct") else ""
    text = data.words(f"change_told_{each.verdict}", period=since, before=before + suffix)
    return text, "unclear" if each.verdict == "steady" else each.verdict
