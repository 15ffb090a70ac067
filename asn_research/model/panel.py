"""Panel regression: effects of entity and period taken out, errors clustered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError
from asn_research.measure.estimator import Role, estimator, need_columns
from asn_research.measure.scaling import Standardised, centred, standardise
from asn_research.rules.words import worded

CONVENTION = (
    "cluster-robust (Liang-Zeger) with G/(G-1) and (N-1)/(N-K); fixed effects nested in the clusters "
    "are not counted in K; t with G-1 degrees of freedom (the default of R fixest)"
)
_FEW_CLUSTERS = 10
#: What the intercept is called in a table.
INTERCEPT = "intercept_"


@dataclass(frozen=True)
class PanelFit:
    """A fitted panel regression.

    Parameters
    ----------
    table : pd.DataFrame
        One row per regressor: term, estimate, std_error, t, p_value, low, high (95 %).
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
    df : int
        Degrees of freedom of t.
    covariance : np.ndarray
        Of the estimates, in the order of the table.
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
    df: int = 0
    covariance: np.ndarray = field(default_factory=lambda: np.empty((0, 0)), repr=False, compare=False)

    def row(self, term: str) -> pd.Series:
        """Return the row of a regressor."""
        return self.table.loc[self.table["term"] == term].iloc[0]

    def summary(self) -> str:
        """Return the fit as text."""
        head = f"{self.outcome} | {' + '.join(self.effects) or 'no effects'}   n = {self.n:,}, clusters = {self.n_clusters:,}"
        body = self.table.round(5).to_string(index=False)
        foot = f"R2 within {self.r2_within:.4f}; left out: {self.n_missing} missing, {self.n_singletons} alone. {self.convention}"
        return "\n".join([head, body, foot, *self.notes])


@dataclass(frozen=True)
class Within:
    """Data with the fixed effects taken out.

    Parameters
    ----------
    y : np.ndarray
        Outcome, one a row; without fixed effects, its distance from the mean.
    x : np.ndarray
        Regressors likewise, rows × columns.
    effects : list of np.ndarray
        Codes of each fixed effect.
    used : pd.DataFrame
        The rows that were used, as they came.
    n_missing, n_singletons : int
        Rows left out.
    """

    y: np.ndarray
    x: np.ndarray
    effects: list[np.ndarray]
    used: pd.DataFrame
    n_missing: int
    n_singletons: int

    def clusters(self, cluster: str | None, *, sort: bool = False) -> np.ndarray | None:
        """Return the cluster of each row, counted from 0; none without clusters."""
        return None if cluster is None else pd.factorize(self.used[cluster], sort=sort)[0]


def need_unique(frame: pd.DataFrame, *, entity: str, period: str) -> None:
    """Refuse a panel in which an entity stands twice in a period."""
    twice = int(frame.duplicated([entity, period]).sum())
    if twice:
        raise worded(ModelError, "error_twice_in_period", entity=entity, period=period, n=twice)


def need_constant(frame: pd.DataFrame, name: str, *, entity: str) -> None:
    """Refuse a column that changes within an entity; one that is missing now and then changes too."""
    n = changing(frame, name, entity)
    if n:
        raise worded(ModelError, "error_changes_within", name=name, n=n, entity=entity)


def changing(frame: pd.DataFrame, name: str, entity: str) -> int:
    """Count the entities within which a column changes."""
    if name == entity:
        return 0
    return int((frame[[entity, name]].drop_duplicates()[entity].value_counts() > 1).sum())


