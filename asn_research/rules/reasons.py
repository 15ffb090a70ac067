"""The reasons why a row was quarantined, repaired, excluded or screened, from `reasons.csv`."""

from __future__ import annotations

from functools import cache
from typing import Literal

from asn_research.errors import RuleError
from asn_research.rules.loading import RULES, FrozenModel, read_rows


class Reason(FrozenModel):
    """One reason, with its label and advice to the reader, and whether the office that sent the row must act."""

    reason: str
    kind: Literal["quarantine", "repair", "exclude", "screen"]
    needs_action: bool
    label_indonesian: str
    label_english: str
    advice_indonesian: str
    advice_english: str

    def label(self, language: str) -> str:
        """Return the label of the reason in a language."""
        return self.text_of("label", language)

    def advice(self, language: str) -> str:
        """Return the advice, in a language: what the office should do about it."""
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
    """Return a reason by its code; all codes ``correction_<number>`` share the reason ``correction``.

    Raises
    ------
    RuleError
        If the reason does not exist.
    """
    known = load_reasons()
    key = "correction" if code.startswith("correction_") else code
    if key not in known:
        msg = f"reasons.csv has no row '{key}'; add it with its label and advice in both languages."
        raise RuleError(msg)
    return known[key]
