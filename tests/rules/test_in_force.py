"""The rules of a day, of a city, and how far each value was checked."""

from dataclasses import replace
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from asn_research import rules
from asn_research.errors import RuleError
from asn_research.rules.cities import CITIES, DEFAULT_CITY, load_city
from asn_research.rules.in_force import with_city_values
from asn_research.rules.loading import load_model
from asn_research.rules.periods import Period
from asn_research.rules.regulations import (
    REGULATIONS,
    ObjectionRule,
    PredikatRule,
    Rule,
    SatisfactionRule,
    ScorePredikatRule,
    load_rules,
)
from asn_research.rules.regulations_staff import ComplaintRule

ALL = load_rules()


@given(st.dates(date(1990, 1, 1), date(2040, 12, 31)))
def test_of_each_kind_at_most_one_rule_is_in_force(day):
    found = rules.at(day).rules
    assert len({type(rule) for rule in found}) == len(found)
    for rule in found:
        assert rule.valid_from <= day <= (rule.valid_to or day)
        assert rules.at(day).one(type(rule)) is rule


def test_a_period_has_the_rule_of_its_last_day():
    for code, name in (
        ("2017-Q1", "skm_2014"),
        ("2017-Q2", "skm_2017"),
        ("2017-S1", "skm_2017"),
        ("2016", "skm_2014"),
    ):
        found = rules.at(code).one(SatisfactionRule)
        assert found.rule == name
        assert rules.at(Period.parse(code)) == rules.at(Period.parse(code).last_day)


def test_matrix_or_score_by_the_year():
    kinds = {
        year: [rules.at(str(year)).get(k) is not None for k in (ScorePredikatRule, PredikatRule)]
        for year in (2013, 2014, 2021, 2022)
    }
    assert kinds == {2013: [False, False], 2014: [True, False], 2021: [True, False], 2022: [False, True]}


def test_a_day_without_a_rule_is_named_with_the_rules_that_there_are():
    with pytest.raises(RuleError) as refused:
        rules.at("2003").one(SatisfactionRule)
    message = str(refused.value)
    assert "31-12-2003" in message
    assert "24-02-2004" in message
    assert "mend" not in message


# ------------------------------------------------------------------ marks


@pytest.mark.parametrize("rule", ALL.values(), ids=lambda rule: rule.rule)
def test_every_value_has_a_mark_of_its_own(rule):
    for name in rule.values():
        assert rule.mark(name) in rule.checked
    assert set(rule.marks_of()) == {mark for mark, paths in rule.checked.items() if paths}


def test_the_longest_path_decides():
    rule = ALL["predikat_2019"]
    assert (rule.mark("bands.fair"), rule.mark("bands.poor"), rule.mark("bands.poor.at_least")) == (
        "full_text",
        "memory",
        "memory",
    )
    assert ALL["skm_2017"].mark("printed_weights.0.11") == "one_source"
    assert ALL["skm_2017"].mark("printed_weights.0.111") == "restated"
    with pytest.raises(KeyError):
        rule.mark("band")


def test_no_report_on_satisfaction_since_2017_rests_on_memory():
    for rule in rules.at("2018-Q1").rules:
        if rule.rule.startswith(("skm", "sample", "screening", "survey", "disclosure")):
            assert "memory" not in rule.marks_of()


def test_what_no_regulation_sets_is_called_an_own_choice():
    own = {name for name, rule in ALL.items() if rule.is_own_choice}
    assert own == {"disclosure", "quality", "screening", "survey_design", "information_audit"}
    assert all(ALL[name].source.startswith("asn-research") for name in own)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"checked": {"restated": ["days", "file_within_days"], "full_text": ["valid_from"]}}, "decided_by stands under no mark"),
        ({"checked": {"restated": ["days", "file_within_days", "valid_from", "decided_by"], "memory": ["days"]}}, "days stands under two marks"),
        ({"checked": {"restated": ["days", "file_within_days", "valid_from", "decided_by", "nights"]}}, "states no nights"),
        ({"checked": {"certain": ["days"]}}, "checked"),
        ({"checked": "restated"}, "checked"),
        ({"settable": ["nights"]}, "states no nights"),
    ],
)  # fmt: skip
def test_a_value_without_a_mark_or_with_two_is_refused(change, named):
    content = yaml.safe_load((REGULATIONS / "objection_2019.yaml").read_text(encoding="utf-8"))
    with pytest.raises(RuleError, match=named):
        load_model(ObjectionRule, {**content, **change}, "objection_2019.yaml")


