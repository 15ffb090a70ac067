"""A cell goes back to its office as the value that its whole column told, so that a few rows are read alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from asn_research.clean.layouts import column_of, decide_columns, layouts_of
from asn_research.clean.numbers import BadCellError
from asn_research.clean.steps import mark_foreign_rows
from asn_research.clean.values import Form, parse_cell
from asn_research.clean.working import Context, start
from asn_research.read import RawTable
from asn_research.rules.codebooks import Column

_NUMBERS = ("number", "percent", "whole")
#: What a cell is written as: a day, a number, a word; none if it is written as it was sent.
Value = datetime | float | str | None


@dataclass(frozen=True)
class ColumnsAsRead:
    """How the columns of one table are read.

    Parameters
    ----------
    columns : mapping of str to Column
        What the codebook says of them.
    forms : mapping of str to Form
        What was decided about them.
    """

    columns: Mapping[str, Column]
    forms: Mapping[str, Form] = field(default_factory=dict)

    def value(self, name: str, text: str, kind: str) -> Value:
        """Return what a cell was read as; none if it was not read, or says the same everywhere."""
        column, form = self.columns.get(name), self.forms.get(name, Form())
        if column is None or not text or (text, kind) in form.waiting:
            return None
        try:
            if column.type == "date":
                found = parse_cell(text, kind, column, form)
                return None if found is None else found.astype("datetime64[us]").item()
            if column.type in _NUMBERS:
                found = parse_cell(text, kind, column, form)
                return None if found is None else float(found)
            # A letter or number whose meaning was decided for this form says it in words elsewhere.
            if form.codes and column.type in {"choice", "choice_number"}:
                return _word(parse_cell(text, kind, column, form), column)
        except BadCellError:
            return None
        return None


def _word(code: object, column: Column) -> Value:
    if code is None:
        return None
    if column.type == "choice_number":
        return float(str(code))
    spellings = next(
        part.partition("=")[2].split("|")
        for part in column.values.split(";")
        if part.partition("=")[0].strip() == code
    )
    return next((s for s in spellings if len(s) > 2 and not s.isdigit()), spellings[0])


def columns_as_read(tables: Sequence[RawTable], context: Context) -> list[ColumnsAsRead]:
    """Return for each table of a file how its columns are read, beside the tables of the same layout."""
    found = [ColumnsAsRead({}) for _ in tables]
    for source in dict.fromkeys(table.source for table in tables):
        places = [at for at, table in enumerate(tables) if table.source == source]
        rows = mark_foreign_rows(start([tables[at] for at in places], context))
        columns = {name: column for name in rows.cells if (column := column_of(rows, name))}
        for layout in layouts_of(rows):
            rows, decided = decide_columns(rows, layout)
            forms = {name: decision.form for name, decision in decided.items()}
            for number in np.asarray(layout.tables):
                found[places[number]] = ColumnsAsRead(columns, forms)
    return found
