"""Partial pooling against R's metafor on real institutions, and on units that cannot be pooled."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.errors import ModelError
from asn_research.methods.survey.league import league_summary, pool

CASE = GOLDEN / "gsps_indonesia"
REFERENCE = json.loads((CASE / "reference.json").read_text())["reference"]
DATA = pd.read_csv(CASE / "data.csv", dtype={"category": str})


def pooled(case, method="reml"):
    return pool(DATA.loc[DATA["case"] == case], unit="category", estimate="mean", error="se", method=method)


def stopped_early(y, v):
    """Fisher scoring that stops at a step of 1e-5, which is how far metafor goes by default."""
    tau2 = max(0.0, y.var(ddof=1) - v.mean())
    for _ in range(100):
        w = 1 / (v + tau2)
        p = np.diag(w) - np.outer(w, w) / w.sum()
        step = (y @ p @ p @ y - np.trace(p)) / np.trace(p @ p)
        tau2 = max(0.0, tau2 + step)
        if abs(step) <= 1e-5:
            break
    return tau2


def restricted_likelihood(tau2, y, v):
    w = 1 / (v + tau2)
    return -0.5 * (np.log(v + tau2).sum() + np.log(w.sum()) + w @ (y - w @ y / w.sum()) ** 2)


@pytest.mark.parametrize("case", sorted(REFERENCE))
def test_leagues_of_institutions_as_in_metafor(case):
    found, reference = pooled(case), REFERENCE[case]
    reml = reference["reml"]
    assert len(found.table) == reference["k"]
    assert found.n_left_out >= reference["k_dropped_zero_se"]
    assert found.mean == pytest.approx(reml["mu"], rel=5e-5)
    assert found.q == pytest.approx(reml["Q"], rel=1e-9)
    assert found.q_p_value == pytest.approx(reml["Qp"], rel=1e-6)
    moments = pooled(case, "dl")
    for name, value in (("mu", moments.mean), ("se", moments.mean_std_error), ("tau2", moments.tau2)):
        assert value == pytest.approx(reference["dl"][name], rel=1e-9), name
    y, v = found.table["raw"].to_numpy(), found.table["std_error"].to_numpy() ** 2
    # metafor stops once a step of the variance is below 1e-5. Stopping there too gives its very figure;
    # going on, as we do, gives a likelihood at least as high.
    assert stopped_early(y, v) == pytest.approx(reml["tau2"], rel=1e-7, abs=1e-12)
    assert restricted_likelihood(found.tau2, y, v) >= restricted_likelihood(reml["tau2"], y, v) - 1e-12
    assert found.tau2 == pytest.approx(reml["tau2"], abs=1e-6)
    blup = found.table.merge(pd.DataFrame(reference["blup"]).astype({"category": str}), on="category")
    assert len(blup) == reference["k"]
    assert blup["pooled"].to_numpy() == pytest.approx(blup["blup"].to_numpy(), rel=5e-5)
    if reml["tau2"] > 0:
        assert blup["pooled_std_error"].to_numpy() == pytest.approx(blup["blup_se"].to_numpy(), rel=5e-4)
        assert blup["low"].to_numpy() == pytest.approx(blup["pi_lo"].to_numpy(), abs=1e-4)
        assert blup["high"].to_numpy() == pytest.approx(blup["pi_hi"].to_numpy(), abs=1e-4)


def test_ranks_hold_the_truth_and_are_wide_where_units_are_alike():
    rng = np.random.default_rng(4)
    true = rng.normal(0, 1, 20)
    data = pd.DataFrame({"unit": range(20), "y": true + rng.normal(0, 0.5, 20), "se": 0.5})
    table = pool(data, unit="unit", estimate="y", error="se").table.set_index("unit").sort_index()
    rank = pd.Series(true).rank(ascending=False)
    assert ((table["rank_low"] <= rank) & (rank <= table["rank_high"])).mean() >= 0.85
    alike = pool(data.assign(y=rng.normal(0, 0.2, 20)), unit="unit", estimate="y", error="se").table
    assert (alike["rank_low"] == 1).all()
    assert (alike["rank_high"] == 20).all()


def test_two_units_cannot_be_pooled():
    with pytest.raises(ModelError, match="at least three"):
        pool(
            pd.DataFrame({"u": [1, 2], "y": [1.0, 2.0], "se": [1.0, 0.0]}), unit="u", estimate="y", error="se"
        )


def test_several_questions_are_summed_up_one_row_each():
    data = DATA.loc[DATA["case"].str.startswith("indonesia")]
    table = league_summary(data, by="case", unit="category", estimate="mean", error="se").set_index("case")
    assert set(table.index) == {"indonesia_proud", "indonesia_incentives", "indonesia_fair_selection"}
    assert table.loc["indonesia_fair_selection", "mean"] == pytest.approx(
        REFERENCE["indonesia_fair_selection"]["reml"]["mu"], rel=1e-5
    )


def averages():
    """Batting averages of eighteen players after 45 times at bat (Efron and Morris 1975, table 1)."""
    hits = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
    data = pd.DataFrame({"player": range(18), "average": np.array(hits) / 45})
    mean = data["average"].mean()
    return data.assign(error=np.sqrt(mean * (1 - mean) / 45))


def test_james_and_stein_as_published():
    data = averages()
    found = pool(data, unit="player", estimate="average", error="error", method="james_stein")
    table = found.table.set_index("player")
    shrinkage = (table["pooled"] - found.mean) / (table["raw"] - found.mean)
    # Efron and Hastie (2016), table 7.1: Clemente's .400 becomes .294, the factor is .212.
    assert shrinkage.to_numpy() == pytest.approx(0.212, abs=5e-4)
    assert round(table.loc[0, "pooled"], 3) == 0.294


def test_james_and_stein_want_one_error_and_enough_units():
    data = averages()
    with pytest.raises(ModelError, match="errors are of one size"):
        pool(data.assign(error=data["error"] * (1 + data["player"])), unit="player", estimate="average", error="error", method="james_stein")  # fmt: skip
    with pytest.raises(ModelError, match="at least 4 units; there are 3"):
        pool(data.head(3), unit="player", estimate="average", error="error", method="james_stein")
    alike = data.assign(average=0.26 + 1e-4 * data["player"])
    found = pool(alike, unit="player", estimate="average", error="error", method="james_stein")
    assert found.tau2 == 0, "positive part: never beyond the mean"
