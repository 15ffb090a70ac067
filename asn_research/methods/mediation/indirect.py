"""Mediation: how much of an association runs through a mediator, with an interval by cluster bootstrap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import ClassVar

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.few_clusters import (
    count_clusters,
    drawn_convention,
    drawn_intervals,
    few_clusters_note,
)
from asn_research.methods.formula import formula_of
from asn_research.methods.panel.fixed_effects import PanelFit, fit_panel
from asn_research.methods.panel.within import prepare
from asn_research.methods.result import Result
from asn_research.methods.scaling import column_units
from asn_research.rules.words import said, worded

_BATCH = 500
#: Up to this share of draws may be without a slope; they are left out.
_MOST_LOST = 0.05
#: An eigenvalue of cross-products that is so small beside the largest is zero.
_SAME = 1e-10


@dataclass(frozen=True, repr=False)
class MediationFit(Result):
    """A fitted mediation of one exposure through one mediator, both stages linear.

    Parameters
    ----------
    table : pd.DataFrame
        Rows indirect, direct and total: estimate, std_error (bootstrap), low, high (95 %, percentile),
        p_value (two-sided, bootstrap). With fewer than 40 clusters, low, high and p_value are of Student's t.
    mediator_fit, outcome_fit : PanelFit
        The two stages.
    sobel_std_error, sobel_z : float
        The delta-method error of the indirect part, for comparison.
    n, n_clusters, draws : int
        Rows, clusters and bootstrap draws.
    assumptions : str
        What the figures rest on.
    formula, convention : str
        The path, and how intervals were made.
    notes : tuple of str
        What limits the reading.
    """

    OWN_TERMS: ClassVar[tuple[str, ...]] = ("indirect", "direct", "total")

    table: pd.DataFrame
    mediator_fit: PanelFit
    outcome_fit: PanelFit
    sobel_std_error: float
    sobel_z: float
    n: int
    n_clusters: int
    draws: int
    assumptions: str
    formula: str = ""
    convention: str = ""
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, object]:
        """Return rows, clusters, draws and Sobel's test."""
        return {
            **super().facts(), said("fact_draws"): self.draws, said("fact_sobel_error"): self.sobel_std_error,
            said("fact_sobel_z"): self.sobel_z,
        }  # fmt: skip


@estimator(
    exposure=Role.MEASURE, mediator=Role.MEASURE, outcome=Role.MEASURE, controls=Role.TERM, effects=Role.LABEL,
    cluster=Role.LABEL,
)  # fmt: skip
def fit_mediation(
    frame: pd.DataFrame,
    exposure: str,
    mediator: str,
    outcome: str,
    *,
    controls: Sequence[str] = (),
    effects: Sequence[str] = (),
    cluster: str | None = None,
    draws: int = 1000,
    seed: int = 2026,
) -> MediationFit:
    """Fit a mediation by two linear stages and the product of their coefficients.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per entity and period.
    exposure, mediator, outcome : str
        Columns; the path is exposure → mediator → outcome.
    controls : sequence of str
        Columns held fixed in both stages.
    effects : sequence of str
        Fixed effects, taken out once before the bootstrap; entities must lie within clusters.
    cluster : str, optional
        What is drawn with replacement; without it, rows.
    draws, seed : int
        Bootstrap draws, and what makes them repeatable.

    Returns
    -------
    MediationFit

    Raises
    ------
    ModelError
        In plain words, where the data cannot answer: also where many draws leave columns that move together.

    Notes
    -----
    Effects equal those of ``pingouin.mediation_analysis`` to 1e-10. Its intervals are corrected for bias, here they
    are percentiles; its row ``Y ~ M`` leaves the exposure out. It has no clusters and no fixed effects.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"pegawai": np.repeat(np.arange(30), 4), "triwulan": np.tile(np.arange(4), 30)})
    >>> data["unit"] = data["pegawai"] % 6
    >>> data["jp"] = rng.normal(size=120)
    >>> data["motivasi"] = 0.5 * data["jp"] + rng.normal(size=30)[data["pegawai"]] + rng.normal(0, 0.5, 120)
    >>> data["mutu"] = 0.4 * data["motivasi"] + 0.2 * data["jp"] + rng.normal(0, 0.5, 120)
    >>> fit = fit_mediation(data, "jp", "motivasi", "mutu", cluster="unit", draws=200)
    >>> fit.table[["term", "estimate"]].round(2)
           term  estimate
    0  indirect      0.25
    1    direct      0.14
    2     total      0.39
    """
    columns = [exposure, mediator, outcome, *controls]
    needed = list(dict.fromkeys([*columns, *effects, *([cluster] if cluster else [])]))
    # Both stages use the same rows, or direct and indirect would not add up.
    used = frame.dropna(subset=needed)
    first = fit_panel(used, mediator, [exposure, *controls], effects=effects, cluster=cluster)
    second = fit_panel(used, outcome, [mediator, exposure, *controls], effects=effects, cluster=cluster)
    products = cluster_products(used, columns, effects, cluster)
    drawn = _bootstrap(products.matrices, draws, np.random.default_rng(seed), but_outcome(columns))
    # Every part is in units of the outcome per unit of the exposure.
    drawn = {part: values * products.units[2] / products.units[0] for part, values in drawn.items()}
    a, b = first.row(exposure), second.row(mediator)
    indirect = float(a["estimate"] * b["estimate"])
    direct = float(second.row(exposure)["estimate"])
    sobel = hypot(float(a["estimate"] * b["std_error"]), float(b["estimate"] * a["std_error"]))
    n_clusters = len(products.matrices) if cluster else 0
    return MediationFit(
        table=_tidy({"indirect": indirect, "direct": direct, "total": indirect + direct}, drawn, n_clusters),
        mediator_fit=first,
        outcome_fit=second,
        sobel_std_error=sobel,
        sobel_z=indirect / sobel if sobel else float("nan"),
        n=first.n,
        n_clusters=len(products.matrices),
        draws=draws,
        assumptions=said("assumption_mediation"),
        formula=path_of(exposure, mediator, outcome, controls, effects),
        convention=drawn_convention(draws, n_clusters),
        notes=few_clusters_note(n_clusters, "note_few_draws"),
    )


