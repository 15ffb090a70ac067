"""Headline indicators: label, unit and direction of each; the table is `indicators.csv`."""

from __future__ import annotations

from functools import cache
from math import isnan
from pathlib import Path
from typing import Literal

from asn_research.errors import RuleError
from asn_research.rules.loading import RULES, FrozenModel, read_rows

Verdict = Literal["better", "worse", "unclear"]


class Indicator(FrozenModel):
    """One indicator. Its direction says what a rise means: a longer completion time is worse."""

    key: str
    label_id: str
    label_en: str
    unit_word_id: str
    unit_word_en: str
    direction: Literal["higher_is_better", "lower_is_better", "neutral"]
    source_rule: str

    def label(self, language: str) -> str:
        """Return the label in a language."""
        return self.label_id if language == "id" else self.label_en

    def unit_word(self, language: str) -> str:
        """Return the unit's word in a language."""
        return self.unit_word_id if language == "id" else self.unit_word_en

    def verdict(self, change_low: float, change_high: float) -> Verdict:
        """Return what a change means, given its interval; unclear where the interval holds zero.

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
        If a row is incomplete, its direction unknown, or a key stands twice.
    """
    found: dict[str, Indicator] = {}
    for number, indicator in read_rows(Indicator, path):
        if indicator.key in found:
            msg = f"{path.name}, row {number}: '{indicator.key}' stands twice."
            raise RuleError(msg)
        found[indicator.key] = indicator
    return found
