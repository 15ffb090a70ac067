from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.clean.parse.dates import parse_date
from asn_research.clean.parse.number_texts import BadCellError, parse_number, units_of
from asn_research.clean.parse.period_texts import parse_period
from asn_research.clean.parse.values import code_of, coded, parse_cell
from asn_research.clean.steps.units import MISSPELT, UnitMatch, unit_names
from asn_research.rules.cities import load_city
from asn_research.rules.codebooks import load_codebook
from asn_research.rules.periods import Period
from asn_research.simulate.spelling import spelled_date

FEEDBACK, APPRAISALS = load_codebook("citizen_feedback"), load_codebook("appraisals")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("1.234,56", "s", 1234.56), ("87,5", "s", 87.5), ("87.5", "s", 87.5), ("1.234", "s", 1234), ("12", "s", 12),
        ("1234.5", "n", 1234.5), ("87,5%", "s", 87.5), ("-3,5", "s", -3.5), ("Rp 1.000.000", "s", 1_000_000),
    ],
)  # fmt: skip
def test_numbers(text, kind, value):
    assert parse_number(text, kind) == value


@pytest.mark.parametrize("text", ["abc", "1,2,3", "12-13", "1.23.456", "dua"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(BadCellError, match="unreadable"):
        parse_number(text, "s")


def test_a_point_is_a_decimal_where_a_thousand_cannot_be():
    # "3.868" may be a mean of 3.868 or 3,868; an attendance of 3,868 days cannot be.
    column = load_codebook("service_log")["queue_minutes"]
    assert parse_cell("31.250", "s", column) == 31.25


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("5 Juli 2026", date(2026, 7, 5)), ("05/07/2026", date(2026, 7, 5)), ("5-7-2026", date(2026, 7, 5)),
        ("2026-07-05", date(2026, 7, 5)), ("5 Agt 2026", date(2026, 8, 5)), ("5 Agustus 2026", date(2026, 8, 5)),
        ("Jum'at, 2 Oktober 2026", date(2026, 10, 2)), ("Jumat 2 Nopember 2018", date(2018, 11, 2)),
        ("17 Pebruari 2026", date(2026, 2, 17)), ("3 Des. 2025", date(2025, 12, 3)),
        ("08/03/2026", date(2026, 3, 8)),
    ],
)  # fmt: skip
def test_dates(text, day):
    found = parse_date(text)
    assert found is not None
    assert found.date() == day


def test_clock_times_are_kept():
    assert parse_date("05/07/2026 08.30 WIB") == datetime(2026, 7, 5, 8, 30)
    assert parse_date("2026-07-05T14:05:10") == datetime(2026, 7, 5, 14, 5, 10)


@pytest.mark.parametrize(
    "text", ["31 Februari 2026", "31/02/2026", "08/17/2026", "besok", "", "2026", "5 Mai 2026"]
)
def test_what_is_no_day_is_refused(text):
    assert parse_date(text) is None


@given(st.dates(date(1990, 1, 1), date(2050, 12, 31)), st.integers(1, 5))
def test_every_spelling_of_a_day_is_that_day(day, style):
    found = parse_date(spelled_date(day, style))
    assert found is not None
    assert found.date() == day


@given(st.integers(2000, 2050), st.integers(1, 4))
def test_every_spelling_of_a_quarter_is_that_quarter(year, number):
    period = Period(year, number)
    roman = ("I", "II", "III", "IV")[number - 1]
    for text in (period.code, period.label("id"), f"TW {roman} {year}", f"Periode : Triwulan {roman} Tahun {year}",
                 f"TW{number} {year}", f"triwulan ke-{number} tahun {year}"):  # fmt: skip
        assert parse_period(text) == period, text


