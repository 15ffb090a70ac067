"""Rank intervals and tiers of units: clearly above, clearly below, or not distinguishable.

Ranks come from draws of the joint posterior of all units. The variance between units is drawn as well,
because intervals that take it as known are too short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from asn_research.methods.survey.shrinkage import Array, Shrinkage, log_likelihood, shrink

#: Number of draws from the posterior, and the seed that makes them the same in every run.
DRAWS, SEED = 4000, 20171
_GRID = 160
#: A unit is above or below if the posterior probability of that is at least this.
_CLEAR = 0.975


@dataclass(frozen=True)
class Standings:
    """The comparison of units.

    Parameters
    ----------
    pooled : Shrinkage
        The partially pooled estimates.
    table : pd.DataFrame
        One row per unit: pooled, low, high (95 %, including the error of the variance between units),
        expected (the mean of all units, or the prediction from its covariates), rank_low, rank_high (1 is
        best), chance_above (posterior probability that the unit is above `expected`), tier (`above`,
        `below`, `not_distinguishable`).
    """

    pooled: Shrinkage
    table: pd.DataFrame


def unit_ranks(
    estimate: pd.Series,
    variance: pd.Series,
    covariates: Array | None = None,
    *,
    higher_is_better: bool = True,
    level: float = 0.95,
) -> Standings:
    """Compare units: pooled values, rank intervals and tiers.

    With covariates, units are ranked by their distance from the prediction of the covariates, not by their
    values. The rank interval is the shortest one that contains a unit's true rank with at least the
    stated probability, on average over units whose true values are normally distributed.

    Parameters
    ----------
    estimate, variance : pd.Series
        The estimate of each unit and its sampling variance, indexed by unit.
    covariates : np.ndarray, optional
        One row per unit, centred.
    higher_is_better : bool
        Whether rank 1 is the highest value.
    level : float
        Confidence level of the intervals.

    Raises
    ------
    ModelError
        As for `shrink`.

    References
    ----------
    Goldstein, H. and Spiegelhalter, D. J. (1996). Journal of the Royal Statistical Society A 159,
    385-443. Laird, N. M. and Louis, T. A. (1989). Journal of Educational Statistics 14, 29-46.
    """
    pooled = shrink(estimate, variance, covariates)
    x = np.ones((len(estimate), 1))
    if covariates is not None:
        x = np.column_stack([x, covariates])
    values, apart = _draw(estimate.to_numpy(dtype=float), variance.to_numpy(dtype=float), x)
    order = np.argsort(np.argsort(-apart if higher_is_better else apart, axis=1), axis=1) + 1
    ends = np.array(
        [shortest_interval(order[:, unit], len(estimate), level) for unit in range(len(estimate))]
    )
    above = (apart > 0).mean(axis=0)
    tail = (1 - level) / 2
    table = pd.DataFrame(
        {
            "pooled": values.mean(axis=0),
            "low": np.quantile(values, tail, axis=0),
            "high": np.quantile(values, 1 - tail, axis=0),
            "expected": pooled.units["expected"].to_numpy(),
            "rank_low": ends[:, 0],
            "rank_high": ends[:, 1],
            "chance_above": above,
            "tier": [tier(chance) if pooled.units_differ else "not_distinguishable" for chance in above],
        },
        index=estimate.index,
    )
    return Standings(pooled, table)


def tier(chance_above: float) -> str:
    """Return the tier of a unit, given its probability of being above the expected value."""
    if chance_above >= _CLEAR:
        return "above"
    return "below" if chance_above <= 1 - _CLEAR else "not_distinguishable"


def shortest_interval(ranks: Sequence[int] | Array, n_units: int, level: float = 0.95) -> tuple[int, int]:
    """Return the shortest interval of ranks with at least the stated share of draws; of several, the fullest."""
    share = np.bincount(ranks, minlength=n_units + 1)[1:] / len(ranks)
    upto = np.concatenate([[0.0], np.cumsum(share)])
    for length in range(1, n_units + 1):
        coverage = upto[length:] - upto[:-length]
        best = int(coverage.argmax())
        if coverage[best] >= level - 1e-12:
            return best + 1, best + length
    return 1, n_units


def _draw(y: Array, v: Array, x: Array) -> tuple[Array, Array]:
    """Draw true values, and their distances from the regression line, from the posterior.

    The standard deviation between units has a flat prior. With five units or more it gives a proper
    posterior, and it keeps the intervals of few units from being too short (Gelman 2006). The coefficients of
    the line have a flat prior too.
    """
    rng = np.random.default_rng(SEED)
    tau2, chance = _between(y, v, x)
    counts = rng.multinomial(DRAWS, chance)
    values, apart = [], []
    for t, n in zip(tau2[counts > 0], counts[counts > 0], strict=True):
        weighted = x / (v + t)[:, None]
        spread = np.linalg.inv(weighted.T @ x)
        beta = rng.multivariate_normal(spread @ (weighted.T @ y), spread, size=n)
        line, weight = beta @ x.T, t / (t + v)
        # The distance from the line is its posterior mean plus a random error.
        distance = weight * (y - line) + rng.normal(size=line.shape) * np.sqrt(weight * v)
        apart.append(distance)
        values.append(line + distance)
    return np.concatenate(values), np.concatenate(apart)


def _between(y: Array, v: Array, x: Array) -> tuple[Array, Array]:
    """Return a grid of tau² and the posterior probability of each value; tau has a flat prior."""
    top = 3 * max(float(np.std(y, ddof=1)), float(np.sqrt(np.median(v)))) + 1e-12
    for _ in range(6):
        tau2 = ((np.arange(_GRID) + 0.5) * top / _GRID) ** 2
        logs = np.array([log_likelihood(float(t), y, v, x) for t in tau2])
        chance = np.exp(logs - logs.max())
        chance /= chance.sum()
        if chance[-1] < 1e-5 / _GRID * 100:
            break
        top *= 2
    return tau2, chance
