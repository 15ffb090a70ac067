"""Figures that units, codes or a slip of the pen once bent without a word; each is right now, or refused in words."""

import numpy as np
import pandas as pd
import pytest

from asn_research import methods, rules
from asn_research.errors import AsnError, ModelError, RequestError
from asn_research.measure import satisfaction_index
from asn_research.measure.satisfaction import satisfaction_by_unit
from asn_research.methods import (
    fit_event_study,
    fit_group_time,
    fit_mediation,
    fit_multilevel_mediation,
    fit_natural_effects,
    fit_panel,
    fit_weighting,
    mediation_sensitivity,
    wild_bootstrap,
)
from asn_research.methods.raters.agreement import cohen_kappa, krippendorff_alpha
from asn_research.methods.scales.factor import fit_factors
from asn_research.methods.survey.shrinkage import shrink
from asn_research.methods.time.kaplan_meier import kaplan_meier
from asn_research.rules.regulations import SatisfactionRule

PARTS = ["estimate", "std_error", "low", "high"]


@pytest.fixture(scope="module")
def staff():
    """Twenty units of twelve: exposure x, mediator m, outcome y, a control z."""
    rng = np.random.default_rng(4)
    n = 240
    frame = pd.DataFrame({"unit": np.repeat(np.arange(20), 12), "z": rng.normal(size=n)})
    shared = rng.normal(0, 0.5, 20)[frame["unit"]]
    frame["x"] = (rng.random(n) < 0.5).astype(float)
    frame["m"] = 0.6 * frame["x"] + 0.4 * frame["z"] + shared + rng.normal(size=n)
    frame["y"] = 0.5 * frame["m"] + 0.2 * frame["x"] + 0.3 * frame["z"] + rng.normal(size=n)
    return frame.assign(
        salary=5e6 + 1e6 * frame["z"], budget=(5 + frame["z"]) * 1e7, year=2021.0 + np.arange(n) % 3
    )


@pytest.fixture(scope="module")
def programme():
    """Forty schools over six years; a third starts in year 3, a third in year 5."""
    rng = np.random.default_rng(5)
    school = np.repeat(np.arange(40), 6)
    year = np.tile(np.arange(1, 7), 40)
    start = np.where(school % 3 == 0, np.nan, np.where(school % 3 == 1, 3.0, 5.0))
    effect = np.where(year >= np.nan_to_num(start, nan=99), 0.8, 0.0)
    size = np.repeat(rng.normal(size=40), 6)
    y = rng.normal(size=40)[school] + 0.3 * year + effect + rng.normal(0, 0.4, 240)
    return pd.DataFrame({"school": school, "year": year, "start": start, "y": y, "size": size + 0.1 * year})


HOW = {"entity": "school", "period": "year", "start": "start"}


# S1 to S4, S13 to S16: units and origins


def test_a_control_in_rupiah_leaves_a_mediations_interval_as_it_is(staff):
    salary = fit_mediation(staff, "x", "m", "y", controls=["salary"], cluster="unit").table
    plain = fit_mediation(staff, "x", "m", "y", controls=["z"], cluster="unit").table
    assert salary[PARTS].to_numpy() == pytest.approx(plain[PARTS].to_numpy(), rel=1e-8)
    assert (salary["std_error"] > 0.01).all()


@pytest.mark.parametrize(("mediator", "exposure"), [(1e5, 1.0), (1.0, 1e-5)])
@pytest.mark.parametrize("effects", [(), ("unit",)])
def test_a_mediation_does_not_depend_on_the_units_of_its_parts(staff, mediator, exposure, effects):
    plain = fit_mediation(staff, "x", "m", "y", effects=effects, cluster="unit").table
    scaled = staff.assign(m=staff["m"] * mediator, x=staff["x"] * exposure)
    found = fit_mediation(scaled, "x", "m", "y", effects=effects, cluster="unit").table
    assert found[PARTS].to_numpy() * exposure == pytest.approx(plain[PARTS].to_numpy(), rel=1e-8)


def test_a_hidden_cause_is_judged_alike_in_any_unit(staff):
    plain = mediation_sensitivity(staff, "x", "m", "y", controls=["z"], cluster="unit", draws=50)
    found = mediation_sensitivity(staff, "x", "m", "y", controls=["salary"], cluster="unit", draws=50)
    assert found.rho_at_zero == pytest.approx(plain.rho_at_zero, rel=1e-9)
    assert found.table["indirect"].to_numpy() == pytest.approx(plain.table["indirect"].to_numpy(), rel=1e-8)


