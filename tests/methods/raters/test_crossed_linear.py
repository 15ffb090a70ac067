"""Crossed random effects against R's lme4, and on data whose truth is known."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.errors import ModelError
from asn_research.methods import fit_crossed, profile_fixed, satterthwaite, spread_intervals


def case(folder):
    reference = json.loads((folder / "reference.json").read_text())["reference"]
    return pd.read_csv(folder / "data.csv"), reference


def sleep(**options):
    data, reference = case(GOLDEN / "lmm_sleepstudy")
    return fit_crossed(data, "Reaction", fixed=["Days"], random=["Subject"], **options), reference


def same(fit, reference, rel=1e-5):
    # Our optimum is at or below lme4's criterion; lme4 stops a little before.
    assert fit.criterion == pytest.approx(reference["REMLcrit_or_deviance"], abs=1e-6)
    for ours, row in zip(fit.table.itertuples(), reference["fixef"], strict=True):
        assert ours.estimate == pytest.approx(row["Estimate"], rel=1e-8)
        assert ours.std_error == pytest.approx(row["Std_Error"], rel=5 * rel)
    assert relative_factors(fit) == pytest.approx(list(reference["theta"].values()), rel=6 * rel)


def relative_factors(fit):
    """Theta as lme4 counts it, of slopes in the units of their columns."""
    found = []
    for term, factor in zip(fit.model.terms, fit.model.factors(fit.theta), strict=True):
        places = term.triangle if term.correlated else np.diag_indices(term.width)
        found += (factor / term.units[:, None])[places].tolist()
    return found


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("random_slope_REML", {"slopes": {"Subject": ["Days"]}}),
        ("random_slope_ML", {"slopes": {"Subject": ["Days"]}, "reml": False}),
        ("uncorrelated_REML", {"slopes": {"Subject": ["Days"]}, "correlated": False}),
        ("random_intercept_REML", {}),
    ],
)
def test_sleepstudy_of_lme4(name, options):
    fit, reference = sleep(**options)
    same(fit, reference[name])
    assert fit.log_likelihood == pytest.approx(reference[name]["logLik"], abs=1e-6)


def test_variances_and_predicted_effects_of_sleepstudy():
    fit, reference = sleep(slopes={"Subject": ["Days"]})
    expected = {(r["grp"], r["var1"], r["var2"]): r for r in reference["random_slope_REML"]["varcorr"]}
    covariance = fit.covariances["Subject"]
    assert covariance[0, 0] == pytest.approx(expected["Subject", "(Intercept)", None]["vcov"], rel=5e-5)
    assert covariance[1, 1] == pytest.approx(expected["Subject", "Days", None]["vcov"], rel=5e-5)
    assert covariance[0, 1] == pytest.approx(expected["Subject", "(Intercept)", "Days"]["vcov"], rel=5e-5)
    assert fit.sigma == pytest.approx(expected["Residual", None, None]["sdcor"], rel=5e-5)
    effects = fit.effects("Subject").pivot_table(index="Subject", columns="effect", values="estimate")
    for row in reference["random_slope_REML"]["ranef"]["Subject"]:
        ours = effects.loc[int(row["group"])]
        assert ours["intercept"] == pytest.approx(row["_Intercept_"], abs=5e-4)
        assert ours["Days"] == pytest.approx(row["Days"], abs=2e-4)


def test_degrees_of_freedom_of_lmer_test():
    fit, reference = sleep(slopes={"Subject": ["Days"]})
    for ours, row in zip(satterthwaite(fit).itertuples(), reference["satterthwaite"], strict=True):
        assert ours.df == pytest.approx(row["df"], rel=1e-3)
        assert ours.t == pytest.approx(row["t_value"], rel=1e-5)


@pytest.mark.parametrize("way", ["REML", "ML"])
def test_penicillin_of_lme4(way):
    data, reference = case(GOLDEN / "lmm_penicillin")
    theirs = reference[way]
    fit = fit_crossed(data, "diameter", random=["plate", "sample"], reml=way == "REML")
    assert fit.criterion == pytest.approx(theirs["criterion"], abs=1e-6)
    assert fit.row("intercept")["estimate"] == pytest.approx(theirs["estimate"], rel=1e-8)
    assert fit.row("intercept")["std_error"] == pytest.approx(theirs["std_error"], rel=5e-5)
    for group, sd in theirs["sd"].items():
        assert fit.sd(group.replace("Residual", "residual")) == pytest.approx(sd, rel=5e-5), group
    samples = fit.effects("sample").set_index("sample")["estimate"]
    assert len(samples) == 6
    for sample, effect in theirs["sample"].items():
        assert samples[sample] == pytest.approx(effect, abs=2e-5), sample


@pytest.mark.slow
def test_profile_intervals_of_lme4():
    fit, reference = sleep(slopes={"Subject": ["Days"]})
    expected = [(row["2_5_"], row["97_5_"]) for row in reference["profile_ci_ML"]]
    found = spread_intervals(fit)
    assert found["effect"].tolist() == ["intercept", "intercept~Days", "Days", "intercept"]
    for ours, (low, high) in zip(found.itertuples(), expected[:4], strict=True):
        assert ours.low == pytest.approx(low, rel=1e-4)
        assert ours.high == pytest.approx(high, rel=1e-4)
    for term, ends in zip(("intercept", "Days"), expected[4:], strict=True):
        assert profile_fixed(fit, term) == pytest.approx(ends, rel=1e-5)


def test_raters_of_writing_tasks():
    data, reference = case(GOLDEN / "rater_ratings1_mfrm")
    reference = reference["lmm"]
    long = data.melt(["idstud", "rater"], var_name="item", value_name="score")
    fit = fit_crossed(long, "score", fixed=["item"], random=["idstud", "rater"])
    assert fit.n == reference["n"]
    names = {"p": "idstud", "Residual": "residual"}
    for row in reference["varcorr"]:
        assert fit.sd(names.get(row["grp"], row["grp"])) == pytest.approx(row["sdcor"], rel=1e-4)
    for ours, row in zip(fit.table.itertuples(), reference["fixef"], strict=True):
        assert ours.estimate == pytest.approx(row["Estimate"], rel=1e-4)
        assert ours.std_error == pytest.approx(row["Std_Error"], rel=1e-4)
    severities = fit.effects("rater").set_index("rater")["estimate"]
    for row in reference["rater_ranef"]:
        assert severities[row["rater"]] == pytest.approx(row["_Intercept_"], abs=2e-5)
    raw = long.groupby("rater")["score"].mean()
    assert raw["db01"] == pytest.approx(reference["rater_raw_mean"]["db01"])


def crossed(seed, n_persons=60, n_raters=15, per_person=3, n_criteria=3, rater_sd=3.0, unit_sd=0.0):
    """Ratings by raters who are drawn for each person: crossed, and linked."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(n_persons), per_person * n_criteria)
    rater = np.concatenate([np.repeat(rng.choice(n_raters, per_person, replace=False), n_criteria) for _ in range(n_persons)])  # fmt: skip
    criterion = np.tile(np.arange(n_criteria), n_persons * per_person)
    truth = rng.normal(0, rater_sd, n_raters)
    score = (
        70
        + np.array([0, 5, -5])[criterion]
        + truth[rater]
        + rng.normal(0, 4, n_persons)[person]
        + rng.normal(0, unit_sd, 4)[person % 4]
        + rng.normal(0, 3, len(person))
    )
    frame = pd.DataFrame({"score": score, "person": person, "rater": rater, "unit": person % 4})
    return frame.assign(criterion=np.array(["a", "b", "c"])[criterion]), truth


