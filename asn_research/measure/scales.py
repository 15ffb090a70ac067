"""Scales of the staff survey: scores, means, reliability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.measure.grouping import CITY, with_city
from asn_research.measure.intervals import mean_margin

#: Items of each scale, by the codebook's names; motivation joins two.
ITEMS: dict[str, tuple[str, ...]] = {
    "psm": tuple(f"psm_{k}" for k in range(1, 5)),
    "engagement": tuple(f"engagement_{k}" for k in range(1, 4)),
    "recognition": tuple(f"recognition_{k}" for k in range(1, 4)),
    "fairness": tuple(f"fairness_{k}" for k in range(1, 5)),
}
ITEMS["motivation"] = ITEMS["psm"] + ITEMS["engagement"]


@dataclass(frozen=True)
class Reliability:
    """Cronbach's alpha with its interval, and what each item adds.

    Parameters
    ----------
    alpha, low, high : float
        Estimate and 95 % interval (Feldt).
    n, n_items : int
        Complete respondents and items.
    item_rest : dict of str to float
        Correlation of each item with the sum of the others.
    """

    alpha: float
    low: float
    high: float
    n: int
    n_items: int
    item_rest: dict[str, float]


def cronbach_alpha(items: pd.DataFrame) -> Reliability:
    """Compute Cronbach's alpha of complete respondents.

    Alpha speaks of how far items go together, not of whether they measure what they are named for.

    Parameters
    ----------
    items : pd.DataFrame
        One row per respondent, one column per item, all scored the same way round.

    Returns
    -------
    Reliability
        All nan where there are fewer than two items or three complete respondents.

    References
    ----------
    Feldt, L. S. (1965). Psychometrika 30, 357-370.
    """
    complete = items.astype("float64").dropna()
    n, k = complete.shape
    if n < 3 or k < 2:
        return Reliability(np.nan, np.nan, np.nan, n, k, {})
    total = complete.sum(axis=1)
    variance = float(total.var(ddof=1))
    if variance == 0:
        return Reliability(np.nan, np.nan, np.nan, n, k, {})
    alpha = k / (k - 1) * (1 - float(complete.var(ddof=1).sum()) / variance)
    df1, df2 = n - 1, (n - 1) * (k - 1)
    low = 1 - (1 - alpha) * float(stats.f.ppf(0.975, df1, df2))
    high = 1 - (1 - alpha) * float(stats.f.ppf(0.025, df1, df2))
    rest = {str(c): float(np.corrcoef(complete[c], total - complete[c])[0, 1]) for c in complete}
    return Reliability(alpha, low, high, n, k, rest)


def scale_scores(survey: pd.DataFrame) -> pd.DataFrame:
    """Return each answer sheet's scale scores: the mean of a scale's items.

    A scale with fewer than half of its items answered has no score.

    Parameters
    ----------
    survey : pd.DataFrame
        The processed table `motivation`.

    Returns
    -------
    pd.DataFrame
        Same rows; one column per scale that has items, 1 to 5.
    """
    scores = {}
    for scale, names in ITEMS.items():
        present = [name for name in names if name in survey]
        if present:
            answers = survey[present].astype("float64")
            scores[scale] = answers.mean(axis=1).where(answers.notna().sum(axis=1) >= len(present) / 2)
    return pd.DataFrame(scores, index=survey.index)


def scales_by_unit(survey: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure the scales by unit and period, and their reliability in each wave.

    Returns
    -------
    motivation : pd.DataFrame
        One row per unit, period and scale: n, mean, sd, low, high (95 %).
    scale_reliability : pd.DataFrame
        One row per period and scale, for the city: n, alpha with interval.
    """
    scores = scale_scores(survey)
    rows = with_city(pd.concat([survey[["reporting_unit_id", "period"]], scores], axis=1))
    long = rows.melt(["unit_id", "period"], list(scores), var_name="scale", value_name="score")
    table = (
        long.groupby(["unit_id", "period", "scale"], sort=True)["score"]
        .agg(n="count", mean="mean", sd="std")
        .reset_index()
    )
    margin = mean_margin(table["sd"].to_numpy(), table["n"].to_numpy())
    table["low"], table["high"] = table["mean"] - margin, table["mean"] + margin
    reliability = []
    for period, wave in survey.groupby("period", sort=True):
        for scale, names in ITEMS.items():
            if all(name in survey for name in names):
                found = cronbach_alpha(wave[list(names)])
                reliability.append(
                    {"unit_id": CITY, "period": period, "scale": scale, "n": found.n, "alpha": found.alpha,
                     "alpha_low": found.low, "alpha_high": found.high}
                )  # fmt: skip
    return table, pd.DataFrame(reliability)
