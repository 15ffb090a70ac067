"""Validity test of items (*uji validitas*) as Indonesian offices and theses use it, and item-rest correlation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError
from asn_research.rules.words import worded


def critical_r(n: int, level: float = 0.05) -> float:
    """Return the critical Pearson correlation of ``n`` pairs for a two-tailed test (*r tabel*).

    Parameters
    ----------
    n : int
        Number of respondents. Printed tables list it by its n - 2 degrees of freedom.
    level : float
        Significance level of the two-tailed test.

    Raises
    ------
    ModelError
        If there are fewer than three respondents.

    Examples
    --------
    >>> round(critical_r(30), 3)
    0.361
    """
    if n < 3:
        raise worded(ModelError, "error_critical_r", n=n)
    t = stats.t.isf(level / 2, n - 2)
    return float(t / np.sqrt(n - 2 + t**2))


@dataclass(frozen=True)
class ItemValidity:
    """The result of the validity test (*uji validitas*) of the items of a scale.

    The customary test correlates an item with a total that includes the item. So even uncorrelated items
    pass: each of k independent items correlates about 1 / sqrt(k) with the total. ``rest`` is the
    correlation with the total of the other items, and ``valid_rest`` the result of its test.

    Parameters
    ----------
    table : pd.DataFrame
        One row per item: r (*r hitung*), valid, rest, valid_rest. If all respondents gave the same
        answer to an item, its correlations are nan, and it is not valid.
    critical : float
        The critical correlation (*r tabel*).
    n : int
        Number of complete respondents.
    """

    table: pd.DataFrame
    critical: float
    n: int


def item_validity(items: pd.DataFrame, level: float = 0.05) -> ItemValidity:
    """Test the correlation of each item with the total of the scale.

    Parameters
    ----------
    items : pd.DataFrame
        One row per respondent, one column per item, all scored in the same direction.
    level : float
        Significance level, two-tailed.

    Raises
    ------
    ModelError
        If there is only one item, or there are fewer than three complete respondents.
    """
    complete = items.astype("float64").dropna()
    n, k = complete.shape
    if k < 2:
        raise worded(ModelError, "error_validity_one_item")
    limit = critical_r(n, level)
    total = complete.sum(axis=1).to_numpy()
    answers = {str(c): complete[c].to_numpy() for c in complete}
    r = pd.Series({name: _correlation(own, total) for name, own in answers.items()})
    rest = pd.Series({name: _correlation(own, total - own) for name, own in answers.items()})
    table = pd.DataFrame({"r": r, "valid": r > limit, "rest": rest, "valid_rest": rest > limit})
    return ItemValidity(table.rename_axis("item"), limit, n)


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    if (x == x[0]).all() or (y == y[0]).all():
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])
