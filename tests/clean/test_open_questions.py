"""Questions wait in the raw folder, answers hold for a layout, and what is no answer is refused."""

import csv
from datetime import date

import openpyxl
import pytest
from typer.testing import CliRunner

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.questions.question_workbook import (
    find_answers,
    load_answers,
    read_entries,
    set_answer,
)
from asn_research.cli import app
from asn_research.errors import RawDataError, RequestError
from asn_research.read import find_raw_files
from asn_research.rules.questions import WORKBOOK, load_choices, load_kinds

HEAD = "Tanggal;Unit Layanan;Persyaratan;Prosedur;Waktu;Biaya;Produk;Kompetensi;Perilaku;Pengaduan;Sarana"
TODAY = date(2026, 11, 26)
STAMPS = ["7/5/2026 8:30:12", "8/3/2026 9:10:11", "6/4/2026 9:40:02"]


def survey(folder, name, stamps=STAMPS, head=HEAD):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join([head, *(f"{s};Dishub;3;3;4;3;3;2;3;3;3" for s in stamps)]))


def cleaned(tmp_path):
    return clean_folder(tmp_path / "raw", tmp_path / "out", today=TODAY)


def write_answer(raw, row, text):
    book = openpyxl.load_workbook(raw / WORKBOOK)
    heads = {cell.value: cell.column for cell in book.worksheets[0][2]}
    book.worksheets[0].cell(row, heads["Jawaban"], text)
    book.save(raw / WORKBOOK)


def test_doubtful_rows_wait_and_are_counted(tmp_path):
    survey(tmp_path / "raw", "a.csv")
    report = cleaned(tmp_path)
    (asked,) = report.questions
    assert (asked.question.kind, asked.n_rows, asked.places) == ("date_order", 3, ("a.csv",))
    assert report.exits[["n_raw", "n_kept", "n_quarantined"]].to_numpy().tolist() == [[3, 0, 3]]
    assert set(open_processed(tmp_path / "out").table("quarantine")["reason"]) == {"waits_for_answer"}
    told = "\n".join(report.lines("id"))
    assert "hari atau bulan" in told
    assert asked.question.key in told


def test_a_file_of_another_layout_proves_nothing_about_the_order_of_days(tmp_path):
    survey(tmp_path / "raw", "a.csv", ["13/5/2026 8:30:12", "14/8/2026 9:10:11", "25/6/2026 9:40:02"])
    survey(tmp_path / "raw", "b.csv", head=HEAD.replace("Unit Layanan", "Unit"))
    (asked,) = cleaned(tmp_path).questions
    assert (asked.question.kind, asked.places) == ("date_order", ("b.csv",))


def test_the_workbook_offers_the_choices_and_says_what_each_would_change(tmp_path):
    survey(tmp_path / "raw", "a.csv")
    cleaned(tmp_path)
    page = openpyxl.load_workbook(tmp_path / "raw" / WORKBOOK).worksheets[0]
    assert [cell.value for cell in page[2]][:2] == ["Kunci Pertanyaan", "Pertanyaan"]
    assert 'Kolom "Tanggal"' in page.cell(3, 2).value
    assert "a.csv: 3 baris" in page.cell(3, 3).value
    assert "05/07/2026 dibaca 7 Mei 2026" in page.cell(3, 5).value
    assert len(page.data_validations.dataValidation) == 1
    # Questions and answers are sentences: no cell hides the end of one.
    assert all(cell.alignment.wrap_text for row in page.iter_rows(min_row=2, max_row=3) for cell in row)
    assert WORKBOOK not in [path.name for path in find_raw_files(tmp_path / "raw")]


