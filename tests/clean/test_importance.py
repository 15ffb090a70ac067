"""A table about importance, or about the elements of 2004, is named and never taken for satisfaction."""

import pytest
import xlsxwriter
from clean.surveys import ELEMENTS, TODAY

from asn_research.clean import clean_folder, open_processed
from asn_research.errors import RawDataError

HEAD = ["Tanggal", "Unit Layanan", *ELEMENTS]


def survey(value):
    return [HEAD, *([f"{day:02d}/07/2026", "Dishub", *[value] * 9] for day in range(1, 11))]


def cleaned(tmp_path, files):
    raw = tmp_path / "raw"
    raw.mkdir()
    for name, sheets in files.items():
        with xlsxwriter.Workbook(raw / name) as book:
            for title, rows in sheets.items():
                sheet = book.add_worksheet(title)
                for number, row in enumerate(rows):
                    sheet.write_row(number, 0, row)
    report = clean_folder(raw, tmp_path / "out", today=TODAY)
    return report, open_processed(tmp_path / "out").table("citizen_feedback")


@pytest.mark.parametrize(
    "files",
    [
        {"ipa.xlsx": {"Kepentingan": survey(4), "Kinerja": survey(2)}},
        {"a.xlsx": {"Data": [["TINGKAT KEPENTINGAN"], *survey(4)]}, "b.xlsx": {"Data": survey(2)}},
        {"a.xlsx": {"Data": [["SURVEI KEPUASAN MASYARAKAT"], ["Harapan pelanggan"], *survey(4)]}, "b.xlsx": {"Data": survey(2)}},
    ],
)  # fmt: skip
def test_a_table_about_importance_is_left_out_and_named(tmp_path, files):
    report, kept = cleaned(tmp_path, files)
    assert kept["time"].tolist() == [2] * 10
    assert [one.kind for one in report.strange] == ["importance_only"]
    assert any("kepentingan atau harapan" in line for line in report.lines("id"))


@pytest.mark.parametrize("label", ["Kepentingan {}", "{} (Harapan)"])
def test_headings_that_all_ask_for_importance_are_no_rating(tmp_path, label):
    rows = [[*HEAD[:2], *(label.format(element) for element in ELEMENTS)], *survey(4)[1:]]
    report, kept = cleaned(tmp_path, {"a.xlsx": {"Data": rows}, "b.xlsx": {"Data": survey(2)}})
    assert kept["time"].tolist() == [2] * 10
    assert [one.kind for one in report.strange] == ["importance_only"]


@pytest.mark.parametrize(
    ("sheet", "title"),
    [("Data", "KELURAHAN HARAPAN BARU"), ("Data", "Survei Pemangku Kepentingan"), ("Kepuasan", "Tingkat Kepentingan"),
     ("Data", "Kinerja dan kepentingan")],
)  # fmt: skip
def test_a_title_that_only_sounds_like_importance_changes_nothing(tmp_path, sheet, title):
    report, kept = cleaned(
        tmp_path, {"skm.xlsx": {sheet: [["SURVEI KEPUASAN MASYARAKAT"], [title], *survey(3)]}}
    )
    assert len(kept) == 10
    assert not report.strange


@pytest.mark.parametrize("word", ["Unsur", "U"])
def test_fourteen_numbered_elements_are_named_as_those_of_2004(tmp_path, word):
    head = ["No", "Tanggal", "Unit Layanan", *(f"{word} {n}" for n in range(1, 15))]
    rows = [head, *([n, f"{n:02d}/07/2026", "Dishub", *[3] * 14] for n in range(1, 11))]
    with pytest.raises(RawDataError, match="14 elements of KepMenPAN 25/2004"):
        cleaned(tmp_path, {"ikm.xlsx": {"Data": rows}})
