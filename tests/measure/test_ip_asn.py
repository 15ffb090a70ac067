"""The professionalism index between the bounds that a record allows."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research.measure.ip_asn import DIMENSIONS, ip_asn_by_person, ip_asn_by_unit
from asn_research.rules.regulations import rule_in_force
from asn_research.rules.regulations_staff import PREDICATES, DisciplineRule, IpAsnRule

TODAY = date(2026, 9, 30)
RULE, LEVELS = rule_in_force(IpAsnRule, TODAY), rule_in_force(DisciplineRule, TODAY)
PERIOD = "2026-Q3"


def staff(**columns):
    return pd.DataFrame(
        {"person_id": ["p"], "reporting_unit_id": ["U"], **{k: [v] for k, v in columns.items()}}
    )


def courses(*rows):
    return pd.DataFrame(rows, columns=["training_kind", "hours_jp", "period"]).assign(person_id="p")


def rated(*predicates, year=2026):
    periods = [f"{year}-Q{n}" for n in range(1, len(predicates) + 1)]
    return pd.DataFrame({"person_id": "p", "period": periods, "predicate_by_matrix": predicates})


NO_SANCTIONS = pd.DataFrame({"person_id": [], "sanction": [], "period": []})
ALL_LESSONS = courses(("structural", 900, "2025-Q4"), ("technical", 20, PERIOD), ("seminar", 4, PERIOD))


def index(people, **tables):
    tables = {"courses": ALL_LESSONS, "appraisals": rated("good"), "sanctions": NO_SANCTIONS, **tables}
    return ip_asn_by_person(people, [PERIOD], RULE, discipline=LEVELS, **tables).iloc[0]


@pytest.mark.parametrize(
    ("columns", "tables", "low", "high"),
    [
        # S1 gives 15, all lessons 40, Baik 25, a clean record 5.
        pytest.param({"education": "bachelor", "position_kind": "structural"}, {}, 85, 85, id="complete"),
        # SLTA gives 5, all lessons 40, Sangat Baik 30, a clean record 5.
        pytest.param({"education": "upper_secondary", "position_kind": "operational"},
                     {"appraisals": rated("very_good")}, 80, 80, id="operational"),
        # S2 or S3: our codebook does not part them.
        pytest.param({"education": "postgraduate", "position_kind": "structural"}, {}, 90, 95, id="s2_or_s3"),
        # No list of courses: the forty points are open.
        pytest.param({"education": "bachelor", "position_kind": "structural"}, {"courses": None}, 45, 85, id="no_courses"),
        # Nineteen hours are not twenty, and a certificate of an earlier year may exist.
        pytest.param({"education": "bachelor", "position_kind": "structural"},
                     {"courses": courses(("technical", 19, PERIOD), ("seminar", 3, PERIOD))}, 55, 70, id="short"),
        # Last year's technical lessons do not count for this one.
        pytest.param({"education": "bachelor", "position_kind": "operational"},
                     {"courses": courses(("technical", 40, "2025-Q4"))}, 45, 45, id="last_year"),
        # Quarters differ: the year lies between them.
        pytest.param({"education": "bachelor", "position_kind": "structural"},
                     {"appraisals": rated("good", "very_good", "needs_improvement")}, 75, 90, id="quarters_differ"),
        pytest.param({"education": "bachelor", "position_kind": "structural"}, {"appraisals": None}, 61, 90, id="not_rated"),
        # No list of sanctions is not a clean record.
        pytest.param({"education": "bachelor", "position_kind": "structural"}, {"sanctions": None}, 81, 85, id="no_list"),
        pytest.param({"education": "bachelor", "position_kind": "structural"},
                     {"sanctions": pd.DataFrame({"person_id": "p", "sanction": ["written_reprimand", "allowance_cut_9_months"],
                                                 "period": "2026-Q1"})}, 82, 82, id="heaviest_sanction"),
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
    st.lists(st.sampled_from(PREDICATES), min_size=1, max_size=3), st.sets(st.sampled_from(["education", "position_kind"])),
    st.sets(st.sampled_from(["courses", "appraisals", "sanctions"])),
)  # fmt: skip
def test_less_knowledge_only_widens_the_bounds(education, position, predicates, lost, tables_lost):
    columns = {"education": education, "position_kind": position}
    full = index(staff(**columns), appraisals=rated(*predicates))
    given_up = {"appraisals": rated(*predicates), **dict.fromkeys(tables_lost)}
    less = index(staff(**{k: v for k, v in columns.items() if k not in lost}), **given_up)
    for name in (*DIMENSIONS, "index"):
        assert less[f"{name}_low"] <= full[f"{name}_low"] <= full[f"{name}_high"] <= less[f"{name}_high"]
    assert 0 <= less["index_low"] <= less["index_high"] <= 100


def test_a_units_figure_is_the_mean_of_its_people_and_is_banded_at_both_ends():
    people = pd.DataFrame(
        {"person_id": ["a", "b"], "reporting_unit_id": "U", "education": ["bachelor", "postgraduate"],
         "position_kind": "structural"}
    )  # fmt: skip
    lessons = pd.concat([ALL_LESSONS.assign(person_id=p) for p in "ab"])
    ratings = pd.concat([rated("very_good").assign(person_id=p) for p in "ab"])
    table = ip_asn_by_person(
        people, [PERIOD], RULE, courses=lessons, appraisals=ratings, sanctions=NO_SANCTIONS, discipline=LEVELS
    )
    row = ip_asn_by_unit(table, RULE).query("unit_id == 'U'").iloc[0]
    # 90 and 95 to 100.
    assert (row["index_low"], row["index_high"], row["n_complete"]) == (92.5, 95, 1)
    assert (row["band_low"], row["band_high"]) == ("very_high", "very_high")
    wide = ip_asn_by_unit(ip_asn_by_person(people, [PERIOD], RULE), RULE).iloc[0]
    assert (wide["band_low"], wide["band_high"]) == ("very_low", "very_high")
