"""Staggered effects against R, against each other, and against what was planted."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.errors import ModelError
from asn_research.methods import fit_event_study, fit_group_time, fit_panel, permute_one_treated
from asn_research.simulate import simulate_programme

WHO = {"entity": "id", "period": "year", "start": "start"}
NAMES = {"entity": "person_id", "period": "quarter_no", "start": "start", "cluster": "unit_id"}


def staggered():
    data = pd.read_csv(GOLDEN / "did_fixest_base" / "stagg.csv")
    reference = json.loads((GOLDEN / "did_fixest_base" / "reference.json").read_text())["reference"]
    return data.assign(start=data["year_treated"].where(data["year_treated"] < 100)), reference


@pytest.mark.parametrize(("by_wave", "name"), [(True, "sunab_dyn"), (False, "naive_twfe_dyn")])
def test_event_studies_equal_fixest(by_wave, name):
    data, reference = staggered()
    fit = fit_event_study(data, "y", regressors=["x1"], by_wave=by_wave, **WHO)
    expected = {row["term"].split("::")[-1]: row for row in reference[name]}
    found = {row.term: row for row in [*fit.events.itertuples(), *fit.controls.itertuples()]}
    assert set(found) == set(expected)
    for term, row in found.items():
        assert row.estimate == pytest.approx(expected[term]["Estimate"], rel=1e-8)
        assert row.std_error == pytest.approx(expected[term]["Std_Error"], rel=1e-8)
        assert row.p_value == pytest.approx(expected[term]["Pr_t_"], rel=1e-6)


def test_the_mean_effect_equals_sunab():
    data, reference = staggered()
    row = fit_event_study(data, "y", regressors=["x1"], **WHO).att.iloc[0]
    assert row["estimate"] == pytest.approx(-1.13374944877203, rel=1e-9)
    assert row["std_error"] == pytest.approx(reference["sunab_att"][1]["Std_Error"], rel=1e-9)


def test_group_time_against_never_is_sun_abraham_without_covariates():
    # An identity: saturated regression and differences of means are the same numbers.
    data, _ = staggered()
    regression = fit_event_study(data, "y", **WHO)
    fit = fit_group_time(data, "y", controls="never", **WHO)
    np.testing.assert_allclose(fit.events["estimate"], regression.events["estimate"], rtol=1e-9)
    assert fit.simple["estimate"].iloc[0] == pytest.approx(regression.att["estimate"].iloc[0], rel=1e-9)
    assert fit.simple["std_error"].iloc[0] == pytest.approx(regression.att["std_error"].iloc[0], rel=0.15)


def test_two_groups_and_two_periods_are_the_difference_of_differences():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"id": np.repeat(range(30), 2), "year": np.tile([0, 1], 30)})
    rows["start"] = np.where(rows["id"] < 12, 1.0, np.nan)
    rows["y"] = rng.normal(0, 1, 60) + 2.0 * ((rows["id"] < 12) & (rows["year"] == 1))
    means = rows.groupby([rows["id"] < 12, "year"])["y"].mean()
    by_hand = (means[True, 1] - means[True, 0]) - (means[False, 1] - means[False, 0])
    found = fit_group_time(rows, "y", **WHO).simple.iloc[0]
    assert found["estimate"] == pytest.approx(by_hand, rel=1e-12)
    treated = rows.assign(d=rows["start"].notna() * rows["year"])
    twoway = fit_panel(treated, "y", ["d"], effects=["id", "year"], cluster="id").row("d")
    assert found["estimate"] == pytest.approx(twoway["estimate"], rel=1e-10)
    assert found["std_error"] == pytest.approx(twoway["std_error"], rel=0.05)


def test_the_programme_is_found_and_the_two_way_slope_is_not():
    worlds = [simulate_programme(seed=seed, units=24, staff=6) for seed in range(12)]
    right = np.mean(
        [fit_group_time(w.panel, "score", **NAMES).simple["estimate"].iloc[0] - w.att for w in worlds]
    )
    wrong = np.mean(
        [
            fit_panel(
                w.panel, "score", ["is_trained"], effects=["person_id", "quarter_no"], cluster="unit_id"
            ).row("is_trained")["estimate"]
            - w.att
            for w in worlds
        ]
    )
    assert abs(right) < 0.25
    assert wrong < -0.8


def test_leads_notice_that_paths_were_not_parallel():
    assert fit_group_time(simulate_programme(seed=1, drift=0.6).panel, "score", **NAMES).leads_p_value < 0.01
    assert fit_group_time(simulate_programme(seed=1).panel, "score", **NAMES).leads_p_value > 0.05


def test_covariates_make_it_doubly_robust():
    rng = np.random.default_rng(3)
    found = []
    for _ in range(20):
        x = rng.normal(0, 1, 300)
        treated = rng.random(300) < 1 / (1 + np.exp(-x))
        before, after = rng.normal(0, 1, 300), x + rng.normal(0, 1, 300) + 1.0 * treated
        rows = pd.DataFrame(
            {
                "id": np.tile(range(300), 2),
                "year": np.repeat([0, 1], 300),
                "y": [*before, *after],
                "x": np.tile(x, 2),
            }
        )
        rows["start"] = np.tile(np.where(treated, 1.0, np.nan), 2)
        plain = fit_group_time(rows, "y", **WHO).simple["estimate"].iloc[0]
        found.append((plain, fit_group_time(rows, "y", covariates=["x"], **WHO).simple["estimate"].iloc[0]))
    plain, robust = np.mean(found, axis=0)
    assert plain > 1.5
    assert robust == pytest.approx(1.0, abs=0.12)


@pytest.mark.slow
def test_coverage_of_the_mean_effect():
    inside = []
    for seed in range(200):
        world = simulate_programme(seed=seed, units=30, staff=6)
        row = fit_group_time(world.panel, "score", **NAMES).simple.iloc[0]
        inside.append(row["low"] <= world.att <= row["high"])
    # Monte Carlo error: 1.5 percentage points.
    assert 0.91 <= np.mean(inside) <= 0.99


def donations():
    folder = GOLDEN / "did_organ_donations_one_treated"
    return pd.read_csv(folder / "data.csv"), json.loads((folder / "reference.json").read_text())["reference"]


def test_one_treated_state_is_judged_by_permutation_not_by_its_clustered_error():
    data, reference = donations()
    found = permute_one_treated(data, "Rate", "treated", entity="State", period="Quarter_Num")
    expected = reference["twfe"][0]
    assert found.estimate == pytest.approx(expected["Estimate"], rel=1e-9)
    assert found.clustered_std_error == pytest.approx(expected["Std_Error"], rel=1e-8)
    assert (found.n, found.n_entities) == (reference["n"], 27)
    # The clustered error says p = 0.001; four of 26 states that changed nothing moved at least as far.
    assert expected["Pr_t_"] < 0.002
    assert found.p_value == pytest.approx(5 / 27)
    assert found.low < 0 < found.high


def test_each_permuted_estimate_is_the_two_way_regression_of_that_state():
    data, _ = donations()
    found = permute_one_treated(data, "Rate", "treated", entity="State", period="Quarter_Num")
    when = data.loc[data["treated"] == 1, "Quarter_Num"].unique()
    moved = data.assign(d=((data["State"] == "Alaska") & data["Quarter_Num"].isin(when)).astype(float))
    alaska = fit_panel(moved, "Rate", ["d"], effects=["State", "Quarter_Num"], cluster="State")
    assert found.placebo[0] == pytest.approx(alaska.row("d")["estimate"], rel=1e-9)


def test_input_is_not_changed():
    panel = simulate_programme(seed=1, units=12, staff=3).panel
    before = panel.copy(deep=True)
    fit_group_time(panel, "score", **NAMES)
    fit_event_study(panel, "score", **NAMES)
    pd.testing.assert_frame_equal(panel, before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda d: d.assign(start=np.nan), "Nobody started", id="nobody"),
        pytest.param(lambda d: d.assign(start=4.0), "all started at once", id="everybody_at_once"),
        pytest.param(lambda d: d.loc[d["quarter_no"] == 0], "only one quarter_no", id="one_quarter"),
        pytest.param(lambda d: d.assign(score=1.0), "score does not vary", id="constant"),
        pytest.param(lambda d: d.drop(columns="start"), "no column start", id="no_column"),
        pytest.param(lambda d: d.assign(unit_id=1), "one cluster", id="one_cluster"),
        pytest.param(
            lambda d: d.loc[d["person_id"] < 3], "Nobody started|all started at once", id="unit_of_three"
        ),
    ],
)
def test_degenerate_programmes_end_in_words(change, message):
    panel = simulate_programme(seed=2, units=12, staff=3).panel
    with pytest.raises(ModelError, match=message):
        fit_group_time(change(panel), "score", **NAMES)


def test_a_regression_needs_some_who_never_start():
    panel = simulate_programme(seed=2, units=12, staff=3).panel
    with pytest.raises(ModelError, match="Use `fit_group_time`"):
        fit_event_study(panel.dropna(subset=["start"]), "score", **NAMES)
    with pytest.raises(ModelError, match="Nobody started"):
        fit_event_study(panel.assign(start=np.nan), "score", **NAMES)


def test_permutation_refuses_two_treated_and_gaps():
    data, _ = donations()
    two = data.assign(treated=data["treated"] | ((data["State"] == "Alaska") & (data["Quarter_Num"] > 3)))
    with pytest.raises(ModelError, match="2 are treated"):
        permute_one_treated(
            two.astype({"treated": int}), "Rate", "treated", entity="State", period="Quarter_Num"
        )
    with pytest.raises(ModelError, match="every State"):
        permute_one_treated(data.drop(index=5), "Rate", "treated", entity="State", period="Quarter_Num")
