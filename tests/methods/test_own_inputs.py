"""Tables as students and offices bring them: a figure is right, or refused in words that say what to do."""

import numpy as np
import pandas as pd
import pytest

from asn_research import lab, methods
from asn_research.errors import AsnError
from asn_research.methods import (
    fit_corrected,
    fit_counts,
    fit_crossed,
    fit_crossed_ordinal,
    fit_facets,
    fit_interrupted,
    fit_logit,
    fit_ordinal,
    fit_pace,
    fit_panel,
    fit_quantiles,
    fit_synthetic,
    likelihood_ratio,
    mediation_sensitivity,
    pool,
    profile_fixed,
    waiting_quantiles,
    with_lags,
)
from asn_research.rules.words import in_language, in_words

N = 240


@pytest.fixture(scope="module")
def data():
    """Twenty units of three persons in four quarters, with outcomes of several kinds."""
    rng = np.random.default_rng(11)
    unit = np.repeat(np.arange(20), 12)
    frame = pd.DataFrame(
        {"unit": [f"Dinas {number:02d}" for number in unit], "orang": np.repeat(np.arange(60), 4), "tw": np.tile(np.arange(1, 5), 60)}
    )  # fmt: skip
    frame["z"] = rng.normal(size=N)
    frame["x"] = (rng.random(N) < 0.5).astype(float)
    frame["m"] = 0.6 * frame["x"] + 0.4 * frame["z"] + rng.normal(0, 0.5, 20)[unit] + rng.normal(size=N)
    frame["y"] = 0.5 * frame["m"] + 0.2 * frame["x"] + 0.3 * frame["z"] + rng.normal(size=N)
    frame["b"] = (rng.random(N) < 1 / (1 + np.exp(-frame["m"]))).astype(int)
    frame["k"] = rng.poisson(np.exp(0.3 * frame["m"] + 1))
    frame["g"] = np.digitize(frame["m"] + rng.logistic(size=N), [-1, 0.5, 2]) + 1
    frame["w"] = rng.uniform(0.5, 2, N)
    frame["days"], frame["is_finished"] = frame["k"] + 1, frame["b"] == 1
    return frame


def every(rows, change, column):
    """Change a column's value in every so many rows."""
    return lambda d: d.assign(
        **{column: [change(v) if i % rows == 0 else v for i, v in enumerate(d[column])]}
    )


def league(**changed):
    return pd.DataFrame({"u": list("ABCDE"), "e": [1.0, 2, 3, 4, 5], "s": [0.5] * 5} | changed)


POOL = {"unit": "u", "estimate": "e", "error": "s"}
RARE = np.arange(N) < 30
TEXTS = {
    "unseen sign": every(7, lambda v: v.replace(" ", " \u200b"), "unit"),
    "number and text": every(7, str, "orang"),
    "decimal": lambda d: every(7, lambda v: f"{v}.0", "orang")(d.assign(orang=d["orang"].astype(str))),
    "zero in front": lambda d: every(7, lambda v: f"0{v}", "orang")(d.assign(orang=d["orang"].astype(str))),
    "Excel's apostrophe": lambda d: every(7, lambda v: f"'{v}", "orang")(d.assign(orang=d["orang"].astype(str))),
    "dash": every(9, lambda _: "-", "unit"),
    "empty text": every(9, lambda _: " ", "unit"),
    "nan as text": every(9, lambda _: "nan", "unit"),
}  # fmt: skip


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("use", ["cluster", "effects", "formula"])
def test_a_label_written_in_two_ways_is_no_other_level(data, kind, use):
    changed = TEXTS[kind](data)
    name = "unit" if changed["orang"].equals(data["orang"]) else "orang"
    calls = {
        "cluster": lambda d: fit_panel(d, "y", ["m"], cluster=name),
        "effects": lambda d: fit_panel(d, "y", ["m"], effects=[name]),
        "formula": lambda d: fit_panel(f"y ~ m + C({name})", d),
    }
    with pytest.raises(AsnError, match=f"^{name}.*(differ|no value)") as refused:
        calls[use](changed)
    assert "Dinas" not in str(refused.value)
    assert in_language(refused.value, "id") != str(refused.value)
    # A category is what its maker says, but for blanks that nobody sees.
    if kind != "unseen sign":
        calls[use](changed.assign(**{name: changed[name].astype("category")}))


