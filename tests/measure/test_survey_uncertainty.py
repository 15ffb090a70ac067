"""The sampling uncertainty of the index: clusters, the order of elements, changes between periods."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from asn_research import rules
from asn_research.measure.element_changes import false_discovery, holm, with_changes
from asn_research.measure.respondents import CLUSTERED, SIMPLE, STRATIFIED, joined, respondents_of
from asn_research.measure.satisfaction import satisfaction_by_unit
from asn_research.methods.survey.cluster_bootstrap import (
    grade_chances,
    order_of,
    percentile_interval,
    replicate_totals,
    replicate_weights,
)
from asn_research.methods.survey.survey_design import mean
from asn_research.rules.regulations import SatisfactionRule, SurveyDesignRule, load_rules

RULE = rules.at(date(2026, 9, 30)).one(SatisfactionRule)
DESIGN = next(rule for rule in load_rules().values() if isinstance(rule, SurveyDesignRule))
QUICK = DESIGN.model_copy(update={"replicates": 400})
ELEMENTS = list(RULE.elements)


def survey(seed=1, days=30, per_day=4, unit="U", period="2026-Q3", day_sd=0.4, shift=0.0):
    """A unit's quarter in which some days are better than others."""
    rng = np.random.default_rng(seed)
    spot = np.repeat(np.arange(days), per_day)
    latent = shift + rng.normal(0, day_sd, days)[spot][:, None] + rng.normal(0.2, 0.8, (len(spot), 9))
    codes = 1 + (latent[..., None] > np.array([-1.9, -1.0, 0.45])).sum(axis=-1)
    start = pd.Timestamp(date(int(period[:4]), 3 * int(period[-1]) - 2, 1))
    return pd.DataFrame(codes, columns=ELEMENTS).assign(
        reporting_unit_id=unit, unit_id=unit, service_id=np.where(spot % 2, "a", "b"), period=period,
        survey_date=start + pd.to_timedelta(spot, unit="D"), screen="",
    )  # fmt: skip


def row_of(feedback, unit="U", **more):
    found = satisfaction_by_unit(feedback, RULE, design=QUICK, **more)[0]
    return found.loc[found["unit_id"] == unit].iloc[-1]


def test_counters_and_days_are_the_clusters():
    people = respondents_of(survey(), ELEMENTS, QUICK)
    assert (people.drawn_as, people.n_clusters, people.degrees_of_freedom) == (CLUSTERED, 30, 29)


def test_answers_without_a_service_are_a_stratum_of_their_own():
    by_service = QUICK.model_copy(update={"strata": ("service_id",)})
    rows = survey(days=45).assign(service_id=np.repeat(["a", "b", None], 60))
    people = respondents_of(rows, ELEMENTS, by_service)
    assert (people.n_clusters, people.degrees_of_freedom) == (45, 42)


def test_services_are_strata_where_the_design_says_so():
    by_service = QUICK.model_copy(update={"strata": ("service_id",)})
    people = respondents_of(survey(), ELEMENTS, by_service)
    assert (people.drawn_as, people.n_clusters, people.degrees_of_freedom) == (STRATIFIED, 30, 28)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda rows: rows.drop(columns="survey_date"), id="no_date"),
        pytest.param(lambda rows: rows.assign(survey_date=pd.NaT), id="no_date_known"),
        pytest.param(
            lambda rows: rows.assign(survey_date=pd.Timestamp("2026-09-30")), id="all_typed_on_one_day"
        ),
    ],
)
def test_without_days_people_are_taken_as_drawn_singly(change):
    people = respondents_of(change(survey()), ELEMENTS, QUICK)
    assert (people.drawn_as, people.n_clusters) == (SIMPLE, 120)


def test_days_that_differ_widen_the_interval():
    row = row_of(survey(day_sd=0.8))
    assert row["index_high"] - row["index_low"] > 1.3 * (row["index_simple_high"] - row["index_simple_low"])


def test_the_bootstrap_agrees_with_the_linearised_error():
    people = respondents_of(survey(), ELEMENTS, DESIGN)
    totals = people.replicates(DESIGN, "U")
    errors = (totals[:, :9] / totals[:, 9:]).std(axis=0, ddof=1)
    # 2,000 replicates know a standard error to 1.6 %.
    np.testing.assert_allclose(errors, mean(people.answers, people.design()).std_errors, rtol=0.06)


