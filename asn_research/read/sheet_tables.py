"""Build raw tables from grids: the cells below a heading become a column of the codebook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from asn_research.read.cells import Cells
from asn_research.read.grids import Grid
from asn_research.read.headings import Headings
from asn_research.read.notes import Note, find_notes
from asn_research.read.profiles import Profile
from asn_research.read.summary_sheets import (
    find_summaries,
    find_unlike_cases,
    has_names_of_groups,
    says_total,
)
from asn_research.rules.codebooks import load_codebook
from asn_research.rules.questions import Question, layout_of

_SIMULATED = "DATA SIMULASI"
#: A line above a table with at most this many filled cells belongs to its letterhead.
_SPARSE = 2
_SURVEY = "citizen_feedback"
#: Columns about the respondent; a table of respondents has some of them, a summary by service has none.
_OF_RESPONDENTS = {"survey_date", "age", "sex", "education", "occupation"}
#: The number of first lines of a table's own letterhead that are its title.
_TITLES = 3


@dataclass(frozen=True)
class RawTable:
    """One table of one sheet of one file, as the office sent it.

    Parameters
    ----------
    source : str
        The source whose codebook its headings match.
    file, sheet : str
        The file (path relative to the raw folder) and the sheet.
    file_hash : str
        First twelve hexadecimal digits of the file's SHA-256.
    sheet_no, header_row : int
        The number of the sheet and the last row of the headings, from 1.
    letterhead : tuple of str
        The texts above the headings.
    columns : dict of str to Cells
        The cells of each codebook column that was found.
    headings : dict of str to str
        The heading of each of these columns, as in the file.
    unmapped : tuple of str
        The headings that match no codebook column.
    rows : np.ndarray
        The row number in the sheet of each row, from 1.
    n_filled : np.ndarray
        The number of filled cells of each row, unmapped columns included.
    is_total : np.ndarray
        Mask of the summary rows (Jumlah, NRR, Modus).
    side : str
        The letter of its first column, if another table is to its left; else empty.
    is_repeated : np.ndarray
        Mask of the rows that repeat the headings, or number the columns.
    is_unlike : np.ndarray
        Mask of the rows below the cases of a survey that have no data about the respondent.
    hollow : dict of str to np.ndarray
        By column, the mask of the rows whose formula has no stored result; only columns with such rows.
    n_hidden_rows : int
        The number of hidden or filtered-out rows; they are read like other rows.
    is_hidden : bool
        Whether its sheet is hidden and no profile names the sheet.
    is_copy : bool
        Whether another file with the same content is read instead.
    is_simulated : bool
        Whether its letterhead contains DATA SIMULASI.
    profile : Profile or None
        The source profile that was applied.
    questions : tuple of Question
        Questions about the table as a whole. Its rows are quarantined until all of them are answered.
    stated_period : str
        The code of the period in the name of the sheet or file; empty if there is none.
    notes : tuple of Note
        The lines of a survey table that are not cases, and the texts beside its cases.
    """

    source: str
    file: str
    file_hash: str
    sheet: str
    sheet_no: int
    header_row: int
    letterhead: tuple[str, ...]
    columns: dict[str, Cells]
    headings: dict[str, str]
    unmapped: tuple[str, ...]
    rows: np.ndarray
    n_filled: np.ndarray
    is_total: np.ndarray
    is_repeated: np.ndarray
    is_unlike: np.ndarray
    hollow: dict[str, np.ndarray]
    n_hidden_rows: int = 0
    side: str = ""
    is_hidden: bool = False
    is_copy: bool = False
    is_simulated: bool = False
    profile: Profile | None = field(default=None, repr=False)
    questions: tuple[Question, ...] = ()
    stated_period: str = ""
    notes: tuple[Note, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def where(self) -> str:
        """The name of the table in messages: its file and sheet."""
        return f"{self.file}, sheet {self.sheet}" if self.sheet else self.file

    @property
    def layout(self) -> str:
        """The digest of its source and headings; questions and answers belong to a layout."""
        return layout_of(self.source, (*self.headings.values(), *self.unmapped))

    @property
    def row_prefix(self) -> str:
        """The first part of the keys of its rows; it is unique among all tables."""
        return f"{self.file_hash}:{self.sheet_no}{self.side}:"


@dataclass(frozen=True)
class Chosen:
    """The decisions about one table of a sheet, before its rows are read.

    Parameters
    ----------
    headings : Headings
        Its source, headings and columns.
    profile : Profile or None
        The source profile that applies.
    unit_name : str
        The unit of all rows, if no column names units; spelt as in the register or the file.
    period : str
        The code of the period, if neither a column nor the letterhead states it.
    questions : tuple of Question
        The questions about the table as a whole.
    unit_groups : tuple of (int, str)
        The rows (from 0) of group headings that name the unit of the rows below them, each with the name.
    """

    headings: Headings
    profile: Profile | None = None
    unit_name: str = ""
    period: str = ""
    questions: tuple[Question, ...] = ()
    unit_groups: tuple[tuple[int, str], ...] = ()


def build_tables(grid: Grid, chosen: Sequence[Chosen], *, file: str, file_hash: str) -> list[RawTable]:
    """Return the tables of a sheet: for each chosen heading, the rows below it up to the next table."""
    ordered = sorted(chosen, key=lambda one: (one.headings.first_row, one.headings.span[:1]))
    everywhere = [one.headings for one in ordered]
    taken = {place for headings in everywhere for place in headings.span}
    tables = []
    for one in ordered:
        headings = one.headings
        below = [h.first_row for h in everywhere if h.first_row > headings.last_row and _share(h, headings)]
        above = [h.last_row + 1 for h in everywhere if h.last_row < headings.first_row]
        tables.append(
            _table(
                grid,
                one,
                file=file,
                file_hash=file_hash,
                start=max(above, default=0),
                end=min(below, default=grid.n_rows),
                first_head=everywhere[0].first_row,
                taken=taken,
            )
        )
    return [_without_groups(table, tables, grid, one) for table, one in zip(tables, ordered, strict=True)]


def _without_groups(table: RawTable, others: Sequence[RawTable], grid: Grid, one: Chosen) -> RawTable:
    """Mark the rows of a small table that summarises a survey by service or unit: they are not answers.

    If its title or first heading names a summary, its rows are summary rows. If only its rows look like a
    summary, they are marked as unlike cases, and so quarantined.
    """
    is_small = table.source == _SURVEY and any(len(table) < len(t) for t in others if t.source == _SURVEY)
    if not is_small or set(table.columns) & _OF_RESPONDENTS:
        return table
    place = one.headings.span[0]
    heading = one.headings.labels.get(place, "")
    if not has_names_of_groups(grid.columns[place].take(table.rows - 1), heading):
        return table
    everywhere = np.ones(len(table), bool)
    if any(says_total(text) for text in (heading, *table.letterhead[:_TITLES])):
        return replace(table, is_total=everywhere)
    return replace(table, is_unlike=everywhere)


def _share(one: Headings, other: Headings) -> bool:
    return bool(set(one.span) & set(other.span))


def without_repeats(grid: Grid, found: list[Headings]) -> list[Headings]:
    """Remove headings that a printed export repeats on each page, because the table continues there."""
    kept: list[Headings] = []
    for headings in found:
        same = [
            h
            for h in kept
            if h.source == headings.source and h.columns == headings.columns and h.span == headings.span
        ]
        if same and not _title_above(grid, headings.first_row, same[-1].last_row + 1):
            continue
        kept.append(headings)
    return kept


def _title_above(grid: Grid, row: int, start: int) -> bool:
    """Return whether the nearest line above a row that is not empty has few cells, as a title does."""
    for line in range(row - 1, start - 1, -1):
        n = _n_filled(grid, line)
        if n:
            return n <= _SPARSE
    return False


def _table(
    grid: Grid,
    one: Chosen,
    *,
    file: str,
    file_hash: str,
    start: int,
    end: int,
    first_head: int,
    taken: set[int],
) -> RawTable:
    headings, profile = one.headings, one.profile
    first = headings.last_row + 1
    grid = _filled_down(grid, headings, first, end)
    own = [grid.columns[place] for place in headings.span]
    filled = np.zeros(max(0, end - first), np.int32)
    for column in own:
        filled += column.take(slice(first, end)).filled
    keep = np.flatnonzero(filled)
    rows = keep + first
    # If the table has no blank rows, a slice is enough, and no cells are copied.
    chosen: np.ndarray | slice = slice(first, end) if len(keep) == len(filled) else rows
    columns = {name: _trimmed(grid.columns[place].take(chosen)) for name, place in headings.columns.items()}
    if (one.unit_name or one.unit_groups) and "unit_id" not in columns:
        columns["unit_id"] = _units_of_rows(rows, one)
    n_filled = filled[keep]
    # The lines above the first table of a sheet apply to all its tables. A table's own lines come first,
    # because a period directly above the table overrides one at the top of the sheet.
    own_lines = [line for line in range(start, headings.first_row) if line >= first_head]
    letterhead = tuple(
        cell
        for line in (*own_lines, *range(first_head))
        if line < first_head or _n_filled(grid, line) <= _SPARSE
        for cell in grid.block(line, line + 1)[0]
        if cell
    )
    mapped = set(headings.columns.values())
    is_total = find_summaries([column.take(chosen) for column in own], n_filled)
    telling = [column.take(chosen) for column in _telling(grid, headings)]
    repeated = _repeated([column.take(chosen) for column in own], n_filled, _own_words(grid, headings))
    is_case = ~is_total & ~repeated & (n_filled >= max(3, len(columns) // 2))
    notes = find_notes(grid, rows, is_case, taken, first, end) if headings.source == _SURVEY else ()
    return RawTable(
        source=headings.source,
        file=file,
        file_hash=file_hash,
        sheet=grid.sheet,
        sheet_no=grid.sheet_no,
        header_row=first,
        letterhead=letterhead,
        columns=columns,
        headings={name: headings.labels.get(place, name) for name, place in headings.columns.items()},
        unmapped=tuple(label for place, label in headings.labels.items() if place not in mapped),
        rows=rows + 1,
        n_filled=n_filled,
        is_total=is_total,
        is_unlike=find_unlike_cases(telling, n_filled, is_total),
        is_repeated=repeated,
        hollow=_hollow(grid, headings, rows),
        n_hidden_rows=len(grid.hidden_rows & set(rows.tolist())) if grid.hidden_rows else 0,
        side=_letters(headings.span[0])
        if headings.span[0] and len(headings.span) < len(grid.columns)
        else "",
        is_hidden=grid.is_hidden and not (profile and profile.sheet),
        is_simulated=any(_SIMULATED in line.upper() for line in letterhead),
        profile=profile,
        questions=one.questions,
        stated_period=one.period,
        notes=notes,
    )


def _units_of_rows(rows: np.ndarray, one: Chosen) -> Cells:
    """Return the unit of each row: that of the group heading above it, else that of the table."""
    starts = [row for row, _ in one.unit_groups]
    names = [one.unit_name, *(name for _, name in one.unit_groups)]
    return Cells.of([names[group] for group in np.searchsorted(starts, rows, side="right")])


#: Column types whose merged cell applies to each of its rows. A number in a merged cell is not repeated,
#: because it would be counted several times.
_SHARED = {"nip", "unit", "service", "text", "period", "date", "choice"}


def _filled_down(grid: Grid, headings: Headings, first: int, end: int) -> Grid:
    """Copy the text of a cell that is merged downwards into each row of cases that it spans.

    Only names, dates and choices are copied, and only into rows with other filled cells. So a gap between
    cases, or a block for signatures, stays empty.
    """
    book = load_codebook(headings.source)
    types = {
        place: book[name].type if name in book.by_name else "" for name, place in headings.columns.items()
    }
    merged = [
        (top, bottom, place)
        for top, bottom, place in grid.merged_down
        if first <= top and bottom < end and types.get(place) in _SHARED
    ]
    if not merged:
        return grid
    is_merged = {place for *_, place in merged}
    n_else = np.zeros(grid.n_rows, np.int32)
    for place in headings.span:
        if place not in is_merged:
            n_else += grid.columns[place].filled
    columns = list(grid.columns)
    for top, bottom, place in merged:
        text = str(columns[place].take(slice(top, top + 1)).text[0])
        below = np.arange(top + 1, bottom + 1)
        # A row counts as a case if it fills at least half as many other cells as the first row.
        rows = below[n_else[below] * 2 >= max(1, n_else[top])]
        if text and len(rows):
            columns[place] = columns[place].with_text(rows, text)
    return replace(grid, columns=tuple(columns))


def _telling(grid: Grid, headings: Headings) -> list[Cells]:
    """Return the columns of a survey without answers: running number, and who answered, where and when."""
    if headings.source != "citizen_feedback":
        return []
    book = load_codebook(headings.source)
    known = {place: book.by_name.get(name) for name, place in headings.columns.items()}
    places = [place for place, column in known.items() if column and column.type != "choice_number"]
    first = headings.span[0]
    return [grid.columns[place] for place in dict.fromkeys([*([] if first in known else [first]), *places])]


def _hollow(grid: Grid, headings: Headings, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return, for each mapped column that has any, the mask of rows whose formula has no stored result."""
    by_place: dict[int, list[int]] = {}
    for row, place in grid.hollow:
        by_place.setdefault(place, []).append(row)
    masks = {name: np.isin(rows, by_place[p]) for name, p in headings.columns.items() if p in by_place}
    return {name: mask for name, mask in masks.items() if mask.any()}


