import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.clean import open_processed
from asn_research.errors import ModelError, RuleError
from asn_research.measure import measure_city
from asn_research.methods import fit_mediation
from asn_research.rules.claims import OUTCOMES, causal_verb, load_sentences
from asn_research.show.findings import finding_text
from asn_research.study import Claim, claims_from, load_specs, run_study, study_run
from asn_research.study.registry import estimator_of
from asn_research.study.study_claims import check_sentences, load_answers, says_nothing


def jobs():
    reference = json.loads((GOLDEN / "mediation_jobs" / "reference.json").read_text())["reference"]
    return pd.read_csv(GOLDEN / "mediation_jobs" / "data.csv"), reference


def test_the_job_search_experiment_equals_r():
    data, reference = jobs()
    fit = fit_mediation(
        data, "treat", "job_seek", "depress2", controls=["econ_hard", "sex", "age"], draws=4000
    )
    assert fit.row("indirect")["estimate"] == pytest.approx(reference["product_ab"], rel=1e-9)
    assert fit.row("direct")["estimate"] == pytest.approx(reference["direct_effect"], rel=1e-9)
    assert fit.row("total")["estimate"] == pytest.approx(reference["total_effect"], rel=1e-9)
    assert fit.sobel_std_error == pytest.approx(reference["sobel_se"], rel=1e-9)
    assert fit.sobel_z == pytest.approx(reference["sobel_z"], rel=1e-9)
    for stage, name in ((fit.mediator_fit, "mediator_model"), (fit.outcome_fit, "outcome_model")):
        table = stage.table.set_index("term")
        for row in reference[name]:
            term = "intercept_" if row["term"] == "(Intercept)" else row["term"]
            assert table.loc[term, "estimate"] == pytest.approx(row["Estimate"], rel=1e-8)
            assert table.loc[term, "std_error"] == pytest.approx(row["Std_Error"], rel=1e-8)


def test_the_bootstrap_interval_agrees_with_rs_within_monte_carlo_error():
    data, reference = jobs()
    fit = fit_mediation(
        data, "treat", "job_seek", "depress2", controls=["econ_hard", "sex", "age"], draws=4000
    )
    low, high = reference["nonparam_boot_5000_percentile"]["ACME_control_ci"]
    # Quantiles of 4,000 and 5,000 draws: Monte Carlo error about 0.001 each.
    assert fit.row("indirect")["low"] == pytest.approx(low, abs=0.003)
    assert fit.row("indirect")["high"] == pytest.approx(high, abs=0.003)


def world(seed, a=0.4, b=0.5, direct=0.2, n_clusters=30, per=5, periods=4):
    rng = np.random.default_rng(seed)
    n = n_clusters * per
    rows = pd.MultiIndex.from_product([range(n), range(periods)], names=["person", "period"]).to_frame(
        index=False
    )
    merit, home = rng.normal(0, 1, n), np.arange(n) % n_clusters
    x = 0.6 * merit[rows["person"]] + rng.normal(0, 1, len(rows))
    shock = rng.normal(0, 0.3, (n_clusters, periods))[home[rows["person"]], rows["period"]]
    m = a * x + merit[rows["person"]] + shock + rng.normal(0, 1, len(rows))
    y = b * m + direct * x + merit[rows["person"]] + rng.normal(0, 1, len(rows))
    return rows.assign(cluster=home[rows["person"]], x=x, m=m, y=y)


def mediate(seed, draws=300):
    return fit_mediation(
        world(seed), "x", "m", "y", effects=["person", "period"], cluster="cluster", draws=draws
    )


def test_known_paths_are_found():
    indirect = np.mean([mediate(seed, draws=20).row("indirect")["estimate"] for seed in range(15)])
    assert indirect == pytest.approx(0.2, abs=0.02)


@pytest.mark.slow
def test_the_indirect_interval_covers():
    covered = np.mean(
        [(r := mediate(seed).row("indirect"))["low"] <= 0.2 <= r["high"] for seed in range(300)]
    )
    # Monte Carlo error: 1.3 percentage points. Percentile intervals of 30 clusters run a little narrow.
    assert 0.90 <= covered <= 0.98


def test_the_same_seed_gives_the_same_interval():
    pd.testing.assert_frame_equal(mediate(1).table, mediate(1).table)


def test_direct_and_indirect_add_up_even_with_missing_values():
    data = world(2)
    data.loc[::7, "m"] = np.nan
    fit = fit_mediation(data, "x", "m", "y", effects=["person", "period"], cluster="cluster", draws=50)
    parts = fit.table.set_index("term")["estimate"]
    assert parts["total"] == pytest.approx(parts["direct"] + parts["indirect"])
    assert fit.mediator_fit.n == fit.outcome_fit.n


def test_a_missing_column_is_named():
    with pytest.raises(ModelError, match="no column m"):
        fit_mediation(world(1).drop(columns="m"), "x", "m", "y")


def panels(folder):
    processed = open_processed(folder)
    measures = measure_city(processed.tables(), processed.city())
    return measures.employee_panel, measures.panel, processed.truth()


def test_every_question_gets_a_row(small_processed):
    employees, units, truth = panels(small_processed)
    study = run_study(employees, units, truth=truth)
    expected = [key for spec in load_specs() for key in estimator_of(spec).keys(spec.key)]
    assert study.table["key"].tolist() == expected
    assert study.table["truth_value"].notna().all()


