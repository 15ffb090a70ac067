"""Mediation with staff in units: the part between units and the part within them, kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.few_clusters import drawn_convention, drawn_intervals
from asn_research.methods.mediation.indirect import path_of
from asn_research.methods.result import Result
from asn_research.methods.scaling import centred, column_units
from asn_research.rules.words import said, worded

Design = Literal["1-1-1", "2-1-1", "1-1-2"]


@dataclass(frozen=True, repr=False)
class MultilevelMediation(Result):
    """Mediation of a two-level design.

    Parameters
    ----------
    table : pd.DataFrame
        Rows ``within_*`` (1-1-1 only) and ``between_*``: indirect, direct, total; and ``mixed_indirect``,
        what an analysis that mixes the levels would say. Columns estimate, std_error, low, high.
    design : str
        Levels of exposure, mediator and outcome.
    n, n_units : int
        Rows and units.
    mean_reliability : float
        Reliability of the units' means of the mediator (ICC2): with small units, means carry
        sampling error and the between part leans towards the within part.
    assumptions : str
        What the figures rest on.
    formula, convention : str
        The path, and how intervals were made.
    notes : tuple of str
        What limits the reading.
    """

    OWN_TERMS: ClassVar[tuple[str, ...]] = (
        "within_indirect",
        "within_direct",
        "within_total",
        "between_indirect",
        "between_direct",
        "between_total",
        "mixed_indirect",
    )

    table: pd.DataFrame
    design: str
    n: int
    n_units: int
    mean_reliability: float
    assumptions: str
    formula: str = ""
    convention: str = ""
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, object]:
        """Return rows, units and how far units' means can be trusted."""
        return {
            **super().facts(), said("fact_units"): self.n_units, said("fact_mean_reliability"): self.mean_reliability,
        }  # fmt: skip


@estimator(exposure=Role.MEASURE, mediator=Role.MEASURE, outcome=Role.MEASURE, unit=Role.LABEL)
def fit_multilevel_mediation(
    frame: pd.DataFrame,
    exposure: str,
    mediator: str,
    outcome: str,
    *,
    unit: str,
    design: Design = "1-1-1",
    draws: int = 1000,
    seed: int = 2026,
) -> MultilevelMediation:
    """Fit a two-level mediation by unit means and deviations from them.

    Columns are centred within units and the means put back (Zhang, Zyphur and Preacher 2009).
    Intervals come from drawing whole units with replacement.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per person.
    exposure, mediator, outcome : str
        Columns. In 2-1-1 the exposure, and in 1-1-2 the outcome, is the same for all of a unit.
    unit : str
        The unit's column.
    design : str
        ``1-1-1``, ``2-1-1`` (a unit's programme, staff's motivation, staff's service) or ``1-1-2``
        (staff's training and motivation, the unit's completion time).
    draws, seed : int
        Of the bootstrap.

    Raises
    ------
    ModelError
        In plain words: fewer than ten units, or a column that does not vary where it must.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(30), 4), "triwulan": np.tile(np.arange(4), 30)})
    >>> data["unit"] = data["pegawai"] % 6
    >>> data["jp"] = rng.normal(size=120)
    >>> data["motivasi"] = 0.5 * data["jp"] + rng.normal(size=30)[data["pegawai"]] + rng.normal(0, 0.5, 120)
    >>> data["mutu"] = 0.4 * data["motivasi"] + 0.2 * data["jp"] + rng.normal(0, 0.5, 120)
    >>> data["unit"] = data["pegawai"] % 12
    >>> fit = fit_multilevel_mediation(data, "jp", "motivasi", "mutu", unit="unit", draws=100)
    >>> fit.table["term"].tolist()
    ['within_indirect', 'within_direct', 'within_total', 'between_indirect', 'between_direct', 'between_total', 'mixed_indirect']
    """
    columns = [exposure, mediator, outcome]
    used = frame.dropna(subset=[*columns, unit])
    codes = pd.factorize(used[unit])[0]
    n_units = int(codes.max()) + 1 if len(codes) else 0
    if n_units < 10:
        raise worded(ModelError, "error_few_units", n=n_units, unit=unit)
    raw = used[columns].to_numpy(dtype=float)
    # Sums of squares about the mean, of columns of like size: far from zero they would lose their digits.
    units = column_units(raw)
    z = centred(raw) / units
    sizes = np.bincount(codes).astype(float)
    means = np.stack([np.bincount(codes, z[:, k]) for k in range(3)], axis=1) / sizes[:, None]
    within = z - means[codes]
    _refuse(z, means, within, columns, design)
    inner = np.stack([[np.bincount(codes, within[:, i] * within[:, j]) for j in range(3)] for i in range(3)])
    inner = np.moveaxis(inner, -1, 0)
    counts = np.random.default_rng(seed).multinomial(n_units, np.full(n_units, 1 / n_units), draws)
    # Every part is in units of the outcome per unit of the exposure.
    back = units[2] / units[0]
    parts = _scaled(_parts_by_draw(np.ones((1, n_units)), inner, means, sizes, design), back)
    drawn = _scaled(_parts_by_draw(counts.astype(float), inner, means, sizes, design), back)
    estimates, spread = (np.column_stack([part[name] for name in parts]) for part in (parts, drawn))
    # A draw of few units may leave columns that move together: it has no slopes.
    found = drawn_intervals(estimates[0], spread[np.isfinite(spread).all(axis=1)], n_units)
    ends = {"std_error": found.std_error, "low": found.low, "high": found.high}
    return MultilevelMediation(
        table=pd.DataFrame({"term": list(parts), "estimate": estimates[0], **ends}),
        design=design,
        n=len(used),
        n_units=n_units,
        mean_reliability=_icc2(z[:, 1], codes, sizes, means[:, 1]),
        assumptions=said("assumption_multilevel"),
        formula=f"{path_of(exposure, mediator, outcome)} (design {design}, {unit})",
        convention=drawn_convention(draws, n_units, "convention_percentile_units"),
    )


