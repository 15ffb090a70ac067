"""A claim becomes a sentence in the reader's language, hedged and with its interval."""

from __future__ import annotations

from asn_research.model import Claim
from asn_research.rules.claims import load_sentences
from asn_research.show.numbers import Numbers

_DECIMALS = {"motivation_time": 1, "motivation_quality": 1, "satisfaction_trust": 3}


def finding_text(claim: Claim, language: str) -> str:
    """Return the sentence that a claim allows.

    Parameters
    ----------
    claim : Claim
        With enough data.
    language : str
        ``"id"`` or ``"en"``.
    """
    numbers = Numbers(language)
    decimals = _DECIMALS.get(claim.key, 2)
    sentence = load_sentences(language)[claim.key, claim.strength, claim.sign]
    return sentence.format(
        effect=numbers.signed(claim.effect, decimals)
        if claim.sign < 0
        else numbers.number(claim.effect, decimals),
        interval=numbers.interval(claim.low, claim.high, decimals),
    )
