"""The city's units beside each other, once: one chart, one table with intervals, and a map of the districts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

from asn_research.methods.estimates import Estimate, change
from asn_research.protect import ProtectedTable
from asn_research.rules.words import HIDDEN
from asn_research.show.blocks import Block, Blocks, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.city_figures import UnitValue, district_map, units_figure
from asn_research.show.data import ReportData
from asn_research.show.numbers import NOTHING, is_missing
from asn_research.show.sections.movement import certain, chance_of
from asn_research.show.sections.reported import Reported, reported
from asn_research.show.sections.section_parts import listing, satisfaction_rule
from asn_research.show.sections.staff_values import has_training_record
from asn_research.show.tabling import ends_note

#: Fewer units make no comparison.
_FEWEST_UNITS = 3
#: The ends of the scale that staff answer on.
_ENDS = (1.0, 5.0)
#: The two indicators that are pooled over units.
INDEX, TIMELY = "ikm", "within_standard_pct"


def of_unit(data: ReportData, unit: str) -> ReportData:
    """Return the data of the city's report as data of one unit."""
    return replace(data, unit_id=unit)


def reporting_units(data: ReportData) -> list[str]:
    """Return the units that have reports, in the register's order."""
    return [unit.unit_id for unit in data.city.reporting_units]


def standings(data: ReportData, indicator: str) -> dict[str, Mapping[Hashable, Any]]:
    """Return each unit's row of the comparison with its expected value; units with hidden values are absent."""
    found = data.rows("standings", unit_id=reporting_units(data), indicator=indicator)
    if found is None:
        return {}
    shown = found.frame[found.frame["pooled"].notna()]
    return {str(row["unit_id"]): row for row in shown.to_dict("records")}


def units_below(data: ReportData, indicator: str) -> set[str]:
    """Return the units that are below their expected value beyond chance."""
    return {unit for unit, row in standings(data, indicator).items() if _tier_of(row) == "below"}


def units_beside_each_other(data: ReportData) -> Blocks:
    """Return one chart, one table and the map of districts, with each unit's index, range of ranks and timeliness."""
    words = data.words
    head = Heading(words("section_units"))
    units = reporting_units(data)
    indices = {unit: shown for unit in units if (shown := reported(of_unit(data, unit))) is not None}
    table = _unit_table(data, units, indices)
    if table is None:
        return Blocks(())
    blocks: list[Block] = [head, Paragraph(_tiers_sentence(data))]
    if len(indices) >= _FEWEST_UNITS:
        of_index = standings(data, INDEX)
        values = [
            UnitValue(unit, Estimate(shown.value, shown.low, shown.high), _tier_of(of_index.get(unit)))
            for unit, shown in indices.items()
        ]
        whole = reported(data)
        blocks.append(
            units_figure(
                data, values, key="units_ikm", title=_span_title(data, values), axis=words("axis_index"), rule=satisfaction_rule(data),
                whole=None if whole is None else Estimate(whole.value, whole.low, whole.high),
            )
        )  # fmt: skip
    districts = {unit: shown.value for unit, shown in indices.items()}
    drawn = district_map(data, districts, title=words("figure_map"), legend=words("map_index"))
    # The map is small: it stands before the chart, which fills most of a page.
    return Blocks((*blocks[:2], *([drawn] if drawn else []), *blocks[2:], table))


def _tier_of(row: Mapping[Hashable, Any] | None) -> str:
    name = str(row["tier"]) if row is not None else ""
    return name if name in {"above", "below"} else ""


def _tiers_sentence(data: ReportData) -> str:
    """Return the sentence on how many units are above or below their expected value beyond chance, and on the method."""
    words = data.words
    rows = list(standings(data, INDEX).values())
    if len(rows) < _FEWEST_UNITS:
        return words("units_told")
    adjusted = words("units_adjusted" if rows[0]["adjusted"] else "units_unadjusted")
    if not rows[0]["units_differ"]:
        return f"{words('units_alike')} {words('units_told')}"
    counts = {name: sum(_tier_of(row) == name for row in rows) for name in ("above", "below")}
    sentence = words("units_tiers", **counts, rest=len(rows) - sum(counts.values()))
    if not sum(counts.values()):
        sentence = words("units_as_expected", n=len(rows))
    return f"{sentence} {adjusted} {words('units_told')}"


