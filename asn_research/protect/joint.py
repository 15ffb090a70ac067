"""Secondary suppression over all tables together, against what an attacker can compute from them.

First, each table suppresses its own small groups (primary suppression). Then every count of every table, over all
units, the city and all periods, is one cell. Everybody knows the sums within a table and the links between tables
(`schema/links.csv`). `linked` finds the suppressed groups that can still be computed, and further counts to suppress.

This protects sums too. A printed mean with its count gives a sum, and its interval gives a sum of squares. They add up
over the same people as their counts, and they are printed only where their count is printed. So if printed sums
revealed a suppressed sum, the same weights on the printed counts would reveal the suppressed count, which is excluded
here. Numbers of survey respondents are always shown. For them, a cell counts as hidden if the answers are
suppressed, and the question is whether the answers can be computed. Unlike counts, sums are bounded by the ends of
their scale. What an attacker can compute from that is excluded after the counts (`linked_sums`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from asn_research.protect.changed_grades import changed_grades
from asn_research.protect.counted import GRADES, CountedCity
from asn_research.protect.editions import Editions
from asn_research.protect.guards import Mask
from asn_research.protect.linked import also_hidden
from asn_research.protect.linked_cells import Cells, Places, Relations, Values
from asn_research.protect.linked_counts import LinkedCounts, pairs_of
from asn_research.protect.linked_sums import LinkedSums, Masks
from asn_research.remembered import remembered
from asn_research.rules.regulations import DisclosureRule
from asn_research.schema import declared
from asn_research.schema.links import links

#: Components with fewer cells than this are solved together, because they are not worth a cache file each.
_SMALL = 200
#: By measure, the count of the people from whose grades its values are computed.
_MADE_OF_GRADES = {GRADES: "n_employees", "information": "n_employees", "ip_asn": "n_staff"}


def hidden_jointly(
    now: CountedCity,
    rule: DisclosureRule,
    past: Sequence[CountedCity] = (),
    *,
    editions: Editions | None = None,
) -> dict[str, dict[str, Mask]]:
    """Return the secondary suppression: further counts to suppress so that all tables together reveal no small group.

    Parameters
    ----------
    now : mapping of str to CountedTable
        The numbers of people in all measures, with the primary suppression of each table.
    rule : DisclosureRule
        The smallest sizes.
    past : sequence of mapping of str to CountedTable
        The earlier releases, oldest first; an attacker may have kept them.
    editions : Editions, optional
        The new release and the earlier ones together, if the caller has them already.

    Returns
    -------
    dict
        By table and count, the rows to suppress in addition to those that the table suppresses itself. A
        table without such rows is absent.

    Raises
    ------
    DisclosureError
        If a small group can be computed whatever is suppressed.
    """
    city = (editions or Editions(now, past, rule)) if past else LinkedCounts(now, rule)
    cells = city.cells()
    hidden = cells.hidden | _hidden(cells, city.relations(), may_give_up=bool(past))
    masks: dict[str, dict[str, Mask]] = {}
    for name, column in city.counted():
        if name not in now or column not in now[name].hidden:
            continue
        _hide(masks, name, column, hidden[city.places(name, column)] & ~now[name].hidden[column].to_numpy())
    if past and GRADES in now:
        _hide_changed_grades(masks, now, changed_grades(now, past, rule))
    return masks


def hidden_for_sums(
    now: CountedCity,
    frames: Mapping[str, pd.DataFrame],
    masks: Masks,
    rule: DisclosureRule,
    past: Sequence[CountedCity] = (),
    *,
    editions: Editions | None = None,
) -> dict[str, dict[str, Mask]]:
    """Return all secondary suppression, so that no sum of a small group can be narrowed to one point per person.

    Parameters
    ----------
    now : mapping of str to CountedTable
        By measure: the numbers of people, and which of them the table itself suppresses.
    frames : mapping of str to pd.DataFrame
        The same measures with all their values.
    masks : mapping
        The result of `hidden_jointly`.
    rule : DisclosureRule
        The smallest sizes.
    past : sequence of mapping of str to CountedTable
        The earlier releases, oldest first. A sum that one of them shows is known, whatever is suppressed now; what one of
        them hides for the sake of a small group stays hidden.
    editions : Editions, optional
        The new release and the earlier ones together, if the caller has them already.

    Returns
    -------
    dict
        `masks` with further rows.
    """
    found = {name: dict(each) for name, each in masks.items()}
    editions = (editions or Editions(now, past, rule)) if past else None
    if editions is not None:
        for name in [name for name in now if declared("measure", name).mean]:
            (count,) = declared("measure", name).main
            _hide(found, name, count, editions.hidden_before(name, count))
    city = LinkedSums(now, frames, found, rule, editions)
    if not city.counts:
        return found
    cells = city.cells()
    hidden = _hidden(cells, city.relations(), may_give_up=True, by_width=True)
    for name, column in city.counted():
        _hide(found, name, column, hidden[city.places(name, column)])
    _hide_changes_since(found, now)
    return found


def _hide(masks: dict[str, dict[str, Mask]], name: str, column: str, mask: Mask) -> None:
    """Add rows to the mask of a count; a mask without rows is not added."""
    if mask.any():
        own = masks.setdefault(name, {})
        own[column] = mask | own.get(column, np.zeros(len(mask), dtype=bool))


def _hide_changes_since(masks: dict[str, dict[str, Mask]], now: CountedCity) -> None:
    """Add masks that suppress the change since a period whose value is suppressed.

    A value and its change give the value of the period before. So where that is hidden, the count on which the change
    rests (`elements.n_before`) is hidden too.
    """
    for link in links():
        whole = masks.get(link.whole_table, {}).get(link.whole_column)
        if whole is None or not link.is_before or link.part_table not in now:
            continue
        pairs = pairs_of(link, now[link.whole_table].keys, now[link.part_table].keys)
        for column in link.part_columns:
            mask = np.zeros(len(now[link.part_table].keys), dtype=bool)
            mask[pairs["part"].to_numpy()[whole[pairs["total"]]]] = True
            _hide(masks, link.part_table, column, mask)


def _hide_changed_grades(
    masks: dict[str, dict[str, Mask]], now: CountedCity, grades: set[tuple[str, str]]
) -> None:
    """Add masks that suppress the values computed from the grades of some units and periods."""
    for name, count in _MADE_OF_GRADES.items():
        if name in now and grades:
            keys = now[name].keys[["unit_id", "period"]].astype("str")
            mask = np.array([at in grades for at in keys.itertuples(index=False, name=None)], dtype=bool)
            _hide(masks, name, count, mask)


def _hidden(cells: Cells, relations: Relations, *, may_give_up: bool, by_width: bool = False) -> Mask:
    """Return which further cells to suppress; each connected component is solved and memoised separately."""
    hidden = np.zeros(len(cells.values), dtype=bool)
    for places, rows in _apart(relations.matrix, cells.hidden & ~np.isnan(cells.up_to)):
        part = Cells(*(getattr(cells, each.name)[places] for each in fields(Cells)))
        matrix = relations.matrix[rows][:, places].tocsr()
        hidden[places] = _hidden_apart(
            part,
            matrix.indptr,
            matrix.indices,
            matrix.data,
            relations.low[rows],
            relations.high[rows],
            may_give_up,
            by_width,
        )
    return hidden


@remembered
def _hidden_apart(
    cells: Cells,
    starts: Places,
    places: Places,
    weights: Values,
    low: Values,
    high: Values,
    may_give_up: bool,
    by_width: bool,
) -> Mask:
    matrix = sparse.csr_matrix((weights, places, starts), shape=(len(low), len(cells.values)))
    return also_hidden(cells, Relations(matrix, low, high), may_give_up=may_give_up, by_width=by_width)


def _apart(matrix: sparse.csr_matrix, needs: Mask) -> Iterator[tuple[Places, Places]]:
    """Yield the cells and relations of each connected component that has a hidden cell to protect.

    All small components are yielded together.
    """
    n_cells = matrix.shape[1]
    graph = sparse.bmat([[None, matrix.T], [matrix, None]])
    if graph is None or not needs.any():
        return
    _, label = csgraph.connected_components(graph, directed=False)
    of_cell, of_row = label[:n_cells], label[n_cells:]
    size = np.bincount(of_cell, minlength=label.max() + 1)
    wanted = np.unique(of_cell[needs])
    for group in [wanted[size[wanted] < _SMALL], *([each] for each in wanted[size[wanted] >= _SMALL])]:
        if len(group):
            yield np.flatnonzero(np.isin(of_cell, group)), np.flatnonzero(np.isin(of_row, group))
