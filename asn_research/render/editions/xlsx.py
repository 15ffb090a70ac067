"""The Excel edition: a sheet of contents and one sheet per table, numbers as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter

from asn_research.render.editions.common import Part, Report
from asn_research.render.editions.xlsx_numbers import as_number
from asn_research.show.blocks import Cell, KeyFigures, Table

_ACCENT, _INK, _MUTED, _LINE, _SOFT = "#1f4e5f", "#22303a", "#53616a", "#d3dbdf", "#eef3f5"
_WIDEST, _NARROWEST = 46.0, 9.0
# Beyond this many columns a sheet is printed sideways.
_PORTRAIT_COLUMNS = 7
_A4 = 9
_BODY: dict[str, Any] = {"text_wrap": True, "bottom": 1, "bottom_color": _LINE}
_TOTAL: dict[str, Any] = {"bold": True, "bg_color": _SOFT, "top": 1, "top_color": _ACCENT}


@dataclass
class _Book:
    """The workbook, with each look made once."""

    book: Any
    looks: dict[tuple[tuple[str, Any], ...], Any]

    def look(self, **properties: Any) -> Any:
        """Return the cell format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self.looks:
            base = {"font_name": "Calibri", "font_size": 11, "font_color": _INK, "valign": "top"}
            self.looks[key] = self.book.add_format(base | properties)
        return self.looks[key]


def write_xlsx(report: Report, path: Path, created: date) -> None:
    """Write a report's tables as a workbook.

    Numbers stand as numbers, shown with as many decimals as in print. A cell without a number that
    may be shown holds its text.

    Parameters
    ----------
    report : Report
        The report.
    path : Path
        The file.
    created : date
        The date of its properties.
    """
    cover = report.cover
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as raw:
        raw.set_properties(
            {
                "title": f"{cover.title} – {cover.subtitle}", "subject": cover.period, "author": cover.issuer,
                "created": datetime.combine(created, time()),
            }
        )  # fmt: skip
        book = _Book(raw, {})
        tables = [part for part in report.parts if isinstance(part.block, Table)]
        contents = raw.add_worksheet(report.words("sheet_contents"))
        _write_contents(book, contents, report, tables)
        for part in tables:
            _write_table(book, raw.add_worksheet(report.label(part)), report, part)


def _prepare(book: _Book, sheet: Any, report: Report, width: int) -> None:
    """Set up the page, and write the banner over ``width`` columns of the first row."""
    words, cover = report.words, report.cover
    sheet.hide_gridlines(2)
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.6, right=0.6, top=0.9, bottom=0.8)
    # An ampersand starts a code in headers; doubled it is itself.
    sheet.set_header(f"&L&8{_plain(cover.title)}&R&8{_plain(cover.period)}")
    sheet.set_footer(f"&L&8{_plain(cover.subtitle)[:150]}&R&8{words('page')} &P {words('of')} &N")
    if cover.banner:
        look = book.look(bold=True, font_color="#6b3d0c", bg_color="#fdf4e6")
        for column in range(width):
            sheet.write_blank(0, column, None, look)
        sheet.write_string(0, 0, cover.banner, look)


def _plain(text: str) -> str:
    return text.replace("&", "&&")


def _write_contents(book: _Book, sheet: Any, report: Report, tables: list[Part]) -> None:
    cover, words = report.cover, report.words
    _prepare(book, sheet, report, 4)
    sheet.set_column(0, 0, 34, book.look())
    sheet.set_column(1, 1, 22, book.look())
    sheet.set_column(2, 3, 44, book.look())
    sheet.write_string(1, 0, cover.issuer, book.look(bold=True, font_color=_ACCENT))
    sheet.write_string(2, 0, cover.title, book.look(bold=True, font_size=16, font_color=_ACCENT))
    sheet.write_string(3, 0, cover.subtitle, book.look(font_size=13))
    line = 5
    for label, value in cover.facts:
        sheet.write_string(line, 0, label, book.look(font_color=_MUTED))
        sheet.write_string(line, 1, value, book.look())
        line += 1
    line = _heading_row(book, sheet, line + 1, words("contents"), (words("sheet"), words("title"), "", ""))
    for part in tables:
        name = report.label(part)
        link = book.look(font_color=_ACCENT, underline=1)
        sheet.write_url(line, 0, f"internal:'{name}'!A1", link, name)
        sheet.write_string(line, 1, _table_of(part).title, book.look())
        line += 1
    figures = [
        figure for part in report.parts if isinstance(part.block, KeyFigures) for figure in part.block.figures
    ]
    if figures:
        headings = (words("indicator"), words("value"), words("detail"), words("change"))
        line = _heading_row(book, sheet, line + 1, words("key_figures"), headings)
        look = book.look(text_wrap=True, bottom=1, bottom_color=_LINE)
        for figure in figures:
            for column, text in enumerate((figure.label, figure.value, figure.detail, figure.change)):
                sheet.write_string(line, column, text, look)
            line += 1
    sheet.set_landscape()


