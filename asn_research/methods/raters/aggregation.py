"""Whether answers may be averaged by unit: ICC(1), ICC(2), rwg and rwg(J)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError
from asn_research.rules.words import worded


@dataclass(frozen=True)
class UnitReliability:
    """How similar the answers within a unit are, and how reliable unit means are.

    Parameters
    ----------
    icc1 : float
        Share of an answer's variance that lies between units. It may be below zero: then units
        differ less than chance alone would make them differ.
    icc1_low, icc1_high : float
        The 95 % interval of `icc1`; exact for units of equal size, else computed with the mean size.
    icc2 : float
        Reliability of the mean of a unit of average size.
    n, n_units : int
        Numbers of answers and of units.
    size : float
        Average number of answers per unit.
    """

    icc1: float
    icc1_low: float
    icc1_high: float
    icc2: float
    n: int
    n_units: int
    size: float


def unit_reliability(score: pd.Series, unit: pd.Series) -> UnitReliability:
    """Compute ICC(1) and ICC(2) from a one-way analysis of variance.

    The size of a unit is the plain average n / units, as in R's package multilevel.

    Parameters
    ----------
    score, unit : pd.Series
        One row per respondent.

    Raises
    ------
    ModelError
        If fewer than two units answered, no unit has two answers, or all answers are equal.

    References
    ----------
    Bliese, P. D. (2000). In Klein & Kozlowski (eds.), Multilevel theory, research, and methods in
    organizations, 349-381. Searle, S. R. (1971). Linear models, section 9.8, for the interval.
    """
    rows = pd.DataFrame({"score": score.astype("float64"), "unit": unit}).dropna()
    groups = rows.groupby("unit", observed=True)["score"]
    sizes, n = groups.size().to_numpy(), len(rows)
    n_units = len(sizes)
    if n_units < 2 or n <= n_units:
        raise worded(ModelError, "error_aggregation_few", units=n_units, n=n)
    between = float((sizes * (groups.mean().to_numpy() - rows["score"].mean()) ** 2).sum()) / (n_units - 1)
    within = float(((rows["score"] - groups.transform("mean")) ** 2).sum()) / (n - n_units)
    if between == 0 and within == 0:
        raise worded(ModelError, "error_answers_alike")
    size = n / n_units
    ratio = between / within if within > 0 else np.inf
    low, high = (ratio / stats.f.ppf(p, n_units - 1, n - n_units) for p in (0.975, 0.025))
    return UnitReliability(
        _icc1(ratio, size), _icc1(low, size), _icc1(high, size),
        1 - 1 / ratio if ratio > 0 else -np.inf, n, n_units, size,
    )  # fmt: skip


def _icc1(ratio: float, size: float) -> float:
    return float((ratio - 1) / (ratio - 1 + size)) if np.isfinite(ratio) else 1.0


def within_agreement(items: pd.DataFrame, unit: pd.Series, n_options: int) -> pd.DataFrame:
    """Compute rwg(J) of each unit, or rwg for a single item: agreement compared with random answers.

    Random answers are spread evenly over the options; their variance is (options² - 1) / 12. If the
    variance of a single item is larger, rwg is negative, and reported as zero by convention. If the
    mean variance of several items is larger, rwg(J) leaves its range and is set to zero too.

    Parameters
    ----------
    items : pd.DataFrame
        One row per respondent, one column per item.
    unit : pd.Series
        The unit of each respondent.
    n_options : int
        Number of answers to choose from.

    Returns
    -------
    pd.DataFrame
        One row per unit: unit_id, n (complete respondents), rwg (nan for a unit with one respondent).

    References
    ----------
    James, L. R., Demaree, R. G. and Wolf, G. (1984). Journal of Applied Psychology 69, 85-98.
    """
    complete = items.astype("float64").dropna()
    groups = complete.groupby(unit.loc[complete.index], observed=True)
    share = groups.var(ddof=1).mean(axis=1) / ((n_options**2 - 1) / 12)
    j = complete.shape[1]
    rwg = (j * (1 - share) / (j * (1 - share) + share)).where(share <= 1, 0.0).where(share.notna())
    return pd.DataFrame({"unit_id": rwg.index, "n": groups.size().to_numpy(), "rwg": rwg.to_numpy()})
