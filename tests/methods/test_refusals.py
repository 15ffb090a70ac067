"""What was refused for the wrong reason runs, and what ended in a traceback ends in words."""

import numpy as np
import pandas as pd
import pytest
from methods.estimator_cases import answers, panel, programme

from asn_research import methods
from asn_research.errors import AsnError, ModelError, RequestError
from asn_research.measure.ikm import satisfaction_index
from asn_research.methods import (
    fit_event_study,
    fit_group_time,
    fit_mediation,
    fit_multilevel_mediation,
    fit_panel,
    fit_weighting,
    wild_bootstrap,
)
from asn_research.methods.raters.agreement import intraclass_correlations, krippendorff_alpha
from asn_research.methods.scales.factor import fit_factors
from asn_research.methods.scales.factor_ordinal import fit_ordinal_factors
from asn_research.methods.scales.omega import scale_omega
from asn_research.methods.scales.reliability import cronbach_alpha
from asn_research.rules.words import in_language

PARTS = ["estimate", "std_error", "low", "high"]


@pytest.fixture(scope="module")
def staff():
    return panel().assign(
        salary=lambda d: 5e6 + 1e6 * d["z"],
        year=lambda d: 2020.0 + d["period"],
        sex=lambda d: np.where(d["person"] % 2, "L", "P"),
    )


def items(n=200, seed=3):
    """Six items of two factors."""
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], n)
    values = 0.8 * np.repeat(factors, 3, axis=1) + 0.6 * rng.normal(size=(n, 6))
    return pd.DataFrame(values, columns=list("abcdef"))


TWO = {"one": ["a", "b", "c"], "two": ["d", "e", "f"]}


# Wrong refusals


@pytest.mark.parametrize("covariate", ["salary", "year"])
def test_a_salary_or_a_year_may_be_a_covariate(staff, covariate):
    plain = fit_weighting(
        staff.assign(c=(staff[covariate] - staff[covariate].mean()) / staff[covariate].std()), "y", "d", ["c"]
    )
    found = fit_weighting(staff, "y", "d", [covariate])
    assert found.table[PARTS].to_numpy() == pytest.approx(plain.table[PARTS].to_numpy(), rel=1e-8)
    steady = programme().assign(x=lambda d: 5e6 + 1e6 * d["x"])
    how = {"entity": "unit", "period": "period", "start": "start", "covariates": ["x"]}
    assert fit_group_time(steady, "y", **how).simple["estimate"].iloc[0] == pytest.approx(
        fit_group_time(programme(), "y", **how).simple["estimate"].iloc[0], rel=1e-8
    )


def test_covariates_that_repeat_each_other_are_told_from_separation(staff):
    with pytest.raises(ModelError, match="move together exactly"):
        fit_weighting(staff.assign(w=2 * staff["z"] + 1), "y", "d", ["z", "w"])
    with pytest.raises(ModelError, match="separate treated and untreated"):
        fit_weighting(staff.assign(w=staff["d"] * 10 + staff["z"] / 100), "y", "d", ["w"])


@pytest.mark.parametrize(("by", "origin"), [(1.0, 2020.0), (1e-4, 0.0), (1e6, 0.0)])
def test_ordinal_and_mixed_models_read_years_and_small_units(by, origin):
    data = answers()
    moved = data.assign(x=by * data["x"] + origin)
    plain, found = (
        methods.fit_crossed_ordinal(d, "grade", fixed=["x"], random=["person"]) for d in (data, moved)
    )
    assert found.converged
    assert found.row("x")["estimate"] * by == pytest.approx(plain.row("x")["estimate"], rel=1e-4)
    assert found.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-6)
    slope = {"fixed": ["x"], "random": ["person"], "slopes": {"person": ["x"]}}
    plain, found = (methods.fit_crossed(d, "score", **slope) for d in (data, moved))
    assert found.criterion - 2 * np.log(by) == pytest.approx(plain.criterion, abs=1e-5)
    assert found.sd("person", "x") * by == pytest.approx(plain.sd("person", "x"), rel=1e-3)


