"""A claim becomes a sentence in the reader's language, hedged and with its interval."""

from __future__ import annotations

from asn_research.rules.claims import load_sentences, strongest_sentence
from asn_research.show.numbers import Numbers
from asn_research.study.study_claims import Claim


def finding_text(claim: Claim, language: str) -> str:
    """Return the sentence that a claim allows.

    Parameters
    ----------
    claim : Claim
        With enough data.
    language : str
        ``"id"`` or ``"en"``.

    Raises
    ------
    RuleError
        If there is no sentence that says no more than the claim's design allows.
    """
    numbers = Numbers(language)
    sentences = load_sentences(language)
    sentence = strongest_sentence(sentences, claim.key, claim.ceiling, claim.strength, claim.sign)
    return sentence.format(
        effect=numbers.signed(claim.effect, claim.decimals)
        if claim.sign < 0
        else numbers.number(claim.effect, claim.decimals),
        interval=numbers.interval(claim.low, claim.high, claim.decimals),
    )
