"""Quantile regression against R's quantreg, and on data that cannot answer."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.errors import AsnError, ModelError
from asn_research.methods import fit_quantiles

CASE = GOLDEN / "quantile_engel"
FITS = json.loads((CASE / "reference.json").read_text())["reference"]["fits"]


@pytest.mark.parametrize(("errors", "key"), [("nid", "se_nid"), ("iid", "se_iid"), ("kernel", "se_ker")])
def test_food_and_income_as_in_r(errors, key):
    data = pd.read_csv(CASE / "data.csv")
    fit = fit_quantiles(data, "foodexp", ["income"], quantiles=[f["tau"] for f in FITS], errors=errors)
    for reference in FITS:
        tau = reference["tau"]
        assert fit.objectives[tau] == pytest.approx(reference["obj"], rel=1e-10)
        for term, name in (("income", "income"), ("intercept", "(Intercept)")):
            row = fit.row(term, tau)
            assert row["estimate"] == pytest.approx(reference["coef"][name], rel=1e-9)
            # R takes 1.5e-8 off the distance of two lines in any unit; ours is as small beside the outcome.
            assert row["std_error"] == pytest.approx(reference[key][name], rel=1e-6)


def waits(n=600, shift=-0.4, seed=3):
    rng = np.random.default_rng(seed)
    unit = rng.integers(0, 12, n)
    after = rng.integers(0, 2, n)
    # The change shortens long waits more than short ones.
    log_days = 1.5 + 0.02 * unit + (1 + shift * after) * rng.normal(0, 0.5, n)
    return pd.DataFrame({"unit": unit, "after": after, "log_days": log_days})


def test_a_change_of_long_waits_shows_at_the_ninetieth_percentile_only():
    fit = fit_quantiles(waits(4000), "log_days", ["after"], quantiles=(0.5, 0.9), effects=["unit"])
    assert fit.row("after", 0.5)["low"] < 0 < fit.row("after", 0.5)["high"]
    # 0.4 of the ninetieth percentile of a normal with spread 0.5.
    assert fit.row("after", 0.9)["low"] < -0.4 * 0.5 * 1.2816 < fit.row("after", 0.9)["high"]
    assert fit.row("after", 0.9)["high"] < 0


def test_clusters_can_be_drawn():
    fit = fit_quantiles(
        waits(), "log_days", ["after"], quantiles=(0.5,), errors="cluster_bootstrap", cluster="unit", draws=60
    )
    plain = fit_quantiles(waits(), "log_days", ["after"], quantiles=(0.5,))
    assert fit.n_clusters == 12
    assert 0.4 < fit.row("after", 0.5)["std_error"] / plain.row("after", 0.5)["std_error"] < 2.5


def test_whole_days_are_spread_before_their_quantiles_are_taken():
    days = waits(2000).assign(days=lambda t: np.floor(np.exp(t["log_days"])))
    fit = fit_quantiles(days, "days", ["after"], quantiles=(0.9,), jitter=True)
    assert fit.row("after", 0.9)["estimate"] == pytest.approx(-0.4 * 0.5 * 1.2816, abs=0.08)


@pytest.mark.parametrize(
    ("change", "how", "words"),
    [
        pytest.param({"log_days": 1.0}, {}, "the same everywhere", id="constant_outcome"),
        pytest.param({"after": 1}, {}, "never changes", id="constant_regressor"),
        pytest.param({}, {"quantiles": (1.5,)}, "between 0 and 1", id="no_quantile"),
        pytest.param({}, {"quantiles": (0.9999,)}, "nearer the middle", id="too_extreme"),
        pytest.param({"unit": 1}, {"errors": "cluster_bootstrap", "cluster": "unit"}, "All rows lie in one unit", id="one_cluster"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_said_in_words(change, how, words):
    with pytest.raises(AsnError, match=words):
        fit_quantiles(waits().assign(**change), "log_days", ["after"], **how)


def test_too_few_rows_are_refused():
    with pytest.raises(ModelError, match="too few"):
        fit_quantiles(waits().head(5), "log_days", ["after"])
