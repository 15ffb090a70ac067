"""Forms as workbooks to be filled in: headings, help, an example, pick lists, and what is known already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from asn_research.read.form_values import labels_of
from asn_research.read.office_forms import FormColumn, load_form, sheets_of
from asn_research.rules.words import load_words

#: What a form's rows hold, by model, each row's cells by field.
Rows = Mapping[str, Sequence[Mapping[str, Any]]]
#: From here on, counted from 0, a sheet has rows; help and headings stand above.
_FIRST = 3
_ROOM = 500
#: Width of a column in characters: one that holds a sentence, a code, anything else.
_WIDTH, _WIDE, _NARROW = 24, 36, 14
_WIDE_FIELDS = {"unit_name", "title", "name", "element", "action", "evidence", "address", "place", "note", "letterhead_1", "letterhead_2"}  # fmt: skip
_NARROW_FIELDS = {"standing", "valid_from", "valid_to", "first_day", "last_day", "target", "year", "index", "index_now", "accent"}  # fmt: skip
_LISTS = "Daftar"
_FIXED = {"yes": ["ya", "tidak"], "zone": ["WIB", "WITA", "WIT"]}


def form_bytes(
    name: str, language: str, rows: Rows | None = None, offered: Mapping[str, Sequence[str]] | None = None
) -> bytes:
    """Return a form as a workbook to be filled in.

    Parameters
    ----------
    name : str
        The form: a file of `rules`.
    language : str
        id or en.
    rows : mapping of str to sequence of mapping, optional
        What is filled in already, by model.
    offered : mapping of str to sequence of str, optional
        By the name of a list, what its columns let choose from.
    """
    word = load_words(language)
    out = BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": word(f"{name}_title")})
    looks = _Looks(book)
    sheets = sheets_of(load_form(name))
    pages = {model: book.add_worksheet(columns[0].sheet(language)) for model, columns in sheets.items()}
    lists = _Lists(book, offered or {}, language)
    for model, columns in sheets.items():
        page = pages[model]
        page.write(0, 0, word(f"{name}_how"), looks.how)
        page.set_row(1, 75)
        for place, column in enumerate(columns):
            page.set_column(place, place, _width(column), looks.text if column.kind == "nip" else None)
            page.write(1, place, column.note(language), looks.note)
            page.write(2, place, column.heading(language), looks.must if column.needed else looks.head)
            lists.offer(page, place, column)
        first = _FIRST
        if any(column.example(language) for column in columns):
            for place, column in enumerate(columns):
                page.write_string(first, place, column.example(language), looks.example)
            first += 1
        for row, values in enumerate((rows or {}).get(model, []), start=first):
            for place, column in enumerate(columns):
                _write(page, (row, place), values.get(column.field, ""), looks.cell)
        page.freeze_panes(_FIRST, 2 if len(columns) > 5 else 0)
    book.close()
    return out.getvalue()


def with_rows(path: Path, name: str, rows: Rows) -> bytes:
    """Return a filled-in form with rows added below what a person has written, which stays as it is.

    Parameters
    ----------
    path : Path
        The form; it is not changed.
    name : str
        Which form it is.
    rows : mapping of str to sequence of mapping
        What is added, by model.
    """
    book = openpyxl.load_workbook(path)
    for model, columns in sheets_of(load_form(name)).items():
        names = {columns[0].sheet_indonesian, columns[0].sheet_english}
        page = next(book[each] for each in book.sheetnames if each in names)
        places = _places(page, columns)
        last = max(
            (r for r in range(1, page.max_row + 1) if any(c.value is not None for c in page[r])), default=0
        )
        for number, values in enumerate(rows.get(model, []), start=last + 1):
            for field, value in values.items():
                if field in places and value != "":
                    page.cell(number, places[field], value)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _places(page: Any, columns: Sequence[FormColumn]) -> dict[str, int]:
    """Return in which column, from 1, each field stands; the form has been read, so its headings are there."""
    for row in page.iter_rows(max_row=12):
        said = {str(cell.value).strip(): cell.column for cell in row if cell.value is not None}
        found = {
            c.field: said[heading]
            for c in columns
            for heading in (c.heading_indonesian, c.heading_english)
            if heading in said
        }
        if all(c.field in found for c in columns if c.needed) and found:
            return found
    return {}


class _Looks:
    """How the cells of a form look."""

    def __init__(self, book: Any) -> None:
        top = {"text_wrap": True, "valign": "top"}
        self.how = book.add_format({"bold": True})
        self.head = book.add_format({**top, "bold": True, "bg_color": "#DDE6EE", "border": 1})
        self.must = book.add_format({**top, "bold": True, "bg_color": "#F6E3B4", "border": 1})
        self.note = book.add_format({**top, "italic": True, "font_color": "#555555"})
        self.example = book.add_format(
            {**top, "italic": True, "font_color": "#777777", "bg_color": "#F3F3F3"}
        )
        self.cell = book.add_format(top)
        self.text = book.add_format({"num_format": "@"})


class _Lists:
    """What columns let choose from, on a hidden sheet: a list in a cell's own rule is short by necessity."""

    def __init__(self, book: Any, offered: Mapping[str, Sequence[str]], language: str) -> None:
        self._book = book
        self._offered = offered
        self._language = language
        self._page: Any = None
        self._places: dict[str, str] = {}

    def offer(self, page: Any, place: int, column: FormColumn) -> None:
        """Let a column's cells choose; a list that is not closed only warns of what it lacks."""
        source: Any = _FIXED.get(column.kind) or (self._range(column) if column.choices else None)
        if source:
            is_closed = column.kind in {"yes", "zone", "choice"}
            rule = {"validate": "list", "source": source, "error_type": "stop" if is_closed else "warning"}
            page.data_validation(_FIRST, place, _ROOM, place, rule)

    def _range(self, column: FormColumn) -> str:
        name = column.choices
        if name not in self._places:
            members = (
                [labels[self._language] for labels in labels_of(name).values()]
                if column.kind == "choice"
                else list(self._offered.get(name, ()))
            )
            if not members:
                return ""
            if self._page is None:
                self._page = self._book.add_worksheet(_LISTS)
                self._page.hide()
            at = len(self._places)
            self._page.write_column(0, at, members)
            letter = xlsxwriter.utility.xl_col_to_name(at)
            self._places[name] = f"={_LISTS}!${letter}$1:${letter}${len(members)}"
        return self._places[name]


def _width(column: FormColumn) -> int:
    return _WIDE if column.field in _WIDE_FIELDS else _NARROW if column.field in _NARROW_FIELDS else _WIDTH


def _write(page: Any, place: tuple[int, int], value: Any, look: Any) -> None:
    if value == "" or value is None:
        page.write_blank(*place, None)
    elif isinstance(value, int | float):
        page.write_number(*place, value, look)
    else:
        page.write_string(*place, str(value), look)