def test_a_quantile_is_found_far_from_zero(staff):
    plain = methods.fit_quantiles(staff, "y", ["x"], quantiles=[0.5]).row("x", 0.5)
    found = methods.fit_quantiles(staff.assign(x=staff["x"] + 1e4), "y", ["x"], quantiles=[0.5]).row("x", 0.5)
    assert found[PARTS].to_numpy(dtype=float) == pytest.approx(plain[PARTS].to_numpy(dtype=float), rel=1e-6)


@pytest.mark.parametrize("scaling", ["marker", "variance"])
def test_factors_of_items_in_any_unit(scaling):
    data = items()
    units = pd.Series([1.0, 1e3, 1e-3, 1e4, 1e-6, 1e9], index=data.columns)
    plain = fit_factors(data, TWO, scaling=scaling, robust=True)
    found = fit_factors(data * units + 7 * units, TWO, scaling=scaling, robust=True)
    assert found.indices.chi2 == pytest.approx(plain.indices.chi2, rel=1e-8)
    assert found.robust.chi2 == pytest.approx(plain.robust.chi2, rel=1e-7)
    loadings = found.loadings()
    assert loadings["standardized"].to_numpy() == pytest.approx(
        plain.loadings()["standardized"].to_numpy(), rel=1e-7
    )
    of_factor = units.iloc[[0, 0, 0, 3, 3, 3]].to_numpy() if scaling == "marker" else 1.0
    expected = plain.loadings()["std_error"].to_numpy() * units.to_numpy() / of_factor
    assert loadings["std_error"].to_numpy() == pytest.approx(expected, rel=1e-6, nan_ok=True)
    assert found.group().mean == pytest.approx((data * units + 7 * units).mean().to_numpy(), rel=1e-9)
    omega, small = scale_omega(data[["a", "b", "c"]]), scale_omega(data[["a", "b", "c"]] * 1e-6)
    assert (small.value, small.low) == pytest.approx((omega.value, omega.low), rel=1e-6)


def test_periods_two_years_apart_are_asked_to_be_numbered():
    data = programme().assign(period=lambda d: 2 * d["period"], start=lambda d: 2 * d["start"])
    with pytest.raises(ModelError, match=r"There is no period 5, right before the start at 6, 10"):
        fit_group_time(data, "y", entity="unit", period="period", start="start")
    with pytest.raises(ModelError, match="start must number periods by whole numbers"):
        fit_group_time(programme().assign(start=4.5), "y", entity="unit", period="period", start="start")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda d: fit_panel(d.assign(y=1.0), "y", ["period"]), "tidak berubah dari baris ke baris"),
        (
            lambda d: fit_panel(d.assign(x=d["unit"]), "y", ["x"], effects=["unit"]),
            "selain yang sudah diambil efek",
        ),
        (lambda d: fit_panel(d.head(2), "y", ["period"]), "Hanya 2 baris dapat dipakai"),
        (lambda d: fit_panel(d.assign(k=1), "y", ["period"], cluster="k"), "dalam satu k"),
        (lambda d: fit_panel(d.assign(k=1), "y", ["period"], effects=["k"]), "satu nilai k"),
        (
            lambda d: fit_group_time(d.assign(start=99), "y", entity="unit", period="period", start="start"),
            "Tidak ada yang mulai",
        ),
    ],
)
def test_what_a_panel_refuses_is_told_in_indonesian_too(call, said):
    with pytest.raises(ModelError) as refused:
        call(programme())
    assert said in in_language(refused.value, "id")


@pytest.mark.parametrize("states", [("ya", "tidak"), (True, False)])
def test_a_start_that_says_yes_or_no_is_told_what_a_start_is(states):
    data = programme().assign(start=lambda d: np.where(d["start"].notna(), *states))
    with pytest.raises(ModelError, match=r"start tells states apart.*first period with a yes"):
        fit_group_time(data, "y", entity="unit", period="period", start="start")
    with pytest.raises(ModelError, match=r"start must number periods.*read_periods"):
        fit_group_time(data.assign(start="TW I 2025"), "y", entity="unit", period="period", start="start")


