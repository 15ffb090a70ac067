"""What mix of services a unit handles, so that a unit of slow services is not held against one of fast."""

from __future__ import annotations

import numpy as np
import pandas as pd

from asn_research.rules.cities import City


def service_mix(rows: pd.DataFrame, city: City) -> pd.DataFrame | None:
    """Return how slow each unit's services are meant to be.

    Most services are offered by one unit only, so their times cannot be standardised from unit to unit;
    what can be compared is the time that the city's own standard allows them. The logarithm counts a
    service of ten days against one of five like one of two against one.

    Parameters
    ----------
    rows : pd.DataFrame
        One row per request or respondent, with its service where known.
    city : City
        For the services' standards.

    Returns
    -------
    pd.DataFrame or None
        One row per unit and period: log_standard_days, the mean over its rows whose service is known.
        None where no row names a service of the register.
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
