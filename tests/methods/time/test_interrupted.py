"""Interrupted time series against R, against a known truth, and on series that cannot answer."""

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from conftest import GOLDEN

from asn_research.errors import ModelError, RequestError
from asn_research.methods import before_after, fit_interrupted

CASE = GOLDEN / "its_seatbelts"
REFERENCE = json.loads((CASE / "reference.json").read_text())["reference"]
NAMES = {
    "(Intercept)": "intercept", "law": "level_change", "t": "trend", "I(law * (t - 169))": "slope_change",
    "I(sin(2 * pi * month/12))": "sin_1", "I(cos(2 * pi * month/12))": "cos_1",
    "I(sin(4 * pi * month/12))": "sin_2", "I(cos(4 * pi * month/12))": "cos_2",
    "log(kms)": "log_kms", "log(PetrolPrice)": "log_petrol",
    **{f"factor(month){k}": f"season_{k}" for k in range(2, 13)},
}  # fmt: skip


def seatbelts():
    data = pd.read_csv(CASE / "data.csv")
    return data.assign(log_kms=np.log(data["kms"]), log_petrol=np.log(data["PetrolPrice"]))


def fitted(outcome="lk", **how):
    return fit_interrupted(seatbelts(), outcome, time="t", start=170, season="month", **how)


def same(fit, reference, value="Estimate", rel=1e-6):
    table = fit.table.set_index("term")
    for row in reference:
        name = NAMES[row["term"]]
        assert table.loc[name, "estimate"] == pytest.approx(row[value], rel=rel), name
        assert table.loc[name, "std_error"] == pytest.approx(row["Std_Error"], rel=rel), name


def test_waves_as_in_r():
    same(fitted(season_as="harmonic", slope_change=False, errors="independent"), REFERENCE["seg_harmonic"])


@pytest.mark.parametrize(
    ("errors", "key"), [("independent", "seg_full"), ("newey_west", "seg_full_newey_west12")]
)
def test_level_and_slope_as_in_r(errors, key):
    fit = fitted(controls=["log_kms", "log_petrol"], errors=errors, lags=12, adjust=False)
    same(fit, [row for row in REFERENCE[key] if row["term"] != "law"])
    # R's coefficient is the jump one month before the law, where its slope term is zero.
    law = next(row for row in REFERENCE[key] if row["term"] == "law")
    jump = fit.effect_at(-1)
    assert jump["estimate"] == pytest.approx(law["Estimate"], rel=1e-6)
    assert jump["std_error"] == pytest.approx(law["Std_Error"], rel=1e-6)
    assert jump["p_value"] == pytest.approx(law["Pr_t_"], rel=1e-4)


def test_autocorrelated_errors_as_in_r():
    fit = fitted(slope_change=False, errors="ar1", restricted=False)
    same(fit, REFERENCE["gls_ar1"]["coef"], value="Value")
    assert fit.diagnostics["autocorrelation"] == pytest.approx(REFERENCE["gls_ar1"]["phi"], rel=1e-6)
    assert fit.diagnostics["log_likelihood"] == pytest.approx(REFERENCE["gls_ar1"]["logLik"], rel=1e-9)


def test_counts_as_in_r():
    fit = fitted("DriversKilled", slope_change=False, errors="quasi_poisson")
    same(fit, REFERENCE["quasipoisson_killed"]["coef"], rel=1e-5)
    assert fit.diagnostics["dispersion"] == pytest.approx(
        REFERENCE["quasipoisson_killed"]["dispersion"], rel=1e-6
    )


def test_arma_errors_as_in_r():
    fit = fit_interrupted(
        seatbelts(), "lk", time="t", start=170, controls=["log_petrol", "log_kms"], trend=False,
        slope_change=False, errors="arma", seasonal_ar=1,
    )  # fmt: skip
    reference, table = REFERENCE["arima_sar"], fit.table.set_index("term")
    # R's optimiser stopped at a likelihood 3e-7 lower, so estimates agree to a thousandth of an error.
    assert fit.diagnostics["log_likelihood"] >= reference["loglik"]
    assert fit.diagnostics["log_likelihood"] == pytest.approx(reference["loglik"], abs=1e-6)
    names = {"intercept": "intercept", "law": "level_change", "petrol": "log_petrol", "kms": "log_kms"}
    for name, term in names.items():
        estimate, error = reference["coef"][name], reference["se"][name]
        assert table.loc[term, "estimate"] == pytest.approx(estimate, abs=1e-3 * error), name
        assert table.loc[term, "std_error"] == pytest.approx(error, rel=2e-4), name
    assert fit.diagnostics["ar1"] == pytest.approx(reference["coef"]["ar1"], rel=1e-4)
    assert fit.diagnostics["seasonal_ar1"] == pytest.approx(reference["coef"]["sar1"], rel=1e-4)
    assert fit.diagnostics["ar1_std_error"] == pytest.approx(reference["se"]["ar1"], rel=1e-3)
    assert fit.diagnostics["sigma2"] == pytest.approx(reference["sigma2"], rel=1e-4)


