"""Many-facet Rasch measurement against R's TAM, and on data whose truth is known."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN
from scipy import stats

from asn_research.errors import ModelError
from asn_research.methods import (
    fair_scores,
    fit_facets,
    fit_statistics,
    halo,
    leanings,
    rating_design,
    separation,
)

FOLDER = GOLDEN / "rater_ratings1_mfrm"
REFERENCE = json.loads((FOLDER / "reference.json").read_text())["reference"]
NODES = np.linspace(-6, 6, 21)
#: R's TAM ends its iterations at changes of about 3e-4 logits; ours go on to the optimum.
EARLY = 2e-4


def tasks():
    data = pd.read_csv(FOLDER / "data.csv")
    return data.melt(["idstud", "rater"], var_name="criterion", value_name="score")


def fit(**options):
    return fit_facets(tasks(), person="idstud", **{"rater": "rater", "nodes": NODES, **options})


def expected(key):
    return {row["parameter"]: row["xsi"] for row in REFERENCE[key]["params"]}


@pytest.mark.parametrize(
    ("steps", "key"), [("common", "tam_item_rater_only_commonstep"), ("criterion", "tam_item_rater_step")]
)
def test_severities_difficulties_and_steps_of_tam(steps, key):
    found, known = fit(steps=steps), expected(key)
    for row in found.facet("criterion").itertuples():
        assert row.estimate == pytest.approx(known[row.level], abs=EARLY)
    for row in found.facet("rater").itertuples():
        assert row.estimate == pytest.approx(known[f"rater{row.level}"], abs=EARLY)
    for row in found.facet("step").itertuples():
        name = f"step{row.level}" if steps == "common" else f"{row.criterion}:step{row.level}"
        assert row.estimate == pytest.approx(known[name], abs=6e-4)


@pytest.mark.parametrize(
    ("steps", "key"), [("common", "tam_item_rater_only_commonstep"), ("criterion", "tam_item_rater_step")]
)
def test_deviance_persons_and_reliabilities_of_tam(steps, key):
    found, reference = fit(steps=steps), REFERENCE[key]
    # TAM's prior is not scaled to one over its nodes: a constant of the deviance.
    mass = np.sum(stats.norm.pdf(NODES, 0, np.sqrt(found.person_variance))) * (NODES[1] - NODES[0])
    deviance = found.deviance - 2 * len(found.persons) * np.log(mass)
    assert deviance == pytest.approx(reference["deviance"], abs=1e-3)
    assert found.person_variance == pytest.approx(reference["theta_var"], rel=1.5e-3)
    assert found.eap_reliability == pytest.approx(reference["eap_rel"], abs=5e-5)
    assert found.person_reliability == pytest.approx(reference["wle_rel"], abs=5e-5)
    eap = found.persons.set_index("person")["eap"]
    for row in reference["eap"]:
        assert eap[int(row["pid"])] == pytest.approx(row["EAP"], abs=2e-3)


def test_ended_where_tam_ends_the_numbers_are_tams():
    found, known = fit(tolerance=3.2e-4), expected("tam_item_rater_only_commonstep")
    assert found.person_variance == pytest.approx(3.82558412376202, rel=3e-4)
    assert found.facet("rater").loc[0, "estimate"] == pytest.approx(known["raterdb01"], abs=1.2e-4)


def test_joint_likelihood_stretches_the_scale_and_says_so():
    joint, marginal = fit(method="joint"), fit()
    ratio = joint.facet("rater")["estimate"].std() / marginal.facet("rater")["estimate"].std()
    assert 1.0 < ratio < 1.15
    assert "11 percent" in joint.notes[0]
    assert joint.facet("criterion")["estimate"].sum() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("method", ["marginal", "joint"])
def test_a_fit_that_was_not_reached_says_so(monkeypatch, method):
    assert fit(method=method).converged
    monkeypatch.setattr("asn_research.methods.raters.rasch._ITERATIONS", 2)
    stopped = fit(method=method)
    assert not stopped.converged
    assert "The optimum was not reached for certain; read estimates with care." in stopped.notes


OCCASIONS = GOLDEN / "rasch_occasions"
ROUNDS = {"person": "person", "rater": "rater", "criterion": "criterion", "occasion": "round"}


def rounds():
    return pd.read_csv(OCCASIONS / "data.csv")


def test_difficulties_of_occasions_as_of_a_mixed_logit_in_r():
    theirs = json.loads((OCCASIONS / "reference.json").read_text())["reference"]
    found = fit_facets(rounds(), nodes=np.linspace(-12, 12, 121), **ROUNDS)
    for facet in ("criterion", "rater", "occasion"):
        assert found.facet(facet)["estimate"].tolist() == pytest.approx(theirs[facet], abs=1e-6), facet
    assert found.table["std_error"][[0, 1, 2, 3, 5]].tolist() == pytest.approx(theirs["std_error"], rel=1e-5)
    assert found.person_variance == pytest.approx(theirs["person_variance"], rel=1e-5)
    assert found.deviance == pytest.approx(theirs["deviance"], rel=1e-9)
    assert "occasion" in found.formula
    assert "occasion" not in fit_facets(ratings(1)[0]).formula


def test_occasions_and_raters_may_change_places():
    one, two = (
        fit_facets(rounds(), **{**ROUNDS, "rater": r, "occasion": o})
        for r, o in (("rater", "round"), ("round", "rater"))
    )
    for there, here in (("rater", "occasion"), ("occasion", "rater"), ("criterion", "criterion")):
        np.testing.assert_allclose(one.facet(there)["estimate"], two.facet(here)["estimate"], atol=1e-6)


@pytest.mark.parametrize("method", ["marginal", "joint"])
def test_ratings_that_stand_twice_are_refused(method):
    """Copied rows counted twice: errors were too small by the root of two, and persons' measures moved."""
    frame = ratings(1)[0]
    with pytest.raises(ModelError, match=r"4 ratings are repeated.*name their column with occasion="):
        fit_facets(pd.concat([frame, frame.head(4)]), method=method)
    with pytest.raises(ModelError, match=r"4 ratings are repeated.*and occasion.*Keep one row"):
        fit_facets(pd.concat([rounds(), rounds().head(4)]), method=method, **ROUNDS)


