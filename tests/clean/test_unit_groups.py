"""Rows without a column of units belong to the unit that the line above them names."""

from datetime import date

import xlsxwriter

from asn_research.clean import clean_folder, open_processed

TODAY = date(2026, 11, 26)
HEAD = ["NIP", "Nama", "Rating Hasil Kerja", "Rating Perilaku Kerja", "Periode"]


def people(first, n):
    return [
        [
            f"1980{k:02d}01201001100{k % 10}",
            "P",
            "Sesuai Ekspektasi",
            "Sesuai Ekspektasi",
            "Triwulan III 2026",
        ]
        for k in range(first, first + n)
    ]


def cleaned(tmp_path, rows):
    raw = tmp_path / "raw"
    raw.mkdir()
    with xlsxwriter.Workbook(raw / "a.xlsx") as book:
        sheet = book.add_worksheet("Rekap")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    report = clean_folder(raw, tmp_path / "out", today=TODAY)
    return report, open_processed(tmp_path / "out")


def units(processed):
    return processed.table("appraisals")["unit_id"].astype(str).value_counts().to_dict()


def reasons(processed, exit_kind):
    return processed.table(exit_kind)["reason"].value_counts().to_dict()


def test_group_headings_name_the_units_and_not_the_letterhead(tmp_path):
    report, processed = cleaned(
        tmp_path,
        [
            ["BADAN KEPEGAWAIAN DAN PENGEMBANGAN SUMBER DAYA MANUSIA"], [], HEAD,
            ["A. DINAS PERHUBUNGAN"], ["BIDANG ANGKUTAN"], *people(1, 3),
            ["B. Dinas Kependudukan dan Pencatatan Sipil"], *people(4, 2), [], ["", "Kepala Badan"],
        ],
    )  # fmt: skip
    assert units(processed) == {"DISHUB": 3, "DISDUKCAPIL": 2}
    assert not report.questions
    assert reasons(processed, "excluded") == {"group_heading": 3, "note_or_signature": 1}


def test_rows_below_an_unknown_office_do_not_fall_to_the_office_above(tmp_path):
    rows = [HEAD, ["DINAS PERHUBUNGAN"], *people(1, 3), ["DINAS KEBAHAGIAAN"], *people(4, 2)]
    _, processed = cleaned(tmp_path, rows)
    assert units(processed) == {"DISHUB": 3}
    assert reasons(processed, "quarantine") == {"unknown_unit": 2}


def test_each_of_several_tables_belongs_to_the_unit_of_its_own_title(tmp_path):
    rows = [
        ["PEMERINTAH KOTA PONTIANAK"], ["DINAS PERHUBUNGAN"], [], HEAD, *people(1, 3), [],
        ["DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL"], HEAD, *people(4, 2),
    ]  # fmt: skip
    _, processed = cleaned(tmp_path, rows)
    assert units(processed) == {"DISHUB": 3, "DISDUKCAPIL": 2}


def test_a_signature_that_names_the_unit_is_no_group(tmp_path):
    rows = [["DINAS PERHUBUNGAN"], [], HEAD, *people(1, 4), [], ["", "DINAS PERHUBUNGAN"], ["", "Kepala"]]
    _, processed = cleaned(tmp_path, rows)
    assert units(processed) == {"DISHUB": 4}
