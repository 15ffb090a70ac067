"""Exercises whose answers are worked out from the reader's own data when they ask, and stored nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from asn_research.errors import RequestError
from asn_research.methods.causal.event_study import fit_event_study
from asn_research.methods.causal.staggered import fit_group_time
from asn_research.methods.mediation.indirect import fit_mediation
from asn_research.methods.panel.fixed_effects import fit_panel
from asn_research.methods.raters.crossed_linear import fit_crossed
from asn_research.methods.time.interrupted import fit_interrupted
from asn_research.rules.cities import CITY
from asn_research.study.fitting import with_start
from asn_research.study.good_practice import reliably_better
from asn_research.study.service_series import month_of

_WHO: dict[str, Any] = {"entity": "person_id", "period": "quarter_no", "start": "start", "cluster": "unit_id"}


@dataclass(frozen=True)
class Exercise:
    """A task, how its answer is worked out, how near an answer must come, and a hint."""

    task: str
    solve: Callable[[Any], float]
    hint: str
    tolerance: float = 0.01


def _kept(exits: pd.DataFrame) -> float:
    return float(100 * exits["n_kept"].sum() / exits["n_raw"].sum())


def _pooled(employees: pd.DataFrame) -> float:
    fit = fit_panel(
        employees,
        "motivation_score",
        ["training_jp10", "recognition_score"],
        effects=["period"],
        cluster="unit_id",
    )
    return float(fit.row("training_jp10")["estimate"])


def _share(employees: pd.DataFrame) -> float:
    fit = fit_mediation(
        employees, "training_jp10", "motivation_score", "service_quality_score", controls=["recognition_score"],
        effects=["person_id", "period"], cluster="unit_id", draws=2,
    )  # fmt: skip
    return 100 * float(fit.row("indirect")["estimate"] / fit.row("total")["estimate"])


def _never(employees: pd.DataFrame) -> float:
    dated = with_start(employees, "training_jp10", "person_id")
    fit = fit_group_time(dated, "service_quality_score", controls="never", **_WHO)
    return float(fit.simple["estimate"].iloc[0])


def _four_on(employees: pd.DataFrame) -> float:
    dated = with_start(employees, "training_jp10", "person_id")
    fit = fit_event_study(dated, "service_quality_score", **_WHO)
    return float(fit.events.loc[fit.events["event"] == 4, "estimate"].iloc[0])


def _unsure(now: pd.DataFrame) -> float:
    chances = now[now["unit_id"] != CITY].filter(regex="^grade_._pct$")
    return float((chances.max(axis=1) < 95).sum())


def _wider(now: pd.DataFrame) -> float:
    units = now[now["unit_id"] != CITY]
    own = units["index_high"] - units["index_low"]
    return float((own / (units["index_simple_high"] - units["index_simple_low"])).mean())


def _raters_alone(ratings: pd.DataFrame) -> float:
    return fit_crossed(ratings, "score", fixed=["criterion", "period"], random=["rater_id"]).sd("rater_id")


def _nothing_happened(own: pd.DataFrame) -> float:
    earlier = own[own["month_no"] < month_of(own, "2025-07-01")]
    fit = fit_interrupted(
        earlier, "log_days", time="month_no", start=month_of(own, "2025-04-01"), slope_change=False
    )
    return float(fit.row("level_change")["estimate"])


def _any_better(recent: pd.DataFrame) -> float:
    found = reliably_better(recent, "log_days", higher_is_better=False, margin=0.0, load="load")
    return float(found.table["is_reliable"].sum())


def _of_organisations(panel: pd.DataFrame, cause: str) -> float:
    fit = fit_panel(panel, "engagement", [cause], effects=["organisation", "year"], cluster="organisation")
    return float(fit.row(cause)["estimate"])


def _without_pandemic(panel: pd.DataFrame) -> float:
    return _of_organisations(panel[~panel["year"].isin([2020, 2021])], "learning")


def _of_pay(panel: pd.DataFrame) -> float:
    return _of_organisations(panel, "pay")


EXERCISES = {
    "00a": Exercise(
        "Which share of all raw rows was kept, in percent? (`outcome.exits`)", _kept,
        "Add up n_kept and n_raw over all files, then divide; do not average the files' shares.",
    ),
    "02a": Exercise(
        "How many units (not the city) have no grade with a chance of at least 95 %? "
        "(the `grade_…_pct` columns of `now`)", _unsure,
        "Take the highest of the chances in each row; leave the row CITY out.",
    ),
    "02b": Exercise(
        "How many times as wide is the index's interval, in the mean over units, as one that takes "
        "respondents for a simple random sample? (`now`)", _wider,
        "Divide the widths unit by unit, then take the mean; leave the row CITY out.",
    ),
    "03a": Exercise(
        "Drop the effects of persons from `training_motivation`, keep the quarters': what is the slope of "
        "training? (`fit_panel(..., effects=['period'])`)", _pooled,
        "Keep recognition_score as a control. The slope should be larger than the one of the study. Why?",
    ),
    "03b": Exercise(
        "Which share of the total runs through motivation, in percent?", _share,
        "Divide the indirect part by the total of the same fit, not by training_quality.",
    ),
    "04a": Exercise(
        "Compare those who began with those who never do, instead of those not yet: what is the mean effect "
        "on service_quality_score? (`fit_group_time(..., controls='never')`)", _never,
        "Use with_start for the start, unit_id as cluster; read `simple`.",
    ),
    "04b": Exercise(
        "What does the Sun-Abraham event study say of service_quality_score four quarters after the start? "
        "(`fit_event_study`)", _four_on,
        "Leave by_wave=True; read the row of `events` where event is 4.",
    ),
    "05a": Exercise(
        "Leave the employee out: what spread do raters have in `fit_crossed(ratings, 'score', "
        "fixed=['criterion', 'period'], random=['rater_id'])`?", _raters_alone,
        "Read `sd('rater_id')`: a standard deviation, not a variance.",
    ),
    "06a": Exercise(
        "On 1 April 2025 nothing happened at the counter. What change of level does the interrupted series "
        "find then, from the months before July 2025 alone? (`fit_interrupted(..., slope_change=False)`)",
        _nothing_happened,
        "Keep only the months before month_of(own, '2025-07-01'); start at month_of(own, '2025-04-01').",
    ),
    "06b": Exercise(
        "Take the margin to zero: how many units are reliably better now? (`reliably_better(recent, ...)`)",
        _any_better,
        "Keep load='load' and higher_is_better=False; add up `is_reliable`.",
    ),
    "07a": Exercise(
        "Leave out 2020 and 2021: what is the slope of learning with both effects? (`fit_panel`)",
        _without_pandemic,
        "Use `panel`, effects of organisation and year, and read the row of learning.",
    ),
    "07b": Exercise(
        "What is the slope of pay in place of learning, with both effects, all years?", _of_pay,
        "One cause at a time: pay instead of learning, not beside it.",
    ),
}  # fmt: skip


def task(name: str) -> str:
    """Return an exercise's task."""
    return _exercise(name).task


def check(name: str, answer: float | None, data: Any) -> str:
    """Say whether an answer is right; if not, give a hint. The answer itself is not told.

    Parameters
    ----------
    name : str
        The exercise, ``"03a"`` and so on.
    answer : float or None
        Yours; None before you have tried.
    data : object
        What the answer is worked out from: the frame named in the notebook.
    """
    exercise = _exercise(name)
    if answer is None:
        return f"{name}: not tried yet. {exercise.task}"
    right = exercise.solve(data)
    if abs(float(answer) - right) <= exercise.tolerance * max(abs(right), 1e-9):
        return f"{name}: right."
    return f"{name}: not yet. {exercise.hint}"


def _exercise(name: str) -> Exercise:
    if name not in EXERCISES:
        msg = f"There is no exercise {name}; there are {', '.join(EXERCISES)}."
        raise RequestError(msg)
    return EXERCISES[name]
