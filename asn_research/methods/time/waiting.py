"""Waiting times when some requests are still open: what is finished is not all there is.

A request that is open has waited *at least* until the day the log was taken. Leaving it out makes
slow offices look fast, and most of all in the last quarter.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from asn_research.errors import ModelError
from asn_research.methods.column_values import as_numbers, need_columns, refuse_dates_as_text, yes_or_no
from asn_research.methods.estimates import Estimate
from asn_research.methods.estimator import Role, estimator, options_checked, with_notes
from asn_research.methods.few_clusters import (
    MANY_CLUSTERS,
    count_clusters,
    few_clusters_note,
    left_out_covariance,
)
from asn_research.methods.formula import formula_of
from asn_research.methods.refusals import refuse_collinear, refuse_own_names
from asn_research.methods.result import Result, tidy
from asn_research.methods.scaling import standardise
from asn_research.methods.spellings import capitals_differ, refuse_nothing_as_label, refuse_spellings
from asn_research.methods.time.kaplan_meier import kaplan_meier
from asn_research.rules.words import Said, said, worded
from asn_research.rules.working_days import working_days_between

Array = np.ndarray
_LEAST = 6
_QUANTILE_COLUMNS = ("n", "n_open", "quantile", "days", "low", "high", "days_finished_only")
#: Slopes and errors on the log scale, of a column's standard deviation, above which a column parts the requests.
_FAR_SLOPE, _UNBOUNDED = 12, 50
#: Columns of like size that spread less are constant but for rounding.
_FLAT = 1e-9
PaceErrors = Literal["jackknife", "sandwich"]


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

    Examples
    --------
    >>> log = pd.DataFrame({"submitted_date": pd.to_datetime(["2026-07-01", "2026-07-03"]), "finished_date": pd.to_datetime(["2026-07-05", None]), "status": ["finished", "open"]})
    >>> waited(log, pd.Timestamp("2026-07-10"))[["days", "is_finished"]]
       days  is_finished
    0   2.0         True
    1   5.0        False
    """
    need_columns(log, ["submitted_date", "finished_date"])
    for name in ("submitted_date", "finished_date"):
        refuse_dates_as_text(log[name], name)
    rows = log.loc[log["submitted_date"].notna().to_numpy()]
    finished = rows["finished_date"]
    last = taken if taken is not None else max(finished.max(), rows["submitted_date"].max())
    known = finished.notna() & (finished <= last)
    days = working_days_between(rows["submitted_date"], finished.where(known, last))
    return rows.assign(days=days, is_finished=known)


