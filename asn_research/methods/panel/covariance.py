"""Robust covariances of least squares, for errors of unequal size or with clusters: HC1 to HC3, CR1, and CR2 for few clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from asn_research.errors import ModelError
from asn_research.rules.words import Said, said, worded

Array = np.ndarray
Errors = Literal["iid", "HC1", "HC2", "HC3", "CR1", "CR2"]
#: Above so many numbers a design with a column for each effect is refused.
_MOST_CELLS = 40_000_000
_ZERO = 1e-10


@dataclass(frozen=True)
class Robust:
    """A covariance, the degrees of freedom of each contrast, and how both were found."""

    covariance: Array
    df: Array
    convention: Said


@dataclass(frozen=True)
class Solved:
    """A least-squares solution, in rows that all count alike (times the root of their weights).

    Parameters
    ----------
    x, residual : np.ndarray
        Rows × terms, and one a row.
    bread : np.ndarray
        Inverse of the terms' cross-products.
    k : int
        Terms, and effects that were taken out.
    effects : np.ndarray
        Columns that span the effects, as `within.orthonormal_basis` makes them; empty where their leverage is not needed.
    """

    x: Array
    residual: Array
    bread: Array
    k: int
    effects: Array


def independent(solved: Solved) -> Robust:
    """Return the covariance of errors of one size."""
    n, df = len(solved.residual), len(solved.residual) - solved.k
    del n
    covariance = solved.bread * float(solved.residual @ solved.residual) / df
    return Robust(covariance, np.full(len(covariance), float(df)), said("convention_independent"))


def heteroscedastic(solved: Solved, errors: Errors) -> Robust:
    """Return the covariance of errors whose size may differ from row to row (White; MacKinnon and White 1985)."""
    n = len(solved.residual)
    square = solved.residual**2
    if errors == "HC1":
        square = square * n / (n - solved.k)
    else:
        rest = (
            1 - np.einsum("ij,jk,ik->i", solved.x, solved.bread, solved.x) - (solved.effects**2).sum(axis=1)
        )
        alone = rest < _ZERO
        if alone.any():
            raise worded(ModelError, "error_full_leverage", errors=errors, n=int(alone.sum()))
        square = square / rest ** (1 if errors == "HC2" else 2)
    meat = (solved.x * square[:, None]).T @ solved.x
    return Robust(
        solved.bread @ meat @ solved.bread,
        np.full(len(meat), float(n - solved.k)),
        said("convention_heteroscedastic", errors=errors),
    )


def clustered(solved: Solved, codes: Array) -> Robust:
    """Return the covariance of errors that clusters share (Liang and Zeger)."""
    n, n_clusters = len(codes), int(codes.max()) + 1
    x = solved.x
    scores = np.stack([np.bincount(codes, x[:, j] * solved.residual) for j in range(x.shape[1])], axis=1)
    factor = (n - 1) / (n - solved.k) * n_clusters / (n_clusters - 1)
    covariance = factor * solved.bread @ (scores.T @ scores) @ solved.bread
    return Robust(covariance, np.full(len(covariance), float(n_clusters - 1)), said("convention_cluster"))


def bias_reduced(z: Array, residual: Array, weights: Array | None, codes: Array, contrasts: Array) -> Robust:
    """Return CR2 (Bell and McCaffrey) with Satterthwaite's degrees of freedom (Pustejovsky and Tipton 2018).

    Parameters
    ----------
    z : np.ndarray
        Rows × all terms, effects that are not nested in the clusters among them, unweighted.
    residual : np.ndarray
        One a row, unweighted.
    weights : np.ndarray or None
        What each row counts for; the working model is of independent errors of one size either way.
    codes : np.ndarray
        Clusters, from 0.
    contrasts : np.ndarray
        Wanted estimates × terms.

    Returns
    -------
    Robust
        Of the contrasts.
    """
    w = np.ones(len(z)) if weights is None else weights
    m = np.linalg.inv(z.T @ (z * w[:, None]))
    turn = m @ (z.T @ (z * (w**2)[:, None])) @ m
    to = contrasts @ m
    n_clusters = int(codes.max()) + 1
    order = np.argsort(codes, kind="stable")
    blocks = np.split(order, np.searchsorted(codes[order], np.arange(1, n_clusters)))
    own, a, b = (np.zeros((n_clusters, len(to), *tail)) for tail in ((), (z.shape[1],), (z.shape[1],)))
    drawn = np.zeros((n_clusters, len(to)))
    for g, rows in enumerate(blocks):
        zg, wg, eg = z[rows], w[rows], residual[rows]
        # v says how each contrast moves with the cluster's residuals, once these are adjusted.
        v = _adjusted(zg, wg, m, turn, (wg[:, None] * zg) @ to.T)
        drawn[g] = eg @ v
        own[g] = (v**2).sum(axis=0)
        a[g], b[g] = (v * wg[:, None]).T @ zg, v.T @ zg
    df = np.empty(len(to))
    for j in range(len(to)):
        cross = a[:, j] @ m @ b[:, j].T
        p = np.diag(own[:, j]) - cross - cross.T + b[:, j] @ turn @ b[:, j].T
        df[j] = np.trace(p) ** 2 / (p**2).sum()
    return Robust(drawn.T @ drawn, df, said("convention_cr2"))


def _adjusted(z: Array, w: Array, m: Array, turn: Array, v: Array) -> Array:
    """Return A v, where A is the symmetric root of the inverse of what is left of a cluster's errors.

    What is left differs from the identity only in the directions of z and wz, so the root is taken there.
    """
    q, r = np.linalg.qr(np.column_stack([z, w[:, None] * z]))
    left, right = r[:, : z.shape[1]], r[:, z.shape[1] :]
    both = left @ m @ right.T
    small = np.eye(len(r)) - both - both.T + left @ turn @ left.T
    roots, vectors = np.linalg.eigh((small + small.T) / 2)
    inverse = np.where(roots > _ZERO, 1 / np.sqrt(np.maximum(roots, _ZERO)), 0.0)
    inner = (vectors * inverse) @ vectors.T - np.eye(len(r))
    return np.asarray(v + q @ (inner @ (q.T @ v)))


def refuse_large(n: int, effects: list[Array], errors: str) -> None:
    """Refuse errors that need a column for each effect where these are too many."""
    columns = sum(int(codes.max()) + 1 for codes in effects)
    if n * columns > _MOST_CELLS:
        raise worded(ModelError, "error_many_effects", errors=errors, n=columns)
