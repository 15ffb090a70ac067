"""The columns of a table as estimators need them: numbers, levels of a text, yes or no, answers in their order."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from asn_research.errors import ModelError, RequestError
from asn_research.methods.option_choices import nearest
from asn_research.rules.words import Said, said, worded

#: A number as text, perhaps after Rp, and with a unit or ",-" behind it: 3,26; 1.250,5; 45 mnt; Rp 4.500.000,-.
_NUMBER_TEXT = re.compile(
    r"\s*(?P<currency>rp\.?)?\s*[+-]?(?P<digits>\d[\d.,]*?)(?:,-)?\s*(?P<unit>%|[^\W\d_]+)?\.?\s*",
    re.IGNORECASE,
)
#: Units that make an amount of a number wherever they stand. Another word makes one only in a long list of numbers
#: with that word; a letter alone makes none: 7a is a code.
_UNITS = {
    "%",
    "persen",
    "detik",
    "dtk",
    "menit",
    "mnt",
    "min",
    "jam",
    "hari",
    "hr",
    "bulan",
    "th",
    "thn",
    "tahun",
    "jp",
    "jpl",
    "orang",
    "poin",
}
#: A day as text: 2026-07-01, 1/7/26.
_DATE_TEXT = re.compile(r"\s*(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([-/.])\d{1,2}\1(?:\d{2}|\d{4}))(?!\d)")
_THOUSANDS = re.compile(r"\d{1,3}(\.\d{3})+")
#: With fewer other answers than this, nothing tells a code from an answer.
_FEWEST_BESIDE_CODE = 3
#: A column with more different values than this is not a scale of answers.
MOST_ANSWERS = 12
#: Numbers by which questionnaires and exports mark a value that is missing; the short ones are answers elsewhere.
_MISSING_CODES = {
    sign * code for sign in (1, -1) for code in (88, 98, 99, 888, 998, 999, 8888, 9998, 9999)
} | {-8, -9}
_SHORT_CODES = {8, 9, -1}


@dataclass(frozen=True)
class MissingCode:
    """A number that may stand for a missing value.

    Parameters
    ----------
    code : float
        The number.
    n : int
        How many rows hold it.
    low, high : float
        The ends of the other values.
    is_certain : bool
        Whether the others are answers in turn (1, 2, 3, …), among which such a number has no place.
    """

    code: float
    n: int
    low: float
    high: float
    is_certain: bool


def missing_code(values: pd.Series) -> MissingCode | None:
    """Return a number far from the others that is known as a code for *missing* (99, 999, -9); None if there is none.

    Far is farther than the others reach. Of 8, 9 and -1, two rows beside answers in turn are needed.

    Examples
    --------
    >>> missing_code(pd.Series([1, 2, 3, 4, 5, 99])).code
    99.0
    >>> missing_code(pd.Series([1, 2, 3, 4, 5, 6])) is None
    True
    """
    known = values.dropna().to_numpy(dtype=float)
    numbers = np.unique(known[np.isfinite(known)])
    if len(numbers) < _FEWEST_BESIDE_CODE + 1:
        return None
    for code, rest, nearest_one in (
        (numbers[-1], numbers[:-1], numbers[-2]),
        (numbers[0], numbers[1:], numbers[1]),
    ):
        n, gap = int((known == code).sum()), abs(code - nearest_one)
        in_turn = rest[0] in (0, 1) and len(rest) <= MOST_ANSWERS and bool((np.diff(rest) == 1).all())
        if code in _MISSING_CODES and gap > np.ptp(rest):
            return MissingCode(float(code), n, float(rest[0]), float(rest[-1]), in_turn)
        if code in _SHORT_CODES and in_turn and gap > 1 and n > 1:
            return MissingCode(float(code), n, float(rest[0]), float(rest[-1]), is_certain=False)
    return None


def missing_code_note(values: pd.Series, name: str) -> Said | None:
    """Return a note on a number that may stand for a missing value; None if there is none.

    Raises
    ------
    ModelError
        If the number is such a code for certain.
    """
    found = missing_code(values)
    if found is None:
        return None
    if found.is_certain:
        rest = ", ".join(f"{number:g}" for number in np.arange(found.low, found.high + 1))
        raise worded(ModelError, "error_missing_code", name=name, code=f"{found.code:g}", answers=rest)
    ends = {"low": f"{found.low:g}", "high": f"{found.high:g}"}
    return said("note_missing_code", name=name, n=found.n, code=f"{found.code:g}", **ends)


def copied_rows_note(frame: pd.DataFrame, columns: Sequence[str]) -> Said | None:
    """Return a note on rows that repeat another one in all used columns; None if there are none.

    Answers on a scale repeat by chance. So one of the columns must hold numbers most of which occur once.
    """
    used = frame[list(columns)]
    if not any(is_number(used[name]) and used[name].nunique() * 2 > len(used) for name in used):
        return None
    n = int(used.dropna().duplicated().sum())
    return said("note_copied_rows", n=n) if n else None


def refuse_dates_as_text(values: pd.Series, name: str) -> None:
    """Refuse a column of days that are no dates: as text, 01/07/2026 may be the first of July or the seventh of January.

    Raises
    ------
    ModelError
        If a known value is neither a date nor missing.
    """
    if values.dtype.kind != "M" and values.notna().any():
        raise worded(ModelError, "error_dates_as_text", name=name)


def need_columns(frame: pd.DataFrame, columns: Iterable[str]) -> None:
    """Raise an error if a table lacks a needed column, or has one of them twice.

    Raises
    ------
    ModelError
        If a column is missing or occurs twice.
    """
    wanted = [name for name in dict.fromkeys(columns) if name]
    absent = [name for name in wanted if name not in frame]
    if absent:
        near = nearest(absent[0], [str(name) for name in frame.columns])
        names = ", ".join(map(str, absent))
        if near:
            shown = near if near == near.strip() else repr(near)
            raise worded(ModelError, "error_no_column_near", names=names, near=shown)
        if absent[0] in frame.index.names:
            raise worded(ModelError, "error_column_in_index", name=absent[0])
        raise worded(ModelError, "error_no_column", names=names)
    counts = frame.columns.value_counts()
    twice = [name for name in wanted if counts[name] > 1]
    if twice:
        raise worded(ModelError, "error_column_twice", names=", ".join(twice))


def number_table(frame: pd.DataFrame, columns: Sequence[object] | None = None) -> pd.DataFrame:
    """Return columns as floats, with their names as text.

    Parameters
    ----------
    frame : pd.DataFrame
        The table.
    columns : sequence, optional
        Names of the columns; by default all.

    Raises
    ------
    ModelError
        If a column is missing, occurs twice, or holds text, dates or infinity.
    """
    named = frame.set_axis([str(name) for name in frame.columns], axis=1)
    wanted = list(named.columns) if columns is None else [str(name) for name in columns]
    need_columns(named, wanted)
    found = {name: as_numbers(named[name], name).astype(float) for name in wanted}
    return pd.DataFrame(found, index=frame.index, columns=wanted)


def is_number(values: pd.Series) -> bool:
    """Whether a column holds numbers or booleans; a categorical column does not, even if its labels are numbers."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return False
    if pd.api.types.is_numeric_dtype(values):
        return True
    if values.dtype != object:
        return False
    known = values.dropna()
    return len(known) > 0 and all(isinstance(value, (int, float, np.number, np.bool_)) for value in known)


