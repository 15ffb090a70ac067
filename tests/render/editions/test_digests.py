"""What holds for the editions that are made of a part of a report."""

import base64
import io
import struct
import time
import zipfile
import zlib
from datetime import date

import numpy as np
import pytest
from matplotlib import image
from pptx import Presentation
from pptx.util import Pt
from pypdf import PdfReader
from render.editions.extract import squeezed
from render.editions.sample_digests import publication, report, slides
from render.editions.sample_report import BANNER, cover

from asn_research.errors import RenderError
from asn_research.render.editions import publication_pdf as setting
from asn_research.render.editions import write_edition
from asn_research.render.editions.png import texts_in
from asn_research.render.formats import FORMATS, FULL, format_named
from asn_research.render.scan import finds_in, texts_of
from asn_research.show.blocks import Blocks, Cell, TableColumn, flatten
from asn_research.show.digest_blocks import Series, Slide, SlideChart, SlideTable

CREATED = date(2026, 9, 30)
DIGESTS = [name for name in FORMATS if name not in FULL]
# Invented: 29 February 1980 belongs to nobody.
NIP = "198002292005011" + "999"


def write(fmt, blocks, folder, created=CREATED):
    path = folder / f"a{format_named(fmt).ending}"
    write_edition(fmt, blocks, path, created=created)
    return path


@pytest.mark.parametrize("fmt", DIGESTS)
def test_the_same_report_gives_the_same_bytes_and_another_day_others(fmt, tmp_path):
    first = write(fmt, report(), tmp_path).read_bytes()
    setting._compiler.cache_clear()
    time.sleep(1.1)  # a clock in the file would have moved on
    assert write(fmt, report(), tmp_path).read_bytes() == first
    assert write(fmt, report(), tmp_path, date(2026, 9, 29)).read_bytes() != first


@pytest.mark.parametrize("fmt", DIGESTS)
def test_a_report_that_has_no_such_part_is_refused(fmt, tmp_path):
    with pytest.raises(RenderError, match=r"sections\.digests"):
        write(fmt, [cover("id")], tmp_path)


