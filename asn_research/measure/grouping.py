"""Group rows by reporting unit, and add the city as a whole as one more group."""

from __future__ import annotations

import pandas as pd

from asn_research.rules.cities import CITY


def with_city(frame: pd.DataFrame) -> pd.DataFrame:
    """Return each row twice: once with its reporting unit as ``unit_id``, and once with ``CITY``."""
    own = frame.assign(unit_id=frame["reporting_unit_id"])
    return pd.concat([own, own.assign(unit_id=CITY)], ignore_index=True)
