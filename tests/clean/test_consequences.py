"""What is told of rows that were not kept names the unit, the period and the numbers."""

from types import SimpleNamespace

import pytest

from asn_research.clean import cleaning
from asn_research.clean.consequences import ExitReason, QuarantinedAnswers, lines_of_reasons
from asn_research.clean.inspect.recognition import _is_own_report
from asn_research.clean.questions.unit_review import FILE, FOLDER, read_review
from asn_research.errors import KeyFileError


@pytest.mark.parametrize(("language", "period"), [("id", "Triwulan II 2026"), ("en", "Q2 2026")])
def test_a_unit_all_of_whose_answers_wait_is_named_with_its_period(language, period):
    said = QuarantinedAnswers("DISHUB", "2026-Q2", 12, 0).line(language)
    assert all(part in said for part in ("12", "DISHUB", period))
    some = QuarantinedAnswers("DISHUB", "2026-Q2", 12, 30).line(language)
    assert all(part in some for part in ("12", "30", "42", "DISHUB", period))


def test_a_review_that_is_not_there_has_no_rows(tmp_path):
    assert read_review(tmp_path) == []
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / FILE).write_text("penulisan,unit\nDishub,DISHUB\n", encoding="utf-8")
    assert [list(row.values()) for row in read_review(tmp_path)] == [["Dishub", "DISHUB"]]


@pytest.mark.parametrize(
    ("sheets", "is_own"),
    [(["Isi", "Tabel 1"], True), (["Contents", "Table 12"], True), (["Isi"], False), (["Tabel 1"], False), (["Isi", "Tabel A"], False)],
)  # fmt: skip
def test_a_workbook_is_our_own_report_if_it_has_our_contents_and_our_tables(sheets, is_own):
    assert _is_own_report([SimpleNamespace(sheet=name) for name in sheets]) is is_own


def test_data_under_another_key_are_refused_by_the_name_of_their_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(cleaning, "key_of_processed", lambda _: "before")
    pseudonym = SimpleNamespace(fingerprint="now", old_key=None)
    with pytest.raises(KeyFileError, match="keluaran"):
        cleaning._refuse_other_key(tmp_path / "keluaran", pseudonym)
    cleaning._refuse_other_key(tmp_path / "keluaran", SimpleNamespace(fingerprint="before", old_key=None))


def test_corrections_that_read_alike_are_counted_together():
    """Each correction is a reason of its own, and all bear the same words."""
    of = [
        ExitReason("a.csv", "", "service_log", "exclude", reason, (), n)
        for reason, n in (
            ("correction_1", 2),
            ("identical_duplicate", 4),
            ("correction_2", 1),
            ("correction_12", 3),
        )
    ]
    (line,) = lines_of_reasons(of, "en")
    assert line.count("6 × ") == line.count("4 × ") == 1
    assert line.count(" × ") == 2
