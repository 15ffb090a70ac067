"""Within and between: an organisation beside itself, and organisations beside each other.

The two slopes answer different questions. The first compares an organisation with itself; the second
compares organisations with each other and takes in all that sets them apart. Where they disagree,
the second is not evidence for the first.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm

from asn_research.errors import ModelError


@dataclass(frozen=True)
class WithinBetweenFit:
    """A fitted within-between model with random intercepts.

    Parameters
    ----------
    table : pd.DataFrame
        Rows intercept, within, between: estimate, std_error, z, low, high (95 %).
    intercept_sd, slope_sd, residual_sd : float
        Spread of organisations' levels, of their own slopes (nan where not asked for), and of the rest.
    correlation : float
        Of levels and slopes.
    n, n_entities : int
        Rows and organisations.
    log_likelihood : float
        Restricted.
    """

    table: pd.DataFrame
    intercept_sd: float
    slope_sd: float
    residual_sd: float
    correlation: float
    n: int
    n_entities: int
    log_likelihood: float

    def row(self, term: str) -> pd.Series:
        """Return the row of ``intercept``, ``within`` or ``between``."""
        return self.table.loc[self.table["term"] == term].iloc[0]


def fit_within_between(
    frame: pd.DataFrame,
    outcome: str,
    exposure: str,
    *,
    entity: str,
    period: str | None = None,
    random_slope: bool = False,
) -> WithinBetweenFit:
    """Fit the within-between model by restricted maximum likelihood.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per organisation and period.
    outcome, exposure : str
        Columns; the exposure is parted into its organisation's mean and the distance from it.
    entity : str
        Column that names the organisation.
    period : str, optional
        Column whose levels get an effect.
    random_slope : bool
        Whether organisations may differ in the within slope.

    Returns
    -------
    WithinBetweenFit

    Raises
    ------
    ModelError
        With fewer than five organisations, or without convergence.

    References
    ----------
    Bell, A., Fairbrother, M., Jones, K. (2019). Quality & Quantity 53, 1051-1074.
    """
    used = frame[[outcome, exposure, entity, *([period] if period else [])]].dropna()
    if used[entity].nunique() < 5:
        msg = f"Only {used[entity].nunique()} organisations; at least five are needed to tell within from between."
        raise ModelError(msg)
    mean = used.groupby(entity)[exposure].transform("mean")
    within = used[exposure] - mean
    if float(within.std()) < 1e-9:
        msg = (
            f"{exposure} does not change within any organisation over time, so nothing can be learnt from it."
        )
        raise ModelError(msg)
    x = pd.DataFrame({"intercept": 1.0, "within": within, "between": mean}, index=used.index)
    if period:
        x = pd.concat(
            [x, pd.get_dummies(used[period], prefix="period", drop_first=True, dtype=float)], axis=1
        )
    # The optimiser is sure of itself only where level and slope are of like size.
    size = float(within.std())
    z = np.column_stack([np.ones(len(x)), within / size]) if random_slope else np.ones((len(x), 1))
    groups = used[entity].to_numpy()
    model = sm.MixedLM(used[outcome].to_numpy(), x.to_numpy(), groups=groups, exog_re=z)
    with warnings.catch_warnings():
        # What the optimiser has to say is in `converged`.
        warnings.simplefilter("ignore")
        fit = model.fit(reml=True, method=["bfgs", "lbfgs", "powell"], gtol=1e-10, maxiter=2000)
    if not fit.converged:
        msg = "The within-between model did not converge; leave the random slope out."
        raise ModelError(msg)
    estimates = fit.fe_params[:3]
    errors = np.sqrt(np.diag(_fixed_covariance(x.to_numpy(), z, groups, np.asarray(fit.cov_re), fit.scale)))[
        :3
    ]
    covariance = np.asarray(fit.cov_re)
    sd = np.sqrt(np.diag(covariance)) / np.array([1.0, size])[: len(covariance)]
    return WithinBetweenFit(
        table=pd.DataFrame(
            {
                "term": ["intercept", "within", "between"], "estimate": estimates, "std_error": errors,
                "z": estimates / errors, "low": estimates - 1.959964 * errors, "high": estimates + 1.959964 * errors,
            }
        ),
        intercept_sd=float(sd[0]),
        slope_sd=float(sd[1]) if random_slope else float("nan"),
        residual_sd=float(fit.scale**0.5),
        correlation=float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])) if random_slope else float("nan"),
        n=len(used),
        n_entities=int(used[entity].nunique()),
        log_likelihood=float(fit.llf),
    )  # fmt: skip


def _fixed_covariance(
    x: np.ndarray, z: np.ndarray, groups: np.ndarray, between: np.ndarray, scale: float
) -> np.ndarray:
    """Covariance of the fixed part given the spreads, as lme4 gives it; statsmodels' counts their error too."""
    information = np.zeros((x.shape[1], x.shape[1]))
    for group in pd.unique(groups):
        rows = groups == group
        spread = scale * np.eye(int(rows.sum())) + z[rows] @ between @ z[rows].T
        information += x[rows].T @ np.linalg.solve(spread, x[rows])
    covariance: np.ndarray = np.linalg.inv(information)
    return covariance
