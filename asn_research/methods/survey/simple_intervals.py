"""95 % intervals for means, shares and medians."""

from __future__ import annotations

import numpy as np
from scipy import stats

from asn_research.methods.estimates import Z_95

Array = np.ndarray


def wilson(successes: Array, n: Array) -> tuple[Array, Array]:
    """Return Wilson's score interval of a share, in percent.

    It stays within 0 and 100, and its width is not zero for a share of 0 or 100 percent.

    Parameters
    ----------
    successes, n : np.ndarray
        Counts, one pair per group.

    Returns
    -------
    low, high : np.ndarray
        In percent; nan where ``n`` is zero.

    References
    ----------
    Wilson, E. B. (1927). Journal of the American Statistical Association 22, 209-212.
    """
    n = np.where(np.asarray(n) > 0, n, np.nan).astype(float)
    share = successes / n
    z2 = Z_95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    margin = Z_95 / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    return 100 * np.clip(centre - margin, 0, 1), 100 * np.clip(centre + margin, 0, 1)


def median_interval(ordered: Array) -> tuple[float, float, float]:
    """Return a median and its distribution-free interval from order statistics.

    Parameters
    ----------
    ordered : np.ndarray
        Values in rising order.

    Returns
    -------
    median, low, high : float
        The interval holds the medians that a sign test at 5 % does not reject. Its ends are nan for
        fewer than six values, because those cannot give a 95 % interval.
    """
    n = len(ordered)
    if n == 0:
        return np.nan, np.nan, np.nan
    middle = float(np.median(ordered))
    rank = int(stats.binom.ppf(0.025, n, 0.5))
    if stats.binom.cdf(rank, n, 0.5) > 0.025:
        rank -= 1
    if rank < 0:
        return middle, np.nan, np.nan
    return middle, float(ordered[rank]), float(ordered[n - 1 - rank])


def mean_margin(sd: Array, n: Array) -> Array:
    """Return half the width of Student's interval of a mean; nan for fewer than two values."""
    n = np.asarray(n, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = stats.t.ppf(0.975, np.where(n > 1, n - 1, np.nan))
        return np.asarray(t * sd / np.sqrt(n))


def welch_margin(sd: Array, n: Array, other_sd: Array, other_n: Array) -> Array:
    """Return half the width of Welch's interval of a difference of two means.

    Groups may differ in variance and size; nan where one of them has fewer than two values.

    References
    ----------
    Welch, B. L. (1947). Biometrika 34, 28-35.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = sd**2 / n, other_sd**2 / other_n
        freedom = (a + b) ** 2 / (a**2 / (n - 1) + b**2 / (other_n - 1))
        return np.asarray(stats.t.ppf(0.975, freedom) * np.sqrt(a + b))
