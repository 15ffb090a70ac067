"""Notes that an office writes below and beside a table: the key of its scale, and its own index."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from asn_research.read.grids import Grid
from asn_research.rules.codebooks import fold_heading

#: The largest number of lines that are examined; offices write fewer.
_MOST = 400
_NUMBER = re.compile(r"(?<![\d.,/])(\d{1,3})(?:[.,](\d+))?(?![\d.,]*\d)(?!\s*(?:%|/))")
_INDEX = re.compile(r"\b(?:ikm|skm|indeks kepuasan(?: masyarakat)?|nilai indeks|indeks pelayanan)\b")
#: Words in lines about another index than the table's own, or about the inputs of an index.
_OTHER = re.compile(
    r"\b(?:target|lalu|sebelumnya|sebelum|interval|konversi|tertimbang|tertbg|responden|jumlah|kali|standar|minimal|rencana)\b"
)
_MEANS = re.compile(r"\b(?:nrr|nilai rata rata|rata rata|rerata|mean|average)\b")
_WEIGHTED = re.compile(r"\b(?:tertimbang|tertbg|weighted)\b")
_LOWEST, _HIGHEST, _LAST_STEP = 25, 100, 4


@dataclass(frozen=True)
class Note:
    """A line below or beside a table.

    Parameters
    ----------
    row : int
        Its row in the sheet, from 1.
    cells : tuple of str
        The texts in the line, from left to right.
    """

    row: int
    cells: tuple[str, ...]

    @property
    def plain(self) -> str:
        """The text of the line, folded."""
        return fold_heading(" ".join(self.cells))

    @property
    def is_means(self) -> bool:
        """Whether the line gives the mean of each column."""
        return bool(_MEANS.search(self.plain)) and not _WEIGHTED.search(self.plain)


def find_notes(
    grid: Grid, rows: np.ndarray, is_case: np.ndarray, taken: Collection[int], first: int, end: int
) -> tuple[Note, ...]:
    """Return the lines of a table that are not cases, and the texts beside its cases.

    Parameters
    ----------
    grid : Grid
        The sheet.
    rows : np.ndarray
        The rows, from 0, in which a column of the table is not empty.
    is_case : np.ndarray
        Mask of `rows`: True for a case.
    taken : collection of int
        The columns that belong to any table of the sheet.
    first, end : int
        The first row of the table, and of the next table.
    """
    beside = [column for place, column in enumerate(grid.columns) if place not in taken]
    lines = set(rows[~is_case][-_MOST:].tolist())
    for column in beside:
        lines |= set((np.flatnonzero(column.take(slice(first, end)).filled)[:_MOST] + first).tolist())
    chosen = sorted(lines)[:_MOST]
    of_cases: list[bool] = np.isin(chosen, rows[is_case]).tolist() if chosen else []
    notes = []
    for row, is_beside in zip(chosen, of_cases, strict=True):
        columns = beside if is_beside else grid.columns
        cells = tuple(
            text for column in columns if (text := str(column.take(slice(row, row + 1)).text[0]).strip())
        )
        if cells:
            notes.append(Note(row + 1, cells))
    return tuple(notes)


def key_lines(notes: Iterable[Note]) -> Iterator[str]:
    """Yield the cells of notes, and each number joined with the words next to it (1 | = | Sangat Baik)."""
    for note in notes:
        yield from note.cells
        parts = [cell for cell in note.cells if cell.strip("=: ")]
        for number, word in itertools.pairwise(parts):
            if re.fullmatch(r"[1-9]\s*[=:.)]?", number):
                yield f"{number.strip(' =:.)')} = {word.lstrip('=: ')}"
            elif re.fullmatch(r"[=:]?\s*[1-9]", word):
                yield f"{number.rstrip('=: ')} = {word.strip('=: ')}"


@dataclass(frozen=True)
class Stated:
    """An index that an office states in a note.

    Parameters
    ----------
    value : float
        The index, on the scale from 25 to 100.
    slack : float
        The largest possible rounding error: half a unit of the last digit.
    """

    value: float
    slack: float


def stated_indices(notes: Sequence[Note]) -> list[Stated]:
    """Return the indices that are stated in notes, in the order of the notes.

    Examples
    --------
    >>> [one.value for one in stated_indices([Note(9, ("IKM Unit Pelayanan", "**) 78,37", "B"))])]
    [78.37]
    >>> stated_indices([Note(9, ("Target IKM", "80")), Note(10, ("- IKM = Indeks Kepuasan Masyarakat",))])
    []
    """
    found = []
    for note in notes:
        if not _INDEX.search(note.plain) or _OTHER.search(note.plain):
            continue
        numbers = {match[0]: match for cell in note.cells for match in _NUMBER.finditer(cell)}
        stated = [one for match in numbers.values() if (one := _stated(match))]
        if len(stated) == 1:
            found.append(stated[0])
    return found


def _stated(match: re.Match[str]) -> Stated | None:
    decimals = len(match[2] or "")
    value, slack = float(f"{match[1]}.{match[2] or '0'}"), 0.5 * 10.0**-decimals
    if decimals and 1 <= value <= _LAST_STEP:
        return Stated(value * _LOWEST, slack * _LOWEST)
    return Stated(value, slack) if _LOWEST <= value <= _HIGHEST else None
