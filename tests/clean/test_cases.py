"""Inputs that led to a wrong number without a word: each row is now right, held, or behind a question."""

import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from origins import origins

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.clean_report import CleanReport
from asn_research.clean.inspect.inspection import inspect_file, write_profiles
from asn_research.clean.questions.question_workbook import read_entries, set_answer
from asn_research.clean.store import Processed
from asn_research.errors import RawDataError
from asn_research.read.survey_forms import ELEMENTS
from asn_research.rules.reasons import reason_of

CASES = Path(__file__).parents[1] / "cases"
TODAY = date(2026, 11, 26)


@dataclass(frozen=True)
class Outcome:
    """What cleaning a case came to."""

    raw: Path
    report: CleanReport
    processed: Processed

    def kept(self, source):
        """Return the kept rows of a source ; an empty table if there are none."""
        return self.processed.table(source) if self.processed.has(source) else pd.DataFrame()

    @property
    def counts(self):
        """Return rows in, kept, held, left out."""
        exits = self.report.exits
        names = ("n_raw", "n_kept", "n_quarantined", "n_excluded")
        return tuple(int(exits[name].sum()) for name in names)

    @property
    def reasons(self):
        """Return how many rows are held for each reason."""
        held = self.processed.table("quarantine").drop_duplicates(["row_id", "reason"])
        return dict(Counter(held["reason"]))

    @property
    def asked(self):
        """Return the kinds of the open questions."""
        return sorted(one.question.kind for one in self.report.questions if not one.answer)

    def by_row(self, source, column):
        """Return a column's values of the kept rows, by their row in the file."""
        frame = self.processed.table(source)
        return by_row_of(self.raw, frame, column)


def clean_case(name, tmp_path, *, today=TODAY, answer=None):
    """Clean a case in a folder of its own; `answer` is given to its only question."""
    raw = tmp_path / "raw"
    if not raw.exists():
        shutil.copytree(CASES / name / "raw", raw)
    report = clean_folder(raw, tmp_path / "out", today=today)
    if answer is not None:
        (entry,) = read_entries(raw)
        set_answer(raw, entry.key, answer)
        report = clean_folder(raw, tmp_path / "out", today=today)
    return Outcome(raw, report, open_processed(tmp_path / "out"))


# Columns read as a whole.


def days(outcome, source, column):
    return [str(day)[:10] for day in outcome.by_row(source, column).values()]


def periods(outcome, source):
    return dict(Counter(str(period) for period in outcome.kept(source)["period"]))


def test_01_a_column_whose_second_numbers_pass_twelve_is_month_first(tmp_path):
    outcome = clean_case("01_month_first_survey", tmp_path)
    assert outcome.counts == (20, 20, 0, 0)
    assert periods(outcome, "citizen_feedback") == {"2026-Q3": 20}
    assert days(outcome, "citizen_feedback", "survey_date") == [f"2026-07-{day:02d}" for day in range(1, 21)]
    assert outcome.asked == []


def test_02_a_date_after_today_is_held_and_makes_no_period(tmp_path):
    outcome = clean_case("02_year_2062", tmp_path)
    assert outcome.counts == (20, 19, 1, 0)
    assert outcome.reasons == {"in_future": 1}
    assert periods(outcome, "citizen_feedback") == {"2026-Q3": 19}


def test_05_a_form_of_five_steps_is_held_as_a_whole_and_asked_about(tmp_path):
    outcome = clean_case("05_five_point_scale", tmp_path)
    assert outcome.counts == (60, 0, 60, 0)
    assert outcome.asked == ["scale"]
    assert outcome.reasons["waits_for_answer"] == 60


def test_05_the_answer_decides_between_another_scale_and_slips(tmp_path):
    outcome = clean_case("05_five_point_scale", tmp_path, answer="skala lain")
    assert outcome.counts == (60, 0, 60, 0)
    assert outcome.reasons["other_scale"] == 60
    assert outcome.asked == []
    set_answer(outcome.raw, read_entries(outcome.raw)[0].key, "slips")
    assert clean_case("05_five_point_scale", tmp_path).counts == (60, 40, 20, 0)


def test_06_a_column_of_fractions_is_a_column_of_percentages(tmp_path):
    outcome = clean_case("06_fraction_as_percent_text", tmp_path)
    assert outcome.counts == (8, 8, 0, 0)
    assert list(outcome.by_row("appraisals", "output_pct").values()) == [90, 91, 92, 93, 94, 95, 96, 97]
    repairs = outcome.processed.table("repairs")
    assert set(repairs["reason"]) == {"fraction_made_percent"}
    assert sorted(repairs["old_value"]) == [f"0,9{n}" for n in range(8)]


