"""The result of cleaning: each row takes exactly one of three exits (kept, quarantine, excluded)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from asn_research.clean.working import PLACE, Prepared
from asn_research.errors import ReconciliationError
from asn_research.rules.codebooks import load_codebook


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The result of cleaning one source.

    Parameters
    ----------
    kept : pd.DataFrame
        The usable rows, with `row_id`.
    repairs : pd.DataFrame
        One row per repaired cell of a kept row: its place, the old value and the reason.
    quarantine : pd.DataFrame
        One row per fault of a quarantined row. Such a row is not used until its office has corrected it.
    excluded : pd.DataFrame
        One row per row that a stated rule excludes.
    missing : pd.DataFrame
        One row per cell of a kept row without an answer, with the coded reason.
    exits : pd.DataFrame
        One row per sheet: file, sheet, n_raw, n_kept, n_repaired, n_quarantined, n_excluded.
    n_raw : int
        The number of raw rows.

    Raises
    ------
    ReconciliationError
        If a row is missing, or has two exits.
    """

    kept: pd.DataFrame
    repairs: pd.DataFrame
    quarantine: pd.DataFrame
    excluded: pd.DataFrame
    missing: pd.DataFrame
    exits: pd.DataFrame
    n_raw: int

    def __post_init__(self) -> None:
        quarantined, out = self.quarantine["row_id"].unique(), self.excluded["row_id"]
        n_out = len(self.kept) + len(quarantined) + len(out)
        kept = _texts(self.kept["row_id"])
        others = pa.chunked_array([[*quarantined, *out]], pa.string())
        is_twice = _have_twins(kept) or _have_twins(others) or pc.any(pc.is_in(kept, others)).as_py()
        if n_out != self.n_raw or is_twice:
            msg = (
                f"{self.n_raw} rows came in but {n_out} left ({len(self.kept)} kept, {len(quarantined)} quarantined, "
                f"{len(out)} excluded). A cleaning step dropped or duplicated rows; every step must keep `row_id`."
            )
            raise ReconciliationError(msg)


def _texts(ids: pd.Series) -> pa.ChunkedArray:
    found = pa.array(ids, pa.string())
    return found if isinstance(found, pa.ChunkedArray) else pa.chunked_array([found])


def _have_twins(texts: pa.ChunkedArray) -> bool:
    # Dictionary encoding in Arrow takes a third of the time of `Series.is_unique` for millions of texts.
    return len(texts.combine_chunks().dictionary_encode().dictionary) != len(texts)


_RECORD = ("source", "unit_id", "period", "column", "reason", "old_value")


def split_rows(rows: Prepared) -> Cleaned:
    """Split the rows by their marks into kept, quarantined and excluded rows. No other step removes a row.

    Rows with the mark ``foreign`` were never data (subtotals, signatures); they are excluded, whatever other marks
    they have. A row with a fault is quarantined, even if it is also a duplicate. Repairs and missing values are
    listed for kept rows only.
    """
    foreign, quarantined = rows.marked("foreign"), rows.marked("quarantine")
    excluded = foreign | (rows.marked("exclude") & ~quarantined)
    quarantined &= ~foreign
    kept = ~excluded & ~quarantined
    # The columns are put in the order of the codebook, so that they do not depend on the offices' files.
    known = [column.column for column in load_codebook(rows.source).columns]
    names = sorted(str(c) for c in rows.values if not str(c).startswith("_"))
    names.sort(key=lambda name: known.index(name) if name in known else len(known))
    out = _record(rows, ["foreign", "exclude"], excluded)
    recorded = {
        "repairs": _record(rows, ["repair"], kept),
        "quarantine": _record(rows, ["quarantine"], quarantined),
        "excluded": out.drop_duplicates("row_id", ignore_index=True),
        "missing": _record(rows, ["missing"], kept).drop(columns=["file", "sheet", "row"]),
        "exits": _exits(rows, kept, quarantined, excluded),
    }
    # The kept rows are built last, when the temporary arrays of the other tables are freed: this saves
    # memory.
    return Cleaned(kept=_kept(rows, names, kept), **recorded, n_raw=len(rows))


def _kept(rows: Prepared, names: list[str], kept: np.ndarray) -> pd.DataFrame:
    """Return the kept rows, sorted by period, unit and place; the order of reading files does not matter."""
    at = np.flatnonzero(kept)
    keys = [rows.place["row"].to_numpy()[at]]
    for name, frame in (
        ("sheet", rows.place), ("file", rows.place), ("unit_id", rows.values), ("period", rows.values)
    ):  # fmt: skip
        if name in frame:
            keys.append(frame[name].astype("category").cat.codes.to_numpy()[at])
    order = at[np.lexsort(keys)]
    chosen = {"row_id": rows.place["row_id"].take(order).array}
    chosen |= {name: rows.values[name].take(order).array for name in names}
    return pd.DataFrame(chosen, copy=False)


def _record(rows: Prepared, exits: list[str], of: np.ndarray) -> pd.DataFrame:
    """Return one row per mark of some kinds on some rows, with place, unit, period, reason and old value."""
    marks = rows.marks.loc[rows.marks["exit"].isin(exits)]
    marks = marks.loc[of[marks["at"].to_numpy()]].sort_values("at", kind="stable")
    record = rows.place.iloc[marks["at"].to_numpy()][PLACE].reset_index(drop=True)
    record = pd.DataFrame(record.astype({"file": "str", "sheet": "str", "row": "int64"}))
    record["source"] = pd.Series([rows.source] * len(record), dtype="str")
    for name in ("unit_id", "period"):
        record[name] = ""
        if name in rows.values:
            known = rows.values[name].iloc[marks["at"].to_numpy()].astype("str")
            record[name] = known.fillna("").to_numpy()
    for name in ("column", "reason", "old_value"):
        record[name] = marks[name].astype("str").to_numpy()
    return pd.DataFrame(record.astype(dict.fromkeys(_RECORD, "str")))


def _exits(rows: Prepared, kept: np.ndarray, quarantined: np.ndarray, excluded: np.ndarray) -> pd.DataFrame:
    sheets = rows.place.groupby(["file", "sheet"], observed=True, sort=True)
    counts = sheets.size().rename("n_raw").to_frame()
    place = sheets.ngroup().to_numpy()
    for name, mask in (
        ("n_kept", kept),
        ("n_repaired", kept & rows.marked("repair")),
        ("n_quarantined", quarantined),
        ("n_excluded", excluded),
    ):
        counts[name] = np.bincount(place[mask], minlength=len(counts))
    counts = counts.reset_index()
    return counts.astype({"file": "str", "sheet": "str", **dict.fromkeys(counts.columns[2:], "int64")})
