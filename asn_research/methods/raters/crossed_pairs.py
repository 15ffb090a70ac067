"""Normal equations of crossed intercepts, arranged once so that each evaluation is a sum and a dense factor.

The factor with the most levels is eliminated: its block is diagonal. What that takes from the others is a sum over
pairs of levels that met in one of its levels. Which pairs met does not depend on the spreads, so pairs are listed
once, and a new spread only changes their weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

Array = np.ndarray
#: More pairs than this take more memory than they save time.
_MOST_PAIRS = 6_000_000
#: What is left is factored as a dense matrix up to this size.
_LARGEST_REST = 2_500


@dataclass(frozen=True)
class Reduced:
    """The normal equations at one set of spreads, the largest factor eliminated.

    Parameters
    ----------
    solved : np.ndarray
        The solution for each right-hand side.
    log_determinant : float
        Of the matrix.
    traces : np.ndarray
        By factor, the trace of its block of the inverse; empty unless asked for.
    """

    solved: Array
    log_determinant: float
    traces: Array


class CrossedPairs:
    """The matrix ``ΛGΛ + I`` of factors with one effect a level, as a function of their relative spreads.

    Parameters
    ----------
    gram : sparse array
        Cross-products ``G`` of the factors' columns, levels of the first factor first.
    levels : sequence of int
        Levels of each factor.

    See Also
    --------
    CrossedPairs.suits : whether a design is of this kind and size.
    """

    def __init__(self, gram: sparse.csr_array, levels: Sequence[int]) -> None:
        first, self.levels = levels[0], np.asarray(levels)
        self.n_each = np.asarray(gram.diagonal()[:first])
        self.coupling = sparse.csr_array(gram[first:, :first])
        self.rest = gram[first:, first:].toarray()
        by_column = sparse.csc_array(self.coupling)
        met = np.diff(by_column.indptr)
        one = np.repeat(np.arange(by_column.nnz), np.repeat(met, met))
        starts = np.repeat(by_column.indptr[:-1], met**2)
        within = np.arange(len(one)) - np.repeat(np.cumsum(met**2) - met**2, met**2)
        other = starts + within % np.maximum(np.repeat(met, met**2), 1)
        below = by_column.indices[one] >= by_column.indices[other]
        one, other = one[below], other[below]
        size = len(self.rest)
        self.place = by_column.indices[one].astype(np.int64) * size + by_column.indices[other]
        self.weight = by_column.data[one] * by_column.data[other]
        self.n_pairs = met * (met + 1) // 2

    @staticmethod
    def suits(gram: sparse.csr_array, blocks: Sequence[tuple[int, int]]) -> bool:
        """Return whether this way of solving the equations fits a design and saves time for it.

        It does if every factor has one effect per level, if at most `_LARGEST_REST` levels remain after the first
        factor is eliminated, and if few enough pairs of those levels met.

        Parameters
        ----------
        gram : sparse array
            Cross-products of the factors' columns.
        blocks : sequence of (int, int)
            Levels and effects per level of each factor.
        """
        if any(width != 1 for _, width in blocks):
            return False
        first, total = blocks[0][0], sum(levels for levels, _ in blocks)
        if total - first > _LARGEST_REST:
            return False
        met = np.bincount(gram[first:, :first].indices, minlength=first).astype(np.int64)
        return bool((met**2).sum() <= _MOST_PAIRS)

    def solve(self, theta: Array, right: Array, *, traces: bool = False) -> Reduced:
        """Factor the matrix at some spreads and solve for right-hand sides.

        Parameters
        ----------
        theta : np.ndarray
            The relative spread of each factor.
        right : np.ndarray
            Right-hand sides, one a column.
        traces : bool
            Whether the traces of the inverse are wanted; they cost as much as the factor, twice.

        Raises
        ------
        numpy.linalg.LinAlgError
            If the matrix is not positive definite.
        """
        first = self.levels[0]
        top, below = right[:first], right[first:]
        d = 1 / (1 + theta[0] ** 2 * self.n_each)
        log_determinant = -float(np.log(d).sum())
        if not len(self.rest):
            return Reduced(d[:, None] * top, log_determinant, np.array([d.sum()] if traces else []))
        scale, size = np.repeat(theta[1:], self.levels[1:]), len(self.rest)
        taken = np.bincount(self.place, self.weight * np.repeat(d, self.n_pairs), size * size)
        # The upper triangle is not read.
        matrix = (self.rest - theta[0] ** 2 * taken.reshape(size, size)) * np.outer(scale, scale)
        matrix[np.diag_indices(size)] += 1.0
        lower, _ = linalg.cho_factor(matrix.T, lower=False, overwrite_a=True, check_finite=False)
        log_determinant += 2 * float(np.log(np.diag(lower)).sum())
        mine = self.coupling @ (theta[0] * d[:, None] * top)
        low = linalg.cho_solve((lower, False), below - scale[:, None] * mine, check_finite=False)
        high = d[:, None] * (top - theta[0] * (self.coupling.T @ (scale[:, None] * low)))
        solved = np.concatenate([high, low])
        return Reduced(
            solved, log_determinant, self._traces(theta[0], d, scale, lower) if traces else np.empty(0)
        )

    def _traces(self, spread: float, d: Array, scale: Array, lower: Array) -> Array:
        inverse, failed = linalg.lapack.dpotri(lower, lower=0)
        if failed:
            raise np.linalg.LinAlgError
        # Only the upper triangle of a column-ordered matrix was written: as rows it is the lower one.
        inverse = inverse.T
        pairs = (inverse * np.outer(scale, scale)).ravel()[self.place] * self.weight
        ends = np.cumsum(self.n_pairs)
        cumulated = np.concatenate([[0.0], np.cumsum(pairs)])
        own = cumulated[ends] - cumulated[ends - self.n_pairs]
        diagonal = inverse.ravel()[:: len(inverse) + 1]
        # Pairs of a level with itself are listed once, all others stand for two.
        alone = self.coupling.multiply(self.coupling).T @ (diagonal * scale**2)
        first = d.sum() + spread**2 * float(d**2 @ (2 * own - alone))
        parts = np.add.reduceat(diagonal, np.concatenate([[0], np.cumsum(self.levels[1:])[:-1]]))
        return np.concatenate([[first], parts])
