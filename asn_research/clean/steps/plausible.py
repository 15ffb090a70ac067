"""Quarantine rows with impossible dates or periods: in the future, or far from all others."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from asn_research.clean.working import Prepared
from asn_research.rules.periods import Period

#: The number of years from the median date of a column beyond which a date is a typing error.
_DECADES = 20
#: Sources whose files are about a short time, unlike lists with old dates of people.
_OF_ONE_TIME = {"citizen_feedback", "appraisals", "motivation", "attendance"}
#: In a file with at least this many rows, at most this share of rows, whose periods begin more than this many
#: days from all others, are typing errors.
_ENOUGH_ROWS, _STRAY_SHARE, _LONG_GAP = 30, 0.02, 190
#: With fewer dates, no median is computed.
_FEW = 3


def mark_implausible(rows: Prepared, today: date | None = None) -> Prepared:
    """Quarantine rows with a date after today or decades from the others, or a period that has not begun.

    Without ``today`` (for simulated data), no row is quarantined because of a future date.
    """
    for name in rows.values:
        if rows.values[name].dtype.kind != "M":
            continue
        days = rows.values[name].to_numpy().astype("datetime64[D]")
        ahead = np.zeros(len(rows), bool)
        if today is not None:
            # One day is tolerated, because the date changes earlier in eastern time zones.
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
    """Quarantine the few rows of a file whose period is far from all others: their year is a typing error."""
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
    """Return the mask of periods of a file that have few rows and a long gap to all others.

    Parameters
    ----------
    starts : np.ndarray
        The first day of each period, as an ordinal.
    counts : np.ndarray
        The number of rows of the file in each period.
    """
    stray = np.zeros(len(starts), bool)
    used = np.flatnonzero(counts)
    if counts.sum() < _ENOUGH_ROWS or len(used) < 2:
        return stray
    used = used[np.argsort(starts[used])]
    # Periods without a long gap between them form one group.
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
