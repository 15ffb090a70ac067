"""The slide of a city's units beside each other."""

from __future__ import annotations

from collections import Counter

from asn_research.rules.cities import CITY
from asn_research.show.data import ReportData
from asn_research.show.digest_blocks import Series, Slide, SlideChart
from asn_research.show.sections.section_parts import listing, satisfaction_rule

#: Grades that need no help, by their place from the top.
_GOOD = 2


def units_slide(data: ReportData) -> Slide | None:
    """Return the slide with the indices of all units, and how many are good; None for slides of one unit."""
    words, numbers = data.words, data.numbers
    found = data.protected.get("satisfaction", period=data.period.code) if data.is_city else None
    if found is None:
        return None
    frame = found.frame.loc[found.frame["unit_id"] != CITY]
    is_printed = data.given.style.reported_index == "printed"
    index, graded = ("index_printed_weight", "grade_printed") if is_printed else ("ikm", "grade")
    # With the printed weight (0.11) an index exists also for units that did not ask all elements. The regulation
    # knows no such index, so these units are left out.
    frame = frame.loc[frame["is_full"].astype(bool)].dropna(subset=[index])
    if len(frame) < 2:
        return None
    # In the register's order and not by value: differences between neighbours in a ranking are mostly chance.
    places = {unit.unit_id: at for at, unit in enumerate(data.city.reporting_units)}
    frame = frame.sort_values("unit_id", key=lambda units: units.astype(str).map(places), kind="stable")
    rule = satisfaction_rule(data)
    grades = Counter(str(grade) for grade in frame[graded])
    good = sum(grades[band.grade] for band in rule.grades[:_GOOD])
    letters = [band.grade for band in rule.grades]
    listed = listing(
        data, [words("slide_units_grade", grade=g, n=numbers.number(grades[g])) for g in letters if grades[g]]
    )
    title = words(
        "slide_units",
        good=numbers.number(good),
        n=numbers.number(len(frame)),
        first=letters[0],
        last=letters[_GOOD - 1],
    )
    labels = tuple(data.city.units[str(unit)].short_name for unit in frame["unit_id"])
    values = tuple(numbers.rounded(value, 1) for value in frame[index])
    chart = SlideChart(
        "columns", labels, (Series(data.label("ikm"), values),), numbers.chart_format(0), words("axis_index"), 25.0, 100.0,
        words("slide_alt", title=title, values=listed),
    )  # fmt: skip
    return Slide(
        title, words("slide_units_subtitle", grades=listed), chart=chart, note=words("slide_units_note")
    )
