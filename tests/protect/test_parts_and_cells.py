"""No small group can be had from what the staff measures publish together."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research import rules
from asn_research.errors import DisclosureError, SchemaError
from asn_research.measure.appraisal import distribution_advice
from asn_research.measure.rating_information import information_audit
from asn_research.protect import protect_city
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.regulations_staff import (
    ORGANISATION_PREDIKATS,
    PREDIKATS,
    DistributionRule,
    InformationRule,
)
from asn_research.schema import declared

TODAY = date(2026, 9, 30)
DISCLOSURE = rules.at(TODAY).one(DisclosureRule)
GUIDE, AUDIT = rules.at(TODAY).one(DistributionRule), rules.at(TODAY).one(InformationRule)
KEY = {"unit_id": "U", "period": "2026-Q3"}
#: Sanctions and objections are told of the city alone.
CITY_KEY = {"unit_id": CITY, "period": "2026-Q3"}


def measures(counts, organisation):
    frame = pd.DataFrame(
        [{**KEY, "predikat": p, "n": n} for p, n in zip(PREDIKATS, counts, strict=True) if n]
    )
    rated = pd.DataFrame(
        {"reporting_unit_id": "U", "period": "2026-Q3", "rater_id": "r", "person_id": range(sum(counts)),
         "predikat_by_matrix": np.repeat(PREDIKATS, counts)}
    )  # fmt: skip
    audit = information_audit(rated, AUDIT)
    return {
        "predikats": frame,
        "distribution": distribution_advice(frame, {"U": organisation}),
        "information": audit.loc[audit["unit_id"] == "U"],
    }


def test_ten_merged_and_eight_of_them_would_tell_of_two():
    protected = protect_city(measures((13, 138, 4, 4, 2), "good"), DISCLOSURE)
    merged = protected.get("predikats", predikat="merged").frame
    assert merged["n"].tolist() == [148]
    guide = protected.get("distribution", limit_no=2)
    assert guide.frame[["n", "n_others", "share_pct", "n_over"]].isna().all(axis=None)
    # That somebody must be rated so is kept by one: whether it is would tell of the few.
    assert guide.frame["is_kept"].isna().all()
    for few in (0, 1, 4):
        shown = protect_city(measures((40, 60, few, 0, 0), "good"), DISCLOSURE).get(
            "distribution", limit_no=2
        )
        assert shown.frame[["is_kept", "n", "n_over"]].isna().all(axis=None)
    many = protect_city(measures((40, 60, 8, 0, 0), "good"), DISCLOSURE)
    assert many.get("predikats", predikat="needs_improvement").frame["n"].tolist() == [8]
    # Eight and the few with the next would tell of the few; that the guide is kept does not.
    guide = many.get("distribution", limit_no=2).frame
    assert guide["is_kept"].tolist() == [True]
    assert guide["n"].isna().all()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=5, max_size=5).filter(lambda c: sum(c) >= 10),
    st.sampled_from(ORGANISATION_PREDIKATS),
)
def test_guide_and_audit_never_part_a_merged_cell(counts, organisation):
    protected = protect_city(measures(counts, organisation), DISCLOSURE)
    cells = protected.get("predikats").frame
    joined = [set(names.split("|")) for names in cells["merged_categories"] if names]
    by_name = dict(zip(PREDIKATS, counts, strict=True))
    for row in protected.get("distribution").frame.dropna(subset=["n"]).itertuples():
        part = set(row.predikats.split("|"))
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


def index_row(n_sanctioned, points, n_staff=40, key=None):
    """A unit's professionalism index as measured: everyone as lightly sanctioned as the rule knows."""
    cells = [cell.split(":") for cell in points.split("|")]
    performance = [sum(float(c[end]) * int(c[2]) for c in cells) / n_staff for end in (0, 1)]
    means = {"qualification": (15, 16), "competence": (10, 20), "performance": performance}
    means["discipline"] = [5 - 2 * n_sanctioned / n_staff] * 2
    row = {
        f"{name}_{end}": float(pair[k])
        for name, pair in means.items()
        for k, end in enumerate(("low", "high"))
    }
    total = {f"index_{end}": sum(row[f"{name}_{end}"] for name in means) for end in ("low", "high")}
    counts = {"n_staff": n_staff, "n_complete": 0, "n_sanctioned": n_sanctioned, "performance_points": points}
    return (key or CITY_KEY) | counts | row | total | {"band_low": "x", "band_high": "x"}


