"""Lengths such as 00:12 and hours of lessons such as *24 jam* are read by the heading, or asked about."""

import math

import pytest
from clean.surveys import TODAY, write

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.questions.question_workbook import read_entries, set_answer

LOG = [
    "No. Registrasi",
    "Nama Pemohon",
    "NIK Pemohon",
    "Unit Kerja",
    "Jenis Layanan",
    "Tanggal Masuk",
    "Status",
]
COURSES = ["NIP", "Nama", "OPD", "Nama Diklat", "Tanggal Mulai", "Tanggal Selesai", "JP"]


def cleaned(folder, rows, answer=None):
    write(folder / "raw" / "berkas.xlsx", rows)
    report = clean_folder(folder / "raw", folder / "out", today=TODAY)
    if answer:
        (entry,) = read_entries(folder / "raw")
        set_answer(folder / "raw", entry.key, answer)
        report = clean_folder(folder / "raw", folder / "out", today=TODAY)
    return [one.question.kind for one in report.questions if not one.answer], open_processed(folder / "out")


def queue(folder, cells, heading="Lama Antre", answer=None):
    rows = [
        [f"R{n}", "Pemohon", "", "Disdukcapil", "KTP-el", f"{n + 1:02d}/07/2026", "Selesai", cell]
        for n, cell in enumerate(cells)
    ]
    asked, processed = cleaned(folder, [[*LOG, heading], *rows], answer)
    frame = processed.table("service_log").sort_values("submitted_date")
    found = frame["queue_minutes"] if "queue_minutes" in frame else [math.nan] * len(frame)
    return asked, [None if math.isnan(each) else round(each, 4) for each in found]


def lessons(folder, cells, answer=None):
    rows = [
        [
            f"197001012010011{n + 1:03d}",
            "Pegawai",
            "Dishub",
            "Pelayanan Prima",
            "01/07/2026",
            f"{n + 2:02d}/07/2026",
            cell,
        ]
        for n, cell in enumerate(cells)
    ]
    asked, processed = cleaned(folder, [COURSES, *rows], answer)
    return asked, processed, processed.table("training").sort_values("finish_date")["hours_jp"].tolist()


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        (None, [None, None, 15]),
        ("hours_minutes", [12, 70, 15]),
        ("minutes_seconds", [0.2, 1.1667, 15]),
        ("time_of_day", [None, None, 15]),
    ],
)
def test_two_numbers_with_a_colon_are_asked_about(tmp_path, answer, read):
    assert queue(tmp_path, ["00:12", "01:10", "15"], answer=answer) == (
        ["clock_form"] if not answer else [],
        read,
    )


@pytest.mark.parametrize(
    ("heading", "read"),
    [
        ("Lama Antre (jam:menit)", [12, 70, None]),
        ("Waktu Tunggu (hh:mm)", [12, 70, None]),
        ("Lama Antre (menit:detik)", [0.2, 1.1667, None]),
    ],
)
def test_a_heading_that_states_the_two_numbers_decides(tmp_path, heading, read):
    """A point is a colon there; a bare number does not say which of the two it is."""
    assert queue(tmp_path, ["00:12", "01.10", "15"], heading) == ([], read)


def test_three_numbers_say_what_they_are(tmp_path):
    assert queue(tmp_path, ["00:12:30", "01:10:00"]) == ([], [12.5, 70])


def test_hours_of_lessons_wait_for_an_answer(tmp_path):
    asked, processed, hours = lessons(tmp_path, ["24 jam", "24 JP", "16,5 Jam", "3 hari"])
    assert (asked, hours) == (["lesson_form"], [24])
    held = processed.table("quarantine")
    assert sorted(held["reason"]) == ["unreadable", "waits_for_answer", "waits_for_answer"]


@pytest.mark.parametrize(("answer", "read"), [("lessons", [24, 24, 16.5]), ("clock_hours", [32, 24, 22])])
def test_the_answer_says_whether_hours_are_lessons_of_45_minutes(tmp_path, answer, read):
    asked, processed, hours = lessons(tmp_path, ["24 jam", "24 JP", "16,5 Jam"], answer)
    assert (asked, hours) == ([], read)
    changed = processed.table("repairs")["reason"].tolist()
    assert changed == (["hours_made_lessons"] * 2 if answer == "clock_hours" else [])
