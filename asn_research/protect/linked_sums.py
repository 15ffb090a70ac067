"""Secondary suppression for sums: an attacker must not narrow a small group's mean to less than one point of its scale.

`joint` excludes that a hidden sum follows exactly from printed sums. But sums have bounds that counts do not have: no
respondent gives more than the best mark, and nobody takes fewer than zero lessons. Example: two hidden groups together have
a mean near the best mark, and their sum is known; then each group has a mean near the best mark. So each sum (a mean times
its number of people) is a cell here, with the relations of its count and the bounds of its scale. Further groups are
suppressed until the sum of each small group can take any value within one point of the scale per person.

A published index is the plain mean of the means of its elements, and everybody knows that. So an element that is hidden alone
can be computed from the index and the other elements. Links declare such means (`mean_over`); each one is a relation here.

An attacker may have kept every earlier release. A sum that one of them shows, of the same people or of few others, is known
here, and hiding it would protect nothing. A release does not hold sums, so an earlier one cannot be solved again. Instead,
what it hid for the sake of a small group stays hidden, and keeps the room that the largest small group would need.

Nothing is suppressed against what the total alone reveals: if nearly all respondents of a unit gave the best mark,
nearly all respondents of each group did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from asn_research.protect.counted import CountedCity, audited
from asn_research.protect.editions import Editions
from asn_research.protect.guards import Mask
from asn_research.protect.linked_cells import Cells, Relations, Values
from asn_research.protect.linked_counts import SAME, LinkedCounts, Rows, pairs_of, price_of
from asn_research.rules.regulations import DisclosureRule
from asn_research.schema import declared
from asn_research.schema.links import Link, links
from asn_research.schema.tables import unit_of

#: The relative difference up to which parts count as equal to their total: blank answers cause such differences.
_BLANKS = 0.02
#: By how much, at most, the price of a group differs from that of a group of equal size.
_TIES = 0.2
Masks = Mapping[str, Mapping[str, Mask]]


@dataclass(frozen=True)
class _Sums:
    """The sums of a table's rows, counted from the lowest end of the scale."""

    values: Values
    most: Values
    people: Values
    point: float


