"""Kinds of input found by trying to break the reading: each row is right, held, blank by a word, or asked about."""

from datetime import datetime

import pytest
from clean.surveys import HEADS, TODAY, cleaned, write
from origins import origins
from read.made_workbooks import ods_row, write_ods

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.inspect.inspection import inspect_file
from asn_research.errors import RawDataError

STAFF = [
    "NIP",
    "Nama",
    "Unit Kerja",
    "Rating Hasil Kerja",
    "Rating Perilaku Kerja",
    "Predikat Kinerja",
    "Periode",
]


def survey(days, answers, more=()):
    rows = [["Tanggal", "Unit Layanan", *HEADS, *more]]
    return rows + [[day, "Disdukcapil", *answers(at)] for at, day in enumerate(days)]


JULY = [f"{day:02d}/07/2026" for day in range(1, 21)]
WORDS = ["Tidak Puas", "Puas", "Sangat Puas"]


@pytest.mark.parametrize("word", ["Cukup Puas", "Sangat Kurang Puas", "Netral", "Biasa saja"])
def test_words_of_five_steps_are_asked_about_as_a_whole(tmp_path, word):
    def answers(at):
        return [word if at in (3, 9) and n == 2 else WORDS[(at + n) % 3] for n in range(9)]

    asked, processed = cleaned(tmp_path, survey(JULY, answers))
    assert asked == ["scale"]
    assert processed.table("citizen_feedback").empty


def test_the_regulations_own_words_with_cukup_ask_nothing(tmp_path):
    row = ["Sesuai", "Mudah", "Cepat", "Cukup mahal", "Sesuai", "Mampu", "Sopan", "Baik", "Cukup"]
    asked, processed = cleaned(tmp_path, survey(JULY, lambda at: row))
    kept = processed.table("citizen_feedback")
    assert (asked, len(kept)) == ([], 20)
    assert set(kept["cost"]) == set(kept["facilities"]) == {2}


@pytest.mark.parametrize(("answer", "value"), [("first", 3), ("second", 1)])
def test_two_columns_under_the_same_words_are_asked_about(tmp_path, answer, value):
    rows = survey(JULY, lambda at: [*[3] * 9, 1, 1], more=["U1", "U2"])
    asked, processed = cleaned(tmp_path, rows, answer)
    assert asked == ["performance_block"]
    assert set(processed.table("citizen_feedback")["procedure"]) == {value}


def test_two_lists_of_respondents_side_by_side_are_no_two_parts_of_a_form(tmp_path):
    """Answered as a part of a form, half of the respondents would vanish."""
    rows = [
        ["SKM Disdukcapil Triwulan III 2026"],
        [*HEADS, "", *HEADS],
        *([*[3] * 9, "", *[4] * 9] for _ in range(12)),
    ]
    with pytest.raises(RawDataError, match="two lists of respondents stand side by side"):
        cleaned(tmp_path, rows, "other")


def test_american_days_that_a_spreadsheet_turned_are_asked_about(tmp_path):
    days = [datetime(2026, day, 7) if day <= 12 else f"7/{day}/2026" for day in range(1, 21)]
    asked, processed = cleaned(tmp_path, survey(days, lambda at: [3] * 9), "turned")
    assert asked == ["date_turned"]
    found = sorted(str(day)[:10] for day in processed.table("citizen_feedback")["survey_date"])
    assert found == [f"2026-07-{day:02d}" for day in range(1, 21)]


def staff(more, cells):
    rows = [[*STAFF, *more]]
    for at in range(8):
        nip = f"19700101201001100{at + 1}"
        rows.append([nip, f"Pegawai {at}", "Dishub", "Sesuai Ekspektasi", "Sesuai Ekspektasi", "Baik", "Triwulan III 2026", *cells(at)])  # fmt: skip
    return rows


def test_scores_in_fractions_alone_are_of_a_hundred(tmp_path):
    _, processed = cleaned(tmp_path, staff(["Inovasi"], lambda at: [0.5 + at / 100]))
    kept = processed.table("appraisals")
    assert sorted(kept["innovation_score"]) == [50, 51, 52, 53, 54, 55, 56, 57]
    assert set(processed.table("repairs")["reason"]) == {"fraction_made_percent"}


@pytest.mark.parametrize(("answer", "score"), [("fraction", 90), ("percent", 0.9)])
def test_few_different_fractions_in_scores_are_asked_about(tmp_path, answer, score):
    asked, processed = cleaned(tmp_path, staff(["Disiplin"], lambda at: [0.9]), answer)
    assert asked == ["percent_form"]
    assert set(processed.table("appraisals")["discipline_score"]) == {score}


def test_a_low_score_among_others_stays_low(tmp_path):
    _, processed = cleaned(tmp_path, staff(["Disiplin"], lambda at: [1 if at == 2 else 88.5]))
    assert sorted(processed.table("appraisals")["discipline_score"])[:2] == [1, 88.5]


def test_a_score_or_day_beside_the_ratings_costs_no_appraisal(tmp_path):
    more = ["Disiplin", "Capaian Output (%)", "Tanggal Penilaian"]
    rows = staff(more, lambda at: [800 if at == 1 else 80, 900 if at == 2 else 90, "31/02/2026" if at == 3 else "01/10/2026"])  # fmt: skip
    _, processed = cleaned(tmp_path, rows)
    kept, repairs = processed.table("appraisals"), processed.table("repairs")
    assert len(kept) == 8
    assert kept["discipline_score"].isna().sum() == kept["output_pct"].isna().sum() == 1
    assert sorted(repairs["column"]) == ["appraised_date", "discipline_score", "output_pct"]
    missing = processed.table("missing")
    assert list(missing["reason"]) == ["unreadable"] * 3


