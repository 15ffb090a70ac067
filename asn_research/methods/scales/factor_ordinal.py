"""Confirmatory factor analysis of ordered answers, by diagonally weighted least squares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize

from asn_research.errors import ModelError
from asn_research.methods.column_values import answer_codes, need_columns
from asn_research.methods.estimates import Z_95
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.result import Result, tidy
from asn_research.methods.scales.factor import index_facts, model_formula, problem_notes
from asn_research.methods.scales.factor_fit import FitIndices, fit_indices
from asn_research.methods.scales.factor_model import FactorModel
from asn_research.methods.scales.factorability import refuse_unfactorable
from asn_research.methods.scales.polychoric import Polychoric, polychoric
from asn_research.rules.words import said, worded

Array = np.ndarray


@dataclass(frozen=True, repr=False)
class OrdinalFactorFit(Result):
    """A factor model fitted to polychoric correlations.

    Parameters
    ----------
    model : FactorModel
        The fitted model.
    loadings : pd.DataFrame
        One row per item: factor, estimate (standardised), std_error, low, high (95 %).
    correlations : pd.DataFrame
        One row per pair of factors: first, second, estimate, std_error, low, high.
    thresholds : pd.DataFrame
        One row per item and limit between two answers: item, limit (``1|2``), estimate, std_error, low,
        high. A threshold is a point on a standard normal variable.
    indices : FitIndices
        Fit indices of the scaled and shifted chi-squared.
    unscaled : FitIndices
        The indices of the chi-squared before scaling, which has no known distribution; lavaan prints them
        beside the others.
    n : int
        Number of complete respondents.
    problems : tuple of str
        Reasons why the solution is improper, as for `FactorFit`.
    """

    model: FactorModel
    loadings: pd.DataFrame
    correlations: pd.DataFrame
    thresholds: pd.DataFrame
    indices: FitIndices
    unscaled: FitIndices
    n: int
    problems: tuple[str, ...]

    @property
    def unscaled_chi2(self) -> float:
        """Chi-squared before scaling."""
        return self.unscaled.chi2

    @property
    def factor_correlations(self) -> pd.DataFrame:
        """Correlations of the factors, one row and column each."""
        names = list(self.model.factors)
        place = {name: at for at, name in enumerate(names)}
        found = np.eye(len(names))
        for row in self.correlations.to_dict("records"):
            one, other = place[row["first"]], place[row["second"]]
            found[one, other] = found[other, one] = row["estimate"]
        return pd.DataFrame(found, index=names, columns=names)

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """Loadings and correlations of the factors, named as in lavaan."""
        between = self.correlations
        terms = [f"{row.factor} =~ {row.Index}" for row in self.loadings.itertuples()]
        terms += [f"{row.first} ~~ {row.second}" for row in between.itertuples()]
        estimates, errors = (
            np.concatenate([self.loadings[name], between[name]]) for name in ("estimate", "std_error")
        )
        return tidy(terms, estimates, errors)

    @property
    def formula(self) -> str:  # type: ignore[override]
        """The model, as lavaan writes it."""
        return model_formula(self.model)

    @property
    def outcome_name(self) -> str:
        """The factors."""
        return ", ".join(self.model.factors)

    @property
    def convention(self) -> str:  # type: ignore[override]
        """How errors and the test were computed."""
        return said("convention_factors_ordinal")

    @property
    def notes(self) -> tuple[str, ...]:  # type: ignore[override]
        """Why an improper solution must not be interpreted."""
        return problem_notes(self.problems)

    def facts(self) -> dict[str, object]:
        """Return the number of respondents and the fit indices."""
        return {**super().facts(), **index_facts(self.indices)}

    def further(self) -> dict[str, pd.DataFrame]:
        """Return the thresholds."""
        limits = self.thresholds
        terms = [f"{row.item} | {row.limit}" for row in limits.itertuples()]
        return {
            said("fact_thresholds"): tidy(
                terms, limits["estimate"].to_numpy(), limits["std_error"].to_numpy()
            )
        }


@estimator(factors=Role.ANSWER)
def fit_ordinal_factors(items: pd.DataFrame, factors: Mapping[str, Sequence[str]]) -> OrdinalFactorFit:
    """Fit correlated factors to ordered answers by diagonally weighted least squares.

    Standard errors and the test use the full sampling covariance of the polychoric correlations; the
    test is scaled and shifted to have the mean and variance of a chi-squared (lavaan's WLSMV).

    Parameters
    ----------
    items : pd.DataFrame
        One row per respondent; ordered answers.
    factors : mapping of str to sequence of str
        Items of each factor.

    Raises
    ------
    ModelError
        As for `fit_factors`; and if an item has too many different answers for a scale.
    RequestError
        If answers are text and not an ordered category.

    Notes
    -----
    Estimates, errors and indices equal those of R's ``lavaan::cfa(ordered = TRUE, estimator = "WLSMV",
    std.lv = TRUE)``. statsmodels has no such model.

    References
    ----------
    Muthén, B., du Toit, S. H. C. and Spisic, D. (1997). Robust inference using weighted least squares.
    Asparouhov, T. and Muthén, B. (2010). Simple second order chi-square correction.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> semangat = rng.normal(size=200)
    >>> butir = {f"m{k}": np.digitize(semangat + rng.normal(size=200), [-1, 0, 1]) + 1 for k in range(1, 5)}
    >>> fit = fit_ordinal_factors(pd.DataFrame(butir), {"motivasi": list(butir)})
    >>> fit.table["term"].tolist()[:2]
    ['motivasi =~ m1', 'motivasi =~ m2']
    >>> fit.thresholds["limit"].tolist()[:3]
    ['1|2', '2|3', '3|4']
    """
    factors = {factor: [str(item) for item in names] for factor, names in factors.items()}
    model = FactorModel(factors, "variance")
    complete, answers = _coded(items, model.items)
    refuse_unfactorable(complete, factors)
    seen = polychoric(complete)
    matrix = seen.correlations.to_numpy()
    observed = np.array([matrix[i, j] for i, j in seen.pairs])
    weight = 1 / np.diag(seen.gamma)
    values = _minimise(model, observed, weight, seen.pairs)
    p = len(model.items)
    slopes = _slopes(model, values, seen.pairs)
    # lavaan and Mplus use n - 1 instead of n for least squares.
    effective = seen.n - 1
    try:
        bread = np.linalg.inv(slopes.T @ (weight[:, None] * slopes))
    except np.linalg.LinAlgError:
        raise worded(ModelError, "error_factors_unidentified") from None
    weighted = weight[:, None] * slopes
    covariance = bread @ weighted.T @ seen.gamma @ weighted @ bread / effective
    apart = observed - _correlations(model, values, seen.pairs)
    unscaled = effective * float((weight * apart**2).sum())
    residual = (np.diag(weight) - weighted @ bread @ weighted.T) @ seen.gamma
    df, df0 = len(observed) - len(values), len(observed)
    chi2 = _scaled_and_shifted(unscaled, residual, df)
    base = effective * float((weight * observed**2).sum())
    baseline = _scaled_and_shifted(base, weight[:, None] * seen.gamma, df0)
    # The diagonal fits exactly; it is included in the number of moments.
    srmr = float(np.sqrt((apart**2).sum() / (p * (p + 1) / 2)))
    indices = partial(fit_indices, n=effective, n_groups=1, srmr=srmr)
    errors = np.sqrt(np.diag(covariance))
    return OrdinalFactorFit(
        model, _loading_table(model, values, errors), _correlation_table(model, values, errors),
        _threshold_table(seen, answers), indices(chi2, df, baseline, df0),
        indices(unscaled, df, base, df0), seen.n, _problems(model, values),
    )  # fmt: skip


def _coded(items: pd.DataFrame, names: Sequence[str]) -> tuple[pd.DataFrame, dict[str, list[Any]]]:
    """Return complete respondents' answers as codes from 0, and the answers of each item in their order."""
    named = items.set_axis([str(name) for name in items.columns], axis=1)
    need_columns(named, names)
    complete = named[list(names)].dropna()
    coded = {name: answer_codes(complete[name], name) for name in names}
    codes = {name: numbers.astype(float) for name, (numbers, _) in coded.items()}
    return pd.DataFrame(codes, index=complete.index), {name: found for name, (_, found) in coded.items()}


