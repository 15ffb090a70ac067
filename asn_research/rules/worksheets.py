"""The ways in which published worksheets weight and round an index, from `worksheets.csv`."""

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
    """One way of computing an index from the means of the elements, as seen in worksheets.

    Only ``exact`` is the way of the regulation. The others reproduce and explain published figures.
    """

    key: str
    weight: _MaybeWeight
    means_decimals: _MaybeDecimals
    weighted_decimals: _MaybeDecimals
    label_indonesian: str
    label_english: str
    seen_in: str

    def fits(self, n_elements: int) -> bool:
        """Return whether its weight fits a number of elements: the weights add up to 1, or to 0.985 at least.

        A printed weight has fewer digits than the exact one, so the sum may be a little below 1.
        """
        return self.weight is None or Decimal("0.985") <= self.weight * n_elements <= 1

    def label(self, language: str) -> str:
        """Return the label of this way in a language."""
        return self.text_of("label", language)


@cache
def load_worksheets() -> dict[str, Worksheet]:
    """Load all ways in which worksheets weight and round an index, by key.

    Raises
    ------
    RuleError
        If a row is incomplete, or a key occurs twice.
    """
    found: dict[str, Worksheet] = {}
    for number, worksheet in read_rows(Worksheet, RULES / "worksheets.csv"):
        if worksheet.key in found:
            msg = f"worksheets.csv, row {number}: the key {worksheet.key} is given twice."
            raise RuleError(msg)
        found[worksheet.key] = worksheet
    return found
