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
from asn_research.methods.time.kaplan_meier import kaplan_meier
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


#: Of at most this share of the cases of a group the wait may be unknown; else no time of the group is judged.
MOST_UNDATED = 0.1


def has_known_wait(
    undated: pd.Series, is_dated: pd.Series, groups: list[pd.Series], unrecorded: pd.Series | None = None
) -> pd.Series:
    """Return which cases have a wait that can be judged: ended on a known day, or waiting still.

    If only those that wait still were left, a group that records few days would look late: if the wait of more than
    `MOST_UNDATED` of its cases is unknown, or if no case has a known day and some wait is unknown, none is judged.

    Parameters
    ----------
    undated : pd.Series of bool
        Whether the wait of a case is unknown.
    is_dated : pd.Series of bool
        Whether a case ended on a known day.
    groups : list of pd.Series
        The keys of the groups.
    unrecorded : pd.Series of bool, optional
        Cases that stand in lists without ends, such as lists of queue times. How long they took has nothing to do with that,
        so they leave, however many they are.
    """
    apart = pd.Series(False, index=undated.index) if unrecorded is None else unrecorded
    n_undated, n_apart, n_dated, n_others = (
        mask.astype("int64").groupby(groups, observed=True, dropna=False).transform("sum")
        for mask in (undated, apart, is_dated, ~apart)
    )
    is_judged = (n_undated + n_apart == 0) | ((n_dated > 0) & (n_undated <= MOST_UNDATED * n_others))
    return ~undated & ~apart & is_judged


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
        (finished on an unknown day, or of no known end; they enter no time, and if more than a tenth of a service's
        requests were finished on an unknown day, none of its times is judged), days_mean (of finished requests), days_median,
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
    status = (
        log["status"].astype("object") if "status" in log else pd.Series(np.nan, log.index, dtype="object")
    )
    undated = finished.isna() & status.isin(["finished", "rejected"])
    unrecorded = finished.isna() & ((status == "unknown") | (status.isna() & ("finished_date" not in log)))
    groups = [log["reporting_unit_id"], log["period"], service]
    known = has_known_wait(undated, finished.notna(), groups, unrecorded)
    until = finished.fillna(taken).where(known)
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
            "undated": undated | unrecorded,
            # Those that may have been in time, beside the judged ones.
            "left_out": undated & known.groupby(groups, observed=True, dropna=False).transform("any"),
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
    columns = ("waited", "of_standard", "ended", "queue", "left_out")
    waited, share, ended, queue, left_out = (rows[name].to_numpy() for name in columns)
    found = [
        _one_group(waited[place], share[place], ended[place], queue[place], int(left_out[place].sum()))
        for place in (grouped.indices[key] for key in table.index)
    ]
    table = table.join(pd.DataFrame(found, index=table.index))
    table["queue_within_pct"] = 100 * table["_in"] / table["n_queued"].where(table["n_queued"] > 0)
    table["queue_within_low"], table["queue_within_high"] = wilson(
        table["_in"].to_numpy(), table["n_queued"].to_numpy()
    )
    return table.drop(columns="_in").reset_index()


def _one_group(waited: Array, share: Array, ended: Array, queue: Array, n_left_out: int) -> dict[str, float]:
    known = ~np.isnan(waited)
    curve = kaplan_meier(waited[known], ended[known])
    middle, ninth = curve.quantile(0.5), curve.quantile(0.9)
    judged = known & ~np.isnan(share)
    within = share_within(share[judged], ended[judged], 1.0, n_left_out)
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


def share_within(waited: Array, ended: Array, limit: float, n_left_out: int = 0) -> Estimate:
    """Return the percentage of cases that end within a limit, with an interval.

    The value is nan if no case has ended and none has waited as long as the limit: then none can be late. At 0 and
    100 the interval is Wilson's: that of the curve has no width there, so that a few quick cases would look like
    certainty.

    Parameters
    ----------
    waited, ended : np.ndarray
        How long each case took, or has waited so far, and whether it ended.
    limit : float
        The limit, in the unit of `waited`.
    n_left_out : int
        How many more cases ended on an unknown day. The interval covers that all of them were late, and that none was.
    """
    if len(waited) and not ended.any() and waited.max() <= limit:
        return Estimate(np.nan)
    curve = kaplan_meier(waited, ended)
    found = curve.ended_by(limit)
    if np.isnan(found.value):
        return found
    low, high = found.low, found.high
    if np.isnan(low):
        one = wilson(np.array([found.value / 100 * curve.n]), np.array([curve.n]))
        low, high = float(one[0][0]), float(one[1][0])
    if n_left_out:
        total = curve.n + n_left_out
        low, high = low * curve.n / total, (high * curve.n + 100 * n_left_out) / total
    return Estimate(found.value, low, high)
