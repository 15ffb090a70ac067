"""Uji validitas against printed tables of the critical correlation."""

import numpy as np
import pandas as pd
import pytest

from asn_research.errors import ModelError
from asn_research.methods.scales.validity import critical_r, item_validity


@pytest.mark.parametrize(
    ("n", "printed"),
    # As printed in Indonesian textbooks (5 %, two-tailed, entered by df = n - 2).
    [(3, 0.997), (10, 0.632), (20, 0.444), (30, 0.361), (50, 0.279), (100, 0.197), (102, 0.195)],
)
def test_critical_r_is_the_printed_one(n, printed):
    assert round(critical_r(n), 3) == printed


@pytest.mark.shared
def test_the_whole_table_at_three_levels(shared):
    table = pd.read_csv(shared / "known_answer" / "r_table_critical" / "data.csv")
    assert len(table) == 53
    for level, column in ((0.10, "r_10"), (0.05, "r_05"), (0.01, "r_01")):
        ours = [critical_r(int(n), level) for n in table["n"]]
        np.testing.assert_allclose(ours, table[column], rtol=1e-10)


def test_an_item_that_all_answer_alike_is_not_valid():
    answers = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 2, 3, 5, 5], "c": [4, 4, 4, 4, 4]})
    found = item_validity(answers).table
    assert found["valid"].tolist() == [True, True, False]
    assert np.isnan(found.loc["c", "r"])


def test_the_customary_test_passes_random_items_and_the_item_rest_does_not():
    answers = pd.DataFrame(np.random.default_rng(3).integers(1, 6, (300, 5)), columns=list("abcde"))
    found = item_validity(answers).table
    assert found["valid"].all()
    assert found["valid_rest"].sum() <= 1


@pytest.mark.parametrize(
    ("answers", "remedy"),
    [
        pytest.param(pd.DataFrame({"a": [1, 2, 3, 4]}), "Ask at least two", id="one_item"),
        pytest.param(pd.DataFrame({"a": [1, 2], "b": [1, 2]}), "at least 3", id="two_respondents"),
    ],
)
def test_scales_that_cannot_be_tested_are_refused_in_words(answers, remedy):
    with pytest.raises(ModelError, match=remedy):
        item_validity(answers)


def test_five_respondents_are_enough_for_the_test_and_too_few_to_trust():
    found = item_validity(pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [1, 3, 2, 5, 4]}))
    assert (found.n, round(found.critical, 3)) == (5, 0.878)
