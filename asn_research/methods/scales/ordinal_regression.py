"""Ordinal regression: what moves the chance of each answer from 1 to 4.

Answers are ordered but not evenly spaced, and most lie at the top; a mean hides both. Coefficients
of these models live on a latent scale that nobody sees, so results are told as average changes in
the probability of each answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.methods.column_values import answer_codes, is_number, level_columns, levels_of
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.few_clusters import count_clusters, few_clusters_note
from asn_research.methods.formula import by_formula, formula_of
from asn_research.methods.peers import Source, ordered_answers_fit
from asn_research.methods.raters.cumulative import Link
from asn_research.methods.refusals import refuse_collinear, refuse_negative_weights
from asn_research.methods.result import Result, tidy
from asn_research.methods.scales.ordinal_likelihood import (
    SEPARATED,
    average_probabilities,
    newton,
    row_scores,
    unscaled,
)
from asn_research.methods.scaling import standardise
from asn_research.rules.words import Said, said, worded


@dataclass(frozen=True, repr=False)
class OrdinalFit(Result):
    """A fitted ordinal regression.

    Parameters
    ----------
    table : pd.DataFrame
        One row per regressor (effects left out): term, estimate, std_error, t, p_value, low, high.
    thresholds : pd.DataFrame
        One row per limit between two answers, named ``1|2`` and so on.
    parameters : pd.Series
        All estimates, regressors and effects first, then thresholds.
    covariance : pd.DataFrame
        Of all parameters.
    x : np.ndarray
        The rows' regressors, kept for average changes.
    weights : np.ndarray
        How many cases a row stands for.
    answers : tuple
        The answers, lowest first.
    outcome, link : str
        The outcome and the link.
    log_likelihood : float
        At the estimates.
    n, n_clusters : int
        Cases, and clusters (0: independent errors).
    notes : tuple of str
        What limits the reading.
    formula, convention : str
        What was fitted, and how errors are scaled.
    """

    DIRECTION: ClassVar[str] = "direction_answers"

    table: pd.DataFrame
    thresholds: pd.DataFrame
    parameters: pd.Series
    covariance: pd.DataFrame
    x: np.ndarray
    weights: np.ndarray
    answers: tuple[Any, ...]
    outcome: str
    link: Link
    log_likelihood: float
    n: int
    n_clusters: int
    notes: tuple[str, ...] = ()
    formula: str = ""
    convention: str = ""
    source: Source | None = field(default=None, repr=False, compare=False)

    @property
    def deviance(self) -> float:
        """Minus twice the log-likelihood."""
        return -2 * self.log_likelihood

    def average_change(self, term: str, step: float = 1.0) -> pd.DataFrame:
        """Return how the chance of each answer changes, on average, for a step of one regressor.

        Parameters
        ----------
        term : str
            A regressor.
        step : float
            By how much it is raised for everyone.

        Returns
        -------
        pd.DataFrame
            One row per answer, in percentage points, with intervals by the delta method; the last
            row ``mean`` is the change of the mean answer where answers are numbers.
        """
        change, slope = self._change(term, step)
        names: list[object] = list(self.answers)
        values = pd.to_numeric(pd.Series(list(self.answers)), errors="coerce").to_numpy(dtype=float)
        scale = np.full(len(change), 100.0)
        if np.isfinite(values).all():
            names.append("mean")
            change, slope = np.append(change, values @ change), np.vstack([slope, values @ slope])
            scale = np.append(scale, 1.0)
        spread = np.sqrt(np.einsum("ij,jk,ik->i", slope, self.covariance.to_numpy(), slope))
        table = tidy([str(n) for n in names], scale * change, scale * spread, _df(self.n_clusters))
        return table.rename(columns={"term": "answer"})

    def share_change(self, term: str, step: float, *, at_least: Any) -> pd.Series:
        """Return how the share of answers from one up changes, in percentage points."""
        change, slope = self._change(term, step)
        high = np.array([float(answer >= at_least) for answer in self.answers])
        gradient = high @ slope
        spread = float(gradient @ self.covariance.to_numpy() @ gradient) ** 0.5
        return tidy(
            [f"{at_least} and above"],
            np.array([100 * high @ change]),
            np.array([100 * spread]),
            _df(self.n_clusters),
        ).iloc[0]

    def _change(self, term: str, step: float) -> tuple[np.ndarray, np.ndarray]:
        """Change of each answer's mean chance for a step, and its slopes by all parameters."""
        place = list(self.parameters.index).index(term)
        theta = self.parameters.to_numpy()
        moved = self.x.copy()
        moved[:, place] += step
        after, slope_after = average_probabilities(theta, moved, self.weights, self.link)
        before, slope_before = average_probabilities(theta, self.x, self.weights, self.link)
        return after - before, slope_after - slope_before

    def facts(self) -> dict[str, object]:
        """Return rows, clusters, link and log-likelihood."""
        return {
            **super().facts(), said("fact_link"): self.link, said("fact_log_likelihood"): self.log_likelihood,
        }  # fmt: skip

    def further(self) -> dict[str, pd.DataFrame]:
        """Return the limits between answers."""
        return {said("fact_thresholds"): self.thresholds}

    def to_statsmodels(self) -> Any:
        """Return statsmodels' `OrderedModel` of the same answers; errors there are independent.

        Returns
        -------
        statsmodels.miscmodels.ordinal_model.OrderedResultsWrapper

        Raises
        ------
        RequestError
            If the answers were weighted, or effects have more than 500 levels.
        """
        assert self.source is not None  # noqa: S101 (fit_ordinal gives it)
        return ordered_answers_fit(self.source, self.answers, self.link)


