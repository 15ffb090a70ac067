"""Assign a period to each row, from its own cells, the profile, the letterhead or its date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from asn_research.clean.parse.layouts import layouts_of
from asn_research.clean.parse.period_texts import (
    PartOfYear,
    parse_part,
    parse_period,
    period_of_months,
    year_in,
)
from asn_research.clean.parse.values import coded
from asn_research.clean.questions.open_questions import ask
from asn_research.clean.questions.period_questions import NO_PERIOD, ask_for_periods, resolve_heads
from asn_research.clean.working import Working
from asn_research.read import RawTable
from asn_research.rules.codebooks import fold_heading
from asn_research.rules.periods import Period

MONTH_COLUMNS = ("_first_month", "_last_month")
#: A number or a month alone.
_BARE = re.compile(r"(?:0?[1-9]|1[0-2]|[ivx]{1,4}|[a-z]{3,9})", re.IGNORECASE)
_UNITS = {
    "triwulan": {"triwulan", "tw", "twl", "kuartal", "kwartal", "quarter"},
    "semester": {"semester", "smt"},
    "bulan": {"bulan", "month"},
}
_UNREADABLE, _CONTRADICTS = "unreadable", "period_contradicts"
#: If a larger share of the dates is outside the period of the letterhead, a question is asked; else the rows
#: are quarantined.
_MOST = 0.5
_WITH_YEAR = re.compile(r"(19|20)\d\d")


@dataclass(frozen=True)
class _Own:
    """The period in a row's own cells: its code, or a fault."""

    code: str = ""
    fault: str = ""
    #: The quarter or half year, if the row's own cells do not give its year.
    part: PartOfYear | None = None
    #: Whether the row's own cells give nothing but a year; the letterhead or the date may be more exact.
    is_year_alone: bool = False


def assign_period(rows: Working, *, date_column: str = "", date_first: bool = False) -> Working:
    """Assign a period to each row: from its cells, the profile, the letterhead or its date; else ask.

    Parameters
    ----------
    rows : Working
        The rows.
    date_column : str
        The column of the date that belongs to the period; empty if there is none.
    date_first : bool
        Whether the date has priority over the letterhead.
    """
    rows, is_year_alone = _read_own(rows, date_column)
    tables = rows.tables
    rows, heads = resolve_heads(rows, date_column)
    if date_first:
        rows, heads = _compare_with_heads(rows, heads, date_column)
    profiles = [table.profile.period if table.profile else "" for table in tables]
    dated, of_date = _period_of_dates(rows, date_column)
    given = pd.Categorical(rows.values["period"])
    names = [*given.categories, *dated, *profiles, *(h.code for h in heads if h)]
    known = sorted({str(name) for name in names if name})
    at = {code: place for place, code in enumerate(known)}
    number = rows.place["table"].to_numpy()
    own = np.array([*(at[str(c)] for c in given.categories), -1], np.int64)[given.codes]
    profile = np.array([at.get(code, -1) for code in profiles])[number]
    head = np.array([at[h.code] if h else -1 for h in heads])[number]
    day = np.array([*(at.get(code, -1) for code in dated), -1], np.int64)[of_date]
    # A year alone yields to a quarter in the profile or letterhead, and in some sources to the date.
    is_year = np.array([*(code.isdigit() for code in known), False])
    year = np.where(is_year_alone, own, -1)
    codes = np.where(is_year_alone, -1, own)
    for other in (profile, day, head, year) if date_first else (profile, head, year, day):
        more_exact = np.where(is_year_alone & is_year[other] & (other != year), -1, other)
        codes = np.where(codes < 0, more_exact, codes)
    years = np.array([*(int(code[:4]) for code in known), 0])
    contradicts = is_year_alone & (codes >= 0) & (years[codes] != years[year])
    rows = rows.mark(contradicts & rows.data, "quarantine", _CONTRADICTS, "period")
    without = (codes < 0) & rows.data & ~rows.quarantined_for("period") & ~rows.quarantined_for(date_column)
    rows, answered = ask_for_periods(rows, without)
    known += [code for code in dict.fromkeys(answered) if code and code not in known]
    by_answer = np.array([known.index(code) if code else -1 for code in answered])[number]
    codes = np.where(without, by_answer, codes)
    rows = rows.with_values(period=coded([*known, None], codes))
    quarantined = rows.marked("quarantine")
    return rows.mark((codes < 0) & rows.data & ~quarantined, "quarantine", NO_PERIOD, "period")


