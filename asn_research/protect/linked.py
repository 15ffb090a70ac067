"""Linked cells: what an attacker can compute about a hidden cell, and which further cells must be suppressed.

An attacker sees the published cells of all tables and knows how cells add up over tables. So every relation with a
hidden cell is an equation or inequality in the unknown values of the hidden cells. Linear programming gives the
smallest and the largest value that a hidden cell can have.

Only hidden cells are unknown. So they fall into many small components, connected by relations with two hidden cells
or more, and each component is a small linear program.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from asn_research.errors import DisclosureError
from asn_research.protect.equal_cells import distinct
from asn_research.protect.linked_cells import TOLERANCE, Bounds, Cells, Mask, Places, Relations, Values
from asn_research.protect.linked_paths import CheapestPaths
from asn_research.protect.linked_program import Program, Wanted

_LOGGER = logging.getLogger(__name__)
#: After so many rounds, cells that are still narrow get the cheapest way to their bounds.
_ROUNDS = 2
#: How much work it may cost to show again what one component hides too much, in rows of solved programs.
_MOST_WORK = 400_000
_NOTHING_MORE = (
    "{n} hidden numbers of people can be worked out from each other, and nothing more may be hidden. "
    "Publish fewer tables."
)


def also_hidden(
    cells: Cells, relations: Relations, *, may_give_up: bool = False, by_width: bool = False
) -> Mask:
    """Return which further cells to suppress, so that every hidden cell keeps its required bounds.

    Cells that everybody knows to be equal are one cell here. The method works in rounds. For each cell whose bounds
    are too narrow, the dual values of the linear program give the published cells that cause this. Of these, cells
    that help many narrow cells at a low price are suppressed first. A cell that stays narrow is held from many sides;
    then the published cells on its cheapest way to its bounds are suppressed. When no cell is too narrow any more,
    each secondary suppression is undone if all required bounds still hold without it; the most expensive cells
    are tried first, up to a limit of work.

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
    each = distinct(cells, relations, by_width=by_width)
    uncoverable = each.cells.needs & np.isinf(each.cells.price)
    if uncoverable.any():
        _refuse_or_give_up(int(uncoverable.sum()), may_give_up=may_give_up)
    found = _hidden(each.cells_shown(uncoverable), each.relations, may_give_up=may_give_up, by_width=by_width)
    return np.asarray(found[each.of] & ~cells.hidden)


def _hidden(cells: Cells, relations: Relations, *, may_give_up: bool, by_width: bool) -> Mask:
    """Return all suppressed cells of distinct cells: those that are, and the further ones."""
    if by_width:
        cells = _of_narrow(cells, relations)
    attacker = _Attacker(cells, relations, may_give_up=may_give_up)
    attacker.hide_enough()
    attacker.show_again()
    return attacker.hidden


def _refuse_or_give_up(n: int, *, may_give_up: bool) -> None:
    """Log that hidden numbers follow from what must be shown; or raise if that is not allowed."""
    if not may_give_up:
        raise DisclosureError(_NOTHING_MORE.format(n=n))
    _LOGGER.warning("a hidden number follows from what must be shown, or from earlier editions alone")


def _of_narrow(cells: Cells, relations: Relations) -> Cells:
    """Return the cells with required bounds only for cells whose bounds are narrower than the required width."""
    attacker = _Attacker(cells, relations)
    down, up = np.full(len(cells.values), np.nan), np.full(len(cells.values), np.nan)
    for members in attacker.components(np.flatnonzero(attacker.needs)):
        program = attacker.program(members)
        for column, _ in program.narrow(attacker.wanted(members)):
            place = int(members[column])
            low, high = (program.reach(column, upward=upward) for upward in (False, True))
            width = cells.up_to[place] - cells.down_to[place]
            if high - low < width - TOLERANCE:
                # From an end that is reached already, the other must move; if neither is, both must, within the scale.
                if high >= cells.up_to[place] - TOLERANCE:
                    down[place], up[place] = high - width, high
                elif low <= cells.down_to[place] + TOLERANCE:
                    down[place], up[place] = low, low + width
                else:
                    down[place], up[place] = cells.down_to[place], cells.up_to[place]
    return replace(cells, down_to=down, up_to=up)


