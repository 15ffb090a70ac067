"""`ProtectedTable`: a table that cannot be built while a group under the smallest size shows."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import InitVar, dataclass
from typing import Any, Literal, cast

import pandas as pd

from asn_research.errors import DisclosureError
from asn_research.rules.regulations import DisclosureRule

GroupKind = Literal["employees", "raters", "citizens", "cells"]


@dataclass(frozen=True)
class Guard:
    """Which columns speak of how many people.

    Parameters
    ----------
    kind : {"employees", "raters", "citizens", "cells"}
        Whose smallest group applies; ``cells`` are parts of a group that is large enough itself.
    count : str
        Column with the number of people behind the row. It is masked with the values.
    columns : tuple of str
        The columns that those people's data made.
    """

    kind: GroupKind
    count: str
    columns: tuple[str, ...] = ()

    @property
    def masked(self) -> tuple[str, ...]:
        """The columns that go when the group is too small."""
        return tuple(dict.fromkeys((self.count, *self.columns)))

    def smallest(self, rule: DisclosureRule) -> int:
        """Return the smallest number of people that may be shown."""
        if self.kind == "cells":
            return rule.smallest_cell
        return int(getattr(rule.smallest_group, self.kind))


@dataclass(frozen=True)
class ProtectedTable:
    """A table in which no group under the smallest size shows a value.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per group; masked values are missing, and `suppressed` says which.
    suppressed : pd.DataFrame
        Same shape, true where a value was masked because its group is too small.
    guards : tuple of Guard
        What was guarded, by which count.
    rule : DisclosureRule
        The sizes that applied.
    counts : pd.DataFrame
        The true group sizes, one column per guard's count. Looked at once, and not kept.

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

    def __post_init__(self, counts: pd.DataFrame) -> None:
        for guard in self.guards:
            if guard.count not in counts:
                msg = f"The sizes of the groups in `{guard.count}` are not known. Build this table with `protect_table`."
                raise DisclosureError(msg)
            small = _is_small(counts[guard.count], guard.smallest(self.rule))
            columns = [column for column in guard.masked if column in self.frame]
            showing = int(self.frame.loc[small, columns].notna().any(axis=1).sum())
            if showing:
                msg = (
                    f"{showing} groups of fewer than {guard.smallest(self.rule)} {guard.kind} still "
                    f"show a value in {', '.join(columns)}. Build this table with `protect_table`."
                )
                raise DisclosureError(msg)

    def __len__(self) -> int:
        return len(self.frame)

    def where(self, **values: object) -> ProtectedTable:
        """Return the rows in which every named column holds the value; they stay protected."""
        mask = pd.Series(data=True, index=self.frame.index)
        for column, value in values.items():
            mask &= (
                self.frame[column].isin(value)
                if isinstance(value, list | tuple | set)
                else self.frame[column] == value
            )
        return self.rows(mask)

    def rows(self, mask: pd.Series[bool]) -> ProtectedTable:
        """Return the rows of a mask; they stay protected."""
        return self._derive(self.frame.loc[mask], self.suppressed.loc[mask])

    def sorted_by(self, columns: Sequence[str] | str, *, ascending: bool = True) -> ProtectedTable:
        """Return the rows in another order; they stay protected."""
        order = self.frame.sort_values(columns, ascending=ascending, kind="stable").index
        return self._derive(self.frame.loc[order], self.suppressed.loc[order])

    def ordered(self, column: str, order: Sequence[str]) -> ProtectedTable:
        """Return the rows whose key is in a list, in the list's order; they stay protected."""
        place = {key: number for number, key in enumerate(order)}
        places = self.frame[column].map(place).dropna().sort_values(kind="stable")
        return self._derive(self.frame.loc[places.index], self.suppressed.loc[places.index])

    def is_suppressed(self, row: Any, column: str) -> bool:
        """Whether a value is missing because its group is too small."""
        return bool(self.suppressed.at[row, column]) if column in self.suppressed else False

    def _derive(self, frame: pd.DataFrame, suppressed: pd.DataFrame) -> ProtectedTable:
        # Rows of a protected table need no second look, which would cost more than choosing them.
        derived = copy(self)
        object.__setattr__(derived, "frame", frame)
        object.__setattr__(derived, "suppressed", suppressed)
        return derived


