"""Derived importance against R's relaimpo, and on a city whose truth is known."""

import json
from datetime import date
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research import rules
from asn_research.measure.importance import importance_by_unit, item_rest_shares, lmg_shares
from asn_research.measure.satisfaction import satisfaction_by_unit
from asn_research.rules.regulations import SatisfactionRule, SurveyDesignRule, load_rules

RULE = rules.at(date(2026, 9, 30)).one(SatisfactionRule)
DESIGN = next(rule for rule in load_rules().values() if isinstance(rule, SurveyDesignRule))
QUICK = DESIGN.model_copy(update={"replicates": 200, "importance_replicates": 200})
ELEMENTS = list(RULE.elements)
TRUST = ["trust_competence", "trust_benevolence", "trust_integrity"]


def test_shares_are_relaimpos():
    reference = json.loads((GOLDEN / "lmg_swiss" / "reference.json").read_text())
    data = pd.read_csv(GOLDEN / "lmg_swiss" / "data.csv")
    found = lmg_shares(data[[*reference["lmg"], "Fertility"]].cov().to_numpy())
    np.testing.assert_allclose(found, list(reference["lmg"].values()), atol=5e-9)
    assert found.sum() == pytest.approx(reference["r_squared"], abs=5e-5)


def explained(covariance, chosen):
    if not chosen:
        return 0.0
    inner = covariance[np.ix_(chosen, chosen)]
    cross = covariance[list(chosen), -1]
    return float(cross @ np.linalg.solve(inner, cross) / covariance[-1, -1])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5))
def test_shares_are_the_mean_gain_over_every_order(seed, k):
    rng = np.random.default_rng(seed)
    covariance = np.cov(rng.normal(size=(40, k + 1)) @ rng.normal(size=(k + 1, k + 1)), rowvar=False)
    gains = np.zeros(k)
    orders = list(permutations(range(k)))
    for order in orders:
        for place, name in enumerate(order):
            gains[name] += explained(covariance, list(order[: place + 1])) - explained(
                covariance, list(order[:place])
            )
    np.testing.assert_allclose(lmg_shares(covariance), gains / len(orders), atol=1e-8)


def test_two_elements_that_say_the_same_share_the_credit():
    rng = np.random.default_rng(1)
    one = rng.normal(size=500)
    data = np.column_stack([one, one, rng.normal(size=500), one + rng.normal(size=500)])
    found = lmg_shares(np.cov(data, rowvar=False))
    assert found[0] == pytest.approx(found[1])
    assert found[:2].sum() == pytest.approx(explained(np.cov(data, rowvar=False), [0]), abs=0.01)


def test_an_element_without_variance_has_no_share():
    covariance = np.array([[1.0, 0.0, 0.5], [0.0, 0.0, 0.0], [0.5, 0.0, 1.0]])
    assert lmg_shares(covariance).tolist() == [0.25, 0.0]
    covariance[-1, -1] = 0.0
    assert np.isnan(lmg_shares(covariance)).all()


def test_typical_items_lead_where_nothing_overall_was_asked():
    rng = np.random.default_rng(2)
    common = rng.normal(size=2000)
    items = np.column_stack([common + rng.normal(0, s, 2000) for s in (0.5, 1, 3)])
    found = item_rest_shares(np.cov(items, rowvar=False)[None])[0]
    rest = [np.corrcoef(items[:, i], np.delete(items, i, axis=1).sum(axis=1))[0, 1] ** 2 for i in range(3)]
    np.testing.assert_allclose(found, np.array(rest) / sum(rest))


def survey(n_units=3, per_unit=240, seed=1, trust=True):
    """Trust follows time and conduct alone; units differ in a way that has nothing to do with either."""
    rng = np.random.default_rng(seed)
    frames = []
    for unit in range(n_units):
        person = rng.normal(0, 0.6, per_unit)
        latent = 0.4 * unit + person[:, None] + rng.normal(0.2, 0.8, (per_unit, 9))
        codes = 1 + (latent[..., None] > np.array([-1.9, -1.0, 0.45])).sum(axis=-1)
        frame = pd.DataFrame(codes, columns=ELEMENTS)
        drive = 0.9 * frame["time"] + 0.9 * frame["conduct"] - 0.8 * unit
        for name in TRUST if trust else []:
            frame[name] = np.clip(np.round(drive - 2.5 + rng.normal(0, 0.6, per_unit)), 1, 5)
        days = pd.Timestamp("2026-07-01") + pd.to_timedelta(rng.integers(0, 60, per_unit), unit="D")
        frames.append(frame.assign(reporting_unit_id=f"U{unit}", unit_id=f"U{unit}", service_id="a",
                                   survey_date=days, period="2026-Q3"))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def importance(feedback):
    return importance_by_unit(feedback, satisfaction_by_unit(feedback, RULE, design=QUICK)[1], design=QUICK)


def test_what_drives_trust_is_found_in_every_unit_and_the_city():
    table = importance(survey())
    assert set(table["outcome"]) == {"trust"}
    assert sorted(table["unit_id"].unique()) == ["CITY", "U0", "U1", "U2"]
    for _, own in table.groupby("unit_id"):
        lead = own.nlargest(2, "share_pct")
        assert set(lead["element"]) == {"time", "conduct"}
        assert (lead["share_low"] > own["cut_share_pct"].iloc[0]).all()
        assert own["share_pct"].sum() == pytest.approx(100)
    assert table["r2"].between(0.3, 0.9).all()


def test_the_fields_follow_importance_and_index():
    table = importance(survey())
    important = table["share_pct"] >= table["cut_share_pct"]
    high = table["index"] >= table["cut_index"]
    assert (table["field"].isin(["priority", "keep"]) == important).all()
    assert (table["field"].isin(["keep", "ample"]) == high).all()
    clear = table.loc[table["is_clear"]]
    assert (
        (clear["share_low"] > clear["cut_share_pct"]) | (clear["share_high"] < clear["cut_share_pct"])
    ).all()


def test_without_an_overall_question_the_ties_among_elements_stand_in():
    table = importance(survey(trust=False))
    assert set(table["outcome"]) == {"rest"}
    assert table["r2"].isna().all()


def test_an_overall_question_comes_first():
    rows = survey()
    rows["extra_overall"] = rows["cost"]
    table = importance(rows)
    assert set(table["outcome"]) == {"overall"}
    assert table.loc[table["unit_id"] == "U0"].nlargest(1, "share_pct")["element"].item() == "cost"


def test_too_few_complete_forms_give_no_importance():
    assert importance(survey(n_units=1, per_unit=60)) is None
