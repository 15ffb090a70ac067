"""The slides of a unit or of the city. The title of a slide is its finding; below it is the evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from asn_research.show.blocks import Blocks, Cell, KeyFigure, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.digest_blocks import Series, Slide, SlideChart, Slides, SlideTable
from asn_research.show.numbers import is_missing
from asn_research.show.publication import reported_index, respondents_by_attribute, weakest
from asn_research.show.sections.movement import index_course
from asn_research.show.sections.reported import index_as_reported, reported
from asn_research.show.sections.section_parts import grade_word, listing, satisfaction_rule
from asn_research.show.sections.staff_front import report_cover
from asn_research.show.sections.survey_elements import hidden_elements
from asn_research.show.sections.survey_front import survey_cover
from asn_research.show.sections.survey_words import sample_needed
from asn_research.show.slides_of_city import units_slide
from asn_research.show.slides_of_service import complaints_slide, service_slide
from asn_research.show.survey_figures import periods_without_gaps

#: As many quarters as a chart shows.
_PERIODS = 8
_MOST_PLANNED = 3


def slides(data: ReportData) -> Blocks:
    """Return the slides of a unit or of the city: those that there are data for."""
    head = report_cover(data) if data.is_city else survey_cover(data)
    made = [slide for make in _MAKERS if (slide := make(data)) is not None]
    whole = Slides(
        head.title, f"{data.name} – {data.period.label(data.language)}", tuple(made), data.given.style.accent
    )
    return Blocks((whole,))


def _summary(data: ReportData) -> Slide:
    """Return the slide with the index, its grade and the main figures."""
    words, numbers = data.words, data.numbers
    found = data.rows("satisfaction")
    figures: list[KeyFigure] = []
    weakest_text, promise = "", ""
    title = words("slide_summary_without", unit=data.name, period=data.period.label(data.language))
    if found is not None:
        row = {str(name): value for name, value in found.frame.iloc[0].items()}
        label, index, grade = reported_index(data, row)
        if index:
            title = (
                words("slide_summary", index=index, grade=grade, word=grade_word(data, grade).lower())
                if grade
                else words("slide_summary_partial", label=label, index=index)
            )
            figures.append(KeyFigure(label, index, _interval(data)))
        if not is_missing(row["n_respondents"]):
            figures.append(
                KeyFigure(words("col_respondents"), numbers.number(row["n_respondents"]), _needed(data))
            )
        weakest_text, promise = weakest(data)
    points = [text for text in (weakest_text, promise if data.given.plan else "") if text]
    figures += _service_figures(data)
    return Slide(title, words("slide_summary_subtitle"), tuple(figures[:4]), tuple(points), note=_note(data))


def _interval(data: ReportData) -> str:
    """Return the interval of the index that the report gives, whichever of the two weights it has."""
    shown = reported(data)
    if shown is None or is_missing(shown.low) or is_missing(shown.high):
        return ""
    return data.words("interval_95", interval=data.numbers.interval(shown.low, shown.high, 1))


def _needed(data: ReportData) -> str:
    """Return how many respondents the sample needs, where that is known."""
    _, needed = sample_needed(data)
    return "" if needed is None else data.words("slide_needed", needed=data.numbers.number(needed))


def _service_figures(data: ReportData) -> Iterator[KeyFigure]:
    """Yield the headline numbers on the time of the service."""
    found = data.rows("service_time", service_id="")
    if found is None:
        return
    row = found.frame.iloc[0]
    if not is_missing(row["within_standard_pct"]):
        # In the digits of the report.
        value = data.numbers.percent(row["within_standard_pct"], 0)
        yield KeyFigure(data.label("within_standard_pct"), value)
    if not is_missing(row["days_median"]):
        yield KeyFigure(data.words("told_days_median"), data.numbers.number(row["days_median"], 0))


def _note(data: ReportData) -> str:
    return data.words(
        "slide_note", period=data.period.label(data.language), issuer=data.city.facts.government
    )


def _trend(data: ReportData) -> Slide | None:
    """Return the slide on whether the index changed, with its values over time."""
    words = data.words
    history = data.history("satisfaction", _PERIODS)
    if history is None:
        return None
    frame = index_as_reported(data, history).frame.dropna(subset=["index"])
    if len(frame) < 2 or data.period.code not in set(frame["period"]):
        return None
    title = _moved(data)
    known = {
        str(code): round(float(value), 2) for code, value in zip(frame["period"], frame["index"], strict=True)
    }
    periods = periods_without_gaps(known)
    labels = tuple(period.short_label(data.language) for period in periods)
    values = tuple(known.get(period.code) for period in periods)
    rule = satisfaction_rule(data)
    grade_line = {band.grade: float(band.at_least) for band in rule.grades[:2]}
    lines = [
        Series(
            words("slide_limit", grade=grade, least=data.numbers.number(least, 2)),
            tuple([least] * len(values)),
        )
        for grade, least in grade_line.items()
    ]
    chart = SlideChart(
        "lines", labels, (Series(data.label("ikm"), values), *lines), data.numbers.chart_format(1), words("axis_index"),
        least=float(max(25, 5 * (min(*known.values(), *grade_line.values()) // 5) - 5)), most=100.0,
        alt=words("slide_alt", title=title, values=_listed(data, labels, values)),
    )  # fmt: skip
    return Slide(title, words("slide_trend_subtitle"), chart=chart, note=words("slide_trend_note"))


def _moved(data: ReportData) -> str:
    """Return the sentence on how the index changed, by the same test and since the same period as in the report."""
    words, moved = data.words, index_course(data)
    if moved is None:
        return words("slide_trend_none")
    before = moved.since.label(data.language)
    if moved.verdict == "steady":
        return words("slide_trend_unclear", before=before)
    change = data.numbers.number(abs(moved.moved.value), 1)
    return words(
        "slide_trend_better" if moved.verdict == "better" else "slide_trend_worse",
        change=change, before=before,
    )  # fmt: skip


def _listed(data: ReportData, labels: tuple[str, ...], values: tuple[float | None, ...]) -> str:
    return listing(
        data,
        [
            f"{label}: {data.numbers.number(value, 1)}"
            for label, value in zip(labels, values, strict=True)
            if value is not None
        ],
    )


def _elements(data: ReportData) -> Slide | None:
    """Return the slide that names the weakest element of the service and shows all elements as bars."""
    words = data.words
    found = data.rows("elements")
    if found is None:
        return None
    frame = found.ordered("element", satisfaction_rule(data).elements).frame.dropna(subset=["index"])
    if len(frame) < 2:
        return None
    frame = frame.sort_values("index", kind="stable")
    weakest_text, _ = weakest(data)
    title = weakest_text.rstrip(".") or words("slide_elements")
    # Bars stand from below: the lowest comes first where it is seen first.
    of = frame.iloc[::-1]
    # Short names: programs leave out a label where two lines find no room.
    labels = tuple(words(f"element_short_{key}") for key in of["element"])
    values = tuple(data.numbers.rounded(value, 1) for value in of["index"])
    chart = SlideChart(
        "bars", labels, (Series(words("col_index"), values),), data.numbers.chart_format(1), words("axis_index"), 25.0, 100.0,
        words("slide_alt", title=title, values=_listed(data, labels, values)),
    )  # fmt: skip
    hidden = hidden_elements(data)
    note = words("note_elements_hidden", hidden=listing(data, hidden)) if hidden else _note(data)
    return Slide(title, words("slide_elements_subtitle"), chart=chart, note=note)


def _respondents(data: ReportData) -> Slide | None:
    """Return the slide about the respondents."""
    words = data.words
    # A city's meeting has its units to look at instead.
    groups = () if data.is_city else respondents_by_attribute(data)
    found = data.rows("satisfaction")
    if not groups or found is None:
        return None
    rows = [(Cell(name), Cell(label), Cell(n)) for name, parts in groups for label, n in parts]
    columns = (
        TableColumn(words("col_group"), "left", 1.6), TableColumn(words("col_category"), "left", 2.4),
        TableColumn(words("col_respondents"), "right", 1),
    )  # fmt: skip
    n = data.numbers.number(found.frame["n_respondents"].iloc[0])
    _, needed = sample_needed(data)
    if needed is not None:
        is_short = int(found.frame["n_respondents"].iloc[0]) < needed
        key = "slide_respondents_short" if is_short else "slide_respondents_enough"
        title = words(key, n=n, needed=data.numbers.number(needed))
    else:
        title = words("slide_respondents", n=n)
    return Slide(title, words("slide_respondents_subtitle"), table=SlideTable(columns, tuple(rows)))


def _plan(data: ReportData) -> Slide | None:
    """Return the slide with the plan for the weakest elements, or with their values where nobody has stated a plan."""
    words = data.words
    found = data.rows("elements")
    if found is None:
        return None
    frame = found.ordered("element", satisfaction_rule(data).elements).frame.dropna(subset=["index"])
    frame = frame.sort_values("index", kind="stable")
    if len(frame) < 2:
        return None
    stated = [action for action in data.given.plan if action.action.strip()]
    if not stated:
        return _not_planned(data, frame.head(_MOST_PLANNED))
    chosen = [(action.element, action.action, action.when, action.responsible) for action in stated]
    open_ = words("slide_plan_open")
    rows = [
        (
            Cell(words(f"element_{key}") if key else words("slide_plan_other")),
            *(Cell(text.strip() or open_) for text in texts),
        )
        for key, *texts in chosen[:6]
    ]
    columns = (
        TableColumn(words("col_priority"), "left", 2), TableColumn(words("col_action"), "left", 3.4),
        TableColumn(words("col_when"), "left", 1.2), TableColumn(words("col_responsible"), "left", 1.6),
    )  # fmt: skip
    title = words("slide_plan", name=rows[0][0].text.lower())
    return Slide(title, words("slide_plan_subtitle"), table=SlideTable(columns, tuple(rows)))


def _not_planned(data: ReportData, weakest: pd.DataFrame) -> Slide:
    words, numbers = data.words, data.numbers
    rows = tuple(
        (Cell(words(f"element_{row['element']}")), Cell(numbers.number(row["index"], 1), float(row["index"])))
        for row in weakest.to_dict("records")
    )
    columns = (
        TableColumn(words("col_priority"), "left", 3),
        TableColumn(words("col_value_now"), "right", 1),
    )
    title = words("slide_plan_first", name=rows[0][0].text.lower())
    subtitle = words("slide_plan_none_shown" if hidden_elements(data) else "slide_plan_none")
    return Slide(title, subtitle, table=SlideTable(columns, rows))


_MAKERS: tuple[Callable[[ReportData], Slide | None], ...] = (
    _summary, _trend, _elements, units_slide, _respondents, service_slide, complaints_slide, _plan,
)  # fmt: skip
