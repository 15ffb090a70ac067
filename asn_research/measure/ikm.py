"""The satisfaction index (IKM): exact, as a regulation defines it, and rounded, as worksheets print it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import numpy as np
import pandas as pd

from asn_research.errors import RawDataError
from asn_research.methods.column_values import as_numbers, need_columns
from asn_research.rules.regulations import GradeBand, SatisfactionRule, round_half_up
from asn_research.rules.words import worded
from asn_research.rules.worksheets import Worksheet, load_worksheets

#: A common denominator: every sum of means of up to six whole answers is a whole number of sixtieths.
PARTS = 60


@dataclass(frozen=True)
class SatisfactionIndex:
    """A satisfaction index from the total of each element, exact until it is rounded once.

    Parameters
    ----------
    rule : SatisfactionRule
        The regulation.
    totals, counts : mapping of str to int
        Sum and number of the answers to each question asked. If an element had several questions, its
        answers are means, and their sum is a fraction.
    extra : tuple of str
        Questions asked in addition to the elements of the regulation.
    """

    rule: SatisfactionRule
    totals: Mapping[str, int | Fraction]
    counts: Mapping[str, int]
    extra: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.asked:
            msg = f"None of the elements of {self.rule.rule} has an answer. Map the columns in a source profile."
            raise RawDataError(msg)

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The elements of the regulation that have answers."""
        return tuple(e for e in self.rule.elements if self.counts.get(e, 0) > 0)

    @property
    def is_full(self) -> bool:
        """Whether every element has answers, so that the index may be called IKM."""
        return len(self.asked) == len(self.rule.elements)

    def mean(self, element: str) -> Fraction:
        """Return the exact mean of an element (NRR)."""
        return self._means[element]

    @cached_property
    def _means(self) -> dict[str, Fraction]:
        """The mean of every question that has answers."""
        return {q: Fraction(self.totals[q]) / int(n) for q, n in self.counts.items() if n > 0}

    @cached_property
    def exact(self) -> Fraction:
        """The exact converted index over the elements asked, with equal weights."""
        return self._over(self.asked)

    @property
    def as_asked(self) -> Fraction:
        """The exact converted index over all questions asked, including extra ones."""
        return self._over((*self.asked, *self.extra))

    def _over(self, questions: Sequence[str]) -> Fraction:
        return self.rule.multiplier * sum((self.mean(q) for q in questions), Fraction(0)) / len(questions)

    @property
    def value(self) -> float:
        """The index, rounded once, half-up."""
        return float(round_half_up(self.exact, self.rule.decimals))

    @property
    def grade(self) -> GradeBand:
        """The grade of the index."""
        return self.rule.grade(self.exact)

    @classmethod
    def from_means(cls, rule: SatisfactionRule, means: Mapping[str, Decimal]) -> SatisfactionIndex:
        """Build an index from printed means (NRR), when the totals are unknown."""
        exact = {element: Fraction(mean) for element, mean in means.items()}
        return cls(
            rule,
            {element: mean.numerator for element, mean in exact.items()},
            {element: mean.denominator for element, mean in exact.items()},
        )

    def published(
        self, weight: Decimal | Fraction | None, means_decimals: int | None = None,
        weighted_decimals: int | None = None,
    ) -> Fraction:  # fmt: skip
        """Return the index as worksheets compute it: with a printed weight and rounded intermediate results.

        Use it only to reproduce and explain published figures. With a weight of 0.11 no index exceeds 99.

        Parameters
        ----------
        weight : Decimal, Fraction or None
            The weight of one element (0.11, 0.111, 0.1111); None for the exact weight.
        means_decimals : int, optional
            Number of decimals to which each mean is first rounded half-up.
        weighted_decimals : int, optional
            Number of decimals to which each weighted mean is rounded half-up.
        """
        share = Fraction(1, len(self.asked)) if weight is None else Fraction(weight)
        means = [_rounded(self.mean(e), means_decimals) for e in self.asked]
        return self.rule.multiplier * sum(
            (_rounded(m * share, weighted_decimals) for m in means), Fraction(0)
        )

    def on(self, worksheet: Worksheet) -> Decimal:
        """Return the index that a type of worksheet prints, rounded as the rule requires."""
        exact = self.published(worksheet.weight, worksheet.means_decimals, worksheet.weighted_decimals)
        return round_half_up(exact, self.rule.decimals)

    def ways_to(self, published: Decimal) -> tuple[str, ...]:
        """Return the keys of the worksheets whose method gives a published figure; empty if none does."""
        worksheets = {
            key: worksheet for key, worksheet in load_worksheets().items() if worksheet.fits(len(self.asked))
        }
        return tuple(key for key, worksheet in worksheets.items() if self.on(worksheet) == published)


