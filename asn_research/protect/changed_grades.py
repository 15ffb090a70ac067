"""Grades whose change since an earlier release would reveal few people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asn_research.protect.counted import GRADES, MERGED, OF_GRADE, CountedCity, CountedTable
from asn_research.rules.regulations import DisclosureRule


def changed_grades(
    now: CountedCity, past: Sequence[CountedCity], rule: DisclosureRule
) -> set[tuple[str, str]]:
    """Return the units and periods whose grades an earlier release shows, and in which few people changed since.

    Parameters
    ----------
    now, past, rule
        As for `Editions`.
    """
    of_now = _grades(now[GRADES])
    return {
        at
        for edition in past
        if GRADES in edition
        for at, cells in _grades(edition[GRADES]).items()
        if at in of_now and _few_changed(cells, of_now[at], rule)
    }


#: By cell (the set of grades that it merges), the number of people with one of them.
_Grades = Mapping[frozenset[str], float]


def _grades(table: CountedTable) -> dict[tuple[str, str], dict[frozenset[str], float]]:
    """Return the shown cells of grades, by unit and period."""
    found: dict[tuple[str, str], dict[frozenset[str], float]] = {}
    columns = (table.keys[name].astype("str") for name in ("unit_id", "period", "predikat", MERGED))
    for unit, period, grade, merged, n, hidden in zip(
        *columns, table.numbers[OF_GRADE], table.hidden[OF_GRADE], strict=True
    ):
        if not hidden:
            found.setdefault((unit, period), {})[frozenset((merged or grade).split("|"))] = n
    return found


def _few_changed(then: _Grades, now: _Grades, rule: DisclosureRule) -> bool:
    """Whether two releases together reveal a change of few people, or separate grades that one merges."""
    for block in _blocks([*then, *now]):
        before, after = ({cell: n for cell, n in of.items() if cell <= block} for of in (then, now))
        if set(before) == set(after):
            few = any(0 < abs(n - before[cell]) < rule.smallest_cell for cell, n in after.items())
        else:
            change = abs(sum(after.values()) - sum(before.values()))
            few = change < (rule.smallest_group.employees if before and after else rule.smallest_cell)
        if few:
            return True
    return False


def _blocks(cells: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Return the smallest disjoint sets of grades such that each cell lies within one of them."""
    blocks: list[frozenset[str]] = []
    for cell in cells:
        touched = [block for block in blocks if block & cell]
        blocks = [block for block in blocks if not block & cell] + [cell.union(*touched)]
    return blocks
