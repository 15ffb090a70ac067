"""Intervals for spreads, and degrees of freedom for fixed effects, of a linear mixed model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import optimize, stats

from asn_research.errors import ModelError
from asn_research.methods.estimator import options_checked
from asn_research.methods.raters.crossed_linear import CrossedFit
from asn_research.methods.raters.reml import Criterion, minimise
from asn_research.methods.raters.terms import Frame
from asn_research.rules.words import worded

Array = np.ndarray


@options_checked
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
        A fitted model, with at most one slope a factor for profiles.
    method : {"profile", "wald", "bootstrap"}
        How.
    level : float
        Coverage.
    draws, seed : int
        Of the bootstrap.

    Returns
    -------
    pd.DataFrame
        One row per spread: group, effect, sd, low, high; a correlation of intercept and slope has the
        effect ``intercept~slope``.

    Examples
    --------
    >>> from asn_research.methods import fit_crossed
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(40), 4), "penilai": np.tile(np.arange(4), 40)})
    >>> suka = rng.normal(size=40)[data["pegawai"]] + np.array([-0.5, 0.0, 0.0, 0.5])[data["penilai"]]
    >>> data["jp"] = rng.normal(size=160)
    >>> data["nilai"] = 0.3 * data["jp"] + suka + rng.normal(size=160)
    >>> fit = fit_crossed(data, "nilai", fixed=["jp"], random=["pegawai", "penilai"])
    >>> spread_intervals(fit, method="wald")[["group", "sd"]].round(2)
          group    sd
    0   pegawai  0.88
    1   penilai  0.46
    2  residual  0.93
    """
    if method == "bootstrap":
        return _bootstrap(fit, level, draws, seed)
    if any(term.correlated and term.width > 2 for term in fit.model.terms):
        raise worded(ModelError, "error_many_slopes")
    if method == "profile":
        return _profile(fit, level)
    return _wald(fit, level)


@dataclass(frozen=True)
class _Scale:
    """The spreads of a model as numbers without bounds: logs of standard deviations, and atanh of correlations."""

    model: Criterion

    def labels(self) -> list[tuple[str, str]]:
        """Group and effect of each number, as lme4 counts them."""
        found = []
        for term in self.model.terms:
            first, *rest = [(term.name, name) for name in term.columns]
            couples = [(term.name, f"{first[1]}~{name}") for _, name in rest] if term.correlated else []
            found += [first, *couples, *rest]
        return [*found, ("residual", "intercept")]

    def units(self) -> Array:
        """Return the unit of each spread: the number by which it is divided before it is reported."""
        found: list[float] = []
        for term in self.model.terms:
            first, *rest = term.units
            found += [first, *([1.0] * len(rest) if term.correlated else []), *rest]
        return np.array([*found, 1.0])

    def free(self, theta: Array, sigma: float) -> Array:
        """Return relative spreads (`theta`) and a residual standard deviation as numbers without bounds."""
        found: list[float] = []
        tiny = 1e-4
        for term, factor in zip(self.model.terms, self.model.factors(theta), strict=True):
            covariance = factor @ factor.T
            sds = np.sqrt(np.maximum(np.diag(covariance), tiny**2)) * sigma
            found.append(float(np.log(sds[0])))
            if term.correlated and term.width == 2:
                found.append(
                    float(np.arctanh(np.clip(covariance[0, 1] * sigma**2 / sds.prod(), -0.999, 0.999)))
                )
            found += np.log(sds[1:]).tolist()
        return np.array([*found, np.log(sigma)])

    def criterion(self, free: Array) -> float:
        """Return the criterion of the fit at numbers without bounds."""
        sigma, theta, place = float(np.exp(free[-1])), [], 0
        for term in self.model.terms:
            if term.correlated and term.width == 2:
                first, second = np.exp(free[place]) / sigma, np.exp(free[place + 2]) / sigma
                rho = np.tanh(free[place + 1])
                theta += [first, rho * second, second * np.sqrt(1 - rho**2)]
                place += 3
            else:
                theta += (np.exp(free[place : place + term.width]) / sigma).tolist()
                place += term.width
        return self.model.at_sigma(np.array(theta), sigma)

    def plain(self, free: Array) -> Array:
        """Return standard deviations and correlations."""
        is_couple = np.array(["~" in effect for _, effect in self.labels()])
        return np.asarray(np.where(is_couple, np.tanh(free), np.exp(free)))


def _table(scale: _Scale, middle: Array, low: Array, high: Array) -> pd.DataFrame:
    table = pd.DataFrame(scale.labels(), columns=["group", "effect"])
    units = scale.units()
    return table.assign(sd=middle / units, low=low / units, high=high / units)


