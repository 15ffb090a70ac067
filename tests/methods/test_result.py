"""Every public fit is a `Result`: it reads, draws and exports itself, and says what it rests on."""

import inspect
import pkgutil
import re
import sys
import typing
from importlib import import_module
from types import SimpleNamespace

import docx
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from methods.estimator_cases import CASES, panel

from asn_research import methods, study
from asn_research.errors import RequestError
from asn_research.methods import Result, compare, fit_group_time, fit_mediation, fit_panel
from asn_research.methods.coefficient_plots import draw_estimates
from asn_research.rules.words import Said, in_language, in_words, said

FITTED = {}


def result_of(case):
    """Fit a case once for all tests."""
    if id(case) not in FITTED:
        FITTED[id(case)] = case.fit(case.data(), **case.call)
    return FITTED[id(case)]


def handed_back(function):
    hint = typing.get_type_hints(inspect.unwrap(function)).get("return")
    return hint if inspect.isclass(hint) else None


OF_RESULTS = [case for case in CASES if issubclass(handed_back(case.fit) or object, Result)]
TRIED = [pytest.param(c, id=f"{n:02d}_{c.fit.__name__}") for n, c in enumerate(OF_RESULTS)]


def modules():
    for room in (methods, study):
        yield from pkgutil.walk_packages(room.__path__, f"{room.__name__}.")


def fits():
    for module in modules():
        for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
            if (
                inspect.unwrap(function).__module__ == module.name
                and name.startswith("fit_")
                and name != "fit_statistics"
            ):
                yield name, function


def test_every_fit_hands_back_a_result():
    others = {name for name, function in fits() if not issubclass(handed_back(function) or object, Result)}
    # It hands back a study of several fits; fit indices are a part of a fit.
    assert others == {"fit_raters", "fit_indices"}


@pytest.mark.parametrize("case", TRIED)
def test_a_result_tells_what_it_is(case):
    fit = result_of(case)
    terms = fit.terms()
    assert terms["term"].is_unique
    assert {"term", "estimate", "low", "high"} <= set(terms)
    assert ("t" in terms) + ("z" in terms) <= 1
    if "df" in terms:
        assert "t" in terms
        assert (terms["df"] > 0).all()
    assert fit.formula
    assert fit.n > 0
    assert isinstance(fit.convention, Said)
    assert in_words(fit.convention, "id") != in_words(fit.convention, "en")
    text = fit.summary()
    assert text.splitlines()[0].strip() == fit.formula
    for part in (*terms["term"], fit.convention, *fit.notes):
        assert str(part) in text
    assert (
        fit.row(terms["term"].iloc[0])["estimate"] == terms["estimate"].iloc[0]
        or "(" in terms["term"].iloc[0]
    )
    assert len(repr(fit)) < 300


@pytest.mark.parametrize("case", TRIED)
def test_a_result_exports_and_draws_itself(case, tmp_path):
    fit = result_of(case)
    first = str(fit.terms()["term"].iloc[0])
    page = fit._repr_html_()
    # In a box of its own, where a wide table scrolls.
    assert re.match(r"<div [^>]*><table\b", page)
    assert len(page) < 60_000
    assert in_words(fit.convention, "id") in fit.to_markdown(language="id")
    assert fit.to_latex().count(r"\\") >= len(fit.terms())
    (table,) = docx.Document(fit.to_docx(tmp_path / "hasil.docx", language="id")).tables
    assert table.rows[0].cells[0].text == "Variabel"
    assert len(table.rows) == 1 + len(fit.terms())
    _, ax = plt.subplots()
    assert fit.plot(ax, terms=[first], labels={first: "Nama"}) is ax
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Nama"]
    plt.close("all")


@pytest.mark.parametrize("case", TRIED)
def test_what_stands_below_a_table_is_said_in_both_languages(case):
    fit = result_of(case)
    told = [*fit.remarks(), *(value for value in fit.facts().values() if isinstance(value, str))]
    for text in told:
        assert isinstance(text, Said) or " " not in text, text
    own = [term for term in fit.terms()["term"].map(str) if term in type(fit).OWN_TERMS]
    for term in own:
        assert in_words(said(f"result_term_{term.replace(' ', '_')}"), "id") in fit.to_markdown(language="id")


