"""Within and between on 133 real organisations, against lme4, and on data that cannot tell."""

import json

import pandas as pd
import pytest
from conftest import ROOT

from asn_research.errors import ModelError
from asn_research.methods import fit_panel
from asn_research.methods.causal.confounding import adjusted, bounds, robustness
from asn_research.methods.panel.within_between import fit_within_between

CASE = ROOT / "notebooks" / "data" / "uk_csps"
REFERENCE = json.loads((CASE / "reference.json").read_text())["reference"]


def civil_service():
    data = pd.read_csv(CASE / "organisations.csv")
    return data.loc[data.groupby("organisation")["year"].transform("size") >= 5]


def same(fit, reference):
    for term, row in zip(("intercept", "within", "between"), reference, strict=True):
        assert fit.row(term)["estimate"] == pytest.approx(row["Estimate"], rel=2e-6), term
        assert fit.row(term)["std_error"] == pytest.approx(row["Std_Error"], rel=5e-6), term


def test_within_and_between_as_in_lme4():
    fit = fit_within_between(civil_service(), "engagement", "learning", entity="organisation", period="year")
    assert (fit.n, fit.n_entities) == (REFERENCE["n_rows"], REFERENCE["n_orgs"])
    same(fit, REFERENCE["mundlak_lmm"])
    spread = {row["grp"]: row["sdcor"] for row in REFERENCE["mundlak_var"]}
    assert fit.intercept_sd == pytest.approx(spread["organisation"], rel=1e-5)
    assert fit.residual_sd == pytest.approx(spread["Residual"], rel=1e-5)


def test_slopes_that_differ_as_in_lme4():
    fit = fit_within_between(
        civil_service(), "engagement", "learning", entity="organisation", random_slope=True
    )
    same(fit, REFERENCE["random_slope"]["fixef"])
    intercept, slope, both, residual = (row["sdcor"] for row in REFERENCE["random_slope"]["vc"])
    assert fit.intercept_sd == pytest.approx(intercept, rel=1e-5)
    assert fit.slope_sd == pytest.approx(slope, rel=1e-5)
    assert fit.correlation == pytest.approx(both, rel=1e-5)
    assert fit.residual_sd == pytest.approx(residual, rel=1e-5)


def test_the_rest_of_the_reference():
    data = civil_service()
    full = fit_panel(
        data, "engagement", ["learning", "manager", "pay", "leadership"], effects=["organisation", "year"], cluster="organisation"
    )  # fmt: skip
    assert full.n == REFERENCE["twoway_fe_full"]["n"]
    for row in REFERENCE["twoway_fe_full"]["coef"]:
        assert full.row(row["term"])["estimate"] == pytest.approx(row["Estimate"], rel=1e-7)
        assert full.row(row["term"])["std_error"] == pytest.approx(row["Std_Error"], rel=1e-6)


def test_clustering_both_ways_as_in_fixest():
    # V_organisation + V_year - V_cell. fixest counts both sets of effects as nested (K = 2) and takes the
    # factor of the smaller number of clusters (16 years).
    data = civil_service().assign(cell=lambda t: t["organisation"] + t["year"].astype(str))
    n, n_orgs, n_years = len(data), data["organisation"].nunique(), data["year"].nunique()

    def bare(cluster, n_absorbed):
        fit = fit_panel(data, "engagement", ["learning"], effects=["organisation", "year"], cluster=cluster)
        groups = fit.n_clusters
        # Each fit's own small-sample factors are taken out again.
        return fit.row("learning")["std_error"] ** 2 * (groups - 1) / groups * (n - n_absorbed) / (n - 1)

    both = bare("organisation", 1 + n_years) + bare("year", 1 + n_orgs) - bare("cell", n_orgs + n_years)
    error = (both * n_years / (n_years - 1) * (n - 1) / (n - 2)) ** 0.5
    assert error == pytest.approx(REFERENCE["twoway_CRV_twoway"][0]["Std_Error"], rel=1e-6)


def test_sensitivity_as_published():
    # Cinelli and Hazlett (2020), violence in Darfur: 0.097 (0.023), 783 degrees of freedom.
    found = robustness(0.09731582, 0.02325654, 783)
    assert found.robustness_value == pytest.approx(0.1388, abs=5e-5)
    assert found.robustness_value_significant == pytest.approx(0.0763, abs=5e-5)
    assert found.partial_r2 == pytest.approx(0.02187, abs=5e-6)


def test_a_confounder_as_strong_as_the_robustness_value_leaves_nothing():
    value = robustness(0.5, 0.05, 132).robustness_value
    assert adjusted(0.5, 0.05, 132, value, value)[0] == pytest.approx(0, abs=1e-12)
    table = bounds(0.5, 0.05, 132, t_control_outcome=4.0, t_control_exposure=3.0)
    assert table["estimate"].is_monotonic_decreasing
    with pytest.raises(ModelError, match="standard error above zero"):
        robustness(1.0, 0.0, 10)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(
            civil_service().head(30), "Only 2 values of organisation; at least five", id="few_organisations"
        ),
        pytest.param(civil_service().assign(learning=50.0), "does not change", id="constant"),
    ],
)
def test_what_cannot_be_told_apart_is_said_in_words(data, words):
    with pytest.raises(ModelError, match=words):
        fit_within_between(data, "engagement", "learning", entity="organisation")
