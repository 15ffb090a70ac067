"""Panel regression against R, and on data whose truth is known."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN, ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research.errors import ModelError
from asn_research.methods import fit_panel
from asn_research.methods.panel.two_way_clusters import fit_two_way_clustered


def case(name):
    reference = json.loads((GOLDEN / name / "reference.json").read_text())["reference"]
    return pd.read_csv(GOLDEN / name / "data.csv"), reference


def same(fit, reference, terms=None, rel=1e-7):
    table = fit.table.set_index("term")
    for row in reference:
        name = (terms or {}).get(row["term"], row["term"])
        assert table.loc[name, "estimate"] == pytest.approx(row["Estimate"], rel=rel), name
        assert table.loc[name, "std_error"] == pytest.approx(row["Std_Error"], rel=rel), name


def civil_service():
    folder = ROOT / "notebooks" / "data" / "uk_csps"
    data, reference = (
        pd.read_csv(folder / "organisations.csv"),
        json.loads((folder / "reference.json").read_text())["reference"],
    )
    # The reference keeps organisations seen in at least five years.
    return data.loc[data.groupby("organisation")["year"].transform("size") >= 5], reference


def test_training_and_engagement_in_133_real_organisations():
    data, reference = civil_service()
    fit = fit_panel(
        data, "engagement", ["learning"], effects=["organisation", "year"], cluster="organisation"
    )
    assert (fit.n, fit.n_clusters) == (1355, 133)
    same(fit, reference["twoway_fe"])
    row = fit.row("learning")
    assert row["estimate"] == pytest.approx(0.571870886437872, rel=1e-8)
    assert row["std_error"] == pytest.approx(0.0243971235836169, rel=1e-7)
    assert row["p_value"] == pytest.approx(reference["twoway_fe"][0]["Pr_t_"], rel=1e-6)


def test_one_way_effects_and_none_on_real_organisations():
    data, reference = civil_service()
    same(
        fit_panel(data, "engagement", ["learning"], effects=["organisation"], cluster="organisation"),
        reference["org_fe"],
    )
    pooled = fit_panel(data, "engagement", ["learning"], cluster="organisation")
    same(pooled, reference["pooled"], {"(Intercept)": "intercept_"})


def test_all_themes_together_on_real_organisations():
    data, reference = civil_service()
    full = reference["twoway_fe_full"]
    terms = [row["term"] for row in full["coef"]]
    fit = fit_panel(data, "engagement", terms, effects=["organisation", "year"], cluster="organisation")
    assert fit.n == full["n"]
    same(fit, full["coef"])


def test_training_grants_and_scrap_rates():
    # Wooldridge, Example 14.1: published -.252 (.151) and -.422 (.210).
    data, reference = case("training_jtrain_panel")
    terms = ["d88", "d89", "grant", "grant_1"]
    plain = fit_panel(data, "lscrap", terms, effects=["fcode"])
    clustered = fit_panel(data, "lscrap", terms, effects=["fcode"], cluster="fcode")
    assert plain.n == reference["fe_lscrap"]["n"]
    assert plain.r2_within == pytest.approx(reference["fe_lscrap"]["rsq_within"], rel=1e-9)
    same(plain, reference["fe_lscrap"]["coef"])
    same(clustered, reference["fe_lscrap"]["cluster"])
    assert plain.row("grant")["estimate"] == pytest.approx(-0.252, abs=5e-4)
    assert plain.row("grant_1")["std_error"] == pytest.approx(0.210, abs=5e-4)


def test_difference_in_differences_of_fixest():
    data, reference = case("did_fixest_base")
    data = data.assign(**{"treat:post": data["treat"] * data["post"]})
    effects = ["id", "period"]
    same(
        fit_panel(data, "y", ["x1", "treat:post"], effects=effects, cluster="id"), reference["did_cluster_id"]
    )
    same(fit_panel(data, "y", ["x1", "treat:post"], effects=effects), reference["did_iid"])


def test_petersens_data(shared):
    folder = shared / "known_answer" / "cluster_se_petersen"
    data, reference = (
        pd.read_csv(folder / "data.csv"),
        json.loads((folder / "reference.json").read_text())["reference"],
    )
    for cluster in ("firm", "year"):
        row = fit_panel(data, "y", ["x"], cluster=cluster).row("x")
        assert row["estimate"] == pytest.approx(reference["coef"]["x"], rel=1e-9)
        assert row["std_error"] == pytest.approx(reference[f"cluster_{cluster}"]["x"], rel=1e-9)
    assert fit_panel(data, "y", ["x"]).row("x")["std_error"] == pytest.approx(
        reference["se_iid"]["x"], rel=1e-9
    )
    both = fit_two_way_clustered(data, "y", ["x"], ("firm", "year")).table.set_index("term")["std_error"]
    assert both["x"] == pytest.approx(reference["cluster_firm_year"]["x"], rel=1e-9)
    assert both["intercept_"] == pytest.approx(reference["cluster_firm_year"]["(Intercept)"], rel=1e-9)


def test_two_way_errors_refuse_what_does_not_add_up():
    # A chessboard of errors: they cancel in every row and column, but not in the squares.
    a, b = np.divmod(np.arange(16), 4)
    data = pd.DataFrame({"a": a, "b": b, "x": a - 1.5, "y": (-1.0) ** (a + b)})
    with pytest.raises(ModelError, match="Cluster by the larger unit"):
        fit_two_way_clustered(data, "y", ["x"], ("a", "b"))


def panel(seed, n_entities=60, n_periods=6, effect=0.3, selection=0.8, n_clusters=20):
    """Units whose lasting merit raises both training and outcome: a naive look overstates training."""
    rng = np.random.default_rng(seed)
    merit = rng.normal(0, 1, n_entities)
    home = np.arange(n_entities) % n_clusters
    rows = pd.MultiIndex.from_product(
        [range(n_entities), range(n_periods)], names=["entity", "period"]
    ).to_frame(index=False)
    shock = rng.normal(0, 0.4, (n_clusters, n_periods))[home[rows["entity"]], rows["period"]]
    x = selection * merit[rows["entity"]] + rng.normal(0, 1, len(rows)) + 0.2 * rows["period"]
    y = effect * x + merit[rows["entity"]] + 0.5 * rows["period"] + shock + rng.normal(0, 1, len(rows))
    return rows.assign(cluster=home[rows["entity"]], x=x, y=y)


def fit(data, **options):
    return fit_panel(data, "y", ["x"], effects=["entity", "period"], cluster="cluster", **options)


def test_effects_undo_the_selection_that_misleads_a_naive_look():
    naive = np.mean([fit_panel(panel(s), "y", ["x"]).row("x")["estimate"] for s in range(20)])
    within = np.mean([fit(panel(s)).row("x")["estimate"] for s in range(20)])
    assert naive > 0.5
    assert within == pytest.approx(0.3, abs=0.03)


@pytest.mark.slow
def test_bias_and_coverage_over_400_seeds():
    rows = [fit(panel(seed)).row("x") for seed in range(400)]
    bias = np.mean([row["estimate"] - 0.3 for row in rows])
    covered = np.mean([row["low"] <= 0.3 <= row["high"] for row in rows])
    # Monte Carlo errors: 0.003 and 1.1 percentage points.
    assert abs(bias) < 0.01
    assert 0.92 <= covered <= 0.975


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.floats(-50, 50), st.floats(-50, 50))
def test_constants_of_entities_and_periods_change_nothing(seed, a, b):
    data = panel(seed, n_entities=12, n_periods=4, n_clusters=6)
    moved = data.assign(y=data["y"] + a * data["entity"] + b * data["period"])
    pd.testing.assert_frame_equal(fit(data).table, fit(moved).table, rtol=1e-5, atol=1e-7)


def test_the_order_of_rows_does_not_matter():
    data = panel(1)
    pd.testing.assert_frame_equal(fit(data).table, fit(data.sample(frac=1, random_state=1)).table)


def test_missing_and_lone_rows_are_counted():
    data = panel(2)
    data.loc[[0, 7], "y"] = np.nan
    lone = pd.DataFrame({"entity": [999], "period": [0], "cluster": [1], "x": [1.0], "y": [1.0]})
    found = fit(pd.concat([data, lone], ignore_index=True))
    assert (found.n_missing, found.n_singletons, found.n) == (2, 1, len(data) - 2)


def test_input_is_not_changed():
    data = panel(3)
    before = data.copy(deep=True)
    fit(data)
    pd.testing.assert_frame_equal(data, before)


def test_the_summary_names_its_convention():
    text = fit(panel(4)).summary()
    assert "Clusters: 20" in text
    assert text.splitlines()[0].strip() == "y ~ x | entity + period"
    assert "R fixest" in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda d: d.drop(columns="x"), "no column x", id="no_column"),
        pytest.param(lambda d: d.assign(y=1.0), "y does not change", id="constant_outcome"),
        pytest.param(
            lambda d: d.assign(x=d["entity"] * 1.0),
            "x does not change beyond the effects of entity",
            id="no_variation",
        ),
        pytest.param(lambda d: d.loc[d["period"] == 0], "too few", id="one_period"),
        pytest.param(lambda d: d.assign(y=np.nan), "too few", id="all_missing"),
        pytest.param(lambda d: d.assign(cluster=1), "All rows lie in one cluster", id="one_cluster"),
    ],
)
def test_degenerate_data_end_in_words(change, message):
    with pytest.raises(ModelError, match=message):
        fit(change(panel(5)))


def test_regressors_that_move_together_are_named():
    data = panel(6).assign(z=lambda d: 2 * d["x"])
    with pytest.raises(ModelError, match="x, z move together"):
        fit_panel(data, "y", ["x", "z"], effects=["entity", "period"], cluster="cluster")


def test_few_clusters_carry_a_note():
    assert "too narrow" in fit(panel(7, n_clusters=4)).notes[0]
