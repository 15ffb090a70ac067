from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research import rules
from asn_research.errors import DisclosureError
from asn_research.protect import Guard, ProtectedTable, protect_table
from asn_research.rules.regulations import DisclosureRule
from asn_research.schema import Sum

RULE = rules.at(date(2026, 9, 30)).one(DisclosureRule)
STAFF = Guard("employees", "n", ("mean",))
PARTS = [Sum("unit_id", ("whole",))]


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
    alone = protect_table(table(7, 30, 12), [STAFF], RULE, sums=PARTS)
    assert alone.frame["mean"].isna().tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        pytest.param((7, 30, 6), [True, False, True], id="thirteen_together"),
        pytest.param((2, 30, 6, 15), [True, False, True, True], id="eight_together_need_a_third"),
    ],
)
def test_small_parts_protect_each_other_if_they_are_enough_together(sizes, hidden):
    assert protect_table(table(*sizes), [STAFF], RULE, sums=PARTS).frame["mean"].isna().tolist() == hidden


def test_the_city_less_its_units_gives_no_unit_away():
    frame = table(9, 30, 12, 51).assign(unit_id=["A", "B", "C", "CITY"])
    city = [Sum("unit_id", ("whole",), "CITY")]
    assert protect_table(frame, [STAFF], RULE, sums=city).frame["n"].isna().tolist() == [
        True,
        False,
        True,
        False,
    ]
    # Without a city there is nothing to subtract from.
    alone = protect_table(frame.iloc[:3], [STAFF], RULE, sums=city).frame["n"]
    assert alone.isna().tolist() == [True, False, False]


def test_a_half_year_less_a_quarter_gives_no_quarter_away():
    frame = table(7, 30, 37, 20).assign(period=["2026-Q1", "2026-Q2", "2026-S1", "2026-Q3"])
    shown = protect_table(frame, [STAFF], RULE, sums=[Sum("period", ("whole",))]).frame["n"]
    assert shown.isna().tolist() == [True, True, False, False]


def test_a_hidden_whole_takes_a_part_with_it():
    """Both ways at once: women of a small unit, hidden, are men and women less men."""
    frame = pd.DataFrame(
        [(unit, sex, n) for unit, women, men in (("A", 9, 20), ("B", 40, 30), ("C", 12, 50), ("CITY", 61, 100))
         for sex, n in (("w", women), ("m", men))],
        columns=["unit_id", "sex", "n"],
    ).assign(mean=1.0)  # fmt: skip
    sums = [Sum("unit_id", ("sex",), "CITY"), Sum("sex", ("unit_id",))]
    hidden = protect_table(frame, [STAFF], RULE, sums=sums).frame["n"].isna()
    for _, line in [
        *hidden[frame["unit_id"] != "CITY"].groupby(frame["sex"]),
        *hidden.groupby(frame["unit_id"]),
    ]:
        assert line.sum() != 1


SHARE = Guard("cells", "n_met", ("met_pct",), of="n", zero="large")


@pytest.mark.parametrize("zero", ["shown", "large", "hidden"])
@pytest.mark.parametrize(
    ("met", "n", "shows"),
    [
        (18, 20, ()), (19, 20, ()), (1, 10, ()), (4, 40, ()), (36, 40, ()),
        (0, 10, ("shown",)), (10, 10, ("shown",)), (0, 30, ("shown", "large")), (40, 40, ("shown", "large")),
        (5, 10, ("shown", "large", "hidden")), (12, 20, ("shown", "large", "hidden")),
    ],
)  # fmt: skip
def test_a_share_tells_neither_of_a_few_nor_of_all_but_a_few(met, n, shows, zero):
    frame = pd.DataFrame({"n": [n], "n_met": [met], "met_pct": [100 * met / n]})
    counted = Guard("cells", "n_met", ("met_pct",), of="n", zero=zero)
    alone = Guard("cells", "met_pct", of="n", per=100, zero=zero)
    assert protect_table(frame, [counted], RULE).frame["met_pct"].notna().item() is (zero in shows)
    # A share whose numerator is no column tells it all the same.
    assert protect_table(frame, [alone], RULE).frame["met_pct"].notna().item() is (zero in shows)


def test_a_value_of_a_group_of_unknown_size_does_not_show():
    frame = pd.DataFrame({"n": [12, None], "mean": [3.0, 4.0]})
    assert protect_table(frame, [STAFF], RULE).frame["mean"].notna().tolist() == [True, False]


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
    protected = protect_table(table(*sizes), [STAFF], RULE, sums=PARTS)
    small = pd.Series(sizes).between(1, 9)
    assert protected.frame.loc[small, ["n", "mean"]].isna().all(axis=None)
    # One hidden part next to shown ones, or a few together, would be a subtraction away.
    hidden = [size for size, shown in zip(sizes, protected.frame["n"].notna(), strict=True) if not shown]
    left = [size for size, shown in zip(sizes, protected.frame["n"].notna(), strict=True) if shown and size]
    assert not hidden or not left or (len(hidden) > 1 and sum(hidden) >= 10)