def protected_index(*args, **kwargs):
    frame = pd.DataFrame([index_row(*args, **kwargs)])
    return protect_city({"ip_asn": frame}, DISCLOSURE).get("ip_asn").frame


@given(st.integers(1, 9))
def test_no_sanction_and_nine_of_them_give_the_same_index(n_sanctioned):
    pd.testing.assert_frame_equal(protected_index(n_sanctioned, "25:25:40"), protected_index(0, "25:25:40"))
    row = protected_index(n_sanctioned, "25:25:40").iloc[0]
    assert np.isnan(row["n_sanctioned"])
    # Nine might be sanctioned as severely as the rule knows, or nobody.
    assert (row["discipline_low"], row["discipline_high"]) == (5 - 9 * 4 / 40, 5)
    assert row["index_high"] == 16 + 20 + 30 + 5


def test_sanctions_of_ten_and_more_are_what_they_are():
    row = protected_index(12, "25:25:40").iloc[0]
    assert (row["n_sanctioned"], row["discipline_low"]) == (12, 5 - 2 * 12 / 40)


def test_performance_does_not_part_what_the_distribution_merges():
    one, two = (protected_index(0, points) for points in ("1:1:1|25:25:39", "15:15:1|25:25:39"))
    none = protected_index(0, "25:25:40")
    pd.testing.assert_frame_equal(one, two)
    pd.testing.assert_frame_equal(one, none)
    # Four with each of three predikat that harm, or nobody.
    low = ((40 - 12) * 25 + 4 * (15 + 5 + 1)) / 40
    assert one[["performance_low", "performance_high"]].iloc[0].tolist() == [low, 30.0]
    assert "performance_points" not in one


def test_performance_leaves_no_scale_where_a_few_have_no_predikat():
    row = protected_index(0, "1:30:2|5:5:10", n_staff=12).iloc[0]
    assert 1 <= row["performance_low"] <= row["performance_high"] <= 30


@given(st.lists(st.integers(0, 40), min_size=5, max_size=5).filter(lambda c: sum(c) >= 10))
def test_performance_lies_between_the_bounds_that_are_told(counts):
    points = (30, 25, 15, 5, 1)
    n = sum(counts)
    cells = "|".join(f"{p}:{p}:{c}" for p, c in zip(points, counts, strict=True) if c)
    row = protected_index(0, cells, n_staff=n).iloc[0]
    true = sum(p * c for p, c in zip(points, counts, strict=True)) / n
    assert row["performance_low"] - 1e-9 <= true <= row["performance_high"] + 1e-9


def audit_of(*counts):
    protected = protect_city({"information": pd.DataFrame([audit_row(*counts)])}, DISCLOSURE)
    return protected.get("information").frame.iloc[0]


def audit_row(*counts):
    """What the audit says of so many people with each grade, the best first."""
    n = sum(counts)
    scores = pd.DataFrame(
        {"reporting_unit_id": "U", "period": "2026-Q3", "rater_id": "r", "person_id": range(n),
         "output_pct": np.repeat(np.arange(len(counts), 0, -1.0), counts)}
    )  # fmt: skip
    found = information_audit(scores, AUDIT)
    return found.loc[found["unit_id"] == "U"].iloc[0].to_dict()


