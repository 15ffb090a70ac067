"""Ordered answers (predikat, 1-4, 1-5): cumulative-link models, with or without crossed random effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import optimize, sparse, stats

from asn_research.errors import ModelError
from asn_research.methods.column_values import answer_codes
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.formula import by_formula, formula_of
from asn_research.methods.measured_coverage import coverage_note
from asn_research.methods.raters.cumulative import Link
from asn_research.methods.raters.laplace import Laplace
from asn_research.methods.raters.terms import Frame, build_frame
from asn_research.methods.result import Result, tidy
from asn_research.methods.scaling import standardise
from asn_research.rules.words import said

Array = np.ndarray
#: A spread below this on the latent scale is tried at zero; effects beyond the other mean separation.
_SMALL_SD, _FAR_EFFECT = 0.02, 15.0


@dataclass(frozen=True, repr=False)
class CrossedOrdinalFit(Result):
    """A fitted cumulative-link model.

    Parameters
    ----------
    table : pd.DataFrame
        Thresholds (named ``1|2``) and fixed effects: term, kind, estimate, std_error, z, p_value, low,
        high (95 %, normal). A positive effect makes higher answers more likely.
    variances : pd.DataFrame
        One row a random factor: group, variance, sd, sd_low, sd_high (95 %, normal for the logarithm),
        n_levels, at_boundary.
    levels : tuple
        The answers, lowest first.
    outcome, link : str
        What is explained, and the latent distribution.
    log_likelihood : float
        Of the answers; by the Laplace approximation with random effects.
    n, n_missing : int
        Rows used, and left out.
    converged : bool
        Whether the optimum was reached.
    notes : tuple of str
        What limits the reading.
    model : Laplace
        The likelihood.
    parameters : np.ndarray
        Its optimum.
    formula, convention : str
        What was fitted, and how errors are scaled.
    """

    table: pd.DataFrame
    variances: pd.DataFrame
    levels: tuple[object, ...]
    outcome: str
    link: Link
    log_likelihood: float
    n: int
    n_missing: int
    converged: bool
    notes: tuple[str, ...]
    model: Laplace = field(repr=False)
    parameters: Array = field(repr=False)
    formula: str = ""
    convention: str = ""

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return -2 * self.log_likelihood + 2 * (len(self.table) + len(self.variances))

    def effects(self, group: str) -> pd.DataFrame:
        """Return the predicted effects of a factor's levels with conditional standard deviations."""
        names = [term.name for term in self.model.terms]
        if group not in names:
            known = ", ".join(names) or "none"
            msg = f"The model has no random effects of {group}; it has {known}."
            raise ModelError(msg)
        place = names.index(group)
        mode = self.model.mode(self.parameters)
        assert mode.factor is not None  # noqa: S101
        start, stop = self.model.starts[place : place + 2]
        sd = float(self.model.split(self.parameters)[2][place])
        count = stop - start
        pick = sparse.csr_array(
            (np.ones(count), (np.arange(count), np.arange(start, stop))),
            shape=(count, len(mode.spherical)),
        )
        estimate = sd * mode.spherical[start:stop]
        spread = sd * np.sqrt(mode.factor.quadratic([pick], pick)[0])
        width = stats.norm.ppf(0.975) * spread
        term = self.model.terms[place]
        return pd.DataFrame(
            {
                group: term.levels, "estimate": estimate, "sd": spread, "low": estimate - width,
                "high": estimate + width, "n": np.bincount(term.codes, minlength=count),
            }
        )  # fmt: skip

    def facts(self) -> dict[str, object]:
        """Return rows, link, log-likelihood and how it was found."""
        approximation = (
            said("approximation_laplace") if len(self.variances) else said("approximation_likelihood")
        )
        return {
            **super().facts(), said("fact_link"): self.link, said("fact_log_likelihood"): self.log_likelihood,
            said("fact_way"): approximation,
        }  # fmt: skip

    def further(self) -> dict[str, pd.DataFrame]:
        """Return the spreads."""
        return {said("fact_variances"): self.variances} if len(self.variances) else {}


