"""The columns of a table as estimators need them: numbers, levels, yes or no, answers in their order."""

import numpy as np
import pandas as pd
import pytest

from asn_research.errors import ModelError
from asn_research.methods import fit_facets, fit_panel
from asn_research.methods.column_values import (
    answer_codes,
    as_numbers,
    is_number,
    level_columns,
    ordered_answers,
    refuse_numbers_as_text,
    yes_or_no,
)
from asn_research.methods.spellings import refuse_spellings


def test_numbers_written_as_text_are_no_numbers_but_have_an_order():
    digits = pd.Series(["8", "10", "9"])
    assert not is_number(digits)
    with pytest.raises(ModelError, match=r"pd\.to_numeric"):
        as_numbers(digits, "x")
    assert ordered_answers(digits, "x") == ["8", "9", "10"]


def test_answers_are_counted_in_their_order():
    codes, answers = answer_codes(pd.Series([20, 10, 40]), "g")
    assert (codes.tolist(), answers) == ([1, 0, 2], [10, 20, 40])
    with pytest.raises(ModelError, match="13 different values, more than any scale"):
        answer_codes(pd.Series(range(13)), "g")
    with pytest.raises(ModelError, match="g is the same in every row"):
        answer_codes(pd.Series([1, 1]), "g")
    with pytest.raises(ModelError, match="holds answers that `order` does not name: c"):
        ordered_answers(pd.Series(["a", "c"]), "g", ["a", "b"])


def test_yes_and_no():
    assert yes_or_no(pd.Series([1, 0])).tolist() == [True, False]
    assert yes_or_no(pd.array([True, False], dtype="boolean")).tolist() == [True, False]
    for odd in ([1, 2], ["ya", "tidak"], [1.0, np.nan], [0, 1, 0.5]):
        with pytest.raises(ModelError, match="must be yes or no"):
            yes_or_no(np.array(odd, dtype=object))


def test_level_columns_leave_the_first_out():
    assert list(level_columns(pd.Series(["b", "a", "c"]), "g")) == ["g=b", "g=c"]


@pytest.mark.parametrize(
    "texts", [["3,26", "3,5", "-"], ["45 mnt", "39,4"], [str(n) for n in range(20, 40)] + ["-"]]
)
def test_numbers_as_text_are_not_taken_as_levels(texts):
    with pytest.raises(ModelError, match=r"x holds numbers written as text .*read_numbers\(data\['x'\]\)"):
        refuse_numbers_as_text(pd.Series(texts), "x")
    refuse_numbers_as_text(pd.Series(texts, dtype="category"), "x")


def test_codes_and_words_stay_levels():
    for texts in (
        ["1", "2", "3"],
        ["III/a", "II/c"],
        ["rawat inap", "3,5", "ya"],
        ["2024-Q1", "2024-Q2"],
        ["7a", "7b"],
        [*map(str, range(30))],
    ):
        refuse_numbers_as_text(pd.Series(texts * 2), "x")


def test_levels_that_differ_in_blanks_alone_are_refused():
    with pytest.raises(ModelError, match="rows with index 0, 1"):
        refuse_spellings(pd.Series(["Gang Sehat ", "Gang Sehat", "Saigon"]), "unit")
    refuse_spellings(pd.Series([" a", "b"]), "unit")


@pytest.mark.parametrize(
    "dates",
    [
        pd.date_range("2026-01-01", periods=20),
        [f"{day:02d}/07/2026" for day in range(1, 21)],
        [f"2026-07-{day:02d} 08:00" for day in range(1, 21)],
        pd.date_range("2026-01-01", periods=20).date,
        pd.period_range("2021Q1", periods=20, freq="Q"),
    ],
    ids=["dates", "text", "time stamps", "objects", "periods"],
)
def test_dates_are_no_levels(dates):
    """Each date would be a term of its own, without a word."""
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"y": rng.normal(size=20), "hari": dates})
    data = pd.concat([data, data.assign(y=rng.normal(size=20))], ignore_index=True)
    with pytest.raises(ModelError, match="hari holds dates"):
        fit_panel(data, "y", ["hari"])
    assert len(fit_panel(data.assign(hari=data["hari"].astype("category")), "y", ["hari"]).table) == 20


@pytest.mark.parametrize("code", [9, 99, -9, 0.0 - 99])
def test_codes_of_missing_answers_are_no_answers(code):
    """Taken as the highest or lowest answer, they would move all thresholds without a word."""
    answers = pd.Series([1, 2, 3, 4] * 10 + [code])
    with pytest.raises(ModelError, match="far from its other answers"):
        answer_codes(answers, "puas")
    ratings = pd.DataFrame(
        {"score": answers, "person_id": range(41), "rater_id": [0, 1] * 20 + [0], "criterion": 0}
    )
    with pytest.raises(ModelError, match="far from its other answers"):
        fit_facets(ratings)


@pytest.mark.parametrize(
    "answers", [[1, 2, 4, 5], [0, 1, 2, 3], [10, 20, 30, 40], [1, 5], [1, 3, 6], [1, 2, 3, 4, 7]]
)
def test_answers_with_gaps_are_answers(answers):
    assert answer_codes(pd.Series(answers * 5), "puas")[1] == answers
