"""What a report does not show does not outdate it."""

import shutil

from render.corrections import changed, turned

from asn_research.render.inputs import prepare_inputs, shared_report
from asn_research.render.readings import Answers

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
