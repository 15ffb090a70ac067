"""A remembered result is taken where nothing has changed, and nowhere else."""

import subprocess
import sys
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research import rules
from asn_research.remembered import StoredResults, remembered, remembering
from asn_research.rules.regulations import SurveyDesignRule
from asn_research.sealed import Store


class Kept(dict):
    def take(self, key):
        return key in self, self.get(key)

    def keep(self, key, result):
        self[key] = result


CALLS = []


@remembered
def seen(*values):
    CALLS.append(values)
    return len(CALLS)


def asked_twice(one, other):
    """Whether a second value is taken for the first."""
    with remembering(Kept()):
        return seen(one) == seen(other)


@dataclass(frozen=True)
class Place:
    name: str
    size: float


FRAME = pd.DataFrame(
    {"unit": ["A", "B", None], "n": pd.array([1, None, 3], "Int64"), "x": [0.1, np.nan, 2.0]}
)
VALUES = [
    FRAME,
    FRAME.astype({"unit": "category"}),
    FRAME["x"],
    FRAME.to_numpy(dtype=object, na_value=None).astype(str),
    np.arange(4.0),
    rules.at(date(2026, 9, 30)).one(SurveyDesignRule),
    Place("A", 1.0),
    {"a": 1, "b": (2, "c")},
    ("a", ("b",)),
    ("a", "b"),
    "1",
    1,
    None,
    date(2026, 9, 30),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_the_same_value_is_taken_and_every_other_is_not(value):
    assert asked_twice(value, value)
    for other in VALUES:
        if other is not value:
            assert not asked_twice(value, other)


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.assign(x=f["x"].where(f.index != 2, 2.0000000001)),
        lambda f: f.assign(unit=["A", "B", "C"]),
        lambda f: f.assign(n=pd.array([1, 0, 3], "Int64")),
        lambda f: f.rename(columns={"x": "y"}),
        lambda f: f.iloc[::-1],
        lambda f: f.iloc[:2],
        lambda f: f.assign(n=f["n"].astype(float)),
        lambda f: f.set_axis([0, 1, 3]),
        lambda f: f[["n", "unit", "x"]],
    ],
)
def test_any_change_of_a_table_counts(change):
    assert asked_twice(FRAME, FRAME.copy())
    assert not asked_twice(FRAME, change(FRAME))


@given(st.lists(st.text(max_size=3), max_size=4), st.lists(st.text(max_size=3), max_size=4))
def test_lists_of_words_are_told_apart(one, other):
    assert asked_twice(one, other) == (one == other)


def test_without_a_memory_the_function_is_an_ordinary_one():
    assert seen("x") != seen("x")


def test_a_value_that_cannot_be_told_apart_is_refused():
    with remembering(Kept()), pytest.raises(TypeError, match="no stable digest"):
        seen({1, 2})


def test_every_process_finds_the_same_key():
    code = (
        "import sys; sys.path[:0] = ['tests']\n"
        "from test_remembered import Kept, VALUES, seen, remembering\n"
        "with remembering(kept := Kept()): [seen(v) for v in VALUES]\n"
        "print(sorted(kept))"
    )
    found = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                       env={"PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(found) == 1
    assert len(next(iter(found)).split(",")) == len(VALUES)


def test_results_on_disk_are_taken_again_and_damaged_ones_are_made_anew(tmp_path):
    with remembering(StoredResults(Store(tmp_path, "a" * 32))):
        first = seen(FRAME)
    with remembering(StoredResults(Store(tmp_path, "a" * 32))):
        assert seen(FRAME) == first
    place = next(tmp_path.glob("*/*"))
    place.write_bytes(place.read_bytes()[:-1])
    with remembering(StoredResults(Store(tmp_path, "a" * 32))):
        assert seen(FRAME) != first