@pytest.mark.parametrize(
    ("counts", "shows"),
    [
        ((4, 45, 1), False), ((1, 45, 4), False), ((20, 45, 2, 2, 2, 2), False), ((40, 3, 3, 3), False),
        ((20, 45, 9), True), ((30, 2, 2, 2, 2, 2), True),
    ],
)  # fmt: skip
def test_the_audit_does_not_part_what_the_distribution_merges(counts, shows):
    row = audit_of(*counts)
    assert pd.notna(row["effective_grades"]) == pd.notna(row["n_grades"]) == shows
    assert not {"grade_counts", "entropy_bits"} & set(row.index)
    if shows:
        assert row["effective_grades"] == round(audit_row(*counts)["effective_grades"], 1)


def test_a_renamed_count_publishes_nothing():
    row = {**KEY, "index": 71.0, "n_screened_out": 0}
    with pytest.raises(SchemaError, match="column n_people, which nobody has declared"):
        protect_city({"satisfaction": pd.DataFrame([row | {"n_people": 3}])}, DISCLOSURE)
    with pytest.raises(DisclosureError, match=r"no column n_respondents.*keep the counts"):
        protect_city({"satisfaction": pd.DataFrame([row])}, DISCLOSURE)


def test_what_is_a_key_of_one_measure_is_nothing_in_another():
    frame = pd.DataFrame([{**KEY, "scale": "psm", "n": 3, "mean": 3.0, "level": "high"}])
    with pytest.raises(SchemaError, match="motivation has the column level, which nobody has declared"):
        protect_city({"motivation": frame}, DISCLOSURE)


@pytest.mark.parametrize(("met", "n_pns"), [(18, 20), (19, 20), (0, 20), (20, 20), (1, 20), (3, 72)])
def test_training_tells_neither_who_met_the_duty_nor_who_did_not(met, n_pns):
    row = {**KEY, "n_staff": n_pns + 20, "n_trained": 20, "trained_pct": 50.0, "n_pns": n_pns, "n_pns_met": met,
           "pns_met_pct": 100 * met / n_pns, "n_pppk": 20, "n_pppk_over": 10}  # fmt: skip
    shown = protect_city({"training": pd.DataFrame([row])}, DISCLOSURE).get("training").frame
    assert shown[["n_pns_met", "pns_met_pct"]].isna().all(axis=None)
    assert shown[["n_pns", "n_pppk_over", "trained_pct"]].notna().all(axis=None)


