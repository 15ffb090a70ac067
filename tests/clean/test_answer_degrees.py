"""Answers in degrees of praise: *tidak* is the lowest of the regulation's four, and the second above *sangat tidak*."""

from fractions import Fraction
from itertools import cycle, islice

import pytest
from clean.surveys import ELEMENTS as NAMES
from clean.surveys import TODAY, write

from asn_research.clean import clean_folder, open_processed
from asn_research.clean.questions.question_workbook import read_entries, set_answer
from asn_research.read.survey_forms import ELEMENTS

FROM_LEAST = ["Sangat tidak setuju", "Tidak setuju", "Setuju", "Sangat setuju"]


def cleaned(folder, words, answer=None, above=()):
    """Clean 12 answers that take the words in turn, shifted from element to element."""
    steps = list(islice(cycle(range(len(words))), 30))
    rows = [
        [f"{n + 1:02d}/07/2026", "Disdukcapil", *(words[steps[n + 2 * k]] for k in range(9))]
        for n in range(12)
    ]
    write(
        folder / "raw" / "skm.xlsx", [*([line] for line in above), ["Tanggal", "Unit Kerja", *NAMES], *rows]
    )
    report = clean_folder(folder / "raw", folder / "out", today=TODAY)
    if answer:
        (entry,) = read_entries(folder / "raw")
        set_answer(folder / "raw", entry.key, answer)
        report = clean_folder(folder / "raw", folder / "out", today=TODAY)
    return report, open_processed(folder / "out")


def means(processed):
    frame = processed.table("citizen_feedback")
    return [Fraction(int(frame[e].sum()), len(frame)) for e in ELEMENTS]


@pytest.mark.parametrize(
    "words",
    [
        ["Tidak jelas", "Kurang jelas", "Jelas", "Sangat jelas"],
        ["TS", "KS", "S", "SS"],
        ["1. Sangat tidak puas", "2. Tidak puas", "3. Puas", "4. Sangat puas"],
        ["Sangat Tidak Setuju (1)", "Tidak Setuju (2)", "Setuju (3)", "Sangat Setuju (4)"],
    ],
    ids=lambda words: words[0],
)
def test_four_degrees_that_are_known_are_read_without_a_question(tmp_path, words):
    report, processed = cleaned(tmp_path, words)
    assert (report.questions, len(processed.table("citizen_feedback"))) == ((), 12)
    assert means(processed) == [Fraction(5, 2)] * 9


@pytest.mark.parametrize(
    "words",
    [
        FROM_LEAST,
        ["STS", "TS", "S", "SS"],
        ["Sangat tidak tepat waktu", "Tidak tepat waktu", "Tepat waktu", "Sangat tepat waktu"],
        ["Tidak puas", "Puas", "Sangat puas"],
    ],
    ids=lambda words: words[0],
)
def test_tidak_without_kurang_is_asked_about(tmp_path, words):
    report, processed = cleaned(tmp_path, words)
    assert [one.question.kind for one in report.questions] == ["answer_degrees"]
    assert processed.table("citizen_feedback").empty
    assert set(processed.table("quarantine")["reason"]) == {"waits_for_answer"}


def test_the_answer_says_which_four_the_form_has(tmp_path):
    _, processed = cleaned(tmp_path / "least", FROM_LEAST, "from_least")
    assert means(processed) == [Fraction(5, 2)] * 9
    report, processed = cleaned(tmp_path / "regulation", ["Tidak puas", "Puas", "Sangat puas"], "regulation")
    assert means(processed) == [Fraction(8, 3)] * 9
    report, processed = cleaned(tmp_path / "other", FROM_LEAST, "other")
    assert int(report.exits["n_kept"].sum()) == 0
    assert set(processed.table("quarantine")["reason"]) == {"other_scale"}


def test_a_key_above_the_table_decides(tmp_path):
    above = ["1 = Sangat tidak setuju, 2 = Tidak setuju, 3 = Setuju, 4 = Sangat setuju"]
    report, processed = cleaned(tmp_path, FROM_LEAST, above=above)
    assert report.questions == ()
    assert means(processed) == [Fraction(5, 2)] * 9


def test_a_middle_of_several_words_shows_a_scale_of_five(tmp_path):
    words = [
        "Tidak tepat waktu",
        "Kurang tepat waktu",
        "Cukup tepat waktu",
        "Tepat waktu",
        "Sangat tepat waktu",
    ]
    report, _ = cleaned(tmp_path, words)
    assert [one.question.kind for one in report.questions] == ["scale"]
