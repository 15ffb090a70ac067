"""What a sheet tells of a person's own courses: hours by field in the year, and whether they came regularly."""

from datetime import date

import pandas as pd
import pytest

from asn_research.personal.person_record import CityRatings, record_of
from asn_research.personal.sheet_text import Addressee, Sheet, sheet_blocks
from asn_research.rules.cities import load_city

TODAY = date(2026, 10, 15)
COURSES = [
    ("2025-Q4", "leadership", 8.0), ("2026-Q1", "technology", 6.0), ("2026-Q1", "technology", 4.0),
    ("2026-Q3", "conduct", 5.0), ("2026-Q3", None, 2.0),
]  # fmt: skip


def tables(courses, first="2025-Q3"):
    rated = pd.DataFrame(
        {"person_id": "p1", "unit_id": "DISHUB", "reporting_unit_id": "DISHUB", "rater_id": "r1",
         "period": ["2026-Q2", "2026-Q3"], "discipline_score": [80.0, 82.0]}
    )  # fmt: skip
    staff = pd.DataFrame({"person_id": ["p1"], "unit_id": ["DISHUB"], "employment_type": ["pns"]})
    rows = [("p1", *course) for course in courses] + [("p2", first, "other", 3.0)]
    taken = pd.DataFrame(rows, columns=["person_id", "period", "training_field", "hours_jp"])
    return {"appraisals": rated, "employees": staff, "training": taken}


def told(given, language="id"):
    city = load_city()
    record = record_of("p1", given, city, CityRatings(), today=TODAY)
    blocks = sheet_blocks(Sheet(record, Addressee("Satu"), city, language, TODAY))
    return record, " ".join(getattr(block, "text", "") for block in blocks)


def test_hours_of_the_year_are_told_by_field():
    record, text = told(tables(COURSES))
    assert record.training_fields == {"technology": 10.0, "conduct": 5.0, "unknown": 2.0}
    assert sum(record.training_fields.values()) == record.training_jp
    assert (
        "Menurut bidangnya: teknologi informasi 10 JP, sikap dan komunikasi pelayanan 5 JP, tidak disebut 2 JP."
        in text
    )


@pytest.mark.parametrize(
    ("courses", "n", "sentence"),
    [
        (COURSES, 3, "tercatat pada 3 triwulan, jadi teratur"),
        (COURSES[1:3], 1, "tercatat pada 1 triwulan; disebut teratur bila sedikitnya 3"),
        ([], 0, "tercatat pada 0 triwulan"),
        # Hours of nil are no course, and what is older than four quarters does not count.
        ([("2026-Q2", "other", 0.0), ("2025-Q3", "other", 9.0)], 0, "tercatat pada 0 triwulan"),
    ],
)  # fmt: skip
def test_regular_courses_are_told_from_single_ones(courses, n, sentence):
    record, text = told(tables(courses))
    assert record.taught_quarters == n
    assert sentence in text


def test_what_no_list_reaches_is_not_told():
    record, text = told(tables(COURSES[2:], first="2026-Q1"))
    assert record.taught_quarters is None
    assert "triwulan terakhir" not in text


def test_lists_without_titles_tell_no_field():
    without = tables(COURSES)
    without["training"] = without["training"].assign(training_field=None)
    record, text = told(without)
    assert not record.training_fields
    assert "Menurut bidangnya" not in text


def test_it_is_told_in_english_too():
    _, text = told(tables(COURSES), "en")
    assert "By field: information technology 10 JP, service conduct 5 JP, not stated 2 JP." in text
    assert "there was training in 3, so it came regularly" in text
