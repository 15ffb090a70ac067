"""The worksheet: a workbook in the evaluator's form, whose formulas lead from the answers to the index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from asn_research.render.editions.layout import Report
from asn_research.render.editions.worksheet_parts import (
    CLEAN,
    ELEMENT_WIDTH,
    FIRST,
    HEADINGS,
    INDEX,
    LABEL_WIDTH,
    MEAN,
    NAME_WIDTH,
    NUMBER_WIDTH,
    WHOLE,
    Means,
    Sheet,
    range_of,
)
from asn_research.render.editions.xlsx_book import SOFT, Book, Span, height_of, lines_of, open_workbook
from asn_research.show.digest_blocks import Worksheet, WorksheetUnit


def write_worksheet(report: Report, path: Path, created: date) -> None:
    """Write the worksheet.

    Parameters
    ----------
    report : Report
        The report.
    path : Path
        The file.
    created : date
        The date of its properties.

    Raises
    ------
    RenderError
        If the report has no worksheet.
    """
    block = report.digest(Worksheet)
    with open_workbook(report, path, created) as raw:
        book = Book(raw, {})
        sheet = raw.add_worksheet(block.sheet)
        if block.units:
            _City(book, sheet, report, block).write()
        else:
            _Unit(book, sheet, report, block).write()


class _Unit(Sheet):
    """A unit's worksheet: one row per respondent, or only the sums if the answers may not be shown."""

    @property
    def span(self) -> Span:
        n = max(len(self.block.elements), 6)
        return Span(n + 1, LABEL_WIDTH + n * ELEMENT_WIDTH)

    def write(self) -> None:
        """Write the sheet: headings, rows, results and notes."""
        block, words, sheet = self.block, self.report.words, self.sheet
        k = len(block.elements)
        sheet.set_column(0, 0, LABEL_WIDTH)
        sheet.set_column(1, max(k, 6), ELEMENT_WIDTH)
        self.head()
        if not k:
            self.foot(HEADINGS)
            return
        sheet.merge_range(HEADINGS, 0, HEADINGS + 1, 0, words("sheet_number"), self.look_of_headings())
        over = words("sheet_elements")
        if k > 1:
            sheet.merge_range(HEADINGS, 1, HEADINGS, k, over, self.look_of_headings())
        else:
            self.heading(HEADINGS, 1, over)
        texts = [f"{element.code}\n{element.label}" for element in block.elements]
        sheet.set_row(
            HEADINGS + 1, height_of(1 + max(lines_of(e.label, ELEMENT_WIDTH - 1) for e in block.elements))
        )
        for column, text in enumerate(texts, start=1):
            self.heading(HEADINGS + 1, column, text)
        last = FIRST + len(block.rows) - 1
        is_whole = all(value is None or not value % 1 for row in block.rows for value in row)
        look, number = (
            self.cell("0" if is_whole else INDEX, align="center"),
            self.cell("0", align="center"),
        )
        for row, answers in enumerate(block.rows, start=FIRST):
            sheet.write_number(row, 0, row - FIRST + 1, number)
            for column, answer in enumerate(answers, start=1):
                if answer is None:
                    sheet.write_blank(row, column, None, look)
                else:
                    sheet.write_number(row, column, answer, look)
        if block.rows:
            sheet.autofilter(HEADINGS + 1, 0, last, k)
        # A row is left free, so that sums do not belong to what is filtered.
        line = self.foot(self._means(last + 2 if block.rows else FIRST, last) + 1)
        sheet.freeze_panes(FIRST, 1)
        sheet.repeat_rows(HEADINGS, HEADINGS + 1)
        sheet.print_area(0, 0, line - 1, self.span.columns - 1)

    def _means(self, line: int, last: int) -> int:
        """Write sums, numbers and means of the elements, and the index and grade that follow from them."""
        block, words = self.block, self.report.words
        for row, key in enumerate(("sheet_total", "sheet_filled", "sheet_mean"), start=line):
            self.label(row, words(key), bold=True)
        means = []
        for column, element in enumerate(block.elements, start=1):
            name = xl_col_to_name(column)
            is_whole = not element.total % 1
            if block.rows:
                of = range_of(FIRST, column, last, column)
                self.formula(line, column, f"SUM({of})", element.total, WHOLE if is_whole else INDEX)
                self.formula(line + 1, column, f"COUNT({of})", element.n, WHOLE)
            else:
                self.sheet.write_number(line, column, element.total, self.cell(WHOLE if is_whole else INDEX))
                self.sheet.write_number(line + 1, column, element.n, self.cell(WHOLE))
            means.append(element.total / element.n)
            self.formula(line + 2, column, f"{name}{line + 1}/{name}{line + 2}", means[-1], MEAN, bold=True)
        return self.result(line + 3, Means(line + 2, 1, len(block.elements)), means)


