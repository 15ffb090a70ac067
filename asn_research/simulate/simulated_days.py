"""Working days of the simulated city: all days except weekends, national holidays and collective leave."""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays
import numpy as np


@cache
def _days_off(first_year: int, last_year: int) -> np.ndarray:
    calendar = holidays.country_holidays(
        "ID", years=range(first_year, last_year + 1), categories=("public", "government")
    )
    return np.array(sorted(calendar), dtype="datetime64[D]")


def working_days(first: date, last: date) -> np.ndarray:
    """Return the working days between two dates, both included."""
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    return days[np.is_busday(days, holidays=_days_off(first.year, last.year))]


def add_working_days(days: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Return, for each day, the day ``n`` working days later; the start day itself is not counted."""
    if len(days) == 0:
        return days.astype("datetime64[D]")
    years = days.astype("datetime64[Y]").astype(int) + 1970
    off = _days_off(int(years.min()), int(years.max()) + 2)
    return np.busday_offset(days, n, roll="forward", holidays=off)
