"""The (restricted) likelihood of a linear mixed model, profiled, and its optimum.

The criterion is lme4's: the likelihood profiled over fixed effects and residual variance, as a
function of the relative standard deviations (theta), which are optimised from zero up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import linalg, optimize, sparse

from asn_research.methods.raters.cholesky import Cholesky
from asn_research.methods.raters.crossed_pairs import CrossedPairs
from asn_research.methods.raters.terms import Frame
from asn_research.methods.scaling import standardise

Array = np.ndarray
#: Relative spreads below this are zero.
ZERO = 1e-4
#: Above this there is no noise to speak of, and rounding makes the equations unsolvable.
CEILING = 1e4


@dataclass(frozen=True)
class Solution:
    """The criterion at one theta, and what goes with it.

    ``by_fixed`` is minus the derivative of the spherical effects by the fixed effects, and ``fixed_precision``
    the inverse of their covariance but for the residual variance; both are those of columns of like size.
    """

    criterion: float
    beta: Array
    sigma: float
    spherical: Array
    by_fixed: Array
    factor: Cholesky = field(repr=False)
    fixed_precision: Array = field(repr=False)


class Criterion:
    """Minus twice the profiled log-likelihood of a linear mixed model, as a function of theta.

    Parameters
    ----------
    frame : Frame
        Outcome and design.
    reml : bool
        Restricted likelihood; without it, the likelihood.
    """

    def __init__(self, frame: Frame, *, reml: bool) -> None:
        self.frame, self.reml = frame, reml
        self.terms = frame.terms
        self.blocks = [term.block for term in self.terms]
        self.n, self.p = frame.fixed.shape
        constant = list(frame.names).index("intercept") if "intercept" in frame.names else None
        self.design = standardise(frame.fixed, constant)
        x, y = self.design.columns, np.asarray(frame.outcome, dtype=float)
        # Residuals of a plain regression are solved for: squares of large means would eat digits.
        self.base = np.linalg.lstsq(x, y, rcond=None)[0] if self.p else np.empty(0)
        rest = y - x @ self.base
        design = sparse.csr_array(sparse.hstack([term.design() for term in self.terms], format="csr"))
        self.gram = sparse.csr_array(design.T @ design)
        self.gram.sort_indices()
        self.cross = np.column_stack([design.T @ x, design.T @ rest])
        self.xx, self.xy, self.yy = x.T @ x, x.T @ rest, float(rest @ rest)
        self.eye = sparse.eye_array(self.gram.shape[0], format="csr")
        self._rows = np.repeat(np.arange(self.gram.shape[0]), np.diff(self.gram.indptr))
        self._diagonal = np.flatnonzero(self._rows == self.gram.indices)
        levels = [len(term.levels) for term in self.terms]
        self.pairs = CrossedPairs(self.gram, levels) if CrossedPairs.suits(self.gram, self.blocks) else None
        self.starts = np.cumsum([0, *(term.n_theta for term in self.terms)])
        self.n_evaluations = 0

    @property
    def lower(self) -> Array:
        """Lower bounds of theta: spreads are not negative, couplings may be."""
        diagonal = np.concatenate([term.is_diagonal for term in self.terms])
        return np.where(diagonal, 0.0, -np.inf)

    def factors(self, theta: Array) -> list[Array]:
        """Return each term's lower triangular relative factor."""
        return [
            term.factor(theta[a:b])
            for term, a, b in zip(self.terms, self.starts[:-1], self.starts[1:], strict=True)
        ]

    def scaled(self, theta: Array) -> tuple[Array, sparse.csr_array]:
        """Return the scaled cross-products with fixed part and outcome, and the matrix to be factored."""
        if all(term.width == 1 for term in self.terms):
            # Nothing but a number a column: no matrix is multiplied.
            scale = np.repeat(theta, [len(term.levels) for term in self.terms])
            data = self.gram.data * scale[self._rows] * scale[self.gram.indices]
            data[self._diagonal] += 1.0
            matrix = sparse.csr_array((data, self.gram.indices, self.gram.indptr), shape=self.gram.shape)
            return scale[:, None] * self.cross, matrix
        pieces = []
        for term, own in zip(self.terms, self.factors(theta), strict=True):
            levels = len(term.levels)
            if term.width == 1:
                pieces.append(sparse.diags_array(np.full(levels, own[0, 0])))
            else:
                pieces.append(sparse.kron(sparse.eye_array(levels), own, format="csr"))
        relative = sparse.csr_array(sparse.block_diag(pieces, format="csr"))
        matrix = sparse.csr_array(relative.T @ self.gram @ relative + self.eye)
        return np.asarray(relative.T @ self.cross), matrix

    def solve(self, theta: Array) -> Solution:
        """Return the solution at a theta."""
        self.n_evaluations += 1
        right, matrix = self.scaled(theta)
        factor = Cholesky(matrix, self.blocks)
        solved = factor.solve(right)
        value, beta, variance, precision = self._profiled(right, solved, factor.log_determinant)
        spherical = solved[:, self.p] - solved[:, : self.p] @ beta
        fixed = self.design.coefficients(self.base + beta)
        return Solution(
            value, fixed, float(np.sqrt(variance)), spherical, solved[:, : self.p], factor, precision
        )  # fmt: skip

    def _profiled(
        self, right: Array, solved: Array, log_determinant: float
    ) -> tuple[float, Array, float, Array]:
        """Return the criterion, the fixed effects, the residual variance, and the fixed effects' precision."""
        p = self.p
        reduced = right.T @ solved
        precision = self.xx - reduced[:p, :p]
        beta = linalg.solve(precision, self.xy - reduced[:p, p], assume_a="pos") if p else np.empty(0)
        penalised = self.yy - reduced[p, p] - float(beta @ (self.xy - reduced[:p, p]))
        free = self.n - p if self.reml else self.n
        variance = max(penalised, 1e-300) / free
        value = log_determinant + free * (1 + np.log(2 * np.pi * variance))
        if self.reml and p:
            # The density of fixed effects is that of the columns as they came.
            value += np.linalg.slogdet(precision)[1] - 2 * self.design.log_determinant
        return float(value), beta, variance, precision

    @property
    def has_slope(self) -> bool:
        """Whether `with_slope` can be had: every factor has one effect a level, and the design is not too large."""
        return self.pairs is not None

    def with_slope(self, theta: Array) -> tuple[float, Array]:
        """Return the criterion and its derivative.

        The derivative of a minimum is that of what is minimised (least squares of outcome and fixed columns on
        the random ones), and that of the determinant needs the traces of the inverse (Bates and others 2015).
        """
        assert self.pairs is not None  # noqa: S101
        self.n_evaluations += 1
        theta = np.asarray(theta, dtype=float)
        levels, p = self.pairs.levels, self.p
        scale = np.repeat(theta, levels)
        right = scale[:, None] * self.cross
        found = self.pairs.solve(theta, right, traces=True)
        value, beta, variance, precision = self._profiled(right, found.solved, found.log_determinant)
        # What the random columns leave of each fixed column and of the outcome, times the random columns.
        left = self.cross - self.gram @ (scale[:, None] * found.solved)
        by_level = -2 * (found.solved[:, p] - found.solved[:, :p] @ beta) * (left[:, p] - left[:, :p] @ beta)
        by_level /= variance
        if self.reml and p:
            by_level -= 2 * np.einsum("qi,ij,qj->q", found.solved[:, :p], linalg.inv(precision), left[:, :p])
        slope = np.add.reduceat(by_level, np.cumsum([0, *levels[:-1]]))
        with np.errstate(divide="ignore", invalid="ignore"):
            slope += np.where(theta > 0, 2 * (levels - found.traces) / theta, 0.0)
        return value, slope

    def fixed_covariance(self, solution: Solution) -> Array:
        """Return the covariance of the fixed effects."""
        if not self.p:
            return np.empty((0, 0))
        return self.design.covariance(solution.sigma**2 * linalg.inv(solution.fixed_precision))

    def at_sigma(self, theta: Array, sigma: float) -> float:
        """Return the criterion with the residual standard deviation given, not profiled."""
        found = self.solve(theta)
        free = self.n - self.p if self.reml else self.n
        ratio = (found.sigma / sigma) ** 2
        return float(found.criterion + free * (ratio - 1 - np.log(ratio)))

    def __call__(self, theta: Array) -> float:
        """Return the criterion."""
        theta = np.asarray(theta, dtype=float)
        if self.pairs is None:
            return self.solve(theta).criterion
        self.n_evaluations += 1
        right = np.repeat(theta, self.pairs.levels)[:, None] * self.cross
        found = self.pairs.solve(theta, right)
        return self._profiled(right, found.solved, found.log_determinant)[0]


