"""A formula makes the columns that one would make by hand, and says in words what it cannot read."""

from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from asn_research.errors import ModelError, RequestError
from asn_research.methods import fit_panel
from asn_research.methods.formula import expand, read_formula
from asn_research.rules.words import in_language


def data(n=80, seed=3):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "jp": rng.normal(20, 5, n), "golongan": rng.choice(["III/b", "III/a", "IV/a"], n),
            "kelamin": rng.choice(["L", "P"], n), "kode": rng.integers(1, 4, n), "Masa Kerja": rng.integers(1, 30, n),
            "pegawai": np.arange(n) // 4, "triwulan": np.arange(n) % 4, "motivasi": rng.normal(3, 0.5, n),
        }
    )  # fmt: skip


def test_its_columns_are_those_made_by_hand():
    frame = data()
    found = expand(
        read_formula("motivasi ~ jp*kelamin + C(kode) + golongan + I(jp**2) + log(jp) + `Masa Kerja`"), frame
    )
    made = found.frame[found.terms]
    hand = {
        "jp": frame["jp"], "kelamin=P": (frame["kelamin"] == "P"), "kode=2": frame["kode"] == 2, "kode=3": frame["kode"] == 3,
        "golongan=III/b": frame["golongan"] == "III/b", "golongan=IV/a": frame["golongan"] == "IV/a",
        "I(jp ** 2)": frame["jp"] ** 2, "log(jp)": np.log(frame["jp"]), "Masa Kerja": frame["Masa Kerja"],
        "jp:kelamin=P": frame["jp"] * (frame["kelamin"] == "P"),
    }  # fmt: skip
    assert set(found.terms) == set(hand)
    for name, values in hand.items():
        assert made[name].to_numpy() == pytest.approx(np.asarray(values, dtype=float)), name


def test_a_formula_and_a_list_of_columns_are_one_model():
    frame = data()
    one = fit_panel("motivasi ~ jp + golongan | pegawai + triwulan", frame, cluster="pegawai")
    two = fit_panel(frame, "motivasi", ["jp", "golongan"], effects=["pegawai", "triwulan"], cluster="pegawai")
    pd.testing.assert_frame_equal(one.table, two.table)
    assert one.formula == "motivasi ~ jp + golongan | pegawai + triwulan"
    assert two.formula == "motivasi ~ jp + golongan | pegawai + triwulan"


def test_an_interaction_without_its_parts_has_a_slope_a_group():
    frame = data()
    fit = fit_panel("motivasi ~ jp:kelamin", frame)
    for level in ("L", "P"):
        own = frame.assign(**{x: frame["jp"] * (frame["kelamin"] == x) for x in ("L", "P")})
        hand = fit_panel(own, "motivasi", ["L", "P"])
        assert fit.row(f"jp:kelamin={level}")["estimate"] == pytest.approx(hand.row(level)["estimate"])


def test_crossed_effects_are_one_effect():
    frame = data().assign(bidang=lambda d: d["pegawai"] % 3)
    one = fit_panel("motivasi ~ jp | bidang:triwulan", frame)
    joined = frame.assign(both=frame["bidang"].astype(str) + "/" + frame["triwulan"].astype(str))
    assert one.row("jp")["estimate"] == pytest.approx(
        fit_panel("motivasi ~ jp | both", joined).row("jp")["estimate"]
    )


def test_rows_with_gaps_are_left_out_whichever_variable_has_them():
    frame = data()
    frame.loc[:4, "kelamin"] = None
    frame.loc[5:9, "jp"] = np.nan
    frame.loc[10:11, "pegawai"] = np.nan
    fit = fit_panel("motivasi ~ jp:kelamin + jp", frame, cluster="pegawai")
    assert fit.n == 68
    assert fit.n_missing == 12
    # A level that only incomplete rows have gets no column.
    frame["kelamin"] = frame["kelamin"].mask(frame.index == 10, "X")
    assert not any(
        "X" in term for term in fit_panel("motivasi ~ jp*kelamin", frame, cluster="pegawai").table["term"]
    )


