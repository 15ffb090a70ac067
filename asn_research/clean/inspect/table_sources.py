"""The source of a table and the columns of its headings: known headings first, then those that are most alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from rapidfuzz import fuzz

from asn_research.clean.inspect.table_guesses import OWN, ColumnGuess, TableGuess
from asn_research.clean.inspect.table_places import SAMPLE
from asn_research.clean.parse.number_texts import BadCellError
from asn_research.clean.parse.values import is_date, parse_cell
from asn_research.clean.privacy.identity import NipRegister, read_nip
from asn_research.read.cells import Cells
from asn_research.read.grids import Grid
from asn_research.read.headings import (
    Headings,
    counts_otherwise,
    find_headings,
    group_rows,
    has_evidence,
    heading_paths,
)
from asn_research.read.sheet_tables import without_repeats
from asn_research.read.survey_forms import Form, read_survey_form
from asn_research.rules.codebooks import SOURCES, Column, fold_heading, load_codebook

#: Headings are searched in this many first rows.
_LOOK_IN_ALL = 20_000
_DEEPEST = 4
#: The smallest similarity of a heading to a known one for a proposal (0 to 100).
_ALIKE = 72.0
#: The share of cells that must be readable as values of the proposed column.
_READABLE = 0.5
#: The share of required columns that must match for a source to be proposed. If no source reaches the first
#: limit, the second one is used, so that a person can name the missing columns.
LEAST_SOURCE = 0.45
NEAREST_SOURCE = 0.2
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
_LONGEST_GRADE = 2
#: A heading with more words is a question, not the heading of a column of units.
_LONGEST_NAME = 5
_LOOK_IN = 40
#: The largest number of distinct answers in a column of scale answers; free text has more.
_MOST_ANSWERS = 14
Found = tuple[Grid, Form, tuple[ColumnGuess, ...], int]


def exact_tables(grid: Grid, answers: dict[str, str]) -> tuple[list[Form], list[Headings], list[Headings]]:
    """Return the tables with all required headings (except the unit), those that lack some, and repeated headings."""
    found = find_headings(grid)
    first = without_repeats(grid, found)
    forms = [read_survey_form(grid, headings, answers) for headings in first]
    exact = [form for form in forms if not set(form.headings.lacks(None)) - {"unit_id"} and not form.note]
    partial = [form.headings for form in forms if form not in exact]
    return exact, partial, [headings for headings in found if headings not in first]


def best_of_a_source(found: list[Found]) -> list[Found]:
    """Remove tables that match a source worse than another sheet does, such as summaries of the data."""
    best: dict[str, int] = {}
    for _, form, _, confidence in found:
        source = form.headings.source
        best[source] = max(confidence, best.get(source, 0))
    return [entry for entry in found if entry[3] >= best[entry[1].headings.source] - _NEAR]


def known_columns(headings: Headings) -> tuple[ColumnGuess, ...]:
    """Return the columns of known headings; a heading that is no column of the source has confidence 0."""
    of = {place: column for column, place in headings.columns.items()}
    return tuple(
        ColumnGuess(" ".join(label.split()), place, of.get(place, ""), 100 if place in of else 0)
        for place, label in headings.labels.items()
    )


def guess_table(
    grid: Grid, headings: Headings, columns: tuple[ColumnGuess, ...], confidence: int
) -> TableGuess:
    """Describe a table of a sheet after its headings and columns were recognised: where it is, its source, its rows."""
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
    used = grid.columns[place].take(slice(first, first + SAMPLE)).used()
    return sum(bool(text) for text in used.texts) <= _MOST_ANSWERS


def guess_tables(
    grid: Grid,
    known: Sequence[Headings],
    partial: Sequence[Headings],
    repeats: Sequence[Headings],
    least: float,
    answers: dict[str, str],
) -> list[Found]:
    """Find tables by similar headings, outside the rows of known headings and of their repeats on later pages."""
    found: list[Found] = []
    rows = _rows_like_headings(grid, known)
    taken = {row for h in (*known, *repeats) for row in range(h.first_row, h.last_row + 1)}
    while rows:
        best = _best_guess(grid, [row for row in rows if row not in taken], taken, least, answers)
        if best is None:
            break
        best = _other_source_if_better(grid, best, partial, answers)
        found.append(best)
        # The rows directly above and below headings may look like headings too, so they are skipped.
        taken |= set(range(best[1].headings.first_row - 1, best[1].headings.last_row + 2))
    return found


def _other_source_if_better(
    grid: Grid, guess: Found, partial: Sequence[Headings], answers: dict[str, str]
) -> Found:
    """Return the guess of a source, or another source if more of the sheet's headings belong to that one.

    The other source may lack required columns. For example, a sheet with all columns of the staff register is
    still a list of appraisals if it also has the columns predikat and rater. The confidence is then the mean over
    the required columns.
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
) -> Found | None:
    """Find the row, depth and source with the most similar headings; None if no source is similar enough."""
    best: tuple[float, Found] | None = None
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
                # The numbers 1 to 14 are evidence of a survey by themselves, even if its other headings are unknown.
                is_told = form.note == "elements_2004"
                if (share < least and not form.note) or (best and total <= best[0]):
                    continue
                if not is_told and (len(of) < 3 or not has_evidence(grid, form.headings)):
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
        for column in (c for c in book.columns if c.column not in OWN and c.column not in placed.values()):
            score = max((_likeness(text, column) for text in texts), default=0.0)
            # Personal columns are matched by exact headings only, because they are removed anyway. A question
            # is never matched to a column of units or services.
            if (column.personal and column.type != "nip") or _is_question(path[-1], column):
                score = score if score == 100 else 0.0
            if counts_otherwise(path[-1], column):
                score = 0.0
            if score >= _ALIKE:
                score *= _fit(grid.columns[place].take(slice(row + 1, row + 1 + SAMPLE)), column)
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


#: A heading that is a code, such as U1, U-01 or PSM 3, folded: its letters and its number.
_CODE = re.compile(r"([a-z]{1,4}) ?0*(\d{1,2})")


def _likeness(text: str, column: Column) -> float:
    best = 0.0
    for spelling in column.spellings:
        known = fold_heading(spelling)
        if text == known:
            return 100.0
        if code := _CODE.fullmatch(text):
            # K1 is not nearly KK1: a code is the same code, or another question.
            same = _CODE.fullmatch(known)
            best = max(best, 99.0 if same and same.groups() == code.groups() else 0.0)
            continue
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
