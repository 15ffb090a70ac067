"""Agreement of raters against Shrout and Fleiss, Krippendorff, and R's irr."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import GOLDEN

from asn_research.errors import ModelError
from asn_research.methods.raters.agreement import (
    cohen_kappa,
    finn,
    fleiss_kappa,
    intraclass_correlations,
    kendall_w,
    krippendorff_alpha,
    light_kappa,
    mean_spearman,
)

CASE = GOLDEN / "agreement_irr"
REFERENCE = json.loads((CASE / "reference.json").read_text())["reference"]
# Shrout and Fleiss (1979), table 2: six targets, four judges.
TABLE_2 = pd.DataFrame(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
    columns=["J1", "J2", "J3", "J4"],
)


def table(name):
    return pd.read_csv(CASE / f"{name}.csv")


@pytest.mark.parametrize(
    ("kind", "published"),
    [("ICC1", 0.17), ("ICC2", 0.29), ("ICC3", 0.71), ("ICC1k", 0.44), ("ICC2k", 0.62), ("ICC3k", 0.91)],
)
def test_the_six_coefficients_are_those_of_shrout_and_fleiss(kind, published):
    assert round(intraclass_correlations(TABLE_2).table.loc[kind, "icc"], 2) == published


def test_the_mean_squares_are_the_published_ones():
    found = intraclass_correlations(TABLE_2).mean_squares
    assert {name: round(value, 2) for name, value in found.items()} == {
        "between": 11.24, "within": 6.26, "judges": 32.49, "error": 1.02,
    }  # fmt: skip


@pytest.mark.shared
def test_all_six_with_intervals_equal_those_of_r(shared):
    case = shared / "known_answer" / "icc_shrout_fleiss"
    reference = json.loads((case / "reference.json").read_text())["reference"]
    data = pd.read_csv(case / "data.csv").iloc[:, 1:]
    found = intraclass_correlations(data).table
    for row in reference["icc"]:
        ours = found.loc[row["type"]]
        for name, theirs in (
            ("icc", "ICC"), ("f", "F"), ("p", "p"), ("low", "lower bound"), ("high", "upper bound"),
        ):  # fmt: skip
            assert ours[name] == pytest.approx(row[theirs], rel=1e-6)
    assert kendall_w(data).value == pytest.approx(reference["kendall_W"], rel=1e-9)


def test_icc_of_anxiety_ratings_equals_that_of_r():
    found = intraclass_correlations(table("anxiety")).table
    agreement = REFERENCE["anxiety_icc_twoway_agreement"]
    assert found.loc["ICC2", "icc"] == pytest.approx(agreement["v"], rel=1e-8)
    assert found.loc["ICC2", "low"] == pytest.approx(agreement["lb"], rel=1e-6)
    assert found.loc["ICC2", "high"] == pytest.approx(agreement["ub"], rel=1e-6)
    assert found.loc["ICC1", "icc"] == pytest.approx(REFERENCE["anxiety_icc_oneway"], rel=1e-8)
    assert found.loc["ICC3", "icc"] == pytest.approx(REFERENCE["anxiety_icc_consistency"], rel=1e-8)


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
def test_weighted_kappas_equal_those_of_r(weights):
    ratings = table("anxiety")
    found = cohen_kappa(ratings["rater1"], ratings["rater2"], weights)
    row = REFERENCE[f"anxiety_kappa_{'unw' if weights == 'none' else weights}"]
    assert (found.value, found.statistic) == pytest.approx((row["value"], row["stat"]), rel=1e-8)
    assert found.p == pytest.approx(row["p"], rel=1e-6)


def test_kappa_of_names_and_of_many_cases_equals_that_of_r():
    diagnoses, vision = table("diagnoses"), table("vision")
    for pair, row in (
        ((diagnoses["rater1"], diagnoses["rater2"]), REFERENCE["cohen_kappa_diag_r1_r2"]),
        ((vision["r.eye"], vision["l.eye"]), REFERENCE["vision_kappa_unw"]),
    ):
        found = cohen_kappa(*pair)
        assert (found.value, found.statistic) == pytest.approx((row["value"], row["stat"]), rel=1e-7)
        assert found.n == row["n"]


def test_kappas_of_six_raters_equal_those_of_r():
    ratings = table("diagnoses")
    fleiss = fleiss_kappa(ratings)
    assert fleiss.value == pytest.approx(REFERENCE["fleiss_kappa_diag"]["value"], rel=1e-9)
    assert fleiss.statistic == pytest.approx(REFERENCE["fleiss_kappa_diag"]["stat"], rel=1e-9)
    exact = fleiss_kappa(ratings, exact=True)
    assert exact.value == pytest.approx(REFERENCE["fleiss_exact_conger"]["value"], rel=1e-9)
    assert light_kappa(ratings) == pytest.approx(REFERENCE["light"]["value"], rel=1e-9)


def test_rank_agreement_equals_that_of_r():
    found, row = kendall_w(table("anxiety")), REFERENCE["anxiety_kendallW"]
    assert (found.value, found.statistic, found.p) == pytest.approx(
        (row["value"], row["stat"], row["p"]), rel=1e-8
    )
    assert mean_spearman(table("anxiety")) == pytest.approx(REFERENCE["meanrho"]["value"], rel=1e-8)


def test_finns_coefficient_equals_that_of_r():
    found = finn(table("video"), 6)
    assert found.value == pytest.approx(REFERENCE["finn"]["value"], rel=1e-9)
    assert found.statistic == pytest.approx(REFERENCE["finn"]["stat"], rel=1e-9)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_krippendorffs_alpha_with_gaps_is_the_published_one(level):
    found = krippendorff_alpha(table("krippendorff_nmm").iloc[:, 1:], level)
    assert found == pytest.approx(REFERENCE["krippendorff"][level], rel=1e-9)
    assert round(found, 3) == REFERENCE["krippendorff_published"][level]


def test_raters_in_another_order_agree_alike():
    turned = TABLE_2[["J3", "J1", "J4", "J2"]].sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        intraclass_correlations(turned).table, intraclass_correlations(TABLE_2).table
    )


@pytest.mark.parametrize(
    ("compute", "remedy"),
    [
        (
            lambda: intraclass_correlations(pd.DataFrame({"a": [3], "b": [4]})),
            "Keep raters who rated the same",
        ),
        (lambda: intraclass_correlations(pd.DataFrame({"a": [3, 3], "b": [3, 3]})), "do not differ"),
        (lambda: cohen_kappa(pd.Series([1, 1]), pd.Series([1, 1])), "two grades that were used"),
        (
            lambda: fleiss_kappa(pd.DataFrame({"a": ["B", "B"], "b": ["B", "B"]})),
            "at least two different grades",
        ),
        (
            lambda: krippendorff_alpha(pd.DataFrame({"a": [1, 2], "b": [np.nan, np.nan]})),
            "two ratings or more",
        ),
        (lambda: kendall_w(pd.DataFrame({"a": [2, 2], "b": [3, 3]})), "no order to compare"),
    ],
    ids=["one_case", "all_alike", "one_grade", "one_grade_of_many", "one_rater", "no_order"],
)
def test_ratings_without_information_are_refused_in_words(compute, remedy):
    with pytest.raises(ModelError, match=remedy):
        compute()
