"""Protection against earlier releases: the numbers of all releases together, as cells and relations.

An attacker may have kept every earlier release. A number that an earlier release has shown is known, whatever a later
one suppresses. If a number has changed since, it is a second cell beside the first, and their difference is a group of
people: those whose data came late, were removed or were corrected. If the difference is small, the newer number is
suppressed, and its possible values must reach from the older number on.

A number that has not changed is one cell in all releases: the attacker is assumed to know that it has not changed. So
a number that an earlier release suppresses stays suppressed, and the relations of all releases concern the same cells.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from asn_research.protect.counted import CountedCity, CountedTable, audited, lost_with
from asn_research.protect.linked_cells import Cells, Mask, Places, Relations, Values
from asn_research.protect.linked_counts import LinkedCounts, price_of
from asn_research.rules.regulations import DisclosureRule
from asn_research.schema import declared_tables
from asn_research.schema.links import links

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Versions:
    """The versions of the numbers of one count: one for each row and value, over all releases.

    Parameters
    ----------
    frame : pd.DataFrame
        By version: `row`, `value`, `is_now` (in the new release), `is_shown` (shown by an earlier release),
        `is_past` (in an earlier release), `hidden` and `price`.
    of : mapping of int to array of int
        By release (0 is the new one), the version of each of its rows.
    least : int
        The smallest difference, in people, that may be shown.
    whole : str
        The count of which this one is a part; empty if it has no whole.
    first : int
        The position of the first version among all cells.
    """

    frame: pd.DataFrame
    of: Mapping[int, Places]
    least: int
    whole: str
    first: int

    @property
    def places(self) -> slice:
        """The positions of the versions among all cells."""
        return slice(self.first, self.first + len(self.frame))

    @cached_property
    def near(self) -> tuple[Places, Places]:
        """The pairs of versions of one number whose difference is smaller than may be shown."""
        row, value = (self.frame[name].to_numpy() for name in ("row", "value"))
        order = np.argsort(row, kind="stable")
        row, value = row[order], value[order]
        pairs = [
            (at, at + step)
            for step in range(1, int(np.bincount(row).max(initial=1)))
            for at in np.flatnonzero(
                (row[step:] == row[:-step]) & (np.abs(value[step:] - value[:-step]) < self.least)
            )
        ]
        one, other = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        return order[one], order[other]


class Editions:
    """The numbers of people in the new release and in all earlier ones, as one set of cells and relations.

    Parameters
    ----------
    now : mapping of str to CountedTable
        The new release.
    past : sequence of mapping of str to CountedTable
        The earlier releases, oldest first.
    rule : DisclosureRule
        The smallest sizes.
    """

    def __init__(self, now: CountedCity, past: Sequence[CountedCity], rule: DisclosureRule) -> None:
        self.editions = [now, *(_comparable(each, now) for each in reversed(past))]
        self._rule = rule
        self._n = 0
        self._rows: dict[str, list[Places]] = {}
        self.versions: dict[tuple[str, str], _Versions] = {}
        for name in dict.fromkeys(name for edition in self.editions for name in edition):
            self._number(name)
        self._down, self._up = (np.full(self._n, np.nan) for _ in range(2))
        for name, column in self.versions:
            self._hide_small_changes(name, column)
        self._extra: list[tuple[float, float]] = []

    # ------------------------------------------------------------ versions

    def _number(self, name: str) -> None:
        """Give cells of a measure that are equal in several releases the same version."""
        tables = {e: edition[name] for e, edition in enumerate(self.editions) if name in edition}
        keys = pd.concat([_texts(table.keys) for table in tables.values()], ignore_index=True)
        row = pd.factorize(pd.MultiIndex.from_frame(keys))[0]
        edition = np.repeat([*tables], [len(table.keys) for table in tables.values()])
        self._rows[name] = [row[edition == e] for e in range(len(self.editions))]
        for column, guards in audited(name).items():
            if not any(column in table.numbers for table in tables.values()):
                continue
            least = max(guard.smallest(self._rule) for guard in guards)
            whole = next((guard.of for guard in guards if guard.of), "")
            cells = pd.DataFrame(
                {
                    "row": row,
                    "edition": edition,
                    "value": _over(tables.values(), "numbers", column, np.nan),
                    "hidden": _over(tables.values(), "hidden", column, 0).astype(bool),
                }
            )
            numbered = cells.groupby(["row", "value"], dropna=False, sort=False).ngroup()
            version: Places = np.asarray(numbered, dtype=np.int64)
            self.versions[name, column] = _Versions(
                _described(cells, version, lost_with(name, column)),
                {e: version[edition == e] for e in tables},
                least,
                whole,
                self._n,
            )
            self._n += int(version.max()) + 1

    def _hide_small_changes(self, name: str, column: str) -> None:
        """Suppress each number that differs from a known one by few people, and set its required bounds."""
        versions, cap = self.versions[name, column], self._shown_wholes(name, column)
        frame, start = versions.frame, versions.first
        one, other = versions.near
        known, changed = np.concatenate([one, other]), np.concatenate([other, one])
        shown, value = (frame[name].to_numpy() for name in ("is_shown", "value"))
        counts = shown[known] & ~shown[changed]
        known, changed = known[counts], changed[counts]
        frame.loc[changed, "hidden"] = True
        up = np.where(value[changed] > value[known], value[known] + versions.least - 1, value[known])
        up = np.fmax(np.fmin(up, cap[changed]), value[changed])
        down = np.fmin(np.fmax(up - versions.least + 1, 0), value[known])
        np.fmin.at(self._down, start + changed, down)
        np.fmax.at(self._up, start + changed, up)

    def _shown_wholes(self, name: str, column: str) -> Values:
        """Return the number of the whole of each version of a count, where a release shows it; else infinite.

        A part can be at most its whole, but only who knows the whole knows that.
        """
        versions = self.versions[name, column]
        found = np.full(len(versions.frame), np.inf)
        whole = self.versions.get((name, versions.whole))
        if whole is None:
            return found
        for e in versions.of.keys() & whole.of.keys():
            wholes = whole.frame.iloc[whole.of[e]]
            np.fmin.at(found, versions.of[e], wholes["value"].where(~wholes["hidden"], np.inf).to_numpy())
        return found

    # ------------------------------------------------------------ cells

    def cells(self) -> Cells:
        """Return all cells: versions of all counts, small remainders of suppressed wholes, and small changes."""
        return self._joined[0]

    def relations(self) -> Relations:
        """Return the relations of all releases: sums of cells, and differences of changed cells."""
        return self._joined[1]

    def _cells(self) -> Cells:
        frames = [versions.frame for versions in self.versions.values()]
        values, hidden, price = (
            np.concatenate([frame[name].to_numpy() for frame in frames])
            for name in ("value", "hidden", "price")
        )
        extra = np.array(self._extra).reshape(-1, 2)
        return Cells(
            np.concatenate([np.nan_to_num(values), extra[:, 0]]),
            np.concatenate([hidden.astype(bool), np.ones(len(extra), dtype=bool)]),
            np.concatenate([self._down, np.zeros(len(extra))]),
            np.concatenate([self._up, extra[:, 1]]),
            np.concatenate([price, np.full(len(extra), np.inf)]),
        )

    def counted(self) -> Iterable[tuple[str, str]]:
        """Return the counts, each as a pair of measure and column."""
        return self.versions.keys()

    def places(self, name: str, column: str) -> Places:
        """Return the positions of the numbers of the new release among all cells."""
        versions = self.versions[name, column]
        return np.asarray(versions.first + versions.of[0])

    def shown_before(self, name: str, column: str) -> Mask:
        """Return the rows of the new release whose number, or one near it, an earlier release shows."""
        versions = self.versions[name, column]
        return _near_to(versions, versions.frame["is_shown"].to_numpy())

    def hidden_before(self, name: str, column: str) -> Mask:
        """Return the rows of the new release whose number, or one near it, only other groups made earlier releases hide."""
        versions = self.versions[name, column]
        frame = versions.frame
        is_hidden = frame["is_past"] & frame["hidden"] & (frame["value"] >= versions.least)
        return _near_to(versions, is_hidden.to_numpy()) & ~self.shown_before(name, column)

    # ------------------------------------------------------------ relations

    def _linked_editions(self) -> Iterator[tuple[int, LinkedCounts]]:
        """Yield the linked counts of each release; a number counts as hidden if no release shows it.

        An earlier release contributes only tables linked to one that has changed since. The other tables add
        no relation.
        """
        for e, edition in enumerate(self.editions):
            changed = {name for name in edition if not e or not self._is_same(name, e)}
            tables = {
                name: replace(table, by_itself=table.by_itself & self._hidden(name, e))
                for name, table in edition.items()
                if _linked_with(name) & changed
            }
            yield e, LinkedCounts(tables, self._rule)

    def _hidden(self, name: str, e: int) -> pd.DataFrame:
        """Return which numbers of a table in a release are hidden in all releases together."""
        hidden = self.editions[e][name].hidden
        own = {column: each for (of, column), each in self.versions.items() if of == name and e in each.of}
        return hidden.assign(
            **{
                column: each.frame["hidden"].to_numpy()[each.of[e]]
                for column, each in own.items()
                if column in hidden
            }
        )

    def _is_same(self, name: str, e: int) -> bool:
        """Whether the new release contains a table of an earlier release unchanged."""
        if name not in self.editions[0]:
            return False
        then, now = self._rows[name][e], self._rows[name][0]
        keys = self.editions[0][name].keys
        if "period" in keys:
            periods = set(self.editions[e][name].keys["period"].astype("str"))
            now = now[keys["period"].astype("str").isin(periods).to_numpy()]
        if set(then) != set(now):
            return False
        own = [versions for (of, _), versions in self.versions.items() if of == name]
        return all(versions.frame["is_now"].to_numpy()[versions.of[e]].all() for versions in own)

    @cached_property
    def _joined(self) -> tuple[Cells, Relations]:
        """The cells and the relations of all releases; joining the relations adds cells and required bounds."""
        rows = _DistinctRows()
        rests: dict[tuple[int, int], int] = {}
        for e, city in self._linked_editions():
            place = self._placed(e, city, rests)
            cells, relations = city.cells(), city.relations()
            n = city.n_counts
            np.fmin.at(self._down, place[:n], cells.down_to[:n])
            np.fmax.at(self._up, place[:n], cells.up_to[:n])
            for row in range(relations.matrix.shape[0]):
                part = slice(relations.matrix.indptr[row], relations.matrix.indptr[row + 1])
                rows.add(
                    place[relations.matrix.indices[part]], relations.matrix.data[part],
                    relations.low[row], relations.high[row],
                )  # fmt: skip
        for versions in self.versions.values():
            self._add_changes(rows, versions)
        return self._cells(), rows.relations(self._n + len(self._extra))

    def _placed(self, e: int, city: LinkedCounts, rests: dict[tuple[int, int], int]) -> Places:
        """Return the positions of a release's cells among all cells; equal remainders share one cell."""
        found = [self.versions[key].first + self.versions[key].of[e] for key in city.counts]
        place = np.concatenate(found) if found else np.empty(0, dtype=np.int64)
        of_rests = []
        for whole, part, value, most in city.rests():
            key = int(place[whole]), int(place[part])
            if key not in rests:
                rests[key] = self._add_extra(value, most)
            of_rests.append(rests[key])
        return np.concatenate([place, np.array(of_rests, dtype=np.int64)])

    def _add_extra(self, value: float, most: float) -> int:
        self._extra.append((value, most))
        return self._n + len(self._extra) - 1

    def _add_changes(self, rows: _DistinctRows, versions: _Versions) -> None:
        """Add the difference of two versions as a cell, if it is small and no earlier release shows either."""
        shown, value = versions.frame["is_shown"].to_numpy(), versions.frame["value"].to_numpy()
        for one, other in zip(*versions.near, strict=True):
            if shown[one] or shown[other]:
                continue
            less, more = sorted((one, other), key=value.__getitem__)
            change = self._add_extra(value[more] - value[less], versions.least - 1.0)
            cells = np.array([versions.first + more, versions.first + less, change])
            rows.add(cells, np.array([1.0, -1.0, -1.0]), 0.0, 0.0)