@options_checked
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
        the sign test on the log-log scale, as by R's ``survfit``), days_finished_only (the same of finished
        requests alone). Where exactly the share has finished by one day and nobody on the days up to the
        next, the middle of the two is taken. Missing where fewer than six requests, or too few finished
        ones, tell.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"loket": np.arange(80) % 4, "baru": np.arange(80) % 2})
    >>> data["days"] = np.ceil(rng.exponential(8 - 3 * data["baru"]))
    >>> data["is_finished"] = data["days"] <= 15
    >>> waiting_quantiles(data, ["baru"], quantiles=(0.5,))[["baru", "days"]]
       baru  days
    0     0   7.0
    1     1   3.0
    """
    need_columns(waits, [*by, "days", "is_finished"])
    refuse_own_names(by, _QUANTILE_COLUMNS, "waiting_quantiles")
    for name in by:
        refuse_spellings(waits[name], name)
        refuse_nothing_as_label(waits[name], name)
    notes = [note for name in by if (note := capitals_differ(waits[name], name))]
    used = waits[[*by, "days", "is_finished"]].dropna()
    used = used.assign(days=_times(used["days"]), is_finished=yes_or_no(used["is_finished"], "is_finished"))
    rows = []
    for key, group in used.groupby(list(by), sort=True, observed=True):
        days, ended = group["days"].to_numpy(dtype=float), group["is_finished"].to_numpy(dtype=bool)
        curve = kaplan_meier(days, ended)
        finished = kaplan_meier(days[ended], ended[ended])
        for q in quantiles:
            tells = len(days) >= _LEAST and ended.any()
            found = curve.quantile(q) if tells else Estimate(np.nan)
            alone = finished.quantile(q).value
            rows.append((*key, len(days), int((~ended).sum()), q, found.value, found.low, found.high, alone))
    return with_notes(pd.DataFrame(rows, columns=[*by, *_QUANTILE_COLUMNS]), notes)


def _times(days: pd.Series) -> np.ndarray:
    """Return waiting times as numbers; refuse text and what lies below zero."""
    found = as_numbers(days, "days").to_numpy(dtype=float)
    if (found < 0).any():
        raise worded(ModelError, "error_times", n=int((found < 0).sum()))
    return found


@dataclass(frozen=True, repr=False)
class PaceFit(Result):
    """How much faster requests get finished.

    Parameters
    ----------
    table : pd.DataFrame
        One row per regressor: term, estimate (log hazard ratio: above zero is faster), std_error, z (t and df
        with clusters), p_value, low, high, ratio.
    n, n_finished, n_clusters : int
        Requests, finished ones, and clusters (0: independent errors).
    formula, convention : str
        What was fitted, and how errors are scaled.
    notes : tuple of str
        What limits the reading.
    """

    DIRECTION: ClassVar[str] = "direction_pace"

    table: pd.DataFrame
    n: int
    n_finished: int
    n_clusters: int = 0
    formula: str = ""
    convention: str = ""
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, object]:
        """Return requests, finished ones, and clusters."""
        return {**super().facts(), said("fact_finished"): self.n_finished}


@estimator(regressors=Role.TERM, strata=Role.LABEL, cluster=Role.LABEL)
def fit_pace(
    waits: pd.DataFrame,
    regressors: Sequence[str],
    *,
    strata: str | None = None,
    cluster: str | None = None,
    errors: PaceErrors | None = None,
) -> PaceFit:
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
        Column whose levels may share errors. Intervals are those of Student's t with G−1 degrees of freedom.
    errors : {"jackknife", "sandwich"}, optional
        With clusters: leave each cluster out in turn, or sum scores by cluster as R's ``coxph``, without a
        small-sample factor. By default the jackknife with fewer than 40 clusters, the sandwich with more.

    Returns
    -------
    PaceFit

    Raises
    ------
    ModelError
        If nothing is finished, a regressor never changes, or a slope rests on one cluster alone.

    Notes
    -----
    In 1,000 simulations each, intervals of 95 % of a regressor that half of the clusters have held the truth in
    76, 87, 89 and 93 % with 5, 8, 12 and 20 clusters (sandwich, normal distribution), and in 95, 97, 96 and
    94 % (jackknife, Student's t).

    References
    ----------
    Lipsitz, S. R., Dear, K. B. G. and Zhao, L. (1994). Jackknife estimators of variance for parameter estimates
    from estimating equations with applications to clustered survival data. Biometrics 50, 842-846.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"loket": np.arange(80) % 4, "baru": np.arange(80) % 2})
    >>> data["days"] = np.ceil(rng.exponential(8 - 3 * data["baru"]))
    >>> data["is_finished"] = data["days"] <= 15
    >>> fit = fit_pace(data, ["baru"], cluster="loket")
    >>> bool(fit.row("baru")["estimate"] > 0)
    True
    """
    columns = ["days", "is_finished", *regressors, *(c for c in (strata, cluster) if c)]
    need_columns(waits, columns)
    used = waits[list(dict.fromkeys(columns))].dropna()
    ended = yes_or_no(used["is_finished"], "is_finished")
    if int(ended.sum()) <= len(regressors) + 1:
        raise worded(ModelError, "error_pace_few", n=int(ended.sum()))
    raw = used[list(regressors)].to_numpy(dtype=float)
    design = standardise(np.column_stack([np.ones(len(raw)), raw]), constant=0)
    x = design.columns[:, 1:]
    flat = [name for name, spread in zip(regressors, np.ptp(x, axis=0), strict=True) if spread == 0]
    if flat:
        raise worded(ModelError, "error_pace_flat", names=", ".join(flat))
    refuse_collinear(design.columns, list(regressors))
    # A request finished on its day has waited a part of it; zero is no time at all.
    times = _times(used["days"]) + 0.5
    groups = None if strata is None else pd.factorize(used[strata])[0]
    requests = _Requests(times, ended, x, np.zeros(len(times), dtype=int) if groups is None else groups)
    slopes, covariance = _solve(requests)
    n_clusters, df = 0, None
    if cluster is not None:
        codes = pd.factorize(used[cluster])[0]
        n_clusters = count_clusters(codes, cluster)
        df = n_clusters - 1
        if errors is None:
            errors = "sandwich" if n_clusters >= MANY_CLUSTERS else "jackknife"
        if errors == "sandwich":
            covariance = _sandwich(requests, slopes, covariance, codes)
        else:
            covariance = _jackknife(requests, slopes, codes, cluster, list(regressors))
    unit = np.diag(design.back)[1:]
    table = tidy(list(regressors), unit * slopes, unit * np.sqrt(np.diag(covariance)), df)
    with np.errstate(over="ignore"):
        ratio = np.exp(table["estimate"])
    return PaceFit(
        table=table.assign(ratio=ratio),
        n=len(used),
        n_finished=int(ended.sum()),
        n_clusters=n_clusters,
        formula=formula_of("pace", list(regressors), [strata] if strata else []),
        convention=_convention(n_clusters, errors),
        notes=few_clusters_note(
            n_clusters, "note_few_jackknife" if errors == "jackknife" else "note_few_clusters"
        ),
    )