def _wald(fit: CrossedFit, level: float) -> pd.DataFrame:
    scale = _Scale(fit.model)
    free = scale.free(fit.theta, fit.sigma)
    middle = scale.plain(free)
    zero = _at_zero(fit, scale)
    inner = ~zero

    def at(moving: Array) -> float:
        moved = free.copy()
        moved[inner] = moving
        return scale.criterion(moved)

    error = np.full(len(free), np.nan)
    error[inner] = np.sqrt(np.maximum(np.diag(2 * np.linalg.inv(_hessian(at, free[inner], 0.02))), 0))
    width = stats.norm.ppf((1 + level) / 2) * error
    low, high = scale.plain(free - width), scale.plain(free + width)
    return _table(scale, np.where(zero, 0.0, middle), np.where(zero, 0.0, low), high)


def _at_zero(fit: CrossedFit, scale: _Scale) -> Array:
    known = fit.variances.set_index(["group", "effect"])["at_boundary"]
    return np.array([bool(known.get(label, False)) for label in scale.labels()])


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
    """Return the profile likelihood intervals of the standard deviations and correlations.

    A restricted fit is fitted again by its full likelihood, in which values can be compared; the estimates between
    the ends are those of the fit itself.
    """
    model = fit.model if not fit.reml else Criterion(fit.model.frame, reml=False)
    theta = fit.theta if not fit.reml else minimise(model)[0]
    best = model.solve(theta)
    scale = _Scale(model)
    free = scale.free(theta, best.sigma)
    reach = float(np.sqrt(stats.chi2.ppf(level, 1)))
    labels = scale.labels()
    ends = np.array([_ends(scale, free, place, best.criterion, reach) for place in range(len(free))])
    own = _Scale(fit.model)
    middle = own.plain(own.free(fit.theta, fit.sigma))
    # The search ends far below any spread that data could show: that is zero.
    is_couple = np.array(["~" in effect for _, effect in labels])
    low = np.where(~is_couple & (ends[:, 0] < 1e-3 * best.sigma), 0.0, ends[:, 0])
    return _table(scale, np.where(_at_zero(fit, scale), 0.0, middle), low, ends[:, 1])


def _ends(scale: _Scale, free: Array, place: int, best: float, reach: float) -> tuple[float, float]:
    """Find where the profile of one number leaves the likelihood's region, the others optimised."""
    others = np.arange(len(free)) != place
    floor = free[-1] + np.log(1e-4)
    is_couple = ["~" in effect for _, effect in scale.labels()]
    bounds = [(-4.0, 4.0) if couple else (floor, None) for couple in np.array(is_couple)[others]]
    warm = free[others]

    def distance(value: float) -> float:
        """Root of the criterion's rise: nearly a line, so that a root is found in few steps."""
        nonlocal warm

        def inner(moving: Array) -> float:
            full = np.empty(len(free))
            full[place], full[others] = value, moving
            return scale.criterion(full)

        found = optimize.minimize(
            inner, warm, method="L-BFGS-B", jac="3-point", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-7}
        )  # fmt: skip
        warm = found.x
        return float(np.sqrt(max(float(found.fun) - best, 0.0))) - reach

    couple = is_couple[place]
    found = []
    for sign in (-1, 1):
        warm, step, last = free[others], 0.3, float(free[place])
        edge = sign * 4.0 if couple else (floor if sign < 0 else np.inf)
        while True:
            trial = float(np.clip(free[place] + sign * step, min(edge, free[place]), max(edge, free[place])))
            if distance(trial) >= 0:
                trial = float(optimize.brentq(distance, *sorted((last, trial)), xtol=1e-6))
                break
            if trial == edge:
                break
            last, step = trial, step * 2
        found.append(float(np.tanh(trial) if couple else np.exp(trial)))
    return found[0], found[1]


