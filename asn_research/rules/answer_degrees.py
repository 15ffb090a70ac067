"""Answers that differ in degree alone: *tidak jelas*, *kurang jelas*, *jelas*, *sangat jelas*."""

from __future__ import annotations

import csv
import re
from functools import cache

from asn_research.rules.codebooks import fold_answer
from asn_research.rules.loading import RULES

#: The degrees, from the lowest up. A form of four answers has either the first or the third, not both.
LEAST, NOT, LITTLE, PLAIN, VERY = "sangat tidak", "tidak", "kurang", "", "sangat"
#: Abbreviations of *setuju* or *sesuai*, and of *puas*, with their degree.
_SHORT = {
    "sts": LEAST, "ts": NOT, "ks": LITTLE, "s": PLAIN, "ss": VERY,
    "stp": LEAST, "tp": NOT, "kp": LITTLE, "p": PLAIN, "sp": VERY,
}  # fmt: skip
_DEGREE = re.compile(r"(?P<degree>sangat tidak|tidak|kurang|sangat)?\s*(?P<rest>.+)")


@cache
def positive_words() -> frozenset[str]:
    """Return the words of praise whose degree is an answer; the table is ``positive_answers.csv``.

    A word that may be praise or blame (*mahal*, *lama*) is not among them: *tidak mahal* is a good answer.
    """
    with (RULES / "positive_answers.csv").open(encoding="utf-8", newline="") as lines:
        return frozenset(row["word"] for row in csv.DictReader(lines))


def degree_of(answer: str) -> str | None:
    """Return the degree of praise in an answer; None if it is not praise in a known degree.

    Examples
    --------
    >>> [degree_of(text) for text in ("Sangat tidak setuju", "Kurang sopan dan ramah", "TS", "Jelas", "Tidak mahal")]
    ['sangat tidak', 'kurang', 'tidak', '', None]
    """
    text = fold_answer(answer)
    found = _DEGREE.fullmatch(text)
    if not found or text in _SHORT:
        return _SHORT.get(text)
    parts = re.split(r"\s+dan\s+", found["rest"])
    return (found["degree"] or PLAIN) if set(parts) <= positive_words() else None
