"""Letterhead and file name that contradict each other, files that say nothing of themselves, and rows of another year."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from clean.surveys import HEADS, QUESTIONS, TODAY, write
from clean.test_own_index import answers
from clean.test_siasn import PERIODIC, STAFF, number_of, person

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.questions.question_workbook import read_entries, set_answer


def letterhead(unit="DINAS PERHUBUNGAN", period="TRIWULAN III TAHUN 2026"):
    return [[line] for line in (unit, period) if line] + [[]]


def sheet(n=30, **above):
    return [
        *letterhead(**above),
        ["No", *HEADS],
        *([at, *form] for at, form in enumerate(answers(n), start=1)),
    ]


def clean(folder, *chosen):
    """Clean, answer the open questions one after the other, and return their kinds and the processed data."""
    asked = []
    report = clean_folder(folder / "raw", folder / "out", today=TODAY)
    for choice in (*chosen, None):
        still_open = [one.question for one in report.questions if not one.answer]
        asked += [question.kind for question in still_open if question.kind not in asked]
        if choice is None or not still_open:
            break
        set_answer(folder / "raw", still_open[0].key, choice)
        report = clean_folder(folder / "raw", folder / "out", today=TODAY)
    return asked, open_processed(folder / "out")


def counts(processed, *columns, table="citizen_feedback"):
    frame = processed.table(table)
    return dict(Counter(frame[list(columns)].astype(str).itertuples(index=False, name=None)))


@pytest.mark.parametrize(
    ("answer", "kept"), [("DISHUB", {"DISHUB": 30}), ("DINSOS", {"DINSOS": 30}), ("none", {})]
)
@pytest.mark.parametrize("name", ["SKM Dinsos TW III 2026.xlsx", "Dinas Sosial/SKM TW III 2026.xlsx"])
def test_a_letterhead_of_another_unit_than_the_files_name_is_asked_about(tmp_path, answer, kept, name):
    write(tmp_path / "raw" / name, sheet())
    asked, processed = clean(tmp_path, answer)
    assert asked == ["unit_contradicts"]
    assert counts(processed, "unit_id") == {(unit,): n for unit, n in kept.items()}


def test_a_file_named_after_the_letterheads_unit_or_one_above_it_asks_nothing(tmp_path):
    write(tmp_path / "raw" / "SKM Dishub TW III 2026.xlsx", sheet())
    assert clean(tmp_path)[0] == []


@pytest.mark.parametrize(("answer", "kept"), [("2026-Q3", "2026-Q3"), ("2026-Q2", "2026-Q2"), ("none", None)])
def test_a_letterhead_of_another_period_than_the_files_name_is_asked_about(tmp_path, answer, kept):
    write(tmp_path / "raw" / "SKM Dishub TW II 2026.xlsx", sheet())
    asked, processed = clean(tmp_path, answer)
    assert asked == ["period_contradicts"]
    assert counts(processed, "period") == ({(kept,): 30} if kept else {})


@pytest.mark.parametrize(
    ("name", "period", "kept"),
    [
        ("SKM Dishub Juli 2026.xlsx", "TRIWULAN III TAHUN 2026", "2026-Q3"),
        ("SKM Dishub TW III 2026.xlsx", "SEMESTER II TAHUN 2026", "2026-Q3"),
        ("SKM Dishub TW III 2026.xlsx", "TAHUN 2026", "2026-Q3"),
        ("SKM Dishub 2026.xlsx", "TRIWULAN III TAHUN 2026", "2026-Q3"),
    ],
)
def test_of_periods_that_fit_into_each_other_the_shorter_one_is_meant(tmp_path, name, period, kept):
    write(tmp_path / "raw" / name, sheet(period=period))
    asked, processed = clean(tmp_path)
    assert asked == []
    assert counts(processed, "period") == {(kept,): 30}


def test_a_second_table_of_another_time_is_no_contradiction(tmp_path):
    earlier = [[], [], ["HASIL TRIWULAN II TAHUN 2026 (PEMBANDING)"], *sheet(20)[3:]]
    write(tmp_path / "raw" / "SKM Dishub TW III 2026.xlsx", [*sheet(), *earlier])
    asked, processed = clean(tmp_path)
    assert asked == []
    assert counts(processed, "period") == {("2026-Q3",): 30, ("2026-Q2",): 20}


def test_a_workbook_that_is_named_after_several_units_contradicts_none(tmp_path):
    write(tmp_path / "raw" / "SKM Dinas Perhubungan dan Dinas Sosial TW III 2026.xlsx", sheet())
    assert clean(tmp_path)[0] == []


def test_neither_unit_nor_period_are_two_questions_and_no_stop(tmp_path):
    write(tmp_path / "raw" / "rekap.xlsx", sheet(unit="", period=""))
    report = clean_folder(tmp_path / "raw", tmp_path / "out", today=TODAY)
    assert sorted(one.question.kind for one in report.questions) == ["period_of_file", "unit_of_file"]
    for entry in read_entries(tmp_path / "raw"):
        set_answer(tmp_path / "raw", entry.key, "2026-Q3" if entry.key.startswith("period") else "DISHUB")
    clean_folder(tmp_path / "raw", tmp_path / "out", today=TODAY)
    assert counts(open_processed(tmp_path / "out"), "unit_id", "period") == {("DISHUB", "2026-Q3"): 30}
    # Years later the answer still holds.
    late = clean_folder(tmp_path / "raw", tmp_path / "out", today=TODAY.replace(year=2031))
    assert all(one.answer for one in late.questions)


def stamped(n, years):
    """Return a form's export of July to September 2026; some rows have another year."""
    first = datetime(2026, 7, 1, 8)
    days = [first + timedelta(days=at * 90 // n, minutes=at) for at in range(n)]
    days = [day.replace(year=years.get(at, 2026)) for at, day in enumerate(days)]
    rows = [[f"{day:%Y/%m/%d %H:%M:%S}", *form] for day, form in zip(days, answers(n), strict=True)]
    return [["Timestamp", *QUESTIONS], *rows]


@pytest.mark.parametrize("year", [2025, 2016, 2062])
def test_one_row_of_another_year_is_held_as_a_slip(tmp_path, year):
    write(tmp_path / "raw" / "SKM Dishub.xlsx", stamped(100, {40: year}))
    _, processed = clean(tmp_path)
    assert counts(processed, "period") == {("2026-Q3",): 99}


def test_a_form_that_runs_over_years_keeps_all_its_rows(tmp_path):
    write(tmp_path / "raw" / "SKM Dishub.xlsx", stamped(100, dict.fromkeys(range(0, 100, 5), 2025)))
    _, processed = clean(tmp_path)
    assert counts(processed, "period") == {("2026-Q3",): 80, ("2025-Q3",): 20}


def test_one_appraisal_of_another_year_is_held_as_a_slip(tmp_path):
    rows = [
        [number_of(at), "A", "Dinas Perhubungan", 2025 if at == 9 else 2026, 7, 9, 2, 2, 2, 100, "", "", ""]
        for at in range(60)
    ]
    write(tmp_path / "raw" / "kinerja.xlsx", [PERIODIC, *rows])
    _, processed = clean(tmp_path)
    assert counts(processed, "period", table="appraisals") == {("2026-Q3",): 59}
    assert processed.table("quarantine")["reason"].tolist() == ["stray_period"]


def test_people_of_the_staff_list_need_no_question_about_their_unit(tmp_path):
    write(tmp_path / "raw" / "pegawai.xlsx", [STAFF, *(person(at) for at in range(60))])
    head = [heading for heading in PERIODIC if heading != "unorNama"]
    rows = [[number_of(at), "A", 2026, 7, 9, 2, 2, 2, 100, "", "", ""] for at in range(62)]
    write(tmp_path / "raw" / "kinerja.xlsx", [head, *rows])
    asked, processed = clean(tmp_path)
    assert asked == []
    staff, appraised = (counts(processed, "unit_id", table=table) for table in ("employees", "appraisals"))
    assert staff == appraised == {("DISHUB",): 20, ("DINKES",): 20, ("DINSOS",): 20}
    # Who is not on the list is held, and given to no unit.
    assert processed.table("quarantine")["row_id"].nunique() == 2


def test_points_and_remarks_of_a_quiz_are_no_answers(tmp_path):
    heads = [
        part for question in QUESTIONS for part in (question, f"{question} [Score]", f"{question} [Feedback]")
    ]
    rows = [[f"2026/07/{1 + at % 28:02d} 08:{at:02d}:00", "-- / 0", *(cell for step in form for cell in (step, "-- / 0", ""))]
            for at, form in enumerate(answers(40))]  # fmt: skip
    write(tmp_path / "raw" / "SKM Dishub.xlsx", [["Timestamp", "Total score", *heads], *rows])
    asked, processed = clean(tmp_path)
    assert asked == []
    assert counts(processed, "period") == {("2026-Q3",): 40}


def test_a_month_in_place_of_a_day_tells_the_period_and_the_day_is_missing(tmp_path):
    rows = stamped(60, {})
    for at in range(0, 60, 10):
        rows[1 + at][0] = ["Juli 2026", "Agustus 2026", "09-2026"][at % 3]
    rows[6][0] = "entah"
    write(tmp_path / "raw" / "SKM Dishub.xlsx", rows)
    asked, processed = clean(tmp_path)
    assert asked == []
    assert counts(processed, "period") == {("2026-Q3",): 59}
    missing = processed.table("missing")
    assert missing.loc[missing["column"] == "survey_date", "reason"].tolist() == ["no_day"] * 6
    assert processed.table("quarantine")["reason"].tolist() == ["impossible_date"]
