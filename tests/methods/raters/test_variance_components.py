"""Variance between and within units against R's lme4."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.errors import ModelError
from asn_research.methods.raters.variance_components import variance_components


def test_army_companies_of_unequal_size_equal_those_of_lme4():
    case = GOLDEN / "multilevel_army_bh1996"
    data = pd.read_csv(case / "bh1996.csv")
    theirs = json.loads((case / "reference.json").read_text())["reference"]["null"]
    found = variance_components(data["WBEING"], data["GRP"])
    assert found.between == pytest.approx(theirs["varcorr"][0]["vcov"], rel=1e-5)
    assert found.within == pytest.approx(theirs["varcorr"][1]["vcov"], rel=1e-7)
    assert found.mean == pytest.approx(theirs["fixef"][0]["Estimate"], rel=1e-7)
    assert found.std_error == pytest.approx(theirs["fixef"][0]["Std_Error"], rel=1e-5)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "case", "restricted"),
    [
        ("dyestuff", "dyestuff_REML", True),
        ("dyestuff", "dyestuff_ML", False),
        ("dyestuff2", "dyestuff2_REML_zero_variance", True),
    ],
)
def test_batches_of_dyestuff_equal_those_of_lme4(shared, name, case, restricted):
    folder = shared / "known_answer" / "lmm_dyestuff_shrinkage"
    data = pd.read_csv(folder / f"{name}.csv")
    theirs = json.loads((folder / "reference.json").read_text())["reference"][case]
    found = variance_components(data["Yield"], data["Batch"], restricted=restricted)
    assert found.between == pytest.approx(theirs["varcorr"][0]["vcov"], rel=1e-6)
    assert found.within == pytest.approx(theirs["varcorr"][1]["vcov"], rel=1e-7)
    fixed = theirs["fixef"][0]
    assert (found.mean, found.std_error) == pytest.approx((fixed["Estimate"], fixed["Std_Error"]), rel=1e-6)
    effects = [row["_Intercept_"] for row in theirs["ranef"]["Batch"]]
    np.testing.assert_allclose(found.effects, effects, rtol=1e-6, atol=1e-12)


def test_a_variance_of_exactly_zero_is_zero_and_every_effect_with_it():
    # Units with the same mean differ less than chance would make them.
    score = pd.Series([1.0, 2, 3, 3, 2, 1, 2, 1, 3])
    found = variance_components(score, pd.Series(list("XXXYYYZZZ")))
    assert (found.between, found.is_zero) == (0.0, True)
    assert (found.effects == 0).all()


@pytest.mark.parametrize(
    ("score", "unit"),
    [([1.0, 2.0], ["X", "X"]), ([1.0, 2.0], ["X", "Y"]), ([2.0, 2.0, 2.0], ["X", "X", "Y"])],
    ids=["one_unit", "units_of_one", "all_alike"],
)
def test_variance_that_cannot_be_parted_is_refused_in_words(score, unit):
    with pytest.raises(ModelError, match="Join units or periods"):
        variance_components(pd.Series(score), pd.Series(unit))
