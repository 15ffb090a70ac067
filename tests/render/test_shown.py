"""What no report shows does not outdate one."""

import shutil

import pandas as pd
import pytest
from render.corrections import changed, turned

from asn_research.render.inputs import prepare_inputs, shared_report
from asn_research.render.readings import Answers
from asn_research.render.shown import as_shown

CHANGED = "DISHUB"
#: What a unit's report reads of its own rows.
OWN = ("satisfaction", "elements", "importance", "respondent_groups", "service_time", "good_practice")


def test_one_answer_outdates_the_reports_of_its_unit_alone(small_processed, tmp_path):
    processed = tmp_path / "processed"
    shutil.copytree(small_processed, processed)
    inputs = prepare_inputs(processed)
    period = inputs.periods[-1]
    units = sorted(inputs.units_with_data(period))
    readings = [f"{measure}|{unit}|{period}" for unit in units for measure in OWN]
    old = Answers(shared_report(processed, period, "id"))
    before = {reading: old.digest(reading) for reading in readings}
    changed(processed, "citizen_feedback", turned("conduct", CHANGED))
    prepare_inputs(processed)
    new = Answers(shared_report(processed, period, "id"))
    outdated = {r.split("|")[1] for r in readings if new.digest(r) != before[r]}
    assert CHANGED in outdated
    # A unit that is called better is told by how much: that may move with any unit of the city.
    table = inputs.frames["good_practice"]
    better = set(table.loc[table["is_reliable"].eq(other=True), "unit_id"])
    assert outdated - better <= {CHANGED}
    assert len(outdated) <= 3 < len(units)


@pytest.mark.parametrize("is_reliable", [True, False, None])
def test_a_unit_that_is_not_called_better_is_not_told_by_how_much(is_reliable):
    table = pd.DataFrame(
        {
            "unit_id": ["DISHUB"], "raw": [1.23456], "effect": [1.23456], "low": [0.55555], "high": [2.0],
            "rank_low": [1.0], "rank_high": [3.0], "p_better": [0.99], "is_reliable": [is_reliable],
        }
    )  # fmt: skip
    shown = as_shown({"good_practice": table})["good_practice"]
    assert not {"raw", "p_better"} & set(shown)
    assert shown["effect"].tolist() == [1.23] if is_reliable else shown["effect"].isna().all()
    assert table["effect"].tolist() == [1.23456]


def test_measures_that_compare_no_units_are_shown_as_they_are():
    table = pd.DataFrame({"unit_id": ["DISHUB"], "index": [83.123456789]})
    assert as_shown({"satisfaction": table})["satisfaction"] is table
