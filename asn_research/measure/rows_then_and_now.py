"""Pair the rows of a source in two editions: which row is the same, which has changed, and which is new or gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

UNIT_COLUMNS = ("unit_id", "reporting_unit_id")
#: Columns that do not tell one row from another: where it stood, and what other rows make of it.
_NOT_CONTENT = frozenset({"row_id", "screen", *UNIT_COLUMNS})


@dataclass(frozen=True)
class MatchedRows:
    """The rows of one source then and now, each with its partner.

    Parameters
    ----------
    then, now : pd.DataFrame
        The rows.
    partner : array of int
        For each row of now, the position of the same row then; -1 for a new one.
    is_changed : array of bool
        For each row of now, whether its content changed since.
    """

    then: pd.DataFrame
    now: pd.DataFrame
    partner: np.ndarray[Any, np.dtype[np.int64]]
    is_changed: np.ndarray[Any, np.dtype[np.bool_]]

    @property
    def is_gone(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which rows of then are there no more."""
        gone = np.ones(len(self.then), bool)
        gone[self.partner[self.partner >= 0]] = False
        return gone


def match_rows(then: pd.DataFrame, now: pd.DataFrame) -> MatchedRows:
    """Pair the rows of then and now: first those with equal content, then by their place, then within a unit.

    A file that was sent again has other places, so a corrected row is paired with any row of its unit that is
    there no more. Without such a row it is new.
    """
    columns = [str(name) for name in then if name in now and name not in _NOT_CONTENT]
    if len(then) == len(now) and then[columns].equals(now[columns]):
        return MatchedRows(then, now, np.arange(len(now), dtype=np.int64), np.zeros(len(now), bool))
    partner = np.full(len(now), -1, dtype=np.int64)
    content = [_keyed(frame, columns) for frame in (then, now)]
    _pair(partner, *content)
    is_changed = partner < 0
    if "row_id" in then and "row_id" in now:
        _pair(partner, then["row_id"].astype("str"), now["row_id"].astype("str"))
    _pair(partner, _numbered(then["reporting_unit_id"], partner_of=partner), _numbered_now(now, partner))
    return MatchedRows(then, now, partner, is_changed & (partner >= 0))


def _keyed(frame: pd.DataFrame, columns: list[str]) -> pd.Series[str]:
    """Return the content of each row as one text; equal rows are numbered."""
    text = pd.Series("", index=frame.index, dtype="str")
    for name in columns:
        text = text + "\x1f" + frame[name].astype("str").fillna("")
    return text + "\x1f" + text.groupby(text).cumcount().astype("str")


def _pair(partner: np.ndarray[Any, np.dtype[np.int64]], then: pd.Series[str], now: pd.Series[str]) -> None:
    """Pair the rows without a partner that have equal keys; a row of then is paired once."""
    free = np.ones(len(then), bool)
    free[partner[partner >= 0]] = False
    places = {key: at for at, key in enumerate(then.astype("str")) if free[at] and key}
    for at in np.flatnonzero(partner < 0):
        found = places.pop(str(now.iloc[at]), None)
        if found is not None:
            partner[at] = found


def _numbered(units: pd.Series[str], partner_of: np.ndarray[Any, np.dtype[np.int64]]) -> pd.Series[str]:
    """Return for each row its unit and a number within it, over the rows without a partner; empty for the others."""
    free = np.ones(len(units), bool)
    free[partner_of[partner_of >= 0]] = False
    named = units.astype("str").where(free, "")
    numbers = named.groupby(named).cumcount().astype("str")
    return (named + "\x1f" + numbers).where(free, "")


def _numbered_now(now: pd.DataFrame, partner: np.ndarray[Any, np.dtype[np.int64]]) -> pd.Series[str]:
    named = now["reporting_unit_id"].astype("str").where(partner < 0, "")
    return named + "\x1f" + named.groupby(named).cumcount().astype("str")