def test_own_terms_have_names_and_columns_of_the_caller_keep_theirs():
    data = panel()
    path = fit_mediation(data, "x", "m", "y", draws=20).to_markdown(language="id")
    assert "tidak langsung" in path
    column = fit_panel("y ~ direct", data.assign(direct=data["m"])).to_markdown(language="id")
    assert "| direct " in column


@pytest.mark.parametrize("case", TRIED)
def test_a_term_that_is_not_there_is_refused_in_words(case):
    with pytest.raises(RequestError) as raised:
        result_of(case).row("tidak ada")
    assert "Yang ada: " in in_language(raised.value, "id")


def test_the_figure_shows_the_table():
    fit = fit_panel("y ~ m + x + z", panel(), cluster="unit")
    ax = fit.plot()
    dots, _, (bars,) = ax.containers[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["m", "x", "z"], "no constant"
    assert dots.get_xdata() == pytest.approx(fit.table["estimate"][:3])
    ends = np.array([segment[:, 0] for segment in bars.get_segments()])
    assert ends == pytest.approx(fit.table[["low", "high"]].to_numpy()[:3])
    plt.close("all")


def test_a_figure_refuses_what_is_not_there():
    fit = fit_panel("y ~ m", panel())
    with pytest.raises(RequestError, match="no term 'q'"):
        fit.plot(terms=["q"])
    with pytest.raises(RequestError, match="constant only"):
        draw_estimates(
            [("", pd.DataFrame({"term": ["intercept_"], "estimate": [1.0], "low": [0.0], "high": [2.0]}))]
        )


def test_a_long_table_is_cut_in_a_cell_and_says_so():
    fit = fit_panel(panel().assign(person=lambda d: d["person"].map("{:02d}".format)), "y", ["person", "x"])
    assert "21 more rows are not shown" in fit._repr_html_()
    assert fit.formula == "y ~ person + x"
    assert fit.to_markdown().count("person=") == 59


def test_what_statsmodels_does_not_have_is_said():
    with pytest.raises(RequestError, match="statsmodels has no model"):
        methods.wild_bootstrap("y ~ m | person + period", panel(), cluster="unit", draws=99).to_statsmodels()


# Side by side


def pair():
    data = panel()
    return fit_panel("y ~ m", data), fit_panel("y ~ m + x | person + period", data, cluster="unit")


def cells(table):
    return {row[0]: row[1:] for row in table.grid.rows if row[0]}


def test_fits_stand_side_by_side():
    one, two = pair()
    table = compare(one, two, names=["OLS", "Panel"], stars=True, language="id")
    found = cells(table)
    assert table.grid.head == ("", "OLS", "Panel")
    assert found["m"] == ("0,808***", "0,455***")
    assert found["x"] == ("", "0,102")
    assert found["konstanta"][1] == ""
    assert found["Efek tetap"] == ("", "person, period")
    assert found["Jumlah baris"] == ("300", "300")
    assert found["Jumlah klaster"] == ("", "10")
    place = [row[0] for row in table.grid.rows].index("m")
    assert table.grid.rows[place + 1][2] == f"({two.row('m')['std_error']:.3f})".replace(".", ",")
    assert any(note.startswith("Panel: Galat baku klaster") for note in table.grid.notes)


def test_intervals_apa_order_and_other_limits_of_stars():
    one, two = pair()
    table = compare(
        one,
        two,
        stars=(0.1, 0.5),
        style="apa",
        intervals=True,
        terms=["x", "m"],
        decimal=",",
        labels={"m": "Motivasi"},
    )
    assert [row[0] for row in table.grid.rows[:4]] == ["x", "", "Motivasi", ""]
    assert table.grid.rows[0][2] == "0,102*", "p is 0.29: one of the two limits"
    assert table.grid.rows[1][2] == "[−0,103; 0,307]"
    assert table.grid.notes[0] == "95% intervals in square brackets. * p < ,50; ** p < ,10."
    assert table.grid.note_label == "Note."
    assert cells(table)["R²"][0].startswith(",")


def test_every_fit_may_stand_in_a_comparison():
    table = compare(*(result_of(case) for case in OF_RESULTS[:12]))
    assert len(table.grid.head) == 13


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (compare, "yang diberikan: –"),
        (lambda: compare(pair()[0].table), "yang diberikan: DataFrame"),
        (lambda: compare(*pair(), names=["satu"]), "Ada 1 nama untuk 2 model"),
        (lambda: compare(*pair(), stars=(5,)), "Anda menulis 5"),
        (lambda: compare(*pair(), terms=["q"]), "Tidak ada suku 'q'"),
        (lambda: compare(*pair(), style="ap"), "Maksud Anda 'apa'"),
        (lambda: compare(*pair(), decimal=";"), "decimal=';' tidak dikenal"),
        (lambda: compare(*pair(), language="in"), "language='in' tidak dikenal"),
    ],
)
def test_a_comparison_says_what_it_cannot_do(call, said):
    with pytest.raises(RequestError) as raised:
        call()
    assert said in in_language(raised.value, "id")


