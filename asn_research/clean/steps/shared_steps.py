"""The steps that the recipes share. Each step takes rows, adds values or marks, and returns the rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from asn_research.clean.parse.column_decisions import Decision
from asn_research.clean.parse.layouts import (
    Layout,
    asked_about,
    column_of,
    decide_columns,
    joint_heading,
    layouts_of,
)
from asn_research.clean.parse.values import Form, coded, read_column
from asn_research.clean.privacy.identity import MISSING, read_nip
from asn_research.clean.questions.open_questions import note_question
from asn_research.clean.questions.unit_questions import units_stated
from asn_research.clean.steps.staff_status import name_units_of_staff
from asn_research.clean.steps.units import MISSPELT, UNKNOWN_UNIT
from asn_research.clean.working import Prepared, Working
from asn_research.read import Cells, says_total
from asn_research.read.headings import FURTHER
from asn_research.rules.codebooks import Codebook, Column, fold
from asn_research.rules.questions import Question

#: Column types that separate steps read.
_READ_APART = ("nip", "unit", "service", "period")
#: The largest plausible number of days between two dates of one case; beyond it, one date is a typing error.
_LONGEST_SPAN = 5 * 366


def mark_foreign_rows(rows: Working) -> Working:
    """Mark rows that were never data: subtotals, repeated headings, group headings, notes, signatures."""
    place = rows.place
    n_filled, width = place["n_filled"].to_numpy(), place["width"].to_numpy()
    repeated = place["is_repeated"].to_numpy()
    sparse = np.flatnonzero(n_filled <= np.maximum(4, width // 2))
    is_total = place["is_total"].to_numpy().copy()
    for cells in rows.cells.values():
        is_total[sparse] |= cells.take(sparse).used().mask(says_total)
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


def predikat_of_quadrant(rows: Working) -> Working:
    """Fill in a missing predikat from the number that SIASN exports for it (kuadran)."""
    if "_quadrant" not in rows.cells:
        return rows
    numbers, words = rows.cells["_quadrant"], rows.cells.get("predikat") or Cells.blank(len(rows))
    column, predikat = rows.book["_quadrant"], rows.book["predikat"]
    names = dict(zip(dict.fromkeys(predikat.codes.values()), predikat.choices, strict=True))
    spread = numbers.spread(
        numbers.each(lambda text, _: names.get(column.codes.get(fold(text.removesuffix(".0")), ""), text))
    )
    filled = np.where(words.filled, words.text, spread)
    return replace(rows, cells={**rows.cells, "predikat": Cells.of([str(text) for text in filled])})


def pool_questions(rows: Working) -> Working:
    """Combine several questions about one element into one answer: the mean of the answered ones."""
    further = [str(name) for name in rows.values if FURTHER in str(name)]
    if not further:
        return rows
    values = rows.values
    for element in dict.fromkeys(name.partition(FURTHER)[0] for name in further):
        names = [element, *(name for name in further if name.startswith(element + FURTHER))]
        values = values.assign(**{element: values[names].astype("Float64").mean(axis=1)})
    return replace(rows, values=values.drop(columns=further))


def identify_people(rows: Working, *columns: str) -> Working:
    """Replace employee numbers by pseudonyms; a row without a number in the first column is quarantined."""
    data = rows.data
    for place, name in enumerate(columns):
        if name not in rows.cells:
            rows = rows.with_values(**{name: coded([None], np.zeros(len(rows), np.int32))})
            continue
        cells = rows.cells[name]
        register = rows.context.register
        numbers = [read_nip(t, k, register) for t, k in zip(cells.texts, cells.kinds, strict=True)]
        # A rater has a different pseudonym than as an employee: no measure needs a rater's own ratings.
        named = rows.context.pseudonym.rater if name == "rater_id" else rows.context.pseudonym.person
        codes = [named(r.digits) if r.digits else None for r in numbers]
        rows = rows.with_values(**{name: coded(codes, cells.codes)})
        for fault in sorted({r.fault for r in numbers if r.fault}):
            mask = cells.spread([r.fault == fault for r in numbers], dtype=bool)
            rows = rows.mark(mask & data, "quarantine", fault, name)
        for repair in sorted({r.repair for r in numbers if r.repair}):
            mask = cells.spread([r.repair == repair for r in numbers], dtype=bool)
            rows = rows.mark(mask & data, "repair", repair, name)
        if place == 0:
            rows = rows.mark(~cells.filled & data, "quarantine", MISSING, name)
    return rows


def match_units(rows: Working) -> Working:
    """Match the unit name of each row to the register as it was in the row's period.

    A misspelt name is repaired, and a name from before or after a renaming is matched to the unit of the
    period. A row with an unknown name is quarantined. The rows must have their period.
    """
    rows = name_units_of_staff(rows)
    data = rows.data
    by_profile = [t.profile.unit.unit_id if t.profile and t.profile.unit else "" for t in rows.tables]
    own = rows.by_table(lambda t: bool(t.profile and t.profile.unit))
    cells = rows.cells.get("unit_id") or Cells.blank(len(rows))
    period = pd.Categorical(rows.values["period"])
    # Each pair of spelling and period gets one number; the code of a missing period is -1.
    n_periods = len(period.categories) + 1
    pairs = cells.codes.astype(np.int64) * n_periods + period.codes + 1
    known, codes = _distinct(pairs)
    matches = [
        rows.context.units.find(
            str(cells.texts[pair // n_periods]),
            str(period.categories[pair % n_periods - 1]) if pair % n_periods else "",
        )
        for pair in known
    ]
    unknown = np.array([m.fault == UNKNOWN_UNIT for m in matches], bool)[codes]
    rows, stated = units_stated(rows, unknown)
    by_profile = [unit or given for unit, given in zip(stated, by_profile, strict=True)]
    own |= np.array([bool(unit) for unit in stated], bool)[rows.place["table"].to_numpy()]
    waits = rows.quarantined_for("unit_id")
    for fault in sorted({m.fault for m in matches if m.fault}):
        mask = np.array([m.fault == fault for m in matches])[codes]
        rows = rows.mark(mask & data & ~own & ~waits, "quarantine", fault, "unit_id")
    for repair in sorted({m.repair for m in matches if m.repair}):
        mask = np.array([m.repair == repair for m in matches])[codes]
        rows = rows.mark(mask & data & ~own, "repair", repair, "unit_id")
    units = [*(m.unit_id for m in matches), *(unit or None for unit in by_profile)]
    codes = np.where(own, len(matches) + rows.place["table"].to_numpy(), codes)
    city = rows.context.city
    return rows.with_values(
        unit_id=coded(units, codes),
        reporting_unit_id=coded([city.reporting_unit_id(u) if u else None for u in units], codes),
    )


def _distinct(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct numbers, and for each number its index; hashing is faster than sorting here."""
    codes, known = pd.factorize(numbers)
    return np.asarray(known), np.asarray(codes)


