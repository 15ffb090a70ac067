"""McDonald's omega from a fitted factor model, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from asn_research.methods.estimates import Z_95
from asn_research.methods.scales.factor import FactorFit, fit_factors
from asn_research.methods.scales.factor_model import free_places, slopes_of

Array = np.ndarray


@dataclass(frozen=True)
class Omega:
    """McDonald's omega: the share of a sum score's variance that the factors explain.

    Parameters
    ----------
    value, low, high : float
        Estimate and 95 % interval, by the delta method on the log of the unexplained share.
    n : int
        Number of complete respondents.
    """

    value: float
    low: float
    high: float
    n: int


def omega_total(fit: FactorFit, items: Sequence[str] | None = None) -> Omega:
    """Compute omega total of the sum of some items, from a factor model.

    For items of one factor it equals omega hierarchical, because there is no second factor. For items of
    several correlated factors it counts the variance that all factors explain. A hierarchical omega would
    need a general factor, which no scale of this package has.

    Parameters
    ----------
    fit : FactorFit
        A fitted model; of several groups, the first is used.
    items : sequence of str, optional
        The summed items; by default all.

    References
    ----------
    McDonald, R. P. (1999). Test theory, 88-90. Raykov, T. (2002). Structural Equation Modeling 9, 195-212.
    """
    chosen = np.array([item in items if items is not None else True for item in fit.model.items], dtype=float)
    value, slope = _share(fit, chosen)
    error = float(np.sqrt(slope @ fit.covariance @ slope))
    if not 0 < value < 1:
        return Omega(value, np.nan, np.nan, fit.n)
    stretch = float(np.exp(Z_95 * error / (1 - value)))
    return Omega(value, 1 - (1 - value) * stretch, 1 - (1 - value) / stretch, fit.n)


def _share(fit: FactorFit, chosen: Array) -> tuple[float, Array]:
    """Return the explained share of the variance of a sum, and its derivative by each parameter."""
    says = fit.group()
    slopes = slopes_of(fit.model, says)
    weights = chosen @ says.loadings
    whole = float(chosen @ says.covariance @ chosen)
    value = float(weights @ says.factor_covariance @ weights) / whole
    of_whole = 2 * (chosen @ slopes.left) * (chosen @ slopes.right)
    # Every parameter but a residual changes the explained variance by as much as the total variance.
    of_explained = of_whole.copy()
    of_explained[free_places(fit.model.layout.residual[0])[0]] = 0
    return value, (of_explained - value * of_whole) / whole


def scale_omega(items: pd.DataFrame) -> Omega:
    """Fit one factor to a scale of three items or more, and compute its omega.

    Raises
    ------
    ModelError
        If no factor model can be fitted.
    """
    return omega_total(
        fit_factors(items, {"scale": [str(c) for c in items]}, scaling="variance", robust=True)
    )
