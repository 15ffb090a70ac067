"""The texts that readers see, in Indonesian and English, from `words.csv`."""

from __future__ import annotations

import csv
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Literal, TypeVar, get_args

from asn_research.errors import AsnError, RequestError, RuleError, notebook_language
from asn_research.rules.loading import RULES, language_column

Language = Literal["id", "en"]
LANGUAGES: tuple[str, ...] = get_args(Language)
_WORDS = RULES / "words.csv"
#: The sign that replaces a suppressed number.
HIDDEN = "•"
#: The sign that stands where there is no number.
ABSENT = "–"
#: ``[[a clause||replacement]]``: if a number in the clause is suppressed or absent, the replacement (or nothing)
#: is printed.
_CLAUSE = re.compile(r"\[\[(?P<said>.*?)(?:\|\|(?P<instead>.*?))?\]\]", re.DOTALL)
#: Lists that hold the label of each member in both languages themselves, by the pattern of its key in
#: `Words`. The first column of such a list is the name of the member.
_NAMED_IN_LISTS = {
    "source_{}": "sources.csv",
    "index_format_{}": "formats.csv",
    "topic_{}": "suggestion_topics.csv",
}
_Kind = TypeVar("_Kind", bound=AsnError)


@dataclass(frozen=True)
class Words:
    """The texts of one language.

    Calling it with a key returns the text with its ``{names}`` filled in. A clause in ``[[ ]]`` with a
    suppressed or absent number is replaced by the text after its ``||``, or removed if there is none.

    Examples
    --------
    >>> load_words("id")("n_of_needed", n=33, needed=162)
    '33 dari 162'
    >>> Words("en", {"a": "16 came.[[ {n} were answered.]]"})("a", n=HIDDEN)
    '16 came.'
    """

    language: str
    texts: dict[str, str]

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text of a key, with its names filled in.

        Raises
        ------
        RuleError
            If the key does not exist, or a name in its text is not given.
        """
        if key not in self.texts:
            msg = f"words.csv has no row '{key}'; add it with its Indonesian and English text."
            raise RuleError(msg)
        try:
            return _CLAUSE.sub(partial(_clause, values), self.texts[key]).format(**values)
        except KeyError as error:
            msg = f"words.csv, row '{key}': the text asks for {{{error.args[0]}}}, which is not given there. Take it out of both texts, or give it."
            raise RuleError(msg) from None

    def has(self, key: str) -> bool:
        """Return whether there is a text for a key."""
        return key in self.texts


def check_language(language: str) -> None:
    """Refuse a language without a list of texts.

    Raises
    ------
    RequestError
        If the language is not one of `LANGUAGES`.
    """
    if language not in LANGUAGES:
        raise worded(RequestError, "error_language", language=language)


@cache
def load_words(language: str, path: Path = _WORDS) -> Words:
    """Load the texts of a language.

    Raises
    ------
    RequestError
        If the language does not exist.
    RuleError
        If a key occurs twice, a text is missing, or the two languages fill in different names.
    """
    check_language(language)
    texts: dict[str, str] = {}
    for where, key, text in _rows(path):
        if key in texts:
            msg = f"{where}: '{key}' stands twice."
            raise RuleError(msg)
        if not all(text[each] for each in LANGUAGES):
            msg = f"{where}: '{key}' lacks a text in one language."
            raise RuleError(msg)
        names = [_names(text[each]) for each in LANGUAGES]
        if names[0] != names[1]:
            msg = f"{where}: the two texts of '{key}' fill in different names."
            raise RuleError(msg)
        texts[key] = text[language]
    return Words(language, texts)


def _rows(path: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield (place, key, texts by language) of each row; the lists of `_NAMED_IN_LISTS` come last."""
    for number, row in enumerate(_table(path), start=2):
        yield f"{path.name}, row {number}", row["key"], {each: row[each] for each in LANGUAGES}
    for pattern, name in _NAMED_IN_LISTS.items() if path == _WORDS else ():
        for number, row in enumerate(_table(path.with_name(name)), start=2):
            member, texts = next(iter(row.values())), {e: row[language_column("label", e)] for e in LANGUAGES}
            yield f"{name}, row {number}", pattern.format(member), texts


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def _clause(values: Mapping[str, object], found: re.Match[str]) -> str:
    """Return a clause, or its replacement if a number in it is suppressed or absent."""
    given = [str(values.get(name, "")) for name in _names(found["said"])]
    hidden = any(HIDDEN in text or text == ABSENT for text in given)
    return (found["instead"] or "") if hidden else found["said"]


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


class Said(str):
    """A sentence that a result carries: English as a text, and in any language by `in_words`.

    Examples
    --------
    >>> note = said("n_of_needed", n=33, needed=162)
    >>> str(note), in_words(note, "id")
    ('33 of 162', '33 dari 162')
    >>> in_words(said("fact_reliability", name=("X = ", 0.5)), "id")
    'Reliabilitas X = 0,500'
    """

    __slots__ = ("named", "word")
    word: str
    named: Mapping[str, object]


def language_here() -> Language:
    """Return the language in which a cell shows results: the notebook's, or English where it names none that is known."""
    return "id" if notebook_language() == "id" else "en"


def said(word: str, /, **named: object) -> Said:
    """Return a sentence of a result.

    Parameters
    ----------
    word : str
        The row of `words.csv`.
    **named : object
        What that row fills in. A sentence is filled in as itself in each language; a float by three decimals
        with the language's sign, a Decimal by those it has; a tuple as its parts in a row.
    """
    sentence = Said(load_words("en")(word, **{name: _filled(value, "en") for name, value in named.items()}))
    sentence.word, sentence.named = word, named
    return sentence


def in_words(text: str, language: str) -> str:
    """Return a text in a language; as it is, where it is no `Said`."""
    if not isinstance(text, Said):
        return text
    named = {name: _filled(value, language) for name, value in text.named.items()}
    return load_words(language)(text.word, **named)


def _filled(value: object, language: str) -> object:
    """Return what stands for a value in a sentence of a language."""
    if isinstance(value, tuple):
        return "".join(str(_filled(part, language)) for part in value)
    if isinstance(value, float | Decimal):
        figures = (f"{value:.3f}" if isinstance(value, float) else str(value)).replace("-", "−")
        return figures.replace(".", ",") if language == "id" else figures
    return in_words(value, language) if isinstance(value, str) else value


def worded(kind: type[_Kind], word: str, /, **named: object) -> _Kind:
    """Return an error whose message is available in each language.

    Its ``str`` is English; `in_language` returns the message in another language.

    Parameters
    ----------
    kind : type
        The class of the error.
    word : str
        The key of the message in `words.csv`.
    **named : object
        The values to fill in. An error or a `Said` among them is filled in as its own text in the same language, a
        Decimal with the language's sign.
    """
    return kind(load_words("en")(word, **named)).worded_as(word, **named)


def in_language(error: AsnError, language: str) -> str:
    """Return the message of an error in a language; in English if it is not translated.

    Parameters
    ----------
    error : AsnError
        The error.
    language : str
        One of `LANGUAGES`; any other value means Indonesian.
    """
    if language in error.texts:
        return error.texts[language]
    words = load_words(language if language in LANGUAGES else "id")
    if not error.word or not words.has(error.word):
        return str(error)
    named = {
        name: in_language(value, language)
        if isinstance(value, AsnError)
        else _filled(value, words.language)
        if isinstance(value, Said | Decimal)
        else value
        for name, value in error.named.items()
    }
    return words(error.word, **named)
