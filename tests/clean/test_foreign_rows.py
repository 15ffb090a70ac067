"""Rows that are no cases do not count, and they hide no case."""

import xlsxwriter
from clean.surveys import ELEMENTS, TODAY

from asn_research.clean import clean_folder, open_processed


def cleaned(tmp_path, name, rows):
    raw = tmp_path / "raw"
    raw.mkdir()
    if name.endswith(".xlsx"):
        with xlsxwriter.Workbook(raw / name) as book:
            sheet = book.add_worksheet("Rekap")
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    else:
        (raw / name).write_text("\n".join(";".join(map(str, row)) for row in rows), encoding="utf-8")
    clean_folder(raw, tmp_path / "out", today=TODAY)
    return open_processed(tmp_path / "out")


def reasons(processed):
    return processed.table("excluded")["reason"].value_counts().to_dict()


def test_a_total_in_the_column_of_names_is_no_programme_though_its_row_is_full(tmp_path):
    quarter = "Triwulan III 2026"
    rows = [
        ["Unit Kerja", "Program/Kegiatan", "Target", "Realisasi", "Satuan", "Periode"],
        ["Dishub", "Parkir", 50, 40, "titik", quarter],
        ["Dishub", "Jumlah penduduk terlayani", 500, 450, "orang", quarter],
        ["Dishub", "Indeks Kepuasan Masyarakat", 85, 86, "nilai", quarter],
        ["Dishub", "JUMLAH", 635, 576, "", quarter],
        ["Dishub", "Sub Total", 635, 576, "-", quarter],
        ["Dishub", "Rata-rata keseluruhan", 211, 192, "-", quarter],
    ]
    processed = cleaned(tmp_path, "p.csv", rows)
    assert sorted(processed.table("programmes")["output_n"]) == [40, 86, 450]
    assert reasons(processed) == {"subtotal": 3}


def test_headings_that_are_repeated_on_each_page_lose_no_row(tmp_path):
    head = ["", "No", "Tanggal", "Unit Layanan", *ELEMENTS]
    numbers = ["", *(f"({n})" for n in range(1, len(head)))]
    cases = [["", n, f"{n:02d}/07/2026", "Dishub", 3, 3, 4, 3, 3, 2, 3, 3, 3] for n in range(1, 21)]
    rows = [
        ["", "LAPORAN SKM"],
        [],
        head,
        numbers,
        *cases[:8],
        [],
        head,
        *cases[8:15],
        [],
        [],
        head,
        numbers,
        *cases[15:],
    ]
    processed = cleaned(tmp_path, "skm.xlsx", rows)
    exits = processed.exits()
    assert len(processed.table("citizen_feedback")) == 20
    assert exits["n_raw"].sum() == 24
    assert reasons(processed) == {"repeated_heading": 4}
