"""The field of a course is told from its title; the title itself is not kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.clean import open_processed
from asn_research.clean.steps.course_fields import FIELDS, course_field
from asn_research.rules.codebooks import course_field_words
from asn_research.simulate.parameters import FIELDS as PLANTED


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("Bimtek Aplikasi SRIKANDI Angkatan II", "technology"),
        ("PELATIHAN  MICROSOFT-EXCEL (lanjutan)", "technology"),
        ("Teknologi Informasi dan Komunikasi", "technology"),
        ("Pelayanan Prima bagi Petugas Loket", "conduct"),
        ("Pelatihan Kepemimpinan Pengawas (PKP) Angkatan IV", "leadership"),
        ("Pengelolaan Keuangan Daerah", "technical"),
        ("Bimbingan Teknis Bela Negara", "other"),
        # A word inside another word is no word.
        ("Sosialisasi Digitalisme", "other"),
        ("", ""),
        (" - ", ""),
    ],
)
def test_the_field_of_a_title(title, field):
    assert course_field(title) == field


def test_every_planted_title_is_of_its_field():
    for field, (_, titles) in PLANTED.items():
        assert [course_field(title) for title in titles] == [field] * len(titles)


@given(st.text(max_size=60))
def test_any_title_has_one_of_the_fields_whatever_its_case(title):
    field = course_field(title)
    assert field in (*FIELDS, "")
    if title.isascii():
        assert course_field(title.upper()) == field


@given(st.sampled_from(course_field_words()))
def test_every_phrase_of_the_codebook_tells_a_field(row):
    field, words = row
    assert field in FIELDS
    found = course_field(f"Pelatihan {' '.join(words)} 2026")
    # A longer phrase may hold a shorter one of another field, but a phrase never tells nothing.
    assert found in FIELDS
    assert found != "other"


def test_no_phrase_stands_twice():
    phrases = [words for _, words in course_field_words()]
    assert len(phrases) == len(set(phrases))


def test_processed_courses_have_a_field_and_no_title(small_processed):
    courses = open_processed(small_processed).table("training")
    assert set(courses["training_field"].astype("object").dropna()) <= set(FIELDS)
    assert courses["training_field"].notna().mean() > 0.99
    titles = {title for _, titles in PLANTED.values() for title in titles}
    assert not titles & set(courses.astype("str").to_numpy().ravel())