def demean(values: np.ndarray, effects: Sequence[np.ndarray], *, tolerance: float = 1e-11) -> np.ndarray:
    """Take group means out of columns until none is left (alternating projections).

    Parameters
    ----------
    values : np.ndarray
        Rows × columns.
    effects : sequence of np.ndarray
        Integer codes of each fixed effect, one a row.
    tolerance : float
        Largest change of the last sweep, in standard deviations.
    """
    out = values.astype(float).copy()
    if not effects:
        return out
    sizes = [np.bincount(codes).astype(float) for codes in effects]
    scale = np.maximum(out.std(axis=0), 1e-300)
    for _ in range(10_000):
        before = out.copy()
        for codes, size in zip(effects, sizes, strict=True):
            for column in range(out.shape[1]):
                out[:, column] -= (np.bincount(codes, out[:, column]) / np.maximum(size, 1))[codes]
        if len(effects) == 1 or np.max(np.abs(out - before) / scale) < tolerance:
            return out
    msg = "The fixed effects could not be taken out: too few rows link entities and periods."
    raise ModelError(msg)


def prepare(
    frame: pd.DataFrame, outcome: str, regressors: Sequence[str], effects: Sequence[str], cluster: str | None
) -> Within:
    """Choose the rows that can be used and take the fixed effects out.

    Raises
    ------
    ModelError
        If columns are missing, or too little is left.
    """
    needed = list(dict.fromkeys([outcome, *regressors, *effects, *([cluster] if cluster else [])]))
    need_columns(frame, needed)
    used = frame[needed].dropna()
    n_missing = len(frame) - len(used)
    n_complete = len(used)
    while effects:
        alone = np.zeros(len(used), dtype=bool)
        for effect in effects:
            alone |= ~used[effect].duplicated(keep=False).to_numpy()
        if not alone.any():
            break
        used = used.loc[~alone]
    if len(used) <= len(regressors) + 1:
        msg = f"Only {len(used)} rows can be used for {outcome}; that is too few to estimate anything."
        raise ModelError(msg)
    for effect in effects:
        if used[effect].nunique() < 2:
            msg = f"There is only one value of {effect}; comparing over time needs at least two."
            raise ModelError(msg)
    codes = [pd.factorize(used[effect])[0] for effect in effects]
    raw = used[[outcome, *regressors]].to_numpy(dtype=float)
    # Far from zero the last digits carry the variation: the mean goes first.
    about_zero = centred(raw)
    within = demean(about_zero, codes)
    _refuse_constant(about_zero, within, [outcome, *regressors], effects)
    return Within(within[:, 0], within[:, 1:], codes, used, n_missing, n_complete - len(used))


def _refuse_constant(
    raw: np.ndarray, within: np.ndarray, names: Sequence[str], effects: Sequence[str]
) -> None:
    spread = raw.std(axis=0)
    flat = [n for n, s, w in zip(names, spread, within.std(axis=0), strict=True) if w <= 1e-9 * s]
    if flat:
        where = f"beyond the effects of {' and '.join(effects)}" if effects else "from row to row"
        msg = f"{', '.join(flat)} does not change {where}, so nothing can be learnt from it."
        raise ModelError(msg)
    x = within[:, 1:] / np.maximum(within[:, 1:].std(axis=0), 1e-300)
    if x.shape[1] > 1 and np.linalg.matrix_rank(x, tol=1e-7 * np.sqrt(len(x))) < x.shape[1]:
        msg = f"{', '.join(names[1:])} move together exactly; leave one of them out."
        raise ModelError(msg)


