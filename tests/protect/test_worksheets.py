"""Which surveys are told row by row, and what an attacker gains who has the rows."""

from collections import Counter
from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protect.frames import framed

from asn_research import rules
from asn_research.measure.survey_answers import ANSWER_COLUMNS, shuffled
from asn_research.protect import count_city, protect_city
from asn_research.rules.regulations import DisclosureRule, SatisfactionRule

RULE = rules.at("2026-Q3").one(DisclosureRule)
ELEMENTS = rules.at("2026-Q3").one(SatisfactionRule).elements
LEAST = RULE.smallest_worksheet


def survey(sizes, *, unanswered=0, seed=0):
    """Measures of surveys by unit and period, as `measure` makes them; `unanswered` left element 1 blank."""
    rng = np.random.default_rng(seed)
    answers, index, elements = [], [], []
    for (unit, period), n in sizes.items():
        cells = rng.integers(2, 5, (n, 9)).astype(float)
        cells[: n - unanswered if unanswered else 0, 0] = np.nan
        cells = shuffled(cells)
        head = {"unit_id": unit, "period": period, "rule": "skm_2017", "n": n}
        answers += [
            {**head, "row": k + 1, **dict(zip(ANSWER_COLUMNS, row, strict=False))}
            for k, row in enumerate(cells)
        ]
        means, counts = np.nanmean(cells, axis=0), (~np.isnan(cells)).sum(axis=0)
        index.append({"unit_id": unit, "period": period, "n_respondents": n, "index": 25 * means.mean()})
        elements += [
            {"unit_id": unit, "period": period, "element": e, "n": c, "mean": m, "index": 25 * m}
            for e, m, c in zip(ELEMENTS, means, counts, strict=True)
        ]
    return {
        "answers": framed("answers", answers), "satisfaction": framed("satisfaction", index),
        "elements": framed("elements", elements),
    }  # fmt: skip


def told(measures, past=()):
    """Return how many rows are told of which unit and period."""
    frame = protect_city(measures, RULE, past=past).tables["answers"].frame
    return Counter(zip(frame["unit_id"], frame["period"], strict=True))


Q = [f"2026-Q{n}" for n in (1, 2, 3, 4)]


@pytest.mark.parametrize("n", [1, LEAST - 1, LEAST, 200])
def test_rows_are_told_from_thirty_respondents_on(n):
    assert told(survey({("A", Q[2]): n})) == ({("A", Q[2]): n} if n >= LEAST else {})


@settings(max_examples=8, deadline=None)
@given(st.dictionaries(st.sampled_from("ABCD"), st.integers(1, 60), min_size=1))
def test_no_row_of_a_smaller_survey_is_told_beside_others(sizes):
    found = told(survey({(unit, Q[0]): n for unit, n in sizes.items()}))
    assert found == {(unit, Q[0]): n for unit, n in sizes.items() if n >= LEAST}


@pytest.mark.parametrize("gone", ["satisfaction", "elements"])
def test_rows_are_not_told_without_the_tables_that_tell_their_sums(gone):
    measures = survey({("A", Q[2]): 50})
    del measures[gone]
    assert told(measures) == {}


def test_rows_are_not_told_where_few_answered_an_element():
    assert told(survey({("A", Q[2]): 50}, unanswered=9)) == {}
    assert told(survey({("A", Q[2]): 50}, unanswered=12)) != {}


def test_rows_are_not_told_where_respondents_are_counted_otherwise():
    measures = survey({("A", Q[2]): 50})
    measures["satisfaction"]["n_respondents"] = 51
    assert told(measures) == {}


@pytest.mark.parametrize(
    ("quarters", "periods"),
    [
        ((40, 20), "Q1"),  # the half year less its first quarter is twenty
        ((40, 40), "Q1 Q2 S1 Y"),
        ((15, 15), "S1 Y"),
        ((15, 14), ""),
        ((20, 20, 40), "Q3 S1 S2 Y"),
        ((40, 20, 40, 10), "Q1 Q3 Y"),  # twenty and ten are left over together
        # The index of the third quarter goes with that of the fourth, and so do its rows.
        ((40, 20, 40, 9), "Q1 S2"),
        ((40, 40, 40, 9), "Q1 Q2 S1 S2 Y"),
    ],
)
def test_of_a_year_less_its_quarters_nobody_is_left_or_enough(quarters, periods):
    sizes = {("A", q): n for q, n in zip(Q, quarters, strict=False)}
    halves = {("A", f"2026-S{h + 1}"): sum(quarters[2 * h : 2 * h + 2]) for h in (0, 1) if quarters[2 * h :]}
    found = told(survey({**sizes, **halves, ("A", "2026"): sum(quarters)}))
    named = {each[5:] or "Y" for _, each in found}
    assert named == set(periods.split())


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=4, max_size=4))
def test_no_difference_of_told_worksheets_is_of_few(quarters):
    sizes = {("A", q): n for q, n in zip(Q, quarters, strict=True) if n}
    wholes = {"2026-S1": Q[:2], "2026-S2": Q[2:], "2026": Q}
    for period, parts in wholes.items():
        if n := sum(sizes.get(("A", q), 0) for q in parts):
            sizes["A", period] = n
    if not sizes:
        return
    found = {period for _, period in told(survey(sizes))}
    inside = {**{q: {q} for q in Q}, **{period: set(parts) for period, parts in wholes.items()}}
    known = [frozenset(inside[period]) for period in found]
    # Every set of quarters whose rows follow from told ones by laying aside what lies inside.
    while more := {a - b for a, b in product(known, known) if b < a} - set(known):
        known += more
    for parts in known:
        n = sum(sizes.get(("A", q), 0) for q in parts)
        assert n == 0 or n >= LEAST


