"""Scales of the staff survey: scores of respondents, and means of units."""

from __future__ import annotations

import pandas as pd

from asn_research.measure.grouping import with_city
from asn_research.methods.survey.simple_intervals import mean_margin
from asn_research.rules.scales import load_scales

#: Items of each scale, by their names in the codebook; the scale `motivation` joins two other scales.
ITEMS: dict[str, tuple[str, ...]] = load_scales().items


def scale_scores(survey: pd.DataFrame) -> pd.DataFrame:
    """Return the scale scores of each respondent: the mean of a scale's items.

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


def scales_by_unit(survey: pd.DataFrame) -> pd.DataFrame:
    """Compute the mean of each scale by unit and period, and for the city.

    Returns
    -------
    pd.DataFrame
        One row per unit, period and scale: n, mean, sd, low, high (95 %).
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
    return table
