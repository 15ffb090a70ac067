"""The same model by a formula here and by statsmodels, side by side; how far they may lie apart is said."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from methods.estimator_cases import answers, panel
from statsmodels.miscmodels.ordinal_model import OrderedModel

from asn_research import methods
from asn_research.errors import RequestError
from asn_research.methods import fit_counts, fit_logit, fit_panel
from asn_research.methods.causal.propensity_weights import logit
from asn_research.methods.panel import within_between


def data():
    frame = panel()
    frame["g"] = frame["person"].mod(3).map({0: "a", 1: "b", 2: "c"})
    return frame.assign(
        w=1.0 + frame["person"] % 4, n=(frame["y"] - frame["y"].min()).round().astype(int) % 7
    )


def by_name(fit):
    """Return estimates and errors of a fit here, the constant first, as statsmodels has it."""
    rows = pd.concat([fit.table.tail(1), fit.table.iloc[:-1]])
    return rows["estimate"].to_numpy(), rows["std_error"].to_numpy()


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({}, {}),
        ({"errors": "HC1"}, {"cov_type": "HC1"}),
        ({"errors": "HC2"}, {"cov_type": "HC2"}),
        ({"errors": "HC3"}, {"cov_type": "HC3"}),
        ({"cluster": "unit"}, {"cov_type": "cluster"}),
    ],
)
def test_least_squares(weights, ours, theirs):
    frame = data()
    fit = fit_panel("y ~ m*C(g) + x", frame, weights=weights, **ours)
    theirs = dict(theirs, cov_kwds={"groups": frame["unit"]}) if "cluster" in ours else theirs
    how = {"use_t": True, **theirs} if theirs else {}
    formula = "y ~ m*C(g) + x"
    model = smf.ols(formula, frame) if weights is None else smf.wls(formula, frame, weights=frame["w"])
    peer = model.fit(**how)
    order = ["Intercept", "m", "C(g)[T.b]", "C(g)[T.c]", "x", "m:C(g)[T.b]", "m:C(g)[T.c]"]
    estimate, error = by_name(fit)
    assert estimate == pytest.approx(peer.params[order].to_numpy(), rel=1e-9)
    assert error == pytest.approx(peer.bse[order].to_numpy(), rel=1e-9)
    assert fit.table["p_value"].iloc[0] == pytest.approx(peer.pvalues["m"], rel=1e-7)
    own = fit.to_statsmodels()
    assert own.params.to_numpy() == pytest.approx(estimate, rel=1e-9)
    assert own.bse.to_numpy() == pytest.approx(error, rel=1e-9)
    assert fit.r2_within == pytest.approx(peer.rsquared, rel=1e-10)


def test_fixed_effects_but_for_the_dummies_that_statsmodels_counts():
    frame = data()
    fit = fit_panel("y ~ m + x | person + period", frame, cluster="unit")
    peer = smf.ols("y ~ m + x + C(person) + C(period)", frame).fit(
        cov_type="cluster", cov_kwds={"groups": frame["unit"]}, use_t=True
    )
    own = fit.to_statsmodels()
    # Persons lie in one unit each: their 59 dummies are among statsmodels' parameters and not among ours.
    n, k_all, k_ours = 300, 2 + 60 + 4, 2 + 1 + 4
    factor = np.sqrt((n - k_ours) / (n - k_all))
    for found in (peer, own):
        assert found.params[["m", "x"]].to_numpy() == pytest.approx(
            fit.table["estimate"].to_numpy(), rel=1e-9
        )
        assert found.bse[["m", "x"]].to_numpy() == pytest.approx(
            factor * fit.table["std_error"].to_numpy(), rel=1e-9
        )


def test_what_statsmodels_cannot_do_is_said():
    frame = data()
    with pytest.raises(RequestError, match="no CR2 errors"):
        fit_panel("y ~ m", frame, cluster="unit", errors="CR2").to_statsmodels()
    many = pd.DataFrame(
        {"y": np.sin(np.arange(1204.0)), "x": np.cos(np.arange(1204.0)), "g": np.arange(1204) // 2}
    )
    with pytest.raises(RequestError, match="needs a column for each effect, and there are 602"):
        fit_panel("y ~ x | g", many).to_statsmodels()


@pytest.mark.parametrize("cluster", [None, "unit"])
def test_logistic_regression(cluster):
    frame = data()
    fit = fit_logit("d ~ z + x", frame, cluster=cluster)
    how = {"cov_type": "cluster", "cov_kwds": {"groups": frame["unit"]}} if cluster else {}
    peer = smf.glm("d ~ z + x", frame, family=sm.families.Binomial()).fit(tol=1e-12, **how)
    estimate, error = by_name(fit)
    assert estimate == pytest.approx(peer.params.to_numpy(), rel=1e-8)
    assert error == pytest.approx(peer.bse.to_numpy(), rel=1e-8)
    assert fit.to_statsmodels().bse.to_numpy() == pytest.approx(error, rel=1e-8)


@pytest.mark.parametrize(("family", "scale"), [("poisson", None), ("quasi_poisson", "X2")])
def test_counts_with_exposure(family, scale):
    frame = data()
    fit = fit_counts("n ~ z + x", frame, exposure="w", family=family)
    peer = smf.glm("n ~ z + x", frame, exposure=frame["w"], family=sm.families.Poisson()).fit(
        scale=scale, tol=1e-12
    )
    estimate, error = by_name(fit)
    assert estimate == pytest.approx(peer.params.to_numpy(), rel=1e-8)
    assert error == pytest.approx(peer.bse.to_numpy(), rel=1e-8)
    assert fit.to_statsmodels().bse.to_numpy() == pytest.approx(error, rel=1e-8)


def test_a_mixed_model():
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(40), 6)
    frame = pd.DataFrame({"group": group, "x": rng.normal(size=240), "z": rng.normal(size=240)})
    frame["y"] = (
        2 + 0.5 * frame["x"] - 0.3 * frame["z"] + rng.normal(0, 0.8, 40)[group] + rng.normal(size=240)
    )
    fit = methods.fit_crossed("y ~ x + z + (1 | group)", frame)
    peer = smf.mixedlm("y ~ x + z", frame, groups=frame["group"]).fit(reml=True, method="bfgs", gtol=1e-10)
    # Two optimisers of one criterion.
    assert fit.table["estimate"].to_numpy() == pytest.approx(peer.fe_params.to_numpy(), abs=1e-4 * 0.07)
    assert fit.log_likelihood == pytest.approx(peer.llf, rel=1e-9)
    assert fit.sd("group") ** 2 == pytest.approx(peer.cov_re.iloc[0, 0], rel=1e-4)
    # Errors here take the spreads as known, as lme4's: the fixed block of statsmodels' own curvature.
    curve = peer.model.hessian(peer.params_object)[0]
    assert fit.table["std_error"].to_numpy() == pytest.approx(
        np.diag(np.linalg.inv(-curve[:3, :3])) ** 0.5, rel=1e-5
    )
    # statsmodels counts the spreads' error too, and its errors are a little larger.
    assert 1 < (peer.bse_fe.to_numpy() / fit.table["std_error"].to_numpy()).max() < 1.01


def test_within_and_between():
    frame = data()
    fit = within_between.fit_within_between("y ~ x | person", frame)
    mean = frame.groupby("person")["x"].transform("mean")
    parts = frame.assign(within=frame["x"] - mean, between=mean)
    peer = smf.mixedlm("y ~ within + between", parts, groups=parts["person"]).fit(
        reml=True, gtol=1e-10, method="bfgs"
    )
    assert (
        np.abs(fit.table["estimate"].to_numpy() - peer.fe_params.to_numpy()).max()
        < 1e-4 * fit.table["std_error"].min()
    )


def test_ordered_answers():
    frame = answers()
    fit = methods.fit_ordinal("grade ~ x + criterion", frame)
    y = pd.Series(pd.Categorical(frame["grade"], ordered=True))
    x = frame[["x"]].assign(b=(frame["criterion"] == "b").astype(float))
    peer = OrderedModel(y, x, distr="logit").fit(method="bfgs", disp=False, gtol=1e-8, maxiter=1000)
    # statsmodels stops at its own tolerance: 1e-5.
    assert fit.table["estimate"].to_numpy() == pytest.approx(peer.params[["x", "b"]].to_numpy(), rel=1e-5)
    assert fit.table["std_error"].to_numpy() == pytest.approx(peer.bse[["x", "b"]].to_numpy(), rel=1e-4)
    assert fit.log_likelihood == pytest.approx(peer.llf, rel=1e-9)
    assert fit.to_statsmodels().params.iloc[:2].to_numpy() == pytest.approx(
        fit.table["estimate"].to_numpy(), rel=1e-5
    )


@pytest.mark.parametrize("q", [0.5, 0.8])
def test_quantiles(q):
    frame = data()
    fit = methods.fit_quantiles("y ~ m + x", frame, quantiles=(q,))
    peer = smf.quantreg("y ~ m + x", frame).fit(q=q, max_iter=10_000, p_tol=1e-10)
    # Ours is exact, by linear programming; statsmodels goes there by steps.
    assert fit.table["estimate"].to_numpy() == pytest.approx(peer.params.to_numpy(), rel=1e-4, abs=1e-5)
    assert fit.to_statsmodels(q).params.to_numpy() == pytest.approx(
        peer.params.to_numpy(), rel=1e-4, abs=1e-5
    )


def test_propensities_are_statsmodels_own():
    frame = data()
    x = np.column_stack([np.ones(len(frame)), frame[["z", "x"]]])
    beta, inverse = logit(x, frame["d"].to_numpy())
    peer = smf.logit("d ~ z + x", frame).fit(disp=False, tol=1e-12)
    assert beta == pytest.approx(peer.params.to_numpy(), rel=1e-10)
    assert inverse == pytest.approx(peer.cov_params().to_numpy(), rel=1e-8)
