"""Labels that would be counted as different although one thing is meant, and labels that stand for no value."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.rules.empty_texts import EMPTY_TEXTS
from asn_research.rules.words import Said, said, worded

_WHOLE_NUMBER = re.compile(r"0*(\d+)(?:[.,]0+)?")


def refuse_spellings(values: pd.Series, name: str) -> None:
    """Refuse labels that differ only in how they are written; each spelling would be a level of its own.

    Ways of writing are blanks and signs that cannot be seen, a number as text beside the same number (12, "12",
    "012", "12.0"), and the apostrophe by which Excel marks text. Capitals may tell two names apart: see
    `capitals_differ`. The levels of a categorical column were chosen by its maker: there only blanks are compared.

    Parameters
    ----------
    values : pd.Series
        The column.
    name : str
        The column's name in messages.

    Raises
    ------
    ModelError
        If two labels differ only in how they are written. The message names rows and shows no label, since a
        label may be a person's name.
    """
    labels = _labels(values)
    blanks = _twins(values, labels, labels.map(_without_blanks))
    if blanks:
        raise worded(ModelError, "error_stray_blanks", name=name, rows=blanks.rows, n=blanks.n)
    if isinstance(values.dtype, pd.CategoricalDtype):
        return
    written = _twins(values, labels, labels.map(_plain))
    if written:
        raise worded(ModelError, "error_spellings", name=name, rows=written.rows, n=written.n)


def capitals_differ(values: pd.Series, name: str) -> Said | None:
    """Return a note if labels differ in capitals alone, such as Dishub and DISHUB; None if not, or if a category."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return None
    labels = _labels(values)
    twins = _twins(values, labels, labels.map(lambda label: _plain(label).casefold()))
    return said("note_capitals", name=name, rows=twins.rows, n=twins.n) if twins else None


@dataclass(frozen=True)
class _Twins:
    """How many labels repeat another one, and the first row of one such label and of the one that it repeats."""

    n: int
    rows: str


def _labels(values: pd.Series) -> pd.Series:
    """Return the different labels of a column with text among them; none of other columns."""
    labels = pd.Series(values.dropna().unique().tolist(), dtype=object)
    return labels if any(isinstance(label, str) for label in labels) else labels.iloc[:0]


def _twins(values: pd.Series, labels: pd.Series, plain: pd.Series) -> _Twins | None:
    twice = plain.duplicated().to_numpy(dtype=bool)
    if not twice.any():
        return None
    second = int(np.argmax(twice))
    first = int(np.argmax(plain == plain[second]))
    rows = ", ".join(str(_row_of(values, labels[place])) for place in (first, second))
    return _Twins(int(twice.sum()), rows)


def refuse_nothing_as_label(values: pd.Series, name: str) -> None:
    """Refuse a dash, an empty text or the text *nan* as a label: all rows without a value would be one group.

    The levels of a categorical column were chosen by its maker and are taken as they are.

    Raises
    ------
    ModelError
        If such a text is among the labels.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        return
    empty = [
        label
        for label in values.dropna().unique()
        if isinstance(label, str) and _plain(label).casefold() in EMPTY_TEXTS
    ]
    if empty:
        found = values.isin(empty)
        raise worded(
            ModelError,
            "error_nothing_as_label",
            name=name,
            n=int(found.sum()),
            labels=", ".join(map(repr, empty)),
        )


def _row_of(values: pd.Series, label: object) -> object:
    return values.index[int(np.argmax([value is label or value == label for value in values.astype(object)]))]


def _without_blanks(label: object) -> object:
    """Return a text with single blanks, and without the signs that cannot be seen."""
    if not isinstance(label, str):
        return label
    seen = "".join(sign for sign in label if unicodedata.category(sign) != "Cf")
    return " ".join(seen.split())


def _plain(label: object) -> str:
    """Return what a label says, however it is written."""
    if isinstance(label, (float, np.floating)) and float(label).is_integer():
        return str(int(label))
    text = unicodedata.normalize("NFKC", str(_without_blanks(label))).strip().removeprefix("'")
    whole = _WHOLE_NUMBER.fullmatch(text)
    return whole[1] if whole else text
