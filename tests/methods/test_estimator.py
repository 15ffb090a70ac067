"""The door of estimators: what a call is checked for, and what the declared roles allow."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.errors import ModelError, RequestError
from asn_research.methods.estimator import Role, estimator, one_thread
from asn_research.methods.option_choices import choose
from asn_research.methods.scaling import centred, column_units, standardise
from asn_research.rules.words import in_language


@estimator(outcome=Role.MEASURE, terms=Role.TERM, group=Role.LABEL, when=Role.PERIOD)
def means(
    frame,
    outcome: str,
    terms: list[str],
    *,
    group: str | None = None,
    when: str | None = None,
    draws: int = 10,
    level: float = 0.05,
):
    """Stand for an estimator: return what came in."""
    return frame, outcome, terms, group


TABLE = pd.DataFrame({"y": [1.0, 2.0, 4.0], "x": [3, 1, 2], "sex": ["P", "L", "P"], "unit": [1, 1, 2]})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"terms": ["z1"]}, "no column z1"),
        ({"terms": ["X "]}, "no column X . Did you mean x?"),
        ({"outcome": "sex"}, "sex holds text or dates"),
        ({"group": ["unit", "sex"]}, r"group takes one column, not several \(unit, sex\)"),
        ({"draws": 0}, "draws=0 leaves nothing to compute from"),
        ({"level": 5.0}, "level=5.0 is no share"),
        ({"when": "y", "frame": TABLE.assign(y=[1.0, 2.0, 2.5])}, "y must number periods by whole numbers"),
        ({"when": "sex"}, "sex must number periods"),
        ({"when": "day", "frame": TABLE.assign(day=pd.Timestamp("2026-01-01"))}, "day must number periods"),
        ({"frame": pd.concat([TABLE, TABLE[["x"]]], axis=1)}, "x stands twice"),
        ({"frame": TABLE.assign(x=[1, np.inf, -np.inf])}, r"x holds an infinite value \(inf\) in 2 rows"),
        ({"frame": TABLE.assign(sex="P"), "terms": ["sex"]}, "All rows have the same sex"),
        ({"frame": {"y": [1]}}, "reads a pandas table"),
    ],
)
def test_what_cannot_be_is_refused_in_words(call, message):
    with pytest.raises((ModelError, RequestError), match=message.replace("?", r"\?")):
        means(**{"frame": TABLE, "outcome": "y", "terms": ["x"], **call})


def test_refusals_are_told_in_indonesian_too():
    with pytest.raises(ModelError) as caught:
        means(TABLE, "y", ["unti"])
    assert in_language(caught.value, "id") == "Data tidak memuat kolom unti. Maksud Anda unit?"
    with pytest.raises(RequestError) as caught:
        choose("ATT", ("ate", "att"), option="target", function="fit_weighting")
    assert "Maksud Anda 'att'?" in in_language(caught.value, "id")


def test_text_becomes_a_column_a_level_by_one_rule():
    frame, _, terms, _ = means(TABLE, "y", ["x", "sex"])
    assert terms == ["x", "sex=P"]
    assert frame["sex=P"].tolist() == [1.0, 0.0, 1.0]
    ordered = TABLE.assign(sex=pd.Categorical(TABLE["sex"], ["P", "L", "X"]))
    assert means(ordered, "y", ["sex"])[2] == ["sex=L"]
    gap = TABLE.assign(sex=["P", "L", None])
    assert np.isnan(means(gap, "y", ["sex"])[0]["sex=P"].iloc[2])


def test_names_rows_and_types_are_made_fit_to_rely_on():
    numbers = TABLE.rename(columns={"y": 0, "x": 1, "unit": 3})
    _, outcome, terms, group = means(numbers, 0, [1], group=3)
    assert (outcome, terms, group) == ("0", ["1"], "3")
    assert means(pd.concat([TABLE, TABLE]), "y", ["x"])[0].index.is_unique
    nullable = means(TABLE.assign(x=pd.array([1, None, 3], dtype="Int64")), "y", ["x"])[0]["x"]
    assert nullable.dtype == float
    assert nullable.isna().tolist() == [False, True, False]
    assert means(TABLE.assign(x=pd.Series([1, 2.5, 3], dtype=object)), "y", ["x"])[2] == ["x"]
    assert means(TABLE, "y", "x")[2] == ["x"]


def test_linear_algebra_keeps_to_one_thread():
    import threadpoolctl

    with threadpoolctl.threadpool_limits(2, user_api="blas"), one_thread():
        inside = [
            pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"
        ]
    assert inside
    assert set(inside) == {1}


columns = st.lists(
    st.floats(-100, 100, allow_nan=False).map(lambda v: round(v * 64) / 64), min_size=3, max_size=20
)


@given(columns, st.integers(-30, 30), st.integers(-1000, 1000))
def test_size_and_origin_leave_a_column_through_powers_of_two(values, power, shift):
    x = np.array(values)
    design = standardise(np.column_stack([np.ones(len(x)), x]), constant=0)
    moved = standardise(np.column_stack([np.ones(len(x)), x * 2.0**power]), constant=0)
    assert np.array_equal(design.columns, moved.columns)
    assert centred(x + shift) == pytest.approx(centred(x), abs=1e-9)
    b = np.array([0.3, -2.0])
    assert design.columns @ b == pytest.approx(
        np.column_stack([np.ones(len(x)), x]) @ design.coefficients(b), abs=1e-8
    )
    if np.ptp(x) > 0:
        assert 1 <= x.std() / column_units(x) < 2
    else:
        assert not centred(x).any()
