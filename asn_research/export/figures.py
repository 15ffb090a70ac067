"""Numbers as papers and theses print them: few decimals, point or comma, no number shown as nothing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import floor, isfinite, isnan, log10
from typing import Literal, SupportsFloat

DecimalSign = Literal[".", ","]
Look = Literal["plain", "apa"]
#: A number that would round to nothing is told by this many digits of its own.
_DIGITS = 2
_MINUS = "−"


def is_p_value(name: str) -> bool:
    """Tell by a column's or a figure's name whether it holds p-values.

    Examples
    --------
    >>> [is_p_value(name) for name in ("p", "p_value", "leads_p_value", "change_p", "P>|t|", "praktik", "step")]
    [True, True, True, True, True, False, False]
    """
    return name == "p" or name.startswith(("p_", "P>|")) or name.endswith(("_p", "_p_value"))


class PValue(float):
    """A p-value among figures of several kinds; `Figures.number` writes it as one."""


@dataclass(frozen=True)
class Figures:
    """Formats the numbers of a table.

    Parameters
    ----------
    sign : {".", ","}
        What parts whole numbers from decimals.
    decimals : int
        Of estimates; a smaller number than these can show gets two digits of its own.
    look : {"plain", "apa"}
        APA leaves out the zero before the decimal sign where a number cannot exceed one.

    Examples
    --------
    >>> Figures(",").number(-0.1465), Figures(",").number(0.0000312), Figures(look="apa").p(0.0312)
    ('−0,147', '0,000031', '.031')
    >>> Figures(",").p(1e-9), Figures().whole(52000)
    ('< 0,001', '52,000')
    """

    sign: DecimalSign = "."
    decimals: int = 3
    look: Look = "plain"

    def number(self, value: SupportsFloat | None, decimals: int | None = None) -> str:
        """Return a number; nothing where there is none."""
        if value is None or isnan(value):
            return ""
        if isinstance(value, PValue):
            return self.p(value)
        value = float(value)
        if not isfinite(value):
            return "∞" if value > 0 else f"{_MINUS}∞"
        places = self.decimals if decimals is None else decimals
        if value and abs(value) < 0.5 * 10.0**-places:
            places = _DIGITS - 1 - floor(log10(abs(value)))
        if abs(value) >= 1e15 or places > 15:
            return self._signed(f"{value:.3e}")
        # Through its shortest text, so that 0.125 rounds as a reader would.
        rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        return self._signed(f"{rounded:f}")

    def share(self, value: float | None, decimals: int | None = None) -> str:
        """Return a number that cannot exceed one: a correlation, a p-value, a share."""
        text = self.number(value, decimals)
        return text.replace(f"0{self.sign}", self.sign, 1) if self.look == "apa" and text[:2] != "1" else text

    def p(self, value: float | None) -> str:
        """Return a p-value; below a thousandth it is said to be smaller."""
        if value is None or isnan(value):
            return ""
        if value < 0.001:
            return f"< {self.share(0.001, 3)}"
        return self.share(float(value), 3)

    def whole(self, value: float | None) -> str:
        """Return a count, thousands apart."""
        if value is None or isnan(value):
            return ""
        return f"{round(value):,}".replace(",", "." if self.sign == "," else ",").replace("-", _MINUS)

    def degrees(self, value: float | None) -> str:
        """Return degrees of freedom: whole where they are, else with one decimal."""
        if value is None or isnan(value) or not isfinite(value):
            return ""
        return self.whole(value) if float(value).is_integer() else self.number(value, 1)

    def _signed(self, text: str) -> str:
        body = text.lstrip("-")
        zero = not any(digit in "123456789" for digit in body)
        minus = _MINUS if text.startswith("-") and not zero else ""
        return minus + body.replace(".", self.sign)