class _DistinctRows:
    """The relations of several releases, without duplicates."""

    def __init__(self) -> None:
        self._rows: dict[tuple[bytes, bytes, float, float], tuple[Places, Values]] = {}

    def add(self, cells: Places, weights: Values, low: float, high: float) -> None:
        """Add a relation, unless it exists already."""
        order = np.argsort(cells, kind="stable")
        cells, weights = cells[order], weights[order]
        self._rows.setdefault((cells.tobytes(), weights.tobytes(), low, high), (cells, weights))

    def relations(self, n_cells: int) -> Relations:
        """Return the relations over all cells."""
        rows = [*self._rows.values()]
        starts = np.cumsum([0, *(len(cells) for cells, _ in rows)])
        cells = np.concatenate([cells for cells, _ in rows] or [np.empty(0, dtype=np.int64)])
        weights = np.concatenate([each for _, each in rows] or [np.empty(0)])
        low, high = (np.array([key[at] for key in self._rows]) for at in (2, 3))
        matrix = sparse.csr_matrix((weights, cells, starts), shape=(len(rows), n_cells))
        matrix.sum_duplicates()
        return Relations(matrix, low, high)


def _comparable(then: CountedCity, now: CountedCity) -> CountedCity:
    """Return the tables of an earlier release that can be compared with the tables of the new one."""
    of_edition = {name: table for name, table in then.items() if _is_of_an_edition(name)}
    kept = {name: table for name, table in of_edition.items() if _has_its_keys(name, table, now)}
    if gone := sorted(set(of_edition) - set(kept)):
        _LOGGER.warning("an earlier edition has tables of another kind: %s", ", ".join(gone))
    return kept


