"""Estimates from a designed sample, by Taylor linearisation: strata, clusters, finite populations.

The conventions are those of R's `survey`: clusters of the first stage count as drawn with replacement
unless a population size is given, and the variance is that between clusters within strata.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Design:
    """A sampling design: weights, clusters and strata of the respondents.

    Parameters
    ----------
    weights : np.ndarray
        How many people each respondent represents.
    clusters : np.ndarray
        The cluster of each respondent, as codes from 0; a respondent drawn alone is a cluster of one.
    strata : np.ndarray
        The stratum of each respondent, as codes from 0. A cluster lies in one stratum.
    sampled_share : np.ndarray
        Sampling fraction of the clusters of each stratum; 0 for an infinite population.
    cells : tuple of np.ndarray
        The margins of the calibration: for each margin, the category of each respondent as codes. The
        variance that the categories explain is removed, because the weights are calibrated to them.
    """

    weights: Array
    clusters: Array
    strata: Array
    sampled_share: Array
    cells: tuple[Array, ...] = ()

    @classmethod
    def simple(cls, n: int, share: float = 0.0) -> Design:
        """Return the design of a simple random sample."""
        zeros = np.zeros(n, int)
        return cls(np.ones(n), np.arange(n), zeros, np.array([share]))

    @property
    def degrees_of_freedom(self) -> int:
        """Number of clusters minus number of strata."""
        return int(len(np.unique(self.clusters)) - len(np.unique(self.strata)))


@dataclass(frozen=True)
class Estimates:
    """Estimates with their covariance."""

    values: Array
    covariance: Array

    @property
    def std_errors(self) -> Array:
        """Standard errors."""
        return np.asarray(np.sqrt(np.clip(np.diag(self.covariance), 0, None)))


def total(values: Array, design: Design) -> Estimates:
    """Estimate population totals.

    Parameters
    ----------
    values : np.ndarray
        Respondents × variables, without missing values.
    design : Design
        The sampling design.
    """
    weighted = _columns(values) * design.weights[:, None]
    return Estimates(weighted.sum(axis=0), _covariance(weighted, design))


def mean(values: Array, design: Design, domain: Array | None = None) -> Estimates:
    """Estimate population means, for each variable over those who answered it.

    Parameters
    ----------
    values : np.ndarray
        Respondents × variables; nan where unanswered.
    design : Design
        The sampling design.
    domain : np.ndarray, optional
        Whether each respondent belongs to the group (domain) whose mean is wanted. Respondents outside
        it still count as members of the sample.
    """
    values = _columns(values)
    counted = ~np.isnan(values)
    if domain is not None:
        counted &= domain[:, None]
    weights = np.where(counted, design.weights[:, None], 0.0)
    sizes = weights.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(counted, weights * np.nan_to_num(values), 0).sum(axis=0) / sizes
        moves = np.where(counted, weights * (np.nan_to_num(values) - means), 0.0) / sizes
    return Estimates(means, _covariance(moves, design))


def mean_of_means(values: Array, design: Design, domains: Array | None = None) -> Estimates:
    """Estimate the mean of the means of several variables, such as an index, in each of several groups.

    Parameters
    ----------
    values : np.ndarray
        Respondents × variables; nan where unanswered.
    design : Design
        The sampling design.
    domains : np.ndarray, optional
        Respondents × groups, true for members; by default one group of all respondents.

    Returns
    -------
    Estimates
        One value per group, over the variables that any of its members answered.
    """
    values = _columns(values)
    domains = np.ones((len(values), 1), bool) if domains is None else domains
    found, moves = [], np.zeros(domains.shape)
    answered, plain = ~np.isnan(values), np.nan_to_num(values)
    for at, belongs in enumerate(domains.T):
        counted = answered & belongs[:, None]
        weights = np.where(counted, design.weights[:, None], 0.0)
        sizes = weights.sum(axis=0)
        asked = sizes > 0
        if not asked.any():
            found.append(np.nan)
            continue
        weights, own = weights[:, asked] / sizes[asked], plain[:, asked]
        means = (weights * own).sum(axis=0)
        found.append(float(means.mean()))
        moves[:, at] = (weights * (own - means)).mean(axis=1)
    return Estimates(np.array(found), _covariance(moves, design))


def design_effect(values: Array, design: Design) -> Array:
    """Return the design effect: the variance of a mean relative to a simple random sample of the same size."""
    values = _columns(values)
    weights, n = design.weights[:, None], len(values)
    population = weights.sum()
    middle = (weights * values).sum(axis=0) / population
    spread = (weights * (values - middle) ** 2).sum(axis=0) / population * n / (n - 1)
    finite = 1 - n / population if (design.weights > 1).all() else 1.0
    return np.asarray(mean(values, design).std_errors ** 2 / (spread / n * finite))


def _columns(values: Array) -> Array:
    values = np.asarray(values, dtype=float)
    return values[:, None] if values.ndim == 1 else values


def _covariance(moves: Array, design: Design) -> Array:
    """Return the covariance of sums of linearised values: that between clusters, within strata."""
    for _ in range(20 if len(design.cells) > 1 else 1):
        for codes in design.cells:
            moves = _less_cell_means(moves, codes, design.weights)
    strata_of, sums = cluster_sums(moves, design.clusters, design.strata)
    n_clusters = np.bincount(strata_of, minlength=len(design.sampled_share))
    means = np.zeros((len(n_clusters), sums.shape[1]))
    np.add.at(means, strata_of, sums)
    means /= np.maximum(n_clusters, 1)[:, None]
    # A stratum with one cluster has no variance of its own: its cluster is compared with the mean of all.
    lonely = n_clusters[strata_of] == 1
    centre = np.where(lonely[:, None], sums.mean(axis=0), means[strata_of])
    factor = np.where(n_clusters > 1, n_clusters / np.maximum(n_clusters - 1, 1), 1.0) * (
        1 - design.sampled_share
    )
    deviations = sums - centre
    return np.asarray((deviations * factor[strata_of][:, None]).T @ deviations)


def cluster_sums(values: Array, clusters: Array, strata: Array) -> tuple[Array, Array]:
    """Return the stratum and the sums of each cluster, in the order of the cluster codes."""
    _, first, codes = np.unique(clusters, return_index=True, return_inverse=True)
    sums = np.stack([np.bincount(codes, column, len(first)) for column in values.T], axis=1)
    return strata[first], sums


def _less_cell_means(moves: Array, codes: Array, weights: Array) -> Array:
    """Subtract the weighted mean of each cell from weighted values."""
    sizes = np.bincount(codes, weights)
    means = np.stack([np.bincount(codes, column, len(sizes)) for column in moves.T], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.nan_to_num(means / sizes[:, None])
    return np.asarray(moves - weights[:, None] * means[codes])