def _rounded(value: Fraction, decimals: int | None) -> Fraction:
    return value if decimals is None else Fraction(round_half_up(value, decimals))


def exact_total(value: float) -> Fraction:
    """Return a sum of answers from 1 to 4, or of means of up to six answers, without floating-point error.

    Examples
    --------
    >>> exact_total(10 / 3 + 3 + 3)
    Fraction(28, 3)
    """
    return Fraction(round(float(value) * PARTS), PARTS)


def need_on_scale(answers: pd.Series, rule: SatisfactionRule) -> None:
    """Raise an error if an answer is outside the scale of the regulation.

    Raises
    ------
    RawDataError
        If there is such an answer.
    """
    known = answers.dropna()
    # If several questions ask for one element, its answer is their mean and need not be whole.
    whole = np.isclose(known * PARTS, np.round(known * PARTS), rtol=0, atol=1e-6)
    off = sorted(known[~(whole & known.between(rule.scale.lowest, rule.scale.highest))].unique())
    if off:
        raise worded(
            RawDataError, "error_off_scale", name=answers.name, found=", ".join(f"{value:g}" for value in off[:6]),
            lowest=rule.scale.lowest, highest=rule.scale.highest, rule=rule.rule,
        )  # fmt: skip


def satisfaction_index(
    answers: pd.DataFrame, rule: SatisfactionRule, extra: Sequence[str] = ()
) -> SatisfactionIndex:
    """Compute the satisfaction index of the respondents in ``answers``.

    Every element has the same weight: the exact fraction 1/k, not the 0.11 printed in some worksheets,
    which lowers every index by one percent. A respondent who did not answer an element is left out of
    the mean of that element only.

    Parameters
    ----------
    answers : pd.DataFrame
        One row per respondent, one column per element; missing is NA. An element that was not
        asked may be absent.
    rule : SatisfactionRule
        The regulation in force for the period of ``answers``.
    extra : sequence of str
        Columns of questions asked in addition to the elements of the regulation.

    Returns
    -------
    SatisfactionIndex

    Raises
    ------
    RawDataError
        If no element has an answer, or an answer is outside the scale of the regulation: it may be a code
        for a missing answer, or come from another scale.

    Examples
    --------
    >>> from asn_research import rules
    >>> rule = rules.at("2026-Q3").one(SatisfactionRule)
    >>> answers = pd.DataFrame({element: [3, 4] for element in rule.elements})
    >>> satisfaction_index(answers, rule).value
    87.5
    """
    questions = [q for q in (*rule.elements, *extra) if q in answers]
    need_columns(answers, questions)
    numbers = pd.DataFrame({q: as_numbers(answers[q], q) for q in questions}, index=answers.index)
    for element in rule.elements:
        if element in numbers:
            need_on_scale(numbers[element], rule)
    return SatisfactionIndex(
        rule,
        {q: exact_total(numbers[q].sum()) for q in questions},
        {q: int(numbers[q].notna().sum()) for q in questions},
        tuple(q for q in extra if q in answers),
    )
