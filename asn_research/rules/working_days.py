"""Working days (hari kerja): no weekends, national holidays or collective leave (cuti bersama)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Literal

import holidays
import numpy as np
import pandas as pd

from asn_research.rules.cities import City


@dataclass(frozen=True)
class WorkCalendar:
    """Which days count as working days.

    Parameters
    ----------
    collective_leave_off : bool
        Whether cuti bersama is a day off; a hospital, say, may work through it.
    off, working : tuple of date
        A city's own days off and working days, which override the national calendar.
    """

    collective_leave_off: bool = True
    off: tuple[date, ...] = ()
    working: tuple[date, ...] = ()

    def days_off(self, first_year: int, last_year: int) -> np.ndarray:
        """Return the days off from the first year to the last, both included."""
        return _days_off(self, first_year, last_year)

    def is_provisional(self, year: int) -> bool:
        """Whether neither the national calendar nor the city states the collective leave of a year."""
        return (
            self.collective_leave_off
            and not _national(year, year, "government")
            and not any(day.year == year for day in self.off)
        )


#: The calendar of Indonesia, as announced by the joint decrees of three ministers (SKB 3 Menteri).
NATIONAL = WorkCalendar()


def calendar_of(city: City) -> WorkCalendar:
    """Return the calendar of a city, with its own days off and working days."""
    days = city.facts.day_overrides
    return WorkCalendar(
        city.facts.collective_leave_off,
        tuple(day.date for day in days if not day.is_working),
        tuple(day.date for day in days if day.is_working),
    )


def _national(first_year: int, last_year: int, *categories: str) -> set[date]:
    years = range(first_year, last_year + 1)
    return set(holidays.country_holidays("ID", years=years, categories=categories))


@cache
def _days_off(calendar: WorkCalendar, first_year: int, last_year: int) -> np.ndarray:
    categories = ("public", "government") if calendar.collective_leave_off else ("public",)
    off = (_national(first_year, last_year, *categories) | set(calendar.off)) - set(calendar.working)
    return np.array(sorted(off), dtype="datetime64[D]")


def working_days_between(start: pd.Series, end: pd.Series, calendar: WorkCalendar = NATIONAL) -> pd.Series:
    """Count working days from one day to another; the first day is not counted, the last day is.

    Parameters
    ----------
    start, end : pd.Series
        Days (clock times are ignored); missing stays missing.
    calendar : WorkCalendar
        Which days are off.

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
    off = calendar.days_off(_year(first.min()), _year(last.max()))
    n = np.busday_count(first, last, holidays=off).astype(float)
    # numpy never counts a Saturday as a business day, so weekend days on which the city works are added.
    extra = np.array(sorted(calendar.working), dtype="datetime64[D]")
    extra = extra[~np.is_busday(extra)]
    counted[known] = n + np.searchsorted(extra, last) - np.searchsorted(extra, first)
    return counted


def days_between(
    start: pd.Series, end: pd.Series, kind: Literal["calendar", "working"], calendar: WorkCalendar = NATIONAL
) -> pd.Series:
    """Count calendar days or working days, as a rule requires; see `working_days_between`."""
    if kind == "working":
        return working_days_between(start, end, calendar)
    elapsed: pd.Series = (end.dt.normalize() - start.dt.normalize()).dt.days.astype("float64")
    return elapsed


def last_day_within(
    start: date, n_days: int, kind: Literal["calendar", "working"], calendar: WorkCalendar = NATIONAL
) -> date:
    """Return the last day of a limit that is counted from a day; the first day itself is not counted.

    Parameters
    ----------
    start : date
        The day from which the limit is counted.
    n_days : int
        The length of the limit in days; 0 or more.
    kind : {"calendar", "working"}
        Which days are counted.
    calendar : WorkCalendar
        Which days are off.

    Returns
    -------
    date
        A limit in working days ends on a working day. A limit in calendar days may end on a day off.

    Examples
    --------
    >>> last_day_within(date(2025, 3, 26), 14, "calendar"), last_day_within(date(2025, 3, 26), 5, "working")
    (datetime.date(2025, 4, 9), datetime.date(2025, 4, 11))
    """
    if kind == "calendar" or n_days == 0:
        return start + timedelta(days=n_days)
    day = start
    for _ in range(n_days):
        day = _next_working_day(day, calendar)
    return day


def last_working_day_until(day: date, calendar: WorkCalendar = NATIONAL) -> date:
    """Return the last working day that is not after a day.

    Examples
    --------
    >>> last_working_day_until(date(2025, 4, 6))
    datetime.date(2025, 3, 27)
    """
    while not _is_working_day(day, calendar):
        day -= timedelta(days=1)
    return day


def _next_working_day(day: date, calendar: WorkCalendar) -> date:
    day += timedelta(days=1)
    while not _is_working_day(day, calendar):
        day += timedelta(days=1)
    return day


def _is_working_day(day: date, calendar: WorkCalendar) -> bool:
    if day in calendar.working:
        return True
    off = calendar.days_off(day.year, day.year)
    return bool(np.is_busday(np.datetime64(day, "D"), holidays=off))


def _year(day: np.datetime64) -> int:
    return int(day.astype("datetime64[Y]").astype(int)) + 1970
