"""Sub-units: units that are shown in the report of another unit, such as the kelurahan of a kecamatan."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from asn_research.measure.satisfaction import index_by_unit
from asn_research.measure.service_time import service_times
from asn_research.rules.cities import City

_KEYS = ["unit_id", "period"]


def sub_unit_table(
    city: City,
    periods: Sequence[str],
    *,
    staff: pd.DataFrame | None,
    feedback: pd.DataFrame | None,
    log: pd.DataFrame | None,
) -> pd.DataFrame | None:
    """Compute the measures of sub-units: staff, respondents and index, requests and median time.

    Parameters
    ----------
    city : City
        The register of the city.
    periods : sequence of str
        The periods to list.
    staff, feedback, log : pd.DataFrame or None
        The processed tables `employees`, `citizen_feedback` and `service_log`.

    Returns
    -------
    pd.DataFrame or None
        One row per sub-unit and period; reporting_unit_id is the unit whose report shows it.
    """
    own = {u.unit_id for u in city.units.values() if not u.has_report and u.parent_id}
    parts = []
    if (part := _own(feedback, own)) is not None:
        parts.append(index_by_unit(part)[[*_KEYS, "n_respondents", "index", "index_low", "index_high"]])
    if (part := _own(log, own)) is not None:
        times = service_times(part.assign(service_id=""), City(city.facts, city.units, {}))
        parts.append(times[[*_KEYS, "n_requests", "n_finished", "days_median"]])
    counts = None
    if (known := _own(staff, own)) is not None:
        counts = known.groupby("unit_id")["person_id"].nunique().rename("n_staff").reset_index()
    if not parts and counts is None:
        return None
    table = pd.DataFrame({"unit_id": sorted(own)}).merge(pd.DataFrame({"period": list(periods)}), how="cross")
    for part in parts:
        table = table.merge(part, on=_KEYS, how="left")
    if counts is not None:
        table = table.merge(counts, on="unit_id", how="left")
    for column in ("n_staff", "n_respondents", "n_requests"):
        table[column] = table[column].fillna(0).astype("int64") if column in table else 0
    return table.assign(reporting_unit_id=table["unit_id"].map(city.reporting_unit_id))


def _own(frame: pd.DataFrame | None, own: set[str]) -> pd.DataFrame | None:
    if frame is None:
        return None
    rows = frame.loc[frame["unit_id"].isin(own)]
    return rows.assign(reporting_unit_id=rows["unit_id"]) if len(rows) else None
