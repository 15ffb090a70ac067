"""Derived importance: how much each element explains of the overall judgement, when elements are correlated.

An element's importance is its share of the variance explained, averaged over every order in which the
elements could enter the regression (Lindeman, Merenda and Gold; the Shapley value of R squared). A
regression coefficient would depend on which of two correlated elements happens to get the credit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.measure.respondents import Respondents, forms_of, numbers_of
from asn_research.remembered import remembered
from asn_research.rules.cities import CITY
from asn_research.rules.periods import Period
from asn_research.rules.regulations import SatisfactionRule, SurveyDesignRule

Array = np.ndarray
_TRUST = ("trust_competence", "trust_benevolence", "trust_integrity")
_OVERALL = "extra_overall"
# An element with less than this share of its variance left, after the elements already in the regression,
# adds nothing.
_NOTHING_LEFT = 1e-10
# Number of matrices that are handled at a time, and of sets of regressors over all of them: a larger number
# would not fit into the processor's cache.
_AT_ONCE, _MOST_HELD = 800, 8_000_000


def lmg_shares(covariance: Array) -> Array:
    """Divide R squared among the regressors, averaged over every order of entry.

    Every set of regressors is visited once. The difference between the variance that it explains with a
    regressor and without it is the gain of that regressor. So 2^k small steps replace k! orders, and they
    run for all matrices at once.

    Parameters
    ----------
    covariance : np.ndarray
        Matrices × (k + 1) × (k + 1), or one matrix: the regressors, then the outcome.

    Returns
    -------
    np.ndarray
        Matrices × k, or k: the parts of R squared; their sum is R squared. nan where the outcome does
        not vary.

    References
    ----------
    Grömping, U. (2007). The American Statistician 61, 139-147.

    Examples
    --------
    >>> lmg_shares(np.array([[1.0, 0.0, 0.6], [0.0, 1.0, 0.3], [0.6, 0.3, 1.0]])).round(2).tolist()
    [0.36, 0.09]
    """
    stack = covariance if covariance.ndim == 3 else covariance[None]
    step = max(1, min(_AT_ONCE, _MOST_HELD >> (stack.shape[1] - 1)))
    shares = np.concatenate([_lmg(stack[at : at + step]) for at in range(0, len(stack), step)])
    return shares if covariance.ndim == 3 else np.asarray(shares[0])


def _lmg(stack: Array) -> Array:
    k = stack.shape[1] - 1
    # The axis of the matrices is last, so that every step reads contiguous memory.
    whole = np.ascontiguousarray(np.moveaxis(stack, 0, -1), dtype=float)
    explained = _explained(whole)
    sizes = np.array([places.bit_count() for places in range(2**k)])
    weight = np.array([factorial(s) * factorial(k - s - 1) / factorial(k) for s in range(k)])
    shares = np.zeros((k, stack.shape[0]))
    for at in range(k):
        # The sets without the regressor, and the same sets with it.
        without, with_it = np.moveaxis(explained.reshape(-1, 2, 2**at, stack.shape[0]), 1, 0)
        # A gain cannot be negative; a negative rounding error is set to zero.
        gains = np.maximum(with_it - without, 0.0).reshape(2 ** (k - 1), -1)
        shares[at] = weight[sizes.reshape(-1, 2, 2**at)[:, 0].ravel()] @ gains
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.where(whole[-1, -1] > 0, whole[-1, -1], np.nan)
        return np.asarray((shares / variance).T)


def _explained(whole: Array) -> Array:
    """Return how much of the outcome's variance each set of regressors explains: sets × matrices.

    The row number of a set is a bit mask: each bit stands for one regressor of the set.
    """
    k = len(whole) - 1
    least = _NOTHING_LEFT * np.einsum("iib->ib", whole)
    found = np.zeros((2**k, whole.shape[2]))

    def visit(remaining: Array, at: int, entered: int, so_far: Array) -> None:
        """Store in `found` the explained variance of every subset: first without regressor `at`, then with it.

        `remaining` is the covariance of the regressors from `at` on and, last, of the outcome, after the regressors
        of the subset are taken out. `entered` names the subset by its bits.
        """
        if at == k:
            found[entered] = so_far
            return
        visit(remaining[1:, 1:], at + 1, entered, so_far)
        spread, taken = remaining[0, 0], remaining[0, 1:]
        some = spread > least[at]
        scaled = taken * np.where(some, 1.0 / np.where(some, spread, 1.0), 0.0)
        explained = so_far + taken[-1] * scaled[-1]
        rest = remaining[1:, 1:] - taken[:, None] * scaled if at < k - 1 else remaining[1:, 1:]
        visit(rest, at + 1, entered | 1 << at, explained)

    visit(whole, 0, 0, np.zeros(whole.shape[2]))
    return found


def _lmg_by_period(matrices: Array, periods: Sequence[str]) -> Array:
    """Return the shares of every matrix, computed by period, so that unchanged periods come from the cache."""
    whole = matrices.reshape(len(periods), -1, *matrices.shape[1:])
    found = np.zeros((*whole.shape[:2], matrices.shape[1] - 1))
    for period in sorted(set(periods)):
        own = [at for at, other in enumerate(periods) if other == period]
        found[own] = _lmg_of(whole[own].reshape(-1, *matrices.shape[1:])).reshape(len(own), *found.shape[1:])
    return found.reshape(-1, found.shape[2])


@remembered
def _lmg_of(matrices: Array) -> Array:
    return lmg_shares(matrices)


def item_rest_shares(covariance: Array) -> Array:
    """Return the squared correlation of each item with the sum of the other items, as shares of their total.

    It replaces `lmg_shares` where no overall judgement was asked. The sum of all items cannot be the
    outcome there, because the items explain it entirely.

    Parameters
    ----------
    covariance : np.ndarray
        Matrices × k × k.
    """
    variance = np.einsum("bii->bi", covariance)
    with_rest = covariance.sum(axis=2) - variance
    rest = covariance.sum(axis=(1, 2))[:, None] - 2 * with_rest - variance
    with np.errstate(invalid="ignore", divide="ignore"):
        squared = np.nan_to_num(with_rest**2 / (variance * rest))
        return np.asarray(squared / squared.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class _Moments:
    """Centred sums of squares and products of a unit: row 0 for the sample, then one row per replicate."""

    products: Array
    n: int


def importance_by_unit(
    feedback: pd.DataFrame,
    elements: pd.DataFrame,
    *,
    design: SurveyDesignRule | None = None,
    n_periods: int | None = None,
) -> pd.DataFrame | None:
    """Derive the importance of each element, and its field in the importance-performance matrix.

    The outcome is the overall judgement if it was asked (``extra_overall``, from a source profile), else
    trust in the unit. Without either, importance is the correlation of an element with all the others;
    this says how typical the element is, not what it influences. Answers of the last periods are pooled
    around the means of each period, and in the city around the means of each unit, so that differences
    between units and quarters do not count as importance. Importance is association, not effect.

    Parameters
    ----------
    feedback : pd.DataFrame
        The processed table `citizen_feedback`.
    elements : pd.DataFrame
        From `satisfaction_by_unit`: each element's index, with its interval.
    design : SurveyDesignRule, optional
        By default the design of `rules/regulations/survey_design.yaml`.
    n_periods : int, optional
        How many periods are pooled, including the row's own; by default the number in the design.

    Returns
    -------
    pd.DataFrame or None
        One row per unit, period and element: n (complete forms), n_periods, outcome (`overall`, `trust`
        or `rest`), r2 (nan for `rest`), share_pct with share_low and share_high (95 %, bootstrap of
        counters and days), index, low, high, cut_index (the mean of the elements), cut_share_pct (an
        equal share), field (`priority`, `keep`, `lesser`, `ample`) and is_clear (neither interval
        contains its cut). None if no unit has enough forms.
    """
    found = []
    for rule_name, index_of in elements.groupby("rule", sort=True):
        rule_periods = set(index_of["period"])
        rows = feedback.loc[feedback["period"].isin(rule_periods)]
        then = rules.at(max(rule_periods))
        rule = then.one(SatisfactionRule)
        asked = [e for e in rule.elements if e in rows and rows[e].notna().any()]
        if rule.rule != rule_name or len(asked) < 2:
            continue
        outcome, columns = _outcome(rows)
        how = _fewer_replicates(design or then.one(SurveyDesignRule))
        if n_periods is not None:
            how = how.model_copy(update={"importance_periods": n_periods})
        found.append(_importance(rows, asked, outcome, columns, how))
    shares = pd.concat(found, ignore_index=True) if found else pd.DataFrame()
    if shares.empty:
        return None
    keys = ["unit_id", "period", "element"]
    return _fields(shares.merge(elements[[*keys, "index", "low", "high"]], on=keys))


def _fewer_replicates(design: SurveyDesignRule) -> SurveyDesignRule:
    """Return the design with the number of replicates for importance, which is smaller to save time."""
    return design.model_copy(update={"replicates": design.importance_replicates})


def _outcome(rows: pd.DataFrame) -> tuple[str, list[str]]:
    for name, columns in (("overall", [_OVERALL]), ("trust", list(_TRUST))):
        if set(columns) <= set(rows) and rows[columns].notna().all(axis=1).mean() > 0.5:
            return name, columns
    return "rest", []


def _importance(
    rows: pd.DataFrame, asked: list[str], outcome: str, columns: list[str], design: SurveyDesignRule
) -> pd.DataFrame:  # fmt: skip
    """Return the shares for every unit and period, with the answers of the last periods pooled."""
    complete = rows.loc[rows[[*asked, *columns]].notna().all(axis=1)]
    moments = {
        (unit, str(period)): unit_rows
        for period, own in complete.groupby("period", sort=True)
        for unit, unit_rows in _by_unit(
            str(period), own.reset_index(drop=True), asked, columns, design
        ).items()
    }
    for period in sorted({period for _, period in moments}):
        of_city = [unit_rows for (_, when), unit_rows in moments.items() if when == period]
        moments[CITY, period] = _pooled(of_city)
    keys, pooled, spans = [], [], []
    for unit, period in sorted(moments):
        codes = [Period.parse(period).shift(-back).code for back in range(design.importance_periods)]
        last = [moments[unit, code] for code in codes if (unit, code) in moments]
        together = _pooled(last)
        if together.n >= design.importance_fewest:
            keys.append((unit, period))
            pooled.append(together)
            spans.append(len(last))
    return _share_rows(keys, pooled, spans, asked, outcome)


@remembered
def _by_unit(
    period: str, rows: pd.DataFrame, asked: list[str], columns: list[str], design: SurveyDesignRule
) -> dict[str, _Moments]:
    forms = forms_of(rows, asked, design)
    outcome = numbers_of(rows, columns).mean(axis=1, keepdims=True) if columns else np.zeros((len(rows), 0))
    return {
        unit: _moments(forms.respondents(at, design), outcome[at], design, f"{unit}|{period}")
        for unit, at in forms.units.items()
    }


def _moments(people: Respondents, outcome: Array, design: SurveyDesignRule, name: str) -> _Moments:
    """Return the centred products of the sample (first row) and of every replicate."""
    answers = np.column_stack([people.answers, outcome])
    answers = answers - answers.mean(axis=0)
    width = answers.shape[1]
    upper = np.triu_indices(width)
    products = answers[:, upper[0]] * answers[:, upper[1]]
    variables = np.column_stack([np.ones(len(answers)), answers, products])
    totals = np.vstack([variables.sum(axis=0), people.replicates(design, name, variables)])
    size = np.where(totals[:, :1] > 0, totals[:, :1], 1.0)
    sums, squares = totals[:, 1 : width + 1], totals[:, width + 1 :]
    centred = squares - sums[:, upper[0]] * sums[:, upper[1]] / size
    return _Moments(centred, len(answers))


def _pooled(parts: Sequence[_Moments]) -> _Moments:
    return _Moments(np.sum([part.products for part in parts], axis=0), sum(part.n for part in parts))


def _share_rows(
    keys: list[tuple[str, str]], pooled: list[_Moments], spans: list[int], asked: list[str], outcome: str
) -> pd.DataFrame:  # fmt: skip
    if not keys:
        return pd.DataFrame()
    width = len(asked) + (outcome != "rest")
    upper = np.triu_indices(width)
    n_draws = len(pooled[0].products)
    matrices = np.zeros((len(keys) * n_draws, width, width))
    matrices[:, upper[0], upper[1]] = np.concatenate([moments.products for moments in pooled])
    matrices[:, upper[1], upper[0]] = matrices[:, upper[0], upper[1]]
    parts = (
        item_rest_shares(matrices)
        if outcome == "rest"
        else _lmg_by_period(matrices, [period for _, period in keys])
    )
    total = parts.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = 100 * (parts / total[:, None]).reshape(len(keys), n_draws, len(asked))
    explained = np.full(len(keys), np.nan) if outcome == "rest" else total.reshape(len(keys), n_draws)[:, 0]
    low, high = np.nanquantile(shares[:, 1:], [0.025, 0.975], axis=1)
    return pd.DataFrame(
        [
            {
                "unit_id": unit, "period": period, "element": element, "n": pooled[at].n, "n_periods": spans[at],
                "outcome": outcome, "r2": explained[at], "share_pct": shares[at, 0, place],
                "share_low": low[at, place], "share_high": high[at, place], "cut_share_pct": 100 / len(asked),
            }
            for at, (unit, period) in enumerate(keys)
            for place, element in enumerate(asked)
        ]
    )  # fmt: skip


def _fields(table: pd.DataFrame) -> pd.DataFrame:
    """Assign each element its field by importance and index; it is clear if neither interval contains its cut."""
    cut = table.groupby(["unit_id", "period"])["index"].transform("mean")
    important, high = table["share_pct"] >= table["cut_share_pct"], table["index"] >= cut
    field = np.select(
        [important & ~high, important & high, ~important & ~high], ["priority", "keep", "lesser"], "ample"
    )
    apart = (table["low"] > cut) | (table["high"] < cut)
    equal = table["cut_share_pct"]
    apart &= (table["share_low"] > equal) | (table["share_high"] < equal)
    return table.assign(cut_index=cut, field=field, is_clear=apart)