def path_of(
    exposure: str, mediator: str, outcome: str, controls: Sequence[str] = (), effects: Sequence[str] = ()
) -> str:
    """Return the two formulas of a mediation in one line."""
    first = formula_of(mediator, [exposure, *controls], effects)
    return f"{formula_of(outcome, [mediator, exposure, *controls], effects)}; {first}"


@dataclass(frozen=True)
class ClusterProducts:
    """Cross-products of centred columns of like size, by cluster.

    Parameters
    ----------
    matrices : np.ndarray
        Clusters × columns × columns; the last column is a constant.
    units : np.ndarray
        What each column but the constant was divided by.
    """

    matrices: np.ndarray
    units: np.ndarray


def cluster_products(
    frame: pd.DataFrame, columns: list[str], effects: Sequence[str], cluster: str | None
) -> ClusterProducts:
    """Return the cross-products of the columns, fixed effects taken out, and a constant."""
    data = prepare(frame, columns[0], columns[1:], effects, cluster)
    z = np.column_stack([data.y, data.x])
    units = column_units(z)
    z = np.column_stack([z / units, np.ones(len(z))])
    found = data.clusters(cluster, sort=True)
    codes = np.arange(len(z)) if found is None else found
    n_clusters = count_clusters(codes, cluster)
    products = np.empty((n_clusters, z.shape[1], z.shape[1]))
    for i in range(z.shape[1]):
        for j in range(z.shape[1]):
            products[:, i, j] = np.bincount(codes, z[:, i] * z[:, j], minlength=n_clusters)
    return ClusterProducts(products, units)


def _bootstrap(
    products: np.ndarray, draws: int, rng: np.random.Generator, regressors: Mapping[int, str]
) -> dict[str, np.ndarray]:
    """Estimates of each draw. Columns: exposure, mediator, outcome, controls, constant."""
    rest = list(range(3, products.shape[1]))
    found: dict[str, list[np.ndarray]] = {"indirect": [], "direct": []}
    for start in range(0, draws, _BATCH):
        total = draw_totals(products, min(_BATCH, draws - start), rng, regressors)
        a = _solve(total, [0, *rest], 1)[:, 0]
        slopes = _solve(total, [1, 0, *rest], 2)
        found["indirect"].append(a * slopes[:, 0])
        found["direct"].append(slopes[:, 1])
    drawn = {name: np.concatenate(parts) for name, parts in found.items()}
    return {**drawn, "total": drawn["indirect"] + drawn["direct"]}


def but_outcome(columns: Sequence[str]) -> dict[int, str]:
    """Return the columns of a mediation but the third, its outcome, by their place."""
    return {place: name for place, name in enumerate(columns) if place != 2}


def draw_totals(
    products: np.ndarray, draws: int, rng: np.random.Generator, regressors: Mapping[int, str]
) -> np.ndarray:
    """Draw whole clusters with replacement; return the sum of cross-products of each draw that can be solved.

    Parameters
    ----------
    products : np.ndarray
        Clusters × columns × columns, the last of which is the constant.
    draws : int
        The number of draws.
    rng : np.random.Generator
        Their source.
    regressors : mapping of int to str
        The names of the columns that explain, by their place.

    Raises
    ------
    ModelError
        If in many draws the regressors move together, or do not change. Such a draw has no
        slope; the others alone would tell of too little chance.
    """
    n_clusters = len(products)
    counts = rng.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), draws)
    totals: np.ndarray = (counts @ products.reshape(n_clusters, -1)).reshape(draws, *products.shape[1:])
    places = [*regressors, products.shape[1] - 1]
    ranks = _ranks(np.concatenate([products.sum(axis=0)[None], totals])[:, places][:, :, places])
    usable = ranks[1:] >= ranks[0]
    if (~usable).mean() > _MOST_LOST:
        names = ", ".join(regressors.values())
        raise worded(ModelError, "error_draws_lost", n=int((~usable).sum()), draws=draws, names=names)
    found: np.ndarray = totals[usable]
    return found


def _ranks(matrices: np.ndarray) -> np.ndarray:
    values = np.linalg.eigvalsh(matrices)
    return np.asarray((values > _SAME * values[:, -1:]).sum(axis=1), dtype=int)


def _solve(total: np.ndarray, regressors: list[int], outcome: int) -> np.ndarray:
    """Solve the normal equations of a regression for each draw; `total` holds one cross-product matrix a draw."""
    left = total[np.ix_(range(len(total)), regressors, regressors)]
    right = total[:, regressors, outcome]
    # After the within transformation the constant is almost zero. The pseudo-inverse then gives it the slope zero
    # and does not fail.
    solved: np.ndarray = np.einsum("dij,dj->di", np.linalg.pinv(left, rcond=_SAME, hermitian=True), right)
    return solved


def _tidy(estimates: dict[str, float], drawn: dict[str, np.ndarray], n_clusters: int) -> pd.DataFrame:
    values = np.array(list(estimates.values()))
    found = drawn_intervals(values, np.column_stack([drawn[term] for term in estimates]), n_clusters)
    return pd.DataFrame(
        {
            "term": list(estimates), "estimate": values, "std_error": found.std_error, "low": found.low,
            "high": found.high, "p_value": found.p_value,
        }
    )  # fmt: skip
