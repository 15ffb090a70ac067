"""The index against the regulation's tables and published figures."""

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asn_research import rules
from asn_research.errors import RawDataError
from asn_research.measure import SatisfactionIndex, satisfaction_index
from asn_research.measure.satisfaction import satisfaction_by_unit
from asn_research.rules.regulations import SatisfactionRule, round_half_up
from asn_research.rules.worksheets import load_worksheets

RULE = rules.at(date(2026, 9, 30)).one(SatisfactionRule)
# The order in which published sheets list the elements of their totals.
SHEET = [
    "requirements",
    "procedure",
    "time",
    "cost",
    "product",
    "competence",
    "conduct",
    "facilities",
    "complaints",
]


def answers(*values):
    return pd.DataFrame({element: list(values) for element in RULE.elements})


def index_of(totals, n):
    return SatisfactionIndex(RULE, dict(zip(SHEET, totals, strict=True)), dict.fromkeys(SHEET, n))


def hundredths(value):
    return float(round_half_up(value, 2))


# A published worksheet of one quarter, 29 respondents: totals per element.
G1 = index_of([105, 101, 100, 116, 102, 105, 106, 105, 115], 29)


@pytest.mark.parametrize(
    ("way", "published"),
    [
        ("exact", "91.48"),
        ("weight_0_1111", "91.47"),
        ("weight_0_111", "91.38"),
        ("weight_0_11", "90.56"),
        ("means_2", "91.50"),
        ("means_3_weight_0_111", "91.40"),
        ("means_3_weight_0_11", "90.53"),
    ],
)
def test_one_worksheet_in_every_way(way, published):
    assert G1.on(load_worksheets()[way]) == Decimal(published)


def test_a_weight_belongs_to_a_number_of_elements():
    ways = load_worksheets()
    assert [key for key, way in ways.items() if not way.fits(9)] == ["weight_0_125", "weight_0_071"]
    assert ways["weight_0_125"].fits(8)
    assert ways["weight_0_071"].fits(14)


def test_a_published_figure_is_traced_to_its_way():
    assert G1.ways_to(Decimal("90.56")) == ("weight_0_11",)
    assert G1.ways_to(Decimal("91.48"))[0] == "exact"
    assert G1.ways_to(Decimal("12.34")) == ()


def test_the_exact_index_of_the_worksheet():
    assert G1.exact == Fraction(955 * 25, 261)
    assert (G1.value, G1.grade.grade) == (91.48, "A")


@pytest.mark.parametrize(
    ("totals", "from_rounded_means", "from_totals"),
    [
        pytest.param([352, 334, 342, 353, 353, 352, 349, 323, 339], 94.53, 94.54, id="quarter_1"),
        pytest.param([349, 339, 343, 352, 353, 352, 351, 329, 345], 95.02, 95.02, id="quarter_2"),
        # In binary floating point 34.317 * 25 / 9 is 95.32499999999999.
        pytest.param([350, 343, 333, 360, 354, 350, 339, 343, 351], 95.33, 95.33, id="quarter_3"),
    ],
)
def test_published_quarters_of_2025(totals, from_rounded_means, from_totals):
    index = index_of(totals, 91)
    assert hundredths(index.published(Fraction(1, 9), 3)) == from_rounded_means
    assert index.value == from_totals
    assert index.grade.grade == "A"


@pytest.mark.parametrize(
    ("means", "way", "published"),
    [
        ("3.868 3.670 3.758 3.879 3.879 3.868 3.835 3.549 3.725", "exact", "94.53"),
        ("3.835 3.725 3.769 3.868 3.879 3.868 3.857 3.615 3.791", "exact", "95.02"),
        ("3.846 3.769 3.659 3.956 3.890 3.846 3.725 3.769 3.857", "exact", "95.33"),
        # Printed to two decimals only, and reckoned with 0.1111.
        ("3.91 3.92 3.92 3.93 3.91 3.94 3.96 3.93 3.86", "weight_0_1111", "97.99"),
        ("3.91 3.92 3.92 3.93 3.91 3.94 3.96 3.93 3.86", "exact", "98.00"),
    ],
)
def test_published_quarters_from_their_printed_means(means, way, published):
    index = SatisfactionIndex.from_means(RULE, dict(zip(SHEET, map(Decimal, means.split()), strict=True)))
    assert index.on(load_worksheets()[way]) == Decimal(published)
    assert index.grade.grade == "A"


