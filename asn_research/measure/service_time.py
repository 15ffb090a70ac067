"""How long citizens wait: completion in working days and queue minutes, against the standard.

Lower is better. Requests that are still open have no completion time yet; they are counted apart.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from asn_research.measure.calendar import working_days_between
from asn_research.measure.grouping import CITY, with_city
from asn_research.measure.intervals import median_interval, wilson
from asn_research.rules.cities import City


def completion_days(log: pd.DataFrame) -> pd.Series:
    """Return each request's completion time in working days; missing while it is open."""
    return working_days_between(log["submitted_date"], log["finished_date"])


def service_times(log: pd.DataFrame, city: City) -> pd.DataFrame:
    """Measure the times of every unit, service and period, and of the city.

    Parameters
    ----------
    log : pd.DataFrame
        The processed table `service_log`.
    city : City
        For the services' standards.

    Returns
    -------
    pd.DataFrame
        One row per unit, service (``""``: all) and period: n_requests, n_finished, n_open, days_mean,
        days_median with interval, days_p90, within_standard_pct with interval, the same for queue
        minutes, and the standards (nan for all services together).
    """
    standard_days = {k: s.standard_days for k, s in city.services.items()}
    standard_queue = {k: s.standard_queue_minutes for k, s in city.services.items()}
    service = log["service_id"] if "service_id" in log else pd.Series("", index=log.index)
    queue = log["queue_minutes"] if "queue_minutes" in log else pd.Series(np.nan, index=log.index)
    finished = log["finished_date"] if "finished_date" in log else pd.Series(pd.NaT, index=log.index)
    rows = pd.DataFrame(
        {
            "reporting_unit_id": log["reporting_unit_id"],
            "period": log["period"],
            "service_id": service,
            "days": working_days_between(log["submitted_date"], finished),
            "queue": queue,
        }
    )
    rows["in_time"] = _within(rows["days"], service.map(standard_days))
    rows["in_queue_time"] = _within(queue, service.map(standard_queue))
    rows = with_city(rows)
    by_service = rows.loc[(rows["unit_id"] != CITY) & (rows["service_id"] != "")]
    pieces = [_times(rows.assign(service_id="")), _times(by_service)]
    table = pd.concat([piece for piece in pieces if len(piece)], ignore_index=True)
    table["standard_days"] = table["service_id"].map(standard_days).astype("float64")
    table["standard_queue_minutes"] = table["service_id"].map(standard_queue).astype("float64")
    return table


def _within(values: pd.Series, standard: pd.Series) -> pd.Series:
    known = values.notna() & standard.notna()
    return (values <= standard).astype("float64").where(known)


def _times(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return pd.DataFrame()
    grouped = rows.groupby(["unit_id", "period", "service_id"], sort=True)
    table = grouped.agg(
        n_requests=("days", "size"), n_finished=("days", "count"), days_mean=("days", "mean"),
        queue_mean=("queue", "mean"), _in=("in_time", "sum"), _in_n=("in_time", "count"),
        _queue_in=("in_queue_time", "sum"), _queue_n=("in_queue_time", "count"),
    )  # fmt: skip
    table["n_open"] = table["n_requests"] - table["n_finished"]
    for name, column in (("days", "days"), ("queue", "queue")):
        ordered = {key: np.sort(values.dropna().to_numpy()) for key, values in grouped[column]}
        found = [median_interval(ordered[key]) for key in table.index]
        table[[f"{name}_median", f"{name}_median_low", f"{name}_median_high"]] = found
        if name == "days":
            table["days_p90"] = [
                np.quantile(ordered[k], 0.9) if len(ordered[k]) else np.nan for k in table.index
            ]
    for stem, hits, n in (("within_standard", "_in", "_in_n"), ("queue_within", "_queue_in", "_queue_n")):
        table[f"{stem}_pct"] = 100 * table[hits] / table[n].where(table[n] > 0)
        table[f"{stem}_low"], table[f"{stem}_high"] = wilson(table[hits].to_numpy(), table[n].to_numpy())
    return table.drop(columns=["_in", "_in_n", "_queue_in", "_queue_n"]).reset_index()
