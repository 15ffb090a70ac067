"""Grids become raw tables: what stands under a heading is a column of the codebook."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from asn_research.errors import RawDataError
from asn_research.read.cells import Cells
from asn_research.read.grids import Grid
from asn_research.read.headings import Headings, find_headings
from asn_research.read.profiles import Profile
from asn_research.rules.codebooks import load_codebook
from asn_research.rules.questions import Question, layout_of

_SIMULATED = "DATA SIMULASI"
#: Lines above a table with at most so many cells are its letterhead.
_SPARSE = 2
_TOTAL = r"\s*(?:sub\s*)?(?:jumlah|total|grand total|rata[\s-]*rata|rerata)\b"


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
        Mask of the rows whose first cell speaks of a sum or mean (Jumlah, Total, Rata-rata).
    side : str
        Empty; or the letter of the first column, where another table stands to the left.
    is_repeated : np.ndarray
        Mask of the rows that repeat the headings, or number the columns.
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
    side: str = ""
    is_hidden: bool = False
    is_copy: bool = False
    is_simulated: bool = False
    profile: Profile | None = field(default=None, repr=False)
    questions: tuple[Question, ...] = ()

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
        """What a row's `row_id` begins with; its row follows."""
        return f"{self.file_hash}:{self.sheet_no}{self.side}:"


def find_tables(grid: Grid, *, file: str, file_hash: str, profiles: Sequence[Profile] = ()) -> list[RawTable]:
    """Find the tables in a sheet; none if no codebook, and no profile, fits its headings.

    Where a file has profiles, only what they name is read.

    Raises
    ------
    RawDataError
        If the sheet is of a known source but lacks a column that it must have.
    """
    found: list[tuple[Headings, Profile | None]] = []
    for profile in profiles or (None,):
        if not profile or not profile.sheet or grid.sheet == profile.sheet:
            found += [(h, profile) for h in _without_repeats(grid, find_headings(grid, profile))]
    found.sort(key=lambda pair: (pair[0].first_row, pair[0].span[:1]))
    where = f"{file}, sheet {grid.sheet}" if grid.sheet else file
    everywhere = [headings for headings, _ in found]
    tables = []
    for headings, profile in found:
        if not grid.is_hidden or (profile and profile.sheet):
            _refuse_missing(headings, where, profile)
        below = [h.first_row for h in everywhere if h.first_row > headings.last_row and _share(h, headings)]
        above = [h.last_row + 1 for h in everywhere if h.last_row < headings.first_row]
        tables.append(
            _table(
                grid,
                headings,
                file=file,
                file_hash=file_hash,
                profile=profile,
                start=max(above, default=0),
                end=min(below, default=grid.n_rows),
                first_head=everywhere[0].first_row,
            )
        )
    return tables


def _share(one: Headings, other: Headings) -> bool:
    return bool(set(one.span) & set(other.span))


def _without_repeats(grid: Grid, found: list[Headings]) -> list[Headings]:
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
    headings: Headings,
    *,
    file: str,
    file_hash: str,
    profile: Profile | None,
    start: int,
    end: int,
    first_head: int,
) -> RawTable:
    first = headings.last_row + 1
    own = [grid.columns[place] for place in headings.span]
    filled = np.zeros(max(0, end - first), np.int32)
    for column in own:
        filled += column.take(slice(first, end)).filled
    keep = np.flatnonzero(filled)
    rows = keep + first
    # Of a table without blank rows, nothing need be copied.
    chosen: np.ndarray | slice = slice(first, end) if len(keep) == len(filled) else rows
    columns = {name: _trimmed(grid.columns[place].take(chosen)) for name, place in headings.columns.items()}
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
        is_total=_totals([column.take(chosen) for column in own]),
        is_repeated=_repeated([column.take(chosen) for column in own], n_filled, _own_words(grid, headings)),
        side=_letters(headings.span[0])
        if headings.span[0] and len(headings.span) < len(grid.columns)
        else "",
        is_hidden=grid.is_hidden and not (profile and profile.sheet),
        is_simulated=any(_SIMULATED in line.upper() for line in letterhead),
        profile=profile,
    )


def _n_filled(grid: Grid, line: int) -> int:
    return sum(int(column.take(slice(line, line + 1)).filled[0]) for column in grid.columns)


def _own_words(grid: Grid, headings: Headings) -> list[str]:
    """Return the lowest heading of each column of a table."""
    lines = grid.block(headings.first_row, headings.last_row + 1)
    return [next((str(cell) for cell in reversed(lines[:, place]) if cell), "") for place in headings.span]


def _trimmed(column: Cells) -> Cells:
    """Leave behind the distinct cells of other tables, where they are many."""
    return column.used() if column.n_texts > 2 * len(column) + 100 else column


def _totals(own: Sequence[Cells]) -> np.ndarray:
    """Mask the rows whose first filled cell says that they sum up others."""
    is_total, seen = np.zeros(len(own[0]), bool), np.zeros(len(own[0]), bool)
    for column in own:
        first = np.flatnonzero(column.filled & ~seen)
        if len(first) == len(seen):
            return column.like(_TOTAL)
        if len(first):
            seen[first] = True
            is_total[first] = column.take(first).used().like(_TOTAL)
        if seen.all():
            break
    return is_total


def says_total(text: str) -> bool:
    """Whether a text speaks of a sum or mean."""
    return bool(re.match(_TOTAL, text, re.IGNORECASE))


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


def _refuse_missing(found: Headings, where: str, profile: Profile | None) -> None:
    missing = found.lacks(profile)
    if not missing:
        return
    book = load_codebook(found.source)
    names = "; ".join(
        f"{book[column].label_id} (accepted: {', '.join(book[column].aliases[:4])})" for column in missing
    )
    msg = (
        f"{where}, row {found.last_row + 1}: this looks like {found.source}, but {len(missing)} of its "
        f"required columns are missing: {names}. Add the column, or map its heading in a source profile beside the file "
        "(asn-research inspect proposes one)."
    )
    raise RawDataError(msg)