def _read_own(rows: Working, date_column: str) -> tuple[Working, np.ndarray]:
    """Read the period of each row from its cells for period, year and months together.

    Returns
    -------
    tuple of (Working, np.ndarray)
        The rows, and the mask of rows whose cells give a year and nothing more exact.
    """
    names = [name for name in ("period", "_year", *MONTH_COLUMNS) if name in rows.cells]
    if not names:
        blank = coded([None], np.zeros(len(rows), np.int32))
        return rows.with_values(period=blank), np.zeros(len(rows), bool)
    columns = [rows.cells[name] for name in names]
    number = rows.place["table"].to_numpy().astype(np.int64)
    pairs = number
    for cells in columns:
        pairs = pairs * len(cells.texts) + cells.codes
    codes, known = pd.factorize(pairs)
    years = [_year_beside(table) for table in rows.tables]
    units = [period_unit(table) for table in rows.tables]
    profiles = [table.profile.period if table.profile else "" for table in rows.tables]
    hides = [any(_unit_in(heading) for heading in table.unmapped) for table in rows.tables]
    said: list[_Own] = []
    of_table: list[int] = []
    for pair in known:
        texts, rest = {}, int(pair)
        for name, cells in zip(reversed(names), reversed(columns), strict=True):
            rest, place = divmod(rest, len(cells.texts))
            texts[name] = str(cells.texts[place])
        is_whole_year = profiles[rest].isdigit()
        if profiles[rest] and not is_whole_year and not any(map(_WITH_YEAR.search, texts.values())):
            # Cells without a year are less exact than the period in the profile, so the profile is used.
            said.append(_Own())
            of_table.append(rest)
            continue
        one = _own(_with_unit(texts, units[rest]), years[rest])
        # If a column of months has an unknown heading, a year alone does not mean the whole year.
        is_year = one.code.isdigit() and not texts.get("period")
        one = replace(one, is_year_alone=is_year and not any(texts.get(name) for name in MONTH_COLUMNS))
        said.append(_Own(fault=NO_PERIOD) if is_year and hides[rest] else one)
        of_table.append(rest)
    # Where other rows of a table name a quarter, a year alone is a row whose quarter is missing.
    with_parts = {
        table for table, one in zip(of_table, said, strict=True) if one.code and not one.code.isdigit()
    }
    said = [
        _Own(fault=NO_PERIOD) if one.is_year_alone and table in with_parts else one
        for table, one in zip(of_table, said, strict=True)
    ]
    said, codes = _with_years_of_dates(rows, said, codes, date_column)
    rows = rows.with_values(period=coded([one.code or None for one in said], codes))
    for fault in sorted({one.fault for one in said if one.fault}):
        mask = np.array([one.fault == fault for one in said])[codes]
        if fault == NO_PERIOD and date_column in rows.values:
            # The date of the row gives the period if the year of a month is missing.
            mask &= rows.values[date_column].isna().to_numpy()
        rows = rows.mark(mask & rows.data, "quarantine", fault, "period")
    return rows, np.array([one.is_year_alone and not one.fault for one in said], bool)[codes]


