"""How many people the rows of a measure count: what an outsider reckons with, and what an edition keeps of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from asn_research.protect.declared import guards_of
from asn_research.protect.guards import Guard, Mask
from asn_research.protect.tables import ProtectedTable
from asn_research.schema import declared

Values = np.ndarray[Any, np.dtype[np.float64]]
#: The table whose grades are merged where they are rare, and the numbers of people in its grades.
GRADES, OF_GRADE, MERGED = "predicates", "n", "merged_categories"


@dataclass(frozen=True)
class CountedTable:
    """How many people each row of a measure counts, and which of these numbers are hidden.

    Parameters
    ----------
    keys : pd.DataFrame
        What names each row.
    numbers : pd.DataFrame
        The true numbers, one column a count; missing where nobody knows.
    hidden : pd.DataFrame
        Of the same shape: which are not shown.
    by_itself : pd.DataFrame
        Of the same shape: which the table hides by itself, and not for another table's or edition's sake.
    ends : pd.DataFrame
        Of the same shape: ``top`` or ``bottom`` where the count's share is told as its end, else empty.
    """

    keys: pd.DataFrame
    numbers: pd.DataFrame
    hidden: pd.DataFrame
    by_itself: pd.DataFrame
    ends: pd.DataFrame

    def of_rows(self, mask: pd.Series[bool]) -> CountedTable:
        """Return some of the rows."""
        parts = (self.keys, self.numbers, self.hidden, self.by_itself, self.ends)
        return CountedTable(*(each.loc[mask].reset_index(drop=True) for each in parts))

    def also_hiding(self, masks: Mapping[str, Mask]) -> CountedTable:
        """Return the table with further numbers hidden for another's sake, by count."""
        more = {column: self.hidden[column] | mask for column, mask in masks.items() if column in self.hidden}
        return replace(self, hidden=self.hidden.assign(**more))


#: The numbers of people of a city's tables, by measure.
CountedCity = Mapping[str, CountedTable]


def counted(name: str, frame: pd.DataFrame, table: ProtectedTable) -> CountedTable:
    """Return the numbers of people of a measure.

    Parameters
    ----------
    name : str
        The measure.
    frame : pd.DataFrame
        It, with all its numbers.
    table : ProtectedTable
        The same with what it hides by itself; rows in the same order.
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
        # What a grade is merged of tells which people it counts.
        keys.append(MERGED)
        numbers[OF_GRADE] = frame[OF_GRADE].to_numpy(dtype="float64", na_value=np.nan)
        hidden[OF_GRADE] = table.suppressed[OF_GRADE].to_numpy(dtype=bool)
    masks = pd.DataFrame(hidden)
    ends = pd.DataFrame({column: _ends(name, column, table) for column in numbers})
    return CountedTable(frame[keys].reset_index(drop=True), pd.DataFrame(numbers), masks, masks, ends)


def _ends(name: str, column: str, table: ProtectedTable) -> np.ndarray[Any, Any]:
    """Return at which end a count's share is told in each row."""
    found = np.full(len(table.frame), "", dtype=object)
    for guard in audited(name).get(column, ()):
        if guard.coded and guard.coded in table.frame:
            told = table.frame[guard.coded].to_numpy(dtype=object)
            found = np.where((told == "top") | (told == "bottom"), told, found)
    return found


@cache
def audited(name: str) -> dict[str, tuple[Guard, ...]]:
    """Return the guards of each count of people, and of each share that is no count's; by column.

    Parameters
    ----------
    name : str
        The measure.
    """
    found: dict[str, tuple[Guard, ...]] = {}
    table = declared("measure", name)
    for guard in guards_of(table):
        column = table.columns[guard.count]
        counts = column if column.role == "count" else table.columns[column.of]
        # Rows of a file are nobody's group; a share of a curve counts nobody, nor does who left a question blank.
        if counts.people == "rows" or guard.of_number:
            continue
        if column.role == "share" and (column.kind_of_number != "linear" or column.sensitivity == "harmless"):
            continue
        found[guard.count] = (*found.get(guard.count, ()), guard)
    return found


def _values(guard: Guard, frame: pd.DataFrame) -> Values:
    """Return the numbers of people; those of a share are whole."""
    number = guard.amounts(frame)[0]
    return np.round(number) if guard.per else number