def minimise(criterion: Criterion) -> tuple[Array, bool]:
    """Find the theta that minimises a criterion, from zero up.

    Returns
    -------
    theta : np.ndarray
        The best theta.
    converged : bool
        Whether no further step helps.
    """
    lower = criterion.lower
    start = np.where(lower == 0, 1.0, 0.0)
    theta, value = _descend(criterion, start)
    # The criterion is level at zero whatever lies beyond, so a spread that fell there is tried again.
    for place in np.flatnonzero((lower == 0) & (theta < ZERO)):
        again = theta.copy()
        again[place] = 0.1
        if criterion(again) < value:
            theta, value = _descend(criterion, again)
    theta, value = _to_boundary(criterion, theta, value)
    return _polish(criterion, theta, value)


def _descend(criterion: Criterion, start: Array) -> tuple[Array, float]:
    """Minimise the criterion from a start; return the parameters and the criterion there."""
    # A parameter that cannot be below zero is a ratio of standard deviations; above the ceiling it means that the
    # residual is zero. The others are free.
    upper = np.where(criterion.lower == 0, CEILING, np.inf)
    bounds = optimize.Bounds(criterion.lower, upper)
    told: tuple[Any, Any] = (criterion.with_slope, True) if criterion.has_slope else (criterion, "3-point")
    found = optimize.minimize(
        told[0], start, method="L-BFGS-B", jac=told[1], bounds=bounds, options={"ftol": 1e-10, "maxiter": 200}
    )  # fmt: skip
    return np.maximum(found.x, criterion.lower), float(found.fun)