def _span_title(data: ReportData, values: list[UnitValue]) -> str:
    """Return the title of the chart, which says between which values the units lie."""
    numbers = [each.own.value for each in values]
    low, high = (data.numbers.number(end, 1) for end in (min(numbers), max(numbers)))
    return data.words("title_units", n=len(values), low=low, high=high)


def _unit_table(data: ReportData, units: list[str], indices: Mapping[str, Reported]) -> Table | None:
    """Return the table of all units: respondents, index, range of ranks, and timeliness; None for too few units."""
    words, numbers = data.words, data.numbers
    answers = _by_unit(data.rows("satisfaction", unit_id=units))
    times = data.rows("service_time", unit_id=units, service_id="")
    timely = _by_unit(times)
    places = standings(data, INDEX)
    listed = [unit for unit in units if unit in answers or unit in timely]
    # A column of nothing but dashes is left out.
    has_times = bool(timely)
    if len(listed) < _FEWEST_UNITS:
        return None
    rows = []
    for unit in listed:
        shown, place = indices.get(unit), places.get(unit)
        hidden = HIDDEN if unit in answers else NOTHING
        number = answers.get(unit, {}).get("n_respondents")
        rows.append(
            (
                Cell(data.city.units[unit].short_name),
                _count(data, number, hidden),
                Cell(numbers.number(shown.value, 2), round(shown.value, 10)) if shown else Cell(hidden),
                Cell(numbers.interval(shown.low, shown.high, 1) if shown else hidden),
                Cell((shown.grade or NOTHING) if shown else hidden),
                *((Cell(_place(data, place) if place else hidden),) if places else ()),
                *((Cell(_share(data, times, timely.get(unit))),) if has_times else ()),
            )
        )  # fmt: skip
    columns = (
        TableColumn(words("col_unit"), "left", 2.3),
        TableColumn(words("col_respondents"), "right", 0.9),
        TableColumn(words("col_ikm"), "right", 0.8),
        TableColumn(words("col_range"), "center", 1.2),
        TableColumn(words("col_grade"), "center", 0.6),
        *((TableColumn(words("col_standing"), "left", 2.1),) if places else ()),
        *((TableColumn(words("col_within"), "center", 1.6),) if has_times else ()),
    )
    notes = [words("note_units_told")]
    if places:
        notes.append(words("note_standing"))
    smallest = data.protected.rule.smallest_group.citizens
    if any(HIDDEN in cell.text for row in rows for cell in row):
        notes.append(
            words(
                "note_hidden_units", mark=HIDDEN, n=smallest, estimate=data.protected.rule.smallest_estimate
            )
        )
    if any(cell.text == NOTHING for row in rows for cell in row):
        notes.append(words("note_nothing", mark=NOTHING))
    if times is not None:
        notes += ends_note(data, times, ["within_standard_pct"])
    return Table("units", words("table_units"), columns, tuple(rows), tuple(notes))


def _count(data: ReportData, n: Any, mark: str) -> Cell:
    """Return a number of people as text, or the mark of a hidden number."""
    return Cell(mark) if is_missing(n) else Cell(data.numbers.number(n), float(n))


def _by_unit(table: ProtectedTable | None) -> dict[str, dict[Hashable, Any]]:
    if table is None:
        return {}
    records = table.frame.assign(_row=table.frame.index).to_dict("records")
    return {str(row["unit_id"]): row for row in records}


def _place(data: ReportData, row: Mapping[Hashable, Any]) -> str:
    """Return the verdict on a unit, with the range of ranks that it may have."""
    words = data.words
    low, high, n = (int(row[name]) for name in ("rank_low", "rank_high", "n_units"))
    between = (
        words("rank_single", rank=low, n=n)
        if low == high
        else words("rank_interval", low=low, high=high, n=n)
    )
    name = _tier_of(row)
    return words(f"place_{name}", between=between) if name else words("place_same", between=between)


def _share(data: ReportData, times: ProtectedTable | None, row: Mapping[Hashable, Any] | None) -> str:
    """Return a unit's share of requests within the standard with its range."""
    if times is None or row is None:
        return NOTHING
    text = data.cell(times, row["_row"], "within_standard_pct", 0, "%")
    interval = data.interval_cell(times, row["_row"], "within_standard_low", "within_standard_high", 0)
    return text if interval in {HIDDEN, NOTHING} else f"{text} ({interval})"


