"""Files become grids: every cell as text, with the kind of cell it was."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Entities, by which a small part becomes a huge one, are refused before a part is parsed.
from xml.etree import ElementTree

import numpy as np
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from asn_research.errors import RawDataError
from asn_research.read.cells import Cells
from asn_research.read.guards import MAX_COLUMNS, SheetFacts, check_workbook, printable, refuse_width
from asn_research.read.texts import read_text_columns

WORKBOOKS = {".xlsx", ".xls", ".xlsb", ".ods", ".xlsm"}
TEXTS = {".csv", ".tsv", ".txt"}


@dataclass(frozen=True)
class Grid:
    """One sheet.

    Parameters
    ----------
    sheet : str
        The sheet's name; empty for text files.
    sheet_no : int
        From 1.
    columns : tuple of Cells
        The columns, all of one length.
    groups : tuple of (int, int, int)
        Cells merged to the right: row, first and last column, all from 0.
    is_hidden : bool
        Whether the sheet is hidden.
    merged_down : tuple of (int, int, int)
        Cells merged downwards in one column: first and last row, and the column, all from 0.
    hollow : frozenset of (int, int)
        Row and column, from 0, of formulas that no program has computed.
    hidden_rows : frozenset of int
        Rows, from 0, that are hidden or filtered away; they are read.
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
        """Return the text of some rows (from 0, the last one not included): rows × columns."""
        rows = slice(max(0, first), last)
        if not self.columns:
            return np.empty((0, 0), object)
        return np.stack([column.take(rows).text for column in self.columns], axis=1)


def read_grids(path: Path, name: str) -> Iterator[Grid]:
    """Read a file's sheets.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        How messages call it.

    Yields
    ------
    Grid

    Raises
    ------
    RawDataError
        If the file cannot be read as what its name says, or would cost more than it may.
    """
    try:
        with path.open("rb") as file:
            is_empty = not file.read(1 << 16).strip()
        if is_empty:
            msg = f"{name}: this file is empty. Export it again, or take it out of the folder."
            raise RawDataError(msg)
        if path.suffix.lower() in WORKBOOKS:
            yield from _workbook(path.read_bytes(), name, path.suffix.lower())
        else:
            yield Grid("", 1, read_text_columns(path, name))
    except OSError as error:
        msg = (
            f"{name}: this file cannot be opened ({error.strerror}). Check its permissions, or copy it anew."
        )
        raise RawDataError(msg) from None


def _workbook(content: bytes, name: str, suffix: str) -> Iterator[Grid]:
    facts = _refuse_what_is_no_workbook(content, name, suffix)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        parts = _parts_of_sheets(content) if facts else {}
        for number, about in enumerate(book.sheets_metadata, start=1):
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(about.name)
            if sheet.total_width > MAX_COLUMNS:
                refuse_width(f"{name}, sheet {printable(about.name)}")
            rows = sheet.to_python(skip_empty_area=False)
            if rows:
                columns = tuple(Cells.of(column) for column in itertools.zip_longest(*rows, fillvalue=""))
                merged = sheet.merged_cell_ranges or ()
                about_cells = facts.get(parts.get(about.name, ""), SheetFacts())
                yield Grid(
                    printable(about.name),
                    number,
                    columns,
                    tuple((top, left, right) for (top, left), (_, right) in merged if right > left),
                    about.visible != SheetVisibleEnum.Visible,
                    tuple(
                        (top, bottom, left)
                        for (top, left), (bottom, right) in merged
                        if right == left and bottom > top
                    ),
                    frozenset(about_cells.hollow),
                    frozenset(about_cells.hidden_rows),
                )
    except PasswordError:
        msg = f"{name}: this workbook is protected by a password. Save it without one and run again."
        raise RawDataError(msg) from None
    except (CalamineError, OSError, ValueError) as error:
        msg = f"{name}: this workbook is damaged or cut off and cannot be read. Export it again from its system."
        raise RawDataError(msg) from error


def _parts_of_sheets(content: bytes) -> dict[str, str]:
    """Return the part of each sheet of an Excel workbook, by the sheet's name; empty where it does not say."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
            links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    except (KeyError, ElementTree.ParseError, zipfile.BadZipFile, OSError):
        return {}
    targets = {link.get("Id", ""): link.get("Target", "") for link in links}
    parts = {}
    for sheet in book.iter():
        if sheet.tag.endswith("}sheet"):
            link = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
            target = targets.get(link, "")
            parts[sheet.get("name", "")] = (
                target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            )
    return parts


def _refuse_what_is_no_workbook(content: bytes, name: str, suffix: str) -> dict[str, SheetFacts]:
    start = content[:512].lstrip().lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        msg = f"{name}: this is a web page under a workbook's name. Open it in Excel and save it as .xlsx."
        raise RawDataError(msg)
    if suffix == ".xlsm":
        msg = f"{name}: workbooks with macros are not opened. Save it as .xlsx and run again."
        raise RawDataError(msg)
    is_zip, is_ole = content.startswith(b"PK"), content.startswith(b"\xd0\xcf\x11\xe0")
    if not is_zip and not is_ole:
        msg = f"{name}: this is not a spreadsheet, though its name says so. Export it again, or take it out of the folder."
        raise RawDataError(msg)
    if not is_zip:
        return {}
    facts = check_workbook(content, name)
    if b"vbaProject.bin" in content:
        msg = f"{name}: workbooks with macros are not opened. Save it as .xlsx and run again."
        raise RawDataError(msg)
    return facts
