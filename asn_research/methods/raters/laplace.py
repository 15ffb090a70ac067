"""The Laplace approximation of an ordinal model's likelihood with crossed random effects.

The joint likelihood is maximised over the random effects by Newton's method on sparse matrices; the
integral over them is approximated at that mode. The gradient is exact, so that fitting takes as many
steps as a model with fixed effects only.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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

    Parameters are the thresholds, the fixed effects, and the logarithms of the random effects'
    standard deviations, in this order.

    Parameters
    ----------
    frame : Frame
        Outcome coded from 0 to ``n_levels - 1``, fixed part without intercept, random intercepts.
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
        self.designs = [term.design() for term in self.terms]
        self.sizes = [len(term.levels) for term in self.terms]
        self.starts = np.cumsum([0, *self.sizes])
        self.blocks = [(size, 1) for size in self.sizes]
        self._last = np.zeros(self.starts[-1])

    def split(self, parameters: Array) -> tuple[Array, Array, Array]:
        """Return thresholds, fixed effects, standard deviations."""
        k, p = self.k, self.p
        return parameters[:k], parameters[k : k + p], np.exp(parameters[k + p :])

    def mode(self, parameters: Array) -> Mode:
        """Return the random effects' mode, starting from the last one found."""
        thresholds, beta, sds = self.split(parameters)
        limits = np.concatenate([[-FAR], thresholds, [FAR]])
        upper, lower = limits[self.answer + 1], limits[self.answer]
        base = self.frame.fixed @ beta
        if not self.terms:
            parts = chances(upper - base, lower - base, self.link)
            return Mode(np.empty(0), parts, None, float(parts.log_chance.sum()))
        design = self.scaled(sds)
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

    def scaled(self, sds: Array) -> sparse.csr_array:
        """Return the design of the spherical effects: each term's columns times its spread."""
        pieces = [design * sd for design, sd in zip(self.designs, sds, strict=True)]
        return sparse.csr_array(sparse.hstack(pieces, format="csr"))

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
        _, _, sds = self.split(parameters)
        design = self.scaled(sds)
        own = [design[:, a:b] @ mode.spherical[a:b] for a, b in self._ranges()]
        lefts = [self._only(design, a, b) for a, b in self._ranges()]
        leverages = mode.factor.quadratic(lefts, design)
        leverage = leverages.sum(axis=0)
        # How the mode moves: the log-determinant depends on it through the weights.
        shift = mode.factor.solve(design.T @ (leverage * parts.weight_eta))
        pulled = design @ shift
        for j, (is_upper, is_lower) in enumerate(by_threshold):
            moved = leverage * parts.weight_upper + pulled * parts.first_upper
            below = leverage * parts.weight_lower + pulled * parts.first_lower
            gradient[j] -= 0.5 * (moved[is_upper].sum() + below[is_lower].sum())
        through = leverage * parts.weight_eta - pulled * parts.weight
        gradient[k : k + p] -= 0.5 * (self.frame.fixed.T @ through)
        for j, (part, (a, b)) in enumerate(zip(own, self._ranges(), strict=True)):
            # At the mode, the slope of a spherical effect is the effect itself.
            gradient[k + p + j] = (
                parts.first @ part
                - 0.5 * (through @ part)
                - parts.weight @ leverages[j]
                - 0.5 * float(shift[a:b] @ mode.spherical[a:b])
            )
        return -mode.value, -gradient

    def _ranges(self) -> list[tuple[int, int]]:
        return list(zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True))

    @staticmethod
    def _only(design: sparse.csr_array, start: int, stop: int) -> sparse.csr_array:
        """Return the design with every column outside a range empty."""
        columns = np.zeros(design.shape[1])
        columns[start:stop] = 1.0
        return sparse.csr_array(design @ sparse.diags_array(columns))
