"""`ProtectedTable`: a table that cannot be built if a group under the smallest size shows a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import InitVar, dataclass
from typing import Any

import numpy as np
import pandas as pd

from asn_research.errors import DisclosureError
from asn_research.protect.guards import Guard, Mask, require_sizes
from asn_research.protect.sums import hide_with_others, lines_of
from asn_research.rules.regulations import DisclosureRule
from asn_research.schema import Column, Sum, declared_tables


@dataclass(frozen=True)
class ProtectedTable:
    """A table in which no group under the smallest size shows a value.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per group; suppressed values are missing.
    suppressed : pd.DataFrame
        Same shape; true if a value was suppressed because its group is too small. For a count that is
        always shown, true if the values computed from it were suppressed.
    guards : tuple of Guard
        The rules that were applied.
    rule : DisclosureRule
        The smallest sizes that were applied.
    counts : pd.DataFrame
        The true group sizes, one column per count of a guard. They are checked once and not stored.
    measure : str
        The name of the measure, whose declaration describes the columns.

    Raises
    ------
    DisclosureError
        If a group under the smallest size still shows a value.
    """

    frame: pd.DataFrame
    suppressed: pd.DataFrame
    guards: tuple[Guard, ...]
    rule: DisclosureRule
    counts: InitVar[pd.DataFrame]
    measure: str = ""

    def __post_init__(self, counts: pd.DataFrame) -> None:
        for guard in self.guards:
            missing = [name for name in guard.needed if name not in counts]
            if missing:
                msg = f"The sizes of the groups in `{missing[0]}` are not known. Build this table with `protect_table`."
                raise DisclosureError(msg)
            small = guard.too_small(counts, self.rule)
            columns = [column for column in guard.blanked if column in self.frame]
            showing = int(self.frame.loc[small, columns].notna().any(axis=1).sum())
            if showing:
                msg = (
                    f"{showing} groups of fewer than {guard.smallest(self.rule)} {guard.kind} still "
                    f"show a value in {', '.join(columns)}. Build this table with `protect_table`."
                )
                raise DisclosureError(msg)

    def __len__(self) -> int:
        return len(self.frame)

    def column(self, name: str) -> Column | None:
        """Return the declaration of a column; None if the column is not declared."""
        table = declared_tables().get(("measure", self.measure))
        return None if table is None else table.columns.get(name)

    def where(self, **values: object) -> ProtectedTable:
        """Return the rows in which each named column has the given value, or one of several; they stay protected."""
        chosen = np.ones(len(self.frame), dtype=bool)
        for column, value in values.items():
            found = self.frame[column]
            equal = found.isin(value) if isinstance(value, list | tuple | set) else found == value
            chosen &= equal.to_numpy(dtype=bool, na_value=False)
        # By position: reports ask for rows a hundred times each, and pandas takes longer to check a mask.
        places = np.flatnonzero(chosen)
        return self._derive(self.frame.take(places), self.suppressed.take(places))

    def rows(self, mask: pd.Series[bool]) -> ProtectedTable:
        """Return the rows that a mask selects; they stay protected."""
        return self._derive(self.frame.loc[mask], self.suppressed.loc[mask])

    def only(self, names: Sequence[str]) -> ProtectedTable:
        """Return some of the columns; they stay protected."""
        return self._derive(self.frame[list(names)], self.suppressed[list(names)])

    def sorted_by(self, columns: Sequence[str] | str, *, ascending: bool = True) -> ProtectedTable:
        """Return the rows in another order; they stay protected."""
        order = self.frame.sort_values(columns, ascending=ascending, kind="stable").index
        return self._derive(self.frame.loc[order], self.suppressed.loc[order])

    def ordered(self, column: str, order: Sequence[str]) -> ProtectedTable:
        """Return the rows whose key is in a list, in the order of the list; they stay protected."""
        place = {key: number for number, key in enumerate(order)}
        places = self.frame[column].map(place).dropna().sort_values(kind="stable")
        return self._derive(self.frame.loc[places.index], self.suppressed.loc[places.index])

    def in_order(self, places: Sequence[Any]) -> ProtectedTable:
        """Return the rows of an index, in its order; they stay protected."""
        return self._derive(self.frame.loc[list(places)], self.suppressed.loc[list(places)])

    def with_values(self, values: pd.DataFrame) -> ProtectedTable:
        """Return the table with the values of some columns computed in another way; suppressed values stay suppressed."""
        shown = {str(name): column.mask(self.suppressed[str(name)]) for name, column in values.items()}
        return self._derive(self.frame.assign(**shown), self.suppressed)

    def without(self, masks: Mapping[str, Mask]) -> ProtectedTable:
        """Return the table with further counts suppressed, and the values computed from their people.

        Parameters
        ----------
        masks : mapping of str to array of bool
            By count, the rows in which it is suppressed.
        """
        shown, suppressed = self.frame.copy(), self.suppressed.copy()
        for guard in self.guards:
            if guard.count not in masks:
                continue
            mask = masks[guard.count]
            for column in guard.masked:
                if column in shown:
                    suppressed[column] |= mask
                    if column in guard.blanked:
                        shown[column] = shown[column].mask(mask)
        return self._derive(shown, suppressed)

    def hiding(self, columns: Sequence[str], mask: Mask) -> ProtectedTable:
        """Return the table with the values of some columns suppressed in some rows.

        Parameters
        ----------
        columns : sequence of str
            The columns; those that the table does not have are left out.
        mask : array of bool
            The rows.
        """
        own = [column for column in columns if column in self.frame]
        shown = self.frame.assign(**{column: self.frame[column].mask(mask) for column in own})
        return self._derive(
            shown, self.suppressed.assign(**{column: self.suppressed[column] | mask for column in own})
        )

    def is_suppressed(self, row: Any, column: str) -> bool:
        """Whether a value is missing because its group is too small."""
        return bool(self.suppressed.at[row, column]) if column in self.suppressed else False

    def _derive(self, frame: pd.DataFrame, suppressed: pd.DataFrame) -> ProtectedTable:
        # A part of a protected table is protected, so the costly check of the constructor is skipped.
        derived = copy(self)
        object.__setattr__(derived, "frame", frame)
        object.__setattr__(derived, "suppressed", suppressed)
        return derived


def protect_table(
    frame: pd.DataFrame,
    guards: Sequence[Guard],
    rule: DisclosureRule,
    *,
    sums: Sequence[Sum] = (),
    hidden: Mapping[str, Mask] | None = None,
    measure: str = "",
) -> ProtectedTable:
    """Suppress every value that rests on a group under the smallest size.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per group, with the count column of every guard.
    guards : sequence of Guard
        The counts, and the columns that rest on them.
    rule : DisclosureRule
        The smallest sizes.
    sums : sequence of Sum
        Which rows add up to a published whole. Enough of its parts are suppressed that none can be
        computed by subtraction.
    hidden : mapping of str to array of bool, optional
        By column, the rows that are suppressed because of another table.
    measure : str
        The name of the measure, from which its declaration is found.

    Returns
    -------
    ProtectedTable

    Raises
    ------
    DisclosureError
        If the count of a guard is not a column.

    Examples
    --------
    >>> import pandas as pd
    >>> from asn_research import rules
    >>> rule = rules.at("2026-Q3").one(DisclosureRule)
    >>> table = pd.DataFrame({"unit_id": ["A", "B"], "n": [7, 12], "mean": [3.1, 3.4]})
    >>> protect_table(table, [Guard("employees", "n", ("mean",))], rule).frame["mean"].tolist()
    [nan, 3.4]
    """
    require_sizes(frame, guards)
    lines = lines_of(frame, sums)
    shown = frame.copy()
    hidden = hidden or {}
    masks = {name: hidden.get(name, np.zeros(len(frame), dtype=bool)).copy() for name in frame.columns}
    for guard in guards:
        columns = [column for column in guard.masked if column in masks]
        says_something = frame[columns].notna().any(axis=1).to_numpy()
        # A part that another guard has already hidden counts as hidden.
        small = says_something & (guard.too_small(frame, rule) | masks[guard.count])
        if guard.is_additive and lines:
            small = hide_with_others(small, guard.amounts(frame), lines, guard.smallest(rule))
        for column in columns:
            masks[column] |= small
    public_counts = {guard.count for guard in guards if guard.is_public}
    for column, mask in masks.items():
        if mask.any() and column not in public_counts:
            shown[column] = shown[column].mask(mask)
    suppressed = pd.DataFrame(masks, index=frame.index)
    counts = frame[list(dict.fromkeys(name for guard in guards for name in guard.needed))]
    return ProtectedTable(shown, suppressed, tuple(guards), rule, counts, measure)