@pytest.mark.parametrize("fmt", [name for name in DIGESTS if name != "publikasi-png"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_simulated_data_are_told_on_every_page_and_real_ones_are_not(fmt, language, tmp_path):
    real = write(fmt, report(language, banner=False), tmp_path)
    assert all("SIMULA" not in text for text in texts_of(real))
    path = write(fmt, report(language), tmp_path)
    if fmt == "paparan":
        shown = [
            [s.text_frame.text for s in slide.shapes if s.has_text_frame]
            for slide in Presentation(path).slides
        ]
        assert all(BANNER[language] in texts for texts in shown)
    else:
        assert any(squeezed(BANNER[language]) in squeezed(text) for text in texts_of(path))


@pytest.mark.parametrize("fmt", FULL)
def test_editions_that_hold_a_report_whole_do_not_print_the_digests(fmt, tmp_path):
    whole = write(fmt, report(), tmp_path).read_bytes()
    without = [block for block in report() if block.kind not in {"worksheet", "publication", "slides"}]
    assert write(fmt, without, tmp_path).read_bytes() == whole


def test_digests_come_back_from_a_notebook_as_they_were_shown():
    blocks = Blocks(tuple(report()[3:]))
    assert flatten(blocks.to_json()) == list(blocks.items)


# ---------------------------------------------------------------- publication


def test_the_publication_is_one_accessible_page_with_all_that_it_has_to_tell(tmp_path):
    reader = PdfReader(write("publikasi", report(), tmp_path))
    assert len(reader.pages) == 1
    found = "".join(reader.pages[0].extract_text().split())
    page = publication()
    told = [
        page.unit,
        page.period,
        page.index,
        page.grade,
        page.grade_line,
        page.weakest,
        page.promise,
        page.thanks,
    ]
    told += [text for _, parts in page.respondents for part in parts for text in part]
    told += [value for _, value in page.facts]
    assert not [text for text in told if "".join(text.split()) not in found]
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"].startswith("id")


@pytest.mark.parametrize("factor", [1, 4])
def test_whatever_it_has_to_tell_it_stays_one_page(factor, tmp_path):
    groups = tuple(
        (f"Ciri {k}", tuple((f"Kelompok dengan nama panjang {n}", "1.000") for n in range(2 + 2 * factor)))
        for k in range(2)
    )
    page = publication(
        unit="Dinas Pengendalian Penduduk, Keluarga Berencana, Pemberdayaan Perempuan dan Perlindungan Anak",
        respondents=groups, weakest="Unsur terendah: " + "sarana dan prasarana " * 3 * factor,
        promise="Perbaikan kami: " + "menambah kursi " * 5 * factor, sentence="Nilai masih dapat berubah. " * factor,
    )  # fmt: skip
    assert len(PdfReader(write("publikasi", [cover("id"), page], tmp_path)).pages) == 1
    write("publikasi-png", [cover("id"), page], tmp_path)


def test_the_picture_can_be_read_on_a_telephone(tmp_path):
    """Of 390 points in width the smallest letters are higher than eight."""
    picture = image.imread(write("publikasi-png", report(), tmp_path))
    height, width = picture.shape[:2]
    assert (width, round(height / width, 2)) == (1240, 1.41)
    dark = picture[..., :3].min(axis=2).mean(axis=1) < 0.98  # rows of the page that hold letters
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[False], dark, [False]]).astype(int))))[::2]
    assert sorted(runs * 390 / width)[len(runs) // 4] > 8


def test_a_citys_style_is_taken(tmp_path):
    emblem = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path d="M0 0h4v4h-4z" fill="#00ff00"/></svg>'
    page = publication(
        emblem=base64.b64encode(emblem.encode()).decode(),
        accent="#7a1f1f",
        letterhead=("PEMERINTAH KOTA SINGKAWANG",),
    )
    found = image.imread(write("publikasi-png", [cover("id"), page], tmp_path))[..., :3]
    assert (np.abs(found - [0, 1, 0]).max(axis=2) < 0.02).sum() > 1000
    assert (np.abs(found - np.array([0x7A, 0x1F, 0x1F]) / 255).max(axis=2) < 0.02).sum() > 1000
    text = PdfReader(write("publikasi", [cover("id"), page], tmp_path)).pages[0].extract_text()
    assert "PEMERINTAHKOTASINGKAWANG" in squeezed(text)


def test_an_index_that_may_not_be_told_leaves_its_sentence(tmp_path):
    page = publication(
        index="", grade="", grade_line="", sentence="Responden kurang dari 10 orang.", weakest="", promise=""
    )
    text = PdfReader(write("publikasi", [cover("id"), page], tmp_path)).pages[0].extract_text()
    assert "kurang dari 10" in text
    assert "Mutu pelayanan" not in text


def test_a_letter_that_the_typeface_lacks_is_told(tmp_path):
    text = (
        PdfReader(write("publikasi", [cover("id"), publication(promise="Program 中")], tmp_path))
        .pages[0]
        .extract_text()
    )
    assert "U+4E2D" in text


# ---------------------------------------------------------------- slides


@pytest.fixture
def deck(tmp_path):
    return Presentation(write("paparan", report(), tmp_path))


def test_every_slide_has_its_finding_as_title_and_all_that_it_shows(deck):
    assert [slide.shapes.title.text_frame.text for slide in deck.slides][1:] == [
        s.title for s in slides().items
    ]
    texts = "\n".join(
        shape.text_frame.text for slide in deck.slides for shape in slide.shapes if shape.has_text_frame
    )
    for told in ("Ringkasan", "82,06", "selang 95%: 80 – 84", "Satu.", "Dua.", "Sumber: survei."):
        assert told in texts


def test_charts_and_tables_are_native_and_said_in_words(deck):
    charts = [shape for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    tables = [shape for slide in deck.slides for shape in slide.shapes if shape.has_table]
    assert [list(chart.chart.plots[0].categories) for chart in charts] == [
        ["Sarana", "Biaya"],
        ["TW II", "TW III"],
    ]
    assert list(charts[0].chart.plots[0].series[0].values) == [60.8, 83.3]
    assert list(charts[1].chart.plots[0].series[0].values) == [80.0, None]
    assert charts[0]._element._nvXxPr.cNvPr.get("descr") == "Sarana: 60,8"
    assert [cell.text for row in tables[0].table.rows for cell in row.cells][:2] == ["Prioritas", "Responden"]


def test_no_text_leaves_its_slide_and_titles_stay_apart_from_the_banner(deck):
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height


def test_long_texts_are_set_in_smaller_letters(tmp_path):
    block = slides()
    item = type(block.items[0])("Sarana dan prasarana " * 8)
    deck = Presentation(write("paparan", [cover("id"), type(block)("L", "S", (item,))], tmp_path))
    size = deck.slides[1].shapes.title.text_frame.paragraphs[0].runs[0].font.size
    assert Pt(14) <= size < Pt(26)


def test_nobody_stands_in_the_properties(deck, tmp_path):
    assert deck.core_properties.author == deck.core_properties.last_modified_by == "Pemerintah Kota Pontianak"
    with zipfile.ZipFile(tmp_path / "a.paparan.pptx") as archive:
        assert not [name for name in archive.namelist() if b"Canny" in archive.read(name)]
        assert not [name for name in archive.namelist() if "thumbnail" in name]


# ---------------------------------------------------------------- the scan


@pytest.mark.parametrize("place", ["title", "note", "chart", "table"])
def test_a_number_planted_in_slides_is_found(place, tmp_path):
    slide = {
        "title": Slide(f"Disusun oleh {NIP}"),
        "note": Slide("Judul", note=NIP),
        "chart": Slide("Judul", chart=SlideChart("bars", (NIP, "b"), (Series("x", (1.0, 2.0)),))),
        "table": Slide(
            "Judul", table=SlideTable((TableColumn("a"), TableColumn("b")), ((Cell(NIP[:8]), Cell(NIP[8:])),))
        ),
    }[place]
    block = slides()
    path = write("paparan", [cover("id"), type(block)("L", "S", (slide,))], tmp_path)
    assert "NIP" in finds_in(path)


def test_a_number_in_the_workbook_of_a_chart_is_found(tmp_path):
    inner, outer = io.BytesIO(), tmp_path / "a.pptx"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("xl/sharedStrings.xml", f"<sst><si><t>{NIP}</t></si></sst>")
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("ppt/embeddings/a.xlsx", inner.getvalue())
    assert "NIP" in finds_in(outer)


@pytest.mark.parametrize("form", ["tEXt", "zTXt", "iTXt", "behind"])
def test_a_number_in_the_texts_of_a_picture_is_found(form, tmp_path):
    path = write("publikasi-png", report(), tmp_path)
    assert finds_in(path) == []
    content = {
        "tEXt": b"Author\0" + NIP.encode(),
        "zTXt": b"Author\0\0" + zlib.compress(NIP.encode()),
        "iTXt": b"Author\0\1\0id\0\0" + zlib.compress(NIP.encode()),
        "behind": b"",
    }[form]
    picture = path.read_bytes()
    if form == "behind":
        path.write_bytes(picture + NIP.encode())
    else:
        kind = form.encode()
        chunk = (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )
        path.write_bytes(picture[:33] + chunk + picture[33:])
    assert "NIP" in finds_in(path)


def test_a_picture_says_its_day_and_nothing_else(tmp_path):
    path = write("publikasi-png", report(), tmp_path)
    assert texts_in(path.read_bytes()) == ["Creation Time 2026-09-30"]


def test_what_only_calls_itself_a_picture_is_read_as_it_stands(tmp_path):
    (tmp_path / "a.png").write_text(f"bukan gambar {NIP}", encoding="utf-8")
    assert "NIP" in finds_in(tmp_path / "a.png")
