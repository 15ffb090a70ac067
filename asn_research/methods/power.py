"""How many employees, raters and quarters would show an effect of a given size? By simulation."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError, RequestError
from asn_research.methods.column_values import need_columns
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.panel.fixed_effects import fit_panel
from asn_research.methods.parts import Parts
from asn_research.rules.words import worded


@dataclass(frozen=True, repr=False)
class Spread(Parts):
    """What of an outcome is noise, after the fitted model and effects of person and quarter.

    Parameters
    ----------
    unit_quarter_sd : float
        Shocks that a unit's staff share in a quarter.
    person_quarter_sd : float
        A person's own, the rating's noise included.
    rating_share : float
        Share of the person-quarter variance that comes from the rating and falls with more raters.
    increments : np.ndarray
        Persons' steps of the exposure from quarter to quarter, persons × quarters; simulated persons
        take their steps from these.
    staff_per_unit : float
        Mean size of a unit.
    """

    unit_quarter_sd: float
    person_quarter_sd: float
    rating_share: float
    increments: np.ndarray
    staff_per_unit: float


@estimator(outcome=Role.MEASURE, exposure=Role.MEASURE, controls=Role.MEASURE)
def estimate_spread(
    frame: pd.DataFrame,
    outcome: str,
    exposure: str,
    *,
    controls: Sequence[str] = (),
    rating_share: float = 0.0,
) -> Spread:
    """Take the noise of a panel from its fitted model.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per person and quarter: person_id, unit_id, period and the columns named.
    outcome, exposure : str
        The model.
    controls : sequence of str
        Further columns.
    rating_share : float
        What a study of raters says: the share of the residual that is the rating's.

    Raises
    ------
    ModelError
        In plain words, where the model cannot be fitted.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(30), 4), "triwulan": np.tile(np.arange(4), 30)})
    >>> data["unit"] = data["pegawai"] % 6
    >>> data["jp"] = rng.normal(size=120)
    >>> data["motivasi"] = 0.5 * data["jp"] + rng.normal(size=30)[data["pegawai"]] + rng.normal(0, 0.5, 120)
    >>> data["mutu"] = 0.4 * data["motivasi"] + 0.2 * data["jp"] + rng.normal(0, 0.5, 120)
    >>> data = data.rename(columns={"pegawai": "person_id", "unit": "unit_id", "triwulan": "period"})
    >>> spread = estimate_spread(data, "mutu", "jp")
    >>> round(spread.person_quarter_sd, 2)
    0.53
    """
    if not 0 <= rating_share < 1:
        raise worded(ModelError, "error_rating_share", share=rating_share)
    columns = [outcome, exposure, *controls]
    need_columns(frame, ["person_id", "unit_id", "period"])
    used = frame.dropna(subset=[*columns, "unit_id"])
    fit = fit_panel(used, outcome, [exposure, *controls], effects=["person_id", "period"], cluster="unit_id")
    slopes = fit.table.set_index("term")["estimate"]
    rest = used[outcome] - sum(slopes[name] * used[name] for name in [exposure, *controls])
    rest = rest - rest.groupby(used["person_id"]).transform("mean")
    rest = rest - rest.groupby(used["period"]).transform("mean")
    quarters = used["period"].nunique()
    cells = rest.groupby([used["unit_id"], used["period"]]).agg(["mean", "var", "size"]).dropna()
    # Person effects took a share of 1/quarters; a cell's mean holds the unit's shock and a share of own noise.
    own = float(np.average(cells["var"], weights=cells["size"] - 1))
    weight = cells["size"] / cells["size"].sum()
    shared = max(0.0, float(weight @ cells["mean"] ** 2) - own * float((weight / cells["size"]).sum()))
    grow = quarters / (quarters - 1)
    wide = used.pivot_table(index="person_id", columns="period", values=exposure).sort_index(axis=1)
    steps = np.diff(wide.to_numpy(dtype=float), axis=1)
    steps = steps[np.isfinite(steps).all(axis=1)]
    if not len(steps) or not (steps != 0).any():
        raise worded(ModelError, "error_power_flat", exposure=exposure)
    return Spread(
        float(np.sqrt(shared * grow)), float(np.sqrt(own * grow)), rating_share, steps,
        float(used.groupby(["unit_id", "period"]).size().mean()),
    )  # fmt: skip


def power_table(
    spread: Spread,
    effects: Sequence[float],
    *,
    employees: Sequence[int] = (250, 500, 1000, 2000),
    quarters: Sequence[int] = (4, 8),
    raters: Sequence[int] = (1,),
    draws: int = 200,
    level: float = 0.05,
    seed: int = 2026,
) -> pd.DataFrame:
    """Simulate studies of many sizes and say how often each would find the effect.

    Parameters
    ----------
    spread : Spread
        From `estimate_spread`.
    effects : sequence of float
        True slopes, on the model's scale.
    employees, quarters, raters : sequence of int
        Sizes; ``raters`` is the number of raters whose scores are averaged for each employee.
    draws : int
        Studies a size.
    level : float
        Two-sided test level.
    seed : int
        Makes it repeatable.

    Returns
    -------
    pd.DataFrame
        One row per size: effect, employees, quarters, raters, n_units, power, low, high (95 % Monte
        Carlo interval, Wilson), std_error (mean), draws.

    Raises
    ------
    ModelError
        If a size leaves fewer than four units, or fewer than two quarters.
    RequestError
        If an effect is no number.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(30), 4), "triwulan": np.tile(np.arange(4), 30)})
    >>> data["unit"] = data["pegawai"] % 6
    >>> data["jp"] = rng.normal(size=120)
    >>> data["motivasi"] = 0.5 * data["jp"] + rng.normal(size=30)[data["pegawai"]] + rng.normal(0, 0.5, 120)
    >>> data["mutu"] = 0.4 * data["motivasi"] + 0.2 * data["jp"] + rng.normal(0, 0.5, 120)
    >>> data = data.rename(columns={"pegawai": "person_id", "unit": "unit_id", "triwulan": "period"})
    >>> spread = estimate_spread(data, "mutu", "jp")
    >>> power_table(spread, [0.1], employees=[100], quarters=[4], draws=20).columns.tolist()
    ['effect', 'employees', 'quarters', 'raters', 'n_units', 'power', 'low', 'high', 'std_error', 'draws']
    """
    for effect in effects:
        if not (isinstance(effect, numbers.Real) and math.isfinite(effect)):
            raise worded(RequestError, "error_power_effect", given=effect)
    rows = []
    for size, length, k in product(employees, quarters, raters):
        n_units = round(size / spread.staff_per_unit)
        if n_units < 4 or length < 2:
            raise worded(ModelError, "error_power_size", size=size, length=length, n=n_units)
        # The same noise serves every effect: the estimate moves by the effect alone.
        rng = np.random.default_rng([seed, size, length, k])
        found = np.array([_study(spread, size, n_units, length, k, rng) for _ in range(draws)])
        critical = stats.t.ppf(1 - level / 2, n_units - 1)
        for effect in effects:
            power = float(np.mean(np.abs(found[:, 0] + effect) / found[:, 1] > critical))
            low, high = _wilson(power, draws)
            rows.append(
                (effect, size, length, k, n_units, power, low, high, float(found[:, 1].mean()), draws)
            )
    columns = [
        "effect",
        "employees",
        "quarters",
        "raters",
        "n_units",
        "power",
        "low",
        "high",
        "std_error",
        "draws",
    ]
    return pd.DataFrame(rows, columns=columns)


def _study(
    spread: Spread, size: int, n_units: int, quarters: int, raters: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Error of the slope and its clustered standard error in one simulated study without effect."""
    home = np.arange(size) % n_units
    steps = spread.increments[rng.integers(0, len(spread.increments), size)]
    begin = rng.integers(0, steps.shape[1], size)
    places = (begin[:, None] + np.arange(quarters - 1)) % steps.shape[1]
    x = np.column_stack([np.zeros(size), np.take_along_axis(steps, places, axis=1).cumsum(axis=1)])
    own = spread.person_quarter_sd * np.sqrt(1 - spread.rating_share + spread.rating_share / raters)
    y = rng.normal(0, own, x.shape) + rng.normal(0, spread.unit_quarter_sd, (n_units, quarters))[home]
    x, y = _within(x), _within(y)
    bread = float((x * x).sum())
    slope = float((x * y).sum()) / bread
    scores = np.bincount(home, (x * (y - slope * x)).sum(axis=1), minlength=n_units)
    n, k = x.size, quarters + 1
    factor = (n - 1) / (n - k) * n_units / (n_units - 1)
    return slope, float(np.sqrt(factor * scores @ scores)) / bread


def _within(x: np.ndarray) -> np.ndarray:
    out: np.ndarray = x - x.mean(axis=1, keepdims=True) - x.mean(axis=0, keepdims=True) + x.mean()
    return out


def _wilson(share: float, n: int) -> tuple[float, float]:
    z = 1.959963984540054
    centre, half = share + z**2 / (2 * n), z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return float((centre - half) / (1 + z**2 / n)), float((centre + half) / (1 + z**2 / n))
