"""How many clusters an interval needs: one tells nothing of how clusters differ, and few tell too little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from asn_research.errors import ModelError
from asn_research.rules.words import Said, said, worded

#: With fewer clusters, cluster-robust intervals cover the truth too seldom, even those of Student's t.
LEAST_CLUSTERS = 10
#: With fewer clusters, percentiles of draws and sandwiches of scores are too narrow (``benchmarks/few_clusters.md``).
MANY_CLUSTERS = 40


def count_clusters(codes: np.ndarray, cluster: str | None) -> int:
    """Return the number of clusters.

    Parameters
    ----------
    codes : np.ndarray
        The cluster of each row, as codes from 0.
    cluster : str or None
        The column of the clusters, for the message; None if each row is a cluster of its own.

    Raises
    ------
    ModelError
        If all rows lie in one cluster: an interval from the differences between clusters would have no width.
    """
    n_clusters = int(codes.max()) + 1
    if cluster is not None and n_clusters < 2:
        raise worded(ModelError, "error_one_cluster", cluster=cluster)
    return n_clusters


def few_clusters_note(n_clusters: int, key: str = "note_few_clusters") -> tuple[Said, ...]:
    """Return the note of a fit whose errors are clustered on too few clusters; nothing if they are enough.

    Parameters
    ----------
    n_clusters : int
        Number of clusters; 0 where errors are not clustered.
    key : str
        The sentence in `words.csv`, with ``{n}``.

    Examples
    --------
    >>> few_clusters_note(10), few_clusters_note(0)
    ((), ())
    >>> len(few_clusters_note(2))
    1
    """
    return (said(key, n=n_clusters),) if 0 < n_clusters < LEAST_CLUSTERS else ()


def left_out_covariance(
    estimates: np.ndarray, codes: np.ndarray, fit: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return the covariance of estimates from fits that leave out each cluster in turn (jackknife).

    Parameters
    ----------
    estimates : np.ndarray
        Of all clusters.
    codes : np.ndarray
        The cluster of each row, as codes from 0.
    fit : callable
        Takes which rows are kept, as booleans, and returns their estimates.

    Examples
    --------
    >>> values, codes = np.array([1.0, 2.0, 6.0]), np.arange(3)
    >>> variance = left_out_covariance(np.array([values.mean()]), codes, lambda kept: values[kept].mean(keepdims=True))
    >>> bool(np.isclose(variance[0, 0], values.var(ddof=1) / 3))
    True
    """
    n_clusters = int(codes.max()) + 1
    moved = np.array([fit(codes != cluster) - estimates for cluster in range(n_clusters)])
    return np.asarray((n_clusters - 1) / n_clusters * moved.T @ moved)


@dataclass(frozen=True)
class DrawnIntervals:
    """Intervals of 95 % from bootstrap draws, one for each estimate.

    Parameters
    ----------
    std_error, low, high, p_value : np.ndarray
        Of each estimate. The p-value is two-sided, against zero.
    """

    std_error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_value: np.ndarray


def drawn_intervals(
    estimates: np.ndarray, drawn: np.ndarray, n_clusters: int = 0, *, corrected: bool = False
) -> DrawnIntervals:
    """Return percentile intervals of bootstrap draws; with fewer than `MANY_CLUSTERS`, intervals of Student's t.

    Three clusters allow ten different samples, so the percentiles of a thousand draws are those of ten numbers.
    In 500 simulations each they held the truth of a mediation in 80 % with three clusters, 85 % with five, 88 %
    with ten and 91 % with twenty. With the spread of the draws times the root of G/(G−1), and t with G−1
    degrees of freedom, it was 99, 95, 93 and 93 % (``benchmarks/few_clusters.md``).

    Parameters
    ----------
    estimates : np.ndarray
        The estimates.
    drawn : np.ndarray
        Draws × estimates.
    n_clusters : int
        The number of clusters drawn; 0 where rows are drawn.
    corrected : bool
        Whether the spread of the draws is that of few clusters already.
    """
    error = drawn.std(axis=0, ddof=1)
    if 0 < n_clusters < MANY_CLUSTERS:
        error = error if corrected else error * (n_clusters / (n_clusters - 1)) ** 0.5
        law = stats.t(n_clusters - 1)
        half = law.ppf(0.975) * error
        p = np.asarray(2 * law.sf(np.abs(estimates) / np.where(error > 0, error, np.nan)))
        return DrawnIntervals(error, estimates - half, estimates + half, p)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    below = (drawn <= 0).mean(axis=0)
    # No p is smaller than so many draws can tell.
    p = np.minimum(1.0, 2 * np.maximum(np.minimum(below, 1 - below), 1 / (len(drawn) + 1)))
    return DrawnIntervals(error, low, high, p)


def drawn_convention(
    draws: int, n_clusters: int, usual: str = "convention_percentile", *, few: str = "convention_few_draws"
) -> Said:
    """Return the sentence that tells how `drawn_intervals` makes its intervals.

    Parameters
    ----------
    draws, n_clusters : int
        Draws, and the number of clusters (0 where rows are drawn).
    usual, few : str
        The sentences in `words.csv` where clusters are enough, with ``{n}``, and where they are few, with
        ``{n}``, ``{least}`` and ``{df}``.
    """
    if 0 < n_clusters < MANY_CLUSTERS:
        return said(few, n=draws, least=MANY_CLUSTERS, df=n_clusters - 1)
    return said(usual, n=draws)
