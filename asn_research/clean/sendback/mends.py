"""Apply the corrections of returned send-back workbooks to their rows, before the cells are parsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from asn_research.clean.privacy.row_keys import FILE_LETTERS
from asn_research.clean.working import Prepared, Working
from asn_research.read import Cells, Strange
from asn_research.read.returned import WITHDRAWN, Mend
from asn_research.storage import digest_of

MENDED, TAKEN_OUT = "mended_by_office", "withdrawn_by_office"
#: Row key to the corrections of that row.
Mends = Mapping[str, tuple[Mend, ...]]


def gathered(returned: Iterable[tuple[str, Sequence[Mend]]]) -> tuple[Mends, list[Strange]]:
    """Collect the corrections of all returned workbooks by row; if two contradict each other, none is used.

    Parameters
    ----------
    returned : iterable of (str, sequence of Mend)
        The name of each workbook, with its corrections.

    Returns
    -------
    (mapping of str to tuple of Mend, list of Strange)
        The corrections by row key, and one entry per workbook with contradictions.
    """
    said: dict[tuple[str, str], tuple[str, Mend]] = {}
    apart: dict[str, int] = {}
    unclear: set[tuple[str, str]] = set()
    for file, mends in returned:
        for mend in mends:
            place = (mend.row_id, mend.column)
            before = said.setdefault(place, (file, mend))[1]
            if before.text != mend.text and place not in unclear:
                unclear.add(place)
                apart[file] = apart.get(file, 0) + 1
    found: dict[str, tuple[Mend, ...]] = {}
    for place, (_, mend) in said.items():
        if place not in unclear:
            found[mend.row_id] = (*found.get(mend.row_id, ()), mend)
    return found, [Strange(file, "", "mends_differ", str(n)) for file, n in sorted(apart.items())]


def digest_of_mends(mends: Mends, key_of_file: str) -> str:
    """Return a digest of the corrections of rows of one file, for a cache key; empty if there are none."""
    own = [mend for row_id, some in mends.items() if row_id[:FILE_LETTERS] == key_of_file for mend in some]
    described = sorted((m.row_id, m.column, m.text, m.kind) for m in own)
    return digest_of(*described) if described else ""


def write_mends(rows: Working) -> Working:
    """Write corrected cells into their rows, recorded as repairs with old values; mark withdrawn rows."""
    mends = rows.context.mends
    ids = rows.place["row_id"]
    where = np.flatnonzero(ids.isin(list(mends)).to_numpy()) if mends else np.empty(0, int)
    if not len(where):
        return rows
    own = [(int(at), mend) for at in where for mend in mends[str(ids.iloc[at])]]
    out = np.zeros(len(rows), bool)
    out[[at for at, mend in own if mend.column == WITHDRAWN]] = True
    rows = rows.mark(out, "foreign", TAKEN_OUT)
    cells = dict(rows.cells)
    changed = np.zeros(len(rows), bool)
    known = {mend.column for _, mend in own if mend.column in rows.book.by_name or mend.column in cells}
    for name in sorted(known):
        column = cells.get(name) or Cells.blank(len(rows))
        changes = {at: mend for at, mend in own if mend.column == name and not _says(column, at, mend)}
        mask = np.zeros(len(rows), bool)
        mask[list(changes)] = True
        rows = rows.mark(mask, "repair", MENDED, name)
        for at, mend in changes.items():
            column = column.with_text(np.array([at]), mend.text, mend.kind)
        cells[name] = column
        changed |= mask
    # A row that its office has corrected is a case, so it is no longer marked as unlike cases.
    place = rows.place.assign(is_unlike=rows.place["is_unlike"] & ~changed)
    return Working(rows.book, rows.context, place, cells, rows.values, rows.marks, rows.tables)


def _says(column: Cells, at: int, mend: Mend) -> bool:
    """Return whether a cell already has the corrected text, or the same number written in another way."""
    text = str(column.texts[int(column.codes[at])])
    if text == mend.text:
        return True
    try:
        return float(text) == float(mend.text) and len(mend.text) <= 15
    except ValueError:
        return False


def lost_mends(parts: Iterable[Prepared], returned: Sequence[tuple[str, Sequence[Mend]]]) -> list[Strange]:
    """Return an entry for each workbook with rows that no longer exist, because their files were replaced."""
    wanted = list({mend.row_id for _, own in returned for mend in own})
    there: set[str] = set()
    for part in parts if wanted else ():
        ids = part.place["row_id"]
        there |= set(ids[ids.isin(wanted)].astype("str"))
    lost = []
    for file, own in returned:
        n = len({mend.row_id for mend in own} - there)
        if n:
            lost.append(Strange(file, "", "mends_lost", str(n)))
    return lost
