"""Bootstrap of clusters for an index: its interval, the probability of each grade, the order of its elements.

The resampling is Rao and Wu's: of a stratum's n clusters, n - 1 are drawn with replacement and
weighted by n / (n - 1), so that the variance of the replicates is unbiased even for few clusters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
from scipy import stats

Array = np.ndarray
# Number of drawn clusters that are counted at a time: all replicates of a city do not fit into memory.
_AT_ONCE = 4_000_000


def replicate_weights(
    n_clusters: int, replicates: int, rng: np.random.Generator, sampled_share: float = 0.0
) -> Array:
    """Return the weights of one stratum's clusters in every replicate.

    Parameters
    ----------
    n_clusters : int
        Number of sampled clusters of the stratum. A single cluster keeps its weight, because its
        sampling variance cannot be estimated.
    replicates : int
        Number of replicates.
    rng : np.random.Generator
        Random number generator.
    sampled_share : float
        Sampling fraction of the population; a fully observed population has no sampling variance.

    Returns
    -------
    np.ndarray
        Replicates × clusters.

    References
    ----------
    Rao, J. N. K. and Wu, C. F. J. (1988). Journal of the American Statistical Association 83, 231-241.
    """
    if n_clusters < 2:
        return np.ones((replicates, n_clusters))
    drawn = rng.integers(0, n_clusters, (replicates, n_clusters - 1))
    # Each replicate counts in a row of its own.
    drawn += n_clusters * np.arange(replicates)[:, None]
    times = np.bincount(drawn.ravel(), minlength=replicates * n_clusters).reshape(replicates, n_clusters)
    scale = np.sqrt(1 - sampled_share)
    return np.asarray(1 - scale + scale * n_clusters / (n_clusters - 1) * times)


def replicate_totals(
    totals: Array, strata: Array, replicates: int, rng: np.random.Generator, sampled_share: float = 0.0
) -> Array:
    """Resample clusters within strata, and return the totals of each replicate.

    Parameters
    ----------
    totals : np.ndarray
        Clusters × variables.
    strata : np.ndarray
        The stratum of each cluster.
    replicates : int
        Number of replicates.
    rng : np.random.Generator
        Random number generator.
    sampled_share : float
        Sampling fraction of the population.

    Returns
    -------
    np.ndarray
        Replicates × variables.
    """
    found = np.zeros((replicates, totals.shape[1]))
    for stratum in np.unique(strata):
        own = totals[strata == stratum]
        step = max(1, _AT_ONCE // len(own))
        for start in range(0, replicates, step):
            rows = slice(start, min(start + step, replicates))
            found[rows] += replicate_weights(len(own), rows.stop - start, rng, sampled_share) @ own
    return found


def percentile_interval(replicates: Array, degrees_of_freedom: int) -> tuple[Array, Array]:
    """Return the 95 % percentile interval, widened for few clusters like an interval of Student's t.

    Parameters
    ----------
    replicates : np.ndarray
        Replicates, or replicates × variables.
    degrees_of_freedom : int
        Number of clusters minus number of strata; below one the interval is nan.

    References
    ----------
    Hesterberg, T. C. (2015). What teachers should know about the bootstrap. The American Statistician
    69, 371-386 (expanded percentile interval).
    """
    shape = replicates.shape[1:]
    if degrees_of_freedom < 1:
        return np.full(shape, np.nan), np.full(shape, np.nan)
    tail = _tail(degrees_of_freedom)
    low, high = np.quantile(replicates, [tail, 1 - tail], axis=0)
    return np.asarray(low), np.asarray(high)


@cache
def _tail(degrees_of_freedom: int) -> float:
    """Return the share of replicates below the interval, which equals the share above it."""
    return float(stats.norm.cdf(stats.t.ppf(0.025, degrees_of_freedom)))


def grade_chances(replicates: Array, bounds: Sequence[Fraction]) -> Array:
    """Return the share of replicates in each grade, in percent, best grade first.

    Parameters
    ----------
    replicates : np.ndarray
        Replicates of the converted index.
    bounds : sequence of Fraction
        The lowest unrounded index of each grade but the last, best first.
    """
    # The tolerance keeps a replicate that equals a limit in its grade, despite floating-point rounding.
    lowest = np.array([float(bound) for bound in bounds]) - 1e-9
    places = (replicates[:, None] < lowest).sum(axis=1)
    return np.asarray(100 * np.bincount(places, minlength=len(bounds) + 1) / len(replicates))


@dataclass(frozen=True)
class ClusterOrder:
    """Confidence sets for the ranks of elements; rank 1 is the lowest value.

    Parameters
    ----------
    first, last : np.ndarray
        The lowest and highest possible rank of each element, with 95 % confidence for all elements
        together.
    lowest_pct : np.ndarray
        Percentage of the replicates in which the element is the lowest; tied elements share a replicate.
    """

    first: Array
    last: Array
    lowest_pct: Array


def order_of(values: Array, replicates: Array) -> ClusterOrder:
    """Return confidence sets for the ranks of several values, from their joint replicates.

    The order of two elements is clear if their difference, in standard errors, exceeds the 95 % quantile
    of the largest such difference under chance. Otherwise each may stand before the other.

    Parameters
    ----------
    values : np.ndarray
        The values of the elements.
    replicates : np.ndarray
        Replicates × elements.

    References
    ----------
    Mogstad, M., Romano, J. P., Shaikh, A. M. and Wilhelm, D. (2024). Inference for ranks. Review of
    Economic Studies 91, 476-518 (simultaneous sets from all pairwise differences).
    """
    left, right = np.triu_indices(len(values), 1)
    apart = values[left] - values[right]
    moves = replicates[:, left] - replicates[:, right] - apart
    # Faster than numpy's `std`, which reads the replicates of hundreds of units four times instead of twice.
    centre, squares = moves.mean(axis=0), np.einsum("ij,ij->j", moves, moves)
    spread = np.sqrt(np.maximum(squares - len(moves) * centre**2, 0) / max(len(moves) - 1, 1))
    varies = spread > 1e-12
    reach = np.zeros(len(apart))
    if varies.any():
        moves = moves if varies.all() else moves[:, varies]
        largest = np.abs(moves / spread[varies]).max(axis=1)
        reach[varies] = np.quantile(largest, 0.95) * spread[varies]
    clear = np.abs(apart) > np.maximum(reach, 1e-9)
    below, above = np.zeros(len(values), int), np.zeros(len(values), int)
    for one, difference in ((left, apart), (right, -apart)):
        np.add.at(above, one, clear & (difference < 0))
        np.add.at(below, one, clear & (difference > 0))
    at_lowest = replicates <= replicates.min(axis=1, keepdims=True) + 1e-9
    share = (at_lowest / at_lowest.sum(axis=1, keepdims=True)).mean(axis=0)
    return ClusterOrder(1 + below, len(values) - above, np.asarray(100 * share))
