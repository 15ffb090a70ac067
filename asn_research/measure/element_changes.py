"""The change of each element since the period before, with correction for multiple tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.rules.cities import CITY
from asn_research.rules.periods import Period

Array = np.ndarray
_KEYS = ["unit_id", "period", "element"]
_LEVEL = 0.05


def holm(p_values: Array) -> Array:
    """Return p-values adjusted by Holm's method; nan stays nan and is not counted.

    References
    ----------
    Holm, S. (1979). Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    steps = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps * p_values[order]), 1.0)
    return adjusted


def false_discovery(p_values: Array) -> Array:
    """Return p-values adjusted by Benjamini and Hochberg's method; nan stays nan and is not counted.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). Journal of the Royal Statistical Society B 57, 289-300.
    """
    adjusted = np.full(len(p_values), np.nan)
    known = ~np.isnan(p_values)
    if known.any():
        adjusted[known] = stats.false_discovery_control(p_values[known])
    return adjusted


def with_changes(elements: pd.DataFrame) -> pd.DataFrame:
    """Add the change of each element since the period before, if the same rule applied in both periods.

    Different people answer in each period, so the variances add. The test is Welch's, with the degrees of
    freedom of the clusters.

    Parameters
    ----------
    elements : pd.DataFrame
        One row per unit, period and element, with rule, index, se and df.

    Returns
    -------
    pd.DataFrame
        The table with change, change_low, change_high (95 %, for one element by itself), change_p,
        change_p_holm (corrected over the elements of the unit and period), change_verdict (`better`, `worse`
        or `unclear`, by change_p_holm; a rise is better for every element), change_p_fdr (corrected over
        the elements of all units in the period), and n_before, the answers of the period before.
    """
    before = elements[[*_KEYS, "rule", "n", "index", "se", "df"]].copy()
    following = {code: Period.parse(code).next.code for code in before["period"].unique()}
    before["period"] = before["period"].map(following)
    both = elements.merge(before, on=_KEYS, how="left", suffixes=("", "_before"))
    same = both["rule"] == both["rule_before"]
    now, then = both["se"].to_numpy() ** 2, both["se_before"].to_numpy() ** 2
    change = np.where(same, both["index"] - both["index_before"], np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(now + then)
        freedom = (now + then) ** 2 / (
            now**2 / both["df"].to_numpy() + then**2 / both["df_before"].to_numpy()
        )
        reach = stats.t.ppf(0.975, freedom) * error
        p_value = 2 * stats.t.sf(np.abs(change) / error, freedom)
    table = elements.assign(
        n_before=both["n_before"].where(same).astype("Float64").astype("float64").to_numpy(),
        change=change, change_low=change - reach, change_high=change + reach, change_p=p_value,
    )  # fmt: skip
    by_unit = table.groupby(["unit_id", "period"])["change_p"]
    table["change_p_holm"] = by_unit.transform(lambda p: holm(p.to_numpy()))
    direction = np.where(table["change"] > 0, "better", "worse")
    verdict = np.where(table["change_p_holm"] < _LEVEL, direction, "unclear")
    table["change_verdict"] = pd.Series(verdict, table.index).where(table["change"].notna(), None)
    units = table["unit_id"] != CITY
    over = table.loc[units].groupby("period")["change_p"]
    table.loc[units, "change_p_fdr"] = over.transform(lambda p: false_discovery(p.to_numpy()))
    return table
