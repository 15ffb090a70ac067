"""The Excel edition: a sheet of contents and one sheet per table, numbers as numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter

from asn_research.render.editions.common import ACCENT, TTE_SIZE, Part, Report, text_width
from asn_research.render.editions.xlsx_numbers import as_number
from asn_research.show.blocks import Cell, KeyFigures, Paragraph, Signature, Table, TableColumn

_INK, _MUTED, _LINE, _SOFT = "#22303a", "#53616a", "#d3dbdf", "#eef3f5"
# Column widths in characters; what a sheet without widths has; what a note needs to be readable.
_WIDEST, _NARROWEST, _DEFAULT_WIDTH, _READABLE = 52.0, 9.0, 8.43, 90.0
# The row of a table's headings, from 0.
_HEADER = 5
_CONTENTS_WIDTHS = (36, 22, 44, 44)
# Beyond this many columns a sheet is printed sideways.
_PORTRAIT_COLUMNS = 7
_A4 = 9
_BODY: dict[str, Any] = {"text_wrap": True, "bottom": 1, "bottom_color": _LINE}
_TOTAL: dict[str, Any] = {"bold": True, "bg_color": _SOFT, "top": 1, "top_color": ACCENT}


@dataclass(frozen=True)
class _Span:
    """So many columns of a sheet, and how many characters they hold together."""

    columns: int
    width: float


@dataclass(frozen=True)
class _Book:
    """The workbook, with each look made once."""

    book: Any
    looks: dict[tuple[tuple[str, Any], ...], Any]
    accent: str = ACCENT

    def look(self, **properties: Any) -> Any:
        """Return the cell format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self.looks:
            base = {"font_name": "Calibri", "font_size": 11, "font_color": _INK, "valign": "top"}
            coloured = {
                n: self.accent if value == ACCENT else value for n, value in (base | properties).items()
            }
            self.looks[key] = self.book.add_format(coloured)
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
        book = _Book(raw, {}, report.accent)
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
    # An ampersand starts a code in headers; doubled it is itself. 255 characters are all there is.
    # The blank keeps a year from being read as part of the letter size.
    sheet.set_header(f"&L&8 {_plain(cover.title[:100])}&R&8 {_plain(cover.period)}")
    sheet.set_footer(f"&L&8 {_plain(cover.subtitle[:100])}&R&8 {words('page')} &P {words('of')} &N")
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
    for number, width in enumerate(_CONTENTS_WIDTHS):
        sheet.set_column(number, number, width)
    sheet.write_string(1, 0, cover.issuer, book.look(bold=True, font_color=ACCENT))
    sheet.set_row(2, _height(1, 16))
    sheet.write_string(2, 0, cover.title, book.look(bold=True, font_size=16, font_color=ACCENT))
    sheet.set_row(3, _height(1, 13))
    sheet.write_string(3, 0, cover.subtitle, book.look(font_size=13))
    line = 5
    for label, value in cover.facts:
        sheet.write_string(line, 0, label, book.look(font_color=_MUTED))
        sheet.write_string(line, 1, value, book.look())
        line += 1
    line = _heading_row(book, sheet, line + 1, words("contents"), (words("sheet"), words("title"), "", ""))
    for part in tables:
        name = report.label(part)
        link = book.look(font_color=ACCENT, underline=1)
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
            texts = (figure.label, figure.value, figure.detail, figure.change)
            sheet.set_row(
                line, _height(max(_lines(t, w) for t, w in zip(texts, _CONTENTS_WIDTHS, strict=True)))
            )
            for column, text in enumerate(texts):
                sheet.write_string(line, column, text, look)
            line += 1
    line = _write_statements(book, sheet, report, line + 1)
    for part in report.parts:
        if isinstance(part.block, Signature):
            line = _write_signature(book, sheet, part.block, line + 1)
    sheet.set_landscape()


def _write_signature(book: _Book, sheet: Any, signature: Signature, line: int) -> int:
    """Write where the report is signed, below the contents; return the number of the next row."""
    column, look = len(_CONTENTS_WIDTHS) - 1, book.look(text_wrap=True)
    for text in signature.above:
        sheet.write_string(line, column, text, look)
        line += 1
    sheet.set_row(line, TTE_SIZE[1])
    frame = {"border": 4, "border_color": _MUTED} if signature.has_box else {}
    sheet.write_blank(line, column, None, book.look(**frame))
    # One cell, so that nobody's number stands apart from whose it is.
    person = "\n".join(signature.person)
    sheet.set_row(line + 1, _height(sum(_lines(each, _CONTENTS_WIDTHS[column]) for each in signature.person)))
    sheet.write_string(line + 1, column, person, look)
    return line + 2


def _write_statements(book: _Book, sheet: Any, report: Report, line: int) -> int:
    """Write findings and warnings: numbers should not be read without what limits them; return the next row's number."""
    blocks = [part.block for part in report.parts if isinstance(part.block, Paragraph)]
    texts = [block.text for block in blocks if block.role in ("claim", "warning")]
    if texts:
        sheet.write_string(
            line, 0, report.words("statements"), book.look(bold=True, font_size=12, font_color=ACCENT)
        )
    span = _Span(len(_CONTENTS_WIDTHS), sum(_CONTENTS_WIDTHS))
    for number, text in enumerate(texts, start=1):
        _write_across(book, sheet, line + number, text, span)
    return line + len(texts) + 1