def staff_units(data: ReportData) -> Blocks:
    """Return one chart and one table by unit: answers of staff, their ratings, and their training."""
    words = data.words
    head = Heading(words("section_units"))
    units = reporting_units(data)
    estimates = {u: data.estimate("motivation", "mean", unit_id=u, scale="motivation") for u in units}
    shown = {unit: each for unit, each in estimates.items() if each is not None}
    whole = data.estimate("motivation", "mean", scale="motivation")
    rated = _by_unit(data.rows("appraisal", unit_id=units))
    learnt = data.rows("training", unit_id=units)
    by_unit = _by_unit(learnt)
    listed = [unit for unit in units if unit in rated or unit in shown or unit in by_unit]
    if len(listed) < _FEWEST_UNITS:
        return Blocks(())
    blocks: list[Block] = [head]
    apart = motivation_standings(data, shown, whole)
    if len(shown) >= _FEWEST_UNITS:
        blocks.append(Paragraph(_apart_sentence(data, apart)))
        values = [UnitValue(unit, each, apart.get(unit, "")) for unit, each in shown.items()]
        title = words("title_units_motivation", span=_span_title(data, values))
        blocks.append(
            units_figure(data, values, key="units_motivation", title=title, axis=words("axis_scale"), whole=whole, ends=_ENDS,)
        )  # fmt: skip
    rows = []
    for unit in listed:
        quality = data.estimate("appraisal", "service_quality_mean", unit_id=unit)
        said = shown.get(unit)
        row = by_unit.get(unit)
        cells = [
            HIDDEN if learnt is None or row is None else data.cell(learnt, row["_row"], name, places, suffix)
            for name, places, suffix in (("hours_mean", 1, ""), ("pns_met_pct", 0, "%"))
        ]
        if row is not None and not has_training_record(of_unit(data, unit)):
            cells = [NOTHING] * len(cells)
        n = rated.get(unit, {}).get("n_employees")
        rows.append(
            (
                Cell(data.city.units[unit].short_name),
                _count(data, n, HIDDEN),
                Cell(_with_range(data, quality, 1)), Cell(_with_range(data, said, 2)), *(Cell(text) for text in cells),
            )
        )  # fmt: skip
    columns = (
        TableColumn(words("col_unit"), "left", 2.2),
        TableColumn(words("col_staff"), "right", 0.8),
        TableColumn(words("col_quality_range"), "center", 1.9),
        TableColumn(words("col_motivation_range"), "center", 1.9),
        TableColumn(words("col_hours_mean"), "right", 0.9),
        TableColumn(words("col_pns_met"), "right", 1.1),
    )
    notes = [words("note_units_told")]
    if any(HIDDEN in cell.text for row in rows for cell in row):
        small = data.protected.rule.smallest_group.employees
        notes.append(
            words("note_hidden_units", mark=HIDDEN, n=small, estimate=data.protected.rule.smallest_estimate)
        )
    if any(cell.text == NOTHING for row in rows for cell in row):
        notes.append(words("note_nothing", mark=NOTHING))
    if learnt is not None:
        notes += ends_note(data, learnt, ["pns_met_pct"])
    table = Table("units", words("table_staff_units"), columns, tuple(rows), tuple(notes))
    return Blocks((*blocks, table))


def motivation_standings(
    data: ReportData, shown: Mapping[str, Estimate], whole: Estimate | None
) -> dict[str, str]:
    """Return the units whose staff are more or less motivated than the city's beyond chance, all tested together."""
    if whole is None or len(shown) < _FEWEST_UNITS:
        return {}
    moved = {unit: change(each, whole) for unit, each in shown.items()}
    sure = certain([chance_of(each) for each in moved.values()])
    return {
        unit: "above" if each.value > 0 else "below"
        for (unit, each), is_sure in zip(moved.items(), sure, strict=True)
        if is_sure
    }


def _apart_sentence(data: ReportData, apart: Mapping[str, str]) -> str:
    """Return the sentence that names the units that differ from the city, or says that none does."""
    words = data.words
    names = {
        side: listing(
            data, [data.city.units[unit].short_name for unit, each in apart.items() if each == side]
        )
        for side in ("above", "below")
    }
    parts = [words(f"motivation_{side}", units=units) for side, units in names.items() if units]
    return " ".join(parts) if parts else words("motivation_alike")


def _with_range(data: ReportData, each: Estimate | None, decimals: int) -> str:
    if each is None:
        return HIDDEN
    text, numbers = data.numbers.number(each.value, decimals), data.numbers
    interval = numbers.interval(each.low, each.high, decimals)
    return text if interval == NOTHING else f"{text} ({interval})"
