"""Cumulative-link models against R's ordinal, and on data whose truth is known."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research.errors import ModelError
from asn_research.methods import fit_crossed_ordinal, likelihood_ratio
from asn_research.methods.raters.laplace import Laplace
from asn_research.methods.raters.terms import build_frame

REFERENCE = json.loads((GOLDEN / "ordinal_rater_wine" / "reference.json").read_text())["reference"]


def wine():
    return pd.read_csv(GOLDEN / "ordinal_rater_wine" / "data.csv")


def fit(frame=None, **options):
    return fit_crossed_ordinal(
        wine() if frame is None else frame, "rating", fixed=["temp", "contact"], **options
    )


def same(found, reference, rel):
    for ours, row in zip(found.table.itertuples(), reference, strict=True):
        assert ours.estimate == pytest.approx(row["Estimate"], rel=rel), row["term"]
        assert ours.std_error == pytest.approx(row["Std_Error"], rel=10 * rel), row["term"]


def test_clm_of_wine():
    found = fit()
    same(found, REFERENCE["clm"]["coef"], 1e-8)
    assert found.log_likelihood == pytest.approx(REFERENCE["clm"]["logLik"], abs=1e-9)
    assert found.aic == pytest.approx(REFERENCE["clm"]["AIC"], abs=1e-8)


def test_clmm_of_wine_by_laplace():
    found, reference = fit(random=["judge"]), REFERENCE["clmm_laplace"]
    # R's inner iterations end a little early: its log-likelihood is 3e-6 above ours.
    same(found, reference["coef"], 2e-5)
    assert found.log_likelihood == pytest.approx(reference["logLik"], abs=1e-5)
    assert found.variances.loc[0, "variance"] == pytest.approx(reference["judge_var"], rel=5e-5)
    judges = found.effects("judge")
    assert judges["estimate"].tolist() == pytest.approx(list(reference["judge_effects"].values()), abs=5e-5)
    assert (judges["sd"] ** 2).tolist() == pytest.approx(reference["judge_cond_var"], rel=1e-4)


def soup():
    folder = GOLDEN / "ordinal_soup"
    data = pd.read_csv(folder / "data.csv")
    return data, json.loads((folder / "reference.json").read_text())["reference"]


SLOPES = {"slopes": {"taster": ["product"]}}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("clm_logit", {}),
        ("clm_probit", {"link": "probit"}),
        ("clmm", {"random": ["taster"]}),
        ("clmm_slopes", {"random": ["taster"], **SLOPES}),
        ("clmm_slopes_probit", {"random": ["taster"], **SLOPES, "link": "probit"}),
    ],
)
def test_tasters_of_soup_as_in_rs_ordinal(name, options):
    data, reference = soup()
    theirs = reference[name]
    found = fit_crossed_ordinal(data, "sureness", fixed=["product", "day"], **options)
    # R ends a little before the optimum: by 3e-4 of a standard error at most.
    assert found.table["estimate"].tolist() == pytest.approx(theirs["estimate"], rel=5e-5, abs=4e-5)
    assert found.table["std_error"].tolist() == pytest.approx(theirs["std_error"], rel=1e-4)
    assert found.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=2e-4)
    if "covariance" in theirs:
        covariance = found.covariances["taster"]
        assert covariance == pytest.approx(np.array(theirs["covariance"]), rel=2e-4)


@pytest.mark.parametrize(("name", "correlated"), [("glmer_slopes", True), ("glmer_uncorrelated", False)])
def test_a_mixed_logit_as_in_lme4(name, correlated):
    data, reference = soup()
    data, theirs = data.assign(sure=(data["sureness"] >= 5).astype(int)), reference[name]
    found = fit_crossed_ordinal(
        data, "sure", fixed=["product", "day"], random=["taster"], **SLOPES, correlated=correlated
    )
    # The constant of a logit is the threshold with the other sign.
    ours = found.table["estimate"].to_numpy() * [-1, 1, 1]
    assert ours.tolist() == pytest.approx(theirs["estimate"], rel=1e-4)
    assert found.table["std_error"].tolist() == pytest.approx(theirs["std_error"], rel=1e-4)
    assert found.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=1e-5)
    assert found.variances["sd"].tolist() == pytest.approx(theirs["sd"], rel=1e-4)
    covariance = found.covariances["taster"]
    correlation = [covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])]
    assert correlation == pytest.approx([theirs["correlation"] or 0], abs=1e-4)


def varying():
    folder = GOLDEN / "ordinal_slopes_simulated"
    data = pd.read_csv(folder / "data.csv")
    data = data.assign(tens=(data["hours"] - 20) / 10, high=(data["answer"] >= 3).astype(int))
    return data, json.loads((folder / "reference.json").read_text())["reference"]


@pytest.mark.parametrize(
    ("name", "outcome", "hours"), [("clmm", "answer", "tens"), ("glmer", "high", "hours")]
)
def test_slopes_of_persons_crossed_with_raters_as_in_r(name, outcome, hours):
    data, reference = varying()
    theirs = reference[name]
    found = fit_crossed_ordinal(f"{outcome} ~ {hours} + (1 + {hours} | person) + (1 | rater)", data)
    signs = [-1, 1] if name == "glmer" else 1
    ours = found.table["estimate"].to_numpy() * signs
    assert ours.tolist() == pytest.approx(theirs["estimate"], rel=1e-4)
    assert found.table["std_error"].tolist() == pytest.approx(theirs["std_error"], rel=1e-4)
    assert found.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=1e-5)
    assert found.covariances["person"] == pytest.approx(np.array(theirs["person"]), rel=1e-4)
    assert found.covariances["rater"][0, 0] == pytest.approx(theirs["rater"], rel=1e-4)
    if "slopes" in theirs:
        effects = found.effects("person").query("effect == 'hours'")
        assert effects["estimate"].tolist() == pytest.approx(theirs["slopes"], abs=1e-6)


def test_the_origin_and_unit_of_a_slope_do_not_matter():
    # R's clmm stops 0.35 below this likelihood where hours stand as they are.
    data, _ = varying()
    formula = "answer ~ hours + (1 + hours | person) + (1 | rater)"
    plain = fit_crossed_ordinal(formula, data)
    for moved in (2020 + 1e-4 * data["hours"], 1e6 * data["hours"]):
        found = fit_crossed_ordinal(formula, data.assign(hours=moved))
        assert found.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-8)
        assert found.converged
        assert len(found.notes) == len(plain.notes)
    tens = fit_crossed_ordinal(formula.replace("hours", "tens"), data)
    assert tens.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-8)
    row, other = (
        fit.variances.set_index("effect").loc[name] for fit, name in ((plain, "hours"), (tens, "tens"))
    )
    ends = ["sd", "sd_low", "sd_high"]
    assert (10 * row[ends]).tolist() == pytest.approx(other[ends].tolist(), rel=1e-5)


def test_slopes_without_spread_are_left_out_and_said():
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"person": np.repeat(np.arange(40), 6), "x": np.tile(np.arange(6.0), 40)})
    # On everybody x acts alike, and chance within a person is less than a logistic draw's.
    latent = 1.5 * rng.normal(size=40)[data["person"]] + 0.5 * data["x"] + rng.normal(size=240)
    data["grade"] = np.searchsorted([0.5, 2.0], latent)
    found = fit_crossed_ordinal("grade ~ x + (1 + x | person)", data, correlated=False)
    zero = found.variances.query("at_boundary")
    assert zero["effect"].tolist() == ["x"]
    assert zero["sd"].tolist() == [0.0]
    assert "the spread of slopes of x is estimated as exactly zero" in found.notes[0]
    same = fit_crossed_ordinal("grade ~ x + (1 | person)", data)
    assert found.log_likelihood == pytest.approx(same.log_likelihood, abs=1e-6)
    assert found.aic == pytest.approx(same.aic + 2, abs=1e-5)


def test_judges_matter_by_the_likelihood_ratio():
    ratio, row = likelihood_ratio(fit(random=["judge"]), fit()), REFERENCE["lrt"][1]
    assert ratio["statistic"] == pytest.approx(row["LR_stat"], rel=1e-5)
    assert ratio["p_value"] == pytest.approx(row["Pr_Chisq_"], rel=1e-4)
    with pytest.raises(ModelError, match="swap them"):
        likelihood_ratio(fit(), fit(random=["judge"]))


@pytest.mark.parametrize(("link", "correlated"), [("logit", True), ("probit", True), ("logit", False)])
def test_the_gradient_with_slopes_is_that_of_the_likelihood(link, correlated):
    frame = soup()[0].query("taster <= 20").assign(y=lambda d: d["sureness"] - 1)
    data = build_frame(
        frame, "y", ["product"], ["taster", "day"], slopes={"taster": ["product", "day"]},
        correlated=correlated, intercept=False,
    )  # fmt: skip
    model = Laplace(data, 6, link)
    spreads = [-0.2, 0.3, -0.1, -0.6, 0.2, -0.4] if correlated else [-0.2, -0.6, -0.4]
    place = np.array([-1.6, -0.7, -0.2, 0.1, 0.9, 0.8, *spreads, -0.9])
    _, gradient = model(place)
    steps = np.eye(len(place)) * 1e-5
    numeric = [(model(place + s)[0] - model(place - s)[0]) / 2e-5 for s in steps]
    assert gradient == pytest.approx(np.array(numeric), abs=2e-5)


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_the_gradient_is_that_of_the_likelihood(link):
    frame = wine().assign(y=lambda d: d["rating"] - 1)
    model = Laplace(
        build_frame(frame, "y", ["temp", "contact"], ["judge", "bottle"], intercept=False), 5, link
    )
    place = np.array([-1.6, 1.5, 4.2, 6.1, 3.0, 1.8, 0.1, -0.5])
    _, gradient = model(place)
    steps = np.eye(len(place)) * 1e-5
    numeric = [(model(place + s)[0] - model(place - s)[0]) / 2e-5 for s in steps]
    assert gradient == pytest.approx(np.array(numeric), abs=2e-5)


def test_the_approximation_agrees_with_a_full_integral():
    # R's adaptive quadrature with ten points.
    found, reference = fit(random=["judge"]), REFERENCE["clmm_agq10"]
    assert found.log_likelihood == pytest.approx(reference["logLik"], abs=0.05)
    assert found.variances.loc[0, "variance"] == pytest.approx(reference["judge_var"], rel=0.01)


def answers(seed, n_persons=80, n_raters=12, per_person=4, rater_sd=1.0, effect=0.8):
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(n_persons), per_person)
    rater = np.concatenate([rng.choice(n_raters, per_person, replace=False) for _ in range(n_persons)])
    x = rng.normal(size=len(person))
    latent = effect * x + rng.normal(0, rater_sd, n_raters)[rater] + rng.logistic(size=len(person))
    grade = np.array(["poor", "good", "best"])[np.searchsorted([-1.0, 1.5], latent)]
    return pd.DataFrame({"grade": grade, "x": x, "rater": rater, "person": person})


ORDER = ["poor", "good", "best"]


def test_words_are_put_in_the_order_given():
    found = fit_crossed_ordinal(answers(1), "grade", fixed=["x"], random=["rater"], order=ORDER)
    assert found.table["term"].tolist() == ["poor|good", "good|best", "x"]
    assert found.row("x")["estimate"] == pytest.approx(0.8, abs=0.4)
    with pytest.raises(ModelError, match="does not name: best"):
        fit_crossed_ordinal(answers(1), "grade", fixed=["x"], order=ORDER[:2])


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 500))
def test_turning_the_scale_round_turns_the_effects_round(seed):
    frame = answers(seed, n_persons=30)
    up = fit_crossed_ordinal(frame, "grade", fixed=["x"], order=ORDER)
    down = fit_crossed_ordinal(frame, "grade", fixed=["x"], order=ORDER[::-1])
    assert up.row("x")["estimate"] == pytest.approx(-down.row("x")["estimate"], abs=1e-6)
    assert up.log_likelihood == pytest.approx(down.log_likelihood, abs=1e-7)


def test_a_spread_of_zero_is_said_in_words():
    frame = answers(2, rater_sd=0.0)
    frame["rater"] = np.arange(len(frame)) % 12
    found = fit_crossed_ordinal(frame, "grade", fixed=["x"], random=["rater"], order=ORDER)
    if found.variances.loc[0, "at_boundary"]:
        assert "exactly zero" in found.notes[0]
    else:
        assert found.variances.loc[0, "sd"] < 0.5


def test_separation_is_named():
    frame = answers(3)
    frame["told"] = np.where(frame["grade"] == "poor", "yes", "no")
    with pytest.raises(ModelError, match="told=yes parts the answers without a single exception"):
        fit_crossed_ordinal(frame, "grade", fixed=["told"], order=ORDER)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda d: d.drop(columns="grade"), "no column grade", id="no_column"),
        pytest.param(lambda d: d.assign(grade="good"), "same in every row", id="constant_outcome"),
        pytest.param(lambda d: d.assign(rater=1), "only one rater", id="one_rater"),
        pytest.param(lambda d: d.assign(x=1.0), "x is the same in every row", id="no_variation"),
    ],
)
def test_degenerate_data_end_in_words(change, message):
    with pytest.raises(ModelError, match=message):
        fit_crossed_ordinal(change(answers(4)), "grade", fixed=["x"], random=["rater"], order=ORDER)


def test_no_random_effects_of_what_was_not_asked():
    with pytest.raises(ModelError, match="no random effects of judge; it has none"):
        fit().effects("judge")


def test_the_summary_says_how_it_was_fitted():
    assert "Laplace approximation" in fit(random=["judge"]).summary()
    assert "maximum likelihood" in fit().summary()


@pytest.mark.longest
def test_bias_and_coverage_over_200_seeds():
    effects, covered, sds = [], [], []
    for seed in range(200):
        found = fit_crossed_ordinal(answers(seed), "grade", fixed=["x"], random=["rater"], order=ORDER)
        row = found.row("x")
        effects.append(row["estimate"])
        covered.append(row["low"] <= 0.8 <= row["high"])
        sds.append(found.variances.loc[0, "sd"])
    # Monte Carlo errors: 0.009, 1.5 percentage points, 0.02.
    assert np.mean(effects) == pytest.approx(0.8, abs=0.03)
    assert 0.90 <= np.mean(covered) <= 0.99
    # Maximum likelihood draws the spread of twelve raters down by some percent.
    assert 0.85 <= np.mean(sds) <= 1.02


def varied(seed, n_persons=150, each=8):
    """Yes or no, and an ordered answer, of persons whose slopes differ."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(n_persons), each)
    x = rng.normal(size=len(person))
    own = rng.normal(size=(n_persons, 2)) @ np.linalg.cholesky([[1.0, 0.3], [0.3, 0.5]]).T
    latent = own[person, 0] + (0.7 + own[person, 1]) * x + rng.logistic(size=len(person))
    answer = np.searchsorted([-1.2, 0.0, 1.5], latent)
    return pd.DataFrame({"person": person, "x": x, "answer": answer, "high": (answer >= 2).astype(int)})


