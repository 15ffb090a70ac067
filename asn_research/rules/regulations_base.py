"""The base type of all rules, the marks that say how far each value was checked, and rounding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, model_validator

from asn_research.rules.loading import FrozenModel
from asn_research.rules.words import load_words

#: How far a value was checked. ``city``: a city's own file replaces the value of the regulation.
Mark = Literal["full_text", "restated", "one_source", "memory", "own_choice", "city"]
#: The marks, weakest first. A report names the weakest first, because the reader must know it first.
WEAKEST_FIRST: tuple[Mark, ...] = ("memory", "one_source", "restated", "full_text", "city", "own_choice")
_NO_VALUES = {"rule", "title_indonesian", "title_english", "source", "checked", "settable", "valid_to"}

#: What a citation names, by the keys of its words.
_CITED = ("annex", "article", "regulation_bkn", "sanction_kinds", "minimisation")


def round_half_up(value: Fraction | Decimal | int, decimals: int) -> Decimal:
    """Round an exact number as the regulations do: halves are rounded up.

    A float is refused, because it cannot hold 76.605 exactly: it may round to either side of the limit
    between two grades.

    Examples
    --------
    >>> round_half_up(Fraction(76605, 1000), 2)
    Decimal('76.61')
    """
    if isinstance(value, float):
        msg = "Round exact numbers only; a float has lost the half already."
        raise TypeError(msg)
    exact = Fraction(value)
    scaled = exact * 10**decimals
    # Integer arithmetic compares with the half exactly.
    doubled = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(doubled).scaleb(-decimals)


class Rule(FrozenModel):
    """The fields that the file of every regulation has, in addition to its own numbers.

    ``checked`` lists the paths of values under each mark: ``grades`` for all grades, ``bands.poor`` for one
    band. Every value has exactly one mark; if several paths lead to it, the longest decides. ``settable``
    lists the values that a city may replace in its `city.yaml`.
    """

    rule: str
    title_indonesian: str
    title_english: str
    source: str
    checked: dict[Mark, tuple[str, ...]]
    settable: tuple[str, ...]
    valid_from: date
    valid_to: date | None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Rule:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            msg = f"`valid_to`: {self.valid_to} lies before `valid_from`, {self.valid_from}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _every_value_has_one_mark(self) -> Rule:
        paths = [path for listed in self.checked.values() for path in listed]
        twice = sorted({path for path in paths if paths.count(path) > 1})
        if twice:
            msg = f"`checked`: {twice[0]} stands under two marks, or twice under one"
            raise ValueError(msg)
        unknown = [path for path in (*paths, *self.settable) if not _is_in(self, path.split("."))]
        if unknown:
            msg = f"`checked` or `settable`: the rule states no {unknown[0]}"
            raise ValueError(msg)
        unmarked = [name for name in self.values() if name not in paths]
        if unmarked:
            msg = f"`checked`: {unmarked[0]} stands under no mark; list it under one of {', '.join(WEAKEST_FIRST)}"
            raise ValueError(msg)
        return self

    @classmethod
    def values(cls) -> tuple[str, ...]:
        """Return the names of all fields that hold a value of the regulation, including `valid_from`."""
        return tuple(name for name in cls.model_fields if name not in _NO_VALUES)

    @cached_property
    def marks(self) -> Mapping[str, Mark]:
        """The mark of each path in ``checked``."""
        return {path: mark for mark, paths in self.checked.items() for path in paths}

    def mark(self, path: str) -> Mark:
        """Return the mark of a value: the mark of the longest path in ``checked`` that leads to it.

        Raises
        ------
        KeyError
            If the rule has no such value.
        """
        parts = path.split(".")
        while parts:
            if ".".join(parts) in self.marks:
                return self.marks[".".join(parts)]
            parts.pop()
        raise KeyError(path)

    def marks_of(self, paths: Iterable[str] | None = None) -> tuple[Mark, ...]:
        """Return the marks of some values and of the values nested in them, each mark once, weakest first.

        Parameters
        ----------
        paths : iterable of str, optional
            The paths of the values; by default all.
        """
        asked = list(self.values() if paths is None else paths)
        found = {self.mark(path) for path in asked}
        found |= {
            mark for known, mark in self.marks.items() if any(known.startswith(f"{path}.") for path in asked)
        }
        return tuple(mark for mark in WEAKEST_FIRST if mark in found)

    @property
    def is_own_choice(self) -> bool:
        """Whether no value comes from a regulation: all are choices of this package or of the city."""
        return set(self.marks.values()) <= {"own_choice", "city"}

    def title(self, language: str) -> str:
        """Return the rule's title in a language."""
        return self.text_of("title", language)

    def cited(self, language: str) -> str:
        """Return where the rule stands, with the words of the citation in a language; names of regulations stay."""
        text = self.source
        for key in _CITED:
            indonesian, other = (load_words(each)(f"citation_{key}") for each in ("id", language))
            text = text.replace(indonesian, other)
        return text


def _is_in(value: Any, parts: Sequence[str]) -> bool:
    """Return whether a path leads to a value, through fields, keys and the names of list items."""
    if not parts:
        return True
    first, rest = parts[0], parts[1:]
    if isinstance(value, BaseModel):
        return first in type(value).model_fields and _is_in(getattr(value, first), rest)
    if isinstance(value, Mapping):
        named = {str(key): own for key, own in value.items()}
        return first in named and _is_in(named[first], rest)
    if isinstance(value, tuple):
        # A name may contain dots itself, such as 0.11, so it is compared part by part.
        named_items = [(name.split("."), item) for item in value for name in _names(item)]
        return any(
            list(parts[: len(name)]) == name and _is_in(item, parts[len(name) :])
            for name, item in named_items
        )
    return False


def _names(item: Any) -> set[str]:
    """Return the names of a list item: its text fields if it is a model, else the item as text."""
    if isinstance(item, BaseModel):
        return {text for text in item.model_dump().values() if isinstance(text, str)}
    return {str(item)}
