"""What several sections ask for is found once for each report, and never for another one."""

from dataclasses import replace

import pytest

from asn_research.render.inputs import keep_shared_report, prepare_inputs
from asn_research.render.slices import Slicer
from asn_research.show.data import once_per_report
from asn_research.show.sections.survey_elements import asked_elements


@pytest.fixture(scope="module")
def report(small_processed):
    inputs = prepare_inputs(small_processed)
    return Slicer(keep_shared_report(inputs, inputs.periods[-1], "id"), "public").cut("DISHUB")


def test_a_fact_is_found_once_for_a_report_and_again_for_another(report):
    asked = []

    @once_per_report
    def unit_of(data):
        asked.append(data.unit_id)
        return data.unit_id

    other = replace(report, unit_id="DINKES")
    assert [unit_of(each) for each in (report, report, other, report)] == [
        "DISHUB",
        "DISHUB",
        "DINKES",
        "DISHUB",
    ]
    assert asked == ["DISHUB", "DINKES"]


def test_nothing_is_a_finding_too(report):
    asked = []

    @once_per_report
    def nothing(data):
        asked.append(data)

    assert (nothing(report), nothing(report), len(asked)) == (None, None, 1)


def test_a_report_of_another_unit_does_not_take_over_what_was_found(report):
    mine = asked_elements(report)
    assert asked_elements(report) is mine
    assert asked_elements(replace(report, given=report.given)) is not mine