class LinkedSums(LinkedCounts):
    """The sums of all additive means as cells, with the sums of the totals that links name.

    Parameters
    ----------
    tables : mapping of str to CountedTable
        By measure.
    frames : mapping of str to pd.DataFrame
        The same measures with all their values, rows in the same order.
    masks : mapping
        By measure and count, the rows that secondary suppression of counts hides.
    rule : DisclosureRule
        The smallest sizes.
    editions : Editions, optional
        The numbers of people of the earlier releases, if there are any, with those of the new one.
    """

    def __init__(
        self,
        tables: CountedCity,
        frames: Mapping[str, pd.DataFrame],
        masks: Masks,
        rule: DisclosureRule,
        editions: Editions | None = None,
    ) -> None:
        super().__init__({name: tables[name] for name in _tables_of(tables)}, rule)
        self._masks, self._editions = masks, editions
        self._rests = []
        self._sums: dict[tuple[str, str], _Sums] = {}
        for name, table in self._tables.items():
            if mean := declared("measure", name).mean:
                (count,) = declared("measure", name).main
                self._sums[name, count] = _sums_of(frames[name], table.numbers[count], name, mean)
        for link in _links_of(self._tables):
            key = (link.whole_table, link.whole_column)
            if key not in self._sums:
                self._sums[key] = self._of_parts(link)
        self.counts = {key: self.counts[key] for key in self._sums}
        self._n = 0
        for key, each in self._sums.items():
            hidden = self._hides(key)
            if not self._tells_sum(key):
                hidden = np.ones_like(hidden)
            self.counts[key] = replace(
                self.counts[key], values=each.values, hidden=hidden | np.isnan(each.values), first=self._n,
                coded_low=np.full(len(each.values), -np.inf), coded_high=each.most,
            )  # fmt: skip
            self._n += len(each.values)
        self._means = {link: self._mean_of_means(link) for link in _links_of_means(self._tables)}

    def _of_parts(self, link: Link) -> _Sums:
        """Return the sums of the totals of a link, computed from their parts."""
        of = self._sums[link.part_table, link.part_columns[0]]
        n = len(self._frames[link.whole_table])
        pairs = pairs_of(link, self._frames[link.whole_table], self._frames[link.part_table])
        total, part = pairs["total"].to_numpy(), pairs["part"].to_numpy()
        # A total may have parts by several traits; use the trait with the most people.
        stated = np.bincount(pairs["relation"], np.nan_to_num(of.people[part]))[pairs["relation"]]
        most_stated = pd.Series(stated).groupby(total).transform("max").to_numpy()
        first = pairs["relation"].where(stated == most_stated).groupby(total).transform("min")
        chosen = (pairs["relation"] == first).to_numpy() & ~np.isnan(of.values[part])
        known = np.bincount(total[chosen], minlength=n) > 0

        def added(amounts: Values) -> Values:
            return np.where(known, np.bincount(total[chosen], amounts[part[chosen]], minlength=n), np.nan)

        return _Sums(added(of.values), added(of.most), added(of.people), of.point)

    def _hides(self, key: tuple[str, str]) -> Mask:
        """Return the rows of a count that are hidden from who keeps all releases."""
        name, column = key
        also = self._masks.get(name, {}).get(column, False)
        hidden = self._tables[name].by_itself[column].to_numpy(dtype=bool) | also
        return np.asarray(hidden & ~self._is_known(key))

    def _is_known(self, key: tuple[str, str]) -> Mask:
        """Return the rows of a count whose sum an earlier release shows, of the same people or of few others."""
        if self._editions is None:
            return np.zeros(len(self._frames[key[0]]), dtype=bool)
        return self._editions.shown_before(*key)

    def _was_hidden(self, key: tuple[str, str]) -> Mask:
        """Return the rows of a count that an earlier release hides for the sake of other groups."""
        if self._editions is None:
            return np.zeros(len(self._frames[key[0]]), dtype=bool)
        return self._editions.hidden_before(*key)

    def _tells_sum(self, key: tuple[str, str]) -> bool:
        """Return whether a table prints the sum of what it counts: a mean of its main count, or of a total's parts.

        A table of samples counts the respondents of a service, and prints nothing of their answers.
        """
        name, column = key
        table = declared("measure", name)
        if table.mean:
            return True
        parts = [
            declared("measure", link.part_table)
            for link in _links_of(self._tables)
            if (link.whole_table, link.whole_column) == key
        ]
        units = {each.columns[each.mean].unit for each in parts}
        return column in table.main and any(each.unit in units for each in table.columns.values())

    def _mean_of_means(self, link: Link) -> Relations:
        """Return a relation for each printed mean of a total that is the plain mean of the means of its parts.

        In sums: the people of the total, times the mean of a part, added up over the parts, are the number of parts times
        the sum of the total. The right side is printed, so it is known here, and no cell. The weights are people of the
        total per people of the part.
        """
        name, column = link.whole_table, link.whole_column
        table, of = self._tables[name], self._sums[link.part_table, link.part_columns[0]]
        pairs = pairs_of(link, self._frames[name], self._frames[link.part_table])
        is_known = (
            ~self._hides((name, column))[pairs["total"]]
            & ((of.people > 0) & ~np.isnan(of.values))[pairs["part"]]
        )
        total, part = (pairs[each].to_numpy()[is_known] for each in ("total", "part"))
        weights = table.numbers[column].to_numpy(dtype="float64")[total] / of.people[part]
        first = self.counts[link.part_table, link.part_columns[0]].first
        totals, row = np.unique(total, return_inverse=True)
        matrix = sparse.csr_matrix((weights, (row, first + part)), shape=(len(totals), self._n))
        known = np.bincount(row, weights * of.values[part], minlength=len(totals)).astype("float64")
        return Relations(matrix, known, known)

    def relations(self) -> Relations:
        """Return all relations: of sums, and of means that are means of means."""
        every = [super().relations(), *self._means.values()]
        return Relations(
            sparse.vstack([each.matrix for each in every]).tocsr(),
            np.concatenate([each.low for each in every]),
            np.concatenate([each.high for each in every]),
        )

    def cells(self) -> Cells:
        """Return all sums as cells; the price is infinite for totals, which must be shown, and for sums that are known."""
        counts = list(self.counts.values())
        down, up = (np.concatenate(ends) for ends in zip(*map(self._wanted, self.counts), strict=True))
        price = [
            np.where(
                self._is_known(key),
                np.inf,
                price_of(sums.people) * _in_order(self._frames[key[0]], key[0]),
            )
            if declared("measure", key[0]).mean
            else np.full(len(sums.people), np.inf)
            for key, sums in self._sums.items()
        ]
        return Cells(
            np.nan_to_num(np.concatenate([count.values for count in counts])),
            np.concatenate([count.hidden for count in counts]).astype(bool),
            down,
            up,
            np.nan_to_num(np.concatenate(price), posinf=np.inf),
        )

    def _wanted(self, key: tuple[str, str]) -> tuple[Values, Values]:
        """Return the required bounds of each hidden sum to protect: one point per person wide, around the true sum.

        Protected are small sums, and those that an earlier release hid for the sake of a small one: if they could be
        computed from the new release, so could the small one from the earlier. They get the room of the largest small one.
        """
        count, sums = self.counts[key], self._sums[key]
        least, most = self._by_wholes(key)
        width = sums.point * np.minimum(sums.people, count.least - 1)
        is_small = (sums.people > 0) & (sums.people < count.least) | self._was_hidden(key)
        needs = count.hidden & is_small & ~np.isnan(sums.values) & (most - least >= width)
        needs &= bool(declared("measure", key[0]).mean)
        # Near an end of its range, the required bounds start at that end, which is easiest to keep.
        down = np.select(
            [sums.values >= most - width, sums.values <= least + width],
            [most - width, least],
            sums.values - width / 2,
        )
        return np.where(needs, down, np.nan), np.where(needs, down + width, np.nan)

    def _by_wholes(self, key: tuple[str, str]) -> tuple[Values, Values]:
        """Return the bounds of each sum that follow from its totals or their means alone, as far as these are shown."""
        sums = self._sums[key]
        least, most = np.zeros(len(sums.values)), sums.most.copy()
        for link in _links_of(self._tables):
            if (link.part_table, link.part_columns[0]) != key:
                continue
            whole = self._sums[link.whole_table, link.whole_column]
            pairs = pairs_of(link, self._frames[link.whole_table], self._frames[link.part_table])
            is_shown = ~self.counts[link.whole_table, link.whole_column].hidden[pairs["total"]]
            total, part = (pairs[name].to_numpy()[is_shown] for name in ("total", "part"))
            others = np.full(len(part), np.inf)
            np.subtract(whole.most[total], sums.most[part], out=others, where=np.isfinite(sums.most[part]))
            np.fmax.at(least, part, whole.values[total] - others)
            np.fmin.at(most, part, whole.values[total])
        for link, means in self._means.items():
            if (link.part_table, link.part_columns[0]) == key:
                own = means.matrix[:, self.counts[key].places].tocoo()
                ends = own.data * sums.most[own.col]
                others = np.bincount(own.row, ends, minlength=len(means.low))[own.row] - ends
                np.fmax.at(least, own.col, (means.low[own.row] - others) / own.data)
                np.fmin.at(most, own.col, means.low[own.row] / own.data)
        return least, most

    def _add_link(self, rows: Rows, link: Link) -> None:
        """Add the relation of a link whose parts add up to the total.

        Of other links only the numbers of people are comparable: what people answered to one element may be more or less
        than what they answered on average.
        """
        if link.fills:
            super()._add_link(rows, link)

    def _ends_of(self, matrix: sparse.csr_matrix, values: Values, fills: Mask) -> tuple[Values, Values]:
        """Return the bounds of total minus parts; a small difference from blank answers counts as known.

        People of the total who are in no part, as those who named no service, have given any answers of the scale.
        """
        low, high = super()._ends_of(matrix, values, fills)
        gap = matrix @ values
        with np.errstate(invalid="ignore"):
            rest = matrix @ np.concatenate([count.coded_high for count in self.counts.values()])
        near = fills & ~(rest > SAME) & (np.abs(gap) <= _BLANKS * (matrix.maximum(0) @ values))
        some = fills & (rest > SAME) & (gap >= -SAME)
        high = np.where(some, np.maximum(rest, gap), high)
        return np.where(near, gap, low), np.where(near, gap, high)


