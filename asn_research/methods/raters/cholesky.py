"""Sparse elimination for crossed random effects: terms with a block-diagonal matrix first, the remaining terms together.

A term's own block of the normal equations is (block) diagonal, whatever its number of levels. So the
largest term is eliminated at the cost of its levels, then the next if it is nested; what remains (the
smaller of two crossed factors, say) is factored once, dense where it is small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.linalg import splu

Array = np.ndarray
#: What is left after elimination is factored dense up to this size, sparse beyond.
_DENSE = 4000
#: Numbers held at once where a dense product would be as large as levels times levels.
_CHUNK = 4_000_000


@dataclass(frozen=True)
class _Stage:
    """One eliminated block: the inverse of its diagonal blocks, and its rows against the rest."""

    inverse: sparse.csr_array
    coupling: sparse.csr_array

    @property
    def size(self) -> int:
        return int(self.inverse.shape[0])


class Cholesky:
    """A factored symmetric positive definite matrix, made for normal equations of random effects.

    Parameters
    ----------
    matrix : sparse array
        The matrix, its blocks in the order of ``blocks``.
    blocks : sequence of (int, int)
        Levels and columns per level of each block.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the matrix is not positive definite.
    """

    def __init__(self, matrix: sparse.csr_array, blocks: Sequence[tuple[int, int]]) -> None:
        self._stages: list[_Stage] = []
        self.log_determinant = 0.0
        rest = sparse.csr_array(matrix)
        for number, (levels, width) in enumerate(blocks):
            size = levels * width
            if number == len(blocks) - 1 and (number > 0 or size <= 1):
                break
            own = rest[:size, :size]
            if not _is_block_diagonal(own, width):
                break
            inverse, log_determinant = _invert(own, levels, width)
            self.log_determinant += log_determinant
            coupling = sparse.csr_array(rest[size:, :size])
            rest = sparse.csr_array(rest[size:, size:] - coupling @ inverse @ coupling.T)
            self._stages.append(_Stage(inverse, coupling))
        self._rest_size = int(rest.shape[0])
        self._factor_rest(rest)

    def _factor_rest(self, rest: sparse.csr_array) -> None:
        self._dense: tuple[Array, bool] | None = None
        self._sparse: Any = None
        if self._rest_size == 0:
            return
        if self._rest_size <= _DENSE:
            self._dense = linalg.cho_factor(rest.toarray(), lower=True, overwrite_a=True, check_finite=False)
            self.log_determinant += 2 * float(np.log(np.diag(self._dense[0])).sum())
            return
        self._sparse = splu(
            rest.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )  # fmt: skip
        diagonal = self._sparse.U.diagonal()
        if (diagonal <= 0).any():
            msg = "matrix is not positive definite"
            raise np.linalg.LinAlgError(msg)
        self.log_determinant += float(np.log(diagonal).sum())

    def solve(self, right: Array) -> Array:
        """Solve for one or more right-hand sides (columns)."""
        return self._solve(right.astype(float), 0)

    def _solve(self, right: Array, number: int) -> Array:
        if number == len(self._stages):
            return self._solve_rest(right)
        stage = self._stages[number]
        top, below = right[: stage.size], right[stage.size :]
        if len(below) == 0:
            return np.asarray(stage.inverse @ top)
        lower = self._solve(below - stage.coupling @ (stage.inverse @ top), number + 1)
        upper = stage.inverse @ (top - stage.coupling.T @ lower)
        return np.concatenate([upper, lower])

    def _solve_rest(self, right: Array) -> Array:
        if self._rest_size == 0:
            return right
        if self._dense is not None:
            return np.asarray(linalg.cho_solve(self._dense, right, check_finite=False))
        return np.asarray(self._sparse.solve(np.ascontiguousarray(right)))

    def quadratic(self, lefts: Sequence[sparse.csr_array], right: sparse.csr_array) -> Array:
        """Return ``l' A⁻¹ r`` row by row, for each matrix of left rows.

        Parameters
        ----------
        lefts : sequence of sparse array
            Matrices with as many rows and columns as ``right``.
        right : sparse array
            Rows × the size of the factored matrix.

        Returns
        -------
        np.ndarray
            One row per left matrix, one column per row of ``right``.
        """
        found = np.zeros((len(lefts), right.shape[0]))
        lefts = list(lefts)
        for stage in self._stages:
            weights = sparse.csr_array(stage.inverse @ stage.coupling.T)
            own = sparse.csr_array(right[:, : stage.size])
            scaled = sparse.csr_array(own @ stage.inverse)
            below = sparse.csr_array(right[:, stage.size :] - own @ weights)
            for place, left in enumerate(lefts):
                mine = sparse.csr_array(left[:, : stage.size])
                found[place] += mine.multiply(scaled).sum(axis=1)
                lefts[place] = sparse.csr_array(left[:, stage.size :] - mine @ weights)
            right = below
        if self._rest_size:
            inverse = self._solve_rest(np.eye(self._rest_size))
            step = max(1, _CHUNK // self._rest_size)
            for start in range(0, right.shape[0], step):
                part = right[start : start + step] @ inverse
                for place, left in enumerate(lefts):
                    found[place, start : start + step] += (
                        left[start : start + step].multiply(part).sum(axis=1)
                    )
        return found


def inverse_blocks(factor: Cholesky, start: int, block: tuple[int, int], size: int) -> Array:
    """Return the diagonal blocks of the inverse that belong to a term's levels.

    Parameters
    ----------
    factor : Cholesky
        The factored matrix.
    start : int
        The term's first row.
    block : (int, int)
        Its levels, and the columns per level.
    size : int
        Rows of the whole matrix.
    """
    levels, width = block
    rows = np.arange(levels)
    picks = [
        sparse.csr_array((np.ones(levels), (rows, start + rows * width + k)), shape=(levels, size))
        for k in range(width)
    ]
    return np.stack([factor.quadratic(picks, right).T for right in picks], axis=2)


def _is_block_diagonal(matrix: sparse.csr_array, width: int) -> bool:
    entries = matrix.tocoo()
    return bool((entries.row // width == entries.col // width).all())


def _blocks_of(matrix: sparse.csr_array, levels: int, width: int) -> Array:
    if width == 1:
        return np.array(matrix.diagonal()).reshape(levels, 1, 1)
    entries = matrix.tocoo()
    found = np.zeros((levels, width, width))
    np.add.at(found, (entries.row // width, entries.row % width, entries.col % width), entries.data)
    return found


def _invert(matrix: sparse.csr_array, levels: int, width: int) -> tuple[sparse.csr_array, float]:
    own = _blocks_of(matrix, levels, width)
    if width == 1:
        diagonal = own[:, 0, 0]
        if (diagonal <= 0).any():
            msg = "matrix is not positive definite"
            raise np.linalg.LinAlgError(msg)
        places = np.arange(levels + 1, dtype=np.int32)
        reciprocal = sparse.csr_array((1 / diagonal, places[:-1], places), shape=(levels, levels))
        return reciprocal, float(np.log(diagonal).sum())
    lower = np.linalg.cholesky(own)
    log_determinant = 2 * float(np.log(np.diagonal(lower, axis1=1, axis2=2)).sum())
    inverse = np.linalg.inv(own)
    pointers = np.arange(levels + 1)
    return sparse.csr_array(
        sparse.bsr_array((inverse, np.arange(levels), pointers), shape=(levels * width,) * 2)
    ), log_determinant
