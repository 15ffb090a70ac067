"""The cheapest way to make room for a hidden cell: which published cells would have to move with it.

Where a cell is held from many sides, hiding one of the cells that hold it gives it no room: the next relation holds it
just as tightly. So this linear program lets every cell move away from its true number at its price, and the hidden ones
for nothing, and asks for the cheapest way to move one cell as far as it must look possible. If the published
cells that move are hidden too, an attacker cannot exclude that solution.
"""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse

from asn_research.protect.linked_cells import TOLERANCE, Cells, Mask, Places, Relations, Values
from asn_research.protect.linked_program import UNBOUNDED, solver_of

#: What moving a hidden cell costs: nearly nothing, but enough that cells without need stay where they are.
_HIDDEN_PRICE = 1e-3


class Ways:
    """The linear program of all moves away from the true numbers that the relations allow.

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
        self._values, self._n = cells.values, len(cells.values)
        self._hidden = hidden.copy()
        self._may = hidden | np.isfinite(cells.price)
        true = relations.matrix @ cells.values
        self._solver = solver_of(
            # Columns: each cell's move up, then each cell's move down.
            sparse.hstack([relations.matrix, -relations.matrix]).tocsr(),
            np.minimum(relations.low - true, 0.0),
            np.maximum(relations.high - true, 0.0),
        )
        # No move costs less than nothing, so staying is optimal until a cell must move: the dual simplex starts there.
        self._solver.setOptionValue("simplex_strategy", 1)
        columns = np.arange(2 * self._n, dtype=np.int32)
        price = np.where(hidden, _HIDDEN_PRICE, np.where(self._may, cells.price, 0.0)) + _HIDDEN_PRICE
        self._solver.changeColsCost(2 * self._n, columns, np.tile(price, 2))
        self._most = np.where(self._may, UNBOUNDED, 0.0), np.where(self._may, cells.values, 0.0)
        self._solver.changeColsBounds(2 * self._n, columns, np.zeros(2 * self._n), np.concatenate(self._most))

    def move(self, place: int, to: float) -> tuple[Places, Values] | None:
        """Return the published cells that move if a cell moves to a value, and all values then; None if it cannot.

        The cells that move count as hidden from then on.
        """
        by = to - float(self._values[place])
        column, opposite = (place, place + self._n) if by > 0 else (place + self._n, place)
        most = float(self._most[0 if by > 0 else 1][place])
        if abs(by) > most + TOLERANCE:
            return None
        self._solver.changeColBounds(column, abs(by), most)
        self._solver.changeColBounds(opposite, 0.0, 0.0)
        # From the beginning each time: a way is short, and does not depend on the ways before it.
        self._solver.clearSolver()
        self._solver.run()
        found = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        moves = np.array(self._solver.getSolution().col_value) if found else np.zeros(2 * self._n)
        for end, each in enumerate((place, place + self._n)):
            self._solver.changeColBounds(each, 0.0, float(self._most[end][place]))
        if not found:
            return None
        moved = moves[: self._n] - moves[self._n :]
        places = np.flatnonzero((np.abs(moved) > TOLERANCE) & ~self._hidden)
        self._hidden[places] = True
        for each in places:
            self._solver.changeColCost(int(each), _HIDDEN_PRICE)
            self._solver.changeColCost(int(each) + self._n, _HIDDEN_PRICE)
        return places, self._values + moved
