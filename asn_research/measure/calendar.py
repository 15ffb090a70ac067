"""Working days (hari kerja): no weekends, national holidays or collective leave (cuti bersama)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import cache

import holidays
import numpy as np
import pandas as pd


@cache
def days_off(first_year: int, last_year: int, extra: tuple[date, ...] = ()) -> np.ndarray:
    """Return the days off of some years, national holidays and collective leave, and ``extra``."""
    years = range(first_year, last_year + 1)
    calendar = holidays.country_holidays("ID", years=years, categories=("public", "government"))
    return np.array(sorted({*calendar, *extra}), dtype="datetime64[D]")


def is_provisional(year: int) -> bool:
    """Whether a year's collective leave has not been announced to the calendar in use."""
    return not holidays.country_holidays("ID", years=year, categories=("government",))


def working_days_between(start: pd.Series, end: pd.Series, extra: Collection[date] = ()) -> pd.Series:
    """Count working days from one day to another: the first is not counted, the last is.

    Parameters
    ----------
    start, end : pd.Series
        Days (clock times are passed over); missing stays missing.
    extra : collection of date
        Further days off, such as a city's own.

    Returns
    -------
    pd.Series
        Float; the same day is 0.
    """
    known = start.notna() & end.notna()
    counted = pd.Series(np.nan, index=start.index)
    if not known.any():
        return counted
    first = start[known].to_numpy().astype("datetime64[D]") + 1
    last = end[known].to_numpy().astype("datetime64[D]") + 1
    years = (
        int(first.min().astype("datetime64[Y]").astype(int)) + 1970,
        int(last.max().astype("datetime64[Y]").astype(int)) + 1970,
    )
    off = days_off(*years, tuple(sorted(extra)))
    counted[known] = np.busday_count(first, last, holidays=off).astype(float)
    return counted