def test_a_transformed_outcome_and_a_categorys_own_order():
    frame = data()
    frame["golongan"] = pd.Categorical(frame["golongan"], ["IV/a", "III/a", "III/b", "II/d"])
    fit = fit_panel("log(motivasi) ~ golongan", frame)
    assert fit.table["term"].tolist() == ["golongan=III/a", "golongan=III/b", "intercept_"]
    assert fit.row("intercept_")["estimate"] == pytest.approx(
        np.log(frame["motivasi"])[frame["golongan"] == "IV/a"].mean()
    )


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("motivasi ~ jpp", "Maksud Anda jp"),
        ("motivasi ~ jp + (", "tidak dapat dibaca. Tulis seperti ini"),
        ("motivasi ~ 0 + jp", "membuang konstanta"),
        ("motivasi ~ jp - 1", "membuang konstanta"),
        ("motivasi ~ jp | pegawai | triwulan", "tidak dapat dibaca"),
        ("~ jp", "tidak dapat dibaca"),
        ("motivasi jp", "tidak dapat dibaca"),
        ("motivasi ~ jp ~ pegawai", "tidak dapat dibaca"),
        ("motivasi ~ jp |", "tidak dapat dibaca"),
        ("motivasi ~ motivasi", "di kiri dan di kanan"),
        ("jp*pegawai ~ jp", "tidak dapat dibaca"),
        ("motivasi ~ __import__('os').system('true')", "memanggil"),
        ("motivasi ~ open('x')", "memanggil open(), yang tidak dikenal"),
        ("motivasi ~ jp + (1 | pegawai)", "tidak mengenal efek acak"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(formula, said):
    with pytest.raises((RequestError, ModelError)) as raised:
        fit_panel(formula, data())
    assert said in in_language(raised.value, "id")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda d: fit_panel(d, "motivasi ~ jp", []), "Rumus ditulis di depan tabel"),
        (lambda d: fit_panel("motivasi ~ jp", d, effects=["pegawai"]), "Hapus effects="),
        (lambda d: fit_panel("motivasi ~ jp", d.to_numpy()), "harus ada satu tabel pandas"),
        (lambda d: fit_panel("motivasi ~ jp", d.assign(jp=np.inf)), "tak hingga"),
    ],
)
def test_calls_that_do_not_fit_a_formula(call, said):
    with pytest.raises((RequestError, ModelError)) as raised:
        call(data())
    assert said in in_language(raised.value, "id")


@example("0|~")
@given(st.text(alphabet="abjp~|+:*()` 01.-/^\\'\"", max_size=25))
def test_any_text_is_a_formula_or_refused_in_words(text):
    frame = data(12)[["jp", "motivasi"]].assign(a=range(12), b=1.0)
    with suppress(RequestError, ModelError):
        expand(read_formula(text), frame)


def test_decimal_commas_as_text_are_refused_where_they_would_become_levels():
    data = pd.DataFrame(
        {"IKM": [80.0, 81, 83, 85], "Motivasi (1-5)": ["3,1", "3,4", "3,9", "4,2"], "unit": list("aabb")}
    )
    for call in (
        lambda: fit_panel("IKM ~ `Motivasi (1-5)`", data),
        lambda: fit_panel(data, "IKM", ["Motivasi (1-5)"]),
        lambda: fit_panel("`Motivasi (1-5)` ~ IKM", data),
    ):
        with pytest.raises(ModelError, match=r"Motivasi \(1-5\) holds numbers written as text \(4 cells"):
            call()


def test_a_unit_spelt_with_another_blank_is_no_other_cluster():
    data = pd.DataFrame(
        {"y": [1.0, 2, 4, 3, 5, 7], "x": [1, 2, 3, 5, 4, 6], "unit": ["a", "a ", "b", "b", "c", "c"]}
    )
    with pytest.raises(ModelError, match="unit holds texts that differ in blanks alone"):
        fit_panel("y ~ x", data, cluster="unit")


def test_a_name_with_brackets_is_told_how_to_be_written():
    data = pd.DataFrame({"IKM": [1.0, 2, 4], "Motivasi (1-5)": [1, 2, 3]})
    with pytest.raises(RequestError, match="backticks"):
        fit_panel("IKM ~ Motivasi (1-5)", data)
    with pytest.raises(RequestError, match="backticks"):
        fit_panel("Motivasi (1-5) ~ IKM + | a | b", data)
