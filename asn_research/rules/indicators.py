"""Headline indicators with their label, unit and direction, from `indicators.csv`."""

from __future__ import annotations

from functools import cache
from math import isnan
from pathlib import Path
from typing import Literal

from asn_research.errors import RuleError
from asn_research.rules.loading import RULES, FrozenModel, read_rows

Verdict = Literal["better", "worse", "unclear"]


class Indicator(FrozenModel):
    """One indicator. Its direction says whether a rise is better: a longer completion time is worse."""

    key: str
    label_indonesian: str
    label_english: str
    unit_word_indonesian: str
    unit_word_english: str
    direction: Literal["higher_is_better", "lower_is_better", "neutral"]
    source_rule: str

    def label(self, language: str) -> str:
        """Return the label in a language."""
        return self.text_of("label", language)

    def unit_word(self, language: str) -> str:
        """Return the unit's word in a language."""
        return self.text_of("unit_word", language)

    def verdict(self, change_low: float, change_high: float) -> Verdict:
        """Return whether a change is better or worse; unclear if its interval contains zero.

        Examples
        --------
        >>> load_indicators()["days_median"].verdict(0.4, 1.2)
        'worse'
        """
        if (
            isnan(change_low)
            or isnan(change_high)
            or change_low <= 0 <= change_high
            or self.direction == "neutral"
        ):
            return "unclear"
        rises = change_low > 0
        return "better" if rises == (self.direction == "higher_is_better") else "worse"


@cache
def load_indicators(path: Path = RULES / "indicators.csv") -> dict[str, Indicator]:
    """Load the indicators.

    Raises
    ------
    RuleError
        If a row is incomplete, its direction is unknown, or a key occurs twice.
    """
    found: dict[str, Indicator] = {}
    for number, indicator in read_rows(Indicator, path):
        if indicator.key in found:
            msg = f"{path.name}, row {number}: '{indicator.key}' stands twice."
            raise RuleError(msg)
        found[indicator.key] = indicator
    return found