def as_numbers(values: pd.Series, name: str) -> pd.Series:
    """Return a column as numbers.

    Parameters
    ----------
    values : pd.Series
        The column.
    name : str
        The column's name in messages.

    Raises
    ------
    ModelError
        If the column holds text, dates or infinity.
    """
    if not is_number(values):
        refuse_numbers_as_text(values, name)
        if values.notna().any():
            raise worded(ModelError, "error_not_numbers", name=name)
        return pd.Series(np.nan, index=values.index, name=values.name, dtype="float64")
    # A numeric numpy column is returned without a copy, to save memory for the panel of a city.
    plain = isinstance(values.dtype, np.dtype) and values.dtype.kind in "fiu"
    numbers = values if plain else values.astype("Float64").astype(float)
    endless = int(np.isinf(numbers.to_numpy(dtype=float)).sum())
    if endless:
        raise worded(ModelError, "error_infinite", name=name, n=endless)
    return numbers


def refuse_numbers_as_text(values: pd.Series, name: str) -> None:
    """Refuse text that holds amounts, which as levels would become one term a number.

    Amounts are numbers with a decimal comma, thousands, Rp or a unit, long lists of numbers with a decimal point,
    and long lists of numbers beside cells that are none, such as a dash. Whole numbers alone may be codes that the
    caller has made text, and a categorical column is what its maker says.

    Raises
    ------
    ModelError
        If half of the values or more are such texts.
    """
    if is_number(values) or isinstance(values.dtype, pd.CategoricalDtype):
        return
    counts = values[[isinstance(value, str) for value in values]].value_counts()
    found = {text: _NUMBER_TEXT.fullmatch(text) for text in counts.index}
    units = {match["unit"].casefold() for match in found.values() if match and match["unit"]}
    # One word behind all numbers is their unit, even if it is none that is known.
    known = _UNITS | (units if len(units) == 1 and len(counts) > MOST_ANSWERS else set())
    like = counts[[match is not None and _is_unit(match["unit"], known) for match in found.values()]]
    marked = any(_is_amount(found[text]) for text in like.index)
    is_long = len(like) > MOST_ANSWERS
    whole = like.sum() == counts.sum() and all(text.strip().isdecimal() for text in like.index)
    if like.sum() * 2 >= values.notna().sum() > 0 and (marked or (is_long and not whole)):
        raise worded(ModelError, "error_numbers_as_text", name=name, n=int(like.sum()))


