"""The exercises of the lessons: the right road of each from data to answer, and the usual wrong roads."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd

from asn_research.methods.causal.event_study import fit_event_study
from asn_research.methods.causal.staggered import fit_group_time
from asn_research.methods.mediation.indirect import fit_mediation
from asn_research.methods.panel.fixed_effects import fit_panel
from asn_research.methods.raters.crossed_linear import fit_crossed
from asn_research.methods.time.interrupted import fit_interrupted
from asn_research.rules.cities import CITY
from asn_research.rules.lists import elements
from asn_research.study.fitting import with_start
from asn_research.study.good_practice import reliably_better

_WHO: dict[str, Any] = {"entity": "person_id", "period": "quarter_no", "start": "start", "cluster": "unit_id"}
Road = Callable[[Any], float]


@dataclass(frozen=True)
class Exercise:
    """An exercise: how its answer is computed, and the usual wrong ways to compute it.

    Parameters
    ----------
    data : str
        What the notebook hands over, as it is named there.
    solve : callable
        The right road.
    decimals : int
        To how many decimals the answer is asked; it may differ by half of the last one.
    wrong : mapping of str to callable
        The usual wrong roads, by the end of their row in `words.csv`.
    solution : str
        Code that gives the answer in the notebook.
    in_percent : bool
        Whether a fraction is the likely slip.
    """

    data: str
    solve: Road
    decimals: int
    wrong: Mapping[str, Road]
    solution: str
    in_percent: bool = False


# ------------------------------------------------------------------ 00, 01: rows


def _kept(exits: pd.DataFrame) -> float:
    return float(100 * exits["n_kept"].sum() / exits["n_raw"].sum())


def _kept_by_file(exits: pd.DataFrame) -> float:
    return float(100 * (exits["n_kept"] / exits["n_raw"]).mean())


def _kept_or_repaired(exits: pd.DataFrame) -> float:
    return float(100 * (exits["n_kept"] + exits["n_repaired"]).sum() / exits["n_raw"].sum())


def _quarantined(exits: pd.DataFrame) -> float:
    return float(exits["n_quarantined"].sum())


def _quarantined_or_excluded(exits: pd.DataFrame) -> float:
    return float((exits["n_quarantined"] + exits["n_excluded"]).sum())


def _width(table: pd.DataFrame) -> float:
    rows = table.loc[table["key"] == "training_motivation"]
    return float((rows["high"] - rows["low"]).to_numpy()[0])


def _half_width(table: pd.DataFrame) -> float:
    return _width(table) / 2


def _quarantined_per_thousand(exits: pd.DataFrame) -> float:
    return 1000 * _quarantined(exits) / float(exits["n_raw"].sum())


def _marks(forms: pd.DataFrame) -> pd.DataFrame:
    """Return the answers on the elements that were asked."""
    asked = forms[[name for name in elements() if name in forms]]
    return asked.loc[:, asked.notna().any()]


def _alike(forms: pd.DataFrame) -> float:
    marks = _marks(forms)
    return float(100 * (marks.eq(marks.iloc[:, 0], axis=0).all(axis=1) & marks.notna().all(axis=1)).mean())


def _alike_or_empty(forms: pd.DataFrame) -> float:
    return float(100 * (_marks(forms).max(axis=1) == _marks(forms).min(axis=1)).mean())


def _women(forms: pd.DataFrame) -> float:
    return float(100 * (forms["sex"].dropna() == "f").mean())


def _women_of_all(forms: pd.DataFrame) -> float:
    return float(100 * (forms["sex"] == "f").fillna(value=False).mean())


# ------------------------------------------------------------------ 02: indices


def _units(now: pd.DataFrame) -> pd.DataFrame:
    return now[now["unit_id"] != CITY]


def _unsure(now: pd.DataFrame) -> float:
    return float((_units(now).filter(regex="^grade_._pct$").max(axis=1) < 95).sum())


def _sure(now: pd.DataFrame) -> float:
    return float(len(_units(now))) - _unsure(now)


def _widths(now: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return now["index_high"] - now["index_low"], now["index_simple_high"] - now["index_simple_low"]


def _wider(now: pd.DataFrame) -> float:
    own, simple = _widths(_units(now))
    return float((own / simple).mean())


def _wider_by_means(now: pd.DataFrame) -> float:
    own, simple = _widths(_units(now))
    return float(own.mean() / simple.mean())


def _wider_with_city(now: pd.DataFrame) -> float:
    own, simple = _widths(now)
    return float((own / simple).mean())


def _lowered(now: pd.DataFrame) -> float:
    return float((now["ikm"] - now["index_printed_weight"]).max())


def _lowered_in_mean(now: pd.DataFrame) -> float:
    return float((now["ikm"] - now["index_printed_weight"]).mean())


# ------------------------------------------------------------------ 03: training, motivation, service


def _slope(staff: pd.DataFrame, effects: list[str], *, controls: bool = True) -> float:
    terms = ["training_jp10", *(["recognition_score"] if controls else [])]
    fit = fit_panel(staff, "motivation_score", terms, effects=effects, cluster="unit_id")
    return float(fit.row("training_jp10")["estimate"])


def _shares(staff: pd.DataFrame) -> pd.Series:
    fit = fit_mediation(
        staff, "training_jp10", "motivation_score", "service_quality_score", controls=["recognition_score"],
        effects=["person_id", "period"], cluster="unit_id", draws=2,
    )  # fmt: skip
    return fit.table.set_index("term")["estimate"]


def _share(staff: pd.DataFrame) -> float:
    parts = _shares(staff)
    return float(100 * parts["indirect"] / parts["total"])


def _share_of_direct(staff: pd.DataFrame) -> float:
    parts = _shares(staff)
    return float(100 * parts["indirect"] / parts["direct"])


# ------------------------------------------------------------------ 04: does training work?


def _begun(staff: pd.DataFrame) -> pd.DataFrame:
    return with_start(staff, "training_jp10", "person_id")


def _group_time(staff: pd.DataFrame, controls: Any) -> float:
    fit = fit_group_time(_begun(staff), "service_quality_score", controls=controls, **_WHO)
    return float(fit.simple["estimate"].iloc[0])


def _at_event(staff: pd.DataFrame, event: int, *, by_wave: bool = True) -> float:
    fit = fit_event_study(_begun(staff), "service_quality_score", by_wave=by_wave, **_WHO)
    found = fit.events.loc[fit.events["event"] == event, "estimate"]
    return float(found.iloc[0]) if len(found) else math.nan


def _never_began(staff: pd.DataFrame) -> float:
    return float(100 * _begun(staff).groupby("person_id")["start"].first().isna().mean())


def _rows_before(staff: pd.DataFrame) -> float:
    dated = _begun(staff)
    return float(100 * (dated["start"].isna() | (dated["quarter_no"] < dated["start"])).mean())


# ------------------------------------------------------------------ 05: raters


def _raters_alone(ratings: pd.DataFrame) -> float:
    return fit_crossed(ratings, "score", fixed=["criterion", "period"], random=["rater_id"]).sd("rater_id")


def _raw_means(ratings: pd.DataFrame) -> float:
    return float(ratings.groupby("rater_id")["score"].mean().std())


def _staff_of_a_rater(ratings: pd.DataFrame) -> float:
    return float(ratings.groupby("rater_id")["person_id"].nunique().mean())


def _rows_of_a_rater(ratings: pd.DataFrame) -> float:
    return float(ratings.groupby("rater_id").size().mean())


# ------------------------------------------------------------------ 06: what works where


def _nothing_happened(given: tuple[pd.DataFrame, float], *, cut: bool = True, back: int = 3) -> float:
    own, start = given
    rows = own[own["month_no"] < start] if cut else own
    fit = fit_interrupted(rows, "log_days", time="month_no", start=start - back, slope_change=False)
    return float(fit.row("level_change")["estimate"])


def _better(recent: pd.DataFrame, margin: float) -> float:
    found = reliably_better(recent, "log_days", higher_is_better=False, margin=margin, load="load")
    return float(found.table["is_reliable"].sum())


def _level(jump: Any) -> float:
    return float(jump.row("level_change")["estimate"])


def _percent(jump: Any) -> float:
    return 100 * (math.exp(_level(jump)) - 1)


# ------------------------------------------------------------------ 07: the UK civil service


def _of_organisations(
    panel: pd.DataFrame, cause: str, effects: tuple[str, ...] = ("organisation", "year"), beside: tuple[str, ...] = ()
) -> float:  # fmt: skip
    fit = fit_panel(panel, "engagement", [cause, *beside], effects=list(effects), cluster="organisation")
    return float(fit.row(cause)["estimate"])


def _without(panel: pd.DataFrame, *years: int) -> float:
    return _of_organisations(panel[~panel["year"].isin(years)], "learning")


_PERSON, _QUARTER = ["person_id", "period"], ["period"]
EXERCISES: Mapping[str, Exercise] = MappingProxyType(
    {
        "00a": Exercise(
            "outcome.exits", _kept, 2, {"by_file": _kept_by_file, "repaired": _kept_or_repaired},
            "100 * outcome.exits.n_kept.sum() / outcome.exits.n_raw.sum()", in_percent=True,
        ),
        "00b": Exercise(
            "outcome.exits", _quarantined, 0, {"excluded": _quarantined_or_excluded}, "outcome.exits.n_quarantined.sum()",
        ),
        "00c": Exercise(
            "study.table", _width, 3, {"half": _half_width},
            'row = study.table.set_index("key").loc["training_motivation"]\nrow.high - row.low',
        ),
        "01a": Exercise(
            "exits", _quarantined_per_thousand, 2,
            {"excluded": lambda e: 1000 * _quarantined_or_excluded(e) / e["n_raw"].sum(), "percent": lambda e: _quarantined_per_thousand(e) / 10},
            "1000 * exits.n_quarantined.sum() / exits.n_raw.sum()",
        ),
        "01b": Exercise(
            "forms", _alike, 2, {"empty": _alike_or_empty},
            "marks = forms[elements]\n100 * (marks.eq(marks.iloc[:, 0], axis=0).all(axis=1) & marks.notna().all(axis=1)).mean()",
            in_percent=True,
        ),
        "01c": Exercise(
            "forms", _women, 2, {"all_forms": _women_of_all, "men": lambda f: 100 - _women(f)},
            '100 * (forms.sex.dropna() == "f").mean()', in_percent=True,
        ),
        "02a": Exercise(
            "now", _unsure, 0, {"sure": _sure},
            'units = now[now.unit_id != "CITY"]\n(units.filter(regex="^grade_._pct$").max(axis=1) < 95).sum()',
        ),
        "02b": Exercise(
            "now", _wider, 3, {"ratio_of_means": _wider_by_means, "city": _wider_with_city},
            'units = now[now.unit_id != "CITY"]\n((units.index_high - units.index_low) / (units.index_simple_high - units.index_simple_low)).mean()',
        ),
        "02c": Exercise(
            "now", _lowered, 2, {"mean": _lowered_in_mean}, "(now.ikm - now.index_printed_weight).max()",
        ),
        "03a": Exercise(
            "staff", lambda s: _slope(s, _QUARTER), 3,
            {"persons": lambda s: _slope(s, _PERSON), "no_quarters": lambda s: _slope(s, []), "no_control": lambda s: _slope(s, _QUARTER, controls=False)},
            'fit_panel(staff, "motivation_score", ["training_jp10", "recognition_score"],\n          effects=["period"], cluster="unit_id").row("training_jp10").estimate',
        ),
        "03b": Exercise(
            "staff", _share, 1, {"of_direct": _share_of_direct},
            'parts = study.fits["mediation"].table.set_index("term").estimate\n100 * parts["indirect"] / parts["total"]',
            in_percent=True,
        ),
        "03c": Exercise(
            "other_staff", lambda s: _slope(s, _PERSON), 3,
            {"quarters_only": lambda s: _slope(s, _QUARTER), "no_control": lambda s: _slope(s, _PERSON, controls=False)},
            'fit_panel(other_staff, "motivation_score", ["training_jp10", "recognition_score"],\n          effects=["person_id", "period"], cluster="unit_id").row("training_jp10").estimate',
        ),
        "04a": Exercise(
            "staff", lambda s: _group_time(s, "never"), 3, {"not_yet": lambda s: _group_time(s, "not_yet")},
            'fit_group_time(dated, "service_quality_score", controls="never", **names).simple.estimate[0]',
        ),
        "04b": Exercise(
            "staff", lambda s: _at_event(s, 4), 3,
            {"event_3": lambda s: _at_event(s, 3), "two_way": lambda s: _at_event(s, 4, by_wave=False)},
            'sun_abraham.events.set_index("event").estimate[4]',
        ),
        "04c": Exercise(
            "staff", _never_began, 1, {"rows": _rows_before},
            '100 * dated.groupby("person_id").start.first().isna().mean()', in_percent=True,
        ),
        "05a": Exercise(
            "ratings", _raters_alone, 2, {"variance": lambda r: _raters_alone(r) ** 2, "raw": _raw_means},
            'methods.fit_crossed(ratings, "score", fixed=["criterion", "period"], random=["rater_id"]).sd("rater_id")',
        ),
        "05b": Exercise(
            "ratings", _raw_means, 2, {"all_scores": lambda r: float(r["score"].std()), "model": _raters_alone},
            'ratings.groupby("rater_id").score.mean().std()',
        ),
        "05c": Exercise(
            "ratings", _staff_of_a_rater, 1,
            {"rows": _rows_of_a_rater, "quarters": lambda r: float(r.groupby(["rater_id", "period"])["person_id"].nunique().mean())},
            'ratings.groupby("rater_id").person_id.nunique().mean()',
        ),
        "06a": Exercise(
            "(own, start)", _nothing_happened, 3,
            {"not_cut": lambda g: _nothing_happened(g, cut=False), "at_start": lambda g: _nothing_happened(g, cut=False, back=0)},
            'earlier = own[own.month_no < start]\nfit_interrupted(earlier, "log_days", time="month_no", start=start - 3,\n                slope_change=False).row("level_change").estimate',
        ),
        "06b": Exercise(
            "recent", lambda r: _better(r, 0.0), 0, {"margin": lambda r: _better(r, 0.10)},
            'reliably_better(recent, "log_days", higher_is_better=False, margin=0.0,\n                load="load").table.is_reliable.sum()',
        ),
        "06c": Exercise(
            "jump", _percent, 1, {"log_points": lambda j: 100 * _level(j), "sign": lambda j: -_percent(j)},
            '100 * (np.exp(jump.row("level_change").estimate) - 1)', in_percent=True,
        ),
        "07a": Exercise(
            "panel", lambda p: _without(p, 2020, 2021), 4,
            {"one_year": lambda p: _without(p, 2021), "all_years": lambda p: _of_organisations(p, "learning")},
            'fit_panel(panel[~panel.year.isin([2020, 2021])], "engagement", ["learning"],\n          effects=effects, cluster="organisation").row("learning").estimate',
        ),
        "07b": Exercise(
            "panel", lambda p: _of_organisations(p, "pay"), 4,
            {"beside": lambda p: _of_organisations(p, "pay", beside=("learning",)), "one_effect": lambda p: _of_organisations(p, "pay", ("organisation",))},
            'fit_panel(panel, "engagement", ["pay"], effects=effects, cluster="organisation").row("pay").estimate',
        ),
        "07c": Exercise(
            "panel", lambda p: _of_organisations(p, "learning", ("organisation",)), 4,
            {"both": lambda p: _of_organisations(p, "learning"), "years": lambda p: _of_organisations(p, "learning", ("year",))},
            'fit_panel(panel, "engagement", ["learning"], effects=["organisation"],\n          cluster="organisation").row("learning").estimate',
        ),
    }
)  # fmt: skip
