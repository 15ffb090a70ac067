"""Which version of a rule speaks of which period, and what the older ones say."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research import rules
from asn_research.errors import RuleError
from asn_research.rules.regulations import (
    PredikatRule,
    SampleRule,
    SatisfactionRule,
    ScorePredikatRule,
    load_rules,
    round_half_up,
)

SKM = [rule for rule in load_rules().values() if isinstance(rule, SatisfactionRule)]


@pytest.mark.parametrize(
    ("day", "name", "n_elements"),
    [
        (date(2010, 6, 30), "skm_2004", 14),
        (date(2016, 12, 31), "skm_2014", 9),
        (date(2017, 6, 30), "skm_2017", 9),
        (date(2026, 9, 30), "skm_2017", 9),
    ],
)
def test_the_rule_follows_the_period(day, name, n_elements):
    rule = rules.at(day).one(SatisfactionRule)
    assert (rule.rule, len(rule.elements)) == (name, n_elements)


def test_no_rule_before_2004():
    with pytest.raises(RuleError, match="On 31-12-2003 none of these rules was in force"):
        rules.at(date(2003, 12, 31)).one(SatisfactionRule)


def test_in_2014_the_service_charter_stood_where_facilities_stand():
    before, now = (set(rules.at(date(year, 12, 31)).one(SatisfactionRule).elements) for year in (2016, 2017))
    assert (before - now, now - before) == ({"service_charter"}, {"facilities"})


@pytest.mark.parametrize("rule", SKM, ids=lambda rule: rule.rule)
@given(index=st.fractions(min_value=25, max_value=100))
def test_every_index_has_exactly_one_grade(rule, index):
    rounded = round_half_up(index, rule.decimals)
    bounds = [Fraction(band.at_least) for band in rule.grades]
    above = [Fraction(101), *bounds[:-1]]
    holding = [
        b.grade for b, low, high in zip(rule.grades, bounds, above, strict=True) if low <= rounded < high
    ]
    assert holding == [rule.grade(index).grade]


@pytest.mark.parametrize("rule", SKM, ids=lambda rule: rule.rule)
@given(index=st.fractions(min_value=25, max_value=100))
def test_the_unrounded_limits_say_the_same(rule, index):
    place = sum(index < bound for bound in rule.unrounded_bounds)
    assert rule.grades[place].grade == rule.grade(index).grade


@pytest.mark.parametrize(
    ("index", "grade"),
    [
        ("25", "D"),
        ("43.75", "D"),
        ("43.76", "C"),
        ("62.50", "C"),
        ("62.51", "B"),
        ("81.25", "B"),
        ("81.26", "A"),
    ],
)
def test_the_limits_of_2004(index, grade):
    # As three independent sources restate them.
    assert load_rules()["skm_2004"].grade(Fraction(index)).grade == grade
    assert load_rules()["skm_2014"].grade(Fraction(index)).grade == grade


@pytest.mark.parametrize(
    ("score", "possible"),
    [
        ("120", ("very_good", "good")),
        ("110", ("very_good", "good")),
        ("109.99", ("good",)),
        ("90", ("good",)),
        ("89.99", ("fair",)),
        ("70", ("fair",)),
        ("69.99", ("poor",)),
        ("49.99", ("very_poor",)),
        ("0", ("very_poor",)),
    ],
)
def test_from_110_on_the_number_alone_cannot_tell(score, possible):
    rule = load_rules()["predikat_2019"]
    assert rule.possible(Fraction(score)) == possible
    assert rule.predikat(Fraction(score), new_idea=False) == possible[-1]
    assert rule.predikat(Fraction(score), new_idea=True) == possible[0]


def test_a_new_idea_does_not_mend_a_low_score():
    assert load_rules()["predikat_2019"].predikat(100, new_idea=True) == "good"


def test_a_score_outside_its_scale_is_refused():
    with pytest.raises(RuleError, match="0 to 120"):
        load_rules()["predikat_2019"].possible(121)


def test_whole_number_bands_leave_no_gap():
    rule = load_rules()["predikat_2011"]
    assert rule.possible(Fraction("90.5")) == ("very_good",)
    assert rule.possible(Fraction("90.4")) == ("good",)


def test_matrix_and_score_do_not_rule_the_same_day():
    kinds = [
        {
            type(rule)
            for rule in load_rules().values()
            if rule.valid_from <= day and (rule.valid_to or day) >= day
        }
        for day in (date(2019, 6, 1), date(2021, 6, 1), date(2022, 6, 1))
    ]
    assert [ScorePredikatRule in found for found in kinds] == [True, True, False]
    assert [PredikatRule in found for found in kinds] == [False, False, True]


def test_until_2017_a_fixed_number_was_enough():
    assert rules.at(date(2016, 12, 31)).one(SampleRule).needed(100_000) == 150
    assert rules.at(date(2026, 9, 30)).one(SampleRule).needed(100_000) == 383
