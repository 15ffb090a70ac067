"""Weighting against statsmodels, the wild bootstrap against brute force, power against a plain study."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.errors import ModelError
from asn_research.methods import estimate_spread, fit_panel, fit_weighting, power_table, wild_bootstrap
from asn_research.simulate import simulate_programme


def jobs():
    return pd.read_csv(GOLDEN / "mediation_jobs" / "data.csv")


def test_weighting_equals_statsmodels_treatment_effects():
    import statsmodels.api as sm
    from statsmodels.treatment.treatment_effects import TreatmentEffect

    data, names = jobs(), ["econ_hard", "sex", "age"]
    x = sm.add_constant(data[names])
    peer = TreatmentEffect(
        sm.OLS(data["depress2"], x),
        data["treat"].to_numpy(),
        results_select=sm.Logit(data["treat"], x).fit(disp=0),
    )
    table = fit_weighting(data, "depress2", "treat", names).table.set_index("term")
    for ours, theirs in (("ipw", "ipw"), ("regression", "ra"), ("aipw", "aipw")):
        row = getattr(peer, theirs)(disp=False).summary_frame().iloc[0]
        assert table.loc[ours, "estimate"] == pytest.approx(row["coef"], rel=1e-6)
        # Generalised method of moments beside influence functions: equal but for order 1/n.
        assert table.loc[ours, "std_error"] == pytest.approx(row["std err"], rel=3e-3)


def test_a_bad_outcome_model_is_saved_by_the_weights_and_the_other_way_round():
    rng = np.random.default_rng(0)
    n = 20_000
    x = rng.normal(0, 1, n)
    d = (rng.random(n) < 1 / (1 + np.exp(0.5 - 0.8 * x))).astype(float)
    data = pd.DataFrame({"x": x, "d": d, "y": 1.0 * d + np.exp(x / 1.5) + rng.normal(0, 1, n)})
    table = fit_weighting(data, "y", "d", ["x"], target="att").table.set_index("term")["estimate"]
    assert table["naive"] > 1.5
    assert table["aipw"] == pytest.approx(1.0, abs=0.06)
    assert abs(table["regression"] - 1.0) > 3 * abs(table["aipw"] - 1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda d: d.assign(treat=0), "Nobody", id="nobody"),
        pytest.param(lambda d: d.assign(treat=1), "Everybody", id="everybody"),
        pytest.param(lambda d: d.assign(depress2=1.0), "depress2 does not vary", id="constant"),
        pytest.param(
            lambda d: d.assign(age=d["treat"] * 10.0), "separate treated and untreated", id="separation"
        ),
        pytest.param(lambda d: d.assign(treat=2), "must be 1 or 0", id="coding"),
    ],
)
def test_degenerate_selection_ends_in_words(change, message):
    with pytest.raises(ModelError, match=message):
        fit_weighting(change(jobs()), "depress2", "treat", ["econ_hard", "age"])


def few(seed, n_clusters=7, slope=0.4):
    rng = np.random.default_rng(seed)
    home = np.repeat(np.arange(n_clusters), rng.integers(4, 20, n_clusters))
    x = rng.normal(0, 1, n_clusters)[home] + rng.normal(0, 1, len(home))
    y = slope * x + rng.normal(0, 0.7, n_clusters)[home] + rng.normal(0, 1, len(home))
    return pd.DataFrame({"unit": home, "t": np.arange(len(home)) % 4, "x": x, "y": y})


def by_brute_force(data, effects):
    """Refit every sign pattern on whole rows with dummies, as the textbook says it."""
    import itertools

    dummies = [pd.get_dummies(data[e], drop_first=True, dtype=float).to_numpy() for e in effects]
    rest = np.column_stack([np.ones(len(data)), *dummies])
    x, y, unit = data["x"].to_numpy(), data["y"].to_numpy(), data["unit"].to_numpy()
    full = np.column_stack([x, rest])
    fitted = rest @ np.linalg.lstsq(rest, y, rcond=None)[0]

    def t_of(values):
        inverse = np.linalg.inv(full.T @ full)
        beta = inverse @ full.T @ values
        scores = [full[unit == g].T @ (values - full @ beta)[unit == g] for g in np.unique(unit)]
        return beta[0] / np.sqrt((inverse @ sum(np.outer(s, s) for s in scores) @ inverse)[0, 0])

    own = abs(t_of(y))
    draws = [
        abs(t_of(fitted + np.array(signs)[unit] * (y - fitted)))
        for signs in itertools.product([-1, 1], repeat=len(np.unique(unit)))
    ]
    return np.mean(np.array(draws) >= own * (1 - 1e-10))


@pytest.mark.parametrize("effects", [[], ["t"], ["unit", "t"]], ids=["none", "period", "both"])
def test_the_wild_bootstrap_equals_brute_force_over_all_signs(effects):
    data = few(4)
    fit = wild_bootstrap(data, "y", ["x"], effects=effects, cluster="unit", weights="rademacher")
    assert fit.draws == 2**7
    assert fit.p_value == pytest.approx(by_brute_force(data, effects), abs=1e-12)


def test_its_t_is_the_clustered_t():
    data = few(5)
    plain = fit_panel(data, "y", ["x"], effects=["unit", "t"], cluster="unit")
    fit = wild_bootstrap(data, "y", ["x"], effects=["unit", "t"], cluster="unit", draws=99)
    assert fit.estimate == pytest.approx(plain.row("x")["estimate"], rel=1e-10)
    # Packages scale by (N-1)/(N-K) too; the bootstrap's p-value does not feel it.
    assert fit.t == pytest.approx(plain.row("x")["t"], rel=0.1)


def test_the_interval_ends_where_the_test_begins_to_refuse():
    data = few(6)
    fit = wild_bootstrap(data, "y", ["x"], cluster="unit", draws=999)
    for end in (fit.low, fit.high):
        moved = data.assign(y=data["y"] - end * data["x"])
        assert wild_bootstrap(moved, "y", ["x"], cluster="unit", draws=999).p_value == pytest.approx(
            0.05, abs=0.01
        )


def test_too_few_clusters_end_in_words():
    with pytest.raises(ModelError, match="at least four"):
        wild_bootstrap(few(1, n_clusters=3), "y", ["x"], cluster="unit")
    with pytest.raises(ModelError, match="x does not change"):
        wild_bootstrap(few(1).assign(x=1.0), "y", ["x"], effects=["unit"], cluster="unit")


@pytest.mark.slow
def test_the_wild_bootstrap_keeps_its_level_where_clustered_errors_do_not():
    wild, plain = [], []
    for seed in range(400):
        data = few(seed, slope=0.0)
        wild.append(wild_bootstrap(data, "y", ["x"], cluster="unit", draws=399, seed=seed).p_value < 0.05)
        plain.append(fit_panel(data, "y", ["x"], cluster="unit").row("x")["p_value"] < 0.05)
    # Monte Carlo error: 1.1 percentage points.
    assert np.mean(wild) <= 0.09
    assert np.mean(plain) > np.mean(wild)


def test_departments_equal_r():
    folder = GOLDEN / "attitude_departments"
    reference = json.loads((folder / "reference.json").read_text())["reference"]
    data = pd.read_csv(folder / "data.csv")
    for name in ("full", "reduced"):
        expected = {row["term"]: row for row in reference[name]["coef"]}
        fit = fit_panel(data, "rating", [term for term in expected if term != "(Intercept)"])
        for row in fit.table.itertuples():
            term = "(Intercept)" if row.term == "intercept_" else row.term
            assert row.estimate == pytest.approx(expected[term]["Estimate"], rel=1e-9)
            assert row.std_error == pytest.approx(expected[term]["Std_Error"], rel=1e-9)
            assert row.p_value == pytest.approx(expected[term]["Pr_t_"], rel=1e-7)
        assert fit.r2_within == pytest.approx(reference[name]["r2"], rel=1e-9)


def with_noise(seed=1):
    panel = simulate_programme(seed=seed, units=20, staff=15).panel
    rng = np.random.default_rng(seed)
    hours = rng.poisson(0.6, len(panel))
    panel["hours"] = pd.Series(hours, index=panel.index).groupby(panel["person_id"]).cumsum()
    return panel.rename(columns={"quarter_no": "period"})


def test_the_noise_that_was_drawn_is_found():
    spread = estimate_spread(with_noise().assign(score=lambda d: d["score"] - 0), "score", "hours")
    # Drawn: 0.5 shared by a unit in a quarter (and the programme itself), 1.5 of a person's own.
    assert spread.person_quarter_sd == pytest.approx(1.5, rel=0.05)
    assert spread.unit_quarter_sd > 0.4


def test_power_grows_with_everything_and_is_the_level_without_effect():
    spread = estimate_spread(with_noise(), "score", "hours", rating_share=0.5)
    table = power_table(spread, [0.0, 0.1], employees=(300, 600), quarters=(4, 8), raters=(1, 4), draws=120)
    nil = table.loc[table["effect"] == 0, "power"]
    assert 0.01 < nil.mean() < 0.09
    some = table.loc[table["effect"] == 0.1].set_index(["employees", "quarters", "raters"])["power"]
    assert some[600, 4, 1] > some[300, 4, 1]
    assert some[300, 8, 1] > some[300, 4, 1]
    assert table.groupby("raters")["std_error"].mean().is_monotonic_decreasing


def test_power_refuses_what_cannot_be():
    spread = estimate_spread(with_noise(), "score", "hours")
    with pytest.raises(ModelError, match="at least four units"):
        power_table(spread, [0.1], employees=(20,))
    with pytest.raises(ModelError, match="lies from 0"):
        estimate_spread(with_noise(), "score", "hours", rating_share=1.0)
    with pytest.raises(ModelError, match=r"does not change|never changes"):
        estimate_spread(with_noise().assign(hours=0.0), "score", "hours")
