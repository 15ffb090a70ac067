"""Parse periods as offices write them: a cell must match as a whole, a letterhead is searched."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from asn_research.clean.parse.dates import parse_date
from asn_research.rules.month_names import MONTHS
from asn_research.rules.periods import Period

_NUMBERS = {
    word: number
    for number, words in enumerate(
        ("i 1 pertama kesatu satu first", "ii 2 kedua dua second", "iii 3 ketiga tiga third",
         "iv 4 keempat empat fourth"),
        start=1,
    )
    for word in words.split()
}  # fmt: skip
_NUMBER = "0?(?:" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
_MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + ")"
_QUARTER = r"(?:triwulan|tri\s?wulan|tribulan|trw|twl|tw|kuartal|kwartal|quarter|q)"
_HALF = r"(?:semester|smt|sem|s)"
_YEAR = r"(?:(?:tahun(?:\s+anggaran)?|thn|th|t\.?a)\.?\s*)?(?P<year>(?:19|20)\d\d)"
_GAP = r"[\s,./:()-]*"
_TO = r"\s*(?:s\s*[./]\s*d\.?|sd\.?|sampai(?:\s+dengan)?|hingga|dan|&|-|–|—|to)\s*"
_LABEL = re.compile(
    r"^(?:(?:periode|masa|period)(?:\s+(?:penilaian|pelaporan|survei|survey|laporan))?|bulan|bln\.?|untuk)\s*[:=]?\s*"
)
_ROMAN_SLASH = (
    re.compile(r"^(?P<n>iv|iii|ii|i)\s*[/-]\s*" + _YEAR + "$"),
    re.compile("^" + _YEAR + r"\s*[/-]\s*(?P<n>iv|iii|ii|i)$"),
)
_PARTS = {
    kind: (
        re.compile(f"^{word}[\\s.-]*(?:ke[\\s-]*)?(?P<n>{_NUMBER}){_GAP}{_YEAR}$"),
        re.compile(f"^{_YEAR}{_GAP}{word}[\\s.-]*(?:ke[\\s-]*)?(?P<n>{_NUMBER})$"),
    )
    for kind, word in (("Q", _QUARTER), ("S", _HALF))
}
_PARTS_RANGE = {
    kind: re.compile(
        f"^{word}[\\s.-]*(?:ke[\\s-]*)?(?P<n>{_NUMBER}){_TO}(?:{word}[\\s.-]*(?:ke[\\s-]*)?)?(?P<last>{_NUMBER})"
        f"{_GAP}{_YEAR}$"
    )
    for kind, word in (("Q", _QUARTER), ("S", _HALF))
}
_BARE = {
    kind: re.compile(f"^{word}[\\s.-]*(?:ke[\\s-]*)?(?P<n>{_NUMBER})$")
    for kind, word in (("Q", _QUARTER), ("S", _HALF))
}
_MONTH_YEAR = (
    re.compile(f"^(?P<month>{_MONTH}){_GAP}{_YEAR}$"),
    re.compile(f"^{_YEAR}{_GAP}(?P<month>{_MONTH})$"),
    # A spreadsheet shows a month cell as Jul-26.
    re.compile(f"^(?P<month>{_MONTH})\\s?[-/'\u2019]\\s?(?P<year>[1-4]\\d)$"),
)
#: A year and a month number. Months 1 to 4 need a leading zero, because they could be the number of a
#: quarter.
_MONTH_NUMBER = (
    re.compile(r"^(?P<year>(?:19|20)\d\d)\s*[-/.]\s*(?P<m>0[1-9]|1[0-2]|[5-9])$"),
    re.compile(r"^(?P<m>0[1-9]|1[0-2]|[5-9])\s*[-/.]\s*(?P<year>(?:19|20)\d\d)$"),
)
#: A list of months: Juli, Agustus dan September 2026.
_LISTED = rf"{_MONTH}(?:\s*(?:,\s*dan\b|[,/&-]|\bdan\b)\s*{_MONTH})+"
_MONTHS_LISTED = re.compile(rf"^(?P<months>{_LISTED})[\s,.]*{_YEAR}$")
_EDGE = re.compile(rf"^(?:(?P<d>\d{{1,2}})\s+)?(?P<month>{_MONTH})\.?(?:[\s,]*{_YEAR})?$")
_WHOLE_YEAR = re.compile("^" + _YEAR + "$")
_YEAR_AS_NUMBER = re.compile(r"^((?:19|20)\d\d)[.,]0+$")
#: Words in brackets behind a year that is meant as a whole.
_OF_YEAR = {"tahunan", "setahun", "satu tahun", "1 tahun", "setahun penuh"}
#: The forms of a period in a letterhead, longest first.
_RANGE_IN = re.compile(rf"(?:\b\d{{1,2}}\s+)?\b{_MONTH}\b[^\d\n]{{0,3}}(?:{_YEAR.replace('?P<year>', '?:')})?"
                       rf"{_TO}(?:\d{{1,2}}\s+)?\b{_MONTH}\b[\s,.]*(?:{_YEAR.replace('?P<year>', '?:')})")  # fmt: skip
_PLAIN_YEAR = _YEAR.replace("?P<year>", "?:")
_QUARTERS_IN = re.compile(
    rf"\b(?:{_QUARTER}|{_HALF})[\s.-]*(?:ke[\s-]*)?{_NUMBER}\b"
    rf"(?:{_TO}(?:(?:{_QUARTER}|{_HALF})[\s.-]*(?:ke[\s-]*)?)?{_NUMBER}\b)?{_GAP}{_PLAIN_YEAR}\b"
    rf"|\b(?:19|20)\d\d{_GAP}(?:{_QUARTER}|{_HALF})[\s.-]*(?:ke[\s-]*)?{_NUMBER}\b"
)
#: A quarter or half year with its months in brackets, which must be the same period.
_IN_BRACKETS = rf"\([^()]*\b{_MONTH}\b[^()]*\)"
_WITH_MONTHS_IN = re.compile(
    rf"\b(?:{_QUARTER}|{_HALF})[\s.-]*(?:ke[\s-]*)?{_NUMBER}\b"
    rf"(?:{_GAP}{_PLAIN_YEAR}\s*{_IN_BRACKETS}|\s*{_IN_BRACKETS}[\s,]*{_PLAIN_YEAR}\b)"
)
_BARE_IN = re.compile(
    rf"\b(?:triwulan|tri\s?wulan|tw|kuartal|semester)[\s.-]*(?:ke[\s-]*)?{_NUMBER}\b"
    rf"(?:{_TO}(?:(?:triwulan|tw|semester)[\s.-]*)?{_NUMBER}\b)?"
)
_LISTED_IN = re.compile(rf"\b{_LISTED}\b[\s,.]*(?:{_PLAIN_YEAR})\b")
_MONTH_IN = re.compile(rf"(?<![\d,])(?<!\d\s)\b(?:bulan\s+)?{_MONTH}\b[\s,.]*(?:{_PLAIN_YEAR})\b")
_DECREE = re.compile(r"\b(?:nomor|no\.?)\s*:?\s*\S+\s+tahun\s+\d{4}\b")
_YEAR_IN = re.compile(r"\btahun(?:\s+anggaran)?\s+((?:19|20)\d\d)\b")
#: Words of a cumulative export, which contains earlier periods too.
_UNTIL = re.compile(r"\b(?:s\s*[./]?\s*d|sampai|hingga|kumulatif|komulatif)\b", re.IGNORECASE)


def _number(text: str) -> int:
    return _NUMBERS[text.lstrip("0")]


def _full_year(text: str) -> int:
    return int(text) if len(text) > 2 else 2000 + int(text)


def grows_until(text: str) -> bool:
    """Return whether a name says that a file is cumulative up to a period, so it contains earlier ones."""
    return bool(_UNTIL.search(text))


@dataclass(frozen=True, slots=True)
class PartOfYear:
    """A quarter or half year without its year, which must come from another place."""

    number: int
    kind: str

    def of(self, year: int) -> Period:
        """Return this part of a year as a period."""
        return Period(year, self.number, self.kind)


def _plain(text: str) -> str:
    # An apostrophe marks a text in a spreadsheet, and a year that was a number may have a zero behind it.
    plain = _YEAR_AS_NUMBER.sub(r"\1", " ".join(text.casefold().replace("\u00a0", " ").split()).lstrip("'"))
    return _LABEL.sub("", plain).strip(" .,:;")


def parse_period(text: str) -> Period | None:
    """Return the period that a text means; None if it means none, or a part of the text is not understood.

    A month means its quarter. A range is accepted only if it is a whole month, quarter, half year or year.

    Examples
    --------
    >>> parse_period("Triwulan Kedua Tahun 2026").code, parse_period("Januari s.d. Juni 2026").code
    ('2026-Q2', '2026-S1')
    >>> parse_period("Triwulan IV 2025 - Triwulan I 2026") is None
    True
    """
    plain = _plain(text)
    inner = re.search(r"\(([^()]*)\)", plain)
    if inner:
        return _with_brackets(plain, inner)
    return _parsed(plain)


def _with_brackets(plain: str, inner: re.Match[str]) -> Period | None:
    """Parse *Triwulan III (Juli - September) 2026*; the text in brackets must mean the same period."""
    rest = " ".join((plain[: inner.start()] + " " + plain[inner.end() :]).split())
    outer = _parsed(rest)
    if outer is None:
        return _parsed(" ".join(re.sub("[()]", " ", plain).split()))
    said = _plain(inner[1])
    if said == f"{outer.year}" or (outer.kind == "Y" and said in _OF_YEAR):
        return outer
    again = _parsed(said) or _parsed(f"{said} {outer.year}")
    return outer if again == outer else None


def _parsed(plain: str) -> Period | None:
    for kind in ("Q", "S"):
        for form in (*_PARTS[kind], *(_ROMAN_SLASH if kind == "Q" else ())):
            if found := form.match(plain):
                return _period(int(found["year"]), _number(found["n"]), kind)
        if found := _PARTS_RANGE[kind].match(plain):
            return _of_parts(int(found["year"]), _number(found["n"]), _number(found["last"]), kind)
    for form in _MONTH_YEAR:
        if found := form.match(plain):
            return Period.containing(date(_full_year(found["year"]), MONTHS[found["month"]], 1))
    for form in _MONTH_NUMBER:
        if found := form.match(plain):
            return Period.containing(date(int(found["year"]), int(found["m"]), 1))
    if found := _WHOLE_YEAR.match(plain):
        return Period(int(found["year"]), 1, "Y")
    return _listed(plain) or _range(plain)


def _listed(plain: str) -> Period | None:
    """Parse a list of consecutive months."""
    found = _MONTHS_LISTED.match(plain)
    months = [MONTHS[word] for word in re.findall(rf"\b{_MONTH}\b", found["months"])] if found else []
    if found and months == list(range(months[0], months[-1] + 1)):
        return period_of_months(int(found["year"]), months[0], months[-1])
    return None


def _period(year: int, number: int, kind: str) -> Period | None:
    return Period(year, number, kind) if number <= (4 if kind == "Q" else 2) else None


def _of_parts(year: int, first: int, last: int, kind: str) -> Period | None:
    per = 3 if kind == "Q" else 6
    if first > last or last * per > 12:
        return None
    return period_of_months(year, (first - 1) * per + 1, last * per)


def period_of_months(year: int, first: int, last: int) -> Period | None:
    """Return the period of consecutive months in a year, else None; a single month means its quarter."""
    if not 1 <= first <= last <= 12:
        return None
    if first == last:
        return Period.containing(date(year, first, 1))
    for kind, per in (("Q", 3), ("S", 6), ("Y", 12)):
        if last - first + 1 == per and (first - 1) % per == 0:
            return Period(year, (first - 1) // per + 1, kind)
    return None


def _range(plain: str) -> Period | None:
    for found in re.finditer(_TO, plain):
        left, right = _edge(plain[: found.start()]), _edge(plain[found.end() :])
        if left and right and right[0]:
            year = left[0] or right[0]
            return _of_days((year, *left[1:]), right) if year == right[0] else None
    return None


def _edge(text: str) -> tuple[int, int, int] | None:
    """Return (year, month, day) of one end of a range, 0 for a missing year or day; None if not a date."""
    plain = text.strip(" .,:")
    day = parse_date(plain)
    if day:
        return day.year, day.month, day.day
    found = _EDGE.match(plain)
    return (int(found["year"] or 0), MONTHS[found["month"]], int(found["d"] or 0)) if found else None


def _of_days(first: tuple[int, int, int], last: tuple[int, int, int]) -> Period | None:
    year, month, day = last
    if first[2] not in (0, 1) or day not in (0, calendar.monthrange(year, month)[1]):
        return None
    return period_of_months(year, first[1], month)


def parse_part(text: str) -> PartOfYear | None:
    """Return the quarter or half year in a text without a year; None if there is none."""
    plain = _plain(text)
    for kind in ("Q", "S"):
        found = _BARE[kind].match(plain)
        if found and _period(2000, _number(found["n"]), kind):
            return PartOfYear(_number(found["n"]), kind)
    return None


def year_in(text: str, *, inside: bool = False) -> int | None:
    """Return the year if a text is only a year; else None.

    With ``inside``, also find a year within a longer text, if no other year is in it.
    """
    plain = _plain(text)
    if found := _WHOLE_YEAR.match(plain):
        return int(found["year"])
    years = {int(year) for year in re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", plain)} if inside else set()
    return next(iter(years)) if len(years) == 1 else None


def find_period(lines: Iterable[str]) -> Period | None:
    """Return the period in a letterhead, title or name; None if there is none, or only another range.

    The first line with a month, quarter or half year has priority over a line with a year only. The year of a
    quarter may be in another line.
    """
    plain = _plain_lines(lines)
    years = {int(y) for line in plain for y in _YEAR_IN.findall(line)}
    years |= {int(line) for line in plain if re.fullmatch(r"(?:19|20)\d\d", line)}
    for line in plain:
        named = _named_in(line)
        if named is not None:
            return next(iter(named)) if len(named) == 1 else None
        bare = [part for found in _BARE_IN.finditer(line) if (part := found[0])]
        if bare and len(years) == 1:
            return parse_period(f"{bare[0]} {min(years)}") if len(set(bare)) == 1 else None
    return Period(min(years), 1, "Y") if len(years) == 1 and any(map(_YEAR_IN.search, plain)) else None


def _plain_lines(lines: Iterable[str]) -> list[str]:
    plain = [" ".join(line.casefold().replace("_", " ").split()) for line in lines if line.strip()]
    # The number and year of a decree are removed, because they are not a period.
    return [_DECREE.sub(" ", line) for line in plain]


def find_month(lines: Iterable[str]) -> int:
    """Return the number of the only month in a letterhead, title or name; 0 if there are several or none.

    Examples
    --------
    >>> find_month(["EVALUASI KINERJA", "BULAN JULI 2026"]), find_month(["Juli s.d. September 2026"])
    (7, 0)
    """
    for line in _plain_lines(lines):
        if _named_in(line) is not None:
            months = {parse_month(found[0]) for found in _MONTH_IN.finditer(line)}
            is_longer = any(form.search(line) for form in _LONGER_IN)
            return months.pop() if len(months) == 1 and not is_longer else 0
        if _BARE_IN.search(line):
            return 0
    return 0


def parse_month(text: str, *, bare: bool = False) -> int:
    """Return the number of the month in a text, with or without a year; 0 if there is none.

    With ``bare``, a number from 1 to 12 alone is a month.

    Examples
    --------
    >>> [parse_month(text) for text in ("Juli 2026", "Agustus", "07-2026", "Triwulan III 2026", "7")]
    [7, 8, 7, 0, 0]
    """
    plain = _plain(text)
    for form in (*_MONTH_YEAR, _EDGE):
        if (found := form.match(plain)) and not found.groupdict().get("d"):
            return MONTHS[found["month"]]
    for form in _MONTH_NUMBER:
        if found := form.match(plain):
            return int(found["m"])
    number = plain.removesuffix(".0")
    return int(number) if bare and number.isdigit() and 1 <= int(number) <= 12 else 0


#: The forms of a period of more than one month in a letterhead.
_LONGER_IN = (_WITH_MONTHS_IN, _QUARTERS_IN, _LISTED_IN, _RANGE_IN)


def _named_in(line: str) -> set[Period] | None:
    """Return the set of periods in a line; None if it has no period shorter than a year.

    The set is empty if a found text is not a valid period, such as a range of other months.
    """
    for form in (*_LONGER_IN, _MONTH_IN):
        found = [parse_period(match[0]) for match in form.finditer(line)]
        if found:
            named = {period for period in found if period}
            # A text that was found but not parsed is a range that is not a period.
            return named if len(named) == len(set(found)) else set()
    return None