def _convention(n_clusters: int, errors: PaceErrors | None) -> Said:
    if not n_clusters:
        return said("convention_information")
    if errors == "jackknife":
        return said("convention_cox_jackknife", df=n_clusters - 1)
    return said("convention_cox_cluster", df=n_clusters - 1)


@dataclass(frozen=True)
class _Requests:
    """Waiting times with what may bear on them; all arrays are one a request.

    Parameters
    ----------
    times, ended : np.ndarray
        How long, and whether until the end.
    x : np.ndarray
        Requests × regressors, of like size.
    strata : np.ndarray
        Codes from 0.
    """

    times: Array
    ended: Array
    x: Array
    strata: Array

    def where(self, kept: Array) -> _Requests:
        """Return some of the requests."""
        return _Requests(self.times[kept], self.ended[kept], self.x[kept], self.strata[kept])


def _solve(requests: _Requests, start: Array | None = None) -> tuple[Array, Array]:
    """Return the slopes of Cox's model and the inverse of their information.

    Raises
    ------
    ModelError
        If a slope has no finite size.
    """
    x = requests.x
    model = PHReg(requests.times, x, status=requests.ended.astype(int), strata=requests.strata, ties="efron")
    with warnings.catch_warnings():
        # What statsmodels says of separation is asked below: how far slopes and errors go.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit = model.fit(start_params=start)
    reach, loose = np.abs(fit.params * x.std(axis=0)).max(), (fit.bse * x.std(axis=0)).max()
    if not np.isfinite(fit.bse).all() or reach > _FAR_SLOPE or loose > _UNBOUNDED:
        raise worded(ModelError, "error_pace_separated")
    return np.asarray(fit.params), np.asarray(fit.cov_params())


def _sandwich(requests: _Requests, slopes: Array, inverse: Array, codes: Array) -> Array:
    """Return the covariance from scores summed by cluster."""
    scores = _score_residuals(requests.times, requests.ended, requests.x, slopes, requests.strata)
    sums = np.stack([np.bincount(codes, column) for column in scores.T], axis=1)
    return np.asarray(inverse @ (sums.T @ sums) @ inverse)


def _jackknife(requests: _Requests, slopes: Array, codes: Array, cluster: str, names: Sequence[str]) -> Array:
    """Return the covariance of the slopes from fits that leave out each cluster in turn.

    ``cluster`` and ``names`` (of the regressors) are for the message.

    Raises
    ------
    ModelError
        If a slope has no finite size without one of the clusters.
    """

    def slopes_of(kept: Array) -> Array:
        rest = requests.where(kept)
        try:
            if np.linalg.matrix_rank(rest.x - rest.x.mean(axis=0)) < len(slopes) or not rest.ended.any():
                raise worded(ModelError, "error_pace_separated")
            return _solve(rest, slopes)[0]
        except (ModelError, np.linalg.LinAlgError):
            spread = np.ptp(rest.x, axis=0)
            flat = [name for name, width in zip(names, spread, strict=True) if width < _FLAT] or names
            raise worded(
                ModelError, "error_one_cluster_bears", cluster=cluster, names=", ".join(flat)
            ) from None

    return left_out_covariance(slopes, codes, slopes_of)


def _score_residuals(times: Array, ended: Array, x: Array, slopes: Array, strata: Array) -> Array:
    """Return each row's part in the score of Cox's model, ties by Efron, as R's ``coxph`` computes it.

    Of d that end at once, each is taken in turn to have left first: the l-th share of the time sees the tied
    ones at risk by 1 - l/d only.

    References
    ----------
    Therneau, T. M. and Grambsch, P. M. (2000). Modeling Survival Data, section 7.
    """
    found = np.zeros_like(x)
    for stratum in np.unique(strata):
        own = strata == stratum
        found[own] = _score_residuals_of(times[own], ended[own], x[own], slopes)
    return found


def _score_residuals_of(times: Array, ended: Array, x: Array, slopes: Array) -> Array:
    risk = np.exp(x @ slopes)
    found = np.zeros_like(x)
    for time in np.unique(times[ended]):
        at_risk, tied = times >= time, (times == time) & ended
        n_tied = int(tied.sum())
        whole, part = risk[at_risk].sum(), risk[tied].sum()
        whole_x, part_x = risk[at_risk] @ x[at_risk], risk[tied] @ x[tied]
        for share in np.arange(n_tied) / n_tied:
            total = whole - share * part
            mean = (whole_x - share * part_x) / total
            weight = np.where(tied, 1 - share, 1.0)[at_risk] * risk[at_risk] / total
            found[at_risk] -= (x[at_risk] - mean) * weight[:, None]
            found[tied] += (x[tied] - mean) / n_tied
    return found
