"""Bands of ages stay bands, ages go into bands, and neither costs a respondent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.steps.ages import parse_band

HEAD = (
    "Tanggal;Unit Layanan;Umur;Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana"
)


@pytest.mark.parametrize(
    ("text", "label"),
    [("17-25", "17-25"), ("26 - 35 tahun", "26-35"), ("> 45", "46+"), (">=45", "45+"), ("< 17 th", "<17"), ("56 ke atas", "56+"),
     ("di atas 55 tahun", "56+"), ("17 s.d. 25", "17-25"), ("di bawah 20 tahun", "<20"), ("45+", "45+"), ("35-26", None),
     ("> 120", None), ("> 119", "120+"), ("31", None), ("dewasa", None), ("17/25", None), ("", None)],
)  # fmt: skip
def test_bands(text, label):
    band = parse_band(text)
    assert (band.label if band else None) == label


@given(st.integers(1, 100), st.integers(1, 20))
def test_a_band_s_own_label_is_that_band(low, width):
    band = parse_band(f"{low}-{low + width}")
    assert parse_band(band.label) == band


def ages(tmp_path, *given_ages):
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "a.csv").write_text(
        "\n".join([HEAD, *(f"15/07/2026;Dishub;{age};3;3;4;3;3;2;3;3;3" for age in given_ages)])
    )
    clean_folder(raw, tmp_path / "out")
    return open_processed(tmp_path / "out")


def test_a_form_that_asks_for_bands_keeps_them(tmp_path):
    processed = ages(tmp_path, "17-25", "26-35", "> 45", "< 17", "31")
    kept = processed.table("citizen_feedback")
    assert list(kept["age_band"]) == ["17-25", "26-35", "46+", "<17", "26-35"]
    assert list(kept["screen"].str.contains("under_age")) == [False, False, False, True, False]
    assert len(processed.table("repairs")) == 0


def test_ages_in_years_go_into_bands_and_an_unreadable_one_is_coded(tmp_path):
    processed = ages(tmp_path, "31", "16", "35 th", "dewasa", "130")
    kept = processed.table("citizen_feedback")
    assert len(kept) == 5
    assert list(kept["age_band"].fillna("")) == ["26-35", "<17", "26-35", "", ""]
    missing = processed.table("missing")
    assert list(missing.loc[missing["column"] == "age", "reason"]) == ["unreadable", "unreadable"]
