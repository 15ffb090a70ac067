"""Times, intervals, scales, training, voice and panels against numbers of others."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.clean import open_processed
from asn_research.measure import measure_city
from asn_research.measure.appraisal import appraisal_by_unit
from asn_research.measure.complaints import objections_by_unit
from asn_research.measure.sample import needed_respondents
from asn_research.measure.scale_scores import scale_scores
from asn_research.measure.service_time import service_times
from asn_research.measure.training import hours_by_person, training_by_unit
from asn_research.methods.estimates import Estimate, change
from asn_research.methods.scales.reliability import cronbach_alpha
from asn_research.methods.survey.simple_intervals import mean_margin, median_interval, wilson
from asn_research.rules.cities import load_city
from asn_research.rules.indicators import load_indicators
from asn_research.rules.working_days import NATIONAL, WorkCalendar, working_days_between

TODAY = date(2026, 9, 30)

# Krejcie and Morgan (1970), the published table.
KREJCIE_MORGAN = {
    10: 10, 15: 14, 20: 19, 50: 44, 85: 70, 100: 80, 200: 132, 300: 169, 420: 201, 500: 217, 750: 254, 1000: 278,
    1500: 306, 2000: 322, 3000: 341, 5000: 357, 10000: 370, 20000: 377, 50000: 381, 75000: 382,
}  # fmt: skip


@pytest.mark.parametrize(("population", "size"), KREJCIE_MORGAN.items())
def test_sample_sizes_are_the_published_ones(population, size):
    assert needed_respondents(population, "2026-Q3") == size


def test_the_last_row_of_the_table_is_a_million():
    # At 100,000 the formula gives 382.63, at 1,000,000 it gives 383.95.
    assert [needed_respondents(n, "2026-Q3") for n in (100_000, 1_000_000)] == [383, 384]


def test_the_whole_published_table(shared):
    table = pd.read_csv(shared / "known_answer" / "krejcie_morgan_table" / "data.csv")
    for row in table.itertuples():
        if row.N != 100_000:
            assert needed_respondents(int(row.N), "2026-Q3") == row.published_1970


def days(*pairs):
    table = pd.DataFrame(pairs, columns=["start", "end"]).apply(pd.to_datetime)
    return working_days_between(table["start"], table["end"]).tolist()


def test_working_days_skip_weekends_holidays_and_collective_leave():
    # SKB 3 Menteri: Lebaran 2025 took 28 March and 1 to 4 and 7 April.
    assert days(("2025-03-27", "2025-04-08")) == [1.0]
    assert days(("2025-06-02", "2025-06-02")) == [0.0]
    assert days(("2025-06-06", "2025-06-10"), ("2025-05-30", "2025-06-02")) == [1.0, 1.0]
    assert np.isnan(days(("2025-06-06", None)))[0]


def test_days_off_of_the_second_quarter_of_2025():
    off = NATIONAL.days_off(2025, 2025)
    quarter = off[(off >= np.datetime64("2025-04-01")) & (off <= np.datetime64("2025-06-30"))]
    week = quarter[np.is_busday(quarter)]
    expected = {"04": [1, 2, 3, 4, 7, 18], "05": [1, 12, 13, 29, 30], "06": [6, 9, 27]}
    assert [str(d) for d in week] == [f"2025-{m}-{d:02d}" for m, ds in expected.items() for d in ds]


def test_a_year_not_announced_yet_is_known_as_such():
    assert not NATIONAL.is_provisional(2025)
    assert NATIONAL.is_provisional(2035)


def test_a_citys_own_day_off_counts():
    start, end = pd.Series(pd.to_datetime(["2025-06-02"])), pd.Series(pd.to_datetime(["2025-06-04"]))
    assert working_days_between(start, end, WorkCalendar(off=(date(2025, 6, 3),))).tolist() == [1.0]


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, table I, method 3.
        pytest.param(81, 263, 25.53, 36.62, id="81_of_263"),
        pytest.param(15, 148, 6.24, 16.05, id="15_of_148"),
        pytest.param(0, 20, 0.0, 16.11, id="0_of_20"),
        pytest.param(1, 29, 0.61, 17.18, id="1_of_29"),
    ],
)
def test_wilsons_interval_is_the_published_one(hits, n, low, high):
    found_low, found_high = wilson(np.array([hits]), np.array([n]))
    assert found_low[0] == pytest.approx(low, abs=0.006)
    assert found_high[0] == pytest.approx(high, abs=0.006)


@pytest.mark.parametrize(
    ("n", "rank"),
    # Conover, Practical Nonparametric Statistics: ranks of the sign-test interval at 95 %.
    [(6, 1), (10, 2), (15, 4), (20, 6), (25, 8), (50, 18)],
)
def test_median_intervals_take_the_published_ranks(n, rank):
    values = np.arange(1.0, n + 1)
    _, low, high = median_interval(values)
    assert (low, high) == (rank, n + 1 - rank)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_few_values_bound_no_median(n):
    assert np.isnan(median_interval(np.arange(float(n)))[1])


def test_students_margin():
    # t(0.975, 9) = 2.262157
    assert mean_margin(np.array([2.0]), np.array([10]))[0] == pytest.approx(
        2.262157 * 2 / np.sqrt(10), rel=1e-6
    )


def test_alpha_equals_that_of_r(shared):
    case = shared / "known_answer" / "reliability_bfi"
    data, reference = pd.read_csv(case / "data.csv"), json.loads((case / "reference.json").read_text())
    for scale, keys in reference["meta"]["keys"].items():
        items = pd.DataFrame({k.lstrip("-"): 7 - data[k[1:]] if k.startswith("-") else data[k] for k in keys})
        complete = reference["reference"][scale]["complete_cases"]
        found = cronbach_alpha(items)
        assert found.alpha == pytest.approx(complete["raw_alpha"], rel=1e-9)
        assert found.n == reference["reference"][scale]["n_complete"]
        for item, r in complete["r_drop"].items():
            assert found.item_rest[item] == pytest.approx(r, rel=1e-9)


def test_alpha_of_a_textbook_matrix():
    # Parallel items with correlation 0.5: alpha = k r / (1 + (k - 1) r) = 0.75 for three.
    rng = np.random.default_rng(0)
    true = rng.normal(size=(200_000, 1))
    items = pd.DataFrame(true + rng.normal(size=(200_000, 3)))
    found = cronbach_alpha(items)
    assert found.alpha == pytest.approx(0.75, abs=0.005)
    assert found.low < found.alpha < found.high


def test_a_constant_scale_has_no_alpha():
    assert np.isnan(cronbach_alpha(pd.DataFrame({"a": [3, 3, 3], "b": [3, 3, 3]})).alpha)


def test_a_scale_needs_half_of_its_items():
    survey = pd.DataFrame({f"psm_{k}": [4, 4] for k in range(1, 5)}).astype("Int64")
    survey.loc[1, ["psm_1", "psm_2", "psm_3"]] = pd.NA
    assert scale_scores(survey)["psm"].tolist()[0] == 4
    assert np.isnan(scale_scores(survey)["psm"].tolist()[1])


def test_effective_predikats():
    def rated(predikats):
        n = len(predikats)
        return pd.DataFrame(
            {"reporting_unit_id": "U", "period": "2026-Q3", "person_id": range(n), "rater_id": "r",
             "predikat_contradicts": False, "results_rating": "meets", "predikat_by_matrix": predikats}
        )  # fmt: skip

    alike, _ = appraisal_by_unit(rated(["good"] * 10))
    evenly, _ = appraisal_by_unit(rated(["very_good", "good", "needs_improvement", "poor", "very_poor"] * 4))
    assert alike["effective_predikats"].tolist() == [1.0, 1.0]
    assert evenly["effective_predikats"].tolist() == pytest.approx([5.0, 5.0])


def test_the_duty_to_train_is_one_of_pns_only():
    staff = pd.DataFrame(
        {"person_id": ["a", "b", "c"], "reporting_unit_id": "U", "employment_type": ["pns", "pns", "pppk"]}
    )
    courses = pd.DataFrame(
        {"person_id": ["a", "a", "c", "b"], "period": ["2026-Q1", "2026-Q2", "2026-Q1", "2025-Q4"],
         "hours_jp": [12.0, 8.0, 30.0, 40.0]}
    )  # fmt: skip
    hours = hours_by_person(courses, staff, ["2025-Q4", "2026-Q1", "2026-Q2"])
    table = training_by_unit(hours)
    row = table.query("unit_id == 'U' and period == '2026-Q2'").iloc[0]
    # b's hours of last year do not count for this one; c is a PPPK over the ceiling.
    assert (row["n_pns"], row["n_pns_met"], row["n_pppk"], row["n_pppk_over"]) == (2, 1, 1, 1)
    assert row["hours_mean"] == pytest.approx(8 / 3)
    assert hours.query("person_id == 'a'")["training_jp10"].tolist() == [0.0, 1.2, 2.0]


def test_objections_are_late_after_fourteen_days():
    appraised = pd.DataFrame(
        {"person_id": ["a", "b"], "period": "2026-Q2", "reporting_unit_id": "U",
         "appraised_date": pd.to_datetime(["2026-07-01", "2026-07-01"])}
    )  # fmt: skip
    filed = appraised.assign(
        filed_date=pd.to_datetime(["2026-07-15", "2026-07-16"]), decided_date=pd.to_datetime(["2026-07-20", None]),
        outcome=["upheld", "pending"],
    )  # fmt: skip
    row = objections_by_unit(filed, appraised).query("unit_id == 'U'").iloc[0]
    assert (row["n"], row["n_decided"], row["n_upheld"], row["n_late"]) == (2, 1, 1, 1)
    assert row["per_1000_employees"] == 1000


def test_open_requests_have_no_time_yet():
    log = pd.DataFrame(
        {"reporting_unit_id": "DISHUB", "unit_id": "DISHUB", "period": "2025-Q2", "service_id": "hub_izin",
         "submitted_date": pd.to_datetime(["2025-06-02"] * 8),
         "finished_date": pd.to_datetime(["2025-06-03"] * 4 + ["2025-06-26"] * 2 + [None] * 2),
         "queue_minutes": [10.0] * 4 + [50.0] * 4}
    )  # fmt: skip
    table = service_times(log, load_city())
    row = table.query("unit_id == 'DISHUB' and service_id == 'hub_izin'").iloc[0]
    assert (row["n_requests"], row["n_finished"], row["n_open"]) == (8, 6, 2)
    # The fourth and fifth of eight lie at 1 and 16 days; the finished alone would say 1.
    assert (row["days_median"], row["days_median_finished"]) == (8.5, 1)
    # Half of all eight: the open ones are past the standard too.
    assert row["within_standard_pct"] == pytest.approx(50)
    assert row["queue_within_pct"] == 50


def test_a_rise_in_completion_time_is_worse():
    times, index = load_indicators()["days_median"], load_indicators()["ikm"]
    assert (times.verdict(0.5, 1.5), index.verdict(0.5, 1.5)) == ("worse", "better")
    assert (times.verdict(-1.5, -0.5), index.verdict(-1.5, -0.5)) == ("better", "worse")
    assert times.verdict(-0.5, 0.5) == "unclear"
    assert load_indicators()["complaints_n"].verdict(1, 2) == "unclear"


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0.1, 10), st.floats(0.1, 10))
def test_changes_add_variances(now, before, wide, narrow):
    found = change(Estimate(now, now - wide, now + wide), Estimate(before, before - narrow, before + narrow))
    assert found.value == pytest.approx(now - before)
    assert found.high - found.low == pytest.approx(2 * np.hypot(wide, narrow))


def test_a_city_is_measured_whole(small_processed):
    processed = open_processed(small_processed)
    measures = measure_city(processed.tables(), processed.city())
    frames = measures.frames()
    assert {
        "satisfaction",
        "service_time",
        "appraisal",
        "training",
        "motivation",
        "objections",
        "panel",
    } <= set(frames)
    times = frames["service_time"].query("service_id == ''")
    units = times.query("unit_id != 'CITY'")
    assert (
        units["n_requests"].sum()
        == times.query("unit_id == 'CITY'")["n_requests"].sum()
        == len(processed.table("service_log"))
    )
    panel = frames["employee_panel"]
    assert not panel.duplicated(["person_id", "period"]).any()
    assert set(frames["sub_units"]["reporting_unit_id"]) == {"KEC-SEL"} | set(
        frames["sub_units"]["reporting_unit_id"]
    )


def test_a_table_that_an_office_does_not_have_is_absent(small_processed):
    processed = open_processed(small_processed)
    only = {"citizen_feedback": processed.table("citizen_feedback")}
    measures = measure_city(only, processed.city())
    assert measures.satisfaction is not None
    assert measures.appraisal is measures.training is measures.employee_panel is None
