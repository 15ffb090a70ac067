"""The public satisfaction index (IKM) of every unit and period, with its sampling uncertainty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.measure.element_changes import with_changes
from asn_research.measure.ikm import SatisfactionIndex, exact_total, need_on_scale
from asn_research.measure.respondents import Respondents, forms_of, numbers_of
from asn_research.methods.column_values import as_numbers, need_columns
from asn_research.methods.estimates import Z_95
from asn_research.methods.survey.cluster_bootstrap import (
    ClusterOrder,
    grade_chances,
    order_of,
    percentile_interval,
)
from asn_research.remembered import remembered
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import SatisfactionRule, SurveyDesignRule, round_half_up

Array = np.ndarray


def satisfaction_by_unit(
    feedback: pd.DataFrame,
    rule: SatisfactionRule | None = None,
    *,
    design: SurveyDesignRule | None = None,
    served: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compute the index and its elements for every unit and period, and for the city.

    In the index of the city every respondent has the same weight. Its intervals take the units as fixed,
    not as sampled. Intervals come from a bootstrap of counter-days, because people asked at one counter on
    one day give similar answers. If dates are unknown, or counter-days too few, respondents are taken as
    a simple random sample; the column ``drawn_as`` names the design used.

    Parameters
    ----------
    feedback : pd.DataFrame
        The processed table `citizen_feedback`, with reporting_unit_id and period. An element of an older
        rule may be in a column ``extra_<element>``, as a source profile names it.
    rule : SatisfactionRule, optional
        One regulation for all periods; by default the one in force in each period.
    design : SurveyDesignRule, optional
        The survey design for intervals; by default that of `rules/regulations/survey_design.yaml`.
    served : pd.DataFrame, optional
        People served, from `people_served`: unit_id, period, population_n.

    Returns
    -------
    satisfaction : pd.DataFrame
        One row per unit and period: rule, rule_changed (the rule differs from that of the unit's period
        before), n_respondents, population_n, answered_pct, unanswered_pct (of the elements asked),
        n_elements_asked, n_elements_of_rule, is_full, index (not rounded), index_rounded, ikm (nan unless
        all elements were asked), index_low, index_high, index_se, drawn_as, n_clusters,
        index_simple_low and index_simple_high (the interval for a simple random sample), grade,
        grade_a_pct to grade_d_pct (percentage of replicates), index_printed_weight and
        index_finer_weight (with the coarsest and the finest weight that worksheets print), grade_printed
        (with the coarsest), grade_flips (grade and grade_printed differ), tipping_points (how many points
        lower the index of the people who did not answer must be for the next lower grade),
        n_screened_out, n_straight_line, index_screened (without doubtful forms), extra_asked, index_as_asked.
    elements : pd.DataFrame
        One row per unit, period and element: rule, n, mean, index, low, high, se, grade,
        unanswered_pct, place_first and place_last (lowest and highest possible rank, where 1 is the
        lowest value; 95 % confidence for all elements together), lowest_pct, and the change since the
        period before (see `with_changes`).

    Raises
    ------
    ModelError
        If the column of the unit or of the period is missing.
    RawDataError
        If an answer is outside the scale of the regulation.
    """
    need_columns(feedback, ["reporting_unit_id", "period"])
    satisfaction: list[dict[str, object]] = []
    elements: list[dict[str, object]] = []
    for given in _by_period(feedback, rule, design, served):
        indices, of_elements = _index_of_period(*given)
        satisfaction += indices
        elements += of_elements
    table = pd.DataFrame(satisfaction).sort_values(["unit_id", "period"], ignore_index=True)
    by_element = pd.DataFrame(elements).sort_values(["unit_id", "period"], kind="stable", ignore_index=True)
    before = table.groupby("unit_id")["rule"].shift()
    table.insert(3, "rule_changed", before.notna() & (before != table["rule"]))
    return table, with_changes(by_element).drop(columns="df")


