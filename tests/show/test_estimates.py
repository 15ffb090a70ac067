"""A value comes with the interval that is declared for it, and with no other."""

import pandas as pd
import pytest

from asn_research import rules
from asn_research.errors import RuleError
from asn_research.protect import protect_city
from asn_research.rules.cities import load_city
from asn_research.rules.periods import Period
from asn_research.rules.regulations import DisclosureRule
from asn_research.schema import declared
from asn_research.show.data import ReportData
from asn_research.show.tabling import Show, build_table

KEY = {"unit_id": "DISHUB", "period": "2026-Q3"}


def report(**frames):
    rule = rules.at("2026-Q3").one(DisclosureRule)
    protected = protect_city({name: pd.DataFrame(rows) for name, rows in frames.items()}, rule)
    return ReportData(
        load_city(), "DISHUB", Period.parse("2026-Q3"), "id", "internal", protected, {}, pd.DataFrame(), (), (), False, "0"
    )  # fmt: skip


ELEMENTS = {**KEY, "element": "time", "n": 120, "mean": 3.2, "index": 80.0, "low": 78.0, "high": 82.0}


def test_an_interval_on_another_scale_is_not_taken_for_the_values():
    data = report(elements=[ELEMENTS])
    index, mean = (data.estimate("elements", column) for column in ("index", "mean"))
    assert (index.value, index.low, index.high) == (80, 78, 82)
    assert mean.value == 3.2
    assert pd.isna(mean.low) or mean.low == mean.value


@pytest.mark.parametrize(
    ("show", "text"),
    [
        (Show("x", "index"), "80,00"), (Show("x", "index", interval=True), "78,0 – 82,0"), (Show("x", "mean"), "3,200"),
        (Show("x", "index", 0), "80"), (Show("x", "unanswered_pct"), "12,5%"),
    ],
)  # fmt: skip
def test_a_column_is_printed_as_it_is_declared(show, text):
    data = report(elements=[{**ELEMENTS, "unanswered_pct": 12.5}])
    table = build_table(data, data.rows("elements"), [show], key="k", title="t")
    assert table.rows[0][0].text == text


def test_a_hidden_interval_has_the_mark():
    data = report(elements=[{**ELEMENTS, "n": 9}])
    table = build_table(data, data.rows("elements"), [Show("x", "index", interval=True)], key="k", title="t")
    assert table.rows[0][0].text == "•"


def test_headings_and_title_are_the_declared_ones_where_none_are_given():
    data = report(elements=[ELEMENTS])
    table = build_table(data, data.rows("elements"), [Show("", "index"), Show("Nilai", "mean")], key="k")
    labels = declared("measure", "elements")
    assert table.title == labels.labels["id"]
    assert [column.label for column in table.columns] == [labels.columns["index"].label("id"), "Nilai"]


def test_a_column_that_nobody_declared_needs_a_heading():
    data = report(elements=[ELEMENTS])
    with pytest.raises(RuleError, match=r"wishes is not declared for elements\. Give it a heading"):
        build_table(data, data.rows("elements"), [Show("", "wishes")], key="k", title="t")
