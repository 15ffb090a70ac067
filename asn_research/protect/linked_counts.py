"""All counts of a city's tables as cells, with the relations between them that everybody knows.

Every count of every table, over all units, the city and all periods, is one cell; the sums within a table and the
links between tables (`schema/links.csv`) are its relations.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from asn_research.protect.counted import CountedCity, CountedTable, audited, lost_with
from asn_research.protect.guards import Guard, Mask
from asn_research.protect.linked_cells import Cells, Places, Relations, Values
from asn_research.protect.sums import lines_of
from asn_research.rules.periods import Period
from asn_research.rules.regulations import DisclosureRule
from asn_research.schema import declared
from asn_research.schema.links import Link, links

#: If the sum of the parts is nearer than this to the whole, they add up to it.
SAME = 1e-6
#: The price of suppressing a count of zero: higher than any number of people.
_LAST = 1e6


@dataclass(frozen=True)
class _Count:
    """One count of a table: its true values, which are hidden, and the smallest value that may be shown."""

    guards: tuple[Guard, ...]
    values: Values
    hidden: Mask
    least: Values
    first: int
    #: If a share is top-coded or bottom-coded, the bounds that this gives for the count; else infinite.
    coded_low: Values
    coded_high: Values

    @property
    def guard(self) -> Guard:
        """The guard that names the whole of the count, if there is one; otherwise any guard."""
        return max(self.guards, key=lambda guard: bool(guard.of))

    @property
    def of_whole(self) -> tuple[Guard, ...]:
        """The guards that also protect the remainder of the count's whole."""
        return tuple(guard for guard in self.guards if guard.of)

    @property
    def places(self) -> slice:
        """The positions of its cells among all cells."""
        return slice(self.first, self.first + len(self.values))

    @property
    def known(self) -> Mask:
        """The rows with a number."""
        return ~np.isnan(self.values)


@dataclass
class Rows:
    """Relations under construction: the cells and weights of each relation."""

    relation: list[Places] = field(default_factory=list)
    cell: list[Places] = field(default_factory=list)
    weight: list[Values] = field(default_factory=list)
    fills: list[Mask] = field(default_factory=list)
    n: int = 0

    def add(self, wholes: Places, relation: Places, parts: Places, *, fills: bool = True) -> None:
        """Add one relation for each whole: the whole minus its parts.

        With `fills`, the parts add up to the whole; otherwise their sum is at most the whole.
        """
        self.fills.append(np.full(len(wholes), fills))
        self.relation += [self.n + np.arange(len(wholes)), self.n + relation]
        self.cell += [wholes, parts]
        self.weight += [np.ones(len(wholes)), -np.ones(len(parts))]
        self.n += len(wholes)


