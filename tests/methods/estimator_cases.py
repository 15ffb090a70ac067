"""One case for each public estimator: data, a call, and its figures freed of the columns' units."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from asn_research import methods, study
from asn_research.methods.causal import confounding
from asn_research.methods.panel import lags as dynamics
from asn_research.methods.panel import two_way_clusters as clusters
from asn_research.methods.panel import within_between
from asn_research.methods.raters.gaps import decompose_gap
from asn_research.methods.survey import league as pooling


class Columns:
    """What became of the columns: their names, and by what they were multiplied."""

    def __init__(self, names: Mapping[str, Any], units: Mapping[str, float]) -> None:
        self.names, self.units = names, units

    def name(self, column: str) -> str:
        """Return a column's name as results write it."""
        return str(self.names.get(column, column))

    def unit(self, column: str) -> float:
        """Return by what a column was multiplied."""
        return self.units.get(column, 1.0)

    def table(
        self, table: pd.DataFrame, outcome: str, terms: Sequence[str], prefix: str = "", label: str = "term",
        figures: Sequence[str] = ("estimate", "std_error", "low", "high"),
    ) -> dict[str, float]:  # fmt: skip
        """Return a table's slopes in standard deviations of nothing: freed of units, and its p-values."""
        rows = table.set_index(label)
        found = {}
        for term in terms:
            row = rows.loc[self.name(term)]
            by = self.unit(term) / self.unit(outcome)
            found |= {
                f"{prefix}{term} {figure}": float(row[figure]) * by for figure in figures if figure in row
            }
        return found


@dataclass(frozen=True)
class Case:
    """How an estimator is tried.

    Parameters
    ----------
    fit : callable
        The estimator.
    data : callable
        Makes its table.
    call : mapping
        Arguments by name; columns under the names of the table.
    read : callable
        Of a fit and `Columns`: figures that must stay, by name.
    drawn : sequence of str
        Words in the names of figures that rest on draws: these stay bit for bit under powers of two, and are
        not compared where rows or labels come in another order.
    iterative : bool
        Whether an optimiser finds the figures: these stay within 1e-4 of a standard error, and the figure
        ``criterion`` within 1e-8.
    together : sequence of sequences of str
        Columns that have one unit and one origin.
    own_names : bool
        Whether the estimator reads further columns, of fixed names.
    follow : callable
        Of the call and a shift by column: the call as it is for shifted columns.
    """

    fit: Callable[..., Any]
    data: Callable[[], pd.DataFrame]
    call: Mapping[str, Any]
    read: Callable[[Any, Columns], dict[str, float]]
    drawn: Sequence[str] = ()
    iterative: bool = False
    together: Sequence[Sequence[str]] = ()
    own_names: bool = False
    follow: Callable[[dict[str, Any], Mapping[str, float], Mapping[str, float]], dict[str, Any]] = field(
        default=lambda call, shift, unit: call
    )


def rounded(values: np.ndarray) -> np.ndarray:
    """Return values on a grid of powers of two, so that a shift loses none of their digits."""
    return np.round(np.asarray(values) * 1024) / 1024


