"""The released form of a predikat distribution: it must not show whether anybody has a sensitive predikat."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from asn_research.protect.guards import End
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.regulations_staff import PREDIKATS

#: The value of the column `predikat` in a row of merged predikat.
MERGED = "merged"
#: The predikat (*Baik*) with which others are merged first.
ANCHOR = "good"
_COLUMNS = (
    "unit_id",
    "period",
    "predikat",
    "n",
    "share_pct",
    "share_pct_coded",
    "merged_categories",
    "n_employees",
)


@dataclass(frozen=True)
class Distribution:
    """The predikat distribution of a unit's staff in its released form: some alone, the others merged.

    Parameters
    ----------
    counts : mapping of str to int
        The true number of staff with each predikat.
    merged : tuple of str
        The predikat that are shown as one row, including those that nobody has.
    few : frozenset of str
        The merged predikat of which readers know that at most `most_few` staff have them, because this is
        the reason for merging.
    most_few : int
        The largest number that must not be distinguishable from zero.
    is_coded : bool
        Whether the two parts are shown only as "at most" and "at least".
    """

    counts: Mapping[str, int]
    merged: tuple[str, ...]
    few: frozenset[str]
    most_few: int
    is_coded: bool

    @cached_property
    def n(self) -> int:
        """Number of staff."""
        return sum(self.counts.values())

    @property
    def alone(self) -> tuple[str, ...]:
        """The predikat that are shown alone."""
        return tuple(name for name in PREDIKATS if name not in self.merged)

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """The rows of the released form; the merged part is last."""
        return (*((name,) for name in self.alone), *((self.merged,) if self.merged else ()))

    @property
    def is_exact(self) -> bool:
        """Whether at least two parts are shown, with exact numbers."""
        return len(self.parts) > 1 and not self.is_coded

    def count(self, names: Iterable[str]) -> int:
        """Return how many staff have one of some predikat."""
        return sum(self.counts[name] for name in names)

    def end(self, part: tuple[str, ...]) -> End:
        """Return whether a part is top-coded or bottom-coded; empty if the distribution is not coded."""
        if not self.is_coded:
            return ""
        return "bottom" if self.count(part) <= self.most_few else "top"

    def bounds(self, names: Collection[str]) -> tuple[int, int]:
        """Return the smallest and the largest number of staff with some predikat that the released form allows."""
        known = sum(self.counts[name] for name in self.alone if name in names)
        inside = [name for name in self.merged if name in names]
        outside = [name for name in self.merged if name not in names]
        if self.is_coded:
            return self._coded_bounds(names, inside, outside)
        low, high = self._inside(self.count(self.merged), self.count(self.merged), inside, outside)
        return known + low, known + high

    def _coded_bounds(
        self, names: Collection[str], inside: Sequence[str], outside: Sequence[str]
    ) -> tuple[int, int]:
        (only,) = self.alone
        ends = (0, self.most_few) if self.end((only,)) == "bottom" else (self.n - self.most_few, self.n)
        low, high = self._inside(self.n - ends[1], self.n - ends[0], inside, outside)
        if only not in names:
            return low, high
        # All predikat that are not among the names are in the merged part.
        rest_low, rest_high = self._inside(self.n - ends[1], self.n - ends[0], outside, inside)
        return self.n - rest_high, self.n - rest_low

    def _inside(
        self, least: int, most: int, inside: Sequence[str], outside: Sequence[str]
    ) -> tuple[int, int]:
        """Return the bounds of some members of a merged part whose total lies between `least` and `most`."""
        most_of = {name: min(self.most_few, most) if name in self.few else most for name in self.merged}
        low = max(0, least - sum(most_of[name] for name in outside))
        return low, min(most, sum(most_of[name] for name in inside))


#: The form of an unknown distribution: all predikat are merged.
NOBODYS = Distribution(dict.fromkeys(PREDIKATS, 0), PREDIKATS, frozenset(), 0, is_coded=False)


def distribution_of(
    counts: Mapping[str, int], rule: DisclosureRule, *, of_city: bool = False, joined: Collection[str] = ()
) -> Distribution:
    """Return the released form of the predikat distribution of some staff.

    A sensitive predikat is shown alone only if the number of staff with it, and the number without it, are large
    enough. Otherwise it is merged with *Baik*, even if nobody has it. Further predikat are merged as long as a
    part or its remainder is too small. If only two parts are left and one is too small, both are shown as
    "at most" and "at least".

    Parameters
    ----------
    counts : mapping of str to int
        Number of staff by predikat.
    rule : DisclosureRule
        The smallest sizes, and the sensitive predikat.
    of_city : bool
        Whether it is the distribution of the city. Its shares are never coded, because in so large a group a
        share near 0 or 100 percent identifies nobody.
    joined : collection of str
        Predikat that are merged whatever their numbers.

    Examples
    --------
    >>> from asn_research import rules
    >>> rule = rules.at("2026-Q3").one(DisclosureRule)
    >>> distribution_of({"very_good": 12, "good": 45, "poor": 1}, rule).parts
    (('very_good',), ('good', 'needs_improvement', 'poor', 'very_poor'))
    """
    counts = {name: int(counts.get(name, 0)) for name in PREDIKATS}
    n = sum(counts.values())
    few = rule.smallest_cell - 1
    most_few, may_code = (few, False) if of_city else (max(few, rule.most_at_end(n)), rule.is_coded(n))
    small = {name for name in rule.sensitive_predikats if counts[name] <= most_few}
    at_top = {name for name in rule.sensitive_predikats if n - counts[name] <= most_few}
    merged = {*small, *at_top, *joined}
    is_coded = False

    def is_small(part: Iterable[str]) -> bool:
        number = sum(counts[name] for name in part)
        return min(number, n - number) <= most_few

    while True:
        merged |= {ANCHOR} if merged else set()
        alone = [name for name in PREDIKATS if name not in merged]
        too_small = [name for name in alone if is_small([name])]
        if not alone or (not too_small and not (merged and is_small(merged))):
            break
        if len(alone) == 1 and may_code and alone[0] not in rule.sensitive_predikats:
            is_coded = True
            break
        merged.add((too_small or alone)[0])
    together = tuple(name for name in PREDIKATS if name in merged)
    return Distribution(counts, together, frozenset(small - at_top), most_few, is_coded)


def distributions(frame: pd.DataFrame, rule: DisclosureRule) -> dict[tuple[str, str], Distribution]:
    """Return the released form of the predikat distribution of each unit and period, and of the city.

    Parameters
    ----------
    frame : pd.DataFrame
        The measure `predikats`: one row per unit, period and predikat.
    """
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for unit, period, name, n in zip(
        frame["unit_id"], frame["period"], frame["predikat"], frame["n"], strict=True
    ):
        counts.setdefault((str(unit), str(period)), {})[str(name)] = int(n)
    released = {key: distribution_of(of, rule) for key, of in counts.items() if key[0] != CITY}
    for unit, period in [key for key in counts if key[0] == CITY]:
        units = [each for (_, when), each in released.items() if when == period]
        released[unit, period] = _beside(counts[unit, period], units, rule)
    return released


def _beside(counts: Mapping[str, int], units: Sequence[Distribution], rule: DisclosureRule) -> Distribution:
    """Return the released form of the city's distribution that, with those of the units, reveals no unit."""
    joined: set[str] = set()
    while True:
        city = distribution_of(counts, rule, of_city=True, joined=joined)
        given_away = [part for part in city.parts if _gives_away(city.count(part), part, units, rule)]
        if not given_away or not city.alone:
            return city
        shown = [part[0] for part in given_away if len(part) == 1]
        joined.add((shown or list(city.alone))[-1])