def index_by_unit(
    feedback: pd.DataFrame,
    rule: SatisfactionRule | None = None,
    *,
    design: SurveyDesignRule | None = None,
    served: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Compute only the index of every unit and period, and of the city, with its interval.

    The numbers equal those of `satisfaction_by_unit`, but take less time.

    Parameters
    ----------
    feedback, rule, design, served
        As for `satisfaction_by_unit`.

    Returns
    -------
    pd.DataFrame
        One row per unit and period: n_respondents, index, index_low, index_high.
    """
    rows = [row for given in _by_period(feedback, rule, design, served) for row in _indices_of_period(*given)]
    table = pd.DataFrame(
        rows, columns=["unit_id", "period", "n_respondents", "index", "index_low", "index_high"]
    )
    return table.sort_values(["unit_id", "period"], ignore_index=True)


def _by_period(
    feedback: pd.DataFrame, rule: SatisfactionRule | None, design: SurveyDesignRule | None, served: pd.DataFrame | None
) -> Iterator[tuple[str, pd.DataFrame, SatisfactionRule, SurveyDesignRule, dict[str, float]]]:  # fmt: skip
    """Yield each period with its forms, its two rules and the number of people served by unit."""
    for period, rows in feedback.groupby("period", sort=True):
        code = str(period)
        then = rules.at(code)
        population: dict[str, float] = {}
        if served is not None:
            of_period = served.loc[served["period"] == code].set_index("unit_id")["population_n"]
            population = {str(unit): float(n) for unit, n in of_period.items()}
        forms = rows.reset_index(drop=True)
        yield (
            code, forms, rule or then.one(SatisfactionRule), design or then.one(SurveyDesignRule), population,
        )  # fmt: skip


@remembered
def _indices_of_period(
    period: str, rows: pd.DataFrame, rule: SatisfactionRule, design: SurveyDesignRule, served: Mapping[str, float]
) -> list[dict[str, object]]:  # fmt: skip
    """Return the rows of the index alone, for every unit of one period and the city."""
    found: list[dict[str, object]] = []
    for group in _groups(period, rows, rule, design, served):
        low, high = percentile_interval(group.draws, group.degrees_of_freedom)
        found.append(
            {
                "unit_id": group.unit_id, "period": period, "n_respondents": len(group.answers),
                "index": float(group.index.exact), "index_low": float(low), "index_high": float(high),
            }
        )  # fmt: skip
    return found


@remembered
def _index_of_period(
    period: str, rows: pd.DataFrame, rule: SatisfactionRule, design: SurveyDesignRule, served: Mapping[str, float]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:  # fmt: skip
    """Return for one period the rows of the index and of its elements: for every unit, and for the city."""
    groups = _groups(period, rows, rule, design, served)
    return [_index_row(group) for group in groups], [row for group in groups for row in _element_rows(group)]


@dataclass(frozen=True)
class _Group:
    """The data of a unit, or of the city, in one period."""

    unit_id: str
    period: str
    rule: SatisfactionRule
    answers: Array
    index: SatisfactionIndex
    screened: SatisfactionIndex | None
    n_screened_out: int
    n_straight_line: int
    parts: tuple[Respondents, ...]
    totals: Array
    population: float

    @cached_property
    def replicates(self) -> Array:
        """The mean of each element asked in each replicate: replicates × elements."""
        k = self.totals.shape[1] // 2
        at = [self.rule.elements.index(e) for e in self.index.asked]
        sums, counts = self.totals[:, at], self.totals[:, [k + i for i in at]]
        own = np.array([float(self.index.mean(e)) for e in self.index.asked])
        # In a replicate without an answer to an element, the element has the mean of the survey.
        return np.asarray(np.where(counts > 0, sums / np.where(counts > 0, counts, 1), own))

    @cached_property
    def draws(self) -> Array:
        """The converted index in each replicate."""
        return np.asarray(self.rule.multiplier * self.replicates.mean(axis=1))

    @property
    def degrees_of_freedom(self) -> int:
        """The sum of the degrees of freedom of all parts."""
        return sum(part.degrees_of_freedom for part in self.parts)


def _groups(
    period: str, rows: pd.DataFrame, rule: SatisfactionRule, design: SurveyDesignRule, served: Mapping[str, float]
) -> list[_Group]:  # fmt: skip
    """Return every unit with an answer, and the city; its replicates are the sums of those of the units."""
    rows = with_elements(rows, rule)
    for element in rule.elements:
        need_on_scale(as_numbers(rows[element], element), rule)
    extra = [str(c) for c in rows if str(c).startswith("extra_")]
    forms = forms_of(rows, rule.elements, design)
    beside = numbers_of(rows, extra)
    marks = rows["screen"].fillna("").astype(str) if "screen" in rows else pd.Series("", rows.index)
    doubtful = (marks != "").to_numpy()
    straight = marks.str.contains("straight_line", regex=False).to_numpy()

    def group(unit: str, at: Array, parts: tuple[Respondents, ...], totals: Array) -> _Group:
        index = _index(rule, forms.answers[at], beside[at], extra)
        assert index is not None  # noqa: S101 (units without an answer are left out below)
        return _Group(
            unit, period, rule, forms.answers[at], index,
            _index(rule, forms.answers[at[~doubtful[at]]], beside[:0], ()), int(doubtful[at].sum()),
            int(straight[at].sum()), parts, totals, float(served.get(unit, np.nan)),
        )  # fmt: skip

    found = []
    for unit, at in forms.units.items():
        if not np.isnan(forms.answers[at]).all():
            part = forms.respondents(at, design, float(served.get(unit, np.nan)))
            found.append(group(unit, at, (part,), part.replicates(design, f"{unit}|{period}")))
    if found:
        parts = tuple(part for one in found for part in one.parts)
        everyone = np.concatenate(list(forms.units.values()))
        found.append(group(CITY, everyone, parts, np.sum([one.totals for one in found], axis=0)))
    return found


def _index(
    rule: SatisfactionRule, answers: Array, beside: Array, extra: Sequence[str]
) -> SatisfactionIndex | None:
    """Return the exact index of some forms; None if no element was answered."""
    counts = (~np.isnan(answers)).sum(axis=0)
    if not counts.any():
        return None
    more = (~np.isnan(beside)).sum(axis=0) if len(beside) else np.zeros(len(extra), int)
    names = [*rule.elements, *extra]
    sums = [*np.nansum(answers, axis=0), *(np.nansum(beside, axis=0) if len(beside) else more)]
    return SatisfactionIndex(
        rule,
        {name: exact_total(value) for name, value in zip(names, sums, strict=True)},
        {name: int(n) for name, n in zip(names, [*counts, *more], strict=True)},
        tuple(name for name, n in zip(extra, more, strict=True) if n > 0),
    )


def with_elements(rows: pd.DataFrame, rule: SatisfactionRule) -> pd.DataFrame:
    """Return rows with a column for every element of the rule.

    An element of an older rule may be in a column ``extra_<element>``, which is renamed.
    """
    older = {f"extra_{e}": e for e in rule.elements if e not in rows and f"extra_{e}" in rows}
    rows = rows.rename(columns=older)
    return rows.assign(**{e: np.nan for e in rule.elements if e not in rows})


def _index_row(group: _Group) -> dict[str, object]:
    rule, index, n = group.rule, group.index, len(group.answers)
    draws = group.draws
    low, high = percentile_interval(draws, group.degrees_of_freedom)
    exists = group.degrees_of_freedom > 0
    chances = grade_chances(draws, rule.unrounded_bounds)
    margin = _simple_margin(group)
    return {
        "unit_id": group.unit_id,
        "period": group.period,
        "rule": rule.rule,
        "n_respondents": n,
        "population_n": group.population,
        # A log with fewer requests than respondents is incomplete, so it does not give the people served.
        "answered_pct": 100 * n / group.population if n <= group.population else np.nan,
        "unanswered_pct": 100 * float(np.isnan(_asked(group)).mean()),
        "n_elements_asked": len(index.asked),
        "n_elements_of_rule": len(rule.elements),
        "is_full": index.is_full,
        "index": float(index.exact),
        "index_rounded": index.value,
        "ikm": index.value if index.is_full else np.nan,
        "index_low": float(low),
        "index_high": float(high),
        "index_se": float(draws.std(ddof=1)) if exists else np.nan,
        "drawn_as": _drawn_as(group),
        "n_clusters": sum(part.n_clusters for part in group.parts),
        "index_simple_low": _on_scale(rule, float(index.exact) - margin),
        "index_simple_high": _on_scale(rule, float(index.exact) + margin),
        **_grades(group),
        **{
            f"grade_{band.grade.lower()}_pct": float(chance) if exists and index.is_full else np.nan
            for band, chance in zip(rule.grades, chances, strict=True)
        },
        "tipping_points": _points_to_lower_grade(group),
        **_screened(group),
        "extra_asked": "|".join(e.removeprefix("extra_") for e in index.extra),
        "index_as_asked": float(round_half_up(index.as_asked, rule.decimals)),
    }


def _drawn_as(group: _Group) -> str:
    """Return the sampling design of the respondents; for the city, the design of most respondents."""
    sizes: Counter[str] = Counter()
    for part in group.parts:
        sizes[part.drawn_as] += len(part.answers)
    return sizes.most_common(1)[0][0]


def _grades(group: _Group) -> dict[str, object]:
    """Return the grade, and the index and grade with printed weights."""
    rule, index = group.rule, group.index
    if not index.is_full:
        return {
            "grade": "", "index_printed_weight": np.nan, "index_finer_weight": np.nan, "grade_printed": "",
            "grade_flips": False,
        }  # fmt: skip
    printed = index.published(rule.coarsest_weight)
    finer = index.published(max(rule.printed_weights))
    # A printed weight can give an index below the lowest value of the scale.
    grade_printed = rule.grade(max(printed, Fraction(rule.multiplier * rule.scale.lowest))).grade
    return {
        "grade": index.grade.grade,
        "index_printed_weight": float(round_half_up(printed, rule.decimals)),
        "index_finer_weight": float(round_half_up(finer, rule.decimals)),
        "grade_printed": grade_printed,
        "grade_flips": index.grade.grade != grade_printed,
    }


def _points_to_lower_grade(group: _Group) -> float:
    """Return by how many points the index of those who did not answer must lie below that of those who did, for a lower grade.

    That is the grade of both together. nan if everyone answered, the population is unknown, an element was not asked, or
    the grade is the lowest.
    """
    n, rule = len(group.answers), group.rule
    place = [band.grade for band in rule.grades].index(group.index.grade.grade)
    if not n < group.population or not group.index.is_full or place == len(rule.grades) - 1:
        return np.nan
    return float(group.index.exact - rule.unrounded_bounds[place]) / (1 - n / group.population)


def _screened(group: _Group) -> dict[str, object]:
    """Return the index without the forms marked as doubtful, and their numbers."""
    return {
        "n_screened_out": group.n_screened_out,
        "n_straight_line": group.n_straight_line,
        "index_screened": group.screened.value if group.screened else np.nan,
    }


def _asked(group: _Group) -> Array:
    """Return the answers to the elements that were asked."""
    return np.asarray(group.answers[:, [group.rule.elements.index(e) for e in group.index.asked]])


def _simple_margin(group: _Group) -> float:
    """Return half the width of the 95 % interval for a simple random sample.

    The index is a mean of ratios, so the influence of a respondent is the sum of the influences on each
    ratio.
    """
    answers = _asked(group)
    n, k = answers.shape
    if n < 2:
        return np.nan
    counts = (~np.isnan(answers)).sum(axis=0)
    moves = np.nansum((answers - np.nanmean(answers, axis=0)) / counts, axis=1) / k
    return float(Z_95 * group.rule.multiplier * np.sqrt((moves**2).sum() * n / (n - 1)))


def _on_scale(rule: SatisfactionRule, value: float) -> float:
    return float(np.clip(value, rule.multiplier * rule.scale.lowest, rule.multiplier * rule.scale.highest))


def _element_rows(group: _Group) -> list[dict[str, object]]:
    rule, index, means = group.rule, group.index, group.replicates
    exists = group.degrees_of_freedom > 0
    low, high = percentile_interval(rule.multiplier * means, group.degrees_of_freedom)
    values = np.array([float(index.mean(e)) for e in index.asked])
    order = order_of(values, means) if exists else ClusterOrder(*[np.full(len(values), np.nan)] * 3)
    return [
        {
            "unit_id": group.unit_id,
            "period": group.period,
            "element": element,
            "rule": rule.rule,
            "n": int(index.counts[element]),
            "mean": float(index.mean(element)),
            "index": float(rule.multiplier * index.mean(element)),
            "low": float(low[at]),
            "high": float(high[at]),
            "se": float(rule.multiplier * means[:, at].std(ddof=1)) if exists else np.nan,
            "df": group.degrees_of_freedom,
            "grade": rule.grade(rule.multiplier * index.mean(element)).grade,
            "unanswered_pct": 100 * (1 - index.counts[element] / len(group.answers)),
            "place_first": order.first[at],
            "place_last": order.last[at],
            "lowest_pct": order.lowest_pct[at],
        }
        for at, element in enumerate(index.asked)
    ]