def _with_years_of_dates(
    rows: Working, said: Sequence[_Own], codes: np.ndarray, date_column: str
) -> tuple[list[_Own], np.ndarray]:
    """Complete a quarter or half year with the year of the row's date, if the date is in that part of it."""
    periods, codes = list(said), codes.copy()
    if date_column not in rows.values:
        return periods, codes
    days = rows.values[date_column].to_numpy().astype("datetime64[D]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    for at, one in enumerate(said):
        if one.part is None:
            continue
        here = (codes == at) & ~np.isnat(days)
        for year in np.unique(years[here]).tolist():
            period = one.part.of(year)
            first, last = np.datetime64(period.first_day, "D"), np.datetime64(period.last_day, "D")
            codes[here & (days >= first) & (days <= last)] = len(periods)
            periods.append(_Own(period.code))
    return periods, codes


def period_unit(table: RawTable) -> str:
    """Return the unit of bare numbers in the period column of a table, by its heading; empty if it has none.

    The unit is ``triwulan``, ``semester`` or ``bulan``.
    """
    return _unit_in(table.headings.get("period", ""))


def _unit_in(heading: str) -> str:
    words = set(fold_heading(heading).split())
    return next((unit for unit, names in _UNITS.items() if words & names), "")


def _with_unit(texts: dict[str, str], unit: str) -> dict[str, str]:
    """Return the texts of a row with the unit of the heading added: III below *Triwulan*, 7 below *Bulan*."""
    text = texts.get("period", "").strip().removesuffix(".0")
    if not unit or not _BARE.fullmatch(text):
        return texts
    if unit != "bulan":
        return {**texts, "period": f"{unit} {text}"}
    months = {name: texts.get(name) or text for name in MONTH_COLUMNS}
    return {**texts, "period": "", **months}


def _own(texts: dict[str, str], year_beside: int | None) -> _Own:
    """Return the period from the texts of one row; it is a fault if they contradict each other."""
    text = texts.get("period", "")
    year_text = texts.get("_year", "")
    year = year_in(year_text) if year_text else None
    if year_text and year is None:
        return _Own(fault=_UNREADABLE)
    period = parse_period(text) if text else None
    if text and period is None:
        part = parse_part(text)
        if part is None:
            return _Own(fault=_UNREADABLE)
        by = year or year_beside
        found = _Own(part.of(by).code) if by else _Own(fault=NO_PERIOD)
        return found if year else replace(found, part=part)
    if period is None:
        return _of_months(
            texts, year or (year_beside if any(texts.get(name) for name in MONTH_COLUMNS) else None)
        )
    if year is not None and period.year != year:
        return _Own(fault=_CONTRADICTS)
    return _Own(period.code)


def _of_months(texts: dict[str, str], year: int | None) -> _Own:
    """Return the period of the first and last month in a year; without months, the year."""
    months = [texts.get(name, "") for name in MONTH_COLUMNS]
    if year is None:
        return _Own(fault=NO_PERIOD) if any(months) else _Own()
    if not any(months):
        return _Own(Period(year, 1, "Y").code)
    first, last = months[0] or months[1], months[1] or months[0]
    if first.isdigit() and last.isdigit():
        span = period_of_months(year, int(first), int(last))
    else:
        span = parse_period(f"{first} - {last} {year}")
    return _Own(span.code) if span else _Own(fault=_UNREADABLE)


def _year_beside(table: RawTable) -> int | None:
    """Return the year in the profile, letterhead, sheet name or file name of a table; None without one."""
    if table.profile and table.profile.period:
        return Period.parse(table.profile.period).year
    stem = table.file.rpartition("/")[2].rpartition(".")[0].replace("-", " ")
    for text in (" ".join(table.letterhead), table.sheet, stem):
        if year := year_in(text, inside=True):
            return year
    return None


def _compare_with_heads(
    rows: Working, heads: Sequence[Period | None], date_column: str
) -> tuple[Working, list[Period | None]]:
    """Quarantine rows without a date in the period that their letterhead states.

    If most rows are outside, either the letterhead or the dates are wrong, and a question is asked instead.
    """
    found = list(heads)
    dates = [str(name) for name in rows.values if rows.values[name].dtype.kind == "M"]
    if not dates or not any(heads) or date_column not in rows.values:
        return rows, found
    number = rows.place["table"].to_numpy()
    dated = rows.values[date_column].notna().to_numpy() & rows.data
    for layout in layouts_of(rows):
        outside = np.zeros(len(rows), bool)
        for at in layout.tables:
            head = heads[at]
            if head is not None:
                outside |= dated & (number == at) & ~_any_inside(rows, dates, head)
        n, n_dated = int(outside.sum()), int((dated & layout.rows).sum())
        if not n:
            continue
        if n <= _MOST * n_dated:
            rows = rows.mark(outside, "quarantine", "outside_stated_period", date_column)
            continue
        stated = ", ".join(sorted({h.label("id") for at in layout.tables if (h := heads[at])}))
        rows, answer = ask(
            rows, outside, "stated_period", date_column, tables=layout.tables, facts={"stated": stated}
        )
        if answer == "letterhead":
            rows = _without_dates(rows, outside, date_column)
    return rows, found


def _any_inside(rows: Working, dates: Sequence[str], head: Period) -> np.ndarray:
    first, last = np.datetime64(head.first_day, "D"), np.datetime64(head.last_day, "D")
    inside = np.zeros(len(rows), bool)
    for name in dates:
        days = rows.values[name].to_numpy().astype("datetime64[D]")
        inside |= (days >= first) & (days <= last)
    return inside


def _without_dates(rows: Working, where: np.ndarray, column: str) -> Working:
    days = rows.values[column].to_numpy().copy()
    days[where] = np.datetime64("NaT")
    return rows.with_values(**{column: days})


def _period_of_dates(rows: Working, column: str) -> tuple[list[str], np.ndarray]:
    """Return the periods of the dates in a column, and for each row the index of its period (-1: no date)."""
    if not column or column not in rows.values:
        return [], np.full(len(rows), -1)
    kinds = [table.profile.period_kind if table.profile else "Q" for table in rows.tables]
    days = rows.values[column].to_numpy().astype("datetime64[D]")
    codes, known = pd.factorize(days.astype(np.int64))
    names = [
        "" if np.isnat(day) else Period.containing(day.item(), kind).code
        for kind in kinds
        for day in np.asarray(known).astype("datetime64[D]")
    ]
    return names, codes + rows.place["table"].to_numpy().astype(np.int64) * len(known)