AMOUNTS = {
    "thousands": lambda d: [f"{v:,.0f}".replace(",", ".") for v in 5e6 + 1e6 * d["z"]],
    "Rp": lambda d: ["Rp " + f"{v:,.0f}".replace(",", ".") for v in 5e6 + 1e6 * d["z"]],
    "Rp and dash": lambda d: ["Rp." + f"{v:,.0f}".replace(",", ".") + ",-" for v in 5e6 + 1e6 * d["z"]],
    "few thousands": lambda d: np.where(d["z"] > 0, "1.000", "2.500"),
    "a unit of one's own": lambda d: [f"{v:.1f} kg" for v in 50 + d["z"]],
    "decimal point": lambda d: d["m"].round(2).astype(str),
}


@pytest.mark.parametrize("kind", AMOUNTS)
@pytest.mark.parametrize("fit", [lambda d: fit_panel(d, "y", ["gaji"]), lambda d: fit_crossed(d, "y", fixed=["gaji"], random=["unit"]), lambda d: fit_panel("y ~ gaji", d)])  # fmt: skip
def test_amounts_as_text_are_no_levels(data, kind, fit):
    with pytest.raises(AsnError, match="gaji holds numbers written as text"):
        fit(data.assign(gaji=AMOUNTS[kind](data)))


