"""Reckons the formulas of a workbook, by another way than the programs that it is made for."""

import re
from decimal import ROUND_HALF_UP, Decimal

import openpyxl
from openpyxl.utils import range_boundaries

_TOKEN = re.compile(
    r"(?P<text>\"[^\"]*\")|(?P<place>(?:'[^']+'!)?\$?[A-Z]{1,2}\$?\d+(?::\$?[A-Z]{1,2}\$?\d+)?)|(?P<name>[A-Z]+)(?=\()"
    r"|(?P<same>(?<![<>=])=)"
)


class Reckoner:
    """A workbook whose formulas are reckoned from its numbers; what it has stored of their values is not looked at."""

    def __init__(self, path):
        self._book = openpyxl.load_workbook(path)
        self._known = {}

    @property
    def names(self):
        """The names of its sheets."""
        return self._book.sheetnames

    def sheet(self, name=None):
        return self._book[name] if name else self._book[self._book.sheetnames[0]]

    def value(self, sheet, place):
        """Return a cell's value."""
        key = (sheet.title, place.replace("$", ""))
        if key not in self._known:
            held = sheet[key[1]].value
            is_formula = isinstance(held, str) and held.startswith("=")
            self._known[key] = self._reckoned(sheet, held[1:]) if is_formula else held
        return self._known[key]

    def column(self, sheet, letter):
        """Return the texts and values of a column, by row."""
        return {row: self.value(sheet, f"{letter}{row}") for row in range(1, sheet.max_row + 1)}

    def _reckoned(self, sheet, formula):
        code = _TOKEN.sub(self._translated, formula)
        return eval(code, {"of": lambda place: self._cells(sheet, place), **_FUNCTIONS})

    @staticmethod
    def _translated(found):
        if found["place"]:
            return f"of({found['place']!r})"
        if found["same"]:
            return "=="
        return found[0]

    def _cells(self, sheet, place):
        name, _, cells = place.rpartition("!")
        page = self._book[name.strip("'")] if name else sheet
        if ":" not in cells:
            return self.value(page, cells)
        first, top, last, bottom = range_boundaries(cells.replace("$", ""))
        return [
            self.value(page, page.cell(row, column).coordinate)
            for row in range(top, bottom + 1)
            for column in range(first, last + 1)
        ]


def numbers(cells):
    return [cell for cell in cells if isinstance(cell, int | float)]


def rounded(value, decimals):
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


_FUNCTIONS = {
    "SUM": lambda cells: sum(numbers(cells)),
    "COUNT": lambda cells: len(numbers(cells)),
    "AVERAGE": lambda cells: sum(numbers(cells)) / len(numbers(cells)),
    "ROUND": rounded,
    "MAX": max,
    "IF": lambda is_so, yes, no: yes if is_so else no,
    "LOOKUP": lambda value, ends, names: [n for e, n in zip(ends, names, strict=True) if e <= value][-1],
}
