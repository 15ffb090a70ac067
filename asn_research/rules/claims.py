"""The sentences of findings, as data, and the check that an association is not worded as an effect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from asn_research.errors import RuleError
from asn_research.rules.loading import RULES, FrozenModel, read_rows

#: The claims that a study design may support, weakest first: two variables go together, or one changes the
#: other.
Wording = Literal["association", "effect"]
WORDINGS: tuple[Wording, ...] = get_args(Wording)
#: The possible outcomes of an estimate (strength, sign). Every question needs a sentence for each.
OUTCOMES = (("clear", 1), ("clear", -1), ("uncertain", 0))
#: The sentences about fields of courses: one for all fields, with ``{field}`` for the field's word.
FIELD_CLAIMS = RULES / "field_claims.csv"
#: Question, wording, strength, sign.
SentenceKey = tuple[str, str, str, int]


class Sentence(FrozenModel):
    """One row of `claims.csv`: the sentence for one outcome of one question, in both languages."""

    key: str
    wording: Wording = "association"
    strength: Literal["clear", "uncertain"]
    sign: int
    id: str
    en: str


class CausalVerb(FrozenModel):
    """A verb that claims an effect ("raises", "lowers"), from `causal_verbs.csv`."""

    language: Literal["id", "en"]
    verb: str


@cache
def load_sentences(language: str, path: Path = RULES / "claims.csv") -> dict[SentenceKey, str]:
    """Load the sentences of a language by question, wording, strength and sign.

    Raises
    ------
    RuleError
        If a sentence occurs twice, does not print its interval, or uses a causal verb under the wording
        ``association``.
    """
    sentences: dict[SentenceKey, str] = {}
    for number, row in read_rows(Sentence, path):
        key = (row.key, row.wording, row.strength, row.sign)
        where, text = f"{path.name}, row {number}", row.id if language == "id" else row.en
        if key in sentences:
            msg = f"{where}: this sentence stands twice. Delete one of the two."
            raise RuleError(msg)
        if "{interval}" not in text:
            msg = f"{where}: a finding without its interval may not be printed. Write {{interval}} into both texts."
            raise RuleError(msg)
        if row.wording == "association" and (verb := causal_verb(text, language)):
            msg = f"{where}: '{verb}' says that one thing moves the other, which an association cannot tell. Write that the two go together, or put `effect` under wording if the design allows it."
            raise RuleError(msg)
        sentences[key] = text
    return sentences


def causal_verb(text: str, language: str) -> str:
    """Return the first causal verb in a text; empty if there is none.

    Examples
    --------
    >>> causal_verb("Training raises motivation.", "en")
    'raises'
    """
    verbs = "|".join(re.escape(verb) for verb in _causal_verbs(language))
    found = re.search(rf"\b(?:{verbs})\b", text, re.IGNORECASE)
    return found[0] if found else ""


@cache
def _causal_verbs(language: str, path: Path = RULES / "causal_verbs.csv") -> tuple[str, ...]:
    return tuple(row.verb for _, row in read_rows(CausalVerb, path) if row.language == language)


def strongest_sentence(
    sentences: Mapping[SentenceKey, str], key: str, ceiling: Wording, strength: str, sign: int
) -> str:
    """Return the sentence with the strongest wording that a design allows.

    Parameters
    ----------
    sentences : mapping
        The sentences, from `load_sentences`.
    key : str
        The question.
    ceiling : str
        The strongest wording that the design allows.
    strength, sign : str, int
        The outcome of the estimate; see `OUTCOMES`.

    Raises
    ------
    RuleError
        If there is no sentence for this outcome with an allowed wording.
    """
    for wording in reversed(WORDINGS[: WORDINGS.index(ceiling) + 1]):
        if (key, wording, strength, sign) in sentences:
            return sentences[key, wording, strength, sign]
    msg = f"There is no sentence for '{key}', {strength}, sign {sign}, that says no more than {ceiling}. Add its row to the table of sentences, in both languages."
    raise RuleError(msg)
