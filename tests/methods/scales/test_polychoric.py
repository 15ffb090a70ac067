"""Polychoric correlations against closed forms, published values and lavaan."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN
from scipy import stats

from asn_research.errors import ModelError
from asn_research.methods.scales.polychoric import below_both, polychoric

CASE = GOLDEN / "cfa_holzinger_ordinal"
DATA = pd.read_csv(CASE / "data.csv").drop(columns="school")


def expanded(table):
    rows = [(i, j) for i, line in enumerate(table) for j, n in enumerate(line) for _ in range(n)]
    return pd.DataFrame(rows, columns=["a", "b"])


@pytest.mark.parametrize("rho", [-0.95, -0.5, 0.0, 0.3, 0.8, 0.97])
@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (-1.2, 0.7), (2.1, 1.9)])
def test_the_bivariate_normal_equals_that_of_scipy(x, y, rho):
    theirs = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf([x, y])
    assert below_both(np.array([x]), np.array([y]), np.array([rho]))[0] == pytest.approx(theirs, abs=2e-7)


def test_at_medians_the_closed_form_holds():
    # Both cut at the middle: share together = 1/4 + arcsin(r) / (2 pi); here 0.4.
    found = polychoric(expanded([[400, 100], [100, 400]])).correlations.loc["a", "b"]
    assert found == pytest.approx(np.sin(2 * np.pi * (0.4 - 0.25)), abs=1e-8)


def test_a_rare_table_gives_the_correlation_that_mplus_reports():
    # R's psych documents this table with Mplus' tetrachoric correlation of .35.
    found = polychoric(expanded([[61661, 1610], [85, 20]])).correlations.loc["a", "b"]
    assert round(found, 2) == 0.35


@pytest.mark.parametrize("name", ["cfa_holzinger_ordinal", "cfa_simulated_ordinal"])
def test_all_correlations_equal_those_of_lavaan(name):
    reference = json.loads((GOLDEN / name / "reference.json").read_text())
    theirs = np.array(reference.get("reference", reference)["polychoric"])
    data = pd.read_csv(GOLDEN / name / "data.csv").drop(columns="school", errors="ignore")
    np.testing.assert_allclose(polychoric(data).correlations.to_numpy(), theirs, atol=1e-6)


def test_options_that_nobody_chose_change_nothing():
    spread = DATA.replace({4: 9, 3: 5})
    np.testing.assert_allclose(polychoric(spread).correlations, polychoric(DATA).correlations, atol=1e-12)


@pytest.mark.parametrize(
    "answers",
    [pd.DataFrame({"a": [1, 2] * 10}), pd.DataFrame({"a": [1, 2] * 10, "b": [3, 3] * 10})],
    ids=["one_item", "constant_item"],
)
def test_answers_without_correlation_are_refused_in_words(answers):
    with pytest.raises(ModelError, match="Leave constant items out"):
        polychoric(answers)


@pytest.mark.slow
def test_the_sampling_covariance_is_that_of_repeated_samples():
    rng, rho = np.random.default_rng(6), np.array([[1, 0.5, 0.3], [0.5, 1, 0.6], [0.3, 0.6, 1]])
    root = np.linalg.cholesky(rho)
    found, gammas = [], []
    for _ in range(400):
        z = rng.normal(size=(400, 3)) @ root.T
        one = polychoric(pd.DataFrame(np.digitize(z, [-1.0, 0.2, 1.1])))
        found.append([one.correlations.iloc[i, j] for i, j in one.pairs])
        gammas.append(one.gamma)
    seen = 400 * np.cov(np.array(found), rowvar=False)
    np.testing.assert_allclose(np.mean(found, axis=0), [0.5, 0.3, 0.6], atol=0.01)
    np.testing.assert_allclose(np.diag(np.mean(gammas, axis=0)), np.diag(seen), rtol=0.15)
