"""What all workbooks share: looks of cells, the set-up of pages, and texts over several columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter

from asn_research.render.editions.layout import ACCENT, Report, text_width

INK, MUTED, LINE, SOFT = "#22303a", "#53616a", "#d3dbdf", "#eef3f5"
_A4 = 9


@dataclass(frozen=True)
class Span:
    """A number of columns of a sheet, and the number of characters that fit into them together."""

    columns: int
    width: float


@dataclass(frozen=True)
class Book:
    """The workbook; each cell format is made once."""

    book: Any
    looks: dict[tuple[tuple[str, Any], ...], Any]
    accent: str = ACCENT

    def look(self, **properties: Any) -> Any:
        """Return the cell format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self.looks:
            base = {"font_name": "Calibri", "font_size": 11, "font_color": INK, "valign": "top"}
            coloured = {
                n: self.accent if value == ACCENT else value for n, value in (base | properties).items()
            }
            self.looks[key] = self.book.add_format(coloured)
        return self.looks[key]


def open_workbook(report: Report, path: Path, created: date) -> Any:
    """Return a workbook with a report's properties, to be closed by whoever opens it.

    No text in it is taken for a formula, a link or a number.
    """
    cover = report.cover
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    raw = xlsxwriter.Workbook(str(path), options)
    raw.set_properties(
        {
            "title": f"{cover.title} – {cover.subtitle}", "subject": cover.period, "author": cover.issuer,
            "created": datetime.combine(created, time()),
        }
    )  # fmt: skip
    return raw


def prepare(book: Book, sheet: Any, report: Report, width: int) -> None:
    """Set up the page, and write the banner over ``width`` columns of the first row."""
    words, cover = report.words, report.cover
    sheet.hide_gridlines(2)
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.6, right=0.6, top=0.9, bottom=0.8)
    # An ampersand starts a code in headers; doubled it is itself. 255 characters are all there is.
    # The blank keeps a year from being read as part of the letter size.
    sheet.set_header(f"&L&8 {plain(cover.title[:100])}&R&8 {plain(cover.period)}")
    sheet.set_footer(f"&L&8 {plain(cover.subtitle[:100])}&R&8 {words('page')} &P {words('of')} &N")
    if cover.banner:
        look = book.look(bold=True, font_color="#6b3d0c", bg_color="#fdf4e6")
        for column in range(width):
            sheet.write_blank(0, column, None, look)
        sheet.write_string(0, 0, cover.banner, look)


def plain(text: str) -> str:
    """Return a text in which Excel reads no code of headers and footers."""
    return text.replace("&", "&&")


def write_across(book: Book, sheet: Any, line: int, text: str, span: Span, **look: Any) -> None:
    """Write a text over several columns, in a row high enough for it."""
    wrapped = book.look(text_wrap=True, **look)
    sheet.set_row(line, height_of(lines_of(text, span.width), look.get("font_size", 11)))
    if span.columns == 1:
        sheet.write_string(line, 0, text, wrapped)
    else:
        sheet.merge_range(line, 0, line, span.columns - 1, "", wrapped)
        sheet.write_string(line, 0, text, wrapped)


def characters(text: str) -> float:
    """Return a text's width in the unit of Excel's columns: the width of a digit."""
    return text_width(text) / text_width("0")


def lines_of(text: str, width: float) -> int:
    """Estimate how many lines a text takes in a column of ``width`` characters."""
    lines, used = 1, 0.0
    for word in text.split():
        length = characters(word)
        if used and used + length > width - 1:
            lines, used = lines + 1, 0.0
        used += length + 0.5
    return lines


def height_of(lines: int, size: float = 11) -> float:
    """Return how high a row of so many lines is, in points."""
    return round(lines * size * 1.36 + 1, 2)
