"""What ratings can tell of one person: planted sides are found, chance alone rarely names one, intervals cover."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.personal.rating_sides import SIDES, Spreads, sides_of, spreads_from, telling_of
from asn_research.rules.in_force import at
from asn_research.rules.regulations import DisclosureRule

RULE = at("2026-Q3").one(DisclosureRule)


def ratings(seed, *, n_people=200, n_quarters=4, per_rater=10, rater_side_sd=0.0, planted=None):
    """Draw scores of people who do not differ between their sides, but for what is planted."""
    rng = np.random.default_rng(seed)
    rater = np.arange(n_people) // per_rater
    level = {
        "discipline_score": 82.0,
        "service_quality_score": 74.0,
        "innovation_score": 64.0,
        "output_pct": 96.0,
    }
    severity = rng.normal(0, 4, rater.max() + 1)[rater]
    by_side = {side: rng.normal(0, rater_side_sd, rater.max() + 1)[rater] for side in SIDES}
    own = rng.normal(0, 3, n_people)
    frames = []
    for quarter in range(1, n_quarters + 1):
        scores = {
            side: level[side]
            + severity
            + own
            + by_side[side]
            + rng.normal(0, 3, n_people)
            + (planted or {}).get(side, 0)
            for side in SIDES
        }
        frames.append(
            pd.DataFrame(
                {
                    "person_id": [f"p{k}" for k in range(n_people)], "rater_id": [f"r{k}" for k in rater],
                    "period": f"2026-Q{quarter}", **scores,
                }
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def named(rows, telling):
    return {person: sides_of(own, telling) for person, own in rows.groupby("person_id")}


@pytest.mark.parametrize("rater_side_sd", [0.0, 3.0])
def test_chance_alone_names_a_side_of_one_in_twenty_at_most(rater_side_sd):
    shares = []
    for seed in range(3):
        rows = ratings(seed, n_people=100, n_quarters=3, rater_side_sd=rater_side_sd)
        found = named(rows, telling_of(rows))
        shares.append(np.mean([bool(each.strong or each.weak) for each in found.values()]))
    # Four error standard deviations of 300 people; those of a rater share what the rater adds.
    assert np.mean(shares) < 0.05 + 4 * np.sqrt(0.05 * 0.95 / (300 if rater_side_sd == 0 else 60))


def test_a_planted_strong_and_weak_side_is_found():
    rows = ratings(1)
    special = rows["person_id"] == "p7"
    rows.loc[special, "innovation_score"] += 15
    rows.loc[special, "discipline_score"] -= 15
    found = sides_of(rows.loc[special], telling_of(rows))
    assert (found.strong, found.weak) == (("innovation_score",), ("discipline_score",))


def test_a_strict_rater_and_a_low_level_of_a_side_name_nothing():
    rows = ratings(2)
    telling = telling_of(rows)
    one = rows["person_id"] == "p7"
    before = sides_of(rows.loc[one], telling)
    stricter = rows.loc[one].assign(
        **{side: rows.loc[one, side] - 6 * telling.scale[side] / 5 for side in SIDES}
    )
    assert sides_of(stricter, telling) == before


def test_one_quarter_tells_less_than_four():
    rows = ratings(3)
    special = rows["person_id"] == "p7"
    rows.loc[special, "innovation_score"] = 64 + rows.loc[special, "innovation_score"] * 0
    rows.loc[special, [s for s in SIDES if s != "innovation_score"]] = [82, 74, 96]
    rows.loc[special, "innovation_score"] += 6
    telling = telling_of(rows)
    assert sides_of(rows.loc[special], telling).strong == ("innovation_score",)
    assert sides_of(rows.loc[special].tail(1), telling).strong == ()


def test_few_people_or_one_side_cannot_be_compared():
    rows = ratings(4)
    assert telling_of(rows.loc[rows["period"] == "2026-Q1"]) is None
    assert telling_of(rows.loc[rows["person_id"].isin([f"p{k}" for k in range(29)])]) is None
    assert telling_of(rows[["person_id", "period", "rater_id", "output_pct"]]) is None


def test_one_colleague_changes_nothing_that_a_sheet_shows():
    rows = ratings(5)
    other = rows.copy()
    other.loc[other["person_id"] == "p9", list(SIDES)] = [99.0, 12.0, 99.0, 140.0]
    mine = rows["person_id"] == "p7"
    assert sides_of(rows.loc[mine], telling_of(rows)) == sides_of(other.loc[mine], telling_of(other))


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
