"""The city's first page, what changed, exemplars, and units that need help."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from asn_research.rules.periods import Period
from asn_research.show.blocks import (
    Block,
    Blocks,
    Cell,
    Contents,
    Heading,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Table,
    TableColumn,
)
from asn_research.show.data import ReportData, once_per_report
from asn_research.show.figure_source import with_source
from asn_research.show.numbers import NOTHING, is_missing
from asn_research.show.sections.city_units import INDEX, TIMELY, of_unit, reporting_units, units_below
from asn_research.show.sections.movement import (
    HEADLINES,
    Against,
    Headline,
    Movement,
    movements,
    movements_of_units,
)
from asn_research.show.sections.practice_elsewhere import practice_in_short
from asn_research.show.sections.reported import reported
from asn_research.show.sections.section_parts import satisfaction_rule
from asn_research.show.sections.service_performance import complaints_part, times_part, training_part
from asn_research.show.sections.survey_elements import elements_block, elements_table
from asn_research.show.sections.survey_front import alarm, change_of, index_figure, message
from asn_research.show.sections.survey_results import respondents_table
from asn_research.show.sections.survey_words import has_survey

#: The earlier periods that the city's table shows.
_PAST: tuple[Against, ...] = ("last", "year")
#: Of a unit, these changes are told.
_OF_UNITS = tuple(each for each in HEADLINES if each.key in {INDEX, TIMELY})
#: So many units that need help stand on the first page.
_FIRST = 4


def city_first_page(data: ReportData) -> Blocks:
    """Return the first page: the worst news, three figures, a chart, and the units that need help."""
    words, moved = data.words, movements(data)
    shown = reported(data)
    sentences = message(data, moved)
    head: list[Block] = [Contents(is_printed=False), Heading(words("section_summary"), form="plain")]
    if shown is None and not moved:
        nothing = words("summary_none", period=data.period.label(data.language))
        return Blocks((*head, Paragraph(nothing, "absent")))
    if alarm(data):
        # What is worst is said first.
        sentences = [sentences[-1], *sentences[:-1]]
    figures = tuple(filter(None, (index_figure(data, shown, moved), *_service_figures(data, moved))))
    needy = _help_table(data, _FIRST)
    return Blocks(
        (
            *head,
            Paragraph(" ".join(sentences), "lead"),
            *([KeyFigures(figures)] if figures else []),
            *elements_block(data),
            *([needy] if needy else []),
            *practice_in_short(data),
            Paragraph(words("movement_rule"), "note"),
        )
    )


def _service_figures(data: ReportData, moved: list[Movement]) -> Iterator[KeyFigure]:
    """Yield how many requests and complaints were dealt with in time."""
    words, numbers = data.words, data.numbers
    for headline in HEADLINES:
        if headline.key not in {TIMELY, "resolved_in_time_pct"}:
            continue
        value = data.estimate(headline.measure, headline.column, **headline.where)
        if value is not None:
            printed = numbers.percent(value.value, 0)
            detail = words("range_told", range=numbers.interval(value.low, value.high, 0))
            detail = "" if is_missing(value.low) else detail
            figure = KeyFigure(
                data.label(headline.key), printed, detail, *change_of(data, moved, headline.key)
            )
            yield with_source(data, headline.key, figure)


def city_changes(data: ReportData) -> Blocks:
    """Return what changed in the city, and in which units, against the last period and the year before."""
    words = data.words
    head = Heading(words("section_changes"))
    moved = [each for each in movements(data) if not each.element and not each.programme]
    if not moved:
        return Blocks(())
    return Blocks((head, _city_table(data, moved), *_unit_changes(data)))


def _city_table(data: ReportData, moved: list[Movement]) -> Table:
    """Return the table of headlines: now, in the last period and a year before, each with its verdict."""
    words, numbers = data.words, data.numbers
    rows = []
    # A column of nothing but dashes is left out.
    against = [a for a in _PAST if any(each.against == a for each in moved)]
    for headline in HEADLINES:
        own = {each.against: each for each in moved if each.headline.key == headline.key}
        if not own:
            continue
        suffix = "%" if headline.key.endswith("_pct") else ""
        now = next(iter(own.values())).now
        movement = next((e for e in own.values() if e.verdict != "steady"), next(iter(own.values())))
        cells = [
            Cell(numbers.number(own[a].before.value, headline.decimals) + suffix if a in own else NOTHING)
            for a in against
        ]
        value = numbers.number(now.value, headline.decimals) + suffix
        meaning = words(f"means_{movement.verdict}")
        rows.append((Cell(_headline_name(data, headline)), Cell(value), *cells, Cell(meaning)))
    since = {each.against: each.since for each in moved}
    columns = (
        TableColumn(words("col_indicator"), "left", 3),
        TableColumn(data.period.short_label(data.language), "right"),
        *(TableColumn(since[a].short_label(data.language), "right") for a in against),
        TableColumn(words("col_meaning"), "left", 1.4),
    )
    notes = (words("movement_rule"),)
    return Table("changes", words("table_city_changes"), columns, tuple(rows), notes)


def _headline_name(data: ReportData, headline: Headline) -> str:
    """Return the name of a headline on a page; a median is named in words that explain it."""
    key = f"told_{headline.key}"
    return data.words(key) if data.words.has(key) else data.label(headline.key)


@once_per_report
def unit_movements(data: ReportData) -> list[tuple[str, Movement]]:
    """Return the changes of all units, tested together."""
    return movements_of_units(data, reporting_units(data), _OF_UNITS)


def _unit_changes(data: ReportData) -> list[Block]:
    """Return the table of the changes of units that are beyond chance, or the sentence that there are none."""
    words, numbers = data.words, data.numbers
    compared = unit_movements(data)
    moved = [(unit, each) for unit, each in compared if each.verdict != "steady"]
    if not compared:
        return []
    if not moved:
        return [Paragraph(words("units_steady"))]
    rows = []
    for unit, each in moved:
        decimals = each.headline.decimals
        suffix = "%" if each.headline.key.endswith("_pct") else ""
        values = (numbers.number(value.value, decimals) + suffix for value in (each.before, each.now))
        rows.append(
            (
                Cell(data.city.units[unit].short_name),
                Cell(data.label(each.headline.key)),
                Cell(Period.parse(each.since.code).short_label(data.language)),
                *(Cell(text) for text in values),
                Cell(words(f"means_{each.verdict}")),
            )
        )
    columns = (
        TableColumn(words("col_unit"), "left", 1.8),
        TableColumn(words("col_indicator"), "left", 2.6),
        TableColumn(words("col_since_when"), "left", 1),
        TableColumn(words("col_before"), "right", 0.8),
        TableColumn(words("col_now"), "right", 0.8),
        TableColumn(words("col_meaning"), "left", 1.2),
    )
    return [Table("unit_changes", words("table_unit_changes"), columns, tuple(rows))]


def city_service(data: ReportData) -> Blocks:
    """Return the city's times, complaints and lesson hours."""
    words = data.words
    parts = [*times_part(data), *_finished_only(data), *complaints_part(data), *training_part(data)]
    return Blocks((Heading(words("chapter_performance")), *parts)) if parts else Blocks(())


