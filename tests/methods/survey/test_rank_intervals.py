"""Rank intervals and tiers: they hold what they promise, and promise no more than data allow."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.methods.survey.rank_intervals import shortest_interval, tier, unit_ranks


def units(n, reliability, seed):
    """Draw true values, and estimates with unequal errors."""
    rng = np.random.default_rng(seed)
    variance = rng.choice([0.3, 0.6, 1.0, 1.8, 3.5], n) * (1 - reliability) / reliability
    truth = rng.normal(size=n)
    return pd.Series(truth + rng.normal(size=n) * np.sqrt(variance)), pd.Series(variance), truth


def test_units_that_are_known_exactly_have_their_rank():
    found = unit_ranks(pd.Series([10.0, 30.0, 20.0, 50.0, 40.0, 0.0]), pd.Series([1e-6] * 6)).table
    assert found["rank_low"].tolist() == found["rank_high"].tolist() == [5, 3, 4, 1, 2, 6]


def test_where_lower_is_better_the_order_turns():
    estimate, variance = pd.Series([10.0, 30.0, 20.0, 50.0, 40.0]), pd.Series([1e-6] * 5)
    found = unit_ranks(estimate, variance, higher_is_better=False).table
    assert found["rank_low"].tolist() == [1, 3, 2, 5, 4]


def test_units_that_do_not_differ_cannot_be_told_apart():
    estimate = pd.Series([28.0, 8, -3, 7, -1, 1, 18, 12])
    found = unit_ranks(estimate, pd.Series([15.0, 10, 16, 11, 9, 11, 10, 18]) ** 2)
    assert not found.pooled.units_differ
    assert (found.table["tier"] == "not_distinguishable").all()
    assert (found.table["rank_high"] - found.table["rank_low"] >= 6).all()


def test_ranks_are_of_the_distance_from_what_the_mix_predicts():
    rng = np.random.default_rng(4)
    slow = np.linspace(-1, 1, 20)
    residual = np.where(np.arange(20) == 3, -4.0, np.where(np.arange(20) == 16, 4.0, 0.0)) + rng.normal(
        0, 0.3, 20
    )
    estimate = pd.Series(80 - 10 * slow + residual)
    plain = unit_ranks(estimate, pd.Series([0.25] * 20)).table
    fair = unit_ranks(estimate, pd.Series([0.25] * 20), slow[:, None]).table
    # Unit 16 handles slow services: below the mean, yet the best for its mix.
    assert (plain.loc[16, "tier"], fair.loc[16, "tier"]) == ("below", "above")
    assert fair.loc[16, "rank_low"] == 1
    assert fair.loc[16, "rank_high"] <= 2
    assert fair.loc[3, "tier"] == "below"


def test_the_same_data_give_the_same_table():
    estimate, variance, _ = units(12, 0.7, 1)
    pd.testing.assert_frame_equal(unit_ranks(estimate, variance).table, unit_ranks(estimate, variance).table)


@pytest.mark.parametrize(
    ("chance", "name"),
    [
        (1.0, "above"),
        (0.975, "above"),
        (0.97, "not_distinguishable"),
        (0.03, "not_distinguishable"),
        (0.0, "below"),
    ],
)
def test_tiers_are_named_only_where_it_is_clear(chance, name):
    assert tier(chance) == name


@given(st.lists(st.integers(1, 8), min_size=1, max_size=200))
def test_the_interval_holds_the_level_and_none_shorter_does(ranks):
    low, high = shortest_interval(np.array(ranks), 8)
    held = np.mean([low <= r <= high for r in ranks])
    assert held >= 0.95 - 1e-9
    shorter = high - low
    if shorter:
        assert all(np.mean([a <= r < a + shorter for r in ranks]) < 0.95 for a in range(1, 9 - shorter + 1))


@pytest.mark.slow
@pytest.mark.parametrize("reliability", [0.3, 0.7, 0.9])
def test_rank_intervals_of_36_units_cover_as_they_say(reliability):
    hits, wrong, runs = [], [], 200
    for seed in range(runs):
        estimate, variance, truth = units(36, reliability, seed)
        found = unit_ranks(estimate, variance).table
        rank = np.argsort(np.argsort(-truth)) + 1
        hits.append(((found["rank_low"] <= rank) & (rank <= found["rank_high"])).mean())
        sign = found["tier"].map({"above": 1, "below": -1, "not_distinguishable": 0})
        wrong.append((sign * truth < 0).mean())
    # Monte Carlo error of the coverage: 0.25 points.
    assert 0.93 <= np.mean(hits) <= 0.97
    assert np.mean(wrong) < 0.01