class LinkedCounts:
    """All counts of a city's tables as cells, and the relations between them.

    Parameters
    ----------
    tables : mapping of str to CountedTable
        Tables by measure.
    rule : DisclosureRule
        The smallest sizes.
    """

    def __init__(self, tables: CountedCity, rule: DisclosureRule) -> None:
        self._tables = tables
        self._frames = {name: table.keys for name, table in tables.items()}
        self._rule = rule
        self.counts: dict[tuple[str, str], _Count] = {}
        self._n = 0
        for name, table in tables.items():
            for column, guards in audited(name).items():
                if column not in table.numbers:
                    continue
                values, hidden = table.numbers[column].to_numpy(), table.by_itself[column].to_numpy()
                least = np.max([guard.untold(table.numbers, rule) for guard in guards], axis=0)
                coded_ends = _coded_ends(guards, table, column, rule)
                self.counts[name, column] = _Count(guards, values, hidden, least, self._n, *coded_ends)
                self._n += len(values)
        self._rests = list(self._rests_of())

    def cells(self) -> Cells:
        """Return all cells: the counts, and the small remainders of wholes that are hidden too."""
        counts = [*self.counts.values()]
        values = np.nan_to_num(_joined([count.values for count in counts]))
        hidden = _joined([count.hidden for count in counts]).astype(bool)
        down, up = (_joined(ends) for ends in zip(*map(self._wanted, self.counts), strict=True)) if counts else (values, values)  # fmt: skip
        rests = _joined([rest.values for rest in self._rests])
        most = _joined([np.full(len(rest.values), rest.least - 1.0) for rest in self._rests])
        price = _joined([price_of(count.values, lost_with(*key)) for key, count in self.counts.items()])
        return Cells(
            np.concatenate([values, rests]),
            np.concatenate([hidden, np.ones(len(rests), dtype=bool)]),
            np.concatenate([down, np.zeros(len(rests))]),
            np.concatenate([up, most]),
            # Remainders are printed nowhere, so they cannot be suppressed.
            np.concatenate([price, np.full(len(rests), np.inf)]),
        )

    def _wanted(self, key: tuple[str, str]) -> tuple[Values, Values]:
        """Return the required lower and upper bound of each number of a count; nan without a requirement.

        For a small number, every value from 0 to one less than may be shown must look possible. The same holds
        for a small remainder of a published whole. A whole of 0 needs no protection.
        """
        count, whole = self.counts[key], self.counts.get((key[0], self.counts[key].guard.of))
        small = count.hidden & (count.values < count.least)
        down, up = np.where(small, 0.0, np.nan), np.where(small, count.least - 1.0, np.nan)
        if whole is not None:
            down[whole.values == 0] = up[whole.values == 0] = np.nan
            for guard in count.of_whole:
                least = guard.untold(self._tables[key[0]].numbers, self._rule)
                at = _leaves_few(count, whole, least) & ~whole.hidden
                down = np.where(at, np.fmin(down, np.maximum(whole.values - least + 1, 0)), down)
                up = np.where(at, np.fmax(up, whole.values), up)
        return down, up

    @property
    def n_counts(self) -> int:
        """Number of cells that are counts; the remainders follow after them."""
        return sum(len(count.values) for count in self.counts.values())

    def rests(self) -> Iterator[tuple[int, int, float, float]]:
        """Yield each remainder: positions of its whole and its part, its number, and its required upper bound."""
        for rest in self._rests:
            for whole, part, value in zip(rest.wholes, rest.parts, rest.values, strict=True):
                yield int(whole), int(part), float(value), rest.least - 1.0

    def counted(self) -> Iterable[tuple[str, str]]:
        """Return the counts, each as a pair of measure and column."""
        return self.counts.keys()

    def places(self, name: str, column: str) -> Places:
        """Return the positions of the numbers of a count among all cells."""
        count = self.counts[name, column]
        return np.arange(count.first, count.first + len(count.values))

    def relations(self) -> Relations:
        """Return all relations: sums within tables, links between tables, and each part with its whole."""
        rows = Rows()
        for name, frame in self._frames.items():
            self._add_sums(rows, name, frame)
        for link in links():
            self._add_link(rows, link)
        self._add_parts(rows)
        for rest in self._rests:
            rows.add(
                rest.wholes,
                np.tile(np.arange(len(rest.wholes)), 2),
                np.concatenate([rest.parts, rest.places]),
            )
        return self._bounded(rows)

    def _bounded(self, rows: Rows) -> Relations:
        """Return the relations with their bounds: parts add up to the whole, are less than it, or overlap."""
        cells = self.cells()
        relation, cell, weight = (
            np.concatenate(each or [np.empty(0)]) for each in (rows.relation, rows.cell, rows.weight)
        )
        matrix = sparse.csr_matrix(
            (weight, (relation.astype(np.int64), cell.astype(np.int64))), shape=(rows.n, len(cells.values))
        )
        fills = np.concatenate(rows.fills or [np.empty(0, dtype=bool)])
        low, high = self._ends_of(matrix, cells.values, fills)
        return self._with_ends(Relations(matrix, low, high))

    def _ends_of(self, matrix: sparse.csr_matrix, values: Values, fills: Mask) -> tuple[Values, Values]:
        """Return the bounds of total minus parts that an attacker knows, from the true difference."""
        gap = matrix @ values
        low = np.where(gap >= -SAME, 0.0, -np.inf)
        high = np.where((gap <= SAME) & (fills | (gap < -SAME)), 0.0, np.inf)
        return low, high

    def _with_ends(self, relations: Relations) -> Relations:
        """Add the bounds of counts whose share is top-coded or bottom-coded."""
        low, high = (
            _joined([getattr(count, name) for count in self.counts.values()])
            for name in ("coded_low", "coded_high")
        )
        at = np.flatnonzero(np.isfinite(low) | np.isfinite(high))
        if not len(at):
            return relations
        one = sparse.csr_matrix(
            (np.ones(len(at)), (np.arange(len(at)), at)), shape=(len(at), relations.matrix.shape[1])
        )
        return Relations(
            sparse.vstack([relations.matrix, one]).tocsr(),
            np.concatenate([relations.low, low[at]]),
            np.concatenate([relations.high, high[at]]),
        )

    # ------------------------------------------------------------ relations

    def _add_sums(self, rows: Rows, name: str, frame: pd.DataFrame) -> None:
        """Add the relations of rows that add up within one table."""
        own = [count for (of, _), count in self.counts.items() if of == name and count.guard.is_additive]
        for line in lines_of(frame, declared("measure", name).sums) if own else ():
            belongs = line.whole_of >= 0
            totals = np.flatnonzero(belongs & line.is_total)
            parts = np.flatnonzero(belongs & ~line.is_total)
            pairs = pd.DataFrame({"whole": line.whole_of[totals], "total": totals}).merge(
                pd.DataFrame({"whole": line.whole_of[parts], "part": parts}), on="whole"
            )
            for count in own:
                self._add_relations(
                    rows, (count, pairs["total"].to_numpy()), [(count, pairs["part"].to_numpy())]
                )

    def _add_link(self, rows: Rows, link: Link) -> None:
        """Add the relations of a link between two tables, or between columns of one row."""
        whole = self.counts.get((link.whole_table, link.whole_column))
        columns = [
            self.counts[link.part_table, name]
            for name in link.part_columns
            if (link.part_table, name) in self.counts
        ]
        if whole is None or len(columns) < len(link.part_columns):
            return
        pairs = pairs_of(link, self._frames[link.whole_table], self._frames[link.part_table])
        total, part, relation = (pairs[name].to_numpy() for name in ("total", "part", "relation"))
        self._add_relations(
            rows, (whole, total), [(column, part) for column in columns], relation, fills=link.fills
        )

    def _add_relations(
        self,
        rows: Rows,
        whole: tuple[_Count, Places],
        parts: list[tuple[_Count, Places]],
        relation: Places | None = None,
        *,
        fills: bool = True,
    ) -> None:
        """Add one relation for each number in `relation` (by default for each whole): the whole, and the sum of its parts.

        Missing numbers are left out, and so is a relation without any part. With `fills` the parts add up to the whole;
        otherwise they are at most the whole.
        """
        count, totals = whole
        relation = totals if relation is None else relation
        cells, of = [], []
        for column, at in parts:
            known = column.known[at] & count.known[totals]
            cells.append(column.first + at[known])
            of.append(relation[known])
        names, place = np.unique(np.concatenate(of), return_inverse=True)
        total_of = dict(zip(relation.tolist(), totals.tolist(), strict=True))
        heads = np.array([total_of[each] for each in names.tolist()], dtype=np.int64)
        rows.add(count.first + heads, place, np.concatenate(cells), fills=fills)

    def _add_parts(self, rows: Rows) -> None:
        """Add the relations that no part is larger than its whole in the same row."""
        for (name, _), count in self.counts.items():
            whole = self.counts.get((name, count.guard.of))
            if whole is not None:
                at = np.flatnonzero(count.known & whole.known & (count.values <= whole.values))
                rows.add(whole.first + at, np.arange(len(at)), count.first + at, fills=False)

    def _rests_of(self) -> Iterator[_Rest]:
        """Yield the small remainders of hidden wholes whose part is hidden too; the wholes are not small."""
        for (name, _), part in self.counts.items():
            whole = self.counts.get((name, part.guard.of))
            if whole is None:
                continue
            least = min(guard.smallest(self._rule) for guard in part.of_whole)
            at = np.flatnonzero(
                _leaves_few(part, whole, least) & whole.hidden & (whole.values >= whole.least)
            )
            if len(at):
                yield _Rest(
                    (whole.values - part.values)[at], whole.first + at, part.first + at, least, self._n
                )
                self._n += len(at)


