"""Intervals for spreads, and degrees of freedom for fixed effects, of a linear mixed model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd
from scipy import linalg, optimize, stats

from asn_research.errors import ModelError
from asn_research.model.raters.linear import Criterion, CrossedFit, minimise
from asn_research.model.raters.terms import Frame

Array = np.ndarray


def spread_intervals(
    fit: CrossedFit,
    *,
    method: Literal["profile", "wald", "bootstrap"] = "profile",
    level: float = 0.95,
    draws: int = 200,
    seed: int = 2026,
) -> pd.DataFrame:
    """Return intervals of a model's standard deviations.

    Profile intervals hold every value that a likelihood ratio test does not refuse (of the likelihood,
    also where the fit used the restricted one, as R's ``confint``); they may begin at zero. Wald
    intervals are symmetric for the logarithm and quick. The bootstrap simulates from the fitted model.

    Parameters
    ----------
    fit : CrossedFit
        A fitted model; profiles are for random intercepts (no slopes).
    method : {"profile", "wald", "bootstrap"}
        How.
    level : float
        Coverage.
    draws, seed : int
        Of the bootstrap.

    Returns
    -------
    pd.DataFrame
        One row per spread: group, effect, sd, low, high.
    """
    if method == "bootstrap":
        return _bootstrap(fit, level, draws, seed)
    if any(term.width > 1 for term in fit.model.terms):
        msg = "Profile and Wald intervals are for random intercepts; with slopes use method='bootstrap'."
        raise ModelError(msg)
    return _profile(fit, level) if method == "profile" else _wald(fit, level)


def _named(fit: CrossedFit, low: Array, high: Array) -> pd.DataFrame:
    return fit.variances[["group", "effect", "sd"]].assign(low=low, high=high)


def _by_spreads(model: Criterion) -> Callable[[Array], float]:
    """Return the criterion as a function of all standard deviations, the residual's last."""

    def value(sds: Array) -> float:
        return model.at_sigma(sds[:-1] / sds[-1], float(sds[-1]))

    return value


def _wald(fit: CrossedFit, level: float) -> pd.DataFrame:
    sds = fit.variances["sd"].to_numpy()
    free = sds > 0
    value = _by_spreads(fit.model)

    def at(logs: Array) -> float:
        moved = sds.copy()
        moved[free] = np.exp(logs)
        return value(moved)

    curve = _hessian(at, np.log(sds[free]), 0.02)
    error = np.full(len(sds), np.nan)
    error[free] = np.sqrt(np.maximum(np.diag(2 * np.linalg.inv(curve)), 0))
    width = stats.norm.ppf((1 + level) / 2) * error
    with np.errstate(invalid="ignore"):
        low, high = sds * np.exp(-width), sds * np.exp(width)
    return _named(fit, np.where(free, low, 0.0), high)


def _hessian(function: Callable[[Array], float], place: Array, width: float) -> Array:
    k = len(place)
    found = np.empty((k, k))
    eye = np.eye(k) * width
    middle = function(place)
    for i in range(k):
        found[i, i] = (function(place + eye[i]) - 2 * middle + function(place - eye[i])) / width**2
        for j in range(i):
            corners = [
                sign_i * sign_j * function(place + sign_i * eye[i] + sign_j * eye[j])
                for sign_i in (1, -1)
                for sign_j in (1, -1)
            ]
            found[i, j] = found[j, i] = sum(corners) / (4 * width**2)
    return found


def _profile(fit: CrossedFit, level: float) -> pd.DataFrame:
    model = fit.model if not fit.reml else Criterion(fit.model.frame, reml=False)
    theta = fit.theta if not fit.reml else minimise(model)[0]
    best = model.solve(theta)
    sds = np.append(theta * best.sigma, best.sigma)
    value = _by_spreads(model)
    limit = best.criterion + stats.chi2.ppf(level, 1)
    ends = [_ends(value, sds, place, limit) for place in range(len(sds))]
    return _named(fit, np.array([e[0] for e in ends]), np.array([e[1] for e in ends]))


def _ends(
    value: Callable[[Array], float], sds: Array, place: int, limit: float
) -> tuple[float, float]:
    """Find where the profile of one spread crosses a limit, the other spreads optimised."""
    others = np.arange(len(sds)) != place
    warm = np.log(np.maximum(sds[others], 1e-3 * sds[-1]))

    def profiled(spread: float) -> float:
        nonlocal warm

        def inner(logs: Array) -> float:
            full = np.empty(len(sds))
            full[place], full[others] = spread, np.exp(logs)
            return value(full)

        found = optimize.minimize(
            inner, warm, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-7, "maxiter": 400}
        )
        warm = found.x
        return float(found.fun) - limit

    centre = max(float(sds[place]), 1e-3 * float(sds[-1]))
    top = centre * 1.3
    while profiled(top) < 0:
        top *= 1.5
    high = optimize.brentq(profiled, centre, top, xtol=1e-5 * centre)
    warm = np.log(np.maximum(sds[others], 1e-3 * sds[-1]))
    bottom = 1e-6 * float(sds[-1]) if place < len(sds) - 1 else centre / 3
    if profiled(bottom) <= 0:
        return 0.0, float(high)
    return float(optimize.brentq(profiled, bottom, centre, xtol=1e-5 * centre)), float(high)


