"""Partial pooling of unit estimates: a noisy unit is drawn toward the others, and ranks get intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from asn_research.errors import ModelError


@dataclass(frozen=True)
class Pooled:
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


def pool(
    frame: pd.DataFrame, *, unit: str, estimate: str, error: str, method: str = "reml",
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
    method : {"reml", "dl"}
        Restricted maximum likelihood, or DerSimonian and Laird's moments.
    draws, seed : int
        Of the simulation behind the intervals of ranks.

    Returns
    -------
    Pooled

    Raises
    ------
    ModelError
        With fewer than three units.

    Notes
    -----
    Errors of pooled values allow for the mean's own error, as R's ``metafor::blup`` does, not for the
    variance's.
    """
    used = frame[[unit, estimate, error]].dropna()
    used = used.loc[used[error] > 1e-12].reset_index(drop=True)
    if len(used) < 3:
        msg = f"{len(used)} units with an error of their own cannot be pooled; at least three are needed."
        raise ModelError(msg)
    y, v = used[estimate].to_numpy(dtype=float), used[error].to_numpy(dtype=float) ** 2
    tau2 = {"reml": _reml, "dl": _moments}[method](y, v)
    w = 1 / (v + tau2)
    mean, mean_variance = float(w @ y / w.sum()), float(1 / w.sum())
    share = tau2 / (tau2 + v)
    pooled = share * y + (1 - share) * mean
    spread = np.sqrt(share * v + (1 - share) ** 2 * mean_variance)
    q = _q(y, v)
    typical = (len(y) - 1) * (1 / v).sum() / ((1 / v).sum() ** 2 - (1 / v**2).sum())
    table = pd.DataFrame(
        {
            unit: used[unit], "raw": y, "std_error": np.sqrt(v), "pooled": pooled, "pooled_std_error": spread,
            "low": pooled - stats.norm.ppf(0.975) * spread, "high": pooled + stats.norm.ppf(0.975) * spread,
            "p_above": stats.norm.sf(0, pooled - mean, np.maximum(np.sqrt(share * v), 1e-300)) if tau2 > 0 else 0.5,
        }
    )  # fmt: skip
    table["rank_low"], table["rank_high"] = _ranks(pooled, np.sqrt(share * v), draws, seed)
    return Pooled(
        table=table.sort_values("pooled", ascending=False, ignore_index=True),
        mean=mean,
        mean_std_error=mean_variance**0.5,
        tau2=tau2,
        q=q,
        q_p_value=float(stats.chi2.sf(q, len(y) - 1)),
        i2=100 * tau2 / (tau2 + typical),
        method=method,
        n_left_out=len(frame) - len(used),
    )


def _q(y: np.ndarray, v: np.ndarray) -> float:
    return float((((y - (y / v).sum() / (1 / v).sum()) ** 2) / v).sum())


def _moments(y: np.ndarray, v: np.ndarray) -> float:
    w = 1 / v
    return float(max(0.0, (_q(y, v) - (len(y) - 1)) / (w.sum() - (w**2).sum() / w.sum())))


def _reml(y: np.ndarray, v: np.ndarray) -> float:
    def slope(tau2: float) -> float:
        w = 1 / (v + tau2)
        residual = y - w @ y / w.sum()
        return float((w**2 @ residual**2) - w.sum() + (w**2).sum() / w.sum())

    top = 10 * float(y.var()) + float(v.max())
    # The restricted likelihood falls from zero on: there is no difference between units to be seen.
    if slope(0.0) <= 0:
        return 0.0
    return float(optimize.brentq(slope, 0.0, top, xtol=1e-14, rtol=1e-13))


def _ranks(pooled: np.ndarray, spread: np.ndarray, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    if not spread.any():
        # Units that cannot be told apart may hold any rank.
        return np.ones(len(pooled), dtype=int), np.full(len(pooled), len(pooled))
    drawn = np.random.default_rng(seed).normal(pooled, spread, (draws, len(pooled)))
    ranks = stats.rankdata(-drawn, axis=1, method="min")
    low, high = np.quantile(ranks, [0.025, 0.975], axis=0, method="nearest")
    return low.astype(int), high.astype(int)


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
    """
    found = {
        key: pool(part, unit=unit, estimate=estimate, error=error)
        for key, part in frame.groupby(by, sort=False)
    }
    rows = [(key, len(p.table), p.mean, p.mean_std_error, p.tau2**0.5, p.i2) for key, p in found.items()]
    return pd.DataFrame(rows, columns=[by, "n_units", "mean", "mean_std_error", "spread", "i2"])
