"""May answers be averaged to units? ICC(1), ICC(2), rwg and rwg(J)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError


@dataclass(frozen=True)
class UnitReliability:
    """How far answers of one unit go together, and how reliable unit means are.

    Parameters
    ----------
    icc1 : float
        Share of an answer's variance that lies between units; may be below zero, which says that
        units differ less than chance alone would make them.
    icc1_low, icc1_high : float
        Its 95 % interval (exact for units of one size, by the mean size else).
    icc2 : float
        Reliability of a unit's mean at the average size; never reported above what ICC(1) allows.
    n, n_units : int
        Answers and units.
    size : float
        Average number of answers a unit.
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

    The size of a unit is the plain average n / units, as R's package multilevel takes it.

    Parameters
    ----------
    score, unit : pd.Series
        One row per respondent.

    Raises
    ------
    ModelError
        If fewer than two units answered, or no unit has two answers, or all answers are alike.

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
        msg = (
            f"{n_units} units with {n} answers: whether units differ needs at least two units, and "
            "one with two answers or more. Join units, or show the answers of the city only."
        )
        raise ModelError(msg)
    between = float((sizes * (groups.mean().to_numpy() - rows["score"].mean()) ** 2).sum()) / (n_units - 1)
    within = float(((rows["score"] - groups.transform("mean")) ** 2).sum()) / (n - n_units)
    if between == 0 and within == 0:
        msg = "All answers are alike, so nothing can be said of units; look whether the item was asked well."
        raise ModelError(msg)
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
    """Compute rwg(J) of each unit, or rwg for a single item: agreement against answers at random.

    Answers at random are spread evenly over the options, variance (options² - 1) / 12. A single
    item's variance above that gives a negative rwg, reported as zero by custom; where the mean
    variance of several items exceeds it, rwg(J) leaves its range and is zero too.

    Parameters
    ----------
    items : pd.DataFrame
        One row per respondent, one column per item.
    unit : pd.Series
        The respondents' units.
    n_options : int
        Number of answers to choose from.

    Returns
    -------
    pd.DataFrame
        One row per unit: unit_id, n (complete respondents), rwg. A unit of one has no agreement: nan.

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
