"""What all editions share: a glossary of the terms that a report uses, and no others."""

import pytest

from asn_research.render.editions.layout import _in_colour, open_report, tint
from asn_research.rules.glossary import load_glossary
from asn_research.show.blocks import Cell, Cover, Figure, Heading, Paragraph, Table, TableColumn
from asn_research.show.drawing import ACCENT, LIGHT, SOFT, WARM

GLOSSARY = Table(
    "glossary", "Istilah", (TableColumn("Istilah"), TableColumn("Arti")),
    tuple((Cell(term.term("id")), Cell(term.meaning("id"))) for term in load_glossary()),
)  # fmt: skip


def shown(*blocks):
    """The terms that a report with these blocks explains, and its headings."""
    cover = Cover("Laporan", "Dinas", "Kota", "2026", "id")
    report = open_report((cover, *blocks, Heading("Daftar Istilah", form="annex"), GLOSSARY))
    found = [part.block for part in report.parts]
    terms = [row[0].text for block in found if isinstance(block, Table) for row in block.rows]
    return terms, [block.text for block in found if isinstance(block, Heading)]


@pytest.mark.parametrize("term", [term.term("id") for term in load_glossary()])
def test_each_term_is_found_by_its_own_form(term):
    # The first word of a term is not always what reports say of it, so the term itself is tried.
    assert term in shown(Paragraph(f"Di sini disebut {term}."))[0]


def test_only_the_terms_that_the_other_parts_use_are_explained():
    text = "IKM relatif tetap. Komutunya, keunsuran, dan kekisarannya bukan istilah."
    terms, headings = shown(Paragraph(text))
    assert terms == ["Indeks Kepuasan Masyarakat (IKM)", "Relatif tetap"]
    assert headings == ["Daftar Istilah"]


def test_what_stands_in_tables_is_used_too():
    table = Table("x", "Nilai", (TableColumn("Kisaran"),), ((Cell("80 – 90"),),))
    assert "Kisaran" in shown(table)[0]


def test_a_glossary_of_no_term_goes_with_its_heading():
    assert shown(Heading("Waktu"), Paragraph("Semua sesuai.")) == ([], ["Waktu"])


@pytest.mark.parametrize(
    ("drawn", "own"),
    [
        pytest.param(ACCENT, "#7a1f3d", id="accent"),
        pytest.param(SOFT, tint("#7a1f3d"), id="soft"),
        pytest.param("#c7d8de", "#e0ccd2", id="shade_of_a_heat_map"),
        pytest.param("#7f9ca6", "#b48092", id="shade_of_a_map"),
        pytest.param(LIGHT, LIGHT, id="no_value"),
        pytest.param("#ffffff", "#ffffff", id="white"),
        pytest.param(WARM, WARM, id="warm"),
        pytest.param("#f4f0e6", "#f4f0e6", id="grade"),
    ],
)
def test_shades_of_figures_are_of_the_citys_colour(drawn, own):
    figure = Figure("map", "Peta", "Peta", f'<svg><path style="fill: {drawn}"/></svg>')
    assert own in _in_colour(figure, "#7a1f3d").svg
