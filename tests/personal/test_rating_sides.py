"""What ratings can tell of one person: planted sides are found, chance alone rarely names one, intervals cover."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.personal.rating_sides import SIDES, Sides, Spreads, sides_of, spreads_from, telling_from
from asn_research.rules.in_force import at
from asn_research.rules.regulations import DisclosureRule

RULE = at("2026-Q3").one(DisclosureRule)
LEVEL = {"discipline_score": 82.0, "service_quality_score": 74.0, "innovation_score": 64.0}
PERIODS = ("2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")


def measure(n_employees=200):
    """Return the city's published means."""
    means = {f"{side.removesuffix('_score')}_mean": level for side, level in LEVEL.items()}
    rows = [{"unit_id": "CITY", "period": period, "n_employees": n_employees, **means} for period in PERIODS]
    return pd.DataFrame(rows)


def telling(residual_sd=3.7):
    return telling_from(measure(), Spreads(4.0, 1.6, residual_sd, 45.0), RULE)


def own(rng, *, n_quarters=4, noise_sd=3.7, rater_side_sd=0.0, planted=None):
    """Draw the scores of one person whose sides do not differ, but for what is planted."""
    common = rng.normal(0, 5)
    scores = {
        side: level + common + rng.normal(0, rater_side_sd) + rng.normal(0, noise_sd, n_quarters) + (planted or {}).get(side, 0.0)
        for side, level in LEVEL.items()
    }  # fmt: skip
    return pd.DataFrame({"period": PERIODS[-n_quarters:], **scores})


@pytest.mark.parametrize("n_quarters", [1, 4])
@pytest.mark.parametrize("rater_part", [0.0, 0.5])
def test_chance_alone_names_a_side_of_one_in_twenty_at_most(n_quarters, rater_part):
    rng = np.random.default_rng(n_quarters)
    # The unexplained variance is the same; up to half of it is the rater's way with a side.
    sds = {"noise_sd": 3.7 * np.sqrt(1 - rater_part), "rater_side_sd": 3.7 * np.sqrt(rater_part)}
    people = [own(rng, n_quarters=n_quarters, **sds) for _ in range(400)]
    named = np.mean(
        [bool(found.strong or found.weak) for found in (sides_of(each, telling()) for each in people)]
    )
    assert named < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_a_planted_strong_and_weak_side_is_found():
    found = sides_of(
        own(np.random.default_rng(1), planted={"innovation_score": 12, "discipline_score": -12}), telling()
    )
    assert (found.strong, found.weak) == (("innovation_score",), ("discipline_score",))


def test_a_strict_rater_changes_no_side():
    rows = own(np.random.default_rng(2), planted={"innovation_score": 12})
    stricter = rows.assign(**{side: rows[side] - 9 for side in SIDES})
    assert sides_of(stricter, telling()) == sides_of(rows, telling()) != Sides()


def test_one_quarter_tells_less_than_four():
    rows = pd.DataFrame({"period": PERIODS, **LEVEL}).assign(innovation_score=64 + 10.0)
    assert sides_of(rows, telling()).strong == ("innovation_score",)
    assert sides_of(rows.tail(1), telling()) == Sides()


def test_what_is_not_published_is_not_compared():
    spreads = Spreads(4.0, 1.6, 3.7, 45.0)
    assert telling_from(measure(n_employees=9), spreads, RULE) is None
    assert telling_from(measure(), None, RULE) is None
    assert telling_from(None, spreads, RULE) is None
    one = measure().drop(columns=["discipline_mean", "innovation_mean"])
    assert telling_from(one, spreads, RULE) is None
    unknown = own(np.random.default_rng(3)).assign(period="2019-Q1")
    assert sides_of(unknown, telling()) == Sides()


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0.1, 10), st.integers(1, 40))
def test_more_quarters_never_widen_the_interval(rater, occasion, residual, n):
    spreads = Spreads(rater, occasion, residual, 30.0)
    assert spreads.half_width(n + 1, 3 * (n + 1)) <= spreads.half_width(n, 3 * n)
    # What a rater adds stays, however many quarters there are.
    assert spreads.half_width(n, 3 * n) >= 1.95 * rater


def test_the_interval_holds_the_fair_score_of_nineteen_in_twenty():
    rng = np.random.default_rng(8)
    n, quarters = 4000, 4
    spreads = Spreads(4.0, 1.6, 3.7, 45.0)
    fair = rng.normal(74, 3, n)
    means = (
        fair + rng.normal(0, 4.0, n) + rng.normal(0, 1.6, (n, quarters)).mean(axis=1)
        + rng.normal(0, 3.7, (n, 3 * quarters)).mean(axis=1)
    )  # fmt: skip
    covered = np.mean(np.abs(means - fair) <= spreads.half_width(quarters, 3 * quarters))
    # Rounded up to whole points, so a little more than 95 percent.
    assert 0.945 < covered < 0.985


@pytest.mark.parametrize(("raters", "employees"), [(9, 500), (40, 9)])
def test_too_few_people_tell_nothing_of_raters(raters, employees):
    frame = pd.DataFrame(
        {"source": ["rater_id", "residual"], "sd": [3.0, 3.0], "share_pct": [50.0, 50.0], "n_raters": raters,
         "n_employees": employees}
    )  # fmt: skip
    assert spreads_from(frame, RULE) is None
    assert spreads_from(frame.assign(n_raters=40, n_employees=500), RULE) == Spreads(3.0, 0.0, 3.0, 50.0)
    assert spreads_from(None, RULE) is None