def match_services(rows: Working) -> Working:
    """Match the service name of each row to the register; an unknown name gives an empty service."""
    if "service_id" not in rows.cells:
        return rows.with_values(service_id=coded([""], np.zeros(len(rows), np.int32)))
    cells = rows.cells["service_id"]
    found = cells.each(lambda text, _: rows.context.services.find(text))
    own = rows.by_table(lambda t: bool(t.profile and t.profile.unit))
    rows = rows.with_values(service_id=coded([service or "" for service, _ in found], cells.codes))
    misspelt = cells.spread([bool(service and bad) for service, bad in found], dtype=bool)
    unknown = cells.spread([not service for service, _ in found], dtype=bool) & cells.filled
    rows = rows.mark(misspelt & rows.data, "repair", MISSPELT, "service_id")
    # The services of a unit from a profile are not in our register, so they are not marked.
    return rows.mark(unknown & rows.data & ~own, "missing", "not_registered", "service_id")


def mark_order(rows: Working, first: str, last: str, reason: str) -> Working:
    """Quarantine rows that end before they start, or more than five years later.

    If both dates are on one day and have a time of day, the times are compared.
    """
    if first not in rows.values or last not in rows.values:
        return rows
    begun, ended = (rows.values[c].to_numpy().astype("datetime64[s]") for c in (first, last))
    start, end = begun.astype("datetime64[D]"), ended.astype("datetime64[D]")
    timed = (begun != start) & (ended != end)
    before = (end < start) | (timed & (ended < begun))
    too_long = (end - start) > np.timedelta64(_LONGEST_SPAN, "D")
    return rows.mark(before & rows.data, "quarantine", reason, last).mark(
        too_long & rows.data, "quarantine", "absurd_span", last
    )