def _heading_row(book: _Book, sheet: Any, line: int, title: str, headings: tuple[str, ...]) -> int:
    """Write a title and a row of headings; return the number of the next row."""
    sheet.write_string(line, 0, title, book.look(bold=True, font_size=12, font_color=_ACCENT))
    for column, heading in enumerate(headings):
        look = book.look(bold=True, font_color=_ACCENT, bg_color=_SOFT, bottom=2, bottom_color=_ACCENT)
        sheet.write_string(line + 1, column, heading, look)
    return line + 2


def _table_of(part: Part) -> Table:
    assert isinstance(part.block, Table)  # noqa: S101 (the caller chose it)
    return part.block


def _write_table(book: _Book, sheet: Any, report: Report, part: Part) -> None:
    table = _table_of(part)
    n_columns = len(table.columns)
    _prepare(book, sheet, report, n_columns)
    sheet.write_string(
        1, 0, f"{report.label(part)}. {table.title}", book.look(bold=True, font_size=13, font_color=_ACCENT)
    )
    sheet.write_string(2, 0, f"{report.cover.subtitle} – {report.cover.period}", book.look(font_color=_MUTED))
    back = book.look(font_color=_ACCENT, underline=1)
    sheet.write_url(3, 0, f"internal:'{report.words('sheet_contents')}'!A1", back, report.words("back"))
    header = 5
    for number, column in enumerate(table.columns):
        sheet.set_column(number, number, _column_width(table, number))
        look = book.look(
            bold=True, font_color=_ACCENT, bg_color=_SOFT, bottom=2, bottom_color=_ACCENT,
            align=column.align, valign="bottom", text_wrap=True,
        )  # fmt: skip
        sheet.write_string(header, number, column.label, look)
    for number, row in enumerate(table.rows):
        emphasis = _TOTAL if number in table.emphasis else {}
        for place, cell in enumerate(row):
            look = _BODY | emphasis | {"align": table.columns[place].align}
            _write_cell(book, sheet, (header + 1 + number, place), cell, report, look)
    for number, note in enumerate(table.notes):
        # Unwrapped: a note runs over the empty cells beside it.
        sheet.write_string(
            header + 2 + len(table.rows) + number, 0, note, book.look(font_size=9, font_color=_MUTED)
        )
    sheet.freeze_panes(header + 1, 0)
    sheet.repeat_rows(header)
    if n_columns > _PORTRAIT_COLUMNS:
        sheet.set_landscape()


def _write_cell(
    book: _Book, sheet: Any, place: tuple[int, int], cell: Cell, report: Report, look: dict[str, Any]
) -> None:
    number = as_number(cell, report.cover.language)
    if number is not None:
        sheet.write_number(*place, number.value, book.look(**look, num_format=number.format))
    elif cell.text:
        sheet.write_string(*place, cell.text, book.look(**look))
    else:
        sheet.write_blank(*place, None, book.look(**look))


def _column_width(table: Table, number: int) -> float:
    """Return a column's width in characters: its longest text, within bounds; headings may wrap."""
    longest = max((len(row[number].text) for row in table.rows), default=0)
    words = max((len(word) for word in table.columns[number].label.split()), default=0)
    return float(min(max(longest + 2, words + 3, _NARROWEST), _WIDEST))
