"""Grids become raw tables: what stands under a heading is a column of the codebook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from asn_research.read.cells import Cells
from asn_research.read.grids import Grid
from asn_research.read.headings import Headings
from asn_research.read.notes import Note, find_notes
from asn_research.read.profiles import Profile
from asn_research.read.summaries import find_summaries, find_unlike_cases, has_names_of_groups, says_total
from asn_research.rules.codebooks import load_codebook
from asn_research.rules.questions import Question, layout_of

_SIMULATED = "DATA SIMULASI"
#: Lines above a table with at most so many cells are its letterhead.
_SPARSE = 2
_SURVEY = "citizen_feedback"
#: What a table of respondents holds beside their answers.
_OF_RESPONDENTS = {"survey_date", "age", "sex", "education", "occupation"}
#: The first lines of a table's own letterhead are its title.
_TITLES = 3


@dataclass(frozen=True)
class RawTable:
    """One table of one sheet of one file, as sent.

    Parameters
    ----------
    source : str
        The codebook that its headings fit.
    file, sheet : str
        Where it stands; the file's path is relative to the raw folder.
    file_hash : str
        First twelve hexadecimal digits of the file's SHA-256.
    sheet_no, header_row : int
        From 1.
    letterhead : tuple of str
        The lines above the headings.
    columns : dict of str to Cells
        One column per column of the codebook that was found.
    headings : dict of str to str
        The heading of each of these, as sent.
    unmapped : tuple of str
        Headings that mean none of the codebook's columns.
    rows : np.ndarray
        The physical row of each row, from 1.
    n_filled : np.ndarray
        Number of cells of each row that hold anything, unmapped columns included.
    is_total : np.ndarray
        Mask of the rows that sum up others (Jumlah, NRR, Modus).
    side : str
        Empty; or the letter of the first column, where another table stands to the left.
    is_repeated : np.ndarray
        Mask of the rows that repeat the headings, or number the columns.
    is_unlike : np.ndarray
        Mask of rows below the cases of a survey that say nothing of who answered.
    hollow : dict of str to np.ndarray
        By column, the mask of the rows whose formula no program has computed; only columns that have any.
    n_hidden_rows : int
        Rows that are hidden or filtered away; they are read all the same.
    is_hidden : bool
        Whether its sheet is hidden, and no profile names it.
    is_copy : bool
        Whether its file has the same content as another that is read.
    is_simulated : bool
        Whether its letterhead says DATA SIMULASI.
    profile : Profile or None
        The source profile that applied.
    questions : tuple of Question
        What must be asked about the table as a whole; its rows wait while one of them has no answer.
    stated_period : str
        The code of the period that the sheet's or the file's name states; empty if they state none.
    notes : tuple of Note
        The lines of a survey's table that are no cases, and what stands beside its cases.
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
        """How messages call it."""
        return f"{self.file}, sheet {self.sheet}" if self.sheet else self.file

    @property
    def layout(self) -> str:
        """What tells its headings from those of other exports; questions and answers belong to it."""
        return layout_of(self.source, (*self.headings.values(), *self.unmapped))

    @property
    def row_prefix(self) -> str:
        """What tells its rows from those of all other tables."""
        return f"{self.file_hash}:{self.sheet_no}{self.side}:"


@dataclass(frozen=True)
class Chosen:
    """What was decided about one table of a sheet.

    Parameters
    ----------
    headings : Headings
        Its source, headings and columns.
    profile : Profile or None
        The source profile that applies.
    unit_name : str
        The unit of all rows, where no column names units; a name as the register or the file writes it.
    period : str
        The period's code, where neither columns nor letterhead say it.
    questions : tuple of Question
        What must be asked about the table as a whole.
    """

    headings: Headings
    profile: Profile | None = None
    unit_name: str = ""
    period: str = ""
    questions: tuple[Question, ...] = ()


def build_tables(grid: Grid, chosen: Sequence[Chosen], *, file: str, file_hash: str) -> list[RawTable]:
    """Return the rows below the headings that were chosen for a sheet, each table up to the next one."""
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
    """Take no answers from a small table below a survey that sums it up by service or unit.

    Its title or first heading says that it does; where only its rows look so, they are held back.
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
    """Leave out headings that a printed export repeats on each page: the table just goes on."""
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
    """Whether a line of few cells stands right above a row; blank lines may lie between."""
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
    # Of a table without blank rows, nothing need be copied.
    chosen: np.ndarray | slice = slice(first, end) if len(keep) == len(filled) else rows
    columns = {name: _trimmed(grid.columns[place].take(chosen)) for name, place in headings.columns.items()}
    if one.unit_name and "unit_id" not in columns:
        columns["unit_id"] = Cells.of([one.unit_name] * len(rows))
    n_filled = filled[keep]
    # What stands above the first table of a sheet speaks of all of them.
    # Its own lines come first: a period right above it is meant before one at the top.
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


#: What may stand once for several rows below each other. A number merged over rows is one number, not many.
_SHARED = {"nip", "unit", "service", "text", "period", "date", "choice"}


def _filled_down(grid: Grid, headings: Headings, first: int, end: int) -> Grid:
    """Repeat what is merged downwards in each row of cases that it spans.

    Only names, days and choices are repeated, only within the merged cells, and only in rows that
    hold something else too: a gap or a signature stays as it is.
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
        # The first row shows how many other cells a case fills.
        rows = below[n_else[below] * 2 >= max(1, n_else[top])]
        if text and len(rows):
            columns[place] = columns[place].with_text(rows, text)
    return replace(grid, columns=tuple(columns))


def _telling(grid: Grid, headings: Headings) -> list[Cells]:
    """Return the columns of a survey that say who answered where and when, its running number among them."""
    if headings.source != "citizen_feedback":
        return []
    book = load_codebook(headings.source)
    known = {place: book.by_name.get(name) for name, place in headings.columns.items()}
    places = [place for place, column in known.items() if column and column.type != "choice_number"]
    first = headings.span[0]
    return [grid.columns[place] for place in dict.fromkeys([*([] if first in known else [first]), *places])]


def _hollow(grid: Grid, headings: Headings, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Mask, by column that is read, the rows with a formula that no program has computed."""
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
    """Leave behind the distinct cells of other tables, where they are many."""
    return column.used() if column.n_texts > 2 * len(column) + 100 else column


def _repeated(own: Sequence[Cells], n_filled: np.ndarray, words: Sequence[str]) -> np.ndarray:
    """Mask rows that say the headings again, or number the columns (1, 2, 3 or (1), (2), (3))."""
    same = np.zeros(len(n_filled), np.int16)
    numbered = np.zeros(min(3, len(n_filled)), np.int64)
    for place, (column, word) in enumerate(zip(own, words, strict=True), start=1):
        if word:
            same += column.says(word)
        numbered += column.take(slice(0, 3)).mask(_is_number(place))
    is_number_row = np.zeros(len(n_filled), bool)
    is_number_row[:3] = numbered == n_filled[:3]
    return (n_filled >= 3) & ((same * 2 > n_filled) | is_number_row)


def _is_number(place: int) -> Callable[[str], bool]:
    return lambda text: text.strip("() ") == str(place)


def _letters(place: int) -> str:
    letters, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
