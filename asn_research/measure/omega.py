"""McDonald's omega from a fitted factor model, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from asn_research.measure.changes import Z_95
from asn_research.measure.factor import FactorFit, fit_factors
from asn_research.measure.factor_model import implied

Array = np.ndarray


@dataclass(frozen=True)
class Omega:
    """The share of a sum score's variance that the factors explain.

    Parameters
    ----------
    value, low, high : float
        Estimate and 95 % interval, by the delta method on the log of the unexplained share.
    n : int
        Complete respondents.
    """

    value: float
    low: float
    high: float
    n: int


def omega_total(fit: FactorFit, items: Sequence[str] | None = None) -> Omega:
    """Compute omega total of the sum of some items, from a factor model.

    For items of one factor this is omega hierarchical as well: there is no second factor to part the
    explained variance with. For items of several correlated factors it counts what all of them
    explain; a hierarchical omega would need a general factor, which no scale here claims.

    Parameters
    ----------
    fit : FactorFit
        Of the first group, where there are several.
    items : sequence of str, optional
        All items without it.

    References
    ----------
    McDonald, R. P. (1999). Test theory, 88-90. Raykov, T. (2002). Structural Equation Modeling 9, 195-212.
    """
    chosen = np.array([item in items if items is not None else True for item in fit.model.items], dtype=float)
    value = _share(fit, fit.values, chosen)
    slope = np.empty(len(fit.values))
    for k in range(len(slope)):
        shift = np.zeros(len(slope))
        shift[k] = 1e-5 * max(1.0, abs(fit.values[k]))
        slope[k] = (_share(fit, fit.values + shift, chosen) - _share(fit, fit.values - shift, chosen)) / (
            2 * shift[k]
        )
    error = float(np.sqrt(slope @ fit.covariance @ slope))
    if not 0 < value < 1:
        return Omega(value, np.nan, np.nan, fit.n)
    stretch = float(np.exp(Z_95 * error / (1 - value)))
    return Omega(value, 1 - (1 - value) * stretch, 1 - (1 - value) / stretch, fit.n)


def _share(fit: FactorFit, values: Array, chosen: Array) -> float:
    says = implied(fit.model, values)
    weights = chosen @ says.loadings
    return float(weights @ says.factor_covariance @ weights / (chosen @ says.covariance @ chosen))


def scale_omega(items: pd.DataFrame) -> Omega:
    """Fit one factor to a scale of three items or more and compute omega.

    Raises
    ------
    ModelError
        Where no factor model can be fitted.
    """
    return omega_total(
        fit_factors(items, {"scale": [str(c) for c in items]}, scaling="variance", robust=True)
    )