def price_of(values: Values, n_columns: int = 1) -> Values:
    """Return the price of suppressing each number: the number times the columns that are lost with it; zero costs most.

    Of two equal numbers that protect the same, the one on which fewer values rest is suppressed.
    """
    return n_columns * np.where(values > 0, values, _LAST)


def _coded_ends(
    guards: Sequence[Guard], table: CountedTable, column: str, rule: DisclosureRule
) -> tuple[Values, Values]:
    """Return the bounds of a count that readers know from a top-coded or bottom-coded share; else infinite."""
    low, high = np.full(len(table.numbers), -np.inf), np.full(len(table.numbers), np.inf)
    end = table.ends[column].to_numpy(dtype=object)
    for guard in guards:
        if guard.coded:
            whole = table.numbers[guard.of].to_numpy(dtype=float)
            most = np.asarray(rule.most_at_end(whole))
            low = np.where(end == "top", whole - most, low)
            high = np.where(end == "bottom", most, high)
    return low, high


def _leaves_few(part: _Count, whole: _Count, least: Values | int) -> Mask:
    """Return where the remainder of a hidden part's whole is too small to be shown."""
    rest = whole.values - part.values
    return np.asarray(part.hidden & (whole.values > 0) & (rest >= 0) & (rest < least))


def _joined(arrays: Sequence[Values] | Sequence[Mask]) -> Values:
    return np.concatenate(arrays) if len(arrays) else np.empty(0)


