"""What ratings can tell: against Shrout and Fleiss, by hand, and in three cities that differ."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research import rules
from asn_research.measure.rating_information import (
    effective_grades,
    information_audit,
    may_rank,
    rating_reliability,
    with_verdict,
)
from asn_research.rules.regulations import PredikatRule
from asn_research.rules.regulations_staff import InformationRule
from asn_research.simulate import simulate_tables

TODAY = date(2026, 9, 30)
RULE = rules.at(TODAY).one(InformationRule)


@pytest.fixture(scope="module")
def shrout_fleiss(shared):
    case = shared / "known_answer" / "icc_shrout_fleiss"
    table = pd.read_csv(case / "data.csv").set_index("target")
    reference = json.loads((case / "reference.json").read_text())["reference"]["icc"]
    return table, {row["type"]: row for row in reference}


@pytest.mark.shared
@pytest.mark.parametrize(("name", "with_cells"), [("ICC1k", False), ("ICC3k", True)])
def test_separation_is_the_published_reliability_of_a_mean(shrout_fleiss, name, with_cells):
    table, reference = shrout_fleiss
    long = table.stack()  # noqa: PD013
    people = long.index.get_level_values(0)
    judges = long.index.get_level_values(1) if with_cells else None
    found = rating_reliability(
        long.to_numpy(), np.asarray(people), None if judges is None else np.asarray(judges)
    )
    expected = reference[name]
    assert found.reliability == pytest.approx(expected["ICC"], rel=1e-9)
    assert found.high == pytest.approx(expected["upper bound"], rel=1e-6)
    # A reliability under zero says no more than zero.
    assert found.low == pytest.approx(max(0, expected["lower bound"]), rel=1e-6)


def test_strata_are_those_of_wright_and_masters():
    # Reliability 0.90: separation 3, (4 x 3 + 1) / 3 = 4.33 levels.
    rng = np.random.default_rng(1)
    true = np.repeat(rng.normal(0, 3, 20_000), 2)
    found = rating_reliability(true + rng.normal(0, np.sqrt(2), 40_000), np.repeat(np.arange(20_000), 2))
    assert found.reliability == pytest.approx(0.9, abs=0.005)
    assert found.strata == pytest.approx(13 / 3, abs=0.1)
    # Two means of two ratings with an error of sqrt 2 each: 1.96 x sqrt(2) x 1.
    assert found.smallest_difference == pytest.approx(1.96 * np.sqrt(2), rel=0.01)


def test_entropy_by_hand():
    # Four grades used alike are two bits; 94 and 6 of a hundred are 1.2546 grades.
    assert effective_grades(np.array([5, 5, 5, 5]))[0] == pytest.approx(4)
    assert effective_grades(np.array([94, 6]))[0] == pytest.approx(
        np.exp(-(0.94 * np.log(0.94) + 0.06 * np.log(0.06)))
    )
    assert effective_grades(np.array([7]))[0] == 1


@given(st.lists(st.integers(1, 500), min_size=1, max_size=5))
def test_no_more_grades_are_effective_than_are_used(counts):
    value, low, high = effective_grades(np.array(counts))
    assert 1 - 1e-9 <= value <= len(counts) + 1e-9
    if not np.isnan(low):
        assert 1 <= low <= value <= high <= len(counts)


@given(st.integers(0, 2**32 - 1), st.floats(-50, 50), st.floats(0.1, 20))
def test_separation_does_not_mind_the_scale_or_the_order(seed, shift, factor):
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(8), 3)
    values = rng.normal(size=24)
    found = rating_reliability(values, people)
    order = rng.permutation(24)
    again = rating_reliability(shift + factor * values[order], people[order])
    assert again.reliability == pytest.approx(found.reliability, abs=1e-7)
    assert again.smallest_difference == pytest.approx(factor * found.smallest_difference, rel=1e-6)


def test_a_strict_rater_is_neither_merit_nor_chance():
    rng = np.random.default_rng(3)
    people = np.repeat(np.arange(400), 4)
    rater, quarter = people // 10, np.tile(np.arange(4), 400)
    own = np.repeat(rng.normal(0, 1, 400), 4) + rng.normal(0, 1, 1600)
    severity = rng.normal(0, 10, 40)[rater]
    cells = rater * 4 + quarter
    plain = rating_reliability(own, people, cells, 40)
    assert rating_reliability(own + severity, people, cells, 40).reliability == pytest.approx(
        plain.reliability
    )
    # Without the raters, their severity passes for a difference between people.
    assert rating_reliability(own + severity, people).reliability > 0.97
    # Planted: four ratings of error 1 on a spread of 1 are 4 / 5 reliable.
    assert plain.reliability == pytest.approx(0.8, abs=0.05)


def city(predikats):
    """The processed appraisals of a simulated city, with predikat of one's own making."""
    simulation = simulate_tables(seed=5, employees=400, quarters=4)
    rated, staff = simulation.tables["appraisals"], simulation.world.staff.table
    table = rated.assign(
        person_id=rated["person"], rater_id=staff["rater"].to_numpy()[rated["person"]],
        reporting_unit_id=staff["reporting_unit_id"].to_numpy()[rated["person"]],
    )  # fmt: skip
    return table.assign(predikat_by_matrix=predikats(table, simulation))