@estimator(outcome=Role.MEASURE, regressors=Role.TERM, effects=Role.LABEL, cluster=Role.LABEL)
def fit_panel(
    frame: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    *,
    effects: Sequence[str] = (),
    cluster: str | None = None,
) -> PanelFit:
    """Fit a linear panel regression by least squares.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per entity and period.
    outcome : str
        Column to be explained.
    regressors : sequence of str
        Columns that explain it; the first is the exposure.
    effects : sequence of str
        Columns whose levels get an effect of their own. Without any, an intercept is fitted.
    cluster : str, optional
        Column whose levels may share errors; without it errors are taken as independent.

    Returns
    -------
    PanelFit

    Raises
    ------
    ModelError
        In plain words, where the data cannot answer.

    Notes
    -----
    Estimates and errors equal those of R's ``fixest::feols`` (see tests).
    """
    regressors = list(regressors)
    names = regressors if effects else [*regressors, INTERCEPT]
    data = prepare(frame, outcome, regressors, effects, cluster)
    design = standardise(data.x)
    x, y = design.columns, data.y
    if not effects:
        x = np.column_stack([x, np.ones(len(x))])
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    residual = y - x @ beta
    n, notes = len(y), []
    codes = data.clusters(cluster)
    if codes is None:
        n_clusters, df = n, n - x.shape[1] - _absorbed(data.effects, None)
        if df <= 0:
            msg = f"There are not more rows ({n}) than things to estimate for {outcome}."
            raise ModelError(msg)
        covariance = bread * float(residual @ residual) / df
    else:
        n_clusters = int(codes.max()) + 1
        if n_clusters < 2:
            msg = f"All rows lie in one {cluster}; errors cannot be clustered by it."
            raise ModelError(msg)
        if n_clusters < _FEW_CLUSTERS:
            notes.append(f"Only {n_clusters} clusters: the intervals are too narrow.")
        scores = np.stack([np.bincount(codes, x[:, k] * residual) for k in range(x.shape[1])], axis=1)
        k = x.shape[1] + _absorbed(data.effects, codes)
        if n <= k:
            msg = f"There are not more rows ({n}) than things to estimate for {outcome}."
            raise ModelError(msg)
        factor = (n - 1) / (n - k) * n_clusters / (n_clusters - 1)
        covariance = factor * bread @ (scores.T @ scores) @ bread
        df = n_clusters - 1
    if not effects:
        design, beta = _with_intercept(design, data, outcome, regressors, beta)
    beta, covariance = design.coefficients(beta), design.covariance(covariance)
    return PanelFit(
        table=_tidy(names, beta, np.sqrt(np.diag(covariance)), df),
        outcome=outcome,
        effects=tuple(effects),
        cluster=cluster,
        n=n,
        n_clusters=n_clusters,
        n_entities=int(data.effects[0].max()) + 1 if data.effects else n,
        n_missing=data.n_missing,
        n_singletons=data.n_singletons,
        r2_within=1 - float(residual @ residual) / float((y - y.mean()) @ (y - y.mean())),
        convention=CONVENTION if cluster else "independent errors with (N-K) degrees of freedom",
        notes=tuple(notes),
        df=df,
        covariance=covariance,
    )


def _with_intercept(
    design: Standardised, data: Within, outcome: str, regressors: Sequence[str], beta: np.ndarray
) -> tuple[Standardised, np.ndarray]:
    """Return the way back to columns as they came, the intercept last, and the solution that goes with it."""
    means = data.used[[outcome, *regressors]].to_numpy(dtype=float).mean(axis=0)
    k = len(regressors)
    back = np.eye(k + 1)
    back[:k, :k] = design.back
    back[k, :k] = -means[1:] @ design.back
    return Standardised(design.columns, back), np.append(beta[:k], beta[k] + means[0])


def _absorbed(effects: Sequence[np.ndarray], clusters: np.ndarray | None) -> int:
    """Count the parameters of the fixed effects that are not nested in the clusters."""
    if not effects:
        return 0
    # All sets of effects share one mean; nested sets add nothing beyond it.
    free = [codes for codes in effects if clusters is None or not _is_nested(codes, clusters)]
    return 1 + sum(int(codes.max()) for codes in free)


def _is_nested(codes: np.ndarray, clusters: np.ndarray) -> bool:
    first = np.full(int(codes.max()) + 1, -1)
    first[codes] = clusters
    return bool((first[codes] == clusters).all())


def _tidy(names: Sequence[str], beta: np.ndarray, errors: np.ndarray, df: int) -> pd.DataFrame:
    with np.errstate(divide="ignore", invalid="ignore"):
        t = beta / errors
    width = stats.t.ppf(0.975, df) * errors
    return pd.DataFrame(
        {
            "term": list(names), "estimate": beta, "std_error": errors, "t": t,
            "p_value": 2 * stats.t.sf(np.abs(t), df), "low": beta - width, "high": beta + width,
        }
    )  # fmt: skip
