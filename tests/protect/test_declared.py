"""Whatever a measure declares: no small count, no small rest and no small difference shows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research import rules
from asn_research.errors import DisclosureError
from asn_research.protect import protect_measure
from asn_research.protect.declared import guards_of
from asn_research.rules.regulations import DisclosureRule
from asn_research.schema import Column, Sum, Table, declared_tables

RULE = rules.at("2026-Q3").one(DisclosureRule)
LABELS = {"since": "1.0", "label_indonesian": "x", "label_english": "x"}


def column(name, role, **options):
    options = {"type": "integer" if role == "count" else "text" if role == "key" else "number"} | options
    return Column(kind="measure", table="t", column=name, role=role, **options, **LABELS)


def measure(*columns, main=("n",), sums=()):
    return Table(
        "measure", "t", main, sums, "", "public", "", "1.0", {}, {each.column: each for each in columns}
    )


def count(name="n", people="employees", least="group", **options):
    return column(name, "count", people=people, least=least, adds_up="yes", **options)


@st.composite
def measures(draw):
    """A table of units and groups with a share of each group, and its declaration."""
    people = draw(st.sampled_from(["employees", "citizens", "requests", "rows"]))
    sensitivity = draw(st.sampled_from(["harmless", "ordinary", "sensitive"]))
    named = draw(st.booleans())
    part = count("k", people, "cell", of="n", sensitivity=sensitivity)
    share = column(
        "pct",
        "share",
        of="n",
        numerator="k" if named else "",
        unit="percent",
        low="lo",
        high="hi",
        sensitivity=sensitivity,
    )
    table = measure(
        column("unit_id", "key"), column("period", "key"), column("group", "key"), count(people=people), part, share, column("mean", "value"),
        sums=(Sum("unit_id", ("period", "group"), "CITY"), Sum("group", ("unit_id", "period"))),
    )  # fmt: skip
    units, groups = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    n = np.array(
        draw(st.lists(st.integers(0, 60), min_size=units * groups, max_size=units * groups))
    ).reshape(units, groups)
    k = np.array([draw(st.integers(0, int(size))) for size in n.ravel()]).reshape(units, groups)
    n, k = np.vstack([n, n.sum(axis=0)]), np.vstack([k, k.sum(axis=0)])
    names = [*(f"U{i}" for i in range(units)), "CITY"]
    frame = pd.DataFrame(
        [
            {"unit_id": unit, "period": "2026-Q3", "group": f"g{g}", "n": n[u, g], "k": k[u, g],
             "pct": 100 * k[u, g] / n[u, g] if n[u, g] else np.nan, "lo": 1.0, "hi": 99.0, "mean": 3.0}
            for u, unit in enumerate(names) for g in range(groups)
        ]
    )  # fmt: skip
    return table, frame


def small(numbers, least):
    return (numbers > 0) & (numbers < least)


@settings(max_examples=60, deadline=None)
@given(measures())
def test_no_small_count_rest_or_difference_shows(given_measure):
    table, frame = given_measure
    shown = protect_measure(frame, table, RULE).frame
    least = RULE.smallest_group.employees
    assert shown.loc[small(frame["n"], least), ["n", "k", "pct", "lo", "hi", "mean"]].isna().all(axis=None)
    for amount in (frame["k"], frame["n"] - frame["k"]):
        assert shown.loc[small(amount, RULE.smallest_cell), ["k", "pct", "lo", "hi"]].isna().all(axis=None)
        if table.columns["k"].sensitivity == "sensitive":
            assert shown.loc[amount == 0, ["k", "pct"]].isna().all(axis=None)
        if table.columns["k"].sensitivity == "ordinary":
            nobody = (amount == 0) & (frame["n"] > 0) & (frame["n"] < RULE.homogeneous_from)
            assert shown.loc[nobody, ["k", "pct"]].isna().all(axis=None)
    # What a reader gets by subtraction: of each whole that shows, the hidden parts together.
    for name, size in (("n", least), ("k", RULE.smallest_cell)):
        by_group = frame.assign(shown=shown[name].notna()).groupby("group")
        for _, rows in by_group:
            parts, whole = rows[rows["unit_id"] != "CITY"], rows[rows["unit_id"] == "CITY"].iloc[0]
            hidden = parts.loc[~parts["shown"] & (parts["n"] > 0), name]
            if whole["shown"] and len(hidden) and parts["shown"].any():
                assert len(hidden) > 1, (name, parts)
                assert not 0 < hidden.sum() < size, (name, parts)
            if not whole["shown"] and whole[name] > 0:
                assert len(hidden), (name, parts)


@pytest.mark.parametrize("met", [18, 19, 0, 20, 1])
def test_a_new_measure_needs_no_line_in_protect(met):
    table = measure(
        column("unit_id", "key"), count(), count("n_met", least="cell", of="n", sensitivity="ordinary"),
        column("met_pct", "share", of="n", numerator="n_met", unit="percent", sensitivity="ordinary"), column("level", "value"),
    )  # fmt: skip
    frame = pd.DataFrame(
        {
            "unit_id": ["A", "B"],
            "n": [20, 3],
            "n_met": [met, 2],
            "met_pct": [5.0 * met, 66.7],
            "level": [2.0, 5.0],
        }
    )
    shown = protect_measure(frame, table, RULE).frame
    assert shown[["n_met", "met_pct"]].isna().all(axis=None)
    assert shown["level"].isna().tolist() == [False, True]
    with pytest.raises(DisclosureError, match="no column n, so its groups' sizes are not known"):
        protect_measure(frame.rename(columns={"n": "n_people"}), table, RULE)


def test_a_value_is_released_only_where_its_condition_holds():
    table = measure(
        column("unit_id", "key"),
        count(),
        column("effect", "value", low="low", high="high", only_if="is_reliable"),
        column("is_reliable", "value", type="boolean"),
        column("raw", "value", audience="research"),
    )
    frame = pd.DataFrame(
        {
            "unit_id": list("ABC"),
            "n": 40,
            "effect": 1.0,
            "low": 0.5,
            "high": 1.5,
            "is_reliable": [True, False, None],
            "raw": 1.0,
        }
    )
    shown = protect_measure(frame, table, RULE).frame
    assert "raw" not in shown
    assert shown[["effect", "low", "high"]].notna().all(axis=1).tolist() == [True, False, False]


def test_every_value_of_every_measure_is_guarded():
    for (kind, _), table in declared_tables().items():
        if kind != "measure":
            continue
        guarded = {name for guard in guards_of(table) for name in guard.masked}
        speaking = {n for c in table.columns.values() if not c.says_nothing_of_people for n in c.names}
        assert speaking <= guarded, table.name
