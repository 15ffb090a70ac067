"""How staff are rated: indicators, predicates, and how many grades the ratings really use."""

from __future__ import annotations

import numpy as np
import pandas as pd

from asn_research.measure.grouping import with_city
from asn_research.measure.intervals import mean_margin

_INDICATORS = {
    "discipline": "discipline_score",
    "service_quality": "service_quality_score",
    "innovation": "innovation_score",
    "output": "output_pct",
}


def appraisal_by_unit(appraisals: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure ratings by unit and period, and for the city.

    Parameters
    ----------
    appraisals : pd.DataFrame
        The processed table `appraisals`.

    Returns
    -------
    appraisal : pd.DataFrame
        One row per unit and period: n_employees, n_raters, the four indicators' means with 95 %
        intervals, n_contradicting (exported predicate against the matrix), share_above_results, and
        effective_predicates: the exponential of the entropy, 1 where all are rated alike.
    predicates : pd.DataFrame
        One row per unit, period and predicate (by the matrix): n, share_pct.
    """
    rows = with_city(appraisals)
    grouped = rows.groupby(["unit_id", "period"], sort=True)
    table = grouped.agg(
        n_employees=("person_id", "nunique"), n_raters=("rater_id", "nunique"),
        n_contradicting=("predicate_contradicts", "sum"),
    )  # fmt: skip
    table["share_above_results"] = grouped["results_rating"].agg(lambda r: (r == "above").mean())
    for name, column in _INDICATORS.items():
        if column not in rows:
            continue
        stats = grouped[column].agg(["mean", "std", "count"])
        margin = mean_margin(stats["std"].to_numpy(), stats["count"].to_numpy())
        table[f"{name}_mean"] = stats["mean"]
        table[f"{name}_low"], table[f"{name}_high"] = stats["mean"] - margin, stats["mean"] + margin
    predicates = (
        rows.groupby(["unit_id", "period", "predicate_by_matrix"], sort=True).size().rename("n").reset_index()
    )
    predicates = predicates.rename(columns={"predicate_by_matrix": "predicate"})
    total = predicates.groupby(["unit_id", "period"])["n"].transform("sum")
    predicates["share_pct"] = 100 * predicates["n"] / total
    share = predicates["share_pct"] / 100
    entropy = (-share * np.log(share)).groupby([predicates["unit_id"], predicates["period"]]).sum()
    table["effective_predicates"] = np.exp(entropy)
    return table.reset_index(), _in_order(predicates)


def _in_order(predicates: pd.DataFrame) -> pd.DataFrame:
    order = ["very_good", "good", "needs_improvement", "poor", "very_poor"]
    place = predicates["predicate"].map({name: n for n, name in enumerate(order)})
    return (
        predicates.assign(_place=place)
        .sort_values(["unit_id", "period", "_place"], ignore_index=True)
        .drop(columns="_place")
    )