def test_a_finite_population_narrows_the_interval_to_nothing_when_all_answered():
    rows = survey()
    widths = []
    for population in (10_000, 240, 121):
        served = pd.DataFrame({"unit_id": ["U"], "period": ["2026-Q3"], "population_n": [population]})
        row = row_of(rows, served=served)
        widths.append(row["index_high"] - row["index_low"])
        assert row["answered_pct"] == pytest.approx(100 * 120 / population)
    assert widths[1] / widths[0] == pytest.approx(np.sqrt(0.5), rel=0.02)
    assert widths[2] < 0.1 * widths[0]


def test_a_log_with_fewer_people_than_respondents_corrects_nothing():
    served = pd.DataFrame({"unit_id": ["U"], "period": ["2026-Q3"], "population_n": [50]})
    row = row_of(survey(), served=served)
    assert np.isnan(row["answered_pct"])
    assert row["index_low"] == row_of(survey())["index_low"]


@given(st.integers(2, 40), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_replicates_weigh_as_many_clusters_as_were_drawn(n, seed):
    weights = replicate_weights(n, 50, np.random.default_rng(seed))
    np.testing.assert_allclose(weights.sum(axis=1), n)
    assert (weights >= 0).all()


def test_few_clusters_spread_without_bias():
    rng = np.random.default_rng(1)
    totals = rng.normal(size=(5, 1))
    found = replicate_totals(totals, np.zeros(5, int), 40_000, rng)
    assert found.var(ddof=1) == pytest.approx(5 * totals.var(ddof=1), rel=0.03)


def test_the_interval_is_students_for_few_clusters():
    draws = np.random.default_rng(2).normal(size=400_000)
    low, high = percentile_interval(draws, 7)
    assert (float(low), float(high)) == pytest.approx((-2.3646, 2.3646), abs=0.03)


def test_one_cluster_has_no_interval():
    row = row_of(survey(days=1, per_day=1))
    assert np.isnan(row["index_low"])
    assert np.isnan(row["grade_a_pct"])


def test_chances_of_grades_add_up_and_a_limit_belongs_to_the_better_grade():
    draws = np.array([88.305, 88.304, 76.605, 64.99, 25.0])
    assert grade_chances(draws, RULE.unrounded_bounds).tolist() == [20.0, 40.0, 0.0, 40.0]
    row = row_of(survey())
    assert sum(row[f"grade_{g}_pct"] for g in "abcd") == pytest.approx(100)


@settings(max_examples=8, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_of_people_and_columns_changes_nothing(random):
    rows = survey(days=9, per_day=2)
    shuffled = rows.sample(frac=1, random_state=random.randint(0, 9999))[
        random.sample(list(rows), rows.shape[1])
    ]
    for one, other in zip(
        *(satisfaction_by_unit(t, RULE, design=QUICK) for t in (rows, shuffled)), strict=True
    ):
        pd.testing.assert_frame_equal(one, other)
    plain, mixed = (t.drop(columns="survey_date") for t in (rows, shuffled))
    for one, other in zip(
        *(satisfaction_by_unit(t, RULE, design=QUICK) for t in (plain, mixed)), strict=True
    ):
        pd.testing.assert_frame_equal(one, other)


def test_another_unit_beside_changes_nothing():
    alone = row_of(survey())
    beside = row_of(pd.concat([survey(), survey(seed=5, unit="V")], ignore_index=True))
    pd.testing.assert_series_equal(alone, beside, check_names=False)


def test_the_city_takes_its_units_as_given():
    rows = pd.concat([survey(), survey(seed=5, unit="V", shift=1.0)], ignore_index=True)
    parts = [respondents_of(rows.loc[rows["unit_id"] == u], ELEMENTS, DESIGN) for u in "UV"]
    together = joined(parts)
    expected = mean(together.answers.mean(axis=1), together.design()).std_errors[0] * 25
    assert row_of(rows, "CITY")["index_se"] == pytest.approx(expected, rel=0.08)


def test_the_lowest_may_be_one_of_two_but_not_of_nine():
    rng = np.random.default_rng(3)
    values = np.array([3.0, 3.01, 3.4, 3.5])
    found = order_of(values, values + rng.normal(0, 0.03, (2000, 4)))
    assert found.first.tolist() == [1, 1, 3, 3]
    assert found.last.tolist() == [2, 2, 4, 4]
    assert found.lowest_pct[0] == pytest.approx(59, abs=4)
    assert found.lowest_pct.sum() == pytest.approx(100)


def test_places_hold_all_at_once_at_their_nominal_rate():
    # All alike: any order found is a false one. Monte Carlo error 1 point.
    rng, wrong = np.random.default_rng(4), 0
    for _ in range(500):
        values = rng.normal(0, 1, 9)
        found = order_of(values, values + rng.normal(0, 1, (300, 9)))
        wrong += (found.first > 1).any() or (found.last < 9).any()
    assert 0.02 <= wrong / 500 <= 0.09


def test_constant_elements_have_a_place_too():
    values = np.array([3.0, 4.0, 4.0])
    found = order_of(values, np.tile(values, (100, 1)))
    assert found.first.tolist() == [1, 2, 2]
    assert found.last.tolist() == [1, 3, 3]


@pytest.mark.parametrize("n", [1, 2, 9])
def test_corrections_are_those_of_statsmodels(n):
    p = np.random.default_rng(n).random(n) ** 3
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], atol=1e-12)
    np.testing.assert_allclose(false_discovery(p), multipletests(p, method="fdr_bh")[1], atol=1e-12)


