"""The normal likelihood of a factor model: discrepancy, derivatives, information, scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asn_research.methods.scales.factor_model import (
    Array,
    FactorModel,
    Implied,
    Slopes,
    free_places,
    implied,
    slopes_of,
)

_LARGE = 1e10


@dataclass(frozen=True)
class Moments:
    """The means and covariances (divided by n) of each group, and the groups' sizes."""

    covariances: list[Array]
    means: list[Array]
    sizes: tuple[int, ...]

    @property
    def shares(self) -> Array:
        """The share of each group in all respondents."""
        return np.array(self.sizes) / sum(self.sizes)


def discrepancy(model: FactorModel, values: Array, moments: Moments) -> float:
    """Return the maximum likelihood discrepancy; a very large number if the covariance is not positive definite."""
    total = 0.0
    for g, (s, m, share) in enumerate(zip(moments.covariances, moments.means, moments.shares, strict=True)):
        says = implied(model, values, g)
        sign, logdet = np.linalg.slogdet(says.covariance)
        if sign <= 0 or np.linalg.eigvalsh(says.covariance)[0] <= 0:
            return _LARGE
        apart = m - says.mean if model.means else np.zeros(len(m))
        trace = np.trace(np.linalg.solve(says.covariance, s + np.outer(apart, apart)))
        total += share * (logdet + trace - np.linalg.slogdet(s)[1] - len(m))
    return float(total)


def gradient(model: FactorModel, values: Array, moments: Moments) -> Array:
    """Return the first derivatives of the discrepancy."""
    total = np.zeros(model.layout.n_free)
    for g, share in enumerate(moments.shares):
        at = _at(model, values, moments, g)
        total += share * (
            2 * _dots(at.slopes.left, at.pull @ at.slopes.right) - 2 * at.slopes.mean.T @ at.turned
        )
    return total


def curvature(model: FactorModel, values: Array, moments: Moments) -> Array:
    """Return the expected second derivatives of the discrepancy: twice the information per respondent."""
    q = model.layout.n_free
    total = np.zeros((q, q))
    for g, share in enumerate(moments.shares):
        at = _at(model, values, moments, g)
        total += share * (
            _products(at.slopes, at.inverse, at.inverse) + 2 * at.slopes.mean.T @ at.inverse @ at.slopes.mean
        )
    return total


def observed_information(model: FactorModel, values: Array, moments: Moments) -> Array:
    """Return the observed information per respondent: half the second derivatives of the discrepancy."""
    q = model.layout.n_free
    total = np.zeros((q, q))
    for g, share in enumerate(moments.shares):
        at = _at(model, values, moments, g)
        left, right, mean = at.slopes.left, at.slopes.right, at.slopes.mean
        # A S A: the observed moments S (with the means' residual) between two inverse covariances A.
        seen = at.inverse - at.pull
        bend = 2 * _products(at.slopes, at.inverse, seen) - _products(at.slopes, at.inverse, at.inverse)
        # The derivative of the means' term by the covariance: mean' A (left right' + right left') A apart.
        crossed = mean.T @ at.inverse
        crossed = (crossed @ left) * (right.T @ at.turned) + (crossed @ right) * (left.T @ at.turned)
        bend += 2 * (mean.T @ at.inverse @ mean + crossed + crossed.T)
        total += share * (bend + _second(model, at, g))
    return np.asarray((total + total.T) / 4)


@dataclass(frozen=True)
class _At:
    """The implied moments of a group and the derivatives there, at given parameter values.

    ``pull`` is the derivative of the discrepancy by the covariance of the items. ``turned`` is minus half of
    its derivative by their means.
    """

    says: Implied
    slopes: Slopes
    inverse: Array
    pull: Array
    turned: Array


def _at(model: FactorModel, values: Array, moments: Moments, group: int) -> _At:
    says = implied(model, values, group)
    inverse = np.linalg.inv(says.covariance)
    apart = moments.means[group] - says.mean if model.means else np.zeros(len(inverse))
    pull = inverse - inverse @ (moments.covariances[group] + np.outer(apart, apart)) @ inverse
    return _At(says, slopes_of(model, says, group), inverse, pull, inverse @ apart)


def _dots(one: Array, other: Array) -> Array:
    """Return the dot product of each column with the same column of another matrix."""
    return np.asarray((one * other).sum(axis=0))


def _products(slopes: Slopes, a: Array, b: Array) -> Array:
    """Return trace(D_k a D_l b) for all pairs of parameters k and l, where D is a derivative of the covariance."""
    left, right = slopes.left, slopes.right
    a_left, a_right, b_left, b_right = a @ left, a @ right, b @ left, b @ right
    mixed_a, mixed_b = left.T @ a_right, left.T @ b_right
    return np.asarray(
        mixed_a.T * mixed_b
        + mixed_a * mixed_b.T
        + (left.T @ a_left) * (right.T @ b_right)
        + (right.T @ a_right) * (left.T @ b_left)
    )


def _second(model: FactorModel, at: _At, group: int) -> Array:
    """Return the part of the Hessian that comes from the second derivatives of covariance and mean.

    These are not zero only for pairs of a loading with a loading, a factor covariance or a factor mean.
    """
    lay, loadings = model.layout, at.says.loadings
    total = np.zeros((lay.n_free, lay.n_free))
    place, item = free_places(lay.loading[group])
    owner = model.owner[item]
    both = 2 * at.says.factor_covariance[np.ix_(owner, owner)] * at.pull[np.ix_(item, item)]
    total[np.ix_(place, place)] = both
    pulled = 2 * (at.pull @ loadings)[item]
    for k, pair in zip(*free_places(lay.covariance[group]), strict=True):
        first, second = lay.pairs[pair]
        value = np.where(owner == first, pulled[:, second], 0.0)
        if first != second:
            value += np.where(owner == second, pulled[:, first], 0.0)
        total[place, k] = total[k, place] = value
    for k, factor in zip(*free_places(lay.mean[group]), strict=True):
        total[place, k] = total[k, place] = np.where(owner == factor, -2 * at.turned[item], 0.0)
    return total


def scores(model: FactorModel, values: Array, group: int, x: Array) -> Array:
    """Return the first derivatives of the log likelihood of each respondent: respondents × parameters."""
    says = implied(model, values, group)
    slopes = slopes_of(model, says, group)
    inverse = np.linalg.inv(says.covariance)
    turned = (x - says.mean if model.means else x - x.mean(axis=0)) @ inverse
    level = _dots(slopes.left, inverse @ slopes.right)
    return np.asarray((turned @ slopes.left) * (turned @ slopes.right) - level + turned @ slopes.mean)


def saturated_traces(data: list[Array], moments: Moments) -> tuple[float, float]:
    """Return the trace of (meat × inverse information) of the saturated model, and of the baseline model.

    For complete data both are functions of kurtosis: Mardia's, and that of each item.
    """
    whole, alone = 0.0, 0.0
    for x, s, m in zip(data, moments.covariances, moments.means, strict=True):
        z = x - m
        distance = np.einsum("ni,ij,nj->n", z, np.linalg.inv(s), z)
        p = x.shape[1]
        whole += (float((distance**2).mean()) - p) / 2 + p
        alone += float(((z**4).mean(axis=0) / np.diag(s) ** 2 - 1).sum()) / 2 + p
    return whole, alone
