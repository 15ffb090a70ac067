"""Estimators of the public door recover what was planted, and their intervals hold it as often as they say."""

import numpy as np
import pandas as pd
import pytest

from asn_research.methods import fit_counts, fit_logit, fit_panel, fit_random_effects, hausman


def world(rng, n_groups=40, size=6, related=0.0):
    """Groups with an effect of their own, which goes with x as far as `related` says."""
    group = np.repeat(np.arange(n_groups), size)
    effect = rng.normal(size=n_groups)[group]
    x = rng.normal(size=len(group)) + related * effect
    return pd.DataFrame(
        {"group": group, "x": x, "effect": effect, "out_of": rng.integers(20, 200, len(group))}
    )


def drawn(rng, kind):
    """One study: its slope, its interval, and the truth."""
    data = world(rng)
    line = 0.5 * data["x"] + 0.7 * data["effect"]
    if kind == "random":
        fit = fit_random_effects("y ~ x | group", data.assign(y=line + rng.normal(size=len(data))))
    elif kind == "logit":
        # Without the groups' effect, whose omission would shrink the slope of a logit.
        chance = 1 / (1 + np.exp(-0.5 * data["x"]))
        fit = fit_logit("y ~ x", data.assign(y=(rng.random(len(data)) < chance).astype(int)), cluster="group")
    elif kind == "counts":
        mean = data["out_of"] * np.exp(-2 + 0.5 * data["x"]) * np.exp(0.3 * data["effect"])
        fit = fit_counts("y ~ x", data.assign(y=rng.poisson(mean)), exposure="out_of", cluster="group")
    else:
        weight = 1 / (0.3 + data["out_of"] / 100)
        noise = rng.normal(size=len(data)) / np.sqrt(weight)
        fit = fit_panel("y ~ x", data.assign(y=0.5 * data["x"] + noise, w=weight), weights="w", errors="HC3")
    return fit.row("x")


@pytest.mark.parametrize("kind", ["random", "logit", "counts", "weighted"])
def test_slopes_are_recovered(kind):
    rng = np.random.default_rng(11)
    rows = pd.DataFrame([drawn(rng, kind)[["estimate", "low", "high"]] for _ in range(40)]).astype(float)
    error = rows["estimate"].std() / np.sqrt(len(rows))
    assert abs(rows["estimate"].mean() - 0.5) < 3.5 * error + 0.01
    # Of 40 intervals of 95 %, 33 or more hold the truth but once in two thousand tries.
    assert ((rows["low"] <= 0.5) & (rows["high"] >= 0.5)).sum() >= 33


def test_hausman_tells_effects_that_go_with_x_from_those_that_do_not():
    rng = np.random.default_rng(12)
    found = {}
    for related in (0.0, 0.8):
        data = world(rng, related=related)
        data["y"] = 0.5 * data["x"] + data["effect"] + rng.normal(size=len(data))
        found[related] = hausman(fit_random_effects("y ~ x | group", data)).p_value
    assert found[0.0] > 0.01
    assert found[0.8] < 1e-6


@pytest.mark.slow
def test_few_uneven_clusters_are_covered_by_cr2_and_not_by_cr1():
    rng = np.random.default_rng(13)
    inside = {"CR1": [], "CR2": []}
    for _ in range(600):
        size = np.array([60, 40, 10, 8, 6, 5, 5, 4])
        group = np.repeat(np.arange(8), size)
        # The regressor is the same for all of a cluster, the hardest case.
        x = rng.lognormal(0, 1, 8)[group]
        y = 0.5 * x + rng.normal(size=8)[group] + rng.normal(size=len(group))
        data = pd.DataFrame({"g": group, "x": x, "y": y})
        for errors, held in inside.items():
            row = fit_panel(data, "y", ["x"], cluster="g", errors=errors).row("x")
            held.append(row["low"] <= 0.5 <= row["high"])
    shares = {errors: np.mean(held) for errors, held in inside.items()}
    # Monte Carlo error: 0.9 percentage points.
    assert shares["CR2"] > 0.925, shares
    assert shares["CR1"] < shares["CR2"] - 0.03, shares


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["random", "logit", "counts", "weighted"])
def test_coverage(kind):
    rng = np.random.default_rng(14)
    rows = pd.DataFrame([drawn(rng, kind)[["low", "high"]] for _ in range(400)]).astype(float)
    # Monte Carlo error: 1.1 percentage points.
    assert 0.92 <= ((rows["low"] <= 0.5) & (rows["high"] >= 0.5)).mean() <= 0.98
