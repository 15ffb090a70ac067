"""The cheapest way to make room for a hidden cell: which published cells would have to move with it.

Where a cell is held from many sides, hiding one of the cells that hold it gives it no room: the next relation holds it
just as tightly. So this linear program lets every cell move away from its true number at its price, and the hidden ones
for nearly nothing, and asks for the cheapest way to move one cell as far as it must look possible. If the
published cells that move are hidden too, an attacker cannot exclude that solution.

A way is short. So it is looked for among the cells near by first, while all others stay at their true numbers; such a
way holds among all cells as well. Only if there is none, all cells may move.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from asn_research.protect.linked_cells import TOLERANCE, Cells, Mask, Places, Relations, Values
from asn_research.protect.linked_program import UNBOUNDED, solver_of

#: What moving a hidden cell costs: nearly nothing, but enough that cells without need stay where they are.
_HIDDEN_PRICE = 1e-3
#: About how many cells count as near by.
_NEAR = 250


class Ways:
    """The moves of cells away from their true numbers that the relations allow.

    Parameters
    ----------
    cells : Cells
        All cells; one with an infinite price cannot move unless it is hidden.
    relations : Relations
        How they add up.
    hidden : array of bool
        The cells that are suppressed by now.
    """

    def __init__(self, cells: Cells, relations: Relations, hidden: Mask) -> None:
        self._values = cells.values
        self._hidden = hidden.copy()
        self._may = hidden | np.isfinite(cells.price)
        self._price = np.where(hidden, 0.0, np.where(self._may, cells.price, 0.0)) + _HIDDEN_PRICE
        self._matrix = relations.matrix.tocsr()
        self._by_cell = self._matrix.tocsc()
        true = self._matrix @ cells.values
        self._low = np.minimum(relations.low - true, 0.0)
        self._high = np.maximum(relations.high - true, 0.0)

    def move(self, place: int, to: float) -> tuple[Places, Values] | None:
        """Return the published cells that move if a cell moves to a value, and all values then; None if it cannot.

        The cells that move count as hidden from then on.
        """
        for some in self._near_and_all(place):
            moved = some.moved(place, to - self._values[place], self._price[some.cells])
            if moved is not None:
                places = some.cells[(np.abs(moved) > TOLERANCE) & ~self._hidden[some.cells]]
                self._hidden[places] = True
                self._price[places] = _HIDDEN_PRICE
                values = self._values.copy()
                values[some.cells] += moved
                return places, values
        return None

    def reach(self, place: int, to: float) -> float:
        """Return the value nearest to another that a cell can have if every cell that may be hidden is."""
        *_, everything = self._near_and_all(place)
        moved = everything.farthest(place, to - self._values[place])
        return float(self._values[place] + moved)

    def _near_and_all(self, place: int) -> Iterator[_Moves]:
        """Yield the moves among the cells near by, then among all that are linked to a cell."""
        for most in (_NEAR, len(self._values)):
            cells = self._linked(place, most)
            yield self._among(cells)
            if len(cells) < most:
                return

    def _linked(self, place: int, most: int) -> Places:
        """Return the cells linked to a cell, the nearest first, until there are many."""
        seen, rows_seen, queue = {place}, set[int](), deque([place])
        while queue and len(seen) < most:
            cell = queue.popleft()
            for row in self._by_cell.indices[
                self._by_cell.indptr[cell] : self._by_cell.indptr[cell + 1]
            ].tolist():
                if row not in rows_seen and len(seen) < most:
                    rows_seen.add(row)
                    others = self._matrix.indices[
                        self._matrix.indptr[row] : self._matrix.indptr[row + 1]
                    ].tolist()
                    queue.extend(other for other in others if other not in seen)
                    seen.update(others)
        return np.array(sorted(seen), dtype=np.int64)

    def _among(self, cells: Places) -> _Moves:
        rows = np.unique(self._by_cell[:, cells].indices)
        matrix = self._matrix[rows][:, cells].tocsr()
        may = self._may[cells]
        return _Moves(
            cells, matrix, self._low[rows], self._high[rows],
            np.where(may, UNBOUNDED, 0.0), np.where(may, self._values[cells], 0.0),
        )  # fmt: skip


@dataclass(frozen=True)
class _Moves:
    """The moves of some cells while all others stay: how far each may move up and down."""

    cells: Places
    matrix: sparse.csr_matrix
    low: Values
    high: Values
    up: Values
    down: Values

    def moved(self, place: int, by: float, price: Values) -> Values | None:
        """Return the cheapest moves of all cells with which one moves by a number; None if it cannot."""
        column = int(np.flatnonzero(self.cells == place)[0])
        n = len(self.cells)
        least, most = np.zeros(2 * n), np.concatenate([self.up, self.down])
        ahead, back = (column, column + n) if by > 0 else (column + n, column)
        if abs(by) > most[ahead] + TOLERANCE:
            return None
        least[ahead], most[ahead], most[back] = abs(by), max(most[ahead], abs(by)), 0.0
        return self._solved(least, most, np.tile(price, 2))

    def farthest(self, place: int, by: float) -> float:
        """Return how far a cell can move, at most by a number."""
        column = int(np.flatnonzero(self.cells == place)[0])
        n = len(self.cells)
        most, price = np.concatenate([self.up, self.down]), np.zeros(2 * n)
        ahead = column if by > 0 else column + n
        most[ahead], price[ahead] = min(most[ahead], abs(by)), -1.0
        moved = self._solved(np.zeros(2 * n), most, price)
        return 0.0 if moved is None else float(moved[column])

    def _solved(self, least: Values, most: Values, price: Values) -> Values | None:
        n = len(self.cells)
        solver = solver_of(sparse.hstack([self.matrix, -self.matrix]).tocsr(), self.low, self.high)
        # No move costs less than nothing, so staying is optimal until a cell must move: the dual simplex starts there.
        solver.setOptionValue("simplex_strategy", 1 if (price >= 0).all() else 4)
        columns = np.arange(2 * n, dtype=np.int32)
        solver.changeColsBounds(2 * n, columns, least, most)
        solver.changeColsCost(2 * n, columns, price)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        moves = np.array(solver.getSolution().col_value)
        return np.asarray(moves[:n] - moves[n:])