def test_07_english_thousands_are_told_by_the_file_s_own_numbers(tmp_path):
    outcome = clean_case("07_english_thousands", tmp_path)
    assert outcome.counts == (4, 4, 0, 0)
    assert list(outcome.by_row("programmes", "target_n").values()) == [1250, 12500, 1_250_000, 800]
    assert list(outcome.by_row("programmes", "output_n").values()) == [1100, 12000, 900_000, 790]


def test_10_a_period_is_understood_as_a_whole_or_not_at_all(tmp_path):
    outcome = clean_case("10_month_text_read_as_year", tmp_path)
    assert list(outcome.by_row("appraisals", "period").values()) == [
        "2026-Q3", "2026-Q3", "2026-Q2", "2026-S1", "2026-Q3",
    ]  # fmt: skip


def test_11_a_quarter_has_its_year_from_the_column_beside_it(tmp_path):
    outcome = clean_case("11_quarter_and_year_in_two_columns", tmp_path)
    assert outcome.counts == (6, 6, 0, 0)
    assert periods(outcome, "appraisals") == {"2026-Q3": 6}


def test_12_answers_over_new_year_lie_in_the_quarters_of_their_time_stamps(tmp_path):
    outcome = clean_case("12_unknown_timestamp_over_new_year", tmp_path)
    assert outcome.counts == (24, 24, 0, 0)
    assert periods(outcome, "citizen_feedback") == {"2025-Q4": 10, "2026-Q1": 14}


def test_14_fractions_of_a_day_are_minutes(tmp_path):
    outcome = clean_case("14_minutes_as_day_fraction", tmp_path)
    assert outcome.counts == (10, 10, 0, 0)
    assert [round(m, 3) for m in outcome.by_row("service_log", "queue_minutes").values()] == list(
        range(5, 15)
    )
    assert set(outcome.processed.table("repairs")["reason"]) == {"day_fraction_made_minutes"}


def test_16_the_predikat_tells_whether_3_is_high(tmp_path):
    outcome = clean_case("16_ratings_numbered_3_high", tmp_path)
    kept = outcome.kept("appraisals")
    assert outcome.counts == (8, 8, 0, 0)
    assert set(kept.loc[kept["predikat"] == "very_good", "results_rating"]) == {"above"}
    assert set(kept.loc[kept["predikat"] == "very_poor", "results_rating"]) == {"below"}
    assert not kept["predikat_contradicts"].any()


def test_21_each_question_has_its_own_words(tmp_path):
    outcome = clean_case("21_words_of_time_and_competence", tmp_path)
    sent = [line.split(";") for line in (outcome.raw / "skm.csv").read_text().splitlines()[1:]]
    time = {"Tidak tepat waktu": 1, "Kadang tepat waktu": 2, "Banyak tepat waktu": 3, "Selalu tepat waktu": 4}
    able = {"Tidak mampu": 1, "Kurang mampu": 2, "Mampu": 3, "Sangat mampu": 4}
    assert outcome.counts == (12, 12, 0, 0)
    assert list(outcome.by_row("citizen_feedback", "time").values()) == [time[row[9]] for row in sent]
    assert list(outcome.by_row("citizen_feedback", "competence").values()) == [able[row[12]] for row in sent]


def test_22_an_element_under_its_question_is_asked_and_answered(tmp_path):
    outcome = clean_case("22_time_words_hide_the_element", tmp_path)
    assert outcome.counts == (12, 12, 0, 0)
    assert outcome.kept("citizen_feedback")["time"].notna().all()


def test_25_time_stamps_of_google_forms_are_read(tmp_path):
    outcome = clean_case("25_google_forms_gmt", tmp_path)
    assert outcome.counts == (20, 20, 0, 0)
    assert periods(outcome, "citizen_feedback") == {"2026-Q3": 20}


def test_26_time_stamps_with_an_offset_are_read(tmp_path):
    outcome = clean_case("26_kobo_offset", tmp_path)
    assert outcome.counts == (20, 20, 0, 0)
    assert periods(outcome, "citizen_feedback") == {"2026-Q3": 20}


def test_27_numbers_of_staff_are_found_in_their_cells(tmp_path):
    outcome = clean_case("27_nip_suffix_and_prefix", tmp_path)
    assert outcome.counts == (4, 4, 0, 0)
    mended = outcome.processed.table("repairs")
    assert (mended["column"] == "person_id").sum() == 3
    assert outcome.kept("employees")["person_id"].nunique() == 4


def test_30_a_unit_is_never_stripped_into_another(tmp_path):
    outcome = clean_case("30_days_read_as_minutes", tmp_path)
    found = [None if pd.isna(m) else m for m in outcome.by_row("service_log", "queue_minutes").values()]
    assert found == [None, 60, 30, None, 1.5, None]
    assert outcome.counts == (6, 6, 0, 0)


