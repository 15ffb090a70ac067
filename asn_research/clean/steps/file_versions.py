"""Which of two files is the later one, by their names or saving times, and counts of the rows that later files replaced."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from asn_research.rules.codebooks import fold
from asn_research.rules.month_names import MONTHS
from asn_research.rules.questions import Answers

#: A smaller difference in seconds between two saving times is no evidence: the files may have been copied
#: together.
_APART = 3600.0
_LATER = re.compile(
    r"\b(?:final|fix|revisi|rev|koreksi|perbaikan|terbaru|baru|updated?|v)\s*\d*\b|\((\d+)\)", re.IGNORECASE
)
_DAY_IN_NAME = re.compile(
    rf"(?:\b(\d{{1,2}})\s+)?\b({'|'.join(sorted(MONTHS, key=len, reverse=True))})\s+(20\d\d)\b"
)
_EARLIER = re.compile(r"\b(?:lama|draft|draf|konsep|old|awal|sementara)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Versions:
    """Information about the files that rows come from, and counts of replaced rows.

    Parameters
    ----------
    answers : mapping of str to str
        The answers given by a person, by the key of the question.
    saved : mapping of str to float
        The time at which each file was last saved, in seconds.
    replaced : counter of (str, str, str)
        An output: the number of rows that rows of another file replaced, by reason, file and other file.
    twice : counter of (str, str)
        An output: by unit and period, the number of rows that wait together with another version of the same
        row.
    """

    answers: Answers = field(default_factory=dict)
    saved: Mapping[str, float] = field(default_factory=dict)
    replaced: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    twice: Counter[tuple[str, str]] = field(default_factory=Counter)

    def later(self, one: str, other: str, *, is_state: bool = False) -> str:
        """Return the later of two files, by their names or saving times; empty if neither shows it.

        For files that describe a state (``is_state``), a date in the name is used too.
        """
        if one == other:
            return ""
        later = _later_by_name(one, other) or (_later_by_day(one, other) if is_state else "")
        if later:
            return later
        apart = self.saved.get(one, 0.0) - self.saved.get(other, 0.0)
        if abs(apart) < _APART:
            return ""
        return one if apart > 0 else other


def _later_by_name(one: str, other: str) -> str:
    stems = [re.sub(r"[_\-]+", " ", PurePath(name).stem) for name in (one, other)]
    plain = [fold(_EARLIER.sub(" ", _LATER.sub(" ", stem))) for stem in stems]
    if plain[0] != plain[1]:
        return ""
    ranks = [(len(_LATER.findall(stem)) - len(_EARLIER.findall(stem)), _number(stem)) for stem in stems]
    if ranks[0] == ranks[1]:
        return ""
    return one if ranks[0] > ranks[1] else other


def _later_by_day(one: str, other: str) -> str:
    """Return the file with the later date in its name, if the names are otherwise equal; else empty."""
    stems = [re.sub(r"[_\-]+", " ", PurePath(name).stem).casefold() for name in (one, other)]
    found = [_DAY_IN_NAME.findall(stem) for stem in stems]
    if (
        any(len(days) != 1 for days in found)
        or len({fold(_DAY_IN_NAME.sub(" ", stem)) for stem in stems}) > 1
    ):
        return ""
    days = [(int(year), MONTHS[month], int(day or 0)) for ((day, month, year),) in found]
    return "" if days[0] == days[1] else one if days[0] > days[1] else other


def _number(stem: str) -> int:
    return max((int(n) for n in re.findall(r"(?:rev\w*|v|\()\s*(\d{1,3})\b", stem, re.IGNORECASE)), default=0)