def test_the_same_on_one_occasion_is_the_fit_without_it():
    frame = ratings(2)[0]
    one, none = fit_facets(frame.assign(round=1), occasion="round"), fit_facets(frame)
    assert one.table.equals(none.table)


@pytest.mark.parametrize("method", ["marginal", "joint"])
def test_occasions_of_raters_of_their_own_are_refused(method):
    frame = rounds()
    frame["round"] = frame["rater"].map({"r1": "first", "r2": "second", "r3": "second"})
    with pytest.raises(ModelError, match="cannot be told from raters' severity"):
        fit_facets(frame.drop_duplicates(list(ROUNDS.values())), method=method, **ROUNDS)


def test_joint_likelihood_refuses_occasions_of_persons_of_their_own():
    frame = rounds()
    frame = frame.loc[(frame["round"] == "first") == (frame["person"] % 2 == 0)]
    with pytest.raises(ModelError, match="Fit each occasion by itself"):
        fit_facets(frame, method="joint", **ROUNDS)
    assert fit_facets(frame, **ROUNDS).converged


def test_halo_is_that_of_one_occasion():
    found = halo(fit_facets(rounds(), **ROUNDS), draws=20)
    frame = rounds()
    pairs = (
        frame.groupby(["rater", "round", "person"])
        .size()
        .groupby("rater")
        .apply(lambda n: (n * (n - 1) / 2).sum())
    )
    assert found["n_pairs"].tolist() == pairs.tolist()


