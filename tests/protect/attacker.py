"""An attacker who solves what is published: whole numbers within the bounds that all figures together leave."""

from collections import defaultdict
from math import ceil, floor, inf

import numpy as np
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_array

_INFEASIBLE = 2  # what scipy's `milp` says of a problem without a solution
Cell = tuple[str, ...]


class Attacker:
    """What follows from published figures: whole numbers and sums, each with the least and most that they can be."""

    def __init__(self) -> None:
        self._low: dict[Cell, float] = {}
        self._high: dict[Cell, float] = {}
        self._real: set[Cell] = set()
        self._says: list[tuple[dict[Cell, float], float, float, str]] = []
        self._heard: set[tuple[frozenset[tuple[Cell, float]], float, float]] = set()
        self._index: defaultdict[Cell, list[int]] | None = None
        self._met: dict[Cell, tuple[float, float]] = {}
        self.contradictions: list[str] = []

    def cell(self, name: Cell, *, low: float = 0, high: float = inf, is_whole: bool = True) -> Cell:
        """Name an unknown, and what it is at least and at most."""
        self._index = None
        self._low[name] = max(low, self._low.get(name, 0))
        self._high[name] = min(high, self._high.get(name, inf))
        if not is_whole:
            self._real.add(name)
        return name

    def reads(self, name: Cell, value: float, by: float = 0.0) -> None:
        """Read a published figure, printed to within `by`."""
        is_whole = name not in self._real
        low, high = (
            (ceil(value - by - 1e-6), floor(value + by + 1e-6)) if is_whole else (value - by, value + by)
        )
        if low > self._high.get(name, inf) + 1e-6 or high < self._low.get(name, 0) - 1e-6:
            self.contradictions.append(f"{name}: {value} against {self._low[name]} to {self._high[name]}")
            return
        self.cell(name, low=low, high=high, is_whole=is_whole)

    def like(self, name: Cell, other: Cell) -> Cell:
        """Name an unknown of the same kind as another."""
        return self.cell(name, is_whole=other not in self._real)

    def says(self, parts: dict[Cell, float], low: float, high: float | None = None, why: str = "") -> None:
        """Write down that a sum of cells lies between two numbers."""
        for name in parts:
            self.cell(name, is_whole=name not in self._real)
        said = (parts, low, low if high is None else high)
        # Several editions say the same.
        if (key := (frozenset(parts.items()), *said[1:])) not in self._heard:
            self._heard.add(key)
            self._says.append((*said, why))

    def is_published(self, name: Cell) -> bool:
        return self._high[name] - self._low[name] < 1e-6

    def known(self, name: Cell) -> float | None:
        """Return a published figure; None if it is hidden or not heard of."""
        return self._low[name] if name in self._low and self.is_published(name) else None

    def is_heard_of(self, name: Cell) -> bool:
        return name in self._low

    def printed(self, name: Cell) -> tuple[float, float]:
        """Return the least and the most of a cell by what is printed of itself."""
        return self._low[name], self._high[name]

    def could_be(self, name: Cell) -> tuple[float, float]:
        """Tell the least and the most that a cell was in the solutions met so far: it can be all between."""
        return self._met.get(name, (inf, -inf))

    def sums(self) -> list[tuple[dict[Cell, float], float, float, str]]:
        """Return what is said of sums of cells."""
        return self._says

    def names(self, kind: str) -> list[Cell]:
        return [name for name in self._low if name[0] == kind]

    def _rows_of(self) -> dict[Cell, list[int]]:
        if self._index is None:
            self._index = defaultdict(list)
            for at, (parts, *_) in enumerate(self._says):
                for part in parts:
                    if not self.is_published(part):
                        self._index[part].append(at)
        return self._index

    def _component(self, name: Cell) -> tuple[list[Cell], list[tuple[dict[Cell, float], float, float, str]]]:
        seen, rows, todo = {name}, set(), [name]
        while todo:
            for at in self._rows_of()[todo.pop()]:
                if at in rows:
                    continue
                rows.add(at)
                for part in self._says[at][0]:
                    if part not in seen and not self.is_published(part):
                        seen.add(part)
                        todo.append(part)
        return sorted(seen), [self._says[at] for at in sorted(rows)]

    def reach(self, name: Cell) -> tuple[float, float]:
        """Tell the least and the most that a cell can be, whole where it is a count."""
        if self.is_published(name):
            return self._low[name], self._high[name]
        cells, rows = self._component(name)
        index = {cell: at for at, cell in enumerate(cells)}
        values, row_at, column_at, low, high = [], [], [], [], []
        for at, (parts, least, most, _) in enumerate(rows):
            known = sum(weight * self._low[part] for part, weight in parts.items() if part not in index)
            for part, weight in parts.items():
                if part in index:
                    values.append(weight)
                    row_at.append(at)
                    column_at.append(index[part])
            low.append(least - known - 1e-7)
            high.append(most - known + 1e-7)
        constraints = []
        if rows:
            matrix = csr_array((values, (row_at, column_at)), shape=(len(rows), len(cells)))
            constraints = [LinearConstraint(matrix, low, high)]
        bounds = ([self._low[cell] for cell in cells], [self._high[cell] for cell in cells])
        ends = []
        for sign in (1, -1):
            cost = np.zeros(len(cells))
            cost[index[name]] = sign
            done = milp(cost, constraints=constraints, bounds=bounds)
            if done.status == _INFEASIBLE:
                self.contradictions.append(
                    f"what is said of {name} cannot be: {[row[3] for row in rows][:6]}"
                )
                return 0, inf
            ends.append(sign * done.fun if done.x is not None else (0 if sign == 1 else inf))
            for cell, value in zip(cells, done.x if done.x is not None else (), strict=False):
                least, most = self.could_be(cell)
                self._met[cell] = (min(least, value), max(most, value))
        if name not in self._real:
            return ceil(ends[0] - 1e-5), floor(ends[1] + 1e-5) if ends[1] < inf else inf
        return ends[0], ends[1]

    def why(self, name: Cell, most: int = 4) -> str:
        """Tell the statements that a cell stands in."""
        said = [why for parts, _, _, why in self._says if name in parts and why]
        return "; ".join(said[:most])


def gives_away(low: float, high: float, least: int) -> bool:
    """Whether whole numbers that can be reached are all of few people, and not all of 0 to least - 1."""
    return high < least and (low > 0 or high < least - 1)