@pytest.mark.parametrize("effects", [(), ("unit",)])
@pytest.mark.parametrize("factor", [1.0, 1e6, 1e9])
def test_the_wild_bootstrap_reads_a_budget(staff, effects, factor):
    data = staff.assign(budget=staff["z"] * factor + 5 * factor)
    found = wild_bootstrap(data, "y", ["m", "budget"], effects=effects, cluster="unit", draws=499)
    panel = fit_panel(data, "y", ["m", "budget"], effects=effects, cluster="unit").row("m")
    assert found.estimate == pytest.approx(panel["estimate"], rel=1e-9)
    assert found.low < found.estimate < found.high


@pytest.mark.parametrize("shift", [1e7, 1e8])
def test_a_panel_without_effects_reads_time_stamps(staff, shift):
    grid = staff.assign(m=np.round(staff["m"] * 64) / 64)
    plain = fit_panel(grid, "y", ["m", "z"], cluster="unit")
    found = fit_panel(grid.assign(m=grid["m"] + shift), "y", ["m", "z"], cluster="unit")
    assert found.row("m")[PARTS].to_numpy() == pytest.approx(plain.row("m")[PARTS].to_numpy(), rel=1e-8)
    wild = wild_bootstrap(grid.assign(m=grid["m"] + shift), "y", ["m", "z"], cluster="unit", draws=199)
    assert wild.estimate == pytest.approx(plain.row("m")["estimate"], rel=1e-8)


def test_an_interrupted_series_reads_any_clock():
    rng = np.random.default_rng(1)
    series = pd.DataFrame({"t": np.arange(40.0), "y": np.cumsum(rng.normal(0, 0.1, 40))})
    plain = methods.fit_interrupted(series, "y", time="t", start=20).row("level_change")
    found = methods.fit_interrupted(series.assign(t=series["t"] + 1e8), "y", time="t", start=20 + 1e8)
    assert found.row("level_change")[PARTS].to_numpy(dtype=float) == pytest.approx(
        plain[PARTS].to_numpy(dtype=float), rel=1e-6
    )


def test_a_two_level_mediation_does_not_depend_on_the_origin(staff):
    grid = staff.assign(m=np.round(staff["m"] * 64) / 64)
    plain = fit_multilevel_mediation(grid, "m", "z", "y", unit="unit", draws=200).table
    found = fit_multilevel_mediation(
        grid.assign(m=grid["m"] + 1e8), "m", "z", "y", unit="unit", draws=200
    ).table
    assert found[PARTS].to_numpy() == pytest.approx(plain[PARTS].to_numpy(), rel=1e-6, abs=1e-9)


# S5: closed options


OPTIONS = [
    ("not_yet", lambda s, p: fit_group_time(p, "y", controls="notyettreated", **HOW)),
    ("att", lambda s, p: fit_weighting(s, "y", "x", ["z"], target="ATT")),
    ("logit", lambda s, p: fit_natural_effects(s, "m", "z", "x", outcome_stage="logistic")),
    ("logit", lambda s, p: methods.fit_crossed_ordinal(s.assign(g=s["unit"] % 4), "g", fixed=["z"], link="logistic")),
    ("probit", lambda s, p: methods.fit_ordinal(s.assign(g=s["unit"] % 4), "g", ["z"], link="probbit")),
    ("webb", lambda s, p: wild_bootstrap(s, "y", ["m"], cluster="unit", weights="Webb")),
    ("harmonic", lambda s, p: methods.fit_interrupted(p, "y", time="year", start=3, season_as="harmonics")),
    ("ordinal", lambda s, p: krippendorff_alpha(s[["m", "y"]].round(), level="ordinl")),
    ("loadings", lambda s, p: fit_factors(s, {"f": ["x", "m", "y"]}, equal=["loading"])),
    ("variance", lambda s, p: fit_factors(s, {"f": ["x", "m", "y"]}, scaling="var")),
    ("newey_west", lambda s, p: methods.fit_interrupted(p, "y", time="year", start=3, errors="neweywest")),
    ("kernel", lambda s, p: methods.fit_quantiles(s, "y", ["m"], errors="ker")),
    ("1-1-1", lambda s, p: fit_multilevel_mediation(s, "x", "m", "y", unit="unit", design="111")),
]  # fmt: skip


@pytest.mark.parametrize(("meant", "call"), OPTIONS, ids=[f"{n}_{o[0]}" for n, o in enumerate(OPTIONS)])
def test_a_misspelt_option_is_refused_and_the_right_one_named(staff, programme, meant, call):
    with pytest.raises(RequestError, match=f"Did you mean '{meant}'"):
        call(staff, programme)