def _scaled_and_shifted(chi2: float, residual: Array, df: int) -> float:
    if df == 0:
        return 0.0
    first, second = float(np.trace(residual)), float(np.trace(residual @ residual))
    scale = np.sqrt(df / second)
    return float(scale * chi2 + df - scale * first)


def _parts(model: FactorModel, values: Array) -> tuple[Array, Array]:
    """Return the loading of each item, and the correlation matrix of the factors."""
    p, m = len(model.items), len(model.factors)
    correlation = np.eye(m)
    correlation[np.tril_indices(m, -1)] = values[p:]
    return values[:p], correlation + np.tril(correlation, -1).T


def _correlations(model: FactorModel, values: Array, pairs: Sequence[tuple[int, int]]) -> Array:
    loading, between = _parts(model, values)
    full = np.outer(loading, loading) * between[np.ix_(model.owner, model.owner)]
    return np.asarray(full[tuple(np.array(pairs).T)])


def _slopes(model: FactorModel, values: Array, pairs: Sequence[tuple[int, int]]) -> Array:
    loading, between = _parts(model, values)
    p, m = len(loading), len(between)
    lower = [(i, j) for i in range(m) for j in range(i)]
    place = {pair: p + k for k, pair in enumerate(lower)}
    rows = np.zeros((len(pairs), len(values)))
    for row, (i, j) in enumerate(pairs):
        a, b = int(model.owner[i]), int(model.owner[j])
        rows[row, i] = loading[j] * between[a, b]
        rows[row, j] = loading[i] * between[a, b]
        if a != b:
            rows[row, place[max(a, b), min(a, b)]] = loading[i] * loading[j]
    return rows


