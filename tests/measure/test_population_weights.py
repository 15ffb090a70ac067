"""Respondents held against the people served: sample, weights, groups."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research import rules
from asn_research.errors import RawDataError
from asn_research.measure.breakdown import breakdown_by_unit
from asn_research.measure.population_weights import Margin, margin_of, rake, weighted_by_unit
from asn_research.measure.respondents import respondents_of
from asn_research.measure.sample import needed_respondents, people_served, sample_check
from asn_research.methods.survey.survey_design import mean_of_means
from asn_research.rules.regulations import SatisfactionRule, SurveyDesignRule, load_rules

RULE = rules.at(date(2026, 9, 30)).one(SatisfactionRule)
DESIGN = next(rule for rule in load_rules().values() if isinstance(rule, SurveyDesignRule))
ELEMENTS = list(RULE.elements)


def survey(counts, seed=1, period="2026-Q3"):
    """Forms by service: service b is answered one point lower than service a."""
    rng = np.random.default_rng(seed)
    service = np.repeat(list(counts), list(counts.values()))
    answers = np.clip(rng.integers(3, 5, (len(service), 9)) - (service == "b")[:, None], 1, 4)
    days = pd.Timestamp("2026-07-01") + pd.to_timedelta(rng.integers(0, 80, len(service)), unit="D")
    return pd.DataFrame(answers, columns=ELEMENTS).assign(
        reporting_unit_id="U", unit_id="U", service_id=service, period=period, survey_date=days,
        sex=rng.choice(["f", "m"], len(service)),
    )  # fmt: skip


def requests(counts, period="2026-Q3"):
    service = np.repeat(list(counts), list(counts.values()))
    return pd.DataFrame({"reporting_unit_id": "U", "unit_id": "U", "service_id": service, "period": period})


def test_a_units_sample_is_shared_out_over_its_services():
    table = sample_check(survey({"a": 100, "b": 20}), requests({"a": 300, "b": 100})).set_index("service_id")
    assert table.loc["", "needed_n"] == needed_respondents(400, "2026-Q3") == 196
    assert table["needed_n"].to_dict() == {"": 196, "a": 147, "b": 49}
    assert table["short_n"].to_dict() == {"": 76, "a": 47, "b": 29}
    assert table["is_short"].all()


@pytest.mark.parametrize(
    "counts", [{"a": 36, "b": 76, "c": 53}, {"a": 154, "b": 35, "c": 86}, {"a": 1, "b": 1, "c": 1}]
)
def test_the_samples_of_services_add_up_to_the_units(counts):
    table = sample_check(survey({"a": 10}), requests(counts)).set_index("service_id")
    assert table["needed_n"].drop("").sum() == table.loc["", "needed_n"]


def test_requests_of_no_known_service_have_their_part_of_the_sample():
    table = sample_check(survey({"a": 10}), requests({"a": 50, "": 50})).set_index("service_id")
    assert table["needed_n"].to_dict() == {"": 80, "a": 40}


def test_a_service_nobody_was_asked_about_is_short_and_a_unit_without_a_survey_is_not_listed():
    log = pd.concat([requests({"a": 300, "c": 50}), requests({"a": 40}).assign(reporting_unit_id="V")])
    table = sample_check(survey({"a": 400}), log).set_index("service_id")
    assert table.loc["c", "n_respondents"] == 0
    assert table["is_short"].to_dict() == {"": False, "a": False, "c": True}
    assert set(table["unit_id"]) == {"U"}


def test_before_2017_a_hundred_and_fifty_were_enough():
    table = sample_check(survey({"a": 10}, period="2016-Q3"), requests({"a": 10_000}, period="2016-Q3"))
    assert table.loc[table["service_id"] == "", "needed_n"].item() == 150


def test_people_served_are_counted_for_the_city_too():
    served = people_served(requests({"a": 3, "b": 2}))
    assert served.set_index("unit_id")["population_n"].to_dict() == {"U": 5, "CITY": 5}


SERVED = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 80), min_size=1)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(SERVED, SERVED), min_size=2, max_size=3), st.integers(0, 99))
def test_a_units_weights_are_those_of_its_own_people_alone(units, seed):
    """Services are counted for all units at once, and units share their names."""
    forms = [
        survey(asked, seed + at).assign(reporting_unit_id=f"U{at}") for at, (asked, _) in enumerate(units)
    ]
    logs = [requests(served).assign(reporting_unit_id=f"U{at}") for at, (_, served) in enumerate(units)]
    together = weighted_by_unit(pd.concat(forms), pd.concat(logs).sample(frac=1, random_state=seed))
    for at, (form, log) in enumerate(zip(forms, logs, strict=True)):
        alone = weighted_by_unit(form, log)
        own = [table.loc[table["unit_id"] == f"U{at}"].reset_index(drop=True) for table in (together, alone)]
        pd.testing.assert_frame_equal(*own)


def test_weights_hold_every_margin():
    rng = np.random.default_rng(1)
    margins = [
        Margin("one", rng.integers(0, 3, 200), np.array([0.5, 0.3, 0.2])),
        Margin("two", rng.integers(0, 2, 200), np.array([0.8, 0.2])),
    ]
    weights = rake(margins, 200)
    for margin in margins:
        np.testing.assert_allclose(np.bincount(margin.codes, weights) / 200, margin.shares, atol=1e-9)


def test_margins_that_contradict_each_other_are_refused_in_words():
    same = np.array([0, 0, 1, 1])
    with pytest.raises(RawDataError, match=r"margins of one, two.*margins\.csv"):
        rake([Margin("one", same, np.array([0.9, 0.1])), Margin("two", same, np.array([0.1, 0.9]))], 4)


def test_thin_cells_join_the_rest():
    answers = pd.Series(["a"] * 20 + ["b"] * 20 + ["c"] * 3 + ["d"] * 3)
    margin = margin_of("service_id", answers, pd.Series({"a": 60.0, "b": 30.0, "c": 6.0, "d": 4.0}), 5)
    assert margin.shares.tolist() == pytest.approx([0.1, 0.6, 0.3])
    assert (margin.codes == 0).sum() == 6
    assert margin.unreached_pct == 0


@pytest.mark.parametrize(("n_others", "n_rest"), [(5, 5), (4, 0)])
def test_a_remainder_of_the_fewest_is_one_of_its_own_and_a_smaller_one_is_none(n_others, n_rest):
    answers = pd.Series(["a"] * 20 + ["b"] * 20 + ["c"] * (n_others - 2) + ["d"] * 2)
    margin = margin_of("service_id", answers, pd.Series({"a": 60.0, "b": 30.0, "c": 6.0, "d": 4.0}), 5)
    assert len(margin.shares) == (3 if n_rest else 2)
    assert np.bincount(margin.codes).min() == (n_rest or 20)


def test_people_nobody_answered_for_are_named():
    answers = pd.Series(["a"] * 20 + ["b"] * 20)
    margin = margin_of("service_id", answers, pd.Series({"a": 60.0, "b": 20.0, "c": 20.0}), 5)
    assert margin.shares.tolist() == [0.75, 0.25]
    assert margin.unreached_pct == 20


def test_the_weighted_index_is_that_of_the_people_served():
    rows = survey({"a": 60, "b": 60})
    table = weighted_by_unit(rows, requests({"a": 900, "b": 100})).set_index("unit_id")
    means = rows.groupby("service_id")[ELEMENTS].mean().mean(axis=1)
    assert table.loc["U", "index_weighted"] == pytest.approx(25 * (0.9 * means["a"] + 0.1 * means["b"]))
    assert table.loc["U", "weighted_by"] == "service_id"
    # Kish: half the people weigh 1.8, half 0.2.
    assert table.loc["U", "weights_effect"] == pytest.approx(1.64)


def test_other_margins_are_raked_in():
    rows = survey({"a": 60, "b": 60})
    known = pd.DataFrame(
        {"unit_id": "", "variable": "sex", "category": ["f", "m"], "population_n": [700, 300]}
    )
    both = weighted_by_unit(rows, requests({"a": 900, "b": 100}), known).set_index("unit_id").loc["U"]
    assert both["weighted_by"] == "service_id|sex"
    cells = weighted_by_unit(
        rows, requests({"a": 900, "b": 100}), known, design=DESIGN.model_copy(update={"weighting": "cells"})
    )
    assert set(cells["weighted_by"]) == {"service_id"}


def test_without_a_known_population_there_is_no_weighted_index():
    table = weighted_by_unit(survey({"a": 40}), None)
    assert table["index_weighted"].isna().all()
    assert (table["weighted_by"] == "").all()


def test_groups_of_respondents_have_the_index_of_their_own():
    rows = survey({"a": 60, "b": 60})
    table = breakdown_by_unit(rows).query("unit_id == 'U'").set_index(["dimension", "category"])
    assert table.loc[("sex", "f"), "n"] + table.loc[("sex", "m"), "n"] == 120
    for service in "ab":
        own = rows.loc[rows["service_id"] == service, ELEMENTS]
        assert table.loc[("service_id", service), "index"] == pytest.approx(25 * own.mean().mean())
    people = respondents_of(rows, ELEMENTS, DESIGN)
    expected = mean_of_means(people.answers, people.design(), (rows["sex"] == "f").to_numpy()[:, None])
    width = table.loc[("sex", "f"), "high"] - table.loc[("sex", "f"), "index"]
    assert width == pytest.approx(25 * expected.std_errors[0] * 1.99, rel=0.01)


def test_a_channel_is_a_group_where_it_was_asked():
    rows = survey({"a": 60}).assign(channel="online")
    assert ("channel", "online") in set(
        breakdown_by_unit(rows)[["dimension", "category"]].itertuples(index=False)
    )


def test_who_does_not_say_is_in_no_group():
    rows = survey({"a": 60}).assign(sex=None)
    assert "sex" not in set(breakdown_by_unit(rows)["dimension"])


def test_inputs_are_not_changed():
    rows, log = survey({"a": 30, "b": 30}), requests({"a": 90, "b": 10})
    before, log_before = rows.copy(deep=True), log.copy(deep=True)
    weighted_by_unit(rows, log)
    breakdown_by_unit(rows)
    sample_check(rows, log)
    pd.testing.assert_frame_equal(rows, before)
    pd.testing.assert_frame_equal(log, log_before)
