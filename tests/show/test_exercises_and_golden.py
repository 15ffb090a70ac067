"""Exercises tell right from not yet without telling the answer; golden numbers compare with tolerance."""

import numpy as np
import pandas as pd
import pytest

from asn_research.errors import RequestError
from asn_research.methods import fit_panel
from asn_research.show.exercises import EXERCISES, check
from asn_research.show.golden import golden


def staff(seed=1):
    rng = np.random.default_rng(seed)
    n, quarters = 120, 6
    rows = pd.DataFrame(
        {"person_id": np.repeat(range(n), quarters), "quarter_no": np.tile(range(quarters), n)}
    )
    hours = rng.poisson(0.25, len(rows))
    trained = pd.Series(hours).groupby(rows["person_id"]).cumsum().to_numpy().astype(float)
    motivation = 3 + 0.1 * trained + rng.normal(0, 0.5, len(rows))
    return rows.assign(
        period=rows["quarter_no"], unit_id=rows["person_id"] % 12, training_jp10=trained,
        recognition_score=rng.normal(3, 0.5, len(rows)), motivation_score=motivation,
        service_quality_score=70 + 4 * motivation + trained + rng.normal(0, 3, len(rows)),
    )  # fmt: skip


def test_a_right_answer_is_right_and_a_wrong_one_gets_a_hint_but_not_the_answer():
    data = staff()
    fit = fit_panel(
        data,
        "motivation_score",
        ["training_jp10", "recognition_score"],
        effects=["period"],
        cluster="unit_id",
    )
    right = fit.row("training_jp10")["estimate"]
    assert check("03a", right, data) == "03a: right."
    told = check("03a", right * 1.5, data)
    assert told.startswith("03a: not yet.")
    assert f"{right:.2f}" not in told


@pytest.mark.parametrize("name", [name for name in EXERCISES if name[:2] in {"03", "04"}])
def test_every_exercise_can_be_solved_and_knows_its_own_answer(name):
    data = staff()
    assert check(name, EXERCISES[name].solve(data), data) == f"{name}: right."
    assert "not tried yet" in check(name, None, data)


def test_the_first_exercise_adds_up_before_it_divides():
    exits = pd.DataFrame({"n_kept": [90, 1], "n_raw": [100, 2]})
    assert check("00a", 100 * 91 / 102, exits) == "00a: right."
    assert "not yet" in check("00a", 70.0, exits)


def indices():
    """Two units and the city: one is sure of its grade, one is not."""
    return pd.DataFrame(
        {
            "unit_id": ["A", "B", "CITY"], "grade_a_pct": [99.0, 60.0, 50.0], "grade_b_pct": [1.0, 40.0, 50.0],
            "index_low": [80.0, 85.0, 0.0], "index_high": [86.0, 89.0, 100.0],
            "index_simple_low": [81.0, 86.0, 50.0], "index_simple_high": [84.0, 88.0, 51.0],
        }
    )  # fmt: skip


def ratings():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"rater_id": np.repeat(np.arange(30).astype(str), 40)})
    rows["criterion"] = np.tile(["discipline", "innovation"], len(rows) // 2)
    rows["period"] = np.tile(np.repeat(["2026-Q1", "2026-Q2"], 2), len(rows) // 4)
    return rows.assign(score=70 + np.repeat(rng.normal(0, 3, 30), 40) + rng.normal(0, 2, len(rows)))


def counter():
    rng = np.random.default_rng(3)
    starts = pd.date_range("2024-10-01", periods=24, freq="MS")
    return pd.DataFrame({"month_no": range(24), "starts": starts, "log_days": rng.normal(0, 0.1, 24)})


def units():
    rng = np.random.default_rng(4)
    names = np.repeat([f"U{i:02}" for i in range(20)], 4)
    rows = pd.DataFrame({"unit_id": names, "period": np.tile(["Q1", "Q2", "Q3", "Q4"], 20)})
    better = np.where(rows["unit_id"] < "U05", -0.6, 0.0)
    return rows.assign(log_days=better + rng.normal(0, 0.05, 80), load=rng.normal(0, 0.3, 80), n=50)


def organisations():
    rng = np.random.default_rng(5)
    rows = pd.DataFrame({"organisation": np.repeat(range(20), 8), "year": np.tile(range(2015, 2023), 20)})
    learning, pay = rng.normal(50, 5, (2, len(rows)))
    noise = rng.normal(0, 1, len(rows))
    return rows.assign(learning=learning, pay=pay, engagement=30 + 0.6 * learning + 0.2 * pay + noise)


@pytest.mark.parametrize(
    ("name", "data", "right", "wrong"),
    [
        ("02a", indices, 1, 2),
        ("02b", indices, (6 / 3 + 4 / 2) / 2, 10 / 5.5),
        # What was planted, within its own chance.
        ("05a", ratings, (3, 0.8), 9),
        ("06a", counter, (0, 0.2), 0.5),
        ("06b", units, 5, 0),
        ("07a", organisations, (0.6, 0.06), 0.2),
        ("07b", organisations, (0.2, 0.15), 0.6),
    ],
)
def test_an_exercise_knows_what_was_planted(name, data, right, wrong):
    rows = data()
    solved = EXERCISES[name].solve(rows)
    value, margin = right if isinstance(right, tuple) else (right, 1e-9)
    assert abs(solved - value) <= margin
    assert check(name, solved, rows) == f"{name}: right."
    assert check(name, wrong, rows).startswith(f"{name}: not yet.")
    assert "not tried yet" in check(name, None, rows)


def test_an_unknown_exercise_names_those_there_are():
    with pytest.raises(RequestError, match="there are 00a, 02a"):
        check("99z", 1, None)


def test_golden_numbers_are_written_on_request_and_compared_with_tolerance(tmp_path, monkeypatch):
    assert "run once with ASN_RESEARCH_GOLDEN=write" in golden("nb", {"a": 1.0}, folder=tmp_path)
    monkeypatch.setenv("ASN_RESEARCH_GOLDEN", "write")
    assert golden("nb", {"a": 1.0, "b": 2.0}, folder=tmp_path) == "2 numbers as stored"
    monkeypatch.delenv("ASN_RESEARCH_GOLDEN")
    assert golden("nb", {"a": 1.0 + 1e-8, "b": 2.0}, folder=tmp_path) == "2 numbers as stored"
    told = golden("nb", {"a": 1.1, "b": 2.0}, folder=tmp_path)
    assert told == "1 of 2 numbers differ: a: 1.1, stored 1"
    assert "b: nan, stored 2" in golden("nb", {"a": 1.0}, folder=tmp_path)
    assert "c: 3, stored nan" in golden("nb", {"a": 1.0, "b": 2.0, "c": 3.0}, folder=tmp_path)