def protect_table(
    frame: pd.DataFrame,
    guards: Sequence[Guard],
    rule: DisclosureRule,
    *,
    parts_of: Sequence[str] | None = None,
) -> ProtectedTable:
    """Mask every value that stands for a group under the smallest size.

    A group of nobody is no secret: a count of zero stays.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per group, with the count column of every guard.
    guards : sequence of Guard
        Which columns speak of how many people.
    rule : DisclosureRule
        The smallest sizes.
    parts_of : sequence of str, optional
        Columns that name the whole whose parts the rows are (unit and period, say). If one part
        alone were masked, it could be had by subtraction from the published whole; then the next
        smallest part is masked with it.

    Returns
    -------
    ProtectedTable

    Raises
    ------
    DisclosureError
        If a guard's count is not a column.

    Examples
    --------
    >>> import pandas as pd
    >>> from asn_research import rules
    >>> rule = rules.at("2026-Q3").one(DisclosureRule)
    >>> table = pd.DataFrame({"unit_id": ["A", "B"], "n": [7, 12], "mean": [3.1, 3.4]})
    >>> protect_table(table, [Guard("employees", "n", ("mean",))], rule).frame["mean"].tolist()
    [nan, 3.4]
    """
    unguarded = [guard.count for guard in guards if guard.count not in frame]
    if unguarded:
        msg = f"The table has no column {', '.join(unguarded)}, so its groups' sizes are not known; keep the counts."
        raise DisclosureError(msg)
    shown = frame.copy()
    suppressed = pd.DataFrame(data=False, index=frame.index, columns=frame.columns)
    for guard in guards:
        small = _is_small(frame[guard.count], guard.smallest(rule))
        if parts_of is not None:
            small = _with_a_second(frame, guard.count, small, list(parts_of))
        for column in guard.masked:
            if column in shown:
                suppressed.loc[small, column] = True
                shown[column] = shown[column].mask(small)
    counts = frame[list(dict.fromkeys(guard.count for guard in guards))]
    return ProtectedTable(shown, suppressed, tuple(guards), rule, counts)


def _is_small(counts: pd.Series[int], smallest: int) -> pd.Series[bool]:
    numbers = pd.to_numeric(counts).astype("Float64")
    return ((numbers > 0) & (numbers < smallest)).fillna(value=False).astype(bool)


def _with_a_second(
    frame: pd.DataFrame, count: str, small: pd.Series[bool], whole: list[str]
) -> pd.Series[bool]:
    """Where one part alone is masked, mask the next smallest part of the same whole too."""
    of_whole = [frame[column] for column in whole]
    alone = small.groupby(of_whole, dropna=False, observed=True).transform("sum") == 1
    others = frame.loc[alone & ~small & (frame[count] > 0), [*whole, count]]
    second = others.groupby(whole, dropna=False, observed=True)[count].idxmin()
    return small | small.index.isin(second)


def merge_small_cells(
    frame: pd.DataFrame,
    *,
    group: Sequence[str],
    category: str,
    count: str,
    smallest_cell: int,
    merged: str = "merged",
) -> pd.DataFrame:
    """Merge the cells of a distribution that hold fewer people than the smallest cell.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per group and category, with the number of people.
    group : sequence of str
        Columns that name one distribution (unit and period).
    category, count : str
        The category's and the number's column.
    smallest_cell : int
        Cells of one to ``smallest_cell - 1`` people are merged into one; if that one is still too
        small, the next smallest cell joins it.
    merged : str
        The name of the merged category.

    Returns
    -------
    pd.DataFrame
        Columns ``group``, ``category``, ``count`` and ``share_pct``, and ``merged_categories``:
        the names that were merged, separated by ``|``. Empty cells are left out.
    """
    held = frame.loc[frame[count] > 0]
    names, numbers = held[category].astype("str").to_numpy(), held[count].to_numpy()
    rows: list[tuple[object, ...]] = []
    grouped = held.groupby(list(group), observed=True, sort=False).indices
    for key, places in cast("dict[tuple[object, ...], Any]", grouped).items():
        sizes = {str(names[place]): int(numbers[place]) for place in places}
        smallest_first = sorted(sizes, key=lambda name: sizes[name])
        joined = [name for name in smallest_first if sizes[name] < smallest_cell]
        rest = smallest_first[len(joined) :]
        while joined and sum(sizes[name] for name in joined) < smallest_cell and rest:
            joined.append(rest.pop(0))
        # In the order of the distribution, the merged cell last.
        kept = [name for name in sizes if name not in joined]
        # A cell that stands alone keeps its name.
        if len(joined) == 1:
            kept, joined = [*kept, *joined], []
        cells = [(name, sizes[name], "") for name in kept]
        if joined:
            order = [name for name in sizes if name in joined]
            cells.append((merged, sum(sizes[name] for name in joined), "|".join(order)))
        total = sum(sizes.values())
        rows += [(*(str(part) for part in key), name, n, 100 * n / total, of) for name, n, of in cells]
    return pd.DataFrame(rows, columns=[*group, category, count, "share_pct", "merged_categories"])