@by_formula("fixed", random="random")
@estimator(outcome=Role.ANSWER, fixed=Role.FACTOR, random=Role.LABEL)
def fit_crossed_ordinal(
    frame: pd.DataFrame,
    outcome: str,
    *,
    fixed: Sequence[str] = (),
    random: Sequence[str] = (),
    link: Link = "logit",
    order: Sequence[object] | None = None,
) -> CrossedOrdinalFit:
    """Fit a cumulative-link (proportional odds) model, with crossed random intercepts if named.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per answer.
    outcome : str
        The ordered answer.
    fixed : sequence of str
        Columns held fixed; numbers as they are, text as one effect a level but the first.
    random : sequence of str
        Factors whose levels have random intercepts.
    link : {"logit", "probit"}
        The latent distribution.
    order : sequence, optional
        The answers from lowest to highest; by default an ordered category's own order, or by value.

    Returns
    -------
    CrossedOrdinalFit

    Raises
    ------
    ModelError
        In plain words, where the data cannot answer, or have more different answers than any scale.
    RequestError
        If the answers are text and ``order`` does not say which is higher.

    Notes
    -----
    Equal to R's ``ordinal::clm`` and ``ordinal::clmm`` with the Laplace approximation (see tests).
    With few answers a level the approximation draws spreads towards zero.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(40), 4), "penilai": np.tile(np.arange(4), 40)})
    >>> suka = rng.normal(size=40)[data["pegawai"]] + np.array([-0.5, 0.0, 0.0, 0.5])[data["penilai"]]
    >>> data["nilai"] = np.digitize(suka + rng.logistic(size=160), [-1, 0.5]) + 1
    >>> fit = fit_crossed_ordinal(data, "nilai", random=["pegawai", "penilai"])
    >>> fit.table["term"].tolist()
    ['1|2', '2|3']
    """
    coded, levels = _coded(frame, outcome, order)
    data = build_frame(coded, outcome, fixed, random, intercept=False)
    solved, back = _like_sized(data)
    model = Laplace(solved, len(levels), link)
    parameters, converged = _maximise(model)
    model, parameters, dropped = _without_zeros(model, parameters)
    curve = _curvature(model, parameters)
    _refuse_separation(model, parameters, curve)
    turn = _way_back(model, back)
    own = Laplace(replace(model.frame, fixed=data.fixed), len(levels), link)
    return _describe(
        own, turn @ parameters, _covariance(curve, turn), dropped, outcome, levels,
        value=-float(model(parameters)[0]), converged=converged,
    )  # fmt: skip


def _covariance(curve: Array, turn: Array) -> Array:
    """Return the covariance of the parameters; nan where the likelihood is flat."""
    try:
        return np.asarray(turn @ np.linalg.inv(curve) @ turn.T)
    except np.linalg.LinAlgError:
        return np.full(curve.shape, np.nan)


def _coded(
    frame: pd.DataFrame, outcome: str, order: Sequence[object] | None
) -> tuple[pd.DataFrame, tuple[object, ...]]:
    """Return the frame with answers from 0 up, answers nobody gave left out."""
    known = frame[outcome].notna()
    codes, levels = answer_codes(frame.loc[known, outcome], outcome, order)
    coded = pd.Series(codes, index=frame.index[known], dtype=float).reindex(frame.index)
    return frame.assign(**{outcome: coded}), tuple(levels)


def _like_sized(data: Frame) -> tuple[Frame, Array]:
    """Return the data with columns of like size about zero, and how thresholds and slopes come back from them."""
    constant = np.ones((len(data.fixed), 1))
    design = standardise(np.column_stack([constant, data.fixed]), constant=0)
    return replace(data, fixed=design.columns[:, 1:]), design.back


def _way_back(model: Laplace, back: Array) -> Array:
    """Return the matrix that turns a solution's parameters into those of the columns as they came."""
    k, p = model.k, model.p
    turn = np.eye(k + p + len(model.terms))
    turn[k : k + p, k : k + p] = back[1:, 1:]
    # What a constant would take up, the thresholds do, with the other sign.
    turn[:k, k : k + p] = -back[0, 1:]
    return turn