@pytest.mark.longest
@pytest.mark.parametrize("outcome", ["answer", "high"])
def test_slopes_of_known_truth_over_200_seeds(outcome):
    truth = {"x": 0.7, "intercept": 1.0, "slope": np.sqrt(0.5)}
    found = {name: [] for name in truth}
    covered = {name: [] for name in truth}
    for seed in range(200):
        fit = fit_crossed_ordinal(f"{outcome} ~ x + (1 + x | person)", varied(seed))
        row = fit.row("x")
        spreads = fit.variances.set_index("effect")
        for name, value, low, high in (
            ("x", *row[["estimate", "low", "high"]]),
            ("intercept", *spreads.loc["intercept", ["sd", "sd_low", "sd_high"]]),
            ("slope", *spreads.loc["x", ["sd", "sd_low", "sd_high"]]),
        ):
            found[name].append(value)
            covered[name].append(low <= truth[name] <= high)
    for name, value in truth.items():
        bias, share = np.mean(found[name]) - value, np.mean(covered[name])
        print(f"{outcome} {name}: bias {bias:+.4f}, coverage {100 * share:.1f} %")
        # The Laplace approximation draws spreads down, most with yes and no.
        assert abs(bias) < (0.06 if outcome == "answer" else 0.12), name
        assert share >= (0.92 if outcome == "answer" else 0.88), name