def fit(frame, **options):
    return fit_crossed(frame, "score", fixed=["criterion"], random=["person", "rater"], **options)


def test_the_sparse_path_gives_what_dense_algebra_gives():
    # The textbook's likelihood, with the whole covariance matrix inverted.
    frame, _ = crossed(1, n_persons=12, n_raters=5)
    found = fit(frame, reml=False)
    x = np.column_stack([np.ones(len(frame)), frame["criterion"] == "b", frame["criterion"] == "c"])
    covariance = found.sigma**2 * np.eye(len(frame))
    for group in ("person", "rater"):
        z = pd.get_dummies(frame[group]).to_numpy(float)
        covariance += found.sd(group) ** 2 * z @ z.T
    inverse = np.linalg.inv(covariance)
    beta = np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ frame["score"])
    rest = frame["score"].to_numpy() - x @ beta
    dense = len(frame) * np.log(2 * np.pi) + np.linalg.slogdet(covariance)[1] + rest @ inverse @ rest
    assert found.criterion == pytest.approx(dense, rel=1e-10)
    assert found.table["estimate"].tolist() == pytest.approx(beta.tolist(), rel=1e-8)
    z = pd.get_dummies(frame["rater"]).to_numpy(float)
    predicted = found.sd("rater") ** 2 * z.T @ inverse @ rest
    conditional = np.diag(found.sd("rater") ** 2 * np.eye(5)) - _explained(found, frame, z, "person")
    assert found.effects("rater")["estimate"].tolist() == pytest.approx(predicted.tolist(), rel=1e-6)
    known = found.effects("rater", conditional=True)["sd"]
    assert known.tolist() == pytest.approx(np.sqrt(conditional).tolist(), rel=1e-6)
    # Henderson: the error of prediction, the fixed effects estimated.
    projection = inverse - inverse @ x @ np.linalg.solve(x.T @ inverse @ x, x.T @ inverse)
    variance = found.sd("rater") ** 2
    error = np.diag(variance * np.eye(5) - variance**2 * z.T @ projection @ z)
    assert found.effects("rater")["sd"].tolist() == pytest.approx(np.sqrt(error).tolist(), rel=1e-6)


