"""Factor models of ordered answers against lavaan's WLSMV."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.errors import ModelError
from asn_research.methods.scales.factor_ordinal import fit_ordinal_factors

CASE = GOLDEN / "cfa_holzinger_ordinal"
DATA = pd.read_csv(CASE / "data.csv")
REFERENCE = json.loads((CASE / "reference.json").read_text())
FACTORS = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}


def test_fit_equals_that_of_lavaan():
    found, theirs = fit_ordinal_factors(DATA, FACTORS), REFERENCE["fit"]
    assert found.unscaled_chi2 == pytest.approx(theirs["chisq"], rel=1e-5)
    for ours, name in (
        (found.indices.chi2, "chisq.scaled"), (found.indices.baseline_chi2, "baseline.chisq.scaled"),
        (found.indices.cfi, "cfi.scaled"), (found.indices.tli, "tli.scaled"),
        (found.indices.rmsea, "rmsea.scaled"), (found.indices.rmsea_low, "rmsea.ci.lower.scaled"),
        (found.indices.rmsea_high, "rmsea.ci.upper.scaled"), (found.indices.srmr, "srmr"),
    ):  # fmt: skip
        assert ours == pytest.approx(theirs[name], rel=1e-5), name


def test_loadings_errors_and_factor_correlations_equal_those_of_lavaan():
    found = fit_ordinal_factors(DATA, FACTORS)
    theirs = {(row["lhs"], row["op"], row["rhs"]): row for row in REFERENCE["params"]}
    for item, row in found.loadings.iterrows():
        other = theirs[row["factor"], "=~", item]
        assert (row["estimate"], row["std_error"]) == pytest.approx((other["est"], other["se"]), abs=1e-5)
    for a, b in (("visual", "textual"), ("visual", "speed"), ("textual", "speed")):
        assert found.factor_correlations.loc[a, b] == pytest.approx(theirs[a, "~~", b]["est"], abs=1e-5)


def test_errors_of_correlations_and_thresholds_equal_those_of_lavaan():
    found = fit_ordinal_factors(DATA, FACTORS)
    theirs = {(row["lhs"], row["op"], row["rhs"]): row for row in REFERENCE["params"]}
    assert len(found.correlations) == 3
    for row in found.correlations.itertuples():
        other = theirs[row.first, "~~", row.second]
        assert (row.estimate, row.std_error) == pytest.approx((other["est"], other["se"]), abs=1e-5)
    assert len(found.thresholds) == 27
    for row in found.thresholds.itertuples():
        other = theirs[row.item, "|", f"t{row.limit[0]}"]
        assert (row.estimate, row.std_error) == pytest.approx((other["est"], other["se"]), rel=1e-6)
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
