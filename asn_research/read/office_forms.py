"""Workbook forms that offices fill in: their columns, and the reading of filled-in forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from asn_research.errors import AsnError, RawDataError
from asn_research.read.form_values import READERS, read_choice
from asn_research.read.grids import Grid, read_grids
from asn_research.rules.cities import YesNo
from asn_research.rules.codebooks import fold
from asn_research.rules.loading import RULES, FrozenModel, read_rows
from asn_research.rules.words import LANGUAGES, load_words, worded

#: Rows are looked for the headings down to here.
_HEADINGS_WITHIN = 12


class FormColumn(FrozenModel):
    """One column of one sheet of a form."""

    sheet_indonesian: str
    sheet_english: str
    model: str
    field: str
    heading_indonesian: str
    heading_english: str
    needed: YesNo
    kind: Literal[
        "text", "code", "whole", "number", "yes", "day", "names", "zone", "period", "nip", "colour", "choice"
    ]
    #: Of a choice, its list; of another kind, the list that is offered and not insisted on.
    choices: str = ""
    example_indonesian: str = ""
    example_english: str = ""
    note_indonesian: str = ""
    note_english: str = ""

    def sheet(self, language: str) -> str:
        """Return the sheet's name in a language."""
        return self.text_of("sheet", language)

    def heading(self, language: str) -> str:
        """Return the heading in a language."""
        return self.text_of("heading", language)

    def note(self, language: str) -> str:
        """Return the instruction for filling in the column."""
        return self.text_of("note", language)

    def example(self, language: str) -> str:
        """Return the cell of the row that shows how to fill it in."""
        return self.text_of("example", language)

    @property
    def help(self) -> AsnError:
        """The note in each language, to stand in an error."""
        texts = {each: self.note(each) or load_words(each)(f"form_asks_{self.kind}") for each in LANGUAGES}
        return AsnError(texts["en"]).worded_in(texts)


@dataclass(frozen=True)
class FilledRow:
    """One filled-in row: its place, its values by field, and the heading of each field.

    Parameters
    ----------
    file, sheet, number : str, str, int
        The place of the row; rows count from 1.
    values : dict
        The values by field, without empty cells.
    headings : dict of str to str
        The heading of each field.
    """

    file: str
    sheet: str
    number: int
    values: dict[str, Any] = field(repr=False)
    headings: dict[str, str]

    @property
    def where(self) -> str:
        """How messages call it."""
        return f"{self.file}, sheet {self.sheet}, row {self.number}"

    def fault(self, column: str, reason: AsnError) -> RawDataError:
        """Return what is wrong with a cell, with its place."""
        return worded(
            RawDataError, "error_form_cell", file=self.file, sheet=self.sheet, row=self.number,
            column=self.headings[column], reason=reason,
        )  # fmt: skip


@cache
def load_form(name: str) -> tuple[FormColumn, ...]:
    """Load the columns of a form, from `rules/<name>.csv`."""
    return tuple(column for _, column in read_rows(FormColumn, RULES / f"{name}.csv"))


def sheets_of(form: Sequence[FormColumn]) -> dict[str, list[FormColumn]]:
    """Return a form's columns by the model that each sheet holds, in order."""
    sheets: dict[str, list[FormColumn]] = {}
    for column in form:
        sheets.setdefault(column.model, []).append(column)
    return sheets