def ratings(seed, n_persons=120, n_raters=8, per_person=2, severity_sd=0.7):
    """Ratings from 0 to 3 on three criteria by raters drawn for each person."""
    rng = np.random.default_rng(seed)
    severity = rng.normal(0, severity_sd, n_raters)
    severity -= severity.mean()
    rows = []
    for person, theta in enumerate(rng.normal(0, 1.5, n_persons)):
        for rater in rng.choice(n_raters, per_person, replace=False):
            for criterion, difficulty in enumerate((-0.5, 0.0, 0.5)):
                k = np.arange(4)
                logit = k * (theta - severity[rater] - difficulty) - np.array([0, -1.5, -1.5, 0.0])
                chance = np.exp(logit - logit.max())
                score = rng.choice(4, p=chance / chance.sum())
                rows.append((person, rater, "abc"[criterion], score))
    return pd.DataFrame(rows, columns=["person_id", "rater_id", "criterion", "score"]), severity


def test_severities_are_found():
    frame, severity = ratings(1)
    found = fit_facets(frame).facet("rater")
    assert np.corrcoef(found["estimate"], severity)[0, 1] > 0.9
    assert ((found["low"] <= severity) & (severity <= found["high"])).mean() >= 0.75


def test_quality_of_ratings_on_data_that_fit():
    frame, _ = ratings(2, n_persons=300)
    found = fit_facets(frame)
    table = fit_statistics(found)
    # Six ratings a person: measures follow them, which leaves residuals a sixth too small.
    assert table["infit"].mean() == pytest.approx(5 / 6, abs=0.06)
    assert table["infit"].between(0.65, 1.1).all()
    assert table["outfit"].between(0.55, 1.2).all()
    assert set(fit_statistics(found, "criterion")["level"]) == {"a", "b", "c"}
    known = separation(found)
    assert known.reliability > 0.8
    assert known.separation**2 / (1 + known.separation**2) == pytest.approx(known.reliability)
    assert leanings(found)["p_value"].lt(0.01).mean() < 0.15
    assert len(halo(found)) == 8


def test_a_rater_without_judgement_a_leaning_and_a_halo_are_seen():
    frame, _ = ratings(3, n_persons=400)
    rng = np.random.default_rng(0)
    random = frame["rater_id"] == 0
    frame.loc[random, "score"] = rng.integers(0, 4, random.sum())
    strict_on_a = (frame["rater_id"] == 1) & (frame["criterion"] == "a")
    frame.loc[strict_on_a, "score"] = (frame.loc[strict_on_a, "score"] - 1).clip(0)
    alike = frame["rater_id"] == 2
    frame.loc[alike, "score"] = frame.loc[alike].groupby("person_id")["score"].transform("first")
    middle = frame["rater_id"] == 3
    frame.loc[middle, "score"] = frame.loc[middle, "score"].clip(1, 2)
    found = fit_facets(frame)
    quality = fit_statistics(found).set_index("level")
    assert quality["infit"].idxmax() == "0"
    assert quality.loc["0", "infit_z"] > 5
    assert quality.loc["3", "slope"] < 0.8
    bias = leanings(found).set_index(["rater", "criterion"])
    assert bias["z"].idxmax() == ("1", "a")
    impression = halo(found).set_index("rater")
    assert impression["halo"].idxmax() == impression["z"].idxmax() == "2"
    assert impression.loc["2", "z"] > 5


@pytest.mark.parametrize("per_person", [1, 2])
def test_raters_without_halo_have_the_halo_that_is_expected(per_person):
    z = []
    for seed in range(6):
        frame, _ = ratings(20 + seed, n_persons=160, per_person=per_person, severity_sd=1.2)
        found = halo(fit_facets(frame), draws=40)
        # Below zero, for the person's measure takes up what the criteria have in common.
        assert found["expected"].mean() < -0.05
        z += found["z"].tolist()
    # Forty-eight raters: the bounds are three standard errors wide.
    assert abs(np.mean(z)) < 0.45
    assert 0.65 < np.std(z) < 1.3


