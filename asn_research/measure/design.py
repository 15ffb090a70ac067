"""Estimates from a designed sample, by Taylor linearisation: strata, clusters, finite populations.

Conventions are those of R's `survey`: clusters of the first stage drawn with replacement unless a
population is given, variance between clusters within strata.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Design:
    """Who was drawn with whom.

    Parameters
    ----------
    weights : np.ndarray
        How many people each respondent stands for.
    clusters : np.ndarray
        Each respondent's cluster, as codes from 0; respondents drawn singly are clusters of one.
    strata : np.ndarray
        Each respondent's stratum, as codes from 0. A cluster lies in one stratum.
    sampled_share : np.ndarray
        Share of each stratum's clusters that was drawn; 0 for a population without end.
    cells : tuple of np.ndarray
        What the weights were fitted to: for each margin, each respondent's category as codes. The
        fit takes what the categories explain out of the variance.
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
        """Clusters less strata."""
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
        How they were drawn.
    """
    weighted = _columns(values) * design.weights[:, None]
    return Estimates(weighted.sum(axis=0), _covariance(weighted, design))


def mean(values: Array, design: Design, domain: Array | None = None) -> Estimates:
    """Estimate population means, over those who answered each variable.

    Parameters
    ----------
    values : np.ndarray
        Respondents × variables; nan where unanswered.
    design : Design
        How they were drawn.
    domain : np.ndarray, optional
        Truth of belonging to the group whose mean is wanted. Others still say who was drawn.
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
    """Estimate the mean of several variables' means, as an index is, in each of several groups.

    Parameters
    ----------
    values : np.ndarray
        Respondents × variables; nan where unanswered.
    design : Design
        How they were drawn.
    domains : np.ndarray, optional
        Respondents × groups, truth of belonging; by default one group of all.

    Returns
    -------
    Estimates
        One value a group, over the variables that anyone in it answered.
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
    """Return how many times larger a mean's variance is than a simple random sample's of the same size."""
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
    """Covariance of sums of linearised values: between clusters, within strata."""
    for _ in range(20 if len(design.cells) > 1 else 1):
        for codes in design.cells:
            moves = _less_cell_means(moves, codes, design.weights)
    strata_of, sums = cluster_sums(moves, design.clusters, design.strata)
    n_clusters = np.bincount(strata_of, minlength=len(design.sampled_share))
    means = np.zeros((len(n_clusters), sums.shape[1]))
    np.add.at(means, strata_of, sums)
    means /= np.maximum(n_clusters, 1)[:, None]
    # A stratum of one cluster says nothing of its spread: held against the mean of all instead.
    lonely = n_clusters[strata_of] == 1
    centre = np.where(lonely[:, None], sums.mean(axis=0), means[strata_of])
    factor = np.where(n_clusters > 1, n_clusters / np.maximum(n_clusters - 1, 1), 1.0) * (
        1 - design.sampled_share
    )
    deviations = sums - centre
    return np.asarray((deviations * factor[strata_of][:, None]).T @ deviations)


def cluster_sums(values: Array, clusters: Array, strata: Array) -> tuple[Array, Array]:
    """Return each cluster's stratum and its sums, clusters in the order of their codes."""
    _, first, codes = np.unique(clusters, return_index=True, return_inverse=True)
    sums = np.stack([np.bincount(codes, column, len(first)) for column in values.T], axis=1)
    return strata[first], sums


def _less_cell_means(moves: Array, codes: Array, weights: Array) -> Array:
    """Take each cell's mean per unit of weight out of weighted values."""
    sizes = np.bincount(codes, weights)
    means = np.stack([np.bincount(codes, column, len(sizes)) for column in moves.T], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.nan_to_num(means / sizes[:, None])
    return np.asarray(moves - weights[:, None] * means[codes])
