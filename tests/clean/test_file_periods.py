"""Rows lie in the period that cells, letterhead and dates agree on; what contradicts is held or asked about."""

from datetime import date

import pytest

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.questions.question_workbook import read_entries, set_answer

HEAD = "Tanggal;Unit Layanan;Jenis Layanan;Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana"
RATED = "NIP;Unit Kerja;Rating Hasil Kerja;Rating Perilaku Kerja"
TODAY = date(2026, 11, 26)


def cleaned(tmp_path, text, today=TODAY):
    raw = tmp_path / "raw"
    raw.mkdir(exist_ok=True)
    (raw / "a.csv").write_text(text)
    report = clean_folder(raw, tmp_path / "out", today=today)
    return report, open_processed(tmp_path / "out")


def survey(days, letterhead="", service=""):
    rows = [f"{day};Dishub;{service};3;3;4;3;3;2;3;3;3" for day in days]
    return "\n".join([*([letterhead] if letterhead else []), HEAD, *rows])


def rated(head, *rows):
    lines = [
        f"1970010120100110{n:02d};Dishub;Sesuai Ekspektasi;Sesuai Ekspektasi;{row}"
        for n, row in enumerate(rows, 1)
    ]
    return "\n".join([f"{RATED};{head}", *lines])


def reasons(processed):
    return sorted(processed.table("quarantine")["reason"])


def test_rows_outside_the_letterhead_s_period_are_held(tmp_path):
    days = ["15/07/2026"] * 4 + ["16/08/2025"]
    _, processed = cleaned(tmp_path, survey(days, "TRIWULAN III TAHUN 2026"))
    assert reasons(processed) == ["outside_stated_period"]
    assert set(processed.table("citizen_feedback")["period"]) == {"2026-Q3"}


def test_a_letterhead_that_most_dates_contradict_is_asked_about(tmp_path):
    text = survey(["15/07/2026", "16/07/2026", "20/04/2026"], "TRIWULAN II TAHUN 2026")
    report, processed = cleaned(tmp_path, text)
    assert [one.question.kind for one in report.questions] == ["stated_period"]
    assert len(processed.table("citizen_feedback")) == 1
    key = read_entries(tmp_path / "raw")[0].key
    set_answer(tmp_path / "raw", key, "dates")
    _, processed = cleaned(tmp_path, text)
    assert sorted(processed.table("citizen_feedback")["period"]) == ["2026-Q2", "2026-Q3", "2026-Q3"]
    set_answer(tmp_path / "raw", key, "letterhead")
    _, processed = cleaned(tmp_path, text)
    assert sorted(processed.table("citizen_feedback")["period"]) == ["2026-Q2"] * 3


def test_a_file_of_the_future_makes_no_period(tmp_path):
    _, processed = cleaned(tmp_path, survey(["15/07/2027", "16/08/2027"]))
    assert reasons(processed) == ["in_future", "in_future"]
    _, processed = cleaned(tmp_path, survey(["15/07/2027", "16/08/2027"]), today=date(2027, 9, 1))
    assert reasons(processed) == []


def test_a_period_that_has_begun_is_no_future(tmp_path):
    _, processed = cleaned(tmp_path, rated("Periode", "TW IV 2026", "TW I 2027"))
    assert reasons(processed) == ["in_future"]
    assert list(processed.table("appraisals")["period"]) == ["2026-Q4"]


def test_a_date_decades_from_the_others_is_held(tmp_path):
    _, processed = cleaned(tmp_path, survey(["15/07/2026", "16/07/2026", "17/07/2026", "15/07/1996"]))
    assert "far_from_others" in reasons(processed)
    assert len(processed.table("citizen_feedback")) == 3


def test_year_and_quarter_of_two_columns_must_not_contradict(tmp_path):
    _, processed = cleaned(
        tmp_path, rated("Periode;Tahun", "TW III;2026", "Triwulan III 2025;2026", "TW I;2026")
    )
    assert reasons(processed) == ["period_contradicts"]
    assert sorted(processed.table("appraisals")["period"]) == ["2026-Q1", "2026-Q3"]


def test_months_of_start_and_end_are_a_period(tmp_path):
    head = "Tahun;bulanMulaiPenilaian;bulanSelesaiPenilaian"
    _, processed = cleaned(tmp_path, rated(head, "2026;7;9", "2026;1;12", "2026;2;5", "2026;Januari;Juni"))
    assert reasons(processed) == ["unreadable"]
    assert sorted(processed.table("appraisals")["period"]) == ["2026", "2026-Q3", "2026-S1"]


