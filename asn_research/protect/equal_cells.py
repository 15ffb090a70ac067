"""Equal cells: numbers that everybody knows to be equal count as one cell.

Tables repeat numbers. If a unit has one service, its requests are the requests of the service. If a half year has
data of one quarter, its numbers are those of the quarter. The relation "this cell minus that cell is zero" says so.
Whoever sees one of the cells knows all of them, so all are suppressed together or none is. Solved as one cell, they
need one linear program instead of many, and no round is spent on suppressing them one after another.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from asn_research.protect.linked_cells import TOLERANCE, Cells, Mask, Places, Relations, Values

#: How far the digest of a cell looks: its relations, their cells, and so on.
_STEPS = 4
#: An odd number that spreads the bits of a digest.
_MIX = np.uint64(0x9E3779B97F4A7C15)
Digests = np.ndarray[Any, np.dtype[np.uint64]]


@dataclass(frozen=True)
class Distinct:
    """The distinct cells of some cells, with the relations between them.

    Parameters
    ----------
    cells, relations
        The distinct cells and their relations, without repeated ones.
    of : array of int
        For each of the original cells, the position of its distinct cell.
    """

    cells: Cells
    relations: Relations
    of: Places

    def cells_shown(self, mask: Mask) -> Cells:
        """Return the distinct cells with some of them shown, and so without requirement."""
        down, up = (np.where(mask, np.nan, each) for each in (self.cells.down_to, self.cells.up_to))
        return replace(self.cells, hidden=self.cells.hidden & ~mask, down_to=down, up_to=up)


def distinct(cells: Cells, relations: Relations, *, by_width: bool = False) -> Distinct:
    """Return the distinct cells: cells whose difference everybody knows to be zero are one.

    A distinct cell is suppressed if all its cells are, or if one of them needs protection. Its required bounds
    include those of its cells. Its price is that of all its cells that are still shown.

    Parameters
    ----------
    cells : Cells
        The original cells.
    relations : Relations
        How they add up.
    by_width : bool
        Whether required bounds mean a width at any position, so that the widest of them is enough.

    Returns
    -------
    Distinct
    """
    matrix = relations.matrix.tocsr(copy=True)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    of = _same(matrix, relations)
    n = int(of.max(initial=-1)) + 1
    cell_of = sparse.csr_matrix((np.ones(len(of)), (np.arange(len(of)), of)), shape=(len(of), n))
    own = _without_repeats((matrix @ cell_of).tocsr(), relations)
    first = np.unique(of, return_index=True)[1]
    needs = cells.needs
    is_hidden = (np.bincount(of, ~cells.hidden, n) == 0) | (np.bincount(of, needs, n) > 0)
    merged = Cells(
        cells.values[first],
        is_hidden,
        *_required(cells, of, n, by_width=by_width),
        # A cell that is suppressed already costs nothing more.
        np.bincount(of, np.where(cells.hidden, 0.0, cells.price), n).astype(float),
    )
    return _in_own_order(merged, own, of)


def _in_own_order(cells: Cells, relations: Relations, of: Places) -> Distinct:
    """Return distinct cells and relations in an order that follows from them alone, not from the tables' order.

    The order is that of a digest of each cell, its relations, their cells, and so on a few steps far. So the same
    numbers in another order lead to the same choice; cells with equal digests are exchangeable.
    """
    matrix = relations.matrix.tocoo()
    said = [getattr(cells, each.name).astype(float) for each in fields(cells)]
    of_cell = _digest(np.column_stack([np.nan_to_num(each, nan=-1.0, posinf=-2.0) for each in said]))
    ends = np.nan_to_num(np.column_stack([relations.low, relations.high]), posinf=1e9, neginf=-1e9)
    of_row = _digest(ends)
    weight = _digest(matrix.data[:, None])
    for _ in range(_STEPS):
        of_row = _digested(of_row, matrix.row, of_cell[matrix.col] * weight)
        of_cell = _digested(of_cell, matrix.col, of_row[matrix.row] * weight)
    cell_at, row_at = (np.argsort(each, kind="stable") for each in (of_cell, of_row))
    place = np.empty(len(cell_at), dtype=np.int64)
    place[cell_at] = np.arange(len(cell_at))
    ordered = Cells(*(getattr(cells, each.name)[cell_at] for each in fields(cells)))
    rows = Relations(
        relations.matrix[row_at][:, cell_at].tocsr(), relations.low[row_at], relations.high[row_at]
    )
    rows.matrix.sort_indices()
    return Distinct(ordered, rows, place[of])


def _digest(said: Values) -> Digests:
    """Return one number for each row of some numbers: equal for equal rows, and else almost surely different."""
    found = np.zeros(len(said), dtype=np.uint64)
    for column in said.T:
        found = found * _MIX + pd.util.hash_array(np.ascontiguousarray(column.round(6)) + 0.0)
    return found


def _digested(own: Digests, at: Places, others: Digests) -> Digests:
    """Return new digests, from the old ones and those of the neighbours in any order."""
    found = np.zeros(len(own), dtype=np.uint64)
    np.add.at(found, at, others)
    return pd.util.hash_array(own * _MIX + found)


def _same(matrix: sparse.csr_matrix, relations: Relations) -> Places:
    """Return the number of each cell's distinct cell, from relations that say that two cells are equal."""
    is_zero = (np.abs(relations.low) <= TOLERANCE) & (np.abs(relations.high) <= TOLERANCE)
    rows = np.flatnonzero((np.diff(matrix.indptr) == 2) & is_zero)
    one, other = matrix.indptr[rows], matrix.indptr[rows] + 1
    equal = matrix.data[one] == -matrix.data[other]
    one, other = matrix.indices[one[equal]], matrix.indices[other[equal]]
    n = matrix.shape[1]
    graph = sparse.csr_matrix((np.ones(len(one)), (one, other)), shape=(n, n))
    return np.asarray(csgraph.connected_components(graph, directed=False)[1], dtype=np.int64)


def _required(cells: Cells, of: Places, n: int, *, by_width: bool) -> tuple[Values, Values]:
    """Return the required bounds of each distinct cell; nan where none of its cells has a requirement."""
    down, up = np.full(n, np.nan), np.full(n, np.nan)
    at = np.flatnonzero(cells.needs)
    if by_width:
        # The widest of each is written last.
        at = at[np.argsort((cells.up_to - cells.down_to)[at], kind="stable")]
        down[of[at]], up[of[at]] = cells.down_to[at], cells.up_to[at]
    else:
        np.fmin.at(down, of[at], cells.down_to[at])
        np.fmax.at(up, of[at], cells.up_to[at])
    return down, up


def _without_repeats(matrix: sparse.csr_matrix, relations: Relations) -> Relations:
    """Return relations without empty and repeated ones."""
    matrix.eliminate_zeros()
    matrix.sort_indices()
    seen: dict[tuple[Any, ...], int] = {}
    for row in range(matrix.shape[0]):
        part = slice(matrix.indptr[row], matrix.indptr[row + 1])
        if part.start < part.stop:
            key = (
                matrix.indices[part].tobytes(), matrix.data[part].tobytes(),
                float(relations.low[row]), float(relations.high[row]),
            )  # fmt: skip
            seen.setdefault(key, row)
    rows = np.array([*seen.values()], dtype=np.int64)
    return Relations(matrix[rows], relations.low[rows], relations.high[rows])
