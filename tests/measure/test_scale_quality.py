"""Quality of the staff survey's scales by wave: verdicts, and refusals as rows."""

import numpy as np
import pandas as pd
import pytest

from asn_research.measure.scale_quality import fit_verdict, scale_invariance, scale_quality
from asn_research.methods.scales.factor import fit_factors
from asn_research.methods.scales.factor_fit import FitIndices
from asn_research.rules.scales import load_scales

RULES = load_scales()


def survey(n=300, seed=0, periods=("2026-Q2", "2026-Q3"), share=0.7):
    """Answer sheets in which each scale has a factor of its own."""
    rng = np.random.default_rng(seed)
    waves = []
    for period in periods:
        wave = pd.DataFrame({"period": period, "reporting_unit_id": rng.choice(["A", "B", "C"], n)})
        for items in RULES.scales.values():
            factor = rng.normal(size=n)
            for item in items:
                latent = np.sqrt(share) * factor + np.sqrt(1 - share) * rng.normal(size=n)
                wave[item] = np.digitize(latent, [-1.5, -0.5, 0.5, 1.5]) + 1
        waves.append(wave)
    return pd.concat(waves, ignore_index=True)


def test_good_scales_are_called_good_and_hold_over_waves():
    found = scale_quality(survey())
    assert set(found["scale_model"]["verdict"]) == {"good"}
    assert set(scale_invariance(survey())["reached"]) <= {"scalar", "strict"}
    reliability = found["scale_reliability"]
    assert (reliability["n_valid"] == reliability["n_items"]).all()
    inside = reliability["omega_low"] < reliability["omega"]
    assert (inside & (reliability["omega"] < reliability["omega_high"])).all()
    assert found["scale_items"]["loading"].between(0.7, 0.95).all()


def test_scales_that_are_one_are_named_so_and_fitted_as_one():
    answers = survey(n=500, periods=("2026-Q3",))
    rng, factor = np.random.default_rng(5), np.random.default_rng(6).normal(size=len(answers))
    for item in RULES.items["motivation"]:
        answers[item] = (
            np.digitize(0.8 * factor + 0.6 * rng.normal(size=len(answers)), [-1.5, -0.5, 0.5, 1.5]) + 1
        )
    models = scale_quality(answers)["scale_model"].set_index(["n_factors", "estimator"])["verdict"]
    assert set(models.loc[4]) == {"inseparable"}
    assert set(models.loc[3]) == {"good"}


def test_independent_answers_are_refused_as_a_row_with_the_reason():
    found = scale_quality(survey(share=0.0))
    assert set(found["scale_model"]["verdict"]) == {"refused_independent"}
    assert (found["scale_reliability"]["alpha"].abs() < 0.25).all()
    assert found["scale_reliability"]["omega"].isna().all()
    assert scale_invariance(survey(share=0.0)) is None


def test_five_respondents_give_alpha_and_no_model():
    found = scale_quality(survey(n=5, periods=("2026-Q3",)))
    assert set(found["scale_model"]["verdict"]) == {"refused_too_few"}
    assert found["scale_reliability"]["alpha"].notna().any()


def test_a_constant_item_is_not_valid_and_the_model_is_refused():
    answers = survey(periods=("2026-Q3",)).assign(psm_1=4)
    found = scale_quality(answers)
    item = found["scale_items"].set_index("item").loc["psm_1"]
    assert not item["valid"]
    assert set(found["scale_model"]["verdict"]) == {"refused_constant"}


def test_a_survey_of_some_scales_measures_those():
    answers = survey().drop(columns=list(RULES.items["motivation"]))
    assert set(scale_quality(answers)["scale_reliability"]["scale"]) == {"recognition", "fairness"}


@pytest.mark.parametrize(
    ("cfi", "rmsea", "srmr", "word"),
    [(0.95, 0.06, 0.08, "good"), (0.949, 0.06, 0.08, "acceptable"), (0.95, 0.081, 0.08, "poor"),
     (0.90, 0.08, 0.10, "acceptable"), (0.899, 0.02, 0.02, "poor")],
)  # fmt: skip
def test_limits_of_fit_are_those_of_the_rules(cfi, rmsea, srmr, word):
    indices = FitIndices(10, 5, 0.1, 100, 10, cfi, 0.9, rmsea, 0, 0.1, srmr)
    assert fit_verdict(indices) == word


def test_the_robust_row_has_the_robust_test_not_the_normal_one():
    wave = survey(periods=("2026-Q3",), seed=4)
    row = scale_quality(wave)["scale_model"].set_index("estimator").loc["robust"]
    fit = fit_factors(wave, RULES.scales, robust=True)
    assert abs(fit.robust.chi2 - fit.indices.chi2) > 1e-3
    assert row["chi2"] == pytest.approx(fit.robust.chi2)