CALLS = {
    "order twice": ("names these answers more than once: 2", lambda d: fit_ordinal(d, "g", ["m"], order=[1, 2, 2, 3, 4])),
    "outcome explains": ("y is what is to be explained", lambda d: fit_panel(d, "y", ["m", "y"])),
    "mediator is outcome": ("y is what is to be explained", lambda d: methods.fit_mediation(d, "x", "y", "y")),
    "rare level, logit": ("A variable parts (b|k) without exception", lambda d: fit_logit(d.assign(q=RARE * 1, b=np.where(RARE, 1, d["b"])), "b", ["q", "m"])),
    "rare level, counts": ("A variable parts (b|k) without exception", lambda d: fit_counts(d.assign(q=RARE * 1, k=np.where(RARE, 0, d["k"])), "k", ["q", "m"])),
    "collinear pace": ("m, z, a move together", lambda d: fit_pace(d.assign(a=d["m"] + d["z"]), ["m", "z", "a"])),
    "pace, one cluster": ("All rows lie in one c", lambda d: fit_pace(d.assign(c=1), ["m"], cluster="c")),
    "days in words": ("days holds numbers written as text", lambda d: fit_pace(d.assign(days=[f"{v} hari" for v in d["days"]]), ["m"])),
    "days in words, quantiles": ("days holds numbers written as text", lambda d: waiting_quantiles(d.assign(days=[f"{v} hari" for v in d["days"]]), ["tw"])),
    "days below zero": ("neither missing nor negative; 3 are not", lambda d: fit_pace(d.assign(days=d["days"] - 4 * (d.index < 3) * d["days"]), ["m"])),
    "finished as text": ("`is_finished` must be yes or no", lambda d: waiting_quantiles(d.assign(is_finished=d["is_finished"].astype(str)), ["tw"])),
    "quantile in percent": ("quantiles=90 is no share", lambda d: waiting_quantiles(d, ["tw"], quantiles=[90])),
    "group called n": ("the column n is called as", lambda d: waiting_quantiles(d.rename(columns={"tw": "n"}), ["n"])),
    "cluster without use": ("errors='nid' makes no use of cluster=unit", lambda d: fit_quantiles(d, "y", ["m"], errors="nid", cluster="unit")),
    "weights below zero": ("w hold 240 values below zero", lambda d: fit_ordinal(d.assign(w=-d["w"]), "g", ["m"], weights="w")),
    "slope of no factor": ("`slopes` names orang", lambda d: fit_crossed(d, "y", fixed=["m"], random=["unit"], slopes={"orang": ["m"]})),
    "fixed and random": ("unit cannot have fixed and random effects", lambda d: fit_crossed(d, "y", fixed=["unit"], random=["unit"])),
    "level's name taken": ("would be called jk=P", lambda d: fit_ordinal(d.assign(jk=np.where(d["z"] > 0, "P", "L"), **{"jk=P": d["m"]}), "g", ["jk", "jk=P"])),
    "model's own name": ("two terms of the model are called intercept_", lambda d: fit_panel(d.rename(columns={"m": "intercept_"}), "y", ["intercept_"])),
    "series' own name": ("level_change is called as", lambda d: fit_interrupted(d.iloc[:40].assign(t=range(40), level_change=d["z"]), "y", time="t", start=20, controls=["level_change"])),
    "lag of one and a half": ("A lag is a whole number", lambda d: with_lags(d, ["m"], entity="orang", period="tw", lags=[1.5])),
    "lag that is there": ("m_lag1 is called as", lambda d: with_lags(d.assign(m_lag1=0), ["m"], entity="orang", period="tw")),
    "error variance": ("error variance of m must be a number from 0", lambda d: fit_corrected(d, "y", ["m"], {"m": -1}, cluster="unit")),
    "rho": ("between −1 and 1", lambda d: mediation_sensitivity(d, "x", "m", "y", rho=[1.5])),
    "level in percent": ("level=95 is no share", lambda d: profile_fixed(fit_crossed(d, "y", fixed=["m"], random=["unit"]), "m", level=95)),
    "alpha in percent": ("alpha=5 is no share", lambda d: methods.uji_validitas(methods.angket(d, {"A": ["g"]}), alpha=5)),
    "term of no fit": ("M", lambda d: profile_fixed(fit_crossed(d, "y", fixed=["m"], random=["unit"]), "M")),
    "a table for a fit": ("fair_scores takes what fit_facets returns; given was DataFrame", methods.fair_scores),
    "another fit": ("satterthwaite takes what fit_crossed returns; given was PanelFit", lambda d: methods.satterthwaite(fit_panel(d, "y", ["m"]))),
    "pool, twice": (r"same u stands more than once \(1 rows", lambda d: pool(league(u=list("AABCD")), **POOL)),
    "pool, below zero": ("s hold 1 values below zero", lambda d: pool(league(s=[0.5, 0.5, -1, 0.5, 0.5]), **POOL)),
    "pool, own name": ("raw is called as", lambda d: pool(league().rename(columns={"u": "raw"}), **(POOL | {"unit": "raw"}))),
    "index for column": ("orang is no column but the table's index", lambda d: fit_panel(d.set_index("orang"), "y", ["m"], effects=["orang"])),
    "texts as periods": ("^tw must number periods", lambda d: fit_synthetic(d.assign(tw="TW " + d["tw"].astype(str)), "y", unit="orang", period="tw", treated=1, start="TW 3")),
    "robustness of text": ("Sensitivity needs an estimate", lambda d: methods.robustness("0,5", 0.1, 100)),
    "strength of two": ("Strengths are shares", lambda d: methods.adjusted_estimates(0.5, 0.1, 100, [2], [0.1])),
    "control too strong": ("would explain all of the exposure", lambda d: methods.bounds(0.5, 0.1, 100, t_control_outcome=30, t_control_exposure=20)),
    "gaps without columns": ("no column rater_id", lambda d: methods.group_gaps(d.rename(columns={"orang": "person_id"}), d)),
    "power of one variable": (r"write I\(m\*\*2\)", lambda d: fit_panel("y ~ m^2", d)),
    "logarithm of debts": (r"log\(m\) cannot be computed in \d+ rows", lambda d: fit_panel("y ~ log(m)", d)),
    "slopes alone": ("without random intercepts", lambda d: fit_crossed("y ~ m + (0 + x | unit)", d)),
    "both bars": (r"both \| and \|\|", lambda d: fit_crossed("y ~ m + (1 + x | unit) + (1 + x || orang)", d)),
    "decimal sign in words": ("no decimal='koma'", lambda d: lab.read_numbers(pd.Series(["1,5"]), decimal="koma")),
    "likeness of 0.9": ("similarity goes from 1 to 100", lambda d: lab.propose_same(d, name="unit", period="tw", likeness=0.9)),
    "names without a column": ("no column nama", lambda d: lab.propose_same(d, name="nama", period="tw")),
    "decisions not made": ("no column taken_as, decision, reason", lambda d: lab.take_decisions(d, pd.DataFrame({"published": ["a"]}), name="unit", period="tw")),
    "a list for a table": ("^shown ", lambda d: lab.shown([1, 2])),
}  # fmt: skip


@pytest.mark.parametrize("case", CALLS)
def test_what_would_bend_a_figure_is_refused_in_words(data, case):
    message, call = CALLS[case]
    with pytest.raises(AsnError, match=message) as refused:
        call(data)
    assert in_language(refused.value, "id") != str(refused.value)


@pytest.mark.parametrize(
    "fit",
    [
        lambda d: fit_panel(d, "y", ["m"], cluster="unit"),
        lambda d: fit_panel(d, "y", ["m"], effects=["unit"]),
        lambda d: fit_panel("y ~ m + C(unit)", d),
        lambda d: fit_crossed(d, "y", fixed=["m"], random=["unit"]),
        lambda d: fit_logit(d, "b", ["m"], cluster="unit"),
    ],
)
def test_labels_that_differ_in_capitals_are_noted(data, fit):
    def noted(frame):
        return [note for note in fit(frame).notes if note.startswith("unit holds")]

    (note,) = noted(every(24, str.upper, "unit")(data))
    assert "10 labels that differ from others in capitals alone, such as the rows with index 0, 1" in note
    assert "huruf besarnya" in in_words(note, "id")
    assert "Dinas" not in note
    assert not noted(data)
    assert not noted(every(24, str.upper, "unit")(data).astype({"unit": "category"}))


