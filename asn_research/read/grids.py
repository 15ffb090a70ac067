"""Files become grids: every cell as text, with the kind of cell it was."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from asn_research.errors import RawDataError

WORKBOOKS = {".xlsx", ".xls", ".xlsb", ".ods", ".xlsm"}
TEXTS = {".csv", ".tsv", ".txt"}

#: Kinds of cells: text, number, date, truth, empty.
TEXT, NUMBER, DATE, TRUTH, EMPTY = "s", "n", "d", "b", ""


@dataclass(frozen=True)
class Grid:
    """One sheet.

    Parameters
    ----------
    sheet : str
        The sheet's name; empty for text files.
    sheet_no : int
        From 1.
    text : np.ndarray
        Rows × columns of text, outer blanks stripped; empty cells are ``""``.
    kinds : np.ndarray or None
        Same shape, the kind of each cell; none where all cells are text.
    """

    sheet: str
    sheet_no: int
    text: np.ndarray
    kinds: np.ndarray | None


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
        If the file cannot be read as what its name says.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        msg = (
            f"{name}: this file cannot be opened ({error.strerror}). Check its permissions, or copy it anew."
        )
        raise RawDataError(msg) from None
    if not content.strip():
        msg = f"{name}: this file is empty. Export it again, or take it out of the folder."
        raise RawDataError(msg)
    if path.suffix.lower() in WORKBOOKS:
        yield from _workbook(content, name, path.suffix.lower())
    else:
        yield _text_file(content, name)


def _workbook(content: bytes, name: str, suffix: str) -> Iterator[Grid]:
    _refuse_what_is_no_workbook(content, name, suffix)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for number, sheet in enumerate(book.sheet_names, start=1):
            rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            if rows:
                yield Grid(sheet, number, *_cells(rows))
    except PasswordError:
        msg = f"{name}: this workbook is protected by a password. Save it without one and run again."
        raise RawDataError(msg) from None
    except (CalamineError, OSError, ValueError) as error:
        msg = f"{name}: this workbook is damaged or cut off and cannot be read. Export it again from its system."
        raise RawDataError(msg) from error


def _refuse_what_is_no_workbook(content: bytes, name: str, suffix: str) -> None:
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
    if is_zip and not zipfile.is_zipfile(io.BytesIO(content)):
        msg = f"{name}: this workbook is damaged or cut off and cannot be read. Export it again from its system."
        raise RawDataError(msg)


def _cells(rows: list[list[Any]]) -> tuple[np.ndarray, np.ndarray]:
    shape = (len(rows), max(len(row) for row in rows))
    text, kinds = np.full(shape, "", dtype=object), np.full(shape, EMPTY, dtype=object)
    for place, row in enumerate(rows):
        for column, value in enumerate(row):
            if value != "":
                text[place, column], kinds[place, column] = _cell(value)
    return text, kinds


def _cell(value: Any) -> tuple[str, str]:
    if isinstance(value, str):
        clean = value.replace("\xa0", " ").strip()
        return clean, TEXT if clean else EMPTY
    if isinstance(value, bool):
        return str(value), TRUTH
    if isinstance(value, int | float):
        # Fifteen digits are all that a spreadsheet keeps; what floating point adds would be made up.
        digits = f"{value:.15g}"
        return digits if "e+" not in digits else f"{Decimal(digits):f}", NUMBER
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat(), DATE
    return str(value), TEXT


def _text_file(content: bytes, name: str) -> Grid:
    text = _decode(content, name)
    lines = text.splitlines()
    delimiter = _delimiter(lines)
    width = max((line.count(delimiter) for line in lines), default=0) + 1
    try:
        frame = pd.read_csv(
            io.StringIO(text), sep=delimiter, header=None, names=range(width), dtype=str, na_filter=False,
            quoting=csv.QUOTE_MINIMAL, skip_blank_lines=False, engine="c",
        )  # fmt: skip
    except (pd.errors.ParserError, ValueError) as error:
        msg = f"{name}: this file cannot be read as a table separated by '{delimiter}'. Check for an open quotation mark."
        raise RawDataError(msg) from error
    stripped = frame.apply(lambda column: column.str.replace("\xa0", " ").str.strip())
    return Grid("", 1, stripped.to_numpy(dtype=object), None)


def _decode(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\x00" in content[:4096]:
        msg = f"{name}: this is not a text table, though its name says so. Export it again as csv."
        raise RawDataError(msg)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _delimiter(lines: list[str]) -> str:
    """Find the sign that splits most lines alike."""
    sample = [line for line in lines[:200] if line.strip()]
    best = max(";\t,|", key=lambda sign: _evenness(sign, sample))
    return best if _evenness(best, sample) > 0 else ";"


def _evenness(sign: str, sample: list[str]) -> float:
    counts = [line.count(sign) for line in sample]
    usual = max(set(counts), key=counts.count, default=0)
    return usual * counts.count(usual) / max(1, len(counts)) if usual else 0.0
