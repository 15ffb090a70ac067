"""Good practice: who is reliably better, and who only looks so."""

import numpy as np
import pandas as pd
import pytest

from asn_research.errors import ModelError
from asn_research.study.good_practice import good_practice_table, reliably_better


def panel(n_units=30, spread=0.2, noise=0.15, quarters=4, seed=0, load_effect=0.0):
    rng = np.random.default_rng(seed)
    merit, load = rng.normal(0, spread, n_units), rng.normal(0, 1, n_units)
    rows = [
        (f"U{u:02d}", f"2026-Q{t + 1}", merit[u] + load_effect * load[u] + rng.normal(0, noise), load[u])
        for u in range(n_units)
        for t in range(quarters)
    ]
    frame = pd.DataFrame(rows, columns=["unit_id", "period", "log_days", "load"])
    return frame, pd.Series(merit, index=[f"U{u:02d}" for u in range(n_units)])


def test_units_called_reliably_better_are_better():
    called, right = 0, 0
    for seed in range(60):
        data, merit = panel(seed=seed)
        table = reliably_better(data, "log_days", higher_is_better=False, margin=0.1).table.set_index(
            "unit_id"
        )
        chosen = table.index[table["is_reliable"]]
        called += len(chosen)
        right += int((merit[chosen] < merit.mean() - 0.1).sum())
    assert called > 60
    assert right / called >= 0.93


def test_luck_alone_makes_nobody_reliably_better():
    called = [
        int(
            reliably_better(panel(spread=0.0, seed=s)[0], "log_days", higher_is_better=False, margin=0.1)
            .table["is_reliable"]
            .sum()
        )
        for s in range(40)
    ]
    assert np.mean(called) < 0.3


def test_intervals_hold_the_truth():
    inside = []
    for seed in range(40):
        data, merit = panel(seed=seed)
        table = reliably_better(data, "log_days", higher_is_better=False, margin=0.1).table.set_index(
            "unit_id"
        )
        true = (merit - merit.mean())[table.index]
        inside.append(((table["low"] <= true) & (true <= table["high"])).mean())
    assert np.mean(inside) == pytest.approx(0.95, abs=0.03)


def test_case_load_is_allowed_for():
    data, merit = panel(load_effect=0.5)
    plain = reliably_better(data, "log_days", higher_is_better=False, margin=0.1).table.set_index("unit_id")
    found = reliably_better(data, "log_days", higher_is_better=False, margin=0.1, load="load")
    fair = found.table.set_index("unit_id")
    assert found.load_slope == pytest.approx(0.5 * np.log(2), abs=0.1)
    assert fair["effect"].corr(merit) > plain["effect"].corr(merit) + 0.2


def test_direction_is_kept():
    data, _ = panel()
    lower = reliably_better(data, "log_days", higher_is_better=False, margin=0.1).table.iloc[0]
    higher = reliably_better(data, "log_days", higher_is_better=True, margin=0.1).table.iloc[0]
    assert lower["effect"] < 0 < higher["effect"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(panel(quarters=1)[0], "30 units in 1 quarters are too few", id="one_quarter"),
        pytest.param(panel(n_units=3)[0], "3 units in 4 quarters are too few", id="three_units"),
        pytest.param(panel()[0].assign(log_days=1.0), "the same in every unit", id="constant"),
    ],
)
def test_what_cannot_be_judged_is_said_in_words(data, words):
    with pytest.raises(ModelError, match=words):
        reliably_better(data, "log_days", higher_is_better=False, margin=0.1)


def test_without_any_source_the_table_is_empty():
    table = good_practice_table(log=None, satisfaction=None, staff=None, programmes=None, standards={})
    assert table.empty
    assert "p_better" in table


def test_released_differences_have_the_decimals_that_reports_print():
    """With more of them, an answer in one unit would outdate the reports of others in which no digit changes."""
    indices, merit = panel(spread=4, noise=1)
    indices = indices.rename(columns={"log_days": "index"}).assign(n_respondents=50)
    indices["index"] += 80
    moved = indices.assign(
        index=indices["index"].where(indices["unit_id"] != merit.idxmax(), indices["index"] + 0.01)
    )
    asked = {"log": None, "staff": None, "programmes": None, "standards": {}}
    first, second = (good_practice_table(satisfaction=each, **asked) for each in (indices, moved))
    is_other = first["unit_id"] != merit.idxmax()
    first, second = first[is_other], second[is_other]
    shown = ["effect", "low", "high"]
    assert not np.array_equal(first["raw"], second["raw"])
    pd.testing.assert_frame_equal(first[shown].round(1), first[shown])
    assert (first[shown] == second[shown]).all(axis=1).mean() > 0.8
    assert first["effect"].nunique() > len(merit) / 2
