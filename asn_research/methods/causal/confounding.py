"""How strong something unmeasured would have to be, to undo an estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from numbers import Real

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError, RequestError
from asn_research.methods.estimator import Role, estimator, options_checked
from asn_research.methods.panel.fixed_effects import fit_panel
from asn_research.methods.parts import Parts
from asn_research.rules.words import worded

#: A share, or many.
Strength = float | np.ndarray


@dataclass(frozen=True, repr=False)
class Robustness(Parts):
    """How much hidden confounding an estimate can bear.

    Parameters
    ----------
    robustness_value : float
        A confounder that explained this share of what is left of both exposure and outcome would
        bring the estimate to zero (a share of 1).
    robustness_value_significant : float
        The same, until the 95 % interval holds zero.
    partial_r2 : float
        Share of what is left of the outcome that the exposure explains; one that explained all of the
        rest of the outcome would have to explain this much of the exposure.
    """

    robustness_value: float
    robustness_value_significant: float
    partial_r2: float


@options_checked
def robustness(estimate: float, std_error: float, df: float, *, alpha: float = 0.05) -> Robustness:
    """Return what hidden confounding an estimate can bear.

    Parameters
    ----------
    estimate, std_error : float
        Of a linear regression whose errors are taken as independent: strengths are shares of variation,
        and a clustered error is not a measure of those.
    df : float
        Its residual degrees of freedom, fixed effects counted.
    alpha : float
        One less the interval's level.

    Raises
    ------
    ModelError
        If the error is not a positive number.

    References
    ----------
    Cinelli, C., Hazlett, C. (2020). Journal of the Royal Statistical Society B 82, 39-67.

    Examples
    --------
    >>> round(robustness(0.5, 0.1, 100).robustness_value, 3)
    0.39
    """
    _refuse_no_fit(estimate, std_error, df)
    t = abs(estimate / std_error)
    f = t / sqrt(df)
    critical = float(stats.t.ppf(1 - alpha / 2, df - 1)) / sqrt(df - 1)
    return Robustness(
        robustness_value=float(_value(f)),
        robustness_value_significant=float(_value(max(0.0, f - critical))),
        partial_r2=float(f**2 / (1 + f**2)),
    )


def _refuse_no_fit(estimate: object, std_error: object, df: object) -> None:
    """Refuse what is no estimate with an error and degrees of freedom."""
    numbers = [
        float(value)
        for value in (estimate, std_error, df)
        if isinstance(value, Real) and np.isfinite(float(value))
    ]
    if len(numbers) < 3 or not numbers[1] > 0 or numbers[2] <= 2:
        raise worded(ModelError, "error_sensitivity_error")


def adjusted(
    estimate: float, std_error: float, df: float, r2_exposure: float, r2_outcome: float
) -> tuple[float, float, float]:
    """Return the estimate and its 95 % interval after a confounder of the given strengths worked against it."""
    bias = float(_bias(std_error, df, r2_exposure, r2_outcome))
    error = std_error * sqrt((1 - r2_outcome) / (1 - r2_exposure) * df / (df - 1))
    moved = estimate - bias if estimate > 0 else estimate + bias
    width = float(stats.t.ppf(0.975, df - 1)) * error
    return moved, moved - width, moved + width


def adjusted_estimates(
    estimate: float, std_error: float, df: float, r2_exposure: Sequence[float], r2_outcome: Sequence[float]
) -> pd.DataFrame:
    """Return what would be left of an estimate under hidden causes of all pairs of given strengths.

    Parameters
    ----------
    estimate, std_error, df : float
        The fit.
    r2_exposure, r2_outcome : sequence of float
        Shares of residual variance of exposure and outcome that the hidden cause takes up.

    Examples
    --------
    >>> found = adjusted_estimates(0.5, 0.1, 100, [0.0, 0.1], [0.0, 0.1])
    >>> found.round(3)
       r2_exposure  r2_outcome  adjusted
    0          0.0         0.0     0.500
    1          0.1         0.0     0.500
    2          0.0         0.1     0.500
    3          0.1         0.1     0.395
    """
    _refuse_no_fit(estimate, std_error, df)
    shares = np.array([*r2_exposure, *r2_outcome], dtype=float)
    if not ((shares >= 0) & (shares < 1)).all():
        raise worded(RequestError, "error_strengths")
    x, y = np.meshgrid(np.asarray(r2_exposure, dtype=float), np.asarray(r2_outcome, dtype=float))
    left = np.sign(estimate) * (abs(estimate) - _bias(std_error, df, x, y))
    return pd.DataFrame({"r2_exposure": x.ravel(), "r2_outcome": y.ravel(), "adjusted": left.ravel()})


def bounds(
    estimate: float, std_error: float, df: float, *, t_control_outcome: float, t_control_exposure: float,
    strengths: tuple[float, ...] = (1, 2, 3),
) -> pd.DataFrame:  # fmt: skip
    """Return the estimate if a hidden confounder were one, two, three times as strong as a measured control.

    Parameters
    ----------
    estimate, std_error, df : float
        Of the exposure, in the regression that holds the control.
    t_control_outcome : float
        The control's t in that regression.
    t_control_exposure : float
        The control's t in the regression of the exposure on the other terms.
    strengths : tuple of float
        Multiples of the control's strength; those with which the confounder would explain all of the exposure are
        left out.

    Examples
    --------
    >>> found = bounds(0.5, 0.1, 100, t_control_outcome=2.0, t_control_exposure=1.5)
    >>> found.round(3)
       strength  r2_exposure  r2_outcome  estimate    low   high
    0         1        0.022       0.042     0.469  0.272  0.667
    1         2        0.045       0.084     0.438  0.242  0.633
    2         3        0.067       0.126     0.405  0.212  0.598
    """
    _refuse_no_fit(estimate, std_error, df)
    with_exposure = t_control_exposure**2 / (t_control_exposure**2 + df + 1)
    with_outcome = t_control_outcome**2 / (t_control_outcome**2 + df)
    rows = []
    for k in strengths:
        odds = with_exposure / (1 - with_exposure)
        r2_exposure = k * odds
        if r2_exposure >= 1:
            break
        shared = k * with_exposure**2 / ((1 - k * with_exposure) * (1 - with_exposure))
        eta = (sqrt(k) + sqrt(max(shared, 0.0))) / sqrt(max(1 - shared, 1e-12))
        r2_outcome = min(1.0, eta**2 * with_outcome / (1 - with_outcome))
        rows.append((k, r2_exposure, r2_outcome, *adjusted(estimate, std_error, df, r2_exposure, r2_outcome)))
    if not rows:
        raise worded(ModelError, "error_bounds_too_strong")
    return pd.DataFrame(rows, columns=["strength", "r2_exposure", "r2_outcome", "estimate", "low", "high"])


def _bias(std_error: float, df: float, r2_exposure: Strength, r2_outcome: Strength) -> Strength:
    return std_error * np.sqrt(df * r2_outcome * r2_exposure / (1 - r2_exposure))


def _value(f: float) -> float:
    return 0.5 * (sqrt(f**4 + 4 * f**2) - f**2)


@estimator(
    outcome=Role.MEASURE, exposure=Role.MEASURE, controls=Role.MEASURE, effects=Role.LABEL, cluster=Role.LABEL
)
def one_control_at_a_time(
    frame: pd.DataFrame, outcome: str, exposure: str, controls: Sequence[str], *, effects: Sequence[str], cluster: str
) -> pd.DataFrame:  # fmt: skip
    """Return the exposure's slope without controls, with each control alone, and with all together.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per entity and period.
    outcome, exposure : str
        Columns.
    controls : sequence of str
        Columns held fixed, one at a time.
    effects : sequence of str
        Fixed effects.
    cluster : str
        What errors are clustered by.

    Returns
    -------
    pd.DataFrame
        One row per choice: held_fixed, estimate, std_error, low, high, n. All use the same rows.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(30), 4), "triwulan": np.tile(np.arange(4), 30)})
    >>> data["unit"] = data["pegawai"] % 6
    >>> data["jp"] = rng.normal(size=120)
    >>> data["motivasi"] = 0.5 * data["jp"] + rng.normal(size=30)[data["pegawai"]] + rng.normal(0, 0.5, 120)
    >>> data["mutu"] = 0.4 * data["motivasi"] + 0.2 * data["jp"] + rng.normal(0, 0.5, 120)
    >>> found = one_control_at_a_time(data, "mutu", "jp", ["motivasi"], effects=["pegawai"], cluster="unit")
    >>> found[["estimate", "std_error"]].round(2)
       estimate  std_error
    0      0.35       0.06
    1      0.10       0.10
    2      0.10       0.10
    """
    used = frame.dropna(subset=[outcome, exposure, *controls])
    rows = []
    for fixed in [(), *((c,) for c in controls), tuple(controls)]:
        fit = fit_panel(used, outcome, [exposure, *fixed], effects=effects, cluster=cluster)
        found = fit.row(exposure)
        name = "all together" if len(fixed) > 1 else (fixed[0] if fixed else "nothing")
        rows.append((name, *(float(found[c]) for c in ("estimate", "std_error", "low", "high")), fit.n))
    return pd.DataFrame(rows, columns=["held_fixed", "estimate", "std_error", "low", "high", "n"])