def test_a_table_without_notes_warns_of_capitals(data):
    with pytest.warns(UserWarning, match="orang holds 60 labels"):
        with_lags(
            data.assign(orang=np.where(data["tw"] == 1, "p", "P") + data["orang"].astype(str)),
            ["m"],
            entity="orang",
            period="tw",
        )


def test_models_are_compared_only_where_one_is_part_of_the_other(data):
    larger = fit_crossed_ordinal(data, "g", fixed=["m", "z"])
    for smaller, message in (
        (fit_crossed_ordinal(data.iloc[:200], "g", fixed=["m"]), "of the same rows"),
        (fit_crossed_ordinal(data, "g", fixed=["m"], link="probit"), "with the same link"),
        (fit_crossed_ordinal(data.assign(h=data["g"]), "h", fixed=["m"]), "the same answers"),
        (fit_crossed_ordinal(data, "g", fixed=["x"]), "has x, which the first lacks"),
    ):
        with pytest.raises(AsnError, match=message):
            likelihood_ratio(larger, smaller)
    assert likelihood_ratio(larger, fit_crossed_ordinal(data, "g", fixed=["m"]))["df"] == 1


def test_two_bars_are_independent_slopes_and_a_slash_is_nesting(data):
    mixed = fit_crossed("y ~ m + (1 + x || unit)", data)
    plain = fit_crossed(data, "y", fixed=["m"], random=["unit"], slopes={"unit": ["x"]}, correlated=False)
    assert mixed.criterion == pytest.approx(plain.criterion, rel=1e-12)
    assert mixed.formula == "y ~ m + (1 + x || unit)"
    nested = fit_crossed("y ~ m + (1 | unit/tw)", data)
    both = data.assign(**{"unit:tw": data["unit"] + data["tw"].astype(str)})
    plain = fit_crossed(both, "y", fixed=["m"], random=["unit", "unit:tw"])
    assert nested.criterion == pytest.approx(plain.criterion, rel=1e-12)
    assert fit_panel("y ~ I(m**2) + (m + z)**2", data).table["term"].tolist()[:2] == ["I(m ** 2)", "m"]


def test_clusters_of_quantiles_are_drawn(data):
    assert (
        fit_quantiles(data, "y", ["m"], quantiles=[0.5], cluster="unit", draws=20).errors
        == "cluster_bootstrap"
    )
    assert fit_quantiles(data, "y", ["m"], quantiles=[0.5]).errors == "nid"


def test_rupiah_are_read():
    texts = pd.Series(["Rp 1.250.000", "Rp2.000.000,-", "Rp. 3.000.000,50", "450"], name="gaji")
    assert lab.read_numbers(texts).tolist() == [1_250_000, 2_000_000, 3_000_000.5, 450]


def test_the_lag_of_a_text_has_no_change(data):
    found = with_lags(data, ["unit", "m"], entity="orang", period="tw")
    assert {"unit_lag1", "m_lag1", "m_change"} <= set(found)
    assert "unit_change" not in found


def test_an_item_may_be_named_alone(data):
    assert methods.angket(data.rename(columns={"g": "soal"}), {"A": "soal"}).items["A"].columns.tolist() == [
        "soal"
    ]


def test_the_design_of_ratings_is_told_in_both_languages():
    rng = np.random.default_rng(5)
    ratings = pd.DataFrame({"person_id": np.repeat(range(60), 4), "criterion": np.tile(list("abcd"), 60)})
    ratings["rater_id"] = np.where(ratings["person_id"] < 30, "R0", "R1")
    ratings["score"] = np.digitize(
        rng.normal(0, 1.5, 60)[ratings["person_id"]] + rng.logistic(size=240), [-1, 0, 1]
    )
    note = next(note for note in fit_facets(ratings).notes if "share no person" in note)
    assert "tanpa orang yang dinilai bersama" in in_words(note, "id")
    with pytest.raises(AsnError, match="share no person") as refused:
        fit_facets(ratings, method="joint")
    assert "rata-rata seseorang dinilai 1,00 penilai" in in_language(refused.value, "id")
