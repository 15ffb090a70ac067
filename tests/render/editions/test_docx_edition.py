import zipfile
from datetime import UTC, date, datetime

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm
from render.editions.sample_report import BANNER, LONG_NAME, cover, sample_report

from asn_research.render.editions import write_edition
from asn_research.show.blocks import Cell, Heading, Table, TableColumn


@pytest.fixture(params=["id", "en"])
def written(request, tmp_path):
    path = tmp_path / "report.docx"
    write_edition("docx", sample_report(request.param), path, created=date(2026, 9, 30))
    return path, request.param


def _fields(element):
    return " ".join(code.text for code in element.iter(qn("w:instrText")))


def test_the_page_is_a4_with_banner_and_numbers_on_each(written):
    path, language = written
    section = docx.Document(path).sections[0]
    assert len(docx.Document(path).sections) == 1
    assert (round(section.page_width, -3), round(section.page_height, -3)) == (
        round(Mm(210), -3),
        round(Mm(297), -3),
    )
    assert section.header.paragraphs[0].text == BANNER[language]
    assert not section.different_first_page_header_footer
    assert _fields(section.footer._element).split() == ["PAGE", "NUMPAGES"]
    assert LONG_NAME in "".join(t.text for t in section.footer._element.iter(qn("w:t")))


def test_headings_have_words_styles_and_are_numbered_by_them(written):
    document = docx.Document(written[0])
    headings = [p for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert [p.style.name[-1] for p in headings] == ["1", "1", "2", "2", "1", "1", "1", "1"]
    for level in (1, 2):
        numbering = document.styles[f"Heading {level}"].element.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        number = numbering.find(qn("w:numId")).get(qn("w:val"))
        assert document.part.numbering_part.element.xpath(f"w:num[@w:numId='{number}']")
    assert [p.style.name for p in document.paragraphs[:3]] == ["Chart", "Issuer", "Title"]


def test_captions_are_fields_in_the_caption_style(written):
    path, language = written
    captions = [p for p in docx.Document(path).paragraphs if p.style.name == "Caption"]
    names = {"id": ("Tabel", "Gambar"), "en": ("Table", "Figure")}[language]
    codes = [_fields(p._p).split()[:2] for p in captions]
    assert codes == [["SEQ", names[n]] for n in (1, 0, 1, 0, 0)]


def test_contents_link_to_headings(written):
    root = docx.Document(written[0]).element
    targets = [link.get(qn("w:anchor")) for link in root.iter(qn("w:hyperlink"))]
    marks = [mark.get(qn("w:name")) for mark in root.iter(qn("w:bookmarkStart"))]
    assert len(targets) == 6
    assert set(targets) <= set(marks)
    begins = [c.get(qn("w:fldCharType")) for c in root.iter(qn("w:fldChar"))]
    assert begins.count("begin") == begins.count("end") == begins.count("separate")


def test_contents_take_page_numbers_when_updated_and_nothing_is_asked_on_opening(written):
    document = docx.Document(written[0])
    contents = next(
        code.text for code in document.element.iter(qn("w:instrText")) if code.text.split()[:1] == ["TOC"]
    )
    assert "\\n" not in contents.split()
    for level in (1, 2):
        tabs = document.styles[f"toc {level}"].element.iter(qn("w:tab"))
        assert "dot" in {tab.get(qn("w:leader")) for tab in tabs}
    with zipfile.ZipFile(written[0]) as archive:
        assert b"updateFields" not in archive.read("word/settings.xml")
        assert b"w:dirty" not in archive.read("word/document.xml")


def test_table_headers_are_repeated_and_tables_named(written):
    document = docx.Document(written[0])
    tables = [t for t in document.tables if t._tbl.tblPr.find(qn("w:tblCaption")) is not None]
    assert len(tables) == 3
    for table in tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert table.rows[1]._tr.trPr.find(qn("w:tblHeader")) is None


def test_tables_are_as_wide_as_the_text_at_most(written):
    document = docx.Document(written[0])
    section = document.sections[0]
    text = (section.page_width - section.left_margin - section.right_margin) / 635
    for table in document.tables:
        assert sum(int(c.get(qn("w:w"))) for c in table._tbl.tblGrid) <= text + 1


def test_pictures_have_alternative_texts_and_the_full_width(written):
    document = docx.Document(written[0])
    emblem, *figures = document.inline_shapes
    assert emblem._inline.docPr.get("descr") in {"Tempat lambang daerah", "Place of the emblem"}
    assert len(figures) == 2
    for shape in figures:
        assert '"A" & <B>' in shape._inline.docPr.get("descr")
        assert abs(shape.width - Mm(166)) < Mm(1)
    ids = [shape._inline.docPr.id for shape in document.inline_shapes]
    assert len(set(ids)) == 3


def test_language_and_properties_are_set(written):
    path, language = written
    document = docx.Document(path)
    locale = {"id": "id-ID", "en": "en-US"}[language]
    assert [tag.get(qn("w:val")) for tag in document.styles.element.iter(qn("w:lang"))] == [locale]
    core = document.core_properties
    assert core.created == core.modified == datetime(2026, 9, 30, tzinfo=UTC)
    assert LONG_NAME in core.title
    assert core.author == "Pemerintah Kota Pontianak"
    assert "python-docx" not in core.comments


def test_every_entry_of_the_archive_has_the_reports_date(written):
    with zipfile.ZipFile(written[0]) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 9, 30, 0, 0, 0)}
        assert not [name for name in archive.namelist() if "thumbnail" in name]


def test_the_signature_keeps_to_what_stands_before_it(written):
    document = docx.Document(written[0])
    signed = [
        table
        for table in document.tables
        if table.rows[0].cells[0].paragraphs[0].style.name == "Signature Block"
    ]
    # One row, which no page break divides: LibreOffice divides paragraphs that are kept with the next.
    (block,) = signed
    assert len(block.rows) == 1
    assert block.rows[0]._tr.find(qn("w:trPr")).find(qn("w:cantSplit")) is not None
    assert not [p for p in document.paragraphs if p.style.name == "Signature Block"]
    before = list(block._tbl.itersiblings(preceding=True))
    assert [p.find(qn("w:pPr")).find(qn("w:keepNext")) is not None for p in before[:2]] == [True, True]


def test_what_a_plan_leaves_open_is_a_content_control_with_its_own_number(tmp_path):
    columns = (TableColumn("No."), TableColumn("Program"), TableColumn("Waktu"))
    rows = ((Cell("1"), Cell(""), Cell("")), (Cell("2"), Cell("Menambah kursi"), Cell("")))
    plans = [Table(key, "Rencana", columns, rows) for key in ("follow_up", "survey_time", "another")]
    path = tmp_path / "r.docx"
    write_edition("docx", [cover("id"), Heading("Rencana"), *plans], path, created=date(2026, 9, 30))
    controls = list(docx.Document(path).element.body.iter(qn("w:sdt")))
    named = [each.find(f"{qn('w:sdtPr')}/{qn('w:alias')}").get(qn("w:val")) for each in controls]
    # A table that is no plan has none: its empty cells are nobody's to fill in.
    assert named == ["Program", "Waktu", "Waktu"] * 2
    numbers = [each.find(f"{qn('w:sdtPr')}/{qn('w:id')}").get(qn("w:val")) for each in controls]
    assert len(set(numbers)) == len(numbers)
    assert not "".join(text.text for each in controls for text in each.iter(qn("w:t"))).strip()
