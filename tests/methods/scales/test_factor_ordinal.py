"""Factor models of ordered answers against lavaan's WLSMV."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.errors import ModelError
from asn_research.methods.scales.factor_ordinal import fit_ordinal_factors


def read(name):
    folder = GOLDEN / name
    reference = json.loads((folder / "reference.json").read_text())
    return pd.read_csv(folder / "data.csv"), reference.get("reference", reference)


DATA, REFERENCE = read("cfa_holzinger_ordinal")
FACTORS = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}
# Items of three to five options, some of them rare.
OTHERS, OTHER_REFERENCE = read("cfa_simulated_ordinal")
OTHER_FACTORS = {"a": ["a1", "a2", "a3", "a4"], "b": ["b1", "b2", "b3"]}
both = pytest.mark.parametrize(
    ("data", "factors", "reference"),
    [
        pytest.param(DATA, FACTORS, REFERENCE, id="holzinger"),
        pytest.param(OTHERS, OTHER_FACTORS, OTHER_REFERENCE, id="simulated"),
    ],
)


@both
def test_fit_equals_that_of_lavaan(data, factors, reference):
    found, theirs = fit_ordinal_factors(data, factors), reference["fit"]
    assert found.indices.df == theirs["df"]
    assert found.unscaled_chi2 == pytest.approx(theirs["chisq"], rel=1e-5)
    for ours, name in (
        (found.indices.chi2, "chisq.scaled"), (found.indices.baseline_chi2, "baseline.chisq.scaled"),
        (found.indices.cfi, "cfi.scaled"), (found.indices.tli, "tli.scaled"),
        (found.indices.rmsea, "rmsea.scaled"), (found.indices.rmsea_low, "rmsea.ci.lower.scaled"),
        (found.indices.rmsea_high, "rmsea.ci.upper.scaled"), (found.indices.srmr, "srmr"),
    ):  # fmt: skip
        assert ours == pytest.approx(theirs[name], rel=1e-5), name


@both
def test_loadings_errors_and_thresholds_equal_those_of_lavaan(data, factors, reference):
    found = fit_ordinal_factors(data, factors)
    theirs = {(row["lhs"], row["op"], row["rhs"]): row for row in reference["params"]}
    assert len(found.loadings) == len(data.columns.drop("school", errors="ignore"))
    for item, row in found.loadings.iterrows():
        other = theirs[row["factor"], "=~", item]
        assert (row["estimate"], row["std_error"]) == pytest.approx((other["est"], other["se"]), abs=1e-5)
    assert len(found.correlations) == len(factors) * (len(factors) - 1) / 2
    for row in found.correlations.itertuples():
        other = theirs[row.first, "~~", row.second]
        assert found.factor_correlations.loc[row.first, row.second] == row.estimate
        assert (row.estimate, row.std_error) == pytest.approx((other["est"], other["se"]), abs=1e-5)
    assert len(found.thresholds) == sum(op == "|" for _, op, _ in theirs)
    for row in found.thresholds.itertuples():
        other = theirs[row.item, "|", f"t{row.limit[0]}"]
        assert (row.estimate, row.std_error) == pytest.approx((other["est"], other["se"]), rel=1e-6)


def test_unscaled_indices_equal_those_of_lavaan():
    found = fit_ordinal_factors(DATA, FACTORS)
    for ours, name in ((found.unscaled.cfi, "cfi"), (found.unscaled.tli, "tli"), (found.unscaled.rmsea, "rmsea"),
                       (found.unscaled.baseline_chi2, "baseline.chisq")):  # fmt: skip
        assert ours == pytest.approx(REFERENCE["fit"][name], rel=1e-5), name


def test_the_result_tells_loadings_and_thresholds():
    text = fit_ordinal_factors(DATA, FACTORS).summary()
    for part in ("visual =~ x1", "visual ~~ speed", "x9 | 3|4", "RMSEA", "WLSMV"):
        assert part in text


def test_independent_items_are_refused_in_words():
    data = pd.read_csv(GOLDEN / "fevs_sample" / "data.csv")
    with pytest.raises(ModelError, match="nothing in common to explain"):
        fit_ordinal_factors(data, {"leaders": ["Q57", "Q58", "Q59", "Q61", "Q62"]})


@pytest.mark.slow
def test_loadings_recover_the_truth_and_their_intervals_cover():
    loading, runs = np.array([0.5, 0.6, 0.7, 0.8, 0.6]), 250
    rng, hits, estimates, chi2 = np.random.default_rng(21), np.zeros(5), np.zeros(5), []
    for _ in range(runs):
        z = rng.normal(size=(400, 1)) * loading + rng.normal(size=(400, 5)) * np.sqrt(1 - loading**2)
        data = pd.DataFrame(np.digitize(z, [-1.4, -0.6, 0.3, 1.2]), columns=list("abcde"))
        fit = fit_ordinal_factors(data, {"f": list("abcde")})
        estimates += fit.loadings["estimate"] / runs
        hits += ((fit.loadings["low"] <= loading) & (loading <= fit.loadings["high"])) / runs
        chi2.append(fit.indices.chi2)
    assert np.abs(estimates - loading).max() < 0.01
    assert hits.mean() == pytest.approx(0.95, abs=0.02)
    assert np.mean(chi2) == pytest.approx(5, rel=0.12)
