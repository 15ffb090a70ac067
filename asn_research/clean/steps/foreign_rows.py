"""Rows of a sheet that were never data, and rows of which the sheet does not show the content."""

from __future__ import annotations

import numpy as np

from asn_research.clean.working import Working
from asn_research.read import is_only_total, says_total

#: The columns that name the case of a row. A total in one of them makes a full row a summary too.
_NAMING = {"programme", "organisation", "_name", "_title"}


def mark_foreign_rows(rows: Working) -> Working:
    """Mark rows that were never data: subtotals, repeated headings, group headings, notes, signatures."""
    place = rows.place
    n_filled, width = place["n_filled"].to_numpy(), place["width"].to_numpy()
    repeated = place["is_repeated"].to_numpy()
    sparse = np.flatnonzero(n_filled <= np.maximum(4, width // 2))
    is_total = place["is_total"].to_numpy().copy()
    for cells in rows.cells.values():
        is_total[sparse] |= cells.take(sparse).used().mask(says_total)
    for name in _NAMING & set(rows.cells):
        is_total |= rows.cells[name].mask(is_only_total)
    # Below the last full row of a table, a row with one or two filled cells is a note or a signature.
    full = (n_filled >= np.maximum(3, width // 2)) & ~is_total & ~repeated
    last_full = np.zeros(len(rows.tables), np.int64)
    np.maximum.at(last_full, place["table"].to_numpy()[full], place["row"].to_numpy()[full])
    below = place["row"].to_numpy() > last_full[place["table"].to_numpy()]
    rest = ~is_total & ~repeated
    tail = rest & below & (n_filled <= 2)
    lone = rest & ~below & (n_filled == 1) & (width > 2)
    hidden = rows.by_table(lambda table: table.is_hidden)
    copy = rows.by_table(lambda table: table.is_copy)
    return (
        rows.mark(repeated, "foreign", "repeated_heading")
        .mark(is_total & ~repeated, "foreign", "subtotal")
        .mark(tail, "foreign", "note_or_signature")
        .mark(lone, "foreign", "group_heading")
        .mark(hidden & rest & ~tail & ~lone, "foreign", "hidden_sheet")
        .mark(copy & ~hidden & rest & ~tail & ~lone, "foreign", "same_file_again")
        .pipe(_mark_hollow)
        .pipe(_mark_unlike)
    )


def _mark_hollow(rows: Working) -> Working:
    """Quarantine rows with a formula that has no stored result, because its value is not known."""
    names = dict.fromkeys(name for table in rows.tables for name in table.hollow)
    for name in names:
        parts = [table.hollow.get(name, np.zeros(len(table), bool)) for table in rows.tables]
        hollow = np.concatenate(parts) & rows.data
        if name in rows.cells:
            # A returned send-back workbook may have filled in the value.
            hollow &= ~rows.cells[name].mask(lambda text: bool(text.strip()))
        rows = rows.mark(hollow, "quarantine", "formula_without_value", name)
    return rows


def _mark_unlike(rows: Working) -> Working:
    """Quarantine rows below the cases without respondent data: they may be summaries or real forms."""
    return rows.mark(rows.place["is_unlike"].to_numpy() & rows.data, "quarantine", "unlike_cases")
