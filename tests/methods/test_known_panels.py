"""Robust errors, weights, random effects and counts equal R's, on two data sets each."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.methods import fit_counts, fit_logit, fit_panel, fit_random_effects, hausman

PANELS = ["panel_grunfeld", "panel_empluk"]
COUNTS = ["counts_insurance", "counts_ships"]
EFFECTS = {"pooled": [], "entity": ["entity"], "two_way": ["entity", "year"]}


def read(name):
    folder = GOLDEN / name
    return pd.read_csv(folder / "data.csv"), json.loads((folder / "reference.json").read_text())["reference"]


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("model", EFFECTS)
@pytest.mark.parametrize("name", PANELS)
@pytest.mark.parametrize("errors", ["iid", "HC1", "HC2", "HC3", "CR2"])
def test_errors_of_every_kind_with_and_without_weights(name, model, weights, errors):
    data, reference = read(name)
    theirs = reference[model + ("_weighted" if weights else "")][errors]
    cluster = "cluster" if errors == "CR2" else None
    fit = fit_panel(
        data, "y", ["x", "z"], effects=EFFECTS[model], weights=weights, errors=errors, cluster=cluster
    )
    ours = fit.table.head(2)
    assert ours["estimate"].tolist() == pytest.approx(theirs["estimate"], rel=1e-8)
    assert ours["std_error"].tolist() == pytest.approx(theirs["std_error"], rel=1e-7)
    if errors == "CR2":
        assert ours["df"].tolist() == pytest.approx(theirs["df"], rel=1e-6)
        assert ours["p_value"].tolist() == pytest.approx(theirs["p_value"], rel=1e-6, abs=1e-15)
    if model == "pooled":
        assert fit.r2_within == pytest.approx(
            reference[model + ("_weighted" if weights else "")]["r2"], rel=1e-10
        )


@pytest.mark.parametrize("name", PANELS)
def test_random_effects_and_hausman(name):
    data, reference = read(name)
    theirs = reference["random"]
    fit = fit_random_effects("y ~ x + z | entity", data)
    table = fit.table.set_index("term").loc[["intercept_", "x", "z"]]
    assert table["estimate"].tolist() == pytest.approx(theirs["estimate"], rel=1e-8)
    assert table["std_error"].tolist() == pytest.approx(theirs["std_error"], rel=1e-8)
    assert fit.entity_sd == pytest.approx(theirs["sigma_entity"], rel=1e-8)
    assert fit.residual_sd == pytest.approx(theirs["sigma_rest"], rel=1e-8)
    test = hausman(fit)
    assert test.statistic == pytest.approx(theirs["hausman"], rel=1e-6)
    assert test.df == theirs["hausman_df"]
    assert test.p_value == pytest.approx(theirs["hausman_p"], rel=1e-6)


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize(
    ("key", "call"),
    [
        ("poisson", {"family": "poisson"}),
        ("quasi", {}),
        ("HC1", {"family": "poisson", "errors": "HC1"}),
        ("CR1", {"family": "poisson", "cluster": "cluster"}),
    ],
)
def test_counts_with_exposure(name, key, call):
    data, reference = read(name)
    data = data.assign(a=data["a"].astype(str), b=data["b"].astype(str))
    fit = fit_counts("y ~ a + b", data, exposure="exposure", **call)
    theirs = reference[key]
    ours = fit.table.iloc[[-1, *range(len(fit.table) - 1)]]
    assert ours["estimate"].tolist() == pytest.approx(theirs["estimate"], rel=1e-7)
    assert ours["std_error"].tolist() == pytest.approx(theirs["std_error"], rel=1e-7)
    assert fit.deviance == pytest.approx(reference["deviance"], rel=1e-9)
    assert fit.log_likelihood == pytest.approx(reference["log_likelihood"], rel=1e-10)
    assert fit.dispersion == pytest.approx(reference["dispersion"], rel=1e-8)
    assert fit.table["ratio_low"].to_numpy() == pytest.approx(np.exp(fit.table["low"]))


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize(("key", "cluster"), [("logit", None), ("logit_CR1", "cluster")])
def test_yes_or_no(name, key, cluster):
    data, reference = read(name)
    data = data.assign(any=(data["y"] > data["y"].median()).astype(int))
    fit = fit_logit("any ~ log(exposure)", data, cluster=cluster)
    theirs = reference[key]
    assert fit.table["estimate"].tolist()[::-1] == pytest.approx(theirs["estimate"], rel=1e-7)
    assert fit.table["std_error"].tolist()[::-1] == pytest.approx(theirs["std_error"], rel=1e-7)
    assert fit.log_likelihood == pytest.approx(reference["logit_log_likelihood"], rel=1e-10)