@pytest.mark.parametrize(
    "call",
    [
        lambda s: methods.fit_crossed_ordinal(s.assign(g=s["unit"] % 4), "g", fixed=["z"], link="cloglog"),
        lambda s: methods.fit_ordinal(s.assign(g=s["unit"] % 4), "g", ["z"], link="cauchit"),
        lambda s: methods.fit_facets(s, steps="pcm"),
        lambda s: methods.fit_interrupted(s, "y", time="z", start=3, season="unit", season_as="fourier"),
        lambda s: methods.fit_interrupted(s, "y", time="z", start=3, errors="hac"),
        lambda s: methods.fit_quantiles(s, "y", ["m"], errors="robust"),
        lambda s: shrink([1.0, 2, 3, 4], [1.0] * 4, method="HE"),
        lambda s: cohen_kappa(s["unit"], s["unit"], weights="squared"),
    ],
)
def test_an_unknown_option_is_refused_with_those_there_are(staff, call):
    with pytest.raises(RequestError, match="It knows: '"):
        call(staff)


# S6: ordered answers


WORDS = np.array(["rendah", "sedang", "tinggi", "amat tinggi"])


@pytest.fixture(scope="module")
def answers(staff):
    latent = staff["m"] + np.random.default_rng(8).logistic(size=len(staff))
    grade = np.digitize(latent, [-1, 0.5, 2])
    return staff.assign(number=grade, word=WORDS[grade], digits=(grade + 8).astype(str))


@pytest.mark.parametrize("fit", [lambda d, a, **k: methods.fit_crossed_ordinal(d, a, fixed=["m"], **k), lambda d, a, **k: methods.fit_ordinal(d, a, ["m"], **k)])  # fmt: skip
def test_answers_in_words_need_their_order(answers, fit):
    plain = fit(answers, "number").row("m")["estimate"]
    with pytest.raises(RequestError, match="have no order"):
        fit(answers, "word")
    with pytest.raises(RequestError, match="have no order"):
        fit(answers.assign(word=answers["word"].astype("category")), "word")
    assert fit(answers, "word", order=list(WORDS)).row("m")["estimate"] == pytest.approx(plain, rel=1e-9)
    ordered = answers.assign(word=pd.Categorical(answers["word"], WORDS, ordered=True))
    assert fit(ordered, "word").row("m")["estimate"] == pytest.approx(plain, rel=1e-9)
    assert fit(answers, "digits").row("m")["estimate"] == pytest.approx(plain, rel=1e-9)


def test_weighted_kappa_needs_the_order_of_words(answers):
    other = answers["word"].shift(1).fillna("rendah")
    with pytest.raises(RequestError, match="have no order"):
        cohen_kappa(answers["word"], other, "linear")
    numbers = answers["number"], answers["number"].shift(1).fillna(0)
    found = cohen_kappa(answers["word"], other, "linear", order=list(WORDS)).value
    assert found == pytest.approx(cohen_kappa(*numbers, "linear").value, rel=1e-12)
    assert cohen_kappa(answers["word"], other).value == pytest.approx(cohen_kappa(*numbers).value, rel=1e-12)


# S7 to S10: what a panel of a programme promises


def test_zero_for_never_is_asked_about(programme):
    coded = programme.assign(start=programme["start"].fillna(0))
    with pytest.raises(RequestError, match=r"start is 0 for 14 of the school, before the first year \(1\)"):
        fit_group_time(coded, "y", **HOW)
    plain = fit_group_time(programme, "y", **HOW).simple
    assert fit_group_time(coded, "y", never=0, **HOW).simple.equals(plain)
    with pytest.raises(RequestError, match="never=0"):
        fit_event_study(coded, "y", **HOW)
    assert fit_event_study(coded, "y", never=0, **HOW).att.equals(fit_event_study(programme, "y", **HOW).att)
    before = fit_group_time(coded, "y", never=None, **HOW)
    assert before.n_always == 14


def test_an_entity_twice_in_a_period_is_refused(programme):
    twice = pd.concat([programme, programme.iloc[[5, 9]].assign(y=9.0)])
    with pytest.raises(ModelError, match=r"same school stands more than once in a year \(2 times\)"):
        fit_group_time(twice, "y", **HOW)


