"""Reporting periods: a quarter (triwulan), a half year (semester) or a year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from asn_research.errors import RequestError
from asn_research.rules.words import worded

_MONTHS_PER = {"Q": 3, "S": 6, "Y": 12}
_ROMAN = ("I", "II", "III", "IV")
_CODE = re.compile(r"^(?P<year>(?:19|20)\d\d)(?:-(?P<kind>[QS])(?P<n>[1-4]))?$")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A quarter, half year or calendar year.

    Periods of one kind sort by time. Tables and file names use the code (``2026-Q3``, ``2021-S1``,
    ``2024``); readers see the label.

    Parameters
    ----------
    year : int
        Calendar year.
    number : int
        1 to 4 for a quarter, 1 or 2 for a half year, 1 for a year.
    kind : str
        ``"Q"``, ``"S"`` or ``"Y"``.
    """

    year: int
    number: int
    kind: str = "Q"

    def __post_init__(self) -> None:
        if self.kind not in _MONTHS_PER or not 1 <= self.number <= 12 // _MONTHS_PER[self.kind]:
            raise worded(
                RequestError, "error_no_such_period", year=self.year, kind=self.kind, number=self.number
            )

    @classmethod
    def parse(cls, code: str) -> Period:
        """Read the code of a period.

        Raises
        ------
        RequestError
            If ``code`` is not the code of a period.

        Examples
        --------
        >>> Period.parse("2026-Q3").label("id")
        'Triwulan III 2026'
        """
        found = _CODE.match(code.strip().upper())
        if not found:
            raise worded(RequestError, "error_period", code=code)
        return cls(int(found["year"]), int(found["n"] or 1), found["kind"] or "Y")

    @classmethod
    def containing(cls, day: date, kind: str = "Q") -> Period:
        """Return the period of one kind that contains a day."""
        return cls(day.year, (day.month - 1) // _MONTHS_PER[kind] + 1, kind)

    @property
    def code(self) -> str:
        """The code that tables and file names use."""
        return str(self.year) if self.kind == "Y" else f"{self.year}-{self.kind}{self.number}"

    @property
    def first_day(self) -> date:
        """The first day of the period."""
        return date(self.year, (self.number - 1) * _MONTHS_PER[self.kind] + 1, 1)

    @property
    def last_day(self) -> date:
        """The last day of the period."""
        return self.next.first_day - timedelta(days=1)

    @property
    def next(self) -> Period:
        """The period that follows."""
        return self.shift(1)

    @property
    def previous(self) -> Period:
        """The period before."""
        return self.shift(-1)

    def shift(self, n: int) -> Period:
        """Return the period ``n`` periods later (earlier, if negative)."""
        per_year = 12 // _MONTHS_PER[self.kind]
        ordinal = self.year * per_year + self.number - 1 + n
        return Period(ordinal // per_year, ordinal % per_year + 1, self.kind)

    def label(self, language: str = "id") -> str:
        """Return the period as readers write it: *Triwulan III 2026*, *third quarter of 2026*."""
        if self.kind == "Y":
            return f"Tahun {self.year}" if language == "id" else str(self.year)
        if language == "id":
            word = "Triwulan" if self.kind == "Q" else "Semester"
            return f"{word} {_ROMAN[self.number - 1]} {self.year}"
        if self.kind == "Q":
            return f"Q{self.number} {self.year}"
        return f"{'first' if self.number == 1 else 'second'} half of {self.year}"

    def short_label(self, language: str = "id") -> str:
        """Return a label short enough for an axis: *TW III 2026*; the label itself where none is shorter."""
        if self.kind == "Q" and language == "id":
            return f"TW {_ROMAN[self.number - 1]} {self.year}"
        return self.label(language)

    def __str__(self) -> str:
        return self.code
