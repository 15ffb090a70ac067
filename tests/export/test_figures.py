"""Numbers of tables: rounded as a reader would, none shown as nothing, comma or point."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.export import Figures


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
    [(0.0312, "0,031", ",031"), (0.00099, "<0,001", "<,001"), (1.0, "1,000", "1,000"), (0.0, "<0,001", "<,001"), (float("nan"), "", "")],
)  # fmt: skip
def test_p_values(p, plain, apa):
    assert Figures(",").p(p) == plain
    assert Figures(",", look="apa").p(p) == apa


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
