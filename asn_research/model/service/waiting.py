"""Waiting times when some requests are still open: what is finished is not all there is.

A request that is open has waited *at least* until the day the log was taken. Leaving it out makes
slow offices look fast, and most of all in the last quarter.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import SurvfuncRight

from asn_research.errors import ModelError
from asn_research.measure.calendar import working_days_between
from asn_research.model.service.tidy import coefficients, need

_LEAST = 6


def waited(log: pd.DataFrame, taken: pd.Timestamp | None = None) -> pd.DataFrame:
    """Return how long each request has waited, and whether it is finished.

    Parameters
    ----------
    log : pd.DataFrame
        The processed table `service_log`.
    taken : pd.Timestamp, optional
        When the log was taken; by default its last date.

    Returns
    -------
    pd.DataFrame
        The log's rows with ``days`` (working days) and ``is_finished``.
    """
    dates = need(log.assign(row_=np.arange(len(log))), ["submitted_date", "row_"])
    rows = log.iloc[dates["row_"].to_numpy()]
    finished = rows["finished_date"]
    last = taken if taken is not None else max(finished.max(), rows["submitted_date"].max())
    known = finished.notna() & (finished <= last)
    days = working_days_between(rows["submitted_date"], finished.where(known, last))
    return rows.assign(days=days, is_finished=known)


def waiting_quantiles(
    waits: pd.DataFrame, by: Sequence[str], *, quantiles: Sequence[float] = (0.5, 0.9)
) -> pd.DataFrame:
    """Return quantiles of the waiting time that count open requests for what they are.

    Parameters
    ----------
    waits : pd.DataFrame
        From `waited`.
    by : sequence of str
        Columns that name the groups.
    quantiles : sequence of float
        Between 0 and 1.

    Returns
    -------
    pd.DataFrame
        One row per group and quantile: n, n_open, quantile, days, low, high (Kaplan-Meier, interval by
        the sign test on the log-log scale), days_finished_only (the same of finished requests alone).
        Missing where fewer than six requests, or too few finished ones, tell.
    """
    used = need(waits, [*by, "days", "is_finished"])
    rows = []
    for key, group in used.groupby(list(by), sort=True, observed=True):
        days, status = group["days"].to_numpy(dtype=float), group["is_finished"].to_numpy(dtype=int)
        done = days[status == 1]
        for q in quantiles:
            found = (np.nan, np.nan, np.nan)
            if len(days) >= _LEAST and status.any():
                curve = SurvfuncRight(days, status)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    low, high = curve.quantile_ci(q, method="cloglog")
                middle = float(curve.quantile(q))
                # Where so many finish on one day that the curve surely crosses the level there, no other
                # day is in doubt, and statsmodels gives no interval.
                low, high = (middle, middle) if np.isnan(low) and np.isnan(high) else (low, high)
                found = (middle, float(low), float(high))
            alone = float(np.quantile(done, q, method="inverted_cdf")) if len(done) else np.nan
            rows.append((*key, len(days), int(len(days) - status.sum()), q, *found, alone))
    columns = [*by, "n", "n_open", "quantile", "days", "low", "high", "days_finished_only"]
    return pd.DataFrame(rows, columns=columns)


def fit_pace(
    waits: pd.DataFrame, regressors: Sequence[str], *, strata: str | None = None, cluster: str | None = None
) -> pd.DataFrame:
    """Fit how much faster requests get finished (Cox's proportional hazards, ties by Efron).

    Parameters
    ----------
    waits : pd.DataFrame
        From `waited`.
    regressors : sequence of str
        Columns.
    strata : str, optional
        Column whose levels have a course of their own, such as the service.
    cluster : str, optional
        Column whose levels may share errors.

    Returns
    -------
    pd.DataFrame
        One row per regressor: term, estimate (log hazard ratio: above zero is faster), std_error, t,
        p_value, low, high, ratio.

    Raises
    ------
    ModelError
        If nothing is finished, or a regressor never changes.
    """
    extra = [c for c in (strata, cluster) if c]
    used = need(waits, ["days", "is_finished", *regressors, *extra])
    if int(used["is_finished"].sum()) <= len(regressors) + 1:
        msg = f"{int(used['is_finished'].sum())} finished requests are too few to tell how fast they are finished."
        raise ModelError(msg)
    x = used[list(regressors)].to_numpy(dtype=float)
    flat = [name for name, spread in zip(regressors, x.std(axis=0), strict=True) if spread < 1e-12]
    if flat:
        msg = f"{', '.join(flat)} never changes, so nothing can be learnt from it."
        raise ModelError(msg)
    model = PHReg(
        # A request finished on its day has waited a part of it; zero is no time at all.
        used["days"].to_numpy(dtype=float) + 0.5, x, status=used["is_finished"].to_numpy(dtype=int),
        strata=None if strata is None else used[strata].to_numpy(), ties="efron",
    )  # fmt: skip
    fit = model.fit(groups=None if cluster is None else pd.factorize(used[cluster])[0])
    if not np.isfinite(fit.bse).all() or np.abs(fit.params * x.std(axis=0)).max() > 12:
        msg = "The pace could not be fitted: a regressor parts finished from open requests completely."
        raise ModelError(msg)
    table = coefficients(list(regressors), fit.params, fit.bse)
    return table.assign(ratio=np.exp(table["estimate"]))