def _maximise(model: Laplace) -> tuple[Array, bool]:
    """Maximise over free numbers: the first threshold, logs of the steps, effects, logs of spreads."""
    k, p = model.k, model.p
    share = np.cumsum(np.bincount(model.answer, minlength=k + 1))[:-1] / model.n
    inverse = stats.logistic.ppf if model.link == "logit" else stats.norm.ppf
    start = np.concatenate([inverse(share), np.zeros(p), np.full(len(model.terms), -0.5)])

    def objective(free: Array) -> tuple[float, Array]:
        parameters, steps = _bound(free, k)
        value, slope = model(parameters)
        tail = np.cumsum(slope[:k][::-1])[::-1]
        inner = slope.copy()
        inner[0] = tail[0]
        inner[1:k] = tail[1:] * steps
        return value, inner

    free = start.copy()
    free[1:k] = np.log(np.diff(start[:k]))
    bounds = [(None, None)] * (k + p) + [(np.log(1e-3), np.log(50.0))] * len(model.terms)
    found = optimize.minimize(
        objective, free, jac=True, method="L-BFGS-B", bounds=bounds,
        options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-6},
    )  # fmt: skip
    parameters, _ = _bound(found.x, k)
    return _polish(model, parameters)


def _bound(free: Array, k: int) -> tuple[Array, Array]:
    parameters = free.copy()
    steps = np.exp(free[1:k])
    parameters[1:k] = free[0] + np.cumsum(steps)
    return parameters, steps


def _polish(model: Laplace, parameters: Array) -> tuple[Array, bool]:
    """Take Newton steps from a solution; return the new solution, and whether the steps converged."""
    value, slope = model(parameters)
    decrement = np.inf
    for _ in range(4):
        inner = np.ones(len(parameters), dtype=bool)
        inner[model.k + model.p :] = parameters[model.k + model.p :] > np.log(_SMALL_SD)
        curve = _curvature(model, parameters)[np.ix_(inner, inner)]
        try:
            step = np.linalg.solve(curve, slope[inner])
        except np.linalg.LinAlgError:
            return parameters, False
        decrement = abs(float(slope[inner] @ step))
        trial = parameters.copy()
        trial[inner] -= step
        if (np.diff(trial[: model.k]) <= 0).any() or decrement > 1:
            break
        there, slope_there = model(trial)
        if there > value + 1e-7 * abs(value):
            break
        parameters, value, slope = trial, there, slope_there
        if decrement < 1e-10:
            break
    return parameters, bool(decrement < 1e-4)


def _curvature(model: Laplace, parameters: Array) -> Array:
    """Second derivatives of minus the log-likelihood, from differences of the exact gradient."""
    size = len(parameters)
    curve = np.empty((size, size))
    for i in range(size):
        width = 1e-4 * max(1.0, abs(parameters[i]))
        up, down = parameters.copy(), parameters.copy()
        up[i] += width
        down[i] -= width
        curve[i] = (model(up)[1] - model(down)[1]) / (2 * width)
    return (curve + curve.T) / 2


def _without_zeros(model: Laplace, parameters: Array) -> tuple[Laplace, Array, list[str]]:
    """Leave out random factors whose spread is best at zero."""
    dropped: list[str] = []
    while model.terms:
        sds = model.split(parameters)[2]
        place = int(np.argmin(sds))
        if sds[place] > _SMALL_SD:
            break
        dropped.append(model.terms[place].name)
        terms = tuple(t for i, t in enumerate(model.terms) if i != place)
        model = Laplace(replace(model.frame, terms=terms), model.n_levels, model.link)
        parameters, _ = _maximise(model)
    return model, parameters, dropped


