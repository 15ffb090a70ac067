"""Ratings of staff: indicators, predikat (rating grades), and the guide for their distribution in a unit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.errors import RequestError
from asn_research.measure.grouping import with_city
from asn_research.methods.survey.simple_intervals import mean_margin, wilson
from asn_research.rules.cities import City
from asn_research.rules.regulations_staff import ORGANISATION_PREDIKATS, PREDIKATS, DistributionRule

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
        One row per unit and period: n_employees, n_raters, the means of the four indicators with 95 %
        intervals, n_exported (staff with a predikat in the export), n_contradicting (of these, staff
        whose predikat contradicts the matrix), share_above_results, n_others (staff without the most
        common predikat) and effective_predikats (the exponential of the entropy; 1 if all are equal).
    predikats : pd.DataFrame
        One row per unit, period and predikat: n and share_pct with interval (by the matrix), and
        n_exported (staff with that predikat in the export). Both counts are kept beside each other.
    """
    rows = with_city(appraisals)
    grouped = rows.groupby(["unit_id", "period"], sort=True)
    table = grouped.agg(
        n_employees=("person_id", "nunique"), n_raters=("rater_id", "nunique"),
        n_contradicting=("predikat_contradicts", "sum"),
    )  # fmt: skip
    exported = rows["predikat"] if "predikat" in rows else pd.Series(None, rows.index, dtype="object")
    rows = rows.assign(predikat=exported.astype("object"))
    table["n_exported"] = exported.notna().groupby([rows["unit_id"], rows["period"]]).sum()
    table["share_above_results"] = grouped["results_rating"].agg(lambda r: (r == "above").mean())
    for name, column in _INDICATORS.items():
        if column not in rows:
            continue
        stats = grouped[column].agg(["mean", "std", "count"])
        margin = mean_margin(stats["std"].to_numpy(), stats["count"].to_numpy())
        table[f"{name}_mean"] = stats["mean"]
        table[f"{name}_low"], table[f"{name}_high"] = stats["mean"] - margin, stats["mean"] + margin
    predikats = _distribution(rows)
    share = predikats["share_pct"] / 100
    entropy = (-share * np.log(share.where(share > 0, 1))).groupby(
        [predikats["unit_id"], predikats["period"]]
    )
    table["effective_predikats"] = np.exp(entropy.sum())
    counted = predikats.groupby(["unit_id", "period"])["n"]
    table["n_others"] = counted.sum() - counted.max()
    return table.reset_index(), predikats


def _distribution(rows: pd.DataFrame) -> pd.DataFrame:
    keys = ["unit_id", "period"]
    counts = {
        name: rows.groupby([*keys, column], observed=True).size().rename_axis([*keys, "predikat"])
        for name, column in (("n", "predikat_by_matrix"), ("n_exported", "predikat"))
    }
    table = pd.DataFrame(counts).fillna(0).astype("int64").reset_index()
    total = table.groupby(keys)["n"].transform("sum")
    low, high = wilson(table["n"].to_numpy(), total.to_numpy())
    table = table.assign(share_pct=100 * table["n"] / total, share_low=low, share_high=high)
    place = table["predikat"].map({name: n for n, name in enumerate(PREDIKATS)})
    return table.assign(_place=place).sort_values([*keys, "_place"], ignore_index=True).drop(columns="_place")


def distribution_advice(
    predikats: pd.DataFrame,
    organisation: pd.DataFrame | Mapping[str, str] | None,
    city: City | None = None,
) -> pd.DataFrame | None:
    """Compare each unit's distribution of predikat with the guide for the unit's own predikat.

    The result is advice, never an error: a small unit cannot meet the percentages of the regulation.

    Parameters
    ----------
    predikats : pd.DataFrame
        From `appraisal_by_unit`.
    organisation : pd.DataFrame or mapping
        The predikat of the units themselves: the processed table `organisation_predikats`
        (reporting_unit_id, period, organisation_predikat), or a mapping from unit to one predikat for
        all periods.
    city : City, optional
        A city's own guide replaces that of the circular. Each period uses the guide in force at its
        time; a period before the circular has none.

    Returns
    -------
    pd.DataFrame or None
        One row per unit, period and limit of its guide: organisation_predikat, limit_no, predikats
        (separated by ``|``), bound (at_most_pct, at_least_pct, at_least_n), bound_value, n, n_others, n_employees,
        share_pct, is_kept, n_over (staff above an upper limit; negative: staff missing to a lower limit).
        None if no unit's predikat is known.

    Raises
    ------
    RequestError
        If the regulation does not know a unit's predikat.
    """
    own = _organisation_predikats(predikats, organisation)
    counts = {
        (str(unit), str(period)): dict(zip(rows["predikat"], rows["n"], strict=True))
        for (unit, period), rows in predikats.groupby(["unit_id", "period"], observed=True)
    }
    found: list[dict[str, object]] = []
    for (unit, period), key in own.items():
        here = counts.get((unit, period), {})
        total = int(sum(here.values()))
        rule = rules.at(period, city).get(DistributionRule)
        if not total or rule is None:
            continue
        for number, limit in enumerate(rule.guides[key], start=1):
            n = int(sum(here.get(name, 0) for name in limit.predikats))
            bound, value = next(
                (name, getattr(limit, name))
                for name in ("at_most_pct", "at_least_pct", "at_least_n")
                if getattr(limit, name) is not None
            )
            found.append(
                {
                    "unit_id": unit, "period": period, "organisation_predikat": key, "limit_no": number,
                    "predikats": "|".join(limit.predikats), "bound": bound, "bound_value": float(value),
                    "n": n, "n_others": total - n, "n_employees": total, "share_pct": 100 * n / total,
                    "is_kept": limit.is_kept(n, total), "n_over": _over(bound, float(value), n, total),
                }
            )  # fmt: skip
    return pd.DataFrame(found) if found else None


def _over(bound: str, value: float, n: int, total: int) -> int:
    """Return by how many staff an upper limit is exceeded, or (negative) a lower one missed; 0 if it is met."""
    if bound == "at_least_n":
        return min(0, n - int(value))
    exact = value * total / 100
    if bound == "at_most_pct":
        return max(0, n - int(np.floor(exact + 1e-9)))
    return min(0, n - int(np.ceil(exact - 1e-9)))


def _organisation_predikats(
    predikats: pd.DataFrame, organisation: pd.DataFrame | Mapping[str, str] | None
) -> dict[tuple[str, str], str]:
    if organisation is None:
        return {}
    if isinstance(organisation, pd.DataFrame):
        known = organisation.dropna(subset=["organisation_predikat"])
        # Only the row of the reporting unit itself, not those of smaller units inside it.
        known = known.loc[known["unit_id"] == known["reporting_unit_id"]] if "unit_id" in known else known
        own = {
            (str(unit), str(period)): str(key)
            for unit, period, key in zip(
                known["reporting_unit_id"], known["period"], known["organisation_predikat"], strict=True
            )
        }
    else:
        places = predikats[["unit_id", "period"]].drop_duplicates().itertuples(index=False)
        own = {(str(u), str(p)): organisation[u] for u, p in places if u in organisation}
    unknown = sorted(set(own.values()) - set(ORGANISATION_PREDIKATS))
    if unknown:
        msg = (
            f"'{unknown[0]}' is no predikat of an organisation; known are "
            f"{', '.join(ORGANISATION_PREDIKATS)}. Mend the table of the units' own predikat."
        )
        raise RequestError(msg)
    return own