@dataclass(frozen=True)
class _Rest:
    """The small remainders that hidden parts leave of their wholes."""

    values: Values
    wholes: Places
    parts: Places
    least: int
    first: int

    @property
    def places(self) -> Places:
        """The positions of its cells among all cells."""
        return np.arange(self.first, self.first + len(self.values))


def pairs_of(link: Link, wholes: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of rows (`total`, `part`) that a link relates, and the number of their relation."""
    same = {**{key: key for key in link.shared_keys}, **link.keys}
    left = _chosen(wholes, link.whole_condition)[[*same.values()]].astype("str")
    right = _chosen(parts, link.condition)
    others = right[list(link.keys_apart)].astype("str")
    right = right[[*same]].astype("str")
    if link.is_before:
        right = right.assign(period=right["period"].map(_before(right["period"])))
    right.columns = left.columns
    left = left.assign(total=left.index).drop_duplicates([*same.values()])
    right = right.assign(part=right.index)
    for number, name in enumerate(others):
        right[f"apart {number}"] = others[name]
    pairs = right.merge(left, on=[*same.values()])
    by: list[Hashable] = ["total", *(name for name in pairs if str(name).startswith("apart "))]
    if not link.across:
        by.append("part")
    return pairs.assign(relation=pairs.groupby(by, sort=False).ngroup())


def _chosen(frame: pd.DataFrame, condition: tuple[str, str] | None) -> pd.DataFrame:
    frame = frame.reset_index(drop=True)
    return frame if condition is None else frame[frame[condition[0]].astype("str") == condition[1]]


def _before(codes: pd.Series[Any]) -> dict[str, str]:
    """Return the code of the period before each period, by code."""
    known = [Period.parse(code) for code in codes.unique()]
    return {period.code: period.previous.code for period in known}
