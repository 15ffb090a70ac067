"""Grids become raw tables: the headings are found under letterheads, and tell the source."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from asn_research.errors import RawDataError
from asn_research.read.grids import Grid
from asn_research.read.profiles import Profile
from asn_research.rules.codebooks import SOURCES, Codebook, fold, load_codebook

_SIMULATED = "DATA SIMULASI"
_LOOK_IN = 40
_LEAST_MATCHES = 3


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
    cells : pd.DataFrame
        Text, one column per column of the codebook that was found; the index is the physical row.
    kinds : pd.DataFrame or None
        Same shape: text, number, date; none where all is text.
    n_filled : pd.Series
        Number of cells of each row that hold anything, unmapped columns included.
    lead : pd.Series
        The first text of each row.
    is_simulated : bool
        Whether its letterhead says DATA SIMULASI.
    profile : Profile or None
        The source profile that applied.
    """

    source: str
    file: str
    file_hash: str
    sheet: str
    sheet_no: int
    header_row: int
    letterhead: tuple[str, ...]
    cells: pd.DataFrame
    kinds: pd.DataFrame | None
    n_filled: pd.Series
    lead: pd.Series
    is_simulated: bool
    profile: Profile | None = None

    def __len__(self) -> int:
        return len(self.cells)


@dataclass(frozen=True)
class _Headings:
    """Headings found in a grid: their last row, and which column of the grid is which of ours."""

    source: str
    last_row: int
    first_row: int
    columns: dict[str, int] = field(default_factory=dict)


def find_table(grid: Grid, *, file: str, file_hash: str, profile: Profile | None = None) -> RawTable | None:
    """Find the table in a sheet; none if no codebook fits its headings.

    Raises
    ------
    RawDataError
        If the sheet is of a known source but lacks a column that it must have.
    """
    if profile and profile.sheet and grid.sheet != profile.sheet:
        return None
    found = _find_headings(grid, profile)
    if found is None:
        return None
    where = f"{file}, sheet {grid.sheet}" if grid.sheet else file
    _refuse_missing(found, grid, where, profile)
    below = slice(found.last_row + 1, None)
    text = grid.text[below]
    filled = text != ""
    keep = filled.any(axis=1)
    rows = pd.Index(np.flatnonzero(keep) + found.last_row + 2, name="row")
    places = list(found.columns.values())
    names = list(found.columns)
    cells = pd.DataFrame(text[keep][:, places], index=rows, columns=names, dtype=object)
    kinds = None
    if grid.kinds is not None:
        kinds = pd.DataFrame(grid.kinds[below][keep][:, places], index=rows, columns=names, dtype=object)
    kept = filled[keep]
    lead = text[keep][np.arange(len(rows)), kept.argmax(axis=1)] if len(rows) else np.array([], dtype=object)
    letterhead = tuple(cell for row in grid.text[: found.first_row] for cell in row if cell)
    return RawTable(
        source=found.source,
        file=file,
        file_hash=file_hash,
        sheet=grid.sheet,
        sheet_no=grid.sheet_no,
        header_row=found.last_row + 1,
        letterhead=letterhead,
        cells=cells,
        kinds=kinds,
        n_filled=pd.Series(kept.sum(axis=1), index=rows),
        lead=pd.Series(lead, index=rows, dtype=object),
        is_simulated=any(_SIMULATED in line.upper() for line in letterhead),
        profile=profile,
    )


def _find_headings(grid: Grid, profile: Profile | None) -> _Headings | None:
    sources = (profile.source,) if profile else SOURCES
    best: _Headings | None = None
    best_score = (0, 0)
    rows = range(min(_LOOK_IN, len(grid.text)))
    if profile and profile.header_row:
        rows = range(profile.header_row - 1, min(profile.header_row, len(grid.text)))
    for row in rows:
        for depth in (1, 2):
            if row - depth + 1 < 0:
                continue
            headings = _joined(grid.text[row - depth + 1 : row + 1])
            if not any(own for _, own in headings):
                continue
            for source in sources:
                columns = _match(headings, load_codebook(source), profile)
                required = load_codebook(source).required
                score = (len(columns), sum(column in columns for column in required))
                if score > best_score and len(columns) >= (1 if profile else _LEAST_MATCHES):
                    best, best_score = _Headings(source, row, row - depth + 1, columns), score
    return best


def _joined(lines: np.ndarray) -> list[tuple[str, str]]:
    """Return for each column its group and its own heading; merged groups reach to the right."""
    if len(lines) == 1:
        return [("", str(cell)) for cell in lines[0]]
    upper, lower = lines
    joined, group = [], ""
    for over, under in zip(upper, lower, strict=True):
        group = str(over) if over else (group if under else "")
        if under:
            joined.append((group, str(under)))
        else:
            # A heading merged over both rows.
            joined.append(("", str(over)))
            group = ""
    return joined


def _match(headings: list[tuple[str, str]], book: Codebook, profile: Profile | None) -> dict[str, int]:
    """Return the grid column of each of the codebook's columns; a column is taken once."""
    mapped = {fold(k): v for k, v in profile.columns.items()} if profile else {}
    extras = {fold(k): f"extra_{q.key}" for k, q in profile.extra.items()} if profile else {}
    ignored = {fold(k) for k in profile.ignore} if profile else set()
    columns: dict[str, int] = {}
    # Full headings first: under "Pejabat Penilai", a bare "NIP" is not the employee's.
    for full in (True, False):
        for place, (group, own) in enumerate(headings):
            if place in columns.values() or (full and not group):
                continue
            key = fold(f"{group} {own}" if full else own)
            if not key or key in ignored:
                continue
            column = mapped.get(key) or extras.get(key) or book.headings.get(key)
            if column and column not in columns:
                columns[column] = place
    if profile:
        columns = {c: p for c, p in columns.items() if c not in profile.not_asked}
    return columns


def _refuse_missing(found: _Headings, grid: Grid, where: str, profile: Profile | None) -> None:
    book = load_codebook(found.source)
    excused = set(profile.not_asked) if profile else set()
    if profile and profile.unit:
        excused.add("unit_id")
    missing = [column for column in book.required if column not in found.columns and column not in excused]
    if not missing:
        return
    names = "; ".join(
        f"{book[column].label_id} (accepted: {', '.join(book[column].aliases[:4])})" for column in missing
    )
    msg = (
        f"{where}, row {found.last_row + 1}: this looks like {found.source}, but {len(missing)} of its "
        f"required columns are missing: {names}. Add the column, or map its heading in a source profile beside the file."
    )
    raise RawDataError(msg)
