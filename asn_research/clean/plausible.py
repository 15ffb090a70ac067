"""Dates and periods that cannot be: in the future, or decades away from all others."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from asn_research.clean.working import Prepared
from asn_research.rules.periods import Period

#: Years from the middle of a column's dates beyond which a date is a slip.
_DECADES = 20
#: Sources whose files speak of one time, not of people's years.
_OF_ONE_TIME = {"citizen_feedback", "appraisals", "motivation", "attendance"}
#: Of so many rows of a file, such a share whose periods begin so many days from all others are slips.
_ENOUGH_ROWS, _STRAY_SHARE, _LONG_GAP = 30, 0.02, 190
#: Of so few dates no middle is taken.
_FEW = 3


def mark_implausible(rows: Prepared, today: date | None = None) -> Prepared:
    """Hold back rows with a date after today or decades from the others, or a period that has not begun.

    Without a day nothing is held for lying in the future: simulated data have their own.
    """
    for name in rows.values:
        if rows.values[name].dtype.kind != "M":
            continue
        days = rows.values[name].to_numpy().astype("datetime64[D]")
        ahead = np.zeros(len(rows), bool)
        if today is not None:
            # A day's grace: midnight comes earlier in the east.
            ahead = days > np.datetime64(today, "D") + np.timedelta64(1, "D")
            rows = rows.mark(ahead, "quarantine", "in_future", str(name), _shown(days, ahead))
        far = _far_from_others(days, ~ahead) & ~ahead
        rows = rows.mark(far, "quarantine", "far_from_others", str(name), _shown(days, far))
    rows = _mark_stray_periods(rows)
    if today is None or "period" not in rows.values:
        return rows
    periods = pd.Categorical(rows.values["period"])
    later = [Period.parse(str(code)).first_day > today for code in periods.categories]
    mask = np.array([*later, False], bool)[periods.codes] & ~rows.marked("quarantine")
    return rows.mark(mask, "quarantine", "in_future", "period", np.asarray(periods.astype("str"))[mask])


def _mark_stray_periods(rows: Prepared) -> Prepared:
    """Hold back the few rows of a file whose period lies far from those of all others: a slip of the year."""
    if rows.source not in _OF_ONE_TIME or "period" not in rows.values:
        return rows
    periods = pd.Categorical(rows.values["period"])
    starts = np.array(
        [*(np.datetime64(Period.parse(str(c)).first_day, "D") for c in periods.categories), "NaT"], "M8[D]"
    )
    start = starts[periods.codes]
    known = ~np.isnat(start) & ~rows.marked("foreign", "quarantine")
    stray = np.zeros(len(rows), bool)
    files, _ = pd.factorize(rows.place["file"].astype("str"))
    for file in np.unique(files[known]):
        here = np.flatnonzero(known & (files == file))
        if len(here) >= _ENOUGH_ROWS:
            stray[here] = _is_stray(start[here])
    return rows.mark(stray, "quarantine", "stray_period", "period", np.asarray(periods.astype("str"))[stray])


def _is_stray(start: np.ndarray) -> np.ndarray:
    """Mask the days of small groups at either end that a long gap parts from all others."""
    days, counts = np.unique(start.astype(np.int64), return_counts=True)
    # Days that no long gap parts belong together.
    group = np.r_[0, np.cumsum(np.diff(days) > _LONG_GAP)]
    sizes = np.bincount(group, weights=counts)
    few = sizes <= _STRAY_SHARE * len(start)
    return np.asarray(few[group][np.searchsorted(days, start.astype(np.int64))])


def _shown(days: np.ndarray, where: np.ndarray) -> np.ndarray:
    return np.asarray(days[where].astype(str), object)


def _far_from_others(days: np.ndarray, among: np.ndarray) -> np.ndarray:
    known = ~np.isnat(days) & among
    if known.sum() < _FEW:
        return np.zeros(len(days), bool)
    numbers = days.astype(np.int64)
    middle = np.median(numbers[known])
    return np.asarray(known & (np.abs(numbers - middle) > _DECADES * 365.25))
