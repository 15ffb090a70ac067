"""Recognise a file: its sources, headings, unit, period and open questions. All commands use this module."""

from __future__ import annotations

import glob
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz import fuzz

from asn_research.clean.parse.number_texts import BadCellError
from asn_research.clean.parse.period_texts import find_period, grows_until
from asn_research.clean.parse.values import is_date, parse_cell
from asn_research.clean.privacy.identity import NipRegister, read_nip
from asn_research.clean.questions.open_questions import Asked
from asn_research.clean.steps.units import unit_names
from asn_research.errors import RawDataError
from asn_research.read.cells import Cells
from asn_research.read.grids import Grid, read_grids
from asn_research.read.headings import (
    Headings,
    counts_otherwise,
    find_headings,
    group_rows,
    has_evidence,
    heading_paths,
)
from asn_research.read.profiles import Profile
from asn_research.read.raw_folder import FileTables, RawFile, Strange
from asn_research.read.returned import mends_in
from asn_research.read.sheet_tables import Chosen, RawTable, build_tables, without_repeats
from asn_research.read.survey_forms import Form, read_survey_form
from asn_research.rules.cities import City
from asn_research.rules.codebooks import SOURCES, Column, fold, fold_heading, load_codebook
from asn_research.rules.periods import Period
from asn_research.rules.questions import Answers, Question, layout_of

_SAMPLE = 300
#: Headings are searched in this many first rows.
_LOOK_IN_ALL = 20_000
_DEEPEST = 4
#: The smallest similarity of a heading to a known one for a proposal (0 to 100).
_ALIKE = 72.0
#: The share of cells that must be readable as values of the proposed column.
_READABLE = 0.5
#: The share of required columns that must match for a source to be proposed. If no source reaches the first
#: limit, the second one is used, so that a person can name the missing columns.
_LEAST_SOURCE = 0.45
_NEAREST_SOURCE = 0.2
#: Tables whose match is at most this much worse than the best one of the source are read too (one sheet a
#: month).
_NEAR = 3
#: Words that occur in many headings, so they are no evidence for a column.
_COMMON = {
    "pelayanan",
    "layanan",
    "petugas",
    "unsur",
    "nilai",
    "pegawai",
    "kerja",
    "responden",
    "nomor",
    "jenis",
}
#: Columns that are matched by exact headings only, not by similarity.
_OWN = {"_year", "_first_month", "_last_month"}
_LONGEST_GRADE = 2
#: A heading with more words is a question, not the heading of a column of units.
_LONGEST_NAME = 5
_LOOK_IN = 40
#: Sources that are published once a year.
_YEARLY = {"organisation_scores"}
_LOOK_FOR_TITLES = 8
_LOOK_FOR_RECAP = 40
#: The first sheet of a report's edition as a workbook, in either language.
_OWN_CONTENTS = {"Isi", "Contents"}
#: A shorter file pattern would match files of all kinds.
_LEAST_PATTERN = 3
_OF_A_PERIOD = {
    "tw", "triwulan", "semester", "smt", "tahun", "bulan", "periode", "kuartal", "final", "fix", "revisi", "rev", "copy",
    "salinan", "baru", "januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september",
    "oktober", "november", "desember", "jan", "feb", "mar", "apr", "jun", "jul", "agt", "ags", "sep", "okt", "nov", "des",
}  # fmt: skip
#: The largest number of distinct answers in a column of scale answers; free text has more.
_MOST_ANSWERS = 14
_YEAR = re.compile(r"(?<!\d)(20[0-4]\d)(?!\d)")


@dataclass(frozen=True)
class ColumnGuess:
    """The codebook column that a heading is matched to.

    Parameters
    ----------
    heading : str
        The heading in the file, group headings first.
    place : int
        The column in the sheet, from 0.
    column : str
        The codebook column; empty if there is no match.
    confidence : int
        0 to 100; 100 for a heading that the codebook lists.
    """

    heading: str
    place: int
    column: str
    confidence: int


