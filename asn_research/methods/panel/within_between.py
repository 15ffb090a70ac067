"""Within and between: an organisation beside itself, and organisations beside each other.

The two slopes answer different questions. The first compares an organisation with itself; the second
compares organisations with each other and takes in all that sets them apart. Where they disagree,
the second is not evidence for the first.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
import statsmodels.api as sm

from asn_research.errors import ModelError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.formula import by_formula, formula_of
from asn_research.methods.result import Result, tidy
from asn_research.methods.scaling import centred, column_units
from asn_research.rules.words import said, worded


@dataclass(frozen=True, repr=False)
class WithinBetweenFit(Result):
    """A fitted within-between model with random intercepts.

    Parameters
    ----------
    table : pd.DataFrame
        Rows intercept, within, between: estimate, std_error, z, p_value, low, high (95 %).
    intercept_sd, slope_sd, residual_sd : float
        Spread of organisations' levels, of their own slopes (nan where not asked for), and of the rest.
    correlation : float
        Of levels and slopes.
    n, n_entities : int
        Rows and organisations.
    log_likelihood : float
        Restricted.
    formula, convention : str
        What was fitted, and how errors are scaled.
    notes : tuple of str
        What limits the reading.
    """

    OWN_TERMS: ClassVar[tuple[str, ...]] = ("within", "between", "difference")

    table: pd.DataFrame
    intercept_sd: float
    slope_sd: float
    residual_sd: float
    correlation: float
    n: int
    n_entities: int
    log_likelihood: float
    formula: str = ""
    convention: str = ""
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, object]:
        """Return rows, entities and spreads."""
        spreads = {
            said("fact_intercept_sd"): self.intercept_sd, said("fact_slope_sd"): self.slope_sd,
            said("fact_residual_sd"): self.residual_sd,
        }  # fmt: skip
        return {**super().facts(), said("fact_entities"): self.n_entities} | {
            name: value for name, value in spreads.items() if np.isfinite(value)
        }


@by_formula("exposure", ("entity", "period"))
@estimator(outcome=Role.MEASURE, exposure=Role.MEASURE, entity=Role.LABEL, period=Role.LABEL)
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

    Notes
    -----
    Called by its arguments, or by a formula: ``fit_within_between("puas ~ jp | dinas + tahun", data)``.
    statsmodels does the fit: ``smf.mixedlm("puas ~ jp_within + jp_between", data, groups=data["dinas"])``, the
    regressor parted and brought to like size before, and errors that take the spreads as known, as lme4's.

    References
    ----------
    Bell, A., Fairbrother, M., Jones, K. (2019). Quality & Quantity 53, 1051-1074.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(30), 4), "triwulan": np.tile(np.arange(4), 30)})
    >>> data["unit"] = data["pegawai"] % 6
    >>> data["jp"] = rng.normal(size=120)
    >>> data["motivasi"] = 0.5 * data["jp"] + rng.normal(size=30)[data["pegawai"]] + rng.normal(0, 0.5, 120)
    >>> data["mutu"] = 0.4 * data["motivasi"] + 0.2 * data["jp"] + rng.normal(0, 0.5, 120)
    >>> fit = fit_within_between(data, "mutu", "jp", entity="pegawai")
    >>> fit.table[["term", "estimate"]].round(2)
            term  estimate
    0  intercept     -0.11
    1     within      0.35
    2    between      0.53
    """
    used = frame[[outcome, exposure, entity, *([period] if period else [])]].dropna()
    y_unit, x_unit = float(column_units(used[outcome])), float(column_units(used[exposure]))
    if used[entity].nunique() < 5:
        raise worded(ModelError, "error_within_few", n=used[entity].nunique(), entity=entity)
    # The optimiser is sure of itself only about zero and where columns are of like size.
    values = pd.Series(centred(used[exposure]) / x_unit, index=used.index)
    mean = values.groupby(used[entity]).transform("mean")
    within = values - mean
    if float(within.std()) < 1e-9 * float(values.std()) or not values.any():
        raise worded(ModelError, "error_flat_within", name=exposure, entity=entity)
    x = pd.DataFrame({"intercept": 1.0, "within": within, "between": mean}, index=used.index)
    if period:
        x = pd.concat(
            [x, pd.get_dummies(used[period], prefix="period", drop_first=True, dtype=float)], axis=1
        )
    size = float(within.std())
    z = np.column_stack([np.ones(len(x)), within / size]) if random_slope else np.ones((len(x), 1))
    groups = used[entity].to_numpy()
    y = centred(used[outcome]) / y_unit
    model = sm.MixedLM(y, x.to_numpy(), groups=groups, exog_re=z)
    with warnings.catch_warnings():
        # What the optimiser has to say is in `converged`.
        warnings.simplefilter("ignore")
        fit = model.fit(reml=True, method=["bfgs", "lbfgs", "powell"], gtol=1e-10, maxiter=2000)
    if not fit.converged:
        raise worded(ModelError, "error_within_unconverged")
    estimates = fit.fe_params[:3]
    of_fixed = _fixed_covariance(x.to_numpy(), z, groups, np.asarray(fit.cov_re), fit.scale)[:3, :3]
    # Back from columns of like size about zero: the slopes take the units, the intercept the origin.
    ratio = y_unit / x_unit
    back = np.array([[y_unit, 0, -ratio * used[exposure].mean()], [0, ratio, 0], [0, 0, ratio]])
    estimates = back @ estimates + np.array([used[outcome].mean(), 0.0, 0.0])
    errors = np.sqrt(np.diag(back @ of_fixed @ back.T))
    covariance = np.asarray(fit.cov_re)
    sd = np.sqrt(np.diag(covariance)) * y_unit / np.array([1.0, size * x_unit])[: len(covariance)]
    free = len(y) - x.shape[1]
    likelihood = float(fit.llf) - free * float(np.log(y_unit)) - 2 * float(np.log(x_unit))
    return WithinBetweenFit(
        table=tidy(["intercept", "within", "between"], estimates, errors),
        intercept_sd=float(sd[0]),
        slope_sd=float(sd[1]) if random_slope else float("nan"),
        residual_sd=y_unit * float(fit.scale**0.5),
        correlation=float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])) if random_slope else float("nan"),
        n=len(used),
        n_entities=int(used[entity].nunique()),
        log_likelihood=likelihood,
        formula=formula_of(outcome, [exposure], [entity, *([period] if period else [])]),
        convention=said("convention_reml"),
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