@pytest.mark.parametrize(
    ("text", "days"),
    [("hari lebih dulu", ["2026-04-06", "2026-05-07", "2026-03-08"]), ("the month first", ["2026-06-04", "2026-07-05", "2026-08-03"]),
     ("month_first", ["2026-06-04", "2026-07-05", "2026-08-03"]), ("1", ["2026-04-06", "2026-05-07", "2026-03-08"])],
)  # fmt: skip
def test_an_answer_in_the_workbook_is_used_by_the_next_run(tmp_path, text, days):
    survey(tmp_path / "raw", "a.csv")
    cleaned(tmp_path)
    write_answer(tmp_path / "raw", 3, text)
    report = cleaned(tmp_path)
    assert int(report.exits["n_kept"].sum()) == 3
    kept = open_processed(tmp_path / "out").table("citizen_feedback")
    assert sorted(str(day)[:10] for day in kept["survey_date"]) == sorted(days)
    # Answered questions stay listed.
    assert [entry.answer != "" for entry in read_entries(tmp_path / "raw")] == [True]


def test_an_answer_holds_for_the_next_file_of_the_same_headings_and_no_other(tmp_path):
    raw = tmp_path / "raw"
    survey(raw, "a.csv")
    cleaned(tmp_path)
    set_answer(raw, read_entries(raw)[0].key, "bulan lebih dulu")
    (raw / "a.csv").rename(raw / "Data Oktober.csv")
    survey(raw, "lain.csv", head=HEAD + ";Kolom lain")
    survey(raw, "dua.csv", ["9/2/2026 7:00:01", "10/4/2026 7:30:00"], head=HEAD.upper())
    report = cleaned(tmp_path)
    kept = dict(zip(report.exits["file"], report.exits["n_kept"], strict=True))
    assert kept == {"Data Oktober.csv": 3, "dua.csv": 2, "lain.csv": 0}
    assert len([one for one in report.questions if not one.answer]) == 1


def test_files_of_one_layout_ask_once(tmp_path):
    survey(tmp_path / "raw", "a.csv")
    survey(tmp_path / "raw" / "b", "b.csv", ["9/2/2026 7:00:01", "10/4/2026 7:30:00"])
    (asked,) = cleaned(tmp_path).questions
    assert asked.n_rows == 5
    assert len(asked.places) == 2


def test_nothing_is_written_where_nothing_was_asked(tmp_path):
    survey(tmp_path / "raw", "a.csv", ["15/7/2026 8:00:00"])
    assert cleaned(tmp_path).questions == ()
    assert not (tmp_path / "raw" / WORKBOOK).exists()


def test_an_open_question_goes_when_its_file_goes_and_an_answered_one_stays(tmp_path):
    raw = tmp_path / "raw"
    survey(raw, "a.csv")
    cleaned(tmp_path)
    survey(raw, "a.csv", ["15/7/2026 8:00:00"])
    cleaned(tmp_path)
    assert not (raw / WORKBOOK).exists()
    survey(raw, "a.csv")
    cleaned(tmp_path)
    set_answer(raw, read_entries(raw)[0].key, "1")
    survey(raw, "a.csv", ["15/7/2026 8:00:00"])
    cleaned(tmp_path)
    assert len(load_answers(raw)) == 1


def test_an_answer_that_is_none_is_refused_with_its_row(tmp_path):
    survey(tmp_path / "raw", "a.csv")
    cleaned(tmp_path)
    write_answer(tmp_path / "raw", 3, "mungkin")
    with pytest.raises(
        RawDataError, match=r"pertanyaan.xlsx, row 3: 'mungkin' is no answer.*hari lebih dulu"
    ):
        cleaned(tmp_path)


def test_a_question_that_is_none_is_refused_with_its_row(tmp_path):
    survey(tmp_path / "raw", "a.csv")
    cleaned(tmp_path)
    book = openpyxl.load_workbook(tmp_path / "raw" / WORKBOOK)
    book.worksheets[0].cell(3, 1, "apa-12345678")
    book.save(tmp_path / "raw" / WORKBOOK)
    with pytest.raises(RawDataError, match=r"row 3: 'apa-12345678' is no question"):
        cleaned(tmp_path)


def test_a_note_beside_a_question_is_kept(tmp_path):
    raw = tmp_path / "raw"
    survey(raw, "a.csv")
    cleaned(tmp_path)
    book = openpyxl.load_workbook(raw / WORKBOOK)
    book.worksheets[0].cell(3, 7, "tanya Dinas Perhubungan")
    book.save(raw / WORKBOOK)
    cleaned(tmp_path)
    assert read_entries(raw)[0].note == "tanya Dinas Perhubungan"


