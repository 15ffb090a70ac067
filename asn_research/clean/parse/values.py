"""Parse cells into values (numbers, dates, choices). Each distinct cell is parsed once, by a `Form`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from asn_research.clean.parse.dates import DAY_FIRST, MONTH_FIRST, WIB, days_of_span, moment_of, read_written
from asn_research.clean.parse.number_texts import (
    CLOCKS,
    INDONESIAN,
    UNREADABLE,
    BadCellError,
    clock_parts,
    is_machine_form,
    minutes_in,
    parse_number,
    units_of,
)
from asn_research.clean.parse.period_texts import parse_period
from asn_research.read.cells import NUMBER, Cells
from asn_research.rules.codebooks import Column, fold, fold_answer, missing_spellings
from asn_research.rules.periods import Period

#: Reason codes of unreadable cells, as in `reasons.csv`.
OUT_OF_RANGE, IMPOSSIBLE_DATE = "out_of_range", "impossible_date"
#: "4 - Sangat Setuju", "3. Baik", "2 (Kurang)"; and "Sangat sesuai (4)".
_NUMBER_AND_WORD = re.compile(r"\(?(?P<number>\d)\)?\s*[-–.:=)(]*\s*(?P<word>[^\W\d][^\d]*?)\)?")
_WORD_AND_NUMBER = re.compile(r"(?P<word>[^\W\d][^\d]*?)\s*[-–:=(]+\s*(?P<number>\d)\s*\)?")
#: "d. Sangat mudah", "(d) Sangat mudah": the word decides.
_LETTER_AND_WORD = re.compile(r"\(?[a-e]\s*[.):-]+\s*(?P<word>[^\W\d][^\d]*)", re.IGNORECASE)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
_COUNTING = {"satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7}
_BARE_NUMBER = re.compile(r"[\s'(]*\d+[\s.)']*")
#: A date as a spreadsheet stores it: the number of days since 1899-12-30, for the years 2000 to 2099.
_SERIAL = re.compile(r"^(?:3[7-9]|[4-6]\d|7[0-2])\d{3}(?:[.,]\d+)?$")
#: A Unix timestamp in seconds or milliseconds since 1970, for the years 2014 to 2033.
_EPOCH = re.compile(r"^(1[4-9]\d{8})(\d{3})?(?:\.0)?$")
#: A cell: its text and its kind.
Cell = tuple[str, str]


def missing_reason(text: str, column: Column) -> str | None:
    """Return the coded reason if a text means "no answer"; else None. In a text column it never does."""
    return None if column.type == "text" else reason_said(text, column)


def reason_said(text: str, column: Column) -> str | None:
    """Return the coded reason if a text means "no answer"; else None."""
    if not text:
        return None
    if text.casefold() in column.ignored or text in column.ignored:
        return "no_answer"
    return missing_spellings().get(text.casefold())


@dataclass(frozen=True)
class Form:
    """The way to read the cells of one column.

    Parameters
    ----------
    order : str
        The order of day and month.
    local : int
        Minutes that the local time is ahead of UTC.
    number : str
        The style of decimal points and commas.
    codes : mapping of str to str
        Folded spellings with a code that overrides the codebook.
    factors : mapping of Cell to float
        Cells whose number is multiplied by a factor: a fraction of a hundred, or of a day.
    swapped : frozenset of Cell
        Date cells in which a spreadsheet exchanged day and month.
    waiting : frozenset of Cell
        Cells that cannot be read until a question is answered.
    refused : mapping of Cell to str
        Cells that cannot be right, with the reason code.
    clock : str
        What the two numbers of a length such as 00:12 are, a key of `CLOCKS`; empty if it is not known.
    dotted : bool
        Whether such a length may be written with a point: 00.12.
    units : frozenset of str
        Units that numbers of the column may have, beside those of the codebook.
    """

    order: str = DAY_FIRST
    local: int = WIB
    number: str = INDONESIAN
    codes: Mapping[str, str] = field(default_factory=dict)
    factors: Mapping[Cell, float] = field(default_factory=dict)
    swapped: frozenset[Cell] = frozenset()
    waiting: frozenset[Cell] = frozenset()
    refused: Mapping[Cell, str] = field(default_factory=dict)
    clock: str = ""
    dotted: bool = False
    units: frozenset[str] = frozenset()


_USUAL = Form()


def parse_cell(text: str, kind: str, column: Column, form: Form = _USUAL) -> Any:
    """Return the value of a cell by its codebook column; None if the cell is empty or means "no answer".

    Raises
    ------
    BadCellError
        If the cell cannot be read; the argument is the reason code.
    """
    return None if not text or missing_reason(text, column) else _parsed(text, kind, column, form)


def _parsed(text: str, kind: str, column: Column, form: Form) -> Any:
    if form.refused and (text, kind) in form.refused:
        raise BadCellError(form.refused[text, kind])
    return _READERS[column.type](text, kind, column, form)


def _number(text: str, kind: str, column: Column, form: Form) -> float:
    if column.column.endswith("_minutes") and (minutes := minutes_in(text)) is not None:
        value = minutes
    elif form.clock and kind != NUMBER and (parts := clock_parts(text, dotted=form.dotted)):
        value = sum(n * of for n, of in zip(parts, CLOCKS[form.clock], strict=True))
    else:
        value = parse_number(text, kind, form.number, units_of(column) | form.units)
        if column.limits and value > column.limits[1] and is_machine_form(text):
            # "3.868" is read as 3.868 if 3868 is above the limit of the column.
            value = float(text)
    value *= form.factors.get((text, kind), 1.0)
    if form.factors and (text, kind) in form.factors:
        value = round(value, 6)
    if column.limits and not column.limits[0] <= value <= column.limits[1]:
        raise BadCellError(OUT_OF_RANGE)
    return value


def _whole(text: str, kind: str, column: Column, form: Form) -> int:
    value = _number(text, kind, column, form)
    if value != int(value):
        raise BadCellError(UNREADABLE)
    return int(value)


def _date(text: str, kind: str, column: Column, form: Form) -> np.datetime64:
    moment = (
        _day_of_serial(text)
        or _moment_of_epoch(text, form.local)
        or moment_of(text, form.order, form.local)
        or _day_of_span(text, column)
    )
    if moment and form.swapped and (text, kind) in form.swapped:
        moment = moment.replace(month=moment.day, day=moment.month)
    if moment is None or not 1950 <= moment.year <= 2100:
        raise BadCellError(IMPOSSIBLE_DATE)
    return np.datetime64(moment, "us")


def is_date(text: str) -> bool:
    """Return whether a text is a date in any order of day and month."""
    written = read_written(text)
    return bool(
        _day_of_serial(text)
        or days_of_span(text)
        or (written and any(written.moment(o) for o in (DAY_FIRST, MONTH_FIRST)))
    )


def _moment_of_epoch(text: str, local: int) -> datetime | None:
    """Return the local time of a Unix timestamp; None if the text is not one."""
    found = _EPOCH.match(text)
    return datetime(1970, 1, 1) + timedelta(seconds=int(found[1]), minutes=local) if found else None


def _day_of_serial(text: str) -> datetime | None:
    """Return the date of a serial number (a date cell that lost its format); None if the text is not one."""
    if not _SERIAL.match(text):
        return None
    return datetime(1899, 12, 30) + timedelta(days=float(text.replace(",", ".")))


#: Columns whose date only determines the period, so that any day of a range in one period is usable.
_ANY_DAY = {"survey_date", "appraised_date"}


def _day_of_span(text: str, column: Column) -> datetime | None:
    """Return the day to use for a range of days: the first for a start, else the last; None if unclear."""
    span = days_of_span(text)
    if span is None or column.column not in {"start_date", "finish_date", *_ANY_DAY}:
        return None
    first, last = span
    if column.column == "start_date":
        return first
    is_split = Period.containing(first.date()) != Period.containing(last.date())
    return None if is_split and column.column in _ANY_DAY else last


def _period(text: str, _kind: str, _column: Column, _form: Form) -> str:
    period = parse_period(text)
    if period is None:
        raise BadCellError(UNREADABLE)
    return period.code


def code_of(text: str, column: Column, form: Form = _USUAL) -> str | None:
    """Return the code of a choice; None if the text is not one of its spellings.

    A number with a sign has another meaning: ">3", "3+" and "-3" are not 3.
    """
    plain = fold(text)
    if plain.isdigit() and not _BARE_NUMBER.fullmatch(text):
        return None
    return form.codes.get(plain) or column.codes.get(plain) or column.codes.get(fold_answer(text))


def _choice(text: str, _kind: str, column: Column, form: Form) -> str:
    code = code_of(text, column, form) or _code_of_word(text, column, form)
    if code is None:
        raise BadCellError(UNREADABLE)
    return code


def word_and_number(text: str) -> tuple[str, str]:
    """Return the word of an answer, and the digit beside it; empty if there is none.

    Examples
    --------
    >>> word_and_number("2. Tidak puas"), word_and_number("b. Tidak puas"), word_and_number("Puas")
    (('Tidak puas', '2'), ('Tidak puas', ''), ('Puas', ''))
    """
    for pattern in (_NUMBER_AND_WORD, _WORD_AND_NUMBER, _LETTER_AND_WORD):
        if both := pattern.fullmatch(text.strip()):
            return both["word"], both.groupdict().get("number") or ""
    return text, ""


def _code_of_word(text: str, column: Column, form: Form) -> str | None:
    """Return the code of a word with a number or letter: Sesuai Ekspektasi (2), b. Perempuan.

    Only the word is used, because offices number their choices in different ways.
    """
    for pattern in (_NUMBER_AND_WORD, _WORD_AND_NUMBER, _LETTER_AND_WORD):
        if both := pattern.fullmatch(text.strip()):
            return code_of(both["word"], column, form)
    return None


def _choice_number(text: str, kind: str, column: Column, form: Form) -> int:
    code = code_of(text, column, form) or form.codes.get(text) or _code_beside(text, column, form)
    if code is not None:
        return int(code)
    try:
        value = answer_number(text, kind, form.number)
    except BadCellError:
        raise BadCellError(UNREADABLE) from None
    code = _code_of_number(value, column, form)
    if code is None:
        raise BadCellError(OUT_OF_RANGE)
    return int(code)


def answer_number(text: str, kind: str, style: str = INDONESIAN) -> float:
    """Return the value of an answer in digits or as a Roman numeral.

    Raises
    ------
    BadCellError
        If the text is not a number.
    """
    return float(_ROMAN.get(fold(text)) or parse_number(text, kind, style, ()))


def _code_of_number(value: float, column: Column, form: Form) -> str | None:
    plain = f"{value:g}"
    return form.codes.get(fold(plain)) or column.codes.get(plain)


def _code_beside(text: str, column: Column, form: Form) -> str | None:
    """Return the code of a number with its word, if both agree, or of a word with a letter; else None."""
    for pattern in (_NUMBER_AND_WORD, _WORD_AND_NUMBER):
        both = pattern.fullmatch(text.strip())
        if both:
            word = fold(both["word"])
            said = column.codes.get(word) or str(_COUNTING.get(word, ""))
            if said == both["number"] and said in column.codes:
                return said
    lettered = _LETTER_AND_WORD.fullmatch(text.strip())
    return code_of(lettered["word"], column, form) if lettered else None


def _text(text: str, _kind: str, _column: Column, _form: Form) -> str:
    return " ".join(text.split())


_READERS: dict[str, Callable[[str, str, Column, Form], Any]] = {
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
class ParsedColumn:
    """The parsed values of a column.

    Parameters
    ----------
    values : pd.Series
        The value of each row; missing if there is none.
    faults : dict of str to np.ndarray
        By reason code, the mask of rows with an unreadable cell.
    missing : dict of str to np.ndarray
        By coded reason, the mask of rows whose cell means "no answer".
    """

    values: pd.Series
    faults: dict[str, np.ndarray]
    missing: dict[str, np.ndarray]

    @property
    def unread(self) -> np.ndarray:
        """Mask of the rows with an unreadable cell."""
        mask = np.zeros(len(self.values), bool)
        for part in self.faults.values():
            mask |= part
        return mask


def read_column(cells: Cells, column: Column, forms: Sequence[Form] = (_USUAL,)) -> ParsedColumn:
    """Parse a column; each distinct cell is parsed once.

    Parameters
    ----------
    cells : Cells
        The raw column. With several forms, it has one block of all distinct cells for each form.
    column : Column
        Its entry in the codebook.
    forms : sequence of Form
        The way to read each block.

    Returns
    -------
    ParsedColumn
    """
    values: list[Any] = [None] * len(cells.texts)
    faults: dict[str, list[int]] = {}
    missing: dict[str, list[int]] = {}
    block = max(1, len(cells.texts) // len(forms))
    for at, (text, kind) in enumerate(zip(cells.texts, cells.kinds, strict=True)):
        form = forms[at // block]
        if form.waiting and (text, kind) in form.waiting:
            continue
        if not text:
            continue
        if reason := missing_reason(text, column):
            missing.setdefault(reason, []).append(at)
            continue
        try:
            values[at] = _parsed(text, kind, column, form)
        except BadCellError as error:
            faults.setdefault(str(error), []).append(at)
    return ParsedColumn(
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
    """Return a categorical of texts with sorted categories; ``codes`` has the index in ``values`` per row."""
    known = sorted({v for v in values if v is not None})
    at = {value: place for place, value in enumerate(known)}
    # The smallest possible type of codes saves memory, because there is one code per row.
    dtype = np.int8 if len(known) < 1 << 7 else np.int16 if len(known) < 1 << 15 else np.int32
    places = np.array([-1 if v is None else at[v] for v in values], dtype)
    return pd.Categorical.from_codes(places[codes], categories=pd.Index(known, dtype="str"))
