"""What holds for every edition."""

import time
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader
from render.editions.extract import TEXT_OF, squeezed, strings_of
from render.editions.sample_report import BANNER, cover, figure, sample_report

from asn_research.errors import RenderError, RequestError
from asn_research.render.editions import EDITIONS, write_edition
from asn_research.render.editions.pdf import _compiler
from asn_research.render.formats import FORMATS, FULL
from asn_research.show.blocks import Blocks, Heading, KeyFigures, Paragraph, Table, TableColumn

CREATED = date(2026, 9, 30)
LANGUAGES = ["id", "en"]


@pytest.fixture(params=[(fmt, language) for fmt in FULL for language in LANGUAGES], ids="-".join)
def edition(request, tmp_path):
    fmt, language = request.param
    path = tmp_path / f"report.{fmt}"
    write_edition(fmt, sample_report(language), path, created=CREATED)
    return path, language


def test_every_text_and_number_of_the_blocks_is_in_the_edition(edition):
    path, language = edition
    found = squeezed(TEXT_OF[path.suffix[1:]](path))
    expected = strings_of(sample_report(language), tables_only=path.suffix == ".xlsx")
    missing = [text for text in expected if squeezed(text) not in found]
    assert len(expected) > 250
    assert missing == []


def test_tables_and_figures_are_called_by_their_number(edition):
    path, language = edition
    found = TEXT_OF[path.suffix[1:]](path)
    names = {"id": ("Tabel", "Gambar"), "en": ("Table", "Figure")}[language]
    for number in (1, 2, 3):
        assert f"{names[0]} {number}" in found
    if path.suffix != ".xlsx":
        assert f"{names[1]} 2" in found
        assert f"{names[1]} 3" not in found
    assert f"{names[0]} 4" not in found


@pytest.mark.parametrize("fmt", FULL)
def test_the_same_report_gives_the_same_bytes(fmt, tmp_path):
    paths = []
    for number in range(2):
        paths.append(tmp_path / f"{number}.{fmt}")
        _compiler.cache_clear()
        write_edition(fmt, sample_report("id"), paths[-1], created=CREATED)
        time.sleep(0 if number else 1.1)  # a clock in the file would have moved on
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("fmt", FULL)
def test_another_date_gives_other_bytes(fmt, tmp_path):
    paths = [tmp_path / f"{day}.{fmt}" for day in (29, 30)]
    for path, day in zip(paths, (29, 30), strict=True):
        write_edition(fmt, sample_report("id"), path, created=date(2026, 9, day))
    assert paths[0].read_bytes() != paths[1].read_bytes()


@pytest.mark.parametrize("fmt", FULL)
def test_real_data_carry_no_banner(fmt, tmp_path):
    path = tmp_path / f"report.{fmt}"
    write_edition(fmt, sample_report("id", banner=False), path, created=CREATED)
    found = TEXT_OF[fmt](path)
    assert "SIMULASI" not in found
    assert "Laporan Kinerja Aparatur" in found


@pytest.mark.parametrize("fmt", FULL)
def test_a_report_of_a_cover_alone_can_be_written(fmt, tmp_path):
    path = tmp_path / f"report.{fmt}"
    write_edition(fmt, [cover("id")], path, created=CREATED)
    assert BANNER["id"] in TEXT_OF[fmt](path)


@pytest.mark.parametrize("fmt", FULL)
def test_empty_parts_can_be_written(fmt, tmp_path):
    path = tmp_path / f"report.{fmt}"
    empty = Table("none", "Tanpa baris", (TableColumn("Kolom"), TableColumn("Nilai", "right")), ())
    blocks = [cover("id"), Heading("Bagian tanpa bab", 2), Paragraph("Belum ada data.", "absent"), KeyFigures(()), empty]  # fmt: skip
    write_edition(fmt, blocks, path, created=CREATED)
    assert "Tanpa baris" in TEXT_OF[fmt](path)


@pytest.mark.parametrize("fmt", FULL)
def test_a_group_of_blocks_is_written_as_its_blocks(fmt, tmp_path):
    blocks = sample_report("id")
    paths = [tmp_path / f"{name}.{fmt}" for name in ("flat", "grouped")]
    write_edition(fmt, blocks, paths[0], created=CREATED)
    write_edition(fmt, [blocks[0], Blocks(tuple(blocks[1:]))], paths[1], created=CREATED)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_an_unknown_edition_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(RequestError, match="html, pdf, docx, xlsx, lembar-kerja"):
        write_edition("odt", sample_report(), tmp_path / "report.odt", created=CREATED)


@pytest.mark.parametrize("blocks", [[], [Heading("Ringkasan")]], ids=["empty", "no_cover"])
def test_a_report_without_a_cover_is_refused(blocks, tmp_path):
    with pytest.raises(RenderError, match="starts with its cover"):
        write_edition("html", blocks, tmp_path / "report.html", created=CREATED)


def test_a_second_cover_is_refused(tmp_path):
    with pytest.raises(RenderError, match="render each report alone"):
        write_edition("html", [*sample_report(), cover("id")], tmp_path / "report.html", created=CREATED)


@pytest.mark.parametrize(
    ("fmt", "broken"),
    [
        ("docx", replace(figure("id"), svg="no picture")),
        ("pdf", replace(figure("id"), svg="<svg")),
    ],
    ids=["picture", "svg"],
)
def test_what_cannot_be_drawn_is_refused_with_a_remedy(fmt, broken, tmp_path):
    with pytest.raises(RenderError, match=r"draw the figure anew|Mend the text or figure"):
        write_edition(fmt, [cover("id"), broken], tmp_path / f"report.{fmt}", created=CREATED)
    assert list(tmp_path.iterdir()) == []


def test_every_format_has_its_writer_and_no_other():
    assert tuple(EDITIONS) == FORMATS


def test_an_odd_letter_in_a_programme_does_not_stop_the_pdf_and_is_told(tmp_path):
    said = Paragraph("Program 中 \u0661 \uff11 \u200b selesai")
    write_edition("pdf", [cover("id"), said], tmp_path / "report.pdf", created=CREATED)
    text = " ".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)
    assert "Program \ufffd" in text
    assert "U+4E2D" in text
    assert "U+FF11" not in text