def mark_attendance(rows: Working) -> Working:
    """Quarantine impossible attendance: present and absent exceed working days, or late exceeds present."""
    counts = {}
    for name in ("working_days_n", "present_days_n", "late_days_n", "absent_days_n"):
        if name in rows.values:
            counts[name] = rows.values[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    worked, present = counts["working_days_n"], counts["present_days_n"]
    late = counts.get("late_days_n", np.full(len(rows), np.nan))
    absent = np.nan_to_num(counts.get("absent_days_n", np.zeros(len(rows))))
    for mask, name in (
        (present + absent > worked, "present_days_n"),
        (late > present, "late_days_n"),
    ):
        rows = rows.mark(mask & rows.data, "quarantine", "attendance_cannot_be", name)
    return rows


def mark_empty(rows: Working, columns: Sequence[str]) -> Working:
    """Exclude forms without an answer in any of the columns."""
    present = [c for c in columns if c in rows.values]
    empty = np.ones(len(rows), bool)
    for name in present:
        empty &= rows.values[name].isna().to_numpy()
    return rows.mark(empty & ~rows.marked("quarantine") & rows.data, "exclude", "empty_form")


def keep_key(rows: Working, column: str) -> Working:
    """Replace a column that identifies a row (such as a registration number) by its pseudonyms."""
    if column not in rows.cells:
        return rows
    cells = rows.cells[column]
    return rows.with_values(
        **{column: coded([rows.context.pseudonym(t) if t else None for t in cells.texts], cells.codes)}
    )


def band(rows: Working, column: str, limits: Mapping[str, float], *, into: str) -> Working:
    """Replace a column of numbers by bands; ``limits`` has the lower limit of each band, in rising order."""
    numbers = rows.values[column].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    names = ["", *limits]
    codes = np.zeros(len(rows), np.int32)
    for at, low in enumerate(limits.values(), start=1):
        codes[numbers >= low] = at
    values = rows.values.drop(columns=column)
    return Working(
        rows.book, rows.context, rows.place, rows.cells,
        values.assign(**{into: coded(names, codes)}), rows.marks, rows.tables,
    )  # fmt: skip


#: A timestamp with seconds. Midnight is not one: it means a date without a time of day.
_STAMP = re.compile(r"\d:\d{2}:\d{2}")
_MIDNIGHT = re.compile(r"\b00:00:00")
#: If at least this share of the timestamps is distinct, equal timestamps are evidence for a repeated row.
_OWN_MOMENT = 0.9


def mark_sent_twice(rows: Working, column: str) -> Working:
    """Exclude a row that equals another row of its file in all cells, including a timestamp with seconds.

    Two people may give equal answers, but hardly in the same second. If many rows share a timestamp, they
    were entered together; then it is no evidence, and all rows are kept.

    Parameters
    ----------
    rows : Working
        The rows of one file.
    column : str
        The column of the timestamp.
    """
    stamps = rows.cells.get(column)
    if stamps is None:
        return rows
    free = rows.data & ~rows.marked("foreign", "quarantine", "exclude")
    timed = free & stamps.mask(lambda text: bool(_STAMP.search(text)) and not _MIDNIGHT.search(text))
    n_timed = int(timed.sum())
    codes = pd.DataFrame({name: np.asarray(cells.codes) for name, cells in rows.cells.items()})[timed]
    if not n_timed or codes[column].nunique() < _OWN_MOMENT * n_timed:
        return rows
    twice = np.zeros(len(rows), bool)
    twice[np.flatnonzero(timed)] = codes.duplicated(keep="first").to_numpy()
    return rows.mark(twice, "exclude", "identical_duplicate")


def mark_duplicates(rows: Prepared, keys: Sequence[str], *, may_differ: bool = False) -> Prepared:
    """Exclude identical rows, and quarantine rows with equal keys that contradict each other.

    Of identical rows, one is kept (one without repairs, if possible), and the others are excluded. Rows with
    equal ``keys`` and different content are all quarantined, unless they ``may_differ`` (two courses in one
    quarter). Rows that are already quarantined or excluded are not compared.
    """
    present = [key for key in keys if key in rows.values]
    if len(present) < len(keys):
        return rows
    free = ~rows.marked("foreign", "quarantine", "exclude")
    for key in keys:
        free &= (rows.values[key].notna() & (rows.values[key] != "")).to_numpy()
    codes = rows.values.apply(_codes)
    # Sorting by key makes the choice among identical rows independent of the order of files.
    places = (rows.place["row_id"].to_numpy(dtype=object), rows.place["row"].to_numpy())
    order = np.lexsort((*places, rows.marked("repair")))
    order = order[free[order]]
    pool = codes.iloc[order]
    identical = np.zeros(len(rows), bool)
    identical[order[pool.duplicated(keep="first").to_numpy()]] = True
    rows = rows.mark(identical, "exclude", "identical_duplicate")
    if may_differ:
        return rows
    rest = codes.loc[free & ~identical, list(keys)]
    differing = np.zeros(len(rows), bool)
    differing[rest.index[rest.duplicated(keep=False)]] = True
    return rows.mark(differing, "quarantine", "differing_duplicate")


def _codes(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes
    return pd.Series(pd.factorize(column, use_na_sentinel=True)[0], index=column.index)
