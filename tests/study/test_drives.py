"""Drives in programmes: a rise of its own is found, a rise that all programmes had is not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from asn_research.errors import ModelError
from asn_research.study.drives import COLUMNS, drives_table, judge_drive


def coverage(gain=0.0, n_others=8, quarters=8, seed=0, growth=2.0, noise=1.5):
    rng = np.random.default_rng(seed)
    rows = 80 + growth * np.arange(quarters) + rng.normal(0, noise, (n_others + 1, quarters))
    rows[0, quarters // 2 :] += gain
    return pd.DataFrame(rows, index=["drive", *(f"p{k}" for k in range(n_others))], columns=range(quarters))


def test_the_gain_is_the_change_beyond_that_of_the_others_with_a_t_interval():
    frame = coverage(10.0)
    found = judge_drive(frame, "drive", 4)
    change = frame[[4, 5, 6, 7]].mean(axis=1) - frame[[0, 1, 2, 3]].mean(axis=1)
    others = change.drop("drive")
    assert found.gain == pytest.approx(change["drive"] - others.mean())
    # The interval is that of a new observation of the same normal distribution.
    half = stats.t.ppf(0.975, 7) * np.sqrt(others.var() * (1 + 1 / 8))
    assert (found.low, found.high) == pytest.approx((found.gain - half, found.gain + half))


def test_a_drive_that_works_is_found_and_a_rise_of_all_is_not():
    works = [judge_drive(coverage(12.0, seed=s), "drive", 4).verdict == "works" for s in range(100)]
    idle = [judge_drive(coverage(0.0, seed=s, growth=4.0), "drive", 4).verdict == "works" for s in range(100)]
    assert np.mean(works) > 0.95
    assert np.mean(idle) < 0.05


def test_the_interval_holds_the_truth():
    found = [judge_drive(coverage(6.0, seed=s), "drive", 4) for s in range(400)]
    inside = np.mean([drive.low <= 6.0 <= drive.high for drive in found])
    assert inside == pytest.approx(0.95, abs=0.035)


@settings(max_examples=30)
@given(st.floats(-30, 30), st.floats(0.1, 10))
def test_what_all_programmes_have_alike_changes_nothing(shift, factor):
    frame = coverage(10.0)
    plain = judge_drive(frame, "drive", 4)
    moved = judge_drive(frame + shift * (np.arange(8) >= 4), "drive", 4)
    assert (moved.gain, moved.low) == pytest.approx((plain.gain, plain.low))
    scaled = judge_drive(frame * factor, "drive", 4)
    assert (scaled.gain, scaled.high) == pytest.approx((factor * plain.gain, factor * plain.high))


@pytest.mark.parametrize(
    ("frame", "begins", "words"),
    [
        (coverage(), 1, "two quarters|2 quarters"),
        (coverage(), 8, "one after"),
        (coverage(n_others=3), 4, "3 other programmes are too few"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_words(frame, begins, words):
    with pytest.raises(ModelError, match=words):
        judge_drive(frame, "drive", begins)


def reported(frame, starts, units=None):
    """Processed rows of programmes: targets of 200."""
    rows = [
        {
            "reporting_unit_id": (units or {}).get(name, f"U{name}"),
            "programme": name,
            "period": f"{2025 + q // 4}-Q{q % 4 + 1}",
            "target_n": 200.0,
            "output_n": 2 * value,
            "output_unit": "anak",
            "drive_date": pd.Timestamp(starts[name]) if name in starts else pd.NaT,
        }
        for name, own in frame.iterrows()
        for q, value in own.items()
    ]
    return pd.DataFrame(rows)


def test_the_table_has_a_verdict_for_each_quarter_since_the_drive_began():
    table = drives_table(reported(coverage(15.0), {"drive": "2026-01-14"}))
    assert tuple(table.columns) == COLUMNS
    assert table["period"].tolist() == ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]
    assert table["n_after"].tolist() == [1, 2, 3, 4]
    assert table["verdict"].iloc[-1] == "works"
    last = judge_drive(coverage(15.0), "drive", 4)
    assert table["gain"].iloc[-1] == pytest.approx(last.gain)
    below = coverage(15.0)[7] < 100
    assert table["may_copy"].iloc[-1].split("|") == [f"U{name}" for name in below.index[below]]


def test_another_programme_with_a_drive_at_that_time_is_no_comparison():
    frame = coverage(15.0)
    frame.loc["p0", 4:] += 40
    starts = {"drive": "2026-01-14", "p0": "2026-02-01"}
    table = drives_table(reported(frame, starts)).query("programme == 'drive' and period == '2026-Q4'")
    assert table["n_others"].iloc[0] == 7
    assert table["verdict"].iloc[0] == "works"


def test_programmes_of_the_same_name_are_compared_with_one_another():
    frame = coverage(15.0, n_others=10)
    names = {name: "Vaksinasi" if name in {"drive", "p0", "p1", "p2", "p3"} else name for name in frame.index}
    rows = reported(frame, {"drive": "2026-01-14"})
    rows["programme"] = rows["programme"].map(names)
    table = drives_table(rows)
    assert table["n_others"].unique().tolist() == [4]


@pytest.mark.parametrize("gone", ["drive_date", "target_n"])
def test_without_dates_or_targets_nothing_is_judged(gone):
    assert drives_table(reported(coverage(), {}).drop(columns=gone)).empty
    assert drives_table(reported(coverage(), {})).empty
    assert drives_table(None).empty


def test_a_quarter_that_is_missing_is_not_compared():
    rows = reported(coverage(15.0), {"drive": "2026-01-14"})
    gap = rows.loc[~((rows["programme"] == "drive") & (rows["period"] == "2025-Q2"))]
    assert drives_table(gap)["n_before"].unique().tolist() == [3]
