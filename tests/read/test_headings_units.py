"""A heading that counts in another unit than a column does is not that column."""

from datetime import date

import pytest

from asn_research.clean import clean_folder, open_processed
from asn_research.read.headings import counts_otherwise
from asn_research.rules.codebooks import load_codebook


@pytest.mark.parametrize(
    ("source", "column", "same", "other"),
    [
        ("service_log", "queue_minutes", ["Lama Antre", "Lama Antre (menit)", "Waktu Tunggu mnt"],
         ["Lama Antre (jam)", "Waktu Tunggu (detik)", "Waktu Tunggu - hari"]),
        ("attendance", "present_days_n", ["Hadir", "Hari Hadir", "Hadir (hari)"], ["Hadir (%)", "Persentase Hadir %"]),
        ("attendance", "late_days_n", ["Terlambat", "Terlambat (kali)"], ["Terlambat (menit)", "Terlambat [jam]"]),
    ],
)  # fmt: skip
def test_units_of_headings(source, column, same, other):
    known = load_codebook(source).by_name[column]
    assert not any(counts_otherwise(heading, known) for heading in same)
    assert all(counts_otherwise(heading, known) for heading in other)


@pytest.mark.parametrize(("heading", "minutes"), [("Lama Antre (jam)", False), ("Lama Antre (menit)", True)])
def test_hours_are_not_read_as_minutes(tmp_path, heading, minutes):
    (tmp_path / "raw").mkdir()
    lines = [f"No. Registrasi;Unit Layanan;Jenis Layanan;Tanggal Masuk;Tanggal Selesai;{heading};Status"]
    lines += [f"R{n};Disdukcapil;KTP-el;0{n}/07/2026;1{n}/07/2026;2;Selesai" for n in range(1, 6)]
    (tmp_path / "raw" / "log.csv").write_text("\n".join(lines), encoding="utf-8")
    clean_folder(tmp_path / "raw", tmp_path / "out", today=date(2026, 11, 26))
    log = open_processed(tmp_path / "out").table("service_log")
    assert len(log) == 5
    assert ("queue_minutes" in log and bool(log["queue_minutes"].notna().any())) == minutes


def test_a_first_row_of_numbers_with_units_is_no_second_row_of_headings(tmp_path):
    (tmp_path / "raw").mkdir()
    lines = ["Unit Kerja;Program/Kegiatan;Target;Realisasi;Periode"]
    lines += [f"Dishub;Program {n};Rp 1.250.000;Rp 900.000;Triwulan III 2026" for n in range(1, 4)]
    lines += ["Dishub;Program 4;12 dokumen;9 dokumen;Triwulan III 2026"]
    (tmp_path / "raw" / "p.csv").write_text("\n".join(lines), encoding="utf-8")
    clean_folder(tmp_path / "raw", tmp_path / "out", today=date(2026, 11, 26))
    processed = open_processed(tmp_path / "out")
    assert processed.table("programmes")["output_n"].tolist() == [900_000] * 3
    assert set(processed.table("quarantine")["reason"]) == {"unreadable"}
