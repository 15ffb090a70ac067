"""What an office wrote in its own way is read where the evidence decides, and asked about only where none does."""

import pytest
from clean.surveys import HEADS, TODAY, cleaned, write
from origins import in_order

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.questions.question_workbook import read_entries, set_answer
from asn_research.read.survey_forms import ELEMENTS

DAYS = [f"{1 + at:02d}/07/2026" for at in range(20)]


def digits(at):
    return [1 + (at + k) % 4 for k in range(9)]


def survey(days=DAYS, answers=digits, sexes=None, above=(), heads=HEADS, sex="JK"):
    """Return a sheet of one row for each day."""
    rows = [*([line] for line in above), ["Tanggal", "Unit Layanan", sex, *heads]]
    sexes = sexes or ["L", "P"] * len(days)
    return rows + [[day, "Disdukcapil", sexes[at], *answers(at)] for at, day in enumerate(days)]


def answers_of(processed):
    return [[int(row[e]) for e in ELEMENTS] for _, row in in_order(processed).iterrows()]


@pytest.mark.parametrize(
    "days",
    [
        [20260701 + at for at in range(20)],
        [f"202607{1 + at:02d}" for at in range(20)],
        [f"{1 + at:02d}072026" for at in range(20)],
        [f"{1 + at} s.d. {2 + at} Juli 2026" for at in range(20)],
        [f"{1 + at} - {2 + at} Juli 2026" for at in range(20)],
    ],
    ids=["number", "text", "day first", "span", "hyphen"],
)
def test_days_in_other_clothes_are_read(tmp_path, days):
    asked, processed = cleaned(tmp_path, survey(days))
    assert asked == []
    table = processed.table("citizen_feedback")
    assert len(table) == 20
    assert {str(day)[:7] for day in table["survey_date"]} == {"2026-07"}
    assert table["survey_date"].nunique() == 20


def test_a_span_over_two_quarters_is_no_day(tmp_path):
    _, processed = cleaned(tmp_path, survey(["30 Juni s.d. 2 Juli 2026", *DAYS[1:]]))
    assert list(processed.table("quarantine")["reason"]) == ["impossible_date"]
    assert len(processed.table("citizen_feedback")) == 19


ROMAN = ["I", "II", "III", "IV"]
LETTERS = ["a", "b", "c", "d"]
WORDS = ["Tidak Baik", "Kurang Baik", "Baik", "Sangat Baik"]
KEY = "Keterangan: a. Tidak Baik, b. Kurang Baik, c. Baik, d. Sangat Baik"
TURNED = "Keterangan: a = Sangat Baik, b = Baik, c = Kurang Baik, d = Tidak Baik"


@pytest.mark.parametrize(
    ("way", "above"),
    [
        (lambda n: ROMAN[n - 1], ()),
        (lambda n: 25 * n, ()),
        (lambda n: f"{25 * n},00", ()),
        (lambda n: f"{n} ({WORDS[n - 1]})", ()),
        (lambda n: f"{WORDS[n - 1]} ({n})", ()),
        (lambda n: LETTERS[n - 1], (KEY,)),
        (lambda n: LETTERS[4 - n], (TURNED,)),
    ],
    ids=[
        "roman",
        "hundred",
        "hundred as text",
        "number and word",
        "word and number",
        "letters",
        "letters turned",
    ],
)
def test_answers_in_other_clothes_are_read(tmp_path, way, above):
    asked, processed = cleaned(tmp_path, survey(answers=lambda at: [way(n) for n in digits(at)], above=above))
    assert asked == []
    assert answers_of(processed) == [digits(at) for at in range(20)]


def test_letters_that_stand_beside_their_words_in_some_rows_are_known_in_the_others(tmp_path):
    def answers(at):
        return [f"{LETTERS[n - 1]}. {WORDS[n - 1]}" if at < 4 else LETTERS[n - 1] for n in digits(at)]

    asked, processed = cleaned(tmp_path, survey(answers=answers))
    assert asked == []
    assert answers_of(processed) == [digits(at) for at in range(20)]


