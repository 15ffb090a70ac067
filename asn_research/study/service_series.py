"""The service log as series: one row per unit, service and month, ready for `fit_interrupted` and `fit_synthetic`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from asn_research.methods.time.waiting import waited

#: A month in which more than this share is still open would look faster than it is.
_OPEN_SHARE = 0.05


def monthly_times(
    log: pd.DataFrame,
    standards: dict[str, float] | None = None,
    *,
    by: Sequence[str] = ("unit_id", "service_id"),
) -> pd.DataFrame:
    """Return mean times by the month in which requests were handed in.

    Parameters
    ----------
    log : pd.DataFrame
        The processed table `service_log`.
    standards : dict of str to float, optional
        Each service's standard in days; then ``log_days`` is against the standard, so that a month
        with more requests of a slow kind does not look slower.
    by : sequence of str
        ``unit_id`` and ``service_id``, or ``unit_id`` alone.

    Returns
    -------
    pd.DataFrame
        One row per group and month: month_no (0 is the first month of the log), month (1 to 12),
        starts, n_requests, open_share, days_mean, log_days, queue_mean, log_queue. Months in which more
        than a twentieth is still open have no times.
    """
    rows = waited(log)
    rows = rows.assign(unit_id=rows["reporting_unit_id"])
    if "service_id" not in rows:
        rows = rows.assign(service_id="")
    starts = rows["submitted_date"].dt.to_period("M")
    rows = rows.assign(
        month_no=(starts.dt.year * 12 + starts.dt.month).astype(int),
        month=starts.dt.month.astype(int),
        starts=starts.dt.to_timestamp(),
        standard=rows["service_id"].map(standards).astype(float) if standards else 1.0,
        queue=rows.get("queue_minutes", np.nan),
    )
    rows["month_no"] -= rows["month_no"].min()
    grouped = rows.groupby([*by, "month_no", "month", "starts"], observed=True, sort=True)
    table = grouped.agg(
        n_requests=("days", "size"), _done=("is_finished", "mean"), days_mean=("days", "mean"),
        _standard=("standard", "mean"), queue_mean=("queue", "mean"),
    ).reset_index()  # fmt: skip
    table["open_share"] = 1 - table.pop("_done")
    standard = table.pop("_standard")
    known = table["open_share"] <= _OPEN_SHARE
    table["days_mean"] = table["days_mean"].where(known)
    table["log_days"] = np.log((table["days_mean"] / standard).where(table["days_mean"] > 0))
    table["log_queue"] = np.log(table["queue_mean"].where(table["queue_mean"] > 0))
    return table


def month_of(series: pd.DataFrame, day: str | pd.Timestamp) -> int:
    """Return the number of the first month that lies wholly after a day, or starts on it."""
    first = series.sort_values("month_no").iloc[0]
    when = pd.Timestamp(day)
    number = (
        (when.year - first["starts"].year) * 12 + when.month - first["starts"].month + int(first["month_no"])
    )
    # A change on the first working days of a month counts for that month.
    return int(number + (when.day > 7))
