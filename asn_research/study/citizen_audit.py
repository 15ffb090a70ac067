"""The rating levels of units compared with the satisfaction of their citizens, corrected for the noise of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from asn_research.errors import ModelError
from asn_research.methods.parts import Parts

Array = np.ndarray


@dataclass(frozen=True, repr=False)
class CrossAudit(Parts):
    """Whether units that rate generously are those with content citizens.

    Parameters
    ----------
    correlation, low, high : float
        Between the units' true rating levels and true indices, sampling noise taken out; 95 % interval
        by profile likelihood.
    naive : float
        The plain correlation of the estimates.
    rating_sd, index_sd : float
        Spreads of the true values between units.
    n_units : int
        Units with both.
    """

    correlation: float
    low: float
    high: float
    naive: float
    rating_sd: float
    index_sd: float
    n_units: int

    def sentence(self) -> str:
        """Return in words what the comparison says."""
        span = f"{self.correlation:+.2f} (95 % interval {self.low:+.2f} to {self.high:+.2f}, {self.n_units} units)"
        if self.low > 0:
            return f"Units that rate their staff higher have more content citizens: correlation {span}."
        if self.high < 0:
            return f"Units that rate their staff higher have less content citizens: correlation {span}."
        return (
            f"Whether units that rate higher have more content citizens cannot be said: correlation {span}."
        )


def cross_audit(levels: pd.DataFrame, indices: pd.DataFrame) -> CrossAudit:
    """Compare the rating levels of units with the satisfaction of their citizens.

    Parameters
    ----------
    levels : pd.DataFrame
        From `unit_levels`: unit_id, own_level, own_error.
    indices : pd.DataFrame
        unit_id, index, std_error: satisfaction over the same time.

    Returns
    -------
    CrossAudit

    Raises
    ------
    ModelError
        With fewer than eight units, or where either does not differ between units beyond noise.
    """
    both = levels[["unit_id", "own_level", "own_error"]].merge(
        indices[["unit_id", "index", "std_error"]], on="unit_id"
    ).dropna()  # fmt: skip
    if len(both) < 8:
        msg = f"Only {len(both)} units have both ratings and a citizen survey; at least 8 are needed to compare them."
        raise ModelError(msg)
    x, y = both["own_level"].to_numpy(), both["index"].to_numpy()
    noise = both["own_error"].to_numpy() ** 2, both["std_error"].to_numpy() ** 2
    naive = float(np.corrcoef(x, y)[0, 1])

    def deviance(free: Array, rho: float) -> float:
        tau, omega = np.exp(free)
        a, b, c = tau**2 + noise[0], omega**2 + noise[1], rho * tau * omega
        determinant = a * b - c * c
        # The means are profiled out by generalised least squares.
        weights = np.array(
            [
                [np.sum(b / determinant), -np.sum(c / determinant)],
                [-np.sum(c / determinant), np.sum(a / determinant)],
            ]
        )
        right = np.array([np.sum((b * x - c * y) / determinant), np.sum((a * y - c * x) / determinant)])
        mx, my = np.linalg.solve(weights, right)
        dx, dy = x - mx, y - my
        return float(np.sum(np.log(determinant) + (b * dx**2 - 2 * c * dx * dy + a * dy**2) / determinant))

    start = np.log([max(np.std(x), 1e-3), max(np.std(y), 1e-3)])

    def profile(rho: float) -> tuple[float, Array]:
        found = optimize.minimize(
            deviance, start, args=(rho,), method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-8}
        )
        return float(found.fun), found.x

    best = optimize.minimize_scalar(
        lambda r: profile(r)[0], bounds=(-0.999, 0.999), method="bounded", options={"xatol": 1e-5}
    )
    rho, limit = float(best.x), float(best.fun) + stats.chi2.ppf(0.95, 1)
    spreads = np.exp(profile(rho)[1])
    if spreads[0] < 0.05 * np.std(x) or spreads[1] < 0.05 * np.std(y):
        what = "rating levels" if spreads[0] < 0.05 * np.std(x) else "indices of citizens"
        msg = f"The units' {what} differ by no more than chance, so nothing can go with them."
        raise ModelError(msg)
    return CrossAudit(
        rho, _end(profile, rho, -0.999, limit), _end(profile, rho, 0.999, limit), naive,
        float(spreads[0]), float(spreads[1]), len(both),
    )  # fmt: skip


def _end(profile: Callable[[float], tuple[float, Array]], rho: float, end: float, limit: float) -> float:
    if profile(end)[0] <= limit:
        return float(np.sign(end))
    return float(optimize.brentq(lambda r: profile(r)[0] - limit, *sorted((rho, end)), xtol=1e-4))