def read_form(path: Path, name: str, faults: list[RawDataError] | None = None) -> dict[str, list[FilledRow]]:
    """Read a filled-in form.

    Parameters
    ----------
    path : Path
        The workbook.
    name : str
        The name of the form, which is a csv file in `rules`.
    faults : list of RawDataError, optional
        A list that collects the errors of single rows, which are then left out. Without it the first error is raised.

    Returns
    -------
    dict of str to list of FilledRow
        The rows by model, in the order of the sheet, without the example row.

    Raises
    ------
    RawDataError
        If a cell is missing or unreadable; the message names its sheet, row and column.
    """
    grids = {fold(grid.sheet): grid for grid in read_grids(path, path.name)}
    found = {}
    for model, columns in sheets_of(load_form(name)).items():
        names = (fold(columns[0].sheet_indonesian), fold(columns[0].sheet_english))
        grid = next((grids[n] for n in names if n in grids), None)
        if grid is None:
            raise worded(RawDataError, "error_form_sheet", file=path.name, sheet=columns[0].sheet_indonesian)
        rows: list[FilledRow] = []
        for row in _rows(grid, columns, path.name):
            if not isinstance(row, RawDataError):
                rows.append(row)
            elif faults is None:
                raise row
            else:
                faults.append(row)
        found[model] = rows
    return found


def _rows(grid: Grid, columns: Sequence[FormColumn], file: str) -> Iterator[FilledRow | RawDataError]:
    """Yield each filled-in row, or what is wrong with it."""
    head, places = _heading_row(grid, columns, file)
    headings = {name: str(grid.columns[place].text[head]).strip() for name, place in places.items()}
    for row in range(head + 1, grid.n_rows):
        cells = {name: str(grid.columns[place].text[row]).strip() for name, place in places.items()}
        if not any(cells.values()):
            continue
        filled = FilledRow(file, grid.sheet, row + 1, {}, headings)
        if _is_marked_as_example(columns, cells):
            if not _is_example(columns, cells):
                yield worded(RawDataError, "error_form_example", file=file, sheet=grid.sheet, row=row + 1)
            continue
        kinds = {name: str(grid.columns[place].kinds[grid.columns[place].codes[row]])
                 for name, place in places.items()}  # fmt: skip
        faults = [*_faults(filled, columns, cells, kinds)]
        yield from faults or (filled,)


def _faults(
    row: FilledRow, columns: Sequence[FormColumn], cells: Mapping[str, str], kinds: Mapping[str, str]
) -> Iterator[RawDataError]:
    """Read the cells of a row into it, and yield what is wrong with them."""
    for column in columns:
        name = column.field
        text = cells.get(name, "")
        if not text:
            if column.needed:
                reason = worded(AsnError, "error_form_needed", note=column.help)
                yield row.fault(name, reason)
            continue
        if column.kind == "choice":
            value = read_choice(column.choices, text)
        else:
            value = READERS[column.kind](text, kinds[name])
        if value is None:
            yield row.fault(name, worded(AsnError, "error_form_unread", note=column.help))
        row.values[name] = value


def _is_marked_as_example(columns: Sequence[FormColumn], cells: Mapping[str, str]) -> bool:
    marks = {each for c in columns[:1] for each in (c.example_indonesian, c.example_english) if each}
    words = {fold(mark.partition(":")[0]) for mark in marks}
    return fold(cells.get(columns[0].field, "").partition(":")[0]) in words


def _is_example(columns: Sequence[FormColumn], cells: Mapping[str, str]) -> bool:
    """Whether a row that is marked as the example still holds it, so that nothing of a person's is passed over."""
    return all(
        fold(cells.get(c.field, "")) in {"", fold(c.example_indonesian), fold(c.example_english)}
        for c in columns
    )


def _heading_row(grid: Grid, columns: Sequence[FormColumn], file: str) -> tuple[int, dict[str, int]]:
    known = {fold(h): c.field for c in columns for h in (c.heading_indonesian, c.heading_english)}
    for row in range(min(grid.n_rows, _HEADINGS_WITHIN)):
        cells = [fold(str(cell)) for cell in grid.block(row, row + 1)[0]]
        places = {known[cell]: place for place, cell in reversed([*enumerate(cells)]) if cell in known}
        if places and all(c.field in places for c in columns if c.needed):
            return row, places
    needed = ", ".join(c.heading_indonesian for c in columns if c.needed)
    raise worded(RawDataError, "error_form_headings", file=file, sheet=grid.sheet, needed=needed)
