"""A sensitive share at an end is told as its end, and nothing beside it tells more."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from asn_research import rules
from asn_research.protect import protect_city
from asn_research.protect.counted import counted
from asn_research.protect.declared import guards_of
from asn_research.protect.linked import bounds
from asn_research.protect.linked_counts import LinkedCounts
from asn_research.rules.cities import CITY
from asn_research.rules.regulations import DisclosureRule
from asn_research.schema import declared_tables

RULE = rules.at("2026-Q3").one(DisclosureRule)
PERIOD = "2026-Q3"


def duty(*units, city=False):
    """Staff by unit, of whom so many PNS have met the duty: (PNS, met)."""
    names = [f"U{k}" for k in range(len(units))]
    if city:
        names, units = [*names, CITY], [*units, tuple(np.sum(units, axis=0))]
    return pd.DataFrame(
        [{"unit_id": unit, "period": PERIOD, "n_staff": n + 40, "n_trained": n, "trained_pct": 100 * n / (n + 40), "n_pns": n,
          "n_pns_met": met, "pns_met_pct": 100 * met / n, "pns_met_low": 1.0, "pns_met_high": 99.0,
          "n_pppk": 40, "n_pppk_over": 20}
         for unit, (n, met) in zip(names, units, strict=True)]
    )  # fmt: skip


def protected(frame):
    return protect_city({"training": frame}, RULE).get("training").frame.reset_index(drop=True)


@pytest.mark.parametrize(
    ("n", "met", "end"),
    [
        (100, 0, "bottom"), (100, 1, "bottom"), (100, 4, "bottom"), (100, 5, "bottom"), (100, 6, None),
        (100, 94, None), (100, 95, "top"), (100, 99, "top"), (100, 100, "top"),
        # Where five percent are fewer than four, an end would tell one of them from four: nothing is told.
        (79, 0, None), (79, 3, None), (79, 77, None), (80, 0, "bottom"), (80, 4, "bottom"),
    ],
)  # fmt: skip
def test_a_share_at_an_end_is_told_as_its_end(n, met, end):
    row = protected(duty((n, met))).iloc[0]
    told = row["pns_met_pct_coded"]
    assert (told if pd.notna(told) else None) == end
    is_exact = min(met, n - met) > max(RULE.smallest_cell - 1, 0.05 * n)
    assert row[["n_pns_met", "pns_met_pct", "pns_met_low", "pns_met_high"]].notna().all() == is_exact
    assert row[["n_pns_met", "pns_met_pct", "pns_met_low", "pns_met_high"]].notna().any() == is_exact
    assert row["n_pns"] == n


@settings(max_examples=25, deadline=None)
@given(st.integers(12, 200), st.integers(0, 200), st.integers(0, 4))
def test_none_and_one_to_four_read_the_same(n, met, few):
    for at in (lambda k: k, lambda k: n - k):
        one, none = (protected(duty((n, at(k)))) for k in (few, 0))
        pd.testing.assert_frame_equal(one, none)


def test_every_sensitive_percentage_has_an_end():
    for (kind, name), table in declared_tables().items():
        for column in table.columns.values():
            if kind == "measure" and column.role == "share" and column.sensitivity == "sensitive":
                assert bool(column.coded) == (column.unit == "percent"), (name, column.column)
                if column.coded and column.numerator and table.columns[column.numerator].role == "count":
                    assert any(guard.coded == column.coded for guard in guards_of(table)), (
                        name,
                        column.column,
                    )


def _within_the_units(frame, shown, low, high):
    """Return what is possible of the city's number, of an end, where the ends of its units are all told."""
    units = [row for row in range(len(frame)) if frame["unit_id"][row] != CITY]
    least = most = 0
    for row in units:
        n, few = frame["n_pns"][row], RULE.most_at_end(int(frame["n_pns"][row]))
        ends = {"bottom": (0, few), "top": (n - few, n)}.get(shown["pns_met_pct_coded"][row], (0, n))
        least, most = least + ends[0], most + ends[1]
    return max(low, least), min(high, most)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(80, 200), st.floats(0, 1)), min_size=1, max_size=5))
@example([(81, 0.0), (139, 0.0)])
def test_the_city_does_not_undo_what_units_code(units):
    """An attacker who knows the ends and the city's number holds all possible that an end says."""
    frame = duty(*((n, round(share * n)) for n, share in units), city=True)
    city = protect_city({"training": frame}, RULE)
    shown = city.get("training").frame.reset_index(drop=True)
    linked = LinkedCounts({"training": counted("training", frame, city.tables["training"])}, RULE)
    count = linked.counts["training", "n_pns_met"]
    reached = bounds(linked.cells(), linked.relations())
    for row in np.flatnonzero(shown["pns_met_pct_coded"].notna() & shown["n_pns"].notna()):
        n, most = frame["n_pns"][row], RULE.most_at_end(int(frame["n_pns"][row]))
        low, high = (0, most) if shown["pns_met_pct_coded"][row] == "bottom" else (n - most, n)
        if shown["unit_id"][row] == CITY:
            # The ends of all units together may say less than the city's own.
            low, high = _within_the_units(frame, shown, low, high)
        found = reached[count.first + row]
        assert found.low <= low + 1e-6, frame
        assert found.high >= high - 1e-6, frame


def test_two_units_at_an_end_and_what_the_city_leaves_them_would_tell_of_both(monkeypatch):
    """Of the city's sixty fifty are the third unit's: ten are left to two units of which none has more than five."""
    frame = duty((100, 5), (100, 5), (100, 50), city=True)
    hidden = protected(frame)["n_pns_met"].isna().tolist()
    assert hidden[:2] == [True, True]
    assert any(hidden[2:])
    monkeypatch.setattr(LinkedCounts, "_with_ends", lambda _, relations: relations)
    assert protected(frame)["n_pns_met"].isna().tolist() == [True, True, False, False]


def test_rates_of_a_thousand_are_told():
    row = {"unit_id": CITY, "period": PERIOD, "n": 30, "n_employees": 28, "n_rated": 5000, "n_decided": 20, "n_late": 10,
           "n_upheld": 8, "upheld_pct": 40.0, "per_1000_employees": 5.6}  # fmt: skip
    shown = protect_city({"objections": pd.DataFrame([row])}, RULE).get("objections").frame.iloc[0]
    assert shown[["per_1000_employees", "upheld_pct", "n_upheld"]].notna().all()
    few = row | {"n": 130, "n_employees": 120, "n_decided": 120, "n_upheld": 6, "upheld_pct": 5.0}
    shown = protect_city({"objections": pd.DataFrame([few])}, RULE).get("objections").frame.iloc[0]
    assert shown["upheld_pct_coded"] == "bottom"
    assert shown[["upheld_pct", "n_upheld"]].isna().all()