def _is_of_an_edition(name: str) -> bool:
    """Whether a table counts people by period, or holds values that add up over people.

    Other tables hold estimates over all periods together. Each release estimates them anew from more data, so
    they cannot be compared.
    """
    table = declared_tables().get(("measure", name))
    if table is None:
        return True
    values = [column for column in table.columns.values() if column.role in {"value", "share"}]
    return "period" in table.keys or any(column.kind_of_number == "linear" for column in values)


def _has_its_keys(name: str, table: CountedTable, now: CountedCity) -> bool:
    if name in now:
        return set(table.keys) == set(now[name].keys)
    known = declared_tables().get(("measure", name))
    return known is not None and set(known.keys) <= set(table.keys)


def _texts(keys: pd.DataFrame) -> pd.DataFrame:
    """Return keys as texts that do not depend on the types of the columns."""
    return pd.DataFrame(
        {
            str(name): column.astype("float64").map("{:g}".format)
            if pd.api.types.is_numeric_dtype(column)
            else column.astype("str")
            for name, column in keys.items()
        }
    )


def _over(tables: Iterable[CountedTable], part: str, column: str, missing: float) -> Values:
    """Return the concatenated values of a column of several tables."""
    found = []
    for table in tables:
        frame = getattr(table, part)
        values = frame[column].to_numpy(dtype="float64") if column in frame else np.full(len(frame), missing)
        found.append(values)
    return np.concatenate(found)


