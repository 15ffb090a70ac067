"""Read files into grids: every cell as text, with the kind that the cell had."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from asn_research.errors import RawDataError
from asn_research.read.cells import Cells
from asn_research.read.file_guards import MAX_UNPACKED_BYTES, check_workbook, printable, refuse_size
from asn_research.read.sheet_facts import SheetFacts, WorkbookFacts
from asn_research.read.steady import read_whole, refuse_unopened, unchanged
from asn_research.read.texts import read_text_columns
from asn_research.read.workbook_reader import read_sheets
from asn_research.rules.words import worded

WORKBOOKS = {".xlsx", ".xls", ".xlsb", ".ods", ".xlsm"}
TEXTS = {".csv", ".tsv", ".txt"}
#: Text tables larger than this are read from disk in pieces, not loaded into memory first.
_LARGE = 32 << 20


@dataclass(frozen=True)
class Grid:
    """One sheet.

    Parameters
    ----------
    sheet : str
        The sheet's name; empty for text files.
    sheet_no : int
        Its number in the workbook, from 1.
    columns : tuple of Cells
        The columns, all of one length.
    groups : tuple of (int, int, int)
        Cells merged to the right: row, first and last column, all from 0.
    is_hidden : bool
        Whether the sheet is hidden.
    merged_down : tuple of (int, int, int)
        Cells merged downwards in one column: first and last row, and the column, all from 0.
    hollow : frozenset of (int, int)
        Row and column, from 0, of formulas without a stored result.
    hidden_rows : frozenset of int
        The rows, from 0, that are hidden or filtered out. They are read like other rows.
    """

    sheet: str
    sheet_no: int
    columns: tuple[Cells, ...]
    groups: tuple[tuple[int, int, int], ...] = ()
    is_hidden: bool = False
    merged_down: tuple[tuple[int, int, int], ...] = ()
    hollow: frozenset[tuple[int, int]] = frozenset()
    hidden_rows: frozenset[int] = frozenset()

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.columns[0]) if self.columns else 0

    def block(self, first: int, last: int) -> np.ndarray:
        """Return the text of rows ``first`` to ``last - 1`` (counted from 0), as an array rows × columns."""
        rows = slice(max(0, first), last)
        if not self.columns:
            return np.empty((0, 0), object)
        return np.stack([column.take(rows).text for column in self.columns], axis=1)


def read_grids(path: Path, name: str, expected: str = "") -> Iterator[Grid]:
    """Read the sheets of a file.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        The name of the file in messages.
    expected : str
        The hash of the content when the file was listed; empty to skip this check.

    Yields
    ------
    Grid

    Raises
    ------
    RawDataError
        If the file does not have the format of its ending, exceeds the limits on size, or changed since it
        was listed.
    """
    is_workbook = path.suffix.lower() in WORKBOOKS
    try:
        size = path.stat().st_size
        if not is_workbook and size > _LARGE:
            with unchanged(path, name, expected):
                columns = read_text_columns(path, name)
            yield Grid("", 1, columns)
            return
    except OSError as error:
        refuse_unopened(name, error)
    if size > MAX_UNPACKED_BYTES:
        refuse_size(name)
    content = read_whole(path, name, expected)
    if not content[: 1 << 16].strip():
        raise worded(RawDataError, "error_file_empty", name=name)
    if is_workbook:
        yield from _workbook(content, name, path.suffix.lower())
    else:
        yield Grid("", 1, read_text_columns(content, name))


def _workbook(content: bytes, name: str, suffix: str) -> Iterator[Grid]:
    noted = WorkbookFacts()
    n_unpacked = _refuse_what_is_no_workbook(content, name, suffix, noted)
    facts = noted.of_sheets(content)
    for sheet in read_sheets(content, name, n_unpacked):
        columns = tuple(Cells.of_pairs(codes, pairs) for codes, pairs in sheet.columns)
        own = facts.get(sheet.sheet, SheetFacts())
        yield Grid(
            printable(sheet.sheet), sheet.number, columns, sheet.groups, sheet.is_hidden, sheet.merged_down,
            frozenset(own.hollow), frozenset(own.hidden_rows),
        )  # fmt: skip


def _refuse_what_is_no_workbook(content: bytes, name: str, suffix: str, noted: WorkbookFacts) -> int:
    """Refuse a file that is not a workbook or has macros; return its size in bytes when unpacked."""
    start = content[:512].lstrip().lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        raise worded(RawDataError, "error_web_page", name=name)
    if suffix == ".xlsm":
        raise worded(RawDataError, "error_macros", name=name)
    is_zip, is_ole = content.startswith(b"PK"), content.startswith(b"\xd0\xcf\x11\xe0")
    if not is_zip and not is_ole:
        raise worded(RawDataError, "error_no_spreadsheet", name=name)
    if is_zip:
        n_unpacked = check_workbook(content, name, noted.look)
        if b"vbaProject.bin" in content:
            raise worded(RawDataError, "error_macros", name=name)
        return n_unpacked
    return len(content)
