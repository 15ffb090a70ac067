"""The normal likelihood of a factor model: discrepancy, derivatives, information, scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asn_research.measure.factor_model import Array, FactorModel, implied

_LARGE = 1e10


@dataclass(frozen=True)
class Moments:
    """Means and covariances of the groups (dividing by n)."""

    covariances: list[Array]
    means: list[Array]
    sizes: tuple[int, ...]

    @property
    def shares(self) -> Array:
        """The groups' shares of all respondents."""
        return np.array(self.sizes) / sum(self.sizes)


def discrepancy(model: FactorModel, values: Array, moments: Moments) -> float:
    """Return the discrepancy of maximum likelihood; a very large number where it is not defined."""
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
    for g, (s, m, share) in enumerate(zip(moments.covariances, moments.means, moments.shares, strict=True)):
        says = implied(model, values, g)
        inverse = np.linalg.inv(says.covariance)
        apart = m - says.mean if model.means else np.zeros(len(m))
        pull = inverse - inverse @ (s + np.outer(apart, apart)) @ inverse
        total += share * (np.tensordot(says.d_covariance, pull, axes=2) - 2 * says.d_mean @ (inverse @ apart))
    return total


def curvature(model: FactorModel, values: Array, moments: Moments) -> Array:
    """Return the discrepancy's expected second derivatives: twice the information per respondent."""
    q = model.layout.n_free
    total = np.zeros((q, q))
    for g, share in enumerate(moments.shares):
        says = implied(model, values, g)
        inverse = np.linalg.inv(says.covariance)
        turned = inverse @ says.d_covariance
        total += share * np.einsum("kij,lji->kl", turned, turned, optimize=True)
        total += share * 2 * says.d_mean @ inverse @ says.d_mean.T
    return total


def observed_information(model: FactorModel, values: Array, moments: Moments) -> Array:
    """Return the observed information per respondent.

    By central differences of the analytic gradient, which are good to about eight digits.
    """
    q = len(values)
    rows = np.empty((q, q))
    for k in range(q):
        step = 1e-5 * max(1.0, abs(values[k]))
        shift = np.zeros(q)
        shift[k] = step
        up, down = (gradient(model, values + s * shift, moments) for s in (1, -1))
        rows[k] = (up - down) / (2 * step)
    return (rows + rows.T) / 4


def scores(model: FactorModel, values: Array, group: int, x: Array) -> Array:
    """Return the first derivatives of each respondent's log likelihood."""
    says = implied(model, values, group)
    inverse = np.linalg.inv(says.covariance)
    turned = (x - says.mean if model.means else x - x.mean(axis=0)) @ inverse
    squares = np.einsum("ni,kij,nj->nk", turned, says.d_covariance, turned, optimize=True)
    level = np.tensordot(says.d_covariance, inverse, axes=2)
    return np.asarray((squares - level) / 2 + turned @ says.d_mean.T)


def saturated_traces(data: list[Array], moments: Moments) -> tuple[float, float]:
    """Return the trace of (meat × inverse information) of the model without limits, and of items on their own.

    For complete data both are functions of kurtosis: Mardia's, and each item's own.
    """
    whole, alone = 0.0, 0.0
    for x, s, m in zip(data, moments.covariances, moments.means, strict=True):
        z = x - m
        distance = np.einsum("ni,ij,nj->n", z, np.linalg.inv(s), z)
        p = x.shape[1]
        whole += (float((distance**2).mean()) - p) / 2 + p
        alone += float(((z**4).mean(axis=0) / np.diag(s) ** 2 - 1).sum()) / 2 + p
    return whole, alone
