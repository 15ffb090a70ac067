"""How many employees, raters and quarters an effect of a given size needs, by simulation from a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError
from asn_research.methods.parts import Parts
from asn_research.study.rater_audit import RaterFit

Array = np.ndarray


@dataclass(frozen=True, repr=False)
class Spreads(Parts):
    """Standard deviations of a rating's sources, in points.

    Parameters
    ----------
    rater, person, occasion, residual : float
        Between raters, between persons, of a person between quarters, and of single ratings.
    """

    rater: float
    person: float
    occasion: float
    residual: float

    def __post_init__(self) -> None:
        if min(self.rater, self.person, self.occasion) < 0 or self.residual <= 0:
            msg = "Spreads are not negative, and single ratings differ by more than nothing; check the fit's components."
            raise ModelError(msg)

    @classmethod
    def of(cls, fit: RaterFit) -> Spreads:
        """Take the spreads of a fitted city."""
        known = set(fit.components["source"])
        rater, person, occasion = (
            fit.sd(s) if s in known else 0.0 for s in ("rater_id", "person_id", "occasion")
        )
        return cls(rater, person, occasion, fit.sd("residual"))

    def reliability(self, raters: int, quarters: int, criteria: int = 3, halo_share: float = 0.5) -> float:
        """Return the share of the variance of employees' mean scores that is the employees' own.

        Raters differ between employees, so their severity counts as error: a generalisability
        coefficient for absolute decisions.
        """
        halo = self.occasion**2 * (halo_share / raters + 1 - halo_share) / quarters
        noise = self.rater**2 / raters + halo + self.residual**2 / (raters * quarters * criteria)
        return self.person**2 / (self.person**2 + noise)


def rater_power(
    spreads: Spreads,
    effect: float,
    *,
    employees: Sequence[int] = (100, 200, 400, 800, 1600),
    raters: Sequence[int] = (1, 2, 3),
    quarters: Sequence[int] = (1, 4, 8),
    criteria: int = 3,
    staff_per_rater: int = 10,
    treated_share: float = 0.5,
    halo_share: float = 0.5,
    draws: int = 500,
    level: float = 0.05,
    seed: int = 2026,
) -> pd.DataFrame:
    """Return the chance to detect an effect of training on ratings, design by design.

    Staff of the same raters are compared with each other, half of them trained (at random). With one
    quarter their scores are compared; with more, their change from the first half to the second, so that
    what lasts (the person, the rater) drops out. Each design is simulated and tested ``draws`` times.
    The promise is on the safe side: `fit_crossed` on all ratings also uses what employees' levels tell.

    Parameters
    ----------
    spreads : Spreads
        Of the fitted city, or judged.
    effect : float
        Points of the score.
    employees, raters, quarters : sequence of int
        Numbers to be tried: employees, raters an employee, quarters.
    criteria, staff_per_rater : int
        Criteria rated, and staff whom the same raters rate.
    treated_share : float
        Share trained.
    halo_share : float
        Share of an occasion's variance that is the rater's (halo), the rest being the employee's own
        change. One rater's ratings cannot tell them apart; try 0 and 1 for the bounds.
    draws, seed : int
        Simulations a design.
    level : float
        Of the test.

    Returns
    -------
    pd.DataFrame
        One row a design: employees, raters, quarters, power, power_low, power_high (Monte Carlo, 95 %),
        mean_error (points), reliability (of an employee's mean score).

    Raises
    ------
    ModelError
        If a design leaves nobody to compare.
    """
    if not 0 < treated_share < 1 or staff_per_rater < 2 or min(employees) < 2 * staff_per_rater:
        msg = "Each rater needs at least two staff, and the design two raters' staff, some of them untrained."
        raise ModelError(msg)
    rng = np.random.default_rng(seed)
    rows = []
    for q in quarters:
        for m in raters:
            for n in employees:
                groups = n // staff_per_rater
                found, error = _tests(
                    spreads,
                    effect,
                    groups,
                    staff_per_rater,
                    m,
                    q,
                    criteria,
                    treated_share,
                    halo_share,
                    draws,
                    level,
                    rng,
                )
                low, high = _wilson(found, draws)
                rows.append(
                    (
                        n,
                        m,
                        q,
                        found / draws,
                        low,
                        high,
                        error,
                        spreads.reliability(m, q, criteria, halo_share),
                    )
                )
    columns = [
        "employees",
        "raters",
        "quarters",
        "power",
        "power_low",
        "power_high",
        "mean_error",
        "reliability",
    ]
    return pd.DataFrame(rows, columns=columns)


def _tests(
    spreads: Spreads, effect: float, groups: int, staff: int, raters: int, quarters: int, criteria: int,
    treated_share: float, halo_share: float, draws: int, level: float, rng: np.random.Generator,
) -> tuple[int, float]:  # fmt: skip
    """Count significant tests, and return the mean standard error."""
    n_treated = min(max(1, round(treated_share * staff)), staff - 1)
    treated = np.zeros(staff)
    treated[:n_treated] = 1
    x = treated - treated.mean()
    shape = (draws, groups, staff)

    def means(n_quarters: int) -> Array:
        """Mean score of each employee over some quarters, without person, rater and effect."""
        own = spreads.occasion * np.sqrt((1 - halo_share) / n_quarters)
        halo = spreads.occasion * np.sqrt(halo_share / (n_quarters * raters))
        single = spreads.residual / np.sqrt(n_quarters * raters * criteria)
        return np.asarray(rng.normal(0, np.sqrt(own**2 + halo**2 + single**2), shape))

    if quarters == 1:
        # All staff of a group have the same raters: severity drops out of the comparison.
        y = means(1) + rng.normal(0, spreads.person, shape)
    else:
        before = quarters // 2
        y = means(quarters - before) - means(before)
    y = y + effect * treated
    y = y - y.mean(axis=2, keepdims=True)
    slope = (y @ x).sum(axis=1) / (groups * float(x @ x))
    rest = y - slope[:, None, None] * x
    df = groups * (staff - 1) - 1
    error = np.sqrt((rest**2).sum(axis=(1, 2)) / df / (groups * float(x @ x)))
    p = 2 * stats.t.sf(np.abs(slope / error), df)
    return int((p < level).sum()), float(error.mean())


def _wilson(found: int, draws: int) -> tuple[float, float]:
    interval = stats.binomtest(found, draws).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def smallest_design(table: pd.DataFrame, power: float = 0.8) -> pd.DataFrame:
    """Return, for each number of raters and quarters, the fewest employees tried that suffice.

    Returns
    -------
    pd.DataFrame
        One row per raters and quarters: employees (missing where none tried suffices), power.
    """
    enough = table.loc[table["power"] >= power].sort_values("employees")
    best = enough.groupby(["quarters", "raters"], as_index=False).first()
    every = table[["quarters", "raters"]].drop_duplicates()
    return every.merge(best[["quarters", "raters", "employees", "power"]], how="left").reset_index(drop=True)