def test_a_five_in_roman_numerals_is_another_scale(tmp_path):
    asked, processed = cleaned(
        tmp_path, survey(answers=lambda at: [["I", "II", "III", "IV", "V"][(at + k) % 5] for k in range(9)])
    )
    assert asked == ["scale"]
    assert not processed.has("citizen_feedback") or processed.table("citizen_feedback").empty


@pytest.mark.parametrize("way", [lambda n: f"{25 * n}%", lambda n: n / 4], ids=["text", "cells of percent"])
def test_percentages_are_asked_about_once_and_never_read_as_the_lowest_answer(tmp_path, way):
    def answers(at):
        # Most people are content: their rows alone would look like rows of 1.
        return [way(4 if at % 5 else 3)] * 9

    asked, processed = cleaned(tmp_path, survey(answers=answers))
    assert asked == ["answer_percent"]
    assert set(processed.table("quarantine")["reason"]) == {"waits_for_answer"}
    assert processed.table("quarantine")["row_id"].nunique() == 20
    _, processed = cleaned(tmp_path, survey(answers=answers), answer="quarters")
    assert answers_of(processed) == [[4 if at % 5 else 3] * 9 for at in range(20)]


def test_a_nought_among_hundreds_is_no_conversion(tmp_path):
    def answers(at):
        return [25 * ((at + k) % 5) for k in range(9)]

    asked, processed = cleaned(tmp_path, survey(answers=answers))
    assert asked == ["scale"]
    assert not processed.has("citizen_feedback") or processed.table("citizen_feedback").empty


@pytest.mark.parametrize(
    ("heading", "above", "first"),
    [
        ("Jenis Kelamin (1=L, 2=P)", (), "m"),
        ("JK", ("Kode: 1 = Perempuan; 2 = Laki-laki",), "f"),
    ],
)
def test_a_key_tells_which_number_is_which_sex(tmp_path, heading, above, first):
    asked, processed = cleaned(tmp_path, survey(sexes=[1] * 12 + [2] * 8, sex=heading, above=above))
    assert asked == []
    counts = processed.table("citizen_feedback")["sex"].value_counts()
    assert counts[first] == 12


def test_numbered_sexes_without_a_key_are_asked_about_and_cost_no_row(tmp_path):
    rows = survey(sexes=["1", "2"] * 10)
    asked, processed = cleaned(tmp_path, rows)
    assert asked == ["sex_number"]
    table = processed.table("citizen_feedback")
    assert len(table) == 20
    assert table["sex"].isna().all()
    _, processed = cleaned(tmp_path, rows, answer="female_first")
    counts = processed.table("citizen_feedback")["sex"].value_counts()
    assert (counts["f"], counts["m"]) == (10, 10)
    assert in_order(processed)["sex"].iloc[0] == "f"


def test_the_ways_of_lapor_are_known(tmp_path):
    rows = [
        [
            "No. Laporan",
            "Instansi Terdisposisi",
            "Tanggal Laporan Masuk",
            "Sumber Laporan",
            "Klasifikasi Laporan",
        ]
    ]
    rows += [
        [f"L{at}", "Disdukcapil", day, way, "Pengaduan"]
        for at, (day, way) in enumerate(zip(DAYS, ["Website", "Android"] * 10, strict=True))
    ]
    asked, processed = cleaned(tmp_path, rows)
    assert asked == []
    assert set(processed.table("complaints")["channel"]) == {"online"}
    assert processed.table("repairs").empty


LOG = ["No. Permohonan", "Unit Kerja", "Tanggal Permohonan", "Tanggal Selesai"]


def test_one_question_stands_for_all_date_columns_of_a_layout(tmp_path):
    rows = [
        [
            f"R{at}",
            "Disdukcapil",
            f"{2 + at % 3}/{3 + at % 3}/2026 08:0{at}",
            f"{3 + at % 3}/{4 + at % 3}/2026 09:0{at}",
        ]
        for at in range(9)
    ]
    asked, processed = cleaned(tmp_path, [LOG, *rows])
    assert asked == ["date_order"]
    assert processed.table("quarantine")["row_id"].nunique() == 9
    (entry,) = read_entries(tmp_path / "raw")
    assert '"Tanggal Permohonan", "Tanggal Selesai"' in entry.question
    assert "9 baris" in entry.seen
    _, processed = cleaned(tmp_path, [LOG, *rows], answer="day_first")
    table = processed.table("service_log")
    assert len(table) == 9
    assert set(table["submitted_date"].dt.month) == {3, 4, 5}


