"""A mended cell is read among its own column's cells: a few rows in a returned workbook mean what they meant among many."""

import shutil
from datetime import date

import pytest

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.sendback.send_back import send_back

TODAY = date(2026, 11, 26)
SURVEY = ["Tanggal", "Unit Layanan", "Jenis Kelamin", "Umur", "U1", "U2", "U3", "U4", "U5", "U6", "U7",
          "Penanganan Pengaduan", "Sarana dan Prasarana"]  # fmt: skip


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(";".join(map(str, row)) for row in rows), encoding="utf-8")


def returned(raw, out):
    """Clean, send back, put the untouched workbooks back, and return what is then held and kept."""
    clean_folder(raw, out, today=TODAY)
    files = send_back(raw, today=TODAY).files
    for path in files:
        shutil.copy(path, raw / path.name)
    clean_folder(raw, out, today=TODAY)
    return files, open_processed(out)


def survey(dates, wrong_at, sexes="PL"):
    rows = [SURVEY]
    for at, day in enumerate(dates):
        first = 9 if at == wrong_at else 3
        rows.append([day, "Disdukcapil", sexes[at % 2], 30 + at, first, *[3] * 8])
    return rows


@pytest.mark.parametrize("wrong_at", [2, 4, 6])
def test_a_month_first_day_that_goes_back_stays_that_day(tmp_path, wrong_at):
    write(tmp_path / "raw" / "a.csv", survey([f"7/{day}/2026" for day in range(1, 21)], wrong_at))
    files, processed = returned(tmp_path / "raw", tmp_path / "out")
    assert list(files.values()) == [1]
    held = processed.table("quarantine")
    assert set(held["reason"]) == {"out_of_range"}
    assert set(held["period"]) == {"2026-Q3"}


def test_rows_that_wait_for_an_answer_are_no_office_s_to_mend(tmp_path):
    dates = ["13/7/2026", "14/7/2026", "7/15/2026", "7/16/2026", "5/7/2026", "20/7/2026"]
    write(tmp_path / "raw" / "a.csv", survey(dates, 4))
    clean_folder(tmp_path / "raw", tmp_path / "out", today=TODAY)
    assert send_back(tmp_path / "raw", today=TODAY).files == {}
