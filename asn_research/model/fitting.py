"""The panel's own two estimators, as the registry calls them."""

from __future__ import annotations

import pandas as pd

from asn_research.model.mediation import fit_mediation
from asn_research.model.panel import fit_panel
from asn_research.model.result import COLUMNS, Result
from asn_research.model.specs import ModelSpec

ASSUMPTIONS = (
    "nothing unmeasured that changes over time within an entity moves exposure and outcome together; "
    "the slope is the same for all"
)


def fit_panel_spec(frame: pd.DataFrame, spec: ModelSpec, seed: int) -> Result:
    """Fit a specification by two-way effects; the naive figure is the same regression without them."""
    del seed  # nothing is drawn
    regressors = [spec.exposure, *spec.controls]
    fit = fit_panel(frame, spec.outcome, regressors, effects=spec.effects, cluster=spec.clusters)
    pooled = fit_panel(frame, spec.outcome, regressors)
    return Result(
        table=fit.table[list(COLUMNS)],
        n=fit.n,
        n_clusters=fit.n_clusters,
        detail=fit,
        convention=fit.convention,
        assumptions=ASSUMPTIONS,
        diagnostics={
            "R2 within": fit.r2_within, "No. entities": fit.n_entities, "Rows with gaps": fit.n_missing,
            "Rows alone": fit.n_singletons,
        },
        notes=fit.notes,
        naive={spec.exposure: float(pooled.row(spec.exposure)["estimate"])},
    )  # fmt: skip


def fit_mediation_spec(frame: pd.DataFrame, spec: ModelSpec, seed: int) -> Result:
    """Fit a specification's two stages and the product of their slopes."""
    fit = fit_mediation(
        frame, spec.exposure, spec.mediator, spec.outcome, controls=spec.controls, effects=spec.effects,
        cluster=spec.clusters, seed=seed,
    )  # fmt: skip
    return Result(
        table=fit.table[list(COLUMNS)],
        n=fit.n,
        n_clusters=fit.n_clusters,
        detail=fit,
        convention=f"percentile intervals of {fit.draws} draws of whole clusters",
        assumptions=fit.assumptions,
        diagnostics={"Sobel std err": fit.sobel_std_error, "Sobel z": fit.sobel_z},
    )
