"""Partially pooled estimates as a league table: frames in, order and ranks with intervals out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.parts import Parts
from asn_research.methods.refusals import refuse_own_names
from asn_research.methods.survey.shrinkage import shrink
from asn_research.rules.words import worded

#: What `Pooled.table` holds beside the unit.
_COLUMNS = (
    "raw",
    "std_error",
    "pooled",
    "pooled_std_error",
    "low",
    "high",
    "p_above",
    "rank_low",
    "rank_high",
)


@dataclass(frozen=True, repr=False)
class Pooled(Parts):
    """Estimates of several units, drawn together as far as their noise asks for.

    Parameters
    ----------
    table : pd.DataFrame
        One row per unit, best first by ``pooled``: the unit, raw, std_error, pooled, pooled_std_error,
        low, high (95 %), rank_low, rank_high (95 %, 1 is the largest), p_above (chance to lie above the mean).
    mean, mean_std_error : float
        Of the population of units.
    tau2 : float
        Variance between units.
    q, q_p_value, i2 : float
        Cochran's test of no differences, and the share of the spread that is not noise, in percent.
    method : str
        How the variance was found.
    n_left_out : int
        Units without an error of their own.
    """

    table: pd.DataFrame
    mean: float
    mean_std_error: float
    tau2: float
    q: float
    q_p_value: float
    i2: float
    method: str
    n_left_out: int = 0


@estimator(unit=Role.LABEL, estimate=Role.MEASURE, error=Role.AMOUNT)
def pool(
    frame: pd.DataFrame, *, unit: str, estimate: str, error: str, method: Literal["reml", "dl", "james_stein"] = "reml",
    draws: int = 4000, seed: int = 2026,
) -> Pooled:  # fmt: skip
    """Pool units' estimates by a random-effects model.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per unit.
    unit, estimate, error : str
        Columns: the unit, its estimate, and that estimate's standard error. Rows whose error is zero
        or missing are left out: such an interval says that nobody could have answered otherwise.
    method : {"reml", "dl", "james_stein"}
        Restricted maximum likelihood, DerSimonian and Laird's moments, or James and Stein's empirical Bayes
        for units whose errors are of one size.
    draws, seed : int
        Of the simulation behind the intervals of ranks.

    Returns
    -------
    Pooled

    Raises
    ------
    ModelError
        With fewer than three units, a unit that stands twice, or an error below zero.

    Notes
    -----
    Errors of pooled values allow for the mean's own error, as R's ``metafor::blup`` does, not for the
    variance's.

    Examples
    --------
    >>> data = pd.DataFrame({"unit": list("ABCDE"), "ikm": [78.0, 80.5, 83.0, 84.0, 88.0], "galat": [1.0, 1.2, 0.9, 1.5, 1.1]})
    >>> found = pool(data, unit="unit", estimate="ikm", error="galat", draws=200)
    >>> round(found.mean, 1), round(found.tau2, 1)
    (82.7, 13.2)
    """
    used = frame[[unit, estimate, error]].dropna()
    refuse_own_names([unit], _COLUMNS, "pool")
    if used[unit].duplicated().any():
        raise worded(ModelError, "error_pool_twice", unit=unit, n=int(used[unit].duplicated().sum()))
    if (used[error] < 0).any():
        raise worded(ModelError, "error_pool_negative", name=error, n=int((used[error] < 0).sum()))
    used = used.loc[used[error] > 1e-12 * used[error].median()].reset_index(drop=True)
    if len(used) < 3:
        raise worded(ModelError, "error_pool_few", n=len(used))
    variance = used[error] ** 2
    found = shrink(used[estimate], variance, method=method)
    units, own = found.units, (found.units["weight"] * variance).to_numpy() ** 0.5
    pooled, mean = units["pooled"].to_numpy(), float(found.coefficients[0])
    table = pd.DataFrame(
        {
            unit: used[unit], "raw": used[estimate], "std_error": used[error], "pooled": pooled,
            "pooled_std_error": units["std_error"], "low": units["low"], "high": units["high"],
            "p_above": stats.norm.sf(0, pooled - mean, np.maximum(own, 1e-300)) if found.units_differ else 0.5,
        }
    )  # fmt: skip
    table["rank_low"], table["rank_high"] = _ranks(pooled, own, draws, seed)
    return Pooled(
        table=table.sort_values("pooled", ascending=False, ignore_index=True),
        mean=mean,
        mean_std_error=float(found.std_errors[0]),
        tau2=found.between,
        q=found.q,
        q_p_value=found.q_p,
        i2=found.i2,
        method=method,
        n_left_out=len(frame) - len(used),
    )


def _ranks(pooled: np.ndarray, spread: np.ndarray, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    if not spread.any():
        # Units that cannot be told apart may hold any rank.
        return np.ones(len(pooled), dtype=int), np.full(len(pooled), len(pooled))
    drawn = np.random.default_rng(seed).normal(pooled, spread, (draws, len(pooled)))
    ranks = stats.rankdata(-drawn, axis=1, method="min")
    low, high = np.quantile(ranks, [0.025, 0.975], axis=0, method="nearest")
    return low.astype(int), high.astype(int)


@estimator(by=Role.LABEL, unit=Role.LABEL, estimate=Role.MEASURE, error=Role.AMOUNT)
def league_summary(frame: pd.DataFrame, *, by: str, unit: str, estimate: str, error: str) -> pd.DataFrame:
    """Return how far units differ, one row a question.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per question and unit.
    by : str
        Column that names the question.
    unit, estimate, error : str
        As for `pool`.

    Returns
    -------
    pd.DataFrame
        One row per question: n_units, mean, mean_std_error, spread (between units), i2 (percent).

    Examples
    --------
    >>> data = pd.DataFrame({"unit": list("ABCDE"), "ikm": [78.0, 80.5, 83.0, 84.0, 88.0], "galat": [1.0, 1.2, 0.9, 1.5, 1.1]})
    >>> both = pd.concat([data.assign(tahun=2025), data.assign(tahun=2026)])
    >>> league_summary(both, by="tahun", unit="unit", estimate="ikm", error="galat").columns.tolist()
    ['tahun', 'n_units', 'mean', 'mean_std_error', 'spread', 'i2']
    """
    found = {
        key: pool(part, unit=unit, estimate=estimate, error=error)
        for key, part in frame.groupby(by, sort=False)
    }
    rows = [(key, len(p.table), p.mean, p.mean_std_error, p.tau2**0.5, p.i2) for key, p in found.items()]
    return pd.DataFrame(rows, columns=[by, "n_units", "mean", "mean_std_error", "spread", "i2"])
