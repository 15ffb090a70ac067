"""The linear program of a component of hidden cells: the values that an attacker cannot exclude."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from asn_research.errors import DisclosureError
from asn_research.protect.linked_cells import TOLERANCE, Mask, Places, Values

#: Larger than any number of people in a table; stands for infinity in the solver.
UNBOUNDED = 1e7
#: The smallest number of cells for which it saves time to move them together in one solution.
_MANY = 4


@dataclass(frozen=True)
class Wanted:
    """The required lower and upper bounds of the cells of a component; nan for cells without a requirement."""

    down: Values
    up: Values


class Program:
    """The linear program of a component of hidden cells. Each solve starts from the last solution.

    All solutions are kept: each gives values of the cells that an attacker cannot exclude.
    """

    def __init__(self, matrix: sparse.csr_matrix, rows: Places, low: Values, high: Values) -> None:
        self.rows = rows
        self._n = matrix.shape[1]
        self._columns = np.arange(self._n, dtype=np.int32)
        self._solver = solver_of(matrix.tocsr(), low, high)
        self._fixed: dict[int, float] = {}
        #: The rows of all programs solved so far, a measure of work that is the same on every machine.
        self.work = 0
        self._keep(np.empty((0, self._n)))

    def _keep(self, solutions: Values) -> None:
        self._solutions = list(solutions)
        self._least = np.min(solutions, axis=0, initial=np.inf)
        self._most = np.max(solutions, axis=0, initial=-np.inf)

    def reach(self, column: int, *, upward: bool) -> float:
        """Return the smallest or the largest value of a cell; infinite if it has no bound."""
        size = _whole(self._solve([column], upward=upward)[column])
        return np.inf if size >= UNBOUNDED else size

    def narrow(self, wanted: Wanted) -> list[tuple[int, Places]]:
        """Return the cells that do not reach their required bounds, each with the rows that limit it."""
        self._explore(wanted)
        every = np.arange(self._n)
        return [(column, self.rows[self._holding()]) for column in self._found_narrow(every, wanted)]

    def learn(self, wanted: Wanted) -> None:
        """Find and keep solutions in which every cell reaches its required bounds."""
        self._explore(wanted)
        for _ in self._found_narrow(np.arange(self._n), wanted):
            pass

    def can_fix(self, column: int, value: float, wanted: Wanted, first: Sequence[int]) -> bool:
        """Fix a cell at its true value if all required bounds still hold; return whether it was fixed.

        Parameters
        ----------
        first : sequence of int
            The cells that most likely lose their bounds; they are checked first.
        """
        self._solver.changeColBounds(column, value, value)
        before = np.array(self._solutions).reshape(-1, self._n)
        self._keep(before[np.abs(before[:, column] - value) < TOLERANCE])
        fits = self._all_open(np.array(first, dtype=np.int64), wanted)
        if fits:
            self._explore(wanted, {column: value})
            fits = self._all_open(np.arange(self._n), wanted)
        if not fits:
            self._solver.changeColBounds(column, 0.0, UNBOUNDED)
            self._keep(before)
        else:
            self._fixed[column] = value
        return fits

    def _all_open(self, columns: Places, wanted: Wanted) -> bool:
        return next(self._found_narrow(columns, wanted), None) is None

    def _found_narrow(self, columns: Places, wanted: Wanted) -> Iterator[int]:
        """Yield the cells that miss a required bound, each while the solver still holds its solution."""
        for column in columns:
            for upward in (False, True):
                if self._is_closed(int(column), wanted, upward=upward):
                    self._solve([int(column)], upward=upward)
                    if self._is_closed(int(column), wanted, upward=upward):
                        yield int(column)
                        break

    def _is_closed(self, column: int, wanted: Wanted, *, upward: bool) -> bool:
        """Whether a cell reaches its required bound in none of the known solutions."""
        if upward:
            return bool(self._most[column] < wanted.up[column] - TOLERANCE)
        return bool(self._least[column] > wanted.down[column] + TOLERANCE)

    def _closed(self, wanted: Wanted, *, upward: bool) -> Mask:
        """Return the cells that reach their required bound in none of the known solutions."""
        closed = self._most < wanted.up - TOLERANCE if upward else self._least > wanted.down + TOLERANCE
        return np.asarray(closed)

    def _explore(self, wanted: Wanted, fixed: Mapping[int, float] | None = None) -> None:
        """Find solutions that move many cells at once, so that most cells need no solution of their own."""
        if not any(self._closed(wanted, upward=upward).sum() >= _MANY for upward in (False, True)):
            return
        least, most = np.zeros(self._n), np.full(self._n, UNBOUNDED)
        for column, value in {**self._fixed, **(fixed or {})}.items():
            least[column] = most[column] = value
        some = self._solve([], upward=False)
        # Each cell is limited to its required bounds, so that many cells can reach theirs at the same time.
        needs = ~np.isnan(wanted.up) & (least < most)
        self._bound(
            np.where(needs, np.minimum(wanted.down, some), least),
            np.where(needs, np.maximum(wanted.up, some), most),
        )
        try:
            self._spread(wanted)
        except DisclosureError:
            # Within these limits the solver finds no exact solution; what is not found here is asked cell by cell.
            self._solver.clearSolver()
        self._bound(least, most)

    def _spread(self, wanted: Wanted) -> None:
        """Find solutions in which as many cells as possible reach their required bounds at the same time."""
        weights = np.random.default_rng(self._n)
        for upward in (False, True):
            left = self._closed(wanted, upward=upward)
            while left.sum() >= _MANY:
                self._solve(
                    np.flatnonzero(left), upward=upward, weights=weights.uniform(0.5, 1.5, left.sum())
                )
                still = self._closed(wanted, upward=upward)
                if left.sum() - still.sum() < _MANY:
                    break
                left = still

    def _bound(self, least: Values, most: Values) -> None:
        self._solver.changeColsBounds(self._n, self._columns, least, most)

    def _solve(
        self, columns: Sequence[int] | Places, *, upward: bool, weights: Values | float = 1.0
    ) -> Values:
        """Return the values that minimise or maximise the weighted sum of some cells."""
        cost = np.zeros(self._n)
        cost[columns] = -weights if upward else weights
        self._solver.changeColsCost(self._n, self._columns, cost)
        self._solver.run()
        self.work += len(self.rows)
        if not self._is_solved:
            # After many solutions the last basis may be too inexact to go on from: begin anew.
            self._solver.clearSolver()
            self._solver.run()
            self.work += len(self.rows)
        if not self._is_solved:
            msg = (
                "The published numbers of people contradict each other: none fit all of them. They come from "
                "different data, or a table counts differently than schema/links.csv says."
            )
            raise DisclosureError(msg)
        sizes = np.array(self._solver.getSolution().col_value)
        self._solutions.append(sizes)
        self._least, self._most = np.minimum(self._least, sizes), np.maximum(self._most, sizes)
        return sizes

    @property
    def _is_solved(self) -> bool:
        return bool(self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    def _holding(self) -> Mask:
        """Return the rows that limit the last solution (with a dual value that is not zero)."""
        return np.asarray(np.abs(np.array(self._solver.getSolution().row_dual)) > TOLERANCE)


def _whole(value: float) -> float:
    nearest = round(value)
    return float(nearest) if abs(value - nearest) < TOLERANCE else float(value)


class _SilentSolver(highspy.Highs):
    """A solver that prints nothing on the terminal, not even a banner when it starts."""

    def enableCallbacks(self) -> None:  # noqa: N802 (the solver's name)
        """Silence the solver before it prints its banner."""
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def solver_of(matrix: sparse.csr_matrix, low: Values, high: Values) -> highspy.Highs:
    """Return a solver with the linear program of a component; all values are zero or more."""
    n_rows, n_columns = matrix.shape
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = n_columns, n_rows
    program.col_cost_ = np.zeros(n_columns)
    program.col_lower_, program.col_upper_ = np.zeros(n_columns), np.full(n_columns, UNBOUNDED)
    program.row_lower_, program.row_upper_ = low, high
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    program.a_matrix_.index_ = matrix.indices.astype(np.int32)
    program.a_matrix_.value_ = matrix.data.astype(float)
    solver = _SilentSolver()  # type: ignore[no-untyped-call]
    # One thread, no presolve, the primal simplex: so each solve can start from the last solution.
    for option, value in (("presolve", "off"), ("solver", "simplex"),
                          ("simplex_strategy", 4), ("threads", 1)):  # fmt: skip
        solver.setOptionValue(option, value)
    solver.passModel(program)
    return solver
