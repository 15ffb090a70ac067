"""Estimators of panels in the form that the study calls: one function for each name in ``estimators.csv``."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from asn_research.errors import ModelError
from asn_research.methods.causal.staggered import fit_group_time
from asn_research.methods.column_values import need_columns
from asn_research.methods.mediation.indirect import fit_mediation
from asn_research.methods.panel.fixed_effects import PanelFit, fit_panel
from asn_research.methods.panel.generalised import LEAST_EVENTS, GeneralisedFit, events_of, fit_counts
from asn_research.methods.panel.wild_bootstrap import wild_bootstrap
from asn_research.methods.result import COLUMNS, SpecFit
from asn_research.rules.words import Said, said, worded
from asn_research.study.specs import ModelSpec


def fit_panel_spec(frame: pd.DataFrame, spec: ModelSpec, seed: int) -> SpecFit:
    """Fit a specification by two-way effects; the naive figure is the same regression without them."""
    del seed  # nothing is drawn
    regressors = [spec.exposure, *spec.controls]
    fit = fit_panel(frame, spec.outcome, regressors, effects=spec.effects, cluster=spec.clusters)
    pooled = fit_panel(frame, spec.outcome, regressors)
    return SpecFit(
        table=fit.table[list(COLUMNS)],
        n=fit.n,
        n_clusters=fit.n_clusters,
        detail=fit,
        convention=fit.convention,
        assumptions=said("assumption_panel"),
        diagnostics={
            said("fact_r2_within"): fit.r2_within, said("fact_entities"): fit.n_entities,
            said("fact_missing"): fit.n_missing, said("fact_alone"): fit.n_singletons,
        },
        notes=fit.notes,
        naive={spec.exposure: float(pooled.row(spec.exposure)["estimate"])},
    )  # fmt: skip


def fit_mediation_spec(frame: pd.DataFrame, spec: ModelSpec, seed: int) -> SpecFit:
    """Fit the mediator's and the outcome's model of a specification, and the indirect effect: the product of two slopes."""
    fit = fit_mediation(
        frame, spec.exposure, spec.mediator, spec.outcome, controls=spec.controls, effects=spec.effects,
        cluster=spec.clusters, seed=seed,
    )  # fmt: skip
    return SpecFit(
        table=fit.table[list(COLUMNS)],
        n=fit.n,
        n_clusters=fit.n_clusters,
        detail=fit,
        convention=fit.convention,
        assumptions=fit.assumptions,
        diagnostics={said("fact_sobel_error"): fit.sobel_std_error, said("fact_sobel_z"): fit.sobel_z},
        notes=fit.notes,
    )


def fit_group_time_spec(frame: pd.DataFrame, spec: ModelSpec, seed: int) -> SpecFit:
    """Fit the mean effect on those who have started, by comparing groups of one start with those not yet started.

    An entity starts in the first quarter with an exposure above 0. The naive estimate is the two-way slope of the same data.
    """
    del seed
    dated = with_start(frame, spec.exposure, spec.entity)
    fit = fit_group_time(
        dated, spec.outcome, entity=spec.entity, period="quarter_no", start="start", cluster=spec.clusters
    )
    naive = fit_panel(dated, spec.outcome, ["has_started"], effects=spec.effects, cluster=spec.clusters)
    return SpecFit(
        table=fit.simple,
        n=int(dated[spec.outcome].notna().sum()),
        n_clusters=fit.n_clusters,
        detail=fit,
        convention=fit.convention,
        assumptions=said("assumption_group_time"),
        diagnostics={
            said("fact_leads_p"): fit.leads_p_value,
            said("fact_entities"): fit.n_entities,
            said("fact_always"): fit.n_always,
        },
        notes=fit.notes,
        naive={"att": float(naive.row("has_started")["estimate"])},
    )


def with_start(frame: pd.DataFrame, exposure: str, entity: str) -> pd.DataFrame:
    """Add ``start`` (the first quarter with some exposure; missing is never) and ``has_started``."""
    need_columns(frame, [exposure, entity, "quarter_no"])
    begun = frame.loc[frame[exposure] > 0].groupby(entity)["quarter_no"].min()
    start = frame[entity].map(begun).astype(float)
    return frame.assign(start=start, has_started=(frame["quarter_no"] >= start).astype(float))


def fit_wild_spec(frame: pd.DataFrame, spec: ModelSpec, seed: int) -> SpecFit:
    """Fit by two-way effects, with the interval and p-value of the wild cluster bootstrap."""
    regressors = [spec.exposure, *spec.controls]
    plain = fit_panel_spec(frame, spec, seed)
    wild = wild_bootstrap(
        frame, spec.outcome, regressors, effects=spec.effects, cluster=spec.clusters, seed=seed
    )
    table = plain.table.copy()
    table.loc[0, ["low", "high", "p_value"]] = [wild.low, wild.high, wild.p_value]
    return SpecFit(
        table=table,
        n=plain.n,
        n_clusters=plain.n_clusters,
        detail=wild,
        convention=wild.convention,
        assumptions=said("assumption_panel"),
        diagnostics=plain.diagnostics,
        notes=plain.notes,
        naive=plain.naive,
    )


#: The columns of hours by field end so; what stands before it is the field.
_HOURS = "_jp10"


def fit_fields_spec(frame: pd.DataFrame, spec: ModelSpec, seed: int) -> SpecFit:
    """Fit the hours of all fields of courses together; one row for each field, without hours of it missing."""
    del seed
    fields, others = _hours_and_others(frame, spec)
    fit = fit_panel(frame, spec.outcome, [*fields, *others], effects=spec.effects, cluster=spec.clusters)
    pooled = fit_panel(frame, spec.outcome, [*fields, *others])
    diagnostics: dict[str | Said, object] = {
        said("fact_r2_within"): fit.r2_within,
        said("fact_entities"): fit.n_entities,
    }
    return _by_field(
        fit, spec, fit.n_clusters, diagnostics, {f: float(pooled.row(f)["estimate"]) for f in fields}
    )


def fit_fields_counts_spec(frame: pd.DataFrame, spec: ModelSpec, seed: int) -> SpecFit:
    """Fit counts per request on the hours of all fields of courses together.

    A unit or quarter without a single case tells nothing of what moves its number, and is left out.

    Raises
    ------
    ModelError
        If no unit has a case, or there are fewer than ten cases for each parameter: in a city of 1,200 staff the
        interval of a field then went from a thousandth to a thousandfold.
    """
    del seed
    fields, others = _hours_and_others(frame, spec)
    need_columns(frame, ["n_requests"])
    used = frame.dropna(subset=[spec.outcome, *fields, *others, "n_requests"])
    used = used.loc[used["n_requests"] > 0]
    for level in spec.effects:
        used = used.loc[used.groupby(level)[spec.outcome].transform("sum") > 0]
    if used.empty:
        msg = f"No unit has a case of {spec.outcome} in a quarter with requests, so nothing can be compared."
        raise ModelError(msg)
    regressors, cluster = [*fields, *others], spec.clusters
    events = events_of(used, spec.outcome, regressors, spec.effects, are_counts=True)
    if events.are_few:
        raise worded(
            ModelError,
            "error_few_events",
            name=spec.outcome,
            n=events.n,
            k=events.n_parameters,
            least=LEAST_EVENTS,
            needed=LEAST_EVENTS * events.n_parameters,
        )
    fit = fit_counts(
        used, spec.outcome, regressors, effects=list(spec.effects), exposure="n_requests", cluster=cluster
    )
    pooled = fit_counts(used, spec.outcome, regressors, exposure="n_requests", cluster=cluster)
    naive = {f: float(pooled.row(f)["estimate"]) for f in fields}
    return _by_field(fit, spec, fit.n_clusters, {"Dispersion": fit.dispersion}, naive)


def _hours_and_others(frame: pd.DataFrame, spec: ModelSpec) -> tuple[list[str], list[str]]:
    """Return the columns of hours that differ at all, and the other regressors."""
    columns = [spec.exposure, *spec.controls]
    need_columns(frame, [spec.outcome, *columns])
    fields = [c for c in columns if c.endswith(_HOURS) and frame[c].max() > frame[c].min()]
    if not fields:
        msg = "No list of courses states titles from which a field could be told, or there were no courses."
        raise ModelError(msg)
    return fields, [c for c in columns if not c.endswith(_HOURS)]


def _by_field(
    fit: PanelFit | GeneralisedFit,
    spec: ModelSpec,
    n_clusters: int,
    diagnostics: Mapping[str | Said, object],
    naive: Mapping[str, float],
) -> SpecFit:
    asked = [c for c in (spec.exposure, *spec.controls) if c.endswith(_HOURS)]
    table = fit.table.set_index("term").reindex(asked).rename_axis("term").reset_index()
    table["term"] = table["term"].str.removesuffix(_HOURS)
    return SpecFit(
        table=table[list(COLUMNS)],
        n=fit.n,
        n_clusters=n_clusters,
        detail=fit,
        convention=fit.convention,
        assumptions=said("assumption_panel"),
        diagnostics=diagnostics,
        notes=fit.notes,
        naive={term.removesuffix(_HOURS): value for term, value in naive.items()},
    )
