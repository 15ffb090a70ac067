"""Quality of the scales of the staff survey: items, reliability, factor model, invariance over waves."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.methods.raters.aggregation import unit_reliability, within_agreement
from asn_research.methods.scales.factor import fit_factors
from asn_research.methods.scales.factor_fit import FitIndices
from asn_research.methods.scales.factor_ordinal import fit_ordinal_factors
from asn_research.methods.scales.factorability import factorability
from asn_research.methods.scales.invariance import invariance_ladder
from asn_research.methods.scales.omega import Omega, omega_total, scale_omega
from asn_research.methods.scales.reliability import cronbach_alpha
from asn_research.methods.scales.validity import item_validity
from asn_research.remembered import remembered
from asn_research.rules.cities import CITY
from asn_research.rules.scales import ScaleRules, load_scales

#: Number of answers that an item offers.
OPTIONS = 5


def scale_quality(survey: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Measure the quality of the scales in each wave of the city.

    Parameters
    ----------
    survey : pd.DataFrame
        The processed table `motivation`.

    Returns
    -------
    dict of str to pd.DataFrame
        ``scale_reliability``, one row per period and scale: n, n_items, critical_r, n_valid,
        alpha and omega with intervals, icc1, icc2, rwg (median over units), n_units.
        ``scale_items``, one row per period and item: scale, n, r, valid, rest, critical_r, loading
        with interval (ordinal model of all scales).
        ``scale_model``, one row per period and estimator (`robust`, `ordinal`): n, n_factors, chi2, df,
        p, cfi, tli, rmsea with interval, srmr, verdict (`good`, `acceptable`, `poor`, `inseparable`,
        `improper`, or the reason of a refusal). If two scales cannot be distinguished, further rows give
        the model with joined scales as one factor.
    """
    rules = load_scales()
    scales = _scales_of(survey)
    separate, *_ = sets = _factors_of(scales)
    waves = _waves_of(survey, scales)
    reliability = [
        _reliability(period, scale, wave, items, {part: scales[part] for part in rules.joined.get(scale, ())})
        for period, wave in waves.items()
        for scale, items in scales.items()
    ]
    items, models = [], []
    for period, wave in waves.items():
        loadings, found = _models(wave, sets)
        models += [{"unit_id": CITY, "period": period, **row} for row in found]
        items += [
            row for scale, own in separate.items() for row in _items(period, scale, wave[own], loadings)
        ]
    named = {"scale_reliability": reliability, "scale_items": items, "scale_model": models}
    return {name: pd.DataFrame(rows) for name, rows in named.items() if rows}


def scale_invariance(survey: pd.DataFrame) -> pd.DataFrame | None:
    """Test for each wave of the city whether the scales measure the same as in the wave before.

    Parameters
    ----------
    survey : pd.DataFrame
        The processed table `motivation`.

    Returns
    -------
    pd.DataFrame or None
        One row per period and step: n (of the smaller wave), period_before, cfi, rmsea, srmr with
        changes, p_change, holds, reached. None if no two waves can be compared.
    """
    scales = _scales_of(survey)
    sets, waves = _factors_of(scales), _waves_of(survey, scales)
    rows = [
        row
        for before, now in pairwise(waves)
        for row in _invariance(before, now, pd.concat([waves[before], waves[now]]), sets)
    ]
    return pd.DataFrame(rows) if rows else None


def _scales_of(survey: pd.DataFrame) -> dict[str, Sequence[str]]:
    """Return the items of each scale that was asked."""
    return {name: items for name, items in load_scales().items.items() if set(items) <= set(survey.columns)}


def _factors_of(scales: Mapping[str, Sequence[str]]) -> list[dict[str, list[str]]]:
    """Return the scales that are fitted together, and the same with joined scales as one factor."""
    rules = load_scales()
    separate = {name: list(scales[name]) for name in rules.factors if name in scales}
    merged = _merged(separate, rules)
    return [separate] if merged == separate else [separate, merged]


def _waves_of(survey: pd.DataFrame, scales: Mapping[str, Sequence[str]]) -> dict[str, pd.DataFrame]:
    """Return the rows of each wave. Answers are converted to floats once, so that no model has to do it again."""
    items = {item: "float64" for names in scales.values() for item in names}
    about = [name for name in ("period", "reporting_unit_id") if name in survey]
    answers = survey[[*about, *items]].astype(items)
    return {str(period): wave for period, wave in answers.groupby("period", sort=True)}


@remembered
def _reliability(
    period: str, scale: str, wave: pd.DataFrame, items: Sequence[str], parts: Mapping[str, Sequence[str]]
) -> dict[str, object]:
    answers = wave[list(items)]
    alpha, omega = cronbach_alpha(answers), _omega(answers, parts)
    valid = _validity(answers)
    row = {
        "unit_id": CITY, "period": period, "scale": scale, "n": alpha.n, "n_items": alpha.n_items,
        "critical_r": valid["critical_r"].iloc[0] if len(valid) else np.nan,
        "n_valid": int(valid["valid"].sum()) if len(valid) else 0,
        "alpha": alpha.alpha, "alpha_low": alpha.low, "alpha_high": alpha.high,
        "omega": omega.value, "omega_low": omega.low, "omega_high": omega.high,
    }  # fmt: skip
    return row | _aggregation(answers, wave["reporting_unit_id"])


def _omega(answers: pd.DataFrame, parts: Mapping[str, Sequence[str]]) -> Omega:
    try:
        if parts:
            names = {name: list(items) for name, items in parts.items()}
            return omega_total(fit_factors(answers, names, scaling="variance", robust=True))
        return scale_omega(answers)
    except ModelError:
        return Omega(np.nan, np.nan, np.nan, len(answers.dropna()))


