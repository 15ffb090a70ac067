"""Fits of counts, and of yes and no: what they rest on is counted and said."""

import numpy as np
import pandas as pd
import pytest

from asn_research.methods import fit_counts, fit_logit
from asn_research.methods.panel.generalised import events_of


def counted(mean, n=200, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.normal(size=n), "unit": np.arange(n) % 20, "quarter": np.arange(n) // 20})
    frame["n"] = rng.poisson(mean, n)
    frame["d"] = (rng.random(n) < mean / 4).astype(float)
    return frame


def test_few_events_are_said_and_many_are_not():
    few = fit_counts(counted(0.02), "n", ["x"], errors="HC1")
    (note,) = [note for note in few.notes if "events" in note]
    assert f"only {counted(0.02)['n'].sum()} events for 1 coefficients" in note
    assert not any("events" in note for note in fit_counts(counted(3.0), "n", ["x"], errors="HC1").notes)


def test_of_yes_and_no_the_rarer_one_counts():
    frame = counted(0.16)
    rare = frame.assign(d=1 - frame["d"])
    for data in (frame, rare):
        assert events_of(data, "d", ["x"], [], are_counts=False).n == frame["d"].sum()
    assert any("events" in note for note in fit_logit(rare, "d", ["x"]).notes)


@pytest.mark.parametrize(
    ("are_counts", "parameters"),
    # One slope and nine quarters; the nineteen effects of units drop out of a likelihood of counts alone.
    [(True, 1 + 9), (False, 1 + 9 + 19)],
)
def test_effects_are_parameters_too(are_counts, parameters):
    frame = counted(1.0)
    found = events_of(frame, "n" if are_counts else "d", ["x"], ["unit", "quarter"], are_counts=are_counts)
    assert found.n_parameters == parameters


def test_with_ten_events_for_each_slope_the_interval_holds_the_truth():
    inside = []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=150)
        frame = pd.DataFrame({"x": x, "n": rng.poisson(0.15 * np.exp(0.4 * x))})
        if frame["n"].sum() >= 10:
            row = fit_counts(frame, "n", ["x"], family="poisson").row("x")
            inside.append(row["low"] <= 0.4 <= row["high"])
    assert np.mean(inside) == pytest.approx(0.95, abs=0.06)