def _sums_of(frame: pd.DataFrame, numbers: pd.Series[float], name: str, mean: str) -> _Sums:
    """Return the sums of the means of a table."""
    scale = unit_of(declared("measure", name).columns[mean].unit)
    people = numbers.to_numpy(dtype="float64", na_value=np.nan)
    lowest = scale.lowest or 0.0
    above = frame[mean].to_numpy(dtype="float64", na_value=np.nan) - lowest
    most = np.full(len(people), np.inf) if scale.highest is None else people * (scale.highest - lowest)
    values, ends = (np.where(people == 0, 0.0, each).astype("float64") for each in (above * people, most))
    return _Sums(values, ends, people.astype("float64"), scale.point or 0.0)


def _in_order(frame: pd.DataFrame, name: str) -> Values:
    """Return factors for prices that make equal groups differ a little, in the order of their traits.

    Without them the solver chooses among groups of equal size by their values. Then one answer that changes in one unit
    would move suppression in others.
    """
    # Traits come first, so that units and periods choose the same ones.
    keys = sorted(declared("measure", name).keys, key=lambda column: column in {"unit_id", "period"})
    rank = frame.groupby(keys, sort=True, observed=True, dropna=False).ngroup().to_numpy()
    return np.asarray(1 + _TIES * (rank + 1) / (rank.max(initial=0) + 1))


def _links_of(tables: CountedCity) -> list[Link]:
    """Return the links from a total to groups with an additive mean."""
    return [
        link
        for link in links()
        if link.fills
        and not link.is_before
        and {link.whole_table, link.part_table} <= set(tables)
        and declared("measure", link.part_table).mean
        and link.part_columns == declared("measure", link.part_table).main
        and link.part_columns[0] in audited(link.part_table)
    ]


def _links_of_means(tables: CountedCity) -> list[Link]:
    """Return the links from a total to groups with an additive mean, where the total's mean is the mean of theirs."""
    return [
        link
        for link in links()
        if link.mean_over
        and {link.whole_table, link.part_table} <= set(tables)
        and declared("measure", link.part_table).mean
    ]


def _tables_of(tables: CountedCity) -> list[str]:
    """Return the names of the tables with an additive mean, and of the tables of their totals."""
    with_mean = [name for name in tables if declared("measure", name).mean]
    wholes = [link.whole_table for link in [*_links_of(tables), *_links_of_means(tables)]]
    return [name for name in tables if name in {*with_mean, *wholes}]
