"""Synthetic control: the unit that changed, beside a blend of units that did not.

The blend is chosen to follow the unit before the change. What it does afterwards is what the unit
would have done, if nothing else happened to that unit alone. How sure one can be is told by
placebos: the same comparison for units and for times in which nothing changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import optimize

from asn_research.errors import ModelError, RequestError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.option_choices import choose
from asn_research.methods.panel.within import need_unique
from asn_research.methods.result import Result
from asn_research.rules.words import said, worded

_LEAST_BEFORE, _LEAST_AFTER, _LEAST_DONORS = 3, 1, 2
#: Periods as text whose alphabetical order is their order in time: 2025, 2025-Q3, 2025-S1, 2025-03, 2025-03-31.
_YEAR_FIRST = re.compile(r"\d{4}(-?([QS]\d|\d{2})(-\d{2})?)?")


@dataclass(frozen=True, repr=False)
class SyntheticFit(Result):
    """A fitted synthetic control.

    Parameters
    ----------
    path : pd.DataFrame
        One row per period: period, observed, synthetic, gap, is_after.
    weights : pd.Series
        Of the donors, largest first; they sum to one.
    effect : float
        The mean gap after the change less the mean gap before it.
    low, high : float
        Effects that the placebos would not find unusual, at 95 %; missing with fewer than 19 donors.
    p_value : float
        How many of the units, this one counted, would show a change as large by the same comparison.
    placebos : pd.DataFrame
        One row per unit, the changed one first: unit, effect, rmse_before, ratio.
    earlier : pd.DataFrame
        In-time placebos: start, effect, as if the change had come then; data after the true start unused.
    difference_in_differences, before_after : float
        The same with equal weights, and without any comparison.
    unit, outcome : str
        Who changed, and what.
    n_before, n_after, n_donors : int
        Periods and donors.
    notes : tuple of str
        What limits the reading.
    formula, convention : str
        What was fitted, and how errors are scaled.
    """

    OWN_TERMS: ClassVar[tuple[str, ...]] = ("effect",)

    path: pd.DataFrame
    weights: pd.Series
    effect: float
    low: float
    high: float
    p_value: float
    placebos: pd.DataFrame
    earlier: pd.DataFrame
    difference_in_differences: float
    before_after: float
    unit: str
    outcome: str
    n_before: int
    n_after: int
    n_donors: int
    notes: tuple[str, ...] = field(default_factory=tuple)
    formula: str = ""
    convention: str = ""

    @property
    def n(self) -> int:  # type: ignore[override]
        """Periods."""
        return self.n_before + self.n_after

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row ``effect``: estimate, p-value and interval by placebos; it has no standard error."""
        row = {
            "term": "effect", "estimate": self.effect, "std_error": np.nan, "p_value": self.p_value,
            "low": self.low, "high": self.high,
        }  # fmt: skip
        return pd.DataFrame([row])

    def facts(self) -> dict[str, object]:
        """Return periods, donors, and what simpler comparisons would have said."""
        return {
            said("fact_before"): self.n_before, said("fact_after"): self.n_after, said("fact_donors"): self.n_donors,
            said("fact_equal_weights"): self.difference_in_differences, said("fact_before_after"): self.before_after,
        }  # fmt: skip


