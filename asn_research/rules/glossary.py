"""The words that a report explains to its readers: `glossary.csv`."""

from __future__ import annotations

import re
from functools import cache

from asn_research.rules.loading import RULES, FrozenModel, read_rows


class Term(FrozenModel):
    """A term and its meaning, in both languages."""

    term_indonesian: str
    term_english: str
    meaning_indonesian: str
    meaning_english: str
    said_indonesian: str
    said_english: str

    def term(self, language: str) -> str:
        """Return the term in a language."""
        return self.text_of("term", language)

    def meaning(self, language: str) -> str:
        """Return its meaning in a language."""
        return self.text_of("meaning", language)

    def is_said_in(self, text: str, language: str) -> bool:
        """Whether a text uses the term, in one of the forms that reports give it."""
        said = self.text_of("said", language)
        return re.search(rf"\b(?:{said})\b", text, re.IGNORECASE) is not None


@cache
def load_glossary() -> tuple[Term, ...]:
    """Load the terms, in the order of the page.

    Examples
    --------
    >>> load_glossary()[0].term("id")
    'Indeks Kepuasan Masyarakat (IKM)'
    """
    return tuple(term for _, term in read_rows(Term, RULES / "glossary.csv"))
