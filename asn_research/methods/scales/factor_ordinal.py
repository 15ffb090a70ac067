"""Confirmatory factor analysis of ordered answers, by diagonally weighted least squares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize

from asn_research.errors import ModelError
from asn_research.methods.estimates import Z_95
from asn_research.methods.estimator import answer_codes, need_columns
from asn_research.methods.scales.factor_fit import FitIndices, fit_indices
from asn_research.methods.scales.factor_model import FactorModel
from asn_research.methods.scales.factorability import refuse_unfactorable
from asn_research.methods.scales.polychoric import polychoric

Array = np.ndarray


@dataclass(frozen=True)
class OrdinalFit:
    """A factor model fitted to polychoric correlations.

    Parameters
    ----------
    loadings : pd.DataFrame
        One row per item: factor, estimate (standardised), std_error, low, high (95 %).
    factor_correlations : pd.DataFrame
        Correlations of the factors.
    indices : FitIndices
        Fit indices of the scaled and shifted chi-squared.
    unscaled_chi2 : float
        Chi-squared before scaling; it has no known distribution.
    n : int
        Number of complete respondents.
    problems : tuple of str
        Reasons why the solution is improper, as for `FactorFit`.
    """

    loadings: pd.DataFrame
    factor_correlations: pd.DataFrame
    indices: FitIndices
    unscaled_chi2: float
    n: int
    problems: tuple[str, ...]


def fit_ordinal_factors(items: pd.DataFrame, factors: Mapping[str, Sequence[str]]) -> OrdinalFit:
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

    References
    ----------
    Muthén, B., du Toit, S. H. C. and Spisic, D. (1997). Robust inference using weighted least squares.
    Asparouhov, T. and Muthén, B. (2010). Simple second order chi-square correction.
    """
    factors = {factor: [str(item) for item in names] for factor, names in factors.items()}
    model = FactorModel(factors, "variance")
    complete = _coded(items, model.items)
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
        msg = "The factor model is not identified by these answers; take items or factors out."
        raise ModelError(msg) from None
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
    indices = fit_indices(chi2, df, baseline, df0, n=effective, n_groups=1, srmr=srmr)
    return OrdinalFit(
        _loading_table(model, values, covariance), _factor_table(model, values), indices, unscaled,
        seen.n, _problems(model, values),
    )  # fmt: skip


def _coded(items: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the answers of complete respondents, as codes from 0 in the order of each item's answers."""
    named = items.set_axis([str(name) for name in items.columns], axis=1)
    need_columns(named, names)
    complete = named[list(names)].dropna()
    return pd.DataFrame(
        {name: answer_codes(complete[name], name)[0].astype(float) for name in names}, index=complete.index
    )


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
        msg = (
            "The factor model of ordered answers did not converge: the answers do not fit these factors. "
            "Look at the items' correlations, and fit fewer factors."
        )
        raise ModelError(msg)
    return np.asarray(found.x)


def _loading_table(model: FactorModel, values: Array, covariance: Array) -> pd.DataFrame:
    p, names = len(model.items), list(model.factors)
    error = np.sqrt(np.diag(covariance))[:p]
    return pd.DataFrame(
        {
            "factor": [names[k] for k in model.owner], "estimate": values[:p], "std_error": error,
            "low": values[:p] - Z_95 * error, "high": values[:p] + Z_95 * error,
        },
        index=pd.Index(model.items, name="item"),
    )  # fmt: skip


def _factor_table(model: FactorModel, values: Array) -> pd.DataFrame:
    names = list(model.factors)
    return pd.DataFrame(_parts(model, values)[1], index=names, columns=names)


def _problems(model: FactorModel, values: Array) -> tuple[str, ...]:
    loading, between = _parts(model, values)
    found = []
    if (np.abs(loading) > 1).any():
        found.append("negative_residual")
    if np.linalg.eigvalsh(between)[0] <= 1e-8:
        found.append("correlation_of_one")
    return tuple(found)
