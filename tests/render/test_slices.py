"""A report's kernel is given the rows that the report may show, and nothing else."""

import shutil
from dataclasses import replace

import pytest
from render.batches import LIGHT
from render.corrections import changed, turned

from asn_research.errors import DisclosureError, RequestError
from asn_research.protect import AUDIENCES, may_see
from asn_research.render.execute import RenderTask, render_report
from asn_research.render.inputs import load_report, prepare_inputs, shared_report
from asn_research.render.jobs import Job
from asn_research.render.slices import MEASURE, Slicer, read_slice, write_slice
from asn_research.rules.cities import CITY
from asn_research.schema import declared
from asn_research.show import sections

CHANGED = "DISHUB"


@pytest.fixture(scope="module")
def inputs(small_processed):
    return prepare_inputs(small_processed)


@pytest.fixture(scope="module")
def shared(small_processed, inputs):
    return shared_report(small_processed, inputs.periods[-1], "id")


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_slice_holds_rows_of_its_unit_alone(shared, audience):
    report = Slicer(shared, audience).cut(CHANGED)
    for name, table in report.protected.tables.items():
        owner = next((c for c in ("reporting_unit_id", "unit_id") if c in table.frame), None)
        found = set(table.frame[owner]) if owner else set()
        assert owner or name == "larger_periods"
        assert found <= {CHANGED, CITY}, name
    assert report.estimates.empty
    with pytest.raises(DisclosureError, match="DINKES"):
        report.rows("satisfaction", unit_id="DINKES")
    with pytest.raises(DisclosureError, match=CITY):
        report.rows("satisfaction", unit_id=[CHANGED, CITY])


def test_the_public_is_given_public_columns_alone(shared):
    for unit in (CHANGED, CITY):
        report = Slicer(shared, "public").cut(unit)
        assert report.findings == {}
        for name, table in report.protected.tables.items():
            of = declared("measure", name)
            assert {of.audience_of(column) for column in table.frame} == {"public"}, name
            assert list(table.suppressed) == list(table.frame)
        with pytest.raises(DisclosureError, match=r"motivation.*internal"):
            sections.motivation(report)
    hours = Slicer(shared, "public").cut(CHANGED).rows("training").frame
    assert "hours_mean" in hours
    assert not {"pns_met_pct", "n_pppk_over"} & set(hours)


def test_rows_of_sensitive_sources_are_told_in_no_report(shared):
    for audience, others in (("internal", {"appraisals", "motivation"}), ("public", set())):
        report = Slicer(shared, audience).cut("QUALITY")
        named = {source.source for source in report.sources}
        assert {"citizen_feedback", *others} <= named
        assert not {"sanctions", "objections", "complaints"} & named
        assert audience == "internal" or not {"appraisals", "motivation"} & named
        for name, table in report.protected.tables.items():
            if "source" in table.frame:
                assert not {"sanctions", "objections", "complaints"} & set(table.frame["source"]), name


def test_what_is_told_of_the_city_alone_is_no_units(shared, inputs):
    tables = Slicer(shared, "internal").cut(CITY).protected.tables
    for name in ("sanctions", "objections", "objection_grounds"):
        assert name in inputs.frames
        assert set(tables[name].frame["unit_id"]) == {CITY}
    index = tables["ip_asn"].frame
    units = index["unit_id"] != CITY
    assert (
        index.loc[units, ["discipline_low", "index_high", "band_low", "n_sanctioned"]].isna().all(axis=None)
    )
    assert index.loc[units, "competence_low"].notna().any()
    assert index.loc[~units, "index_low"].notna().any()


def test_a_slice_is_read_as_it_was_cut_and_by_its_own_report_alone(shared, tmp_path):
    slicer = Slicer(shared, "internal")
    report, parts = slicer.cut(CHANGED), slicer.parts(CHANGED)
    place = write_slice(report, parts, tmp_path)
    asked = (CHANGED, shared.period.code, "id", "internal")
    found = read_slice(place, *asked)
    assert found.protected.units == report.protected.units
    for name, table in report.protected.tables.items():
        assert found.protected.tables[name].frame.equals(table.frame), name
    assert load_report(place, *asked).unit_id == CHANGED
    for other in (("DINKES", *asked[1:]), (CHANGED, "2026-Q2", "id", "internal"), (*asked[:2], "en", "internal"),
                  (*asked[:3], "public")):  # fmt: skip
        with pytest.raises(RequestError, match=CHANGED):
            load_report(place, *other)
    with pytest.raises(RequestError, match=r"everybody.*public, internal"):
        load_report(place, *asked[:3], "everybody")
    place.write_bytes(place.read_bytes()[:-1])
    with pytest.raises(RequestError, match=r"rusak|damaged"):
        load_report(place, *asked)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ('report.rows(\\"satisfaction\\", unit_id=\\"DINKES\\")', "DINKES"),
        (
            'load_report(processed, \\"DINKES\\", period, language, audience).rows(\\"satisfaction\\")',
            "DINKES",
        ),
        ('report.rows(\\"motivation\\")', "motivation"),
    ],
)
def test_a_template_that_asks_for_others_rows_makes_no_report(shared, tmp_path, asked, message):
    template = tmp_path / "nosy.ipynb"
    source = LIGHT.read_text(encoding="utf-8")
    assert source.count('report.rows(\\"satisfaction\\")') == 1
    template.write_text(source.replace('report.rows(\\"satisfaction\\")', asked), encoding="utf-8")
    slicer = Slicer(shared, "public")
    place = write_slice(slicer.cut(CHANGED), slicer.parts(CHANGED), tmp_path)
    job = Job(CHANGED, shared.period.code, "id", ("html",), str(template))
    result = render_report(RenderTask(job, place, tmp_path / "reports"))
    assert not result.is_published
    assert message in result.message
    usual = replace(job, notebook=str(LIGHT))
    assert render_report(RenderTask(usual, place, tmp_path / "reports")).message == ""


def test_one_answer_outdates_the_reports_of_its_unit_alone(small_processed, tmp_path):
    processed = tmp_path / "processed"
    shutil.copytree(small_processed, processed)
    inputs = prepare_inputs(processed)
    period = inputs.periods[-1]
    units = sorted(inputs.units_with_data(period))
    jobs = [(unit, audience) for unit in units for audience in AUDIENCES]

    def parts():
        shared = shared_report(processed, period, "id")
        slicers = {audience: Slicer(shared, audience) for audience in AUDIENCES}
        return {job: slicers[job[1]].parts(job[0]) for job in jobs}

    before = parts()
    changed(processed, "citizen_feedback", turned("conduct", CHANGED))
    prepare_inputs(processed)
    now = parts()
    # The rows in and out stay; so do those of measures that no answer of a citizen makes.
    for job in jobs:
        differs = {name for name in now[job] if now[job][name] != before[job].get(name)}
        assert all(name.startswith(MEASURE) for name in differs)
        assert {
            name.removeprefix(MEASURE)
            for name in differs
            if not may_see("public", name.removeprefix(MEASURE))
        } == set()
    outdated = {
        unit
        for unit, audience in jobs
        if audience == "public" and now[unit, audience] != before[unit, audience]
    }
    assert CHANGED in outdated
    # A unit that is called better is told by how much: that may move with any unit of the city.
    table = inputs.frames["good_practice"]
    better = set(table.loc[table["is_reliable"].eq(other=True), "unit_id"])
    assert outdated - better <= {CHANGED}
    assert len(outdated) <= 3 < len(units)
