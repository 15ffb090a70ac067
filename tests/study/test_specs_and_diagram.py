"""Specifications, estimators and the causal diagram are rows of data that hold together."""

import pandas as pd
import pytest

from asn_research.errors import ModelError, RuleError
from asn_research.methods import SpecFit
from asn_research.methods.result import tidy
from asn_research.study import adjustment_table, load_estimators, load_specs, run_study, spec_table
from asn_research.study.diagram import check_adjustment, is_enough, is_separated
from asn_research.study.registry import estimator_of

CHAIN = [("a", "b"), ("b", "c")]
FORK = [("b", "a"), ("b", "c")]
COLLIDER = [("a", "b"), ("c", "b"), ("b", "d")]
# The M of Greenland, Pearl and Robins (1999): adjusting for the middle opens a path that was shut.
M_BIAS = [("u1", "x"), ("u1", "z"), ("u2", "z"), ("u2", "y"), ("x", "y")]
# Pearl (2009), figure 3.4: {x3, x4} and {x4, x5} suffice for xi → xj; {x4} alone does not, nor {x6}.
PEARL = [
    ("x1", "x3"), ("x1", "x4"), ("x2", "x4"), ("x2", "x5"), ("x3", "xi"), ("x4", "xi"), ("x4", "xj"),
    ("x5", "xj"), ("xi", "x6"), ("x6", "xj"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("edges", "given", "separated"),
    [
        pytest.param(CHAIN, [], False, id="chain_open"),
        pytest.param(CHAIN, ["b"], True, id="chain_blocked"),
        pytest.param(FORK, [], False, id="fork_open"),
        pytest.param(FORK, ["b"], True, id="fork_blocked"),
        pytest.param(COLLIDER, [], True, id="collider_shut"),
        pytest.param(COLLIDER, ["b"], False, id="collider_opened"),
        pytest.param(COLLIDER, ["d"], False, id="collider_opened_by_its_child"),
    ],
)
def test_the_three_shapes_of_every_textbook(edges, given, separated):
    assert is_separated(edges, "a", "c", given) is separated


@pytest.mark.parametrize(
    ("held", "enough"),
    [
        (["x3", "x4"], True), (["x4", "x5"], True), (["x1", "x4"], True), (["x4"], False), (["x6"], False),
        (["x3", "x4", "x6"], False), ([], False),
    ],
)  # fmt: skip
def test_the_adjustment_sets_of_pearls_figure(held, enough):
    assert is_enough(PEARL, "xi", "xj", held, "total") is enough


def test_adjusting_for_the_middle_of_an_m_does_harm():
    assert is_enough(M_BIAS, "x", "y", [], "total")
    assert not is_enough(M_BIAS, "x", "y", ["z"], "total")


def test_a_direct_effect_needs_the_mediator_and_its_causes():
    edges = [("x", "m"), ("m", "y"), ("x", "y"), ("u", "m"), ("u", "y")]
    assert not is_enough(edges, "x", "y", ["m"], "direct")
    assert is_enough(edges, "x", "y", ["m", "u"], "direct")


@pytest.mark.parametrize("spec", load_specs(None), ids=lambda spec: spec.key)
def test_every_specification_is_enough_under_the_diagram_or_claims_no_place_in_it(spec):
    if spec.cause:
        found = check_adjustment(spec)
        assert found.is_enough
        # A panel without a worry would be too good to be true.
        assert "change" in found.spoils


@pytest.mark.parametrize("spec", load_specs(None), ids=lambda spec: spec.key)
def test_every_specification_names_a_known_estimator_and_says_what_it_asks(spec):
    assert estimator_of(spec).estimator in load_estimators()
    assert spec.question.endswith("?")
    assert spec.estimand
    assert spec.population


def test_a_forgotten_control_is_noticed():
    spec = next(s for s in load_specs() if s.key == "time_satisfaction")
    assert not check_adjustment(spec.model_copy(update={"adjusts": ()})).is_enough


def test_a_control_below_the_cause_is_noticed():
    spec = next(s for s in load_specs() if s.key == "training_motivation")
    assert not check_adjustment(spec.model_copy(update={"adjusts": ("quality",)})).is_enough


def test_an_unknown_node_is_named():
    spec = load_specs()[0].model_copy(update={"cause": "luck"})
    with pytest.raises(RuleError, match="`luck` is no node of the diagram; its nodes are"):
        check_adjustment(spec)


def test_an_unknown_estimator_or_study_says_what_to_do():
    spec = load_specs()[0].model_copy(update={"estimator": "oracle"})
    with pytest.raises(RuleError, match=r"add its row to estimators\.csv"):
        estimator_of(spec)
    with pytest.raises(RuleError, match="no study of_nothing; there are core"):
        load_specs("of_nothing")


def test_the_tables_can_be_read():
    assert spec_table().loc["mediation", "formula"].startswith("service_quality_score ~ training_jp10")
    assert adjustment_table()["is_enough"].all()


@pytest.mark.parametrize(
    ("key", "value", "plain"),
    [
        # Percent for a tenth of a point; points for times ten percent longer: 6 x ln 1.1 = 0.571861.
        ("motivation_time", -0.3, -2.9554466),
        ("time_satisfaction", -6.0, -0.5718611),
        ("training_motivation", 0.08, 0.08),
    ],
)
def test_plain_units(key, value, plain):
    spec = next(s for s in load_specs() if s.key == key)
    assert spec.plain(value) == pytest.approx(plain, rel=1e-6)


def test_a_result_without_its_columns_cannot_exist():
    with pytest.raises(ModelError, match="Build the table with `tidy`"):
        SpecFit(pd.DataFrame({"term": ["x"]}), 1, 1)
    assert SpecFit(tidy(["x"], [1.0], [0.5]), 1, 1).row("x")["low"] == pytest.approx(0.0200180)


def test_a_summary_names_formula_figures_and_what_it_rests_on(small_processed):
    from asn_research.clean import open_processed
    from asn_research.measure import measure_city

    processed = open_processed(small_processed)
    measures = measure_city(processed.tables(), processed.city())
    study = run_study(measures.employee_panel, measures.panel)
    text = study.summary("training_motivation")
    assert "motivation_score ~ training_jp10 + recognition_score | person_id + period" in text
    assert "std err" in text
    assert "nothing unmeasured" in text
    effects = study.plain_effects().set_index("key")
    assert effects.loc["motivation_time", "unit"] == "percent"
    with pytest.raises(ModelError, match="nothing is no question of this study"):
        study.summary("nothing")