@pytest.mark.parametrize("n_pppk", [1, 7, 9])
def test_the_number_of_pns_does_not_tell_of_a_few_pppk(n_pppk):
    row = {
        **KEY,
        "n_staff": 52,
        "n_trained": 20,
        "n_pns": 52 - n_pppk,
        "n_pns_met": 20,
        "n_pppk": n_pppk,
        "n_pppk_over": 0,
    }
    shown = protect_city({"training": pd.DataFrame([row])}, DISCLOSURE).get("training").frame
    assert shown[["n_pns", "n_pns_met", "n_pppk", "n_pppk_over"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("over", "n_pppk", "shows"),
    [(1, 10, False), (0, 10, False), (2, 10, False), (0, 40, True), (6, 20, True)],
)
def test_pppk_over_the_ceiling(over, n_pppk, shows):
    row = {
        **KEY,
        "n_staff": 100,
        "n_trained": 50,
        "n_pns": 100 - n_pppk,
        "n_pns_met": 20,
        "n_pppk": n_pppk,
        "n_pppk_over": over,
    }
    shown = protect_city({"training": pd.DataFrame([row])}, DISCLOSURE).get("training").frame
    assert shown["n_pppk_over"].notna().item() is shows


@pytest.mark.parametrize(
    ("within", "n", "shows"),
    [(18, 20, False), (19, 20, False), (20, 20, False), (1, 40, False), (40, 40, True), (15, 20, True)],
)
def test_times_tell_neither_of_a_few_late_requests_nor_of_a_few_in_time(within, n, shows):
    row = {**KEY, "service_id": "", "n_requests": n, "n_finished": n, "n_undated": 0, "n_open": 0, "n_judged": n,
           "within_standard_pct": 100 * within / n, "within_standard_low": 1.0, "within_standard_high": 99.0}  # fmt: skip
    shown = protect_city({"service_time": pd.DataFrame([row])}, DISCLOSURE).get("service_time").frame
    assert shown[["within_standard_pct", "within_standard_low"]].notna().all(axis=None) == shows


@pytest.mark.parametrize("levels", [(0, 0, 0), (0, 1, 0), (4, 3, 2), (12, 5, 0), (20, 8, 1)])
def test_no_level_of_sanctions_under_ten_shows_nor_that_there_is_none(levels):
    names = ("light", "moderate", "severe", "all")
    frame = pd.DataFrame(
        [{**CITY_KEY, "level": k, "n_people": n} for k, n in zip(names, (*levels, sum(levels)), strict=True)]
    )
    shown = (
        protect_city({"sanctions": frame}, DISCLOSURE).get("sanctions").frame.set_index("level")["n_people"]
    )
    assert shown[list(names[:3])].isna().all()
    assert shown.notna()["all"] == (sum(levels) >= 10)


@pytest.mark.parametrize("n", [0, 3, 30])
def test_a_units_sanctions_and_what_discipline_makes_are_not_told(n):
    levels = ("light", "all")
    frame = pd.DataFrame([{**key, "level": k, "n_people": n + 20} for key in (KEY, CITY_KEY) for k in levels])
    shown = protect_city({"sanctions": frame}, DISCLOSURE).get("sanctions").frame
    assert set(shown["unit_id"]) == {CITY}
    assert protect_city({"sanctions": frame[frame["unit_id"] == "U"]}, DISCLOSURE).get("sanctions") is None
    index = protected_index(n, "25:25:40", key=KEY).iloc[0]
    assert index[["n_sanctioned", "discipline_low", "discipline_high", "index_low", "band_high"]].isna().all()
    assert index["competence_low"] == 10


def test_a_group_hidden_alone_takes_another_with_it():
    gaps = pd.DataFrame(
        [{**KEY, "grouping": "rank_group", "group": g, "n_staff": n, "n_others": 60 - n, "hours_mean": 5.0, "gap": 1.0}
         for g, n in (("II", 4), ("III", 36), ("IV", 20))]
    )  # fmt: skip
    shown = protect_city({"training_gaps": gaps}, DISCLOSURE).get("training_gaps").frame.set_index("group")
    assert shown["n_staff"].isna().to_dict() == {"II": True, "III": False, "IV": True}


@pytest.mark.parametrize("name", ["objection_grounds", "rating_grounds", "objection_rates", "objections"])
@given(upheld=st.lists(st.integers(0, 12), min_size=1, max_size=6))
def test_no_outcome_of_one_to_four_shows_as_number_or_percent(name, upheld):
    frame = pd.DataFrame(
        [{**CITY_KEY, "ground": f"g{n}", "attribute": "sex", "level": f"l{n}", "n": 20, "n_employees": 20,
          "n_objecting": 20, "n_objections": 20, "n_objectors": 20 * len(upheld), "n_decided": 20, "n_rated": 400, "n_late": 10,
          "n_upheld": k, "upheld_pct": 5.0 * k}
         for n, k in enumerate(upheld)]
    )  # fmt: skip
    frame = frame[[column for column in declared("measure", name).owner_of if column in frame]]
    shown = protect_city({name: frame}, DISCLOSURE).get(name).frame
    few = frame["n_upheld"].between(0, 4).to_numpy()
    told = [column for column in ("n_upheld", "upheld_pct") if column in shown]
    assert shown.loc[few, told].isna().all().all()
    # Nor can one be had from the sum and the others.
    if name != "objections" and few.sum() == 1 and (frame["n_upheld"] > 4).any():
        assert shown["n_upheld"].isna().sum() >= 2