def test_32_attendance_that_cannot_be_is_held(tmp_path):
    outcome = clean_case("32_attendance_that_cannot_be", tmp_path)
    assert outcome.counts == (8, 2, 6, 0)
    assert outcome.reasons == {"attendance_cannot_be": 6}
    assert list(outcome.by_row("attendance", "present_days_n")) == [2, 6]


def test_33_a_bare_year_is_a_period(tmp_path):
    outcome = clean_case("33_plain_year_in_period", tmp_path)
    assert outcome.counts == (3, 3, 0, 0)
    assert periods(outcome, "organisation_scores") == {"2019": 3}


def test_34_p_beside_w_is_pria(tmp_path):
    outcome = clean_case("34_sex_pria_wanita", tmp_path)
    assert dict(Counter(outcome.kept("citizen_feedback")["sex"])) == {"m": 10, "f": 10}


def test_36_a_case_that_takes_decades_is_held(tmp_path):
    outcome = clean_case("36_finished_in_2062", tmp_path)
    assert outcome.counts == (12, 11, 1, 0)
    assert outcome.reasons == {"absurd_span": 1, "in_future": 1}


# What a file is.


def index_of(frame):
    """Return the IKM of kept rows: the mean of the nine elements' means, times 25, exactly."""
    means = [Fraction(int(frame[e].sum()), int(frame[e].notna().sum())) for e in ELEMENTS]
    return round(float(sum(means) / 9 * 25), 4)


def test_importance_beside_performance_is_asked_and_never_taken_for_satisfaction(tmp_path):
    name = "03_importance_beside_performance"
    before = clean_case(name, tmp_path)
    assert before.counts == (20, 0, 20, 0)
    assert before.asked == ["performance_block"]
    after = clean_case(name, tmp_path, answer="second")
    assert index_of(after.kept("citizen_feedback")) == 37.0833


def test_rows_that_sum_up_are_no_respondents(tmp_path):
    # The means and the index below this sheet are not those of its answers.
    before = clean_case("04_summary_rows_in_range", tmp_path)
    assert before.counts == (28, 0, 20, 8)
    assert before.asked == ["own_index"]
    found = clean_case("04_summary_rows_in_range", tmp_path, answer="rows")
    assert found.counts == (28, 20, 0, 8)
    assert index_of(found.kept("citizen_feedback")) == 79.5833
    assert set(found.kept("citizen_feedback")["unit_id"]) == {"DISDUKCAPIL"}


def test_rows_that_stray_quotation_marks_joined_are_split_again(tmp_path):
    found = clean_case("08_stray_quotes_swallow_rows", tmp_path)
    assert found.counts == (10, 10, 0, 0)


def test_cumulative_exports_count_each_respondent_once(tmp_path):
    found = clean_case("09_cumulative_survey_exports", tmp_path)
    assert found.counts == (30, 20, 0, 10)
    assert index_of(found.kept("citizen_feedback")) == 79.5833


def test_quarter_and_year_in_two_columns_are_one_period(tmp_path):
    found = clean_case("11_quarter_and_year_in_two_columns", tmp_path)
    assert found.counts == (6, 6, 0, 0)
    assert set(found.kept("appraisals")["period"]) == {"2026-Q3"}


def test_a_timestamp_dates_each_row_over_the_new_year(tmp_path):
    found = clean_case("12_unknown_timestamp_over_new_year", tmp_path)
    assert found.counts == (24, 24, 0, 0)
    assert found.kept("citizen_feedback")["period"].value_counts().to_dict() == {"2026-Q1": 14, "2025-Q4": 10}


def test_the_fourteen_elements_of_2004_are_not_the_nine_of_2017(tmp_path):
    with pytest.raises(RawDataError, match="14 elements of KepMenPAN 25/2004, not the 9"):
        clean_case("13_fourteen_elements", tmp_path)


def test_a_benchmark_with_its_year_is_no_organisation(tmp_path):
    found = clean_case("15_benchmark_row_with_year", tmp_path)
    assert found.counts == (4, 3, 0, 1)
    assert found.processed.table("excluded")["reason"].tolist() == ["average_row"]


def test_the_regulations_own_questions_need_no_profile(tmp_path):
    found = clean_case("17_profile_unreadable_long_question", tmp_path)
    assert found.counts == (12, 12, 0, 0)
    frame = found.kept("citizen_feedback")
    sent = pd.read_csv(found.raw / "skm.csv", sep=";")
    asked = [next(c for c in sent if word in c) for word in ("kesesuaian produk", "sarana", "pengaduan")]
    for element, heading in zip(("product", "facilities", "complaints"), asked, strict=True):
        assert list(by_row_of(found.raw, frame, element).values()) == sent[heading].tolist()


def by_row_of(raw, frame, column):
    places = origins(raw, frame["row_id"])
    rows = [places[key].row for key in frame["row_id"]]
    return dict(sorted(zip(rows, frame[column], strict=True)))


