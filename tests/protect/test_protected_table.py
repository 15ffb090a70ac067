from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research import rules
from asn_research.errors import DisclosureError
from asn_research.protect import Guard, ProtectedTable, merge_small_cells, protect_table
from asn_research.rules.regulations import DisclosureRule

RULE = rules.at(date(2026, 9, 30)).one(DisclosureRule)
STAFF = Guard("employees", "n", ("mean",))


def table(*sizes):
    return pd.DataFrame(
        {
            "unit_id": [f"U{i}" for i in range(len(sizes))],
            "whole": "W",
            "n": list(sizes),
            "mean": [3.0 + i / 10 for i in range(len(sizes))],
        }
    )


@pytest.mark.parametrize(
    ("size", "shows"),
    [
        pytest.param(0, True, id="nobody_is_no_secret"),
        pytest.param(1, False, id="one_person"),
        pytest.param(9, False, id="just_below"),
        pytest.param(10, True, id="smallest_allowed"),
    ],
)
def test_the_smallest_group_is_ten(size, shows):
    protected = protect_table(table(size), [STAFF], RULE)
    assert protected.frame["mean"].notna().item() is shows
    assert protected.frame["n"].notna().item() is shows
    assert protected.suppressed["mean"].item() is not shows


def test_a_table_that_shows_a_small_group_cannot_be_built():
    frame = table(7, 12)
    hidden = pd.DataFrame(data=False, index=frame.index, columns=frame.columns)
    with pytest.raises(DisclosureError, match=r"1 groups of fewer than 10 employees.*`protect_table`"):
        ProtectedTable(frame, hidden, (STAFF,), RULE, frame[["n"]])


def test_a_table_without_its_counts_is_refused():
    with pytest.raises(DisclosureError, match="keep the counts"):
        protect_table(table(12).drop(columns="n"), [STAFF], RULE)


def test_a_part_that_could_be_had_by_subtraction_is_masked_with_it():
    alone = protect_table(table(7, 30, 12), [STAFF], RULE, parts_of=["whole"])
    assert alone.frame["mean"].isna().tolist() == [True, False, True]


def test_two_small_parts_protect_each_other():
    two = protect_table(table(7, 30, 6), [STAFF], RULE, parts_of=["whole"])
    assert two.frame["mean"].isna().tolist() == [True, False, True]


def test_selection_and_order_keep_the_protection():
    protected = protect_table(table(7, 30, 12), [STAFF], RULE)
    assert len(protected.where(unit_id="U1")) == 1
    assert protected.sorted_by("n").frame["unit_id"].tolist()[-1] == "U0"
    assert protected.is_suppressed(0, "mean")


def test_input_is_not_changed():
    frame = table(7, 12)
    before = frame.copy(deep=True)
    protect_table(frame, [STAFF], RULE)
    pd.testing.assert_frame_equal(frame, before)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8))
def test_no_group_under_ten_ever_shows(sizes):
    protected = protect_table(table(*sizes), [STAFF], RULE, parts_of=["whole"])
    small = pd.Series(sizes).between(1, 9)
    assert protected.frame.loc[small, ["n", "mean"]].isna().all(axis=None)
    # One hidden part next to shown ones would be a subtraction away.
    n_hidden = int(protected.frame["n"].isna().sum())
    assert n_hidden != 1 or sum(size > 0 for size in sizes) == 1


def distribution(**cells):
    return pd.DataFrame(
        {"unit_id": "A", "period": "2026-Q3", "predicate": list(cells), "n": list(cells.values())}
    )


def merged(**cells):
    out = merge_small_cells(
        distribution(**cells), group=["unit_id", "period"], category="predicate", count="n", smallest_cell=5
    )
    return dict(zip(out["predicate"], out["n"], strict=True))


def test_small_cells_are_merged_into_one():
    assert merged(very_good=4, good=80, needs_improvement=3, poor=1) == {"good": 80, "merged": 8}


def test_a_merged_cell_that_is_still_small_takes_the_next():
    assert merged(good=23, needs_improvement=2) == {"merged": 25}


def test_large_cells_keep_their_names():
    assert merged(very_good=6, good=80) == {"very_good": 6, "good": 80}


@given(st.lists(st.integers(0, 30), min_size=5, max_size=5))
def test_merging_loses_nobody_and_shows_no_small_cell(sizes):
    names = ["very_good", "good", "needs_improvement", "poor", "very_poor"]
    cells = merged(**dict(zip(names, sizes, strict=True)))
    assert sum(cells.values()) == sum(sizes)
    assert all(n >= 5 for n in cells.values()) or sum(sizes) < 5
