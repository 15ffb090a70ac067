"""The topics of citizens' suggestions, with the words by which each is known, from `suggestion_topics.csv`.

A text is only sorted under topics; it is never shown, shortened or put into other words. The words are those of
Indonesian and of the Malay of Pontianak, as people spell them.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from asn_research.errors import RuleError
from asn_research.rules.loading import RULES, FrozenModel, read_rows

#: The topic of a text without any of the words.
OTHER = "other"
#: What people write where they have nothing to say.
_NOTHING = re.compile(
    r"(tidak ada|tdk ada|tak ada|tadak ade|tadak ada|ndak ada|ndak ade|nihil|kosong|none|no)( saran)?"
)
_NO_WORD = re.compile(r"[^\w\s]|_")
_PART = re.compile(r"[\w ]+\*?")


def _parted(text: object) -> object:
    return tuple(part.strip() for part in text.split("|") if part.strip()) if isinstance(text, str) else text


class Topic(FrozenModel):
    """One topic of suggestions.

    Parameters
    ----------
    topic : str
        Its key.
    label_indonesian, label_english : str
        What it is called.
    keywords : tuple of str
        The words and phrases by which it is known; a star at the end stands for any ending.
    """

    topic: str
    label_indonesian: str = Field(min_length=1)
    label_english: str = Field(min_length=1)
    keywords: Annotated[tuple[str, ...], BeforeValidator(_parted), Field()] = ()

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern that finds any of its words in a plain text."""
        found = "|".join(
            re.escape(plain(each.removesuffix("*")))
            + (r"\w*" if each.endswith("*") else "(nya|nye|lah|kah)?")
            for each in sorted(self.keywords, key=len, reverse=True)
        )
        return re.compile(rf"\b(?:{found})\b")


def plain(text: str) -> str:
    """Return a text in small letters, without punctuation, with single spaces.

    Examples
    --------
    >>> plain("  Antrean: LAMA, sekali!! ")
    'antrean lama sekali'
    """
    return " ".join(_NO_WORD.sub(" ", text.casefold()).split())


@cache
def load_topics(path: Path = RULES / "suggestion_topics.csv") -> dict[str, Topic]:
    """Return the topics by key, in the order of the file.

    Raises
    ------
    RuleError
        If a topic is listed twice or, except for the rest, has no word, or one that is no word.
    """
    found: dict[str, Topic] = {}
    for number, row in read_rows(Topic, path):
        faulty = [each for each in row.keywords if not _PART.fullmatch(each.replace("-", " "))]
        if row.topic in found or faulty or bool(row.keywords) == (row.topic == OTHER):
            msg = f"{path.name}, row {number}: '{row.topic}' is listed twice, has no words, or has '{', '.join(faulty)}'."
            raise RuleError(msg)
        found[row.topic] = row
    if OTHER not in found:
        msg = f"{path.name}: the topic '{OTHER}' is missing; texts without a known word are counted under it."
        raise RuleError(msg)
    return found


def topics_of(text: str) -> tuple[str, ...]:
    """Return the topics of a text; none if it says nothing.

    Examples
    --------
    >>> topics_of("Antrenye lame, kerusi tak cukup")
    ('waiting', 'facilities')
    >>> topics_of("-"), topics_of("xyz"), topics_of("tidak ada")
    ((), ('other',), ())
    """
    said = plain(text)
    if not any(letter.isalpha() for letter in said) or _NOTHING.fullmatch(said):
        return ()
    found = tuple(key for key, topic in load_topics().items() if key != OTHER and topic.pattern.search(said))
    return found or (OTHER,)