def test_the_first_quarter_under_the_printed_weights():
    index = index_of([352, 334, 342, 353, 353, 352, 349, 323, 339], 91)
    assert index.on(load_worksheets()["weight_0_11"]) == Decimal("93.59")
    assert index.on(load_worksheets()["weight_0_111"]) == Decimal("94.44")
    by_element = [hundredths(25 * index.mean(e)) for e in SHEET]
    assert by_element == [96.70, 91.76, 93.96, 96.98, 96.98, 96.70, 95.88, 88.74, 93.13]


def test_a_float_would_miss_the_published_half():
    assert hundredths(Fraction(34317, 1000) * 25 / 9) == 95.33
    assert round(34.317 * 25 / 9, 2) == 95.32


def test_a_real_index_that_falls_to_b_under_a_printed_weight():
    # Published as 88.39, grade A.
    assert RULE.grade(Fraction("88.39")).grade == "A"
    assert RULE.grade(Fraction("88.39") * 9 * Fraction("0.111")).grade == "B"


def test_the_printed_0_11_takes_it_to_b_as_well():
    assert hundredths(Fraction("88.39") * 9 * Fraction("0.11")) == 87.51
    assert RULE.grade(Fraction("88.39") * 9 * Fraction("0.11")).grade == "B"


@pytest.mark.parametrize(
    ("index", "year", "grade"),
    [
        pytest.param("76.49", 2016, "B", id="province_2016"),
        pytest.param("76.49", 2018, "C", id="the_same_under_the_rule_of_2017"),
        pytest.param("74.32", 2015, "B", id="province_2015"),
        pytest.param("82.49", 2017, "B", id="province_2017"),
        pytest.param("94.94", 2017, "A", id="highest_unit_2017"),
        pytest.param("80.33", 2017, "B", id="mean_of_cities_2017"),
        pytest.param("90.27", 2024, "A", id="pontianak_2024"),
        pytest.param("90.75", 2019, "A", id="permits_2019"),
        pytest.param("88.50", 2020, "A", id="permits_2020_q4"),
    ],
)
def test_published_indices_under_the_rule_of_their_year(index, year, grade):
    assert rules.at(date(year, 12, 31)).one(SatisfactionRule).grade(Fraction(index)).grade == grade


@pytest.mark.parametrize(
    ("mean", "index"), [("3.63", 90.75), ("3.61", 90.25), ("3.59", 89.75), ("3.57", 89.25), ("3.54", 88.50)]
)
def test_published_means_on_the_converted_scale(mean, index):
    assert hundredths(25 * Fraction(mean)) == index
    assert RULE.grade(25 * Fraction(mean)).grade == "A"


def test_all_fours_is_one_hundred():
    # With the printed weight of 0.11 this would be 99.
    index = satisfaction_index(answers(4, 4, 4), RULE)
    assert index.value == 100.0
    assert hundredths(index.published(RULE.coarsest_weight)) == 99.0


@pytest.mark.parametrize("n", [5000])
def test_a_true_half_is_never_lost(n):
    # Totals with a mean of exactly 76.605 / 25, spread unevenly over the elements.
    total = Fraction("76.605") / 25 * 9 * n
    assert total.denominator == 1
    base = int(total) // 9
    totals = [base + (1 if i < int(total) - 9 * base else 0) for i in range(9)]
    totals[0], totals[1] = totals[0] + 37, totals[1] - 37
    assert index_of(totals, n).value == 76.61
    assert index_of(totals, n).grade.grade == "B"


def test_an_unanswered_element_counts_for_nobody():
    table = answers(3, 4)
    table.loc[0, "time"] = None
    index = satisfaction_index(table, RULE)
    assert index.mean("time") == 4
    assert index.exact == Fraction(25, 9) * (8 * Fraction(7, 2) + 4)


def test_an_element_that_was_not_asked_leaves_no_full_index():
    table = answers(3, 4).drop(columns="facilities").assign(extra_service_charter=[4, 4])
    index = satisfaction_index(table, RULE, extra=["extra_service_charter"])
    assert not index.is_full
    assert index.exact == Fraction(175, 2)
    assert index.as_asked == Fraction(25, 9) * (28 + 4)


def test_no_answers_at_all_is_an_error():
    with pytest.raises(RawDataError, match="source profile"):
        satisfaction_index(pd.DataFrame({"time": [None]}), RULE)


