"""Linked figures: what an outsider can work out about a hidden one, and what else must be hidden.

An outsider sees the published figures of all tables at once. Each figure is a sum over *atoms*, groups of people
that no table divides further. So every published figure is an equation in the atoms' unknown sizes, and linear
programming gives the least and the greatest value that a hidden figure can have.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from asn_research.errors import DisclosureError

#: How far a bound may lie from a whole number and still be that number.
_TOLERANCE = 1e-6
_INFINITY = math.inf
Atom = Hashable
Values = np.ndarray[Any, np.dtype[np.float64]]
_UNBOUNDED = {highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible}


@dataclass(frozen=True)
class Need:
    """What an outsider must still hold possible of a hidden figure.

    Parameters
    ----------
    low, high : float, optional
        The outsider's bounds must reach down to `low` and up to `high`.
    width : float
        The bounds must lie at least so far apart.
    """

    low: float | None = None
    high: float | None = None
    width: float = 0.0

    def is_met(self, low: float, high: float) -> bool:
        """Tell whether bounds are wide enough."""
        return (
            (self.low is None or low <= self.low + _TOLERANCE)
            and (self.high is None or high >= self.high - _TOLERANCE)
            and high - low >= self.width - _TOLERANCE
        )

    def both(self, other: Need) -> Need:
        """Return the need that is met when this one and another are met."""
        lows = [each for each in (self.low, other.low) if each is not None]
        highs = [each for each in (self.high, other.high) if each is not None]
        return Need(min(lows, default=None), max(highs, default=None), max(self.width, other.width))


@dataclass(frozen=True)
class Figure:
    """A figure of a table: its name, the atoms that it adds up, and its true value.

    Parameters
    ----------
    key : str
        Its name; tables that print the same people's number under two names give two figures.
    form : mapping of atom to float
        How often each atom counts in it.
    value : float
        What would be published.
    is_hidden : bool
        Whether its own table's rule hides it.
    need : Need, optional
        What must hold while it is hidden. A figure that is hidden for its neighbours' sake needs nothing.
    cost : float
        How much readers lose if it is hidden for another figure's sake.
    half_unit : float
        Half a unit of the last printed digit: the true value lies so close to the printed one.
    must_show : bool
        Whether it may never be hidden for another's sake.
    """

    key: str
    form: Mapping[Atom, float]
    value: float
    is_hidden: bool = False
    need: Need | None = None
    cost: float = 1.0
    half_unit: float = 0.0
    must_show: bool = False


@dataclass(frozen=True)
class Inequality:
    """A relation between atoms that everybody knows: the weighted sum is not below `low` nor above `high`."""

    form: Mapping[Atom, float]
    low: float = -_INFINITY
    high: float = _INFINITY


@dataclass(frozen=True)
class Bounds:
    """The least and the greatest value that an outsider has to hold possible."""

    low: float
    high: float


@dataclass(frozen=True)
class Protection:
    """What has to be hidden, and why.

    Parameters
    ----------
    hidden : frozenset of str
        All hidden figures: those of their own rule, and those for another's sake.
    secondary : tuple of str
        Those hidden for another's sake.
    """

    hidden: frozenset[str]
    secondary: tuple[str, ...]


@dataclass
class _Cell:
    """All figures over the same people: hidden and published together."""

    keys: list[str]
    form: dict[Atom, float]
    value: float
    half_unit: float
    cost: float
    need: Need | None = None
    is_hidden: bool = False
    must_show: bool = False
    order: str = ""


class LinkedFigures:
    """Figures of linked tables, as one outsider sees them together.

    Parameters
    ----------
    figures : iterable of Figure
        All figures of all tables, hidden ones too.
    inequalities : iterable of Inequality
        What everybody knows of the atoms beside the figures. That no size is below zero is always known.
    parts : sequence of sequence of str
        For each published whole, the figures that add up to it. The sum of its hidden parts is known to
        everybody, so it counts as a figure itself.
    smallest_sum : float
        The least sum that the hidden parts of one whole may have.

    Raises
    ------
    DisclosureError
        If two figures over the same people have different values, or the published figures contradict
        each other.
    """

    def __init__(
        self,
        figures: Iterable[Figure],
        inequalities: Iterable[Inequality] = (),
        *,
        parts: Sequence[Sequence[str]] = (),
        smallest_sum: float = 0.0,
    ) -> None:
        self._cells = _cells(figures)
        self._place = {key: number for number, cell in enumerate(self._cells) for key in cell.keys}
        self._parts = [sorted({self._place[key] for key in each}) for each in parts]
        self._smallest_sum = smallest_sum
        self._confirmed: set[int] = set()
        self._components = _components(self._cells, list(inequalities))
        self._component_of = {
            number: component for component in self._components for number in component.numbers
        }

    def bounds(self, key: str) -> Bounds:
        """Return the least and greatest value of a figure that fit all that is published."""
        number = self._place[key]
        if number not in self._component_of:
            return Bounds(0.0, 0.0)
        reached = self._component_of[number].reach(number, None)
        return Bounds(reached.low, reached.high)

    def disclosed(self) -> dict[str, Bounds]:
        """Return the hidden figures of which an outsider can learn too much, with their bounds."""
        found: dict[str, Bounds] = {}
        for number, cell in enumerate(self._cells):
            if cell.is_hidden and cell.need is not None:
                reached = self._component_of[number].reach(number, cell.need)
                if not cell.need.is_met(reached.low, reached.high):
                    found |= {key: Bounds(reached.low, reached.high) for key in cell.keys}
        return found

    def protect(self, *, confirm: bool = True) -> Protection:
        """Hide further figures until no outsider can learn too much of any.

        Parameters
        ----------
        confirm : bool
            Whether bounds that only just suffice are confirmed in whole numbers.

        Returns
        -------
        Protection

        Raises
        ------
        DisclosureError
            If a figure stays too narrow even with everything hidden that may be.
        """
        secondary: list[int] = []
        while True:
            before = len(secondary)
            secondary += self._hide_for_sums()
            for number, cell in enumerate(self._cells):
                if cell.is_hidden and cell.need is not None:
                    secondary += self._hide_for(number, cell.need)
            if len(secondary) == before:
                secondary += self._confirm() if confirm else []
            if len(secondary) == before:
                break
        return Protection(
            frozenset(key for cell in self._cells if cell.is_hidden for key in cell.keys),
            tuple(key for number in secondary for key in self._cells[number].keys),
        )

    def reason(self, key: str) -> dict[str, float]:
        """Return the fewest published figures that give a hidden one away, each with its weight.

        Empty if the figure cannot be worked out exactly. ``{"all": 1, "women": -1}`` reads
        "the figure = all − women".
        """
        number = self._place[key]
        component = self._component_of.get(number)
        found = {} if component is None else component.combination(number)
        return {self._cells[place].keys[0]: weight for place, weight in found.items()}

    # ------------------------------------------------------------ hiding

    def _hide(self, number: int) -> None:
        self._component_of[number].hide(number)

    def _hide_for_sums(self) -> list[int]:
        """Hide parts of a whole until the hidden ones together are large enough."""
        hidden = []
        for parts in self._parts:
            while True:
                away = [number for number in parts if self._cells[number].is_hidden]
                total = sum(self._cells[number].value for number in away)
                if not any(self._cells[n].need for n in away) or not 0 < total < self._smallest_sum:
                    break
                candidates = [n for n in parts if n not in away and self._cells[n].value > 0
                              and not self._cells[n].must_show and n in self._component_of]  # fmt: skip
                if not candidates:
                    break
                chosen = min(candidates, key=self._price)
                self._hide(chosen)
                hidden.append(chosen)
        return hidden

    def _hide_for(self, number: int, need: Need) -> list[int]:
        """Hide the cheapest figures that hold a narrow one, until it is wide enough."""
        component = self._component_of[number]
        hidden: list[int] = []
        while True:
            reached = component.reach(number, need)
            if need.is_met(reached.low, reached.high):
                return hidden
            holders = component.holders(number, too_high=need.low is not None and reached.low > need.low + _TOLERANCE,
                                        too_low=need.high is not None and reached.high < need.high - _TOLERANCE)  # fmt: skip
            candidates = [each for each in holders if not self._cells[each].must_show]
            if not candidates:
                candidates = [
                    each for each in component.shown_beside(number) if not self._cells[each].must_show
                ]
            if not candidates:
                raise DisclosureError(
                    f"`{self._cells[number].keys[0]}` can be worked out to lie between {reached.low:g} and "
                    f"{reached.high:g}, and nothing more may be hidden. Publish fewer tables."
                )
            chosen = min(candidates, key=self._price)
            self._hide(chosen)
            hidden.append(chosen)

    def _confirm(self) -> list[int]:
        """Check in whole numbers what only just suffices; hide more where it does not."""
        hidden: list[int] = []
        for number, cell in enumerate(self._cells):
            if not cell.is_hidden or cell.need is None or number in self._confirmed:
                continue
            component = self._component_of[number]
            while _is_close(cell.need, component.reach(number, cell.need)) and not component.is_whole_wide(
                number, cell.need
            ):
                candidates = [n for n in component.shown_beside(number) if not self._cells[n].must_show]
                if not candidates:
                    break
                chosen = min(candidates, key=self._price)
                self._hide(chosen)
                hidden.append(chosen)
            # What is hidden later only widens it.
            self._confirmed.add(number)
        return hidden

    def _price(self, number: int) -> tuple[float, str]:
        return self._cells[number].cost, self._cells[number].order


class _Component:
    """Figures that share atoms, directly or through others: one linear program, kept warm.

    A figure that is one atom bounds that atom; any other is a row of the program.
    """

    def __init__(
        self, numbers: list[int], cells: Sequence[_Cell], atoms: list[Atom], known: list[Inequality]
    ) -> None:
        self.numbers = numbers
        self._cells = cells
        self._row = {number: row for row, number in enumerate(numbers)}
        column = {atom: place for place, atom in enumerate(atoms)}
        self._forms = _matrix([cells[number].form for number in numbers], column)
        self._dense = self._forms.toarray()
        self._by_column = self._forms.tocsc()
        self._column_of = {
            number: column[next(iter(cells[number].form))]
            for number in numbers
            if list(cells[number].form.values()) == [1.0]
        }
        rows = [number for number in numbers if number not in self._column_of]
        self._program_row = {number: row for row, number in enumerate(rows)}
        self._columns = np.arange(len(atoms), dtype=np.int32)
        ranges = [self._range(number) for number in rows] + [(each.low, each.high) for each in known]
        self._solver = _solver(
            _matrix([*(cells[number].form for number in rows), *(each.form for each in known)], column),
            np.array([low for low, _ in ranges]),
            np.array([high for _, high in ranges]),
        )
        for number in self._column_of:
            self._bind(number)
        n = len(numbers)
        self._low, self._high = np.full(n, _INFINITY), np.full(n, -_INFINITY)
        self._duals: dict[tuple[int, bool], Values] = {}

    def _range(self, number: int) -> tuple[float, float]:
        cell = self._cells[number]
        if cell.is_hidden:
            return -_INFINITY, _INFINITY
        return cell.value - cell.half_unit, cell.value + cell.half_unit

    def _bind(self, number: int) -> None:
        low, high = self._range(number)
        if number in self._column_of:
            self._solver.changeColBounds(self._column_of[number], max(low, 0.0), high)
        else:
            self._solver.changeRowBounds(self._program_row[number], low, high)

    def hide(self, number: int) -> None:
        """Hide a figure; whatever was possible stays possible."""
        self._cells[number].is_hidden = True
        self._bind(number)

    def reach(self, number: int, need: Need | None) -> Bounds:
        """Return how far a figure can go; no farther than its need, if one is named and met."""
        row = self._row[number]
        if need is None or not need.is_met(self._low[row], self._high[row]):
            for upward in (False, True):
                self._solve(number, upward=upward)
        return Bounds(float(self._low[row]), float(self._high[row]))

    def _solve(self, number: int, *, upward: bool) -> None:
        row = self._row[number]
        self._aim(row, upward=upward)
        self._solver.run()
        status = self._solver.getModelStatus()
        if status in _UNBOUNDED:
            (self._high if upward else self._low)[row] = _INFINITY if upward else -_INFINITY
            return
        if status != highspy.HighsModelStatus.kOptimal:
            raise DisclosureError(
                "The published figures contradict each other: no numbers of people fit all of them. "
                "They come from different data, or were rounded more than their tables say."
            )
        solution = self._solver.getSolution()
        of_columns, of_rows = np.abs(solution.col_dual), np.abs(solution.row_dual)
        self._duals[number, upward] = np.array([
            of_columns[self._column_of[each]] if each in self._column_of else of_rows[self._program_row[each]]
            for each in self.numbers
        ])  # fmt: skip
        self._take(np.asarray(solution.col_value))

    def _aim(self, row: int, *, upward: bool) -> None:
        self._solver.changeColsCost(len(self._columns), self._columns, self._dense[row])
        self._solver.changeObjectiveSense(
            highspy.ObjSense.kMaximize if upward else highspy.ObjSense.kMinimize
        )

    def _take(self, sizes: Values) -> None:
        """Let every figure learn from a solution: it is as possible as any other."""
        values = self._forms @ sizes
        nearest = np.round(values)
        values = np.where(np.abs(values - nearest) < _TOLERANCE, nearest, values)
        self._low, self._high = np.minimum(self._low, values), np.maximum(self._high, values)

    def holders(self, number: int, *, too_high: bool, too_low: bool) -> list[int]:
        """Return the published figures that keep a figure's bounds, just reached, where they are."""
        sides = [side for side, is_held in ((False, too_high), (True, too_low)) if is_held] or [False, True]
        held = np.zeros(len(self.numbers), dtype=bool)
        for side in sides:
            duals = self._duals.get((number, side))
            if duals is not None:
                held |= duals > _TOLERANCE
        return [each for each in self.numbers if held[self._row[each]] and not self._cells[each].is_hidden]

    def shown_beside(self, number: int) -> list[int]:
        """Return the published figures that share an atom with a figure."""
        atoms = self._forms[self._row[number]].indices
        rows = {int(row) for atom in atoms for row in self._by_column[:, [atom]].indices}
        return [
            self.numbers[row]
            for row in sorted(rows)
            if not self._cells[self.numbers[row]].is_hidden and self.numbers[row] != number
        ]

    def is_whole_wide(self, number: int, need: Need) -> bool:
        """Tell whether a need is met when each atom is a whole number of people."""
        whole = np.full(len(self._columns), highspy.HighsVarType.kInteger)
        self._solver.changeColsIntegrality(len(self._columns), self._columns, whole)
        ends = []
        try:
            for upward in (False, True):
                self._aim(self._row[number], upward=upward)
                self._solver.run()
                is_found = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
                end = _INFINITY if upward else -_INFINITY
                ends.append(self._solver.getInfo().objective_function_value if is_found else end)
        finally:
            free = np.full(len(self._columns), highspy.HighsVarType.kContinuous)
            self._solver.changeColsIntegrality(len(self._columns), self._columns, free)
            self._solver.clearSolver()
        return need.is_met(ends[0], ends[1])

    def combination(self, number: int) -> dict[int, float]:
        """Return the published figures that add up to a figure, with the least sum of weights."""
        shown = [each for each in self.numbers if not self._cells[each].is_hidden and each != number]
        if not shown:
            return {}
        rows = self._forms[[self._row[each] for each in shown]]
        weights = sparse.hstack([rows.T, -rows.T]).tocsr()
        target = self._dense[self._row[number]]
        solver = _solver(weights, target, target)
        columns = np.arange(weights.shape[1], dtype=np.int32)
        # Many small weights would be no sentence; ties go to the earlier figure.
        costs = np.asarray(1 + 1e-6 * np.tile(np.arange(len(shown)), 2), dtype=np.float64)
        solver.changeColsCost(len(columns), columns, costs)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return {}
        values = np.asarray(solver.getSolution().col_value)
        net = values[: len(shown)] - values[len(shown) :]
        return {each: _rounded(w) for each, w in zip(shown, net, strict=True) if abs(w) > _TOLERANCE}