def test_an_unknown_service_costs_no_answer(tmp_path):
    _, processed = cleaned(tmp_path, survey(["15/07/2026"] * 3, service="Uji kendaraan terbang"))
    assert len(processed.table("citizen_feedback")) == 3
    assert set(processed.table("missing")["reason"]) == {"not_registered"}


def test_finished_before_submitted_on_one_day_is_held(tmp_path):
    rows = ["1;Dishub;15/07/2026 10:00;15/07/2026 09:00", "2;Dishub;15/07/2026 10:00;15/07/2026 11:30",
            "3;Dishub;15/07/2026;15/07/2026", "4;Dishub;16/07/2020;15/07/2026"]  # fmt: skip
    head = "No. Registrasi;Unit Layanan;Tanggal Masuk;Tanggal Selesai"
    _, processed = cleaned(tmp_path, "\n".join([head, *rows]))
    assert reasons(processed) == ["absurd_span", "finished_before_submitted"]


def test_what_a_hold_means_is_said_in_words(tmp_path):
    days = ["15/07/2026"] * 4 + ["16/08/2025"]
    report, _ = cleaned(tmp_path, survey([*days[:3], "15/07/2026"]).replace(";3;3;4;", ";9;3;4;", 1))
    assert "1 jawaban DISHUB (Triwulan III 2026) ditahan: IKM dihitung dari 3, bukan 4." in list(
        report.lines("id")
    )
    assert any("the index is made from 3, not 4" in line for line in report.lines("en"))


@pytest.mark.parametrize(("stated", "found"), [("2021-S1", {"2021-S1"}), ("2021", {"2021-S1", "2021-S2"})])
def test_a_semester_without_a_year_yields_to_the_half_year_that_a_person_stated(tmp_path, stated, found):
    raw = tmp_path / "raw"
    raw.mkdir()
    head = "Unit Kerja;Semester;Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana"
    rows = [f"Dinas Perhubungan;{1 + n % 2};3;4;3;4;3;4;3;4;{1 + n % 4}" for n in range(12)]
    (raw / "survei.csv").write_text("\n".join([head, *rows]) + "\n")
    (raw / "survei.profile.yaml").write_text(
        f"file: survei.csv\nsource: citizen_feedback\nperiod: '{stated}'\n"
    )
    clean_folder(raw, tmp_path / "out")
    assert set(open_processed(tmp_path / "out").table("citizen_feedback")["period"]) == found


def test_the_year_of_a_survey_completes_its_quarter_and_yields_to_its_date(tmp_path):
    answers = "3;3;4;3;3;2;3;3;3"
    _, processed = cleaned(
        tmp_path,
        "\n".join(
            [
                f"Tahun;Triwulan;{HEAD.partition(';')[2]}",
                f"2026;TW 3;Dishub;;{answers}",
                f"2025;IV;Dishub;;{answers}",
            ]
        ),
    )
    assert sorted(processed.table("citizen_feedback")["period"]) == ["2025-Q4", "2026-Q3"]
    _, processed = cleaned(
        tmp_path,
        "\n".join(
            [f"Tahun;{HEAD}", f"2026;15/07/2026;Dishub;;{answers}", f"2025;16/07/2026;Dishub;;{answers}"]
        ),
    )
    assert list(processed.table("citizen_feedback")["period"]) == ["2026-Q3"]
    assert reasons(processed) == ["period_contradicts"]


def test_a_year_in_the_cells_yields_to_a_quarter_in_the_letterhead(tmp_path):
    text = rated("Tahun", "2026", "2026")
    _, processed = cleaned(tmp_path, f"TRIWULAN II TAHUN 2026\n{text}")
    assert list(processed.table("appraisals")["period"]) == ["2026-Q2"] * 2
    _, processed = cleaned(tmp_path, f"TRIWULAN II TAHUN 2026\n{rated('Tahun', '2026', '2025')}")
    assert reasons(processed) == ["period_contradicts"]
    _, processed = cleaned(tmp_path, f"LAPORAN TAHUN 2026\n{rated('Tahun', '2024', '2025')}")
    assert list(processed.table("appraisals")["period"]) == ["2024", "2025"]
