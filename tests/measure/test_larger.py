"""Half years and years: the pooled answers, not means of indices."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research import rules
from asn_research.measure.all_measures import BRANCHES, OF_CITIZENS, POOLED, CityData
from asn_research.measure.larger import larger_measures, with_larger
from asn_research.protect import protect_city
from asn_research.rules.cities import load_city
from asn_research.rules.regulations import DisclosureRule, SatisfactionRule

CITY = load_city()
ELEMENTS = rules.at("2026-Q1").one(SatisfactionRule).elements


def forms(period, n, answer, unit="DISHUB"):
    rng = np.random.default_rng([n, int(period[:4])])
    answers = {e: np.clip(answer + rng.integers(-1, 2, n), 1, 4) for e in ELEMENTS}
    first = pd.Timestamp(f"{period[:4]}-01-05") + pd.DateOffset(
        months=3 * (int(period[-1]) - 1) if "Q" in period else 0
    )
    days = first + pd.to_timedelta(np.arange(n) % 40, unit="D")
    return pd.DataFrame(
        {
            "reporting_unit_id": unit,
            "unit_id": unit,
            "period": period,
            "survey_date": days,
            "service_id": "",
            **answers,
        }
    )


def exact(table):
    """The index by hand: the mean of the element means of all answers, times 25."""
    means = [Fraction(int(table[e].sum()), int(table[e].notna().sum())) for e in ELEMENTS]
    return 25 * sum(means, Fraction(0)) / len(means)


def index_of(frames, period, unit="DISHUB"):
    return frames["satisfaction"].query("unit_id == @unit and period == @period").iloc[0]


def test_the_index_of_a_half_year_is_that_of_all_its_answers():
    first, second = forms("2026-Q1", 30, 2), forms("2026-Q2", 120, 4)
    frames = larger_measures({"citizen_feedback": pd.concat([first, second], ignore_index=True)}, CITY)
    half, year = index_of(frames, "2026-S1"), index_of(frames, "2026")
    pooled = exact(pd.concat([first, second]))
    assert half["index"] == year["index"] == float(pooled)
    # Thirty dissatisfied and a hundred and twenty content: the mean of two indices is another number.
    assert abs(float((exact(first) + exact(second)) / 2 - pooled)) > 10
    assert half["n_respondents"] == 150
    assert half["index_low"] < half["index"] < half["index_high"]


@settings(max_examples=15)
@given(
    st.dictionaries(
        st.sampled_from([f"{y}-Q{q}" for y in (2025, 2026) for q in (1, 2, 3, 4)]),
        st.integers(3, 25),
        min_size=1,
        max_size=5,
    )
)
def test_every_larger_period_is_exact_and_names_what_is_missing(sizes):
    table = pd.concat([forms(code, n, 2 + n % 3) for code, n in sizes.items()], ignore_index=True)
    frames = larger_measures({"citizen_feedback": table}, CITY)
    parts = frames["larger_periods"].set_index("period")
    for period in parts.index:
        inside = [
            c
            for c in sizes
            if c[:4] == period[:4] and (len(period) == 4 or (int(c[-1]) + 1) // 2 == int(period[-1]))
        ]
        every = [
            f"{period[:4]}-Q{q}"
            for q in ((1, 2, 3, 4) if len(period) == 4 else (1, 2) if period[-1] == "1" else (3, 4))
        ]
        assert parts.at[period, "parts"] == "|".join(sorted(inside))
        assert parts.at[period, "missing"] == "|".join(sorted(set(every) - set(inside)))
        found = index_of(frames, period)
        assert found["index"] == float(exact(table.loc[table["period"].isin(inside)]))
        assert found["n_respondents"] == sum(sizes[c] for c in inside)
    assert set(parts.index) == {c[:4] for c in sizes} | {f"{c[:4]}-S{(int(c[-1]) + 1) // 2}" for c in sizes}


def test_answers_under_two_regulations_are_not_pooled():
    # PermenPANRB 14/2017 took the place of 16/2014 on 9 May 2017.
    table = pd.concat(
        [forms("2017-Q1", 20, 3), forms("2017-Q2", 20, 3), forms("2017-Q3", 20, 3)], ignore_index=True
    )
    frames = larger_measures({"citizen_feedback": table}, CITY)
    assert set(frames["satisfaction"]["period"]) == {"2017-S2"}
    reasons = frames["larger_periods"].set_index("period")["reason"].to_dict()
    assert reasons == {"2017-S1": "rule_changed", "2017-S2": "", "2017": "rule_changed"}


def test_a_city_that_asks_by_half_year_has_years_and_its_own_half_years():
    table = pd.concat([forms("2026-S1", 20, 3), forms("2026-S2", 40, 4)], ignore_index=True)
    frames = larger_measures({"citizen_feedback": table}, CITY)
    assert frames["larger_periods"][["period", "parts", "missing"]].to_numpy().tolist() == [
        ["2026", "2026-S1|2026-S2", ""]
    ]
    assert index_of(frames, "2026")["index"] == float(exact(table))


def test_a_half_years_own_rows_and_those_of_its_quarters_make_one_index():
    table = pd.concat([forms("2026-S1", 20, 3), forms("2026-Q1", 40, 4)], ignore_index=True)
    frames = larger_measures({"citizen_feedback": table}, CITY)
    assert index_of(frames, "2026-S1")["index"] == float(exact(table))
    own = pd.DataFrame(
        {"unit_id": ["DISHUB", "DISHUB"], "period": ["2026-S1", "2026-Q1"], "index": [1.0, 2.0]}
    )
    joined = with_larger({"satisfaction": own}, frames)["satisfaction"].query("unit_id == 'DISHUB'")
    assert joined["period"].value_counts().to_dict() == {"2026-Q1": 1, "2026-S1": 1, "2026": 1}
    assert frames["larger_periods"].set_index("period")["is_own"].to_dict() == {
        "2026-S1": True,
        "2026": False,
    }


def test_times_and_complaints_are_pooled_and_staff_is_not():
    days = pd.to_datetime(["2026-01-05"] * 12 + ["2026-04-06"] * 12)
    periods = ["2026-Q1"] * 12 + ["2026-Q2"] * 12
    log = pd.DataFrame(
        {"reporting_unit_id": "DISHUB", "unit_id": "DISHUB", "period": periods, "service_id": "", "submitted_date": days,
         "finished_date": days + pd.to_timedelta([1] * 12 + [8] * 12, unit="D"), "status": "finished"}
    )  # fmt: skip
    complaints = pd.DataFrame(
        {"reporting_unit_id": "DISHUB", "period": periods, "received_date": days,
         "answered_date": days + pd.Timedelta(days=1), "resolved_date": pd.NaT}
    )  # fmt: skip
    staff = pd.DataFrame(
        {
            "person_id": ["p"],
            "reporting_unit_id": "DISHUB",
            "unit_id": "DISHUB",
            "period": "2026-Q1",
            "hours_jp": 9.0,
        }
    )
    frames = larger_measures(
        {"service_log": log, "complaints": complaints, "training": staff, "appraisals": staff}, CITY
    )
    assert not {"training", "appraisal", "predikats", "ip_asn", "objections", "motivation"} & set(frames)
    row = (
        frames["service_time"]
        .query("unit_id == 'DISHUB' and period == '2026-S1' and service_id == ''")
        .iloc[0]
    )
    # One working day for twelve, six for twelve.
    assert (row["n_requests"], row["days_mean"]) == (24, 3.5)
    assert frames["complaints"].query("unit_id == 'DISHUB' and period == '2026'")["n"].tolist() == [24]


def test_small_groups_stay_hidden_in_pooled_periods():
    table = pd.concat(
        [forms("2026-Q1", 4, 3), forms("2026-Q2", 5, 3), forms("2026-Q1", 30, 3, "DINKES"), forms("2026-Q2", 30, 3, "DINKES"),
         forms("2026-Q1", 20, 3, "DISDIKBUD"), forms("2026-Q2", 20, 3, "DISDIKBUD")],
        ignore_index=True,
    )  # fmt: skip
    shown = protect_city(
        larger_measures({"citizen_feedback": table}, CITY), rules.at("2026").one(DisclosureRule)
    )
    satisfaction = shown.tables["satisfaction"].frame.set_index(["unit_id", "period"])["index"]
    assert np.isnan(satisfaction["DISHUB", "2026-S1"])
    assert np.isnan(satisfaction["DISHUB", "2026"])
    assert not np.isnan(satisfaction["DINKES", "2026-S1"])
    assert shown.tables["elements"].frame.query("unit_id == 'DISHUB'")["index"].isna().all()


@pytest.mark.parametrize("tables", [{}, {"employees": pd.DataFrame({"person_id": ["p"]})}])
def test_without_citizens_there_is_nothing_to_pool(tables):
    assert larger_measures(tables, CITY) == {}


def test_every_branch_over_citizens_rows_is_made_for_half_years():
    """A branch of `BRANCHES` that can be made of pooled sources alone stands where half years are made too."""
    of_citizens = {name for branch in OF_CITIZENS for name in branch.makes}
    for branch in (b for b in BRANCHES if b not in OF_CITIZENS and of_citizens.issuperset(b.needs)):
        read = set()

        class Noted(dict):
            def __missing__(self, name, read=read):
                read.add(name)
                raise KeyError(name)

            def get(self, name, default=None, read=read):
                read.add(name)
                return default

        branch.run(CityData(Noted(), CITY), {})
        assert not read or read - set(POOLED), (
            f"{branch.name} reads {read} alone and belongs into OF_CITIZENS"
        )