class _City(Sheet):
    """A city's worksheet: one row per unit, with sums and numbers of answers on separate sheets."""

    @property
    def span(self) -> Span:
        k = max(len(self.block.elements), 4)
        return Span(k + 4, NUMBER_WIDTH + NAME_WIDTH + (k + 2) * ELEMENT_WIDTH)

    def write(self) -> None:
        """Write the sheet: headings, rows, results and notes."""
        block, words = self.block, self.report.words
        k, n = len(block.elements), len(block.units)
        sums = self._numbers(words("sheet_sums"), lambda at: at.totals)
        counts = self._numbers(words("sheet_counts"), lambda at: at.counts)
        self._columns(self.sheet, k + 2)
        self.head()
        self._headings(self.sheet, [words("sheet_index_short")])
        for row, unit in enumerate(block.units, start=FIRST):
            self._unit_cells(self.sheet, row, row - FIRST + 1, unit.label, unit.n)
            for column, (total, count) in enumerate(zip(unit.totals, unit.counts, strict=True), start=3):
                place = xl_rowcol_to_cell(row, column)
                mean = f"'{sums}'!{place}/'{counts}'!{place}"
                value: float | str = total / count if count else ""
                self.formula(row, column, f"IF('{counts}'!{place}=0,\"\",{mean})", value, MEAN)
            of = range_of(row, 3, row, k + 2)
            rounded = f"ROUND(ROUND(AVERAGE({of})*{block.multiplier},{CLEAN}),{block.decimals})"
            self.formula(row, k + 3, rounded, unit.index, INDEX, bold=True)
        self.sheet.autofilter(HEADINGS + 1, 0, FIRST + n - 1, k + 3)
        line = FIRST + n + 1
        look = {"bold": True, "bg_color": SOFT}
        self._unit_cells(self.sheet, line, None, words("sheet_city_row"), block.n, **look)
        means = []
        for column, element in enumerate(block.elements, start=3):
            place = xl_rowcol_to_cell(line, column)
            means.append(element.total / element.n)
            self.formula(line, column, f"'{sums}'!{place}/'{counts}'!{place}", means[-1], MEAN, **look)
        end = self.foot(self.result(line + 2, Means(line, 3, k + 2), means) + 1)
        self.sheet.freeze_panes(FIRST, 2)
        self.sheet.repeat_rows(HEADINGS, HEADINGS + 1)
        self.sheet.print_area(0, 0, end - 1, self.span.columns - 1)

    def label(self, row: int, text: str, width: float = NUMBER_WIDTH + NAME_WIDTH, **look: Any) -> None:
        """Write a label over number, name and respondents."""
        self.sheet.merge_range(row, 0, row, 2, text, self.cell(text_wrap=True, **look))
        self.sheet.set_row(row, height_of(lines_of(text, width)))

    def _numbers(self, name: str, of: Callable[[WorksheetUnit], Sequence[float]]) -> str:
        """Write a sheet of sums or numbers of answers; return its name."""
        block = self.block
        sheet = self.book.book.add_worksheet(name)
        other = _City(self.book, sheet, self.report, block)
        other._columns(sheet, len(block.elements) + 2)
        other.head()
        other._headings(sheet, [])
        look = other.cell(WHOLE)
        for row, unit in enumerate(block.units, start=FIRST):
            other._unit_cells(sheet, row, row - FIRST + 1, unit.label, unit.n)
            for column, value in enumerate(of(unit), start=3):
                sheet.write_number(row, column, value, look)
        line = FIRST + len(block.units) + 1
        bold = {"bold": True, "bg_color": SOFT}
        other._unit_cells(sheet, line, None, self.report.words("sheet_city_row"), block.n, **bold)
        is_sums = name == self.report.words("sheet_sums")
        for column, element in enumerate(block.elements, start=3):
            sheet.write_number(
                line, column, element.total if is_sums else element.n, other.cell(WHOLE, **bold)
            )
        sheet.freeze_panes(FIRST, 2)
        sheet.repeat_rows(HEADINGS, HEADINGS + 1)
        return name

    def _columns(self, sheet: Any, last: int) -> None:
        sheet.set_column(0, 0, NUMBER_WIDTH)
        sheet.set_column(1, 1, NAME_WIDTH)
        sheet.set_column(2, max(last, 6) + 1, ELEMENT_WIDTH)

    def _headings(self, sheet: Any, more: Sequence[str]) -> None:
        """Write the two rows of headings: number, unit, respondents, the elements, and further columns."""
        words, block = self.report.words, self.block
        for column, name in enumerate(("sheet_number", "sheet_unit", "sheet_respondents")):
            sheet.merge_range(HEADINGS, column, HEADINGS + 1, column, words(name), self.look_of_headings())
        k = len(block.elements)
        over = words("sheet_unit_means") if more else sheet.get_name()
        if k > 1:
            sheet.merge_range(HEADINGS, 3, HEADINGS, k + 2, over, self.look_of_headings())
        else:
            sheet.write_string(HEADINGS, 3, over, self.look_of_headings())
        for column, element in enumerate(block.elements, start=3):
            sheet.write_string(
                HEADINGS + 1, column, f"{element.code}\n{element.label}", self.look_of_headings()
            )
        for column, name in enumerate(more, start=k + 3):
            sheet.merge_range(HEADINGS, column, HEADINGS + 1, column, name, self.look_of_headings())
        sheet.set_row(
            HEADINGS + 1, height_of(1 + max(lines_of(e.label, ELEMENT_WIDTH - 1) for e in block.elements))
        )

    def _unit_cells(self, sheet: Any, row: int, number: int | None, name: str, n: int, **look: Any) -> None:
        if number is None:
            sheet.write_blank(row, 0, None, self.cell(**look))
        else:
            sheet.write_number(row, 0, number, self.cell("0", align="center", **look))
        sheet.set_row(row, height_of(lines_of(name, NAME_WIDTH)))
        sheet.write_string(row, 1, name, self.cell(text_wrap=True, **look))
        sheet.write_number(row, 2, n, self.cell(WHOLE, **look))