def _to_boundary(criterion: Criterion, theta: Array, value: float) -> tuple[Array, float]:
    """Set a spread that is nearly zero to zero where the data do not mind."""
    for place in np.flatnonzero((criterion.lower == 0) & (theta < 0.02) & (theta > 0)):
        trial = theta.copy()
        trial[place] = 0.0
        at_zero = float(criterion(trial))
        if at_zero <= value + 1e-7 * max(1.0, abs(value)) ** 0.5:
            theta, value = trial, at_zero
    return theta, value


def _polish(criterion: Criterion, theta: Array, value: float) -> tuple[Array, bool]:
    """Newton steps from differences, over what is not at the boundary."""
    free = np.flatnonzero(~((criterion.lower == 0) & (theta < ZERO)))
    for _ in range(6):
        if not len(free):
            return theta, True
        slope, curve = _differences(criterion, theta, free, value)
        try:
            step = -np.linalg.solve(curve, slope)
        except np.linalg.LinAlgError:
            return theta, False
        decrement = float(-slope @ step)
        trial = theta.copy()
        trial[free] = np.maximum(theta[free] + step, np.where(criterion.lower[free] == 0, 1e-8, -np.inf))
        if (trial > CEILING).any():
            return theta, False
        better = float(criterion(trial))
        if better > value + 1e-9 * abs(value):
            return theta, bool(abs(decrement) < 1e-3)
        theta, value = trial, min(better, value)
        if abs(decrement) < 1e-8:
            return theta, True
    return theta, bool(abs(decrement) < 1e-3)


def _differences(criterion: Criterion, theta: Array, free: Array, value: float) -> tuple[Array, Array]:
    width = 1e-3 * np.maximum(np.abs(theta[free]), 0.05)
    k = len(free)
    if criterion.has_slope:
        here = criterion.with_slope(theta)[1][free]
        moved = [theta + np.eye(len(theta))[place] * step for place, step in zip(free, width, strict=True)]
        bend = np.array(
            [(criterion.with_slope(at)[1][free] - here) / w for at, w in zip(moved, width, strict=True)]
        )
        return here, (bend + bend.T) / 2
    slope, curve = np.empty(k), np.empty((k, k))

    def at(*moves: tuple[int, float]) -> float:
        moved = theta.copy()
        for place, amount in moves:
            moved[free[place]] += amount * width[place]
        return float(criterion(moved))

    up, down = [at((i, 1)) for i in range(k)], [at((i, -1)) for i in range(k)]
    for i in range(k):
        slope[i] = (up[i] - down[i]) / (2 * width[i])
        curve[i, i] = (up[i] - 2 * value + down[i]) / width[i] ** 2
        for j in range(i):
            mixed = at((i, 1), (j, 1)) - up[i] - up[j] + 2 * value - down[i] - down[j] + at((i, -1), (j, -1))
            curve[i, j] = curve[j, i] = mixed / (2 * width[i] * width[j])
    return slope, curve