def _is_close(need: Need, reached: Bounds) -> bool:
    """Tell whether bounds suffice by less than one person."""
    return (
        (need.low is not None and reached.low > need.low - 1 + _TOLERANCE and need.low > 0)
        or (need.high is not None and reached.high < need.high + 1 - _TOLERANCE)
        or (need.width > 0 and reached.high - reached.low < need.width + 1 - _TOLERANCE)
    )


def _rounded(value: float) -> float:
    nearest = round(value)
    return float(nearest) if abs(value - nearest) < _TOLERANCE else float(value)


def _cells(figures: Iterable[Figure]) -> list[_Cell]:
    """Put figures over the same people together, in the order of their names."""
    cells: dict[tuple[tuple[Atom, float], ...], _Cell] = {}
    for figure in sorted(figures, key=lambda each: each.key):
        form = {atom: float(weight) for atom, weight in figure.form.items() if weight}
        shape = tuple(sorted(form.items(), key=lambda item: (str(type(item[0])), str(item[0]))))
        known = cells.get(shape)
        if known is None:
            cells[shape] = _Cell(
                [figure.key], form, figure.value, figure.half_unit, figure.cost, figure.need,
                figure.is_hidden, figure.must_show, figure.key,
            )  # fmt: skip
            continue
        if abs(known.value - figure.value) > known.half_unit + figure.half_unit + _TOLERANCE:
            raise DisclosureError(
                f"`{figure.key}` and `{known.keys[0]}` speak of the same people and have different values. "
                "One of the two tables is wrong."
            )
        known.keys.append(figure.key)
        known.cost += figure.cost
        known.is_hidden |= figure.is_hidden
        known.must_show |= figure.must_show
        if figure.half_unit < known.half_unit:
            known.value, known.half_unit = figure.value, figure.half_unit
        if figure.need is not None:
            known.need = figure.need if known.need is None else known.need.both(figure.need)
    found = list(cells.values())
    for cell in found:
        if cell.is_hidden and cell.must_show:
            raise DisclosureError(f"`{cell.keys[0]}` is hidden by one table and must be shown by another.")
    return found


