"""The professionalism index between the bounds that the records allow; of the city's alone with discipline."""

from __future__ import annotations

from typing import Any

import pandas as pd

from asn_research import rules
from asn_research.rules.regulations_staff import IpAsnRule
from asn_research.rules.words import HIDDEN
from asn_research.show.blocks import Blocks, Cell, Heading, Paragraph, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing
from asn_research.show.tabling import hidden_note

_MONTHS = 12


def professionalism(data: ReportData) -> Blocks:
    """Return the professionalism index between the bounds that the records allow.

    Discipline, and so the index as a whole, is shown of the city alone.
    """
    words = data.words
    found = data.rows("ip_asn")
    if found is None or found.is_suppressed(found.frame.index[0], "n_staff"):
        return Blocks(())
    first, row = found.frame.index[0], found.frame.iloc[0]
    rule = rules.at(data.period, data.city).one(IpAsnRule)
    dimensions = {**rule.dimensions, "index": 100.0}
    if not data.is_city:
        dimensions = {name: full for name, full in rule.dimensions.items() if name != "discipline"}
    rows = tuple(
        (
            Cell(words(f"dimension_{name}")),
            *(
                Cell(data.cell(found, first, f"{name}_{end}", 1), _number(row[f"{name}_{end}"]))
                for end in ("low", "high")
            ),
            Cell(data.numbers.number(full), full),
        )
        for name, full in dimensions.items()
    )
    columns = (
        TableColumn(words("col_dimension"), "left", 2),
        *(TableColumn(words(f"col_{name}"), "right") for name in ("lowest", "highest", "maximum")),
    )
    notes = [words("note_ip_asn", performance_year=data.period.year - rule.performance_years_back)]
    hidden = [
        name for name, cells in zip(dimensions, rows, strict=True) if any(c.text == HIDDEN for c in cells)
    ]
    notes += hidden_note(data, found, [f"{name}_low" for name in hidden])
    last = (len(rows) - 1,) if data.is_city else ()
    table = Table("ip_asn", words("table_ip_asn"), columns, rows, tuple(notes), last)
    return Blocks((Heading(words("section_ip_asn")), Paragraph(_index_sentence(data, row)), table))


def _index_sentence(data: ReportData, row: pd.Series) -> str:
    """Return the sentence on the index; before the year has ended it names no band."""
    words, numbers = data.words, data.numbers
    is_part = data.period.last_day.month < _MONTHS
    part = words("ip_asn_part_year", period=data.period.label(data.language)) if is_part else ""
    facts = {"year": data.period.year, "n": numbers.number(row["n_staff"])}
    if not data.is_city:
        return f"{words('ip_asn_unit', **facts)} {part}".strip()
    ends = {"low": numbers.number(row["index_low"], 1), "high": numbers.number(row["index_high"], 1)}
    if is_part:
        return f"{words('ip_asn_bounds', **facts, **ends)} {part}"
    low, high = words(f"band_{row['band_low']}"), words(f"band_{row['band_high']}")
    if low == high:
        return words("ip_asn_one_band", **facts, **ends, band_low=low)
    return words("ip_asn_sentence", **facts, **ends, band_low=low, band_high=high)


def _number(value: Any) -> float | None:
    return None if is_missing(value) else float(value)
