"""ICC(1), ICC(2) and rwg(J) against R's multilevel."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.errors import ModelError
from asn_research.methods.raters.aggregation import unit_reliability, within_agreement

CASE = GOLDEN / "multilevel_army_bh1996"
REFERENCE = json.loads((CASE / "reference.json").read_text())["reference"]


@pytest.mark.parametrize("column", ["HRS", "WBEING"])
def test_icc_of_army_companies_equals_that_of_r(column):
    data = pd.read_csv(CASE / "bh1996.csv")
    found = unit_reliability(data[column], data["GRP"])
    assert found.icc1 == pytest.approx(REFERENCE["icc1_all"][column], rel=1e-9)
    assert found.icc2 == pytest.approx(REFERENCE["icc2_all"][column], rel=1e-9)
    assert (found.n, found.n_units) == (7382, 99)
    assert found.icc1_low < found.icc1 < found.icc1_high


@pytest.mark.shared
def test_icc_of_the_other_scales_equals_that_of_r(shared):
    data = pd.read_csv(shared / "known_answer" / "multilevel_army_bh1996" / "bh1996.csv")
    for column in ("COHES", "LEAD"):
        found = unit_reliability(data[column], data["GRP"])
        assert found.icc1 == pytest.approx(REFERENCE["icc1_all"][column], rel=1e-9)
        assert found.icc2 == pytest.approx(REFERENCE["icc2_all"][column], rel=1e-9)


def test_rwg_of_leadership_items_equals_that_of_r_in_every_company():
    data = pd.read_csv(CASE / "lq2002.csv")
    found = within_agreement(data.filter(like="LEAD"), data["COMPID"], 5).set_index("unit_id")
    assert len(found) == len(REFERENCE["rwg_j_lq2002"]) == 49
    for row in REFERENCE["rwg_j_lq2002"]:
        ours = found.loc[int(row["grpid"])]
        assert (ours["rwg"], ours["n"]) == pytest.approx((row["rwg_j"], row["gsize"]), rel=1e-9)


def test_a_unit_of_one_has_no_agreement():
    found = within_agreement(pd.DataFrame({"a": [3, 4, 5], "b": [3, 4, 4]}), pd.Series(["X", "X", "Y"]), 5)
    assert found["rwg"].notna().tolist() == [True, False]


def test_all_alike_within_a_unit_is_full_agreement_and_more_than_chance_apart_is_none():
    alike = within_agreement(pd.DataFrame({"a": [4, 4], "b": [3, 3]}), pd.Series(["X", "X"]), 5)
    apart = within_agreement(pd.DataFrame({"a": [1, 5], "b": [5, 1]}), pd.Series(["X", "X"]), 5)
    assert (alike["rwg"].iloc[0], apart["rwg"].iloc[0]) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("scores", "units"),
    [([1, 2, 3], ["X", "X", "X"]), ([1, 2, 3], ["X", "Y", "Z"]), ([3, 3, 3], ["X", "X", "Y"])],
    ids=["one_unit", "units_of_one", "all_alike"],
)
def test_units_that_cannot_be_compared_are_refused_in_words(scores, units):
    with pytest.raises(ModelError, match=r"Join units|look whether"):
        unit_reliability(pd.Series(scores), pd.Series(units))


@pytest.mark.slow
def test_icc_recovers_the_planted_share_and_its_interval_covers():
    rng, hits, found = np.random.default_rng(5), 0, []
    unit = pd.Series(np.repeat(np.arange(36), 20))
    for _ in range(400):
        score = rng.normal(0, np.sqrt(0.1), 36)[unit] + rng.normal(0, np.sqrt(0.9), len(unit))
        one = unit_reliability(pd.Series(score), unit)
        found.append(one.icc1)
        hits += one.icc1_low <= 0.1 <= one.icc1_high
    assert np.mean(found) == pytest.approx(0.1, abs=0.005)
    # Monte Carlo error of a coverage of 95 %: 1.1 points.
    assert 0.92 <= hits / 400 <= 0.98