def _gives_away(
    number: int, part: Collection[str], units: Sequence[Distribution], rule: DisclosureRule
) -> bool:
    """Whether the city's number of a part narrows the bounds of a unit more than allowed.

    If few staff of a unit belong to the part, every number from 0 to a few must look possible. If few do not
    belong to it, the same holds for their number. A unit with many on both sides needs no protection.
    """
    if not units or set(part) == set(PREDIKATS):
        return False
    low, high = np.array([unit.bounds(part) for unit in units]).T
    counts, n = np.array([(unit.count(part), unit.n) for unit in units]).T
    width, few = high - low, rule.smallest_cell - 1
    room = np.minimum(width, few)
    above, below = number - low.sum(), high.sum() - number
    is_few, is_rest_few = (width > 0) & (counts <= few), (width > 0) & (n - counts <= few)
    return bool(
        (is_few & ((above < room) | (below < width))).any()
        or (is_rest_few & ((above < width) | (below < room))).any()
    )


def released_predikats(frame: pd.DataFrame, released: Mapping[tuple[str, str], Distribution]) -> pd.DataFrame:
    """Return the rows of the measure `predikats` in their released form.

    Parameters
    ----------
    frame : pd.DataFrame
        The measure `predikats`.
    released : mapping
        From `distributions`.
    """
    keys = frame[["unit_id", "period"]].astype("str").drop_duplicates().itertuples(index=False, name=None)
    rows = [
        (
            unit, period, part[0] if len(part) == 1 else MERGED, each.count(part), 100 * each.count(part) / each.n,
            each.end(part) or None, "|".join(part) if len(part) > 1 else "", each.n,
        )
        for unit, period in keys
        if (each := released[unit, period]).n
        for part in each.parts
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=_COLUMNS)