def _scaled(parts: dict[str, np.ndarray], by: float) -> dict[str, np.ndarray]:
    return {name: by * values for name, values in parts.items()}


def _refuse(z: np.ndarray, means: np.ndarray, within: np.ndarray, columns: list[str], design: Design) -> None:
    moves = within.std(axis=0) > 1e-9 * z.std(axis=0)
    if (z.std(axis=0) == 0).any():
        raise worded(ModelError, "error_no_variation", outcome=columns[int(np.argmin(z.std(axis=0)))])
    wanted = {"1-1-1": (True, True, True), "2-1-1": (False, True, True), "1-1-2": (True, True, False)}[design]
    for name, moving, should in zip(columns, moves, wanted, strict=True):
        if should and not moving:
            raise worded(ModelError, "error_same_within_units", name=name, design=design)
        if moving and not should:
            raise worded(ModelError, "error_differs_within_units", name=name, design=design)
    if np.linalg.matrix_rank(means - means.mean(axis=0)) < 3:
        raise worded(ModelError, "error_means_together")


def _parts_by_draw(
    n_drawn: np.ndarray, inner: np.ndarray, means: np.ndarray, sizes: np.ndarray, design: Design
) -> dict[str, np.ndarray]:
    """Return each part of the effect, for each row of `n_drawn`: how often each unit is drawn (once each: the estimate).

    The parts between units come from the means of units, those within (design 1-1-1 only) from deviations from these
    means. The mixed part is the indirect effect if nobody regards units.

    Parameters
    ----------
    n_drawn : array of float
        Draws by units.
    inner : array of float
        Units by 3 by 3: sums of products of the deviations of exposure, mediator and outcome.
    means : array of float
        Units by 3: the means of the same columns.
    sizes : array of float
        Rows of each unit.
    design : {"1-1-1", "2-1-1", "1-1-2"}
        Which columns vary within units.
    """
    n = n_drawn.sum(axis=1)
    centre = n_drawn @ means / n[:, None]
    outer = np.einsum("dg,gi,gj->dij", n_drawn, means, means) - n[:, None, None] * np.einsum(
        "di,dj->dij", centre, centre
    )
    rows = n_drawn @ sizes
    grand = (n_drawn * sizes) @ means / rows[:, None]
    whole = np.einsum("dg,gi,gj->dij", n_drawn * sizes, means, means) - rows[:, None, None] * np.einsum(
        "di,dj->dij", grand, grand
    )
    deviations = np.einsum("dg,gij->dij", n_drawn, inner)
    found = _paths(outer, "between")
    if design == "1-1-1":
        found = {**_paths(deviations, "within"), **found}
    found["mixed_indirect"] = _paths(whole + deviations, "mixed")["mixed_indirect"]
    return found


def _paths(s: np.ndarray, name: str) -> dict[str, np.ndarray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        a = s[:, 0, 1] / s[:, 0, 0]
        determinant = s[:, 1, 1] * s[:, 0, 0] - s[:, 0, 1] ** 2
        b = (s[:, 1, 2] * s[:, 0, 0] - s[:, 0, 2] * s[:, 0, 1]) / determinant
        direct = (s[:, 0, 2] * s[:, 1, 1] - s[:, 1, 2] * s[:, 0, 1]) / determinant
    return {f"{name}_indirect": a * b, f"{name}_direct": direct, f"{name}_total": a * b + direct}


def _icc2(m: np.ndarray, codes: np.ndarray, sizes: np.ndarray, means: np.ndarray) -> float:
    within = float(((m - means[codes]) ** 2).sum() / (len(m) - len(sizes)))
    between = float((sizes * (means - m.mean()) ** 2).sum() / (len(sizes) - 1))
    return max(0.0, 1 - within / between)
