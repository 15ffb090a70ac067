"""The index computed in other ways, beside that of the regulation."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from asn_research.measure.respondents import SIMPLE
from asn_research.protect import ProtectedTable
from asn_research.rules.regulations import SatisfactionRule
from asn_research.rules.words import HIDDEN
from asn_research.show.blocks import Block, Cell, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.numbers import NOTHING, is_missing
from asn_research.show.sections.section_parts import listing, satisfaction_rule
from asn_research.show.tabling import hidden_note


def variants(data: ReportData, found: ProtectedTable, row: Mapping[str, Any]) -> list[Block]:
    """Return the table of the index with other weights, forms and intervals; its notes say why."""
    words, numbers = data.words, data.numbers
    place, clustered = found.frame.index[0], row["drawn_as"] != SIMPLE
    rows = [
        _line(
            data,
            row,
            words("variant_exact" if clustered else "variant_plain"),
            "index",
            "index_low",
            "index_high",
        )
    ]
    if clustered:
        rows.append(
            _line(data, row, words("variant_simple"), "index", "index_simple_low", "index_simple_high")
        )
    if not is_missing(row["index_weighted"]):
        ends = ("index_weighted_low", "index_weighted_high")
        rows.append(_line(data, row, _weighted_label(data, row), "index_weighted", *ends))
    if not is_missing(row["index_screened"]) and row["n_screened_out"]:
        label = words("variant_screened", n=numbers.number(row["n_screened_out"]),
                      straight=numbers.number(row["n_straight_line"]))  # fmt: skip
        rows.append(_line(data, row, label, "index_screened"))
    if bool(row["is_full"]):
        rows += [
            _line(data, row, words("variant_printed", weight=printed_weight(data, weight)), column)
            for weight, column in _printed(satisfaction_rule(data))
        ]
    is_weighted = not is_missing(row["weighted_by"]) and bool(row["weighted_by"])
    asked = ("index_weighted", "index_screened") if is_weighted else ("index_screened",)
    hidden = [name for name in asked if found.is_suppressed(place, name)]
    if "index_weighted" in hidden:
        rows.append((Cell(_weighted_label(data, row)), Cell(HIDDEN), Cell(HIDDEN), Cell(HIDDEN)))
    if "index_screened" in hidden:
        label = words("variant_screened_hidden")
        rows.append((Cell(label), Cell(HIDDEN), Cell(NOTHING), Cell(HIDDEN)))
    notes = [words("note_variants"), *hidden_note(data, found, hidden)]
    columns = (
        TableColumn(words("col_variant"), "left", 4),
        TableColumn(words("col_index"), "right", 1),
        TableColumn(words("col_interval"), "center", 1.5),
        TableColumn(words("col_grade"), "left", 0.7),
    )
    return [Table("index_variants", words("table_variants"), columns, tuple(rows), tuple(notes))]


def _weighted_label(data: ReportData, row: Mapping[str, Any]) -> str:
    by = [data.words(f"dimension_{name}").lower() for name in str(row["weighted_by"]).split("|")]
    return data.words("variant_weighted", by=listing(data, by))


def _printed(rule: SatisfactionRule) -> list[tuple[Decimal, str]]:
    """Return the weights that worksheets print, finest first, and where the index with each stands."""
    finest, coarsest = max(rule.printed_weights), rule.coarsest_weight
    finer = [(finest, "index_finer_weight")] if finest != coarsest else []
    return [*finer, (coarsest, "index_printed_weight")]


def printed_weight(data: ReportData, weight: Decimal) -> str:
    """Return a weight with all the decimals that worksheets print of it."""
    return data.numbers.number(float(weight), -int(weight.as_tuple().exponent))


def _line(
    data: ReportData, row: Mapping[str, Any], label: str, column: str, low: str = "", high: str = ""
) -> tuple[Cell, ...]:  # fmt: skip
    """One way to compute the index, with the index, its interval and grade."""
    numbers, rule = data.numbers, satisfaction_rule(data)
    value = row[column]
    floor = rule.multiplier * rule.scale.lowest
    # A printed weight can push an index below the scale itself.
    grade = (
        rule.grade(max(Fraction(repr(float(value))), Fraction(floor))).grade
        if bool(row["is_full"])
        else NOTHING
    )
    interval = numbers.interval(row[low], row[high], 2) if low else NOTHING
    return (Cell(label), Cell(numbers.number(value, 2), round(float(value), 10)), Cell(interval), Cell(grade))
