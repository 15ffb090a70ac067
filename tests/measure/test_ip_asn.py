"""The professionalism index between the bounds that a record allows."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research import rules
from asn_research.measure.all_measures import BRANCHES, CityData
from asn_research.measure.ip_asn import DIMENSIONS, ip_asn_by_person, ip_asn_by_unit
from asn_research.rules.cities import load_city
from asn_research.rules.regulations_staff import PREDIKATS, IpAsnRule

TODAY = date(2026, 9, 30)
RULE = rules.at(TODAY).one(IpAsnRule)
PERIOD = "2026-Q3"


def staff(**columns):
    return pd.DataFrame(
        {"person_id": ["p"], "reporting_unit_id": ["U"], **{k: [v] for k, v in columns.items()}}
    )


def courses(*rows):
    return pd.DataFrame(rows, columns=["training_kind", "hours_jp", "period"]).assign(person_id="p")


def rated(*predikats, year=2025):
    periods = [f"{year}-Q{n}" for n in range(1, len(predikats) + 1)]
    return pd.DataFrame({"person_id": "p", "period": periods, "predikat_by_matrix": predikats})


NO_SANCTIONS = pd.DataFrame(
    {"person_id": [], "sanction": [], "sanction_date": pd.to_datetime([]), "period": []}
)
ALL_LESSONS = courses(
    ("structural", 900, "2025-Q4"), ("functional", 40, "2025-Q4"), ("technical", 20, PERIOD), ("seminar", 4, PERIOD)
)  # fmt: skip


def sanctioned(sanction, day):
    return (
        NO_SANCTIONS.iloc[:0]
        .reindex([0])
        .assign(person_id="p", sanction=sanction, sanction_date=pd.Timestamp(day))
    )


def index(people, **tables):
    tables = {"courses": ALL_LESSONS, "appraisals": rated("good"), "sanctions": NO_SANCTIONS, **tables}
    return ip_asn_by_person(people, [PERIOD], **tables).iloc[0]


@pytest.mark.parametrize(
    ("columns", "tables", "low", "high"),
    [
        # S1 gives 15, all lessons 40, Baik 25, a clean record 5.
        pytest.param({"education": "bachelor", "position_kind": "functional"}, {}, 85, 85, id="complete"),
        # SLTA gives 5, all lessons 40, Sangat Baik 30, a clean record 5.
        pytest.param({"education": "upper_secondary", "position_kind": "operational"},
                     {"appraisals": rated("very_good")}, 80, 80, id="operational"),
        # S2 or S3, and a leadership course that may be that of the post or not: 20 to 25 and 0 to 15.
        pytest.param({"education": "postgraduate", "position_kind": "structural"}, {}, 75, 95, id="s2_or_s3"),
        # A technical course of twenty hours counts whenever it was taken, but nineteen and nineteen do not make one.
        pytest.param({"education": "bachelor", "position_kind": "functional"},
                     {"courses": courses(("technical", 20, "2019-Q2"), ("seminar", 3, "2025-Q1"))}, 70, 85, id="long_ago"),
        pytest.param({"education": "bachelor", "position_kind": "functional"},
                     {"courses": courses(("technical", 19, "2024-Q4"), ("technical", 19, "2025-Q2"), ("seminar", 3, PERIOD))},
                     55, 85, id="two_short_ones"),
        # Seminars count for two years: one of 2024 does not count in 2026.
        pytest.param({"education": "bachelor", "position_kind": "operational"},
                     {"courses": courses(("seminar", 3, "2025-Q1"))}, 62.5, 62.5, id="seminar_last_year"),
        pytest.param({"education": "bachelor", "position_kind": "operational"},
                     {"courses": courses(("seminar", 3, "2024-Q4"))}, 45, 45, id="seminar_too_old"),
        # This year's predikat is not yet the one that counts.
        pytest.param({"education": "bachelor", "position_kind": "functional"},
                     {"appraisals": rated("very_good", year=2026)}, 61, 90, id="predikat_of_this_year"),
        # A sanction of 2021 is within five years of the quarter's end until late 2026; one of early 2021 is not.
        pytest.param({"education": "bachelor", "position_kind": "functional"},
                     {"sanctions": sanctioned("written_reprimand", "2021-10-01")}, 83, 83, id="sanction_of_five_years"),
        pytest.param({"education": "bachelor", "position_kind": "functional"},
                     {"sanctions": sanctioned("written_reprimand", "2021-09-30")}, 85, 85, id="sanction_too_old"),
        # No list of courses: the forty points are open.
        pytest.param({"education": "bachelor", "position_kind": "structural"}, {"courses": None}, 45, 85, id="no_courses"),
        # Nineteen hours are not twenty, and a certificate of an earlier year may exist.
        pytest.param({"education": "bachelor", "position_kind": "structural"},
                     {"courses": courses(("technical", 19, PERIOD), ("seminar", 3, PERIOD))}, 55, 85, id="short"),
        # Last year's technical lessons do not count for this one.
        pytest.param({"education": "bachelor", "position_kind": "operational"},
                     {"courses": courses(("technical", 40, "2025-Q4"))}, 45, 45, id="last_year"),
        # Quarters differ: the year lies between them.
        pytest.param({"education": "bachelor", "position_kind": "structural"},
                     {"appraisals": rated("good", "very_good", "needs_improvement")}, 60, 90, id="quarters_differ"),
        pytest.param({"education": "bachelor", "position_kind": "structural"}, {"appraisals": None}, 46, 90, id="not_rated"),
        # No list of sanctions is not a clean record.
        pytest.param({"education": "bachelor", "position_kind": "structural"}, {"sanctions": None}, 66, 85, id="no_list"),
        pytest.param({"education": "bachelor", "position_kind": "structural"},
                     {"sanctions": pd.DataFrame({"person_id": "p", "sanction": ["written_reprimand", "allowance_cut_9_months"],
                                                 "sanction_date": pd.Timestamp("2026-02-01"), "period": "2026-Q1"})}, 67, 82, id="heaviest_sanction"),
        # Nothing known but the person: the lowest step of each dimension, to the full hundred.
        pytest.param({}, {"courses": None, "appraisals": None, "sanctions": None}, 3, 100, id="nothing_known"),
    ],
)  # fmt: skip
def test_examples(columns, tables, low, high):
    found = index(staff(**columns), **tables)
    assert (found["index_low"], found["index_high"]) == (low, high)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(RULE.qualification)), st.sampled_from(sorted(RULE.competence)),
    st.lists(st.sampled_from(PREDIKATS), min_size=1, max_size=3), st.sets(st.sampled_from(["education", "position_kind"])),
    st.sets(st.sampled_from(["courses", "appraisals", "sanctions"])),
)  # fmt: skip
def test_less_knowledge_only_widens_the_bounds(education, position, predikats, lost, tables_lost):
    columns = {"education": education, "position_kind": position}
    full = index(staff(**columns), appraisals=rated(*predikats))
    given_up = {"appraisals": rated(*predikats), **dict.fromkeys(tables_lost)}
    less = index(staff(**{k: v for k, v in columns.items() if k not in lost}), **given_up)
    for name in (*DIMENSIONS, "index"):
        assert less[f"{name}_low"] <= full[f"{name}_low"] <= full[f"{name}_high"] <= less[f"{name}_high"]
    assert 0 <= less["index_low"] <= less["index_high"] <= 100


def test_a_units_figure_is_the_mean_of_its_people_and_is_banded_at_both_ends():
    people = pd.DataFrame(
        {"person_id": ["a", "b"], "reporting_unit_id": "U", "education": ["bachelor", "postgraduate"],
         "position_kind": "functional"}
    )  # fmt: skip
    lessons = pd.concat([ALL_LESSONS.assign(person_id=p) for p in "ab"])
    ratings = pd.concat([rated("very_good").assign(person_id=p) for p in "ab"])
    table = ip_asn_by_person(people, [PERIOD], courses=lessons, appraisals=ratings, sanctions=NO_SANCTIONS)
    row = ip_asn_by_unit(table).query("unit_id == 'U'").iloc[0]
    # 90 and 95 to 100.
    assert (row["index_low"], row["index_high"], row["n_complete"]) == (92.5, 95, 1)
    assert (row["band_low"], row["band_high"]) == ("very_high", "very_high")
    wide = ip_asn_by_unit(ip_asn_by_person(people, [PERIOD])).iloc[0]
    assert (wide["band_low"], wide["band_high"]) == ("very_low", "very_high")


def test_before_the_regulation_there_is_no_index():
    assert ip_asn_by_person(staff(), ["2018-Q4"]) is None
    assert list(ip_asn_by_person(staff(), ["2018-Q4", "2019-Q2"])["period"]) == ["2019-Q2"]


def test_the_level_of_a_sanction_is_that_of_its_own_day():
    # In 2020 the discipline rules on file were not in force: the sanction's level, and so its points, are open.
    found = ip_asn_by_person(
        staff(position_kind="functional"),
        ["2022-Q4"],
        sanctions=sanctioned("written_reprimand", "2020-05-01"),
    ).iloc[0]
    assert (found["discipline_low"], found["discipline_high"], found["sanctioned"]) == (1, 3, True)


@pytest.mark.parametrize(
    "tables", [{"training": ALL_LESSONS}, {"employees": staff()}], ids=["no staff", "no quarter"]
)
def test_without_staff_or_without_a_quarter_there_is_no_index(tables):
    branch = next(branch for branch in BRANCHES if "ip_asn" in branch.makes)
    assert branch.run(CityData(tables, load_city()), {})["ip_asn"] is None
