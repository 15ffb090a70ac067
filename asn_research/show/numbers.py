"""Numbers, percents, intervals and dates as readers of a language write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import SupportsFloat

import pandas as pd
from babel.dates import format_date
from babel.numbers import format_decimal

from asn_research.rules.words import ABSENT

#: What stands for a value that there is not.
NOTHING = ABSENT


def is_missing(value: object) -> bool:
    """Return whether a value is missing."""
    return value is None or value is pd.NA or value is pd.NaT or value != value  # noqa: PLR0124


#: Codes of languages in number formats of office programs.
_LOCALES = {"id": "421", "en": "409"}


def _half_up(value: SupportsFloat, decimals: int) -> Decimal:
    # Through its shortest text, so that 0.125 rounds as a reader would.
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


@dataclass(frozen=True)
class Numbers:
    """Formats numbers and dates for a language.

    Examples
    --------
    >>> Numbers("id").number(1234.5, 2)
    '1.234,50'
    >>> Numbers("id").interval(80.25, 84.5, 1)
    '80,3 – 84,5'
    """

    language: str

    def number(self, value: SupportsFloat | None, decimals: int = 0) -> str:
        """Return a number with a fixed number of decimals; halves are rounded up."""
        if is_missing(value):
            return NOTHING
        rounded = _half_up(value, decimals)  # type: ignore[arg-type]
        if rounded == 0:
            rounded = abs(rounded)  # "-0,0" says nothing
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        text: str = format_decimal(rounded, pattern, locale=self.language)
        return text.replace("-", "−")

    @staticmethod
    def rounded(value: SupportsFloat, decimals: int = 0) -> float:
        """Return a number rounded as `number` writes it, for charts whose labels another program writes.

        Examples
        --------
        >>> Numbers.rounded(81.25, 1), round(81.25, 1)
        (81.3, 81.2)
        """
        return float(_half_up(value, decimals))

    def chart_format(self, decimals: int) -> str:
        """Return the number format of native charts, which names the language, as the program's may be another.

        Examples
        --------
        >>> Numbers("id").chart_format(1), Numbers("en").chart_format(0)
        ('[$-421]0.0', '[$-409]0')
        """
        return f"[$-{_LOCALES[self.language]}]0{'.' if decimals else ''}{'0' * decimals}"

    def signed(self, value: SupportsFloat | None, decimals: int = 0) -> str:
        """Return a number with its sign, plus included."""
        text = self.number(value, decimals)
        if is_missing(value) or text.startswith("−") or not text.strip("0.,"):
            return text
        return f"+{text}"

    def percent(self, value: SupportsFloat | None, decimals: int = 1) -> str:
        """Return a percentage (given in percent) with its sign."""
        text = self.number(value, decimals)
        return text if is_missing(value) else f"{text}%"

    def end(self, end: str, pct: float) -> str:
        """Return the text of a percentage that is stated as a bound only, at the bottom or the top.

        Examples
        --------
        >>> Numbers("id").end("top", 2.5)
        '≥ 97,5%'
        """
        sign, value = {"bottom": ("≤", pct), "top": ("≥", 100 - pct)}[end]
        return f"{sign} {self.percent(value, 0 if float(value).is_integer() else 1)}"

    def interval(self, low: SupportsFloat | None, high: SupportsFloat | None, decimals: int = 1) -> str:
        """Return an interval; a word stands between its ends if a dash could be read as a minus."""
        if is_missing(low) or is_missing(high):
            return NOTHING
        ends = self.number(low, decimals), self.number(high, decimals)
        joiner = {"id": " s.d. ", "en": " to "}[self.language] if "−" in "".join(ends) else " – "
        return joiner.join(ends)

    def date(self, day: date) -> str:
        """Return a long date: *31 Desember 2025*."""
        text: str = format_date(day, "d MMMM y", locale=self.language)
        return text