def series(n=24, start=12, level=-0.4, slope=0.0, noise=0.0, seed=0):
    time = np.arange(n)
    after = time >= start
    y = 1 - 0.01 * time + level * after + slope * after * (time - start)
    return pd.DataFrame({"time": time, "y": y + np.random.default_rng(seed).normal(0, noise, n)})


def test_a_series_without_noise_gives_back_its_jump_and_turn():
    data = series(slope=-0.03)
    data.loc[0, "y"] += 1e-6
    fit = fit_interrupted(data, "y", time="time", start=12)
    assert fit.row("level_change")["estimate"] == pytest.approx(-0.4, abs=1e-5)
    assert fit.row("slope_change")["estimate"] == pytest.approx(-0.03, abs=1e-5)
    assert fit.average_effect()["estimate"] == pytest.approx(-0.4 - 0.03 * 5.5, abs=1e-5)
    assert (fit.fitted["observed"] - fit.fitted["counterfactual"]).iloc[-1] == pytest.approx(
        -0.4 - 0.03 * 11, abs=1e-5
    )


def test_the_bare_difference_takes_the_trend_for_an_effect():
    data = series(level=0.0, noise=0.02)
    naive = before_after(data, "y", time="time", start=12)
    fit = fit_interrupted(data, "y", time="time", start=12, slope_change=False)
    assert naive["high"] < 0
    assert fit.row("level_change")["low"] < 0 < fit.row("level_change")["high"]


@pytest.mark.parametrize(
    ("data", "start", "words"),
    [
        pytest.param(series(), 2, "2 periods lie before the change; at least 3", id="no_time_before"),
        pytest.param(series(), 23, "1 periods lie after the change; at least 2", id="one_quarter_after"),
        pytest.param(series().assign(y=1.0), 12, "the same everywhere", id="constant_outcome"),
        pytest.param(series().drop(index=5), 12, "periods are missing", id="a_gap"),
        pytest.param(pd.concat([series(), series().tail(1)]), 12, "stands twice", id="a_period_twice"),
        pytest.param(series(n=6, start=3), 3, "too few for 4 terms|^$", id="too_short"),
    ],
)  # fmt: skip
def test_what_a_series_cannot_answer_is_said_in_words(data, start, words):
    if words.endswith("|^$"):
        data = data.iloc[:5]
        words = "too few for 4 terms"
    with pytest.raises(ModelError, match=words):
        fit_interrupted(data, "y", time="time", start=start)


def test_a_missing_column_is_named():
    with pytest.raises(ModelError, match="no column z"):
        fit_interrupted(series(), "y", time="time", start=12, controls=["z"])


def test_input_is_not_changed():
    data = series(noise=0.1)
    before = data.copy(deep=True)
    fit_interrupted(data, "y", time="time", start=12)
    pd.testing.assert_frame_equal(data, before)


@pytest.mark.parametrize("errors", ["quasi_poisson", "poisson"])
def test_rates_are_compared_where_an_exposure_is_told(errors):
    data = seatbelts()
    how = {"time": "t", "start": 170, "slope_change": False, "errors": errors}
    fit = fit_interrupted(data, "DriversKilled", exposure="kms", **how)
    after = (data["t"] >= 170).astype(float)
    peer = sm.GLM(
        data["DriversKilled"], sm.add_constant(pd.DataFrame({"after": after, "t": data["t"]})),
        family=sm.families.Poisson(), exposure=data["kms"],
    ).fit(scale="X2" if errors == "quasi_poisson" else None, tol=1e-12)  # fmt: skip
    assert fit.row("level_change")["estimate"] == pytest.approx(peer.params["after"], rel=1e-8)
    assert fit.row("level_change")["std_error"] == pytest.approx(peer.bse["after"], rel=1e-8)
    assert fit.fitted["fitted"].to_numpy() == pytest.approx(peer.fittedvalues.to_numpy(), rel=1e-8)
    assert ("z" in fit.table) == (errors == "poisson")
    # Any unit of exposure gives the same change.
    moved = fit_interrupted(data.assign(kms=1e6 * data["kms"]), "DriversKilled", exposure="kms", **how)
    assert moved.row("level_change")["estimate"] == pytest.approx(peer.params["after"], rel=1e-7)


def test_an_exposure_that_would_not_be_used_is_refused():
    with pytest.raises(RequestError, match="makes no use of exposure=kms"):
        fitted(exposure="kms")
    data = seatbelts().assign(kms=0)
    with pytest.raises(ModelError, match="values of nil or less"):
        fit_interrupted(data, "DriversKilled", time="t", start=170, exposure="kms", errors="poisson")