def test_a_run_without_changes_tells_the_questions_again(tmp_path):
    survey(tmp_path / "raw", "a.csv")
    first, again = cleaned(tmp_path), cleaned(tmp_path)
    assert again.n_unchanged == 1
    assert again.questions == first.questions
    (tmp_path / "raw" / WORKBOOK).unlink()
    cleaned(tmp_path)
    assert (tmp_path / "raw" / WORKBOOK).is_file()


def ask(tmp_path, *words):
    return CliRunner().invoke(app, ["ask", *words, "--raw", str(tmp_path / "raw")])


def test_the_command_lists_questions_and_takes_answers(tmp_path):
    survey(tmp_path / "raw", "a.csv")
    cleaned(tmp_path)
    key = read_entries(tmp_path / "raw")[0].key
    listed = ask(tmp_path).output
    assert key in listed
    assert "1. hari lebih dulu (05/07/2026 dibaca 5 Juli 2026)" in listed
    assert "dijawab bulan lebih dulu" in ask(tmp_path, key, "bulan lebih dulu").output
    assert load_answers(tmp_path / "raw") == {key: "month_first"}
    assert "dihapus" in ask(tmp_path, key, "--clear").output
    assert load_answers(tmp_path / "raw") == {}
    assert ask(tmp_path, "date_order", "2", "--lang", "en").output.count("the month first") == 1


def test_the_command_refuses_what_is_no_question_or_answer(tmp_path):
    survey(tmp_path / "raw", "a.csv")
    cleaned(tmp_path)
    assert ask(tmp_path, "date_order", "besok").exit_code == RequestError.exit_code
    refused = ask(tmp_path, "zzz", "1")
    assert refused.exit_code == RequestError.exit_code
    assert "Tidak ada pertanyaan 'zzz'" in refused.stderr


def test_a_file_below_the_folder_has_the_folder_s_answers(tmp_path):
    survey(tmp_path / "raw" / "dishub", "a.csv")
    cleaned(tmp_path)
    set_answer(tmp_path / "raw", "date_order", "month_first")
    assert list(find_answers(tmp_path / "raw" / "dishub" / "a.csv").values()) == ["month_first"]


def test_each_kind_of_question_has_words_and_choices_in_both_languages():
    for kind in load_kinds().values():
        assert kind.question_indonesian != kind.question_english
        for choice in load_choices(kind.kind):
            assert choice.effect_indonesian, choice.choice
            assert choice.effect_english, choice.choice


def test_questions_name_no_person(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    rows = [["NIP", "Nama", "Unit Kerja", "Rating Hasil Kerja", "Rating Perilaku Kerja", "Periode"],
            ["197001012010011001", "Budi Rahasia", "Dishub", "1", "3", "TW III 2026"]]  # fmt: skip
    with (raw / "a.csv").open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    report = cleaned(tmp_path)
    assert [one.question.kind for one in report.questions] == ["rating_code"]
    words = " ".join(
        str(cell.value) for row in openpyxl.load_workbook(raw / WORKBOOK).worksheets[0] for cell in row
    )
    assert "Rahasia" not in words
    assert "19700101" not in words


@pytest.mark.parametrize(("n", "asked"), [(4, []), (5, ["sex_code"])])
def test_a_letter_in_a_few_rows_is_blank_and_not_worth_a_question(tmp_path, n, asked):
    (tmp_path / "raw").mkdir()
    rows = [f"15/07/2026;Dishub;3;3;4;3;3;{at % 4 + 1};3;3;3;P" for at in range(n)]
    (tmp_path / "raw" / "a.csv").write_text("\n".join([HEAD + ";Jenis Kelamin", *rows]))
    report = cleaned(tmp_path)
    assert [one.question.kind for one in report.questions] == asked
    kept = open_processed(tmp_path / "out").table("citizen_feedback")
    assert len(kept) == n
    assert kept["sex"].isna().all()
