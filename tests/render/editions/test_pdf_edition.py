import re
from datetime import date

import pytest
from pypdf import PdfReader
from render.editions.sample_report import BANNER, LONG_NAME, cover, sample_report

from asn_research.render.editions import write_edition
from asn_research.show.blocks import Heading, Paragraph


@pytest.fixture(scope="module", params=["id", "en"])
def reader(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    write_edition("pdf", sample_report(request.param), path, created=date(2026, 9, 30))
    return PdfReader(path), request.param


def _structure(node):
    """Yield the elements of the structure tree."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for each in node:
            yield from _structure(each)
    elif isinstance(node, dict):
        yield node
        yield from _structure(node.get("/K", []))


def test_the_banner_is_on_each_page(reader):
    pdf, language = reader
    assert len(pdf.pages) >= 5
    assert [BANNER[language] in page.extract_text() for page in pdf.pages] == [True] * len(pdf.pages)


def test_each_page_says_its_number_and_how_many_there_are(reader):
    pdf, language = reader
    pattern = {"id": r"Halaman (\d+) dari (\d+)", "en": r"Page (\d+) of (\d+)"}[language]
    found = [re.search(pattern, page.extract_text()).groups() for page in pdf.pages]
    assert found == [(str(n + 1), str(len(pdf.pages))) for n in range(len(pdf.pages))]


def test_the_unit_is_at_the_foot_of_each_page(reader):
    for page in reader[0].pages:
        assert LONG_NAME in page.extract_text()


def test_it_declares_ua_and_a(reader):
    xmp = reader[0].trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert "<pdfuaid:part>1<" in xmp
    assert "<pdfaid:part>2<" in xmp
    assert "<pdfaid:conformance>A<" in xmp


def test_it_is_tagged_with_title_and_language(reader):
    pdf, language = reader
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith(language)
    assert LONG_NAME in pdf.metadata.title
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]


def test_figures_have_alternative_texts(reader):
    tags = list(_structure(reader[0].trailer["/Root"]["/StructTreeRoot"]))
    alts = [tag["/Alt"] for tag in tags if tag.get("/S") == "/Figure" and "/Alt" in tag]
    emblem, *figures = alts
    assert emblem in {"Tempat lambang daerah", "Place of the emblem"}
    assert len(figures) == 2
    assert all('"A" & <B>' in alt for alt in figures)


def test_tables_have_header_cells_and_headings_their_levels(reader):
    tags = [tag.get("/S") for tag in _structure(reader[0].trailer["/Root"]["/StructTreeRoot"])]
    assert tags.count("/Table") >= 3
    assert tags.count("/TH") >= 6 + 12 + 6
    assert (tags.count("/H1"), tags.count("/H2")) == (6, 2)


def test_headings_are_bookmarks_with_their_numbers(reader):
    outline = reader[0].outline
    titles = [entry.title for entry in outline if not isinstance(entry, list)]
    assert [title.split()[0] for title in titles] == ["1", "2", "3", "4", "5", "6"]


def test_a_long_tables_header_is_repeated(reader):
    pdf, language = reader
    heading = {"id": "Selang 95%", "en": "95% interval"}[language]
    unit = "Kelurahan Contoh"
    pages = [page.extract_text() for page in pdf.pages]
    with_rows = [text for text in pages if text.count(unit) > 3]
    assert len(with_rows) >= 2
    assert all(heading in text for text in with_rows)


def test_all_typefaces_are_inside(reader):
    fonts = {}
    for page in reader[0].pages:
        for font in page["/Resources"]["/Font"].values():
            font = font.get_object()  # noqa: PLW2901
            descendant = font["/DescendantFonts"][0].get_object()
            fonts[font["/BaseFont"]] = descendant["/FontDescriptor"]
    assert {name.partition("+")[2] for name in fonts} >= {"Lato-Regular", "Lato-Bold", "Lato-Italic"}
    assert all({"/FontFile2", "/FontFile3"} & set(font) for font in fonts.values())


def test_nothing_stands_outside_the_page(reader):
    for page in reader[0].pages:
        ends = []
        page.extract_text(visitor_text=lambda text, cm, tm, *_, ends=ends: ends.append(tm[4] * cm[0] + cm[4]))
        assert min(ends) >= 0
        assert max(ends) <= float(page.mediabox.width)


@pytest.mark.parametrize(("n_lines", "fills_page", "n_pages"), [(4, True, 2), (4, False, 3), (30, True, 3)])
def test_an_annex_goes_on_below_a_few_lines_and_starts_a_page_below_many(
    tmp_path, n_lines, fills_page, n_pages
):
    blocks = [
        Heading("Waktu pelayanan", new_page=True),
        *(Paragraph("Separuh permohonan selesai dalam satu hari kerja.") for _ in range(n_lines)),
        Heading("Kuesioner", form="annex", new_page=True, fills_page=fills_page),
        Paragraph("Responden menilai sembilan unsur."),
    ]
    write_edition("pdf", [cover("id"), *blocks], tmp_path / "a.pdf", created=date(2026, 9, 30))
    assert len(PdfReader(tmp_path / "a.pdf").pages) == n_pages