def bounds(cells: Cells, relations: Relations) -> dict[int, Bounds]:
    """Return the bounds of each hidden cell, by its position."""
    attacker = _Attacker(cells, relations)
    found = {}
    for members in attacker.components(np.flatnonzero(cells.hidden)):
        program = attacker.program(members)
        for column, place in enumerate(members):
            low, high = (program.reach(column, upward=upward) for upward in (False, True))
            found[int(place)] = Bounds(low, high)
    return found


def too_narrow(cells: Cells, relations: Relations) -> dict[int, Bounds]:
    """Return the hidden cells whose bounds are narrower than required, with these bounds."""
    return {
        place: each
        for place, each in bounds(cells, relations).items()
        if each.low > cells.down_to[place] + TOLERANCE or each.high < cells.up_to[place] - TOLERANCE
    }


def narrow_places(cells: Cells, relations: Relations) -> list[int]:
    """Return the positions of the hidden cells whose bounds are narrower than required; faster than all bounds."""
    attacker = _Attacker(cells, relations)
    return [
        int(members[column])
        for members in attacker.components(np.flatnonzero(attacker.needs))
        for column, _ in attacker.program(members).narrow(attacker.wanted(members))
    ]


class _Attacker:
    """An attacker who knows all relations and all cells that are not hidden."""

    def __init__(self, cells: Cells, relations: Relations, *, may_give_up: bool = False) -> None:
        self._cells = replace(cells, down_to=cells.down_to.copy(), up_to=cells.up_to.copy())
        self._may_give_up = may_give_up
        self._relations = relations
        self._matrix = relations.matrix.tocsr()
        self._by_cell = self._matrix.tocsc()
        self._low, self._high = relations.low, relations.high
        self.hidden = cells.hidden.copy()
        self.needs = cells.hidden & ~np.isnan(cells.up_to)
        # Further suppression only widens bounds, so a cell that was found wide enough is not checked again.
        self._unsure = self.needs.copy()
        self._hidden_for: dict[int, list[int]] = {}
        self._narrow_times: dict[int, int] = {}

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

    def program(self, members: Places) -> Program:
        """Return the linear program of a component; published cells enter it as known numbers."""
        rows = np.unique(self._by_cell[:, members].indices)
        shown = np.where(self.hidden, 0.0, self._cells.values)
        known = self._matrix[rows] @ shown
        return Program(
            self._matrix[rows][:, members], rows, self._low[rows] - known, self._high[rows] - known
        )

    # ------------------------------------------------------------ hiding

    def hide_enough(self) -> None:
        """Suppress cells in rounds until no hidden cell has too narrow bounds."""
        rounds = 0
        while holders := self._holders():
            chosen = self._on_cheapest_paths([cell for cell, _ in holders]) if rounds >= _ROUNDS else []
            self.hidden[chosen or self._cover(holders)] = True
            rounds += 1

    def _holders(self) -> list[tuple[int, Places]]:
        """Return the cells with too narrow bounds, each with the published cells that narrow it."""
        holders = []
        for members in self.components(np.flatnonzero(self._unsure)):
            narrow = self._narrow(members)
            self._unsure[members] = False
            self._unsure[[place for place, _ in narrow]] = True
            holders += narrow
        return holders

    def _on_cheapest_paths(self, narrow: list[int]) -> list[int]:
        """Return the published cells that move on the cheapest way of each narrow cell to its required bounds."""
        paths = CheapestPaths(self._cells, self._relations, self.hidden)
        least, most = self._cells.values.copy(), self._cells.values.copy()
        chosen: list[int] = []
        for cell in sorted(narrow):
            for upward, ends in ((False, self._cells.down_to), (True, self._cells.up_to)):
                if (
                    (most[cell] >= ends[cell] - TOLERANCE)
                    if upward
                    else (least[cell] <= ends[cell] + TOLERANCE)
                ):
                    continue
                found = paths.move(cell, float(ends[cell]))
                if found is None and self._asks_what_cannot_be(paths, cell, ends):
                    found = paths.move(cell, float(ends[cell]))
                if found is not None:
                    places, values = found
                    least, most = np.minimum(least, values), np.maximum(most, values)
                    chosen += places.tolist()
                    self._hidden_for.update({place: [cell] for place in places.tolist()})
        return chosen

    def _asks_what_cannot_be(self, paths: CheapestPaths, cell: int, ends: Values) -> bool:
        """Lower a requirement that no suppression can meet to what can be met; return whether a part can be met.

        An attacker who sees no number at all knows how numbers add up, and so does one who sees what must be shown.
        Where that is not allowed, the requirement stays, and is refused when nothing more can be suppressed.
        """
        must_show = np.isinf(self._cells.price) & ~self.hidden
        if must_show.any() and not self._may_give_up:
            return False
        if must_show.any():
            _LOGGER.info(
                "the possible values of a hidden number are narrower than asked, by what must be shown"
            )
        value = float(self._cells.values[cell])
        # Towards the true number, so that rounding in the solver never asks for a little too much.
        nearest = paths.farthest(cell, float(ends[cell]))
        ends[cell] = nearest - np.sign(nearest - value) * min(10 * TOLERANCE, abs(nearest - value))
        return bool(abs(ends[cell] - value) > TOLERANCE)

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
            else:
                _refuse_or_give_up(len(members), may_give_up=self._may_give_up)
                self.needs[members[column]] = False
        return found

    def _may_go(self, rows: Places) -> Places:
        """Return the published cells of some relations that may be suppressed."""
        cells = np.unique(self._matrix[rows].indices)
        return np.asarray(cells[~self.hidden[cells] & np.isfinite(self._cells.price[cells])])

    def _cover(self, holders: list[tuple[int, Places]]) -> list[int]:
        """Return published cells to suppress, so that the bounds of the hidden cells that are too narrow widen.

        `holders` has each hidden cell whose bounds are too narrow, with the published cells that cause this. Cells
        that help many of them at a low price are chosen first (a greedy cover). For a hidden cell that is too
        narrow for the first or second time, one published cell is chosen. After that the number doubles each time,
        so that few rounds are enough; `show_again` undoes what was too much.
        """
        still: dict[int, int] = {}
        use: dict[int, dict[int, None]] = {}
        for number, (cell, places) in enumerate(holders):
            times = self._narrow_times[cell] = self._narrow_times.get(cell, 0) + 1
            still[number] = min(2 ** max(times - 2, 0), len(places))
            for place in places:
                use.setdefault(int(place), {})[number] = None
        prices = {place: self._price(place) for place in use}
        # A cell serves fewer and fewer, so its price for each never falls: the cheapest of old entries is enough.
        queue = [(prices[place] / len(use[place]), place) for place in use]
        heapq.heapify(queue)
        chosen: list[int] = []
        while still and queue:
            then, place = heapq.heappop(queue)
            served = [number for number in use[place] if number in still]
            if not served:
                continue
            now = prices[place] / len(served)
            if now > then:
                use[place] = dict.fromkeys(served)
                heapq.heappush(queue, (now, place))
                continue
            chosen.append(place)
            self._hidden_for[place] = [holders[number][0] for number in served]
            for number in served:
                still[number] -= 1
                if not still[number]:
                    del still[number]
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
        """Undo each secondary suppression that is not needed; the most expensive cells are tried first.

        In a large component, trying costs more than it gives back. So each component has a limit of work; what
        is not tried stays suppressed. Work is counted, not timed, so that every machine gets the same result.
        """
        secondary = self.hidden & ~self._cells.hidden
        for members in list(self.components(np.flatnonzero(secondary))):
            own = members[secondary[members]]
            program, wanted = self.program(members), self.wanted(members)
            columns = {int(place): column for column, place in enumerate(members)}
            program.learn(wanted)
            limit = program.work + _MOST_WORK
            for place in own[np.lexsort((own, -self._cells.price[own]))]:
                if program.work > limit:
                    break
                first = [columns[each] for each in self._hidden_for[int(place)]]
                value = float(self._cells.values[place])
                if program.can_fix(columns[int(place)], value, wanted, first):
                    self.hidden[place] = False
