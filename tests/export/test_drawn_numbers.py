"""Drawings show numbers with the decimal sign of their language, and names as they are."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn as sns

from asn_research.export.drawn_numbers import drawn_number, write_decimals


def ticks(axes):
    axes.figure.canvas.draw()
    return [label.get_text() for axis in (axes.xaxis, axes.yaxis) for label in axis.get_ticklabels()]


@pytest.mark.parametrize(("language", "sign", "other"), [("id", ",", "."), ("en", ".", ",")])
def test_ticks_and_cells_have_the_languages_sign(language, sign, other):
    figure, (left, right) = plt.subplots(1, 2)
    left.plot([-0.5, 0.5], [0.1, 0.9])
    names = ["v1.2", "b"]
    sns.heatmap(pd.DataFrame([[1, -0.25], [-0.25, 1]], names, names), annot=True, fmt=".2f", ax=right)
    write_decimals((left, right), language)
    numbers = [*ticks(left), *(text.get_text() for text in right.texts)]
    plt.close(figure)
    assert any(sign in number for number in numbers)
    assert not any(other in number or "-" in number for number in numbers)
    assert f"−0{sign}25" in numbers
    assert "v1.2" in ticks(right)


def test_axes_of_names_days_and_logarithms_stay():
    figure, (names, days, logs) = plt.subplots(1, 3)
    names.bar(["a.b", "c"], [1, 2])
    days.plot(pd.date_range("2026-01-01", periods=3), np.arange(3))
    logs.set_xscale("log")
    logs.plot([1, 10, 100], [1, 2, 3])
    before = [type(axes.xaxis.get_major_formatter()) for axes in (names, days, logs)]
    write_decimals((names, days, logs), "id")
    assert [type(axes.xaxis.get_major_formatter()) for axes in (names, days, logs)] == before
    assert "a.b" in ticks(names)
    plt.close(figure)


@pytest.mark.parametrize(
    ("text", "said"),
    [("-0.0", "0,0"), ("-1.50", "−1,50"), ("95.5%", "95,5%"), ("KEC-1.2", "KEC-1.2"), ("", "")],
)
def test_a_text_that_is_no_number_stays(text, said):
    assert drawn_number(text, "id") == said
