"""Alpha, lambda 6 and omega against R's psych and lavaan; recovery on simulated items."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.methods.scales.factor import fit_factors
from asn_research.methods.scales.omega import omega_total, scale_omega
from asn_research.methods.scales.reliability import cronbach_alpha
from asn_research.rules.words import in_words

CFA = GOLDEN / "cfa_holzinger_swineford"
FACTORS = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}


def bfi(shared):
    case = shared / "known_answer" / "reliability_bfi"
    data, reference = pd.read_csv(case / "data.csv"), json.loads((case / "reference.json").read_text())
    for scale, keys in reference["meta"]["keys"].items():
        items = pd.DataFrame({k.lstrip("-"): 7 - data[k[1:]] if k.startswith("-") else data[k] for k in keys})
        yield items, reference["reference"][scale]["complete_cases"]


@pytest.mark.shared
def test_alpha_and_lambda_of_five_scales_equal_those_of_r(shared):
    for items, reference in bfi(shared):
        found = cronbach_alpha(items)
        assert found.alpha == pytest.approx(reference["raw_alpha"], rel=1e-9)
        assert found.standardized == pytest.approx(reference["std_alpha"], rel=1e-9)
        assert found.lambda6 == pytest.approx(reference["guttman_lambda6"], rel=1e-9)
        assert found.item_rest == pytest.approx(reference["r_drop"], rel=1e-9)


@pytest.mark.shared
def test_omega_and_factor_model_of_five_scales_equal_those_of_r(shared):
    for items, reference in bfi(shared):
        fit = fit_factors(items, {"scale": list(items)}, scaling="variance")
        assert omega_total(fit).value == pytest.approx(reference["omega_total_cfa_ml"], rel=1e-5)
        assert fit.indices.chi2 == pytest.approx(reference["cfa_fit"]["chisq"], rel=1e-6)
        assert fit.indices.srmr == pytest.approx(reference["cfa_fit"]["srmr"], rel=1e-4)
        loadings = fit.loadings()["estimate"].to_dict()
        assert loadings == pytest.approx(reference["cfa_loadings"], rel=1e-5)


def test_alpha_if_dropped_and_omega_of_three_factors_equal_those_of_r():
    data = pd.read_csv(CFA / "data.csv")
    reference = json.loads((CFA / "reference.json").read_text())["reference"]
    fit = fit_factors(data, FACTORS, robust=True)
    omega = next(row for row in reference["reliability_semTools"] if row["stat"] == "omega")
    for factor, items in FACTORS.items():
        found, psych = cronbach_alpha(data[items]), reference["alpha_psych"][factor]
        assert found.alpha == pytest.approx(psych["raw_alpha"], rel=1e-9)
        assert found.if_dropped == pytest.approx(psych["alpha_if_dropped"], rel=1e-9)
        value = omega_total(fit, items)
        assert value.value == pytest.approx(omega[factor], rel=1e-5)
        assert value.low < value.value < value.high


def test_alpha_of_independent_items_is_near_zero():
    case = GOLDEN / "fevs_sample"
    data = pd.read_csv(case / "data.csv")
    reference = json.loads((case / "reference.json").read_text())["reference"]
    for name, items in {
        "LeadersLead": ["Q57", "Q58", "Q59", "Q61", "Q62"],
        "Supervisors": ["Q48", "Q50", "Q51", "Q52", "Q54"],
        "Intrinsic": ["Q2", "Q3", "Q4", "Q6", "Q7"],
    }.items():
        found = cronbach_alpha(data[items])
        assert found.alpha == pytest.approx(reference["alpha"][name], rel=1e-8)
        assert abs(found.alpha) < 0.05


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        pytest.param(pd.DataFrame({"a": [1, 2, 3]}), "one item", id="one_item"),
        pytest.param(pd.DataFrame({"a": [1, 2], "b": [2, 1]}), "only 2 complete", id="two_respondents"),
        pytest.param(pd.DataFrame({"a": [3, 3, 3], "b": [3, 3, 3]}), "same total", id="constant"),
    ],
)
def test_a_scale_without_alpha_says_why(answers, why):
    found = cronbach_alpha(answers)
    assert np.isnan(found.alpha)
    assert why in found.why
    assert in_words(found.why, "id") != found.why


def test_a_constant_item_leaves_alpha_and_takes_its_own_correlation():
    found = cronbach_alpha(pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 2, 4, 4], "c": [4, 4, 4, 4]}))
    assert np.isfinite(found.alpha)
    assert np.isnan(found.item_rest["c"])


@pytest.mark.slow
def test_alpha_and_omega_recover_the_truth_and_their_intervals_cover():
    loading = np.array([0.5, 0.6, 0.7, 0.8])
    true_omega = loading.sum() ** 2 / (loading.sum() ** 2 + (1 - loading**2).sum())
    equal = 4 * 0.6**2 / (4 * 0.6**2 + 0.64)  # alpha equals omega for equal loadings
    rng, runs = np.random.default_rng(9), 300
    hits, found = np.zeros(2), np.zeros((runs, 2))
    for run in range(runs):
        factor = rng.normal(size=(300, 1))
        uneven = pd.DataFrame(factor * loading + rng.normal(size=(300, 4)) * np.sqrt(1 - loading**2))
        even = pd.DataFrame(factor * 0.6 + rng.normal(size=(300, 4)) * 0.8)
        alpha, omega = cronbach_alpha(even), scale_omega(uneven.set_axis(list("abcd"), axis=1))
        found[run] = alpha.alpha - equal, omega.value - true_omega
        hits += alpha.low <= equal <= alpha.high, omega.low <= true_omega <= omega.high
    assert np.abs(found.mean(axis=0)).max() < 0.006
    # Monte Carlo error of a coverage of 95 %: 1.3 points.
    assert ((hits / runs >= 0.92) & (hits / runs <= 0.98)).all()
