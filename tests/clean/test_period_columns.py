"""What stands above a column of periods says what its bare numbers mean; a year beside it is no period of a year."""

from datetime import date

import pytest

from asn_research.clean import clean_folder, open_processed

HEADS = ["NIP", "Nama", "Unit Kerja", "Rating Hasil Kerja", "Rating Perilaku Kerja", "Predikat Kinerja"]
ROW = ["197001012010011001", "Pegawai", "Dishub", "Sesuai Ekspektasi", "Sesuai Ekspektasi", "Baik"]


def period_of(tmp_path, heads, cells, title=""):
    (tmp_path / "raw").mkdir()
    lines = [title, "", ";".join([*HEADS, *heads]), ";".join([*ROW, *cells])]
    (tmp_path / "raw" / "a.csv").write_text("\n".join(lines if title else lines[2:]), encoding="utf-8")
    clean_folder(tmp_path / "raw", tmp_path / "out", today=date(2026, 11, 26))
    processed = open_processed(tmp_path / "out")
    kept = [str(code) for code in processed.table("appraisals")["period"]]
    return kept or sorted(set(processed.table("quarantine")["reason"]))


@pytest.mark.parametrize(
    ("heads", "cells", "period"),
    [
        (["Tahun", "Triwulan"], ["2026", "III"], "2026-Q3"),
        (["Triwulan", "Tahun"], ["3", "2026"], "2026-Q3"),
        (["Kuartal", "Tahun"], ["Q3", "2026"], "2026-Q3"),
        (["Tahun", "Bulan"], ["2026", "7"], "2026-Q3"),
        (["Bulan", "Tahun"], ["Juli", "2026"], "2026-Q3"),
        (["Tahun", "Semester"], ["2026", "2"], "2026-S2"),
        (["Tahun"], ["2026"], "2026"),
        # Which of the two a heading means that nobody knows is not guessed.
        (["Bulan Penilaian Kinerja Pegawai Ybs", "Tahun"], ["9", "2026"], "no_period"),
        (["Periode", "Tahun"], ["3", "2026"], "unreadable"),
        (["Triwulan", "Tahun"], ["5", "2026"], "unreadable"),
    ],
)
def test_a_heading_says_what_its_numbers_count(tmp_path, heads, cells, period):
    assert period_of(tmp_path, heads, cells) == [period]


@pytest.mark.parametrize(("heading", "cell"), [("Triwulan", "III"), ("Bulan", "Agustus"), ("Bulan", "8")])
def test_the_year_of_a_title_completes_a_column_of_periods(tmp_path, heading, cell):
    assert period_of(tmp_path, [heading], [cell], "LAPORAN TAHUN 2026") == ["2026-Q3"]


def test_a_missing_quarter_beside_other_quarters_is_not_the_whole_year(tmp_path):
    """Read as the year, an appraisal of one quarter would stand for all four."""
    (tmp_path / "raw").mkdir()
    rows = [
        [f"19700101201001100{n}", *ROW[1:], "2026", quarter] for n, quarter in enumerate(["I", "III", ""], 1)
    ]
    lines = [";".join([*HEADS, "Tahun", "Triwulan"]), *(";".join(row) for row in rows)]
    (tmp_path / "raw" / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    clean_folder(tmp_path / "raw", tmp_path / "out", today=date(2026, 11, 26))
    processed = open_processed(tmp_path / "out")
    assert sorted(processed.table("appraisals")["period"].astype(str)) == ["2026-Q1", "2026-Q3"]
    assert processed.table("quarantine")["reason"].tolist() == ["no_period"]


def test_a_month_beside_a_date_takes_no_row_away(tmp_path):
    (tmp_path / "raw").mkdir()
    heads = "Tanggal;Bulan;Unit Layanan;U1;U2;U3;U4;U5;U6;U7;Penanganan Pengaduan;Sarana dan Prasarana"
    rows = [f"{day:02d}/07/2026;7;Disdukcapil;3;3;3;3;3;3;3;3;3" for day in range(1, 6)]
    (tmp_path / "raw" / "a.csv").write_text("\n".join([heads, *rows]), encoding="utf-8")
    clean_folder(tmp_path / "raw", tmp_path / "out", today=date(2026, 11, 26))
    assert set(open_processed(tmp_path / "out").table("citizen_feedback")["period"]) == {"2026-Q3"}
