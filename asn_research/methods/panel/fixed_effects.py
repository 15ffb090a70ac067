"""Panel regression: effects of entity and period taken out, errors clustered, or of free size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from asn_research.errors import ModelError, RequestError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.few_clusters import count_clusters, few_clusters_note
from asn_research.methods.formula import by_formula, formula_of
from asn_research.methods.panel.covariance import (
    Errors,
    Robust,
    Solved,
    bias_reduced,
    clustered,
    heteroscedastic,
    independent,
    refuse_large,
)
from asn_research.methods.panel.within import Within, absorbed, demean, is_nested, orthonormal_basis, prepare
from asn_research.methods.peers import Source, least_squares
from asn_research.methods.result import Result, tidy
from asn_research.methods.scaling import Standardised, standardise
from asn_research.rules.words import said, worded

#: What the intercept is called in a table.
INTERCEPT = "intercept_"


@dataclass(frozen=True, repr=False)
class PanelFit(Result):
    """A fitted panel regression.

    Parameters
    ----------
    table : pd.DataFrame
        One row per regressor: term, estimate, std_error, t, df, p_value, low, high (95 %).
    outcome : str
        The outcome.
    effects : tuple of str
        The fixed effects.
    cluster : str or None
        The clusters; without them errors are taken as independent.
    n, n_clusters : int
        Rows used, and clusters.
    n_entities : int
        Levels of the first fixed effect.
    n_missing, n_singletons : int
        Rows left out: with a missing value, or alone in a fixed effect.
    r2_within : float
        Share of the within variation that the regressors take up.
    convention : str
        How the errors are scaled; packages differ.
    notes : tuple of str
        What limits the reading.
    df : float
        Degrees of freedom of t, of the first regressor.
    covariance : np.ndarray
        Of the estimates, in the order of the table.
    formula : str
        The model that was fitted.
    weights : str or None
        The column of weights.
    source : Source or None
        The rows that were used, for `to_statsmodels`.
    """

    table: pd.DataFrame
    outcome: str
    effects: tuple[str, ...]
    cluster: str | None
    n: int
    n_clusters: int
    n_entities: int
    n_missing: int
    n_singletons: int
    r2_within: float
    convention: str
    notes: tuple[str, ...] = ()
    df: float = 0
    covariance: np.ndarray = field(default_factory=lambda: np.empty((0, 0)), repr=False, compare=False)
    formula: str = ""
    weights: str | None = None
    source: Source | None = field(default=None, repr=False, compare=False)

    def facts(self) -> dict[str, object]:
        """Return rows, clusters, rows left out, and the share explained."""
        facts: dict[str, object]
        share = said("fact_r2_within") if self.effects else said("fact_r2")
        facts = {**super().facts(), share: self.r2_within}
        if not self.effects:
            left = self.n - len(self.table)
            facts[said("fact_r2_adjusted")] = 1 - (1 - self.r2_within) * (self.n - 1) / left
        if self.weights:
            facts[said("fact_weights")] = self.weights
        left_out = {said("fact_missing"): self.n_missing, said("fact_alone"): self.n_singletons}
        return facts | {name: n for name, n in left_out.items() if n}

    def to_statsmodels(self) -> Any:
        """Return the same regression fitted by statsmodels, with a dummy for each level of the effects.

        Estimates are equal. statsmodels counts every dummy among the parameters, so that its clustered
        errors are larger by the root of (N - K)/(N - all), where K leaves out effects nested in the clusters.

        Returns
        -------
        statsmodels.regression.linear_model.RegressionResultsWrapper

        Raises
        ------
        RequestError
            If the effects have more than 500 levels, or errors are CR2, which statsmodels does not have.
        """
        assert self.source is not None  # noqa: S101 (fit_panel gives it)
        return least_squares(self.source)


@by_formula("regressors", "effects")
@estimator(
    outcome=Role.MEASURE, regressors=Role.TERM, effects=Role.LABEL, cluster=Role.LABEL, weights=Role.AMOUNT
)
def fit_panel(
    frame: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    *,
    effects: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
    errors: Errors | None = None,
) -> PanelFit:
    """Fit a linear regression, or a panel regression, by least squares.

    Called by its arguments, or by a formula: ``fit_panel("y ~ x + C(g) + x:z | person + quarter", data,
    cluster="unit")``.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per case, such as an entity and period.
    outcome : str
        Column to be explained.
    regressors : sequence of str
        Columns that explain it; the first is the exposure.
    effects : sequence of str
        Columns whose levels get an effect of their own. Without any, an intercept is fitted.
    cluster : str, optional
        Column whose levels may share errors; without it errors are taken as independent.
    weights : str, optional
        Column that says what each row counts for (the inverse of its error's variance, as in R's ``lm``);
        rows of zero are left out.
    errors : {"iid", "HC1", "HC2", "HC3", "CR1", "CR2"}, optional
        By default ``CR1`` with clusters and ``iid`` without. ``HC1`` to ``HC3`` let the errors' size differ
        from row to row; ``CR2`` with Satterthwaite's degrees of freedom is for few or uneven clusters.

    Returns
    -------
    PanelFit

    Raises
    ------
    ModelError
        In plain words, where the data cannot answer.
    RequestError
        If the formula cannot be read, or errors and clusters do not go together.

    Notes
    -----
    Estimates and errors equal those of R's ``fixest::feols`` (CR1), ``sandwich`` (HC) and ``clubSandwich``
    (CR2). Without effects it is statsmodels' ``smf.ols("y ~ x", data).fit(cov_type="cluster",
    cov_kwds={"groups": data["unit"]}, use_t=True)``, and with weights ``smf.wls``; `PanelFit.to_statsmodels`
    gives that object. ``pyfixest.feols("y ~ x | pegawai + triwulan", data, vcov={"CRV1": "unit"})`` is the same
    model, equal to 1e-6 of the value, as its search for the effects ends earlier. It stands here beside them for
    thousands of effects without a dummy each, CR2, columns in rupiah, and refusals in words.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "pegawai": [1, 1, 2, 2, 3, 3, 4, 4],
    ...     "triwulan": [1, 2, 1, 2, 1, 2, 1, 2],
    ...     "jp": [0, 10, 5, 5, 0, 20, 10, 0],
    ...     "motivasi": [3.0, 3.6, 3.2, 3.3, 2.9, 3.9, 3.8, 3.1],
    ... })
    >>> fit = fit_panel("motivasi ~ jp | pegawai + triwulan", data, cluster="pegawai")
    >>> round(float(fit.row("jp")["estimate"]), 4)
    0.056
    """
    errors = _checked(errors, cluster)
    regressors = list(regressors)
    names = regressors if effects else [*regressors, INTERCEPT]
    data = prepare(frame, outcome, regressors, effects, cluster, weights)
    design = standardise(data.x)
    x, y = design.columns, data.y
    if not effects:
        x = np.column_stack([x, np.ones(len(x))])
    root = np.ones(len(y)) if data.weights is None else np.sqrt(data.weights)
    starred = x * root[:, None]
    bread = np.linalg.inv(starred.T @ starred)
    beta = bread @ starred.T @ (root * y)
    residual = y - x @ beta
    codes = data.clusters(cluster)
    k = x.shape[1] + absorbed(data.effects, codes if errors == "CR1" else None)
    n_clusters, notes = _refuse_few(len(y), k, codes, outcome, cluster)
    if not effects:
        design, beta = _with_intercept(design, data, outcome, regressors, beta)
    found = _errors(
        errors, Solved(starred, residual * root, bread, k, np.empty((len(y), 0))), data, x, codes, design.back
    )
    table = tidy(names, design.coefficients(beta), np.sqrt(np.diag(found.covariance)), found.df)
    left = float((root**2 * residual) @ residual)
    centre = float(root**2 @ y / (root**2).sum())
    return PanelFit(
        table=table,
        outcome=outcome,
        effects=tuple(effects),
        cluster=cluster,
        n=len(y),
        n_clusters=n_clusters,
        n_entities=int(data.effects[0].max()) + 1 if data.effects else len(y),
        n_missing=data.n_missing,
        n_singletons=data.n_singletons,
        r2_within=1 - left / float((root**2 * (y - centre)) @ (y - centre)),
        convention=found.convention,
        notes=tuple(notes),
        df=float(found.df[0]),
        covariance=found.covariance,
        formula=formula_of(outcome, regressors, effects),
        weights=weights,
        source=Source(data.used, outcome, tuple(regressors), tuple(effects), cluster, weights, errors),
    )


def _checked(errors: Errors | None, cluster: str | None) -> Errors:
    """Return how errors are found; refuse clusters that would not be used, and errors that lack them."""
    if errors is None:
        return "CR1" if cluster else "iid"
    if errors.startswith("CR") and not cluster:
        raise worded(RequestError, "error_cluster_needed", errors=errors)
    if cluster and not errors.startswith("CR"):
        raise worded(RequestError, "error_cluster_unused", errors=errors, cluster=cluster)
    return errors


def _refuse_few(
    n: int, k: int, codes: np.ndarray | None, outcome: str, cluster: str | None
) -> tuple[int, list[str]]:
    """Return the number of clusters and what it limits; refuse what is too little."""
    n_clusters = n if codes is None else count_clusters(codes, cluster)
    if n <= k:
        raise worded(ModelError, "error_rows_not_more", n=n, outcome=outcome)
    return n_clusters, [] if codes is None else list(few_clusters_note(n_clusters))


def _errors(
    errors: Errors, solved: Solved, data: Within, x: np.ndarray, codes: np.ndarray | None, back: np.ndarray
) -> Robust:
    """Return the covariance of the estimates in the columns' own units, and their degrees of freedom."""
    if errors == "CR2":
        assert codes is not None  # noqa: S101 (checked with the options)
        weights = data.weights
        # Effects nested in the clusters leave CR2 as it is where all rows count alike.
        free = [e for e in data.effects if weights is not None or not is_nested(e, codes)]
        refuse_large(len(x), free, errors)
        z = np.column_stack([x, _free_columns(free, data)])
        residual = solved.residual if weights is None else solved.residual / np.sqrt(weights)
        to = np.column_stack([back, np.zeros((len(back), z.shape[1] - x.shape[1]))])
        return bias_reduced(z, residual, weights, codes, to)
    if errors in ("HC2", "HC3"):
        refuse_large(len(x), data.effects, errors)
        basis = orthonormal_basis(data.effects, data.weights, len(x))
        solved = Solved(solved.x, solved.residual, solved.bread, solved.k, basis)
    if errors == "iid":
        found = independent(solved)
    elif errors == "CR1":
        assert codes is not None  # noqa: S101
        found = clustered(solved, codes)
    else:
        found = heteroscedastic(solved, errors)
    return Robust(back @ found.covariance @ back.T, found.df, found.convention)


def _free_columns(free: list[np.ndarray], data: Within) -> np.ndarray:
    """Return columns that span the effects which are not nested in the clusters, nested ones taken out."""
    basis = orthonormal_basis(free, data.weights, len(data.y))
    if data.weights is not None:
        return np.asarray(basis / np.sqrt(data.weights)[:, None])
    nested = [e for e in data.effects if not any(e is f for f in free)]
    inside = demean(basis, nested)
    u, s, _ = np.linalg.svd(inside, full_matrices=False)
    return np.asarray(u[:, s > 1e-9 * max(float(s.max(initial=0.0)), 1e-300)])


def _with_intercept(
    design: Standardised, data: Within, outcome: str, regressors: Sequence[str], beta: np.ndarray
) -> tuple[Standardised, np.ndarray]:
    """Return the way back to columns as they came, the intercept last, and the solution that goes with it."""
    w = data.weights
    means = np.average(data.used[[outcome, *regressors]].to_numpy(dtype=float), axis=0, weights=w)
    k = len(regressors)
    back = np.eye(k + 1)
    back[:k, :k] = design.back
    back[k, :k] = -means[1:] @ design.back
    return Standardised(design.columns, back), np.append(beta[:k], beta[k] + means[0])
