"""The study: every question fitted, refused questions named, the truth beside where it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.methods.panel.generalised import GeneralisedFit
from asn_research.methods.parts import table_html
from asn_research.methods.result import SpecFit
from asn_research.rules.words import Language, in_language, language_here, load_words, worded
from asn_research.study.registry import estimator_of
from asn_research.study.specs import ModelSpec, load_specs

_FIGURES = ("estimate", "std_error", "low", "high", "p_value")


@dataclass(frozen=True)
class Study:
    """Answers to the study's questions.

    Parameters
    ----------
    table : pd.DataFrame
        One row per question (mediation: three): key, level, estimator, estimate, std_error, low, high,
        p_value, n, n_clusters, naive (the easy comparison, biased by design), outcome_sd (between rows;
        missing for counts), truth_value, truth_observed, covered, status.
    results : mapping of str to SpecFit
        By the specification's key.
    specs : mapping of str to ModelSpec
        The specification behind every key of the table.
    """

    table: pd.DataFrame
    results: Mapping[str, SpecFit]
    specs: Mapping[str, ModelSpec]

    def __repr__(self) -> str:
        """Return one line; `table` and `summary` tell more."""
        return f"<Study: {len(self.table)} answers>"

    def _repr_html_(self) -> str:
        columns = ["key", "estimate", "low", "high", "p_value", "n", "n_clusters", "status"]
        return table_html(self.table[columns], "table", most_rows=len(self.table))

    @property
    def fits(self) -> dict[str, Any]:
        """The estimators' own fits, by the specification's key."""
        return {key: result.detail for key, result in self.results.items()}

    def row(self, key: str) -> pd.Series:
        """Return a question's row."""
        return self.table.loc[self.table["key"] == key].iloc[0]

    def summary(self, key: str, language: Language = "en") -> str:
        """Return one fitted question as text, in statsmodels' manner.

        Parameters
        ----------
        key : str
            The question.
        language : {"en", "id"}
            Of the question, of figures and of remarks; the headings of coefficients are statsmodels' own.

        Raises
        ------
        ModelError
            If the question was not fitted; the reason is named.
        """
        if key not in self.results:
            reasons = dict(zip(self.table["key"], self.table["status"], strict=True))
            if key not in reasons:
                raise worded(ModelError, "error_study_no_question", key=key)
            raise worded(ModelError, "error_study_not_fitted", key=key, why=reasons[key])
        spec = self.specs[key]
        question = load_words(language)(f"spec_question_{key}")
        return f"{question}\n{self.results[key].summary(spec.formula, language=language)}"

    def plain_effects(self) -> pd.DataFrame:
        """Return each estimate in units that a planner reads: for which step, how many points or percent."""
        rows = []
        for _, row in self.table.dropna(subset=["estimate"]).iterrows():
            spec = self.specs[row["key"]]
            effect, low, high = (spec.plain(float(row[c])) for c in ("estimate", "low", "high"))
            step = f"+{spec.step:.0%}" if spec.exposure_scale == "log" else f"+{spec.step:g}"
            unit = "percent" if spec.outcome_scale == "log" else "points"
            rows.append((row["key"], f"{spec.exposure} {step}", spec.outcome, effect, low, high, unit))
        columns = ["key", "step", "outcome", "effect", "low", "high", "unit"]
        return pd.DataFrame(rows, columns=columns)


def run_study(
    employees: pd.DataFrame | None,
    units: pd.DataFrame | None,
    *,
    frames: Mapping[str, pd.DataFrame | None] | None = None,
    truth: Mapping[str, Any] | None = None,
    specs: Sequence[ModelSpec] | None = None,
    seed: int = 2026,
) -> Study:
    """Fit every question of the study.

    A question that the data cannot answer gets a row with the reason; the others go on.

    Parameters
    ----------
    employees, units : pd.DataFrame or None
        The panels of `CityMeasures`, for specifications of level ``employee`` and ``unit``.
    frames : mapping of str to pd.DataFrame, optional
        Frames of other levels, by the level's name.
    truth : mapping, optional
        What `truth.json` of a simulated city says.
    specs : sequence of ModelSpec, optional
        By default the core of ``specs.csv``; `load_specs` gives other studies.
    seed : int
        Makes the bootstrap repeatable.

    Returns
    -------
    Study
    """
    known_frames = {"employee": _with_first_unit(employees), "unit": units, **(frames or {})}
    known = (truth or {}).get("estimands", {})
    rows: list[dict[str, object]] = []
    results: dict[str, SpecFit] = {}
    behind: dict[str, ModelSpec] = {}
    for spec in specs or load_specs():
        estimator = estimator_of(spec)
        keys = estimator.keys(spec.key)
        behind |= dict.fromkeys([spec.key, *keys], spec)
        shared = {"level": spec.level, "estimator": spec.estimator}
        try:
            frame = known_frames.get(spec.level)
            if frame is None or frame.empty:
                raise worded(ModelError, "error_study_no_panel", level=spec.level)
            result = estimator.fit(frame, spec, seed)
        except ModelError as error:
            status = in_language(error, language_here())
            rows += [{"key": key, **shared, "status": status} for key in keys]
            continue
        results[spec.key] = result
        for key, term in zip(keys, estimator.parts or (str(result.table["term"].iloc[0]),), strict=True):
            rows.append(
                {"key": key, **shared, **_figures(result, term), "outcome_sd": _spread(frame, spec, result)}
            )
    return Study(_with_truth(pd.DataFrame(rows), known), results, behind)


def _with_first_unit(employees: pd.DataFrame | None) -> pd.DataFrame | None:
    if employees is None or employees.empty:
        return None
    # A person who moved counts in one unit, the first: errors are clustered by it.
    return employees.assign(first_unit_id=employees.groupby("person_id")["unit_id"].transform("first"))


def _spread(frame: pd.DataFrame, spec: ModelSpec, result: SpecFit) -> float:
    """Return the standard deviation of the outcome; counts are fitted by their logarithm, to which theirs says nothing."""
    return np.nan if isinstance(result.detail, GeneralisedFit) else float(frame[spec.outcome].std())


def _figures(result: SpecFit, term: str) -> dict[str, object]:
    row = result.row(term)
    return {
        **{name: float(row[name]) for name in _FIGURES},
        "naive": result.naive.get(term, np.nan),
        "n": result.n,
        "n_clusters": result.n_clusters,
        # A part of a question may have no answer although the question was fitted.
        "status": "fitted"
        if pd.notna(row["estimate"])
        else load_words(language_here())("study_no_such_hours"),
    }


def _with_truth(table: pd.DataFrame, known: Mapping[str, Any]) -> pd.DataFrame:
    for column in (
        "estimate",
        "std_error",
        "low",
        "high",
        "p_value",
        "n",
        "n_clusters",
        "naive",
        "outcome_sd",
    ):
        if column not in table:
            table[column] = np.nan
    table["truth_value"] = table["key"].map(lambda key: known.get(key, {}).get("value", np.nan)).astype(float)
    table["truth_observed"] = (
        table["key"].map(lambda key: known.get(key, {}).get("observed", np.nan)).astype(float)
    )
    inside = (table["low"] <= table["truth_observed"]) & (table["truth_observed"] <= table["high"])
    table["covered"] = inside.where(table["truth_observed"].notna() & table["estimate"].notna())
    return table
