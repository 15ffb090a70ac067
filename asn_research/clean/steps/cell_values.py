"""Read the cells of all columns as values of their type, by the decisions about each layout."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from asn_research.clean.parse.column_decisions import Decision
from asn_research.clean.parse.layouts import (
    Layout,
    asked_about,
    column_of,
    decide_columns,
    joint_heading,
    layouts_of,
)
from asn_research.clean.parse.values import Form, read_column
from asn_research.clean.privacy.identity import MISSING
from asn_research.clean.questions.open_questions import note_question
from asn_research.clean.working import Working
from asn_research.read import Cells
from asn_research.rules.codebooks import Codebook, Column
from asn_research.rules.questions import Question

#: Column types that separate steps read.
_READ_APART = ("nip", "unit", "service", "period")


def read_values(
    rows: Working, *, needed: Sequence[str] = (), minor: Sequence[str] = (), apart: Sequence[str] = ()
) -> Working:
    """Parse every column; a row with an unreadable cell is quarantined.

    Parameters
    ----------
    rows : Working
        The rows.
    needed : sequence of str
        Columns in which a blank cell quarantines the row too.
    minor : sequence of str
        Columns in which an unreadable cell does not quarantine the row: it becomes blank, is recorded as a
        repair, and is coded as missing. Optional choices are treated in the same way; see `is_optional`.
    apart : sequence of str
        Columns that another step reads.
    """
    data = rows.data
    layouts = layouts_of(rows)
    decided = []
    for layout in layouts:
        rows, decisions = decide_columns(rows, layout, apart=apart)
        decided.append(decisions)
    found = {}
    for name, cells in rows.cells.items():
        column = column_of(rows, name)
        if column is None or column.type in _READ_APART or not column.is_published or name in apart:
            continue
        is_minor = name in minor or is_optional(column, rows.book, needed)
        of = [decisions.get(name, Decision(Form())) for decisions in decided]
        parsed = read_column(
            _separate_by_layout(cells, rows, layouts), column, [decision.form for decision in of]
        )
        found[name] = parsed.values
        for reason, mask in parsed.faults.items():
            if is_minor:
                rows = rows.mark(mask & data, "repair", "unreadable_made_blank", name)
                rows = rows.mark(mask & data, "missing", "unreadable", name)
            else:
                rows = rows.mark(mask & data, "quarantine", reason, name)
        for reason, mask in parsed.missing.items():
            rows = rows.mark(mask & data, "missing", reason, name)
        waiting = np.zeros(len(rows), bool)
        for layout, decisions in zip(layouts, decided, strict=True):
            rows, waits = _follow(rows, name, layout, decisions, is_minor=is_minor)
            waiting |= waits
        if name in needed:
            blank = parsed.values.isna().to_numpy() & ~parsed.unread & ~waiting & data
            rows = rows.mark(blank, "quarantine", MISSING, name)
    return rows.with_values(**found)


def is_optional(column: Column, book: Codebook, needed: Sequence[str]) -> bool:
    """Return whether a column is an optional choice, whose faults do not quarantine a row.

    An answer on the same scale as required answers is not optional, because it is a main content of the form.
    """
    if column.required or column.column in needed:
        return False
    scales = [set(c.codes.values()) for c in book.columns if c.required and c.type == "choice_number"]
    is_beside = bool(scales) and set(column.codes.values()) not in scales
    return column.type == "choice" or (column.type == "choice_number" and is_beside)


def _separate_by_layout(cells: Cells, rows: Working, layouts: Sequence[Layout]) -> Cells:
    """Return a column in which each layout has its own copy of the distinct cells.

    The same text may mean different things in different layouts.
    """
    if len(layouts) == 1:
        return cells
    number = np.zeros(len(rows), np.int32)
    for at, layout in enumerate(layouts):
        number[layout.rows] = at
    n = len(layouts)
    codes = cells.codes.astype(np.int32) + number * len(cells.texts)
    return Cells(codes, np.tile(cells.texts, n), np.tile(cells.kinds, n))


def _follow(
    rows: Working, name: str, layout: Layout, decisions: Mapping[str, Decision], *, is_minor: bool
) -> tuple[Working, np.ndarray]:
    """Mark the repairs and the question of a decision on a column; also return the mask of waiting rows."""
    cells, decision = rows.cells[name], decisions.get(name, Decision(Form()))
    if decision.repair:
        changed = _rows_of(cells, decision.changed | set(decision.form.factors)) & layout.rows & rows.data
        rows = rows.mark(changed, "repair", decision.repair, name)
    waits = np.zeros(len(rows), bool)
    if decision.form.waiting:
        waits = _rows_of(cells, decision.form.waiting) & layout.rows
    if decision.kind:
        concerned = _rows_of(cells, decision.concerned) & layout.rows
        table = rows.tables[layout.tables[0]]
        question = Question(
            decision.kind, table.source, table.layout, asked_about(decision.kind, name),
            joint_heading(table, decisions, decision.kind), decision.facts,
        )  # fmt: skip
        rows = note_question(rows, concerned, question, holds=not is_minor, column=name)
    return rows, waits


def _rows_of(cells: Cells, chosen: Collection[tuple[str, str]]) -> np.ndarray:
    pairs = zip(cells.texts, cells.kinds, strict=True)
    return cells.spread([pair in chosen for pair in pairs], dtype=bool)