# ------------------------------------------------------------------ a city's own values


def city_that_states(**stated):
    city = load_city()
    return replace(city, facts=city.facts.model_copy(update={"rules": stated}))


def test_a_city_states_what_sources_leave_open():
    city = city_that_states(
        complaint_deadlines={"days": "calendar", "resolve_within_days": {"complaint": 5}}, objection_2019={"days": "working"}
    )  # fmt: skip
    rule = rules.at("2026-Q3", city).one(ComplaintRule)
    assert (rule.days, rule.first_response_days) == ("calendar", 5)
    assert rule.resolve_within_days == {
        "information": 5,
        "aspiration": 5,
        "complaint": 5,
        "supervised_complaint": 60,
    }
    assert {path: rule.mark(path) for path in ("days", "resolve_within_days.complaint", "resolve_within_days.information")} == {
        "days": "city", "resolve_within_days.complaint": "city", "resolve_within_days.information": "restated",
    }  # fmt: skip
    assert rules.at("2026-Q3", city).one(ObjectionRule).days == "working"
    # Nobody else's rule has changed.
    assert rules.at("2026-Q3").one(ComplaintRule).days == "working"
    assert rules.at("2026-Q3").one(ObjectionRule).days == "calendar"


@pytest.mark.parametrize(
    ("stated", "named"),
    [
        ({"complaints": {"days": "calendar"}}, "no rule 'complaints'"),
        ({"disclosure": {"smallest_cell": 1}}, "may not state `smallest_cell`"),
        ({"skm_2017": {"multiplier": 20}}, "may not state `multiplier`"),
        ({"complaint_deadlines": {"valid_from": "2010-01-01"}}, "may not state `valid_from`"),
        ({"complaint_deadlines": {"days": "lunar"}}, "days"),
        ({"complaint_deadlines": {"resolve_within_days": {"complaint": 0}}}, "complaint"),
        ({"complaint_deadlines": {"resolve_within_days": {"rumour": 5}}}, "rumour unknown"),
        ({"complaint_deadlines": {"resolve_within_days": 5}}, "resolve_within_days"),
        ({"ip_asn": {"sanction_years": "soon"}}, "sanction_years"),
    ],
)
def test_what_a_city_may_not_state_is_refused_by_name(stated, named):
    with pytest.raises(RuleError, match="city.yaml.*" + named):
        with_city_values(stated)


def test_a_citys_file_is_checked_when_it_is_read(tmp_path):
    for name in ("city.yaml", "units.csv", "services.csv"):
        text = (CITIES / DEFAULT_CITY / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
    place = tmp_path / "city.yaml"
    plain = place.read_text(encoding="utf-8")
    place.write_text(plain + "rules:\n  complaint_deadlines: {days: calendar}\n", encoding="utf-8")
    assert rules.at("2026-Q3", load_city(folder=tmp_path)).one(ComplaintRule).days == "calendar"
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    for name in ("units.csv", "services.csv"):
        (wrong / name).write_bytes((tmp_path / name).read_bytes())
    (wrong / "city.yaml").write_text(plain + "rules:\n  disclosure: {smallest_cell: 1}\n", encoding="utf-8")
    with pytest.raises(RuleError, match="may not state `smallest_cell`"):
        load_city(folder=wrong)


def test_rules_are_what_they_say():
    assert all(isinstance(rule, Rule) and rule.rule == name for name, rule in ALL.items())
