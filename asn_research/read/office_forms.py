"""Workbook forms that offices fill in: write them from a list of columns, and read the filled-in forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import xlsxwriter

from asn_research.errors import RawDataError
from asn_research.read.grids import Grid, read_grids
from asn_research.rules.cities import YesNo
from asn_research.rules.codebooks import fold
from asn_research.rules.loading import RULES, FrozenModel, read_rows
from asn_research.rules.words import load_words

_YES = {"ya": "yes", "yes": "yes", "y": "yes", "tidak": "no", "no": "no", "t": "no", "n": "no"}
_ZONES = {"wib": "Asia/Jakarta", "wita": "Asia/Makassar", "wit": "Asia/Jayapura"}
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]*")
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{1,2})-(\d{1,2})(?:T.*)?")
_WIDTH = 26
_ROOM = 500


class FormColumn(FrozenModel):
    """One column of one sheet of a form."""

    sheet_indonesian: str
    sheet_english: str
    model: str
    field: str
    heading_indonesian: str
    heading_english: str
    needed: YesNo
    kind: Literal["text", "code", "whole", "number", "yes", "day", "names", "zone"]
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


@dataclass(frozen=True)
class FilledRow:
    """One filled-in row: its place, its values by field, and the heading of each field."""

    where: str
    values: dict[str, Any]
    headings: dict[str, str]


@cache
def load_form(name: str) -> tuple[FormColumn, ...]:
    """Load the columns of a form, from `rules/<name>.csv`."""
    return tuple(column for _, column in read_rows(FormColumn, RULES / f"{name}.csv"))


def _sheets(form: Sequence[FormColumn]) -> dict[str, list[FormColumn]]:
    sheets: dict[str, list[FormColumn]] = {}
    for column in form:
        sheets.setdefault(column.model, []).append(column)
    return sheets


def form_bytes(name: str, language: str, rows: dict[str, list[dict[str, Any]]] | None = None) -> bytes:
    """Return a form as a workbook to be filled in.

    Parameters
    ----------
    name : str
        The name of the form, which is a csv file in `rules`.
    language : str
        ``id`` or ``en``.
    rows : dict of str to list of dict, optional
        Values that are already filled in: for each model, rows with values by field.
    """
    word = load_words(language)
    out = BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": word(f"{name}_title")})
    head = book.add_format(
        {"bold": True, "bg_color": "#DDE6EE", "border": 1, "text_wrap": True, "valign": "top"}
    )
    must = book.add_format(
        {"bold": True, "bg_color": "#F6E3B4", "border": 1, "text_wrap": True, "valign": "top"}
    )
    note = book.add_format({"italic": True, "font_color": "#555555", "text_wrap": True, "valign": "top"})
    for model, columns in _sheets(load_form(name)).items():
        page = book.add_worksheet(columns[0].sheet(language))
        page.set_column(0, len(columns) - 1, _WIDTH)
        page.write(0, 0, word(f"{name}_how"))
        for place, column in enumerate(columns):
            page.write(1, place, column.note(language), note)
            page.write(2, place, column.heading(language), must if column.needed else head)
            choices = {"yes": ["ya", "tidak"], "zone": ["WIB", "WITA", "WIT"]}.get(column.kind)
            if choices:
                page.data_validation(3, place, _ROOM, place, {"validate": "list", "source": choices})
            for row, values in enumerate((rows or {}).get(model, []), start=3):
                page.write(row, place, values.get(column.field, ""))
        page.freeze_panes(3, 0)
    book.close()
    return out.getvalue()


def read_form(path: Path, name: str) -> dict[str, list[FilledRow]]:
    """Read a filled-in form.

    Parameters
    ----------
    path : Path
        The workbook.
    name : str
        The name of the form, which is a csv file in `rules`.

    Returns
    -------
    dict of str to list of FilledRow
        The rows by model, in the order of the sheet.

    Raises
    ------
    RawDataError
        If a cell is missing or unreadable; the message names its sheet, row and column.
    """
    grids = {fold(grid.sheet): grid for grid in read_grids(path, path.name)}
    found = {}
    for model, columns in _sheets(load_form(name)).items():
        names = (fold(columns[0].sheet_indonesian), fold(columns[0].sheet_english))
        grid = next((grids[n] for n in names if n in grids), None)
        if grid is None:
            msg = f"{path.name}: the sheet {columns[0].sheet_indonesian} is missing. Write the form anew (asn-research init --city) and copy yours into it."
            raise RawDataError(msg)
        found[model] = list(_rows(grid, columns, path.name))
    return found


def _rows(grid: Grid, columns: Sequence[FormColumn], file: str) -> Iterator[FilledRow]:
    head, places = _heading_row(grid, columns, file)
    for row in range(head + 1, grid.n_rows):
        cells = [str(cell).strip() for cell in grid.block(row, row + 1)[0]]
        if not any(cells[place] for place in places.values()):
            continue
        where = f"{file}, sheet {grid.sheet}, row {row + 1}"
        values, headings = {}, {}
        for column in columns:
            headings[column.field] = column.heading_indonesian
            text = cells[places[column.field]] if column.field in places else ""
            if not text:
                if column.needed:
                    msg = f"{where}, column {column.heading_indonesian}: this cell must be filled in. {column.note_indonesian}".strip()
                    raise RawDataError(msg)
                continue
            values[column.field] = _value(text, column, f"{where}, column {column.heading_indonesian}")
        yield FilledRow(where, values, headings)


def _heading_row(grid: Grid, columns: Sequence[FormColumn], file: str) -> tuple[int, dict[str, int]]:
    known = {fold(h): c.field for c in columns for h in (c.heading_indonesian, c.heading_english)}
    for row in range(min(grid.n_rows, 12)):
        cells = [fold(str(cell)) for cell in grid.block(row, row + 1)[0]]
        places = {known[cell]: place for place, cell in reversed([*enumerate(cells)]) if cell in known}
        if all(c.field in places for c in columns if c.needed):
            return row, places
    needed = ", ".join(c.heading_indonesian for c in columns if c.needed)
    msg = f"{file}, sheet {grid.sheet}: the headings {needed} were not found in one row. Do not change the row of headings."
    raise RawDataError(msg)


def _value(text: str, column: FormColumn, where: str) -> Any:
    plain = text.removesuffix(".0") if column.kind in {"text", "code", "whole"} else text
    value = _READERS[column.kind](plain)
    if value is None:
        msg = f"{where}: this cell cannot be read. {column.note_indonesian or 'Write ' + _ASKED[column.kind] + '.'}"
        raise RawDataError(msg)
    return value


_ASKED = {"whole": "a whole number", "number": "a number", "day": "a day such as 31/12/2026", "yes": "ya or tidak",
          "code": "capitals, digits and hyphens", "zone": "WIB, WITA or WIT"}  # fmt: skip


def _names(text: str) -> str:
    return "|".join(part.strip() for part in re.split(r"[;|]", text) if part.strip())


def _code(text: str) -> str | None:
    return text.upper() if _CODE.fullmatch(text.upper()) else None


def _zone(text: str) -> str | None:
    return _ZONES.get(text.casefold(), text if "/" in text else None)


def _whole(text: str) -> int | None:
    return int(text.replace(".", "")) if re.fullmatch(r"\d{1,3}(?:\.\d{3})+|\d+", text) else None


def _number(text: str) -> float | None:
    return float(text.replace(",", ".")) if re.fullmatch(r"\d+(?:[.,]\d+)?", text) else None


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    if not found:
        return None
    parts = (found[3], found[2], found[1]) if found[3] else (found[4], found[5], found[6])
    try:
        return date(*map(int, parts))
    except ValueError:
        return None


_READERS: dict[str, Callable[[str], Any]] = {
    "text": str, "names": _names, "code": _code, "yes": lambda text: _YES.get(text.casefold()), "zone": _zone,
    "whole": _whole, "number": _number, "day": _day,
}  # fmt: skip