def panel() -> pd.DataFrame:
    """Ten units of six persons over five periods."""
    rng = np.random.default_rng(11)
    person = np.repeat(np.arange(60), 5)
    frame = pd.DataFrame({"person": person, "unit": person // 6, "period": np.tile(np.arange(5), 60)})
    own, shared = rng.normal(size=60)[person], rng.normal(0, 0.4, (10, 5))[frame["unit"], frame["period"]]
    frame["z"] = rounded(rng.normal(size=300) + 0.3 * own)
    frame["x"] = rounded(rng.normal(size=300) + 0.4 * own + 0.3 * frame["z"])
    frame["m"] = rounded(0.5 * frame["x"] + 0.3 * frame["z"] + own + shared + rng.normal(size=300))
    frame["y"] = rounded(0.4 * frame["m"] + 0.2 * frame["x"] + own + shared + rng.normal(size=300))
    frame["w"] = 1.0 + frame["person"] % 3
    frame["d"] = (rng.random(300) < 1 / (1 + np.exp(-frame["z"]))).astype(float)
    return frame


def programme() -> pd.DataFrame:
    """Thirty units over six periods; a third starts in period 3, a third in period 5, a third never."""
    rng = np.random.default_rng(12)
    unit = np.repeat(np.arange(30), 6)
    period = np.tile(np.arange(1, 7), 30)
    start = np.array([np.nan, 3.0, 5.0])[unit % 3]
    x = np.repeat(rounded(rng.normal(size=30)), 6)
    y = rng.normal(size=30)[unit] + 0.2 * period * (1 + x) + 0.7 * (period >= np.nan_to_num(start, nan=99))
    frame = pd.DataFrame({"unit": unit, "region": unit % 10, "period": period, "start": start, "x": x})
    return frame.assign(y=rounded(y + rng.normal(0, 0.4, 180)))


def one_treated() -> pd.DataFrame:
    """Twelve units over eight periods, one of them treated from the fifth."""
    rng = np.random.default_rng(13)
    frame = pd.DataFrame({"unit": np.repeat(np.arange(12), 8), "period": np.tile(np.arange(8), 12)})
    frame["d"] = ((frame["unit"] == 4) & (frame["period"] > 4)).astype(float)
    return frame.assign(
        y=rounded(rng.normal(size=12)[frame["unit"]] + 0.8 * frame["d"] + rng.normal(0, 0.3, 96))
    )


def series() -> pd.DataFrame:
    """Forty months, a change after the twentieth."""
    rng = np.random.default_rng(14)
    t = np.arange(40.0)
    noise = np.zeros(40)
    for place in range(1, 40):
        noise[place] = 0.4 * noise[place - 1] + rng.normal(0, 0.3)
    c = rounded(rng.normal(size=40))
    return pd.DataFrame({"t": t, "c": c, "y": rounded(2 + 0.02 * t - 0.6 * (t >= 20) + 0.2 * c + noise)})


def answers() -> pd.DataFrame:
    """Ratings in four grades of thirty persons by six raters."""
    rng = np.random.default_rng(15)
    frame = pd.DataFrame({"person": np.repeat(np.arange(30), 6), "rater": np.tile(np.arange(6), 30)})
    frame["criterion"] = np.where((frame["person"] + frame["rater"]) % 2, "a", "b")
    frame["x"] = rounded(rng.normal(size=180))
    latent = rng.normal(size=30)[frame["person"]] + rng.normal(0, 0.6, 6)[frame["rater"]] + 0.5 * frame["x"]
    frame["score"] = rounded(latent + rng.normal(size=180))
    frame["grade"] = np.digitize(latent + rng.logistic(size=180), [-1.2, 0.2, 1.4]) + 1
    return frame


def varied_answers() -> pd.DataFrame:
    """Grades of forty persons, on whom x acts differently."""
    rng = np.random.default_rng(25)
    frame = pd.DataFrame({"person": np.repeat(np.arange(40), 8), "x": rounded(rng.normal(size=320))})
    own = rng.normal(size=(40, 2)) * [1.0, 0.9]
    latent = own[frame["person"], 0] + (0.5 + own[frame["person"], 1]) * frame["x"]
    frame["grade"] = np.digitize(latent + rng.logistic(size=320), [-1.0, 0.8]) + 1
    return frame


def questionnaire() -> pd.DataFrame:
    """Six items of two scales, answered by 240 people."""
    rng = np.random.default_rng(18)
    first, noise = rng.normal(size=240), rng.normal(size=(240, 6))
    second = 0.5 * first + rng.normal(size=240)
    factors = np.column_stack([first] * 3 + [second] * 3)
    return pd.DataFrame(rounded(factors + noise), columns=list("abcdef"))


def four_answers() -> pd.DataFrame:
    """The same questionnaire in four answers an item."""
    return pd.DataFrame(np.digitize(questionnaire(), [-1.2, 0.1, 1.0]) + 1, columns=list("abcdef"))


def waits() -> pd.DataFrame:
    """Waiting times of 120 requests at six counters, some still open."""
    rng = np.random.default_rng(16)
    frame = pd.DataFrame(
        {"counter": np.arange(120) % 6, "kind": np.arange(120) % 2, "x": rounded(rng.normal(size=120))}
    )
    days = np.ceil(rng.exponential(8, 120) * np.exp(-0.3 * frame["x"]))
    return frame.assign(days=np.minimum(days, 20), is_finished=days <= 20)


def estimates() -> pd.DataFrame:
    """Estimates of twelve units with their errors, of two questions."""
    rng = np.random.default_rng(17)
    frame = pd.DataFrame({"unit": np.tile(np.arange(12), 2), "question": np.repeat([0, 1], 12)})
    return frame.assign(est=rounded(rng.normal(3, 1, 24)), err=rounded(0.3 + rng.random(24)))


def lists_of(fit: Any, columns: Columns, outcome: str = "y", exposure: str = "x") -> dict[str, float]:
    """Read a mediation: every part is in units of the outcome per unit of the exposure."""
    by = columns.unit(exposure) / columns.unit(outcome)
    figures = [c for c in ("estimate", "std_error", "low", "high") if c in fit.table]
    rows = fit.table.set_index("term")
    return {f"{part} {c}": float(rows.loc[part, c]) * by for part in rows.index for c in figures}


def of_times(
    table: pd.DataFrame, columns: Columns, outcome: str = "y", label: str = "term"
) -> dict[str, float]:
    """Read effects that are in the outcome's unit; periods are counted from the first."""
    figures = [c for c in ("estimate", "std_error", "low", "high") if c in table]
    rows = table.reset_index(drop=True)
    return {
        f"{label} {at} {c}": float(rows.loc[at, c]) / columns.unit(outcome)
        for at in rows.index
        for c in figures
    }


def _read_spread(fit: Any, c: Columns) -> dict[str, float]:
    return {
        "shared": fit.unit_quarter_sd / c.unit("y"), "own": fit.person_quarter_sd / c.unit("y"),
        "steps": float(np.abs(fit.increments).sum()) / c.unit("x"),
    }  # fmt: skip


def _read_crossed(fit: Any, c: Columns) -> dict[str, float]:
    person, slope, y = c.name("person"), c.name("x"), c.unit("score")
    effects = fit.effects(person)
    of_slope = effects.loc[effects["effect"] == slope, "estimate"].to_numpy() * c.unit("x") / y
    return {
        **c.table(fit.table, "score", ["x"]),
        "slope sd": fit.sd(person, slope) * c.unit("x") / y,
        "rater sd": fit.sd(c.name("rater")) / y,
        "effects": float(np.abs(of_slope).sum()),
        "criterion": (fit.criterion - 2 * np.log(c.unit("x")) - 2 * (fit.n - 2) * np.log(y)) / 100,
    }


def _read_ordinal(fit: Any, c: Columns) -> dict[str, float]:
    return {
        **c.table(fit.table, "", ["x"]), "criterion": fit.log_likelihood / 100,
        "spread": float(fit.variances["sd"].sum()),
    }  # fmt: skip


def _read_ordinal_slopes(fit: Any, c: Columns) -> dict[str, float]:
    person, slope = c.name("person"), c.name("x")
    effects = fit.effects(person)
    of_slope = effects.loc[effects["effect"] == slope, "estimate"].to_numpy() * c.unit("x")
    return {
        **c.table(fit.table, "", ["x"]), "criterion": fit.log_likelihood / 100,
        "slope variance": fit.covariances[person][1, 1] * c.unit("x") ** 2,
        "effects": float(np.abs(of_slope).sum()),
    }  # fmt: skip


def _read_facets(fit: Any, c: Columns) -> dict[str, float]:
    return {
        "criterion": fit.deviance / 100,
        "persons": fit.person_variance,
        "severity": float(np.sort(fit.facet("rater")["estimate"]) @ np.arange(6)),
        "error std_error": float(fit.facet("rater")["std_error"].sum()),
    }


def _read_factors(fit: Any, c: Columns) -> dict[str, float]:
    rows = fit.table.set_index("term")
    found = {"criterion": fit.indices.chi2 / 100, "between": float(rows.loc["one ~~ two", "estimate"])}
    for factor, items in SCALES.items():
        for item in items:
            row = rows.loc[f"{factor} =~ {c.name(item)}"]
            found |= {f"{item} {k}": float(row[k]) / c.unit(item) for k in ("estimate", "std_error", "low")}
    return found


def _read_pool(fit: Any, c: Columns) -> dict[str, float]:
    unit = c.unit("est")
    return {"tau": fit.tau2**0.5 / unit, "q": fit.q, "error": fit.mean_std_error / unit, "i2": fit.i2,
            "above": float(fit.table["p_above"].sum())}  # fmt: skip


def _read_synthetic(fit: Any, c: Columns) -> dict[str, float]:
    return {"effect": fit.effect / c.unit("y"), "p": fit.p_value, "weight": float(fit.weights.iloc[0])}


SCALES = {"one": ["a", "b", "c"], "two": ["d", "e", "f"]}
MEDIATION = {"exposure": "x", "mediator": "m", "outcome": "y", "controls": ["z"], "cluster": "unit"}
STARTED = {"outcome": "y", "entity": "unit", "period": "period", "start": "start"}
TWO_WAY = {"effects": ["person", "period"], "cluster": "unit"}


def _start_follows(
    call: dict[str, Any], shift: Mapping[str, float], unit: Mapping[str, float]
) -> dict[str, Any]:
    return {**call, "start": unit.get("t", 1.0) * (call["start"] + shift.get("t", 0.0))}


def _values_follow(
    call: dict[str, Any], shift: Mapping[str, float], unit: Mapping[str, float]
) -> dict[str, Any]:
    low, high = (unit.get("x", 1.0) * (value + shift.get("x", 0.0)) for value in (0.0, 1.0))
    return {**call, "low": low, "high": high}


def _error_follows(
    call: dict[str, Any], shift: Mapping[str, float], unit: Mapping[str, float]
) -> dict[str, Any]:
    return {**call, "error_variance": {"m": 0.1 * unit.get("m", 1.0) ** 2}}


CASES: list[Case] = [
    Case(methods.fit_panel, panel, {"outcome": "y", "regressors": ["m", "x"], **TWO_WAY},
         lambda f, c: {**c.table(f.table, "y", ["m", "x"]), "r2": f.r2_within}),
    Case(methods.fit_panel, panel, {"outcome": "y", "regressors": ["m", "x"], "cluster": "unit"},
         lambda f, c: {**c.table(f.table, "y", ["m", "x"]), "r2": f.r2_within}),
    Case(methods.fit_panel, panel, {"outcome": "y", "regressors": ["m", "x"], "cluster": "unit", "weights": "w", "errors": "CR2", "effects": ["period"]},
         lambda f, c: {**c.table(f.table, "y", ["m", "x"]), "df": float(f.table["df"].sum())}),
    Case(methods.fit_panel, panel, {"outcome": "y", "regressors": ["m", "x"], "effects": ["person", "period"], "errors": "HC3"},
         lambda f, c: c.table(f.table, "y", ["m", "x"])),
    Case(methods.fit_random_effects, panel, {"outcome": "y", "regressors": ["m", "x"], "entity": "person"},
         lambda f, c: {**c.table(f.table, "y", ["m", "x"]), "sd": f.entity_sd / c.unit("y"), "hausman": methods.hausman(f).statistic}),
    Case(methods.fit_logit, panel, {"outcome": "d", "regressors": ["z", "x"], "cluster": "unit"},
         lambda f, c: {**c.table(f.table, "", ["z", "x"]), "criterion": f.log_likelihood / 100}, iterative=True),
    Case(methods.fit_counts, lambda: panel().assign(n=lambda d: np.round(np.exp(0.5 + 0.3 * d["z"])).astype(int)),
         {"outcome": "n", "regressors": ["z"], "exposure": "w", "cluster": "unit"},
         lambda f, c: {**c.table(f.table, "", ["z"]), "criterion": f.deviance / 100}, iterative=True),
    Case(clusters.fit_two_way_clustered, panel, {"outcome": "y", "regressors": ["m", "z"], "clusters": ("unit", "period")},
         lambda f, c: c.table(f.table, "y", ["m", "z"])),
    Case(confounding.one_control_at_a_time, panel, {"outcome": "y", "exposure": "x", "controls": ["z", "m"], **TWO_WAY},
         lambda f, c: {f"{at} {k}": f.loc[at, k] * c.unit("x") / c.unit("y") for at in f.index for k in ("estimate", "std_error")}),
    Case(methods.fit_mediation, panel, {**MEDIATION, "draws": 60}, lists_of, drawn=("std_error", "low", "high")),
    Case(methods.fit_mediation, panel, {**MEDIATION, "draws": 60, "effects": ["person", "period"]}, lists_of,
         drawn=("std_error", "low", "high")),
    Case(methods.mediation_sensitivity, panel, {**MEDIATION, "draws": 30},
         lambda f, c: {"rho": f.rho_at_zero, "total": f.r2_total_at_zero,
                       **{f"low {k}": v * c.unit("x") / c.unit("y") for k, v in enumerate(f.table["low"])},
                       **{f"at {k}": v * c.unit("x") / c.unit("y") for k, v in enumerate(f.table["indirect"])}},
         drawn=("low",)),
    Case(methods.fit_natural_effects, panel, {**MEDIATION, "interaction": True, "draws": 60, "low": 0.0, "high": 1.0},
         lambda f, c: {f"{r.term} {k}": getattr(r, k) / c.unit("y") for r in f.table.itertuples() for k in ("estimate", "low")},
         drawn=("estimate", "low"), follow=_values_follow),
    Case(methods.fit_multilevel_mediation, panel, {"exposure": "x", "mediator": "m", "outcome": "y", "unit": "unit", "draws": 40},
         lists_of, drawn=("std_error", "low", "high")),
    Case(methods.wild_bootstrap, panel, {"outcome": "y", "regressors": ["m", "z"], **TWO_WAY, "draws": 99},
         lambda f, c: {"estimate": f.estimate * c.unit("m") / c.unit("y"), "t": f.t, "drawn p": f.p_value,
                       "drawn low": f.low * c.unit("m") / c.unit("y")}, drawn=("drawn",)),
    Case(methods.specification_curve, panel, {"exposure": "x", "outcomes": ["y"], "controls": ["z"], "effects": [["person", "period"]], "cluster": "unit"},
         lambda f, c: {f"{k} {v}": f.loc[k, v] * c.unit("x") for k in f.index for v in ("estimate", "std_error")}),
    Case(methods.fit_weighting, panel, {"outcome": "y", "treated": "d", "covariates": ["z", "x"], "cluster": "unit"},
         lambda f, c: {**of_times(f.table, c), **{f"balance {k}": v for k, v in enumerate(f.balance["after"])}},
         # Its weights come from a logit that is fitted in steps.
         iterative=True),
    Case(methods.fit_group_time, programme, {**STARTED, "covariates": ["x"], "cluster": "region"},
         lambda f, c: {**of_times(f.simple, c), **of_times(f.events, c, label="event"), "leads": f.leads_p_value}),
    Case(methods.fit_event_study, programme, STARTED,
         lambda f, c: {**of_times(f.att, c), **of_times(f.events, c, label="event")}),
    Case(methods.permute_one_treated, one_treated, {"outcome": "y", "treated": "d", "entity": "unit", "period": "period"},
         lambda f, c: {"estimate": f.estimate / c.unit("y"), "low": f.low / c.unit("y"), "p": f.p_value}),
    Case(within_between.fit_within_between, panel, {"outcome": "y", "exposure": "x", "entity": "person"},
         lambda f, c: {**c.table(f.table.replace({"term": {"within": c.name("x")}}), "y", ["x"]), "sd": f.intercept_sd / c.unit("y"),
                       "criterion": (f.log_likelihood + 2 * np.log(c.unit("x")) + (f.n - 3) * np.log(c.unit("y"))) / 100},
         iterative=True),
    Case(pooling.pool, lambda: estimates().head(12), {"unit": "unit", "estimate": "est", "error": "err", "draws": 50}, _read_pool,
         together=[("est", "err")], iterative=True),
    Case(pooling.league_summary, estimates, {"by": "question", "unit": "unit", "estimate": "est", "error": "err"},
         lambda f, c: {v: float(np.sort(f[v]) @ [1, 2]) / c.unit("est") for v in ("mean_std_error", "spread")},
        together=[("est", "err")], iterative=True),
    Case(dynamics.with_lags, panel, {"columns": ["x"], "entity": "person", "period": "period"},
         lambda f, c: {"lags": float(f[f"{c.name('x')}_lag1"].sum())}),
    Case(methods.fit_interrupted, series, {"outcome": "y", "time": "t", "start": 20.0, "controls": ["c"]},
         lambda f, c: {**c.table(f.table, "y", ["level_change", "c"]), "phi": f.diagnostics["autocorrelation"], "dw": f.diagnostics["durbin_watson"]},
         iterative=True, follow=_start_follows),
    Case(methods.fit_interrupted, series, {"outcome": "y", "time": "t", "start": 20.0, "errors": "newey_west"},
         lambda f, c: {**c.table(f.table, "y", ["level_change"]), "dw": f.diagnostics["durbin_watson"]}, follow=_start_follows),
    Case(methods.before_after, series, {"outcome": "y", "time": "t", "start": 20.0},
         lambda f, c: {k: f[k] / c.unit("y") for k in ("estimate", "std_error", "low")}, follow=_start_follows),
    Case(methods.fit_ordinal, answers, {"outcome": "grade", "regressors": ["x"], "effects": ["criterion"], "cluster": "person"},
         lambda f, c: {**c.table(f.table, "", ["x"]), "criterion": f.log_likelihood / 100}, iterative=True),
    Case(methods.fit_factors, questionnaire, {"factors": SCALES, "scaling": "variance"}, _read_factors, iterative=True),
    Case(methods.fit_factors, questionnaire, {"factors": SCALES, "scaling": "variance", "robust": True}, _read_factors, iterative=True),
    Case(methods.fit_ordinal_factors, four_answers, {"factors": SCALES}, _read_factors, iterative=True),
    Case(methods.fit_quantiles, panel, {"outcome": "y", "regressors": ["m", "x"], "quantiles": (0.5,)},
         lambda f, c: c.table(f.table, "y", ["m", "x"]), iterative=True),
    Case(methods.fit_quantiles, panel, {"outcome": "y", "regressors": ["m"], "quantiles": (0.7,), "errors": "cluster_bootstrap", "cluster": "unit", "draws": 8},
         lambda f, c: c.table(f.table, "y", ["m"]), drawn=("std_error", "low", "high"), iterative=True),
    Case(methods.fit_synthetic, one_treated, {"outcome": "y", "unit": "unit", "period": "period", "treated": 4, "start": 5}, _read_synthetic,
         iterative=True),
    Case(study.spread, one_treated, {"outcome": "y", "adoption": pd.DataFrame({"unit": [4], "start": [5]}), "unit": "unit", "period": "period"},
         lambda f, c: {"effect": f.first_effect / c.unit("y")}, iterative=True),
    Case(methods.fit_pace, waits, {"regressors": ["x"], "strata": "kind", "cluster": "counter"}, lambda f, c: c.table(f.table, "", ["x"]),
         own_names=True, iterative=True),
    Case(study.fit_chain, lambda: answers().assign(period=lambda d: d["person"] % 4), {"time": "score", "satisfaction": "x", "trust": "grade", "unit": "rater", "period": "period", "draws": 50},
         lambda f, c: {"first": f.first.row(c.name("score"))["estimate"] * c.unit("score") / c.unit("x"),
                       "criterion": f.second.log_likelihood / 100}, iterative=True),
    Case(methods.fit_corrected, panel, {"outcome": "y", "regressors": ["m", "x"], "error_variance": {"m": 0.1}, "cluster": "unit", "draws": 40},
         lambda f, c: {**c.table(f.table, "y", ["m", "x"]), "reliability": next(iter(f.reliability.values()))},
         drawn=("std_error", "low", "high"), follow=_error_follows),
    Case(methods.estimate_spread, lambda: panel().rename(columns={"person": "person_id", "unit": "unit_id"}), {"outcome": "y", "exposure": "x", "controls": ["z"]},
         _read_spread, own_names=True),
    Case(methods.fit_crossed, answers, {"outcome": "score", "fixed": ["x"], "random": ["person", "rater"], "slopes": {"person": ["x"]}}, _read_crossed,
         iterative=True),
    Case(methods.fit_crossed_ordinal, answers, {"outcome": "grade", "fixed": ["x"], "random": ["person", "rater"]}, _read_ordinal, iterative=True),
    Case(methods.fit_crossed_ordinal, varied_answers, {"outcome": "grade", "fixed": ["x"], "random": ["person"], "slopes": {"person": ["x"]}}, _read_ordinal_slopes,
         iterative=True),
    Case(methods.fit_facets, answers, {"score": "grade", "person": "person", "rater": "rater", "criterion": "criterion"}, _read_facets,
         iterative=True),
    Case(methods.rating_design, answers, {"person": "person", "rater": "rater"},
         lambda f, c: {"per person": f.raters_per_person, "sets": float(len(f.components))}),
    Case(decompose_gap, panel, {"outcome": "y", "group": "d", "explained_by": ["x", "z"], "first": 1.0, "second": 0.0, "draws": 30},
         lambda f, c: {f"{at} {k}": f.table.loc[at, k] / c.unit("y") for at in f.table.index for k in ("estimate", "low")}, drawn=("low",)),
]  # fmt: skip
