"""Convert logs: daily attendance to days per quarter, and two clock times to a waiting time."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from asn_research.clean.parse.values import coded
from asn_research.clean.working import Prepared, Working
from asn_research.read import Cells

COUNTED = "counted_in_quarter"
#: The value of `_day_key` in a row about a whole quarter.
NO_DAY = "-"
#: The part of `_day_key` before the number of the month, in a row about a month.
OF_MONTH = "month "
_CLOCK = re.compile(
    r"(?:.*[\sT])?(\d{1,2})[.:](\d{2})(?:[.:](\d{2})(?:[.,]\d+)?)?\s*(?:wib|wita|wit)?", re.IGNORECASE
)
_CLOCK_ALONE = re.compile(r"\d{1,2}[.:]\d{2}(?:[.:]\d{2})?\s*(?:wib|wita|wit)?", re.IGNORECASE)
_LONGEST_WAIT = 600.0


def join_day_and_clock(rows: Working, day: str, *moments: str) -> Working:
    """Put the day of a separate column before clock times that have no day."""
    if day not in rows.cells:
        return rows
    cells = dict(rows.cells)
    days = rows.cells[day]
    for name in moments:
        if name not in cells:
            continue
        own = cells[name]
        alone = own.mask(lambda text: bool(_CLOCK_ALONE.fullmatch(text)))
        if alone.any():
            width = len(days.texts)
            pairs = own.codes.astype(np.int64) * width + days.codes
            known, codes = np.unique(pairs, return_inverse=True)
            made = [_joined(str(days.texts[pair % width]), str(own.texts[pair // width])) for pair in known]
            cells[name] = Cells.of([made[code] for code in codes])
    return Working(rows.book, rows.context, rows.place, cells, rows.values, rows.marks, rows.tables)


def _joined(day: str, clock: str) -> str:
    if not day or not _CLOCK_ALONE.fullmatch(clock):
        return clock
    return f"{day.split('T', maxsplit=1)[0]} {clock}"


def queue_of_calls(rows: Working) -> Working:
    """Compute the queue time from the times of drawing and calling a number, if no column gives it."""
    if "_called" not in rows.cells or "submitted_date" not in rows.cells or "queue_minutes" in rows.values:
        return rows
    drawn, called = (_minutes(rows.cells[name]) for name in ("submitted_date", "_called"))
    wait = called - drawn
    wait[(wait < 0) | (wait > _LONGEST_WAIT)] = np.nan
    rows = rows.with_values(queue_minutes=wait)
    unclear = np.isnan(wait) & rows.cells["_called"].filled & rows.data
    return rows.mark(unclear, "missing", "unreadable", "queue_minutes")


def _minutes(cells: Cells) -> np.ndarray:
    """Return the clock time of each cell in minutes since midnight; NaN if there is none."""

    def of(text: str) -> float:
        found = _CLOCK.fullmatch(text)
        if not found or int(found[1]) > 23 or int(found[2]) > 59:
            return np.nan
        return int(found[1]) * 60 + int(found[2]) + int(found[3] or 0) / 60

    return cells.spread([of(str(text)) for text in cells.texts], dtype=float)


def is_daily(rows: Working) -> bool:
    """Return whether each row is the attendance of one person on one day."""
    return "day" in rows.cells and "_came" in rows.cells and "working_days_n" not in rows.cells


def present_on_day(rows: Working) -> Working:
    """Give each row one working day, and one present day if its clock time shows that the person came."""
    came = rows.cells["_came"]
    clock = came.mask(lambda text: bool(_CLOCK.fullmatch(text)))
    days = rows.values["day"].to_numpy().astype("datetime64[D]")
    n = len(rows)
    return rows.with_values(
        working_days_n=pd.array(np.ones(n, np.int64), "Int64"),
        present_days_n=pd.array(clock.astype(np.int64), "Int64"),
        _day_key=coded(
            [NO_DAY if np.isnat(d) else str(d) for d in np.unique(days)],
            np.unique(days, return_inverse=True)[1],
        ),
    )


def count_days(rows: Prepared) -> Prepared:
    """Sum daily rows to one row per person and quarter: the first row gets the sums, the others are excluded.

    The number of working days is the number of days on which anyone of the unit came.
    """
    if "_day_key" not in rows.values:
        return rows
    day = rows.values["_day_key"].astype("str").to_numpy()
    is_day = np.array([key != NO_DAY and not key.startswith(OF_MONTH) for key in day], bool)
    free = is_day & ~rows.marked("foreign", "quarantine", "exclude")
    at = np.flatnonzero(free)
    if not len(at):
        return rows
    frame = pd.DataFrame(
        {
            "at": at,
            "day": day[at],
            **{
                name: rows.values[name].iloc[at].astype("str").to_numpy()
                for name in ("person_id", "period", "unit_id")
            },
            "present": rows.values["present_days_n"].iloc[at].to_numpy(dtype=int, na_value=0),
        }
    )
    came = frame.loc[frame["present"] > 0]
    worked = came.groupby(["unit_id", "period"])["day"].nunique()
    present = came.groupby(["person_id", "period"])["day"].nunique()
    first = frame.drop_duplicates(["person_id", "period"])
    keys = pd.MultiIndex.from_frame(first[["unit_id", "period"]])
    people = pd.MultiIndex.from_frame(first[["person_id", "period"]])
    place = first["at"].to_numpy()
    values = {}
    for name, counts in (
        ("working_days_n", worked.reindex(keys).fillna(0).to_numpy(dtype=int)),
        ("present_days_n", present.reindex(people).fillna(0).to_numpy(dtype=int)),
    ):
        column = rows.values[name].astype("Int64").to_numpy(dtype=np.int64, na_value=0).copy()
        blank = rows.values[name].isna().to_numpy().copy()
        column[place], blank[place] = counts, False
        values[name] = pd.arrays.IntegerArray(column, blank)
    rest = np.zeros(len(rows), bool)
    rest[np.setdiff1d(at, place)] = True
    return rows.with_values(**values).mark(rest, "exclude", COUNTED)
