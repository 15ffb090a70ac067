"""One treated entity: its estimate beside those of entities that were not treated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.formula import formula_of
from asn_research.methods.panel.fixed_effects import fit_panel
from asn_research.methods.panel.within import need_unique
from asn_research.methods.result import Result
from asn_research.rules.words import said, worded


@dataclass(frozen=True, repr=False)
class PermutationFit(Result):
    """A difference-in-differences judged by giving every other entity the treated one's path.

    Parameters
    ----------
    estimate, low, high, p_value : float
        The estimate; the interval of effects that the permutation test does not refuse (95 %); its
        p-value. It cannot be smaller than one over the number of entities.
    clustered_std_error : float
        What clustering says. With one treated entity it rests on that entity's own residuals alone,
        which least squares has made nearly nil, so it is far too small.
    placebo : np.ndarray
        Estimates of the others.
    n, n_entities : int
        Rows and entities.
    formula, convention : str
        What was compared, and how it was judged.
    notes : tuple of str
        What limits the reading.
    """

    estimate: float
    low: float
    high: float
    p_value: float
    clustered_std_error: float
    placebo: np.ndarray
    n: int
    n_entities: int
    formula: str = ""
    convention: str = ""
    notes: tuple[str, ...] = ()

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row ``effect``: estimate, p-value and interval of the permutation test; it has no standard error."""
        row = {
            "term": "effect", "estimate": self.estimate, "std_error": np.nan, "p_value": self.p_value,
            "low": self.low, "high": self.high,
        }  # fmt: skip
        return pd.DataFrame([row])

    def facts(self) -> dict[str, object]:
        """Return rows and entities."""
        return {**super().facts(), said("fact_entities"): self.n_entities}


@estimator(outcome=Role.MEASURE, treated=Role.NUMBER, entity=Role.LABEL, period=Role.LABEL)
def permute_one_treated(
    frame: pd.DataFrame, outcome: str, treated: str, *, entity: str, period: str, level: float = 0.05
) -> PermutationFit:
    """Judge a two-way estimate with one treated entity by permutation.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per entity and period, balanced.
    outcome, entity, period : str
        Columns.
    treated : str
        1 where the entity is treated in the period.
    level : float
        1 minus the confidence.

    Raises
    ------
    ModelError
        If not exactly one entity is treated, or the panel is not balanced.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"unit": np.repeat(list("ABCDEFGHIJKL"), 8), "triwulan": np.tile(np.arange(8), 12)})
    >>> data["ikut"] = ((data["unit"] == "D") & (data["triwulan"] >= 5)).astype(float)
    >>> data["ikm"] = np.repeat(rng.normal(80, 2, 12), 8) + 3 * data["ikut"] + rng.normal(0, 0.4, 96)
    >>> fit = permute_one_treated(data, "ikm", "ikut", entity="unit", period="triwulan")
    >>> round(fit.estimate, 1), round(fit.p_value, 2)
    (3.0, 0.08)
    """
    need_unique(frame.dropna(subset=[entity, period]), entity=entity, period=period)
    fit = fit_panel(frame, outcome, [treated], effects=[entity, period], cluster=entity)
    y = frame.pivot(index=entity, columns=period, values=outcome)  # noqa: PD010
    y = y - y.mean(axis=None)
    d = frame.pivot(index=entity, columns=period, values=treated)  # noqa: PD010
    if y.isna().any(axis=None):
        raise worded(ModelError, "error_permutation_gaps", entity=entity, period=period)
    chosen = np.flatnonzero(d.to_numpy().any(axis=1))
    if len(chosen) != 1:
        raise worded(ModelError, "error_permutation_treated", n=len(chosen))
    path = d.to_numpy()[chosen[0]]
    # Balanced: the two-way estimate is the path's contrast of an entity against the mean of the others.
    contrast = (path - path.mean()) / float((path - path.mean()) @ path)
    n = len(y)

    def estimates(values: np.ndarray) -> np.ndarray:
        scores: np.ndarray = values @ contrast
        return np.asarray((scores - scores.mean()) * n / (n - 1))

    found, moved = estimates(y.to_numpy(dtype=float)), estimates(d.to_numpy(dtype=float))
    others = np.arange(n) != chosen[0]
    size = float(found.std())
    own = float(found[chosen[0]])

    def p_value(effect: float) -> float:
        return float(np.mean(np.abs(found - effect * moved) >= abs(own - effect) - 1e-12 * size))

    # |own - b| meets |placebo_j - b moved_j| where the test changes its mind.
    turns = np.concatenate(
        [(own - found[others]) / (1 - moved[others]), (own + found[others]) / (1 + moved[others])]
    )
    turns = np.sort(turns[np.isfinite(turns)])
    inside = [b for b in turns if p_value(float(b)) > level]
    low, high = (min(inside), max(inside)) if inside else (-np.inf, np.inf)
    return PermutationFit(
        own,
        float(low),
        float(high),
        p_value(0.0),
        float(fit.row(treated)["std_error"]),
        found[others],
        fit.n,
        n,
        formula_of(outcome, [treated], [entity, period]),
        said("convention_permutation", n=n),
    )
