"""Comparison of the units of a city: pooled values, rank intervals and tiers; never a rank without interval."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from asn_research.measure.mix import service_mix
from asn_research.methods.estimates import Z_95
from asn_research.methods.survey.rank_intervals import Standings, unit_ranks
from asn_research.remembered import remembered
from asn_research.rules.cities import CITY, City

#: The smallest number of units that are compared, and that are adjusted for their mix of services.
LEAST_UNITS, LEAST_ADJUSTED = 5, 10
_COLUMNS = ["unit_id", "period", "n", "value", "variance"]
#: The range of each indicator; intervals are cut at its ends.
_ENDS = {"ikm": (25.0, 100.0), "within_standard_pct": (0.0, 100.0)}


def unit_standings(
    measures: Mapping[str, pd.DataFrame | None], log: pd.DataFrame | None, city: City
) -> pd.DataFrame | None:
    """Compare the units of each period by satisfaction and by requests within the standard.

    Parameters
    ----------
    measures : mapping of str to pd.DataFrame or None
        The measures `satisfaction` and `service_time`.
    log : pd.DataFrame or None
        The processed table `service_log`, for the mix of services.
    city : City
        The register of the city.

    Returns
    -------
    pd.DataFrame or None
        One row per unit, period and indicator (`ikm`, `within_standard_pct`): n, value, expected
        (from its mix of services if adjusted), pooled, low, high, rank_low, rank_high, chance_above, tier,
        n_units, adjusted, units_differ (the variance between units is not zero), slope with interval (of
        the mix, per doubling of the standard days). None if too few units can be compared.
    """
    mix = service_mix(log, city) if log is not None else None
    rows = [
        standing
        for indicator, frame in (("ikm", _satisfaction(measures)), ("within_standard_pct", _within(measures)))
        if frame is not None
        for _, units in frame.groupby("period", sort=True)
        if (standing := _compare(indicator, units, mix)) is not None
    ]
    return pd.concat(rows, ignore_index=True) if rows else None


def _satisfaction(measures: Mapping[str, pd.DataFrame | None]) -> pd.DataFrame | None:
    frame = measures.get("satisfaction")
    if frame is None or frame.empty:
        return None
    # One side of the interval may be cut at the end of the scale, so the longer side gives the variance.
    half = np.maximum(frame["index"] - frame["index_low"], frame["index_high"] - frame["index"])
    table = frame.assign(n=frame["n_respondents"], value=frame["index"], variance=(half / Z_95) ** 2)
    return table.loc[table["unit_id"] != CITY, _COLUMNS]


def _within(measures: Mapping[str, pd.DataFrame | None]) -> pd.DataFrame | None:
    frame = measures.get("service_time")
    if frame is None or frame.empty:
        return None
    total = frame.loc[(frame["service_id"] == "") & (frame["unit_id"] != CITY)]
    # Two requests in time and two late ones are added (Agresti and Coull), so that a unit without late
    # requests has a variance above zero.
    share = (total["within_standard_pct"] / 100 * total["n_finished"] + 2) / (total["n_finished"] + 4)
    table = total.assign(
        n=total["n_judged"],
        value=total["within_standard_pct"],
        variance=1e4 * share * (1 - share) / (total["n_finished"] + 4),
    )
    return table[_COLUMNS]


@remembered
def _compare(indicator: str, units: pd.DataFrame, mix: pd.DataFrame | None) -> pd.DataFrame | None:
    known = units.loc[units["value"].notna() & (units["variance"] > 0)]
    if len(known) < LEAST_UNITS:
        return None
    covariate = _covariate(known, mix)
    known = known.set_index("unit_id")
    found = unit_ranks(known["value"], known["variance"], covariate)
    about = known[["period", "n", "value"]].assign(
        indicator=indicator, n_units=len(known), adjusted=covariate is not None,
        units_differ=found.pooled.units_differ, **_slope(found, covariate),
    )  # fmt: skip
    table = found.table.assign(**found.table[["pooled", "low", "high"]].clip(*_ENDS[indicator]))
    return about.join(table).reset_index()


def _covariate(known: pd.DataFrame, mix: pd.DataFrame | None) -> np.ndarray | None:
    """Return the centred mix of each unit; None if the mix of a unit is unknown or all are equal."""
    if mix is None or len(known) < LEAST_ADJUSTED:
        return None
    slow = known.merge(mix, on=["unit_id", "period"], how="left")["log_standard_days"].to_numpy(dtype=float)
    if np.isnan(slow).any() or np.ptp(slow) < 1e-9:
        return None
    return np.asarray((slow - slow.mean())[:, None])


def _slope(found: Standings, covariate: np.ndarray | None) -> dict[str, float]:
    if covariate is None:
        return {"slope": np.nan, "slope_low": np.nan, "slope_high": np.nan}
    slope = float(found.pooled.coefficients[1] * np.log(2))
    margin = float(Z_95 * found.pooled.std_errors[1] * np.log(2))
    return {"slope": slope, "slope_low": slope - margin, "slope_high": slope + margin}
