"""How published worksheets weigh and round, each way by name; the table is `worksheets.csv`."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Annotated

from pydantic import BeforeValidator

from asn_research.errors import RuleError
from asn_research.rules.loading import RULES, FrozenModel, read_rows

_MaybeWeight = Annotated[Decimal | None, BeforeValidator(lambda text: text or None)]
_MaybeDecimals = Annotated[int | None, BeforeValidator(lambda text: text or None)]


class Worksheet(FrozenModel):
    """One way in which worksheets turn means into an index.

    Only ``exact`` is the regulation's own; the others reproduce and explain published figures.
    """

    key: str
    weight: _MaybeWeight
    means_decimals: _MaybeDecimals
    weighted_decimals: _MaybeDecimals
    label_indonesian: str
    label_english: str
    seen_in: str

    def fits(self, n_elements: int) -> bool:
        """Whether its weight is meant for so many elements: together they make up 1, cut short at most."""
        return self.weight is None or Decimal("0.985") <= self.weight * n_elements <= 1

    def label(self, language: str) -> str:
        """Return the way's words in a language."""
        return self.text_of("label", language)


@cache
def load_worksheets() -> dict[str, Worksheet]:
    """Load every known way, by its key.

    Raises
    ------
    RuleError
        If a row is incomplete, or a key is given twice.
    """
    found: dict[str, Worksheet] = {}
    for number, way in read_rows(Worksheet, RULES / "worksheets.csv"):
        if way.key in found:
            msg = f"worksheets.csv, row {number}: the key {way.key} is given twice."
            raise RuleError(msg)
        found[way.key] = way
    return found
