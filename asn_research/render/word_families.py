"""Families of words: rows of `words.csv` whose keys are made from a closed list, as ``source_{}`` from the sources.

`rules/word_families.csv` declares each family: its pattern, what it ranges over, and whether every row is
needed or the code has other words where there is none. What it ranges over is a list of parts:

- ``module:NAME`` is a tuple, mapping, literal type or function of the package;
- ``source.column`` stands for the choices of a codebook's column;
- a plain word stands for itself.

A batch checks every family before its first report, so a source, element or question without its words is
refused with the row that is missing, not in the middle of a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Annotated, get_args

from pydantic import BeforeValidator

from asn_research.errors import RuleError
from asn_research.rules.cities import YesNo
from asn_research.rules.codebooks import load_codebook
from asn_research.rules.loading import RULES, FrozenModel, read_rows
from asn_research.rules.words import LANGUAGES, Words, load_words

Parts = Annotated[tuple[str, ...], BeforeValidator(lambda text: tuple(str(text).split()))]


class WordFamily(FrozenModel):
    """Rows of `words.csv` that share a pattern."""

    pattern: str
    over: Parts
    needed: YesNo

    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield each key of the family, with the part of ``over`` that it comes from.

        Raises
        ------
        RuleError
            If a part names no list.
        """
        for part in self.over:
            for member in _members(part):
                yield self.pattern.replace("{}", member), part


@cache
def load_word_families(path: Path = RULES / "word_families.csv") -> tuple[WordFamily, ...]:
    """Load the families of words.

    Raises
    ------
    RuleError
        If a row is incomplete or a pattern stands twice.
    """
    found: dict[str, WordFamily] = {}
    for number, family in read_rows(WordFamily, path):
        if family.pattern in found:
            msg = f"{path.name}, row {number}: '{family.pattern}' stands twice. Write all it ranges over into one row."
            raise RuleError(msg)
        found[family.pattern] = family
    return tuple(found.values())


def check_words(words: Words, families: Iterable[WordFamily]) -> None:
    """Refuse a list of words that lacks a row which some report needs.

    Raises
    ------
    RuleError
        Naming the missing row and the list that asks for it.
    """
    for family in families:
        for key, part in family.rows() if family.needed else ():
            if not words.has(key):
                msg = f"words.csv has no row '{key}', which {part} asks for (word_families.csv, '{family.pattern}'). Add it with its Indonesian and English text."
                raise RuleError(msg)


@cache
def check_all_words() -> None:
    """Check the words of every language against every family.

    Raises
    ------
    RuleError
        Naming the missing row and the list that asks for it.
    """
    for language in LANGUAGES:
        check_words(load_words(language), load_word_families())


def _members(part: str) -> tuple[str, ...]:
    try:
        if ":" in part:
            return _listed(*part.split(":"))
        if "." in part:
            source, column = part.split(".")
            return tuple(dict.fromkeys(load_codebook(source)[column].codes.values()))
    except (ImportError, AttributeError, KeyError):
        msg = (
            f"word_families.csv: the package has no list {part}. Mend the row, or write the words themselves."
        )
        raise RuleError(msg) from None
    return (part,)


def _listed(module: str, name: str) -> tuple[str, ...]:
    found = getattr(import_module(f"asn_research.{module}"), name)
    found = get_args(found) or (found() if callable(found) else found)
    return (found,) if isinstance(found, str) else tuple(found)
