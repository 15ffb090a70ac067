"""How completion times change satisfaction, how satisfaction changes trust, and the product of both.

Both links have effects of units and periods, so each unit is compared with itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from asn_research.methods.estimator import Role, estimator
from asn_research.methods.panel.fixed_effects import PanelFit, fit_panel
from asn_research.methods.result import Result
from asn_research.methods.scales.ordinal_regression import OrdinalFit, fit_ordinal
from asn_research.rules.words import said

#: The second link is told for a change of satisfaction this small, where it is nearly a straight line.
_SMALL = 0.1


@dataclass(frozen=True, repr=False)
class Chain(Result):
    """A fitted chain.

    Parameters
    ----------
    table : pd.DataFrame
        One row per link: term, estimate, low, high. ``time to satisfaction`` in points of the mean
        answer for the step of time; ``satisfaction to trust`` in percentage points of the trusting for a
        tenth of a point; ``through satisfaction`` in percentage points of the trusting for the step of time;
        ``in all`` the same without a look at satisfaction.
    first : PanelFit
        Time to satisfaction.
    second, total : OrdinalFit
        Satisfaction to trust, and time to trust.
    step : float
        The step of time.
    assumptions : str
        What the figures rest on.
    formula, convention : str
        The links, and how intervals were made.
    notes : tuple of str
        What limits the reading.
    """

    OWN_TERMS: ClassVar[tuple[str, ...]] = (
        "time to satisfaction",
        "satisfaction to trust",
        "through satisfaction",
        "in all",
    )

    table: pd.DataFrame
    first: PanelFit
    second: OrdinalFit
    total: OrdinalFit
    step: float
    assumptions: str = ""
    formula: str = ""
    convention: str = ""
    notes: tuple[str, ...] = ()

    @property
    def n(self) -> int:  # type: ignore[override]
        """Respondents of the first link."""
        return self.first.n


@estimator(
    time=Role.MEASURE, satisfaction=Role.MEASURE, trust=Role.NUMBER, unit=Role.LABEL, period=Role.LABEL
)
def fit_chain(
    frame: pd.DataFrame,
    *,
    time: str,
    satisfaction: str,
    trust: str,
    unit: str = "unit_id",
    period: str = "period",
    step: float = 0.09531017980432493,
    trusting: int = 4,
    draws: int = 4000,
    seed: int = 2026,
) -> Chain:
    """Fit the two links and their product.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per respondent.
    time : str
        Logarithm of the unit's completion time in the quarter.
    satisfaction : str
        The respondent's own mean answer.
    trust : str
        The respondent's answer on trust, whole numbers.
    unit, period : str
        Columns; both get effects, and errors are clustered by unit.
    step : float
        The change of ``time`` for which results are given; by default log(1.1), a time that is ten percent longer.
    trusting : int
        The lowest answer that counts as trust.
    draws, seed : int
        Number of draws, and seed, of the simulation that gives the product's interval. Each draw takes both slopes from
        normal distributions with their own standard errors.

    Returns
    -------
    Chain
    """
    effects = [unit, period]
    first = fit_panel(frame, satisfaction, [time], effects=effects, cluster=unit)
    second = fit_ordinal(frame, trust, [satisfaction], effects=effects, cluster=unit)
    total = fit_ordinal(frame, trust, [time], effects=effects, cluster=unit)
    link = first.row(time)
    points, points_error = _trusting(second, satisfaction, _SMALL, trusting)
    whole, whole_error = _trusting(total, time, step, trusting)
    rng = np.random.default_rng(seed)
    moved = step * rng.normal(link["estimate"], link["std_error"], draws)
    through = moved * rng.normal(points, points_error, draws) / _SMALL
    rows = [
        ("time to satisfaction", *(step * float(link[c]) for c in ("estimate", "low", "high"))),
        ("satisfaction to trust", points, points - 1.96 * points_error, points + 1.96 * points_error),
        ("through satisfaction", step * float(link["estimate"]) * points / _SMALL, *np.quantile(through, [0.025, 0.975])),
        ("in all", whole, whole - 1.96 * whole_error, whole + 1.96 * whole_error),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["term", "estimate", "low", "high"])
    return Chain(
        table, first, second, total, step, said("assumption_chain"), formula=f"{first.formula}; {second.formula}",
        convention=said("convention_drawn_coefficients", n=draws), notes=first.notes,
    )  # fmt: skip


def _trusting(fit: OrdinalFit, term: str, step: float, trusting: int) -> tuple[float, float]:
    """Change of the share of trusting answers, and its error; the other answers move by the opposite."""
    change = fit.share_change(term, step, at_least=trusting)
    return float(change["estimate"]), float(change["std_error"])
