"""Interrupted time series: whether a series jumped, or turned, on the day that something changed.

The series before the change, carried on, is what is held against the series after it. That is only
as good as the belief that nothing else changed then: set a comparison series beside it
(`controls`), or use `synthetic`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.diagnostic import acorr_ljungbox

from asn_research.errors import ModelError, RequestError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.formula import formula_of
from asn_research.methods.refusals import refuse_collinear, refuse_flat, refuse_own_names
from asn_research.methods.result import Result, tidy
from asn_research.methods.scaling import Standardised, column_units, standardise
from asn_research.methods.time.series_fits import FITTERS, SeriesFit
from asn_research.rules.words import said, worded

Errors = Literal["newey_west", "ar1", "arma", "independent", "quasi_poisson", "poisson"]
Season = Literal["none", "dummies", "harmonic"]
_LEAST_BEFORE, _LEAST_AFTER = 3, 2
_COUNTED = ("quasi_poisson", "poisson")


@dataclass(frozen=True, repr=False)
class InterruptedFit(Result):
    """A fitted interrupted time series.

    Parameters
    ----------
    table : pd.DataFrame
        One row per term: term, estimate, std_error, t, p_value, low, high. ``level_change`` is the
        jump at the first period after the change, ``slope_change`` what is added each period later.
    covariance : pd.DataFrame
        Of the estimates, by term.
    fitted : pd.DataFrame
        One row per period: time, observed, fitted, counterfactual (the fit without the change).
    outcome, errors : str
        The outcome, and how errors were treated.
    df : float
        Degrees of freedom of the intervals.
    n, n_before, n_after : int
        Periods.
    diagnostics : dict of str to float
        durbin_watson; ljung_box_p of the residuals; autocorrelation where it was estimated;
        log_likelihood; dispersion.
    notes : tuple of str
        What limits the reading.
    formula, convention : str
        What was fitted, and how errors are scaled.
    """

    OWN_TERMS: ClassVar[tuple[str, ...]] = ("level_change", "slope_change")

    table: pd.DataFrame
    covariance: pd.DataFrame
    fitted: pd.DataFrame
    outcome: str
    errors: str
    df: float
    n: int
    n_before: int
    n_after: int
    diagnostics: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    formula: str = ""
    convention: str = ""

    def effect_at(self, periods_after: float = 0) -> pd.Series:
        """Return the change against the carried-on series, so many periods after the first."""
        names = ["level_change", "slope_change"]
        terms = [name for name in names if name in self.covariance]
        weights = np.array([1.0, float(periods_after)][: len(terms)])
        estimate = weights @ self.table.set_index("term").loc[terms, "estimate"].to_numpy()
        variance = weights @ self.covariance.loc[terms, terms].to_numpy() @ weights
        label = f"effect_at_{periods_after:g}"
        return tidy([label], np.array([estimate]), np.array([variance**0.5]), self.df).iloc[0]

    def average_effect(self) -> pd.Series:
        """Return the mean change over the periods seen after the change."""
        return self.effect_at((self.n_after - 1) / 2)

    def facts(self) -> dict[str, object]:
        """Return periods and diagnostics."""
        facts: dict[str, object] = {said("fact_before"): self.n_before, said("fact_after"): self.n_after}
        return facts | {said(f"fact_{name}"): value for name, value in self.diagnostics.items()}


@estimator(
    outcome=Role.MEASURE, time=Role.MEASURE, season=Role.NUMBER, controls=Role.TERM, exposure=Role.AMOUNT
)
def fit_interrupted(
    series: pd.DataFrame,
    outcome: str,
    *,
    time: str,
    start: float,
    season: str | None = None,
    season_as: Season = "dummies",
    season_length: int = 12,
    controls: Sequence[str] = (),
    trend: bool = True,
    slope_change: bool = True,
    exposure: str | None = None,
    errors: Errors = "ar1",
    lags: int | None = None,
    adjust: bool = True,
    restricted: bool = True,
    seasonal_ar: int = 0,
) -> InterruptedFit:
    """Fit a segmented regression with a change of level and of slope at a known period.

    Parameters
    ----------
    series : pd.DataFrame
        One row per period, at equal distances.
    outcome : str
        Column to be explained; in logarithms, effects read as shares.
    time : str
        Column with the period's number.
    start : float
        The first period after the change.
    season : str, optional
        Column with the place in the year (1 to 12); none for no seasonal terms.
    season_as : {"dummies", "harmonic", "none"}
        An effect for each place, two pairs of waves, or nothing.
    season_length : int
        Places in a year.
    controls : sequence of str
        Further columns, such as the same service elsewhere.
    trend, slope_change : bool
        Whether the series may have a trend, and whether it may turn.
    exposure : str, optional
        For counts: column of what the count is out of, such as requests; rates are compared then.
    errors : {"ar1", "newey_west", "arma", "independent", "quasi_poisson", "poisson"}
        First-order autocorrelation by generalised least squares, which covers best in series of two or
        three years (`benchmarks/recovery_service.py`); Newey-West (Bartlett weights), for long series; ARMA
        by maximum likelihood (``seasonal_ar`` adds a seasonal term); independent; or a count's
        log-linear model, its dispersion free or one.
    lags : int, optional
        For Newey-West; by default the whole number below 0.75 n^(1/3) + 1.
    adjust : bool
        Whether Newey-West variances are scaled by n/(n-k); R's ``sandwich`` leaves that out unless asked.
    restricted : bool
        Whether the autocorrelation of ``ar1`` is found by restricted likelihood, less biased in short
        series, or by full likelihood.
    seasonal_ar : int
        Seasonal autoregressive terms of ``arma``.

    Returns
    -------
    InterruptedFit

    Raises
    ------
    ModelError
        In plain words, where the series cannot answer.

    References
    ----------
    Wagner, A. K. et al. (2002). Journal of Clinical Pharmacy and Therapeutics 27, 299-309.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"bulan": np.arange(36)})
    >>> data["hari"] = 9 - 2.0 * (data["bulan"] >= 18) + rng.normal(0, 0.3, 36)
    >>> fit = fit_interrupted(data, "hari", time="bulan", start=18)
    >>> fit.table[["term", "estimate"]].round(2)
               term  estimate
    0     intercept      9.09
    1  level_change     -2.14
    2         trend     -0.01
    3  slope_change      0.03
    """
    if season_length < 2 or season_length != int(season_length):
        raise worded(RequestError, "error_season_length", n=season_length)
    if lags is not None and (lags < 0 or lags != int(lags)):
        raise worded(RequestError, "error_lags_below", lags=lags)
    columns = [outcome, time, *(name for name in (season, exposure) if name), *controls]
    used = series[list(dict.fromkeys(columns))].dropna().sort_values(time, ignore_index=True)
    when = used[time].to_numpy(dtype=float)
    _refuse_short(when, start, outcome)
    y = used[outcome].to_numpy(dtype=float)
    refuse_flat(y, outcome)
    x = _design(used, when, start, season, season_as, season_length, controls, trend, slope_change)
    if len(y) <= x.shape[1] + 1:
        raise worded(ModelError, "error_series_terms", n=len(y), k=x.shape[1])
    design = standardise(x.to_numpy(), constant=0)
    refuse_collinear(design.columns, list(x.columns))
    how: dict[str, object] = {
        "lags": lags, "adjust": adjust, "restricted": restricted, "season_length": season_length,
        "seasonal_ar": seasonal_ar, "offset": _offset(used, exposure, errors),
    }  # fmt: skip
    fit = _solved(errors, y, design, how)
    terms = list(x.columns)
    own = np.asarray(fit.beta)
    without = x.assign(**{c: 0.0 for c in ("level_change", "slope_change") if c in x}).to_numpy()
    predicted, carried = x.to_numpy() @ own, without @ own
    if errors in _COUNTED:
        out_of = 1.0 if exposure is None else used[exposure].to_numpy(dtype=float)
        predicted, carried = out_of * np.exp(predicted), out_of * np.exp(carried)
    residual = fit.residual
    lag = min(season_length, max(1, len(y) // 5))
    diagnostics = {
        "durbin_watson": float((np.diff(residual) ** 2).sum() / (residual**2).sum()),
        "ljung_box_p": float(acorr_ljungbox(residual, lags=[lag])["lb_pvalue"].iloc[0]),
        **fit.extra,
    }
    n_before = int((when < start).sum())
    return InterruptedFit(
        table=tidy(terms, own, np.sqrt(np.diag(fit.covariance)), fit.df),
        covariance=pd.DataFrame(fit.covariance, index=terms, columns=terms),
        fitted=pd.DataFrame({"time": when, "observed": y, "fitted": predicted, "counterfactual": carried}),
        outcome=outcome,
        errors=errors,
        df=fit.df,
        n=len(y),
        n_before=n_before,
        n_after=len(y) - n_before,
        diagnostics=diagnostics,
        notes=_notes(n_before, len(y) - n_before, diagnostics, errors),
        formula=formula_of(outcome, [name for name in terms if name != "intercept"]),
        convention=said(f"convention_series_{errors}"),
    )


def _solved(errors: Errors, y: np.ndarray, design: Standardised, how: dict[str, object]) -> SeriesFit:
    """Fit columns of like size, and tell the fit of the columns as they came."""
    # A count's own size bears on its chances; any other outcome is solved about zero too.
    is_count = errors in _COUNTED
    centre, unit = (0.0, 1.0) if is_count else (float(y.mean()), float(column_units(y)))
    fit = FITTERS[errors]((y - centre) / unit, design.columns, **how)
    beta = unit * design.coefficients(fit.beta)
    beta[0] += centre
    extra = dict(fit.extra)
    if "log_likelihood" in extra:
        restricted = bool(errors == "ar1" and how["restricted"])
        free = len(y) - (design.columns.shape[1] if restricted else 0)
        extra["log_likelihood"] += (design.log_determinant if restricted else 0.0) - free * float(
            np.log(unit)
        )
    if "sigma2" in extra:
        extra["sigma2"] *= unit**2
    return SeriesFit(beta, unit**2 * design.covariance(fit.covariance), unit * fit.residual, fit.df, extra)


def _refuse_short(when: np.ndarray, start: float, outcome: str) -> None:
    before, after = int((when < start).sum()), int((when >= start).sum())
    if before < _LEAST_BEFORE:
        raise worded(ModelError, "error_series_before", outcome=outcome, n=before, least=_LEAST_BEFORE)
    if after < _LEAST_AFTER:
        raise worded(ModelError, "error_series_after", outcome=outcome, n=after, least=_LEAST_AFTER)
    if len(np.unique(when)) < len(when):
        raise worded(ModelError, "error_series_twice", outcome=outcome)
    steps = np.diff(when)
    if not np.allclose(steps, steps[0]):
        raise worded(ModelError, "error_series_gaps", outcome=outcome)


def _design(
    used: pd.DataFrame, when: np.ndarray, start: float, season: str | None, season_as: Season,
    season_length: int, controls: Sequence[str], trend: bool, slope_change: bool,
) -> pd.DataFrame:  # fmt: skip
    after = (when >= start).astype(float)
    columns: dict[str, np.ndarray] = {"intercept": np.ones(len(when)), "level_change": after}
    if trend:
        columns["trend"] = when
    if slope_change:
        columns["slope_change"] = after * (when - start)
    if season and season_as == "dummies":
        place = used[season].to_numpy()
        for level in np.unique(place)[1:]:
            columns[f"season_{level}"] = (place == level).astype(float)
    if season and season_as == "harmonic":
        angle = 2 * np.pi * used[season].to_numpy(dtype=float) / season_length
        for k in (1, 2):
            columns[f"sin_{k}"], columns[f"cos_{k}"] = np.sin(k * angle), np.cos(k * angle)
    refuse_own_names(controls, columns, "fit_interrupted")
    for name in controls:
        columns[name] = used[name].to_numpy(dtype=float)
    return pd.DataFrame(columns)


def _offset(used: pd.DataFrame, exposure: str | None, errors: Errors) -> np.ndarray | None:
    if exposure is None:
        return None
    if errors not in _COUNTED:
        raise worded(RequestError, "error_exposure_unused", errors=errors, name=exposure)
    amounts = used[exposure].to_numpy(dtype=float)
    if (amounts <= 0).any():
        raise worded(ModelError, "error_exposure_nil", name=exposure, n=int((amounts <= 0).sum()))
    return np.asarray(np.log(amounts))


def _notes(before: int, after: int, diagnostics: dict[str, float], errors: str) -> tuple[str, ...]:
    notes = []
    if before + after < 24:
        notes.append(said("note_short_series", n=before + after))
    independent = errors in ("independent", *_COUNTED)
    if independent and diagnostics["ljung_box_p"] < 0.05:
        notes.append(said("note_errors_over_time"))
    return tuple(notes)


@estimator(outcome=Role.MEASURE, time=Role.MEASURE)
def before_after(series: pd.DataFrame, outcome: str, *, time: str, start: float) -> pd.Series:
    """Return the bare difference of means after and before, as if no trend and no season were there.

    It is what a table of two years shows, and it is wrong wherever the series had a course of its own.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"bulan": np.arange(36)})
    >>> data["hari"] = 9 - 2.0 * (data["bulan"] >= 18) + rng.normal(0, 0.3, 36)
    >>> before_after(data, "hari", time="bulan", start=18)[["estimate", "std_error"]].astype(float).round(2).to_dict()
    {'estimate': -2.03, 'std_error': 0.1}
    """
    used = series[[outcome, time]].dropna()
    after = used[time] >= start
    values = used[outcome].astype(float)
    first, last = values[~after], values[after]
    if len(first) < 2 or len(last) < 2:
        raise worded(ModelError, "error_series_sides", outcome=outcome)
    test = stats.ttest_ind(last, first, equal_var=False)
    error = (first.var() / len(first) + last.var() / len(last)) ** 0.5
    difference = float(last.mean() - first.mean())
    return tidy(["before_after"], np.array([difference]), np.array([error]), float(test.df)).iloc[0]
