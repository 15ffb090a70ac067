"""Cells become values: numbers, dates, choices. Each distinct cell is parsed once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from asn_research.clean.dates import parse_date, parse_period
from asn_research.read.cells import NUMBER, Cells
from asn_research.rules.codebooks import Column, fold, missing_spellings

#: Reasons why a cell cannot be read, as the record of cleaning calls them.
UNREADABLE, OUT_OF_RANGE, IMPOSSIBLE_DATE = "unreadable", "out_of_range", "impossible_date"

_INDONESIAN = re.compile(r"^[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?$")
#: What people write behind a number that its column implies; hours in a column of minutes are not read.
_UNIT = re.compile(r"\s*(?:%|th|thn|tahun|hari|menit|mnt|jp|orang)\.?$", re.IGNORECASE)
#: Days since 1899-12-30, from 2000 to 2099.
#: "4 - Sangat Setuju", "3. Baik", "2 (Kurang)".
_NUMBER_AND_WORD = re.compile(r"\(?(\d)\s*[-–.:=)(]+\s*(\D+?)\)?")
_SERIAL = re.compile(r"^(?:3[7-9]|[4-6]\d|7[0-2])\d{3}(?:[.,]\d+)?$")
_MACHINE = re.compile(r"^[+-]?\d+\.\d+$")


class BadCellError(Exception):
    """A cell that cannot be read; its only argument is the reason's code."""


def parse_number(text: str, kind: str) -> float:
    """Return a number as a cell (machine form) or as text (Indonesian form: 1.234,5).

    A text such as ``3.868`` could be either; here it is a thousand, and a column's limits may say
    otherwise later.

    Raises
    ------
    BadCellError
        If the text is no number.

    Examples
    --------
    >>> parse_number("1.234,5", "s"), parse_number("1234.5", "n"), parse_number("87,5%", "s")
    (1234.5, 1234.5, 87.5)
    """
    plain = _UNIT.sub("", text.strip()).replace(" ", "").lstrip("'").removeprefix("Rp").strip()
    if kind == NUMBER:
        return float(plain)
    if _INDONESIAN.match(plain) and not (plain.startswith("0.") or plain.startswith("-0.")):
        return float(plain.replace(".", "").replace(",", "."))
    if _MACHINE.match(plain):
        return float(plain)
    raise BadCellError(UNREADABLE)


def missing_reason(text: str, column: Column) -> str | None:
    """Return the coded reason if a text says that there is no answer, else none."""
    if column.type == "text" or not text:
        return None
    if text.casefold() in column.ignored or text in column.ignored:
        return "no_answer"
    return missing_spellings().get(text.casefold())


def parse_cell(text: str, kind: str, column: Column) -> Any:
    """Return what a cell says by its codebook, or none if it says nothing.

    Raises
    ------
    BadCellError
        With the reason's code, if it cannot be read.
    """
    if not text or missing_reason(text, column):
        return None
    return _READERS[column.type](text, kind, column)


def _number(text: str, kind: str, column: Column) -> float:
    value = parse_number(text, kind)
    if column.limits and value > column.limits[1] and _MACHINE.match(text.strip()):
        # "3.868" is a mean of 3.868 where 3868 cannot be.
        value = float(text)
    # A percent cell of a spreadsheet holds a fraction; percents under 2 do not occur otherwise.
    if column.type == "percent" and kind == NUMBER and 0 < value <= 2:
        value *= 100
    if column.limits and not column.limits[0] <= value <= column.limits[1]:
        raise BadCellError(OUT_OF_RANGE)
    return value


def _whole(text: str, kind: str, column: Column) -> int:
    value = _number(text, kind, column)
    if value != int(value):
        raise BadCellError(UNREADABLE)
    return int(value)


def _date(text: str, _kind: str, _column: Column) -> np.datetime64:
    moment = parse_date(text) or _day_of_serial(text)
    if moment is None or not 1950 <= moment.year <= 2100:
        raise BadCellError(IMPOSSIBLE_DATE)
    return np.datetime64(moment, "us")


def _day_of_serial(text: str) -> datetime | None:
    """Return the day that a spreadsheet shows as a bare number once its date format is lost."""
    if not _SERIAL.match(text):
        return None
    return datetime(1899, 12, 30) + timedelta(days=float(text.replace(",", ".")))


