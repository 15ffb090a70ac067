"""Selection on what was observed: inverse probability weights, outcome regression, and both together."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.tools.sm_exceptions import PerfectSeparationError

from asn_research.errors import ModelError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.few_clusters import count_clusters, few_clusters_note
from asn_research.methods.formula import formula_of
from asn_research.methods.result import Result, tidy
from asn_research.methods.scaling import standardise
from asn_research.rules.words import said, worded

Target = Literal["ate", "att"]
_SEPARATED, _EXTREME = 25.0, 0.01


@dataclass(frozen=True, repr=False)
class WeightingFit(Result):
    """A comparison of treated and untreated after adjusting for covariates.

    Parameters
    ----------
    table : pd.DataFrame
        Rows ``naive`` (difference of means), ``ipw`` (weights), ``regression`` (outcome regression) and
        ``aipw`` (both: right if either model is).
    balance : pd.DataFrame
        Standardised difference of each covariate before and after weighting.
    propensity : np.ndarray
        Chance of treatment, one a row.
    effective_n_treated, effective_n_untreated : float
        Kish's effective sample sizes under the weights.
    n, n_clusters : int
        Rows and clusters.
    notes : tuple of str
        What limits the reading.
    formula, convention : str
        What was fitted, and how errors are scaled.
    """

    OWN_TERMS: ClassVar[tuple[str, ...]] = ("naive", "ipw", "regression", "aipw")

    table: pd.DataFrame
    balance: pd.DataFrame
    propensity: np.ndarray
    effective_n_treated: float
    effective_n_untreated: float
    n: int
    n_clusters: int
    notes: tuple[str, ...] = ()
    formula: str = ""
    convention: str = ""

    def facts(self) -> dict[str, object]:
        """Return rows, clusters, and how many rows the weighted groups are worth."""
        return {
            **super().facts(), said("fact_effective_treated"): self.effective_n_treated,
            said("fact_effective_untreated"): self.effective_n_untreated,
        }  # fmt: skip

    def further(self) -> dict[str, pd.DataFrame]:
        """Return how far the groups' covariates lie apart."""
        return {said("fact_balance"): self.balance}


