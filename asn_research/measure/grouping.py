"""Rows are measured by reporting unit and period, and once more for the city as a whole."""

from __future__ import annotations

import pandas as pd

from asn_research.rules.cities import CITY


def with_city(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows under their reporting unit, and all of them again under ``CITY``."""
    own = frame.assign(unit_id=frame["reporting_unit_id"])
    return pd.concat([own, own.assign(unit_id=CITY)], ignore_index=True)