def _components(cells: Sequence[_Cell], known: list[Inequality]) -> list[_Component]:
    """Part the figures into groups that share no atom."""
    parent: dict[Atom, Atom] = {}

    def root(atom: Atom) -> Atom:
        while parent.setdefault(atom, atom) != atom:
            parent[atom] = parent[parent[atom]]
            atom = parent[atom]
        return atom

    for form in [*(cell.form for cell in cells), *(each.form for each in known)]:
        atoms = list(form)
        for other in atoms[1:]:
            parent[root(other)] = root(atoms[0])
        if atoms:
            root(atoms[0])
    groups: dict[Atom, tuple[list[int], list[Inequality]]] = {}
    for number, cell in enumerate(cells):
        if cell.form:
            groups.setdefault(root(next(iter(cell.form))), ([], []))[0].append(number)
    for each in known:
        if each.form:
            groups.setdefault(root(next(iter(each.form))), ([], []))[1].append(each)
    members: dict[Atom, list[Atom]] = {}
    for atom in parent:
        members.setdefault(root(atom), []).append(atom)
    return [
        _Component(numbers, cells, members[head], inequalities)
        for head, (numbers, inequalities) in groups.items()
        if numbers
    ]


def _matrix(forms: Sequence[Mapping[Atom, float]], column: Mapping[Atom, int]) -> sparse.csr_matrix:
    places = [(row, column[atom], weight) for row, form in enumerate(forms) for atom, weight in form.items()]
    rows, columns, weights = zip(*places, strict=True) if places else ((), (), ())
    return sparse.csr_matrix((weights, (rows, columns)), shape=(len(forms), len(column)))


def _solver(matrix: sparse.csr_matrix, low: np.ndarray, high: np.ndarray) -> highspy.Highs:
    """Return a linear program over sizes of zero and more, ready to be asked for bounds."""
    n_rows, n_columns = matrix.shape
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = n_columns, n_rows
    program.col_cost_ = np.zeros(n_columns)
    program.col_lower_, program.col_upper_ = np.zeros(n_columns), np.full(n_columns, highspy.kHighsInf)
    program.row_lower_, program.row_upper_ = low, high
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    program.a_matrix_.index_ = matrix.indices.astype(np.int32)
    program.a_matrix_.value_ = matrix.data.astype(float)
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    # One thread, no presolve, the primal simplex: the last solution stays a start for the next question.
    for option, value in (("presolve", "off"), ("solver", "simplex"),
                          ("simplex_strategy", 4), ("threads", 1)):  # fmt: skip
        solver.setOptionValue(option, value)
    solver.passModel(program)
    return solver
