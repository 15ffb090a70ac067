"""Months of one quarter are summed where they add up, and held where that is not known."""

from datetime import date

from asn_research.clean import clean_folder, open_processed

TODAY = date(2026, 11, 26)
PRESENT = "NIP;Nama;Unit Kerja;Periode;Hari Kerja;Hadir;Terlambat"
OUTPUT = "Unit Kerja;Program/Kegiatan;Target;Realisasi;Periode"
MONTHS = ("Juli 2026", "Agustus 2026", "September 2026")


def cleaned(tmp_path, files):
    raw = tmp_path / "raw"
    raw.mkdir()
    for name, lines in files.items():
        (raw / name).write_text("\n".join(lines), encoding="utf-8")
    clean_folder(raw, tmp_path / "out", today=TODAY)
    return open_processed(tmp_path / "out")


def person(n, period, *days):
    return f"1980{n:02d}012010011001;P;Dishub;{period};" + ";".join(str(day) for day in days)


def reasons(processed, exit_kind):
    return processed.table(exit_kind)["reason"].value_counts().to_dict()


def test_equal_months_of_attendance_are_no_copies_of_each_other(tmp_path):
    lines = [PRESENT, *(person(n, month, 20, 19, 1) for month in MONTHS for n in (1, 2))]
    processed = cleaned(tmp_path, {"h.csv": lines})
    frame = processed.table("attendance")
    assert frame[["working_days_n", "present_days_n", "late_days_n"]].to_numpy().tolist() == [[60, 57, 3]] * 2
    assert reasons(processed, "excluded") == {"counted_in_quarter": 4}


def test_months_in_a_file_each_are_no_versions_of_each_other(tmp_path):
    files = {
        f"kehadiran {month}.csv": [PRESENT, *(person(n, month, 20 + k, 19, 0) for n in range(1, 6))]
        for k, month in enumerate(MONTHS)
    }
    processed = cleaned(tmp_path, files)
    assert processed.table("attendance")["working_days_n"].tolist() == [63] * 5
    assert processed.table("quarantine").empty


def test_a_number_that_one_month_lacks_is_missing_in_the_sum(tmp_path):
    lines = [PRESENT, person(1, MONTHS[0], 20, 19, ""), person(1, MONTHS[1], 20, 18, 2)]
    frame = cleaned(tmp_path, {"h.csv": lines}).table("attendance")
    assert frame["present_days_n"].tolist() == [37]
    assert frame["late_days_n"].isna().all()


def test_a_month_is_not_added_to_its_own_quarter(tmp_path):
    lines = [PRESENT, person(1, MONTHS[0], 20, 19, 0), person(1, "Triwulan III 2026", 62, 60, 1)]
    processed = cleaned(tmp_path, {"h.csv": lines})
    assert processed.table("attendance")["working_days_n"].tolist() == [62]
    assert reasons(processed, "excluded") == {"month_within_quarter": 1}


def test_two_versions_of_a_month_are_held(tmp_path):
    lines = [PRESENT, person(1, MONTHS[0], 20, 19, 0), person(1, MONTHS[0], 20, 15, 0)]
    processed = cleaned(tmp_path, {"h.csv": lines})
    assert reasons(processed, "quarantine") == {"differing_duplicate": 2}


def test_months_of_a_programme_are_held_whether_equal_or_not(tmp_path):
    lines = [OUTPUT]
    for k, month in enumerate(MONTHS):
        lines += [f"Dishub;Parkir;10;9;{month}", f"Dishub;Rambu;10;{k + 5};{month}"]
    lines += [
        f"Dishub;Uji;10;9;{MONTHS[0]}",
        "Dishub;Uji;30;29;Triwulan III 2026",
        f"Dishub;Andalalin;4;3;{MONTHS[0]}",
    ]
    processed = cleaned(tmp_path, {"p.csv": lines})
    assert reasons(processed, "quarantine") == {"months_of_one_quarter": 6}
    assert reasons(processed, "excluded") == {"month_within_quarter": 1}
    assert sorted(processed.table("programmes")["output_n"]) == [3, 29]
