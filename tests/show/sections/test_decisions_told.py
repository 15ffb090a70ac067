"""A decision about the figures is told in the report that rests on it, and in no other."""

from dataclasses import replace

import pytest

from asn_research.given import Given, HouseStyle
from asn_research.render.inputs import _decisions, prepare_inputs, shared_report
from asn_research.render.slices import Slicer
from asn_research.rules.decisions import CORRECTION, Decision
from asn_research.rules.periods import Period
from asn_research.show import sections
from asn_research.show.blocks import Paragraph
from asn_research.show.sections import quality_report as quality

PERIOD = "2026-Q3"
SCALE = Decision(
    kind="scale", source="citizen_feedback", choice="slips", units=("DISHUB",), periods=(PERIOD,)
)
MONTHS = Decision(
    kind="months_of_quarter", source="appraisals", choice="last", units=("DISHUB",), periods=(PERIOD,)
)
MENDED = Decision(
    kind=CORRECTION, source="citizen_feedback", reason="Formulir kertas memuat 4.", units=("DISHUB",), periods=(PERIOD,)
)  # fmt: skip
VERSION = Decision(
    kind="newer_version", source="citizen_feedback", choice="", units=("DINKES",), periods=(PERIOD,)
)
COMPLAINT = Decision(
    kind="date_order", source="complaints", choice="day_first", units=("DISHUB",), periods=(PERIOD,)
)
TOLD = "skala jawaban (survei kepuasan masyarakat): skala peraturan; yang lain salah ketik"


@pytest.fixture(scope="module")
def shared(small_processed):
    prepare_inputs(small_processed)
    whole = shared_report(small_processed, PERIOD, "id")
    return replace(
        whole, decisions=(SCALE, MONTHS, MENDED, VERSION, COMPLAINT.model_copy(update={"units": ()}))
    )


def method(shared, unit, audience, part=None):
    data = Slicer(shared, audience).cut(unit)
    part = part or (sections.method if audience == "public" else sections.staff_method)
    return " ".join(block.text for block in part(data).items if isinstance(block, Paragraph))


def test_a_units_report_tells_its_own_decisions_alone(shared):
    public = method(shared, "DISHUB", "public")
    assert f"kantor menetapkan: {TOLD}." in public
    assert "dikoreksi kantor: survei kepuasan masyarakat. Alasannya tercantum" in public
    assert "penilaian bulan" not in public
    internal = method(shared, "DISHUB", "internal")
    assert "penilaian bulan yang berlaku untuk triwulan" in internal
    assert "skala jawaban" not in internal
    assert "kantor atas isi berkas: Formulir kertas memuat 4 (survei kepuasan masyarakat)." in internal
    assert "kantor menetapkan" not in method(shared, "DPUPR", "public")


@pytest.mark.parametrize("unit", ["DISHUB", "CITY", "QUALITY"])
def test_the_reason_of_a_correction_is_not_in_what_the_public_is_given(shared, unit):
    """An office writes it freely, so it may describe a person."""
    public, internal = (Slicer(shared, audience).cut(unit).decisions for audience in ("public", "internal"))
    assert {each.reason for each in public} == {""}
    assert MENDED.reason in {each.reason for each in internal}


def test_a_long_reason_is_cut_between_words(shared):
    long = MENDED.model_copy(
        update={"reason": "Surat nomor 1 " + "menjelaskan panjang lebar " * 40 + "selesai"}
    )
    text = method(replace(shared, decisions=(long,)), "DISHUB", "internal")
    assert "Surat nomor 1 menjelaskan" in text
    assert " … (survei kepuasan masyarakat)." in text
    assert "selesai" not in text
    assert text.count("menjelaskan") < 20


def test_the_citys_reports_name_the_units(shared):
    for text in (method(shared, "CITY", "public"), method(shared, "QUALITY", "public", quality.rules)):
        assert f"{TOLD}, untuk Dishub" in text
        assert "sesuai jawaban kantor, untuk Dinkes" in text
        assert "urutan hari dan bulan pada tanggal (pengaduan): hari lebih dulu" in text
        assert "penilaian bulan" not in text
        assert "dikoreksi kantor: survei kepuasan masyarakat, untuk Dishub" in text
        assert "Formulir kertas" not in text


def test_the_choice_of_the_reported_index_is_told(shared):
    data = Slicer(shared, "public", lambda _: Given(style=HouseStyle(reported_index="printed")))
    for unit, part in (("DISHUB", sections.method), ("CITY", sections.method), ("QUALITY", quality.rules)):
        told = " ".join(b.text for b in part(data.cut(unit)).items if isinstance(b, Paragraph))
        assert "Kota menetapkan bahwa IKM yang dilaporkan" in told, unit
    assert "Kota menetapkan" not in method(shared, "DISHUB", "public")


def test_a_decision_of_another_period_is_not_told_and_a_sensitive_one_names_no_period(small_processed):
    processed = prepare_inputs(small_processed).processed
    manifest = processed.manifest.model_copy(update={"decisions": (SCALE, COMPLAINT)})
    found = _decisions(replace(processed, manifest=manifest), Period.parse("2026-Q2"))
    assert found == (COMPLAINT.model_copy(update={"units": (), "periods": ()}),)
    assert SCALE in _decisions(replace(processed, manifest=manifest), Period.parse("2026"))