def test_a_question_without_data_is_refused_in_words_and_the_others_go_on(small_processed):
    employees, _, _ = panels(small_processed)
    study = run_study(employees.drop(columns="service_quality_score"), None)
    status = study.table.set_index("key")["status"]
    assert status["training_motivation"] == "fitted"
    assert "no column service_quality_score" in status["motivation_quality"]
    assert "no unit panel" in status["motivation_time"]
    strengths = {claim.key: claim.strength for claim in claims_from(study)}
    assert strengths["motivation_time"] == "not_enough_data"
    with pytest.raises(ModelError, match="motivation_time was not fitted"):
        study.summary("motivation_time")


def test_a_refused_question_says_why_in_the_notebooks_language(small_processed, monkeypatch):
    monkeypatch.setattr(study_run, "language_here", lambda: "id")
    employees, _, _ = panels(small_processed)
    status = run_study(employees, None).table.set_index("key")["status"]
    assert status["motivation_time"] == "Panel unit tidak ada: data untuk itu tidak dikirim."


def wide(estimator, shift):
    """Twelve units over five quarters, whose outcome hardly moves with an exposure that itself hardly moves."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"unit_id": np.repeat(np.arange(12), 5), "period": np.tile(np.arange(5), 12)})
    frame["satisfaction"] = rng.normal(0, shift, 60)
    frame["trust"] = rng.normal(0, 0.2, 60)
    spec = next(spec for spec in load_specs() if spec.key == "satisfaction_trust")
    return frame, spec.model_copy(
        update={"outcome": "trust", "exposure": "satisfaction", "controls": (), "clusters": "unit_id", "estimator": estimator}
    )  # fmt: skip


@pytest.mark.parametrize(("shift", "strength"), [(1.0, "uncertain"), (0.05, "not_enough_data")])
def test_an_interval_wider_than_the_outcome_itself_says_nothing(shift, strength):
    frame, spec = wide("panel", shift)
    study = run_study(None, frame, specs=[spec])
    row = study.row(spec.key)
    assert row["outcome_sd"] == pytest.approx(frame["trust"].std())
    assert (row["high"] - row["low"] > 4 * row["outcome_sd"]) == (strength == "not_enough_data")
    (claim,) = claims_from(study)
    assert claim.strength == strength


def test_a_ratio_from_a_tenth_to_tenfold_says_nothing():
    spec = next(spec for spec in load_specs("fields") if spec.estimator == "fields_counts")
    step = spec.change(1.0)
    for low, high, nothing in ((-2.2, 2.2, False), (-2.4, 2.4, True), (0.1, 5.0, True)):
        row = pd.Series({"low": low / step, "high": high / step, "outcome_sd": np.nan})
        assert says_nothing(row, spec) == nothing, (low, high)


def test_nothing_at_all_is_no_crash():
    study = run_study(None, None)
    assert study.table["estimate"].isna().all()
    assert {claim.strength for claim in claims_from(study)} == {"not_enough_data"}


@pytest.mark.parametrize("language", ["id", "en"])
def test_there_are_sentences_for_every_answer_and_for_no_other(language):
    sentences = load_sentences(language)
    assert set(sentences) == {
        (key, "association", strength, sign) for key in load_answers() for strength, sign in OUTCOMES
    }


def test_a_question_without_its_sentence_is_refused_with_the_row_to_add():
    new = load_specs()[0].model_copy(update={"key": "new_question"})
    with pytest.raises(
        RuleError, match=r"specs\.csv, 'new_question'.*clear, sign 1.*Add its row.*claims\.csv"
    ):
        check_sentences([("new_question", new)], load_sentences("id"))


def test_a_finding_with_a_lower_ceiling_says_less(monkeypatch):
    key = "training_motivation"
    stronger = {(key, "effect", "clear", 1): "Training raises motivation by {effect} ({interval})."}
    monkeypatch.setattr(
        "asn_research.show.findings.load_sentences", lambda language: load_sentences(language) | stronger
    )
    found = Claim(key, "clear", 1, 0.2, 0.1, 0.3, 400, 30)
    assert causal_verb(finding_text(replace(found, ceiling="effect"), "en"), "en") == "raises"
    assert not causal_verb(finding_text(replace(found, ceiling="association"), "en"), "en")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("id", "dengan waktu 2,7% lebih singkat (kisaran 1,2 – 4,0%)"),
        ("en", "in times 2.7% shorter (95% interval: 1.2 – 4.0%)"),
    ],
)
def test_a_fall_is_told_as_a_size_and_a_word_without_a_minus(language, text):
    found = Claim(
        "motivation_time", "clear", -1, -2.7, -4.0, -1.2, 400, 30, decimals=1, question="motivation_time"
    )
    assert text in finding_text(found, language)
    unclear = finding_text(replace(found, strength="uncertain", sign=0, high=1.0), language)
    assert "−4" in unclear


def test_what_rests_on_ratings_is_told_from_the_columns():
    assert {key for key, spec in load_answers().items() if spec.rests_on_ratings} == {
        "motivation_quality", "training_quality", "mediation_indirect", "mediation_direct", "mediation_total",
    }  # fmt: skip


def test_a_finding_reads_as_a_sentence(small_processed):
    employees, units, truth = panels(small_processed)
    claims = [
        c for c in claims_from(run_study(employees, units, truth=truth)) if c.strength != "not_enough_data"
    ]
    assert claims
    for claim in claims:
        text = finding_text(claim, "id")
        assert "{" not in text
        assert " – " in text or " s.d. " in text
