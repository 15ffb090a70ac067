"""Answers of agreement in words, as Indonesian questionnaires have them, and their place from 1 to 5."""

from __future__ import annotations

import csv
import re
from functools import cache

from asn_research.rules.loading import RULES

#: The answer in the middle, which scales of four leave out.
MIDDLE = 3
_LEADING = re.compile(r"^\s*(\d)\s*(?:[-.):=]|$)")


@cache
def agreement_places() -> dict[str, int]:
    """Return the place of each answer in words, from 1 (lowest) to 5; the table is ``agreement.csv``."""
    with (RULES / "agreement.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {text: int(row["place"]) for row in rows for text in row["texts"].split("|")}


def agreement_code(answer: str, points: int) -> int | None:
    """Return the number of an answer in words, or of one that begins with its number; none if it is unknown.

    Parameters
    ----------
    answer : str
        As it was given: ``Sangat Setuju (SS)``, ``4 - Setuju``, ``TS``.
    points : int
        How many answers there are; with four there is none in the middle.

    Examples
    --------
    >>> agreement_code("Sangat Setuju (SS)", 5), agreement_code("setuju", 4), agreement_code("4 - Setuju", 5)
    (5, 3, 4)
    """
    leading = _LEADING.match(answer)
    if leading:
        return int(leading[1])
    text = re.sub(r"\(.*?\)", " ", answer).casefold()
    place = agreement_places().get(" ".join(text.split()))
    if place is None or points not in (MIDDLE + 1, 2 * MIDDLE - 1):
        return None
    if points == 2 * MIDDLE - 1:
        return place
    return None if place == MIDDLE else place - (place > MIDDLE)