def test_half_years_and_years():
    assert parse_period("Semester II Tahun 2021") == Period(2021, 2, "S")
    assert parse_period("Tahun 2026") == Period(2026, 1, "Y")
    assert parse_period("Pontianak, 5 Oktober 2026") is None


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("conduct", "3", 3), ("conduct", "Sangat sopan dan ramah", 4), ("conduct", "4 - Sangat sopan dan ramah", 4),
        ("cost", "Gratis", 4), ("time", "KURANG CEPAT", 2), ("trust_integrity", "SS", 5), ("time", "-", None),
        ("sex", "Wanita", "f"), ("education", "SMA/SLTA", "upper_secondary"),
    ],
)  # fmt: skip
def test_answers_in_words(column, text, value):
    assert parse_cell(text, "s", FEEDBACK[column]) == value


@pytest.mark.parametrize(("column", "text"), [("conduct", "44"), ("conduct", "0"), ("trust_integrity", "6")])
def test_answers_off_the_scale_are_refused(column, text):
    with pytest.raises(BadCellError, match="out_of_range"):
        parse_cell(text, "s", FEEDBACK[column])


@pytest.mark.parametrize("text", ["Diatas Ekspektasi", "DIATAS ESPEKTASI", "di-atas ekspektasi", "1"])
def test_the_reference_codes_misspelling_is_understood(text):
    assert parse_cell(text, "s", APPRAISALS["results_rating"]) == "above"


NAMES = unit_names(load_city())


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("DINAS PERHUBUNGAN", "DISHUB"), ("Dinas Perhubungan Kota Pontianak", "DISHUB"), ("  dishub ", "DISHUB"),
        ("Kel. Sei Jawi", "KEL-KOT-05"), ("Kelurahan Benuamelayu Laut", "KEL-SEL-02"),
        ("Dinas Koperasi, Usaha Mikro & Perdagangan", "DKUMP"), ("BP2T", "DPMTKPTSP"),
    ],
)  # fmt: skip
def test_units_in_their_spellings(text, unit):
    assert NAMES.find(text, "2026-Q3") == UnitMatch(unit)


def test_a_misspelt_unit_is_found_and_marked():
    assert NAMES.find("Dinas Perhbungan", "2026-Q3") == UnitMatch("DISHUB", repair=MISSPELT)


@pytest.mark.parametrize("text", ["Kantor Pembantu Seberang Sungai", "Dinas", "BKD", "", "Kelurahan Siantan"])
def test_unclear_units_are_not_guessed(text):
    assert NAMES.find(text, "2026-Q3").unit_id is None


@pytest.mark.parametrize("unit", load_city().units.values(), ids=lambda unit: unit.unit_id)
def test_every_spelling_in_the_register_is_found(unit):
    for spelling in (unit.name, unit.short_name, *unit.aliases):
        assert NAMES.find(spelling, "2026-Q3") == UnitMatch(unit.unit_id), spelling


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("3 - Baik", 3, id="dash"),
        pytest.param("4. Sangat Baik", 4, id="point"),
        pytest.param("2 (Kurang Baik)", 2, id="brackets"),
        pytest.param("SB", 4, id="short"),
    ],
)
def test_a_number_beside_its_word_is_one_answer(text, value):
    assert parse_cell(text, "s", load_codebook("citizen_feedback")["conduct"]) == value


@pytest.mark.parametrize("text", ["4 - Baik", "3 - Entah", "3 bulan"])
def test_a_number_beside_another_word_is_not_guessed(text):
    with pytest.raises(BadCellError):
        parse_cell(text, "s", load_codebook("citizen_feedback")["conduct"])


@pytest.mark.parametrize(
    ("text", "code"),
    [("Sgt Cepat", "4"), ("Krg. cepat", "2"), ("tdk cepat", "1"), ("SGT CPT", None), ("sgt", None)],
)
def test_usual_abbreviations_of_answers_are_read_and_others_are_not(text, code):
    assert code_of(text, FEEDBACK["time"]) == code


def test_as_many_texts_as_a_large_column_has_keep_their_codes():
    for n in (100, 200, 40_000):
        names = [f"{k:05}" for k in range(n)]
        assert list(coded(names, np.arange(n))) == names


def test_a_score_out_of_a_hundred_may_bear_a_percent_sign():
    assert units_of(load_codebook("appraisals")["discipline_score"]) == {"%", "persen"}
