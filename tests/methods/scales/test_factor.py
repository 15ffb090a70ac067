"""Factor models by maximum likelihood, plain and robust, against lavaan; refusals in words."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.errors import ModelError
from asn_research.methods.scales.factor import fit_factors
from asn_research.methods.scales.factor_likelihood import (
    Moments,
    discrepancy,
    gradient,
    observed_information,
    scores,
)
from asn_research.methods.scales.factor_model import FactorModel, implied, start_values
from asn_research.methods.scales.factorability import factorability

CASE = GOLDEN / "cfa_holzinger_swineford"
DATA = pd.read_csv(CASE / "data.csv")
REFERENCE = json.loads((CASE / "reference.json").read_text())["reference"]
ROBUST = json.loads((GOLDEN / "cfa_holzinger_ordinal" / "reference.json").read_text())
FACTORS = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}
SCALES = {
    "leaders": ["Q57", "Q58", "Q59", "Q61", "Q62"],
    "supervisors": ["Q48", "Q50", "Q51", "Q52", "Q54"],
    "intrinsic": ["Q2", "Q3", "Q4", "Q6", "Q7"],
}


def params(rows):
    return {(row["lhs"], row["op"], row["rhs"]): row for row in rows}


def test_fit_of_three_factors_equals_that_of_lavaan():
    found, theirs = fit_factors(DATA, FACTORS).indices, REFERENCE["ml"]["fit"]
    assert (round(found.chi2, 3), found.df) == (85.306, 24)
    for ours, name in (
        (found.chi2, "chisq"), (found.p, "pvalue"), (found.baseline_chi2, "baseline.chisq"),
        (found.cfi, "cfi"), (found.tli, "tli"), (found.rmsea, "rmsea"), (found.srmr, "srmr"),
        (found.rmsea_low, "rmsea.ci.lower"), (found.rmsea_high, "rmsea.ci.upper"),
    ):  # fmt: skip
        assert ours == pytest.approx(theirs[name], rel=1e-5), name


@pytest.mark.parametrize("scaling", ["marker", "variance"])
def test_loadings_and_standard_errors_equal_those_of_lavaan(scaling):
    theirs = params(REFERENCE["ml" if scaling == "marker" else "ml_stdlv"]["params"])
    for item, row in fit_factors(DATA, FACTORS, scaling=scaling).loadings().iterrows():
        other = theirs[row["factor"], "=~", item]
        assert row["estimate"] == pytest.approx(other["est"], abs=1e-5)
        assert row["standardized"] == pytest.approx(other["std.all"], abs=1e-5)
        assert np.nan_to_num(row["std_error"]) == pytest.approx(other["se"], abs=1e-5)


def test_residuals_factor_moments_and_their_errors_equal_those_of_lavaan():
    fit, theirs = fit_factors(DATA, FACTORS), params(REFERENCE["ml"]["params"])
    lay, error = fit.model.layout, fit.std_errors()
    for item, value, at in zip(fit.model.items, fit.group().residuals, lay.residual[0], strict=True):
        other = theirs[item, "~~", item]
        assert (value, error[at]) == pytest.approx((other["est"], other["se"]), abs=1e-5)
    names = list(FACTORS)
    for (i, j), at in zip(lay.pairs, lay.covariance[0], strict=True):
        other = theirs[names[i], "~~", names[j]]
        assert (fit.values[at], error[at]) == pytest.approx((other["est"], other["se"]), abs=1e-5)


def test_robust_test_and_errors_equal_those_of_lavaan():
    fit, theirs = fit_factors(DATA, FACTORS, robust=True), REFERENCE["mlr"]["fit"]
    assert fit.scaling_factor == pytest.approx(theirs["chisq.scaling.factor"], rel=1e-6)
    assert fit.robust.chi2 == pytest.approx(theirs["chisq.scaled"], rel=1e-6)
    for ours, name in ((fit.robust.cfi, "cfi"), (fit.robust.tli, "tli"), (fit.robust.rmsea, "rmsea")):
        assert ours == pytest.approx(theirs[f"{name}.robust"], rel=1e-6)
    for ours, name in ((fit.robust.rmsea_low, "lower"), (fit.robust.rmsea_high, "upper")):
        assert ours == pytest.approx(ROBUST["mlr_one"][f"rmsea.ci.{name}.robust"], rel=1e-6)
    errors = params(REFERENCE["mlr"]["se_robust"])
    for item, row in fit.loadings().iterrows():
        assert np.nan_to_num(row["std_error"]) == pytest.approx(
            errors[row["factor"], "=~", item]["se"], abs=1e-5
        )


@pytest.mark.parametrize("robust", [False, True])
def test_political_democracy_as_in_lavaan(robust):
    folder = GOLDEN / "cfa_political_democracy"
    reference = json.loads((folder / "reference.json").read_text())["reference"]
    theirs = reference["mlr" if robust else "ml"]
    factors = {
        "ind60": ["x1", "x2", "x3"], "dem60": ["y1", "y2", "y3", "y4"], "dem65": ["y5", "y6", "y7", "y8"],
    }  # fmt: skip
    fit = fit_factors(pd.read_csv(folder / "data.csv"), factors, robust=robust)
    indices, suffix = (fit.robust, ".robust") if robust else (fit.indices, "")
    assert indices.df == theirs["fit"]["df"]
    assert indices.chi2 == pytest.approx(theirs["fit"]["chisq.scaled" if robust else "chisq"], rel=1e-6)
    for ours, name in ((indices.cfi, "cfi"), (indices.tli, "tli"), (indices.rmsea, "rmsea")):
        assert ours == pytest.approx(theirs["fit"][name + suffix], rel=1e-5), name
    assert fit.indices.srmr == pytest.approx(theirs["fit"]["srmr"], rel=1e-5)
    rows = params(theirs["params"])
    assert len(fit.loadings()) == 11
    for item, row in fit.loadings().iterrows():
        other = rows[row["factor"], "=~", item]
        assert row["estimate"] == pytest.approx(other["est"], rel=1e-5)
        assert np.nan_to_num(row["std_error"]) == pytest.approx(other["se"], rel=1e-4)
        assert row["standardized"] == pytest.approx(other["std.all"], rel=1e-5)


def test_the_gradient_is_the_slope_of_the_discrepancy():
    model = FactorModel(FACTORS, n_groups=2, means=True, equal=("loadings", "intercepts"))
    parts = [DATA.loc[DATA["school"] == s, model.items].to_numpy() for s in ("Grant-White", "Pasteur")]
    moments = Moments(
        [np.cov(x, rowvar=False, bias=True) for x in parts], [x.mean(axis=0) for x in parts], (145, 156)
    )
    values = start_values(model, moments.covariances, moments.means) * 1.1
    slope = gradient(model, values, moments)
    for k in range(len(values)):
        shift = np.zeros(len(values))
        shift[k] = 1e-6
        rise = discrepancy(model, values + shift, moments) - discrepancy(model, values - shift, moments)
        assert slope[k] == pytest.approx(rise / 2e-6, rel=1e-4, abs=1e-6)


def test_items_in_another_order_fit_alike_and_the_input_is_not_changed():
    before = DATA.copy(deep=True)
    turned = {name: items[::-1] for name, items in reversed(FACTORS.items())}
    first, second = fit_factors(DATA, FACTORS), fit_factors(DATA, turned)
    assert second.indices.chi2 == pytest.approx(first.indices.chi2, rel=1e-8)
    pd.testing.assert_frame_equal(DATA, before)


def test_independent_items_are_refused_in_words():
    data = pd.read_csv(GOLDEN / "fevs_sample" / "data.csv")
    found = factorability(data, SCALES)
    assert (found.refusal, found.n) == ("independent", 7711)
    assert found.p > 0.05
    with pytest.raises(ModelError, match=r"nothing in common to explain.*look at coding"):
        fit_factors(data, SCALES)


def test_two_items_of_nearly_nothing_are_refused_although_many_respondents_make_them_significant():
    rng = np.random.default_rng(2)
    data = pd.DataFrame(
        0.2 * rng.normal(size=(20_000, 1)) + rng.normal(size=(20_000, 4)), columns=list("abcd")
    )
    found = factorability(data, {"f": list("abcd")})
    assert found.p < 0.001
    assert found.refusal == "independent"


def plain(n=200, k=4, seed=1):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.normal(size=(n, 1)) + rng.normal(size=(n, k)), columns=list("abcdefgh")[:k])


@pytest.mark.parametrize(
    ("data", "items", "remedy"),
    [
        pytest.param(plain(), ["a", "b"], "Ask a third", id="two_items"),
        pytest.param(plain(5), list("abcd"), "Join periods or units", id="five_respondents"),
        pytest.param(plain().assign(a=3.0), list("abcd"), "Leave it out", id="constant_item"),
        pytest.param(plain().assign(b=lambda t: t["a"]), list("abcd"), "copy or a sum", id="doubled_item"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(data, items, remedy):
    with pytest.raises(ModelError, match=remedy):
        fit_factors(data, {"f": items})


def test_an_item_in_two_factors_is_refused():
    with pytest.raises(ModelError, match="belongs to one factor"):
        fit_factors(plain(), {"f": ["a", "b", "c"], "g": ["c", "d"]})


def test_two_factors_that_are_one_are_named_as_such():
    rng = np.random.default_rng(8)
    names = list("abcdef")
    data = pd.DataFrame(rng.normal(size=(400, 1)) + 0.5 * rng.normal(size=(400, 6)), columns=names)
    found = [
        fit_factors(
            data.sample(frac=1, replace=True, random_state=s), {"f": names[:3], "g": names[3:]}
        ).problems
        for s in range(8)
    ]
    assert ("correlation_of_one",) in found


def test_a_negative_residual_is_named():
    # Covariances of a factor whose first item would need more than all of its variance.
    says = np.array([[1.0, 0.8, 0.8], [0.8, 1.0, 0.5], [0.8, 0.5, 1.0]])
    root = np.linalg.cholesky(says)
    x = np.random.default_rng(4).normal(size=(500, 3))
    x = (
        (x - x.mean(axis=0))
        @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False, bias=True))).T
        @ root.T
    )
    fit = fit_factors(pd.DataFrame(x, columns=list("abc")), {"f": list("abc")})
    # Three items are just identified: the first loading squared is 0.8 * 0.8 / 0.5 = 1.28.
    assert fit.loadings()["standardized"].iloc[0] ** 2 == pytest.approx(1.28, abs=1e-6)
    assert fit.problems == ("negative_residual",)


@pytest.mark.slow
def test_loadings_recover_the_truth_and_robust_intervals_cover_on_skewed_items():
    loading, runs = np.array([0.5, 0.6, 0.7, 0.8, 0.6, 0.7]), 250
    rng, hits, estimates, chi2 = np.random.default_rng(12), np.zeros(6), np.zeros(6), []
    for _ in range(runs):
        # Exponential factor and errors: variance one, kurtosis nine.
        factor = rng.exponential(size=(500, 1)) - 1
        x = factor * loading + (rng.exponential(size=(500, 6)) - 1) * np.sqrt(1 - loading**2)
        data = pd.DataFrame(x, columns=list("abcdef"))
        fit = fit_factors(data, {"f": list("abcdef")}, scaling="variance", robust=True)
        table = fit.loadings()
        estimates += table["estimate"] / runs
        hits += ((table["low"] <= loading) & (loading <= table["high"])) / runs
        chi2.append(fit.robust.chi2)
    assert np.abs(estimates - loading).max() < 0.02
    # Sandwich errors of skewed items run short in samples of 500; Monte Carlo error 1.4 points.
    assert hits.mean() == pytest.approx(0.94, abs=0.025)
    assert np.mean(chi2) == pytest.approx(9, rel=0.12)


def test_implied_moments_follow_their_definition():
    model = FactorModel({"f": ["a", "b", "c"]}, "variance")
    values = np.array([0.5, 0.6, 0.7, 0.75, 0.64, 0.51])
    np.testing.assert_allclose(np.diag(implied(model, values).covariance), 1.0)
    assert implied(model, values).covariance[0, 1] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("means", "equal"),
    [
        (False, ()),
        (False, ("loadings",)),
        (True, ()),
        (True, ("loadings",)),
        (True, ("loadings", "intercepts")),
    ],
)
@pytest.mark.parametrize("scaling", ["marker", "variance"])
def test_analytic_derivatives_are_those_of_differences(means, scaling, equal):
    rng = np.random.default_rng(11)
    factors = {"a": ["a1", "a2", "a3"], "b": ["b1", "b2"]}
    model = FactorModel(factors, scaling, 2, means, equal)
    data = [rng.normal(size=(60, 5)) @ (np.eye(5) + 0.4) + shift for shift in (0, 0.3)]
    moments = Moments(
        [np.cov(x, rowvar=False, bias=True) for x in data], [x.mean(axis=0) for x in data], (60, 60)
    )
    start = start_values(model, moments.covariances, moments.means)
    values = start + rng.normal(0, 0.05, len(start))
    steps = 1e-5 * np.eye(len(values))

    def slope(function):
        return np.array([(function(values + s) - function(values - s)) / 2e-5 for s in steps])

    np.testing.assert_allclose(
        gradient(model, values, moments), slope(lambda v: discrepancy(model, v, moments)), atol=1e-7
    )
    second = slope(lambda v: gradient(model, v, moments))
    np.testing.assert_allclose(2 * observed_information(model, values, moments), second, atol=1e-6)
    each = sum(
        share * scores(model, values, g, data[g]).mean(axis=0) for g, share in enumerate(moments.shares)
    )
    if means:
        # The mean score is half the slope, downhill.
        np.testing.assert_allclose(-2 * each, gradient(model, values, moments), atol=1e-10)


def test_a_fit_of_groups_names_them_and_takes_a_column_or_repeated_row_labels():
    named = fit_factors(DATA, FACTORS, groups="school")
    assert named.groups == tuple(sorted(DATA["school"].unique()))
    assert named.table["term"].iloc[0] == f"{named.groups[0]}: visual =~ x1"
    doubled = DATA.set_axis(np.zeros(len(DATA), dtype=int))
    again = fit_factors(doubled, FACTORS, groups=doubled["school"])
    pd.testing.assert_frame_equal(again.table, named.table)


def test_an_improper_solution_says_so_in_the_result():
    fit = fit_factors(DATA, FACTORS)
    improper = replace(fit, problems=("correlation_of_one",))
    assert not fit.notes
    assert "do not interpret" in improper.notes[0]
    assert str(improper.notes[0]) in improper.summary()
