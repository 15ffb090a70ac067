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
    return rows.mark(mask, "quarantine", "in_future", "period", np.asarray(periods[mask].astype("str")))


def _mark_stray_periods(rows: Prepared) -> Prepared:
    """Hold back the few rows of a file whose period lies far from those of all others: a slip of the year."""
    if rows.source not in _OF_ONE_TIME or "period" not in rows.values:
        return rows
    periods = pd.Categorical(rows.values["period"])
    files = rows.place["file"].astype("category").cat.codes.to_numpy()
    n_periods = len(periods.categories)
    if not n_periods:
        return rows
    known = (periods.codes >= 0) & ~rows.marked("foreign", "quarantine")
    pairs = files.astype(np.int64) * n_periods + periods.codes
    counts = np.bincount(pairs[known], minlength=n_periods * (int(files.max(initial=0)) + 1)).reshape(
        -1, n_periods
    )
    starts = np.array(
        [Period.parse(str(code)).first_day.toordinal() for code in periods.categories], np.int64
    )
    is_stray = np.array([_are_stray(starts, of_file) for of_file in counts], bool).reshape(counts.shape)
    if not is_stray.any():
        return rows
    stray = known & is_stray.ravel()[np.where(known, pairs, 0)]
    return rows.mark(stray, "quarantine", "stray_period", "period", np.asarray(periods[stray].astype("str")))


def _are_stray(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Mask the periods of a file that a long gap parts from all others, with few rows in them."""
    stray = np.zeros(len(starts), bool)
    used = np.flatnonzero(counts)
    if counts.sum() < _ENOUGH_ROWS or len(used) < 2:
        return stray
    used = used[np.argsort(starts[used])]
    # Periods that no long gap parts belong together.
    group = np.r_[0, np.cumsum(np.diff(starts[used]) > _LONG_GAP)]
    few = np.bincount(group, weights=counts[used]) <= _STRAY_SHARE * counts.sum()
    stray[used] = few[group]
    return stray


def _shown(days: np.ndarray, where: np.ndarray) -> np.ndarray:
    return np.asarray(days[where].astype(str), object)


def _far_from_others(days: np.ndarray, among: np.ndarray) -> np.ndarray:
    known = ~np.isnat(days) & among
    if known.sum() < _FEW:
        return np.zeros(len(days), bool)
    numbers = days.astype(np.int64)
    middle = np.median(numbers[known])
    return np.asarray(known & (np.abs(numbers - middle) > _DECADES * 365.25))