def _refuse_separation(model: Laplace, parameters: Array, curve: Array) -> None:
    beta = parameters[model.k : model.k + model.p]
    # Of a yes and no the step from one to the other counts; of other columns a standard deviation.
    steps = [
        np.ptp(column) if len(np.unique(column)) == 2 else column.std() for column in model.frame.fixed.T
    ]
    far = [n for n, b, s in zip(model.frame.names, beta, steps, strict=True) if abs(b) * s > _FAR_EFFECT]
    weak = np.flatnonzero(np.abs(np.diag(curve)) < 1e-5)
    far += [model.frame.names[i - model.k] for i in weak if model.k <= i < model.k + model.p]
    if far:
        msg = (
            f"{', '.join(dict.fromkeys(far))} parts the answers without a single exception, so its effect has no "
            "finite size. Merge answers or levels, or leave it out."
        )
        raise ModelError(msg)


def _describe(
    model: Laplace, parameters: Array, covariance: Array, dropped: Sequence[str], outcome: str,
    levels: tuple[object, ...], *, value: float, converged: bool,
) -> CrossedOrdinalFit:  # fmt: skip
    notes = [
        f"{name}: the spread is estimated as exactly zero and was left out. The data show no differences "
        "between its levels beyond chance; that does not prove that there are none."
        for name in dropped
    ]
    errors = np.sqrt(np.where(np.diag(covariance) > 0, np.diag(covariance), np.nan))
    if not converged or np.isnan(errors).any():
        converged = False
        notes.append(
            "The optimum was not reached for certain: the likelihood is flat there. Read estimates with "
            "care, and try a model with fewer factors or merged answers."
        )
    if model.terms:
        notes.append(coverage_note("threshold"))
    k, p = model.k, model.p
    names = [f"{a}|{b}" for a, b in pairwise(levels)]
    table = tidy([*names, *model.frame.names], parameters[: k + p], errors[: k + p])
    table.insert(1, "kind", ["threshold"] * k + ["effect"] * p)
    log_sd, log_error = parameters[k + p :], errors[k + p :]
    width = stats.norm.ppf(0.975) * log_error
    variances = pd.DataFrame(
        {
            "group": [t.name for t in model.terms], "variance": np.exp(2 * log_sd), "sd": np.exp(log_sd),
            "sd_low": np.exp(log_sd - width), "sd_high": np.exp(log_sd + width),
            "n_levels": [len(t.levels) for t in model.terms],
            "at_boundary": False,
        }
    )  # fmt: skip
    zero = pd.DataFrame(
        [(name, 0.0, 0.0, 0.0, np.nan, 0, True) for name in dropped], columns=variances.columns
    )
    return CrossedOrdinalFit(
        table=table,
        variances=pd.concat([variances, zero], ignore_index=True) if dropped else variances,
        levels=levels,
        outcome=outcome,
        formula=formula_of(outcome, [*model.frame.names, *(f"(1 | {term.name})" for term in model.terms)]),
        convention=said("convention_information"),
        link=model.link,
        log_likelihood=value,
        n=model.n,
        n_missing=model.frame.n_missing,
        converged=converged,
        notes=tuple(notes),
        model=model,
        parameters=parameters,
    )


def likelihood_ratio(larger: CrossedOrdinalFit, smaller: CrossedOrdinalFit) -> Mapping[str, float]:
    """Compare nested models: statistic, df, p_value (conservative where a spread may be zero).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(40), 4), "penilai": np.tile(np.arange(4), 40)})
    >>> suka = rng.normal(size=40)[data["pegawai"]] + np.array([-0.5, 0.0, 0.0, 0.5])[data["penilai"]]
    >>> data["nilai"] = np.digitize(suka + rng.logistic(size=160), [-1, 0.5]) + 1
    >>> larger, smaller = (fit_crossed_ordinal(data, "nilai", random=names) for names in (["pegawai"], []))
    >>> bool(likelihood_ratio(larger, smaller)["p_value"] < 0.05)
    True
    """
    statistic = 2 * (larger.log_likelihood - smaller.log_likelihood)
    df = len(larger.parameters) - len(smaller.parameters)
    if df <= 0:
        msg = "The first model must have more parameters than the second; swap them."
        raise ModelError(msg)
    return {"statistic": statistic, "df": df, "p_value": float(stats.chi2.sf(max(statistic, 0), df))}
