"""A claim becomes a sentence in the reader's language, hedged and with its interval."""

from __future__ import annotations

from asn_research.rules.claims import FIELD_CLAIMS, load_sentences, strongest_sentence
from asn_research.rules.words import load_words
from asn_research.show.numbers import Numbers
from asn_research.study.study_claims import FIELDS_STUDY, Claim


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
    numbers, words = Numbers(language), load_words(language)
    if claim.study == FIELDS_STUDY:
        sentences, key = load_sentences(language, FIELD_CLAIMS), claim.question
        field = words(f"field_in_text_{claim.part}") if claim.part else ""
    else:
        sentences, key, field = load_sentences(language), claim.key, ""
    sentence = strongest_sentence(sentences, key, claim.ceiling, claim.strength, claim.sign)
    return sentence.format(
        field=field,
        effect=numbers.signed(claim.effect, claim.decimals)
        if claim.sign < 0
        else numbers.number(claim.effect, claim.decimals),
        interval=numbers.interval(claim.low, claim.high, claim.decimals),
    )