def test_what_is_not_known_is_not_counted_in_a_correction():
    p = np.array([0.01, np.nan, 0.04])
    assert holm(p)[0] == pytest.approx(0.02)
    assert np.isnan(holm(p)[1])


def test_a_change_is_told_from_the_quarter_before():
    rows = pd.concat([survey(1, period="2026-Q2"), survey(2, shift=1.5)], ignore_index=True)
    elements = satisfaction_by_unit(rows, RULE, design=QUICK)[1].query("unit_id == 'U'")
    now, before = elements.query("period == '2026-Q3'"), elements.query("period == '2026-Q2'")
    np.testing.assert_allclose(now["change"], now["index"].to_numpy() - before["index"].to_numpy())
    assert (now["change_p_holm"] < 0.05).all()
    assert before["change"].isna().all()


def test_changes_are_welchs():
    table = pd.DataFrame(
        {"unit_id": "U", "period": ["2026-Q2", "2026-Q3"], "element": "time", "rule": "r", "n": 20,
         "index": [70.0, 76.0], "se": [2.0, 1.5], "df": [19, 9]}
    )  # fmt: skip
    row = with_changes(table).iloc[1]
    # A mean's standard error with 19 degrees of freedom is that of 20 independent values.
    welch = stats.ttest_ind_from_stats(76, 1.5 * 10**0.5, 10, 70, 2 * 20**0.5, 20, equal_var=False)
    assert row["change_p"] == pytest.approx(welch.pvalue, rel=1e-9)
    assert row["change_p_holm"] == row["change_p"]


def test_a_change_of_rule_is_flagged_and_not_tested():
    old = survey(period="2017-Q1").rename(columns={"facilities": "extra_service_charter"})
    found, elements = satisfaction_by_unit(pd.concat([old, survey(period="2017-Q2")], ignore_index=True))
    unit = found.loc[found["unit_id"] == "U"]
    assert unit["rule"].tolist() == ["skm_2014", "skm_2017"]
    assert unit["rule_changed"].tolist() == [False, True]
    assert unit["is_full"].all()
    assert elements["change"].isna().all()


def test_doubtful_forms_stand_in_a_twin():
    rows = survey()
    rows.loc[:11, ELEMENTS] = 4
    rows.loc[:11, "screen"] = "straight_line"
    row = row_of(rows)
    assert (row["n_screened_out"], row["n_straight_line"]) == (12, 12)
    assert row["index_screened"] == row_of(rows.iloc[12:])["index_rounded"]
    assert row["index_screened"] < row["index_rounded"]


def test_how_far_the_silent_would_have_to_differ():
    served = pd.DataFrame({"unit_id": ["U"], "period": ["2026-Q3"], "population_n": [240]})
    row = row_of(survey(), served=served)
    silent = row["index"] - row["tipping_points"]
    bound = float(RULE.unrounded_bounds[[b.grade for b in RULE.grades].index(row["grade"])])
    assert (row["index"] + silent) / 2 == pytest.approx(bound)


@pytest.mark.slow
def test_the_interval_covers_at_its_nominal_rate_where_days_differ():
    everywhere = 25 * survey(seed=0, days=60_000, per_day=1)[ELEMENTS].to_numpy().mean()
    hits = np.zeros(2)
    for seed in range(1, 601):
        people = respondents_of(survey(seed=seed), ELEMENTS, QUICK)
        totals = people.replicates(QUICK, str(seed))
        low, high = percentile_interval(
            25 * (totals[:, :9] / totals[:, 9:]).mean(axis=1), people.degrees_of_freedom
        )
        own = 25 * people.answers.mean(axis=1)
        reach = 1.96 * own.std(ddof=1) / np.sqrt(len(own))
        hits += [low <= everywhere <= high, abs(own.mean() - everywhere) <= reach]
    # Monte Carlo error: 0.9 percentage points.
    assert 0.93 <= hits[0] / 600 <= 0.97
    # Taken as a simple random sample, the same surveys promise too much.
    assert hits[1] / 600 < 0.9
