"""Read the columns of a researcher's own table: numbers as offices write them, and periods in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from asn_research.clean.parse.number_texts import (
    ENGLISH,
    INDONESIAN,
    MINUTES,
    BadCellError,
    minutes_in,
    parse_number,
    styles_written,
)
from asn_research.clean.parse.period_texts import parse_period
from asn_research.errors import RequestError
from asn_research.rules.empty_texts import EMPTY_TEXTS
from asn_research.rules.month_names import MONTHS
from asn_research.rules.periods import Period
from asn_research.rules.words import Said, said, worded

_IN_BRACKETS = re.compile(r"[(\[]\s*([^()\[\]]+?)\s*[)\]]\s*$")
_MONTH = re.compile(
    rf"\b(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b|^\d{{4}}\s*[-/.]\s*\d{{1,2}}$|^\d{{1,2}}\s*[-/.]\s*\d{{4}}$"
)
_RUPIAH = re.compile(r"rp(?![a-z])", re.IGNORECASE)
_PER_YEAR = {"Q": 4, "S": 2, "Y": 1}
_SHOWN_ROWS = 5


def read_numbers(
    values: pd.Series, *, unit: str | None = None, decimal: Literal[",", "."] | None = None
) -> pd.Series:
    """Return a column of texts as numbers: decimal commas, thousands and units are understood.

    Empty cells and dashes become missing values. A cell that cannot be read is refused with its row; nothing is
    guessed.

    Parameters
    ----------
    values : pd.Series
        The column.
    unit : str, optional
        What may follow a number, such as ``"menit"``, ``"jam"``, ``"JP"`` or ``"%"``; by default what the heading
        has in brackets at its end. With a unit of time, other units of time are converted into it.
    decimal : {",", "."}, optional
        The decimal sign; needed only where a text such as ``1.250`` could mean two numbers and no other cell tells.

    Returns
    -------
    pd.Series
        Floats, with the index and the name of the column.

    Raises
    ------
    RequestError
        If a cell is no number, has another unit, or could mean two numbers.

    Examples
    --------
    >>> read_numbers(pd.Series(["39,4", "45 mnt", "-", "1 jam 5 menit"], name="Waktu Tunggu (menit)")).tolist()
    [39.4, 45.0, nan, 65.0]
    """
    if decimal not in (None, ",", "."):
        raise worded(RequestError, "error_own_decimal", decimal=decimal)
    name = _name_of(values)
    heading = _IN_BRACKETS.search(name)
    wanted = " ".join((unit or (heading[1] if heading else "")).casefold().split())
    size = MINUTES.get(wanted)
    texts = {value: " ".join(value.split()) for value in values.dropna().unique() if isinstance(value, str)}
    texts = {value: text for value, text in texts.items() if text.casefold() not in EMPTY_TEXTS}
    # Rp tells no size, so it may stand before any number, with the ",-" of a round sum behind it.
    texts = {value: text.removesuffix(",-") if _RUPIAH.match(text) else text for value, text in texts.items()}
    units = {wanted, "rp"} - {""}
    proven, doubtful = styles_written(texts.values(), units)
    if decimal:
        style = INDONESIAN if decimal == "," else ENGLISH
    elif doubtful and len(proven) != 1:
        rows = _rows(values, [value for value, text in texts.items() if text in doubtful])
        raise worded(RequestError, "error_own_two_readings", name=name, rows=rows)
    else:
        style = next(iter(proven), INDONESIAN)
    read: dict[str, float] = {}
    for value, text in texts.items():
        minutes = minutes_in(text) if size else None
        try:
            read[value] = (
                minutes / size if size and minutes is not None else parse_number(text, "", style, units)
            )
        except BadCellError:
            continue
    bad: list[object] = [value for value in texts if value not in read]
    bad += [
        v
        for v in values.dropna().unique()
        if not isinstance(v, (str, int, float, np.number)) or isinstance(v, bool)
    ]
    if bad:
        shown = unit or wanted or "menit"
        raise worded(RequestError, "error_own_no_number", name=name, n=int(values.isin(bad).sum()),
                     rows=_rows(values, bad), unit=shown)  # fmt: skip
    found = [
        read.get(v, np.nan) if isinstance(v, str) else float(v) if pd.notna(v) else np.nan for v in values
    ]
    return pd.Series(found, index=values.index, name=values.name, dtype=float)


def read_periods(values: pd.Series) -> pd.Series:
    """Return periods in words as whole numbers in their order, one apart from each to the next.

    A quarter is year × 4 + quarter, a half year is year × 2 + half, a year is itself.

    Parameters
    ----------
    values : pd.Series
        Texts such as *TW I 2024*, *Triwulan 2 2024*, *2024-Q3*, *Semester I 2024* or *2024*.

    Returns
    -------
    pd.Series
        Whole numbers; floats where a period is missing.

    Raises
    ------
    RequestError
        If a cell is no period, or quarters, half years and years are mixed.

    Examples
    --------
    >>> read_periods(pd.Series(["TW IV 2024", "TW I 2025", "2025-Q2"])).tolist()
    [8100, 8101, 8102]
    """
    name = _name_of(values)
    texts = {value: " ".join(str(value).split()) for value in values.dropna().unique()}
    texts = {value: text for value, text in texts.items() if text.casefold() not in EMPTY_TEXTS}
    read = {value: _period(text) for value, text in texts.items()}
    bad = [value for value, period in read.items() if period is None]
    if bad:
        raise worded(RequestError, "error_own_no_period", name=name, n=int(values.isin(bad).sum()),
                     rows=_rows(values, bad))  # fmt: skip
    periods = {value: period for value, period in read.items() if period is not None}
    kinds = {period.kind for period in periods.values()}
    if len(kinds) > 1:
        fewest = min(kinds, key=lambda kind: sum(p.kind == kind for p in periods.values()))
        odd = [value for value, period in periods.items() if period.kind == fewest]
        raise worded(RequestError, "error_own_mixed_periods", name=name, rows=_rows(values, odd))
    numbers = {value: p.year * _PER_YEAR[p.kind] + p.number - (p.kind == "Y") for value, p in periods.items()}
    found = pd.Series([numbers.get(value, np.nan) for value in values], index=values.index, name=values.name)
    return found.astype("int64") if len(found) and found.notna().all() else found.astype(float)


def _name_of(values: pd.Series) -> Said | str:
    """Return the name of a column for messages."""
    return said("word_this_column") if values.name is None else str(values.name)


def _period(text: str) -> Period | None:
    # A month would become its quarter, and three rows of a unit one period.
    if _MONTH.search(text.casefold()):
        return None
    try:
        return Period.parse(text)
    except RequestError:
        return parse_period(text)


def _rows(values: pd.Series, cells: Sequence[object]) -> str:
    """Return the labels of the first rows that have such cells, as they are written in ``data.loc``."""
    labels = values.index[values.isin(cells).to_numpy()]
    more = ", …" if len(labels) > _SHOWN_ROWS else ""
    return ", ".join(map(str, labels[:_SHOWN_ROWS])) + more
