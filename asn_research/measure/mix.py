"""The mix of services of a unit, for a fair comparison of units with slow and with fast services."""

from __future__ import annotations

import numpy as np
import pandas as pd

from asn_research.rules.cities import City


def service_mix(rows: pd.DataFrame, city: City) -> pd.DataFrame | None:
    """Return the mean log standard time of each unit's services.

    Most services are offered by one unit only, so their times cannot be compared between units directly.
    The city's standard for the time of each service can be compared. With logarithms, ten days against five
    count like two days against one.

    Parameters
    ----------
    rows : pd.DataFrame
        One row per request or respondent, with its service if known.
    city : City
        The register, with the standard of each service.

    Returns
    -------
    pd.DataFrame or None
        One row per unit and period: log_standard_days, the mean over rows with a known service. None if
        no row has a service of the register.
    """
    if "service_id" not in rows:
        return None
    standard = rows["service_id"].map({key: s.standard_days for key, s in city.services.items()})
    known = standard.notna() & (standard > 0)
    if not known.any():
        return None
    table = rows.loc[known, ["reporting_unit_id", "period"]].rename(columns={"reporting_unit_id": "unit_id"})
    table["log_standard_days"] = np.log(standard[known].astype("float64"))
    return table.groupby(["unit_id", "period"], sort=True)["log_standard_days"].mean().reset_index()