@pytest.mark.parametrize("off", [0, 5, 2.03])
def test_an_answer_off_the_scale_is_refused_in_words(off):
    said = rf"procedure holds {off:g}, outside the scale of 1 to 4 of {re.escape(RULE.rule)}"
    with pytest.raises(RawDataError, match=said):
        satisfaction_index(answers(3, 4).assign(procedure=[off, 4]), RULE)


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(1, 4), min_size=9, max_size=9), min_size=1, max_size=12), st.randoms())
def test_order_of_people_and_columns_does_not_matter(rows, random):
    table = pd.DataFrame(rows, columns=list(RULE.elements))
    shuffled = table.sample(frac=1, random_state=random.randint(0, 999))[random.sample(list(table), 9)]
    assert satisfaction_index(table, RULE).exact == satisfaction_index(shuffled, RULE).exact


def feedback(rows, unit="U", period="2026-Q3"):
    table = pd.DataFrame(rows, columns=list(RULE.elements))
    return table.assign(reporting_unit_id=unit, period=period)


def test_by_unit_equals_one_by_one():
    rng = np.random.default_rng(1)
    parts = [feedback(rng.integers(1, 5, (n, 9)), unit) for unit, n in (("A", 30), ("B", 7))]
    both = pd.concat(parts, ignore_index=True)
    satisfaction, elements = satisfaction_by_unit(both, RULE)
    for unit, part in zip("AB", parts, strict=True):
        row = satisfaction.loc[satisfaction["unit_id"] == unit].iloc[0]
        assert row["ikm"] == satisfaction_index(part, RULE).value
        assert row["n_respondents"] == len(part)
    city = satisfaction.query("unit_id == 'CITY'").iloc[0]
    assert city["ikm"] == satisfaction_index(both, RULE).value
    assert len(elements) == 3 * 9


def test_the_interval_of_complete_answers_is_that_of_their_means():
    rng = np.random.default_rng(2)
    table = feedback(rng.integers(2, 5, (50, 9)))
    row = satisfaction_by_unit(table, RULE)[0].query("unit_id == 'U'").iloc[0]
    own = 25 * table[list(RULE.elements)].mean(axis=1)
    margin = 1.959963984540054 * own.std(ddof=1) / np.sqrt(50)
    assert row["index_simple_low"] == pytest.approx(own.mean() - margin)
    assert row["index_simple_high"] == pytest.approx(own.mean() + margin)
    # No day is known here, so the interval itself can only take people as drawn singly.
    assert row["drawn_as"] == "respondents"
    assert row["index_low"] == pytest.approx(row["index_simple_low"], abs=0.2)
    assert row["index_high"] == pytest.approx(row["index_simple_high"], abs=0.2)


def test_input_is_not_changed():
    table = feedback(np.full((4, 9), 3))
    before = table.copy(deep=True)
    satisfaction_by_unit(table, RULE)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(
    ("name", "columns", "n", "expected"),
    [
        pytest.param(
            "kelurahan_skm_2021.csv",
            ["u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9"], 41,
            {"full": True, "value": 85.91, "exact": 85.9079, "printed": 85.05, "grade": "B"}, id="kelurahan",
        ),
        pytest.param(
            "mpp_pangkep_skm_2024.csv", ["U1", "U2", "U3", "U4", "U5", "U6", "U7", None, "U9"], 55,
            {"full": False, "as_asked": 93.74}, id="service_mall",
        ),
    ],
)  # fmt: skip
def test_the_real_surveys(shared, name, columns, n, expected):
    raw = pd.read_csv(shared / "real" / name, sep=None, engine="python")
    table = pd.DataFrame({e: raw[c] for e, c in zip(SHEET, columns, strict=True) if c})
    extra = []
    if not expected["full"]:
        table["extra_service_charter"], extra = raw["U8"], ["extra_service_charter"]
    index = satisfaction_index(table, RULE, extra)
    assert (len(raw), index.is_full) == (n, expected["full"])
    if index.is_full:
        assert float(index.exact) == pytest.approx(expected["exact"], abs=5e-5)
        assert (index.value, index.grade.grade) == (expected["value"], expected["grade"])
        assert hundredths(index.published(RULE.coarsest_weight)) == expected["printed"]
    else:
        assert hundredths(index.as_asked) == expected["as_asked"]


def test_the_kelurahan_survey_from_its_totals_alone():
    # Facts of the real survey: 41 respondents, totals per element in the order of the sheet.
    index = index_of([151, 139, 131, 139, 141, 135, 144, 146, 142], 41)
    assert float(index.exact) == pytest.approx(85.9079, abs=5e-5)
    assert (index.value, index.grade.grade) == (85.91, "B")
