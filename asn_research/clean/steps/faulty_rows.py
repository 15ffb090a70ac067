"""Rows whose values cannot all be true, empty forms, and rows that stand twice in one file."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from asn_research.clean.working import Prepared, Working

#: The largest plausible number of days between two dates of one case; beyond it, one date is a typing error.
_LONGEST_SPAN = 5 * 366


def mark_order(rows: Working, first: str, last: str, reason: str) -> Working:
    """Quarantine rows that end before they start, or more than five years later.

    If both dates are on one day and have a time of day, the times are compared.
    """
    if first not in rows.values or last not in rows.values:
        return rows
    begun, ended = (rows.values[c].to_numpy().astype("datetime64[s]") for c in (first, last))
    start, end = begun.astype("datetime64[D]"), ended.astype("datetime64[D]")
    timed = (begun != start) & (ended != end)
    before = (end < start) | (timed & (ended < begun))
    too_long = (end - start) > np.timedelta64(_LONGEST_SPAN, "D")
    return rows.mark(before & rows.data, "quarantine", reason, last).mark(
        too_long & rows.data, "quarantine", "absurd_span", last
    )


def mark_attendance(rows: Working) -> Working:
    """Quarantine impossible attendance: present and absent exceed working days, or late exceeds present."""
    counts = {}
    for name in ("working_days_n", "present_days_n", "late_days_n", "absent_days_n"):
        if name in rows.values:
            counts[name] = rows.values[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    worked, present = counts["working_days_n"], counts["present_days_n"]
    late = counts.get("late_days_n", np.full(len(rows), np.nan))
    absent = np.nan_to_num(counts.get("absent_days_n", np.zeros(len(rows))))
    for mask, name in (
        (present + absent > worked, "present_days_n"),
        (late > present, "late_days_n"),
    ):
        rows = rows.mark(mask & rows.data, "quarantine", "attendance_cannot_be", name)
    return rows


def mark_empty(rows: Working, columns: Sequence[str]) -> Working:
    """Exclude forms without an answer in any of the columns."""
    present = [c for c in columns if c in rows.values]
    empty = np.ones(len(rows), bool)
    for name in present:
        empty &= rows.values[name].isna().to_numpy()
    return rows.mark(empty & ~rows.marked("quarantine") & rows.data, "exclude", "empty_form")


#: A timestamp with seconds. Midnight is not one: it means a date without a time of day.
_STAMP = re.compile(r"\d:\d{2}:\d{2}")
_MIDNIGHT = re.compile(r"\b00:00:00")
#: If at least this share of the timestamps is distinct, equal timestamps are evidence for a repeated row.
_OWN_MOMENT = 0.9


def mark_sent_twice(rows: Working, column: str) -> Working:
    """Exclude a row that equals another row of its file in all cells, including a timestamp with seconds.

    Two people may give equal answers, but hardly in the same second. If many rows share a timestamp, they
    were entered together; then it is no evidence, and all rows are kept.

    Parameters
    ----------
    rows : Working
        The rows of one file.
    column : str
        The column of the timestamp.
    """
    stamps = rows.cells.get(column)
    if stamps is None:
        return rows
    free = rows.data & ~rows.marked("foreign", "quarantine", "exclude")
    timed = free & stamps.mask(lambda text: bool(_STAMP.search(text)) and not _MIDNIGHT.search(text))
    n_timed = int(timed.sum())
    codes = pd.DataFrame({name: np.asarray(cells.codes) for name, cells in rows.cells.items()})[timed]
    if not n_timed or codes[column].nunique() < _OWN_MOMENT * n_timed:
        return rows
    twice = np.zeros(len(rows), bool)
    twice[np.flatnonzero(timed)] = codes.duplicated(keep="first").to_numpy()
    return rows.mark(twice, "exclude", "identical_duplicate")


def mark_duplicates(rows: Prepared, keys: Sequence[str], *, may_differ: bool = False) -> Prepared:
    """Exclude identical rows, and quarantine rows with equal keys that contradict each other.

    Of identical rows, one is kept (one without repairs, if possible), and the others are excluded. Rows with
    equal ``keys`` and different content are all quarantined, unless they ``may_differ`` (two courses in one
    quarter). Rows that are already quarantined or excluded are not compared.
    """
    present = [key for key in keys if key in rows.values]
    if len(present) < len(keys):
        return rows
    free = ~rows.marked("foreign", "quarantine", "exclude")
    for key in keys:
        free &= (rows.values[key].notna() & (rows.values[key] != "")).to_numpy()
    codes = rows.values.apply(_codes)
    # Sorting by key makes the choice among identical rows independent of the order of files.
    places = (rows.place["row_id"].to_numpy(dtype=object), rows.place["row"].to_numpy())
    order = np.lexsort((*places, rows.marked("repair")))
    order = order[free[order]]
    pool = codes.iloc[order]
    identical = np.zeros(len(rows), bool)
    identical[order[pool.duplicated(keep="first").to_numpy()]] = True
    rows = rows.mark(identical, "exclude", "identical_duplicate")
    if may_differ:
        return rows
    rest = codes.loc[free & ~identical, list(keys)]
    differing = np.zeros(len(rows), bool)
    differing[rest.index[rest.duplicated(keep=False)]] = True
    return rows.mark(differing, "quarantine", "differing_duplicate")


def _codes(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes
    return pd.Series(pd.factorize(column, use_na_sentinel=True)[0], index=column.index)
