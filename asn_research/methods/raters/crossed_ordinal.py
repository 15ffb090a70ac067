"""Ordered answers (predikat, 1-4, 1-5): cumulative-link models, with or without crossed random effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import linalg, optimize, stats

from asn_research.errors import ModelError
from asn_research.methods.column_values import answer_codes
from asn_research.methods.estimator import Role, estimator, options_checked
from asn_research.methods.formula import by_formula, formula_of
from asn_research.methods.raters.cholesky import inverse_blocks
from asn_research.methods.raters.cumulative import Link
from asn_research.methods.raters.laplace import Laplace
from asn_research.methods.raters.terms import Frame, RandomTerm, boundary_note, build_frame
from asn_research.methods.result import Result, tidy
from asn_research.methods.scaling import standardise
from asn_research.rules.words import said, worded

Array = np.ndarray
#: A spread below this on the latent scale is tried at zero; effects beyond the other mean separation.
_SMALL_SD, _FAR_EFFECT = 0.02, 15.0
#: No spread is tried below this.
_LEAST = 1e-3


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
        n_levels, at_boundary. With slopes one row an effect, named in a column ``effect``.
    covariances : mapping of str to np.ndarray
        Covariance matrix of each factor's effects.
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
        The likelihood, in columns of like size about zero.
    parameters : np.ndarray
        Its optimum.
    roots : mapping of str to np.ndarray
        A root of each of `covariances`, by which the spherical effects become those of the columns as they came.
    formula, convention : str
        What was fitted, and how errors are scaled.
    """

    DIRECTION: ClassVar[str] = "direction_answers"

    table: pd.DataFrame
    variances: pd.DataFrame
    covariances: Mapping[str, Array]
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
    roots: Mapping[str, Array] = field(repr=False)
    formula: str = ""
    convention: str = ""

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        boundary = int(self.variances["at_boundary"].sum())
        return -2 * self.log_likelihood + 2 * (len(self.parameters) + boundary)

    def effects(self, group: str) -> pd.DataFrame:
        """Return the predicted effects of a factor's levels with conditional standard deviations.

        Parameters
        ----------
        group : str
            The factor.

        Returns
        -------
        pd.DataFrame
            One row a level, and an effect where slopes vary: the level, estimate, sd, low, high (95 %), n rows.
        """
        names = [term.name for term in self.model.terms]
        if group not in names:
            known = ", ".join(names) or "none"
            raise worded(ModelError, "error_no_random_group", group=group, known=known)
        place = names.index(group)
        term = self.model.terms[place]
        mode = self.model.mode(self.parameters)
        assert mode.factor is not None  # noqa: S101
        start, stop = self.model.starts[place : place + 2]
        root = self.roots[group]
        blocks = inverse_blocks(mode.factor, start, term.block, len(mode.spherical))
        estimate = mode.spherical[start:stop].reshape(-1, term.width) @ root.T
        sd = np.sqrt(np.diagonal(root @ blocks @ root.T, axis1=1, axis2=2))
        width = stats.norm.ppf(0.975) * sd
        n = np.bincount(term.codes, minlength=len(term.levels))
        parts = [
            pd.DataFrame(
                {
                    group: term.levels, "effect": name, "estimate": estimate[:, j], "sd": sd[:, j],
                    "low": estimate[:, j] - width[:, j], "high": estimate[:, j] + width[:, j], "n": n,
                }
            )
            for j, name in enumerate(term.columns)
        ]  # fmt: skip
        found = pd.concat(parts, ignore_index=True)
        return found.drop(columns="effect") if term.columns == ("intercept",) else found

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


