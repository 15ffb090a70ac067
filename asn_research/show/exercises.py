"""Exercises whose answers are worked out from the reader's own data when they ask, and stored nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from asn_research.errors import RequestError
from asn_research.model import fit_event_study, fit_group_time, fit_mediation, fit_panel
from asn_research.model.fitting import with_start

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


EXERCISES = {
    "00a": Exercise(
        "Which share of all raw rows was kept, in percent? (`outcome.exits`)", _kept,
        "Add up n_kept and n_raw over all files, then divide; do not average the files' shares.",
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
