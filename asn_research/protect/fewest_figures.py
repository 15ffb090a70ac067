"""The fewest published figures that give a hidden cell away, as a sum: ``5 = 16 - 11``.

`linked` decides what is hidden, by bounds. This is a second program, and it shares no code with the first: it searches for
a proof that an outsider could write down. A proof adds and subtracts relations until one hidden cell and published figures
are left. Of all proofs, an integer program finds one with the fewest published figures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds as Limits
from scipy.optimize import LinearConstraint, milp

from asn_research.protect.linked_cells import TOLERANCE, Cells, Places, Relations, Values

#: The largest multiple of a relation in a proof, and of a figure.
_MOST_TIMES, _MOST_WEIGHT = 6.0, 24.0
#: What a told end of a share, and a relation, count beside a figure: a proof with fewer figures always wins.
_END, _STEP = 1e-2, 1e-4
#: By how much a bound must be narrower than required.
_MARGIN = 1e-3
#: How many relations a search takes in, from the nearest on, and how many branches it may try. Both are counted, so that
#: every machine finds the same.
_MOST_RELATIONS, _MOST_BRANCHES = 400, 2_000


@dataclass(frozen=True)
class Proof:
    """What an outsider can say of one hidden cell, and the published figures that it follows from.

    Parameters
    ----------
    sign : {"=", "≤", "≥"}
        Whether the figures give the cell's number, or a bound.
    number : float
        The number or bound.
    figures : tuple of (int, float)
        The positions of the published figures among all cells, each with its weight.
    rest : float
        What told ends of shares and of scales add to the figures.
    """

    sign: str
    number: float
    figures: tuple[tuple[int, float], ...]
    rest: float = 0.0

    def in_order(self, values: Values) -> list[tuple[int, float]]:
        """Return the figures in the order in which they are said: those that are added first, and large ones first."""
        return sorted(self.figures, key=lambda each: (each[1] < 0, -values[each[0]]))

    def said(self, values: Values) -> str:
        """Return the proof as a sum of the figures' numbers, such as ``5 = 16 - 11``.

        Parameters
        ----------
        values : array of float
            The numbers of all cells.

        Examples
        --------
        >>> Proof("=", 5.0, ((0, 1.0), (1, -1.0))).said(np.array([16.0, 11.0]))
        '5 = 16 − 11'
        >>> Proof("≤", 6.0, ((0, 2.0),), rest=-4.0).said(np.array([5.0]))
        '6 ≥ 2 × 5 − 4'
        """
        parts = [
            (weight, f"{abs(weight):g} × {values[place]:g}" if abs(weight) != 1 else f"{values[place]:g}")
            for place, weight in self.in_order(values)
        ]
        if abs(self.rest) > TOLERANCE:
            parts.append((self.rest, f"{abs(self.rest):g}"))
        terms = "".join(f" {'−' if weight < 0 else '+'} {text}" for weight, text in parts)
        sign = {"≤": "≥", "≥": "≤"}.get(self.sign, self.sign)
        return f"{self.number:g} {sign} {terms.removeprefix(' + ').strip()}"


def fewest_figures(cells: Cells, relations: Relations, place: int) -> tuple[Proof, ...]:
    """Return why a hidden cell is narrower than required: one proof of its number, or one for each bound that fails.

    The result is empty if no published figure narrows the cell. So it is where the cell has all the room that it needs, and
    where an outsider who sees no figure at all would know as much.

    Parameters
    ----------
    cells : Cells
        All cells, with everything hidden that a release hides.
    relations : Relations
        How they add up.
    place : int
        The position of the cell.

    Returns
    -------
    tuple of Proof

    Examples
    --------
    Of 16 people 11 are shown, and the other 5 are hidden in vain.

    >>> nan = np.nan
    >>> cells = Cells(
    ...     values=np.array([16.0, 11.0, 5.0]), hidden=np.array([False, False, True]),
    ...     down_to=np.array([nan, nan, 0.0]), up_to=np.array([nan, nan, 9.0]), price=np.ones(3))
    >>> whole_less_parts = sparse.csr_matrix([[1.0, -1.0, -1.0]])
    >>> (proof,) = fewest_figures(cells, Relations(whole_less_parts, np.zeros(1), np.zeros(1)), 2)
    >>> proof.said(cells.values)
    '5 = 16 − 11'
    """
    if not (relations.matrix.tocsc()[:, [place]].nnz):
        # Nothing that anybody knows is about this cell.
        return ()
    search = _Search(cells, relations, place)
    exact = search.proof("=", np.nan)
    if exact is not None:
        needed = (exact.number > cells.down_to[place] + TOLERANCE) | (
            exact.number < cells.up_to[place] - TOLERANCE
        )
        return (exact,) if exact.figures and needed else ()
    found = []
    for sign, end in (("≤", cells.up_to[place]), ("≥", cells.down_to[place])):
        if np.isfinite(end):
            found.append(search.proof(sign, float(end)))
    return tuple(proof for proof in found if proof is not None and proof.figures)


class _Search:
    """The integer program of all proofs about one cell."""

    def __init__(self, cells: Cells, relations: Relations, place: int) -> None:
        rows = _near(cells, relations, place)
        part = relations.matrix[rows]
        self._columns = np.unique(part.indices)
        matrix = part[:, self._columns].tocsc()
        self._hidden = cells.hidden[self._columns]
        self._values = np.where(self._hidden, 0.0, cells.values[self._columns])
        self._is_asked = (self._columns == place).astype(float)
        low, high = relations.low[rows], relations.high[rows]
        # Each relation is used from above or from below; what it says then is one end.
        above, below = np.isfinite(high), np.isfinite(low)
        self._steps = sparse.hstack([matrix.T.tocsc()[:, above], -matrix.T.tocsc()[:, below]]).tocsc()
        self._ends = np.concatenate([high[above], -low[below]])
        same = np.abs(high - low) <= TOLERANCE
        # That no figure is negative is known of figures that a proof does not use.
        self._steps = sparse.hstack(
            [self._steps, -sparse.identity(len(self._columns), format="csc")[:, ~self._hidden]]
        ).tocsc()
        n_figures = int((~self._hidden).sum())
        self._ends = np.concatenate([self._ends, np.zeros(n_figures)])
        self._is_same = np.concatenate([same[above], same[below], np.zeros(n_figures, dtype=bool)])

    def proof(self, sign: str, end: float) -> Proof | None:
        """Return the proof with the fewest figures that the cell is narrower than required; None if there is none."""
        # A proof of a lower bound is one of an upper bound for the cell's negative.
        asked = -self._is_asked if sign == "≥" else self._is_asked
        n_steps, n_figures = len(self._ends), int((~self._hidden).sum())
        ends = np.abs(self._ends) > TOLERANCE
        coded = np.flatnonzero(ends)
        # Variables: how often each step is taken; whether each figure is used; whether each told end is.
        cost = np.concatenate([np.full(n_steps, _STEP), np.ones(n_figures), np.full(len(coded), _END)])
        blank = sparse.csc_matrix
        of_hidden, of_figures = self._steps[self._hidden], self._steps[~self._hidden]
        limits = [
            LinearConstraint(
                sparse.hstack([of_hidden, blank((of_hidden.shape[0], n_figures + len(coded)))]),
                asked[self._hidden],
                asked[self._hidden] if sign == "=" else np.inf,
            )
        ]
        for direction in (1.0, -1.0):
            limits.append(
                LinearConstraint(
                    sparse.hstack(
                        [
                            direction * of_figures,
                            -_MOST_WEIGHT * sparse.identity(n_figures),
                            blank((n_figures, len(coded))),
                        ]
                    ),
                    -np.inf,
                    0.0,
                )
            )
        chosen = sparse.csc_matrix(
            (np.ones(len(coded)), (np.arange(len(coded)), coded)), shape=(len(coded), n_steps)
        )
        limits.append(
            LinearConstraint(
                sparse.hstack(
                    [chosen, blank((len(coded), n_figures)), -_MOST_TIMES * sparse.identity(len(coded))]
                ),
                -np.inf,
                0.0,
            )
        )
        bound = np.concatenate([self._ends - self._values @ self._steps, np.zeros(n_figures + len(coded))])
        if sign != "=":
            most = end - _MARGIN if sign == "≤" else -(end + _MARGIN)
            limits.append(LinearConstraint(bound[None], -np.inf, most))
        is_chosen = np.concatenate([np.zeros(n_steps), np.ones(n_figures + len(coded))])
        least = np.zeros(len(cost))
        may_use = np.where(self._is_same | (sign != "="), _MOST_TIMES, 0.0)
        upper = np.concatenate([may_use, np.ones(n_figures + len(coded))])

        def solved(cost: Values) -> Values | None:
            found = milp(
                cost,
                integrality=is_chosen,
                bounds=Limits(least, upper),
                constraints=[each for each in limits if each.A.shape[0]],
                options={"node_limit": _MOST_BRANCHES},
            )
            return None if found.x is None else np.asarray(found.x)

        found = solved(cost)
        if found is not None and sign != "=":
            # Of these figures, the proof that says most.
            least[n_steps:] = upper[n_steps:] = found[n_steps:].round()
            found = solved(bound + _STEP * cost)
        return None if found is None else self._told(found[:n_steps], sign)

    def _told(self, steps: Values, sign: str) -> Proof:
        steps = np.where(steps > TOLERANCE, steps, 0.0)
        weights = self._steps @ steps
        direction = -1.0 if sign == "≥" else 1.0
        used = np.flatnonzero(~self._hidden & (np.abs(weights) > TOLERANCE))
        # What is on the cell's side of the sum goes to the other, with the opposite sign.
        figures = tuple((int(self._columns[each]), _neat(-direction * weights[each])) for each in used)
        rest = _neat(direction * float(self._ends @ steps))
        number = rest + sum(
            weight * float(self._values[each]) for each, (_, weight) in zip(used, figures, strict=True)
        )
        return Proof(sign, _neat(number), figures, rest)


def _near(cells: Cells, relations: Relations, place: int) -> Places:
    """Return the relations that a proof may use: those of the hidden cells around one, nearest first.

    Relations among published figures alone are taken in too: they may tell in one figure what else takes several.
    """
    matrix = relations.matrix.tocsr()
    by_cell = matrix.tocsc()
    hidden = np.zeros(matrix.shape[0], dtype=bool)
    reached, frontier = np.zeros(matrix.shape[1], dtype=bool), np.array([place])
    while len(frontier) and hidden.sum() < _MOST_RELATIONS:
        reached[frontier] = True
        hidden[np.unique(by_cell[:, frontier].indices)] = True
        around = np.unique(matrix[np.flatnonzero(hidden)].indices)
        frontier = around[cells.hidden[around] & ~reached[around]]
    rows = np.flatnonzero(hidden)
    shown = np.zeros(matrix.shape[1], dtype=bool)
    shown[matrix[rows].indices] = True
    shown &= ~cells.hidden
    beside = np.flatnonzero(~hidden & (abs(matrix) @ shown.astype(float) > 1))
    whole = [row for row in beside if not cells.hidden[matrix[row].indices].any()]
    return np.concatenate([rows, np.array(whole[:_MOST_RELATIONS], dtype=np.int64)])


def _neat(number: float) -> float:
    """Return a number without the solver's last digits."""
    nearest = round(number * 12) / 12
    return float(nearest) if abs(number - nearest) < 100 * TOLERANCE else float(number)