# ---------------------------------------------------------------- editions


def corrected(measures, **changes):
    """Return a survey of which one form was corrected."""
    answers = measures["answers"].copy()
    answers.loc[0, "u1"] = 5 - answers.loc[0, "u1"]
    return {**measures, "answers": answers, **changes}


def test_a_corrected_form_does_not_show_beside_the_edition_before():
    first = survey({("A", Q[2]): 50, ("B", Q[2]): 50})
    past = [count_city(first, RULE)]
    assert set(told(first, past)) == {("A", Q[2]), ("B", Q[2])}
    assert set(told(corrected(first), past)) == {("B", Q[2])}


def test_a_form_that_came_late_does_not_show_and_thirty_do():
    past = [count_city(survey({("A", Q[2]): 50}), RULE)]
    assert told(survey({("A", Q[2]): 51}), past) == {}
    assert told(survey({("A", Q[2]): 50 + LEAST - 1}), past) == {}
    assert told(survey({("A", Q[2]): 50 + LEAST}), past) == {("A", Q[2]): 50 + LEAST}


def test_a_half_year_does_not_tell_which_form_of_a_released_quarter_was_corrected():
    first = survey({("A", Q[0]): 40, ("A", Q[1]): 40, ("A", "2026-S1"): 80})
    past = [count_city(first, RULE)]
    assert set(told(corrected(first), past)) == {("A", Q[1])}


def test_what_was_not_told_before_may_change():
    small, more = survey({("A", Q[2]): 20}), survey({("A", Q[2]): 35})
    assert told(more, [count_city(small, RULE)]) == {("A", Q[2]): 35}


def test_an_edition_keeps_of_a_worksheet_its_digest_and_no_answer():
    counts = count_city(survey({("A", Q[2]): 50, ("B", Q[2]): 10}), RULE)["answers"]
    assert list(counts.keys) == ["unit_id", "period", "digest"]
    assert counts.numbers["n_rows"].tolist() == [50, 10]
    assert counts.hidden["n_rows"].tolist() == [False, True]


# ---------------------------------------------------------------- what an attacker gains


def sums_of_groups(rows, sizes, shown):
    """Return every sum that the first group may have, for whoever knows all rows and the sums of shown groups.

    Every way is tried in which the rows can be the groups'.
    """
    found = set()
    rest = range(len(rows))

    def deal(group, left, first):
        if group == len(sizes):
            found.add(first)
            return
        for chosen in combinations(left, sizes[group]):
            total = sum(rows[k] for k in chosen)
            if group in shown and total != shown[group]:
                continue
            deal(group + 1, tuple(k for k in left if k not in chosen), total if group == 0 else first)

    deal(0, tuple(rest), None)
    return found


def sums_by_totals(total, sizes, shown, low, high):
    """Return every sum that the first group may have, for whoever knows the total and the sums of shown groups."""
    left = total - sum(shown.values())
    hidden = [n for g, n in enumerate(sizes) if g not in shown]
    return {
        first
        for first in range(low * sizes[0], high * sizes[0] + 1)
        if low * sum(hidden[1:]) <= left - first <= high * sum(hidden[1:])
    }


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=8, max_size=8), st.randoms())
def test_a_hidden_group_stays_open_beside_the_rows_unless_those_who_may_be_in_it_answered_alike(rows, random):
    random.shuffle(rows)
    sizes = (2, 3, 3)  # two groups are hidden, the third's sum is shown
    shown = {2: sum(rows[5:])}
    with_rows = sums_of_groups(rows, sizes, shown)
    assert sum(rows[:2]) in with_rows <= sums_by_totals(sum(rows), sizes, shown, 1, 4)
    if len(with_rows) == 1:
        # Then whichever five rows may be those of the hidden groups are five of the same answer.
        for chosen in combinations(range(8), 3):
            if sum(rows[k] for k in chosen) == shown[2]:
                assert len({rows[k] for k in range(8) if k not in chosen}) == 1
    else:
        assert max(with_rows) > min(with_rows)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=6, max_size=6))
def test_beside_two_breakdowns_at_once_a_group_is_open_if_two_of_an_age_answered_otherwise(rows):
    """Men and others are hidden, women are shown, and so are the young and the old; all rows are known."""
    people = [*product("mxw", "yo")]  # sex and age
    truth = dict(zip(people, rows, strict=True))

    def sum_of(dealt, at, value):
        return sum(answer for person, answer in dealt.items() if person[at] == value)

    shown = {(0, "w"), (1, "y"), (1, "o")}
    told_sums = {key: sum_of(truth, *key) for key in shown}
    men = {
        sum_of(dealt, 0, "m")
        for order in set(permutations(rows))
        for dealt in [dict(zip(people, order, strict=True))]
        if {key: sum_of(dealt, *key) for key in shown} == told_sums
    }
    assert sum_of(truth, 0, "m") in men
    if any(truth["m", age] != truth["x", age] for age in "yo"):
        assert len(men) > 1
