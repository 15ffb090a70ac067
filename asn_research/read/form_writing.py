"""Write forms as workbooks with headings, help, an example row, pick lists and prefilled values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import xlsxwriter

from asn_research.errors import RawDataError
from asn_research.read.form_values import labels_of
from asn_research.read.office_forms import FormColumn, load_form, read_form, sheets_of
from asn_research.rules.words import load_words, worded
from asn_research.storage import write_whole

#: The prefilled rows of a form: for each model, rows with values by field.
Rows = Mapping[str, Sequence[Mapping[str, Any]]]
#: The first row after the headings, counted from 0.
_FIRST = 3
_ROOM = 500
#: Column widths in characters: normal, for long texts, for short values.
_WIDTH, _WIDE, _NARROW = 24, 36, 16
#: Heights in points of the rows of help and of headings, and of a line.
_HELP_HEIGHT, _HEAD_HEIGHT, _LINE_HEIGHT = 92, 31, 15
_WIDE_FIELDS = {"unit_name", "title", "name", "element", "action", "evidence", "address", "place", "note", "letterhead_1", "letterhead_2"}  # fmt: skip
_NARROW_FIELDS = {"standing", "valid_from", "valid_to", "first_day", "last_day", "target", "year", "index", "index_now", "accent"}  # fmt: skip
_A4 = 9
_LISTS = "Daftar"
_FIXED = {"yes": ["ya", "tidak"], "zone": ["WIB", "WITA", "WIT"]}


def form_bytes(
    name: str,
    language: str,
    rows: Rows | None = None,
    offered: Mapping[str, Sequence[str]] | None = None,
    banner: str = "",
) -> bytes:
    """Return a form as a workbook to be filled in.

    Parameters
    ----------
    name : str
        The name of the form, which is a csv file in `rules`.
    language : str
        ``id`` or ``en``.
    rows : mapping of str to sequence of mapping, optional
        Values that are already filled in: for each model, rows with values by field.
    offered : mapping of str to sequence of str, optional
        The members of each pick list that is not in `form_choices.csv`.
    banner : str
        A text before the instructions, such as DATA SIMULASI.
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
        page.write(0, 0, f"{banner} {word(f'{name}_how')}".strip(), looks.how)
        page.set_row(1, _HELP_HEIGHT)
        page.set_row(2, _HEAD_HEIGHT)
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
            lines = 1
            for place, column in enumerate(columns):
                value = values.get(column.field, "")
                _write(page, (row, place), value, looks.cell)
                lines = max(lines, -(-len(str(value)) // _width(column)))
            # LibreOffice does not adjust the height of rows by itself.
            page.set_row(row, _LINE_HEIGHT * lines)
        page.set_landscape()
        page.set_paper(_A4)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0, _FIRST - 1)
        page.freeze_panes(_FIRST, 2 if len(columns) > 5 else 0)
    book.close()
    return out.getvalue()


def with_rows(path: Path, name: str, rows: Rows) -> bytes:
    """Return a copy of a filled-in form with new rows below the existing rows.

    Parameters
    ----------
    path : Path
        The form; the file is not changed.
    name : str
        The name of the form.
    rows : mapping of str to sequence of mapping
        The new rows by model.
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
    """Return the number of the column of each field, from 1."""
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
    """The cell formats of a form."""

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
    """The pick lists, on a hidden sheet: Excel limits a list in the cell's own rule to 255 characters.

    Parameters
    ----------
    book : workbook
        The workbook that is written.
    offered : mapping of str to sequence of str
        The members of each list that is not in `form_choices.csv`.
    language : str
        The language of the members.
    """

    def __init__(self, book: Any, offered: Mapping[str, Sequence[str]], language: str) -> None:
        self._book = book
        self._offered = offered
        self._language = language
        self._page: Any = None
        # The cells of each list that is written already.
        self._places: dict[str, str] = {}

    def offer(self, page: Any, place: int, column: FormColumn) -> None:
        """Add the pick list of a column. Other values are refused in a closed list, and cause a warning in an open list."""
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


def set_row(path: Path, name: str, model: str, number: int, values: Mapping[str, str]) -> None:
    """Write texts into one row of a filled-in form; the form is changed only if the row can be read afterwards.

    Parameters
    ----------
    path : Path
        The form.
    name : str
        The name of the form.
    model : str
        The model of the sheet.
    number : int
        The row, from 1; 0 for a new row below the others.
    values : mapping of str to str
        The texts by field; an empty text clears the cell.

    Raises
    ------
    RawDataError
        If a cell of the row could not be read; the message names it.
    """
    columns = sheets_of(load_form(name))[model]
    book = openpyxl.load_workbook(path)
    names = {columns[0].sheet_indonesian, columns[0].sheet_english}
    page = next(book[each] for each in book.sheetnames if each in names)
    places = _places(page, columns)
    if not number:
        filled = (r for r in range(1, page.max_row + 1) if any(c.value is not None for c in page[r]))
        number = max(filled, default=0) + 1
    for field, text in values.items():
        if field in places:
            cell = page.cell(number, places[field])
            # A text stays a text: a spreadsheet would cut a NIP, and could run a formula.
            cell.value, cell.number_format = text or None, "@"
            cell.data_type = "s" if text else "n"
    out = BytesIO()
    book.save(out)
    with TemporaryDirectory() as work:
        tried = Path(work) / path.name
        tried.write_bytes(out.getvalue())
        faults: list[RawDataError] = []
        rows = read_form(tried, name, faults)[model]
    if not any(row.number == number for row in rows):
        own = [fault for fault in faults if fault.named.get("row") == number]
        raise (own or faults or [worded(RawDataError, "error_desk_moved")])[0]
    write_whole(path, out.getvalue())
