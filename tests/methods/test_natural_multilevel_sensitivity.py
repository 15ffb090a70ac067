"""Natural effects, levels and sensitivity against R's mediation and published numbers, and on known truth."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.errors import ModelError
from asn_research.methods import (
    adjusted_estimates,
    fit_corrected,
    fit_multilevel_mediation,
    fit_natural_effects,
    fit_panel,
    mediation_sensitivity,
    robustness,
    specification_curve,
)

CONTROLS = ["econ_hard", "sex", "age"]


def jobs():
    reference = json.loads((GOLDEN / "mediation_jobs" / "reference.json").read_text())["reference"]
    data = pd.read_csv(GOLDEN / "mediation_jobs" / "data.csv")
    return data.assign(works=(data["work1"] == "psyemp").astype(float)), reference


@pytest.mark.parametrize(
    ("options", "name"),
    [
        pytest.param({}, "quasi_bayes_20000", id="linear"),
        pytest.param({"interaction": True}, "quasi_bayes_interaction", id="interaction"),
    ],
)
def test_quasi_bayesian_effects_equal_r_within_monte_carlo_error(options, name):
    data, reference = jobs()
    fit = fit_natural_effects(data, "treat", "job_seek", "depress2", controls=CONTROLS, draws=3000, **options)
    names = {
        "ACME_control": "indirect_control",
        "ACME_treated": "indirect_treated",
        "ADE_control": "direct_control",
    }
    for theirs, ours in names.items():
        row = fit.row(ours)
        # Means of 3,000 draws: Monte Carlo error of 0.0003 (indirect) and 0.0008 (direct); ends three times that.
        assert row["estimate"] == pytest.approx(reference[name][theirs], abs=0.003)
        assert row["low"] == pytest.approx(reference[name][f"{theirs}_ci"][0], abs=0.007)
        assert row["high"] == pytest.approx(reference[name][f"{theirs}_ci"][1], abs=0.007)


def test_a_yes_or_no_outcome_equals_r():
    data, reference = jobs()
    expected = reference["probit_outcome_work1"]
    fit = fit_natural_effects(
        data, "treat", "job_seek", "works", controls=CONTROLS, outcome_stage="probit", draws=3000
    )
    for row, theirs in zip(fit.outcome_model.itertuples(), expected["model"], strict=True):
        # R's glm stops when the deviance moves by less than 1e-8, a little sooner than here.
        assert row.estimate == pytest.approx(theirs["Estimate"], rel=1e-4)
        assert row.std_error == pytest.approx(theirs["Std_Error"], rel=1e-4)
    assert fit.row("indirect_control")["estimate"] == pytest.approx(
        expected["med"]["ACME_control"], abs=0.0003
    )
    assert fit.row("direct_control")["estimate"] == pytest.approx(expected["med"]["ADE_control"], abs=0.003)
    assert fit.row("total")["low"] == pytest.approx(expected["med"]["total_ci"][0], abs=0.006)


def test_the_curve_over_rho_equals_r():
    data, reference = jobs()
    found = mediation_sensitivity(data, "treat", "job_seek", "depress2", controls=CONTROLS, draws=50)
    np.testing.assert_allclose(found.table["indirect"], reference["sensitivity_rho"]["d0"], rtol=1e-4)
    # R looks on a grid of tenths.
    assert round(found.rho_at_zero, 1) == reference["sensitivity_rho"]["rho_at_zero"]
    assert found.r2_product_at_zero == pytest.approx(found.rho_at_zero**2)
    assert found.r2_total_at_zero < found.r2_product_at_zero


def test_a_hidden_cause_that_was_drawn_lies_where_the_curve_says():
    rng = np.random.default_rng(1)
    n = 20_000
    x, u = rng.normal(0, 1, n), rng.normal(0, 1, n)
    m = 0.5 * x + 0.6 * u + rng.normal(0, 0.8, n)
    y = 0.3 * m + 0.6 * u + rng.normal(0, 0.8, n)
    found = mediation_sensitivity(
        pd.DataFrame({"x": x, "m": m, "y": y}), "x", "m", "y", rho=[0.0, 0.36], draws=50
    )
    # The hidden cause leaves a correlation of 0.36 between the errors; the true indirect part is 0.15.
    assert found.table["indirect"][0] > 0.3
    assert found.table["indirect"][1] == pytest.approx(0.15, abs=0.02)


def test_robustness_values_of_darfur():
    # Cinelli and Hazlett (2020), table 1: t 4.18, 783 degrees; 2.2 %, 13.9 % and 7.6 %.
    found = robustness(4.18, 1.0, 783)
    assert found.partial_r2 == pytest.approx(0.022, abs=5e-4)
    assert found.robustness_value == pytest.approx(0.139, abs=5e-4)
    assert found.robustness_value_significant == pytest.approx(0.076, abs=5e-4)
    left = adjusted_estimates(0.097, 0.097 / 4.18, 783, [found.robustness_value], [found.robustness_value])
    assert left["adjusted"][0] == pytest.approx(0, abs=1e-9)


def levels(seed, units=40, staff=20):
    rng = np.random.default_rng(seed)
    home = np.repeat(np.arange(units), staff)
    xb, mb_noise = rng.normal(0, 1, units), rng.normal(0, 0.5, units)
    mb = 0.8 * xb + mb_noise
    yb = 0.7 * mb + rng.normal(0, 0.5, units)
    xw, ew, fw = (v - (np.bincount(home, v) / staff)[home] for v in rng.normal(0, 1, (3, len(home))))
    mw = 0.5 * xw + ew
    data = pd.DataFrame({"unit": home, "x": xb[home] + xw, "m": mb[home] + mw, "y": yb[home] + 0.4 * mw + fw})
    return data.assign(x_unit=xb[home], y_unit=yb[home])


def test_parts_within_and_between_units_are_kept_apart():
    found = [
        fit_multilevel_mediation(levels(seed), "x", "m", "y", unit="unit", draws=20) for seed in range(15)
    ]
    mean = {
        part: np.mean([f.row(part)["estimate"] for f in found])
        for part in ("within_indirect", "between_indirect", "mixed_indirect")
    }
    assert mean["within_indirect"] == pytest.approx(0.20, abs=0.02)
    assert mean["between_indirect"] == pytest.approx(0.56, abs=0.06)
    assert 0.25 < mean["mixed_indirect"] < 0.5


def test_the_within_part_is_the_panel_with_unit_effects():
    data = levels(3)
    a = fit_panel(data, "m", ["x"], effects=["unit"], cluster="unit").row("x")["estimate"]
    b = fit_panel(data, "y", ["m", "x"], effects=["unit"], cluster="unit").row("m")["estimate"]
    found = fit_multilevel_mediation(data, "x", "m", "y", unit="unit", draws=20)
    assert found.row("within_indirect")["estimate"] == pytest.approx(a * b, rel=1e-9)


@pytest.mark.parametrize(("design", "x", "y"), [("2-1-1", "x_unit", "y"), ("1-1-2", "x", "y_unit")])
def test_the_other_designs_speak_of_units_only(design, x, y):
    found = fit_multilevel_mediation(levels(2), x, "m", y, unit="unit", design=design, draws=200)
    assert "within_indirect" not in found.table["term"].tolist()
    row = found.row("between_indirect")
    assert row["low"] < 0.56 < row["high"]


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        pytest.param(lambda d: d.loc[d["unit"] < 5], {}, "at least ten", id="few_units"),
        pytest.param(lambda d: d.assign(m=1.0), {}, "m does not vary", id="constant"),
        pytest.param(lambda d: d, {"design": "2-1-1"}, "differs within units", id="wrong_design"),
        pytest.param(lambda d: d.assign(x=d["x_unit"]), {}, "same for all of a unit", id="no_within"),
    ],
)
def test_degenerate_levels_end_in_words(change, options, message):
    with pytest.raises(ModelError, match=message):
        fit_multilevel_mediation(change(levels(1)), "x", "m", "y", unit="unit", **options)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        pytest.param(
            lambda d: d.assign(works=1.0), {"outcome_stage": "logit"}, "works does not vary", id="constant"
        ),
        pytest.param(
            lambda d: d.assign(works=d["treat"]),
            {"outcome_stage": "logit"},
            "separates its zeros",
            id="separation",
        ),
        pytest.param(
            lambda d: d.assign(works=d["age"]), {"outcome_stage": "probit"}, "must be 0 or 1", id="coding"
        ),
        pytest.param(lambda d: d.assign(treat=1), {}, "does not vary", id="no_training"),
    ],
)
def test_degenerate_stages_end_in_words(change, options, message):
    data, _ = jobs()
    with pytest.raises(ModelError, match=message):
        fit_natural_effects(change(data), "treat", "job_seek", "works", draws=20, **options)


def noisy(seed, n=150, quarters=6):
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(n), quarters)
    trait = rng.normal(0, 1, n)[person]
    true = trait + rng.normal(0, 0.6, len(person))
    data = pd.DataFrame({"person": person, "t": np.tile(np.arange(quarters), n), "unit": person % 30})
    return data.assign(
        x=true + rng.normal(0, 0.4, len(data)), y=2 * true + 3 * trait + rng.normal(0, 1, len(data))
    )


def test_a_noisy_scale_is_corrected():
    fits = [
        fit_corrected(noisy(seed), "y", ["x"], {"x": 0.16}, effects=["person", "t"], cluster="unit", draws=20)
        for seed in range(15)
    ]
    assert np.mean([f.table["plain"][0] for f in fits]) < 1.6
    assert np.mean([f.table["estimate"][0] for f in fits]) == pytest.approx(2.0, abs=0.08)
    # 0.36 of 0.52 within persons.
    assert np.mean([f.reliability["x"] for f in fits]) == pytest.approx(0.692, abs=0.02)


def test_without_error_it_is_the_plain_panel_and_too_much_error_is_refused():
    data = noisy(1)
    found = fit_corrected(data, "y", ["x"], {}, effects=["person", "t"], cluster="unit", draws=20)
    assert found.table["estimate"][0] == pytest.approx(found.table["plain"][0], rel=1e-9)
    with pytest.raises(ModelError, match="Use a longer scale"):
        fit_corrected(data, "y", ["x"], {"x": 0.6}, effects=["person", "t"], cluster="unit")


def test_every_version_of_a_question_is_there():
    data = noisy(1).assign(z=lambda d: np.random.default_rng(0).normal(0, 1, len(d)))
    curve = specification_curve(data, "x", ["y"], ["z"], effects=[[], ["person", "t"]], cluster="unit")
    assert len(curve) == 4
    assert curve["estimate"].is_monotonic_increasing
    with pytest.raises(ModelError, match="No version"):
        specification_curve(data.assign(y=1.0), "x", ["y"], [], effects=[["person"]], cluster="unit")