@estimator(outcome=Role.MEASURE, unit=Role.LABEL, period=Role.OTHER)
def fit_synthetic(
    panel: pd.DataFrame,
    outcome: str,
    *,
    unit: str,
    period: str,
    treated: str,
    start: object,
    donors: Sequence[str] | None = None,
) -> SyntheticFit:
    """Compare one unit with a blend of others, and the comparison with its placebos.

    Parameters
    ----------
    panel : pd.DataFrame
        One row per unit and period.
    outcome : str
        Column to be compared; in logarithms, gaps read as shares.
    unit, period : str
        Columns.
    treated : str
        The unit that changed.
    start : object
        The first period after the change.
    donors : sequence of str, optional
        The units to blend; by default all others with every period. Units that changed themselves, or
        that the change may have touched, do not belong here.

    Returns
    -------
    SyntheticFit

    Raises
    ------
    ModelError
        In plain words, where the data cannot answer.

    Notes
    -----
    Weights are not negative and sum to one. Each unit's mean before the change is taken out, so that
    a blend may run at another level; the sum of squared weights is penalised by the donors' noise, so
    that no single lucky donor takes all (Arkhangelsky et al. 2021). The permutation compares each
    unit's change with the noise of its own comparison before it (Abadie et al. 2010).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"unit": np.repeat(list("ABCDEFGHIJKL"), 8), "triwulan": np.tile(np.arange(8), 12)})
    >>> data["ikut"] = ((data["unit"] == "D") & (data["triwulan"] >= 5)).astype(float)
    >>> data["ikm"] = np.repeat(rng.normal(80, 2, 12), 8) + 3 * data["ikut"] + rng.normal(0, 0.4, 96)
    >>> fit = fit_synthetic(data, "ikm", unit="unit", period="triwulan", treated="D", start=5)
    >>> round(float(fit.effect), 1)
    3.1
    """
    wide = _wide(panel, outcome, unit, period, treated, donors)
    try:
        after = np.asarray(wide.index >= start)
    except TypeError:
        raise worded(RequestError, "error_start_kind", start=str(start), period=period) from None
    _refuse_thin(wide, after, treated, outcome)
    values, names = wide.to_numpy(), list(wide.columns)
    comparisons = [_compare(values, place, after, first=place == 0) for place in range(len(names))]
    own = comparisons[0]
    table = pd.DataFrame(
        {
            "unit": names,
            "effect": [c.effect for c in comparisons],
            "rmse_before": [c.noise for c in comparisons],
            "ratio": [abs(c.effect) / c.noise for c in comparisons],
        }
    )
    p_value = float((table["ratio"] >= table["ratio"].iloc[0] * (1 - 1e-12)).mean())
    low, high = _interval(own.effect, own.noise, table["ratio"].to_numpy()[1:])
    others = values[:, 1:].mean(axis=1)
    n_donors = len(names) - 1
    notes = []
    if n_donors < 19:
        smallest = Decimal(1 / (n_donors + 1)).quantize(Decimal("0.01"))
        notes.append(said("note_few_donors", n=n_donors, p=smallest))
    return SyntheticFit(
        path=pd.DataFrame(
            {"period": wide.index, "observed": values[:, 0], "synthetic": values[:, 0] - own.gap, "gap": own.gap,
             "is_after": after}
        ),
        weights=pd.Series(own.weights, index=names[1:]).sort_values(ascending=False),
        effect=own.effect,
        low=low,
        high=high,
        p_value=p_value,
        placebos=table,
        earlier=_earlier(wide.loc[~after]),
        difference_in_differences=_step(values[:, 0] - others, after),
        before_after=_step(values[:, 0], after),
        unit=treated,
        outcome=outcome,
        n_before=int((~after).sum()),
        n_after=int(after.sum()),
        n_donors=n_donors,
        notes=tuple(notes),
        formula=f"{outcome} ~ {treated} | {unit} + {period}",
        convention=said("convention_placebos", n=n_donors + 1),
    )  # fmt: skip


def _wide(
    panel: pd.DataFrame, outcome: str, unit: str, period: str, treated: str, donors: Sequence[str] | None
) -> pd.DataFrame:
    known = panel.dropna(subset=[unit, period, outcome])
    texts = [value for value in known[period].unique() if isinstance(value, str)]
    if not isinstance(known[period].dtype, pd.CategoricalDtype) and not all(
        map(_YEAR_FIRST.fullmatch, texts)
    ):
        raise worded(ModelError, "error_no_whole_period", name=period)
    need_unique(known, entity=unit, period=period)
    for name in donors or ():
        choose(name, list(panel[unit].unique()), option="donors", function="fit_synthetic")
    wide = known.pivot_table(index=period, columns=unit, values=outcome, aggfunc="mean").sort_index()
    if treated not in wide:
        raise worded(ModelError, "error_synthetic_absent", outcome=outcome, treated=treated)
    wide = wide.loc[wide[treated].notna()]
    chosen = [name for name in (donors if donors is not None else wide.columns) if name != treated]
    whole = [name for name in chosen if name in wide and wide[name].notna().all() and wide[name].std() > 0]
    return wide[[treated, *whole]]


