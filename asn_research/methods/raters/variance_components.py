"""Variance components: the variance of a score between and within units, by (restricted) likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize

from asn_research.errors import ModelError
from asn_research.rules.words import worded

Array = np.ndarray


@dataclass(frozen=True)
class Components:
    """Variance between and within units, and the shrunken effects of the units.

    Parameters
    ----------
    mean, std_error : float
        The mean over units, and its standard error.
    between, within : float
        Variances. A variance between units of exactly zero means that unit means differ no more than the
        variance within units explains. It is an estimate at its limit, not a proof that units are equal.
    effects : pd.Series
        By unit, the shrunken distance from the mean; all zero if ``between`` is zero.
    """

    mean: float
    std_error: float
    between: float
    within: float
    effects: pd.Series

    @property
    def is_zero(self) -> bool:
        """Whether the estimated variance between units is zero."""
        return self.between == 0


def variance_components(score: pd.Series, unit: pd.Series, *, restricted: bool = True) -> Components:
    """Split the variance of a score into the variance between units and that within units.

    Parameters
    ----------
    score, unit : pd.Series
        One row per person; units may have different sizes.
    restricted : bool
        Whether to use the restricted likelihood (REML); otherwise the full likelihood.

    Raises
    ------
    ModelError
        If there are fewer than two units, no unit has two scores, or all scores are equal.
    """
    rows = pd.DataFrame({"score": score.astype("float64"), "unit": unit}).dropna()
    groups = rows.groupby("unit", observed=True)["score"]
    n, means = groups.size().to_numpy(dtype=float), groups.mean().to_numpy()
    inside = float(((rows["score"] - groups.transform("mean")) ** 2).sum())
    if len(n) < 2 or n.max() < 2 or rows["score"].nunique() < 2:
        raise worded(ModelError, "error_variance_parts", units=len(n), n=int(n.sum()))
    ratio = _ratio(n, means, inside, restricted)
    weight = n / (1 + ratio * n)
    centre = float((weight * means).sum() / weight.sum())
    total = inside + float((weight * (means - centre) ** 2).sum())
    within = total / (n.sum() - (1 if restricted else 0))
    effects = pd.Series(ratio * weight * (means - centre), index=groups.size().index, name="effect")
    return Components(centre, float(np.sqrt(within / weight.sum())), ratio * within, within, effects)


def _ratio(n: Array, means: Array, inside: float, restricted: bool) -> float:
    """Return the most likely ratio of the variance between units to the variance within units."""

    def loss(ratio: float) -> float:
        weight = n / (1 + ratio * n)
        centre = (weight * means).sum() / weight.sum()
        total = inside + float((weight * (means - centre) ** 2).sum())
        df = n.sum() - (1 if restricted else 0)
        value = df * np.log(total / df) + np.log1p(ratio * n).sum()
        return float(value + np.log(weight.sum()) if restricted else value)

    grid = np.concatenate([[0.0], np.geomspace(1e-8, 1e6, 141)])
    values = np.array([loss(r) for r in grid])
    best = int(values.argmin())
    if best == 0:
        return 0.0
    found = optimize.minimize_scalar(
        loss, bounds=(grid[best - 1], grid[min(best + 1, len(grid) - 1)]), method="bounded",
        options={"xatol": 1e-12},
    )  # fmt: skip
    return float(found.x) if found.fun < values[0] - 1e-10 else 0.0
