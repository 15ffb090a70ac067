"""Sheets in the form that offices send: letterhead, headings, rows, subtotals and signature."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

#: The creation date of all workbooks; it is fixed so that the same seed gives the same bytes.
MADE = datetime(2026, 10, 1, 8, 0, 0)

#: Kinds of rows in a sheet.
NORMAL, SUBTOTAL = "normal", "subtotal"


@dataclass
class Fault:
    """One planted fault: its row (index in `Sheet.rows`), its name, and the expected exit of the row."""

    row: int
    fault: str
    expected_exit: str


@dataclass
class Sheet:
    """A sheet before it is written.

    Parameters
    ----------
    name : str
        The name of the sheet.
    source : str
        The source of its rows.
    headings : list of (str, str)
        The group heading and the heading of each column; the group is empty for a plain heading.
    rows : list of list
        The cell values of each row: text, numbers, dates, None.
    kinds : list of str
        `NORMAL` or `SUBTOTAL` for each row.
    letterhead, signature : list of str
        The lines above the headings and below the rows.
    faults : list of Fault
        The planted faults.
    """

    name: str
    source: str
    headings: list[tuple[str, str]]
    rows: list[list[Any]]
    kinds: list[str] = field(default_factory=list)
    letterhead: list[str] = field(default_factory=list)
    signature: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def has_groups(self) -> bool:
        """Whether the headings have two rows, because some columns are grouped."""
        return any(group for group, _ in self.headings)

    @property
    def first_row(self) -> int:
        """The row number in the sheet, from 1, of the first data row."""
        blank = 1 if self.letterhead else 0
        return len(self.letterhead) + blank + (2 if self.has_groups else 1) + 1

    def planted(self) -> list[tuple[int, str, str]]:
        """Return (row number, fault, expected exit) of each faulty, subtotal and signature row."""
        out = [(self.first_row + f.row, f.fault, f.expected_exit) for f in self.faults]
        out += [
            (self.first_row + place, "subtotal_row", "excluded")
            for place, kind in enumerate(self.kinds)
            if kind == SUBTOTAL
        ]
        start = self.first_row + len(self.rows) + 1
        out += [
            (start + place, "signature_row", "excluded") for place, line in enumerate(self.signature) if line
        ]
        return sorted(out)

    @property
    def n_rows(self) -> int:
        """The number of rows below the headings that are not empty."""
        return len(self.rows) + sum(bool(line) for line in self.signature)


def write_workbook(path: Path, sheets: list[Sheet]) -> None:
    """Write sheets to an xlsx file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": MADE, "author": ""})
    bold = book.add_format(
        {"bold": True, "border": 1, "text_wrap": True, "align": "center", "valign": "vcenter"}
    )
    title = book.add_format({"bold": True})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name[:31])
        for place, line in enumerate(sheet.letterhead):
            page.write_string(place, 0, line, title)
        _headings(page, sheet, bold)
        for place, row in enumerate(sheet.rows, start=sheet.first_row - 1):
            for column, value in enumerate(row):
                _cell(page, place, column, value, day)
        bottom = sheet.first_row + len(sheet.rows)
        for place, line in enumerate(sheet.signature):
            if line:
                page.write_string(bottom + place, max(1, len(sheet.headings) - 3), line)
        page.set_column(0, len(sheet.headings) - 1, 18)
    book.close()


def _headings(page: Any, sheet: Sheet, style: Any) -> None:
    top = sheet.first_row - 1 - (2 if sheet.has_groups else 1)
    if not sheet.has_groups:
        for column, (_, heading) in enumerate(sheet.headings):
            page.write_string(top, column, heading, style)
        return
    column = 0
    while column < len(sheet.headings):
        group, heading = sheet.headings[column]
        width = 1
        while group and column + width < len(sheet.headings) and sheet.headings[column + width][0] == group:
            width += 1
        if not group:
            page.merge_range(top, column, top + 1, column, heading, style)
        elif width == 1:
            page.write_string(top, column, group, style)
            page.write_string(top + 1, column, heading, style)
        else:
            page.merge_range(top, column, top, column + width - 1, group, style)
            for k in range(width):
                page.write_string(top + 1, column + k, sheet.headings[column + k][1], style)
        column += width


def _cell(page: Any, row: int, column: int, value: Any, day: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        page.write_string(row, column, value)
    elif isinstance(value, date | datetime | pd.Timestamp | np.datetime64):
        page.write_datetime(row, column, pd.Timestamp(value).to_pydatetime(), day)
    else:
        page.write_number(row, column, float(value))


def write_csv(path: Path, sheet: Sheet, *, encoding: str = "utf-8-sig") -> None:
    """Write a sheet as the csv of an office system: semicolons, decimal commas, day first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    width = len(sheet.headings)
    for line in sheet.letterhead:
        writer.writerow([line] + [""] * (width - 1))
    if sheet.letterhead:
        writer.writerow([""] * width)
    writer.writerow([heading for _, heading in sheet.headings])
    writer.writerows([[_text(value) for value in row] for row in sheet.rows])
    path.write_bytes(text.getvalue().encode(encoding, "replace"))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float | np.floating):
        return f"{value:g}".replace(".", ",")
    if isinstance(value, date | np.datetime64 | pd.Timestamp):
        return pd.Timestamp(value).strftime("%d/%m/%Y")
    return str(value)