def _is_unit(word: str | None, known: Container[str]) -> bool:
    return word is None or ((len(word) > 1 or word == "%") and word.casefold() in known)


def _is_amount(match: re.Match[str] | None) -> bool:
    """Whether a number as text is an amount by how it is written, rather than perhaps a code."""
    return match is not None and bool(
        match["currency"] or match["unit"] or "," in match["digits"] or _THOUSANDS.fullmatch(match["digits"])
    )


def level_columns(values: pd.Series, name: str) -> dict[str, pd.Series]:
    """Return dummy columns (0 or 1) for the levels of a text column, except for the first level.

    Levels are in their own order for a categorical column, otherwise in alphabetical order. Levels without
    a row are left out. The first level is the reference level of the others.

    Parameters
    ----------
    values : pd.Series
        The column.
    name : str
        The name of the column; the dummy column of a level is called ``name=level``.

    Raises
    ------
    ModelError
        If all rows have the same level, or the levels are dates, of which each would become a term.
    """
    if _is_dates(values):
        raise worded(ModelError, "error_dates_as_levels", name=name)
    present = levels_of(values)
    if len(present) < 2:
        raise worded(ModelError, "error_one_level", name=name)
    return {f"{name}={level}": (values == level).astype(float) for level in present[1:]}


def _is_dates(values: pd.Series) -> bool:
    """Whether at least half the values are dates, as such or as text; a categorical column never is."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return False
    if values.dtype.kind in "Mm" or isinstance(values.dtype, (pd.DatetimeTZDtype, pd.PeriodDtype)):
        return True
    known = values.dropna()
    dates = [
        bool(_DATE_TEXT.match(value)) if isinstance(value, str) else isinstance(value, (date, pd.Period))
        for value in known
    ]
    return sum(dates) * 2 >= len(dates) > 0


def levels_of(values: pd.Series) -> list[Any]:
    """Return the levels that occur in a column: in their own order for a categorical column, else sorted."""
    known = values.dropna()
    if isinstance(known.dtype, pd.CategoricalDtype):
        return [level for level in known.cat.categories if (known == level).any()]
    try:
        return sorted(known.unique())
    except TypeError:
        return sorted(known.unique(), key=str)


def yes_or_no(values: pd.Series | np.ndarray, name: str = "ended") -> np.ndarray:
    """Return values of 1 and 0, or True and False, as booleans.

    Raises
    ------
    ModelError
        If a value is missing, or is anything else than True, False, 1 or 0. R's codes 1 and 2 are refused,
        because in R 1 means no and here it would mean yes.
    """
    if values.dtype == bool:
        return np.asarray(values)
    column = pd.Series(np.asarray(values, dtype=object))
    found = set(column.dropna().unique())
    if column.isna().any() or not all(is_number(pd.Series([value])) and value in (0, 1) for value in found):
        shown = ", ".join(sorted(map(str, found))[:6]) + (", nan" if column.isna().any() else "")
        raise worded(ModelError, "error_not_ended", name=name, found=shown)
    return np.asarray(column.astype(float).to_numpy() == 1)


def answer_codes(
    values: pd.Series, name: str, order: Sequence[object] | None = None
) -> tuple[np.ndarray, list[Any]]:
    """Return ordered answers as codes from 0, and the list of answers.

    Parameters
    ----------
    values : pd.Series
        The answers, none missing.
    name : str
        The column, for messages.
    order : sequence, optional
        The answers from lowest to highest.

    Raises
    ------
    ModelError
        If all answers are equal, or there are too many different ones for a scale of answers.
    RequestError
        If the answers are text and their order is not given.
    """
    answers = ordered_answers(values, name, order)
    if len(answers) < 2:
        raise worded(ModelError, "error_one_answer", name=name)
    if len(answers) > MOST_ANSWERS:
        raise worded(ModelError, "error_many_answers", name=name, n=len(answers), most=MOST_ANSWERS)
    place = {answer: number for number, answer in enumerate(answers)}
    return values.map(place).to_numpy(dtype=int), answers


def ordered_answers(values: pd.Series, name: str, order: Sequence[object] | None = None) -> list[Any]:
    """Return the answers of a column from lowest to highest.

    Numbers, and text that holds only numbers, are ordered by value; an ordered category has its own order.
    Other text has no order of its own: the alphabet would put "amat tinggi" (very high) first, "rendah"
    (low) second and "sedang" (medium) last.

    Parameters
    ----------
    values : pd.Series
        The answers.
    name : str
        The column, for messages.
    order : sequence, optional
        The answers from lowest to highest.

    Raises
    ------
    RequestError
        If the answers are text and their order is not given.
    ModelError
        If ``order`` leaves an answer out.
    """
    known = values.dropna()
    given = list(known.unique())
    if order is not None:
        repeated = [str(value) for value in dict.fromkeys(order) if list(order).count(value) > 1]
        if repeated:
            raise worded(RequestError, "error_order_twice", answers=", ".join(repeated))
        absent = [str(value) for value in given if value not in list(order)]
        if absent:
            raise worded(ModelError, "error_answers_unnamed", name=name, answers=", ".join(sorted(absent)))
        return [value for value in order if value in given]
    if len(given) < 2:
        return given
    if isinstance(known.dtype, pd.CategoricalDtype) and known.cat.ordered:
        return levels_of(known)
    try:
        by_value = {value: float(value) for value in given}
    except (TypeError, ValueError):
        shown = ", ".join(sorted(map(str, given))[:6])
        raise worded(RequestError, "error_no_order", name=name, answers=shown) from None
    if not all(np.isfinite(number) for number in by_value.values()):
        raise worded(
            ModelError, "error_infinite", name=name, n=sum(not np.isfinite(v) for v in known.astype(float))
        )
    refuse_missing_codes(by_value.values(), name)
    return sorted(given, key=by_value.__getitem__)


def refuse_missing_codes(answers: Iterable[float], name: str) -> None:
    """Refuse answers in whole numbers of which the lowest or highest lies far off, as 9, 99 and -9 for missing do.

    Far off is a step longer than the number of the other answers, and than twice their longest step.

    Raises
    ------
    ModelError
        If there is such an answer.
    """
    numbers = sorted(set(answers))
    if len(numbers) < _FEWEST_BESIDE_CODE + 1 or any(number != round(number) for number in numbers):
        return
    steps = np.diff(numbers)
    for code, step, others in ((numbers[-1], steps[-1], steps[:-1]), (numbers[0], steps[0], steps[1:])):
        if step > max(len(numbers) - 1, 2 * others.max()):
            rest = ", ".join(f"{number:g}" for number in numbers if number != code)
            raise worded(ModelError, "error_missing_code", name=name, code=f"{code:g}", answers=rest)