def _explained(found, frame, z, other):
    covariance = found.sigma**2 * np.eye(len(frame)) + found.sd("rater") ** 2 * z @ z.T
    w = pd.get_dummies(frame[other]).to_numpy(float)
    covariance += found.sd(other) ** 2 * w @ w.T
    return np.diag(found.sd("rater") ** 4 * z.T @ np.linalg.inv(covariance) @ z)


def test_nested_and_crossed_factors_together():
    # Occasions lie within persons: both are eliminated by themselves before raters are met.
    frame, _ = crossed(2, n_persons=80)
    frame["occasion"] = frame["person"].astype(str) + "/" + frame["rater"].astype(str)
    frame["score"] += np.random.default_rng(0).normal(0, 2, 240)[pd.factorize(frame["occasion"])[0]]
    found = fit_crossed(frame, "score", fixed=["criterion"], random=["occasion", "person", "rater"])
    assert found.sd("occasion") == pytest.approx(2, abs=0.5)
    assert found.converged
    assert len(found.effects("occasion")) == 240


def test_a_spread_of_zero_is_said_in_words():
    frame, _ = crossed(3, rater_sd=0.0, n_raters=6)
    # Once raters' means are taken out beside all else, no rater differs even by chance.
    dummies = pd.get_dummies(frame[["person", "criterion", "rater"]].astype(str)).to_numpy(float)
    noise = np.random.default_rng(5).normal(0, 3, len(frame))
    noise -= dummies @ np.linalg.lstsq(dummies, noise, rcond=None)[0]
    frame["score"] = noise + np.random.default_rng(6).normal(0, 4, 60)[frame["person"]]
    found = fit(frame)
    assert found.sd("rater") == 0
    assert "exactly zero" in found.notes[0]
    assert "does not prove" in found.summary()
    assert found.effects("rater")["estimate"].abs().max() == 0


@pytest.mark.parametrize("method", ["profile", "wald", "bootstrap"])
def test_intervals_by_every_method_hold_the_estimate(method):
    frame, _ = crossed(4, n_persons=15, n_raters=6)
    found = fit_crossed(frame, "score", fixed=["criterion"], random=["rater"])
    table = spread_intervals(found, method=method, draws=15)
    assert (table["low"] < table["sd"]).all()
    assert (table["sd"] < table["high"]).all()


