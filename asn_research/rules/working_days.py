"""Working days (hari kerja): no weekends, national holidays or collective leave (cuti bersama)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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


def _year(day: np.datetime64) -> int:
    return int(day.astype("datetime64[Y]").astype(int)) + 1970
