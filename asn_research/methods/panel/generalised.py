"""Yes or no, and counts: logistic and Poisson regression by statsmodels, with clustered errors."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from asn_research.errors import ModelError, RequestError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.few_clusters import count_clusters, few_clusters_note
from asn_research.methods.formula import by_formula, formula_of
from asn_research.methods.panel.fixed_effects import INTERCEPT
from asn_research.methods.peers import Source, clusters_of, design_of
from asn_research.methods.result import Result, tidy
from asn_research.methods.scaling import standardise
from asn_research.rules.words import Said, said, worded

Errors = Literal["model", "HC1", "CR1"]
Family = Literal["poisson", "quasi_poisson"]
_SEPARATED, _UNBOUNDED = 15.0, 50.0

#: With fewer events for each parameter, slopes are biased away from zero and intervals are too short or without
#: end (Peduzzi and others 1996, Journal of Clinical Epidemiology 49, 1373-1379).
LEAST_EVENTS = 10


@dataclass(frozen=True, repr=False)
class GeneralisedFit(Result):
    """A fitted logistic or Poisson regression.

    Parameters
    ----------
    table : pd.DataFrame
        One row per regressor, the constant last: term, estimate (log odds, or log rates), std_error, z or t,
        p_value, low, high; ratio, ratio_low, ratio_high are their exponentials: odds ratios, or rate ratios.
    outcome, family : str
        What is explained, and the distribution.
    n, n_clusters, n_missing : int
        Rows used, clusters (0: none), and rows with a gap.
    log_likelihood, deviance : float
        At the estimates; for ``quasi_poisson`` of the Poisson distribution.
    dispersion : float
        Pearson's, one for a Poisson count; NaN for yes or no.
    formula, convention : str
        What was fitted, and how errors are scaled.
    notes : tuple of str
        What limits the reading.
    source : Source or None
        The rows that were used, for `to_statsmodels`.
    """

    table: pd.DataFrame
    outcome: str
    family: str
    n: int
    n_clusters: int
    n_missing: int
    log_likelihood: float
    deviance: float
    dispersion: float
    formula: str
    convention: str
    notes: tuple[str, ...] = ()
    source: Source | None = field(default=None, repr=False, compare=False)
    offset: np.ndarray | None = field(default=None, repr=False, compare=False)

    def facts(self) -> dict[str, object]:
        """Return rows, clusters, log-likelihood and dispersion."""
        facts = {**super().facts(), said("fact_log_likelihood"): self.log_likelihood}
        if np.isfinite(self.dispersion):
            facts[said("fact_dispersion")] = self.dispersion
        return facts | ({said("fact_missing"): self.n_missing} if self.n_missing else {})

    def to_statsmodels(self) -> Any:
        """Return statsmodels' `GLM` results of the columns as they came; equal in estimates and errors.

        But for ``HC1``: statsmodels leaves N/(N-K) out, and its errors are smaller by the root of it.

        Returns
        -------
        statsmodels.genmod.generalized_linear_model.GLMResultsWrapper

        Raises
        ------
        RequestError
            If effects have more than 500 levels.
        """
        assert self.source is not None  # noqa: S101 (the fits give it)
        family = sm.families.Binomial() if self.family == "logit" else sm.families.Poisson()
        y = self.source.used[self.source.outcome].astype(float)
        free = self.family == "quasi_poisson"
        model = sm.GLM(y, design_of(self.source), family=family, offset=self.offset)
        return model.fit(tol=1e-12, maxiter=200, **_how(self.source.errors, self.source, free=free))


@by_formula("regressors", "effects")
@estimator(outcome=Role.NUMBER, regressors=Role.TERM, effects=Role.LABEL, cluster=Role.LABEL)
def fit_logit(
    frame: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    *,
    effects: Sequence[str] = (),
    cluster: str | None = None,
    errors: Errors | None = None,
) -> GeneralisedFit:
    """Fit a logistic regression of a yes or no.

    Called by its arguments, or by a formula: ``fit_logit("puas ~ waktu + C(loket)", data, cluster="loket")``.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per case.
    outcome : str
        Column of 1 and 0.
    regressors : sequence of str
        Columns that explain it.
    effects : sequence of str
        Columns whose levels get an effect of their own, by dummies. With few rows a level slopes are too
        large (Neyman and Scott); a note says so.
    cluster : str, optional
        Column whose levels may share errors.
    errors : {"model", "HC1", "CR1"}, optional
        By default ``CR1`` with clusters and ``model`` (information matrix) without.

    Returns
    -------
    GeneralisedFit

    Raises
    ------
    ModelError
        In plain words: not 1 and 0, separation, columns that move together.

    Notes
    -----
    It is statsmodels' ``smf.glm("puas ~ waktu", data, family=sm.families.Binomial()).fit(cov_type="cluster",
    cov_kwds={"groups": data["loket"]})``, on columns brought to like size, with separation refused in words;
    errors with clusters have G/(G-1) and (N-1)/(N-K), as R's ``sandwich::vcovCL(type = "HC1")``.

    Examples
    --------
    >>> data = pd.DataFrame({"puas": [0, 0, 1, 0, 1, 1, 0, 1], "waktu": [9, 8, 7, 6, 5, 4, 7, 2]})
    >>> float(round(fit_logit("puas ~ waktu", data).row("waktu")["ratio"], 2))
    0.25
    """
    used, outcomes = _rows(frame, outcome, regressors, effects, cluster, None)
    if not set(np.unique(outcomes)) <= {0.0, 1.0} or len(np.unique(outcomes)) < 2:
        raise worded(ModelError, "error_not_yes_or_no", name=outcome)
    return _fitted(
        frame, used, outcome, regressors, effects, cluster, _errors(errors, cluster), "logit", None
    )


@by_formula("regressors", "effects")
@estimator(
    outcome=Role.NUMBER, regressors=Role.TERM, effects=Role.LABEL, cluster=Role.LABEL, exposure=Role.AMOUNT
)
def fit_counts(
    frame: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    *,
    effects: Sequence[str] = (),
    exposure: str | None = None,
    cluster: str | None = None,
    family: Family = "quasi_poisson",
    errors: Errors | None = None,
) -> GeneralisedFit:
    """Fit a log-linear regression of a count, such as complaints or requests.

    Give the columns by name, or a formula: ``fit_counts("keluhan ~ jp + C(dinas)", data,
    exposure="layanan", cluster="dinas")``.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per unit and period, say.
    outcome : str
        Column of counts: whole numbers from 0.
    regressors : sequence of str
        Columns that explain it.
    effects : sequence of str
        Columns whose levels get an effect of their own, by dummies.
    exposure : str, optional
        Column with the denominator of the rate (requests, persons, days), above 0; its logarithm enters with a
        slope of one, so that rates are compared.
    cluster : str, optional
        Column whose levels may share errors.
    family : {"quasi_poisson", "poisson"}
        With ``poisson`` the variance equals the mean; with ``quasi_poisson`` it is the mean times a dispersion that is
        estimated.
    errors : {"model", "HC1", "CR1"}, optional
        By default ``CR1`` with clusters and ``model`` without.

    Returns
    -------
    GeneralisedFit

    Raises
    ------
    ModelError
        If the outcome is no count, an exposure is not above 0, or the regressors are collinear.

    Notes
    -----
    It is statsmodels' ``smf.glm("keluhan ~ jp", data, exposure=data["layanan"],
    family=sm.families.Poisson()).fit(scale="X2")`` and R's ``glm(..., quasipoisson)``, on columns
    scaled to similar size.

    Examples
    --------
    >>> data = pd.DataFrame({"keluhan": [4, 9, 6, 12], "layanan": [100, 200, 300, 500], "baru": [0, 0, 1, 1]})
    >>> fit = fit_counts("keluhan ~ baru", data, exposure="layanan", family="poisson")
    >>> float(round(fit.row("baru")["ratio"], 4))
    0.5192
    """
    used, counts = _rows(frame, outcome, regressors, effects, cluster, exposure)
    if (counts < 0).any() or (counts != np.round(counts)).any() or not counts.any():
        raise worded(ModelError, "error_not_counts", name=outcome)
    offset = None
    if exposure:
        amounts = used[exposure].to_numpy(dtype=float)
        if (amounts <= 0).any():
            raise worded(ModelError, "error_exposure_nil", name=exposure, n=int((amounts <= 0).sum()))
        offset = np.log(amounts)
    how = _errors(errors, cluster)
    return _fitted(frame, used, outcome, regressors, effects, cluster, how, family, offset)


def _errors(errors: Errors | None, cluster: str | None) -> Errors:
    if errors == "CR1" and not cluster:
        raise worded(RequestError, "error_cluster_needed", errors=errors)
    if cluster and errors not in (None, "CR1"):
        raise worded(RequestError, "error_cluster_unused", errors=errors, cluster=cluster)
    return errors or ("CR1" if cluster else "model")


def _rows(
    frame: pd.DataFrame, outcome: str, regressors: Sequence[str], effects: Sequence[str], cluster: str | None,
    exposure: str | None,
) -> tuple[pd.DataFrame, np.ndarray]:  # fmt: skip
    columns = [outcome, *regressors, *effects, *(name for name in (cluster, exposure) if name)]
    used = frame[list(dict.fromkeys(columns))].dropna()
    return used, used[outcome].to_numpy(dtype=float)


def _fitted(
    frame: pd.DataFrame, used: pd.DataFrame, outcome: str, regressors: Sequence[str], effects: Sequence[str],
    cluster: str | None, errors: Errors, family: str, offset: np.ndarray | None,
) -> GeneralisedFit:  # fmt: skip
    source = Source(used, outcome, tuple(regressors), tuple(effects), cluster, None, errors)
    if (codes := clusters_of(source)) is not None:
        count_clusters(codes, cluster)
    raw = design_of(source)
    if len(used) <= raw.shape[1]:
        raise worded(ModelError, "error_few_rows", n=len(used), k=raw.shape[1], name=outcome)
    x = np.column_stack([raw.drop(columns="const").to_numpy(dtype=float), np.ones(len(raw))])
    design = standardise(x, constant=x.shape[1] - 1)
    if np.linalg.matrix_rank(design.columns, tol=1e-7 * np.sqrt(len(x))) < x.shape[1]:
        raise worded(ModelError, "error_move_together", names=", ".join([*regressors, *effects]))
    law = sm.families.Binomial() if family == "logit" else sm.families.Poisson()
    y = used[outcome].to_numpy(dtype=float)
    how = _how(errors, source, free=family == "quasi_poisson")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", PerfectSeparationWarning)
        try:
            fit = sm.GLM(y, design.columns, family=law, offset=offset).fit(tol=1e-13, maxiter=100, **how)
        except (PerfectSeparationWarning, np.linalg.LinAlgError, FloatingPointError, ValueError):
            # A slope that grows without end stops with weights that are no numbers.
            raise worded(ModelError, "error_separated", name=outcome) from None
    spread = design.columns[:, :-1].std(axis=0)
    reach = np.abs(fit.params[:-1]) * spread
    # The slope of a rare level that parts the outcome is of a moderate size, but its error has no bound. Levels of
    # effects may be without events: they drop out of the likelihood of the slopes.
    loose = (fit.bse[:-1] * spread)[: len(regressors)]
    if not np.isfinite(fit.bse).all() or max([0.0, *reach]) > _SEPARATED or max([0.0, *loose]) > _UNBOUNDED:
        raise worded(ModelError, "error_separated", name=outcome)
    covariance = design.covariance(fit.cov_params())
    if errors == "HC1":
        covariance = covariance * len(y) / (len(y) - x.shape[1])
    return _described(
        frame,
        source,
        fit,
        design.coefficients(fit.params),
        covariance,
        family,
        offset,
    )


@dataclass(frozen=True)
class Events:
    """How many events a fit of counts, or of yes and no, rests on.

    Parameters
    ----------
    n : int
        The sum of the counts; of yes and no, the number of the rarer one.
    n_parameters : int
        The parameters that they must bear: slopes, and effects but for those of the factor with the most levels in
        a model of counts, which drop out of its likelihood.
    """

    n: int
    n_parameters: int

    @property
    def are_few(self) -> bool:
        """Whether there are fewer than `LEAST_EVENTS` for each parameter."""
        return self.n < LEAST_EVENTS * self.n_parameters


def events_of(
    used: pd.DataFrame, outcome: str, regressors: Sequence[str], effects: Sequence[str], *, are_counts: bool
) -> Events:
    """Count the events of a fit, and the parameters that they must bear.

    Parameters
    ----------
    used : pd.DataFrame
        The rows of the fit, without gaps.
    outcome, regressors, effects
        As for `fit_counts`.
    are_counts : bool
        Whether the outcome holds counts; else 0 and 1.
    """
    levels = sorted(int(used[effect].nunique()) - 1 for effect in effects)
    if are_counts and levels:
        levels.pop()
    y = used[outcome].to_numpy(dtype=float)
    n = y.sum() if are_counts else min(y.sum(), len(y) - y.sum())
    return Events(round(float(n)), len(regressors) + sum(levels))


def _described(
    frame: pd.DataFrame, source: Source, fit: Any, estimate: np.ndarray, covariance: np.ndarray, family: str,
    offset: np.ndarray | None,
) -> GeneralisedFit:  # fmt: skip
    codes = clusters_of(source)
    n_clusters = 0 if codes is None else int(codes.max()) + 1
    n, names = len(source.used), [*source.terms]
    df: float | None = float(n_clusters - 1) if n_clusters else None
    if family == "quasi_poisson" and not n_clusters:
        df = float(fit.df_resid)
    kept = [*range(len(names)), len(estimate) - 1]
    error = np.sqrt(np.diag(covariance))
    table = tidy([*names, INTERCEPT], estimate[kept], error[kept], df)
    # For a step of one of a column in tiny units a ratio may have no finite size; the estimate tells.
    with np.errstate(over="ignore"):
        ratios = {
            "ratio": np.exp(table["estimate"]),
            "ratio_low": np.exp(table["low"]),
            "ratio_high": np.exp(table["high"]),
        }
    notes = [*few_clusters_note(n_clusters)]
    if family == "logit" and any(n / source.used[effect].nunique() < 10 for effect in source.effects):
        notes.append(said("note_few_rows_a_level"))
    events = events_of(
        source.used, source.outcome, source.terms, source.effects, are_counts=family != "logit"
    )
    if events.are_few:
        notes.append(said("note_few_events", n=events.n, k=events.n_parameters, least=LEAST_EVENTS))
    pearson = float((fit.resid_pearson**2).sum() / fit.df_resid)
    return GeneralisedFit(
        table=table.assign(**ratios),
        outcome=source.outcome,
        family=family,
        n=n,
        n_clusters=n_clusters,
        n_missing=len(frame) - n,
        log_likelihood=float(fit.family.loglike(fit.model.endog, fit.mu)),
        deviance=float(fit.deviance),
        dispersion=float("nan") if family == "logit" else pearson,
        formula=formula_of(source.outcome, source.terms, source.effects),
        convention=_convention(source.errors, family),
        notes=tuple(notes),
        source=source,
        offset=offset,
    )


def _convention(errors: str, family: str) -> Said:
    if errors == "CR1":
        return said("convention_glm_clusters")
    if errors == "HC1":
        return said("convention_glm_hc1")
    return said("convention_quasi_poisson") if family == "quasi_poisson" else said("convention_information")


def _how(errors: str, source: Source, *, free: bool = False) -> dict[str, Any]:
    """Return how statsmodels is asked for these errors; its HC1 of a GLM lacks N/(N-K), so HC0 is taken."""
    if errors == "CR1":
        return {
            "cov_type": "cluster",
            "cov_kwds": {"groups": clusters_of(source), "use_correction": True},
        }
    if errors == "HC1":
        return {"cov_type": "HC0"}
    return {"scale": "X2"} if free else {}
