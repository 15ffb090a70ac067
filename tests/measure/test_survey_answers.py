"""The rows of the worksheet are the answers, nothing else, in an order that says nothing."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research import rules
from asn_research.measure.ikm import SatisfactionIndex, exact_total
from asn_research.measure.satisfaction import satisfaction_by_unit
from asn_research.measure.survey_answers import ANSWER_COLUMNS, answers_by_unit, shuffled
from asn_research.rules.regulations import SatisfactionRule, SurveyDesignRule, load_rules, round_half_up

RULE = rules.at("2026-Q3").one(SatisfactionRule)
#: Sampling uncertainty is not tested here.
QUICK = rules.at("2026-Q3").one(SurveyDesignRule).model_copy(update={"replicates": 20})
ANSWER = st.sampled_from([None, 1, 2, 3, 4, 10 / 3, 2.5])
SURVEYS = st.lists(st.tuples(st.sampled_from("AB"), *[ANSWER] * 9), min_size=1, max_size=25).filter(
    lambda rows: all(any(row[1 + k] is not None for row in rows) for k in range(9))
)


def feedback(rows, period="2026-Q3"):
    """A survey as cleaning leaves it, with what the worksheet must not hold beside the answers."""
    frame = pd.DataFrame(rows, columns=["reporting_unit_id", *RULE.elements])
    return frame.assign(
        period=period, sex="f", service_id="S1", unit_id="SUB", survey_date=pd.Timestamp("2026-08-01")
    )


@settings(max_examples=12)
@given(SURVEYS)
def test_index_and_means_follow_from_the_rows(rows):
    survey = feedback(rows)
    index, elements = satisfaction_by_unit(survey, design=QUICK)
    answers = answers_by_unit(survey)
    for _, own in answers.groupby("unit_id"):
        cells = own[list(ANSWER_COLUMNS[:9])].to_numpy(dtype=float)
        asked = [e for k, e in enumerate(RULE.elements) if not np.isnan(cells[:, k]).all()]
        found = SatisfactionIndex(
            RULE,
            {e: exact_total(np.nansum(cells[:, RULE.elements.index(e)])) for e in asked},
            {e: int((~np.isnan(cells[:, RULE.elements.index(e)])).sum()) for e in asked},
        )
        row = index.set_index("unit_id").loc[own["unit_id"].iloc[0]]
        assert row["n_respondents"] == len(own) == own["n"].iloc[0]
        assert found.value == row["index_rounded"]
        means = elements.loc[elements["unit_id"] == own["unit_id"].iloc[0]].set_index("element")["mean"]
        assert {e: float(found.mean(e)) for e in asked} == means.to_dict()
        if row["is_full"]:
            for weight, column in (
                (RULE.coarsest_weight, "index_printed_weight"), (max(RULE.printed_weights), "index_finer_weight"),
            ):  # fmt: skip
                printed = round_half_up(found.published(weight), 2)
                assert float(printed) == row[column]


@settings(max_examples=12)
@given(SURVEYS, st.randoms())
def test_the_order_in_which_forms_came_makes_no_difference(rows, random):
    later = rows.copy()
    random.shuffle(later)
    pd.testing.assert_frame_equal(answers_by_unit(feedback(rows)), answers_by_unit(feedback(later)))


@settings(max_examples=12)
@given(SURVEYS)
def test_nobody_is_added_or_lost(rows):
    answers = answers_by_unit(feedback(rows))
    told = [tuple(round(60 * a) if a is not None else None for a in answers_of) for _, *answers_of in rows]
    held = [
        tuple(None if np.isnan(a) else round(60 * a) for a in row)
        for row in answers[list(ANSWER_COLUMNS[:9])].to_numpy(dtype=float)
    ]
    assert sorted(map(str, told)) == sorted(map(str, held))


def test_rows_hold_answers_and_nothing_of_a_respondent():
    answers = answers_by_unit(feedback([("A", *[3] * 9), ("B", *[4] * 9)]))
    assert list(answers) == ["unit_id", "period", "row", "rule", "n", *ANSWER_COLUMNS]
    assert set(answers["unit_id"]) == {"A", "B"}
    assert answers[list(ANSWER_COLUMNS[9:])].isna().all(axis=None)


def test_rows_look_shuffled_though_equal_forms_are_many():
    answers = shuffled(np.repeat([[1.0], [2.0], [3.0], [4.0]], 50, axis=0))[:, 0]
    assert sorted(answers) == sorted(np.repeat([1.0, 2, 3, 4], 50))
    assert (np.diff(answers) != 0).sum() > 100


def test_every_rule_has_a_column_for_each_of_its_elements():
    longest = max(len(rule.elements) for rule in load_rules().values() if isinstance(rule, SatisfactionRule))
    assert longest == len(ANSWER_COLUMNS)


def test_a_survey_of_an_older_rule_stands_in_that_rules_order():
    older = rules.at("2010-Q1").one(SatisfactionRule)
    survey = pd.DataFrame({e: [1 + k % 4] for k, e in enumerate(older.elements)}).assign(
        reporting_unit_id="A", period="2010-Q1"
    )
    (row,) = answers_by_unit(survey).to_dict("records")
    assert [row[name] for name in ANSWER_COLUMNS] == [1 + k % 4 for k in range(14)]
    assert row["rule"] == older.rule


def test_without_forms_there_are_no_rows():
    answers = answers_by_unit(feedback([]))
    assert len(answers) == 0
    assert {"unit_id", "period", "n", "u1"} <= set(answers)
