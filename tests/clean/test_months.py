"""Monthly appraisals: one month's holds for a quarter once a person has said which."""

from collections import Counter

import pytest
from clean.surveys import TODAY, write
from clean.test_siasn import PERIODIC, number_of

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.questions.question_workbook import read_entries, set_answer

#: Results and behaviour of three months: the last month is good, the commonest is very good.
MONTHS = {7: (1, 1), 8: (1, 1), 9: (2, 2)}
N = 30


def rows(months, *, spans=False):
    found = []
    for month, (results, behaviour) in months.items():
        first, last = (7, 9) if spans else (month, month)
        found += [
            [
                number_of(at),
                "A",
                "Dinas Perhubungan",
                2026,
                first,
                last,
                results,
                behaviour,
                "",
                100,
                "",
                "",
                "",
            ]
            for at in range(N)
        ]
    return found


def cleaned(folder):
    report = clean_folder(folder / "raw", folder / "out", today=TODAY)
    return report, open_processed(folder / "out")


def predikats(processed):
    table = processed.table("appraisals")
    return dict(Counter(table["predikat_by_matrix"].astype(str)))


@pytest.mark.parametrize(
    ("answer", "kept"), [("last", {"good": N}), ("commonest", {"very_good": N}), ("none", {})]
)
def test_months_of_one_quarter_wait_for_one_answer(tmp_path, answer, kept):
    write(tmp_path / "raw" / "kinerja.xlsx", [PERIODIC, *rows(MONTHS)])
    report, processed = cleaned(tmp_path)
    assert [(one.question.kind, one.n_rows) for one in report.questions] == [("months_of_quarter", 3 * N)]
    assert predikats(processed) == {}
    set_answer(tmp_path / "raw", read_entries(tmp_path / "raw")[0].key, answer)
    report, processed = cleaned(tmp_path)
    assert predikats(processed) == kept
    assert (processed.table("appraisals")["period"].astype(str) == "2026-Q3").all()
    assert report.exits[["n_kept", "n_quarantined", "n_excluded"]].sum().tolist() == (
        [N, 0, 2 * N] if kept else [0, 3 * N, 0]
    )


def test_months_in_a_file_each_are_no_versions_of_each_other(tmp_path):
    head = ["NIP", "Unit Kerja", "Hasil Kerja", "Perilaku Kerja", "NIP Pejabat Penilai"]
    names = {7: "Juli", 8: "Agustus", 9: "September"}
    for month, (results, behaviour) in MONTHS.items():
        words = ["", "Di Atas Ekspektasi", "Sesuai Ekspektasi"]
        cells = [
            [number_of(at), "Dinas Perhubungan", words[results], words[behaviour], ""] for at in range(N)
        ]
        title = f"EVALUASI KINERJA PEGAWAI BULAN {names[month].upper()} 2026"
        write(tmp_path / "raw" / f"{names[month]}.xlsx", [[title], head, *cells])
    report, _ = cleaned(tmp_path)
    assert [one.question.kind for one in report.questions] == ["months_of_quarter"]


def test_the_quarters_own_appraisal_needs_no_month(tmp_path):
    months = {7: (1, 1), 8: (3, 3)}
    write(tmp_path / "raw" / "k.xlsx", [PERIODIC, *rows(months), *rows({9: (2, 2)}, spans=True)])
    report, processed = cleaned(tmp_path)
    assert report.questions == ()
    assert predikats(processed) == {"good": N}
    assert set(processed.table("excluded")["reason"]) == {"month_within_quarter"}


def test_a_single_month_stands_for_its_quarter(tmp_path):
    write(tmp_path / "raw" / "k.xlsx", [PERIODIC, *rows({8: (2, 2)})])
    report, processed = cleaned(tmp_path)
    assert report.questions == ()
    assert predikats(processed) == {"good": N}


def test_a_last_month_that_cannot_be_read_is_not_replaced_by_one_before_it(tmp_path):
    cells = rows(MONTHS)
    cells[2 * N][6] = "entah"
    write(tmp_path / "raw" / "k.xlsx", [PERIODIC, *cells])
    cleaned(tmp_path)
    set_answer(tmp_path / "raw", read_entries(tmp_path / "raw")[0].key, "last")
    _, processed = cleaned(tmp_path)
    assert predikats(processed) == {"good": N - 1}
