"""The public satisfaction index (IKM) exactly as a regulation defines it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from asn_research.errors import RawDataError
from asn_research.measure.changes import Z_95
from asn_research.measure.grouping import with_city
from asn_research.rules.regulations import GradeBand, SatisfactionRule, round_half_up


@dataclass(frozen=True)
class SatisfactionIndex:
    """An index from totals per element, exact until its one rounding.

    Parameters
    ----------
    rule : SatisfactionRule
        The regulation.
    totals, counts : mapping of str to int
        Sum of the answers and number of answers of each question asked.
    extra : tuple of str
        Questions asked beside the regulation's elements.
    """

    rule: SatisfactionRule
    totals: Mapping[str, int]
    counts: Mapping[str, int]
    extra: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.asked:
            msg = f"None of the elements of {self.rule.rule} has an answer. Map the columns in a source profile."
            raise RawDataError(msg)

    @property
    def asked(self) -> tuple[str, ...]:
        """The regulation's elements that have answers."""
        return tuple(e for e in self.rule.elements if self.counts.get(e, 0) > 0)

    @property
    def is_full(self) -> bool:
        """Whether every element has answers, so that the index may be called IKM."""
        return len(self.asked) == len(self.rule.elements)

    def mean(self, element: str) -> Fraction:
        """Return the mean of an element (NRR), exact."""
        return Fraction(int(self.totals[element]), int(self.counts[element]))

    @property
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

    def published(self, weight: Decimal | Fraction, nrr_decimals: int | None = None) -> Fraction:
        """Return the index as worksheets give it: a printed weight, means rounded first.

        Only to reproduce and explain published figures. With 0.11 no index exceeds 99.

        Parameters
        ----------
        weight : Decimal or Fraction
            The weight of one element (0.11, 0.111, 0.1111 or 1/9).
        nrr_decimals : int, optional
            Round each mean half-up to so many decimals first.
        """
        means = [self.mean(e) for e in self.asked]
        if nrr_decimals is not None:
            means = [Fraction(round_half_up(m, nrr_decimals)) for m in means]
        return self.rule.multiplier * Fraction(weight) * sum(means, Fraction(0))


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
        If no element has an answer.

    Examples
    --------
    >>> from datetime import date
    >>> from asn_research.rules.regulations import rule_in_force
    >>> rule = rule_in_force(SatisfactionRule, date(2026, 9, 30))
    >>> answers = pd.DataFrame({element: [3, 4] for element in rule.elements})
    >>> satisfaction_index(answers, rule).value
    87.5
    """
    questions = [q for q in (*rule.elements, *extra) if q in answers]
    numbers = answers[questions].astype("Float64")
    return SatisfactionIndex(
        rule,
        {q: int(numbers[q].sum()) for q in questions},
        {q: int(numbers[q].notna().sum()) for q in questions},
        tuple(q for q in extra if q in answers),
    )


def satisfaction_by_unit(feedback: pd.DataFrame, rule: SatisfactionRule) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compute index and elements of every unit and period, and of the city.

    The city's index counts every respondent alike.

    Parameters
    ----------
    feedback : pd.DataFrame
        The processed table `citizen_feedback`.
    rule : SatisfactionRule
        The regulation.

    Returns
    -------
    satisfaction : pd.DataFrame
        One row per unit and period: n_respondents, n_elements_asked, n_elements_of_rule, is_full,
        index (exact, as a float), index_rounded, ikm (nan unless all elements were asked),
        index_low and index_high (95 %, by linearisation, respondents taken as a simple random
        sample), grade, index_printed_weight, grade_printed, grade_flips, extra_asked, index_as_asked.
    elements : pd.DataFrame
        One row per unit, period and element: n, mean, index, low, high, grade.
    """
    extra = [str(c) for c in feedback if str(c).startswith("extra_")]
    questions = [q for q in (*rule.elements, *extra) if q in feedback]
    rows = with_city(feedback[["reporting_unit_id", "period", *questions]])
    keys = [rows["unit_id"], rows["period"]]
    answers = rows[questions].astype("Float64")
    grouped = answers.groupby(keys, sort=True)
    totals, counts = grouped.sum(), grouped.count()
    sizes = grouped.size()
    asked = [q for q in rule.elements if q in questions]
    margins = _margins(answers, keys, totals, counts, sizes, rule, asked)
    satisfaction, elements = [], []
    by_group = zip(
        sizes.items(),
        totals.to_dict("records"),
        counts.to_dict("records"),
        margins.to_dict("records"),
        strict=True,
    )
    for (key, size), total, count, margin in by_group:
        asked_beside = tuple(q for q in extra if count[q] > 0)
        index = SatisfactionIndex(rule, _by_name(total), _by_name(count), asked_beside)
        satisfaction.append(_index_row(key, int(size), index, float(margin["index"])))
        elements += [_element_row(key, index, e, float(margin[e])) for e in index.asked]
    return pd.DataFrame(satisfaction), pd.DataFrame(elements)


