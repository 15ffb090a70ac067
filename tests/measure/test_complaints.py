"""Complaints against their deadlines, objections by ground."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from asn_research.measure.complaints import complaints_by_unit, grounds_by_unit, objections_by_unit
from asn_research.rules.cities import load_city

CITY = load_city()


def city_that_states(**rules):
    return replace(CITY, facts=CITY.facts.model_copy(update={"rules": rules}))


CALENDAR = city_that_states(complaint_deadlines={"days": "calendar"})


def complaints(answered, resolved=None, received="2025-06-12", **columns):
    return pd.DataFrame(
        {"reporting_unit_id": "U", "period": "2025-Q2", "received_date": pd.to_datetime([received] * len(answered)),
         "answered_date": pd.to_datetime(pd.Series(answered, dtype="object")),
         "resolved_date": pd.to_datetime(pd.Series(resolved or [None] * len(answered), dtype="object")), **columns}
    )  # fmt: skip


def own(table):
    return table.query("unit_id == 'U'").iloc[0]


def test_a_weekend_makes_the_difference_between_calendar_and_working_days():
    # Thursday to Thursday: seven days on the calendar, five of work.
    rows = complaints(["2025-06-19"] * 10)
    assert own(complaints_by_unit(rows))["answered_in_time_pct"] == 100
    assert own(complaints_by_unit(rows, CALENDAR))["answered_in_time_pct"] == 0


def test_what_has_no_answer_waits():
    rows = complaints(["2025-06-13"] * 5 + [None] * 4 + ["2025-06-26"])
    found = own(complaints_by_unit(rows))
    assert (found["n"], found["n_answered"]) == (10, 6)
    # Of ten, five were answered within five days, and the other five were not.
    assert found["answered_in_time_pct"] == 50
    assert found["answered_in_time_low"] < 50 < found["answered_in_time_high"]
    # The curve is level at one half from one working day to the ten of the last answer.
    assert found["answer_days_median"] == 5.5


def test_each_class_has_its_own_deadline():
    # Nine working days to resolve: late for information and suggestions (5), in time for complaints (14, 60).
    rows = complaints(["2025-06-13"] * 5, ["2025-06-26"] * 5,
                      complaint_class=["information", "aspiration", "complaint", None, "supervised_complaint"])  # fmt: skip
    assert own(complaints_by_unit(rows))["resolved_in_time_pct"] == 60


@pytest.mark.parametrize(("days", "share"), [(13, 100), (14, 100), (15, 0)])
def test_an_ordinary_complaint_is_resolved_within_fourteen_working_days(days, share):
    resolved = str(np.busday_offset("2025-09-08", days))
    rows = complaints(["2025-09-09"] * 10, [resolved] * 10, received="2025-09-08")
    assert own(complaints_by_unit(rows))["resolved_in_time_pct"] == share


def test_a_city_may_state_its_own_deadlines():
    rows = complaints(["2025-06-13"] * 4, ["2025-06-26"] * 4)
    strict = city_that_states(complaint_deadlines={"resolve_within_days": {"complaint": 5}})
    assert own(complaints_by_unit(rows, CITY))["resolved_in_time_pct"] == 100
    assert own(complaints_by_unit(rows, strict))["resolved_in_time_pct"] == 0


def test_each_complaint_has_the_rule_of_its_own_day():
    # No deadline was on file before 10 October 2018: such a complaint is counted, not judged.
    early = complaints(["2018-10-30"] * 6, received="2018-10-01")
    late = complaints(["2018-10-30"] * 6, received="2018-10-10")
    assert np.isnan(own(complaints_by_unit(early))["answered_in_time_pct"])
    both = own(complaints_by_unit(pd.concat([early, late], ignore_index=True)))
    assert (both["n"], both["answered_in_time_pct"]) == (12, 0)


def test_what_is_resolved_was_answered_by_then():
    rows = complaints(["2025-06-13"] * 5 + [None] * 5, ["2025-06-16"] * 10)
    found = own(complaints_by_unit(rows))
    assert (found["n_answered"], found["answered_in_time_pct"], found["n_due"]) == (10, 100, 10)


@pytest.mark.parametrize(("column", "share"), [("answered_date", "answered"), ("resolved_date", "resolved")])
def test_a_table_without_a_column_of_dates_is_not_judged_by_it(column, share):
    rows = complaints(["2025-06-13"] * 10, ["2025-06-16"] * 10).drop(columns=column)
    found = own(complaints_by_unit(rows))
    assert np.isnan(found[f"{share}_in_time_pct"])
    assert found["n_due"] == 10


def test_answered_is_not_resolved():
    found = own(complaints_by_unit(complaints(["2025-06-13"] * 12)))
    assert (found["answered_in_time_pct"], found["n_resolved"]) == (100, 0)


@pytest.fixture
def objections():
    return pd.DataFrame(
        {"reporting_unit_id": "U", "person_id": [f"p{k}" for k in range(8)], "period": "2026-Q2",
         "filed_date": pd.to_datetime(["2026-07-06"] * 8),
         "decided_date": pd.to_datetime(["2026-07-13"] * 4 + ["2026-07-20"] * 2 + [None] * 2),
         "outcome": ["upheld"] * 3 + ["rejected"] * 3 + ["pending"] * 2, "ground": ["subjective"] * 5 + ["evidence"] * 2 + [None]}
    )  # fmt: skip


def test_objections_by_rate_outcome_and_time(objections):
    rated = pd.DataFrame(
        {"person_id": [f"p{k}" for k in range(400)], "reporting_unit_id": "U", "period": "2026-Q2"}
    )
    row = own(objections_by_unit(objections, rated))
    assert (row["n_rated"], row["per_1000_employees"], row["upheld_pct"]) == (400, 20, 50)
    # Wilson's interval of 8 in 400, and of 3 in 6.
    assert (row["per_1000_low"], row["per_1000_high"]) == (
        pytest.approx(10.17, abs=0.02),
        pytest.approx(38.96, abs=0.02),
    )
    assert (row["upheld_low"], row["upheld_high"]) == (
        pytest.approx(18.76, abs=0.01),
        pytest.approx(81.24, abs=0.01),
    )
    # Five days for four of eight, ten for two: half are decided after five to ten.
    assert row["decision_days_median"] == 7.5


def test_outcomes_without_dates_are_decided_and_have_no_time(objections):
    row = own(objections_by_unit(objections.drop(columns="decided_date"), None))
    assert (row["n_decided"], row["n_upheld"], row["upheld_pct"]) == (6, 3, 50)
    assert np.isnan(row["decision_days_median"])


def test_decisions_without_outcomes_do_not_tell_that_none_was_upheld(objections):
    row = own(objections_by_unit(objections.drop(columns="outcome"), None))
    assert (row["n_decided"], row["decision_days_median"]) == (6, 7.5)
    assert np.isnan([row["n_upheld"], row["upheld_pct"], row["upheld_low"]]).all()


def test_objections_without_dates_and_outcomes_do_not_tell_that_none_was_decided(objections):
    row = own(objections_by_unit(objections.drop(columns=["outcome", "decided_date"]), None))
    assert np.isnan([row["n_decided"], row["upheld_pct"], row["decision_days_median"]]).all()


def test_grounds(objections):
    table = grounds_by_unit(objections).query("unit_id == 'U'").set_index("ground")
    assert table["n_employees"].to_dict() == {"subjective": 5, "evidence": 2, "unknown": 1}
    assert table.at["subjective", "n_upheld"] == 3
    assert set(table["n_objectors"]) == {8}
    assert grounds_by_unit(objections.drop(columns="ground")) is None


def test_without_appraisals_there_is_no_rate(objections):
    row = own(objections_by_unit(objections, None))
    assert np.isnan(row["per_1000_employees"])


def test_an_objection_is_late_by_the_rule_of_its_own_day(objections):
    filed = objections.assign(filed_date=pd.to_datetime(["2026-07-06"] * 5 + ["2018-07-06"] * 3))
    appraised = pd.DataFrame(
        {"person_id": [f"p{k}" for k in range(8)], "reporting_unit_id": "U", "period": "2026-Q2",
         "appraised_date": pd.to_datetime(["2026-06-22"] * 3 + ["2026-06-20"] * 2 + ["2018-01-02"] * 3)}
    )  # fmt: skip
    # Fourteen days are in time, sixteen late; in 2018 there was no such rule, so none of those is judged.
    assert own(objections_by_unit(filed, appraised))["n_late"] == 2
    assert np.isnan(own(objections_by_unit(filed[5:], appraised))["n_late"])


def test_one_objection_with_a_deadline_is_enough_to_count_the_late_ones(objections):
    filed = objections.assign(filed_date=pd.to_datetime(["2026-07-06"] + ["2018-07-06"] * 7))
    appraised = pd.DataFrame(
        {"person_id": [f"p{k}" for k in range(8)], "reporting_unit_id": "U", "period": "2026-Q2",
         "appraised_date": pd.to_datetime(["2026-06-20"] + ["2018-01-02"] * 7)}
    )  # fmt: skip
    assert own(objections_by_unit(filed, appraised))["n_late"] == 1


def test_an_outcome_that_is_not_recorded_is_not_a_refusal_by_ground(objections):
    for without in ("outcome", ["outcome", "decided_date"]):
        assert grounds_by_unit(objections.drop(columns=without))["n_upheld"].isna().any()


def test_objections_without_a_day_of_the_appraisal_are_not_in_time(objections):
    assert np.isnan(own(objections_by_unit(objections, None))["n_late"])
    appraised = pd.DataFrame({
        "person_id": objections["person_id"], "period": "2026-Q2", "unit_id": "U", "reporting_unit_id": "U",
        "appraised_date": pd.Series(pd.NaT, objections.index),
    })  # fmt: skip
    assert np.isnan(own(objections_by_unit(objections, appraised))["n_late"])


def test_an_objection_of_unknown_state_counts_and_is_neither_decided_nor_waiting(objections):
    one = objections["person_id"] == objections["person_id"].iloc[0]
    unknown = objections.assign(
        outcome=objections["outcome"].astype("object").mask(one, "unknown"),
        decided_date=objections["decided_date"].mask(one),
    )
    row = own(objections_by_unit(unknown, None))
    assert row["n"] == len(objections)
    assert np.isnan([row["n_decided"], row["n_upheld"], row["upheld_pct"]]).all()
