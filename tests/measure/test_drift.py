"""Drift tests against published examples, scipy and statsmodels; planted drift found, none invented."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests

from asn_research.measure.drift import (
    compare_clustered_means,
    compare_means,
    compare_shares,
    corrected_p_values,
    drift_by_period,
    is_filled,
)
from asn_research.rules.regulations import load_rules

RULE = load_rules()["quality"].drift
# Student's (1908) sleep data; R's help page of t.test prints the numbers asserted below.
DRUG_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
DRUG_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def rows_of(counts):
    """Codes and periods of a 2 x k table of counts."""
    codes = np.concatenate([np.repeat(np.arange(len(row)), row) for row in counts])
    return codes, np.repeat([False, True], [sum(row) for row in counts])


def test_welch_gives_students_sleep_data():
    found = compare_means(DRUG_2, DRUG_1)
    assert found.statistic == pytest.approx(-1.8608, abs=5e-5)
    assert found.df == pytest.approx(17.776, abs=5e-4)
    assert found.p_value == pytest.approx(0.07939, abs=5e-6)


def test_shares_give_agrestis_party_by_gender():
    # Agresti (2007), An Introduction to Categorical Data Analysis, p. 39: X2 = 30.07, p = 2.954e-07.
    found = compare_shares(*rows_of([[762, 327, 468], [484, 239, 477]]))
    assert found.statistic == pytest.approx(30.07, abs=5e-3)
    assert found.p_value == pytest.approx(2.954e-07, rel=5e-4)


def test_false_discoveries_are_those_of_benjamini_and_hochberg():
    # Benjamini & Hochberg (1995), section 4.1: four of fifteen hypotheses at 0.05.
    p = pd.Series([0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
                   0.6528, 0.7590, 1.0000])  # fmt: skip
    assert (corrected_p_values(p, "fdr_bh") <= 0.05).sum() == 4
    assert (corrected_p_values(p, "holm") <= 0.05).sum() == 3


@pytest.mark.parametrize("method", ["fdr_bh", "holm"])
def test_corrections_equal_statsmodels_and_pass_over_what_was_not_tested(method):
    p = pd.Series(np.random.default_rng(3).uniform(size=40) ** 3)
    p[5] = np.nan
    expected = multipletests(p.dropna(), method=method)[1]
    found = corrected_p_values(p, method)
    np.testing.assert_allclose(found.dropna(), expected, rtol=1e-12)
    assert np.isnan(found[5])


def test_clustered_means_equal_the_sandwich_of_statsmodels():
    rng = np.random.default_rng(5)
    cluster = rng.integers(0, 25, 900)
    is_now = rng.random(900) < 0.45
    values = rng.normal(size=900) + rng.normal(size=25)[cluster] + 0.1 * is_now
    found = compare_clustered_means(values, is_now, cluster)
    fit = sm.OLS(values, sm.add_constant(is_now.astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True
    )
    assert found.now - found.before == pytest.approx(fit.params[1], rel=1e-10)
    assert found.statistic == pytest.approx(fit.tvalues[1], rel=1e-8)


@pytest.mark.shared
def test_clustered_means_equal_statsmodels_on_petersens_firms(shared):
    """Real firms of one size; the reference here is statsmodels, not a published number."""
    folder = shared / "known_answer" / "cluster_se_petersen"
    data = pd.read_csv(next(folder.glob("*.csv")))
    cluster = pd.factorize(data["firm"])[0]
    is_now = (data["year"] > data["year"].median()).to_numpy()
    found = compare_clustered_means(data["y"].to_numpy(), is_now, cluster)
    fit = sm.OLS(data["y"], sm.add_constant(is_now.astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True
    )
    assert found.statistic == pytest.approx(fit.tvalues.iloc[1], rel=1e-8)
    # Clusters of one size lose no degrees of freedom.
    assert found.df == pytest.approx(len(np.unique(cluster)) - 1)


def test_shares_of_rows_that_are_their_own_clusters_are_pearsons():
    codes, is_now = rows_of([[400, 300, 200], [350, 340, 260]])
    plain = compare_shares(codes, is_now)
    alone = compare_shares(codes, is_now, np.arange(len(codes)))
    assert (plain.n_clusters, alone.n_clusters) == (0, len(codes))
    table = [[400, 300, 200], [350, 340, 260]]
    assert plain.p_value == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue, rel=1e-10)
    assert alone.p_value == pytest.approx(plain.p_value, rel=0.05)


def test_rows_copied_in_their_cluster_add_no_evidence():
    codes, is_now = rows_of([[40, 30], [28, 42]])
    once = compare_shares(codes, is_now, np.arange(len(codes)))
    five = compare_shares(np.tile(codes, 5), np.tile(is_now, 5), np.tile(np.arange(len(codes)), 5))
    assert five.p_value == pytest.approx(once.p_value, rel=0.05)
    assert compare_shares(np.tile(codes, 5), np.tile(is_now, 5)).p_value < once.p_value / 100


def city(rng, *, n=1600, offices=30, change=0.0, uneven=0.0):
    """Two quarters of answers; offices differ lastingly and from quarter to quarter."""
    sizes = np.exp(uneven * rng.normal(size=offices))
    office = rng.choice(offices, n, p=sizes / sizes.sum())
    is_now = rng.random(n) < 0.5
    level = (
        rng.normal(0, 0.4, offices)[office] + rng.normal(0, 0.15, (2, offices))[is_now.astype(int), office]
    )
    columns = {"requirements": np.clip(np.rint(3 + level + rng.normal(0, 0.7, n)), 1, 4)}
    for name in ("procedure", "time", "cost", "product", "competence", "conduct"):
        columns[name] = np.clip(np.rint(3 + level + rng.normal(0, 0.7, n)), 1, 4)
    chance = 0.5 + 0.3 * np.tanh(level) + change * is_now
    return pd.DataFrame({
        "period": np.where(is_now, "2026-Q2", "2026-Q1"), "reporting_unit_id": office.astype(str), **columns,
        "sex": np.where(rng.random(n) < chance, "f", "m"),
        "education": rng.choice(["primary", "upper_secondary", "bachelor"], n, p=[0.3, 0.5, 0.2]),
    })  # fmt: skip


def test_a_planted_change_of_shares_is_found_and_only_it():
    found = drift_by_period({"citizen_feedback": city(np.random.default_rng(1), change=0.18)}, RULE)
    drifted = found[found["is_drift"]]
    assert drifted[["column", "test_kind"]].to_numpy().tolist() == [["sex", "shares"]]
    assert drifted["effect"].iloc[0] == pytest.approx(18, abs=6)


def test_nothing_is_found_where_nothing_changed():
    assert not drift_by_period({"citizen_feedback": city(np.random.default_rng(2))}, RULE)["is_drift"].any()


def test_cells_that_went_missing_are_found():
    table = city(np.random.default_rng(3))
    gone = (table["period"] == "2026-Q2") & (np.random.default_rng(4).random(len(table)) < 0.3)
    table["cost"] = table["cost"].mask(gone)
    found = drift_by_period({"citizen_feedback": table}, RULE).query("is_drift")
    assert found[["column", "test_kind"]].to_numpy().tolist() == [["cost", "missing"]]
    assert found["before"].iloc[0] == 0
    assert found["now"].iloc[0] == pytest.approx(30, abs=3)


def test_with_very_many_rows_a_trifle_is_no_drift():
    rng = np.random.default_rng(6)
    table = city(rng, n=200_000, offices=40)
    now = table["period"] == "2026-Q2"
    table["education"] = np.where(now & (rng.random(len(table)) < 0.02), "primary", table["education"])
    row = drift_by_period({"citizen_feedback": table}, RULE).query(
        "column == 'education' and test_kind == 'shares'"
    )
    assert row["p_adjusted"].item() < 1e-4
    assert not row["is_drift"].item()


def test_few_rows_few_offices_and_constant_columns_are_handled():
    few = city(np.random.default_rng(7), n=40)
    assert drift_by_period({"citizen_feedback": few}, RULE).empty
    one = city(np.random.default_rng(8), offices=1).assign(cost=4)
    found = drift_by_period({"citizen_feedback": one}, RULE)
    assert (found["n_clusters"] == 0).all()
    assert found.query("column == 'cost'")["p_value"].isna().all()
    assert drift_by_period({}, RULE).empty


@pytest.mark.parametrize(
    ("values", "filled"),
    [
        (pd.Series(["a", "", None], dtype="str"), [True, False, False]),
        (pd.Series(["a", "", None], dtype="category"), [True, False, False]),
        (pd.Series([0, None, 2], dtype="Int64"), [True, False, True]),
        (pd.Series([0.0, np.nan]), [True, False]),
        (pd.Series([False, None], dtype="boolean"), [True, False]),
        (pd.Series(pd.to_datetime(["2026-01-01", None])), [True, False]),
        (pd.Series([1, "", None], dtype="object"), [True, False, False]),
    ],
)
def test_blank_text_and_missing_values_are_nothing_filled_in(values, filled):
    assert is_filled(values).tolist() == filled


def test_input_is_not_changed():
    table = city(np.random.default_rng(9))
    before = table.copy(deep=True)
    drift_by_period({"citizen_feedback": table}, RULE)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("offices", "uneven"),
    [pytest.param(30, 0.3, id="many_alike"), pytest.param(14, 0.8, id="few_uneven")],
)
@pytest.mark.longest
def test_false_alarms_come_as_often_as_stated(offices, uneven):
    runs = 400
    singles, families, named = {}, 0, 0
    for seed in range(runs):
        found = drift_by_period(
            {"citizen_feedback": city(np.random.default_rng(seed), offices=offices, uneven=uneven)}, RULE
        )
        for kind, group in found.groupby("test_kind"):
            singles.setdefault(kind, []).append((group["p_value"] < 0.05).mean())
        families += bool((found["p_adjusted"] <= RULE.level).any())
        named += bool(found["is_drift"].any())
    # A share of 400 runs near 5 % has a standard error of 1.1 points.
    for kind, seen in singles.items():
        assert 0.025 < np.mean(seen) < 0.075, (kind, np.mean(seen))
    assert families / runs < 0.085, families
    assert named <= families
    print({k: np.mean(v) for k, v in singles.items()}, families / runs, named / runs)
