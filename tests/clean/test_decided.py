"""What a person decided about rows is kept beside the processed tables, with the units and periods that it concerns."""

import numpy as np
import pandas as pd
from clean.test_open_questions import STAMPS, cleaned, survey

from asn_research.clean import open_processed
from asn_research.clean.questions.decided import decided_once, decisions_of
from asn_research.clean.questions.question_workbook import set_answer
from asn_research.clean.working import Prepared, marks_of
from asn_research.rules.decisions import CORRECTION, Decision
from asn_research.rules.questions import Question


def decisions(tmp_path):
    return open_processed(tmp_path / "out").manifest.decisions


def test_an_open_question_is_no_decision_and_its_answer_is_one(tmp_path):
    survey(tmp_path / "raw", "a.csv")
    (asked,) = cleaned(tmp_path).questions
    assert decisions(tmp_path) == ()
    set_answer(tmp_path / "raw", asked.question.key, "month_first", "id")
    cleaned(tmp_path)
    (found,) = decisions(tmp_path)
    assert (found.kind, found.source, found.choice) == ("date_order", "citizen_feedback", "month_first")
    assert found.units == ("DISHUB",)
    assert found.periods == ("2026-Q2", "2026-Q3")
    assert found.topic("id") == "urutan hari dan bulan pada tanggal"
    assert found.answer("id") == "bulan lebih dulu"


def test_a_correction_is_a_decision_with_its_reason(tmp_path):
    survey(tmp_path / "raw", "a.csv", ["17/5/2026 8:30:12", *STAMPS[1:]])
    (tmp_path / "raw" / "corrections.yaml").write_text(
        "corrections:\n- {source: citizen_feedback, where: {row: 2}, expect: {n_rows: 1, requirements: '3'}, set: {requirements: '4'}, "
        "reason: Formulir kertas memuat 4.}\n"
    )
    cleaned(tmp_path)
    (found,) = [each for each in decisions(tmp_path) if each.kind == CORRECTION]
    assert found.reason == "Formulir kertas memuat 4."
    assert (found.units, found.periods) == (("DISHUB",), ("2026-Q2",))


def test_the_same_answer_to_files_of_several_layouts_is_one_decision():
    of = {"kind": "scale", "source": "citizen_feedback", "choice": "slips"}
    one = Decision(**of, units=("DISHUB",), periods=("2026-Q3",))
    other = Decision(**of, units=("DINKES",), periods=("2026-Q2",))
    another = Decision(**{**of, "choice": "other"}, units=("DLH",))
    assert decided_once([one, other, another]) == (
        another,
        Decision(**of, units=("DINKES", "DISHUB"), periods=("2026-Q2", "2026-Q3")),
    )


def test_the_name_of_a_file_that_was_chosen_is_not_kept():
    answer = "SKM Wulanti.csv"
    question = Question("newer_version", "citizen_feedback", "layout", "row", "", {}, ((answer, answer),))
    place = pd.DataFrame({"row_id": ["a"], "file": ["a.csv"], "sheet": [""], "row": [2]})
    values = pd.DataFrame({"reporting_unit_id": ["DISHUB"], "period": ["2026-Q3"]})
    rows = Prepared(
        "citizen_feedback", place, values, marks_of(np.array([0]), "question", question.dumped(), "row", "")
    )
    (found,) = decisions_of(rows, {question.key: answer})
    assert found == Decision(
        kind="newer_version", source="citizen_feedback", units=("DISHUB",), periods=("2026-Q3",)
    )
