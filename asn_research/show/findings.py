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
    effect, low, high = told_size(claim.sign, claim.effect, claim.low, claim.high)
    return sentence.format(
        field=field,
        effect=numbers.number(effect, claim.decimals),
        interval=numbers.interval(low, high, claim.decimals),
    )


def told_size(sign: int, effect: float, low: float, high: float) -> tuple[float, float, float]:
    """Return a difference and its interval as a sentence tells them whose words state the direction.

    "2.7 points lower (1.2 to 4.0)" needs no minus; with one it would say the direction twice.

    Parameters
    ----------
    sign : int
        1 or -1; 0 where the words state no direction, so that the signs stay.
    effect, low, high : float
        The difference and its interval.

    Examples
    --------
    >>> told_size(-1, -2.5, -4.0, -1.0)
    (2.5, 1.0, 4.0)
    >>> told_size(0, -2.5, -6.0, 1.0)
    (-2.5, -6.0, 1.0)
    """
    return (-effect, -high, -low) if sign < 0 else (effect, low, high)
