"""Tables of the lessons: whole texts, the language's decimal sign, small p-values as such."""

from __future__ import annotations

from datetime import date

import pandas as pd

from asn_research.errors import RequestError
from asn_research.export.figures import Figures, is_p_value
from asn_research.export.table_grid import Grid
from asn_research.rules.words import Language, Words, check_language, load_words, worded
from asn_research.show.numbers import is_missing

_MOST_ROWS = 60
_MOST_DECIMALS = 10
#: Columns whose members are names of terms, sources or effects.
_OF_NAMES = frozenset({"term", "part", "source", "group", "attribute"})
#: Smaller whole numbers may be estimates that happen to be whole.
_LEAST_COUNT = 100


def shown(
    table: pd.DataFrame | pd.Series, *, language: Language = "id", decimals: int = 3, rows: int = _MOST_ROWS
) -> Grid:
    """Return a table for readers of a language: headings, numbers and p-values as the language writes them.

    Parameters
    ----------
    table : pd.DataFrame or pd.Series
        What is shown. Columns named ``p``, ``p_…`` or ``…_p`` hold p-values. In columns such as ``term`` and
        ``source``, members that have a word are called by it.
    language : {"id", "en"}
        Of the decimal sign and of the headings that have a word.
    decimals : int
        Of numbers with a fraction, from 0 to 10; a smaller one gets two digits of its own.
    rows : int
        The most rows shown; how many are left out is said below.

    Returns
    -------
    Grid
        Shows itself in a notebook.

    Raises
    ------
    RequestError
        If the language does not exist, or the decimals or rows are out of range.

    Examples
    --------
    >>> print(shown(pd.DataFrame({"kota": ["Pontianak"], "p_value": [1e-9]})).to_markdown())
    | kota      | Nilai p |
    |:----------|--------:|
    | Pontianak | < 0,001 |
    """
    check_language(language)
    if not 0 <= decimals <= _MOST_DECIMALS or rows < 1:
        msg = f"A table has from 0 to {_MOST_DECIMALS} decimals and at least one row, not {decimals} and {rows}."
        raise RequestError(msg)
    words, figures = load_words(language), Figures("," if language == "id" else ".", decimals)
    frame = table.to_frame() if isinstance(table, pd.Series) else table
    if not isinstance(frame, pd.DataFrame):
        raise worded(RequestError, "error_no_frame", function="shown", given=type(table).__name__)
    if not (
        isinstance(frame.index, pd.RangeIndex) or (frame.index.name is None and _is_counted(frame.index))
    ):
        frame = frame.reset_index(names=None if any(frame.index.names) else "")
    head = tuple(_called(words, str(name), ("result", "heading")) for name in frame.columns)
    first = frame.head(rows)
    cells = [
        [
            _called(words, value, ("result_term", "heading"))
            if name in _OF_NAMES and isinstance(value, str)
            else _cell(str(name), value, figures, language)
            for value in _counted(first[name])
        ]
        for name in frame.columns
    ]
    more = (words("lesson_more_rows", n=len(frame) - rows),) if len(frame) > rows else ()
    return Grid(head, tuple(zip(*cells, strict=True)), notes=more)


def _called(words: Words, name: str, families: tuple[str, ...]) -> str:
    """Return the word for a name in the first family that has one; the name itself if none has."""
    for family in families:
        if words.has(key := f"{family}_{name.replace(' ', '_')}"):
            return words(key)
    return name


def _counted(column: pd.Series) -> list[object]:
    """Return the values of a column; counts that became floats because of a gap are whole numbers again."""
    values = list(column)
    known = [value for value in values if not is_missing(value)]
    if known and all(isinstance(value, float) and value.is_integer() for value in known):
        largest = max(abs(value) for value in known if isinstance(value, float))
        if largest >= _LEAST_COUNT:
            return [value if is_missing(value) else int(value) for value in values]
    return values


def _is_counted(index: pd.Index) -> bool:
    """Return whether an index has row numbers only, which readers do not need."""
    return isinstance(index.dtype, type(pd.Index([0]).dtype)) and index.dtype.kind == "i"


def _cell(name: str, value: object, figures: Figures, language: str) -> str:
    if is_missing(value):
        return ""
    if type(value).__name__ in {"bool", "bool_"}:
        return load_words(language)("lesson_yes" if value else "lesson_no")
    if isinstance(value, date):
        return value.isoformat()[:10]
    return _number(name, value, figures) if hasattr(value, "__float__") else str(value)


def _number(name: str, value: object, figures: Figures) -> str:
    """Return a number as text, by the kind of its column: a p-value, a year, a count, or another number."""
    number = float(value)  # type: ignore[arg-type]
    if is_p_value(name):
        return figures.p(number)
    if isinstance(value, float):
        return figures.number(number)
    # The thousands of a year are not set apart.
    return str(value) if name in {"year", "tahun"} else figures.whole(number)
