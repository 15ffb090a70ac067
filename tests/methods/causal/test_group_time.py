"""Bases, averages and influence functions of group-time effects, each against another way to reckon it."""

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from conftest import GOLDEN
from methods.estimator_cases import panel, programme

from asn_research.methods import fit_group_time, fit_weighting
from asn_research.methods.causal.propensity_weights import att_influence

WHO = {"entity": "unit", "period": "period", "start": "start"}


def weighted_att(y, d, x, w):
    """The doubly robust effect on the treated with weights, by statsmodels' own fits."""
    x = sm.add_constant(x)
    chance = sm.GLM(d, x, family=sm.families.Binomial(), freq_weights=w).fit(tol=1e-14).fittedvalues
    untreated = d == 0
    gap = y - x @ sm.WLS(y[untreated], x[untreated], weights=w[untreated]).fit().params
    odds = w * (1 - d) * chance / (1 - chance)
    return np.average(gap, weights=w * d) - np.average(gap, weights=odds)


def test_the_influence_function_is_the_slope_in_each_rows_weight():
    data = panel().head(120)
    y, d, x = data["y"].to_numpy(), data["d"].to_numpy(), data[["z", "x"]].to_numpy()
    estimate, psi = att_influence(y, d, x)
    ones = np.ones(len(y))
    assert estimate == pytest.approx(weighted_att(y, d, x, ones), rel=1e-9)
    step = 1e-4
    for row in range(0, 120, 7):
        moved = [weighted_att(y, d, x, ones + sign * step * (np.arange(120) == row)) for sign in (1, -1)]
        slope = (moved[0] - moved[1]) / (2 * step)
        assert psi[row] / len(y) == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_errors_with_covariates_are_those_of_leaving_one_out():
    data = panel()
    fit = fit_weighting(data, "y", "d", ["z"], target="att")
    y, d, x = data["y"].to_numpy(), data["d"].to_numpy(), data[["z"]].to_numpy()
    left = np.array(
        [att_influence(*(np.delete(part, row, axis=0) for part in (y, d, x)))[0] for row in range(len(y))]
    )
    jackknife = np.sqrt((len(y) - 1) / len(y) * ((left - left.mean()) ** 2).sum())
    # The jackknife is a little larger in finite samples.
    assert fit.row("aipw")["std_error"] == pytest.approx(jackknife, rel=0.05)


def test_a_varying_base_leaves_effects_as_they_are_and_adds_leads_up():
    data = programme()
    universal, varying = (fit_group_time(data, "y", base=base, **WHO) for base in ("universal", "varying"))
    one, two = (fit.cells.set_index(["wave", "period"])["estimate"] for fit in (universal, varying))
    after = [(w, t) for w, t in one.index if t >= w]
    assert two[after].tolist() == pytest.approx(one[after].tolist(), rel=1e-12)
    assert universal.simple["estimate"].iloc[0] == pytest.approx(
        varying.simple["estimate"].iloc[0], rel=1e-12
    )
    # Steps before the start add up to the way to the period before it: controls are the same units here.
    never = {base: fit_group_time(data, "y", base=base, controls="never", **WHO).cells.set_index(["wave", "period"])["estimate"] for base in ("universal", "varying")}  # fmt: skip
    for wave in (3, 5):
        for t in range(1, wave - 1):
            steps = sum(never["varying"][wave, s] for s in range(t + 1, wave))
            assert never["universal"][wave, t] == pytest.approx(-steps, rel=1e-9)
    assert -1 in varying.events["event"].tolist()
    assert -1 not in universal.events["event"].tolist()


def test_averages_are_those_made_by_hand():
    data = programme()
    fit = fit_group_time(data, "y", **WHO)
    cells = fit.cells.assign(size=fit.cells["wave"].map(data.groupby("start")["unit"].nunique()))
    after = cells.loc[cells["event"] >= 0]
    by_period = after.groupby("period").apply(lambda rows: np.average(rows["estimate"], weights=rows["size"]))
    assert fit.calendar.set_index("period")["estimate"].to_dict() == pytest.approx(
        by_period.to_dict(), rel=1e-12
    )
    overall = fit.overall.set_index("term")["estimate"]
    assert overall["calendar"] == pytest.approx(by_period.mean(), rel=1e-12)
    assert overall["events"] == pytest.approx(fit.events.query("event >= 0")["estimate"].mean(), rel=1e-12)
    sizes = data.groupby("start")["unit"].nunique().loc[fit.groups["wave"]]
    assert overall["groups"] == pytest.approx(np.average(fit.groups["estimate"], weights=sizes), rel=1e-12)
    assert set(fit.table["term"]) >= {"att", "wave 3", "event 0", "period 4"}


def test_errors_of_averages_are_those_of_leaving_a_unit_out():
    data = programme()
    whole = fit_group_time(data, "y", sizes_estimated=True, **WHO)
    left = pd.concat(
        [
            fit_group_time(data.loc[data["unit"] != unit], "y", sizes_estimated=True, **WHO).overall[
                "estimate"
            ]
            for unit in data["unit"].unique()
        ],
        axis=1,
    ).to_numpy()
    n = left.shape[1]
    jackknife = np.sqrt((n - 1) / n * ((left - left.mean(axis=1, keepdims=True)) ** 2).sum(axis=1))
    # Waves of ten units: the jackknife is a little larger.
    assert whole.overall["std_error"].to_numpy() == pytest.approx(jackknife, rel=0.15)


def published():
    """The tables that R's did prints of its own data, and our fit with the same choices."""
    case = GOLDEN / "did_mpdta"
    data = pd.read_csv(case / "data.csv")
    fit = fit_group_time(
        data, "lemp", entity="countyreal", period="year", start="first.treat", never=0, controls="never",
        base="varying", sizes_estimated=True,
    )  # fmt: skip
    return json.loads((case / "reference.json").read_text())["reference"], fit


def test_effects_equal_the_tables_that_the_authors_print():
    theirs, ours = published()
    for (wave, period, estimate, error), row in zip(theirs["cells"], ours.cells.itertuples(), strict=True):
        assert (row.wave, row.period) == (wave, period)
        assert round(row.estimate, 4) == estimate
        # Their errors are drawn: a bootstrap of a thousand draws.
        assert row.std_error == pytest.approx(error, rel=0.12)
    for name, table, key in (("events", ours.events, "event"), ("groups", ours.groups, "wave")):
        for (at, estimate, error), row in zip(theirs[name], table.to_dict("records"), strict=True):
            assert row[key] == at
            assert round(row["estimate"], 4) == estimate
            assert row["std_error"] == pytest.approx(error, rel=0.12)
        overall = ours.overall.set_index("term").loc[name]
        estimate, error = theirs[f"{name}_overall"]
        assert overall["estimate"] == pytest.approx(estimate, abs=5e-5)
        assert overall["std_error"] == pytest.approx(error, rel=0.05)


def test_a_wave_whose_base_period_is_missing_is_named():
    """Without period 4 the wave of 5 has nothing to start from; the averages would silently be of another group."""
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"unit": np.repeat(np.arange(24), 8), "t": np.tile(np.arange(1, 9), 24)})
    data["start"] = data["unit"].map(lambda u: (3.0, 5.0, np.nan)[u % 3])
    data["y"] = rng.normal(size=len(data))
    call = {"entity": "unit", "period": "t", "start": "start"}
    assert not fit_group_time(data, "y", **call).notes
    gap = fit_group_time(data[data["t"] != 4], "y", **call)
    assert gap.groups["wave"].tolist() == [3]
    assert ["Left out: 8 unit that started in t 5," in note for note in gap.notes] == [True]
