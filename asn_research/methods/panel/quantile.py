"""Quantile regression: the effect on the median and on other quantiles, such as the longest waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import optimize, sparse, stats

from asn_research.errors import ModelError, RequestError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.few_clusters import count_clusters, few_clusters_note
from asn_research.methods.formula import by_formula, formula_of
from asn_research.methods.measured_coverage import coverage_note
from asn_research.methods.peers import Source, quantile_fit
from asn_research.methods.refusals import refuse_collinear, refuse_flat
from asn_research.methods.result import Result, no_term, tidy
from asn_research.methods.scaling import column_units, standardise
from asn_research.rules.words import said, worded

Errors = Literal["nid", "iid", "kernel", "cluster_bootstrap"]
#: A quantile as far out as this rests on few rows.
_OUTER = 0.1
_TINY = np.finfo(float).eps ** 0.5


@dataclass(frozen=True, repr=False)
class QuantileFit(Result):
    """Fitted quantile regressions.

    Parameters
    ----------
    table : pd.DataFrame
        One row per quantile and term: quantile, term, estimate, std_error, t, p_value, low, high.
    objectives : dict of float to float
        The sum of check losses, by quantile.
    outcome, errors : str
        The outcome, and how errors were found.
    n, n_clusters : int
        Rows, and clusters drawn (rows without clusters).
    notes : tuple of str
        What limits the reading.
    formula, convention : str
        What was fitted, and how errors are scaled.
    """

    table: pd.DataFrame
    objectives: dict[float, float]
    outcome: str
    errors: str
    n: int
    n_clusters: int
    notes: tuple[str, ...] = ()
    formula: str = ""
    convention: str = ""
    source: Source | None = field(default=None, repr=False, compare=False)

    def row(self, term: str, quantile: float | None = None) -> pd.Series:
        """Return the row of a term at a quantile; without one, that of the only quantile.

        Raises
        ------
        RequestError
            If there is no such term or quantile, or there are several quantiles and none is named.
        """
        at = quantile if quantile is not None or len(self.objectives) > 1 else next(iter(self.objectives))
        rows = self.table.loc[np.isclose(self.table["quantile"], np.nan if at is None else at)]
        found = rows.loc[rows["term"] == term]
        if found.empty:
            raise no_term(f"{term} ({at})", self.terms()["term"])
        return found.iloc[0]

    def terms(self) -> pd.DataFrame:
        """Return the table with the quantile behind each term, where there are several."""
        if len(self.objectives) == 1:
            return self.table
        labels = [
            f"{term} ({q:g})" for term, q in zip(self.table["term"], self.table["quantile"], strict=True)
        ]
        return self.table.assign(term=labels)

    def to_statsmodels(self, quantile: float = 0.5) -> Any:
        """Return statsmodels' `QuantReg` at one quantile; its errors rest on a kernel.

        Returns
        -------
        statsmodels.regression.linear_model.RegressionResultsWrapper

        Raises
        ------
        RequestError
            If effects have more than 500 levels.
        """
        assert self.source is not None  # noqa: S101 (fit_quantiles gives it)
        return quantile_fit(self.source, quantile)


@by_formula("regressors", "effects")
@estimator(outcome=Role.MEASURE, regressors=Role.TERM, effects=Role.LABEL, cluster=Role.LABEL)
def fit_quantiles(
    frame: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    *,
    quantiles: Sequence[float] = (0.5, 0.9),
    effects: Sequence[str] = (),
    errors: Errors | None = None,
    cluster: str | None = None,
    jitter: bool = False,
    draws: int = 200,
    seed: int = 2026,
) -> QuantileFit:
    """Fit linear quantile regressions exactly, by linear programming.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per request.
    outcome : str
        Column to be explained.
    regressors : sequence of str
        Columns that explain it.
    quantiles : sequence of float
        Between 0 and 1.
    effects : sequence of str
        Columns whose levels get an effect of their own.
    errors : {"nid", "iid", "kernel", "cluster_bootstrap"}
        The first three as R's ``quantreg`` names them; or clusters drawn with replacement.
    cluster : str, optional
        What is drawn by ``cluster_bootstrap``.
    jitter : bool
        For whole days: a number between 0 and 1 is added, so that quantiles of a count are defined
        between its steps (Machado and Santos Silva 2005), and the logarithm is taken.
    draws, seed : int
        Of the bootstrap and the jitter.

    Returns
    -------
    QuantileFit

    Raises
    ------
    ModelError
        In plain words, where the data cannot answer.

    Notes
    -----
    It is statsmodels' ``smf.quantreg("hari ~ jp", data).fit(q=0.9)``, whose steps end about 1e-5 away; it
    stands here for the exact solution, quantreg's errors, and clusters. `QuantileFit.to_statsmodels` gives
    that object.

    Examples
    --------
    >>> data = pd.DataFrame({"hari": [1, 2, 2, 3, 5, 8, 4, 9, 12, 20], "ramai": [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]})
    >>> fit = fit_quantiles("hari ~ ramai", data, quantiles=(0.5,))
    >>> float(round(fit.row("ramai")["estimate"], 6))
    7.0
    """
    if cluster and errors not in (None, "cluster_bootstrap"):
        raise worded(RequestError, "error_quantile_cluster_unused", errors=errors, cluster=cluster)
    errors = errors or ("cluster_bootstrap" if cluster else "nid")
    columns = [outcome, *regressors, *effects, *([cluster] if cluster else [])]
    used = frame[list(dict.fromkeys(columns))].dropna()
    if len(used) <= len(regressors) + 5:
        raise worded(ModelError, "error_rows_too_few", n=len(used), outcome=outcome)
    y = used[outcome].to_numpy(dtype=float)
    refuse_flat(y, outcome)
    rng = np.random.default_rng(seed)
    if jitter:
        y = np.log(y + rng.random(len(y)))
    names = ["intercept", *regressors]
    parts = [np.ones(len(used)), *(used[name].to_numpy(dtype=float) for name in regressors)]
    for effect in effects:
        codes, levels = pd.factorize(used[effect], sort=True)
        names += [f"{effect}_{level}" for level in levels[1:]]
        parts += [(codes == place).astype(float) for place in range(1, len(levels))]
    design = standardise(np.column_stack(parts), constant=0)
    x, centre, unit = design.columns, float(np.median(y)), float(column_units(y))
    y = (y - centre) / unit
    refuse_collinear(x, names[1:])
    _refuse_extreme(quantiles, len(y), x.shape[1])
    codes = pd.factorize(used[cluster])[0] if cluster else np.arange(len(y))
    n_clusters = count_clusters(codes, cluster)
    pieces, objectives = [], {}
    for q in quantiles:
        beta = solve_quantile(y, x, q)
        if errors == "cluster_bootstrap":
            drawn = design.back @ _bootstrap(y, x, q, codes, draws, rng).T
            spread = np.std(drawn, axis=1, ddof=1) * (n_clusters / (n_clusters - 1)) ** 0.5
            df = float(codes.max())
        else:
            spread = np.sqrt(np.diag(design.covariance(_COVARIANCES[errors](y, x, q, beta))))
            df = len(y) - x.shape[1]
        own = unit * design.coefficients(beta)
        own[0] += centre
        table = tidy(names, own, unit * spread, df)
        table.insert(0, "quantile", q)
        pieces.append(table)
        objectives[q] = unit * _loss(y - x @ beta, q)
    notes = list(few_clusters_note(n_clusters)) if errors == "cluster_bootstrap" else []
    if errors != "cluster_bootstrap" and any(min(q, 1 - q) <= _OUTER for q in quantiles):
        notes.append(coverage_note("quantile"))
    return QuantileFit(
        pd.concat(pieces, ignore_index=True), objectives, outcome, errors, len(y), n_clusters,
        tuple(notes), formula_of(outcome, regressors, effects),
        said("convention_quantile", errors=errors),
        Source(used.assign(**{outcome: unit * y + centre}), outcome, tuple(regressors), tuple(effects), cluster),
    )  # fmt: skip


def _refuse_extreme(quantiles: Sequence[float], n: int, k: int) -> None:
    beyond = [q for q in quantiles if min(q, 1 - q) * n < k + 1]
    if beyond:
        raise worded(ModelError, "error_quantile_beyond", n=n, quantile=f"{beyond[0]:g}", k=k)


def solve_quantile(y: np.ndarray, x: np.ndarray, q: float) -> np.ndarray:
    """Return the exact coefficients of one quantile regression.

    The dual of the linear programme has as many equations as there are terms, however many rows, and
    its multipliers are the coefficients.
    """
    found = optimize.linprog(
        -y, A_eq=sparse.csr_matrix(x.T), b_eq=(1 - q) * x.sum(axis=0), bounds=(0, 1), method="highs-ds"
    )
    if found.status != 0:
        raise worded(ModelError, "error_quantile_unconverged")
    return -np.asarray(found.eqlin.marginals)


def _loss(residual: np.ndarray, q: float) -> float:
    return float((residual * (q - (residual < 0))).sum())


def _bandwidth(q: float, n: int) -> float:
    """Hall and Sheather's bandwidth, halved until it fits between 0 and 1."""
    z = stats.norm.ppf(q)
    f = stats.norm.pdf(z)
    h = n ** (-1 / 3) * stats.norm.ppf(0.975) ** (2 / 3) * ((1.5 * f**2) / (2 * z**2 + 1)) ** (1 / 3)
    while q - h < 0 or q + h > 1:
        h /= 2
    return float(h)


