"""A period is understood whole, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.clean.parse.period_texts import find_period, parse_part, parse_period, year_in
from asn_research.rules.periods import Period
from asn_research.simulate.spelling import MONTHS

ROMAN, WORDS = ("I", "II", "III", "IV"), ("Pertama", "Kedua", "Ketiga", "Keempat")
quarters = st.builds(Period, st.integers(2011, 2040), st.integers(1, 4))


def spellings(period):
    year, n = period.year, period.number
    first, last = MONTHS[3 * n - 3], MONTHS[3 * n - 1]
    roman, word = ROMAN[n - 1], WORDS[n - 1]
    day = {1: 31, 2: 30, 3: 30, 4: 31}[n]
    return [
        period.code, f"Triwulan {roman} {year}", f"TRIWULAN {roman} TAHUN {year}", f"Triwulan {word} Tahun {year}",
        f"TW {roman} {year}", f"TW{n} {year}", f"{year} TW {n}", f"{roman}/{year}", f"Q{n} {year}", f"Kuartal {n}, {year}",
        f"triwulan ke-{n} tahun {year}", f"Periode : Triwulan {roman} Tahun Anggaran {year}", f"{first} - {last} {year}",
        f"{first} s.d. {last} {year}", f"1 {first} - {day} {last} {year}", f"1 {first} {year} s/d {day} {last} {year}",
        f"Triwulan {roman} ({first} - {last}) {year}", f"Bulan {MONTHS[3 * n - 2]} Tahun {year}", f"{year}-{3 * n:02d}",
        f"01/{3 * n - 2:02d}/{year} - {day}/{3 * n:02d}/{year}", f"Tahun {year} Triwulan {roman}",
    ]  # fmt: skip


@given(quarters)
def test_every_spelling_of_a_quarter_is_that_quarter(period):
    for text in spellings(period):
        assert parse_period(text) == period, text
        assert parse_period(f"  {text.upper()} ") == period, text


@given(
    quarters, st.sampled_from(["revisi", "dan seterusnya", "(sementara 2)", "- Triwulan I 2041", "sebagian"])
)
def test_a_text_that_holds_more_is_not_understood(period, more):
    for text in spellings(period):
        assert parse_period(f"{text} {more}") is None, text


@given(quarters, st.integers(1, 9))
def test_a_span_is_a_whole_period_or_none(first, n):
    last = first.shift(n)
    text = f"{first.label('id')} - {last.label('id')}"
    assert parse_period(text) is None
    assert find_period([text]) is None


@given(st.integers(2011, 2040), st.integers(1, 12), st.integers(1, 12))
def test_months_are_a_period_only_if_they_fill_it(year, first, last):
    found = parse_period(f"{MONTHS[first - 1]} s.d. {MONTHS[last - 1]} {year}")
    if found is not None:
        months = (found.first_day.month, found.last_day.month)
        assert first == last or months == (first, last)
    fills = (first, last) in {(1, 3), (4, 6), (7, 9), (10, 12), (1, 6), (7, 12), (1, 12)} or first == last
    assert (found is not None) == fills


@pytest.mark.parametrize(
    ("text", "code"),
    [("Semester Pertama Tahun 2026", "2026-S1"), ("Smt. II 2025", "2025-S2"), ("2019", "2019"), ("Tahun 2019", "2019"),
     ("1 Januari - 31 Desember 2025", "2025"), ("Triwulan I dan II 2026", "2026-S1"), ("Juli 2026", "2026-Q3"),
     ("Jul-26", "2026-Q3"), ("Okt'25", "2025-Q4"), ("bln Agst 2026", "2026-Q3"), ("Juni 1999", "1999-Q2"), ("Jul-50", None),
     ("Triwulan 03 2026", "2026-Q3"), ("Tribulan III 2026", "2026-Q3"), ("Trw. 2 2026", "2026-Q2"), ("Triwulan 05 2026", None),
     ("2026.0", "2026"), ("2025,0", "2025"), ("'2025", "2025"), ("2025 (Tahunan)", "2025"), ("Juli 2025 (Tahunan)", None),
     ("2026.1", None), ("Triwulan V 2026", None), ("3/2026", None), ("TW III", None), ("besok", None), ("", None),
     ("Triwulan I s.d. III Tahun 2026", None), ("15 Januari - 31 Maret 2026", None), ("Desember 2025 - Februari 2026", None)],
)  # fmt: skip
def test_other_periods(text, code):
    found = parse_period(text)
    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("lines", "code"),
    [(["PEMERINTAH KOTA", "SURVEI TRIWULAN III TAHUN 2026"], "2026-Q3"), (["Triwulan III", "TAHUN 2026"], "2026-Q3"),
     (["PERIODE PENILAIAN 1 JANUARI S.D 30 JUNI 2026"], "2026-S1"), (["BULAN JULI 2026"], "2026-Q3"),
     (["JULI S.D. SEPTEMBER 2026"], "2026-Q3"), (["LAPORAN TAHUN 2026", "Triwulan II Tahun 2026"], "2026-Q2"),
     (["Peraturan Nomor 14 Tahun 2017"], None), (["Pontianak, 5 Oktober 2026"], None), (["REKAP TAHUN 2026"], "2026"),
     (["Triwulan III 2025 dan Triwulan IV 2025"], None), (["197102022011022002"], None), (["2021"], None),
     (["Tahun 2024 dan Tahun 2025"], None), (["skm_tw3_2026"], "2026-Q3")],
)  # fmt: skip
def test_letterheads_are_searched(lines, code):
    found = find_period(lines)
    assert (found.code if found else None) == code


def test_a_quarter_without_its_year_is_a_part():
    assert parse_part("TW II").of(2026).code == "2026-Q2"
    assert parse_part("Semester 1").of(2026).code == "2026-S1"
    assert parse_part("TW II 2026") is None
    assert (year_in("Tahun 2026"), year_in("2026.0"), year_in("2026-07"), year_in("x")) == (
        2026,
        2026,
        None,
        None,
    )
