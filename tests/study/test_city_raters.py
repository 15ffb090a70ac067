"""Raters of a city: audit, gaps, objections, power; and what a report may show of them."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.oaxaca import OaxacaBlinder

from asn_research.errors import ModelError
from asn_research.methods import decompose_gap, group_gaps
from asn_research.study import (
    Spreads,
    cross_audit,
    fit_objections,
    fit_raters,
    long_ratings,
    objection_grounds,
    objection_rates,
    rater_power,
    run_rater_study,
    scale_use,
    smallest_design,
    unit_levels,
)


def appraisals(seed=1, n=240, quarters=("2026-Q1", "2026-Q2"), staff=6, units=8, gap=0.0, severity_sd=3.5):
    """Staff of raters of units; the first of two groups rated ``gap`` points higher."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(n), len(quarters))
    table = pd.DataFrame({"person_id": person, "period": list(quarters) * n})
    table["rater_id"] = person // staff
    table["reporting_unit_id"] = np.array([f"U{k}" for k in range(units)])[table["rater_id"] % units]
    mild = rng.normal(0, severity_sd, n // staff + 1)
    own = rng.normal(0, 3, n) + gap * (np.arange(n) % 2)
    common = own[person] + mild[table["rater_id"]] + rng.normal(0, 1.5, len(table))
    for name, level in (("discipline_score", 82), ("service_quality_score", 74), ("innovation_score", 64)):
        table[name] = level + common + rng.normal(0, 3, len(table))
    table["output_pct"] = 96 + 0.5 * own[person] + rng.normal(0, 4, len(table))
    table["results_rating"] = np.where(common < -4, "below", "meets")
    table["behaviour_rating"] = "meets"
    employees = pd.DataFrame({"person_id": np.arange(n), "sex": np.where(np.arange(n) % 2, "m", "f")})
    employees["education"] = np.array(["SMA", "S1", "S2"])[rng.integers(0, 3, n)]
    return table, employees, mild


def objections(table, mild, seed=1, slope=1.0):
    rng = np.random.default_rng(seed)
    chance = 1 / (1 + np.exp(2.5 + slope * mild[table["rater_id"]] / 3.5))
    filed = table.loc[rng.random(len(table)) < chance, ["person_id", "period"]].copy()
    filed["ground"] = np.where(np.arange(len(filed)) % 3 == 0, "evidence", "subjective")
    filed["outcome"] = np.where(np.arange(len(filed)) % 4 == 0, "upheld", "rejected")
    return filed


def test_severity_of_raters_is_found():
    table, _, mild = appraisals()
    found = fit_raters(long_ratings(table))
    assert found.components["source"].tolist() == ["rater_id", "person_id", "occasion", "residual"]
    row = found.components.iloc[0]
    assert row["low"] < 3.5 < row["high"]
    severities = found.severities.set_index("rater_id")["leniency"]
    assert np.corrcoef(severities, mild[severities.index])[0, 1] > 0.85
    assert found.components["share_pct"].sum() == pytest.approx(100)
    assert "share no person" in found.design.sentence()


def test_fair_scores_take_severity_out():
    table, _, mild = appraisals(2)
    fair = fit_raters(long_ratings(table)).fair
    by = mild[fair["person_id"] // 6]
    assert np.corrcoef(fair["observed"], by)[0, 1] > 0.6
    assert abs(np.corrcoef(fair["fair"], by)[0, 1]) < 0.3


def test_one_quarter_is_enough_for_severity():
    table, _, _ = appraisals(3, quarters=("2026-Q1",))
    assert fit_raters(long_ratings(table)).sd("rater_id") > 1


def test_one_rater_and_no_rater_are_said():
    table, _, _ = appraisals(4, n=12)
    with pytest.raises(ModelError, match="single rater"):
        fit_raters(long_ratings(table.assign(rater_id=1)))
    with pytest.raises(ModelError, match="name no rater or hold no scores"):
        long_ratings(table.drop(columns="rater_id"))


def test_levels_of_units_are_wider_for_raters_to_come():
    table, _, _ = appraisals(5)
    levels = unit_levels(long_ratings(table))
    assert levels["level"].sum() == pytest.approx(0, abs=1e-6)
    assert (levels["std_error"] > levels["own_error"]).all()
    with pytest.raises(ModelError, match="only one unit"):
        unit_levels(long_ratings(table.assign(reporting_unit_id="U")))


def beside(seed, rho, n=200, noise=0.5):
    rng = np.random.default_rng(seed)
    true = rng.multivariate_normal([0, 80], [[1, 3 * rho], [3 * rho, 9]], n)
    unit = [f"U{k}" for k in range(n)]
    levels = pd.DataFrame(
        {"unit_id": unit, "own_level": true[:, 0] + rng.normal(0, noise, n), "own_error": noise}
    )
    return levels, pd.DataFrame(
        {"unit_id": unit, "index": true[:, 1] + rng.normal(0, 2, n), "std_error": 2.0}
    )


def test_the_cross_audit_takes_noise_out_of_the_correlation():
    found = cross_audit(*beside(1, 0.6))
    assert found.low < 0.6 < found.high
    assert found.naive < found.correlation
    assert "more content citizens" in found.sentence()
    assert "cannot be said" in cross_audit(*beside(2, 0.0, n=30)).sentence()
    assert "less content" in cross_audit(*beside(3, -0.8)).sentence()


def test_a_cross_audit_of_few_or_equal_units_is_refused():
    levels, indices = beside(1, 0.6)
    with pytest.raises(ModelError, match="Only 5 units"):
        cross_audit(levels.head(5), indices)
    with pytest.raises(ModelError, match="differ by no more than chance"):
        cross_audit(levels.assign(own_level=np.tile([0.1, -0.1], 100), own_error=2.0), indices)


def test_a_planted_gap_is_found_and_none_is_not():
    table, employees, _ = appraisals(6, gap=3.0)
    found = group_gaps(long_ratings(table), employees, groups=("sex",)).iloc[0]
    assert (found["level"], found["base"]) in {("m", "f"), ("f", "m")}
    assert found["low"] < 3 * (1 if found["level"] == "m" else -1) < found["high"]
    assert abs(found["gap"]) > 1
    with pytest.raises(ModelError, match="none of age_band"):
        group_gaps(long_ratings(table), employees, groups=("age_band",))


def test_a_group_of_all_gets_a_row_with_the_reason():
    table, employees, _ = appraisals(7, n=60)
    found = group_gaps(long_ratings(table), employees.assign(sex="f"), groups=("sex",))
    assert "two groups by sex" in found.loc[0, "status"]


def test_groups_that_are_too_small_are_not_said_to_be_alike():
    table, employees, _ = appraisals(7, n=60)
    two_men = np.where(np.arange(len(employees)) < 2, "m", "f")
    found = group_gaps(long_ratings(table), employees.assign(sex=two_men), groups=("sex",))
    assert (
        found.loc[0, "status"]
        == "Fewer than two groups by sex have 3 staff or more, so there is nothing to compare."
    )


def people(seed=1, n=400):
    rng = np.random.default_rng(seed)
    group = rng.random(n) < 0.4
    x = rng.normal(0, 1, n) + 0.8 * group
    z = rng.normal(0, 1, n) - 0.5 * group
    y = 70 + 2 * x + z + 1.5 * group + rng.normal(0, 2, n)
    return pd.DataFrame({"y": y, "g": group.astype(int), "x": x, "z": z, "rater": np.arange(n) % 40})


def test_the_decomposition_of_statsmodels():
    data = people()
    ours = decompose_gap(data, "y", "g", ["x", "z"], first=1, second=0, draws=20)
    peer = OaxacaBlinder(
        data["y"].to_numpy(), data[["x", "z", "g"]].to_numpy(), 2, hasconst=False, swap=False
    )
    unexplained, explained, gap = peer.two_fold(two_fold_type="pooled").params[:3]
    # Its gap is the other way round.
    sign = np.sign(gap) * np.sign(ours.row("gap")["estimate"])
    for part, value in (("gap", gap), ("explained", explained), ("unexplained", unexplained)):
        assert ours.row(part)["estimate"] == pytest.approx(sign * value, rel=1e-8), part


def test_the_parts_of_a_gap_add_up_and_hold_the_truth():
    ours = decompose_gap(people(2), "y", "g", ["x", "z"], first=1, second=0, cluster="rater", draws=200)
    parts = ours.table.set_index("part")["estimate"]
    assert parts["explained"] + parts["unexplained"] == pytest.approx(parts["gap"])
    assert parts["x"] + parts["z"] == pytest.approx(parts["explained"])
    row = ours.row("unexplained")
    assert row["low"] < 1.5 < row["high"]
    assert ours.n_clusters == 40
    with pytest.raises(ModelError, match="too few to part"):
        decompose_gap(people(2).query("g == 0 or index < 4"), "y", "g", ["x", "z"], first=1, second=0)


def test_strict_raters_draw_objections():
    table, _, mild = appraisals(8, n=600)
    filed = objections(table, mild)
    raters = fit_raters(long_ratings(table))
    found = fit_objections(table, filed, raters.severities, severity_sd=raters.sd("rater_id"), controls=())
    row = found.row("strictness")
    assert row["low"] < 1.0 < row["high"]
    assert found.rate_strict > found.rate_mild
    assert row["odds_ratio"] == pytest.approx(np.exp(row["estimate"]))
    assert found.n_objections == len(filed)


def test_objections_that_cannot_be_modelled_are_refused_in_words():
    table, _, mild = appraisals(9)
    severities = pd.DataFrame({"rater_id": np.arange(len(mild)), "leniency": mild})
    with pytest.raises(ModelError, match="at least 10 are needed"):
        fit_objections(table, objections(table, mild).head(3), severities, severity_sd=3.5)
    with pytest.raises(ModelError, match="do not differ in severity"):
        fit_objections(table, objections(table, mild), severities, severity_sd=0.0)
    parted = table.loc[mild[table["rater_id"]] < np.quantile(mild, 0.2), ["person_id", "period"]]
    with pytest.raises(ModelError, match="strictness: one of them parts"):
        fit_objections(table, parted, severities, severity_sd=3.5)


def test_rates_and_grounds_add_up():
    table, employees, mild = appraisals(10)
    filed = objections(table, mild)
    rates = objection_rates(filed, table, employees, groups=("sex",))
    assert rates.loc[0, ["attribute", "n_objections", "n_appraisals"]].tolist() == [
        "all",
        len(filed),
        len(table),
    ]
    assert rates.loc[1:, "n_objections"].sum() == len(filed)
    assert ((rates["low"] <= rates["per_1000"]) & (rates["per_1000"] <= rates["high"])).all()
    grounds = objection_grounds(filed)
    assert grounds["n"].sum() == len(filed)
    with pytest.raises(ModelError, match="names no grounds"):
        objection_grounds(filed.drop(columns="ground"))


def test_a_wilson_interval_of_the_literature():
    # Newcombe (1998), Stat. Med. 17: 81 of 263 gives 0.2553 to 0.3662.
    rated = pd.DataFrame({"person_id": range(263), "period": "2026-Q1"})
    filed = rated.head(81).assign(outcome="rejected")
    row = objection_rates(filed, rated, pd.DataFrame({"person_id": range(263)}), groups=()).iloc[0]
    assert (row["low"] / 1000, row["high"] / 1000) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_use_of_the_scale_follows_output():
    rng = np.random.default_rng(3)
    rater = np.repeat(np.arange(20), 60)
    use = np.where(np.arange(20) < 10, 0.3, 1.0)
    output = rng.normal(96, 6, len(rater))
    score = 74 + use[rater] * (output - 96) + rng.normal(0, 2, len(rater))
    frame = pd.DataFrame(
        {"rater_id": rater, "person_id": np.arange(len(rater)) // 4, "output_pct": output, "score": score}
    )
    found = scale_use(frame.assign(criterion="service_quality_score"))
    assert found.loc[:9, "relative_use"].max() < found.loc[10:, "relative_use"].min()
    with pytest.raises(ModelError, match="hold no output"):
        scale_use(frame.drop(columns="output_pct"))


def test_power_grows_with_everything_and_is_five_percent_without_effect():
    spreads = Spreads(3.5, 2.2, 2.0, 3.8)
    table = rater_power(spreads, 1.0, employees=[100, 400], raters=[1, 3], quarters=[1, 8], draws=200)
    power = table.set_index(["quarters", "raters", "employees"])["power"]
    assert power[8, 3, 400] > power[8, 3, 100] > power[1, 1, 100]
    none = rater_power(spreads, 0.0, employees=[100], raters=[2], quarters=[4], draws=2000).iloc[0]
    assert none["power_low"] < 0.05 < none["power_high"]
    needed = smallest_design(table).set_index(["quarters", "raters"])["employees"]
    assert np.isnan(needed[1, 1])
    assert needed[8, 3] == 100 or power[8, 3, 100] < 0.8


def test_power_of_a_comparison_with_a_textbook_answer():
    # Without raters, occasions and persons: a t test of two times 64 at half a standard deviation has
    # power 0.80 (Cohen 1988, table 2.3.5).
    plain = Spreads(0.0, 0.0, 0.0, 1.0)
    row = rater_power(
        plain, 0.5, employees=[128], raters=[1], quarters=[1], criteria=1, staff_per_rater=64, draws=4000
    ).iloc[0]
    assert row["power_low"] < 0.80 < row["power_high"]


def test_reliability_is_that_of_generalisability_theory():
    spreads = Spreads(3.0, 4.0, 0.0, 5.0)
    assert spreads.reliability(2, 3, 1) == pytest.approx(16 / (16 + 9 / 2 + 25 / 6))
    with pytest.raises(ModelError, match="not negative"):
        Spreads(-1.0, 1.0, 1.0, 1.0)
    with pytest.raises(ModelError, match="at least two staff"):
        rater_power(spreads, 1.0, employees=[10])


def test_a_city_in_one_call_shows_groups_only():
    table, employees, mild = appraisals(11, n=480)
    study = run_rater_study(
        {"appraisals": table, "employees": employees, "objections": objections(table, mild)}
    )
    assert set(study.refused) == {"audit"}
    assert "no citizen survey" in study.refused["audit"]
    frames = study.frames()
    assert set(frames) == {
        "rater_spreads",
        "rater_units",
        "group_gaps",
        "objection_rates",
        "rating_grounds",
        "rater_objections",
    }
    for name, frame in frames.items():
        assert not {"person_id", "rater_id"} & set(frame.columns), name
        assert any(column.startswith("n_") for column in frame), name


def test_a_city_without_data_says_why_for_each_question():
    study = run_rater_study({})
    assert study.frames() == {}
    assert "no table of appraisals" in study.refused["ratings"]
