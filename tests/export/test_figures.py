"""Numbers of tables: rounded as a reader would, none shown as nothing, comma or point."""

import re
from decimal import Decimal

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from asn_research.export import Figures
from asn_research.export.figures import PValue, is_p_value
from asn_research.methods.fit_summary import summary_text
from asn_research.rules.words import load_words
from asn_research.show.lesson_findings import Findings


@pytest.mark.parametrize(
    ("value", "sign", "text"),
    [
        (0.1465, ",", "0,147"), (-0.1465, ".", "−0.147"), (0.0, ",", "0,000"), (-0.0, ",", "0,000"),
        (0.00031249, ".", "0.00031"), (-3.12e-7, ",", "−0,00000031"), (float("nan"), ",", ""),
        (float("inf"), ".", "∞"), (-float("inf"), ".", "−∞"), (12345.6785, ",", "12345,679"), (2.5e18, ".", "2.500e+18"),
    ],
)  # fmt: skip
def test_numbers(value, sign, text):
    assert Figures(sign).number(value) == text


@pytest.mark.parametrize(
    ("p", "plain", "apa"),
    [(0.0312, "0,031", ",031"), (0.00099, "< 0,001", "< ,001"), (1.0, "1,000", "1,000"), (0.0, "< 0,001", "< ,001"), (float("nan"), "", "")],
)  # fmt: skip
def test_p_values(p, plain, apa):
    assert Figures(",").p(p) == plain
    assert Figures(",", look="apa").p(p) == apa


def test_a_p_value_among_other_figures_is_written_as_one():
    assert Figures(",").number(PValue(0.00031249)) == "< 0,001"
    assert Figures(",", look="apa").share(PValue(0.00031249)) == "< ,001"
    assert Figures(".").number(PValue(0.2)) == "0.200"


@pytest.mark.parametrize("language", ["id", "en"])
def test_sentences_write_a_small_p_value_as_tables_do(language):
    small = Figures("," if language == "id" else ".").p(0.0)
    assert load_words(language)("thesis_p_small") == f"Sig. {small}"
    assert f"p {small}" in Findings(language).whether("04_leads", False, p=0.0, n_out=4, n=6).text
    rows = (ROOT / "asn_research" / "rules" / "words.csv").read_text(encoding="utf-8")
    assert not re.search(r"<[0.,]", rows)


@pytest.mark.parametrize("name", ["p", "p_value", "p_adjusted", "change_p", "leads_p_value", "ljung_box_p"])
def test_p_values_are_known_by_their_name(name):
    assert is_p_value(name)
    assert not is_p_value(f"x{name[0]}q")


def test_counts_and_degrees_of_freedom():
    assert Figures(",").whole(1234567) == "1.234.567"
    assert Figures(".").degrees(8.53) == "8.5"
    assert Figures(".").degrees(1200.0) == "1,200"
    assert Figures().degrees(float("inf")) == ""


@given(st.floats(-1e8, 1e8), st.integers(0, 6))
def test_a_number_is_read_back_within_half_a_digit(value, decimals):
    text = Figures(",", decimals).number(value)
    back = Decimal(text.replace("−", "-").replace(",", "."))
    assert abs(back - Decimal(value)) <= Decimal("0.5000001") * Decimal(10) ** -decimals
    assert (back == 0) == (value == 0), "no number is shown as nothing"


def test_a_summary_writes_a_p_value_among_its_facts_as_one():
    table = pd.DataFrame({"term": ["x"], "estimate": [1.0], "std_error": [0.1], "p_value": [0.0]})
    text = summary_text(table, "y ~ x", {"Ljung-Box, p": PValue(1e-9), "R²": 0.00031249})
    assert "Ljung-Box, p: < 0.001" in text
    assert "R²: 0.0003125" in text
    assert "< 0.001" in text.splitlines()[-2]
