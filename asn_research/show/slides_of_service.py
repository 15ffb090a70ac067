"""The slides of service times and complaints."""

from __future__ import annotations

from asn_research.rules.periods import Period
from asn_research.show.blocks import KeyFigure
from asn_research.show.data import ReportData
from asn_research.show.digest_blocks import Series, Slide, SlideChart
from asn_research.show.numbers import is_missing
from asn_research.show.sections.section_parts import listing

_PERIODS = 8
_HALF = 50


def service_slide(data: ReportData) -> Slide | None:
    """Return the slide on how many requests were finished in time, with the values over time."""
    words, numbers = data.words, data.numbers
    total = data.rows("service_time", service_id="")
    history = data.history("service_time", _PERIODS, service_id="")
    if total is None or history is None or is_missing(total.frame["within_standard_pct"].iloc[0]):
        return None
    row, note = total.frame.iloc[0], words("slide_service_note")
    title = words("slide_service", pct=numbers.percent(row["within_standard_pct"], 0))
    frame = history.frame.dropna(subset=["within_standard_pct"])
    labels = tuple(Period.parse(code).short_label(data.language) for code in frame["period"])
    values = tuple(numbers.rounded(value, 1) for value in frame["within_standard_pct"])
    listed = listing(
        data, [f"{label}: {numbers.percent(value, 0)}" for label, value in zip(labels, values, strict=True)]
    )
    if len(values) < 2:
        # One column is no course.
        figures = [KeyFigure(data.label("within_standard_pct"), numbers.percent(values[-1], 0))]
        if not is_missing(row["days_median"]):
            figures.append(KeyFigure(words("told_days_median"), numbers.number(row["days_median"], 0)))
        return Slide(title, words("slide_service_subtitle"), tuple(figures), note=note)
    chart = SlideChart(
        "columns", labels, (Series(data.label("within_standard_pct"), values),), numbers.chart_format(1), words("axis_within"), 0.0, 100.0,
        words("slide_alt", title=title, values=listed),
    )  # fmt: skip
    if is_missing(row["days_median"]):
        return Slide(title, words("slide_service_subtitle"), chart=chart, note=note)
    median = words("slide_service_median", days=numbers.number(row["days_median"], 0))
    return Slide(title, median, chart=chart, note=note)


def complaints_slide(data: ReportData) -> Slide | None:
    """Return the slide on the number of complaints, and how many were resolved in time."""
    words, numbers = data.words, data.numbers
    found = data.rows("complaints")
    if found is None or is_missing(found.frame["n"].iloc[0]):
        return None
    row = {str(name): value for name, value in found.frame.iloc[0].items()}
    n, pct = numbers.number(row["n"]), row.get("resolved_in_time_pct")
    title = (
        words("slide_complaints", n=n)
        if is_missing(pct)
        else words("slide_complaints_in_time", n=n, pct=numbers.percent(pct, 0))
    )
    named = (
        ("n", "slide_received", 0, ""), ("n_answered", "slide_answered", 0, ""), ("n_resolved", "slide_resolved", 0, ""),
        ("answered_in_time_pct", "slide_answered_in_time", 0, "%"),
    )  # fmt: skip
    figures = [
        KeyFigure(words(key), numbers.number(row[name], decimals) + suffix)
        for name, key, decimals, suffix in named
        if not is_missing(row.get(name))
    ]
    points = [words("slide_complaints_late")] if pct is not None and pct < _HALF else []
    if "partly" in {row["answers_basis"], row["ends_basis"]} and not is_missing(pct):
        points.append(words("deadlines_partly", due=data.cell(found, found.frame.index[0], "n_due")))
    return Slide(title, words("slide_complaints_subtitle"), tuple(figures), tuple(points))
