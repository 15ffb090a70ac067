"""Read returned send-back workbooks: the cells that offices corrected, and the rows that they withdrew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from asn_research.read.cells import TEXT
from asn_research.read.grids import Grid
from asn_research.rules.codebooks import SOURCES, fold, load_codebook
from asn_research.rules.words import LANGUAGES, Words, load_words

#: The heading of the column of row keys, in workbooks of either language.
KEY = "Kunci Baris"
#: The column name of a `Mend` that withdraws a row, and the words that an office writes to withdraw one.
WITHDRAWN, _WITHDRAW = "_withdrawn", {"hapus", "dihapus", "delete"}
_LOOK_IN = 12


@dataclass(frozen=True, slots=True)
class Mend:
    """A cell that an office corrected, or a row that it withdrew.

    Parameters
    ----------
    row_id : str
        The key of the row.
    column : str
        The codebook column; `WITHDRAWN` if the row is withdrawn.
    text, kind : str
        The text of the corrected cell, and its kind.
    """

    row_id: str
    column: str
    text: str = field(repr=False)
    kind: str = TEXT


def mends_in(grids: Sequence[Grid]) -> tuple[Mend, ...] | None:
    """Return the corrections in a send-back workbook; None if the grids are not such a workbook.

    Only a column with its reason column directly to the right may be corrected by the office.
    """
    found: list[Mend] = []
    is_ours = False
    for grid in grids:
        top = _heading_row(grid)
        if top is None:
            continue
        is_ours = True
        heads = [str(text) for text in grid.block(top, top + 1)[0]]
        columns = _columns(_source(grid, top), heads)
        for at in range(top + 1, grid.n_rows):
            row_id = str(grid.block(at, at + 1)[0][heads.index(KEY)])
            if row_id:
                found += _mends_of_row(grid, at, row_id, columns)
    return tuple(found) if is_ours else None


def _heading_row(grid: Grid) -> int | None:
    for at in range(min(grid.n_rows, _LOOK_IN)):
        if KEY in [str(text) for text in grid.block(at, at + 1)[0]]:
            return at
    return None


def _source(grid: Grid, top: int) -> str:
    """Return the source named in the title of the sheet; empty if there is none."""
    lines = {fold(str(text)) for row in grid.block(0, top) for text in row if text}
    for language in LANGUAGES:
        word = load_words(language)
        for source in SOURCES:
            if fold(word("sendback_title", source=word(f"source_{source}"))) in lines:
                return source
    return ""


def _columns(source: str, heads: Sequence[str]) -> Mapping[str, int]:
    """Return the positions of the columns that may be corrected, and of the action column (`WITHDRAWN`)."""
    words = [load_words(language) for language in LANGUAGES]
    known = {c.label_indonesian: c.column for c in load_codebook(source).columns} if source else {}
    places = {
        known.get(head, head): at
        for at, head in enumerate(heads[:-1])
        if head and heads[at + 1] in _reasons(words, head)
    }
    for at, head in enumerate(heads):
        if head in {word("sendback_action") for word in words}:
            places[WITHDRAWN] = at
    return places


def _reasons(words: Sequence[Words], label: str) -> set[str]:
    return {word("sendback_reason", label=label) for word in words}


def _mends_of_row(grid: Grid, at: int, row_id: str, columns: Mapping[str, int]) -> list[Mend]:
    """Return the corrections that an office typed into one row of a returned workbook; a withdrawn row has no others."""
    found = []
    for name, place in columns.items():
        cells = grid.columns[place]
        code = int(cells.codes[at])
        text, kind = str(cells.texts[code]), str(cells.kinds[code])
        if name == WITHDRAWN:
            if text.casefold() in _WITHDRAW:
                return [Mend(row_id, WITHDRAWN, text)]
        elif text:
            found.append(Mend(row_id, name, text, kind))
    return found