def _minimise(model: FactorModel, observed: Array, weight: Array, pairs: Sequence[tuple[int, int]]) -> Array:
    root = np.sqrt(weight)
    signs = np.ones(len(model.items))
    first = np.flatnonzero(model.first)[model.owner]
    for value, (i, j) in zip(observed, pairs, strict=True):
        if first[i] == j and value < 0:
            signs[i] = -1
    m = len(model.factors)
    start = np.concatenate([0.7 * signs, np.full(m * (m - 1) // 2, 0.3)])
    found = optimize.least_squares(
        lambda v: root * (observed - _correlations(model, v, pairs)), start,
        jac=lambda v: -root[:, None] * _slopes(model, v, pairs),
        xtol=1e-12, ftol=1e-14, gtol=1e-12, max_nfev=500,
    )  # fmt: skip
    if not found.success:
        raise worded(ModelError, "error_factors_unconverged_ordered")
    return np.asarray(found.x)


def _with_interval(estimate: Array, error: Array) -> dict[str, Array]:
    return {
        "estimate": estimate, "std_error": error, "low": estimate - Z_95 * error, "high": estimate + Z_95 * error
    }  # fmt: skip


def _loading_table(model: FactorModel, values: Array, errors: Array) -> pd.DataFrame:
    p, names = len(model.items), list(model.factors)
    return pd.DataFrame(
        {"factor": [names[k] for k in model.owner], **_with_interval(values[:p], errors[:p])},
        index=pd.Index(model.items, name="item"),
    )


def _correlation_table(model: FactorModel, values: Array, errors: Array) -> pd.DataFrame:
    p, names = len(model.items), list(model.factors)
    # The parameters are in the order of the rows below the diagonal.
    pairs = [(names[j], names[i]) for i in range(len(names)) for j in range(i)]
    return pd.DataFrame(
        {
            "first": [a for a, _ in pairs],
            "second": [b for _, b in pairs],
            **_with_interval(values[p:], errors[p:]),
        }
    )


def _threshold_table(seen: Polychoric, answers: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    items, limits = [], []
    for name, known in answers.items():
        items += [name] * (len(known) - 1)
        limits += [f"{_plain(a)}|{_plain(b)}" for a, b in pairwise(known)]
    return pd.DataFrame(
        {"item": items, "limit": limits, **_with_interval(seen.thresholds, seen.threshold_errors)}
    )


def _plain(answer: object) -> str:
    """Return an answer as text; a whole number without decimals."""
    return f"{answer:g}" if isinstance(answer, float) else str(answer)


def _problems(model: FactorModel, values: Array) -> tuple[str, ...]:
    loading, between = _parts(model, values)
    found = []
    if (np.abs(loading) > 1).any():
        found.append("negative_residual")
    if np.linalg.eigvalsh(between)[0] <= 1e-8:
        found.append("correlation_of_one")
    return tuple(found)
