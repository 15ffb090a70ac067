"""The covering letter: letterhead, whom it goes to, what is sent; number and date are left to a hand, the signature to its signatory."""

import zipfile
from datetime import date

import docx
import pytest
from docx.oxml.ns import qn
from read.stating import NIP, OFFICIAL
from render.editions.sample_digests import letter, report

from asn_research.errors import DisclosureError
from asn_research.given import Given, HouseStyle, Signatory
from asn_research.render.editions import write_edition
from asn_research.render.inputs import keep_shared_report, prepare_inputs
from asn_research.render.scan import finds_in, scan_folder
from asn_research.render.slices import Slicer
from asn_research.show.blocks import Signature
from asn_research.show.sections.covering_letter import covering_letter

SIGNED = Signature("Contoh, ........ 2026", "Kepala Dinas Contoh,", OFFICIAL["name"], f"NIP {NIP}",
                   rank_line=OFFICIAL["rank"], has_box=True)  # fmt: skip


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "a.pengantar.docx"
    write_edition("pengantar", [*report(), SIGNED], path, created=date(2026, 9, 30))
    return path


def paragraphs(path):
    body = docx.Document(path).element.body
    return ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in body.iter(qn("w:p"))]


def test_it_says_who_sends_what_to_whom(written):
    said, told = [text for text in paragraphs(written) if text], letter()
    order = [told.letterhead[0], told.unit.upper(), told.address, told.to[1], told.title.upper(), told.headings[1],
             told.rows[0][0], told.rows[1][1], told.sender, SIGNED.office, OFFICIAL["name"], told.receipt[0]]  # fmt: skip
    places = [said.index(text) for text in order]
    assert places == sorted(places)


def test_what_is_to_be_filled_in_is_a_content_control(written):
    controls = docx.Document(written).element.body.findall(f".//{qn('w:sdt')}")
    held = ["".join(t.text for t in each.iter(qn("w:t"))) for each in controls]
    told = letter()
    assert held == [told.place_date, told.to[1], told.number, told.receipt[0]]
    ids = [each.find(f".//{qn('w:id')}").get(qn("w:val")) for each in controls]
    assert len(set(ids)) == len(ids)


def test_no_date_or_number_is_invented_and_no_running_head_stands(written):
    parts = zipfile.ZipFile(written).namelist()
    with zipfile.ZipFile(written) as archive:
        heads = "".join(
            archive.read(n).decode() for n in parts if n.startswith(("word/header", "word/footer"))
        )
    assert "PAGE" not in heads
    assert "SIMULA" in heads


def test_the_signatory_passes_the_scan_there_alone(written, tmp_path):
    assert finds_in(written)
    scan_folder(written.parent, None, SIGNED)
    document = docx.Document(written)
    document.add_paragraph(f"NIP {NIP}")
    document.save(written)
    with pytest.raises(DisclosureError):
        scan_folder(tmp_path, None, SIGNED)


@pytest.fixture(scope="module")
def slicer(small_processed):
    inputs = prepare_inputs(small_processed)
    return Slicer(keep_shared_report(inputs, inputs.periods[-1], "id"), "public", lambda _: Given(
        signatory=Signatory("Kepala Dinas Perhubungan", OFFICIAL["name"], nip=NIP),
        style=HouseStyle(letterhead=("PEMERINTAH KOTA CONTOH",), address={"DISHUB": "Jalan Contoh 1"}),
    ))  # fmt: skip


def test_a_unit_sends_its_report_to_the_bureau_and_the_letter_names_nobody(slicer):
    (found,) = covering_letter(slicer.cut("DISHUB")).items
    assert found.to[1].startswith("Kepala Bagian Organisasi")
    assert (found.letterhead, found.address) == (("PEMERINTAH KOTA CONTOH",), "Jalan Contoh 1")
    assert [n for _, n, _ in found.rows] == ["1 (satu) berkas", "1 (satu) lembar", "1 (satu) berkas Excel"]
    assert OFFICIAL["name"] not in str(found)
    assert NIP not in str(found)
    assert type(found).from_json({k: v for k, v in found.to_json().items() if k != "kind"}) == found


def test_whom_a_city_sends_its_report_to_is_left_open(slicer):
    (found,) = covering_letter(slicer.cut("CITY")).items
    assert set(found.to[1]) == {"."}
