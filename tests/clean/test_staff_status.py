"""Who has left is no staff, and what contradicts a person's number is not taken."""

import pytest
from clean.surveys import TODAY, write
from clean.test_siasn import STAFF, person

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.steps.staff_status import status_of

LEFT = ["Pensiun", "Berhenti dengan hormat", "Meninggal Dunia", "Mutasi keluar", "PTDH", "Pensiun BUP"]
OFF_DUTY = ["Cuti Luar Tanggungan Negara", "CLTN", "Diberhentikan sementara", "Pemberhentian Sementara"]
SERVE = ["Aktif", "Masa Persiapan Pensiun", "Tugas Belajar", "", "PNS Aktif"]


def cleaned(folder, rows):
    write(folder / "raw" / "pegawai.xlsx", rows)
    report = clean_folder(folder / "raw", folder / "out", today=TODAY)
    return report, open_processed(folder / "out")


def test_people_who_left_are_excluded_by_a_stated_rule_and_counted(tmp_path):
    rows = [person(at) for at in range(60)]
    for row, status in zip(rows, [*LEFT, *OFF_DUTY, *SERVE], strict=False):
        row[STAFF.index("KEDUDUKAN HUKUM NAMA")] = status
    report, processed = cleaned(tmp_path, [STAFF, *rows])
    out = processed.table("excluded")["reason"].value_counts().to_dict()
    assert out == {"left_service": len(LEFT), "off_duty": len(OFF_DUTY)}
    assert len(processed.table("employees")) == 60 - len(LEFT) - len(OFF_DUTY)
    assert not set(processed.table("employees")) & {"_employment_status", "_birth_date"}
    assert report.exits["n_excluded"].sum() == len(LEFT) + len(OFF_DUTY)


def test_a_list_whose_kind_of_employment_says_that_people_left(tmp_path):
    head = ["NIP", "Unit Kerja", "Status Kepegawaian"]
    rows = [[person(at)[1], "Dinas Kesehatan", "Pensiun" if at < 5 else "PNS"] for at in range(30)]
    _, processed = cleaned(tmp_path, [head, *rows])
    assert len(processed.table("employees")) == 25


@pytest.mark.parametrize(
    ("text", "status"),
    [("Aktif kembali dari CLTN", "active"), ("TIDAK AKTIF", "suspended"), ("Mutasi Masuk", "active"),
     ("Pindah Instansi", "moved"), ("Guru", ""), ("Pemberhentian dengan hormat", "dismissed")],
)  # fmt: skip
def test_phrases_of_employment(text, status):
    assert status_of(text) == status


def test_what_contradicts_the_number_is_made_blank_and_told(tmp_path):
    rows = [person(at) for at in range(60)]
    sex, born = STAFF.index("JENIS KELAMIN"), STAFF.index("TANGGAL LAHIR")
    for at in range(4):
        rows[at][born] = "01-02-1950"
    for at in range(10, 15):
        rows[at][sex] = "MF"[(at + 1) % 2]
    _, processed = cleaned(tmp_path, [STAFF, *rows])
    staff, repairs = processed.table("employees"), processed.table("repairs")
    assert len(staff) == 60
    assert repairs.loc[repairs["reason"] == "contradicts_number", "column"].value_counts().to_dict() == {
        "sex": 5, "_birth_date": 4,
    }  # fmt: skip
    assert int(staff["sex"].isna().sum()) == 5
    assert int((staff["age_band"].fillna("") == "").sum()) == 4
    assert not any("1950" in str(value) for value in repairs["old_value"])