def _heading_row(book: _Book, sheet: Any, line: int, title: str, headings: tuple[str, ...]) -> int:
    """Write a title and a row of headings; return the number of the next row."""
    sheet.write_string(line, 0, title, book.look(bold=True, font_size=12, font_color=ACCENT))
    for column, heading in enumerate(headings):
        look = book.look(bold=True, font_color=ACCENT, bg_color=_SOFT, bottom=2, bottom_color=ACCENT)
        sheet.write_string(line + 1, column, heading, look)
    return line + 2


def _table_of(part: Part) -> Table:
    assert isinstance(part.block, Table)  # noqa: S101 (the caller chose it)
    return part.block


def _write_table(book: _Book, sheet: Any, report: Report, part: Part) -> None:
    table = _table_of(part)
    widths = [_column_width(table, number) for number in range(len(table.columns))]
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)
    # Titles and notes run over empty columns beside a narrow table.
    beside = max(0, math.ceil((_READABLE - sum(widths)) / _DEFAULT_WIDTH))
    span = _Span(len(widths) + beside, sum(widths) + beside * _DEFAULT_WIDTH)
    _prepare(book, sheet, report, span.columns)
    title = f"{report.label(part)}. {table.title}"
    _write_across(book, sheet, 1, title, span, bold=True, font_size=13, font_color=ACCENT)
    _write_across(book, sheet, 2, f"{report.cover.subtitle} – {report.cover.period}", span, font_color=_MUTED)
    back = book.look(font_color=ACCENT, underline=1)
    sheet.write_url(3, 0, f"internal:'{report.words('sheet_contents')}'!A1", back, report.words("back"))
    _write_header(book, sheet, table, widths)
    for number, row in enumerate(table.rows):
        emphasis = _TOTAL if number in table.emphasis else {}
        sheet.set_row(
            _HEADER + 1 + number,
            _height(max(_lines(cell.text, width) for cell, width in zip(row, widths, strict=True))),
        )
        for place, cell in enumerate(row):
            look = _BODY | emphasis | _alignment(table.columns[place])
            _write_cell(book, sheet, (_HEADER + 1 + number, place), cell, report, look)
    last = _HEADER + 1 + len(table.rows)
    for number, note in enumerate(table.notes, start=1):
        _write_across(book, sheet, last + number, note, span, font_size=9, font_color=_MUTED)
    sheet.freeze_panes(_HEADER + 1, 0)
    # Banner, title and headings stand on every printed page.
    sheet.repeat_rows(0, _HEADER)
    sheet.print_area(0, 0, last + len(table.notes), span.columns - 1)
    if len(widths) > _PORTRAIT_COLUMNS:
        sheet.set_landscape()


def _alignment(column: TableColumn) -> dict[str, Any]:
    """Return how a column's cells stand; the indent keeps right and left neighbours apart."""
    return {"align": column.align} | ({} if column.align == "center" else {"indent": 1})


def _write_header(book: _Book, sheet: Any, table: Table, widths: list[float]) -> None:
    lines = 1
    for number, column in enumerate(table.columns):
        look = book.look(
            bold=True, font_color=ACCENT, bg_color=_SOFT, bottom=2, bottom_color=ACCENT,
            valign="bottom", text_wrap=True, **_alignment(column),
        )  # fmt: skip
        sheet.write_string(_HEADER, number, column.label, look)
        lines = max(lines, _lines(column.label, widths[number] - 1))
    sheet.set_row(_HEADER, _height(lines))


def _write_across(book: _Book, sheet: Any, line: int, text: str, span: _Span, **look: Any) -> None:
    """Write a text over several columns, in a row high enough for it."""
    wrapped = book.look(text_wrap=True, **look)
    sheet.set_row(line, _height(_lines(text, span.width), look.get("font_size", 11)))
    if span.columns == 1:
        sheet.write_string(line, 0, text, wrapped)
    else:
        sheet.merge_range(line, 0, line, span.columns - 1, "", wrapped)
        sheet.write_string(line, 0, text, wrapped)


def _characters(text: str) -> float:
    """Return a text's width in the unit of Excel's columns: the width of a digit."""
    return text_width(text) / text_width("0")


def _lines(text: str, width: float) -> int:
    """Estimate how many lines a text takes in a column of ``width`` characters."""
    lines, used = 1, 0.0
    for word in text.split():
        length = _characters(word)
        if used and used + length > width - 1:
            lines, used = lines + 1, 0.0
        used += length + 0.5
    return lines


def _height(lines: int, size: float = 11) -> float:
    return round(lines * size * 1.36 + 1, 2)


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
    column = table.columns[number]
    longest = max((_characters(row[number].text) for row in table.rows), default=0.0)
    word = max((_characters(word) for word in column.label.split()), default=0.0)
    # A column left empty to be filled in has its share of space all the same.
    return min(max(longest + 3, word + 3, _NARROWEST * min(column.width, 3.0)), _WIDEST)