def named(folder, name, rows, answer=""):
    write(folder / "raw" / name, rows)
    report = clean_folder(folder / "raw", folder / "out", today=TODAY)
    if answer:
        set_answer(folder / "raw", read_entries(folder / "raw")[0].key, answer)
        clean_folder(folder / "raw", folder / "out", today=TODAY)
    return [one.question.kind for one in report.questions], open_processed(folder / "out")


def test_a_period_in_the_files_name_holds_the_rows_outside_it(tmp_path):
    days = [*DAYS[:17], "05/07/2025", "06/04/2026", "07/10/2026"]
    asked, processed = named(tmp_path, "SKM Disdukcapil TW III 2026.xlsx", survey(days))
    assert asked == []
    assert list(processed.table("quarantine")["reason"]) == ["outside_stated_period"] * 3
    assert set(processed.table("citizen_feedback")["period"]) == {"2026-Q3"}


def test_a_file_whose_rows_lie_outside_the_period_of_its_name_is_asked_about(tmp_path):
    rows = survey(DAYS)
    asked, processed = named(tmp_path, "SKM Disdukcapil Triwulan II 2026.xlsx", rows)
    assert asked == ["stated_period"]
    assert processed.table("quarantine")["row_id"].nunique() == 20
    _, processed = named(tmp_path, "SKM Disdukcapil Triwulan II 2026.xlsx", rows, answer="dates")
    assert set(processed.table("citizen_feedback")["period"]) == {"2026-Q3"}


@pytest.mark.parametrize(
    "name", ["SKM s.d. TW III 2026.xlsx", "SKM kumulatif September 2026.xlsx", "SKM 2026.xlsx"]
)
def test_a_name_of_what_grows_is_no_statement_of_a_period(tmp_path, name):
    days = [f"{1 + at:02d}/{1 + at // 3:02d}/2026" for at in range(20)]
    asked, processed = named(tmp_path, name, survey(days))
    assert asked == []
    assert len(processed.table("citizen_feedback")) == 20


def test_a_row_without_a_date_belongs_to_the_period_of_the_files_name(tmp_path):
    _, processed = named(tmp_path, "SKM Disdukcapil TW III 2026.xlsx", survey(["", *DAYS[1:]]))
    assert processed.table("citizen_feedback")["period"].tolist() == ["2026-Q3"] * 20


def test_a_bare_semester_takes_its_year_from_the_rows_date(tmp_path):
    rows = [["Semester", *survey()[0]]]
    days = ["05/02/2025", "06/08/2025", "05/03/2026", "06/07/2026"]
    rows += [[1 + at % 2, *row] for at, row in enumerate(survey(days)[1:])]
    _, processed = named(tmp_path, "SKM 2026.xlsx", rows)
    table = processed.table("citizen_feedback")
    assert sorted(table["period"]) == ["2025-S1", "2025-S2", "2026-S1", "2026-S2"]


def test_a_file_that_names_no_unit_is_asked_about_and_its_successor_is_not(tmp_path):
    rows = [[row[0], *row[2:]] for row in survey()]
    asked, processed = named(tmp_path, "hasil survei Juli.xlsx", rows)
    assert asked == ["unit_of_file"]
    _, processed = named(tmp_path, "hasil survei Juli.xlsx", rows, answer="DISHUB")
    assert set(processed.table("citizen_feedback")["unit_id"]) == {"DISHUB"}
    later = [[row[0], *row[2:]] for row in survey([day.replace("/07/", "/08/") for day in DAYS])]
    asked, processed = named(tmp_path, "hasil survei Agustus.xlsx", later)
    assert set(asked) == {"unit_of_file"}
    assert len(processed.table("citizen_feedback")) == 40
    assert set(processed.table("citizen_feedback")["unit_id"]) == {"DISHUB"}


