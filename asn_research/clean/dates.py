"""Dates and periods as Indonesian offices write them. Day first, always; what cannot be is refused."""

from __future__ import annotations

import re
from datetime import datetime

from asn_research.rules.periods import Period

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari jan january", "februari pebruari feb peb febuari", "maret mar mrt march", "april apr",
            "mei may", "juni jun", "juli jul", "agustus agt ags agu agust aug", "september sept sep",
            "oktober okt oct october", "november nopember nov nop", "desember des dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_CLOCK = r"(?:[ T,]+(?P<hour>\d{1,2})[.:](?P<minute>\d{2})(?:[.:](?P<second>\d{2})(?:[.,]\d+)?)?)?(?:\s*(?:wib|wita|wit))?$"
_FORMS = (
    re.compile(r"^(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})" + _CLOCK, re.IGNORECASE),
    re.compile(r"^(?P<d>\d{1,2})[-/. ](?P<m>\d{1,2})[-/. ](?P<y>\d{4})" + _CLOCK, re.IGNORECASE),
    re.compile(
        r"^(?:(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad)\s*,?\s*)?"
        r"(?P<d>\d{1,2})[-\s.]+(?P<word>[a-z]+)\.?[-\s.,]+(?P<y>\d{4})" + _CLOCK,
        re.IGNORECASE,
    ),
)


def parse_date(text: str) -> datetime | None:
    """Return the day (and clock time, if written) that a text names; none if it names none.

    Examples
    --------
    >>> parse_date("Jum'at, 2 Nopember 2018")
    datetime.datetime(2018, 11, 2, 0, 0)
    >>> parse_date("31 Februari 2026") is None
    True
    """
    plain = text.strip().replace("\u2019", "'")
    for form in _FORMS:
        found = form.match(plain)
        if found:
            parts = found.groupdict()
            month = _MONTHS.get(parts["word"].lower()) if parts.get("word") else int(parts["m"])
            hour, minute, second = (int(parts[k] or 0) for k in ("hour", "minute", "second"))
            try:
                return datetime(int(parts["y"]), month or 0, int(parts["d"]), hour, minute, second)
            except ValueError:
                return None
    return None


_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_QUARTER = re.compile(
    r"\b(?:triwulan|tri wulan|tw|kuartal|quarter|q)[\s.\-]*(?:ke[\s-]*)?(iv|iii|ii|i|[1-4])\b[^0-9]*(\d{4})",
    re.IGNORECASE,
)
_HALF = re.compile(r"\b(?:semester|smt|sem)\b[\s.\-]*(?:ke[\s-]*)?(ii|i|[12])\b[^0-9]*(\d{4})", re.IGNORECASE)
_CODE = re.compile(r"\b(20\d\d)[-\s]?([QS])([1-4])\b", re.IGNORECASE)
_YEAR = re.compile(r"\btahun\s+(20\d\d)\b", re.IGNORECASE)


def parse_period(text: str) -> Period | None:
    """Return the period that a text names; none if it names none.

    Examples
    --------
    >>> parse_period("Periode : Triwulan III Tahun 2026").code
    '2026-Q3'
    """
    if found := _CODE.search(text):
        kind, number = found[2].upper(), int(found[3])
        return Period(int(found[1]), number, kind) if kind == "Q" or number <= 2 else None
    if found := _QUARTER.search(text):
        return Period(int(found[2]), _ROMAN[found[1].lower()], "Q")
    if found := _HALF.search(text):
        return Period(int(found[2]), _ROMAN[found[1].lower()], "S")
    if found := _YEAR.search(text):
        return Period(int(found[1]), 1, "Y")
    return None
