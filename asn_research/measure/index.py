"""One satisfaction index (IKM) exactly as a regulation defines it, and as worksheets print it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import numpy as np
import pandas as pd

from asn_research.errors import RawDataError
from asn_research.measure.estimator import as_numbers, need_columns
from asn_research.rules.regulations import GradeBand, SatisfactionRule, round_half_up
from asn_research.rules.words import worded
from asn_research.rules.worksheets import Worksheet, load_worksheets

#: Of means of up to six whole answers, every sum is a whole number of these parts.
PARTS = 60


@dataclass(frozen=True)
class SatisfactionIndex:
    """An index from totals per element, exact until its one rounding.

    Parameters
    ----------
    rule : SatisfactionRule
        The regulation.
    totals, counts : mapping of str to int
        Sum of the answers and number of answers of each question asked. Where an element had several questions,
        the answers are means, and their sum is a fraction.
    extra : tuple of str
        Questions asked beside the regulation's elements.
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
        """The regulation's elements that have answers."""
        return tuple(e for e in self.rule.elements if self.counts.get(e, 0) > 0)

    @property
    def is_full(self) -> bool:
        """Whether every element has answers, so that the index may be called IKM."""
        return len(self.asked) == len(self.rule.elements)

    def mean(self, element: str) -> Fraction:
        """Return the mean of an element (NRR), exact."""
        return self._means[element]

    @cached_property
    def _means(self) -> dict[str, Fraction]:
        """The mean of every question that has answers."""
        return {q: Fraction(self.totals[q]) / int(n) for q, n in self.counts.items() if n > 0}

    @cached_property
    def exact(self) -> Fraction:
        """The converted index over the elements asked, every one weighing the same."""
        return self._over(self.asked)

    @property
    def as_asked(self) -> Fraction:
        """The converted index over all questions asked, extra ones included."""
        return self._over((*self.asked, *self.extra))

    def _over(self, questions: Sequence[str]) -> Fraction:
        return self.rule.multiplier * sum((self.mean(q) for q in questions), Fraction(0)) / len(questions)

    @property
    def value(self) -> float:
        """The index, rounded half-up once."""
        return float(round_half_up(self.exact, self.rule.decimals))

    @property
    def grade(self) -> GradeBand:
        """The grade of the index."""
        return self.rule.grade(self.exact)

    @classmethod
    def from_means(cls, rule: SatisfactionRule, means: Mapping[str, Decimal]) -> SatisfactionIndex:
        """Build an index from printed means (NRR), where the totals are not known."""
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
        """Return the index as worksheets give it: a printed weight, intermediate results rounded.

        Only to reproduce and explain published figures. With 0.11 no index exceeds 99.

        Parameters
        ----------
        weight : Decimal, Fraction or None
            The weight of one element (0.11, 0.111, 0.1111); None for the exact one.
        means_decimals : int, optional
            Round each mean half-up to so many decimals first.
        weighted_decimals : int, optional
            Round each weighted mean half-up to so many decimals.
        """
        share = Fraction(1, len(self.asked)) if weight is None else Fraction(weight)
        means = [_rounded(self.mean(e), means_decimals) for e in self.asked]
        return self.rule.multiplier * sum(
            (_rounded(m * share, weighted_decimals) for m in means), Fraction(0)
        )

    def on(self, worksheet: Worksheet) -> Decimal:
        """Return the index that a way of reckoning prints, rounded as the rule rounds."""
        exact = self.published(worksheet.weight, worksheet.means_decimals, worksheet.weighted_decimals)
        return round_half_up(exact, self.rule.decimals)

    def ways_to(self, published: Decimal) -> tuple[str, ...]:
        """Return the ways of reckoning that print a published figure, by key; none if none does."""
        ways = {key: way for key, way in load_worksheets().items() if way.fits(len(self.asked))}
        return tuple(key for key, way in ways.items() if self.on(way) == published)


def _rounded(value: Fraction, decimals: int | None) -> Fraction:
    return value if decimals is None else Fraction(round_half_up(value, decimals))


def exact_total(value: float) -> Fraction:
    """Return the sum of answers of 1 to 4, or of means of up to six of them, without what floats lose.

    Examples
    --------
    >>> exact_total(10 / 3 + 3 + 3)
    Fraction(28, 3)
    """
    return Fraction(round(float(value) * PARTS), PARTS)


def need_on_scale(answers: pd.Series, rule: SatisfactionRule) -> None:
    """Refuse answers that the regulation's scale does not have.

    Raises
    ------
    RawDataError
        If there is one.
    """
    known = answers.dropna()
    # An element asked by several questions is answered by their mean.
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

    Every element weighs the same, and the weight is the exact fraction 1/k, not the 0.11 printed in
    some worksheets: 0.11 lowers every index by one percent. An unanswered element leaves its
    respondent out of that element's mean only.

    Parameters
    ----------
    answers : pd.DataFrame
        One row per respondent, one column per element; missing is NA. An element that was not
        asked may be absent.
    rule : SatisfactionRule
        The regulation in force for the period of ``answers``.
    extra : sequence of str
        Columns asked beside the regulation's elements.

    Returns
    -------
    SatisfactionIndex

    Raises
    ------
    RawDataError
        If no element has an answer, or one lies off the regulation's scale: a code for a missing answer,
        or another scale.

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
