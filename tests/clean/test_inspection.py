"""What a file is taken for, and whether following the advice leads to clean rows."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from openpyxl import Workbook

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.inspect.inspection import inspect_file, write_profiles
from asn_research.clean.inspect.inspection_text import inspection_lines
from asn_research.clean.inspect.table_places import _titles
from asn_research.errors import RawDataError
from asn_research.read.cells import Cells
from asn_research.read.grids import Grid

MESSY = Path(__file__).parents[1] / "golden" / "csps_messy"
WORKBOOKS = {2009: "csps2009_allorganisations_20140213.xlsx", 2014: "csps2014_allorganisations_20141120.xlsx",
             2020: "Civil_Service_People_Survey_2020-_All_organisation_scores.ods"}  # fmt: skip
#: The workbook says 1.01, the tidy table 100; see origin.md.
CAPPED = (2014, "Vehicle Certification Agency", "response_rate", 101.0)


@pytest.mark.parametrize("year", WORKBOOKS)
def test_real_workbooks_through_a_proposed_profile_equal_the_tidy_table_in_every_cell(tmp_path, year):
    (tmp_path / "raw").mkdir()
    place = tmp_path / "raw" / WORKBOOKS[year]
    place.write_bytes((MESSY / WORKBOOKS[year]).read_bytes())
    # A workbook whose headings are all known, and whose title and name agree on the year, needs none.
    assert len(write_profiles(inspect_file(place))) <= 1
    clean_folder(tmp_path / "raw", tmp_path / "out")
    found = open_processed(tmp_path / "out").table("organisation_scores")
    assert set(found["period"]) == {str(year)}
    expected = pd.read_csv(MESSY / f"expected_csps_{year}.csv").set_index("organisation").drop(columns="year")
    if year == CAPPED[0]:
        assert expected.loc[CAPPED[1], CAPPED[2]] == 100
        expected.loc[CAPPED[1], CAPPED[2]] = CAPPED[3]
    pd.testing.assert_frame_equal(
        found.set_index("organisation")[expected.columns].sort_index(),
        expected.sort_index(),
        check_exact=False,
        rtol=0,
        atol=1e-9,
    )


def messy_recap(place):
    """Three rows of headings, two tables on one sheet, words of its own: nothing the simulator writes."""
    book = xlsxwriter.Workbook(str(place))
    page = book.add_worksheet("Rekapan")
    for row, line in enumerate(
        ["PEMERINTAH KOTA PONTIANAK", "DINAS PERHUBUNGAN", "Rekap Survey & Pengaduan, TW 3 Tahun 2026"]
    ):
        page.write(row, 0, line)
    for where, text in {"A5:A7": "No", "B5:B7": "Tgl Pengisian", "C5:E5": "RESPONDEN", "C6:C7": "Jns Kelamin", "D6:D7": "Usia (th)",
                        "E6:E7": "Pend. Terakhir", "F5:N5": "NILAI UNSUR PELAYANAN", "F6:J6": "Proses", "K6:N6": "Petugas dan Sarana"}.items():  # fmt: skip
        page.merge_range(where, text)
    answers = ["Syarat Pelayanan", "Prosedur Layanan", "Kecepatan Waktu", "Biaya / Tarif", "Produk Layanan", "Kompetensi Petugas",
               "Perilaku Petugas", "Penanganan Pengaduan", "Kualitas Sarana dan Prasarana"]  # fmt: skip
    for column, text in enumerate(answers, start=5):
        page.write(6, column, text)
    for column in range(14):
        page.write(7, column, f"({column + 1})")
    for row in range(18):
        cells = [row + 1, f"{row + 1} Agt 2026", ["Laki2", "Pr"][row % 2], ["35 th", 41][row % 2], ["S1", "SLTA"][row % 2],
                 "4 - Sangat sesuai", *[3 + (row + k) % 2 for k in range(8)]]  # fmt: skip
        for column, cell in enumerate(cells):
            page.write(8 + row, column, cell)
    page.write(26, 1, "Rata-rata")
    for column in range(5, 14):
        page.write(26, column, 4 if column == 5 else 3.5)
    page.write(28, 9, "Mengetahui,")
    page.write(29, 9, "Kepala Dinas")
    page.write(35, 0, "B. DAFTAR PENGADUAN MASUK")
    for column, text in enumerate(
        ["No", "Kanal Pengaduan", "Isi / Topik", "Tgl Masuk", "Tgl Dijawab", "Tgl Selesai"]
    ):
        page.write(36, column, text)
    for row in range(5):
        cells = [
            row + 1,
            "Loket",
            "Waktu layanan",
            f"{row + 2}/8/2026",
            f"{row + 5}/8/2026",
            f"{row + 9}/8/2026",
        ]
        for column, cell in enumerate(cells):
            page.write(37 + row, column, cell)
    page.write(44, 0, "Sumber: Bagian Umum")
    book.close()


def test_a_planner_who_follows_the_advice_reaches_clean_rows(tmp_path):
    place = tmp_path / "rekap survey dishub.xlsx"
    messy_recap(place)
    first = clean_folder(tmp_path, tmp_path.parent / f"{tmp_path.name}-out")
    # The survey's headings are all known; those of the complaints are only alike.
    assert [(one.kind, one.sheet) for one in first.strange] == [("unsure_complaints", "Rekapan")]
    assert first.exits["n_kept"].tolist() == [18]
    inspection = inspect_file(place)
    assert [(t.source, t.header_row, t.unit_id, t.period) for t in inspection.tables] == [
        ("citizen_feedback", 7, "DISHUB", "2026-Q3"), ("complaints", 37, "DISHUB", "2026-Q3"),
    ]  # fmt: skip
    write_profiles(inspection)
    clean_folder(tmp_path, tmp_path.parent / f"{tmp_path.name}-out")
    processed = open_processed(tmp_path.parent / f"{tmp_path.name}-out")
    forms, complaints = processed.table("citizen_feedback"), processed.table("complaints")
    assert (len(forms), len(complaints), len(processed.table("quarantine"))) == (18, 5, 0)
    assert set(forms["sex"]) == {"f", "m"}
    assert forms["requirements"].eq(4).all()
    assert forms["facilities"].tolist()[:3] == [3 + (row + 7) % 2 for row in range(3)]
    assert set(forms["unit_id"]) == set(complaints["unit_id"]) == {"DISHUB"}


def test_inspecting_writes_nothing(tmp_path):
    messy_recap(tmp_path / "a.xlsx")
    before = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in tmp_path.iterdir()}
    "\n".join(inspection_lines(inspect_file(tmp_path / "a.xlsx")))
    assert {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in tmp_path.iterdir()} == before


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_lines_say_columns_faults_and_the_next_step(tmp_path, language):
    messy_recap(tmp_path / "a.xlsx")
    text = "\n".join(inspection_lines(inspect_file(tmp_path / "a.xlsx"), language))
    assert '"RESPONDEN Jns Kelamin"' in text
    assert "inspect --write" in text
    assert "= 18 " in text
    assert "{" not in text


def test_faults_are_named_with_reason_column_and_rows(tmp_path):
    head = "Tanggal;Unit Layanan;Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana"
    good = "5/7/2026;Dishub;3;3;3;3;3;3;3;3;3"
    (tmp_path / "a.csv").write_text(
        "\n".join([head, good, good.replace(";3;3;3;3;3;3;3;3;3", ";9;3;3;3;3;3;3;3;3")])
    )
    (table,) = inspect_file(tmp_path / "a.csv").tables
    assert table.faults == (("out_of_range", "requirements", 1, (3,)),)
    assert table.exits == {"raw": 2, "kept": 1, "quarantined": 1, "excluded": 0}
    assert inspect_file(tmp_path / "a.csv").proposals == ()


def test_a_known_file_needs_no_profile_and_is_told_so(tmp_path):
    (tmp_path / "a.csv").write_text("NIP;Nama;Unit Kerja;Periode;Rating Hasil Kerja;Rating Perilaku\n"
                                    "198609262015051001;A;Dishub;TW III 2026;Sesuai Ekspektasi;Sesuai Ekspektasi")  # fmt: skip
    inspection = inspect_file(tmp_path / "a.csv")
    assert write_profiles(inspection) == []
    assert "asn-research clean" in list(inspection_lines(inspection))[-1]
    # No number and no name of a person is repeated.
    assert "19860926" not in "\n".join(inspection_lines(inspection))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "warna;rasa\nmerah;manis", "resembles a known source"),
        ("a.pdf", "%PDF", "Save it as"),
        ("b.csv", None, "no file b.csv"),
    ],
)
def test_what_resembles_nothing_is_refused(tmp_path, name, content, said):
    if content:
        (tmp_path / name).write_text(content)
    with pytest.raises(RawDataError, match=said):
        inspect_file(tmp_path / name)


def test_a_profile_that_is_there_is_not_overwritten(tmp_path):
    messy_recap(tmp_path / "a.xlsx")
    inspection = inspect_file(tmp_path / "a.xlsx")
    write_profiles(inspection)
    with pytest.raises(RawDataError, match="Edit it, or delete it"):
        write_profiles(inspection)
    assert inspect_file(tmp_path / "a.xlsx").proposals == ()


def office_workbook(path, *, last_heading="Keramahan petugas"):
    """Three rows of headings, two tables on one sheet, words of an office's own, a signature."""
    book = Workbook()
    page = book.active
    page.title = "Rekap Smt II"
    for row, text in enumerate(
        ["PEMERINTAH KOTA PONTIANAK", "DINAS PERPUSTAKAAN", "SURVEI TRIWULAN III TAHUN 2026"], start=1
    ):
        page.cell(row, 1, text)
    page["A5"], page["B5"], page["C5"], page["F5"] = "NO.", "TGL ISI", "DATA PENGUNJUNG", "PENILAIAN UNSUR"
    page["C6"], page["D6"], page["E6"] = "JK", "USIA (TH)", "PEND. TERAKHIR"
    page["F6"], page["J6"] = "Administrasi", "Petugas dan hasil"
    for area in ("A5:A7", "B5:B7", "C5:E5", "F5:N5", "C6:C7", "D6:D7", "E6:E7", "F6:I6", "J6:N6"):
        page.merge_cells(area)
    asked = ["Syarat", "Prosedur", "Waktu penyelesaian", "Tarif", "Hasil layanan", "Kemampuan petugas",
             last_heading, "Sarpras", "Aduan"]  # fmt: skip
    for place, heading in enumerate(asked, start=6):
        page.cell(7, place, heading)
    answers = [3, 4, "3 - Baik", "SB", "B", 2]
    for n in range(12):
        row = [n + 1, f"{n + 1} Agt 2026", ["L", "Pr", "Lk"][n % 3], "45 th" if n == 5 else 20 + n, "SLTA"]
        page.append(row + [answers[(n + k) % 6] for k in range(9)])
    page.append(["Jumlah", *[None] * 4, *[f"=SUM({c}8:{c}19)" for c in "FGHIJKLMN"]])
    for _ in range(2):
        page.append([])
    page.cell(23, 1, "DAFTAR PENGADUAN TRIWULAN III 2026")
    for place, heading in enumerate(["NO.", "Diterima tgl", "Lewat", "Isi aduan", "Penyelesaian"], start=1):
        page.cell(25, place, heading)
    page.merge_cells("E25:F25")
    page["E26"], page["F26"] = "Dijawab tgl", "Status"
    for n in range(4):
        page.append([n + 1, f"0{n + 1}/08/2026", "WA", "AC ruang baca mati", f"0{n + 3}/08/2026", "Selesai"])
    page.cell(32, 4, "Pontianak, 5 Oktober 2026")
    page.cell(33, 4, "Kepala Dinas")
    book.save(path)


