"""Tables of the lessons: whole texts, the language's decimal sign, small p-values as such."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

import pandas as pd

from asn_research.errors import RequestError
from asn_research.export.figures import Figures, is_p_value
from asn_research.export.table_grid import Grid
from asn_research.rules.words import Language, Words, check_language, load_words, worded
from asn_research.show.numbers import is_missing

_MOST_ROWS = 60
_MOST_DECIMALS = 10
#: By column whose members are names: the families of `words.csv` that call them. "" is an index without a name.
_FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(("term", "part", "source", "group", "attribute"), ("result_term", "heading")),
        **dict.fromkeys(("level", "base"), ("group",)),
        **dict.fromkeys(("step", "reached"), ("step",)),
        **dict.fromkeys(("test_kind", "status", "decision", "answer", "unit", ""), ("member",)),
        "column": ("element", "heading"),
        "element": ("element",),
        "estimator": ("estimator",),
        "item": ("scale",),
        "scale": ("scale",),
        "verdict": ("fit",),
    }
)
#: The number of a question at the end of its name.
_NUMBER_OF = re.compile(r"(?P<scale>.+)_(?P<number>\d+)")
#: Smaller whole numbers may be estimates that happen to be whole.
_LEAST_COUNT = 100


def shown(
    table: pd.DataFrame | pd.Series,
    *,
    language: Language = "id",
    decimals: int = 3,
    rows: int = _MOST_ROWS,
    ranges: Sequence[str] = (),
) -> Grid:
    """Return a table for readers of a language: headings, numbers and p-values as the language writes them.

    Parameters
    ----------
    table : pd.DataFrame or pd.Series
        What is shown. Columns named ``p``, ``p_…`` or ``…_p`` hold p-values. In columns such as ``term``,
        ``status`` and ``scale``, members that have a word are called by it.
    language : {"id", "en"}
        Of the decimal sign and of the headings that have a word.
    decimals : int
        Of numbers with a fraction, from 0 to 10; a smaller one gets two digits of its own.
    rows : int
        The most rows shown; how many are left out is said below.
    ranges : sequence of str
        Columns beside whose number its interval stands in brackets, from the columns ``…_low`` and ``…_high``.

    Returns
    -------
    Grid
        Shows itself in a notebook.

    Raises
    ------
    RequestError
        If the language does not exist, the decimals or rows are out of range, or an interval has no columns.

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
    lacking = [each for each in ranges if not {each, *_ends(each)} <= set(frame.columns)]
    if lacking:
        raise worded(RequestError, "error_shown_ranges", columns=", ".join(lacking))
    first = frame.head(rows)
    cells = {name: _column(words, str(name), first[name], figures, language) for name in frame.columns}
    between = words("range_between")
    for name in ranges:
        low, high = (cells.pop(end) for end in _ends(name))
        cells[name] = [
            # No line breaks within an interval.
            f"{each} ({lowest}{between if '−' in lowest + highest else ' – '}{highest})".replace(
                " ", "\N{NO-BREAK SPACE}"
            )
            if lowest and highest
            else each
            for each, lowest, highest in zip(cells[name], low, high, strict=True)
        ]
    head = tuple(
        _called(words, str(name), ("result", "heading")) + (" (95%)" if name in ranges else "")
        for name in cells
    )
    more = (words("lesson_more_rows", n=len(frame) - rows),) if len(frame) > rows else ()
    return Grid(head, tuple(zip(*cells.values(), strict=True)), notes=more)


def _ends(name: str) -> tuple[str, str]:
    return f"{name}_low", f"{name}_high"


def _column(words: Words, name: str, column: pd.Series, figures: Figures, language: str) -> list[str]:
    """Return the texts of a column: its members' words where it holds names, else its values."""
    families = _FAMILIES.get(name)
    return [
        _member(words, value, families)
        if families and isinstance(value, str)
        else _cell(name, value, figures, language)
        for value in _counted(column)
    ]


def _member(words: Words, name: str, families: tuple[str, ...]) -> str:
    """Return what a member is called; an item by its scale and number."""
    numbered = _NUMBER_OF.fullmatch(name) if families == _FAMILIES["item"] else None
    if numbered and words.has(f"scale_{numbered['scale']}"):
        return f"{_called(words, numbered['scale'], families)} {numbered['number']}"
    return _called(words, name, families)


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