def logit(x: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit a logistic regression by statsmodels; return coefficients and inverse information.

    Parameters
    ----------
    x : np.ndarray
        Rows × columns of like size, as `standardise` makes them.
    d : np.ndarray
        Ones and zeros.

    Raises
    ------
    ModelError
        If covariates move together exactly, or separate the two groups.
    """
    if np.linalg.matrix_rank(x, tol=1e-7 * np.sqrt(len(x))) < x.shape[1]:
        raise worded(ModelError, "error_covariates_together")
    with warnings.catch_warnings():
        # What it has to say is asked below: how far the fitted odds go.
        warnings.simplefilter("ignore")
        try:
            fit = sm.Logit(d, x).fit(method="newton", tol=1e-12, maxiter=60, disp=False)
        except (np.linalg.LinAlgError, PerfectSeparationError):
            fit = None
    if fit is not None and fit.mle_retvals["converged"]:
        beta, inverse = np.asarray(fit.params), np.asarray(fit.cov_params())
        # Fitted odds beyond e^25 for someone: the groups do not overlap.
        if np.isfinite(inverse).all() and np.abs(x @ beta).max() <= _SEPARATED:
            return beta, inverse
    raise worded(ModelError, "error_covariates_separate")


@estimator(outcome=Role.MEASURE, treated=Role.NUMBER, covariates=Role.TERM, cluster=Role.LABEL)
def fit_weighting(
    frame: pd.DataFrame,
    outcome: str,
    treated: str,
    covariates: Sequence[str],
    *,
    target: Target = "ate",
    cluster: str | None = None,
) -> WeightingFit:
    """Compare treated and untreated by weights, by regression, and doubly robustly.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per person.
    outcome, treated : str
        Columns; ``treated`` is 1 or 0.
    covariates : sequence of str
        What moved selection and outcome.
    target : str
        ``ate`` for all, ``att`` for those who were treated.
    cluster : str, optional
        Column whose levels may share errors.

    Returns
    -------
    WeightingFit

    Raises
    ------
    ModelError
        In plain words: nobody or everybody treated, separation, constant outcome.

    Notes
    -----
    Errors are those of the influence functions, which count that propensities are estimated (by statsmodels'
    ``sm.Logit``), so that those of ``ipw`` are smaller than with known weights. statsmodels' ``TreatmentEffect``
    has the same estimates for the effect on all, with other errors.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(30), 4), "triwulan": np.tile(np.arange(4), 30)})
    >>> data["unit"] = data["pegawai"] % 6
    >>> data["jp"] = rng.normal(size=120)
    >>> data["motivasi"] = 0.5 * data["jp"] + rng.normal(size=30)[data["pegawai"]] + rng.normal(0, 0.5, 120)
    >>> data["mutu"] = 0.4 * data["motivasi"] + 0.2 * data["jp"] + rng.normal(0, 0.5, 120)
    >>> data["ikut"] = (data["jp"] + rng.normal(size=120) > 0).astype(int)
    >>> fit = fit_weighting(data, "mutu", "ikut", ["motivasi"], target="att", cluster="unit")
    >>> fit.table["term"].tolist()
    ['naive', 'ipw', 'regression', 'aipw']
    """
    needed = [outcome, treated, *covariates, *([cluster] if cluster else [])]
    used = frame.dropna(subset=needed)
    y, d = used[outcome].to_numpy(dtype=float), used[treated].to_numpy(dtype=float)
    _refuse(y, d, outcome)
    x = _design(used[list(covariates)].to_numpy(dtype=float))
    beta, inverse = logit(x, d)
    e = 1 / (1 + np.exp(-x @ beta))
    pairs = {
        "naive": _contrast(y, d, d, 1 - d),
        "ipw": _ipw(y, d, e, x, inverse, target),
        "regression": _regression(y, d, x, target),
        "aipw": _aipw(y, d, e, x, target),
    }
    codes = pd.factorize(used[cluster])[0] if cluster else np.arange(len(used))
    n_clusters = count_clusters(codes, cluster)
    sums = np.stack([np.bincount(codes, psi) for _, psi in pairs.values()])
    errors = np.sqrt((sums**2).sum(axis=1) * n_clusters / (n_clusters - 1)) / len(y)
    up, down = (d / e, (1 - d) / (1 - e)) if target == "ate" else (d, (1 - d) * e / (1 - e))
    notes = list(few_clusters_note(n_clusters)) if cluster else []
    if min(e.min(), 1 - e.max()) < _EXTREME:
        notes.append(said("note_little_overlap"))
    return WeightingFit(
        table=tidy(list(pairs), np.array([pair[0] for pair in pairs.values()]), errors, n_clusters - 1),
        balance=_balance(x[:, 1:], d, up, down, covariates),
        propensity=e,
        effective_n_treated=float(up.sum() ** 2 / (up @ up)),
        effective_n_untreated=float(down.sum() ** 2 / (down @ down)),
        n=len(y),
        n_clusters=n_clusters,
        notes=tuple(notes),
        formula=formula_of(outcome, [treated, *covariates]),
        convention=said("convention_influence"),
    )


def _design(covariates: np.ndarray) -> np.ndarray:
    """Return a constant and the covariates, of like size; no figure here depends on their units."""
    return standardise(np.column_stack([np.ones(len(covariates)), covariates]), constant=0).columns


def _refuse(y: np.ndarray, d: np.ndarray, outcome: str) -> None:
    if not len(y) or not set(np.unique(d)) <= {0.0, 1.0}:
        raise worded(ModelError, "error_treated_codes")
    if d.sum() < 2:
        raise worded(ModelError, "error_nobody_treated")
    if (1 - d).sum() < 2:
        raise worded(ModelError, "error_everybody_treated")
    if np.ptp(y) == 0:
        raise worded(ModelError, "error_no_variation", outcome=outcome)


def _contrast(y: np.ndarray, d: np.ndarray, up: np.ndarray, down: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the difference of two weighted means, and each row's influence on it.

    `up` holds the weights of the treated rows, `down` those of the others.
    """
    # `d` is not used here: all contrasts are called in the same way.
    del d
    treated, untreated = float(up @ y / up.sum()), float(down @ y / down.sum())
    psi = up * (y - treated) / up.mean() - down * (y - untreated) / down.mean()
    return treated - untreated, psi