def _refuse_thin(wide: pd.DataFrame, after: np.ndarray, treated: str, outcome: str) -> None:
    n_before, n_after, n_donors = int((~after).sum()), int(after.sum()), wide.shape[1] - 1
    if n_before < _LEAST_BEFORE:
        raise worded(ModelError, "error_synthetic_before", treated=treated, n=n_before, least=_LEAST_BEFORE)
    if n_after < _LEAST_AFTER:
        raise worded(ModelError, "error_synthetic_after", treated=treated)
    if n_donors < _LEAST_DONORS:
        raise worded(ModelError, "error_synthetic_donors", n=n_donors, treated=treated, least=_LEAST_DONORS)
    if float(np.ptp(wide[treated])) == 0:
        raise worded(ModelError, "error_synthetic_flat", outcome=outcome, treated=treated)


@dataclass(frozen=True)
class _Comparison:
    weights: np.ndarray
    gap: np.ndarray
    effect: float
    noise: float


def _compare(values: np.ndarray, place: int, after: np.ndarray, *, first: bool) -> _Comparison:
    """Compare one column with a blend of the others; the unit that changed is no placebo's donor."""
    rest = [k for k in range(values.shape[1]) if k != place and (first or k != 0)]
    own, others = values[:, place], values[:, rest]
    before = ~after
    centred = others - others[before].mean(axis=0)
    target = own - own[before].mean()
    weights = simplex_weights(centred[before], target[before], _penalty(centred[before], int(after.sum())))
    gap = target - centred @ weights
    noise = float(np.sqrt((gap[before] ** 2).mean()))
    return _Comparison(weights, gap, _step(gap, after), max(noise, 1e-12 * float(np.ptp(values))))


def _penalty(before: np.ndarray, n_after: int) -> float:
    """Return the donors' own noise, scaled as for synthetic difference-in-differences."""
    noise = float(np.diff(before, axis=0).std())
    return float(len(before) * n_after**0.5 * noise**2)


def simplex_weights(donors: np.ndarray, target: np.ndarray, penalty: float = 0.0) -> np.ndarray:
    """Return the weights, not negative and summing to one, that bring the donors nearest to the target.

    Parameters
    ----------
    donors : np.ndarray
        Periods × donors.
    target : np.ndarray
        One value a period.
    penalty : float
        Times the sum of squared weights.
    """
    n = donors.shape[1]
    rows = np.vstack([donors - target[:, None], penalty**0.5 * np.eye(n)])
    rows = rows / max(float(np.abs(rows).max()), 1e-300)
    # Weights that sum to one make the problem a cone: its nearest point, scaled back, is the answer.
    found, _ = optimize.nnls(np.vstack([rows, np.ones(n)]), np.append(np.zeros(len(rows)), 1.0))
    weights: np.ndarray = found / found.sum()
    return weights


def _step(gap: np.ndarray, after: np.ndarray) -> float:
    return float(gap[after].mean() - gap[~after].mean())


def _interval(effect: float, noise: float, ratios: np.ndarray) -> tuple[float, float]:
    """Effects that, taken away, would leave the unit no more unusual than 95 % of all."""
    n = len(ratios) + 1
    allowed = int(np.floor(0.05 * n + 1e-9)) - 1
    if allowed < 0:
        return float("nan"), float("nan")
    width = float(np.sort(ratios)[::-1][allowed]) * noise
    return effect - width, effect + width


def _earlier(before: pd.DataFrame) -> pd.DataFrame:
    """Effects as if the change had come earlier, from data in which it had not come yet."""
    rows = []
    for place in range(_LEAST_BEFORE, len(before) - 1):
        after = np.arange(len(before)) >= place
        rows.append((before.index[place], _compare(before.to_numpy(), 0, after, first=True).effect))
    return pd.DataFrame(rows, columns=["start", "effect"])
