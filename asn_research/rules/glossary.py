"""The words that a report explains to its readers: `glossary.csv`."""

from __future__ import annotations

from functools import cache

from asn_research.rules.loading import RULES, FrozenModel, read_rows


class Term(FrozenModel):
    """A term and its meaning, in both languages."""

    term_indonesian: str
    term_english: str
    meaning_indonesian: str
    meaning_english: str

    def term(self, language: str) -> str:
        """Return the term in a language."""
        return self.text_of("term", language)

    def meaning(self, language: str) -> str:
        """Return its meaning in a language."""
        return self.text_of("meaning", language)


@cache
def load_glossary() -> tuple[Term, ...]:
    """Load the terms, in the order of the page.

    Examples
    --------
    >>> load_glossary()[0].term("id")
    'Indeks Kepuasan Masyarakat (IKM)'
    """
    return tuple(term for _, term in read_rows(Term, RULES / "glossary.csv"))