def _validity(answers: pd.DataFrame) -> pd.DataFrame:
    try:
        found = item_validity(answers, load_scales().conventions.item_level.value)
    except ModelError:
        return pd.DataFrame()
    return found.table.assign(critical_r=found.critical, n=found.n)


def _aggregation(answers: pd.DataFrame, unit: pd.Series) -> dict[str, float]:
    score = answers.dropna().mean(axis=1)
    try:
        between = unit_reliability(score, unit.loc[score.index])
    except ModelError:
        return {"icc1": np.nan, "icc2": np.nan, "rwg": np.nan, "n_units": 0}
    rwg = within_agreement(answers, unit, OPTIONS)["rwg"].median()
    return {"icc1": between.icc1, "icc2": between.icc2, "rwg": float(rwg), "n_units": between.n_units}


@remembered
def _items(period: str, scale: str, answers: pd.DataFrame, loadings: pd.DataFrame) -> list[dict[str, object]]:
    valid = _validity(answers)
    if valid.empty:
        return []
    # The critical value is repeated for each item, because offices print it so.
    table = valid.join(loadings)[["n", "r", "critical_r", "valid", "rest", *loadings.columns]]
    return [
        {"unit_id": CITY, "period": period, "scale": scale, "item": item} | _named(row)
        for item, row in zip(table.index, table.to_dict("records"), strict=True)
    ]


def _merged(factors: Mapping[str, list[str]], rules: ScaleRules) -> dict[str, list[str]]:
    """Return the factors, with the parts of each joined scale merged into one factor."""
    merged = dict(factors)
    for name, parts in rules.joined.items():
        if set(parts) <= set(merged):
            merged = {name: list(rules.items[name]), **{k: v for k, v in merged.items() if k not in parts}}
    return merged


@remembered
def _models(
    wave: pd.DataFrame, sets: Sequence[Mapping[str, Sequence[str]]]
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """Fit the robust and the ordinal model; if a model is refused, its row holds the reason.

    If two scales cannot be distinguished, the model is fitted again with joined scales as one factor.
    """
    loadings = pd.DataFrame(columns=["loading", "loading_low", "loading_high"], dtype="float64")
    rows: list[dict[str, object]] = []
    for factors in sets:
        if not factors or any(len(names) < 2 for names in factors.values()):
            continue
        asked = factorability(wave, factors)
        if asked.refusal:
            refused = {"n": asked.n, "n_factors": len(factors), "verdict": f"refused_{asked.refusal}"}
            return loadings, [*rows, *({"estimator": kind, **refused} for kind in ("robust", "ordinal"))]
        robust, _ = _fitted("robust", wave, factors)
        ordinal, table = _fitted("ordinal", wave, factors)
        rows += [robust, ordinal]
        if table is not None:
            loadings = table.set_axis(loadings.columns, axis=1)
        if "inseparable" not in (robust["verdict"], ordinal["verdict"]):
            break
    return loadings, rows


def _fitted(
    kind: str, wave: pd.DataFrame, factors: Mapping[str, Sequence[str]]
) -> tuple[dict[str, object], pd.DataFrame | None]:
    """Return the row of a model, and the loadings of an ordinal model that is not improper."""
    try:
        if kind == "robust":
            fit = fit_factors(wave, factors, robust=True)
            return _model_row(kind, fit.n, len(factors), fit.robust or fit.indices, fit.problems), None
        ordinal = fit_ordinal_factors(wave, factors)
    except ModelError:
        n = len(wave[[item for names in factors.values() for item in names]].dropna())
        return {
            "estimator": kind,
            "n": n,
            "n_factors": len(factors),
            "verdict": "refused_no_convergence",
        }, None
    row = _model_row(kind, ordinal.n, len(factors), ordinal.indices, ordinal.problems)
    return row, None if ordinal.problems else ordinal.loadings[["estimate", "low", "high"]]


def _model_row(
    kind: str, n: int, n_factors: int, indices: FitIndices, problems: tuple[str, ...]
) -> dict[str, object]:
    verdict = fit_verdict(indices)
    if problems:
        verdict = "inseparable" if problems == ("correlation_of_one",) else "improper"
    return {"estimator": kind, "n": n, "n_factors": n_factors, **asdict(indices), "verdict": verdict}


def fit_verdict(indices: FitIndices) -> str:
    """Return the fit as `good`, `acceptable` or `poor`, by the conventions in `rules/scales.yaml`."""
    limits = load_scales().conventions
    for word, cfi, rmsea, srmr in (
        ("good", limits.cfi_good, limits.rmsea_good, limits.srmr_good),
        ("acceptable", limits.cfi_accepted, limits.rmsea_accepted, limits.srmr_accepted),
    ):
        if indices.cfi >= cfi.value and indices.rmsea <= rmsea.value and indices.srmr <= srmr.value:
            return word
    return "poor"


@remembered
def _invariance(
    before: str, now: str, both: pd.DataFrame, sets: Sequence[Mapping[str, Sequence[str]]]
) -> list[dict[str, object]]:
    for factors in sets:
        try:
            found = invariance_ladder(both, factors, both["period"])
        except ModelError:
            return []
        if "correlation_of_one" not in found.problems:
            break
    table = found.table.drop(columns=["chi2_change", "df_change"]).reset_index()
    reached = "improper" if found.problems else found.reached
    about: dict[str, object] = {
        "unit_id": CITY, "period": now, "period_before": before, "n": min(found.sizes),
        "n_factors": len(factors),
    }  # fmt: skip
    return [about | _named(row) | {"reached": reached} for row in table.to_dict("records")]


def _named(row: Mapping[Hashable, object]) -> dict[str, object]:
    return {str(name): value for name, value in row.items()}
