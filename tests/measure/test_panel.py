"""The panels keep to their codebook."""

import numpy as np
import pandas as pd
import pytest

from asn_research.clean import open_processed
from asn_research.errors import RuleError
from asn_research.measure import measure_city
from asn_research.measure.panel import employee_panel, unit_panel
from asn_research.model.specs import load_specs
from asn_research.rules.panels import load_panel_codebook, panel_columns


@pytest.fixture(scope="module")
def measures(small_processed):
    processed = open_processed(small_processed)
    return measure_city(processed.tables(), processed.city())


@pytest.mark.parametrize(("level", "name"), [("unit", "panel"), ("employee", "employee_panel")])
def test_panel_and_codebook_have_the_same_columns(measures, level, name):
    assert tuple(measures.frames()[name].columns) == panel_columns(level)


@pytest.mark.parametrize("level", ["unit", "employee"])
def test_every_column_has_labels_a_unit_and_a_source(level):
    for column in load_panel_codebook(level).values():
        assert all(
            (
                column.label_indonesian,
                column.label_english,
                column.unit_word_indonesian,
                column.unit_word_english,
                column.source_rule,
            )
        )


def test_the_models_find_their_columns_in_the_codebook():
    for spec in load_specs():
        named = {spec.exposure, spec.outcome, *spec.controls} | ({spec.mediator} if spec.mediator else set())
        assert named <= set(panel_columns(spec.level)), spec.key


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


def test_a_codebook_with_a_fault_is_refused(tmp_path):
    header = "level,column,label_indonesian,label_english,unit_word_indonesian,unit_word_english,direction,source_rule,lags\n"
    row = "unit,ikm,IKM,IKM,skala,scale,{},law,{}\n"
    for number, (text, named) in enumerate(
        [(row.format("upwards", 0), "direction"), (row.format("neutral", 0) * 2, "stands twice"), (row.format("neutral", -1), "lags")]
    ):  # fmt: skip
        path = tmp_path / f"{number}.csv"
        path.write_text(header + text, encoding="utf-8")
        with pytest.raises(RuleError, match=named):
            load_panel_codebook("unit", path)