@by_formula("fixed", random="random", slopes="slopes")
@estimator(outcome=Role.ANSWER, fixed=Role.FACTOR, random=Role.LABEL, slopes=Role.MEASURE)
def fit_crossed_ordinal(
    frame: pd.DataFrame,
    outcome: str,
    *,
    fixed: Sequence[str] = (),
    random: Sequence[str] = (),
    slopes: Mapping[str, Sequence[str]] | None = None,
    correlated: bool = True,
    link: Link = "logit",
    order: Sequence[object] | None = None,
) -> CrossedOrdinalFit:
    """Fit a cumulative-link (proportional odds) model, with crossed random intercepts and slopes if named.

    With two answers it is a mixed logit or probit, whose constant is the threshold with the other sign.

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
    slopes : mapping of str to sequence of str, optional
        Columns whose slope varies between the levels of a factor.
    correlated : bool
        Whether a factor's intercepts and slopes may go together.
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
    Called by its arguments, or by a formula: ``fit_crossed_ordinal("nilai ~ jp + (1 + jp | pegawai)", data)``.

    Equal to R's ``ordinal::clm`` and ``ordinal::clmm``, and for two answers to ``lme4::glmer``, with the Laplace
    approximation (see tests). With few answers a level the approximation draws spreads towards zero.

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
    data = build_frame(coded, outcome, fixed, random, slopes=slopes, correlated=correlated, intercept=False)
    solved, back, roots = _like_sized(data)
    model = Laplace(solved, len(levels), link)
    parameters, converged = _maximise(model)
    model, parameters, dropped = _without_zeros(model, parameters)
    curve = _curvature(model, parameters)
    _refuse_separation(model, parameters, curve)
    own, turned, turn = _in_own_columns(model, parameters, data, back, roots)
    return _describe(
        model, parameters, own, turned, _covariance(curve, _inner(model, parameters), turn), outcome, levels,
        dropped=dropped, converged=converged,
    )  # fmt: skip


def _zeros(model: Laplace, parameters: Array) -> list[RandomTerm]:
    """Return the terms of which a combination of effects has no spread."""
    factors = zip(model.terms, model.split(parameters)[2], strict=True)
    return [term for term, factor in factors if np.diag(factor).min() < _SMALL_SD]


def _inner(model: Laplace, parameters: Array) -> Array:
    """Return which parameters are not at the boundary of a spread of zero."""
    spreads = parameters[model.k + model.p :]
    inner = ~model.is_log | (spreads > np.log(_SMALL_SD))
    return np.concatenate([np.ones(model.k + model.p, dtype=bool), inner])


def _covariance(curve: Array, inner: Array, turn: Array) -> Array:
    """Return the covariance of the parameters; nan where the likelihood is flat."""
    try:
        found = np.zeros(curve.shape)
        found[np.ix_(inner, inner)] = np.linalg.inv(curve[np.ix_(inner, inner)])
        return np.asarray(turn @ found @ turn.T)
    except np.linalg.LinAlgError:
        return np.full((len(turn), len(turn)), np.nan)


def _coded(
    frame: pd.DataFrame, outcome: str, order: Sequence[object] | None
) -> tuple[pd.DataFrame, tuple[object, ...]]:
    """Return the frame with answers from 0 up, answers nobody gave left out."""
    known = frame[outcome].notna()
    codes, levels = answer_codes(frame.loc[known, outcome], outcome, order)
    coded = pd.Series(codes, index=frame.index[known], dtype=float).reindex(frame.index)
    return frame.assign(**{outcome: coded}), tuple(levels)


def _like_sized(data: Frame) -> tuple[Frame, Array, dict[str, Array]]:
    """Return the data with columns of like size about zero, and how coefficients and random effects come back."""
    constant = np.ones((len(data.fixed), 1))
    design = standardise(np.column_stack([constant, data.fixed]), constant=0)
    bases = {term.name: term.about_zero() for term in data.terms}
    terms = tuple(replace(term, values=bases[term.name].columns) for term in data.terms)
    roots = {name: basis.back for name, basis in bases.items()}
    return replace(data, fixed=design.columns[:, 1:], terms=terms), design.back, roots


def _in_own_columns(
    model: Laplace, parameters: Array, data: Frame, back: Array, roots: Mapping[str, Array]
) -> tuple[dict[str, Array], Array, Array]:
    """Return the optimum in the columns as they came, and a matrix of derivatives.

    First a root of the covariance of each term's effects, then thresholds and effects. The derivatives, by the
    parameters of the model that was solved, are those of thresholds and effects, and of the logarithm of the
    standard deviation of each random effect.
    """
    k, p = model.k, model.p
    mixing = np.eye(k + p)
    mixing[k:, k:] = back[1:, 1:]
    # What a constant would take up, the thresholds do, with the other sign.
    mixing[:k, k:] = -back[0, 1:]
    came = {term.name: term for term in data.terms}
    own, rows = {}, []
    for term, factor in zip(model.terms, model.split(parameters)[2], strict=True):
        kept = [came[term.name].columns.index(name) for name in term.columns]
        back_of = roots[term.name][np.ix_(kept, kept)] / term.units[:, None]
        root = back_of @ factor
        moves = []
        for row, column in zip(*term.places, strict=True):
            moved = np.zeros_like(factor)
            moved[row, column] = factor[row, column] if row == column else 1.0
            moves.append((root * (back_of @ moved)).sum(axis=1) / (root**2).sum(axis=1))
        own[term.name] = root
        rows.append(np.column_stack(moves))
    return own, mixing @ parameters[: k + p], linalg.block_diag(mixing, *rows)


def _maximise(model: Laplace) -> tuple[Array, bool]:
    """Maximise over free numbers: the first threshold, logs of the steps, effects, logs of spreads."""
    k, p = model.k, model.p
    share = np.cumsum(np.bincount(model.answer, minlength=k + 1))[:-1] / model.n
    inverse = stats.logistic.ppf if model.link == "logit" else stats.norm.ppf
    start = np.concatenate([inverse(share), np.zeros(p), np.where(model.is_log, -0.5, 0.0)])

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
    widest = (np.log(_LEAST), np.log(50.0))
    bounds = [(None, None)] * (k + p) + [widest if is_log else (None, None) for is_log in model.is_log]
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
        inner = _inner(model, parameters)
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


def _without_zeros(model: Laplace, parameters: Array) -> tuple[Laplace, Array, list[tuple[str, str]]]:
    """Leave out random effects whose spread is best at zero; each is named by its factor and its column."""
    dropped: list[tuple[str, str]] = []
    while model.terms:
        sds = [
            _leavable(term, np.sqrt((factor**2).sum(axis=1)))
            for term, factor in zip(model.terms, model.split(parameters)[2], strict=True)
        ]
        place = int(np.argmin([sd.min() for sd in sds]))
        if sds[place].min() > _SMALL_SD:
            break
        term, column = model.terms[place], int(np.argmin(sds[place]))
        dropped.append((term.name, term.columns[column]))
        kept = [j for j in range(term.width) if j != column]
        smaller = [term.only(kept)] if kept else []
        terms = (*model.terms[:place], *smaller, *model.terms[place + 1 :])
        model = Laplace(replace(model.frame, terms=terms), model.n_levels, model.link)
        parameters, _ = _maximise(model)
    return model, parameters, dropped


def _leavable(term: RandomTerm, sds: Array) -> Array:
    """Return the spreads, infinite where one may not be left out: the intercept about which slopes were solved."""
    return np.where(np.arange(term.width) == 0, np.inf, sds) if term.correlated and term.width > 1 else sds


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
        raise worded(ModelError, "error_parts_answers", names=", ".join(dict.fromkeys(far)))


def _describe(
    model: Laplace, parameters: Array, own: dict[str, Array], turned: Array, covariance: Array, outcome: str,
    levels: tuple[object, ...], *, dropped: Sequence[tuple[str, str]], converged: bool,
) -> CrossedOrdinalFit:  # fmt: skip
    notes: list[str] = [
        said("note_spread_dropped", name=name)
        if effect == "intercept"
        else said("note_slopes_dropped", name=name, slope=effect)
        for name, effect in dropped
    ]
    notes += [boundary_note(term) for term in _zeros(model, parameters)]
    errors = np.sqrt(np.where(np.diag(covariance) > 0, np.diag(covariance), np.nan))
    if not converged or np.isnan(errors).any():
        converged = False
        notes.append(said("note_optimum_answers"))
    k, p = model.k, model.p
    names = [f"{a}|{b}" for a, b in pairwise(levels)]
    table = tidy([*names, *model.frame.names], turned, errors[: k + p])
    table.insert(1, "kind", ["threshold"] * k + ["effect"] * p)
    covariances = {name: root @ root.T for name, root in own.items()}
    log_sd = np.concatenate([0.5 * np.log(np.diag(c)) for c in covariances.values()] or [np.empty(0)])
    width = stats.norm.ppf(0.975) * errors[k + p :]
    variances = pd.DataFrame(
        {
            "group": [t.name for t in model.terms for _ in t.columns],
            "effect": [name for t in model.terms for name in t.columns],
            "variance": np.exp(2 * log_sd), "sd": np.exp(log_sd),
            "sd_low": np.exp(log_sd - width), "sd_high": np.exp(log_sd + width),
            "n_levels": [len(t.levels) for t in model.terms for _ in t.columns],
            "at_boundary": False,
        }
    )  # fmt: skip
    zero = pd.DataFrame(
        [(*names, 0.0, 0.0, 0.0, np.nan, 0, True) for names in dropped], columns=variances.columns
    )
    variances = pd.concat([variances, zero], ignore_index=True) if dropped else variances
    if (variances["effect"] == "intercept").all():
        variances = variances.drop(columns="effect")
    return CrossedOrdinalFit(
        table=table,
        variances=variances,
        covariances=covariances,
        levels=levels,
        outcome=outcome,
        formula=formula_of(outcome, [*model.frame.names, *(term.written for term in model.terms)]),
        convention=said("convention_information"),
        link=model.link,
        log_likelihood=-float(model(parameters)[0]),
        n=model.n,
        n_missing=model.frame.n_missing,
        converged=converged,
        notes=tuple(notes),
        model=model,
        parameters=parameters,
        roots=own,
    )


@options_checked
def likelihood_ratio(larger: CrossedOrdinalFit, smaller: CrossedOrdinalFit) -> Mapping[str, float]:
    """Compare nested models: statistic, df, p_value (conservative where a spread may be zero).

    Raises
    ------
    ModelError
        If the models explain other answers or rows, have other links, or the smaller has a term that the larger
        lacks.

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
    alike = [(m.outcome, m.link, m.levels, m.n) for m in (larger, smaller)]
    if alike[0] != alike[1]:
        raise worded(ModelError, "error_models_of_other_rows")
    if df <= 0:
        raise worded(ModelError, "error_models_swapped")
    absent = _effects_of(smaller) - _effects_of(larger)
    if absent:
        raise worded(ModelError, "error_models_not_nested", names=", ".join(sorted(absent)))
    return {"statistic": statistic, "df": df, "p_value": float(stats.chi2.sf(max(statistic, 0), df))}


def _effects_of(fit: CrossedOrdinalFit) -> set[str]:
    """Return the names of a model's fixed effects and of its random factors."""
    return {*fit.table.loc[fit.table["kind"] == "effect", "term"], *fit.covariances}