def _ipw(
    y: np.ndarray, d: np.ndarray, e: np.ndarray, x: np.ndarray, inverse: np.ndarray, target: Target
) -> tuple[float, np.ndarray]:
    if target == "ate":
        up, down, grow_up, grow_down = d / e, (1 - d) / (1 - e), -d * (1 - e) / e, (1 - d) * e / (1 - e)
    else:
        up, down = d, (1 - d) * e / (1 - e)
        grow_up, grow_down = np.zeros_like(d), down
    estimate, psi = _contrast(y, d, up, down)
    one, nil = float(up @ y / up.sum()), float(down @ y / down.sum())
    # How the contrast moves with the propensity's coefficients, times their own influence.
    slope = (grow_up * (y - one) / up.mean() - grow_down * (y - nil) / down.mean()) @ x / len(y)
    return estimate, psi + (x * (d - e)[:, None]) @ (inverse * len(y)) @ slope


def _means(y: np.ndarray, d: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    fits = [np.linalg.lstsq(x[d == arm], y[d == arm], rcond=None)[0] for arm in (1, 0)]
    return x @ fits[0], x @ fits[1]


def _regression(y: np.ndarray, d: np.ndarray, x: np.ndarray, target: Target) -> tuple[float, np.ndarray]:
    """Return the effect by regression of the outcome in each group, and each row's influence on it."""
    one, nil = _means(y, d, x)
    weight = np.ones_like(d) if target == "ate" else d
    estimate = float(weight @ (one - nil) / weight.sum())
    psi = weight * (one - nil - estimate) / weight.mean()
    centre = weight @ x / weight.sum()
    for arm, fitted, sign in ((1, one, 1.0), (0, nil, -1.0)):
        own = (d == arm).astype(float)
        gram = np.linalg.pinv((x * own[:, None]).T @ x / len(y), hermitian=True)
        psi = psi + sign * own * (y - fitted) * (x @ gram @ centre)
    return estimate, psi


def _aipw(
    y: np.ndarray, d: np.ndarray, e: np.ndarray, x: np.ndarray, target: Target
) -> tuple[float, np.ndarray]:
    if target == "att":
        return att_influence(y, d, x[:, 1:])
    one, nil = _means(y, d, x)
    score = one - nil + d * (y - one) / e - (1 - d) * (y - nil) / (1 - e)
    estimate = float(score.mean())
    return estimate, score - estimate


def att_influence(y: np.ndarray, d: np.ndarray, x: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the doubly robust effect on the treated and each row's influence on it.

    With changes over time for ``y`` it is the doubly robust difference-in-differences of Sant'Anna
    and Zhao (2020). The influence counts that the propensities (a logit) and the outcome regression of the
    untreated are estimated.
    """
    x = _design(x)
    n = len(y)
    beta, inverse = logit(x, d)
    chance = 1 / (1 + np.exp(-x @ beta))
    alone = 1 - d
    fit = np.linalg.lstsq(x[d == 0], y[d == 0], rcond=None)[0]
    gap = y - x @ fit
    odds = alone * chance / (1 - chance)
    one, nil = float(d @ gap / d.sum()), float(odds @ gap / odds.sum())
    psi = d * (gap - one) / d.mean() - odds * (gap - nil) / odds.mean()
    # How the effect moves with the regression's coefficients, and with the propensities'.
    gram = np.linalg.pinv((x * alone[:, None]).T @ x / n, hermitian=True)
    by_fit = odds @ x / odds.sum() - d @ x / d.sum()
    psi = psi + (x * (alone * gap)[:, None]) @ (gram @ by_fit)
    by_chance = -(odds * (gap - nil)) @ x / n / odds.mean()
    psi = psi + (x * (d - chance)[:, None]) @ (inverse * n) @ by_chance
    return one - nil, psi


def _balance(
    x: np.ndarray, d: np.ndarray, up: np.ndarray, down: np.ndarray, names: Sequence[str]
) -> pd.DataFrame:
    spread = np.sqrt((x[d == 1].var(axis=0) + x[d == 0].var(axis=0)) / 2)
    spread = np.where(spread > 0, spread, 1.0)
    before = (x[d == 1].mean(axis=0) - x[d == 0].mean(axis=0)) / spread
    after = (up @ x / up.sum() - down @ x / down.sum()) / spread
    return pd.DataFrame({"covariate": list(names), "before": before, "after": after})
