"""Exercises tell right from not yet without telling the answer; golden numbers compare with tolerance."""

import numpy as np
import pandas as pd
import pytest

from asn_research.errors import RequestError
from asn_research.model import fit_panel
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


@pytest.mark.parametrize("name", [name for name in EXERCISES if name != "00a"])
def test_every_exercise_can_be_solved_and_knows_its_own_answer(name):
    data = staff()
    assert check(name, EXERCISES[name].solve(data), data) == f"{name}: right."
    assert "not tried yet" in check(name, None, data)


def test_the_first_exercise_adds_up_before_it_divides():
    exits = pd.DataFrame({"n_kept": [90, 1], "n_raw": [100, 2]})
    assert check("00a", 100 * 91 / 102, exits) == "00a: right."
    assert "not yet" in check("00a", 70.0, exits)


def test_an_unknown_exercise_names_those_there_are():
    with pytest.raises(RequestError, match="there are 00a, 03a"):
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
