"""Decide the order of day and month of a column of dates, from all its cells together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from asn_research.clean.parse.column_decisions import Answer, Decision, distinct_cells, question_about
from asn_research.clean.parse.dates import (
    DAY_FIRST,
    MONTH_FIRST,
    UNDECIDED,
    YEAR_FIRST,
    Written,
    is_stamp,
    order_by_custom,
    order_by_density,
    order_by_numbers,
    order_by_periods,
    order_by_sequence,
    read_written,
)
from asn_research.clean.parse.values import Cell, Form
from asn_research.read.cells import DATE, Cells
from asn_research.rules.periods import Period

_DATES_MIXED = 3


def decide_dates(
    columns: Mapping[str, Cells], periods: Collection[Period], local: int, answer: Answer
) -> dict[str, Decision]:
    """Decide the order of day and month in the date columns of one layout.

    If the numbers of a column do not prove an order, further evidence is tried in turn: the order with most
    dates in the stated periods, the order of the other date columns, the order in which timestamps rise, the
    order in which dates fill one month, and the Indonesian custom (day first).

    Parameters
    ----------
    columns : mapping of str to Cells
        The date columns.
    periods : collection of Period
        The periods that the files state.
    local : int
        Minutes that the local time is ahead of UTC.
    answer : callable
        Returns the answer to a question.

    Returns
    -------
    dict of str to Decision
        The decision for each column.
    """
    written = {name: _written(cells) for name, cells in columns.items()}
    by_numbers = {name: order_by_numbers(list(found.values())) for name, found in written.items()}
    hints = {
        order
        for name, (order, allowed) in by_numbers.items()
        if order and len(allowed) == 1 and any(not one.is_certain for one in written[name].values())
    }
    decided = {}
    for name, (proven, allowed) in by_numbers.items():
        dates = list(written[name].values())
        order = proven
        if not proven and allowed:
            order = _by_evidence(dates, allowed, periods, hints, columns[name])
        if order == UNDECIDED:
            written[name] = _all_written(columns[name])
        decided[name] = _date_decision(name, written[name], order, local, answer)
    return decided


def _written(cells: Cells) -> dict[Cell, Written]:
    """Return the distinct dates of a column; of the timestamps of one day, only the first is kept."""
    found: dict[Cell, Written] = {}
    seen: set[str] = set()
    for text, kind in distinct_cells(cells):
        if is_stamp(text):
            day = text[:-9]
            if day in seen:
                continue
            seen.add(day)
        if one := read_written(text):
            found[text, kind] = one
    return found


def _all_written(cells: Cells) -> dict[Cell, Written]:
    return {cell: one for cell in distinct_cells(cells) if (one := read_written(cell[0]))}


def _by_evidence(
    dates: Sequence[Written],
    allowed: frozenset[str],
    periods: Collection[Period],
    hints: set[str],
    cells: Cells,
) -> str:
    if order := order_by_periods(dates, allowed, periods):
        return order
    if len(hints) == 1 and hints <= allowed:
        return next(iter(hints))
    if all(one.has_clock for one in dates):
        rows = [one for text in cells.text if (one := read_written(str(text)))]
        if order := order_by_sequence(rows, allowed):
            return order
    dense, usual = order_by_density(dates, allowed), order_by_custom(dates, allowed)
    # Custom and density can contradict each other: 5/1, 5/2, 5/3 may be the fifth of each month, or days in
    # May.
    return (dense or usual) if not (dense and usual) or dense == usual else UNDECIDED


def _date_decision(
    name: str, written: Mapping[Cell, Written], order: str, local: int, answer: Answer
) -> Decision:
    uncertain = [cell for cell, one in written.items() if not one.is_certain]
    if uncertain and order == UNDECIDED:
        form = Form(order=answer("date_order", name) or DAY_FIRST, local=local)
        doubtful = [
            c for c in uncertain if any(written[c].moment(o) for o in (DAY_FIRST, MONTH_FIRST, YEAR_FIRST))
        ]
        return question_about(form, "date_order", name, doubtful, answer)
    form = Form(order=order or DAY_FIRST, local=local)
    turned = _turned_dates(written, uncertain)
    if not turned:
        return Decision(form)
    decision = question_about(form, "date_turned", name, turned, answer)
    if answer("date_turned", name) == "turned":
        return replace(decision, form=replace(decision.form, swapped=frozenset(turned)))
    return decision


def _turned_dates(written: Mapping[Cell, Written], uncertain: Sequence[Cell]) -> list[Cell]:
    """Return the date cells in which a spreadsheet may have exchanged day and month.

    A spreadsheet with American settings turns 05/07/2026 into a date (May 7) and leaves 15/07/2026 as text.
    This has happened if all texts have a day above 12 and no date cell has one. The same happens with
    American dates in a spreadsheet with Indonesian settings.
    """
    cells = [cell for cell, one in written.items() if cell[1] == DATE and one.is_certain]
    if len(cells) < _DATES_MIXED or len(uncertain) < _DATES_MIXED:
        return []
    if any(written[cell].numbers[2] > 12 for cell in cells):
        return []
    for order, other in ((DAY_FIRST, MONTH_FIRST), (MONTH_FIRST, DAY_FIRST)):
        if all(written[cell].moment(order) and not written[cell].moment(other) for cell in uncertain):
            return cells
    return []