def test_a_workbook_of_an_offices_own_design_becomes_clean_by_following_the_advice(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    office_workbook(raw / "REKAP fix (2).xlsx")
    inspection = inspect_file(raw / "REKAP fix (2).xlsx")
    assert [t.source for t in inspection.tables] == ["citizen_feedback", "complaints"]
    assert [t.unit_id for t in inspection.tables] == ["DISTAKA"] * 2
    assert not any(t.missing for t in inspection.tables)
    write_profiles(inspection)
    report = clean_folder(raw, tmp_path / "out")
    assert report.exits["n_kept"].tolist() == [12, 4]
    assert report.exits["n_quarantined"].sum() == 0
    processed = open_processed(tmp_path / "out")
    table = processed.table("citizen_feedback")
    assert sorted(table["conduct"].unique()) == [2, 3, 4]
    assert set(table["period"]) == {"2026-Q3"}


def test_what_no_one_knows_is_asked_of_a_person_and_the_answer_is_used(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    office_workbook(raw / "rekap.xlsx", last_heading="Cara menyambut")
    inspection = inspect_file(raw / "rekap.xlsx")
    told = "\n".join(inspection_lines(inspection))
    assert "Perilaku pelaksana [conduct]; mungkin ada di balik judul yang tidak dipakai" in told
    assert "sebut arti tiap judul" in told
    place = write_profiles(inspection)[0]
    text = place.read_text(encoding="utf-8")
    assert text.rstrip().endswith("Cara menyambut: ???")
    place.write_text(text.replace("#  PENILAIAN", "  PENILAIAN").replace("???", "conduct"), encoding="utf-8")
    clean_folder(raw, tmp_path / "out")
    assert "conduct" in open_processed(tmp_path / "out").table("citizen_feedback")


def test_numbers_are_never_taken_for_a_unit(tmp_path):
    office_workbook(tmp_path / "rekap.xlsx", last_heading="Unit layanan")
    columns = {g.heading: g.column for t in inspect_file(tmp_path / "rekap.xlsx").tables for g in t.columns}
    assert "unit_id" not in columns.values()


def test_the_most_frequent_fault_is_told_first(tmp_path):
    head = "Tanggal;Unit Layanan;Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana"
    rows = [f"{day}/07/2026;Dishub;3;3;3;3;3;3;3;3;3" for day in range(13, 28)]
    rows[3] = "entah;Dishub;3;3;3;3;3;3;3;3;3"
    for at in (5, 7, 9):
        rows[at] = rows[at].replace("Dishub", "Kantor Entah Berantah")
    (tmp_path / "a.csv").write_text("\n".join([head, *rows]))
    (table,) = inspect_file(tmp_path / "a.csv").tables
    counts = [n for _, _, n, _ in table.faults]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 3
    assert len(counts) > 1


def test_a_title_may_stand_in_two_cells_and_a_row_of_three_is_none():
    lines = [["Unit Kerja", "Dinas Perhubungan", ""], ["", "", ""], ["a", "b", "c"], ["Judul", "", ""]]
    grid = Grid("", 1, tuple(Cells.of(list(column)) for column in zip(*lines, strict=True)))
    assert _titles(grid) == ["Unit Kerja", "Dinas Perhubungan", "Judul"]
