"""Partial pooling against R's metafor and lme4's shrinkage; a variance of exactly zero."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.errors import ModelError
from asn_research.methods.survey.shrinkage import log_likelihood, shrink

# Rubin (1981), eight schools: effects and standard errors as published.
EFFECT = pd.Series([28, 8, -3, 7, -1, 1, 18, 12], index=list("ABCDEFGH"), dtype=float)
ERROR = pd.Series([15, 10, 16, 11, 9, 11, 10, 18], index=list("ABCDEFGH"), dtype=float)


@pytest.fixture
def reference(shared):
    case = shared / "known_answer" / "eb_shrinkage_schools_bcg"
    return json.loads((case / "reference.json").read_text())["reference"]


@pytest.mark.parametrize("method", ["reml", "ml", "paule_mandel", "dl"])
def test_eight_schools_do_not_differ_and_a_variance_of_zero_is_zero(method):
    found = shrink(EFFECT, ERROR**2, method=method)
    assert found.between == 0
    assert not found.units_differ
    # Rubin's pooled effect, 7.69 with standard error 4.07; Q 4.71.
    assert (round(found.coefficients[0], 2), round(found.std_errors[0], 2), round(found.q, 2)) == (
        7.69,
        4.07,
        4.71,
    )
    assert np.ptp(found.units["pooled"]) == 0


def trials():
    """Thirteen trials of the BCG vaccine, and what metafor makes of them."""
    folder = GOLDEN / "meta_bcg"
    return pd.read_csv(folder / "data.csv"), json.loads((folder / "reference.json").read_text())["reference"]


@pytest.mark.parametrize(
    ("method", "theirs_name"), [("reml", "REML"), ("ml", "ML"), ("paule_mandel", "PM"), ("dl", "DL")]
)
def test_trials_of_bcg_equal_those_of_metafor(method, theirs_name):
    data, reference = trials()
    theirs, found = reference[theirs_name], shrink(data["yi"], data["vi"], method=method)
    assert found.between == pytest.approx(theirs["tau2"], rel=1e-6)
    assert found.coefficients[0] == pytest.approx(theirs["estimate"], rel=1e-7)
    assert found.std_errors[0] == pytest.approx(theirs["std_error"], rel=1e-6)
    assert found.i2 == pytest.approx(theirs["i2"], rel=1e-6)
    assert found.q == pytest.approx(theirs["q"], rel=1e-9)
    assert found.q_p == pytest.approx(theirs["q_p"], rel=1e-6)
    assert found.units["pooled"].to_numpy() == pytest.approx(theirs["pooled"], rel=1e-6)
    assert found.units["std_error"].to_numpy() == pytest.approx(theirs["pooled_std_error"], rel=1e-6)


@pytest.mark.shared
def test_shrunken_schools_and_their_errors_equal_those_of_metafor(reference):
    for method in ("REML", "SJ"):
        theirs = reference["eight_schools"][method]
        found = shrink(EFFECT, ERROR**2, between=theirs["tau2"]).units
        blup = pd.DataFrame(theirs["blup"])
        np.testing.assert_allclose(found["pooled"], blup["pred"], rtol=1e-10)
        np.testing.assert_allclose(found["std_error"], blup["se"], rtol=1e-10)
        np.testing.assert_allclose(found[["low", "high"]], blup[["pi.lb", "pi.ub"]], rtol=1e-8)


def test_a_line_on_latitude_equals_that_of_metafor():
    data, reference = trials()
    theirs = reference["by_latitude"]
    found = shrink(data["yi"], data["vi"], data[["latitude"]].to_numpy())
    assert found.between == pytest.approx(theirs["tau2"], rel=1e-6)
    assert found.coefficients == pytest.approx(theirs["estimate"], rel=1e-6)
    assert found.std_errors == pytest.approx(theirs["std_error"], rel=1e-6)
    assert found.units["pooled"].to_numpy() == pytest.approx(theirs["pooled"], rel=1e-6)


@pytest.mark.shared
def test_institutions_of_indonesia_equal_those_of_metafor(shared):
    case = shared / "real" / "gsps_indonesia"
    theirs = json.loads((case / "reference.json").read_text())["reference"]["indonesia_proud"]
    blup = pd.DataFrame(theirs["blup"])
    found = shrink(blup["raw"], blup["se"] ** 2)
    # metafor stops where tau² moves by less than 1e-5, which is coarse for one of 0.0017: ours is likelier.
    assert found.between == pytest.approx(theirs["reml"]["tau2"], rel=2e-4)
    y, v, x = blup["raw"].to_numpy(), blup["se"].to_numpy() ** 2, np.ones((len(blup), 1))
    assert log_likelihood(found.between, y, v, x) >= log_likelihood(theirs["reml"]["tau2"], y, v, x)
    assert found.coefficients[0] == pytest.approx(theirs["reml"]["mu"], rel=1e-6)
    np.testing.assert_allclose(found.units["pooled"], blup["blup"], rtol=1e-5)
    np.testing.assert_allclose(found.units["std_error"], blup["blup_se"], rtol=1e-4)


def test_few_answers_are_drawn_further_than_many():
    found = shrink(pd.Series([70.0, 70.0, 90.0, 88.0, 86.0]), pd.Series([9.0, 1.0, 2.0, 2.0, 2.0])).units
    assert found["pooled"].iloc[0] > found["pooled"].iloc[1] > 70


@pytest.mark.parametrize(
    ("estimate", "variance", "covariates", "remedy"),
    [
        pytest.param([1.0, 2.0], [1.0, 1.0], None, "too few to compare", id="two_units"),
        pytest.param([1.0, 2.0, 3.0], [1.0, 0.0, 1.0], None, "leave it out", id="no_variance"),
        pytest.param([1.0, 2.0, 3.0], [1.0, np.nan, 1.0], None, "leave it out", id="a_unit_of_one"),
        pytest.param([1.0, 2.0, 3.0, 4.0], [1.0] * 4, np.zeros((4, 1)), "compare without", id="one_mix"),
    ],
)
def test_units_that_cannot_be_pooled_are_refused_in_words(estimate, variance, covariates, remedy):
    with pytest.raises(ModelError, match=remedy):
        shrink(estimate, variance, covariates)


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("seed", range(5))
def test_the_variance_is_where_its_own_likelihood_is_highest(method, seed):
    rng = np.random.default_rng(seed)
    v = pd.Series(rng.uniform(0.5, 2, 5))
    y = pd.Series(rng.normal(0, 5 + np.sqrt(v)))
    found = shrink(y, v, method=method)
    design = np.ones((5, 1))
    grid = found.between * np.exp(np.linspace(-1, 1, 2001))
    values = [
        log_likelihood(t, y.to_numpy(), v.to_numpy(), design, restricted=method == "reml") for t in grid
    ]
    assert grid[int(np.argmax(values))] == pytest.approx(found.between, rel=2e-3)
