"""Service times: completion in working days and queue minutes, compared with the standard.

Lower is better. Requests that are still open are censored on the day of the export, so medians, percentiles
and shares within the standard are estimated by Kaplan and Meier's method. Without the open requests, a service
that leaves its difficult cases unfinished would look fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from asn_research.measure.grouping import with_city
from asn_research.methods.estimates import Estimate
from asn_research.methods.survey.simple_intervals import median_interval, wilson
from asn_research.methods.time.kaplan_meier import Survival, kaplan_meier
from asn_research.remembered import remembered
from asn_research.rules.cities import CITY, City
from asn_research.rules.working_days import WorkCalendar, calendar_of, working_days_between

Array = np.ndarray


def taken_on(table: pd.DataFrame, *columns: str) -> pd.Timestamp:
    """Return the last date in some columns of a table: open cases are censored on that day."""
    days = [table[column].max() for column in columns if column in table]
    known = [pd.Timestamp(day) for day in days if pd.notna(day)]
    # A table without any date has no case that could be waiting, so the date does not matter.
    return max(known, default=pd.Timestamp(1900, 1, 1))


def has_known_wait(undated: pd.Series, is_dated: pd.Series, groups: list[pd.Series]) -> pd.Series:
    """Return which cases have a known wait: ended on a known day, or waiting still where a group records such days.

    If only those that wait still were left, a group that records no days would look late.

    Parameters
    ----------
    undated, is_dated : pd.Series of bool
        Whether a case ended on an unknown day, and whether it ended on a known one.
    groups : list of pd.Series
        The keys of the groups.
    """
    some_undated, some_dated = (
        mask.groupby(groups, observed=True, dropna=False).transform("any") for mask in (undated, is_dated)
    )
    return ~undated & (some_dated | ~some_undated)


@remembered
def service_times(log: pd.DataFrame, city: City, as_of: date | None = None) -> pd.DataFrame:
    """Compute the service times of every unit, service and period, and of the city.

    Parameters
    ----------
    log : pd.DataFrame
        The processed table `service_log`.
    city : City
        The register, for the standards of services and the working days.
    as_of : date, optional
        The day of the export; by default the last date in the log.

    Returns
    -------
    pd.DataFrame
        One row per unit, service (``""`` for all) and period: n_requests, n_finished, n_open, n_undated
        (finished on an unknown day, or of no known end; they enter no time), days_mean (of finished requests), days_median,
        days_p90 and within_standard_pct (of the n_judged requests whose service has a standard) with
        intervals (open requests are censored), days_median_finished (of finished requests alone, for
        comparison), mean and median of queue minutes and the percentage within their standard (of
        n_queued), the standards (nan for all services together), and calendar_provisional (the collective
        leave of a year involved is not announced yet).
    """
    calendar = calendar_of(city)
    standard_days = {k: s.standard_days for k, s in city.services.items()}
    standard_queue = {k: s.standard_queue_minutes for k, s in city.services.items()}
    rows = with_city(_waits(log, calendar, as_of, standard_days, standard_queue))
    by_service = rows.loc[(rows["unit_id"] != CITY) & (rows["service_id"] != "")]
    pieces = [_times(rows.assign(service_id="")), _times(by_service)]
    table = pd.concat([piece for piece in pieces if len(piece)], ignore_index=True)
    table["standard_days"] = table["service_id"].map(standard_days).astype("float64")
    table["standard_queue_minutes"] = table["service_id"].map(standard_queue).astype("float64")
    return table


def _waits(
    log: pd.DataFrame, calendar: WorkCalendar, as_of: date | None,
    standard_days: Mapping[str, float], standard_queue: Mapping[str, float],
) -> pd.DataFrame:  # fmt: skip
    """Return the waiting time of each request, and whether it has ended."""
    service = log["service_id"] if "service_id" in log else pd.Series("", index=log.index)
    finished = log["finished_date"] if "finished_date" in log else pd.Series(pd.NaT, index=log.index)
    queue = log["queue_minutes"] if "queue_minutes" in log else pd.Series(np.nan, index=log.index)
    queue = queue.astype("float64")
    taken = pd.Timestamp(as_of) if as_of else taken_on(log, "submitted_date", "finished_date")
    # Finished without a date, or of no known end: neither a known time nor an open request.
    undated = finished.isna() & (
        log["status"].isin(["finished", "rejected", "unknown"])
        if "status" in log
        else "finished_date" not in log
    )
    groups = [log["reporting_unit_id"], log["period"], service]
    until = finished.fillna(taken).where(has_known_wait(undated, finished.notna(), groups))
    days = working_days_between(log["submitted_date"], until, calendar).clip(lower=0)
    standard = service.map(standard_days).astype("float64")
    years = [log["submitted_date"].dt.year, until.dt.year]
    unsure = {y for y in pd.concat(years).dropna().unique() if calendar.is_provisional(int(y))}
    within = (queue <= service.map(standard_queue)).where(queue.notna() & service.map(standard_queue).notna())
    return pd.DataFrame(
        {
            "reporting_unit_id": log["reporting_unit_id"],
            "period": log["period"],
            "service_id": service,
            "waited": days,
            "of_standard": days / standard,
            "ended": finished.notna(),
            "undated": undated,
            "queue": queue,
            "in_queue_time": within.astype("float64"),
            "calendar_provisional": years[0].isin(unsure) | years[1].isin(unsure),
        }
    )


def _times(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return pd.DataFrame()
    rows = rows.assign(days=rows["waited"].where(rows["ended"]))
    grouped = rows.groupby(["unit_id", "period", "service_id"], sort=True, observed=True)
    table = grouped.agg(
        n_requests=("ended", "size"), n_finished=("ended", "sum"), n_undated=("undated", "sum"),
        days_mean=("days", "mean"), queue_mean=("queue", "mean"), _in=("in_queue_time", "sum"),
        n_queued=("in_queue_time", "count"), calendar_provisional=("calendar_provisional", "any"),
    )  # fmt: skip
    table["n_open"] = table["n_requests"] - table["n_finished"] - table["n_undated"]
    waited, share, ended, queue = (rows[c].to_numpy() for c in ("waited", "of_standard", "ended", "queue"))
    found = [
        _one_group(waited[place], share[place], ended[place], queue[place])
        for place in (grouped.indices[key] for key in table.index)
    ]
    table = table.join(pd.DataFrame(found, index=table.index))
    table["queue_within_pct"] = 100 * table["_in"] / table["n_queued"].where(table["n_queued"] > 0)
    table["queue_within_low"], table["queue_within_high"] = wilson(
        table["_in"].to_numpy(), table["n_queued"].to_numpy()
    )
    return table.drop(columns="_in").reset_index()


def _one_group(waited: Array, share: Array, ended: Array, queue: Array) -> dict[str, float]:
    known = ~np.isnan(waited)
    curve = kaplan_meier(waited[known], ended[known])
    middle, ninth = curve.quantile(0.5), curve.quantile(0.9)
    judged = known & ~np.isnan(share)
    within = share_within(kaplan_meier(share[judged], ended[judged]), 1.0)
    finished = waited[known & ended]
    queue_median, queue_low, queue_high = median_interval(np.sort(queue[~np.isnan(queue)]))
    return {
        "days_median": middle.value, "days_median_low": middle.low, "days_median_high": middle.high,
        "days_p90": ninth.value, "days_p90_low": ninth.low, "days_p90_high": ninth.high,
        "n_judged": int(judged.sum()), "within_standard_pct": within.value, "within_standard_low": within.low,
        "within_standard_high": within.high,
        "days_median_finished": float(np.median(finished)) if len(finished) else np.nan,
        "queue_median": queue_median, "queue_median_low": queue_low, "queue_median_high": queue_high,
    }  # fmt: skip


def share_within(curve: Survival, limit: float) -> Estimate:
    """Return the percentage that ends within a limit, with an interval; at 0 and 100 it is Wilson's.

    The interval of the curve has no width there, so that a few quick requests would look like certainty.
    """
    found = curve.ended_by(limit)
    if not np.isnan(found.low) or np.isnan(found.value):
        return found
    low, high = wilson(np.array([found.value / 100 * curve.n]), np.array([curve.n]))
    return Estimate(found.value, float(low[0]), float(high[0]))
