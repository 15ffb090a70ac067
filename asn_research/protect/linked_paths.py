"""The cheapest further cells to hide, so that an attacker cannot compute a hidden cell too exactly.

Where many relations bound a hidden cell, hiding one more cell does not widen its bounds: the next relation bounds it just
as narrowly. So this linear program lets every cell move away from its true number. A move costs the cell's price, and
nearly nothing if the cell is hidden already. The program asks for the cheapest way to move one cell as far as its required
bounds. If the published cells that move are hidden too, an attacker cannot exclude that solution.
"""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse

from asn_research.protect.linked_cells import TOLERANCE, Cells, Mask, Places, Relations, Values
from asn_research.protect.linked_program import UNBOUNDED, solver_of

#: What moving a hidden cell costs: nearly nothing, but enough that cells without need stay where they are.
_HIDDEN_PRICE = 1e-3


class CheapestPaths:
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
        self._columns = np.arange(2 * self._n, dtype=np.int32)
        price = np.where(hidden, 0.0, np.where(self._may, cells.price, 0.0)) + _HIDDEN_PRICE
        self._price = np.tile(price, 2)
        self._set_costs(self._price)
        self._most = np.where(self._may, UNBOUNDED, 0.0), np.where(self._may, cells.values, 0.0)
        self._solver.changeColsBounds(
            2 * self._n, self._columns, np.zeros(2 * self._n), np.concatenate(self._most)
        )

    def move(self, place: int, to: float) -> tuple[Places, Values] | None:
        """Return the published cells that move if a cell moves to a value, and all values then; None if it cannot.

        The cells that move count as hidden from then on.
        """
        moved = self._solve(place, to, at_least=True)
        if moved is None:
            return None
        places = np.flatnonzero((np.abs(moved) > TOLERANCE) & ~self._hidden)
        self._hidden[places] = True
        for each in (*places, *(places + self._n)):
            self._price[each] = _HIDDEN_PRICE
        self._set_costs(self._price)
        return places, self._values + moved

    def farthest(self, place: int, to: float) -> float:
        """Return how far a cell could move towards the value `to` if all cells that may be hidden were hidden.

        The result is the value that the cell reaches: between its true value and `to`, as near to `to` as the
        relations allow.
        """
        # A price of -1 for the move of this cell, and of nothing for all others, makes the program move it as far
        # as it can.
        price = np.zeros(2 * self._n)
        price[place if to > self._values[place] else place + self._n] = -1.0
        self._set_costs(price)
        moved = self._solve(place, to, at_least=False)
        self._set_costs(self._price)
        return float(self._values[place] + (0.0 if moved is None else moved[place]))

    def _set_costs(self, price: Values) -> None:
        self._solver.changeColsCost(2 * self._n, self._columns, price)

    def _solve(self, place: int, to: float, *, at_least: bool) -> Values | None:
        """Return how far each cell moves in the cheapest solution in which one cell moves to a value; None without a solution.

        With `at_least` the cell must reach the value, or go beyond it. Otherwise it may stop before the value.
        """
        by = to - float(self._values[place])
        column, opposite = (place, place + self._n) if by > 0 else (place + self._n, place)
        most = float(self._most[0 if by > 0 else 1][place])
        if at_least and abs(by) > most + TOLERANCE:
            return None
        ends = (abs(by), max(most, abs(by))) if at_least else (0.0, min(most, abs(by)))
        self._solver.changeColBounds(column, *ends)
        self._solver.changeColBounds(opposite, 0.0, 0.0)
        # The solver starts anew each time: few cells move, so a start from the last solution saves no time.
        self._solver.clearSolver()
        self._solver.run()
        found = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        moves = np.array(self._solver.getSolution().col_value) if found else None
        for end, each in enumerate((place, place + self._n)):
            self._solver.changeColBounds(each, 0.0, float(self._most[end][place]))
        return None if moves is None else moves[: self._n] - moves[self._n :]
