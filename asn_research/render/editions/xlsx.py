"""The Excel edition: a sheet of contents and one sheet per table, numbers as numbers."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

from asn_research.render.editions.layout import ACCENT, TTE_SIZE, Part, Report
from asn_research.render.editions.xlsx_book import (
    LINE,
    MUTED,
    SOFT,
    Book,
    Span,
    characters,
    height_of,
    lines_of,
    open_workbook,
    prepare,
    write_across,
)
from asn_research.render.editions.xlsx_numbers import as_number
from asn_research.show.blocks import Cell, KeyFigures, Paragraph, Signature, Table, TableColumn

# Column widths in characters; what a sheet without widths has; what a note needs to be readable.
_WIDEST, _NARROWEST, _DEFAULT_WIDTH, _READABLE = 52.0, 9.0, 8.43, 90.0
# The row of a table's headings, from 0.
_HEADER = 5
_CONTENTS_WIDTHS = (36, 22, 44, 44)
# Beyond this many columns a sheet is printed sideways.
_PORTRAIT_COLUMNS = 7
_BODY: dict[str, Any] = {"text_wrap": True, "bottom": 1, "bottom_color": LINE}
_TOTAL: dict[str, Any] = {"bold": True, "bg_color": SOFT, "top": 1, "top_color": ACCENT}


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
    with open_workbook(report, path, created) as raw:
        book = Book(raw, {}, report.accent)
        tables = [part for part in report.parts if isinstance(part.block, Table)]
        contents = raw.add_worksheet(report.words("sheet_contents"))
        _write_contents(book, contents, report, tables)
        for part in tables:
            _write_table(book, raw.add_worksheet(report.label(part)), report, part)


def _write_contents(book: Book, sheet: Any, report: Report, tables: list[Part]) -> None:
    """Write the first sheet: the head of the report, links to the tables, statements, and the place to sign."""
    cover, words = report.cover, report.words
    prepare(book, sheet, report, 4)
    for number, width in enumerate(_CONTENTS_WIDTHS):
        sheet.set_column(number, number, width)
    sheet.write_string(1, 0, cover.issuer, book.look(bold=True, font_color=ACCENT))
    sheet.set_row(2, height_of(1, 16))
    sheet.write_string(2, 0, cover.title, book.look(bold=True, font_size=16, font_color=ACCENT))
    sheet.set_row(3, height_of(1, 13))
    sheet.write_string(3, 0, cover.subtitle, book.look(font_size=13))
    line = 5
    for label, value in cover.facts:
        sheet.write_string(line, 0, label, book.look(font_color=MUTED))
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
        look = book.look(text_wrap=True, bottom=1, bottom_color=LINE)
        for figure in figures:
            texts = (figure.label, figure.value, figure.detail, figure.change)
            sheet.set_row(
                line, height_of(max(lines_of(t, w) for t, w in zip(texts, _CONTENTS_WIDTHS, strict=True)))
            )
            for column, text in enumerate(texts):
                sheet.write_string(line, column, text, look)
            line += 1
    line = _write_statements(book, sheet, report, line + 1)
    for part in report.parts:
        if isinstance(part.block, Signature):
            line = _write_signature(book, sheet, part.block, line + 1)
    sheet.set_landscape()


def _write_signature(book: Book, sheet: Any, signature: Signature, line: int) -> int:
    """Write where the report is signed, below the contents; return the number of the next row."""
    column, look = len(_CONTENTS_WIDTHS) - 1, book.look(text_wrap=True)
    for text in signature.above:
        sheet.write_string(line, column, text, look)
        line += 1
    sheet.set_row(line, TTE_SIZE[1])
    frame = {"border": 4, "border_color": MUTED} if signature.has_box else {}
    sheet.write_blank(line, column, None, book.look(**frame))
    # One cell, so that nobody's number stands apart from whose it is.
    person = "\n".join(signature.person)
    sheet.set_row(
        line + 1, height_of(sum(lines_of(each, _CONTENTS_WIDTHS[column]) for each in signature.person))
    )
    sheet.write_string(line + 1, column, person, look)
    return line + 2


def _write_statements(book: Book, sheet: Any, report: Report, line: int) -> int:
    """Write findings and warnings, which limit how numbers may be read, and return the number of the next row."""
    blocks = [part.block for part in report.parts if isinstance(part.block, Paragraph)]
    texts = [block.text for block in blocks if block.role in ("claim", "warning")]
    if texts:
        sheet.write_string(
            line, 0, report.words("statements"), book.look(bold=True, font_size=12, font_color=ACCENT)
        )
    span = Span(len(_CONTENTS_WIDTHS), sum(_CONTENTS_WIDTHS))
    for number, text in enumerate(texts, start=1):
        write_across(book, sheet, line + number, text, span)
    return line + len(texts) + 1


def _heading_row(book: Book, sheet: Any, line: int, title: str, headings: tuple[str, ...]) -> int:
    """Write a title and a row of headings; return the number of the next row."""
    sheet.write_string(line, 0, title, book.look(bold=True, font_size=12, font_color=ACCENT))
    for column, heading in enumerate(headings):
        look = book.look(bold=True, font_color=ACCENT, bg_color=SOFT, bottom=2, bottom_color=ACCENT)
        sheet.write_string(line + 1, column, heading, look)
    return line + 2


def _table_of(part: Part) -> Table:
    assert isinstance(part.block, Table)  # noqa: S101 (the caller chose it)
    return part.block


def _write_table(book: Book, sheet: Any, report: Report, part: Part) -> None:
    """Write a table on a sheet of its own, with its title, a link back to the contents, and its notes."""
    table = _table_of(part)
    widths = [_column_width(table, number) for number in range(len(table.columns))]
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)
    # Titles and notes run over empty columns beside a narrow table.
    beside = max(0, math.ceil((_READABLE - sum(widths)) / _DEFAULT_WIDTH))
    span = Span(len(widths) + beside, sum(widths) + beside * _DEFAULT_WIDTH)
    prepare(book, sheet, report, span.columns)
    title = f"{report.label(part)}. {table.title}"
    write_across(book, sheet, 1, title, span, bold=True, font_size=13, font_color=ACCENT)
    write_across(book, sheet, 2, f"{report.cover.subtitle} – {report.cover.period}", span, font_color=MUTED)
    back = book.look(font_color=ACCENT, underline=1)
    sheet.write_url(3, 0, f"internal:'{report.words('sheet_contents')}'!A1", back, report.words("back"))
    _write_header(book, sheet, table, widths)
    for number, row in enumerate(table.rows):
        emphasis = _TOTAL if number in table.emphasis else {}
        sheet.set_row(
            _HEADER + 1 + number,
            height_of(max(lines_of(cell.text, width) for cell, width in zip(row, widths, strict=True))),
        )
        for place, cell in enumerate(row):
            look = _BODY | emphasis | _alignment(table.columns[place])
            _write_cell(book, sheet, (_HEADER + 1 + number, place), cell, report, look)
    last = _HEADER + 1 + len(table.rows)
    for number, note in enumerate(table.notes, start=1):
        write_across(book, sheet, last + number, note, span, font_size=9, font_color=MUTED)
    sheet.freeze_panes(_HEADER + 1, 0)
    # Banner, title and headings stand on every printed page.
    sheet.repeat_rows(0, _HEADER)
    sheet.print_area(0, 0, last + len(table.notes), span.columns - 1)
    if len(widths) > _PORTRAIT_COLUMNS:
        sheet.set_landscape()


def _alignment(column: TableColumn) -> dict[str, Any]:
    """Return the alignment of a column; an indent separates a column on the right from one on the left."""
    return {"align": column.align} | ({} if column.align == "center" else {"indent": 1})


def _write_header(book: Book, sheet: Any, table: Table, widths: list[float]) -> None:
    """Write the headings of a table, in a row high enough for the longest one."""
    lines = 1
    for number, column in enumerate(table.columns):
        look = book.look(
            bold=True, font_color=ACCENT, bg_color=SOFT, bottom=2, bottom_color=ACCENT,
            valign="bottom", text_wrap=True, **_alignment(column),
        )  # fmt: skip
        sheet.write_string(_HEADER, number, column.label, look)
        lines = max(lines, lines_of(column.label, widths[number] - 1))
    sheet.set_row(_HEADER, height_of(lines))


def _write_cell(
    book: Book, sheet: Any, place: tuple[int, int], cell: Cell, report: Report, look: dict[str, Any]
) -> None:
    """Write a cell as a number in the printed format if it is one, otherwise as text; an empty cell stays blank."""
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
    longest = max((characters(row[number].text) for row in table.rows), default=0.0)
    word = max((characters(word) for word in column.label.split()), default=0.0)
    # A column left empty to be filled in has its share of space all the same.
    return min(max(longest + 3, word + 3, _NARROWEST * min(column.width, 3.0)), _WIDEST)