def _period(text: str, _kind: str, _column: Column) -> str:
    period = parse_period(text)
    if period is None:
        raise BadCellError(UNREADABLE)
    return period.code


def _choice(text: str, _kind: str, column: Column) -> str:
    code = column.codes.get(fold(text))
    if code is None:
        raise BadCellError(UNREADABLE)
    return code


def _choice_number(text: str, kind: str, column: Column) -> int:
    code = column.codes.get(fold(text))
    if code is not None:
        return int(code)
    both = _NUMBER_AND_WORD.fullmatch(text)
    # Number and word must say the same, or nobody knows which of them was meant.
    if both and column.codes.get(fold(both[2])) == both[1]:
        return int(both[1])
    try:
        value = parse_number(text, kind)
    except BadCellError:
        raise BadCellError(UNREADABLE) from None
    if str(int(value)) in column.codes and value == int(value):
        return int(value)
    raise BadCellError(OUT_OF_RANGE)


def _text(text: str, _kind: str, _column: Column) -> str:
    return " ".join(text.split())


_READERS: dict[str, Callable[[str, str, Column], Any]] = {
    "number": _number,
    "percent": _number,
    "whole": _whole,
    "date": _date,
    "period": _period,
    "choice": _choice,
    "choice_number": _choice_number,
    "text": _text,
}


@dataclass(frozen=True)
class Reading:
    """What a column's cells say.

    Parameters
    ----------
    values : pd.Series
        The value of each row; missing where there is none.
    faults : dict of str to np.ndarray
        By reason, the mask of rows whose cell cannot be read.
    missing : dict of str to np.ndarray
        By coded reason, the mask of rows that say why there is no answer.
    """

    values: pd.Series
    faults: dict[str, np.ndarray]
    missing: dict[str, np.ndarray]

    @property
    def unread(self) -> np.ndarray:
        """Mask of the rows with any fault."""
        mask = np.zeros(len(self.values), bool)
        for part in self.faults.values():
            mask |= part
        return mask


def read_column(cells: Cells, column: Column) -> Reading:
    """Read a column, each distinct cell once.

    Parameters
    ----------
    cells : Cells
        The column as sent.
    column : Column
        What the codebook says of it.

    Returns
    -------
    Reading
    """
    values: list[Any] = [None] * len(cells.texts)
    faults: dict[str, list[int]] = {}
    missing: dict[str, list[int]] = {}
    for at, (text, kind) in enumerate(zip(cells.texts, cells.kinds, strict=True)):
        try:
            values[at] = parse_cell(text, kind, column)
        except BadCellError as error:
            faults.setdefault(str(error), []).append(at)
        if reason := missing_reason(text, column):
            missing.setdefault(reason, []).append(at)
    return Reading(
        pd.Series(_typed(values, cells.codes, column)),
        {reason: cells.at(at) for reason, at in faults.items()},
        {reason: cells.at(at) for reason, at in missing.items()},
    )


def _typed(values: list[Any], codes: np.ndarray, column: Column) -> Any:
    match column.type:
        case "date":
            return np.array([v if v is not None else np.datetime64("NaT") for v in values], "datetime64[us]")[
                codes
            ]
        case "number" | "percent":
            return np.array([np.nan if v is None else v for v in values], float)[codes]
        case "whole" | "choice_number":
            dtype = np.int8 if column.type == "choice_number" else np.int64
            blank = np.array([v is None for v in values], bool)
            whole = np.array([v or 0 for v in values], dtype)
            return pd.arrays.IntegerArray(whole[codes], blank[codes])
    return coded(values, codes)


def coded(values: Sequence[str | None], codes: np.ndarray) -> pd.Categorical:
    """Return text values as a categorical: one code per row, each value held once, sorted."""
    known = sorted({v for v in values if v is not None})
    at = {value: place for place, value in enumerate(known)}
    # Small codes: there are as many as rows.
    dtype = np.int8 if len(known) < 1 << 7 else np.int16 if len(known) < 1 << 15 else np.int32
    places = np.array([-1 if v is None else at[v] for v in values], dtype)
    return pd.Categorical.from_codes(places[codes], categories=pd.Index(known, dtype="str"))
