"""What the sheets of a worksheet share: their head, and the way from means to the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from asn_research.render.editions.layout import ACCENT, Report
from asn_research.render.editions.xlsx_book import (
    LINE,
    MUTED,
    SOFT,
    Book,
    Span,
    height_of,
    lines_of,
    prepare,
    write_across,
)
from asn_research.show.digest_blocks import Worksheet, WorksheetWeight

#: The rows of the title, the unit, the reported index, and the first of two rows of headings, from 0.
TITLE, UNIT, REPORTED, HEADINGS = 1, 2, 3, 5
FIRST = HEADINGS + 2
LABEL_WIDTH, ELEMENT_WIDTH, NUMBER_WIDTH, NAME_WIDTH = 31.0, 12.5, 6.0, 56.0
#: The least index that a grade may start from is 25, so a printed weight that goes below it has the lowest grade.
INDEX, MEAN, WEIGHTED, WHOLE = "0.00", "0.000", "0.0000", "#,##0"
# To so many decimals what a float loses is gone, and halves are halves again.
CLEAN = 8


@dataclass(frozen=True)
class Means:
    """The position of the means of the elements: their row, and the first and last column."""

    row: int
    first: int
    last: int

    def cells(self) -> list[str]:
        """Return the cell references of the means."""
        return [xl_rowcol_to_cell(self.row, column) for column in range(self.first, self.last + 1)]


def range_of(row: int, column: int, last_row: int, last_column: int) -> str:
    """Return a range of cells as formulas write it."""
    return f"{xl_rowcol_to_cell(row, column)}:{xl_rowcol_to_cell(last_row, last_column)}"


@dataclass(frozen=True)
class Sheet:
    """A sheet that is being written."""

    book: Book
    sheet: Any
    report: Report
    block: Worksheet

    @property
    def span(self) -> Span:
        """The number of columns of the sheet, and their width."""
        raise NotImplementedError

    def head(self) -> None:
        """Write title and unit, and set up the page."""
        cover = self.report.cover
        prepare(self.book, self.sheet, self.report, self.span.columns)
        write_across(
            self.book, self.sheet, TITLE, self.block.title, self.span, bold=True, font_size=14, font_color=ACCENT
        )  # fmt: skip
        write_across(self.book, self.sheet, UNIT, f"{cover.subtitle} – {cover.period}", self.span)
        self.sheet.set_landscape()

    def foot(self, line: int) -> int:
        """Write the notes; return the row after them."""
        for number, note in enumerate(self.block.notes):
            write_across(self.book, self.sheet, line + number, note, self.span, font_size=9, font_color=MUTED)
        return line + len(self.block.notes)

    def heading(self, row: int, column: int, text: str, align: str = "center") -> None:
        """Write a heading."""
        self.sheet.write_string(row, column, text, self.look_of_headings(align))

    def look_of_headings(self, align: str = "center") -> Any:
        """Return the cell format of headings."""
        return self.book.look(
            bold=True, font_color=ACCENT, bg_color=SOFT, border=1, border_color=LINE, text_wrap=True, valign="vcenter",
            align=align,
        )  # fmt: skip

    def cell(self, number_format: str = "", **look: Any) -> Any:
        """Return the format of a cell."""
        shown = {"num_format": number_format} if number_format else {}
        return self.book.look(border=1, border_color=LINE, **shown, **look)

    def formula(
        self, row: int, column: int, formula: str, value: float | str, number_format: str, **look: Any
    ) -> None:
        """Write a formula with the value that it gives, for programs that do not compute formulas."""
        self.sheet.write_formula(row, column, f"={formula}", self.cell(number_format, **look), value)

    def label(self, row: int, text: str, width: float = LABEL_WIDTH, **look: Any) -> None:
        """Write the label of a row into its first column."""
        self.sheet.set_row(row, height_of(lines_of(text, width)))
        self.sheet.write_string(row, 0, text, self.cell(text_wrap=True, **look))

    def result(self, line: int, means: Means, values: Sequence[float]) -> int:
        """Write the steps from the means to the index, once for each weight, and return the number of the next row.

        Parameters
        ----------
        line : int
            Where to begin.
        means : Means
            Where the means stand.
        values : sequence of float
            The means.
        """
        block, words = self.block, self.report.words
        weighted = []
        for weight in block.weights:
            self.label(line, words("sheet_weighted", weight=weight.label))
            share = _share(weight.formula)
            for column, (cell, value) in enumerate(
                zip(means.cells(), values, strict=True), start=means.first
            ):
                self.formula(line, column, f"{cell}*{weight.formula}", value * share, WEIGHTED)
            weighted.append(line)
            line += 1
        line += 1
        top, grades = line, line + len(block.weights) + (4 if block.low is not None else 2)
        index = words("sheet_index" if block.grades else "sheet_index_partial", multiplier=block.multiplier)
        names = [words("sheet_weight"), words("sheet_sum_weighted"), index]
        names += [words("sheet_grade"), words("sheet_kind")] if block.grades else [words("sheet_kind")]
        first = means.first
        self.sheet.set_row(top, height_of(4))
        self.heading(top, 0, names[0], "left")
        if first > 1:
            self.sheet.merge_range(top, 0, top, first - 1, names[0], self.look_of_headings("left"))
        for column, name in enumerate(names[1:-1], start=first):
            self.heading(top, column, name)
        self.sheet.merge_range(
            top, first + len(names) - 2, top, self.span.columns - 1, names[-1], self.look_of_headings("left")
        )
        lowest, letters = self._grade_places(grades, first)
        for number, weight in enumerate(block.weights):
            row = top + 1 + number
            look: dict[str, Any] = {"bold": True, "bg_color": SOFT} if weight.is_reported else {}
            self.label(row, weight.label, **look)
            of = range_of(weighted[number], means.first, weighted[number], means.last)
            self.formula(row, first, f"SUM({of})", weight.weighted, WEIGHTED, **look)
            total = xl_rowcol_to_cell(row, first)
            rounded = f"ROUND(ROUND({total}*{block.multiplier},{CLEAN}),{block.decimals})"
            self.formula(row, first + 1, rounded, weight.index, INDEX, **look)
            place = xl_rowcol_to_cell(row, first + 1)
            if weight.is_reported:
                self._reported(place, weight, first)
            at = first + 2
            if block.grades:
                least = lowest.split(":", maxsplit=1)[0]
                self.formula(
                    row, at, f"LOOKUP(MAX({place},{least}),{lowest},{letters})", weight.grade, "", align="center", **look
                )  # fmt: skip
                at += 1
            note = f"{words('sheet_reported')}. {weight.note}" if weight.is_reported else weight.note
            self.sheet.merge_range(row, at, row, self.span.columns - 1, note, self.cell(**look))
        line = top + 1 + len(block.weights)
        if block.low is not None and block.high is not None:
            line = self._interval(line + 1, first)
        return self._grades(grades, first) if block.grades else line

    def _reported(self, place: str, weight: WorksheetWeight, column: int) -> None:
        """Write the reported index above the answers as well, where readers see it first."""
        self.label(REPORTED, self.report.words("sheet_reported"), bold=True)
        self.formula(REPORTED, column, place, weight.index, INDEX, bold=True, font_color=ACCENT)
        if weight.grade:
            self.sheet.write_string(REPORTED, column + 1, weight.grade, self.cell(align="center", bold=True))

    def _interval(self, line: int, first: int) -> int:
        text = self.report.words("sheet_interval")
        self.label(line, text)
        self.sheet.write_number(line, first, self.block.low, self.cell(INDEX))
        self.sheet.write_number(line, first + 1, self.block.high, self.cell(INDEX))
        return line + 1

    def _grade_places(self, line: int, first: int) -> tuple[str, str]:
        """Return the cell references of the lowest index of each grade, and of the letters of the grades."""
        top, last = line + 1, line + len(self.block.grades)
        return tuple(
            f"${xl_col_to_name(column)}${top + 1}:${xl_col_to_name(column)}${last + 1}"
            for column in (first, first + 2)
        )  # type: ignore[return-value]

    def _grades(self, line: int, first: int) -> int:
        """Write the intervals of the grades; return the row after them."""
        words, grades = self.report.words, self.block.grades
        self.heading(line, 0, words("sheet_grades"), "left")
        if first > 1:
            self.sheet.merge_range(
                line, 0, line, first - 1, words("sheet_grades"), self.look_of_headings("left")
            )
        for column, name in enumerate(("sheet_from", "sheet_to", "sheet_grade")):
            self.heading(line, first + column, words(name))
        above = [grade.at_least - 10**-self.block.decimals for grade in grades[1:]]
        ends = [*above, float(self.block.multiplier * 4)]
        for number, (grade, end) in enumerate(zip(grades, ends, strict=True), start=1):
            self.label(line + number, grade.label)
            self.sheet.write_number(line + number, first, grade.at_least, self.cell(INDEX))
            self.sheet.write_number(
                line + number, first + 1, round(end, self.block.decimals), self.cell(INDEX)
            )
            self.sheet.write_string(line + number, first + 2, grade.grade, self.cell(align="center"))
        return line + 1 + len(grades)


def _share(formula: str) -> float:
    """Return the number that a weight's formula gives."""
    over, _, under = formula.partition("/")
    return float(over) / float(under or 1)