def test_criteria_of_different_length_are_named():
    data = answers()
    data.loc[(data["criterion"] == "a") & (data["grade"] == 4), "grade"] = 3
    how = {"score": "grade", "person": "person", "rater": "rater", "criterion": "criterion"}
    with pytest.raises(ModelError, match="a was never rated 4, which others were"):
        methods.fit_facets(data, steps="criterion", **how)
    assert methods.fit_facets(data, **how).converged


# Infinite values are named


INFINITE = [
    lambda d: fit_panel(d, "y", ["x"]),
    lambda d: fit_mediation(d, "x", "m", "y"),
    lambda d: fit_multilevel_mediation(d, "x", "m", "y", unit="unit"),
    lambda d: wild_bootstrap(d, "y", ["x"], cluster="unit"),
    lambda d: methods.fit_crossed(d, "y", fixed=["x"], random=["unit"]),
    lambda d: methods.fit_interrupted(d.head(5), "x", time="period", start=3),
    lambda d: methods.fit_quantiles(d, "y", ["x"]),
    lambda d: cronbach_alpha(d[["x", "m", "y"]]),
    lambda d: scale_omega(d[["x", "m", "y"]]),
    lambda d: intraclass_correlations(d[["x", "m"]]),
    lambda d: krippendorff_alpha(d[["x", "m"]], "interval"),
]


@pytest.mark.parametrize("call", INFINITE)
def test_an_infinite_value_is_named(staff, call):
    data = staff.copy()
    data.loc[2, "x"] = np.inf
    with pytest.raises(ModelError, match=r"x holds an infinite value \(inf\) in 1 rows"):
        call(data)


# Crashes


def test_rows_of_one_label_are_rows_of_their_own(staff):
    joined = pd.concat([staff.iloc[:150].reset_index(drop=True), staff.iloc[150:].reset_index(drop=True)])
    for fit in (
        lambda d: fit_panel(d, "y", ["x"], cluster="unit").table,
        lambda d: fit_mediation(d, "x", "m", "y", cluster="unit", draws=50).table,
        lambda d: fit_event_study(d, "y", entity="person", period="period", start="start").att,
    ):
        data, twice = (
            d.assign(start=lambda d: np.where(d["person"] % 2, 2.0, np.nan)) for d in (staff, joined)
        )
        assert fit(twice).equals(fit(data))


@pytest.mark.parametrize("kind", ["str", "category", "object", "bool"])
def test_text_is_coded_in_every_estimator(staff, kind):
    data = staff.assign(sex=(staff["sex"] == "P") if kind == "bool" else staff["sex"].astype(kind))
    number = staff.assign(sex=(staff["sex"] == "P").astype(float))
    term = "sex" if kind == "bool" else "sex=P"
    plain = fit_panel(number, "y", ["x", "sex"], cluster="unit").row("sex")
    assert fit_panel(data, "y", ["x", "sex"], cluster="unit").row(term)["std_error"] == pytest.approx(
        plain["std_error"]
    )
    for fit in (
        lambda d: fit_mediation(d, "x", "m", "y", controls=["sex"], draws=50).table["low"].iloc[0],
        lambda d: fit_weighting(d, "y", "d", ["sex"]).table["estimate"].iloc[1],
        lambda d: methods.fit_quantiles(d, "y", ["x", "sex"], quantiles=[0.5]).table["estimate"].iloc[1],
        lambda d: methods.fit_crossed(d, "y", fixed=["x", "sex"], random=["unit"]).table["estimate"].iloc[1],
    ):
        assert fit(data) == pytest.approx(fit(number), rel=1e-8)
    with (
        pytest.raises(ModelError, match="sex holds text or dates")
        if kind != "bool"
        else pytest.raises(ModelError, match="no column q")
    ):
        fit_mediation(data, "sex" if kind != "bool" else "q", "m", "y")


