import pytest

from asn_research.show.numbers import NOTHING, Numbers

ID, EN = Numbers("id"), Numbers("en")


@pytest.mark.parametrize(
    ("value", "decimals", "indonesian", "english"),
    [
        pytest.param(1234.5, 2, "1.234,50", "1,234.50", id="thousands"),
        pytest.param(85.9079, 2, "85,91", "85.91", id="index"),
        pytest.param(0.125, 2, "0,13", "0.13", id="half_up"),
        pytest.param(-0.04, 1, "0,0", "0.0", id="no_negative_zero"),
        pytest.param(-2.5, 1, "−2,5", "−2.5", id="minus"),
        pytest.param(None, 1, NOTHING, NOTHING, id="nothing"),
        pytest.param(float("nan"), 1, NOTHING, NOTHING, id="nan"),
    ],
)
def test_numbers(value, decimals, indonesian, english):
    assert ID.number(value, decimals) == indonesian
    assert EN.number(value, decimals) == english


def test_signs_and_intervals():
    assert ID.signed(1.24, 1) == "+1,2"
    assert ID.signed(-1.24, 1) == "−1,2"
    assert ID.signed(0.0, 1) == "0,0"
    assert ID.interval(80.25, 84.5, 1) == "80,3 – 84,5"
    assert ID.interval(-3.64, -2.5, 1) == "−3,6 s.d. −2,5"
    assert EN.interval(-1, 2) == "−1.0 to 2.0"
    assert ID.interval(float("nan"), 84.5) == NOTHING
    assert ID.percent(12.34) == "12,3%"