@dataclass(frozen=True)
class TableGuess:
    """The recognised source, columns, period and unit of a table.

    Parameters
    ----------
    sheet : str
        Its sheet.
    is_hidden : bool
        Whether the sheet is hidden.
    header_row, depth : int
        The last row of the headings (from 1), and the number of their rows.
    source : str
        The source.
    confidence : int
        The confidence in the source, 0 to 100.
    columns : tuple of ColumnGuess
        All headings.
    missing : tuple of str
        The required columns without a heading.
    period, period_from : str
        The code of the period, and where it was found (`cells`, `profile`, `letterhead`, `dates`, `sheet`,
        `workbook`, `file`); empty if it was not found.
    unit_id : str
        The unit of all rows, if no column names units and a title or name does.
    n_rows : int
        The number of rows below the headings.
    profile : Profile or None
        The profile that applies, or the proposed one.
    is_written : bool
        Whether the profile is already in the folder.
    faults : tuple of (str, str, int, tuple of int)
        Faults found by a trial cleaning: reason, column, number of rows, and the first rows.
    exits : dict of str to int or None
        The number of rows of a trial cleaning: raw, kept, quarantined, excluded; None without a trial.
    trouble : str
        The error message, if the trial cleaning failed.
    questions : tuple of Asked
        The questions that `clean` would ask about it.
    headings : Headings or None
        The place of its headings, and their columns.
    unit_name : str
        The name of the unit of all rows; as written in the file if the register does not have it.
    is_period_sure : bool
        Whether the period is stated explicitly. A year alone in a name is not explicit.
    asks : tuple of Question
        The questions about the table as a whole.
    answered : tuple of str
        The headings, known or unknown, of columns with few distinct values.
    note : str
        The reason why it cannot be used as it is: `elements_2004`, `several_questions`; empty if it can.
    n_hidden_rows : int
        The number of hidden or filtered-out rows of its sheet.
    named_period : str
        The period in the name of the sheet or file, if the rows also have dates.
    asks_unit : bool
        Whether nothing shows the unit of the rows, so that `clean` asks for it (a profile may state it
        instead).
    """

    sheet: str
    is_hidden: bool
    header_row: int
    depth: int
    source: str
    confidence: int
    columns: tuple[ColumnGuess, ...]
    missing: tuple[str, ...]
    period: str = ""
    period_from: str = ""
    unit_id: str = ""
    n_rows: int = 0
    profile: Profile | None = None
    is_written: bool = False
    faults: tuple[tuple[str, str, int, tuple[int, ...]], ...] = ()
    exits: dict[str, int] | None = None
    trouble: str = ""
    questions: tuple[Asked, ...] = ()
    headings: Headings | None = None
    unit_name: str = ""
    is_period_sure: bool = True
    asks: tuple[Question, ...] = ()
    answered: tuple[str, ...] = ()
    note: str = ""
    n_hidden_rows: int = 0
    named_period: str = ""
    asks_unit: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether `clean` reads it without a new profile: all used headings are known, nothing is missing."""
        is_sure = all(guess.confidence == 100 for guess in self.columns if guess.column)
        return is_sure and not self.note and not self.missing

    @property
    def stated_period(self) -> str:
        """The period that the name of the sheet or file, or a title, states explicitly; else empty."""
        is_stated = self.period_from in {"sheet", "file", "workbook"} and self.is_period_sure
        return self.period if is_stated else self.named_period

    @property
    def unused(self) -> list[str]:
        """The headings that are not matched to a column."""
        return [guess.heading for guess in self.columns if not guess.column]

    @property
    def unknown(self) -> list[str]:
        """The unmatched headings that may mean a column; a running number is left out."""
        return [heading for heading in self.unused if fold_heading(heading) != "nomor"]

    @property
    def has_unknown(self) -> bool:
        """Whether a missing required column may be one of the unknown headings."""
        return bool(self.missing and self.unknown)

    @property
    def may_be_asked(self) -> bool:
        """Whether a missing survey element may be one of the unknown headings."""
        if self.source != "citizen_feedback" or self.note:
            return self.has_unknown
        return bool(self.missing and set(self.unknown) & set(self.answered))

    @property
    def optional(self) -> list[str]:
        """The optional codebook columns without a heading, except personal ones, which should not be sent."""
        known = {guess.column for guess in self.columns} | set(self.missing) | _OWN
        book = load_codebook(self.source).columns
        return [c.column for c in book if not c.required and not c.personal and c.column not in known]


@dataclass(frozen=True)
class Recognised:
    """The result of recognising a file.

    Parameters
    ----------
    grids : tuple of Grid
        Its sheets.
    tables : tuple of TableGuess
        Its tables: those that can be read, and those that need a profile first.
    notes : dict of str to str
        The reason (`recap`) why a sheet without a table cannot be used, by sheet. Sheets of an unknown kind
        are left out.
    """

    grids: tuple[Grid, ...]
    tables: tuple[TableGuess, ...]
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def ready(self) -> tuple[TableGuess, ...]:
        """The tables that can be read without a new profile."""
        return tuple(table for table in self.tables if table.is_ready)

    @property
    def others(self) -> tuple[str, ...]:
        """The sheets without a table."""
        used = {table.sheet for table in self.tables}
        return tuple(grid.sheet for grid in self.grids if grid.sheet not in used)


def recognise(
    grids: Sequence[Grid], path: Path, city: City, profiles: Sequence[Profile] = (),
    answers: Answers | None = None,
) -> Recognised:  # fmt: skip
    """Recognise the tables of a file.

    Parameters
    ----------
    grids : sequence of Grid
        Its sheets.
    path : Path
        Its path; the name may state a unit or a period.
    city : City
        The register of units.
    profiles : sequence of Profile
        The profiles that apply to it. If there are any, only the tables that they describe are read.
    answers : mapping of str to str, optional
        The answers given by a person, by the key of the question.

    Returns
    -------
    Recognised
    """
    known_answers = dict(answers or {})
    if profiles:
        return Recognised(tuple(grids), tuple(_with_profiles(grids, path, city, profiles, known_answers)))
    tables = _without_profiles(grids, path, city, known_answers)
    if not tables:
        tables = _without_profiles(grids, path, city, known_answers, _NEAREST_SOURCE)
    used = {table.sheet for table in tables}
    notes = {grid.sheet: "recap" for grid in grids if grid.sheet not in used and _is_recap(grid)}
    return Recognised(tuple(grids), tuple(tables), notes)


def raw_tables(
    recognised: Recognised, name: str, file_hash: str, *, tried: TableGuess | None = None
) -> list[RawTable]:
    """Return the raw tables of a file: those that are ready, or only the table ``tried``.

    Tables that are not read are passed on too, because each one ends the rows of the table above it.
    """
    tables: list[RawTable] = []
    for grid in recognised.grids:
        here = [table for table in recognised.tables if table.sheet == grid.sheet and table.headings]
        here.sort(key=lambda t: (t.headings.first_row, t.headings.span[:1]) if t.headings else (0, ()))
        chosen = [
            Chosen(
                t.headings,
                t.profile if t.is_written or t is tried else None,
                t.unit_name,
                t.stated_period,
                t.asks,
            )
            for t in here
            if t.headings
        ]
        found = build_tables(grid, chosen, file=name, file_hash=file_hash)
        tables += [
            table
            for table, guess in zip(found, here, strict=True)
            if (guess is tried if tried is not None else guess.is_ready)
        ]
    return tables


def read_tables(file: RawFile, city: City, answers: Answers | None = None) -> FileTables:
    """Read the tables of a file; sheets and files that cannot be read are listed with the reason.

    Parameters
    ----------
    file : RawFile
        The file.
    city : City
        The register of units.
    answers : mapping of str to str, optional
        The answers given by a person, by the key of the question.

    Returns
    -------
    FileTables
    """
    try:
        grids = list(read_grids(file.path, file.name, file.hash))
        mends = mends_in(grids)
        if mends is not None:
            return FileTables((), mends=mends)
        recognised = recognise(grids, file.path, city, file.profiles, answers)
    except RawDataError as error:
        return FileTables((), (), (Strange.refused(file.name, error),))
    tables = raw_tables(recognised, file.name, file.key)
    if file.copy_no:
        tables = [replace(table, is_copy=True) for table in tables]
    strange = list(_strange(recognised, file.name))
    named = {one.sheet for one in strange}
    passed_over = tuple(f"{file.name}, sheet {sheet}" for sheet in recognised.others if sheet not in named)
    if not tables and not strange:
        strange.append(
            Strange(file.name, "", "own_report" if _is_own_report(recognised.grids) else "unknown")
        )
        passed_over = ()
    return FileTables(tuple(tables), passed_over, tuple(strange))


def _strange(recognised: Recognised, name: str) -> Iterator[Strange]:
    for table in recognised.tables:
        if table.is_ready or (table.is_hidden and not table.is_written):
            continue
        book = load_codebook(table.source)
        lacking = "; ".join(
            f"{book[column].label_indonesian} ({', '.join(book[column].aliases[:4])})"
            for column in table.missing
        )
        if table.note:
            yield Strange(name, table.sheet, table.note)
        elif table.missing:
            yield Strange(name, table.sheet, f"lacks_{table.source}", lacking)
        else:
            unsure = [g.heading for g in table.columns if g.column and g.confidence < 100]
            yield Strange(name, table.sheet, f"unsure_{table.source}", "; ".join(unsure[:4]))
    for sheet, note in recognised.notes.items():
        if not recognised.ready:
            yield Strange(name, sheet, note)


def _is_own_report(grids: Sequence[Grid]) -> bool:
    """Return whether a workbook is a report made by this toolkit."""
    sheets = {grid.sheet for grid in grids}
    return bool(sheets & _OWN_CONTENTS) and any(
        re.fullmatch(r"(?:Tabel|Table) \d+", sheet) for sheet in sheets
    )


def _with_profiles(
    grids: Sequence[Grid], path: Path, city: City, profiles: Sequence[Profile], answers: dict[str, str]
) -> list[TableGuess]:
    tables = []
    for grid in grids:
        for profile in profiles:
            if profile.sheet and profile.sheet != grid.sheet:
                continue
            for found in without_repeats(grid, find_headings(grid, profile)):
                headings, asks = _completed(grid, found, profile, answers)
                known = _known_columns(headings)
                guess = _guess(grid, headings, known, 100)
                missing = tuple(headings.lacks(profile))
                guess = replace(guess, profile=profile, is_written=True, missing=missing, asks=asks)
                guess = _placed(guess, grid, headings, grids, path, city, answers)
                if profile.period:
                    guess = replace(guess, period=profile.period, period_from="profile")
                tables.append(guess)
    return tables


def _completed(
    grid: Grid, headings: Headings, profile: Profile, answers: dict[str, str]
) -> tuple[Headings, tuple[Question, ...]]:
    """Add the survey elements that a profile does not map, if the headings show them."""
    lacking = set(headings.lacks(profile))
    named = {fold_heading(h) for h in (*profile.columns, *profile.extra, *profile.ignore)}
    if headings.source != "citizen_feedback" or not lacking - {"unit_id"}:
        return headings, ()
    form = read_survey_form(grid, headings, answers)
    taken = set(headings.columns.values())
    more = {
        column: place
        for column, place in form.headings.columns.items()
        if column in lacking
        and place not in taken
        and fold_heading(headings.labels.get(place, "")) not in named
    }
    return replace(headings, columns={**headings.columns, **more}), form.questions if more else ()


def _without_profiles(
    grids: Sequence[Grid], path: Path, city: City, answers: dict[str, str], least: float = _LEAST_SOURCE
) -> list[TableGuess]:
    found: list[_Found] = []
    for grid in grids:
        exact, partial = _exact_tables(grid, answers)
        found += [(grid, form, _known_columns(form.headings), 100) for form in exact]
        found += _guess_tables(grid, [form.headings for form in exact], partial, least, answers)
    found = _best_of_a_source(found)
    tables = []
    for grid, form, columns, confidence in found:
        guess = _guess(grid, form.headings, columns, confidence)
        guess = replace(guess, asks=form.questions, note=form.note)
        tables.append(_placed(guess, grid, form.headings, grids, path, city, answers))
    needs = any(_needs_profile(table) for table in tables)
    return (
        [replace(table, profile=_profile_of(table, tables, path, grids)) for table in tables]
        if needs
        else tables
    )


_Found = tuple[Grid, Form, tuple[ColumnGuess, ...], int]


def _exact_tables(grid: Grid, answers: dict[str, str]) -> tuple[list[Form], list[Headings]]:
    """Return the tables with all required headings (except the unit), and those that lack some."""
    forms = [read_survey_form(grid, h, answers) for h in without_repeats(grid, find_headings(grid))]
    exact = [form for form in forms if not set(form.headings.lacks(None)) - {"unit_id"} and not form.note]
    return exact, [form.headings for form in forms if form not in exact]


def _best_of_a_source(found: list[_Found]) -> list[_Found]:
    """Remove tables that match a source worse than another sheet does, such as summaries of the data."""
    best: dict[str, int] = {}
    for _, form, _, confidence in found:
        source = form.headings.source
        best[source] = max(confidence, best.get(source, 0))
    return [entry for entry in found if entry[3] >= best[entry[1].headings.source] - _NEAR]


def _known_columns(headings: Headings) -> tuple[ColumnGuess, ...]:
    of = {place: column for column, place in headings.columns.items()}
    return tuple(
        ColumnGuess(" ".join(label.split()), place, of.get(place, ""), 100 if place in of else 0)
        for place, label in headings.labels.items()
    )


def _guess(grid: Grid, headings: Headings, columns: tuple[ColumnGuess, ...], confidence: int) -> TableGuess:
    filled = np.zeros(grid.n_rows, bool)
    for place in headings.span:
        filled |= grid.columns[place].filled
    return TableGuess(
        sheet=grid.sheet,
        is_hidden=grid.is_hidden,
        header_row=headings.last_row + 1,
        depth=headings.last_row - headings.first_row + 1,
        source=headings.source,
        confidence=confidence,
        columns=columns,
        missing=tuple(headings.lacks(None)),
        n_rows=int(filled[headings.last_row + 1 :].sum()),
        headings=headings,
        n_hidden_rows=sum(row > headings.last_row for row in grid.hidden_rows),
        answered=tuple(g.heading for g in columns if _has_few_answers(grid, headings, g.place)),
    )


def _has_few_answers(grid: Grid, headings: Headings, place: int) -> bool:
    first = headings.last_row + 1
    used = grid.columns[place].take(slice(first, first + _SAMPLE)).used()
    return sum(bool(text) for text in used.texts) <= _MOST_ANSWERS


#: Headings of a table that summarises a survey by element.
_RECAP = {"nrr", "nrr tertimbang", "nilai rata rata", "nrr skala 100", "total nilai", "nilai rata rata unsur"}
_RECAP_BY = {"unsur pelayanan", "unsur", "nama unsur", "nama unsur pelayanan", "unsur layanan"}


def _is_recap(grid: Grid) -> bool:
    """Return whether a sheet is a survey summarised by element, which has no single answers."""
    for row in range(min(grid.n_rows, _LOOK_FOR_RECAP)):
        cells = {fold_heading(str(cell)) for cell in grid.block(row, row + 1)[0] if cell}
        if cells & _RECAP and cells & _RECAP_BY:
            return True
    return False


def _guess_tables(
    grid: Grid, known: Sequence[Headings], partial: Sequence[Headings], least: float, answers: dict[str, str]
) -> list[_Found]:
    """Find tables by similar headings, outside the rows of tables with known headings."""
    found: list[_Found] = []
    rows = _rows_like_headings(grid, known)
    taken = {row for h in known for row in range(h.first_row, h.last_row + 1)}
    while rows:
        best = _best_guess(grid, [row for row in rows if row not in taken], taken, least, answers)
        if best is None:
            break
        best = _as_known_in_part(grid, best, partial, answers)
        found.append(best)
        # The rows directly above and below headings may look like headings too, so they are skipped.
        taken |= set(range(best[1].headings.first_row - 1, best[1].headings.last_row + 2))
    return found


def _as_known_in_part(
    grid: Grid, guess: _Found, partial: Sequence[Headings], answers: dict[str, str]
) -> _Found:
    """Return a guess, replaced by another source if that one knows more of the headings.

    The other source may lack required columns. A list with predikat and raters is a list of appraisals,
    even if it has all columns of a register of staff.
    """
    headings, columns = guess[1].headings, guess[2]
    n_known = sum(g.confidence == 100 for g in columns if g.column)
    for part in partial:
        if (
            part.last_row == headings.last_row
            and part.source != headings.source
            and len(part.columns) > n_known
        ):
            depth = part.last_row - part.first_row + 1
            block = grid.block(part.first_row, part.last_row + 1)
            paths = heading_paths(block, group_rows(grid, part.last_row))
            form, columns = _alike(grid, paths, part.source, part.last_row, depth, answers)
            of = {g.column: g.confidence for g in columns if g.column}
            required = [of.get(c, 0) for c in load_codebook(part.source).required]
            return grid, form, columns, round(sum(required) / max(1, len(required)))
    return guess


def _rows_like_headings(grid: Grid, known: Sequence[Headings]) -> list[int]:
    """Return the rows that may be headings: rows of words after an almost blank row, or after such a row.

    Below known headings, a row with numbers is a data row, so it is left out.
    """
    last = min(grid.n_rows - 1, _LOOK_IN_ALL if grid.sheet or grid.n_rows <= _LOOK_IN_ALL else _LOOK_IN)
    n_filled = np.zeros(max(0, last), int)
    for column in grid.columns:
        n_filled += column.take(slice(0, last)).filled
    first_known = min((h.first_row for h in known), default=grid.n_rows)
    rows: list[int] = []
    for row in np.flatnonzero(n_filled >= 2).tolist():
        if row == 0 or n_filled[row - 1] <= 2 or (rows and rows[-1] == row - 1 and _depth(rows) < _DEEPEST):
            cells = [str(cell) for cell in grid.block(row, row + 1)[0] if cell]
            n_numbers = sum(_is_number(cell) for cell in cells)
            if len(cells) - n_numbers >= 2 and (row < first_known or not n_numbers):
                rows.append(row)
    return rows


def _depth(rows: Sequence[int]) -> int:
    """Return the number of consecutive rows at the end of a list of rows."""
    n = 1
    while n < len(rows) and rows[-n - 1] == rows[-n] - 1:
        n += 1
    return n


def _best_guess(
    grid: Grid, rows: Sequence[int], taken: set[int], least: float, answers: dict[str, str]
) -> _Found | None:
    """Find the row, depth and source with the most similar headings; None if no source is similar enough."""
    best: tuple[float, _Found] | None = None
    for row in rows:
        for depth in range(1, min(_DEEPEST, row + 1) + 1):
            block = grid.block(row - depth + 1, row + 1)
            if row - depth + 1 in taken or not (block != "").any(axis=1).all():
                break
            paths = heading_paths(block, group_rows(grid, row))
            for source in SOURCES:
                form, columns = _alike(grid, paths, source, row, depth, answers)
                book = load_codebook(source)
                of = {guess.column: guess for guess in columns if guess.column}
                # The unit is not required here, because the letterhead may state it.
                required = [
                    of[c].confidence if c in of else 0 for c in book.required if c != "unit_id" or c in of
                ]
                share = sum(required) / (100 * max(1, len(required)))
                # Each further row of headings must improve the match: a title read as a group heading does
                # not.
                total = share * 100 + sum(g.confidence for g in of.values()) / 10 - depth
                if (share < least and not form.note) or len(of) < 3 or (best and total <= best[0]):
                    continue
                if not has_evidence(grid, form.headings):
                    continue
                best = (total, (grid, form, columns, round(share * 100)))
    return best[1] if best else None


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[\d.,%()\s-]+", text))


def _alike(
    grid: Grid, paths: Sequence[tuple[str, ...]], source: str, row: int, depth: int, answers: dict[str, str]
) -> tuple[Form, tuple[ColumnGuess, ...]]:
    """Match headings to the columns of a source, most similar first; the cells may rule out a match."""
    book = load_codebook(source)
    labels = {place: " ".join(" ".join(path).split()) for place, path in enumerate(paths) if path}
    bare = Headings(source, row - depth + 1, row, {}, labels, tuple(range(len(paths))))
    form = read_survey_form(grid, bare, answers)
    placed = {place: column for column, place in form.headings.columns.items()}
    pairs: list[tuple[float, int, int, str]] = []
    for place, path in enumerate(paths):
        if not path:
            continue
        if place in placed:
            pairs.append((100.0, -1, place, placed[place]))
        if place in placed or place in form.asked:
            continue
        texts = {fold_heading(part) for part in (" ".join(path), " ".join(path[-2:]), path[-1])} - {""}
        for column in (c for c in book.columns if c.column not in _OWN and c.column not in placed.values()):
            score = max((_likeness(text, column) for text in texts), default=0.0)
            # Personal columns are matched by exact headings only, because they are removed anyway. A question
            # is never matched to a column of units or services.
            if (column.personal and column.type != "nip") or _is_question(path[-1], column):
                score = score if score == 100 else 0.0
            if counts_otherwise(path[-1], column):
                score = 0.0
            if score >= _ALIKE:
                score *= _fit(grid.columns[place].take(slice(row + 1, row + 1 + _SAMPLE)), column)
                if score >= _ALIKE:
                    rank = book.ranks.get(fold_heading(path[-1]), 0)
                    pairs.append((score, rank, place, column.column))
    taken: dict[int, tuple[str, int]] = {}
    for score, _, place, name in sorted(pairs, key=lambda p: (-p[0], *p[1:3])):
        if place not in taken and name not in {column for column, _ in taken.values()}:
            taken[place] = (name, round(score))
    columns = tuple(ColumnGuess(label, place, *taken.get(place, ("", 0))) for place, label in labels.items())
    found = {name: place for place, (name, _) in taken.items()}
    return replace(form, headings=replace(bare, columns=found)), columns


def _is_question(heading: str, column: Column) -> bool:
    return column.type in {"unit", "service"} and len(heading.split()) > _LONGEST_NAME


def _likeness(text: str, column: Column) -> float:
    best = 0.0
    for spelling in column.spellings:
        known = fold_heading(spelling)
        if text == known:
            return 100.0
        # Words in another order count as similar. If all specific words of the known heading occur, the score
        # is lower the more other words there are.
        score = max(fuzz.ratio(text, known), fuzz.token_sort_ratio(text, known))
        if _shares_words(text, known):
            score = max(score, 93 * (0.75 + 0.25 * len(known.split()) / len(text.split())))
        best = max(best, score)
    return min(best, 99.0)


def _shares_words(text: str, known: str) -> bool:
    """Return whether all words of a known heading with four letters or more occur in a heading.

    At least one of them must not be in `_COMMON`.
    """
    words = {word for word in known.split() if len(word) >= 4}
    return bool(words - _COMMON) and words <= set(text.split())


def _fit(cells: Cells, column: Column) -> float:
    """Return 1 if nearly all cells are readable as values of the column, 0.9 if at least half are, else 0."""
    if column.type == "text":
        return 1.0
    readable, n = 0.0, 0
    used = cells.used()
    counts = np.bincount(used.codes, minlength=len(used.texts))
    for at, (text, kind) in enumerate(zip(used.texts, used.kinds, strict=True)):
        if not text:
            continue
        n += counts[at]
        readable += counts[at] * _is_readable(text, kind, column)
    if not n:
        return 0.95
    share = readable / n
    return 1.0 if share >= 0.9 else (0.9 if share >= _READABLE else 0.0)


def _is_readable(text: str, kind: str, column: Column) -> bool:
    if column.type == "nip":
        return bool(read_nip(text, kind, NipRegister()).digits) or bool(
            re.fullmatch(r"\D*\d[\d\s.']{13,}\D*", text)
        )
    if column.type in {"unit", "service"}:
        # Any text with enough letters may be a name; a number or a grade is not.
        return len(re.sub(r"[^A-Za-z]", "", text)) > _LONGEST_GRADE
    if column.type == "date":
        return is_date(text)
    try:
        parse_cell(text, kind, column)
    except BadCellError:
        return False
    return True


def _period_in(grid: Grid, headings: Headings) -> tuple[str, str]:
    """Return the period in the letterhead of a table, and where its rows get their period from.

    The place is `cells`, `letterhead` or `dates`; both are empty if there is none of them.
    """
    book = load_codebook(headings.source)
    if "period" in headings.columns or ("_year" in headings.columns and "period" in book.by_name):
        return "", "cells"
    lines = grid.block(0, headings.first_row)
    found = find_period([" ".join(str(c) for c in line if c) for line in lines])
    if found:
        return found.code, "letterhead"
    dates = [c.column for c in book.columns if c.type == "date" and c.column in headings.columns]
    return ("", "dates") if dates else ("", "")


def _lines_above(grid: Grid, headings: Headings) -> list[str]:
    return [str(cell) for cell in grid.block(0, headings.first_row).ravel() if cell]


def _placed(
    guess: TableGuess, grid: Grid, headings: Headings, grids: Sequence[Grid], path: Path, city: City,
    answers: Mapping[str, str],
) -> TableGuess:  # fmt: skip
    """Return a guess with its period and unit, from any place in the file that states them."""
    period, origin = _period_in(grid, headings)
    is_sure, named = True, ""
    if not origin and guess.source != "employees":
        period, origin, is_sure = _period_elsewhere(guess, grids, path)
    elif origin == "dates":
        named = _period_named(guess.sheet, path)
    unit, name = "", ""
    guess, headings = _with_best_unit(guess, grid, headings, city)
    if "unit_id" in guess.missing:
        unit, name = _unit_elsewhere(grid, headings, path, city)
        guess, unit, name = _with_one_unit(
            guess, unit, name, _lines_above(grid, headings), path, city, answers
        )
    # If only the unit is missing, `clean` asks for it.
    is_asked = set(guess.missing) == {"unit_id"} and not guess.note and not name
    missing = tuple(c for c in guess.missing if not (c == "unit_id" and (name or is_asked)))
    return replace(guess, period=period, period_from=origin, is_period_sure=is_sure, unit_id=unit,
                   unit_name=name, missing=missing, named_period=named, asks_unit=is_asked)  # fmt: skip


def _with_best_unit(
    guess: TableGuess, grid: Grid, headings: Headings, city: City
) -> tuple[TableGuess, Headings]:
    """If several headings may mean the unit, use the column with the most names in the register.

    An export may have columns for the section and the office, or for the office and the whole government.
    """
    book = load_codebook(guess.source)
    chosen = headings.columns.get("unit_id")
    if chosen is None or (guess.profile and "unit_id" in guess.profile.columns.values()):
        return guess, headings
    others = [
        g.place
        for g in guess.columns
        if not g.column and book.headings.get(fold_heading(g.heading)) == "unit_id"
    ]
    if not others:
        return guess, headings
    names = unit_names(city)
    first = headings.last_row + 1

    def known(place: int) -> float:
        cells = grid.columns[place].take(slice(first, first + _SAMPLE)).used()
        filled = [bool(names.find(str(text), "").unit_id) for text in cells.texts if text]
        return sum(filled) / len(filled) if filled else 0.0

    best = max([chosen, *others], key=lambda place: (known(place), place == chosen))
    if best == chosen:
        return guess, headings
    headings = replace(headings, columns={**headings.columns, "unit_id": best})
    moved = {chosen: "", best: "unit_id"}
    columns = tuple(
        replace(g, column=moved[g.place], confidence=100 if moved[g.place] else 0) if g.place in moved else g
        for g in guess.columns
    )
    return replace(guess, headings=headings, columns=columns), headings


def _period_elsewhere(guess: TableGuess, grids: Sequence[Grid], path: Path) -> tuple[str, str, bool]:
    """Return a period from a name of sheet or file or from a title, its place, and whether it is explicit."""
    titles = [_titles(grid) for grid in grids]
    stem = re.sub(r"[_\-]+", " ", path.stem)
    places = (([guess.sheet], "sheet"), ([stem], "file"), *((title, "workbook") for title in titles))
    for lines, origin in places:
        found = find_period(lines)
        if found:
            return found.code, origin, True
    years = [(int(year[1]), origin) for lines, origin in places if (year := _YEAR.search(" ".join(lines)))]
    if not years:
        return "", "", True
    # A yearly statistic may state its year only in a title and in its name. If both agree, this is explicit.
    agree = len(years) > 1 and len({year for year, _ in years}) == 1
    return Period(years[0][0], 1, "Y").code, years[0][1], agree and guess.source in _YEARLY


def _period_named(sheet: str, path: Path) -> str:
    """Return the code of the period that the name of the sheet or file states explicitly; else empty."""
    for text in (sheet, re.sub(r"[_\-]+", " ", path.stem)):
        if not grows_until(text) and (found := find_period([text])):
            return found.code
    return ""


def _titles(grid: Grid) -> list[str]:
    """Return the texts in the first lines of a sheet that have one or two cells: its titles."""
    lines = grid.block(0, min(_LOOK_FOR_TITLES, grid.n_rows))
    return [str(cell) for line in lines if 0 < (line != "").sum() <= 2 for cell in line if cell]


_UNIT_LABEL = re.compile(
    r"^\s*(?:nama\s+)?(?:unit(?:\s+(?:kerja|pelayanan|layanan|organisasi))?|opd|skpd|perangkat daerah|instansi|satuan kerja|dinas/badan)"
    r"\s*[:=]\s*",
    re.IGNORECASE,
)


def _unit_elsewhere(grid: Grid, headings: Headings, path: Path, city: City) -> tuple[str, str]:
    """Return id and name of the unit in the letterhead or names of a table without a column of units.

    The id is empty if the register does not have the unit.
    """
    lines = _lines_above(grid, headings)
    labelled = [
        *(_UNIT_LABEL.sub("", text) for text in lines if _UNIT_LABEL.match(text)),
        *(
            after
            for text, after in itertools.pairwise(lines)
            if _UNIT_LABEL.fullmatch(f"{text.rstrip(' :')} : ")
        ),
    ]
    words = [*labelled, *lines, *_names_of_table(grid.sheet, path)]
    unit = next(iter(_units_in(words, city)), "")
    if unit:
        return unit, city.units[unit].name
    # A labelled name that is not in the register is kept: it goes to the review of unknown unit names.
    return "", next((text.strip(" :") for text in labelled if text.strip(" :")), "")


def _names_of_table(sheet: str, path: Path) -> list[str]:
    return [sheet, re.sub(r"[_\-]+", " ", path.stem), path.parent.name]


def _units_in(texts: Sequence[str], city: City) -> list[str]:
    """Return the units named in texts: first texts that are a name of a unit, then texts that contain one."""
    names = unit_names(city)
    found = [unit for text in texts if (unit := names.find(text.strip(" :"), "").unit_id)]
    for text in texts:
        inside = [
            u
            for u in city.units.values()
            for s in (u.name, u.short_name)
            if len(s) >= 5 and f" {fold(s)} " in f" {fold(text)} "
        ]
        if inside:
            found.append(max(inside, key=lambda unit: len(unit.name)).unit_id)
    return list(dict.fromkeys(found))


def _with_one_unit(
    guess: TableGuess,
    unit: str,
    name: str,
    lines: Sequence[str],
    path: Path,
    city: City,
    answers: Mapping[str, str],
) -> tuple[TableGuess, str, str]:
    """Ask for the unit of a table if its letterhead names one unit, and its sheet or file name another."""
    above = _units_in(lines, city)
    beside = _units_in(_names_of_table(guess.sheet, path), city)
    offices = {city.reporting_unit_id(each) for each in above}
    if not above or not beside or any(city.reporting_unit_id(each) in offices for each in beside):
        return guess, unit, name
    other = beside[0]
    named = tuple((each, city.units[each].name) for each in (unit, other))
    facts = {"file": path.name, "above": city.units[unit].name, "named": city.units[other].name}
    layout = layout_of(guess.source, (column.heading for column in guess.columns))
    about = f"unit_id {file_pattern(path.name)} {unit} {other}"
    question = Question("unit_contradicts", guess.source, layout, about, "", facts, named)
    answer = answers.get(question.key, "")
    chosen = answer if answer in dict(named) else unit
    return replace(guess, asks=(*guess.asks, question)), chosen, city.units[chosen].name


def _needs_profile(table: TableGuess) -> bool:
    fuzzy = any(guess.column and guess.confidence < 100 for guess in table.columns)
    lacks = bool(table.missing) or table.asks_unit
    return fuzzy or not table.is_period_sure or lacks or bool(table.note) or table.is_hidden


def _profile_of(
    table: TableGuess, tables: Sequence[TableGuess], path: Path, grids: Sequence[Grid]
) -> Profile:
    """Return a profile for a recognised table, such that `clean` reads the table in the same way."""
    content: dict[str, Any] = {"file": file_pattern(path.name), "source": table.source}
    if len(grids) > 1:
        content["sheet"] = table.sheet
    if table.unit_id:
        content["unit"] = {"unit_id": table.unit_id}
    if (
        table.period
        and table.period_from not in {"cells", "letterhead", "dates"}
        and not table.is_period_sure
    ):
        content["period"] = table.period
    if table.source == "citizen_feedback" and not table.may_be_asked and not table.note:
        answers = {c.column for c in load_codebook(table.source).columns if c.type == "choice_number"}
        unasked = [c for c in table.missing if c in answers]
        if unasked:
            content["not_asked"] = tuple(unasked)
    grid = next(g for g in grids if g.sheet == table.sheet)
    alone = sum(other.sheet == table.sheet for other in tables) == 1
    unsure = {g.heading: g.column for g in table.columns if g.column and g.confidence < 100}
    every = {g.heading: g.column for g in table.columns if g.column}
    ignore = tuple(g.heading for g in table.columns if not g.column)
    row = {"header_row": table.header_row}
    # The shortest profile with the same result is used.
    tries: list[dict[str, Any]] = [{"columns": unsure}] if alone else []
    tries += [
        {"columns": unsure, **row},
        {"columns": every, **row},
        {"columns": every, "ignore": ignore, **row},
    ]
    for more in tries:
        profile = Profile.model_validate({**content, **more})
        if _reads_the_same(grid, profile, table):
            break
    return profile


def _reads_the_same(grid: Grid, profile: Profile, table: TableGuess) -> bool:
    found = without_repeats(grid, find_headings(grid, profile))
    wanted = {g.column: g.place for g in table.columns if g.column}
    if len(found) != 1 or found[0].last_row + 1 != table.header_row:
        return False
    return _completed(grid, found[0], profile, {})[0].columns == wanted


def file_pattern(name: str) -> str:
    """Return a pattern for a file and its later exports: the part with the period or version becomes ``*``.

    Examples
    --------
    >>> file_pattern("SKM Dishub TW III 2026 (final).xlsx"), file_pattern("rekap.xlsx"), file_pattern("2026.csv")
    ('SKM Dishub*.xlsx', 'rekap*.xlsx', '2026.csv')
    """
    place = Path(name)
    kept = ""
    for word in re.findall(r"[^\s_\-.(]+[\s_\-.(]*", place.stem):
        plain = fold(word)
        if any(sign.isdigit() for sign in plain) or set(plain.split()) & _OF_A_PERIOD:
            break
        kept += word
    kept = kept.rstrip(" _-.(")
    if len(kept) < _LEAST_PATTERN:
        return glob.escape(name)
    return f"{glob.escape(kept)}*{place.suffix}"