def informative(table, simulation):
    """Predikats that follow what people really do: lasting quality, ten to a grade and a half."""
    quality = simulation.latent.quality.mean(axis=1)[table["person"]]
    seen = quality + np.random.default_rng(1).normal(0, 1.5, len(table))
    cuts = np.quantile(seen, [0.1, 0.35, 0.7])
    return np.array(["poor", "needs_improvement", "good", "very_good"])[np.searchsorted(cuts, seen)]


def nearly_all_baik(table, simulation):
    """Ninety-four in a hundred are Baik; the others are picked by lot each quarter."""
    return np.where(np.random.default_rng(2).random(len(table)) < 0.94, "good", "very_good")


def all_equal(table, simulation):
    return np.full(len(table), "good")


@pytest.mark.parametrize(
    ("ratings", "verdict", "reasons"),
    [
        pytest.param(informative, "can", "", id="informative"),
        pytest.param(nearly_all_baik, "cannot", "few_grades|commonest|unreliable", id="nearly_all_baik"),
        pytest.param(all_equal, "all_alike", "few_grades|commonest", id="all_equal"),
    ],
)
def test_three_cities_get_three_verdicts(ratings, verdict, reasons):
    audit = information_audit(city(ratings), RULE)
    whole = audit.query("unit_id == 'CITY' and subject == 'predikat' and period == '2026-Q3'").iloc[0]
    assert (whole["verdict"], whole["reasons"]) == (verdict, reasons)
    assert may_rank(whole["verdict"]) == (verdict == "can")
    assert not audit.isna()["verdict"].any()


def test_the_predikats_of_the_simulated_offices_say_little_but_the_scores_say_more():
    def by_matrix(table, simulation):
        rule = rules.at(TODAY).one(PredikatRule)
        pairs = zip(table["results_rating"], table["behaviour_rating"], strict=True)
        return [rule.predikat(*pair) for pair in pairs]

    audit = information_audit(city(by_matrix), RULE).query("unit_id == 'CITY' and period == '2026-Q3'")
    by_subject = audit.set_index("subject")
    assert by_subject.at["predikat", "verdict"] == "cannot"
    assert by_subject.at["service_quality", "verdict"] == "can"
    assert by_subject.at["service_quality", "reliability"] > by_subject.at["predikat", "reliability"] + 0.3


def test_the_verdict_travels_with_every_number():
    audit = information_audit(city(nearly_all_baik), RULE)
    numbers = pd.DataFrame({"unit_id": ["CITY", "NOWHERE"], "period": "2026-Q3", "mean": [1.0, 2.0]})
    assert with_verdict(numbers, audit)["ratings_verdict"].tolist() == ["cannot", "unknown"]


def test_few_rated_staff_settle_nothing():
    table = city(all_equal).head(9).assign(reporting_unit_id="U", period="2026-Q3")
    found = information_audit(table, RULE).query("subject == 'predikat'")
    assert set(found["verdict"]) == {"unknown"}


def test_one_appraisal_of_each_person_does_not_tell_staff_apart():
    def spread(table, simulation):
        return [("very_good", "good", "needs_improvement", "poor")[at % 4] for at in range(len(table))]

    once = city(spread).assign(reporting_unit_id="U").query("period == '2026-Q3'")
    found = information_audit(once, RULE).query("subject == 'predikat' and unit_id == 'U'")
    assert found["reliability"].isna().all()
    assert found["commonest_pct"].max() < 50
    assert set(found["verdict"]) == {"unknown"}


@pytest.mark.slow
def test_separation_recovers_the_planted_reliability_and_its_interval_covers():
    rng = np.random.default_rng(8)
    people, quarter = np.repeat(np.arange(60), 4), np.tile(np.arange(4), 60)
    cells = (people // 12) * 4 + quarter
    # Spread 1 between people, error variance 2 a rating: of a mean of four, 1 / (1 + 2 / 4).
    planted = 1 / 1.5
    found = []
    for _ in range(1500):
        values = np.repeat(rng.normal(0, 1, 60), 4) + rng.normal(0, np.sqrt(2), 240)
        severity = rng.normal(0, 3, 20)[cells]
        found.append(rating_reliability(values + severity, people, cells, 5))
    mean = np.mean([f.reliability for f in found])
    covered = np.mean([f.low <= planted <= f.high for f in found])
    assert mean == pytest.approx(planted, abs=0.02), mean
    assert 0.935 <= covered <= 0.965, covered
    smallest = np.mean([f.smallest_difference for f in found])
    assert smallest == pytest.approx(1.96 * np.sqrt(2 * 2 / 4), rel=0.01)
