"""Rows that can be used, with the effects of entities and periods taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.methods.column_values import need_columns
from asn_research.methods.scaling import centred
from asn_research.rules.words import worded


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
    weights : np.ndarray or None
        What each row counts for, with a mean of one; none where all count alike.
    """

    y: np.ndarray
    x: np.ndarray
    effects: list[np.ndarray]
    used: pd.DataFrame
    n_missing: int
    n_singletons: int
    weights: np.ndarray | None = None

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


def demean(
    values: np.ndarray, effects: Sequence[np.ndarray], *, weights: np.ndarray | None = None, tolerance: float = 1e-11
) -> np.ndarray:  # fmt: skip
    """Take group means out of columns until none is left (alternating projections).

    Parameters
    ----------
    values : np.ndarray
        Rows × columns.
    effects : sequence of np.ndarray
        Integer codes of each fixed effect, one a row.
    weights : np.ndarray, optional
        What each row counts for in the means.
    tolerance : float
        Largest change of the last sweep, in standard deviations.
    """
    out = values.astype(float).copy()
    if not effects:
        return out
    sizes = [np.bincount(codes, weights).astype(float) for codes in effects]
    sizes = [np.where(size > 0, size, 1.0) for size in sizes]
    scale = np.maximum(out.std(axis=0), 1e-300)
    for _ in range(10_000):
        before = out.copy()
        for codes, size in zip(effects, sizes, strict=True):
            for column in range(out.shape[1]):
                counted = out[:, column] if weights is None else weights * out[:, column]
                out[:, column] -= (np.bincount(codes, counted) / size)[codes]
        if len(effects) == 1 or np.max(np.abs(out - before) / scale) < tolerance:
            return out
    raise worded(ModelError, "error_effects_not_out")


def prepare(
    frame: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    effects: Sequence[str],
    cluster: str | None,
    weights: str | None = None,
) -> Within:
    """Choose the rows that can be used and take the fixed effects out.

    Raises
    ------
    ModelError
        If columns are missing, a weight is below zero, too few rows are left, or a column is constant.
    """
    others = [name for name in (cluster, weights) if name]
    needed = list(dict.fromkeys([outcome, *regressors, *effects, *others]))
    need_columns(frame, needed)
    used = frame[needed].dropna()
    n_missing = len(frame) - len(used)
    if weights:
        if (used[weights] < 0).any():
            raise worded(
                ModelError, "error_weight_below_zero", name=weights, n=int((used[weights] < 0).sum())
            )
        used = used.loc[used[weights] > 0]
    n_complete = len(used)
    # A row that is alone in its group is dropped; a drop may leave other rows alone.
    while effects:
        alone = np.zeros(len(used), dtype=bool)
        for effect in effects:
            alone |= ~used[effect].duplicated(keep=False).to_numpy()
        if not alone.any():
            break
        used = used.loc[~alone]
    if len(used) <= len(regressors) + 1:
        raise worded(ModelError, "error_rows_too_few", n=len(used), outcome=outcome)
    for effect in effects:
        if used[effect].nunique() < 2:
            raise worded(ModelError, "error_effect_of_one", effect=effect)
    codes = [pd.factorize(used[effect])[0] for effect in effects]
    raw = used[[outcome, *regressors]].to_numpy(dtype=float)
    w = None if weights is None else used[weights].to_numpy(dtype=float)
    w = None if w is None else w / w.mean()
    # If values are large and vary little, taking means by group loses precision, so the overall mean is taken out first.
    about_zero = centred(raw)
    if w is not None and not effects:
        about_zero = about_zero - w @ about_zero / w.sum()
    within = demean(about_zero, codes, weights=w)
    _refuse_constant(about_zero, within, [outcome, *regressors], effects)
    return Within(within[:, 0], within[:, 1:], codes, used, n_missing, n_complete - len(used), w)


def _refuse_constant(
    raw: np.ndarray, within: np.ndarray, names: Sequence[str], effects: Sequence[str]
) -> None:
    spread = raw.std(axis=0)
    flat = [n for n, s, w in zip(names, spread, within.std(axis=0), strict=True) if w <= 1e-9 * s]
    if flat:
        if effects:
            raise worded(ModelError, "error_flat_beyond", names=", ".join(flat), effects=", ".join(effects))
        raise worded(ModelError, "error_flat", names=", ".join(flat))
    x = within[:, 1:] / np.maximum(within[:, 1:].std(axis=0), 1e-300)
    if x.shape[1] > 1 and np.linalg.matrix_rank(x, tol=1e-7 * np.sqrt(len(x))) < x.shape[1]:
        raise worded(ModelError, "error_collinear", names=", ".join(names[1:]))


def absorbed(effects: Sequence[np.ndarray], clusters: np.ndarray | None) -> int:
    """Count the parameters of the fixed effects that are not nested in the clusters."""
    if not effects:
        return 0
    # All sets of effects share one mean; nested sets add nothing beyond it.
    free = [codes for codes in effects if clusters is None or not is_nested(codes, clusters)]
    return 1 + sum(int(codes.max()) for codes in free)


def is_nested(codes: np.ndarray, clusters: np.ndarray) -> bool:
    """Whether each level lies in one cluster."""
    first = np.full(int(codes.max()) + 1, -1)
    first[codes] = clusters
    return bool((first[codes] == clusters).all())


def orthonormal_basis(effects: Sequence[np.ndarray], weights: np.ndarray | None, n: int) -> np.ndarray:
    """Return columns that span the effects' dummies, times the root of the weights: rows × parameters.

    Their product with themselves is the identity, so that a row's sum of squares is its leverage.
    """
    if not effects:
        return np.empty((n, 0))
    dummies = [np.equal.outer(codes, np.arange(int(codes.max()) + 1)).astype(float) for codes in effects]
    design = np.column_stack([dummies[0], *(each[:, 1:] for each in dummies[1:])])
    root = np.ones(n) if weights is None else np.sqrt(weights)
    q, r = np.linalg.qr(root[:, None] * design)
    kept = np.abs(np.diag(r)) > 1e-9 * np.abs(np.diag(r)).max()
    if kept.all():
        return np.asarray(q)
    u, s, _ = np.linalg.svd(root[:, None] * design, full_matrices=False)
    return np.asarray(u[:, s > 1e-9 * s.max()])
