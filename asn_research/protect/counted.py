"""The numbers of people in the rows of a measure: an attacker computes with them, and a release stores them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from asn_research.protect.declared import guards_of
from asn_research.protect.guards import Guard, Mask
from asn_research.protect.protected_table import ProtectedTable
from asn_research.rules.former_names import current_name, former_names
from asn_research.schema import declared

Values = np.ndarray[Any, np.dtype[np.float64]]
#: The table whose rare grades are merged, its count of people by grade, and its column of merged grades.
GRADES, OF_GRADE, MERGED = "predikats", "n", "merged_categories"


@dataclass(frozen=True)
class CountedTable:
    """The numbers of people in each row of a measure, and which of them are suppressed.

    Parameters
    ----------
    keys : pd.DataFrame
        The keys of each row.
    numbers : pd.DataFrame
        The true numbers, one column per count; nan if unknown.
    hidden : pd.DataFrame
        Same shape: whether a number is suppressed.
    by_itself : pd.DataFrame
        Same shape: whether the table itself suppresses a number (primary suppression), and not because of
        another table or an earlier release.
    ends : pd.DataFrame
        Same shape: ``top`` or ``bottom`` if the share of the count is top-coded or bottom-coded (such as
        "≥ 95%" or "≤ 5%"), else empty.
    """

    keys: pd.DataFrame
    numbers: pd.DataFrame
    hidden: pd.DataFrame
    by_itself: pd.DataFrame
    ends: pd.DataFrame

    def of_rows(self, mask: pd.Series[bool]) -> CountedTable:
        """Return the rows that a mask selects."""
        parts = (self.keys, self.numbers, self.hidden, self.by_itself, self.ends)
        return CountedTable(*(each.loc[mask].reset_index(drop=True) for each in parts))

    def also_hiding(self, masks: Mapping[str, Mask]) -> CountedTable:
        """Return the table with further numbers suppressed because of other tables, by count."""
        more = {column: self.hidden[column] | mask for column, mask in masks.items() if column in self.hidden}
        return replace(self, hidden=self.hidden.assign(**more))


#: The numbers of people in all tables of a city, by measure.
CountedCity = Mapping[str, CountedTable]


def with_current_names(city: CountedCity) -> CountedCity:
    """Return the numbers of an earlier release under the names that tables and columns have today.

    A release keeps the names of its day. Without today's names its numbers would be compared with nothing, and
    what two releases tell together would not be found.

    Parameters
    ----------
    city : mapping of str to CountedTable
        The numbers as the ledger stores them.
    """
    return {current_name(name): _renamed(table) for name, table in city.items()}


def _renamed(table: CountedTable) -> CountedTable:
    parts = (table.keys, table.numbers, table.hidden, table.by_itself, table.ends)
    keys, *others = (part.rename(columns=current_name) for part in parts)
    former = former_names()
    for name in keys.select_dtypes(["object", "string", "category"]):
        if keys[name].isin(former).any():
            keys[name] = keys[name].astype("object").map(lambda key: former.get(key, key))
    return CountedTable(keys, *others)


def counted(name: str, frame: pd.DataFrame, table: ProtectedTable) -> CountedTable:
    """Return the numbers of people in the rows of a measure.

    Parameters
    ----------
    name : str
        The name of the measure.
    frame : pd.DataFrame
        The measure with all its true numbers.
    table : ProtectedTable
        The measure after primary suppression; rows in the same order.
    """
    numbers = {
        column: _values(guards[0], frame)
        for column, guards in audited(name).items()
        if column in table.suppressed and set(guards[0].needed) <= set(frame)
    }
    hidden = {
        column: table.suppressed[column].to_numpy(dtype=bool) & ~np.isnan(values)
        for column, values in numbers.items()
    }
    keys = [key for key in declared("measure", name).keys if key in frame]
    if name == GRADES:
        # The merged grades of a row define which people it counts, so they are part of its key.
        keys.append(MERGED)
        numbers[OF_GRADE] = frame[OF_GRADE].to_numpy(dtype="float64", na_value=np.nan)
        hidden[OF_GRADE] = table.suppressed[OF_GRADE].to_numpy(dtype=bool)
    masks = pd.DataFrame(hidden)
    ends = pd.DataFrame({column: _ends(name, column, table) for column in numbers})
    return CountedTable(frame[keys].reset_index(drop=True), pd.DataFrame(numbers), masks, masks, ends)


def _ends(name: str, column: str, table: ProtectedTable) -> np.ndarray[Any, Any]:
    """Return, by row, whether the share of a count is top-coded, bottom-coded or neither."""
    found = np.full(len(table.frame), "", dtype=object)
    for guard in audited(name).get(column, ()):
        if guard.coded and guard.coded in table.frame:
            coded = table.frame[guard.coded].to_numpy(dtype=object)
            found = np.where((coded == "top") | (coded == "bottom"), coded, found)
    return found


@cache
def audited(name: str) -> dict[str, tuple[Guard, ...]]:
    """Return the guards of each count of people, and of each share without a count column; by column.

    Parameters
    ----------
    name : str
        The name of the measure.
    """
    found: dict[str, tuple[Guard, ...]] = {}
    table = declared("measure", name)
    for guard in guards_of(table):
        column = table.columns[guard.count]
        counts = column if column.role == "count" else table.columns[column.of]
        # Left out, because they count no group of people: rows of files, guards of quantiles and estimates,
        # shares estimated from a survival curve, and harmless shares such as unanswered questions.
        if counts.people == "rows" or guard.of_number:
            continue
        if column.role == "share" and (column.kind_of_number != "linear" or column.sensitivity == "harmless"):
            continue
        found[guard.count] = (*found.get(guard.count, ()), guard)
    return found


@cache
def lost_with(name: str, column: str) -> int:
    """Return how many columns of a measure are blank where a count is suppressed.

    Parameters
    ----------
    name, column : str
        The measure and its count.
    """
    guards = [guard for guard in guards_of(declared("measure", name)) if guard.count == column]
    return len({each for guard in guards for each in guard.blanked})


def _values(guard: Guard, frame: pd.DataFrame) -> Values:
    """Return the numbers of people; those computed from a share are rounded to whole numbers."""
    number = guard.amounts(frame)[0]
    return np.round(number) if guard.per else number