def test_a_start_that_changes_is_refused_and_rows_may_come_in_any_order(programme):
    changed = programme.assign(start=programme["start"].mask(programme["year"] == 6, 4.0))
    with pytest.raises(ModelError, match="start changes within 40 of the school"):
        fit_group_time(changed, "y", **HOW)
    moved = programme.assign(
        district=np.where((programme["school"] < 6) & (programme["year"] > 3), 1, programme["school"] % 10)
    )
    there = fit_group_time(moved, "y", cluster="district", **HOW)
    back = fit_group_time(moved.iloc[::-1], "y", cluster="district", **HOW)
    assert there.simple[PARTS].to_numpy() == pytest.approx(back.simple[PARTS].to_numpy(), rel=1e-10)
    assert any("change their district" in note for note in there.notes)


def test_a_covariate_counts_as_it_was_in_the_first_period(programme):
    there = fit_group_time(programme, "y", covariates=["size"], **HOW).simple
    back = fit_group_time(programme.iloc[::-1], "y", covariates=["size"], **HOW).simple
    first = programme["school"].map(programme.loc[programme["year"] == 1].set_index("school")["size"])
    fixed = fit_group_time(programme.assign(size=first), "y", covariates=["size"], **HOW).simple
    assert there["estimate"].iloc[0] == pytest.approx(fixed["estimate"].iloc[0], rel=1e-9)
    assert back["estimate"].iloc[0] == pytest.approx(fixed["estimate"].iloc[0], rel=1e-9)


# S11, S12, S18 to S20


TIMES = np.array([5.0, 8, 9, 12, 16, 19, 21, 30])


@pytest.mark.parametrize(
    "ended",
    [
        np.array([1, 2, 2, 1, 2, 2, 1, 2]),
        np.array(["ya", "tidak"] * 4),
        np.array([1, 0, np.nan, 1, 1, 0, 1, 1]),
    ],
)
def test_only_yes_and_no_say_that_something_ended(ended):
    with pytest.raises(ModelError, match="`ended` must be yes or no"):
        kaplan_meier(TIMES, ended)


def test_ones_and_zeros_end_things_and_times_are_known():
    ended = np.array([0, 1, 1, 0, 1, 1, 0, 1])
    assert (
        kaplan_meier(TIMES, ended).quantile(0.5).value == kaplan_meier(TIMES, ended == 1).quantile(0.5).value
    )
    with pytest.raises(ModelError, match="neither missing nor negative; 1 are not"):
        kaplan_meier(np.append(TIMES[:-1], np.nan), ended)


RULE = rules.at("2026-Q3").one(SatisfactionRule)


def forms(n=40):
    rng = np.random.default_rng(2)
    return pd.DataFrame({element: rng.integers(2, 5, n) for element in RULE.elements})


@pytest.mark.parametrize("code", [99, -9, 0, 44, 5, 2.51])
def test_an_answer_off_the_scale_is_no_part_of_an_index(code):
    rows = forms().astype(float)
    rows.iloc[3, 2] = code
    with pytest.raises(AsnError, match=f"{RULE.elements[2]} holds {code:g}, outside the scale of 1 to 4"):
        satisfaction_index(rows, RULE)
    with pytest.raises(AsnError, match="outside the scale of 1 to 4"):
        satisfaction_by_unit(rows.assign(reporting_unit_id="A", period="2026-Q3"))


def test_units_are_not_merged_for_want_of_their_column():
    rows = forms().assign(unit_id=["A", "B"] * 20, period="2026-Q3")
    with pytest.raises(ModelError, match=r"no column reporting_unit_id. Did you mean unit_id\?"):
        satisfaction_by_unit(rows)


def test_grades_that_nobody_gave_are_named():
    rng = np.random.default_rng(6)
    rows = pd.DataFrame(
        {
            "person_id": np.repeat(range(60), 4),
            "rater_id": np.tile([0, 0, 1, 1], 60),
            "criterion": np.tile(["a", "b"], 120),
        }
    )
    latent = rng.normal(size=60)[rows["person_id"]] + rng.logistic(size=240)
    rows["score"] = np.array([1, 2, 4, 5])[np.digitize(latent, [-1, 0, 1])]
    assert any(note.startswith("Nobody gave 3:") for note in methods.fit_facets(rows).notes)
    full = rows.assign(score=rows["score"].replace({4: 3, 5: 4}))
    assert not any("Nobody gave" in note for note in methods.fit_facets(full).notes)


def test_draws_never_make_a_p_of_nothing(staff):
    clear = staff.assign(y=staff["m"] + 0.01 * staff["y"])
    assert wild_bootstrap(clear, "y", ["m"], cluster="unit", draws=199).p_value == pytest.approx(1 / 200)
    found = fit_natural_effects(clear, "x", "m", "y", draws=200).table
    assert found["p_value"].min() == pytest.approx(2 / 201)
