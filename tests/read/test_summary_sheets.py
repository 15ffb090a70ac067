"""Rows below the cases that do not say whose they are count as nobody's answers, whatever word names them."""

from datetime import date

import pytest

from asn_research.clean import clean_folder, open_processed

ANSWERS = [3, 4, 2, 3, 2, 3, 3, 3, 4]
ELEMENTS = ["U1", "U2", "U3", "U4", "U5", "U6", "U7", "Penanganan Pengaduan", "Sarana dan Prasarana"]
HEAD = [["SURVEI KEPUASAN MASYARAKAT"], ["Unit: Disdukcapil"], ["Triwulan III Tahun 2026"]]


def outcome(tmp_path, rows):
    """Return how many rows are kept, and why the others are held or left out."""
    (tmp_path / "raw").mkdir()
    text = "\n".join(";".join("" if cell is None else str(cell) for cell in row) for row in rows)
    (tmp_path / "raw" / "skm.csv").write_text(text, encoding="utf-8")
    clean_folder(tmp_path / "raw", tmp_path / "out", today=date(2026, 11, 26))
    processed = open_processed(tmp_path / "out")
    others = [*processed.table("quarantine")["reason"], *processed.table("excluded")["reason"]]
    return len(processed.table("citizen_feedback")), others


def people(n):
    return [[i + 1, "PL"[i % 2], 25 + i, "SMA", "Swasta", *ANSWERS] for i in range(n)]


WHO = ["No", "Jenis Kelamin", "Umur", "Pendidikan", "Pekerjaan"]


@pytest.mark.parametrize("label", [None, "N", "Range", "Varians", "Target", "Capaian", "Tahun lalu", "x̄"])
@pytest.mark.parametrize("place", [0, 2, 4])
@pytest.mark.parametrize("n", [4, 20])
def test_a_sum_under_any_name_is_no_respondent(tmp_path, label, place, n):
    footer = [None] * 5 + [3] * 9
    footer[place] = label
    kept, others = outcome(tmp_path, [*HEAD, [*WHO, *ELEMENTS], *people(n), footer])
    assert kept == n
    assert set(others) <= {"unlike_cases", "subtotal"}
    assert len(others) == 1


def test_a_sum_below_the_regulations_sheet_needs_no_name(tmp_path):
    cases = [[i + 1, *ANSWERS, sum(ANSWERS)] for i in range(20)]
    footer = [[None, *[3] * 9, 27], ["N", *[4] * 9, 36]]
    kept, others = outcome(tmp_path, [*HEAD, ["No Resp", *ELEMENTS, "Jumlah"], *cases, *footer])
    assert (kept, others) == (20, ["unlike_cases"] * 2)


def test_respondents_who_leave_out_who_they_are_still_count(tmp_path):
    last = [[19, None, None, None, None, *ANSWERS], [20, None, None, None, None, *ANSWERS]]
    assert outcome(tmp_path, [*HEAD, [*WHO, *ELEMENTS], *people(18), *last]) == (20, [])


def test_a_respondent_without_a_number_between_others_counts(tmp_path):
    rows = people(20)
    rows[9] = [None, None, None, None, None, *ANSWERS]
    assert outcome(tmp_path, [*HEAD, [*WHO, *ELEMENTS], *rows]) == (20, [])
