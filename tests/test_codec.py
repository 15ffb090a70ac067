"""What is kept is read back the same, and reading runs nothing."""

import json
import pickle
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, scalar_dtypes
from pandas.testing import assert_frame_equal, assert_series_equal

from asn_research import rules
from asn_research.codec import CodecError, decode, encode
from asn_research.protect import Guard
from asn_research.rules.cities import load_city

FRAME = pd.DataFrame(
    {
        "text": ["A", None, "ç"],
        "whole": pd.array([1, None, 3], "Int64"),
        "small": pd.array([1, None, 3], "Int8"),
        "number": [0.1, np.nan, np.inf],
        "code": pd.Categorical(["a", "b", None]),
        "mixed": [1, "x", None],
        "flag": [True, False, True],
        "maybe": pd.array([True, None, False], "boolean"),
        "day": pd.to_datetime(["2026-01-01", None, "2026-02-03"]),
        "zoned": pd.to_datetime(["2026-01-01", None, "2026-02-03"]).tz_localize("Asia/Pontianak"),
        "date": [date(2026, 1, 1), None, pd.NaT],
    }
)
FRAMES = {
    "as it is": FRAME,
    "reversed": FRAME.iloc[::-1],
    "part": FRAME.iloc[1:2],
    "without rows": FRAME.iloc[:0],
    "without columns": FRAME[[]],
    "nothing": pd.DataFrame(),
    "index of texts": FRAME.set_index("text"),
    "two levels": FRAME.set_index(["text", "whole"]),
    "turned": FRAME.drop(columns="zoned").T,
    "same name twice": FRAME[["number", "number"]],
    "numbers only": pd.DataFrame({"a": [1.5, np.nan], "b": [2.0, -0.0]}),
    "objects that are texts": pd.DataFrame({"a": np.array(["x", "y"], dtype=object)}),
    "texts as codes": FRAME.astype({"text": "category"}),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_a_table_comes_back_the_same(frame):
    found = decode(encode(frame))
    assert_frame_equal(frame, found, check_exact=True, check_index_type="exact", check_column_type="exact")
    assert [str(kind) for kind in frame.dtypes] == [str(kind) for kind in found.dtypes]
    for name in dict.fromkeys(frame):
        if isinstance(frame[name], pd.Series):
            assert_series_equal(frame[name], found[name], check_exact=True)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates()
    | st.datetimes().map(lambda d: d.replace(fold=0)) | st.fractions() | st.binary() | st.decimals(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner)
    | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(PLAIN)
def test_a_plain_value_comes_back_the_same(value):
    found = decode(encode(value))
    assert found == value
    assert repr(found) == repr(value)


@given(arrays(scalar_dtypes(), array_shapes(min_side=0)))
def test_an_array_comes_back_the_same(array):
    if array.dtype.byteorder == ">":
        array = array.astype(array.dtype.newbyteorder("<"))
    found = decode(encode(array))
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_records_of_this_package_come_back_the_same():
    value = {
        "city": load_city(),
        "rules": rules.at(date(2026, 9, 30)).rules,
        "guards": (Guard("employees", "n", ("mean",)),) * 2,
        "moment": datetime(2026, 9, 30, 8, 5),
        "third": Fraction(1, 3),
        "tenth": Decimal("0.10"),
    }
    assert decode(encode(value)) == value


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, lambda: 1, CodecError, 1j], ids=lambda v: type(v).__name__
)
def test_what_cannot_be_read_back_is_refused(value):
    with pytest.raises(CodecError, match="cannot be kept"):
        encode(value)


@pytest.mark.parametrize(
    "name",
    ["os:system", "subprocess:Popen", "builtins:eval", "asn_research.codec:encode", "asn_research.codec:import_module",
     "asn_research_evil:X", "asn_research.errors:AsnError", "asn_research.cli:app.command"],
)  # fmt: skip
def test_only_records_of_this_package_can_be_named(name):
    tree = json.dumps(["@", name, {}]).encode()
    with pytest.raises((CodecError, ModuleNotFoundError)):
        decode(len(tree).to_bytes(8, "big") + tree)


class Runs:
    def __reduce__(self):
        return (pytest.fail, ("code in a kept file was run",))


def test_a_pickle_is_no_kept_value():
    with pytest.raises(ValueError, match=r"not whole|kept value"):
        decode(pickle.dumps(Runs()))


def test_a_sentence_of_a_result_is_read_back_in_every_language():
    from asn_research.rules.words import in_words, said

    note = said("note_few_clusters", n=8)
    (back,) = decode(encode((note,)))
    assert (type(back), back, in_words(back, "id")) == (type(note), note, in_words(note, "id"))


def test_a_fit_with_p_values_among_its_facts_is_kept_and_tells_the_same():
    from asn_research.methods import SpecFit
    from asn_research.rules.words import said

    table = pd.DataFrame(
        {
            "term": ["att"],
            "estimate": [1.0],
            "std_error": [0.1],
            "low": [0.8],
            "high": [1.2],
            "p_value": [0.0],
        }
    )
    fit = SpecFit(table, 10, 5, diagnostics={said("fact_leads_p"): 1e-6, said("fact_entities"): 10})
    back = decode(encode(fit))
    assert back.summary() == fit.summary()
    assert "Leads together, p: < 0.001" in back.summary()
    assert "Uji gabungan sebelum mulai, p: < 0,001" in back.summary(language="id")
    assert "p: < 0,001" in back.to_markdown(language="id")


def test_a_text_of_a_foreign_class_is_refused():
    class Text(str):
        __slots__ = ()

    with pytest.raises(CodecError):
        encode(Text("x"))


def test_a_fit_is_read_back_and_tells_the_same():
    from asn_research.methods import fit_panel

    data = pd.DataFrame({"x": [1.0, 2, 3, 4, 6], "y": [1.0, 3, 2, 5, 6], "g": ["a", "a", "b", "b", "c"]})
    fit = fit_panel("y ~ x", data, cluster="g")
    back = decode(encode(fit))
    assert back.summary() == fit.summary()
    assert back.to_markdown(language="id") == fit.to_markdown(language="id")
