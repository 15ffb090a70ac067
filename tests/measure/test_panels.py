"""The panels keep to their codebook."""

import numpy as np
import pandas as pd
import pytest

from asn_research.clean import open_processed
from asn_research.measure import measure_city
from asn_research.measure.all_measures import BRANCHES
from asn_research.measure.panels import _with_objections, employee_panel, unit_panel
from asn_research.schema import declared
from asn_research.schema.tables import unit_label
from asn_research.study.specs import load_specs


@pytest.fixture(scope="module")
def measures(small_processed):
    processed = open_processed(small_processed)
    return measure_city(processed.tables(), processed.city())


PANELS = {"unit": "panel", "employee": "employee_panel"}


def columns_of(level):
    return declared("panel", PANELS[level]).columns_at("measure")


@pytest.mark.parametrize("level", PANELS)
def test_a_panel_has_the_columns_that_are_declared(measures, level):
    assert tuple(measures.frames()[PANELS[level]].columns) == columns_of(level)


@pytest.mark.parametrize("level", PANELS)
def test_every_column_has_labels_a_unit_and_a_source(level):
    for column in declared("panel", PANELS[level]).columns.values():
        assert all((column.label("id"), column.label("en"), unit_label(column.unit, "id"), column.source))


def test_the_models_find_their_columns_in_the_panels():
    for spec in load_specs():
        named = {spec.exposure, spec.outcome, *spec.controls} | ({spec.mediator} if spec.mediator else set())
        assert named <= set(columns_of(spec.level)), spec.key


def test_a_lag_is_the_quarter_before_and_a_missing_quarter_gives_none():
    index = pd.DataFrame(
        {"unit_id": "U", "period": ["2025-Q4", "2026-Q1", "2026-Q3"], "ikm": [70.0, 80, 90], "index": 1.0}
    )
    panel = unit_panel({"satisfaction": index}, None)
    assert panel["ikm_lag1"].tolist() == pytest.approx([np.nan, 70, np.nan], nan_ok=True)
    assert panel["quarter_no"].tolist() == [0, 1, 3]


def test_a_persons_lag_is_their_own():
    hours = pd.DataFrame(
        {"person_id": ["b", "a", "a", "b"], "period": ["2026-Q1", "2026-Q1", "2026-Q2", "2026-Q2"],
         "reporting_unit_id": "U", "hours_jp": [1.0, 2, 3, 4], "training_jp10": 0.0}
    )  # fmt: skip
    panel = employee_panel(hours, None, None).set_index(["person_id", "period"])["hours_jp_lag1"]
    assert panel[("a", "2026-Q2")] == 2
    assert panel[("b", "2026-Q2")] == 1
    assert panel[:, "2026-Q1"].isna().all()


def test_the_verdict_on_ratings_stands_in_both_panels(measures):
    for name in ("panel", "employee_panel"):
        assert set(measures.frames()[name]["ratings_verdict"].dropna()) <= {
            "can",
            "cannot",
            "all_alike",
            "unknown",
        }


def test_who_did_not_object_is_told_from_who_did():
    rated = pd.DataFrame({"person_id": ["a", "b", "a"], "period": ["2026-Q1", "2026-Q1", "2026-Q2"]})
    filed = pd.DataFrame({"person_id": ["a", "a"], "period": ["2026-Q1", "2026-Q1"]})
    assert _with_objections(rated, filed)["objected"].tolist() == [1.0, 0.0, 0.0]
    assert "objected" not in _with_objections(rated, None)


def test_every_declared_measure_of_the_city_is_made(measures):
    made = {name for name, frame in measures.made.items() if frame is not None and len(frame)}
    # Branches may leave results out, but this city has data of all kinds.
    assert {name for branch in BRANCHES for name in branch.makes} - made == set()