def test_profile_and_wald_intervals_agree_where_there_is_much_to_see():
    frame, _ = crossed(4, n_persons=40, n_raters=30)
    found = fit_crossed(frame, "score", fixed=["criterion"], random=["rater"], reml=False)
    profile, wald = spread_intervals(found), spread_intervals(found, method="wald")
    assert profile["high"].to_numpy() == pytest.approx(wald["high"].to_numpy(), rel=0.03)


def test_severities_are_found_and_a_raw_mean_is_worse():
    errors, naive = [], []
    for seed in range(8):
        frame, truth = crossed(seed)
        estimate = fit(frame).effects("rater")["estimate"].to_numpy()
        seen = np.sort(frame["rater"].unique())
        raw = frame.groupby("rater")["score"].mean().to_numpy()
        errors.append(np.mean((estimate - truth[seen] + truth[seen].mean()) ** 2))
        naive.append(np.mean((raw - raw.mean() - truth[seen] + truth[seen].mean()) ** 2))
    assert np.mean(errors) < 0.5 * np.mean(naive)


def test_missing_rows_are_counted_and_input_stays():
    frame, _ = crossed(5)
    frame.loc[[0, 9], "score"] = np.nan
    before = frame.copy(deep=True)
    found = fit(frame)
    assert (found.n, found.n_missing) == (len(frame) - 2, 2)
    pd.testing.assert_frame_equal(frame, before)


def test_the_order_of_rows_does_not_matter():
    frame, _ = crossed(6)
    shuffled = frame.sample(frac=1, random_state=1)
    assert fit(shuffled).criterion == pytest.approx(fit(frame).criterion, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda d: d.drop(columns="rater"), "no column rater", id="no_column"),
        pytest.param(lambda d: d.assign(score=3.0), "same in every row", id="constant_outcome"),
        pytest.param(lambda d: d.assign(rater=1), "only one rater", id="one_rater"),
        pytest.param(lambda d: d.assign(rater=range(len(d))), "Ratings must repeat", id="a_rater_each"),
        pytest.param(lambda d: d.assign(criterion="a"), "same criterion.*leave it out", id="one_criterion"),
        pytest.param(lambda d: d.iloc[:2], "too few", id="two_rows"),
        pytest.param(lambda d: d.assign(score=np.nan), "too few", id="all_missing"),
        pytest.param(
            lambda d: d.assign(score=d["person"] + 10.0 * d["rater"]), "without remainder", id="no_noise"
        ),
        pytest.param(lambda d: d.assign(person="office " + d["rater"].astype(str)), "told apart", id="twins"),
    ],
)
def test_degenerate_data_end_in_words(change, message):
    frame, _ = crossed(7, n_persons=12, n_raters=5)
    with pytest.raises(ModelError, match=message):
        fit(change(frame))


def test_a_unit_of_three_can_be_fitted_or_is_refused_in_words():
    frame, _ = crossed(8, n_persons=3, n_raters=3)
    found = fit(frame)
    assert np.isfinite(found.table["std_error"]).all()


def test_a_factor_that_is_not_there_is_named():
    frame, _ = crossed(9)
    with pytest.raises(ModelError, match="no random effects of unit; it has"):
        fit(frame).effects("unit")
    with pytest.raises(ModelError, match="at least one factor"):
        fit_crossed(frame, "score", random=[])


@pytest.mark.longest
def test_coverage_of_spreads_and_severities_over_200_seeds():
    sd_covered, effect_covered, sds = [], [], []
    for seed in range(200):
        frame, truth = crossed(seed)
        found = fit(frame)
        row = spread_intervals(found, method="wald").set_index("group").loc["rater"]
        sds.append(row["sd"])
        sd_covered.append(row["low"] <= 3 <= row["high"])
        effects = found.effects("rater")
        inside = (effects["low"] <= truth[effects["rater"]]) & (truth[effects["rater"]] <= effects["high"])
        effect_covered.append(inside.mean())
    # Monte Carlo errors: 0.04 points and 1.5 percentage points.
    assert np.sqrt(np.mean(np.square(sds))) == pytest.approx(3, abs=0.15)
    assert 0.90 <= np.mean(sd_covered) <= 0.99
    # The variances are taken as known, which costs a little.
    assert 0.91 <= np.mean(effect_covered) <= 0.97