def _iid(y: np.ndarray, x: np.ndarray, q: float, beta: np.ndarray) -> np.ndarray:
    n, k = x.shape
    residual = y - x @ beta
    n_zero = int((np.abs(residual) < _TINY).sum())
    z = stats.norm.ppf(q)
    f = stats.norm.pdf(z)
    h = n ** (-1 / 3) * stats.norm.ppf(0.975) ** (2 / 3) * ((1.5 * f**2) / (2 * z**2 + 1)) ** (1 / 3)
    width = max(k + 1, int(np.ceil(n * h)))
    ranks = np.arange(n_zero + 1, width + n_zero + 2)
    nearest = np.sort(residual[np.argsort(np.abs(residual), kind="stable")][ranks - 1])
    slope = solve_quantile(nearest, np.column_stack([np.ones(len(ranks)), ranks / (n - k)]), 0.5)[1]
    covariance: np.ndarray = slope**2 * np.linalg.inv(x.T @ x) * q * (1 - q)
    return covariance


def _nid(y: np.ndarray, x: np.ndarray, q: float, beta: np.ndarray) -> np.ndarray:
    h = _bandwidth(q, len(y))
    gap = x @ (solve_quantile(y, x, q + h) - solve_quantile(y, x, q - h))
    # Where lines cross, the density counts as zero.
    with np.errstate(divide="ignore"):
        density = np.maximum(0, 2 * h / (gap - _TINY))
    return _sandwich(x, density, q)


