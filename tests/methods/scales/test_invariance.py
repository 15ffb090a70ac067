"""The ladder of measurement invariance against lavaan, and its verdict."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.errors import ModelError
from asn_research.methods.scales.invariance import STEPS, invariance_ladder

DATA = pd.read_csv(GOLDEN / "cfa_holzinger_swineford" / "data.csv")
PLAIN = json.loads((GOLDEN / "cfa_holzinger_swineford" / "reference.json").read_text())["reference"]
MORE = json.loads((GOLDEN / "cfa_holzinger_ordinal" / "reference.json").read_text())
FACTORS = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}


def test_every_step_equals_that_of_lavaan():
    table = invariance_ladder(DATA, FACTORS, DATA["school"], robust=False).table
    for step in STEPS:
        theirs = MORE["strict"] if step == "strict" else PLAIN["invariance_school"][step]
        row = table.loc[step]
        for ours, name in (("chi2", "chisq"), ("cfi", "cfi"), ("rmsea", "rmsea"), ("srmr", "srmr")):
            assert row[ours] == pytest.approx(theirs[name], rel=1e-5), (step, name)
        assert row["df"] == theirs["df"]
    for step, theirs in zip(["metric", "scalar"], PLAIN["invariance_school"]["lrt"][1:], strict=True):
        assert table.loc[step, "chi2_change"] == pytest.approx(theirs["Chisq_diff"], rel=1e-5)
        assert table.loc[step, "p_change"] == pytest.approx(theirs["Pr_Chisq_"], rel=1e-4)


def test_robust_steps_and_scaled_differences_equal_those_of_lavaan():
    table = invariance_ladder(DATA, FACTORS, DATA["school"]).table
    for step, theirs in MORE["mlr_groups"].items():
        row = table.loc[step]
        for ours, name in (("chi2", "chisq.scaled"), ("cfi", "cfi.robust"), ("rmsea", "rmsea.robust")):
            assert row[ours] == pytest.approx(theirs[name], rel=1e-5), (step, name)
    for step, theirs in zip(list(STEPS)[1:], MORE["scaled_steps"][1:], strict=True):
        assert table.loc[step, "chi2_change"] == pytest.approx(theirs["Chisq diff"], rel=1e-4)


def test_schools_share_loadings_but_not_intercepts():
    found = invariance_ladder(DATA, FACTORS, DATA["school"])
    assert (found.reached, found.means_comparable) == ("metric", False)
    assert found.groups == ("Grant-White", "Pasteur")


def groups(shift, seed=3, n=600):
    """Two groups with the same factor; one item is shifted in the second."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2 * n, 1)) * 0.8 + rng.normal(size=(2 * n, 4)) * 0.6
    x[n:, 2] += shift
    x[n:] += 0.3  # the second group's factor is higher, which is no lack of invariance
    data = pd.DataFrame(x, columns=list("abcd"))
    return data, pd.Series(np.repeat(["A", "B"], n))


@pytest.mark.parametrize(
    ("shift", "reached"), [(0.0, "strict"), (0.8, "metric")], ids=["same", "one_item_shifted"]
)
def test_the_verdict_follows_what_was_planted(shift, reached):
    data, unit = groups(shift)
    assert invariance_ladder(data, {"f": list("abcd")}, unit).reached == reached


def test_one_group_is_refused_in_words():
    with pytest.raises(ModelError, match="name a column of units or waves"):
        invariance_ladder(DATA, FACTORS, pd.Series("A", index=DATA.index))


def test_a_group_that_is_too_small_is_refused_in_words():
    unit = pd.Series(np.where(np.arange(len(DATA)) < 5, "A", "B"), index=DATA.index)
    with pytest.raises(ModelError, match="5 complete respondents are too few"):
        invariance_ladder(DATA, FACTORS, unit)
