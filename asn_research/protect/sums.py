"""Sums within a table: a hidden part must not be computable from the published whole and the other parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from asn_research.errors import DisclosureError
from asn_research.protect.guards import Array, Mask
from asn_research.rules.periods import Period
from asn_research.schema import Sum

Codes = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class _Line:
    """The wholes of one kind: the whole of each row (-1 if none), and which rows are wholes themselves."""

    whole_of: Codes
    is_total: Mask
    n_wholes: int


def lines_of(frame: pd.DataFrame, sums: Sequence[Sum]) -> list[_Line]:
    """Return, for each kind of sum, which rows of a table add up to which whole.

    Raises
    ------
    DisclosureError
        If a key column of a sum is missing.
    """
    missing = sorted({name for each in sums for name in (each.along, *each.within) if name not in frame})
    if missing:
        msg = f"The table has no column {', '.join(missing)}, so nobody knows what adds up; keep the keys."
        raise DisclosureError(msg)
    found = []
    for each in sums:
        keys = [pd.factorize(frame[name], use_na_sentinel=False)[0] for name in each.within]
        if each.along == "period":
            kinds = (("Q", "S"), ("Q", "Y"), ("S", "Y"))
            found += [line for part, kind in kinds if (line := _periods(frame, keys, part, kind)) is not None]
            continue
        is_total = (frame[each.along] == each.total).to_numpy(dtype=bool, na_value=False)
        line = _line(keys, np.ones(len(frame), dtype=bool), is_total)
        # If the row of a whole is missing in the table, nothing can be computed by subtraction.
        found.append(line if each.total is None else _published(line))
    return [line for line in found if line.n_wholes]


def _periods(frame: pd.DataFrame, keys: list[Codes], part: str, kind: str) -> _Line | None:
    codes = frame["period"].astype("str")
    known = {code: Period.parse(code) for code in codes.unique()}
    larger = {
        code: code if p.kind == kind else Period.containing(p.first_day, kind).code if p.kind == part else ""
        for code, p in known.items()
    }
    of = codes.map(larger)
    if not (is_total := (codes == of).to_numpy()).any():
        return None
    return _published(_line([*keys, pd.factorize(of)[0]], (of != "").to_numpy(), is_total))


def _line(keys: list[Codes], belongs: Mask, is_total: Mask) -> _Line:
    codes = (
        pd.factorize(pd.MultiIndex.from_arrays(keys))[0] if keys else np.zeros(len(belongs), dtype=np.int64)
    )
    whole_of = np.where(belongs, codes, -1)
    return _Line(whole_of, is_total, int(whole_of.max(initial=-1)) + 1)


def _published(line: _Line) -> _Line:
    has_total = np.zeros(line.n_wholes + 1, dtype=bool)
    has_total[line.whole_of[line.is_total]] = True
    has_total[-1] = False
    return _Line(np.where(has_total[line.whole_of], line.whole_of, -1), line.is_total, line.n_wholes)


def hide_with_others(hidden: Mask, amounts: Sequence[Array], lines: Sequence[_Line], least: int) -> Mask:
    """Hide further parts until no hidden part can be computed by subtraction (secondary suppression).

    Of each whole either no part is hidden, or at least two parts are, which together have as many people as may
    be shown. If a whole is hidden, at least one of its parts is hidden too. The smallest parts are hidden
    first.

    Parameters
    ----------
    hidden : array of bool
        The rows that are too small themselves (primary suppression).
    amounts : sequence of array
        The numbers that must not be small, from `Guard.amounts`.
    lines : sequence of _Line
        From `lines_of`.
    least : int
        The smallest number that may be shown.
    """
    hidden = hidden.copy()
    sizes = [np.nan_to_num(amount) for amount in amounts]
    orders = [np.argsort(size, kind="stable") for size in sizes]
    grew = bool(hidden.any())
    while grew:
        before = int(hidden.sum())
        for line in lines:
            for size, order in zip(sizes, orders, strict=True):
                _hide_in(line, hidden, size, order, least)
        grew = int(hidden.sum()) > before
    return hidden


def _hide_in(line: _Line, hidden: Mask, size: Array, order: Codes, least: int) -> None:
    """Hide the next smallest part of each whole that needs it, until no whole does."""
    belongs = line.whole_of >= 0
    total = belongs & line.is_total
    # Hiding a part of zero people would protect no other part.
    part = belongs & ~line.is_total & (size > 0)
    while (needs := _in_need(line, hidden, size, least)).any():
        free = order[(part & ~hidden)[order]]
        free = free[needs[line.whole_of[free]]]
        served, first = np.unique(line.whole_of[free], return_index=True)
        hidden[free[first]] = True
        # If no part is left to hide, the whole is hidden.
        needs[served] = False
        stuck = total & ~hidden & belongs & needs[line.whole_of]
        hidden[stuck] = True
        if not len(served) and not stuck.any():
            return


def _in_need(line: _Line, hidden: Mask, size: Array, least: int) -> Mask:
    """Return the wholes for which a hidden part, or the hidden whole itself, could be computed from the others."""

    def of_each(rows: Mask, weights: Array | None = None) -> np.ndarray[Any, Any]:
        chosen = None if weights is None else weights[rows]
        return np.bincount(line.whole_of[rows], weights=chosen, minlength=line.n_wholes)

    part, total = (line.whole_of >= 0) & ~line.is_total, (line.whole_of >= 0) & line.is_total
    n_hidden = of_each(part & hidden)
    # If all parts are zero, the hidden one is zero too, and nothing is protected.
    is_somebody = of_each(part, size) > 0
    exposed = (n_hidden > 0) & is_somebody & ((n_hidden < 2) | (of_each(part & hidden, size) < least))
    return np.where(of_each(total & hidden) > 0, (n_hidden == 0) & is_somebody, exposed)