def _by_name(row: Mapping[Any, Any]) -> dict[str, int]:
    return {str(name): int(value) for name, value in row.items()}


def _margins(
    answers: pd.DataFrame, keys: list[pd.Series], totals: pd.DataFrame, counts: pd.DataFrame,
    sizes: pd.Series, rule: SatisfactionRule, asked: list[str],
) -> pd.DataFrame:  # fmt: skip
    """Half-widths of the 95 % intervals of the index and of each element.

    The index is a mean of ratios; a respondent moves it by the sum of what they move each ratio.
    """
    places = pd.MultiIndex.from_arrays(keys)
    mean = (totals[asked] / counts[asked].where(counts[asked] > 0)).astype("float64")
    centred = answers[asked].astype("float64").to_numpy() - mean.reindex(places).to_numpy()
    share = centred / counts[asked].reindex(places).to_numpy(dtype=float)
    n_asked = (counts[asked] > 0).sum(axis=1).reindex(places).to_numpy()
    moves = pd.DataFrame(np.nan_to_num(share), columns=asked)
    moves["index"] = moves[asked].sum(axis=1).to_numpy() / n_asked
    squares = (moves**2).groupby([k.to_numpy() for k in keys], sort=True).sum()
    n = sizes.to_numpy()[:, None].astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(n > 1, n / (n - 1), np.nan)
    variances = squares.to_numpy() * factor
    margins = Z_95 * rule.multiplier * np.sqrt(variances)
    return pd.DataFrame(margins, index=sizes.index, columns=squares.columns)


def _index_row(key: Any, size: int, index: SatisfactionIndex, margin: float) -> dict[str, object]:
    rule = index.rule
    value = float(index.exact)
    lowest, highest = rule.multiplier * rule.scale.lowest, rule.multiplier * rule.scale.highest
    printed = index.published(rule.printed_weight) if index.is_full else None
    grade = index.grade.grade if index.is_full else ""
    # A printed weight can push an index below the scale itself.
    floor = Fraction(lowest)
    grade_printed = rule.grade(max(printed, floor)).grade if printed is not None else ""
    return {
        "unit_id": key[0],
        "period": key[1],
        "n_respondents": size,
        "n_elements_asked": len(index.asked),
        "n_elements_of_rule": len(rule.elements),
        "is_full": index.is_full,
        "index": value,
        "index_rounded": index.value,
        "ikm": index.value if index.is_full else np.nan,
        "index_low": np.nan if np.isnan(margin) else max(lowest, value - margin),
        "index_high": np.nan if np.isnan(margin) else min(highest, value + margin),
        "grade": grade,
        "index_printed_weight": float(round_half_up(printed, rule.decimals))
        if printed is not None
        else np.nan,
        "grade_printed": grade_printed,
        "grade_flips": grade != grade_printed,
        "extra_asked": "|".join(e.removeprefix("extra_") for e in index.extra),
        "index_as_asked": float(round_half_up(index.as_asked, rule.decimals)),
    }


def _element_row(key: Any, index: SatisfactionIndex, element: str, margin: float) -> dict[str, object]:
    rule = index.rule
    mean = index.mean(element)
    value = float(rule.multiplier * mean)
    return {
        "unit_id": key[0],
        "period": key[1],
        "element": element,
        "n": int(index.counts[element]),
        "mean": float(mean),
        "index": value,
        "low": max(rule.multiplier * rule.scale.lowest, value - margin),
        "high": min(rule.multiplier * rule.scale.highest, value + margin),
        "grade": rule.grade(rule.multiplier * mean).grade,
    }
