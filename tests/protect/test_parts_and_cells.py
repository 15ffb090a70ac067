"""No small group can be had from what the staff measures publish together."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research import rules
from asn_research.measure.appraisal import distribution_advice
from asn_research.measure.audit import information_audit
from asn_research.protect import protect_city
from asn_research.protect.city import GUARDS, KEYS
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.regulations_staff import (
    ORGANISATION_PREDICATES,
    PREDICATES,
    DistributionRule,
    InformationRule,
)

TODAY = date(2026, 9, 30)
DISCLOSURE = rules.at(TODAY).one(DisclosureRule)
GUIDE, AUDIT = rules.at(TODAY).one(DistributionRule), rules.at(TODAY).one(InformationRule)
KEY = {"unit_id": "U", "period": "2026-Q3"}


def measures(counts, organisation):
    frame = pd.DataFrame(
        [{**KEY, "predicate": p, "n": n} for p, n in zip(PREDICATES, counts, strict=True) if n]
    )
    rated = pd.DataFrame(
        {"reporting_unit_id": "U", "period": "2026-Q3", "rater_id": "r", "person_id": range(sum(counts)),
         "predicate_by_matrix": np.repeat(PREDICATES, counts)}
    )  # fmt: skip
    audit = information_audit(rated, AUDIT)
    return {
        "predicates": frame,
        "distribution": distribution_advice(frame, {"U": organisation}),
        "information": audit.loc[audit["unit_id"] == "U"],
    }


def test_ten_merged_and_eight_of_them_would_tell_of_two():
    protected = protect_city(measures((13, 138, 4, 4, 2), "good"), DISCLOSURE)
    merged = protected.get("predicates", predicate="merged").frame
    assert merged["n"].tolist() == [10]
    guide = protected.get("distribution", limit_no=2)
    assert guide.frame[["n", "n_others", "share_pct", "n_over"]].isna().all(axis=None)
    # What is advised can still be said.
    assert guide.frame["is_kept"].tolist() == [True]
    assert protected.get("distribution", limit_no=1).frame["n"].tolist() == [138]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=5, max_size=5).filter(lambda c: sum(c) >= 10),
    st.sampled_from(ORGANISATION_PREDICATES),
)
def test_guide_and_audit_never_part_a_merged_cell(counts, organisation):
    protected = protect_city(measures(counts, organisation), DISCLOSURE)
    cells = protected.get("predicates").frame
    joined = [set(names.split("|")) for names in cells["merged_categories"] if names]
    by_name = dict(zip(PREDICATES, counts, strict=True))
    for row in protected.get("distribution").frame.dropna(subset=["n"]).itertuples():
        part = {p for p in row.predicates.split("|") if by_name[p]}
        assert all(part & whole in (set(), whole) for whole in joined), row
        assert row.n == 0 or row.n >= DISCLOSURE.smallest_cell
        assert row.n_others == 0 or row.n_others >= DISCLOSURE.smallest_cell
    audit = protected.get("information").frame.iloc[0]
    if not np.isnan(audit["ceiling_pct"]):
        best = by_name["very_good"]
        assert best == 0 or best >= DISCLOSURE.smallest_cell
    if not np.isnan(audit["commonest_pct"]):
        others = sum(counts) - max(counts)
        assert others == 0 or others >= DISCLOSURE.smallest_cell


def test_one_sanction_cannot_be_had_from_the_index():
    row = {**KEY, "n_staff": 40, "n_complete": 0, "n_sanctioned": 1, "index_low": 80.0, "index_high": 84.0}
    means = {
        f"{d}_{e}": 4.0
        for d in ("qualification", "competence", "performance", "discipline")
        for e in ("low", "high")
    }
    found = protect_city({"ip_asn": pd.DataFrame([row | means])}, DISCLOSURE).get("ip_asn").frame.iloc[0]
    hidden = {column for column in means if np.isnan(found[column])}
    assert hidden == {"discipline_low", "discipline_high", "performance_low", "performance_high"}
    assert found["index_low"] == 80
    clean = pd.DataFrame([row | means | {"n_sanctioned": 0}])
    assert protect_city({"ip_asn": clean}, DISCLOSURE).get("ip_asn").frame["discipline_low"].tolist() == [4]


def test_a_group_hidden_alone_takes_another_with_it():
    gaps = pd.DataFrame(
        [{**KEY, "grouping": "rank_group", "group": g, "n_staff": n, "n_others": 60 - n, "hours_mean": 5.0, "gap": 1.0}
         for g, n in (("II", 4), ("III", 36), ("IV", 20))]
    )  # fmt: skip
    shown = protect_city({"training_gaps": gaps}, DISCLOSURE).get("training_gaps").frame.set_index("group")
    assert shown["n_staff"].isna().to_dict() == {"II": True, "III": False, "IV": True}


@pytest.mark.parametrize("name", ["information", "distribution", "training_kinds", "training_gaps", "ip_asn", "sanctions", "objection_grounds"])  # fmt: skip
def test_every_new_measure_says_who_stands_behind_it(name):
    assert GUARDS[name]
    assert not {guard.count for guard in GUARDS[name]} & KEYS


@pytest.mark.parametrize("name", ["objection_grounds", "rating_grounds", "objection_rates", "objections"])
@given(upheld=st.lists(st.integers(0, 12), min_size=1, max_size=6))
def test_no_outcome_of_one_to_four_shows_as_number_or_percent(name, upheld):
    frame = pd.DataFrame(
        [{**KEY, "ground": f"g{n}", "attribute": "sex", "level": f"l{n}", "n": 20, "n_employees": 20,
          "n_objecting": 20, "n_objectors": 20 * len(upheld), "n_decided": 20, "n_upheld": k, "upheld_pct": 5.0 * k}
         for n, k in enumerate(upheld)]
    )  # fmt: skip
    shown = protect_city({name: frame}, DISCLOSURE).get(name).frame
    few = frame["n_upheld"].between(1, 4).to_numpy()
    assert shown.loc[few, ["n_upheld", "upheld_pct"]].isna().all().all()
    # Nor can one be had from the sum and the others.
    if name != "objections" and few.sum() == 1 and (frame["n_upheld"] > 4).any():
        assert shown["n_upheld"].isna().sum() >= 2
    assert shown.loc[frame["n_upheld"].to_numpy() == 0, "n_upheld"].eq(0).all()
