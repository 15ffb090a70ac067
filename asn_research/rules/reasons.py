"""Why a row was held back, repaired, left out or marked, in the words of its readers: `reasons.csv`."""

from __future__ import annotations

from functools import cache
from typing import Literal

from asn_research.errors import RuleError
from asn_research.rules.loading import RULES, FrozenModel, read_rows


class Reason(FrozenModel):
    """One reason, with what to do about it."""

    reason: str
    kind: Literal["quarantine", "repair", "exclude", "screen"]
    label_indonesian: str
    label_english: str
    advice_indonesian: str
    advice_english: str

    def label(self, language: str) -> str:
        """Return the reason's words in a language."""
        return self.text_of("label", language)

    def advice(self, language: str) -> str:
        """Return what to do about it in a language."""
        return self.text_of("advice", language)


@cache
def load_reasons() -> dict[str, Reason]:
    """Load all reasons, by code.

    Raises
    ------
    RuleError
        If a row is incomplete.
    """
    return {reason.reason: reason for _, reason in read_rows(Reason, RULES / "reasons.csv")}


def reason_of(code: str) -> Reason:
    """Return a reason by its code; the numbered corrections share one.

    Raises
    ------
    RuleError
        If there is no such reason.
    """
    known = load_reasons()
    key = "correction" if code.startswith("correction_") else code
    if key not in known:
        msg = f"reasons.csv has no row '{key}'; add it with its label and advice in both languages."
        raise RuleError(msg)
    return known[key]