def _finished_only(data: ReportData) -> list[Block]:
    """Return the sentence on how requests that are still open affect the median time."""
    total = data.rows("service_time", service_id="")
    if total is None:
        return []
    row = total.frame.iloc[0]
    if is_missing(row["days_median_finished"]) or row["days_median_finished"] == row["days_median"]:
        return []
    finished = data.numbers.number(row["days_median_finished"], 0)
    return [Paragraph(data.words("service_finished_only", finished=finished), "note")]


def units_that_need_help(data: ReportData) -> Blocks:
    """Return the units with a figure that is low beyond chance, with the figures."""
    words = data.words
    head = Heading(words("section_help"))
    table = _help_table(data)
    if table is None:
        return Blocks((head, Paragraph(words("help_none"))))
    return Blocks((head, Paragraph(words("help_sentence")), table))


def _help_table(data: ReportData, most: int | None = None) -> Table | None:
    """Return the table of units that need help, with the reasons, most reasons first; None if no unit does."""
    words = data.words
    low = {key: units_below(data, key) for key in (INDEX, TIMELY)}
    found = [(unit, needs) for unit in reporting_units(data) if (needs := list(_needs(data, unit, low)))]
    found.sort(key=lambda each: -len(each[1]))
    if not found:
        return None
    rows = tuple(
        (Cell(data.city.units[unit].short_name), Cell(" ".join(needs))) for unit, needs in found[:most]
    )
    columns = (TableColumn(words("col_unit"), "left", 1.4), TableColumn(words("col_finding"), "left", 4.6))
    is_part = most is not None and most < len(found)
    notes = (words("help_more", n=data.numbers.number(len(found) - most)),) if is_part and most else ()
    return Table("help" if most is None else "help_first", words("table_help"), columns, rows, notes)


def _needs(data: ReportData, unit: str, low: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Yield the reasons why a unit needs help: figures that are low, or that fell, beyond chance."""
    words, numbers, own = data.words, data.numbers, of_unit(data, unit)
    shown = reported(own)
    if shown is not None and shown.grade:
        grades = satisfaction_rule(data).grades
        at_least = float(grades[1].at_least)
        if not is_missing(shown.high) and shown.high < at_least:
            yield words(
                "need_grade", index=numbers.number(shown.value, 2), grade=shown.grade, word=shown.word
            )
    if unit in low[INDEX] and shown is not None:
        yield words("need_index", index=numbers.number(shown.value, 2))
    if unit in low[TIMELY]:
        yield words("need_timely")
    share = own.estimate("complaints", "resolved_in_time_pct")
    if share is not None and alarm(own):
        yield words("need_complaints", share=numbers.percent(share.value, 0))
    for at, each in unit_movements(data):
        if at == unit and each.verdict == "worse":
            decimals = each.headline.decimals
            yield words(
                "basis_fell", what=data.label(each.headline.key), since=each.since.label(data.language),
                before=numbers.number(each.before.value, decimals), now=numbers.number(each.now.value, decimals),
            )  # fmt: skip


def city_survey(data: ReportData) -> Blocks:
    """Return the annex on the city's survey: who answered, and each element."""
    if not has_survey(data):
        return Blocks(())
    parts = [*respondents_table(data), *elements_table(data)]
    return Blocks((Heading(data.words("annex_city_survey"), form="annex", new_page=True), *parts))
