"""Ways to fit a series by its errors: independent, autocorrelated, Newey-West, ARMA, counts."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import statsmodels.api as sm
from scipy import optimize
from statsmodels.stats.sandwich_covariance import cov_hac
from statsmodels.tsa.statespace.sarimax import SARIMAX

from asn_research.errors import ModelError
from asn_research.rules.words import worded


@dataclass(frozen=True)
class SeriesFit:
    """What a fitter returns, before it is worded."""

    beta: np.ndarray
    covariance: np.ndarray
    residual: np.ndarray
    df: float
    extra: dict[str, float] = field(default_factory=dict)


def _least_squares(y: np.ndarray, x: np.ndarray, **_: object) -> SeriesFit:
    fit = sm.OLS(y, x).fit()
    return SeriesFit(fit.params, fit.cov_params(), fit.resid, fit.df_resid)


def _newey_west(y: np.ndarray, x: np.ndarray, *, lags: int | None, adjust: bool, **_: object) -> SeriesFit:
    n = len(y)
    lag = int(0.75 * n ** (1 / 3)) + 1 if lags is None else lags
    fit = sm.OLS(y, x).fit()
    covariance = cov_hac(fit, nlags=lag, use_correction=adjust)
    return SeriesFit(fit.params, covariance, fit.resid, fit.df_resid, {"lags": float(lag)})


def _ar1(y: np.ndarray, x: np.ndarray, *, restricted: bool, **_: object) -> SeriesFit:
    """Generalised least squares with first-order autocorrelation, phi where the likelihood peaks."""
    n, k = x.shape
    found = optimize.minimize_scalar(
        lambda phi: -_ar1_likelihood(phi, y, x, restricted=restricted), bounds=(-0.999, 0.999), method="bounded",
        options={"xatol": 1e-10},
    )  # fmt: skip
    phi = float(found.x)
    z, u = _whitened(phi, x), _whitened(phi, y[:, None])[:, 0]
    fit = sm.OLS(u, z).fit()
    extra = {"autocorrelation": phi, "log_likelihood": -float(found.fun)}
    return SeriesFit(fit.params, fit.cov_params(), fit.resid, n - k, extra)


def _whitened(phi: float, columns: np.ndarray) -> np.ndarray:
    out = columns.astype(float).copy()
    out[1:] -= phi * columns[:-1]
    out[0] *= (1 - phi**2) ** 0.5
    return out


def _ar1_likelihood(phi: float, y: np.ndarray, x: np.ndarray, *, restricted: bool) -> float:
    n, k = x.shape
    z, u = _whitened(phi, x), _whitened(phi, y[:, None])[:, 0]
    beta, *_ = np.linalg.lstsq(z, u, rcond=None)
    squares = float(((u - z @ beta) ** 2).sum())
    free = n - k if restricted else n
    scale = np.log(squares / free) + 1 + np.log(2 * np.pi)
    lost = 0.5 * np.linalg.slogdet(z.T @ z)[1] if restricted else 0.0
    return float(0.5 * np.log(1 - phi**2) - 0.5 * free * scale - lost)


def _arma(y: np.ndarray, x: np.ndarray, *, season_length: int, seasonal_ar: int, **_: object) -> SeriesFit:
    seasonal = (seasonal_ar, 0, 0, season_length if seasonal_ar else 0)
    model = SARIMAX(y, exog=x, order=(1, 0, 0), seasonal_order=seasonal)
    with warnings.catch_warnings():
        # Both steps may stop short of their own tolerance; the gradient below decides.
        warnings.simplefilter("ignore")
        first = model.fit(disp=0, maxiter=500, method="lbfgs")
        found = model.fit(first.params, disp=0, maxiter=500, method="bfgs", gtol=1e-9)
        # Errors from the likelihood's own curvature; the default's approximation is off by a tenth here.
        fit = model.smooth(found.params, cov_type="approx")
    steep = float(np.abs(model.score(fit.params) * fit.bse).max())
    if not np.isfinite(fit.bse).all() or steep > 1e-2:
        raise worded(ModelError, "error_arma_unconverged")
    k = x.shape[1]
    names = list(fit.model.param_names)
    errors = np.sqrt(np.diag(fit.cov_params()))
    extra = {"log_likelihood": float(fit.llf), "sigma2": float(fit.params[-1])}
    for name, label in (("ar.L1", "ar1"), (f"ar.S.L{season_length}", "seasonal_ar1")):
        if name in names:
            extra[label] = float(fit.params[names.index(name)])
            extra[f"{label}_std_error"] = float(errors[names.index(name)])
    return SeriesFit(fit.params[:k], fit.cov_params()[:k, :k], np.asarray(fit.resid), np.inf, extra)


def _poisson(y: np.ndarray, x: np.ndarray, **how: Any) -> SeriesFit:
    return _quasi_poisson(y, x, scale=1.0, **how)


def _quasi_poisson(
    y: np.ndarray, x: np.ndarray, *, offset: np.ndarray | None = None, scale: Any = "X2", **_: object
) -> SeriesFit:
    if (y < 0).any():
        raise worded(ModelError, "error_negative_count")
    fit = sm.GLM(y, x, family=sm.families.Poisson(), offset=offset).fit(scale=scale, tol=1e-12, maxiter=200)
    df = fit.df_resid if scale == "X2" else np.inf
    return SeriesFit(fit.params, fit.cov_params(), fit.resid_pearson, df, {"dispersion": fit.scale})


FITTERS: dict[str, Callable[..., SeriesFit]] = {
    "independent": _least_squares,
    "newey_west": _newey_west,
    "ar1": _ar1,
    "arma": _arma,
    "quasi_poisson": _quasi_poisson,
    "poisson": _poisson,
}