@pytest.mark.parametrize(("answer", "value"), [("best_first", 2), ("best_last", 3)])
def test_a_key_that_calls_1_the_best_is_asked_about(tmp_path, answer, value):
    key = ["Keterangan: 1 = Sangat Baik, 2 = Baik, 3 = Kurang Baik, 4 = Tidak Baik"]
    asked, processed = cleaned(tmp_path, [key, [], *survey(JULY, lambda at: [3] * 9)], answer)
    assert asked == ["scale_direction"]
    assert set(processed.table("citizen_feedback")["cost"]) == {value}


def test_the_regulations_own_key_asks_nothing(tmp_path):
    key = ["Keterangan: 1 = Tidak Baik, 2 = Kurang Baik, 3 = Baik, 4 = Sangat Baik"]
    asked, processed = cleaned(tmp_path, [key, [], *survey(JULY, lambda at: [3] * 9)])
    assert (asked, len(processed.table("citizen_feedback"))) == ([], 20)


@pytest.mark.parametrize(
    ("man", "woman"), [("Male", "Female"), ("Bapak", "Ibu"), ("Laki-laki (L)", "Perempuan (P)")]
)
def test_more_words_for_the_sexes(tmp_path, man, woman):
    rows = survey(JULY, lambda at: [*[3] * 9, man if at % 2 else woman], more=["Jenis Kelamin"])
    asked, processed = cleaned(tmp_path, rows)
    assert asked == []
    assert processed.table("citizen_feedback")["sex"].value_counts().to_dict() == {"m": 10, "f": 10}


HOLLOW = {
    "empty": '<table:table-cell table:formula="of:=[.F2]"/>',
    "in its words": '<table:table-cell table:formula="of:=[.F2]"></table:table-cell>',
}
COMPUTED = '<table:table-cell table:formula="of:=3" office:value-type="float" office:value="3"><text:p>3</text:p></table:table-cell>'


@pytest.mark.parametrize("cell", HOLLOW.values(), ids=HOLLOW)
def test_a_formula_without_a_value_in_an_open_document_is_named_by_its_cell(tmp_path, cell):
    heads = ["Tanggal", "Unit Layanan", *HEADS]
    rows = ods_row(heads)
    for at in range(12):
        one = COMPUTED if at != 6 else cell
        rows += ods_row(
            [JULY[at], "Disdukcapil", "3", "3", "3"], end=one + ods_row(["3"] * 5)[len("<table:table-row>") :]
        )
    (tmp_path / "raw").mkdir()
    write_ods(tmp_path / "raw" / "skm.ods", rows)
    clean_folder(tmp_path / "raw", tmp_path / "out", today=TODAY)
    processed = open_processed(tmp_path / "out")
    (held,) = processed.table("quarantine").to_dict("records")
    (place,) = origins(tmp_path / "raw", [held["row_id"]]).values()
    assert (place.file, place.sheet, place.row) == ("skm.ods", "D", 8)
    assert (held["column"], held["reason"]) == ("cost", "formula_without_value")
    table = processed.table("citizen_feedback")
    assert len(table) == 11
    assert table["cost"].notna().all()


@pytest.mark.parametrize("code", ["K", "M", "P"])
def test_a_code_is_no_other_code_that_is_one_letter_longer(tmp_path, code):
    """K1 to K4 were taken for KK1 to KK3 and KP4 of the staff survey, with 80 % confidence."""
    rows = [["NIP", "Unit Kerja", "Tanggal", *(f"{code}{n}" for n in range(1, 5))]]
    rows += [[f"19700101201001100{n}", "Dishub", "01/07/2026", 3, 4, 2, 5] for n in range(1, 9)]
    write(tmp_path / "raw" / "angket.xlsx", rows)
    found = inspect_file(tmp_path / "raw" / "angket.xlsx", today=TODAY)
    taken = {guess.heading for table in found.tables for guess in table.columns if guess.column}
    assert not taken & set(rows[0][3:])


def test_days_present_under_h_are_read_and_months_summed(tmp_path):
    head = ["NO", "NIP", "NAMA", "UNIT KERJA", "HARI KERJA", "H", "S", "I", "C", "DL", "TK", "TL"]
    for month in ("JULI", "AGUSTUS", "SEPTEMBER"):
        people = [
            [n, f"19700101201001100{n}", "Pegawai", "Dishub", 22, 20 - n, 1, 1, n, 0, 0, 2] for n in (1, 2)
        ]
        total = ["JUMLAH", "", "", "", 44, 37, 2, 2, 3, 0, 0, 4]
        write(
            tmp_path / "raw" / f"{month}.xlsx",
            [[f"REKAP ABSENSI BULAN {month} 2026"], [], head, *people, total],
        )
    clean_folder(tmp_path / "raw", tmp_path / "out", today=TODAY)
    kept = open_processed(tmp_path / "out").table("attendance")
    assert sorted(kept["present_days_n"]) == [54, 57]
    assert set(kept["working_days_n"]) == {66}
