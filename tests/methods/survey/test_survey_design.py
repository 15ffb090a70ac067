"""Design-based estimates against R's survey."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.methods.survey.survey_design import Design, design_effect, mean, mean_of_means, total

CASE = GOLDEN / "survey_api_design"
REFERENCE = json.loads((CASE / "reference.json").read_text())["reference"]
CASES = {
    "srs": ("apisrs.csv", None, None, True),
    "stratified": ("apistrat.csv", "stype", None, True),
    "stratified_no_fpc": ("apistrat.csv", "stype", None, False),
    "cluster": ("apiclus1.csv", None, "dnum", True),
}


def drawn(file, stratum, cluster, finite):
    rows = pd.read_csv(CASE / file)
    strata = pd.factorize(rows[stratum])[0] if stratum else np.zeros(len(rows), int)
    clusters = pd.factorize(rows[cluster])[0] if cluster else np.arange(len(rows))
    places = pd.DataFrame({"stratum": strata, "cluster": clusters, "population": rows["fpc"]})
    by = places.groupby("stratum")
    share = (by["cluster"].nunique() / by["population"].first()).to_numpy()
    return rows, Design(rows["pw"].to_numpy(float), clusters, strata, share if finite else 0 * share)


@pytest.fixture(params=CASES)
def case(request):
    return *drawn(*CASES[request.param]), REFERENCE[request.param]


def test_means_and_their_errors(case):
    rows, design, reference = case
    found = mean(rows[["api00", "enroll"]].to_numpy(), design)
    np.testing.assert_allclose(found.values, list(reference["mean"].values()), rtol=1e-9)
    np.testing.assert_allclose(found.std_errors, list(reference["se"].values()), rtol=1e-9)


def test_totals_and_their_errors(case):
    rows, design, reference = case
    found = total(rows["enroll"].to_numpy(), design)
    assert found.values[0] == pytest.approx(reference["total_enroll"], rel=1e-9)
    assert found.std_errors[0] == pytest.approx(reference["se_total"], rel=1e-9)


def test_groups_within_the_sample(case):
    rows, design, reference = case
    for expected in reference["by_stype"]:
        found = mean(rows["api00"].to_numpy(), design, (rows["stype"] == expected["stype"]).to_numpy())
        assert found.values[0] == pytest.approx(expected["api00"], rel=1e-9)
        assert found.std_errors[0] == pytest.approx(expected["se"], rel=1e-9)


def test_shares(case):
    rows, design, reference = case
    found = mean((rows["sch.wide"] == "Yes").to_numpy(), design)
    assert found.values[0] == pytest.approx(reference["prop"]["sch.wideYes"], rel=1e-9)
    assert found.std_errors[0] == pytest.approx(reference["prop_se"]["sch.wideYes"], rel=1e-9)


def test_design_effects(case):
    rows, design, reference = case
    found = design_effect(rows[["api00", "enroll"]].to_numpy(), design)
    np.testing.assert_allclose(found, list(reference["deff"].values()), rtol=1e-9)


def test_weights_fitted_to_the_population_take_its_variance_out():
    rows, design = drawn(*CASES["cluster"])
    population = {"E": 4421, "H": 755, "M": 1018}
    fitted = rows["pw"] * rows["stype"].map(population) / rows.groupby("stype")["pw"].transform("sum")
    cells = (pd.factorize(rows["stype"])[0],)
    post = Design(fitted.to_numpy(), design.clusters, design.strata, design.sampled_share, cells)
    # As R's survey prints them.
    api, enrolled = mean(rows["api00"].to_numpy(), post), total(rows["enroll"].to_numpy(), post)
    assert api.values[0] == pytest.approx(642.31, abs=0.005)
    assert (round(enrolled.values[0]), round(enrolled.std_errors[0])) == (3_680_893, 406_293)
    # Against 932,235 before.
    assert enrolled.std_errors[0] < 0.5 * total(rows["enroll"].to_numpy(), design).std_errors[0]


def test_an_index_is_the_mean_of_its_means():
    rows, design = drawn(*CASES["stratified"])
    values = rows[["api00", "api99"]].to_numpy(float)
    domains = np.stack([(rows["stype"] == s).to_numpy() for s in "EH"], axis=1)
    found = mean_of_means(values, design, domains)
    for at, belongs in enumerate(domains.T):
        own = mean(values.mean(axis=1), design, belongs)
        assert found.values[at] == pytest.approx(own.values[0])
        assert found.std_errors[at] == pytest.approx(own.std_errors[0])


def test_who_skipped_an_answer_counts_for_the_others():
    values = np.array([[1.0, 4.0], [3.0, np.nan], [2.0, 2.0]])
    assert mean_of_means(values, Design.simple(3)).values.tolist() == [2.5]
    assert mean(values, Design.simple(3)).values.tolist() == [2.0, 3.0]


def test_one_cluster_in_a_stratum_is_held_against_the_mean_of_all():
    values = np.array([1.0, 2.0, 6.0])
    design = Design(np.ones(3), np.arange(3), np.array([0, 0, 1]), np.zeros(2))
    assert mean(values, design).std_errors[0] > 0


def test_degrees_of_freedom_are_clusters_less_strata():
    _, design = drawn(*CASES["stratified"])
    assert design.degrees_of_freedom == 197
    assert Design.simple(10).degrees_of_freedom == 9


def test_nobody_answered_is_no_number_and_no_warning():
    design = Design(np.ones(4), np.arange(4), np.zeros(4, int), np.zeros(1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = mean(np.array([[1.0, np.nan], [2.0, np.nan], [3.0, np.nan], [4.0, np.nan]]), design)
    assert found.values[0] == 2.5
    assert np.isnan(found.values[1])
