"""Who signs may stand in the signature, whole and once; one digit else, or another place, and nothing is published."""

import json
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader
from read.stating import NIP
from render.editions.sample_report import sample_report

from asn_research.clean.privacy.denied_names import DeniedNames
from asn_research.clean.privacy.identity import Pseudonyms
from asn_research.errors import DisclosureError
from asn_research.given import Given, Signatory
from asn_research.render.editions import write_edition
from asn_research.render.editions.pdf import tte_of
from asn_research.render.formats import FULL
from asn_research.render.scan import scan_blocks, scan_folder, signature_of
from asn_research.show.blocks import Cell, Heading, Paragraph, Signature, Table, TableColumn
from asn_research.storage import checksum

CREATED = date(2026, 9, 30)
NAME, RANK = (
    "Dr. Ir. H. Wulanti Purnamasari Gumelarsa-Kusumawardhani, S.T., M.Si., M.A.P.",
    "Pembina Utama Muda (IV/c)",
)
GIVEN = Given(signatory=Signatory("Kepala Dinas", NAME, RANK, NIP))
OTHER = NIP[:-1] + "8"
BLANK = DeniedNames.none(Pseudonyms(b"a key for tests only"))
NAMES = DeniedNames(BLANK.key, frozenset(BLANK.tokens_of([NAME])))
SIGNATURE = Signature("Pontianak, ........ 2026", "Kepala Dinas,", NAME, f"NIP {NIP}", "", RANK, True)
PERSON = " ".join(SIGNATURE.person)


def with_signature(signature, *more):
    cover, *others = sample_report("id")
    prose = [block for block in others if isinstance(block, Heading | Paragraph)]
    return [cover, *prose[:4], *more, signature]


def published(folder, blocks, fmt):
    """Write an edition and look through it, as before publishing."""
    folder.mkdir(exist_ok=True)
    write_edition(fmt, blocks, folder / f"r.{fmt}", created=CREATED)
    signature = signature_of(blocks, GIVEN)
    if signature is not None:
        scan_blocks(blocks, NAMES)
    scan_folder(folder, NAMES, signature)
    return folder / f"r.{fmt}"


@pytest.mark.parametrize("fmt", FULL)
def test_who_signs_stands_in_the_signature_of_every_edition(tmp_path, fmt):
    published(tmp_path / "a", with_signature(SIGNATURE), fmt)
    # Nothing passes where nobody was stated.
    with pytest.raises(DisclosureError):
        scan_folder(tmp_path / "a", NAMES, None)


def table(text):
    return Table("t", "Tabel", (TableColumn("A"), TableColumn("B")), ((Cell("x"), Cell(text)),))


PLANTED = {
    "one_digit_else": with_signature(replace(SIGNATURE, number_line=f"NIP {OTHER}")),
    "another_name": with_signature(replace(SIGNATURE, name_line="Sumirat Kencana")),
    "in_a_paragraph": with_signature(SIGNATURE, Paragraph(f"Hubungi {NIP}.")),
    "whole_in_a_paragraph": with_signature(SIGNATURE, Paragraph(PERSON)),
    "whole_below_the_office_in_a_paragraph": with_signature(SIGNATURE, Paragraph(f"Kepala Dinas, {PERSON}")),
    "in_a_table": with_signature(SIGNATURE, table(NIP)),
    "whole_in_a_cell": with_signature(SIGNATURE, table("\n".join(SIGNATURE.person))),
    "name_in_a_table": with_signature(SIGNATURE, table(NAME)),
    "in_a_note": with_signature(SIGNATURE, replace(table("y"), notes=(f"Sumber: {NIP}",))),
    "two_signatures": with_signature(SIGNATURE, SIGNATURE),
    "no_signature": [*with_signature(SIGNATURE)[:-1], Paragraph(f"Kepala Dinas, {PERSON}")],
    "as_the_office": with_signature(replace(SIGNATURE, office=f"Kepala Dinas {NIP},")),
}  # fmt: skip


@pytest.mark.parametrize("fmt", FULL)
@pytest.mark.parametrize("where", PLANTED)
def test_one_digit_else_or_another_place_is_found(tmp_path, where, fmt):
    if fmt == "xlsx" and where in {"in_a_paragraph", "no_signature"}:
        scanned = PLANTED[where]
        with pytest.raises(DisclosureError):
            scan_blocks(scanned, NAMES)  # a workbook does not show the paragraph; other editions do
        return
    with pytest.raises(DisclosureError) as refused:
        published(tmp_path / "a", PLANTED[where], fmt)
    assert NIP not in str(refused.value)
    assert "Wulanti" not in str(refused.value)


@pytest.mark.parametrize("given", [Given(), replace(GIVEN, signatory=replace(GIVEN.signatory, nip=OTHER)),
                                   replace(GIVEN, signatory=Signatory("Kepala Dinas"))])  # fmt: skip
def test_a_block_that_was_not_stated_gives_no_leave(given):
    assert signature_of(with_signature(SIGNATURE), given) is None
    assert signature_of(with_signature(SIGNATURE), GIVEN) == SIGNATURE


def test_beside_the_pdf_stands_where_it_is_to_be_signed(tmp_path):
    pdf = published(tmp_path / "a", with_signature(SIGNATURE), "pdf")
    told = json.loads(tte_of(pdf).read_text(encoding="utf-8"))
    assert (told["file"], told["unit"], told["origin"]) == ("r.pdf", "pt", "lower left")
    assert told["sha256"] == checksum(pdf.read_bytes())
    page = PdfReader(pdf).pages[told["page"] - 1]
    width, height = (float(side) for side in page.mediabox[2:])
    assert (told["page_width"], told["page_height"]) == pytest.approx((width, height), abs=0.01)
    assert 0 < told["x"] < told["x"] + told["width"] < width
    # Between the office and the name, and nothing in it.
    heights = {}

    def note(text, outer, inner, _font, _size):
        if text.strip():
            heights.setdefault(text.strip(), inner[4] * outer[1] + inner[5] * outer[3] + outer[5])

    page.extract_text(visitor_text=note)
    office = next(at for text, at in heights.items() if text.startswith("Kepala Dinas,"))
    name = next(at for text, at in heights.items() if text.startswith("Dr. Ir."))
    assert name < told["y"] < told["y"] + told["height"] < office
    inside = [text for text, at in heights.items() if told["y"] < at < told["y"] + told["height"]]
    assert inside == []


def test_without_a_name_no_place_is_told(tmp_path):
    pdf = tmp_path / "r.pdf"
    write_edition("pdf", sample_report("id"), pdf, created=CREATED)
    assert not tte_of(pdf).exists()