def _bootstrap(fit: CrossedFit, level: float, draws: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    found = np.stack([_spreads(refit) for refit in _refits(fit, draws, rng)])
    tail = (1 - level) / 2
    return _named(fit, np.quantile(found, tail, axis=0), np.quantile(found, 1 - tail, axis=0))


def _refits(fit: CrossedFit, draws: int, rng: np.random.Generator) -> list[tuple[Criterion, Array]]:
    frame = fit.model.frame
    beta = fit.table["estimate"].to_numpy()
    designs = [term.design() for term in frame.terms]
    factors = [np.linalg.cholesky(_nudged(fit.covariances[term.name])) for term in frame.terms]
    refits = []
    for _ in range(draws):
        y = frame.fixed @ beta + rng.normal(0, fit.sigma, fit.n)
        for term, design, factor in zip(frame.terms, designs, factors, strict=True):
            y = y + design @ (rng.normal(size=(len(term.levels), term.width)) @ factor.T).ravel()
        drawn = Criterion(Frame(y, frame.fixed, frame.names, frame.terms, frame.rows, 0), reml=fit.reml)
        refits.append((drawn, minimise(drawn)[0]))
    return refits


def _nudged(covariance: Array) -> Array:
    return np.asarray(covariance + 1e-14 * np.eye(len(covariance)) * max(1.0, float(np.trace(covariance))))


def _spreads(refit: tuple[Criterion, Array]) -> Array:
    model, theta = refit
    sigma = model.solve(theta).sigma
    parts = [
        np.sqrt(np.diag(factor @ factor.T)) * sigma for factor in model.factors(theta)
    ]
    return np.append(np.concatenate(parts), sigma)


def satterthwaite(fit: CrossedFit) -> pd.DataFrame:
    """Return the fixed effects with t tests on Satterthwaite's degrees of freedom.

    Returns
    -------
    pd.DataFrame
        term, estimate, std_error, df, t, p_value, low, high (95 %).
    """
    model = fit.model
    interior = np.flatnonzero(~((model.lower == 0) & (fit.theta < 1e-4)))
    place = np.append(fit.theta[interior], fit.sigma)

    def spread(free: Array) -> tuple[Array, float]:
        theta = fit.theta.copy()
        theta[interior] = free[:-1]
        return theta, float(free[-1])

    curve = _hessian(lambda free: model.at_sigma(*spread(free)), place, 1e-3 * float(np.min(np.maximum(np.abs(place), 0.05))))
    uncertain = 2 * np.linalg.inv(curve)
    rows = []
    for number, row in enumerate(fit.table.itertuples()):

        def variance(free: Array, number: int = number) -> float:
            theta, sigma = spread(free)
            return float(sigma**2 * linalg.inv(model.solve(theta).fixed_precision)[number, number])

        slope = optimize.approx_fprime(place, variance, 1e-5 * np.maximum(np.abs(place), 0.05))
        df = 2 * float(row.std_error) ** 4 / float(slope @ uncertain @ slope)  # type: ignore[arg-type]
        width = stats.t.ppf(0.975, df) * row.std_error
        t = row.estimate / row.std_error  # type: ignore[operator]
        rows.append(
            (row.term, row.estimate, row.std_error, df, t, 2 * stats.t.sf(abs(t), df), row.estimate - width, row.estimate + width)
        )  # fmt: skip
    return pd.DataFrame(rows, columns=["term", "estimate", "std_error", "df", "t", "p_value", "low", "high"])
