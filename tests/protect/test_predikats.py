"""Whether anybody holds a predikat below Baik does not show, in whatever table it is told."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protect.frames import framed

from asn_research import rules
from asn_research.measure.appraisal import appraisal_by_unit, distribution_advice
from asn_research.measure.rating_information import information_audit, with_verdict
from asn_research.protect import protect_city
from asn_research.protect.derived import with_released_verdicts
from asn_research.protect.predikats import distribution_of, distributions
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.regulations_staff import ORGANISATION_PREDIKATS, PREDIKATS

RULE = rules.at("2026-Q3").one(DisclosureRule)
CELL = RULE.smallest_cell
#: The measures in which predikat are told, with what of them may leave.
TOLD = ("appraisal", "predikats", "distribution", "information")


def rated(counts, unit="U"):
    """Rated staff of a unit, so many with each predikat."""
    n = sum(counts)
    return pd.DataFrame(
        {"reporting_unit_id": unit, "period": "2026-Q3", "rater_id": [f"{unit}{k % 12}" for k in range(n)],
         "person_id": [f"{unit}-{k}" for k in range(n)], "predikat_by_matrix": np.repeat(PREDIKATS, counts),
         "predikat_contradicts": False, "results_rating": "within", "discipline_score": 80.0}
    )  # fmt: skip


def released(*units, organisation="good"):
    """What is released of some units' predikat, in all tables."""
    rows = pd.concat([rated(counts, f"U{k}") for k, counts in enumerate(units)])
    appraisal, predikats = appraisal_by_unit(rows)
    audit = information_audit(rows)
    names = [f"U{k}" for k in range(len(units))]
    guide = distribution_advice(predikats, dict.fromkeys(names, organisation))
    measured = {
        "appraisal": appraisal, "predikats": with_verdict(predikats, audit),
        "information": audit, "distribution": guide,
    }  # fmt: skip
    return protect_city(measured, RULE)


def of_unit(protected, name, unit="U0"):
    table = protected.get(name, unit_id=unit)
    return table.frame.reset_index(drop=True), table.suppressed.reset_index(drop=True)


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 120),
    st.integers(12, 200),
    st.sampled_from(ORGANISATION_PREDIKATS),
    st.lists(st.integers(0, CELL - 1), min_size=3, max_size=3),
)
def test_none_and_one_to_four_read_the_same(very_good, good, organisation, few):
    with_few = (very_good, good, *few)
    without = (very_good, good + sum(few), 0, 0, 0)
    one, none = (released(counts, organisation=organisation) for counts in (with_few, without))
    for name in TOLD:
        for told, other in zip(of_unit(one, name), of_unit(none, name), strict=True):
            pd.testing.assert_frame_equal(told, other, check_dtype=False, obj=name)


@given(st.lists(st.integers(0, 90), min_size=5, max_size=5).filter(lambda c: sum(c) >= 10))
def test_a_bad_predikat_is_told_where_it_and_its_rest_are_large(counts):
    told = distribution_of(dict(zip(PREDIKATS, counts, strict=True)), RULE)
    n = sum(counts)
    for name in set(told.alone) & set(RULE.sensitive_predikats):
        assert min(told.counts[name], n - told.counts[name]) >= max(CELL, RULE.most_at_end(n) + 1)
    if not told.is_coded and len(told.parts) > 1:
        assert all(CELL <= told.count(part) <= n - CELL for part in told.parts)
    # Readers can think of everything between nobody and four with each that is merged for being rare.
    for name in told.few:
        low, high = told.bounds([name])
        assert low == 0
        assert high >= min(CELL - 1, told.count(told.merged)) or told.is_coded


@settings(max_examples=60)
@given(st.lists(st.integers(0, 25), min_size=5, max_size=5).filter(lambda c: sum(c) >= 10))
def test_bounds_hold_the_truth(counts):
    told = distribution_of(dict(zip(PREDIKATS, counts, strict=True)), RULE)
    for size in range(1, 5):
        for names in itertools.combinations(PREDIKATS, size):
            low, high = told.bounds(names)
            assert low <= told.count(names) <= high, names