TRACEBACKS = [
    ("x stands twice", lambda d: fit_panel(pd.concat([d, d[["x"]]], axis=1), "y", ["x"])),
    ("period must number periods", lambda d: fit_group_time(d.assign(period="2020-Q1"), "y", entity="person", period="period", start="z")),
    ("start must number periods", lambda d: fit_group_time(d.assign(start="2020"), "y", entity="person", period="period", start="start")),
    ("day holds text or dates", lambda d: methods.fit_interrupted(d.assign(day=pd.Timestamp("2026-01-01")), "y", time="day", start=1)),
    ("cluster takes one column", lambda d: fit_panel(d, "y", ["x"], cluster=["unit", "period"])),
    ("draws=0", lambda d: fit_mediation(d, "x", "m", "y", draws=0)),
    ("sex holds text", lambda d: intraclass_correlations(d[["sex", "x"]])),
    ("sex holds text", lambda d: krippendorff_alpha(d[["sex", "x"]])),
    ("sex holds text", lambda d: methods.fit_facets(d, "sex", person="person", rater="unit", criterion="period")),
    ("no column g", lambda d: fit_factors(items(), {"f": ["a", "b", "g"]})),
    ("must name the group of each of the 200 rows", lambda d: fit_factors(items(), TWO, groups=np.zeros(7))),
    ("must name the group", lambda d: fit_factors(items(), TWO, groups=pd.Series([1] * 200, index=range(5, 205)))),
    ("200 different values, more than any scale", lambda d: fit_ordinal_factors(items(), TWO)),
    ("more than any scale", lambda d: methods.fit_crossed_ordinal(d, "y", fixed=["x"])),
    ("more than any scale", lambda d: methods.fit_ordinal(d, "y", ["x"])),
    ("have no order", lambda d: fit_ordinal_factors(items().apply(lambda c: np.where(c > 0, "ya", "tidak")), TWO)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "call"), TRACEBACKS, ids=[f"{n}_{m}" for n, (m, _) in enumerate(TRACEBACKS)]
)
def test_a_call_that_cannot_be_ends_in_words(staff, message, call):
    with pytest.raises((ModelError, RequestError), match=message):
        call(staff)


def test_groups_may_be_an_array_and_items_may_be_numbers():
    data, labels = items(), np.repeat([0, 1], 100)
    by_series = fit_factors(data, TWO, groups=pd.Series(labels)).indices.chi2
    assert fit_factors(data, TWO, groups=labels).indices.chi2 == by_series
    shuffled = pd.Series(labels).sample(frac=1, random_state=1)
    assert fit_factors(data, TWO, groups=shuffled).indices.chi2 == pytest.approx(by_series, rel=1e-10)
    numbered = data.set_axis(range(6), axis=1)
    assert scale_omega(numbered[[0, 1, 2]]).value == scale_omega(data[["a", "b", "c"]]).value
    found = fit_factors(numbered, {"one": [0, 1, 2], "two": [3, 4, 5]})
    assert found.indices.chi2 == fit_factors(data, TWO).indices.chi2


def test_ordered_categories_are_what_ordinal_factors_take():
    codes = items(300).apply(lambda c: np.digitize(c, [-0.8, 0.3, 1.0]))
    words = codes.apply(
        lambda c: pd.Categorical.from_codes(c, ["buruk", "cukup", "baik", "amat baik"], ordered=True)
    )
    plain, found = fit_ordinal_factors(codes, TWO), fit_ordinal_factors(words, TWO)
    assert found.loadings["estimate"].tolist() == plain.loadings["estimate"].tolist()
    assert fit_ordinal_factors(codes * 10, TWO).indices.chi2 == plain.indices.chi2


def test_an_index_of_words_is_refused():
    from asn_research import rules
    from asn_research.rules.regulations import SatisfactionRule

    rule = rules.at("2026-Q3").one(SatisfactionRule)
    rows = pd.DataFrame({element: ["baik", "buruk"] for element in rule.elements})
    with pytest.raises(AsnError, match="holds text or dates"):
        satisfaction_index(rows, rule)
    doubled = pd.concat([rows, rows], axis=1)
    with pytest.raises(AsnError, match="stands twice"):
        satisfaction_index(doubled, rule)


def test_counts_whose_slope_grows_without_end_are_refused_in_words():
    """Few cases, a term that fits them all: the fit ends in weights that are no numbers."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"x": np.repeat([0.0, 1e3], 20), "z": rng.normal(size=40), "exposure": 10.0})
    frame["y"] = np.where(frame["x"] > 0, 0, 3)
    with pytest.raises(ModelError):
        methods.fit_counts(frame, "y", ["x", "z"], exposure="exposure")
