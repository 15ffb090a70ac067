"""Partial pooling (shrinkage): estimates of units move towards the mean of all units.

Each unit's estimate has a known sampling variance. The true values vary between units around a mean, or
around a regression on covariates such as the mix of services. The estimate of a unit with few answers
moves far; that of a unit with many answers hardly moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import optimize, stats

from asn_research.errors import ModelError
from asn_research.methods.estimates import Z_95
from asn_research.methods.estimator import options_checked
from asn_research.rules.words import worded

Array = np.ndarray
Method = Literal["reml", "ml", "paule_mandel", "dl", "james_stein"]


@dataclass(frozen=True)
class Shrinkage:
    """The result of partial pooling of units' estimates.

    Parameters
    ----------
    coefficients, std_errors : np.ndarray
        The mean, or the intercept and slopes of the regression, with standard errors.
    between : float
        Variance between units, tau². It is exactly zero if units differ no more than their sampling
        errors explain; then the data show no difference between units.
    q, q_p : float
        Cochran's test of the hypothesis that units do not differ, and its p-value.
    i2 : float
        Percentage of the variance of the estimates that lies between units.
    units : pd.DataFrame
        One row per unit: expected (mean or regression), pooled, std_error, low, high (95 %; includes the
        error of the mean, but not that of tau²), weight (of the unit's own estimate; the rest is shrinkage).
    """

    coefficients: Array
    std_errors: Array
    between: float
    q: float
    q_p: float
    i2: float
    units: pd.DataFrame

    @property
    def units_differ(self) -> bool:
        """Whether units differ by more than their sampling errors explain."""
        return self.between > 0


@options_checked
def shrink(
    estimate: Sequence[float] | Array | pd.Series,
    variance: Sequence[float] | Array | pd.Series,
    covariates: Array | None = None,
    *,
    method: Method = "reml",
    between: float | None = None,
) -> Shrinkage:
    """Pool units' estimates partially, by the normal-normal model (empirical Bayes).

    Parameters
    ----------
    estimate, variance : sequence of float
        The estimate of each unit and its sampling variance.
    covariates : np.ndarray, optional
        One column per covariate; centre it if the intercept should be the mean.
    method : {"reml", "ml", "paule_mandel", "dl", "james_stein"}
        Estimator of tau²: restricted or full likelihood, Paule-Mandel, DerSimonian-Laird, or the tau² at which
        weights are those of James and Stein, 1 - (k - 3) v / S, for units of equal variance.
    between : float, optional
        A given tau², which is then not estimated.

    Raises
    ------
    ModelError
        If the number of units is smaller than the number of coefficients plus two, a variance is not
        positive, or the covariates are collinear.

    References
    ----------
    Viechtbauer, W. (2010). Journal of Statistical Software 36(3). Efron, B. and Morris, C. (1975). Journal of
    the American Statistical Association 70, 311-319.
    """
    y, v = np.asarray(estimate, dtype=float), np.asarray(variance, dtype=float)
    x = np.ones((len(y), 1)) if covariates is None else np.column_stack([np.ones(len(y)), covariates])
    _check(y, v, x)
    tau2 = between if between is not None else _tau2(y, v, x, method)
    beta, spread = _line(y, v + tau2, x)
    q, q_p, i2 = _heterogeneity(y, v, x, tau2)
    expected = x @ beta
    weight = tau2 / (tau2 + v)
    pooled = weight * y + (1 - weight) * expected
    lines = np.einsum("ij,jk,ik->i", x, spread, x)
    error = np.sqrt(weight * v + (1 - weight) ** 2 * lines)
    units = pd.DataFrame(
        {
            "expected": expected, "pooled": pooled, "std_error": error,
            "low": pooled - Z_95 * error, "high": pooled + Z_95 * error, "weight": weight,
        },
        index=estimate.index if isinstance(estimate, pd.Series) else None,
    )  # fmt: skip
    return Shrinkage(beta, np.sqrt(np.diag(spread)), float(tau2), q, q_p, i2, units)


def _check(y: Array, v: Array, x: Array) -> None:
    if len(y) < x.shape[1] + 2:
        raise worded(ModelError, "error_shrink_few", n=len(y), least=x.shape[1] + 2)
    if not (np.isfinite(y).all() and np.isfinite(v).all() and (v > 0).all()):
        raise worded(ModelError, "error_shrink_no_variance")
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise worded(ModelError, "error_shrink_covariates")


def _line(y: Array, total: Array, x: Array) -> tuple[Array, Array]:
    weighted = x / total[:, None]
    spread = np.linalg.inv(weighted.T @ x)
    return spread @ (weighted.T @ y), spread


def _tau2(y: Array, v: Array, x: Array, method: Method) -> float:
    if method == "dl":
        return _moment(y, v, x)
    if method == "paule_mandel":
        return _paule_mandel(y, v, x)
    if method == "james_stein":
        return _james_stein(y, v, x)
    # The slope of the likelihood at zero does not show whether there is a higher mode elsewhere, so the
    # maximum is first searched on a grid.
    top = 10 * max(float(np.var(y)), float(v.max()))
    grid = np.concatenate([[0.0], np.geomspace(1e-6 * top, top, 200)])
    values = np.array([log_likelihood(t, y, v, x, restricted=method == "reml") for t in grid])
    best = int(values.argmax())
    if best == 0:
        return 0.0
    low, high = grid[best - 1], grid[min(best + 1, len(grid) - 1)]
    found = optimize.minimize_scalar(
        lambda t: -log_likelihood(t, y, v, x, restricted=method == "reml"),
        bounds=(low, high), method="bounded", options={"xatol": 1e-12 * top},
    )  # fmt: skip
    # If zero is as likely as the maximum found, the variance is set to exactly zero.
    return float(found.x) if -found.fun > values[0] + 1e-10 else 0.0


def log_likelihood(tau2: float, y: Array, v: Array, x: Array, *, restricted: bool = True) -> float:
    """Return the (restricted) log likelihood of tau², up to a constant."""
    total = v + tau2
    weighted = x / total[:, None]
    information = weighted.T @ x
    beta = np.linalg.solve(information, weighted.T @ y)
    value: float = -0.5 * float(np.log(total).sum() + ((y - x @ beta) ** 2 / total).sum())
    return value - 0.5 * float(np.linalg.slogdet(information)[1]) if restricted else value


def _cochran(y: Array, total: Array, x: Array) -> float:
    beta, _ = _line(y, total, x)
    return float(((y - x @ beta) ** 2 / total).sum())


def _moment(y: Array, v: Array, x: Array) -> float:
    w, df = 1 / v, len(y) - x.shape[1]
    return max(float((_cochran(y, v, x) - df) / _typical(w, x)), 0.0)


def _typical(w: Array, x: Array) -> float:
    """Return the trace of the weighted residual-maker matrix, which scales the moment estimator of tau²."""
    inner = np.linalg.inv((x * w[:, None]).T @ x)
    return float(w.sum() - np.trace(inner @ ((x * (w**2)[:, None]).T @ x)))


def _james_stein(y: Array, v: Array, x: Array) -> float:
    """Return the tau² at which units are drawn together as by the positive-part James-Stein estimator."""
    free = len(y) - x.shape[1] - 2
    if free < 1:
        raise worded(ModelError, "error_james_stein_few", n=len(y), least=x.shape[1] + 3)
    if np.ptp(v) > 1e-8 * v.max():
        raise worded(ModelError, "error_james_stein_unequal")
    excess: float = _cochran(y, v, x) * float(v[0]) / free - float(v[0])
    return max(excess, 0.0)


def _paule_mandel(y: Array, v: Array, x: Array) -> float:
    df = len(y) - x.shape[1]
    if _cochran(y, v, x) <= df:
        return 0.0
    top = 1.0
    while _cochran(y, v + top, x) > df:
        top *= 2
    return float(optimize.brentq(lambda t: _cochran(y, v + t, x) - df, 0, top, xtol=1e-14, rtol=1e-13))


def _heterogeneity(y: Array, v: Array, x: Array, tau2: float) -> tuple[float, float, float]:
    df = len(y) - x.shape[1]
    q = _cochran(y, v, x)
    typical = df / _typical(1 / v, x)
    return q, float(stats.chi2.sf(q, df)), float(100 * tau2 / (tau2 + typical))