def _kernel(y: np.ndarray, x: np.ndarray, q: float, beta: np.ndarray) -> np.ndarray:
    h = _bandwidth(q, len(y))
    residual = y - x @ beta
    iqr = float(np.subtract(*np.quantile(residual, [0.75, 0.25]))) / 1.34
    width = (stats.norm.ppf(q + h) - stats.norm.ppf(q - h)) * min(residual.std(ddof=1), iqr)
    return _sandwich(x, stats.norm.pdf(residual / width) / width, q)


def _sandwich(x: np.ndarray, density: np.ndarray, q: float) -> np.ndarray:
    inside = (x * density[:, None]).T @ x
    if np.linalg.matrix_rank(inside) < x.shape[1]:
        raise worded(ModelError, "error_quantile_sparse")
    bread = np.linalg.inv(inside)
    covariance: np.ndarray = q * (1 - q) * bread @ (x.T @ x) @ bread
    return covariance


def _bootstrap(
    y: np.ndarray, x: np.ndarray, q: float, codes: np.ndarray, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Return draws × coefficients, in which whole clusters weigh more or less (exponential weights)."""
    n_clusters = int(codes.max()) + 1
    found = []
    for _ in range(draws):
        # Weights rather than copies: no draw loses a level of an effect, so none is singular.
        weight = rng.exponential(size=n_clusters)[codes]
        found.append(solve_quantile(y * weight, x * weight[:, None], q))
    return np.array(found)


_COVARIANCES = {"nid": _nid, "iid": _iid, "kernel": _kernel}
