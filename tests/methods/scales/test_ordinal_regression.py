"""Ordinal regression against R's polr and statsmodels, average changes, and answers that cannot tell."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN
from statsmodels.miscmodels.ordinal_model import OrderedModel

from asn_research.errors import ModelError
from asn_research.methods import fit_ordinal

CASE = GOLDEN / "ordinal_housing_satisfaction"
REFERENCE = json.loads((CASE / "reference.json").read_text())["reference"]
LEVELS = {
    "Sat": ["Low", "Medium", "High"], "Infl": ["Low", "Medium", "High"],
    "Type": ["Tower", "Apartment", "Atrium", "Terrace"], "Cont": ["Low", "High"],
}  # fmt: skip


def housing():
    data = pd.read_csv(CASE / "data.csv")
    return data.assign(**{c: pd.Categorical(data[c], levels, ordered=True) for c, levels in LEVELS.items()})


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_housing_as_in_r(link):
    fit = fit_ordinal(housing(), "Sat", ["Infl", "Type", "Cont"], weights="Freq", link=link)
    found = pd.concat([fit.table, fit.thresholds]).set_index("term")
    assert fit.n == 1681
    assert fit.deviance == pytest.approx(REFERENCE[link]["deviance"], rel=1e-9)
    for row in REFERENCE[link]["coef"]:
        name = row["term"]
        for column in ("Infl", "Type", "Cont"):
            name = f"{column}={name[len(column) :]}" if name.startswith(column) else name
        assert found.loc[name, "estimate"] == pytest.approx(row["Value"], rel=5e-6), name
        assert found.loc[name, "std_error"] == pytest.approx(row["Std_Error"], rel=5e-6), name


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_sureness_of_tasters_as_in_rs_clm(link):
    folder = GOLDEN / "ordinal_soup"
    theirs = json.loads((folder / "reference.json").read_text())["reference"][f"clm_{link}"]
    data = pd.read_csv(folder / "data.csv")
    fit = fit_ordinal(data, "sureness", ["product", "day"], link=link)
    found = pd.concat([fit.thresholds, fit.table])
    assert found["estimate"].tolist() == pytest.approx(theirs["estimate"], rel=5e-6, abs=1e-6)
    assert found["std_error"].tolist() == pytest.approx(theirs["std_error"], rel=5e-6)
    assert fit.log_likelihood == pytest.approx(theirs["log_likelihood"], rel=1e-10)


def answers(n=1500, slope=0.8, seed=1, n_units=15):
    rng = np.random.default_rng(seed)
    unit = rng.integers(0, n_units, n)
    x = rng.normal(size=n) + 0.3 * unit / n_units
    latent = slope * x + rng.normal(0, 0.5, n_units)[unit] + rng.logistic(size=n)
    return pd.DataFrame({"unit": unit, "x": x, "answer": 1 + np.searchsorted([-1.5, 0, 1.5], latent)})


def test_unit_effects_equal_statsmodels():
    data = answers()
    fit = fit_ordinal(data, "answer", ["x"], effects=["unit"])
    exog = pd.concat([data[["x"]], pd.get_dummies(data["unit"], drop_first=True, dtype=float)], axis=1)
    peer = OrderedModel(data["answer"], exog.to_numpy(), distr="logit").fit(
        method="bfgs", gtol=1e-9, disp=0, maxiter=500
    )
    assert fit.row("x")["estimate"] == pytest.approx(peer.params.iloc[0], rel=1e-5)
    assert fit.row("x")["std_error"] == pytest.approx(peer.bse.iloc[0], rel=1e-4)
    assert fit.log_likelihood == pytest.approx(peer.llf, rel=1e-9)


def test_average_changes_add_up_and_equal_a_brute_force():
    data = answers()
    fit = fit_ordinal(data, "answer", ["x"], cluster="unit")
    change = fit.average_change("x", step=0.5).set_index("answer")
    assert change.loc[["1", "2", "3", "4"], "estimate"].sum() == pytest.approx(0, abs=1e-10)
    cuts, slope = fit.thresholds["estimate"].to_numpy(), fit.row("x")["estimate"]

    def top(x):
        return 1 - 1 / (1 + np.exp(-(cuts[-1] - slope * x)))

    assert change.loc["4", "estimate"] == pytest.approx(
        100 * (top(data["x"] + 0.5) - top(data["x"])).mean(), rel=1e-9
    )
    # The delta method against a bootstrap of whole units.
    rng, drawn = np.random.default_rng(5), []
    parts = dict(iter(data.groupby("unit")))
    for _ in range(60):
        again = pd.concat([parts[u] for u in rng.choice(list(parts), len(parts))], ignore_index=True)
        drawn.append(
            fit_ordinal(again, "answer", ["x"])
            .average_change("x", step=0.5)
            .set_index("answer")
            .loc["4", "estimate"]
        )
    assert change.loc["4", "std_error"] == pytest.approx(np.std(drawn), rel=0.35)


@pytest.mark.parametrize(
    ("data", "how", "words"),
    [
        pytest.param(answers().assign(answer=4), {}, "the same", id="one_answer"),
        pytest.param(
            answers().assign(answer=lambda t: 1 + (t["x"] > 0)), {}, "completely|converge", id="separation"
        ),
        pytest.param(answers().assign(x=1.0), {}, "never changes|move together", id="constant_regressor"),
        pytest.param(answers().assign(unit=1), {"cluster": "unit"}, "cannot be clustered", id="one_unit"),
        pytest.param(answers().head(3), {}, "too few", id="too_few"),
        pytest.param(answers().drop(columns="x"), {}, "no column x", id="no_column"),
    ],
)
def test_what_answers_cannot_tell_is_said_in_words(data, how, words):
    with pytest.raises(ModelError, match=words):
        fit_ordinal(data, "answer", ["x"], **how)


@pytest.mark.slow
def test_slope_and_average_change_of_a_known_truth():
    inside, found = 0, []
    for seed in range(200):
        row = fit_ordinal(answers(800, seed=seed), "answer", ["x"], effects=["unit"], cluster="unit").row("x")
        inside += row["low"] <= 0.8 <= row["high"]
        found.append(row["estimate"])
    assert np.mean(found) == pytest.approx(0.8, abs=0.02)
    assert 0.88 <= inside / 200 <= 0.985
