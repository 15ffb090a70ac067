"""Cells become values: numbers, dates, choices. Each kind is parsed once per distinct text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd

from asn_research.clean.dates import parse_date, parse_period
from asn_research.read.grids import NUMBER
from asn_research.rules.codebooks import Column, fold

#: Reasons why a cell cannot be read, as the record of cleaning calls them.
UNREADABLE, OUT_OF_RANGE, IMPOSSIBLE_DATE = "unreadable", "out_of_range", "impossible_date"

_INDONESIAN = re.compile(r"^[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?$")
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
    plain = text.strip().removesuffix("%").replace(" ", "").lstrip("'").removeprefix("Rp").strip()
    if kind == NUMBER:
        return float(plain)
    if _INDONESIAN.match(plain) and not (plain.startswith("0.") or plain.startswith("-0.")):
        return float(plain.replace(".", "").replace(",", "."))
    if _MACHINE.match(plain):
        return float(plain)
    raise BadCellError(UNREADABLE)


def parser_of(column: Column) -> Callable[[str, str], Any]:
    """Return the function that reads a column's cells.

    It takes a cell's text and kind, returns the value or none (no answer), and raises
    `BadCellError` with a reason's code.
    """
    nothing = {fold(word) for word in column.ignored}

    def parse(text: str, kind: str) -> Any:
        if not text or (
            column.ignored and (text in column.ignored or (fold(text) in nothing and fold(text)))
        ):
            return None
        return _READERS[column.type](text, kind, column)

    return parse


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


def _date(text: str, _kind: str, _column: Column) -> pd.Timestamp:
    moment = parse_date(text)
    if moment is None or not 1950 <= moment.year <= 2100:
        raise BadCellError(IMPOSSIBLE_DATE)
    return pd.Timestamp(moment)


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


def read_column(text: pd.Series, kinds: pd.Series | None, column: Column) -> tuple[pd.Series, pd.Series]:
    """Read a column, each distinct cell once.

    Parameters
    ----------
    text, kinds : pd.Series
        A cell's text and kind; without kinds all is text.
    column : Column
        What the codebook says of it.

    Returns
    -------
    values, faults : pd.Series
        The value of each cell (missing where there is none), and the reason where it cannot be read.
    """
    parse = parser_of(column)
    keys = text if kinds is None else text.str.cat(kinds, sep="\x1f")
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for key in keys.unique():
        cell, _, kind = str(key).partition("\x1f")
        try:
            values[key] = parse(cell, kind)
        except BadCellError as error:
            faults[key] = str(error)
    read = keys.map(values)
    return _typed(read, column), keys.map(faults) if faults else pd.Series(
        pd.NA, index=keys.index, dtype="object"
    )


def _typed(values: pd.Series, column: Column) -> pd.Series:
    match column.type:
        case "date":
            return pd.to_datetime(values).astype("datetime64[us]")
        case "number" | "percent":
            return values.astype("float64")
        case "whole" | "choice_number":
            return values.astype("Int64")
    return values.astype("str").where(values.notna(), None).astype("str")