def _described(cells: pd.DataFrame, version: Places, n_columns: int) -> pd.DataFrame:
    """Return the properties of each version of a number, as in `_Versions.frame`; `n_columns` are lost with the number."""
    is_past = cells["edition"].to_numpy() > 0
    shown = is_past & ~cells["hidden"].to_numpy() & cells["value"].notna().to_numpy()
    by = cells.assign(is_past=is_past, is_shown=shown, is_now=~is_past).groupby(version)
    frame = by.agg(
        row=("row", "first"), value=("value", "first"), is_now=("is_now", "max"),
        is_shown=("is_shown", "max"), is_past=("is_past", "max"), hidden=("hidden", "max"),
    )  # fmt: skip
    frame["hidden"] &= ~frame["is_shown"]
    may_go = frame["is_now"] & ~frame["is_shown"]
    frame["price"] = np.where(may_go, price_of(frame["value"].to_numpy(), n_columns), np.inf)
    return frame


def _near_to(versions: _Versions, which: Mask) -> Mask:
    """Return the rows of the new release whose version is one of the selected ones, or differs from one by few people."""
    one, other = versions.near
    found = which.copy()
    found[one[which[other]]] = found[other[which[one]]] = True
    return np.asarray(found[versions.of[0]])


@cache
def _linked_with(name: str) -> frozenset[str]:
    """Return the measures that are linked to a measure, directly or through others, including itself."""
    found = {name}
    while (
        more := {
            each
            for link in links()
            for pair in [{link.whole_table, link.part_table}]
            for each in pair
            if pair & found
        }
        - found
    ):
        found |= more
    return frozenset(found)
