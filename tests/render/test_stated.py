"""What was stated reaches the report of its unit, outdates that report alone, and is kept nowhere else."""

from dataclasses import replace

import pytest
from read.stating import NIP, OFFICIAL, PLAN, state
from render.batches import LIGHT

from asn_research.codec import encode
from asn_research.given import Given, PlannedAction, Signatory
from asn_research.read.given_forms import Stated, read_stated
from asn_research.render.inputs import keep_shared_report, prepare_inputs
from asn_research.render.jobs import Job
from asn_research.render.outdated import plan_batch
from asn_research.render.records import Record, made_from
from asn_research.render.slices import GIVEN, Slicer, read_slice
from asn_research.render.stated import load_stated, slicers
from asn_research.rules.cities import CITY
from asn_research.show import sections
from asn_research.show.data import QUALITY


@pytest.fixture(scope="module")
def inputs(small_processed):
    return prepare_inputs(small_processed)


@pytest.fixture(scope="module")
def shared(inputs):
    return keep_shared_report(inputs, inputs.periods[-1], "id")


@pytest.fixture
def stated(tmp_path, inputs):
    state(tmp_path, "officials_form", official=[OFFICIAL])
    state(tmp_path, "plan_form", plan=[PLAN | {"period": inputs.periods[-1]}])
    return read_stated(tmp_path, inputs.city)


def slicer(shared, stated):
    return Slicer(shared, "public", lambda unit: stated.of(unit, shared.period))


def test_a_slice_holds_what_was_stated_of_its_unit_alone(shared, stated):
    cut = slicer(shared, stated).cut
    assert cut("DISHUB").given.signatory.nip == NIP
    assert cut("DISHUB").given.plan == (
        PlannedAction("facilities", "Menambah kursi", "Triwulan III 2026", "Sekretaris Dinas", 84.0),
    )
    for unit in ("DINKES", CITY, QUALITY):
        assert cut(unit).given == Given()
        assert NIP.encode() not in encode(cut(unit))
    # Without forms a slice is as before.
    assert Slicer(shared, "public").cut("DISHUB").given == Given()


def test_another_form_outdates_the_reports_that_it_speaks_of(shared, stated):
    job = Job("DISHUB", shared.period.code, "id", ("html",))
    before, after = Slicer(shared, "public"), slicer(shared, stated)
    for unit, is_outdated in (("DISHUB", True), ("DINKES", False), (CITY, False)):
        mine = replace(job, unit_id=unit)
        record = Record(made_from(mine, before.parts(unit)), 1.0)
        why = record.why_outdated(made_from(mine, after.parts(unit)))
        assert bool(why) == is_outdated, unit
    assert "isian" in Record(made_from(job, before.parts("DISHUB")), 1.0).why_outdated(
        made_from(job, after.parts("DISHUB"))
    )


@pytest.mark.parametrize("changed", ["name", "nip", "rank", "title", "standing"])
def test_each_part_of_who_signs_outdates(shared, changed):
    one = Stated(offices=(office("DISHUB"),))
    other = Stated(
        offices=(
            replace(office("DISHUB"), signatory=replace(office("DISHUB").signatory, **{changed: "Plt."})),
        )
    )
    assert slicer(shared, one).parts("DISHUB")[GIVEN] != slicer(shared, other).parts("DISHUB")[GIVEN]


def office(unit):
    from asn_research.read.given_forms import Office

    return Office(unit, Signatory("Kepala", "Wulanti Gumelarsa", "Pembina", NIP))


def test_what_was_stated_lies_in_the_slice_and_nowhere_among_processed_data(inputs, stated, tmp_path):
    job = Job("DISHUB", inputs.periods[-1], "id", ("html",), str(LIGHT))
    (planned,) = plan_batch([job], slicers(inputs, stated), tmp_path / "slices", tmp_path / "reports")
    assert NIP in repr(read_slice(planned.task.data, "DISHUB", job.period, "id", "public").given)
    assert planned.task.data.stat().st_mode & 0o77 == 0
    said = NIP.encode(), b"Wulanti"
    kept = [path for path in inputs.processed.folder.rglob("*") if path.is_file()]
    assert len(kept) > 20
    assert not [path for path in kept for each in said if each in path.read_bytes()]
    # Nor does an order say it where it is printed.
    assert NIP not in repr(planned)


def test_names_that_the_last_look_would_refuse_are_told_before(inputs, tmp_path):
    class Names:
        tokens = frozenset("x")

        def count(self, text):
            return text.count("Sekretaris")

    state(tmp_path, "plan_form", plan=[PLAN])
    assert len(load_stated(tmp_path, inputs, Names()).faults) == 1
    assert load_stated(tmp_path, inputs, None).faults == ()


SIGNED = [
    (None, (), "Kepala Dinas Perhubungan,", ("(.........................................)", "NIP ....................................")),
    (Signatory("Kepala Dinas Perhubungan", "A B", "Pembina", NIP), (), "Kepala Dinas Perhubungan,", ("A B", "Pembina", f"NIP {NIP}")),
    (Signatory("Kepala Dinas Perhubungan", "A B"), (), "Kepala Dinas Perhubungan,", ("A B",)),
    (Signatory("Kepala Dinas Perhubungan", "A B", standing="Plt."), (), "Plt. Kepala Dinas Perhubungan,", ("A B",)),
    (Signatory("Sekretaris", "A B", standing="a.n."), ("a.n. Kepala Dinas Perhubungan,",), "Sekretaris,", ("A B",)),
]  # fmt: skip


@pytest.mark.parametrize(("signatory", "behalf", "office", "person"), SIGNED)
def test_the_signature_says_what_was_stated_and_leaves_the_rest_to_the_pen(
    shared, signatory, behalf, office, person
):
    report = replace(shared, unit_id="DISHUB", given=Given(signatory=signatory))
    block = sections.signature(report)
    assert block.above == (
        "Pontianak, ........................ " + str(report.period.next.year),
        *behalf,
        office,
    )
    assert block.person == person
    assert block.has_box == (signatory is not None)
