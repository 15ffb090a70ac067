"""Mediation: how much of an association runs through a mediator, with an interval by cluster bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import ClassVar

import numpy as np
import pandas as pd

from asn_research.methods.estimator import Role, estimator
from asn_research.methods.few_clusters import count_clusters
from asn_research.methods.formula import formula_of
from asn_research.methods.panel.fixed_effects import PanelFit, fit_panel
from asn_research.methods.panel.within import prepare
from asn_research.methods.result import Result
from asn_research.methods.scaling import column_units
from asn_research.rules.words import said

_BATCH = 500


@dataclass(frozen=True, repr=False)
class MediationFit(Result):
    """A fitted mediation of one exposure through one mediator, both stages linear.

    Parameters
    ----------
    table : pd.DataFrame
        Rows indirect, direct and total: estimate, std_error (bootstrap), low, high (95 %, percentile),
        p_value (two-sided, bootstrap).
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
        In plain words, where the data cannot answer.

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
    drawn = _bootstrap(products.matrices, draws, np.random.default_rng(seed))
    # Every part is in units of the outcome per unit of the exposure.
    drawn = {part: values * products.units[2] / products.units[0] for part, values in drawn.items()}
    a, b = first.row(exposure), second.row(mediator)
    indirect = float(a["estimate"] * b["estimate"])
    direct = float(second.row(exposure)["estimate"])
    sobel = hypot(float(a["estimate"] * b["std_error"]), float(b["estimate"] * a["std_error"]))
    return MediationFit(
        table=_tidy({"indirect": indirect, "direct": direct, "total": indirect + direct}, drawn),
        mediator_fit=first,
        outcome_fit=second,
        sobel_std_error=sobel,
        sobel_z=indirect / sobel if sobel else float("nan"),
        n=first.n,
        n_clusters=len(products.matrices),
        draws=draws,
        assumptions=said("assumption_mediation"),
        formula=path_of(exposure, mediator, outcome, controls, effects),
        convention=said("convention_percentile", n=draws),
        notes=first.notes,
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


def _bootstrap(products: np.ndarray, draws: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Estimates of each draw. Columns: exposure, mediator, outcome, controls, constant."""
    rest = list(range(3, products.shape[1]))
    found: dict[str, list[np.ndarray]] = {"indirect": [], "direct": []}
    for start in range(0, draws, _BATCH):
        total = draw_totals(products, min(_BATCH, draws - start), rng)
        a = _solve(total, [0, *rest], 1)[:, 0]
        slopes = _solve(total, [1, 0, *rest], 2)
        found["indirect"].append(a * slopes[:, 0])
        found["direct"].append(slopes[:, 1])
    drawn = {name: np.concatenate(parts) for name, parts in found.items()}
    return {**drawn, "total": drawn["indirect"] + drawn["direct"]}


def draw_totals(products: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw whole clusters with replacement; return each draw's sum of cross-products."""
    n_clusters = len(products)
    counts = rng.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), draws)
    totals: np.ndarray = (counts @ products.reshape(n_clusters, -1)).reshape(draws, *products.shape[1:])
    return totals


def _solve(total: np.ndarray, regressors: list[int], outcome: int) -> np.ndarray:
    """Solve the normal equations of a regression for each draw; `total` holds one cross-product matrix a draw."""
    left = total[np.ix_(range(len(total)), regressors, regressors)]
    right = total[:, regressors, outcome]
    # After the within transformation the constant is almost zero. The pseudo-inverse then gives it the slope zero
    # and does not fail.
    solved: np.ndarray = np.einsum("dij,dj->di", np.linalg.pinv(left, rcond=1e-10, hermitian=True), right)
    return solved


def _tidy(estimates: dict[str, float], drawn: dict[str, np.ndarray]) -> pd.DataFrame:
    rows = []
    for term, estimate in estimates.items():
        values = drawn[term]
        share = float(np.mean(values <= 0))
        low, high = np.quantile(values, [0.025, 0.975])
        rows.append(
            {
                "term": term, "estimate": estimate, "std_error": float(values.std(ddof=1)), "low": float(low),
                "high": float(high), "p_value": min(1.0, 2 * max(min(share, 1 - share), 1 / (len(values) + 1))),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)