def test_a_halo_is_seen_where_each_person_has_one_rater():
    frame, _ = ratings(6, n_persons=400, per_person=1)
    alike = frame["rater_id"] == 2
    frame.loc[alike, "score"] = frame.loc[alike].groupby("person_id")["score"].transform("first")
    found = halo(fit_facets(frame)).set_index("rater")
    assert found["p_value"].idxmin() == "2"
    assert found.loc["2", "z"] > 3
    assert halo(fit_facets(frame)).equals(found.reset_index())


def test_joint_likelihood_expects_no_halo():
    found = halo(fit_facets(ratings(7)[0], method="joint"))
    assert found["halo"].notna().all()
    assert found[["expected", "z", "p_value"]].isna().all(axis=None)


def test_fair_scores_undo_severity():
    frame, severity = ratings(4, n_persons=400, per_person=1, severity_sd=1.2)
    found = fair_scores(fit_facets(frame)).set_index("person")
    rater = frame.drop_duplicates("person_id").set_index("person_id")["rater_id"]
    by = severity[rater.loc[found.index]]
    assert np.corrcoef(found["observed"], by)[0, 1] < -0.3
    assert abs(np.corrcoef(found["fair"], by)[0, 1]) < 0.15
    assert ((found["low"] <= found["fair"]) & (found["fair"] <= found["high"])).all()


def test_raters_who_share_no_person_are_found_and_named():
    frame, _ = ratings(5, per_person=1)
    design = rating_design(frame)
    assert not design.is_connected
    assert len(design.components) == 8
    assert design.share_single_pct == 100
    assert "8 sets that share no person" in design.sentence()
    assert "rated by a second rater" in design.sentence()
    with pytest.raises(ModelError, match="8 sets that share no person"):
        fit_facets(frame, method="joint")
    assert "share no person" in fit_facets(frame).notes[0]


def test_one_shared_person_links_two_sets():
    frame = pd.DataFrame({"person_id": list("aabbcc"), "rater_id": [1, 2, 2, 1, 3, 3]})
    assert len(rating_design(frame).components) == 2
    linked = pd.concat([frame, pd.DataFrame({"person_id": ["a"], "rater_id": [3]})])
    assert rating_design(linked).is_connected
    assert "all raters" in rating_design(linked).sentence()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda d: d.drop(columns="score"), "no column score", id="no_column"),
        pytest.param(lambda d: d.assign(score=2), "same in every row", id="constant_outcome"),
        pytest.param(lambda d: d.assign(rater_id=1), "only one rater", id="one_rater"),
        pytest.param(lambda d: d.assign(score=np.arange(len(d)) % 40), "use the linear model", id="a_long_scale"),
        pytest.param(
            lambda d: d.assign(score=np.where(d["rater_id"] == 0, 0, d["score"])), "1 raters gave only", id="a_constant_rater"
        ),
    ],
)  # fmt: skip
def test_degenerate_data_end_in_words(change, message):
    with pytest.raises(ModelError, match=message):
        fit_facets(change(ratings(6)[0]))


def test_no_rating_at_all_is_said():
    with pytest.raises(ModelError, match="no rating that names both"):
        rating_design(pd.DataFrame({"person_id": ["a"], "rater_id": [None]}))
    one = rating_design(pd.DataFrame({"person_id": ["a", "b"], "rater_id": [1, 1]}))
    assert "single rater" in one.sentence()


@pytest.mark.longest
def test_bias_and_coverage_of_severities_over_200_seeds():
    errors, covered = [], []
    for seed in range(200):
        frame, severity = ratings(seed)
        found = fit_facets(frame).facet("rater")
        errors.append(found["estimate"].to_numpy() - severity)
        covered.append(((found["low"] <= severity) & (severity <= found["high"])).mean())
    # Monte Carlo errors: 0.005 logits and 0.6 percentage points.
    assert np.abs(np.mean(errors, axis=0)).max() < 0.06
    assert 0.92 <= np.mean(covered) <= 0.98