def test_names_that_the_register_lacks_may_be_parts_of_one_unit(tmp_path):
    rows = survey()
    for at, row in enumerate(rows[1:]):
        row[1] = ["Loket A", "Loket B", "Loket C", "Disdukcapil"][at % 4]
    asked, processed = cleaned(tmp_path, rows)
    assert asked == ["units_unknown"]
    assert processed.table("quarantine")["row_id"].nunique() == 20
    _, processed = cleaned(tmp_path, rows, answer="each")
    assert len(processed.table("citizen_feedback")) == 5
    assert set(processed.table("quarantine")["reason"]) == {"unknown_unit"}
    _, processed = cleaned(tmp_path, rows, answer="DISDUKCAPIL")
    assert len(processed.table("citizen_feedback")) == 20


@pytest.mark.parametrize(
    "days",
    [
        [1782900000 + 86400 * at for at in range(20)],
        [str((1782900000 + 86400 * at) * 1000) for at in range(20)],
        ["'" + day for day in DAYS],
    ],
    ids=["seconds", "thousandths", "apostrophe"],
)
def test_moments_as_programs_export_them_are_read(tmp_path, days):
    asked, processed = cleaned(tmp_path, survey(days))
    assert asked == []
    table = in_order(processed)
    assert [f"{day:%d/%m/%Y}" for day in table["survey_date"]] == DAYS


@pytest.mark.parametrize("word", ["proses", "Dalam proses", "belum selesai", "Pending", "sedang diproses"])
def test_a_request_that_is_still_open_is_no_bad_date(tmp_path, word):
    rows = [[f"R{at}", "Disdukcapil", day, word if at % 4 == 0 else day] for at, day in enumerate(DAYS)]
    _, processed = cleaned(tmp_path, [LOG, *rows])
    table = processed.table("service_log")
    assert len(table) == 20
    assert int(table["finished_date"].isna().sum()) == 5


def test_the_word_beside_a_choices_number_decides(tmp_path):
    heads = ["NIP", "Unit Kerja", "Rating Hasil Kerja", "Rating Perilaku Kerja", "Periode"]
    ways = [
        ("Sesuai Ekspektasi (2)", "2. Sesuai Ekspektasi"),
        ("3 - Di Atas Ekspektasi", "Di Bawah Ekspektasi (1)"),
    ]
    rows = [
        [f"197001011992011{at % 2 + 1}{at:03d}"[:14] + f"1{at:03d}", "Dishub", *ways[at % 2], "TW III 2026"]
        for at in range(1, 11)
    ]
    asked, processed = cleaned(tmp_path, [heads, *rows])
    assert asked == []
    table = processed.table("appraisals")
    assert table["results_rating"].value_counts().to_dict() == {"meets": 5, "above": 5}
    assert table["behaviour_rating"].value_counts().to_dict() == {"meets": 5, "below": 5}


def test_a_name_in_brackets_tells_the_eighth_element(tmp_path):
    names = [
        "Persyaratan",
        "Prosedur",
        "Waktu",
        "Biaya",
        "Produk",
        "Kompetensi",
        "Perilaku",
        "Sarana dan Prasarana",
        "Penanganan Pengaduan",
    ]
    heads = [f"U{at} ({name})" for at, name in enumerate(names, start=1)]
    asked, processed = cleaned(tmp_path, survey(answers=lambda at: [3] * 7 + [4, 2], heads=heads))
    assert asked == []
    table = processed.table("citizen_feedback")
    assert set(table["facilities"]) == {4}
    assert set(table["complaints"]) == {2}


def test_a_few_rows_of_many_other_offices_hold_back_no_others(tmp_path):
    rows = survey()
    for at in (3, 7, 11):
        rows[at][1] = f"Kantor Lain {at}"
    asked, processed = cleaned(tmp_path, rows)
    assert asked == []
    assert len(processed.table("citizen_feedback")) == 17
    assert list(processed.table("quarantine")["reason"]) == ["unknown_unit"] * 3
