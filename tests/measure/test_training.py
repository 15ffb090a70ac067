"""Lessons by kind and group, and sanctions by level."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from asn_research.measure.discipline import sanctions_by_unit
from asn_research.measure.training import (
    fields_by_unit,
    hours_by_field,
    hours_by_person,
    training_by_field,
    training_by_kind,
    training_by_unit,
    training_gaps,
)
from asn_research.methods.survey.simple_intervals import welch_margin

TODAY = date(2026, 9, 30)
PERIODS = ["2026-Q1", "2026-Q2"]


def test_welchs_interval_is_that_of_scipy():
    rng = np.random.default_rng(0)
    a, b = rng.normal(5, 2, 14), rng.normal(4, 5, 9)
    margin = welch_margin(
        *(np.array([x]) for x in (a.std(ddof=1), 14.0, b.std(ddof=1), 9.0))
    )  # the half width
    low, high = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    assert margin[0] == pytest.approx((high - low) / 2, rel=1e-9)


@pytest.fixture(scope="module")
def office():
    rng = np.random.default_rng(4)
    n = 90
    staff = pd.DataFrame(
        {
            "person_id": [f"p{k}" for k in range(n)], "reporting_unit_id": "U",
            "sex": np.where(np.arange(n) < 50, "f", "m"), "age_band": np.where(np.arange(n) % 3, "30-39", "50+"),
            "rank_group": np.where(np.arange(n) < 70, "III", ""), "employment_type": np.where(np.arange(n) < 70, "pns", "pppk"),
        }
    )  # fmt: skip
    courses = pd.DataFrame(
        {
            "person_id": [f"p{k}" for k in range(0, n, 2)], "period": "2026-Q1", "reporting_unit_id": "U",
            "hours_jp": rng.choice([8.0, 20.0, 30.0], 45), "training_kind": ["technical"] * 30 + ["seminar"] * 14 + [None],
        }
    )  # fmt: skip
    return staff, courses, hours_by_person(courses, staff, PERIODS)


def test_gaps_are_those_of_the_two_groups(office):
    staff, _, hours = office
    row = (
        training_gaps(hours, staff)
        .query("unit_id == 'U' and period == '2026-Q2' and grouping == 'sex' and group == 'f'")
        .iloc[0]
    )
    taken = hours.query("period == '2026-Q2'").set_index("person_id")["hours_year"]
    women, men = (taken[staff.loc[staff["sex"] == s, "person_id"]] for s in "fm")
    low, high = stats.ttest_ind(women, men, equal_var=False).confidence_interval()
    assert (row["n_staff"], row["n_others"]) == (50, 40)
    assert row["gap"] == pytest.approx(women.mean() - men.mean())
    assert (row["gap_low"], row["gap_high"]) == (pytest.approx(low), pytest.approx(high))
    assert row["trained_pct"] == 50
    half = stats.t.ppf(0.975, 49) * women.std(ddof=1) / np.sqrt(50)
    assert (row["hours_low"], row["hours_high"]) == (
        pytest.approx(max(women.mean() - half, 0)),
        pytest.approx(women.mean() + half),
    )


def test_two_people_have_an_interval_and_one_has_none(office):
    staff, _, hours = office
    groups = np.select([np.arange(90) < 2, np.arange(90) < 3], ["two", "one"], "others")
    gaps = training_gaps(hours, staff.assign(rank_group=groups)).query(
        "grouping == 'rank_group' and unit_id == 'U' and period == '2026-Q2'"
    )
    known = gaps.set_index("group")["hours_low"].notna()
    assert known.to_dict() == {"two": True, "others": True, "one": False}


def test_who_has_no_rank_is_in_no_group(office):
    staff, _, hours = office
    gaps = training_gaps(hours, staff).query("grouping == 'rank_group' and unit_id == 'U'")
    assert set(gaps["group"]) == {"III"}
    assert gaps["gap"].isna().all()  # nobody to compare with


def test_coverage_and_kinds(office):
    _, courses, hours = office
    kinds = training_by_kind(courses).query("unit_id == 'U'").set_index("training_kind")
    assert kinds["n_courses"].to_dict() == {"technical": 30, "seminar": 14, "unknown": 1}
    assert kinds["hours_share_pct"].sum() == pytest.approx(100)
    table = training_by_unit(hours).query("unit_id == 'U'")
    first = table.iloc[0]
    assert (first["n_trained"], first["trained_pct"]) == (45, 50)
    # Wilson's interval of 45 in 90, by hand.
    assert (first["trained_low"], first["trained_high"]) == (
        pytest.approx(39.88, abs=0.01),
        pytest.approx(60.12, abs=0.01),
    )


def test_hours_by_field_add_up_to_all_hours_and_regular_is_three_of_four_quarters():
    periods = ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1"]
    staff = pd.DataFrame({"person_id": ["a", "b"], "reporting_unit_id": "U", "employment_type": "pns"})
    courses = pd.DataFrame(
        [("a", "2025-Q1", 10.0, "technology"), ("a", "2025-Q2", 6.0, "conduct"), ("a", "2025-Q4", 4.0, "technology"),
         ("b", "2025-Q2", 20.0, "technology")],
        columns=["person_id", "period", "hours_jp", "training_field"],
    ).assign(reporting_unit_id="U")  # fmt: skip
    hours = hours_by_person(courses, staff, periods)
    table = hours_by_field(courses, hours).set_index(["person_id", "period"])
    assert table.loc[("a", "2026-Q1"), "technology_jp10"] == pytest.approx(1.4)
    assert table.loc[("a", "2025-Q3"), "conduct_jp10"] == pytest.approx(0.6)
    fields = table[[c for c in table if c.endswith("_jp10")]].sum(axis=1)
    assert fields.to_numpy() == pytest.approx(
        hours.set_index(["person_id", "period"])["training_jp10"].reindex(table.index).to_numpy()
    )
    # Twenty hours at once and twenty in three quarters: the same hours, another rhythm.
    assert table.loc["a", "regular_training"].tolist() == pytest.approx([np.nan] * 3 + [1, 0], nan_ok=True)
    assert table.loc["b", "regular_training"].tolist() == pytest.approx([np.nan] * 3 + [0, 0], nan_ok=True)
    by_unit = fields_by_unit(table.reset_index()).set_index("period")
    assert by_unit.loc["2025-Q4", "technology_jp10"] == pytest.approx((1.4 + 2.0) / 2)
    assert by_unit.loc["2025-Q4", "regular_share"] == pytest.approx(0.5)


def test_courses_are_counted_by_field_and_lists_without_titles_have_none(office):
    _, courses, hours = office
    named = courses.assign(training_field=["technology"] * 20 + ["conduct"] * 24 + [None])
    table = training_by_field(named).query("unit_id == 'U'").set_index("training_field")
    assert table["n_courses"].to_dict() == {"technology": 20, "conduct": 24, "unknown": 1}
    assert table["hours_share_pct"].sum() == pytest.approx(100)
    assert training_by_field(courses) is None
    assert hours_by_field(courses, hours) is None


def test_sanctions_are_counted_by_level_and_a_person_once():
    sanctions = pd.DataFrame(
        {"person_id": ["a", "a", "b", "c"], "reporting_unit_id": ["U", "U", "U", "V"], "period": "2026-Q3",
         "sanction": ["oral_reprimand", "written_reprimand", "dismissed_with_honour", "allowance_cut_6_months"],
         "sanction_date": pd.Timestamp("2026-08-03")}
    )  # fmt: skip
    table = sanctions_by_unit(sanctions)
    counts = table.set_index(["unit_id", "level"])["n_people"]
    assert counts["U"].to_dict() == {"light": 1, "moderate": 0, "severe": 1, "all": 2}
    assert counts["CITY"].to_dict() == {"light": 1, "moderate": 1, "severe": 1, "all": 3}
    older = sanctions.assign(sanction_date=pd.Timestamp("2021-08-30"))
    counts = sanctions_by_unit(older).set_index(["unit_id", "level"])["n_people"]
    assert counts["U"].to_dict() == {"light": 0, "moderate": 0, "severe": 0, "unknown": 2, "all": 2}


def test_a_quarter_before_the_duty_has_no_share_that_met_it(office):
    staff, courses, _ = office
    old = courses.assign(period="2016-Q1")
    table = training_by_unit(hours_by_person(old, staff, ["2016-Q1", "2017-Q2"]))
    table = table.query("unit_id == 'U'").set_index("period")
    assert table["pns_met_pct"].isna().to_dict() == {"2016-Q1": True, "2017-Q2": False}
    assert table["n_pppk_over"].isna().to_dict() == {"2016-Q1": True, "2017-Q2": False}
    assert table.at["2016-Q1", "trained_pct"] == 50
