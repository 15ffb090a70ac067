"""What a satisfaction survey rests on beside the regulation that it follows: `survey_basis.csv`."""

from __future__ import annotations

from datetime import date
from functools import cache

from asn_research.rules.loading import RULES, FrozenModel, read_rows
from asn_research.rules.periods import Period


class Basis(FrozenModel):
    """A law or regulation, in force from a day."""

    valid_from: date
    label_indonesian: str
    label_english: str

    def label(self, language: str) -> str:
        """Return its title in a language."""
        return self.text_of("label", language)


@cache
def _all() -> tuple[Basis, ...]:
    return tuple(basis for _, basis in read_rows(Basis, RULES / "survey_basis.csv"))


def survey_basis(period: Period) -> tuple[Basis, ...]:
    """Return what was in force at the end of a period, oldest first.

    Examples
    --------
    >>> [basis.valid_from.year for basis in survey_basis(Period.parse("2011-Q1"))]
    [2009]
    """
    return tuple(basis for basis in _all() if basis.valid_from <= period.last_day)
