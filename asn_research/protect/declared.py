"""The guards of a measure, from its declaration."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from asn_research.protect.guards import GroupKind, Guard, NumberKind, Zero
from asn_research.schema import Column, Table
from asn_research.schema.tables import written_per

#: The kind of group whose smallest size applies: a request counts as a citizen, and a row as an employee.
_SMALLEST_OF: dict[str, GroupKind] = {
    "citizens": "citizens", "requests": "citizens", "employees": "employees", "rows": "employees", "raters": "raters",
}  # fmt: skip
_ZERO: dict[str, Zero] = {"": "shown", "harmless": "shown", "ordinary": "large", "sensitive": "hidden"}


@cache
def guards_of(table: Table) -> tuple[Guard, ...]:
    """Return the guards of a measure: first of whole groups, then of parts, shares, quantiles and estimates.

    Parameters
    ----------
    table : Table
        The declaration of the measure.
    """
    counts = [column for column in table.columns.values() if column.role == "count"]
    groups = [_group(table, column) for column in counts if column.least != "cell"]
    parts = [_part(table, column) for column in counts if column.least in {"subgroup", "cell"}]
    shares = [
        _share(column) for column in table.columns.values() if column.role == "share" and not column.numerator
    ]
    main_first = sorted(groups, key=lambda guard: guard.count not in table.main)
    needy = [guard for count in counts for guard in _needing_more(table, count)]
    return (*main_first, *parts, *shares, *needy)


def _group(table: Table, count: Column) -> Guard:
    speaking = (
        [c for c in table.columns.values() if not c.says_nothing_of_people]
        if count.column in table.main
        else _made_by(table, count)
    )
    return Guard(
        _SMALLEST_OF[count.people],
        count.column,
        tuple(name for column in speaking for name in column.names if name != count.column),
        of=count.of if count.least == "group" else "",
        zero=_zero_of(count),
        is_additive=count.adds_up,
        is_public=count.least == "answers",
    )


def _needing_more(table: Table, count: Column) -> Iterator[Guard]:
    """Yield the guards of the quantiles, estimates and single answers that are computed from the data of a count's people.

    Raters beside the rated staff have no such guard: each rater represents many people, so the smallest
    group of raters is enough.
    """
    if count.people == "raters" and table.main != (count.column,):
        return
    made = table.columns.values() if count.column in table.main else _made_by(table, count)
    for kind in ("quantile", "estimate", "row"):
        names = tuple(name for column in made if _kind_of(column) == kind for name in column.names)
        if names:
            yield Guard(_SMALLEST_OF[count.people], count.column, names, is_additive=False, of_number=kind)


def _kind_of(column: Column) -> NumberKind:
    if column.kind_of_number == "estimated":
        return "estimate"
    if column.kind_of_number == "row":
        return "row"
    return "quantile" if column.kind_of_number == "curve" and column.role == "value" else ""


def _zero_of(count: Column) -> Zero:
    """Return whether a number of zero may be shown; for a subgroup, whether the values of its people may be."""
    if count.least in {"group", "answers"}:
        return _ZERO[count.sensitivity]
    return "hidden" if count.sensitivity == "sensitive" else "shown"


def _part(table: Table, count: Column) -> Guard:
    # A value computed from a subgroup concerns that subgroup alone; only its share also reveals the remainder.
    chosen = [c for c in _made_by(table, count) if count.least == "cell" or c.numerator == count.column]
    columns = tuple(name for column in chosen for name in column.names if name != column.coded)
    coded = next((column.coded for column in chosen if column.numerator == count.column), "")
    return Guard(
        "cells", count.column, columns, count.of, zero=_ZERO[count.sensitivity], is_additive=count.adds_up, coded=coded
    )  # fmt: skip


def _share(share: Column) -> Guard:
    per, zero = written_per(share.unit), _ZERO[share.sensitivity]
    return Guard("cells", share.column, share.bounds, share.of, per, zero, coded=share.coded)


def _made_by(table: Table, count: Column) -> list[Column]:
    """Return the columns whose declaration says that they are computed from the data of a count's people."""
    return [c for c in table.columns.values() if count.column in (*c.behind, c.numerator)]