@by_formula("regressors", "effects")
@estimator(
    outcome=Role.ANSWER, regressors=Role.FACTOR, effects=Role.LABEL, cluster=Role.LABEL, weights=Role.NUMBER
)
def fit_ordinal(
    frame: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    *,
    effects: Sequence[str] = (),
    link: Link = "logit",
    cluster: str | None = None,
    weights: str | None = None,
    order: Sequence[object] | None = None,
) -> OrdinalFit:
    """Fit a cumulative-link model by maximum likelihood (Newton's method).

    Parameters
    ----------
    frame : pd.DataFrame
        One row per answer, or per group of like answers.
    outcome : str
        An ordered category, numbers, or text whose ``order`` is said.
    regressors : sequence of str
        Columns that explain it; ordered or unordered categories get a term for each level but the first.
    effects : sequence of str
        Columns whose levels get an effect of their own (units, quarters).
    link : {"logit", "probit"}
        How the latent scale is distributed.
    cluster : str, optional
        Column whose levels may share errors.
    weights : str, optional
        Column that says how many cases a row stands for.
    order : sequence, optional
        The answers from lowest to highest, where they are text.

    Returns
    -------
    OrdinalFit

    Raises
    ------
    ModelError
        In plain words: one answer only, too many for a scale, separation, no convergence.
    RequestError
        If the answers are text whose order is not said.

    Notes
    -----
    P(answer <= j) = F(threshold_j - x b), as in R's ``MASS::polr`` and ``ordinal::clm``. Without clusters and
    weights it is statsmodels' ``OrderedModel.from_formula("puas ~ waktu", data, distr="logit").fit(method="bfgs")``,
    which stops at 1e-5; it stands here for clustered errors, weights, separation refused in words, and
    average changes with their errors. `OrdinalFit.to_statsmodels` gives that object. Effects of
    units are estimated, not drawn; with few answers a unit they are noisy, and slopes a little too large.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(40), 4), "penilai": np.tile(np.arange(4), 40)})
    >>> suka = rng.normal(size=40)[data["pegawai"]] + np.array([-0.5, 0.0, 0.0, 0.5])[data["penilai"]]
    >>> data["nilai"] = np.digitize(suka + rng.logistic(size=160), [-1, 0.5]) + 1
    >>> data["baru"] = (data["penilai"] > 1).astype(float)
    >>> fit = fit_ordinal(data, "nilai", ["baru"], cluster="pegawai")
    >>> round(float(fit.row("baru")["estimate"]), 2)
    0.29
    """
    columns = [
        outcome,
        *regressors,
        *effects,
        *([cluster] if cluster else []),
        *([weights] if weights else []),
    ]
    used = frame[list(dict.fromkeys(columns))].dropna()
    if weights:
        refuse_negative_weights(used[weights], weights)
        used = used.loc[used[weights] > 0]
    y, answers = answer_codes(used[outcome], outcome, order)
    names, x = _columns(used, regressors, effects)
    w = used[weights].to_numpy(dtype=float) if weights else np.ones(len(used))
    n_terms = len(names) + len(answers) - 1
    if w.sum() <= n_terms:
        raise worded(ModelError, "error_few_answers", n=f"{w.sum():g}", k=n_terms)
    design = standardise(np.column_stack([np.ones(len(x)), x]), constant=0)
    if x.shape[1]:
        refuse_collinear(design.columns, names)
    centre, scale = x.mean(axis=0), 1 / np.diag(design.back)[1:]
    z = design.columns[:, 1:]
    theta, curvature, value = newton(z, y, w, len(answers), link)
    reach = np.abs(theta[: len(names)]) * z.std(axis=0)
    if len(names) and reach.max() > SEPARATED:
        worst = names[int(reach.argmax())]
        raise worded(ModelError, "error_parts_answers_of", name=worst, outcome=outcome)
    own_scores = row_scores(theta, z, y, w, len(answers), link) if cluster else np.empty((0, 0))
    theta, turn = unscaled(theta, centre, scale)
    bread = turn @ np.linalg.inv(curvature) @ turn.T
    covariance, n_clusters = bread, 0
    notes: tuple[Said, ...] = ()
    if cluster:
        codes = pd.factorize(used[cluster])[0]
        n_clusters = count_clusters(codes, cluster)
        summed = np.stack([np.bincount(codes, own_scores[:, k]) for k in range(own_scores.shape[1])], axis=1)
        inner = turn @ np.linalg.inv(curvature)
        covariance = n_clusters / (n_clusters - 1) * inner @ (summed.T @ summed) @ inner.T
        notes = few_clusters_note(n_clusters)
    limits = [f"{a}|{b}" for a, b in pairwise(answers)]
    labels = [*names, *limits]
    whole = tidy(labels, theta, np.sqrt(np.diag(covariance)), _df(n_clusters))
    shown = [n for n in names if not any(n.startswith(f"{effect}=") for effect in effects)]
    return OrdinalFit(
        table=whole.loc[whole["term"].isin(shown)].reset_index(drop=True),
        thresholds=whole.iloc[len(names) :].reset_index(drop=True),
        parameters=pd.Series(theta, index=labels),
        covariance=pd.DataFrame(covariance, index=labels, columns=labels),
        x=x,
        weights=w,
        answers=tuple(answers),
        outcome=outcome,
        link=link,
        log_likelihood=value,
        n=round(float(w.sum())),
        n_clusters=n_clusters,
        notes=notes,
        formula=formula_of(outcome, regressors, effects),
        convention=said("convention_ordinal_cluster") if cluster else said("convention_information"),
        source=Source(
            used.assign(**dict(zip(names, x.T, strict=True))), outcome, tuple(names), (), cluster, weights
        ),
    )


def _df(n_clusters: int) -> float:
    return n_clusters - 1 if n_clusters else np.inf


def _columns(
    used: pd.DataFrame, regressors: Sequence[str], effects: Sequence[str]
) -> tuple[list[str], np.ndarray]:
    columns: dict[str, pd.Series] = {}
    for name in [*regressors, *effects]:
        if name not in effects and is_number(used[name]):
            columns[name] = used[name]
        elif name not in effects or len(levels_of(used[name])) > 1:
            columns |= level_columns(used[name], name)
    found = [column.to_numpy(dtype=float) for column in columns.values()]
    return list(columns), np.column_stack(found) if found else np.empty((len(used), 0))