def _n_filled(grid: Grid, line: int) -> int:
    return sum(int(column.take(slice(line, line + 1)).filled[0]) for column in grid.columns)


def _own_words(grid: Grid, headings: Headings) -> list[str]:
    """Return the lowest heading of each column of a table."""
    lines = grid.block(headings.first_row, headings.last_row + 1)
    return [next((str(cell) for cell in reversed(lines[:, place]) if cell), "") for place in headings.span]


def _trimmed(column: Cells) -> Cells:
    """Drop the distinct cells that only other tables of the sheet use, if they are many."""
    return column.used() if column.n_texts > 2 * len(column) + 100 else column


def _repeated(own: Sequence[Cells], n_filled: np.ndarray, words: Sequence[str]) -> np.ndarray:
    """Return the mask of rows that repeat the headings, or number the columns (1, 2, 3 or (1), (2), (3)).

    A row that numbers the columns is directly below the headings, or below their repeat on a later page.
    """
    same = np.zeros(len(n_filled), np.int16)
    for column, word in zip(own, words, strict=True):
        if word:
            same += column.says(word)
    is_repeat = (n_filled >= 3) & (same * 2 > n_filled)
    may_number = np.zeros(len(n_filled), bool)
    may_number[1:] = is_repeat[:-1]
    may_number[:3] = True
    below = np.flatnonzero(may_number & (n_filled >= 3))
    # Columns without a heading are numbered in some sheets, and passed over in others.
    numbers = [range(1, len(own) + 1), np.cumsum([bool(word) for word in words]).tolist()]
    for by_place in numbers:
        says_number = np.zeros(len(below), np.int64)
        for column, number in zip(own, by_place, strict=True):
            says_number += column.take(below).mask(_is_number(number))
        is_repeat[below] |= says_number == n_filled[below]
    return is_repeat


def _is_number(place: int) -> Callable[[str], bool]:
    return lambda text: text.strip("() ") == str(place)


def _letters(place: int) -> str:
    letters, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