def test_two_parts_at_the_ends_are_coded_and_their_numbers_hidden():
    frame, suppressed = of_unit(released((5, 195, 0, 0, 0)), "predikats")
    assert frame["share_pct_coded"].tolist() == ["bottom", "top"]
    assert frame[["n", "share_pct"]].isna().all(axis=None)
    assert suppressed[["n", "share_pct"]].all(axis=None)
    # The guide tells of the same share: it is coded there too.
    guide, _ = of_unit(released((5, 195, 0, 0, 0), organisation="needs_improvement"), "distribution")
    at_most = guide[guide["predikats"] == "very_good"].iloc[0]
    assert at_most["share_pct_coded"] == "bottom"
    assert at_most[["n", "share_pct", "n_others"]].isna().all()


def test_the_city_does_not_part_what_one_unit_merges():
    """Of three units two tell how many need improvement, so the city's number would tell of the third."""
    bad = (40, 50, 15, 0, 0)
    frame = pd.DataFrame(
        [{"unit_id": unit, "period": "2026-Q3", "predikat": p, "n": n}
         for unit, counts in {"A": bad, "B": bad, "C": (30, 60, 2, 0, 0), CITY: (110, 160, 32, 0, 0)}.items()
         for p, n in zip(PREDIKATS, counts, strict=True)]
    )  # fmt: skip
    told = distributions(frame, RULE)
    assert "needs_improvement" in told["A", "2026-Q3"].alone
    assert "needs_improvement" not in told[CITY, "2026-Q3"].alone
    # Where ten units hold two each, the city's number tells of none of them.
    units = {f"C{k}": (30, 60, 2, 0, 0) for k in range(10)}
    rows = {"A": bad, "B": bad, **units, CITY: (380, 700, 50, 0, 0)}
    frame = pd.DataFrame(
        [{"unit_id": unit, "period": "2026-Q3", "predikat": p, "n": n}
         for unit, counts in rows.items() for p, n in zip(PREDIKATS, counts, strict=True)]
    )  # fmt: skip
    assert "needs_improvement" in distributions(frame, RULE)[CITY, "2026-Q3"].alone


@pytest.mark.parametrize("very_good", [0, 1, 4])
def test_a_unit_too_small_to_code_tells_no_part(very_good):
    frame, _ = of_unit(released((very_good, 40 - very_good, 0, 0, 0)), "predikats")
    assert frame["merged_categories"].tolist() == ["|".join(PREDIKATS)]
    assert frame["n"].tolist() == [40]


def compared(*rows):
    """Shares of categories as the report on data quality compares them with the period before."""
    made = [
        {"source": "appraisals", "column": column, "test_kind": kind, "in_period": "2026-Q3", "before_period": "2026-Q2",
         "category": category, "n_before": 200, "n_now": 200, "before": 100 * before / 200, "now": 100 * now / 200,
         "effect": 2.0, "p_value": 0.01, "p_adjusted": 0.02, "is_drift": False}
        for column, kind, category, before, now in rows
    ]  # fmt: skip
    return protect_city({"quality_drift": framed("quality_drift", made)}, RULE).get("quality_drift").frame


def test_comparing_periods_tells_nothing_of_predikats_and_of_no_category_of_few():
    shown = compared(
        ("predikat_by_matrix", "shares", "merged", 3, 7),
        ("results_rating", "shares", "above", 60, 70),
        ("kind", "shares", "rare", 8, 3),
        ("kind", "shares", "common", 192, 197),
        ("kind", "shares", "middling", 30, 40),
        ("kind", "missing", "", 1, 2),
        ("discipline_score", "mean", "", 160, 170),
    )
    told = shown[["before", "now", "effect", "p_value", "p_adjusted"]].notna()
    assert told.all(axis=1).tolist() == [False, False, False, False, True, True, True]
    assert not told[:4].any(axis=None)
    assert shown["is_drift"].notna().tolist() == [False, False, False, False, True, True, True]


def test_ratings_without_a_released_form_have_no_verdict():
    audit = information_audit(rated((0, 0, 12, 20, 8)))
    found = with_released_verdicts({"information": audit}, {})["information"]
    row = found.loc[found["subject"] == "predikat"].iloc[0]
    assert (row["verdict"], row["reasons"]) == ("unknown", "")