@options_checked
def profile_fixed(fit: CrossedFit, term: str, level: float = 0.95) -> tuple[float, float]:
    """Return the profile likelihood interval of a fixed effect, as R's ``confint``.

    Parameters
    ----------
    fit : CrossedFit
        A fitted model.
    term : str
        The fixed effect.
    level : float
        Coverage.

    Examples
    --------
    >>> from asn_research.methods import fit_crossed
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(40), 4), "penilai": np.tile(np.arange(4), 40)})
    >>> suka = rng.normal(size=40)[data["pegawai"]] + np.array([-0.5, 0.0, 0.0, 0.5])[data["penilai"]]
    >>> data["jp"] = rng.normal(size=160)
    >>> data["nilai"] = 0.3 * data["jp"] + suka + rng.normal(size=160)
    >>> fit = fit_crossed(data, "nilai", fixed=["jp"], random=["pegawai", "penilai"])
    >>> low, high = profile_fixed(fit, "jp")
    >>> bool(low < fit.row("jp")["estimate"] < high)
    True
    """
    frame = fit.model.frame
    row = fit.row(term)
    place = list(frame.names).index(term)
    best = Criterion(frame, reml=False)
    lowest = best(minimise(best)[0])
    rest = np.arange(len(frame.names)) != place
    reach = float(np.sqrt(stats.chi2.ppf(level, 1)))

    def distance(value: float) -> float:
        moved = Frame(
            frame.outcome - value * frame.fixed[:, place], frame.fixed[:, rest],
            tuple(n for n, kept in zip(frame.names, rest, strict=True) if kept), frame.terms, frame.rows, 0,
        )  # fmt: skip
        model = Criterion(moved, reml=False)
        return float(np.sqrt(max(model(minimise(model)[0]) - lowest, 0.0))) - reach

    middle, error = float(row["estimate"]), float(row["std_error"])
    low = optimize.brentq(distance, middle - 4 * error, middle, xtol=1e-6 * error)
    high = optimize.brentq(distance, middle, middle + 4 * error, xtol=1e-6 * error)
    return float(low), float(high)


def _bootstrap(fit: CrossedFit, level: float, draws: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    found = np.stack([_spreads(refit) for refit in _refits(fit, draws, rng)])
    tail = (1 - level) / 2
    units = np.concatenate([*(term.units for term in fit.model.terms), [1.0]])
    low, high = np.quantile(found, [tail, 1 - tail], axis=0) / units
    return fit.variances[["group", "effect", "sd"]].assign(low=low, high=high)


def _refits(fit: CrossedFit, draws: int, rng: np.random.Generator) -> list[tuple[Criterion, Array]]:
    frame = fit.model.frame
    beta = fit.table["estimate"].to_numpy()
    designs = [term.design() for term in frame.terms]
    factors = [
        np.linalg.cholesky(_nudged(fit.covariances[t.name] * np.outer(t.units, t.units))) for t in frame.terms
    ]
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
    parts = [np.sqrt(np.diag(factor @ factor.T)) * sigma for factor in model.factors(theta)]
    return np.append(np.concatenate(parts), sigma)


@options_checked
def satterthwaite(fit: CrossedFit) -> pd.DataFrame:
    """Return the fixed effects with t tests on Satterthwaite's degrees of freedom.

    Returns
    -------
    pd.DataFrame
        term, estimate, std_error, df, t, p_value, low, high (95 %).

    Examples
    --------
    >>> from asn_research.methods import fit_crossed
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(40), 4), "penilai": np.tile(np.arange(4), 40)})
    >>> suka = rng.normal(size=40)[data["pegawai"]] + np.array([-0.5, 0.0, 0.0, 0.5])[data["penilai"]]
    >>> data["jp"] = rng.normal(size=160)
    >>> data["nilai"] = 0.3 * data["jp"] + suka + rng.normal(size=160)
    >>> fit = fit_crossed(data, "nilai", fixed=["jp"], random=["pegawai", "penilai"])
    >>> satterthwaite(fit).columns.tolist()
    ['term', 'estimate', 'std_error', 'df', 't', 'p_value', 'low', 'high']
    """
    model = fit.model
    interior = np.flatnonzero(~((model.lower == 0) & (fit.theta < 1e-4)))
    place = np.append(fit.theta[interior], fit.sigma)

    def spread(free: Array) -> tuple[Array, float]:
        theta = fit.theta.copy()
        theta[interior] = free[:-1]
        return theta, float(free[-1])

    curve = _hessian(
        lambda free: model.at_sigma(*spread(free)),
        place,
        1e-3 * float(np.min(np.maximum(np.abs(place), 0.05))),
    )
    uncertain = 2 * np.linalg.inv(curve)
    rows = []
    for number, (term, estimate, error) in enumerate(fit.table[["term", "estimate", "std_error"]].to_numpy()):

        def variance(free: Array, number: int = number) -> float:
            theta, sigma = spread(free)
            found = model.solve(theta)
            return float((sigma / found.sigma) ** 2 * model.fixed_covariance(found)[number, number])

        slope = optimize.approx_fprime(place, variance, 1e-5 * np.maximum(np.abs(place), 0.05))
        df = 2 * error**4 / float(slope @ uncertain @ slope)
        width, t = stats.t.ppf(0.975, df) * error, estimate / error
        rows.append(
            (term, estimate, error, df, t, 2 * stats.t.sf(abs(t), df), estimate - width, estimate + width)
        )
    return pd.DataFrame(rows, columns=["term", "estimate", "std_error", "df", "t", "p_value", "low", "high"])