def test_names_of_the_stage_are_its_public_door():
    for room in (methods, study):
        assert sorted(room.__all__) == room.__all__
        assert all(hasattr(room, name) for name in room.__all__)


def test_no_public_name_is_that_of_a_module():
    # Importing a module sets its name in the package, and would hide the function.
    for room in (methods, study):
        assert not set(room.__all__) & {module.name for module in pkgutil.iter_modules(room.__path__)}


def _waves():
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"unit": np.repeat(np.arange(12), 4), "tahun": np.tile(np.arange(4), 12)})
    data["mulai"] = np.where(data["unit"] < 6, 2.0, np.nan)
    return data.assign(y=rng.normal(size=48))


def test_tables_and_figures_of_several_fits_call_own_terms_in_their_language():
    fit = fit_group_time(_waves(), "y", entity="unit", period="tahun", start="mulai")
    text = compare(fit, language="id").to_markdown()
    assert "sejak mulai −2" in text
    assert "gelombang 2" in text
    assert "event" not in text
    axes = fit.plot(language="id"), compare(fit, language="id").plot()
    for ax in axes:
        ax.figure.canvas.draw()
        assert "sejak mulai −2" in [label.get_text() for label in ax.get_yticklabels()]
        assert not any("." in label.get_text() for label in ax.get_xticklabels())
        plt.close(ax.figure)


def test_a_cell_shows_a_fit_in_the_language_of_its_notebook(monkeypatch):
    fit = fit_group_time(_waves(), "y", entity="unit", period="tahun", start="mulai")
    assert "event −2" in fit._repr_html_()
    shell = SimpleNamespace(user_ns={"language": "id"})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    page = fit._repr_html_()
    assert "sejak mulai −2" in page
    assert "Koefisien" in page
    assert "Estimate" not in page


def test_a_summary_is_in_the_language_that_is_asked_for():
    fit = fit_panel(panel(), "y", ["x"], effects=["unit", "period"], cluster="unit")
    english, indonesian = fit.summary(), fit.summary(language="id")
    assert "Observations: " in english
    assert "Jumlah baris: " in indonesian
    assert "Observations" not in indonesian
    assert in_words(fit.convention, "id") in indonesian
    estimate = f"{fit.row('x')['estimate']:.4f}"
    assert estimate in english.replace("−", "-")
    assert estimate.replace(".", ",") in indonesian
    with pytest.raises(RequestError):
        fit.summary(language="fr")


def test_the_outcome_is_named_without_backticks():
    data = pd.DataFrame({"Waktu (menit)": [3.0, 4, 6, 5], "jp": [1, 2, 3, 5]})
    assert fit_panel("`Waktu (menit)` ~ jp", data).outcome_name == "Waktu (menit)"
