"""Reliability of a scale (*uji reliabilitas*): Cronbach's alpha with its interval, and item statistics."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.methods.column_values import number_table
from asn_research.rules.words import said


@dataclass(frozen=True)
class Reliability:
    """Cronbach's alpha with its interval, and item statistics.

    Parameters
    ----------
    alpha, low, high : float
        Estimate and 95 % interval (Feldt).
    n, n_items : int
        Numbers of complete respondents and of items.
    item_rest : dict of str to float
        Correlation of each item with the sum of the other items.
    standardized : float
        Alpha of the standardised items.
    lambda6 : float
        Guttman's lambda 6.
    if_dropped : dict of str to float
        Alpha without each item; nan for scales of two items.
    why : str
        Reason why there is no alpha, in words; empty if there is one.
    """

    alpha: float
    low: float
    high: float
    n: int
    n_items: int
    item_rest: dict[str, float] = field(default_factory=dict)
    standardized: float = np.nan
    lambda6: float = np.nan
    if_dropped: dict[str, float] = field(default_factory=dict)
    why: str = ""


def cronbach_alpha(items: pd.DataFrame) -> Reliability:
    """Compute Cronbach's alpha of complete respondents.

    Alpha shows how strongly items are correlated. It does not show whether they measure the intended concept.

    Parameters
    ----------
    items : pd.DataFrame
        One row per respondent, one column per item, all scored in the same direction.

    Returns
    -------
    Reliability
        All numbers are nan if there are fewer than two items or three complete respondents, or if the
        total does not vary; ``why`` states the reason.

    Notes
    -----
    Equal to ``pingouin.cronbach_alpha``, which rounds the interval to three decimals.

    References
    ----------
    Feldt, L. S. (1965). Psychometrika 30, 357-370.
    """
    complete = number_table(items).dropna()
    n, k = complete.shape
    total = complete.sum(axis=1)
    if why := _no_alpha(n, k, total):
        return Reliability(np.nan, np.nan, np.nan, n, k, why=why)
    covariance = complete.cov().to_numpy()
    alpha = _alpha(covariance)
    df1, df2 = n - 1, (n - 1) * (k - 1)
    low = 1 - (1 - alpha) * float(stats.f.ppf(0.975, df1, df2))
    high = 1 - (1 - alpha) * float(stats.f.ppf(0.025, df1, df2))
    names = [str(c) for c in complete]
    rest = {name: _rest(covariance, place) for place, name in enumerate(names)}
    dropped = {
        name: _alpha(np.delete(np.delete(covariance, place, 0), place, 1)) for place, name in enumerate(names)
    }
    standardized, lambda6 = _of_correlations(covariance)
    return Reliability(alpha, low, high, n, k, rest, standardized, lambda6, dropped)


def _no_alpha(n: int, k: int, total: pd.Series) -> str:
    if k < 2:
        return said("no_alpha_one_item")
    if n < 3:
        return said("no_alpha_few", n=n)
    if float(total.var(ddof=1)) == 0:
        return said("no_alpha_same_total")
    return ""


def _alpha(covariance: np.ndarray) -> float:
    k, total = len(covariance), float(covariance.sum())
    return k / (k - 1) * (1 - float(np.trace(covariance)) / total) if k > 1 and total > 0 else np.nan


def _rest(covariance: np.ndarray, place: int) -> float:
    own = covariance[place, place]
    shared = covariance[place].sum() - own
    others = covariance.sum() - 2 * shared - own
    return float(shared / np.sqrt(own * others)) if own > 0 and others > 0 else np.nan


def _of_correlations(covariance: np.ndarray) -> tuple[float, float]:
    """Return standardised alpha and Guttman's lambda 6; nan if an item is constant or a copy of others."""
    spread = np.sqrt(np.diag(covariance))
    if (spread == 0).any():
        return np.nan, np.nan
    correlation = covariance / np.outer(spread, spread)
    if np.linalg.cond(correlation) > 1e12:
        return _alpha(correlation), np.nan
    unexplained = 1 / np.diag(np.linalg.inv(correlation))
    return _alpha(correlation), float(1 - unexplained.sum() / correlation.sum())
