"""Parse dates as Indonesian offices and programs write them; find the order of day and month in a column."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from asn_research.rules.month_names import MONTHS
from asn_research.rules.periods import Period

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "day_first", "month_first", "year_first"
#: The order is not known: the column has dates of two orders, or no evidence.
UNDECIDED = ""
#: Minutes that Western Indonesian time is ahead of UTC.
WIB = 7 * 60
_ZONES = {"Asia/Jakarta": WIB, "Asia/Pontianak": WIB, "Asia/Makassar": 8 * 60, "Asia/Jayapura": 9 * 60}
_WEEKDAY = (
    r"(?:(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun)\.?\s*,?\s*)?"
)
_CLOCK = (
    r"(?:(?:\s*,\s*|\s+|T)(?:(?:pukul|pkl|jam)\.?\s*)?(?P<hour>\d{1,2})(?P<point>[.:])(?P<minute>\d{2})"
    r"(?:[.:](?P<second>\d{2})(?:[.,]\d+)?)?(?:\s*(?P<half>[ap]\.?m\.?))?"
    r"(?:\s*(?P<wi>wib|wita|wit)|\s*(?P<zone>z|(?:gmt|utc)?\s*[+-]\d{1,2}(?::?\d{2})?|gmt|utc))?)?$"
)
_FORMS = tuple(
    re.compile("^" + form + _CLOCK, re.IGNORECASE)
    for form in (
        r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})",
        _WEEKDAY + r"(?P<a>\d{1,2})(?P<s>[-/. ])(?P<b>\d{1,2})(?P=s)(?P<c>\d{4}|\d{2})",
        _WEEKDAY + r"(?P<d>\d{1,2})[-\s./]+(?P<word>[a-z]+)\.?[-\s.,/]+'?(?P<y>\d{4}|\d{2})",
        _WEEKDAY + r"(?P<word>[a-z]+)\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?\s*,?\s+(?P<y>\d{4})",
        r"(?P<y>\d{4})[-\s/]+(?P<word>[a-z]+)\.?[-\s/]+(?P<d>\d{1,2})",
        # Without separators: 20260701, and 01072026 (1072026 as a number). No text can match both.
        r"(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?:\.0)?",
        r"(?P<a>\d{1,2})(?P<s>)(?P<b>\d\d)(?P<c>(?:19|20)\d\d)(?:\.0)?",
    )
)
#: A range of two days: 1 s.d. 2 Juli 2026. The first day may omit month and year.
_SPAN = re.compile(
    r"(?P<d>\d{1,2})(?:\s+(?P<word>[a-z]+))?(?:\s+(?P<y>\d{4}))?"
    r"\s*(?:s\s*[./]?\s*d\b\.?|sampai(?:\s+dengan)?|hingga|dan|&|-|–|—)\s*(?P<last>\d{1,2}\s+[a-z]+\s+\d{4})",
    re.IGNORECASE,
)
#: The two-digit years that are accepted (2010 to 2035).
_SHORT_YEARS = range(10, 36)
#: The smallest number of distinct days by which the density of days shows the order of a column.
_DENSE = 4
#: The smallest number of distinct days that do not rise by chance.
_RISING = 6
_SLIP_AMONG = 20


@dataclass(frozen=True, slots=True)
class Written:
    """The numbers of a written date, before it is known which one is the day.

    Parameters
    ----------
    numbers : tuple of int
        The three numbers in the order of the text; year, month, day if `is_certain`.
    is_certain : bool
        Whether the text itself shows which number is the day.
    clock : tuple of int
        Hour, minute, second.
    has_clock : bool
        Whether the text has a time of day.
    zone : int or None
        Minutes ahead of UTC, if the text states a time zone.
    is_short : bool
        Whether the year has two digits.
    mark : str
        The separator between the numbers.
    padding : str
        ``padded`` or ``bare``, depending on a leading zero of numbers below ten; empty if there are none.
    is_local : bool
        Whether the clock time is written in the Indonesian way: with a point, or with WIB, WITA or WIT.
    has_word : bool
        Whether the month is written as a word.
    """

    numbers: tuple[int, int, int]
    is_certain: bool
    clock: tuple[int, int, int]
    has_clock: bool
    zone: int | None = None
    is_short: bool = False
    mark: str = "/"
    padding: str = ""
    is_local: bool = False
    has_word: bool = False

    def moment(self, order: str, local: int = WIB) -> datetime | None:
        """Return the moment if the numbers have this order, in local time; None if there is no such day."""
        first, second, third = self.numbers
        if self.is_certain:
            year, month, day = first, second, third
        elif order == DAY_FIRST:
            day, month, year = first, second, third
        elif order == MONTH_FIRST:
            month, day, year = first, second, third
        elif order == YEAR_FIRST and self.is_short:
            year, month, day = first, second, third
        else:
            return None
        if self.is_short:
            if year not in _SHORT_YEARS:
                return None
            year += 2000
        try:
            found = datetime(year, month, day, *self.clock)
        except ValueError:
            return None
        if self.zone is not None:
            try:
                found += timedelta(minutes=local - self.zone)
            except OverflowError:
                return None
        return found


def read_written(text: str) -> Written | None:
    """Return the numbers of a written date; None if the text is not a date."""
    plain = " ".join(text.replace("\u2019", "'").split()).lstrip("'")
    for form in _FORMS:
        found = form.match(plain)
        if found:
            return _written(found.groupdict())
    return None


def _written(parts: dict[str, str]) -> Written | None:
    clock = _clock(parts)
    if clock is None:
        return None
    hour = parts.get("hour")
    zone = _zone(parts.get("zone") or "")
    if parts.get("a"):
        texts = (parts["a"], parts["b"], parts["c"])
        return Written(
            (int(texts[0]), int(texts[1]), int(texts[2])), False, clock, bool(hour), zone,
            len(parts["c"]) == 2, parts["s"], _padding(texts[:2]), bool(parts["wi"] or parts["point"] == "."),
        )  # fmt: skip
    month = MONTHS.get(parts["word"].casefold()) if parts.get("word") else int(parts["m"])
    if month is None:
        return None
    is_short = len(parts["y"]) == 2
    year = int(parts["y"])
    has_word = bool(parts.get("word"))
    return Written((year, month, int(parts["d"])), True, clock, bool(hour), zone, is_short, has_word=has_word)


def _padding(texts: Sequence[str]) -> str:
    below_ten = [text for text in texts if int(text) < 10]
    if not below_ten:
        return ""
    return "padded" if all(len(text) > 1 for text in below_ten) else "bare"


def _clock(parts: dict[str, str]) -> tuple[int, int, int] | None:
    """Return hour (0 to 23), minute and second; None if there is no such time."""
    hour, minute, second = (int(parts.get(key) or 0) for key in ("hour", "minute", "second"))
    half = (parts.get("half") or "").casefold().replace(".", "")
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _zone(text: str) -> int | None:
    if not text:
        return None
    found = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", text)
    if not found:
        return 0
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return -minutes if found[1] == "-" else minutes


def is_stamp(text: str) -> bool:
    """Return whether a text ends with a blank and a clock time such as 08:30:12, as most timestamps do."""
    return text[-3:-2] == ":" and text[-6:-5] == ":" and text[-9:-8] == " "


def _clock_of(text: str) -> timedelta | None:
    """Return the time of day of a text such as 08:30:12; None if there is no such time."""
    if not (text[:2] + text[3:5] + text[6:]).isdecimal():
        return None
    hour, minute, second = int(text[:2]), int(text[3:5]), int(text[6:])
    is_time = hour < 24 and minute < 60 and second < 60
    return timedelta(0, hour * 3600 + minute * 60 + second) if is_time else None


@lru_cache(maxsize=1 << 16)
def _day_of(text: str, order: str) -> datetime | None:
    written = read_written(text)
    return written.moment(order) if written and not written.has_clock else None


def moment_of(text: str, order: str, local: int = WIB) -> datetime | None:
    """Return the moment that a text means with an order of day and month; None if it means none.

    Timestamps differ in every row but have few distinct days, so each day is parsed only once.
    """
    if is_stamp(text) and (found := _day_of(text[:-9], order)):
        clock = _clock_of(text[-8:])
        return found + clock if clock is not None else None
    written = read_written(text)
    return written.moment(order, local) if written else None


def zone_minutes(name: str) -> int:
    """Return the number of minutes that an Indonesian time zone is ahead of UTC."""
    return _ZONES.get(name, WIB)


def parse_date(text: str, order: str = DAY_FIRST) -> datetime | None:
    """Return the day (and clock time, if written) that a text means; None if it means none.

    Examples
    --------
    >>> parse_date("Jum'at, 2 Nopember 2018")
    datetime.datetime(2018, 11, 2, 0, 0)
    >>> parse_date("31 Februari 2026") is None
    True
    """
    written = read_written(text)
    return written.moment(order) if written else None


def days_of_span(text: str) -> tuple[datetime, datetime] | None:
    """Return the first and the last day of a range of days in a text; None if it is not a range.

    Examples
    --------
    >>> [day.isoformat()[:10] for day in days_of_span("30 Juni s.d. 2 Juli 2026")]
    ['2026-06-30', '2026-07-02']
    """
    found = _SPAN.fullmatch(" ".join(text.split()))
    last = parse_date(found["last"]) if found else None
    if found is None or last is None:
        return None
    month = MONTHS.get(found["word"].casefold(), 0) if found["word"] else last.month
    try:
        first = datetime(int(found["y"] or last.year), month, int(found["d"]))
    except ValueError:
        return None
    return (first, last) if first <= last else None


def orders_of(dates: Iterable[Written]) -> dict[str, int]:
    """Return, for each order, the number of dates that are impossible in it but possible in another."""
    bad = {DAY_FIRST: 0, MONTH_FIRST: 0}
    uncertain = [one for one in dates if not one.is_certain]
    if any(one.is_short for one in uncertain):
        bad[YEAR_FIRST] = 0
    for one in uncertain:
        can = {order: one.moment(order) is not None for order in bad}
        if any(can.values()):
            for order in bad:
                bad[order] += not can[order]
    return bad


def order_by_numbers(dates: Sequence[Written]) -> tuple[str, frozenset[str]]:
    """Return the order that the numbers of a column prove (or `UNDECIDED`), and the orders that they allow.

    If a single date among many contradicts an order, it is a typing error and is ignored. If dates prove two
    orders, no order is allowed.
    """
    bad = orders_of(dates)
    uncertain = [one for one in dates if not one.is_certain]
    for order in [order for order, n in bad.items() if n == 1]:
        slip = next(one for one in uncertain if _contradicts(one, order, bad))
        if _is_slip(slip, dates):
            return order_by_numbers([one for one in dates if one is not slip])
    allowed = frozenset(order for order, n in bad.items() if not n)
    if len(allowed) == 1:
        return next(iter(allowed)), allowed
    if DAY_FIRST in allowed and not any(_differ(one, allowed) for one in uncertain):
        return DAY_FIRST, allowed
    return UNDECIDED, allowed


def _contradicts(one: Written, order: str, orders: Collection[str]) -> bool:
    """Return whether a date is impossible in an order but possible in another."""
    return one.moment(order) is None and any(one.moment(other) for other in orders)


def _is_slip(one: Written, dates: Sequence[Written]) -> bool:
    """Return whether the only contradicting date is a typing error: one of many, or in another style."""
    if any(other.has_word for other in dates):
        return True
    paddings = {other.padding for other in dates if other is not one and other.padding}
    return len(dates) >= _SLIP_AMONG or bool(one.padding and paddings and one.padding not in paddings)


def _differ(one: Written, orders: Collection[str]) -> bool:
    return len({one.moment(order) for order in orders}) > 1


def order_by_periods(dates: Sequence[Written], allowed: Collection[str], periods: Collection[Period]) -> str:
    """Return the only order in which most dates are in the periods that a file states; else `UNDECIDED`."""
    if not periods:
        return UNDECIDED
    share = {}
    for order in allowed:
        days = [m.date() for one in dates if (m := one.moment(order))]
        inside = sum(any(p.first_day <= day <= p.last_day for p in periods) for day in days)
        share[order] = inside / len(days) if days else 0.0
    best = max(share, key=lambda order: share[order], default=UNDECIDED)
    others = [value for order, value in share.items() if order != best]
    is_clear = best != UNDECIDED and share[best] >= 0.8 and all(value <= 0.2 for value in others)
    return best if is_clear else UNDECIDED


def order_by_density(dates: Sequence[Written], allowed: Collection[str]) -> str:
    """Return the only order in which the dates fill one month; else `UNDECIDED`.

    In every other order the dates must be on the same day of different months. That is implausible, because
    forms and requests arrive on successive days.
    """
    dense, thin = [], []
    for order in allowed:
        days = {m.date() for one in dates if not one.is_certain and (m := one.moment(order))}
        months, numbers = {(day.year, day.month) for day in days}, {day.day for day in days}
        if len(days) < _DENSE:
            return UNDECIDED
        if len(months) == 1:
            dense.append(order)
        elif len(numbers) == 1:
            thin.append(order)
    return dense[0] if len(dense) == 1 and len(thin) == len(allowed) - 1 else UNDECIDED


def order_by_sequence(dates: Sequence[Written], allowed: Collection[str]) -> str:
    """Return the only order in which a column of timestamps never decreases; else `UNDECIDED`.

    The column must have several distinct days.
    """
    if len({one.numbers for one in dates}) < _RISING or not all(one.has_clock for one in dates):
        return UNDECIDED
    rising = []
    for order in allowed:
        moments = [m for one in dates if (m := one.moment(order))]
        if len(moments) == len(dates) and all(a <= b for a, b in pairwise(moments)):
            rising.append(order)
    return rising[0] if len(rising) == 1 else UNDECIDED


def order_by_custom(dates: Sequence[Written], allowed: Collection[str]) -> str:
    """Return `DAY_FIRST` if the dates are written in the Indonesian way; else `UNDECIDED`.

    A typed 5/7/2026, 5-7-2026 or 5.7.2026 is day first. A timestamp may come from a program with American
    settings, unless its clock time is written in the Indonesian way (08.30, WIB).
    """
    uncertain = [one for one in dates if not one.is_certain]
    if DAY_FIRST not in allowed or any(one.is_short and YEAR_FIRST in allowed for one in uncertain):
        return UNDECIDED
    typed = all(one.mark != "/" or not one.has_clock or one.is_local for one in uncertain)
    return DAY_FIRST if typed else UNDECIDED
