"""How many clusters an interval needs: one tells nothing of how clusters differ, and few tell too little."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from asn_research.errors import ModelError
from asn_research.rules.words import Said, said, worded

#: With fewer clusters, cluster-robust intervals cover the truth too seldom, even those of Student's t.
LEAST_CLUSTERS = 10


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
    """Return percentile intervals of bootstrap draws; with few clusters, intervals of Student's t.

    Three clusters allow ten different samples, so the percentiles of a thousand draws are those of ten numbers:
    in 300 simulations they held the truth in 53 % with two clusters, 80 % with three and 85 % with five. With
    the spread of the draws times the root of G/(G−1), and t with G−1 degrees of freedom, it was 93 to 99 %.

    Parameters
    ----------
    estimates : np.ndarray
        The estimates.
    drawn : np.ndarray
        Draws × estimates.
    n_clusters : int
        The number of clusters drawn; 0 where rows are drawn.
    corrected : bool
        Whether the spread of the draws has the factor G/(G−1) already.
    """
    error = drawn.std(axis=0, ddof=1)
    if 0 < n_clusters < LEAST_CLUSTERS:
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


def drawn_convention(draws: int, n_clusters: int, usual: str = "convention_percentile") -> Said:
    """Return the sentence that tells how `drawn_intervals` makes its intervals.

    Parameters
    ----------
    draws, n_clusters : int
        Draws, and the number of clusters (0 where rows are drawn).
    usual : str
        The sentence in `words.csv` where clusters are enough, with ``{n}``.
    """
    if 0 < n_clusters < LEAST_CLUSTERS:
        return said("convention_few_draws", n=draws, least=LEAST_CLUSTERS, df=n_clusters - 1)
    return said(usual, n=draws)
