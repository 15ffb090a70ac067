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
        # Through its shortest text, so that 0.125 rounds as a reader would.
        exact = Decimal(repr(float(value)))  # type: ignore[arg-type]
        rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        if rounded == 0:
            rounded = abs(rounded)  # "-0,0" says nothing
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        text: str = format_decimal(rounded, pattern, locale=self.language)
        return text.replace("-", "−")

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
