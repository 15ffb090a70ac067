"""Apply the corrections of `corrections.yaml` to their rows, and check that they still fit the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatch

import numpy as np

from asn_research.clean.corrections_file import FILE, Correction
from asn_research.clean.working import Prepared, Working
from asn_research.errors import RawDataError
from asn_research.read import Cells
from asn_research.rules.codebooks import fold
from asn_research.rules.words import ABSENT, worded


def mark_corrections(rows: Working) -> Working:
    """Apply the corrections of this source; each corrected cell is recorded as a repair with its old value.

    Raises
    ------
    RawDataError
        If a matched row does not have the values that the correction expects.
    """
    for correction in rows.context.corrections:
        if correction.source == rows.book.source:
            rows = _apply(rows, correction)
    return rows


def _apply(rows: Working, correction: Correction) -> Working:
    found = np.ones(len(rows), bool)
    for name, wanted in correction.where.items():
        found &= _fits(rows, name, wanted)
    if not found.any():
        return rows
    for name, wanted in correction.expect.items():
        if name == "n_rows":
            continue
        wrong = found & ~_fits(rows, name, wanted)
        if wrong.any():
            at = rows.place.iloc[int(np.flatnonzero(wrong)[0])]
            raise worded(
                RawDataError,
                "error_correction_moved",
                file=FILE,
                entry=correction.number,
                at=at["file"],
                row=at["row"],
                column=name,
            )
    if correction.exclude:
        return rows.mark(found, "exclude", correction.reason_code)
    cells = dict(rows.cells)
    for name, text in correction.set.items():
        rows = rows.mark(found, "repair", correction.reason_code, name)
        column = cells.get(name) or Cells.blank(len(rows))
        cells[name] = column.with_text(np.flatnonzero(found), text)
    return Working(rows.book, rows.context, rows.place, cells, rows.values, rows.marks, rows.tables)


def _fits(rows: Working, name: str, wanted: str) -> np.ndarray:
    if name in ("file", "sheet"):
        column = rows.place[name]
        hits = [c for c in column.cat.categories if fnmatch(str(c), wanted)]
        return column.isin(hits).to_numpy()
    if name in ("row", "row_id"):
        return (rows.place[name].astype("str") == wanted).to_numpy()
    if name not in rows.cells:
        return np.zeros(len(rows), bool)
    key = fold(wanted)
    return rows.cells[name].mask(lambda text: fold(text) == key)


def check_guards(corrections: Iterable[Correction], prepared: Sequence[Prepared]) -> None:
    """Refuse corrections that did not match the expected number of rows.

    Raises
    ------
    RawDataError
        If there is such a correction; the message names the entry and the number of matched rows.
    """
    for correction in corrections:
        n_found = 0
        for part in prepared:
            if part.source == correction.source:
                n_found += part.marks.loc[part.marks["reason"] == correction.reason_code, "at"].nunique()
        n_wanted = correction.expect.get("n_rows")
        if n_found == 0 or (n_wanted is not None and str(n_found) != n_wanted):
            raise worded(
                RawDataError,
                "error_correction_count",
                file=FILE,
                entry=correction.number,
                n=n_found,
                wanted=n_wanted or ABSENT,
            )
