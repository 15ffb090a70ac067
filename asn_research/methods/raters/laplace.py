"""The Laplace approximation of an ordinal model's likelihood with crossed random effects.

The joint likelihood is maximised over the random effects by Newton's method on sparse matrices; the
integral over them is approximated at that mode. The gradient is exact, so that fitting takes as many
steps as a model with fixed effects only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from asn_research.methods.raters.cholesky import Cholesky
from asn_research.methods.raters.cumulative import FAR, Chances, Link, chances
from asn_research.methods.raters.terms import Frame

Array = np.ndarray
_STEPS, _HALVINGS, _TOLERANCE = 100, 30, 1e-8


@dataclass(frozen=True)
class Mode:
    """The random effects' mode at given parameters."""

    spherical: Array
    parts: Chances
    factor: Cholesky | None = field(repr=False)
    value: float


class Laplace:
    """Minus the log-likelihood (Laplace) of a cumulative-link mixed model.

    Parameters are the thresholds, the fixed effects, and each random term's lower triangular factor of its
    covariance (of slopes in the units of `RandomTerm`), in this order; of the factor's diagonal the logarithms,
    so that of a term without slopes it is that of the standard deviation.

    Parameters
    ----------
    frame : Frame
        Outcome coded from 0 to ``n_levels - 1``, fixed part without intercept, random terms.
    n_levels : int
        Answers of the scale.
    link : {"logit", "probit"}
        The latent distribution.
    """

    def __init__(self, frame: Frame, n_levels: int, link: Link) -> None:
        self.frame, self.link, self.n_levels = frame, link, n_levels
        self.answer = np.asarray(frame.outcome, dtype=int)
        self.n, self.p = frame.fixed.shape
        self.terms = frame.terms
        self.k = n_levels - 1
        self.blocks = [term.block for term in self.terms]
        self.starts = np.cumsum([0, *(levels * width for levels, width in self.blocks)])
        self.n_theta = np.array([term.n_theta for term in self.terms], dtype=int)
        #: Which of the numbers that say the spreads are logarithms.
        self.is_log = np.concatenate([np.empty(0, dtype=bool), *(term.is_diagonal for term in self.terms)])
        self._last = np.zeros(self.starts[-1])

    def split(self, parameters: Array) -> tuple[Array, Array, list[Array]]:
        """Return thresholds, fixed effects, and each term's factor of its covariance."""
        k, p = self.k, self.p
        spreads = parameters[k + p :]
        theta = np.where(self.is_log, np.exp(np.where(self.is_log, spreads, 0.0)), spreads)
        parts = np.split(theta, np.cumsum(self.n_theta)[:-1]) if self.terms else []
        return (
            parameters[:k],
            parameters[k : k + p],
            [term.factor(part) for term, part in zip(self.terms, parts, strict=True)],
        )

    def mode(self, parameters: Array) -> Mode:
        """Return the random effects' mode, starting from the last one found."""
        thresholds, beta, factors = self.split(parameters)
        limits = np.concatenate([[-FAR], thresholds, [FAR]])
        upper, lower = limits[self.answer + 1], limits[self.answer]
        base = self.frame.fixed @ beta
        if not self.terms:
            parts = chances(upper - base, lower - base, self.link)
            return Mode(np.empty(0), parts, None, float(parts.log_chance.sum()))
        design = self.scaled(factors)
        u = self._last.copy()
        parts = self._parts(upper, lower, base + design @ u)
        value = float(parts.log_chance.sum()) - 0.5 * float(u @ u)
        for _ in range(_STEPS):
            factor = self._factor(design, parts.weight)
            slope = design.T @ parts.first - u
            step = factor.solve(slope)
            decrement = float(slope @ step)
            for _ in range(_HALVINGS):
                trial = u + step
                parts_there = self._parts(upper, lower, base + design @ trial)
                there = float(parts_there.log_chance.sum()) - 0.5 * float(trial @ trial)
                if there >= value - 1e-12 * abs(value):
                    break
                step = step / 2
            u, parts, value = trial, parts_there, there
            # Newton doubles the digits each step: the one just taken left nothing to gain.
            if decrement < _TOLERANCE:
                break
        factor = self._factor(design, parts.weight)
        self._last = u
        return Mode(u, parts, factor, value - 0.5 * factor.log_determinant)

    def scaled(self, factors: Sequence[Array]) -> sparse.csr_array:
        """Return the design of the spherical effects: each term's columns times its factor."""
        pieces = [
            replace(term, values=term.values @ factor).design()
            for term, factor in zip(self.terms, factors, strict=True)
        ]
        return sparse.csr_array(sparse.hstack(pieces, format="csr"))

    def _slopes_of_design(self, factors: Sequence[Array]) -> list[sparse.csr_array]:
        """Return the derivative of the scaled design by each number that says the spreads."""
        found = []
        for place, (term, factor) in enumerate(zip(self.terms, factors, strict=True)):
            before, after = self.starts[place], self.starts[-1] - self.starts[place + 1]
            for row, column in zip(*term.places, strict=True):
                turned = np.zeros((term.width, term.width))
                turned[row, column] = factor[row, column] if row == column else 1.0
                own = replace(term, values=term.values @ turned).design()
                empty = [sparse.csr_array((self.n, width)) for width in (before, after)]
                found.append(sparse.csr_array(sparse.hstack([empty[0], own, empty[1]], format="csr")))
        return found

    def _parts(self, upper: Array, lower: Array, eta: Array) -> Chances:
        ends = self.n_levels - 1
        top = np.where(self.answer == ends, FAR, upper - eta)
        bottom = np.where(self.answer == 0, -FAR, lower - eta)
        return chances(top, bottom, self.link)

    def _factor(self, design: sparse.csr_array, weight: Array) -> Cholesky:
        weighted = sparse.csr_array(design.multiply(np.maximum(weight, 0)[:, None]))
        matrix = design.T @ weighted + sparse.eye_array(design.shape[1], format="csr")
        return Cholesky(sparse.csr_array(matrix), self.blocks)

    def __call__(self, parameters: Array) -> tuple[float, Array]:
        """Return minus the log-likelihood and its gradient."""
        mode = self.mode(parameters)
        parts, k, p = mode.parts, self.k, self.p
        by_threshold = [
            (self.answer == j, self.answer == j + 1) for j in range(k)
        ]  # rows whose upper, whose lower limit it is
        gradient = np.empty(len(parameters))
        for j, (is_upper, is_lower) in enumerate(by_threshold):
            gradient[j] = parts.upper[is_upper].sum() + parts.lower[is_lower].sum()
        gradient[k : k + p] = self.frame.fixed.T @ parts.first
        if mode.factor is None:
            return -mode.value, -gradient
        _, _, factors = self.split(parameters)
        design, slopes = self.scaled(factors), self._slopes_of_design(factors)
        leverages = mode.factor.quadratic(slopes, design)
        # The design is the sum of its derivatives by logarithms, and of those by other numbers times these.
        leverage = np.where(self.is_log, 1.0, parameters[k + p :]) @ leverages
        # How the mode moves: the log-determinant depends on it through the weights.
        shift = mode.factor.solve(design.T @ (leverage * parts.weight_eta))
        pulled = design @ shift
        for j, (is_upper, is_lower) in enumerate(by_threshold):
            moved = leverage * parts.weight_upper + pulled * parts.first_upper
            below = leverage * parts.weight_lower + pulled * parts.first_lower
            gradient[j] -= 0.5 * (moved[is_upper].sum() + below[is_lower].sum())
        through = leverage * parts.weight_eta - pulled * parts.weight
        gradient[k : k + p] -= 0.5 * (self.frame.fixed.T @ through)
        for j, slope in enumerate(slopes):
            part = slope @ mode.spherical
            gradient[k + p + j] = (
                parts.first @ part
                - 0.5 * (through @ part)
                - parts.weight @ leverages[j]
                - 0.5 * float(shift @ (slope.T @ parts.first))
            )
        return -mode.value, -gradient
