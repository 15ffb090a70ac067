"""The study: every question fitted, refused questions named, the truth beside where it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.model.mediation import MediationFit, fit_mediation
from asn_research.model.panel import PanelFit, fit_panel
from asn_research.model.specs import ModelSpec, load_specs

Fit = PanelFit | MediationFit
_PARTS = ("indirect", "direct", "total")


@dataclass(frozen=True)
class Study:
    """Answers to the study's questions.

    Parameters
    ----------
    table : pd.DataFrame
        One row per question (mediation: three): key, level, estimate, std_error, low, high, p_value,
        n, n_clusters, naive (the same regression without effects), truth_value, truth_observed,
        covered, status.
    fits : mapping of str to PanelFit or MediationFit
        By the specification's key.
    """

    table: pd.DataFrame
    fits: Mapping[str, Fit]

    def row(self, key: str) -> pd.Series:
        """Return a question's row."""
        return self.table.loc[self.table["key"] == key].iloc[0]


def run_study(
    employees: pd.DataFrame | None,
    units: pd.DataFrame | None,
    *,
    truth: Mapping[str, Any] | None = None,
    specs: Sequence[ModelSpec] | None = None,
    seed: int = 2026,
) -> Study:
    """Fit every question of the study.

    A question that the data cannot answer gets a row with the reason; the others go on.

    Parameters
    ----------
    employees, units : pd.DataFrame or None
        The panels of `CityMeasures`.
    truth : mapping, optional
        What `truth.json` of a simulated city says.
    specs : sequence of ModelSpec, optional
        By default all of ``specs.csv``.
    seed : int
        Makes the bootstrap repeatable.

    Returns
    -------
    Study
    """
    panels = {"employee": _with_unit(employees), "unit": units}
    known = (truth or {}).get("estimands", {})
    rows: list[dict[str, object]] = []
    fits: dict[str, Fit] = {}
    for spec in specs or load_specs():
        try:
            frame = panels[spec.level]
            if frame is None or frame.empty:
                msg = f"There is no {spec.level} panel: the offices sent no such data."
                raise ModelError(msg)
            fit = _fit(frame, spec, seed)
        except ModelError as error:
            keys = [f"mediation_{p}" for p in _PARTS] if spec.kind == "mediation" else [spec.key]
            rows += [{"key": key, "level": spec.level, "status": str(error)} for key in keys]
            continue
        fits[spec.key] = fit
        rows += _rows(spec, fit, frame)
    return Study(_with_truth(pd.DataFrame(rows), known), fits)


def _with_unit(employees: pd.DataFrame | None) -> pd.DataFrame | None:
    if employees is None or employees.empty:
        return None
    # A person who moved counts in one unit, the first: errors are clustered by it.
    return employees.assign(unit_id=employees.groupby("person_id")["unit_id"].transform("first"))


def _fit(frame: pd.DataFrame, spec: ModelSpec, seed: int) -> Fit:
    effects = [spec.entity, "period"]
    if spec.kind == "mediation":
        return fit_mediation(
            frame, spec.exposure, spec.mediator, spec.outcome, controls=spec.controls, effects=effects,
            cluster="unit_id", seed=seed,
        )  # fmt: skip
    return fit_panel(frame, spec.outcome, [spec.exposure, *spec.controls], effects=effects, cluster="unit_id")


def _rows(spec: ModelSpec, fit: Fit, frame: pd.DataFrame) -> list[dict[str, object]]:
    shared = {"level": spec.level, "n": fit.n, "n_clusters": fit.n_clusters, "status": "fitted"}
    if isinstance(fit, MediationFit):
        parts = [(f"mediation_{part}", fit.row(part)) for part in _PARTS]
    else:
        parts = [(spec.key, fit.row(spec.exposure))]
    columns = ["estimate", "std_error", "low", "high", "p_value"]
    naive = np.nan
    if isinstance(fit, PanelFit):
        pooled = fit_panel(frame, spec.outcome, [spec.exposure, *spec.controls])
        naive = float(pooled.row(spec.exposure)["estimate"])
    return [
        {"key": key, **{c: float(row[c]) for c in columns}, "naive": naive, **shared} for key, row in parts
    ]


def _with_truth(table: pd.DataFrame, known: Mapping[str, Any]) -> pd.DataFrame:
    for column in ("estimate", "std_error", "low", "high", "p_value", "n", "n_clusters", "naive"):
        if column not in table:
            table[column] = np.nan
    table["truth_value"] = table["key"].map(lambda key: known.get(key, {}).get("value", np.nan)).astype(float)
    table["truth_observed"] = (
        table["key"].map(lambda key: known.get(key, {}).get("observed", np.nan)).astype(float)
    )
    inside = (table["low"] <= table["truth_observed"]) & (table["truth_observed"] <= table["high"])
    table["covered"] = inside.where(table["truth_observed"].notna() & table["estimate"].notna())
    return table
