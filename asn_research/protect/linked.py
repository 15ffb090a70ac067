"""Linked cells: what an attacker can compute about a hidden cell, and which further cells must be suppressed.

An attacker sees the published cells of all tables and knows how cells add up over tables. So every relation with a
hidden cell is an equation or inequality in the unknown values of the hidden cells. Linear programming gives the
smallest and the largest value that a hidden cell can have.

Only hidden cells are unknown. So they fall into many small components, connected by relations with two hidden cells
or more, and each component is a small linear program.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from asn_research.errors import DisclosureError

_LOGGER = logging.getLogger(__name__)
#: A bound that is nearer than this to a whole number counts as that number.
_TOLERANCE = 1e-6
#: Larger than any number of people in a table; stands for infinity in the solver.
_UNBOUNDED = 1e7
#: The smallest number of cells for which it saves time to move them together in one solution.
_MANY = 4
Values = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Places = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Cells:
    """Cells: numbers of people that tables show or hide. None is negative.

    Parameters
    ----------
    values : array of float
        The true numbers.
    hidden : array of bool
        Whether a cell is already suppressed.
    down_to, up_to : array of float
        The required bounds of a hidden cell: all values between them must look possible to an attacker. nan for
        a cell that needs no protection itself.
    price : array of float
        The loss of information if a cell is suppressed; infinite for a cell that must be shown.
    """

    values: Values
    hidden: Mask
    down_to: Values
    up_to: Values
    price: Values


@dataclass(frozen=True)
class Relations:
    """What everybody knows about cells: the weighted sum of each row of the matrix lies between `low` and `high`."""

    matrix: sparse.csr_matrix
    low: Values
    high: Values


@dataclass(frozen=True)
class Bounds:
    """The smallest and the largest value of a hidden cell that an attacker cannot exclude."""

    low: float
    high: float


def also_hidden(
    cells: Cells, relations: Relations, *, may_give_up: bool = False, by_width: bool = False
) -> Mask:
    """Return which further cells to suppress, so that every hidden cell keeps its required bounds.

    The method works in rounds. For each cell whose bounds are too narrow, the dual values of the linear program
    give the published cells that cause this. Of these, cells that help many narrow cells at a low price are
    suppressed first. When no cell is too narrow any more, each secondary suppression is undone if all
    required bounds still hold without it; the most expensive cells are tried first.

    Parameters
    ----------
    cells : Cells
        All cells.
    relations : Relations
        How the cells add up; the true values satisfy them.
    may_give_up : bool
        Whether to leave a cell whose bounds stay too narrow after all allowed suppression, because numbers
        that must be shown have already revealed it.
    by_width : bool
        Whether only the width from `down_to` to `up_to` is required, at any position.

    Returns
    -------
    array of bool

    Raises
    ------
    DisclosureError
        If the bounds of a cell stay too narrow after all allowed suppression, and `may_give_up` is false.
    """
    if by_width:
        cells = _of_narrow(cells, relations)
    outsider = _Outsider(cells, relations, may_give_up=may_give_up)
    outsider.hide_enough()
    outsider.show_again()
    return outsider.hidden & ~cells.hidden


def _of_narrow(cells: Cells, relations: Relations) -> Cells:
    """Return the cells with required bounds only for cells whose bounds are narrower than the required width."""
    outsider = _Outsider(cells, relations)
    down, up = np.full(len(cells.values), np.nan), np.full(len(cells.values), np.nan)
    for members in outsider.components(np.flatnonzero(outsider.needs)):
        program = outsider.program(members)
        for column, _ in program.narrow(outsider.wanted(members)):
            place = int(members[column])
            low, high = (program.reach(column, upward=upward) for upward in (False, True))
            width = cells.up_to[place] - cells.down_to[place]
            if high - low < width - _TOLERANCE:
                # If the upper bound cannot grow, the lower bound must fall.
                at_top = high >= cells.up_to[place] - _TOLERANCE
                down[place], up[place] = (high - width, high) if at_top else (low, low + width)
    return replace(cells, down_to=down, up_to=up)


def bounds(cells: Cells, relations: Relations) -> dict[int, Bounds]:
    """Return the bounds of each hidden cell, by its position."""
    outsider = _Outsider(cells, relations)
    found = {}
    for members in outsider.components(np.flatnonzero(cells.hidden)):
        program = outsider.program(members)
        for column, place in enumerate(members):
            low, high = (program.reach(column, upward=upward) for upward in (False, True))
            found[int(place)] = Bounds(low, high)
    return found


def too_narrow(cells: Cells, relations: Relations) -> dict[int, Bounds]:
    """Return the hidden cells whose bounds are narrower than required, with these bounds."""
    return {
        place: each
        for place, each in bounds(cells, relations).items()
        if each.low > cells.down_to[place] + _TOLERANCE or each.high < cells.up_to[place] - _TOLERANCE
    }


class _Outsider:
    """An attacker who knows all relations and all cells that are not hidden."""

    def __init__(self, cells: Cells, relations: Relations, *, may_give_up: bool = False) -> None:
        self._cells = cells
        self._may_give_up = may_give_up
        self._matrix = relations.matrix.tocsr()
        self._by_cell = self._matrix.tocsc()
        self._low, self._high = relations.low, relations.high
        self.hidden = cells.hidden.copy()
        self.needs = cells.hidden & ~np.isnan(cells.up_to)
        # Further suppression only widens bounds, so a cell that was found wide enough is not checked again.
        self._unsure = self.needs.copy()
        self._hidden_for: dict[int, list[int]] = {}

    # ------------------------------------------------------------ components

    def components(self, places: Places) -> Iterator[Places]:
        """Yield each connected component of hidden cells that contains one of the given cells."""
        hidden = np.flatnonzero(self.hidden)
        if not len(hidden):
            return
        between = self._by_cell[:, hidden]
        touched = np.flatnonzero(np.diff(between.tocsr().indptr))
        pairs = between.tocsr()[touched]
        n_cells, n_rows = len(hidden), len(touched)
        graph = (
            sparse.bmat([[None, pairs.T], [pairs, None]]) if n_rows else sparse.csr_matrix((n_cells, n_cells))
        )
        _, label = csgraph.connected_components(graph, directed=False)
        label = label[:n_cells]
        order = np.argsort(label, kind="stable")
        starts = np.flatnonzero(np.diff(label[order], prepend=-1))
        wanted = np.zeros(len(self.hidden), dtype=bool)
        wanted[places] = True
        for members in np.split(hidden[order], starts[1:]):
            if wanted[members].any():
                yield members

    def program(self, members: Places) -> _Program:
        """Return the linear program of a component; published cells enter it as known numbers."""
        rows = np.unique(self._by_cell[:, members].indices)
        shown = np.where(self.hidden, 0.0, self._cells.values)
        known = self._matrix[rows] @ shown
        return _Program(
            self._matrix[rows][:, members], rows, self._low[rows] - known, self._high[rows] - known
        )

    # ------------------------------------------------------------ hiding

    def hide_enough(self) -> None:
        """Suppress cells in rounds until no hidden cell has too narrow bounds."""
        while chosen := self._choose():
            self.hidden[chosen] = True

    def _choose(self) -> list[int]:
        """Return the cells to suppress next: for each narrow cell, one of those that narrow it."""
        holders = []
        for members in self.components(np.flatnonzero(self._unsure)):
            narrow = self._narrow(members)
            self._unsure[members] = False
            self._unsure[[place for place, _ in narrow]] = True
            holders += narrow
        return self._cover(holders)

    def wanted(self, members: Places, which: Mask | None = None) -> Wanted:
        """Return the required bounds of the selected cells of a component (by default all); nan for other cells."""
        wanted = (self.needs if which is None else which)[members]
        down, up = self._cells.down_to[members], self._cells.up_to[members]
        return Wanted(np.where(wanted, down, np.nan), np.where(wanted, up, np.nan))

    def _narrow(self, members: Places) -> list[tuple[int, Places]]:
        """Return the cells of a component with too narrow bounds, each with the published cells that cause it."""
        program = self.program(members)
        found: list[tuple[int, Places]] = []
        if self._may_give_up and not len(self._may_go(program.rows)):
            # Nothing more may be suppressed here: earlier releases have shown all published cells.
            return found
        for column, rows in program.narrow(self.wanted(members, self._unsure)):
            candidates = self._may_go(rows)
            if not len(candidates):
                candidates = self._may_go(program.rows)
            if len(candidates):
                found.append((int(members[column]), candidates))
            elif self.hidden[self._matrix[program.rows].indices].all():
                # No cell of these relations is published. An attacker knows only how numbers add up.
                continue
            elif self._may_give_up:
                self.needs[members[column]] = False
                _LOGGER.warning(
                    "a hidden number follows from what must be shown, or from earlier editions alone"
                )
            else:
                msg = (
                    f"{len(members)} hidden numbers of people can be worked out from each other, and nothing more "
                    "may be hidden. Publish fewer tables."
                )
                raise DisclosureError(msg)
        return found

    def _may_go(self, rows: Places) -> Places:
        """Return the published cells of some relations that may be suppressed."""
        cells = np.unique(self._matrix[rows].indices)
        return np.asarray(cells[~self.hidden[cells] & np.isfinite(self._cells.price[cells])])

    def _cover(self, holders: list[tuple[int, Places]]) -> list[int]:
        """Return cells that include, for each narrow cell, one that narrows it (a greedy set cover by price)."""
        open_cells = dict(enumerate(places for _, places in holders))
        chosen: list[int] = []
        use: dict[int, set[int]] = {}
        for number, places in open_cells.items():
            for place in places:
                use.setdefault(int(place), set()).add(number)
        prices = {place: self._price(place) for place in use}
        while open_cells:
            best = min(
                use, key=lambda place: (prices[place] / len(use[place]) if use[place] else np.inf, place)
            )
            chosen.append(best)
            self._hidden_for[best] = [holders[number][0] for number in use[best]]
            for number in list(use[best]):
                for place in open_cells.pop(number):
                    use[int(place)].discard(number)
        return chosen

    def _price(self, place: int) -> float:
        """Return the price of a cell, plus that of the cheapest cells that must be suppressed with it."""
        total = float(self._cells.price[place])
        rows = self._by_cell.indices[self._by_cell.indptr[place] : self._by_cell.indptr[place + 1]]
        for row in rows:
            others = self._matrix.indices[self._matrix.indptr[row] : self._matrix.indptr[row + 1]]
            is_exact = np.isfinite(self._low[row]) and np.isfinite(self._high[row])
            if is_exact and not self.hidden[others].any():
                total += float(np.min(self._cells.price[others[others != place]], initial=np.inf))
        return min(total, 1e12)

    # ------------------------------------------------------------ showing again

    def show_again(self) -> None:
        """Undo each secondary suppression that is not needed; the most expensive cells are tried first."""
        secondary = self.hidden & ~self._cells.hidden
        for members in list(self.components(np.flatnonzero(secondary))):
            own = members[secondary[members]]
            program, wanted = self.program(members), self.wanted(members)
            columns = {int(place): column for column, place in enumerate(members)}
            program.learn(wanted)
            for place in own[np.lexsort((own, -self._cells.price[own]))]:
                first = [columns[each] for each in self._hidden_for[int(place)]]
                value = float(self._cells.values[place])
                if program.can_fix(columns[int(place)], value, wanted, first):
                    self.hidden[place] = False


@dataclass(frozen=True)
class Wanted:
    """The required lower and upper bounds of the cells of a component; nan for cells without a requirement."""

    down: Values
    up: Values


class _Program:
    """The linear program of a component of hidden cells. Each solve starts from the last solution.

    All solutions are kept: each gives values of the cells that an attacker cannot exclude.
    """

    def __init__(self, matrix: sparse.csr_matrix, rows: Places, low: Values, high: Values) -> None:
        self.rows = rows
        self._n = matrix.shape[1]
        self._columns = np.arange(self._n, dtype=np.int32)
        self._solver = _solver(matrix.tocsr(), low, high)
        self._fixed: dict[int, float] = {}
        self._keep(np.empty((0, self._n)))

    def _keep(self, solutions: Values) -> None:
        self._solutions = list(solutions)
        self._least = np.min(solutions, axis=0, initial=np.inf)
        self._most = np.max(solutions, axis=0, initial=-np.inf)

    def reach(self, column: int, *, upward: bool) -> float:
        """Return the smallest or the largest value of a cell; infinite if it has no bound."""
        size = _whole(self._solve([column], upward=upward)[column])
        return np.inf if size >= _UNBOUNDED else size

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
        self._keep(before[np.abs(before[:, column] - value) < _TOLERANCE])
        fits = self._all_open(np.array(first, dtype=np.int64), wanted)
        if fits:
            self._explore(wanted, {column: value})
            fits = self._all_open(np.arange(self._n), wanted)
        if not fits:
            self._solver.changeColBounds(column, 0.0, _UNBOUNDED)
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
            return bool(self._most[column] < wanted.up[column] - _TOLERANCE)
        return bool(self._least[column] > wanted.down[column] + _TOLERANCE)

    def _closed(self, wanted: Wanted, *, upward: bool) -> Mask:
        """Return the cells that reach their required bound in none of the known solutions."""
        closed = self._most < wanted.up - _TOLERANCE if upward else self._least > wanted.down + _TOLERANCE
        return np.asarray(closed)

    def _explore(self, wanted: Wanted, fixed: Mapping[int, float] | None = None) -> None:
        """Find solutions that move many cells at once, so that most cells need no solution of their own."""
        if not any(self._closed(wanted, upward=upward).sum() >= _MANY for upward in (False, True)):
            return
        least, most = np.zeros(self._n), np.full(self._n, _UNBOUNDED)
        for column, value in {**self._fixed, **(fixed or {})}.items():
            least[column] = most[column] = value
        some = self._solve([], upward=False)
        # Each cell is limited to its required bounds, so that many cells can reach theirs at the same time.
        needs = ~np.isnan(wanted.up) & (least < most)
        self._bound(
            np.where(needs, np.minimum(wanted.down, some), least),
            np.where(needs, np.maximum(wanted.up, some), most),
        )
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
        self._bound(least, most)

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
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            msg = (
                "The published numbers of people contradict each other: none fit all of them. They come from "
                "different data, or a table counts differently than schema/links.csv says."
            )
            raise DisclosureError(msg)
        sizes = np.array(self._solver.getSolution().col_value)
        self._solutions.append(sizes)
        self._least, self._most = np.minimum(self._least, sizes), np.maximum(self._most, sizes)
        return sizes

    def _holding(self) -> Mask:
        """Return the rows that limit the last solution (with a dual value that is not zero)."""
        return np.asarray(np.abs(np.array(self._solver.getSolution().row_dual)) > _TOLERANCE)


def _whole(value: float) -> float:
    nearest = round(value)
    return float(nearest) if abs(value - nearest) < _TOLERANCE else float(value)


class _SilentSolver(highspy.Highs):
    """A solver that prints nothing on the terminal, not even a banner when it starts."""

    def enableCallbacks(self) -> None:  # noqa: N802 (the solver's name)
        """Silence the solver before it prints its banner."""
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def _solver(matrix: sparse.csr_matrix, low: Values, high: Values) -> highspy.Highs:
    """Return a solver with the linear program of a component; all values are zero or more."""
    n_rows, n_columns = matrix.shape
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = n_columns, n_rows
    program.col_cost_ = np.zeros(n_columns)
    program.col_lower_, program.col_upper_ = np.zeros(n_columns), np.full(n_columns, _UNBOUNDED)
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
