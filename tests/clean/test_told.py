"""What the terminal says of rows that wait or are left out: why, how many, and which file holds."""

import re

import pytest
from clean.surveys import TODAY, write
from clean.test_contradictions import sheet, stamped
from clean.test_siasn import STAFF, person

from asn_research.clean import clean_folder
from asn_research.clean.questions.asking import listed
from asn_research.clean.questions.question_workbook import read_entries


def told(folder, language="id"):
    report = clean_folder(folder / "raw", folder / "out", today=TODAY, language=language)
    again = clean_folder(folder / "raw", folder / "out", today=TODAY, language=language)
    # A run that finds nothing changed says the same.
    said, said_again = (
        [line for line in one.lines(language) if not re.search("tidak dibaca lagi|not read again", line)] for one in (report, again)
    )  # fmt: skip
    assert said[1:] == said_again[1:]
    return "\n".join(said)


def test_rows_that_are_held_are_told_with_their_reason(tmp_path):
    rows = stamped(100, {40: 2025, 41: 2062})
    for at in range(50, 60):
        rows[at][1] = "entah"
    write(tmp_path / "raw" / "SKM Dishub.xlsx", rows)
    lines = told(tmp_path)
    assert "ditahan: 10 × Isian tidak dapat dibaca (Persyaratan)" in lines
    assert "1 × Periode jauh dari baris lain di berkasnya" in lines
    assert "10 jawaban DISHUB (Triwulan III 2026) ditahan: IKM dihitung dari 88, bukan 98." in lines
    assert "2062" not in lines
    assert "held back: 10 × The cell cannot be read (Requirements)" in told(tmp_path, "en")


def test_staff_who_left_are_told(tmp_path):
    rows = [person(at) for at in range(40)]
    for row in rows[:3]:
        row[STAFF.index("KEDUDUKAN HUKUM NAMA")] = "Pensiun"
    write(tmp_path / "raw" / "pegawai.xlsx", [STAFF, *rows])
    assert "dikeluarkan: 3 × Pegawai yang sudah pensiun" in told(tmp_path)


def test_a_file_that_gave_way_is_named_with_the_one_that_holds(tmp_path):
    rows = sheet(60)
    write(tmp_path / "raw" / "SKM Dishub TW III 2026.xlsx", rows)
    mended = [list(row) for row in rows]
    mended[20][1] = 5 - mended[20][1]
    write(tmp_path / "raw" / "SKM Dishub TW III 2026 (final).xlsx", mended)
    lines = told(tmp_path)
    assert re.search(r"2026\.xlsx: 59 baris sudah ada di \S+ Dishub TW III 2026 \(final\)\.xlsx", lines)
    assert re.search(r"2026\.xlsx: 1 baris diganti oleh versi yang lebih baru di .*\(final\)\.xlsx", lines)


@pytest.mark.parametrize(
    "name",
    ["SKM Dishub TW III 2026 - Copy.xlsx", "SKM Dishub TW III 2026 (1).xlsx", "Salinan SKM Dishub.xlsx"],
)
def test_of_equal_files_the_one_that_is_called_a_copy_is_left_out(tmp_path, name):
    write(tmp_path / "raw" / "SKM Dishub TW III 2026.xlsx", sheet(30))
    (tmp_path / "raw" / name).write_bytes((tmp_path / "raw" / "SKM Dishub TW III 2026.xlsx").read_bytes())
    assert f"{name}: isinya sama dengan SKM Dishub TW III 2026.xlsx" in told(tmp_path)


def two_versions(folder, names):
    for shift, name in enumerate(names):
        rows = sheet(60)
        for at in range(10, 15):
            rows[at][1] = 1 + (rows[at][1] + shift) % 4
        write(folder / "raw" / name, rows)


def test_two_versions_of_an_answer_are_one_answer_and_no_choice_is_english(tmp_path):
    two_versions(tmp_path, ["SKM Dishub A TW III 2026.xlsx", "SKM Dishub B TW III 2026.xlsx"])
    assert "5 jawaban DISHUB (Triwulan III 2026) ditahan: IKM dihitung dari 55, bukan 60." in told(tmp_path)
    (entry,) = read_entries(tmp_path / "raw")
    assert entry.labels == ["1 - SKM Dishub A TW III 2026.xlsx", "2 - SKM Dishub B TW III 2026.xlsx"]
    assert "  1. SKM Dishub A TW III 2026.xlsx" in "\n".join(listed(tmp_path / "raw", "id"))


def test_of_two_staff_lists_the_later_day_in_their_names_holds(tmp_path):
    for day, unit in (("30 Juni 2026", "Dinas Kesehatan"), ("30 September 2026", "Dinas Sosial")):
        rows = [person(at) for at in range(40)]
        for row in rows[:6]:
            row[STAFF.index("SATUAN KERJA KERJA NAMA")] = row[STAFF.index("UNOR INDUK NAMA")] = unit
        write(tmp_path / "raw" / f"DUK {day}.xlsx", [STAFF, *rows])
    lines = told(tmp_path)
    assert "Pertanyaan" not in lines
    assert (
        "DUK 30 Juni 2026.xlsx: 6 baris diganti oleh versi yang lebih baru di DUK 30 September 2026.xlsx"
        in lines
    )


def test_names_of_units_are_reviewed_in_the_users_language(tmp_path):
    rows = sheet(30)
    rows[3].insert(1, "Unit Kerja")
    for at, row in enumerate(rows[4:]):
        row.insert(1, "Dishub" if at else "Dinas Entah Apa")
    write(tmp_path / "raw" / "SKM TW III 2026.xlsx", rows)
    lines = told(tmp_path)
    assert "di kolom keputusan" in lines
    assert not re.search(r"\b(?:decision|sheet|first|second)\b", lines)