def test_a_numbered_survey_is_no_staff_list_and_its_order_is_asked(tmp_path):
    name = "18_survey_taken_for_staff_list"
    before = clean_case(name, tmp_path)
    assert set(before.report.exits["source"]) == {"citizen_feedback"}
    assert before.counts == (12, 0, 12, 0)
    assert before.asked == ["element_order"]
    after = clean_case(name, tmp_path, answer="facilities_first")
    assert after.counts == (12, 12, 0, 0)
    assert after.by_row("citizen_feedback", "facilities")[2] == 3
    assert after.by_row("citizen_feedback", "complaints")[2] == 4


def test_inspect_and_clean_name_the_same_source(tmp_path):
    shutil.copytree(CASES / "19_inspect_and_clean_disagree" / "raw", tmp_path / "raw")
    inspection = inspect_file(tmp_path / "raw" / "penetapan_ak.csv")
    assert [table.source for table in inspection.tables] == ["appraisals"]
    assert inspection.tables[0].missing == ("results_rating", "behaviour_rating")
    with pytest.raises(RawDataError, match=r"looks like Appraisals.*Rating Hasil Kerja.*inspect --write"):
        clean_folder(tmp_path / "raw", tmp_path / "out", today=TODAY)
    (profile,) = write_profiles(inspection)
    assert "prosentase: ???" in profile.read_text(encoding="utf-8")


def test_the_siasn_staff_export_is_read_without_a_profile(tmp_path):
    found = clean_case("20_siasn_staff_export", tmp_path)
    frame = found.kept("employees")
    assert found.counts == (8, 8, 0, 0)
    assert set(frame["unit_id"]) == {"DISHUB"}
    assert set(frame["rank_group"]) == {"III"}
    assert set(frame["education"]) == {"bachelor"}
    assert set(frame["position_kind"]) == {"operational", "functional"}


def test_a_question_in_words_is_the_element_that_it_asks_about(tmp_path):
    found = clean_case("22_time_words_hide_the_element", tmp_path)
    assert found.counts == (12, 12, 0, 0)
    assert found.by_row("citizen_feedback", "time")[2] == 2


def test_formulas_that_were_never_computed_hold_their_rows_with_the_remedy(tmp_path):
    found = clean_case("23_formulas_without_values", tmp_path)
    assert found.counts == (6, 0, 6, 0)
    assert found.reasons == {"formula_without_value": 6}
    assert "simpan" in reason_of("formula_without_value").advice("id")


def test_a_unit_merged_downwards_is_each_rows_unit(tmp_path):
    found = clean_case("24_unit_merged_downwards", tmp_path)
    assert found.counts == (24, 24, 0, 0)
    assert found.kept("citizen_feedback")["unit_id"].value_counts().to_dict() == {
        "DISDUKCAPIL": 12,
        "DISHUB": 12,
    }


def test_an_unknown_file_is_named_and_the_rest_is_cleaned(tmp_path):
    found = clean_case("28_one_unknown_file_stops_all", tmp_path)
    assert found.counts == (6, 6, 0, 0)
    assert [(one.file, one.kind) for one in found.report.strange] == [("anggaran.xlsx", "unknown")]
    assert "abaikan.txt" in "\n".join(found.report.lines("id"))


def test_the_later_state_of_a_request_holds(tmp_path):
    found = clean_case("29_growing_log", tmp_path)
    assert found.counts == (16, 10, 0, 6)
    assert found.kept("service_log")["finished_date"].notna().sum() == 10


def test_a_sheet_for_all_months_is_not_added_to_the_months(tmp_path):
    found = clean_case("31_month_sheets_and_combined", tmp_path)
    assert found.counts == (40, 20, 0, 20)
    assert index_of(found.kept("citizen_feedback")) == 82.2222


def test_a_person_merged_downwards_has_each_of_the_courses(tmp_path):
    found = clean_case("35_merged_person_in_training", tmp_path)
    assert found.counts == (4, 4, 0, 0)
    assert sorted(found.kept("training")["person_id"].value_counts()) == [1, 3]


def test_a_questionnaire_of_others_is_no_source(tmp_path):
    with pytest.raises(RawDataError, match="fit none of the known sources"):
        clean_case("37_customer_questionnaire_KP", tmp_path)
    with pytest.raises(RawDataError, match="resembles a known source"):
        inspect_file(tmp_path / "raw" / "kuesioner.csv")


def test_a_row_of_data_is_no_row_of_headings(tmp_path):
    found = clean_case("38_data_row_taken_for_headings", tmp_path)
    assert found.counts == (12, 12, 0, 0)
    assert set(found.kept("complaints")["topic"]) == {"cost"}
    assert set(found.kept("complaints")["period"]) == {"2026-Q3"}
