"""What every regulation's rule has in common, and rounding as the regulations round."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import model_validator

from asn_research.rules.loading import FrozenModel


def round_half_up(value: Fraction | Decimal | int, decimals: int) -> Decimal:
    """Round an exact number as the regulations do: halves go up.

    Floats are refused on purpose: with them a true 76.605 lands on either side of a grade line.

    Examples
    --------
    >>> round_half_up(Fraction(76605, 1000), 2)
    Decimal('76.61')
    """
    if isinstance(value, float):
        msg = "Round exact numbers only; a float has lost the half already."
        raise TypeError(msg)
    exact = Fraction(value)
    scaled = exact * 10**decimals
    # On integers the half is seen exactly.
    doubled = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(doubled).scaleb(-decimals)


class Rule(FrozenModel):
    """What every regulation's file states beside its numbers."""

    rule: str
    title_id: str
    title_en: str
    source: str
    checked: Literal["full_text", "restated", "memory"]
    valid_from: date
    valid_to: date | None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Rule:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            msg = f"`valid_to`: {self.valid_to} lies before `valid_from`, {self.valid_from}"
            raise ValueError(msg)
        return self

    def title(self, language: str) -> str:
        """Return the rule's title in a language."""
        return self.title_id if language == "id" else self.title_en
