"""One table, five ways to write it: each holds every cell, and nothing of a cell is taken for markup."""

import io
import zipfile

import docx
import matplotlib.pyplot as plt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asn_research.errors import RequestError
from asn_research.export import Grid, Heading, Picture, Text, write_word

GRID = Grid(
    head=("Variabel", "Koefisien", "Keterangan"),
    rows=(("jam_pelatihan", "0,120***", "signifikan"), ("", "(0,031)", ""), ("N", "1.234", "a | b")),
    title="Hasil 100% & lain",
    notes=("* p < 0,05.",),
    rules=frozenset({2}),
    note_label="Catatan.",
)


def test_plain_text_keeps_columns_below_each_other():
    lines = str(GRID).splitlines()
    assert lines[0] == "Hasil 100% & lain"
    assert lines[4].index("0,120***") + len("0,120***") == lines[5].index("(0,031)") + len("(0,031)")
    assert lines[6] == lines[3], "a line above the third row"
    assert lines[-1] == "Catatan. * p < 0,05."


def test_markdown_has_as_many_cells_in_each_row():
    rows = [line for line in GRID.to_markdown().splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {4}
    assert rows[1].split("|")[2].endswith(":"), "numbers stand to the right"
    assert not rows[1].split("|")[3].endswith(":")


def test_latex_escapes_what_latex_reads():
    text = GRID.to_latex()
    assert r"jam\_pelatihan & 0,120*** & signifikan \\" in text
    assert r"\caption{Hasil 100\% \& lain}" in text
    assert r"\begin{tabular}{lrl}" in text
    assert text.count(r"\midrule") == 2


@given(st.text(max_size=20))
def test_html_escapes_any_text(text):
    page = Grid(("a", "b"), ((text, "1"),), title=text, notes=(text,)).to_html()
    inside = page.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert "<script" not in page
    assert inside.count("<td") == 2


def test_word_holds_every_cell_in_a_real_table(tmp_path):
    place = GRID.to_docx(tmp_path / "tabel.docx")
    found = docx.Document(place)
    (table,) = found.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        list(GRID.head),
        *map(list, GRID.rows),
    ]
    texts = [paragraph.text for paragraph in found.paragraphs]
    assert texts[0] == "Tabel 1  Hasil 100% & lain"
    assert texts[-1] == "Catatan. * p < 0,05."
    xml = zipfile.ZipFile(place).read("word/document.xml").decode()
    assert r"SEQ Tabel \* ARABIC" in xml
    assert "w:tblHeader" in xml


def test_word_counts_tables_and_figures_apart(tmp_path):
    drawn = io.BytesIO()
    plt.imsave(drawn, [[0.0, 1.0]], format="png")
    png = drawn.getvalue()
    parts = [
        Heading("BAB IV", 1),
        Text("Isi."),
        GRID,
        Picture(png, "Plot", "Satu titik"),
        GRID,
        Text("Lebih baik.", is_remark=True),
    ]
    document = docx.Document(write_word(tmp_path / "bab.docx", parts, language="en"))
    captions = [p.text for p in document.paragraphs if p.style.name == "Caption"]
    assert captions == ["Table 1  Hasil 100% & lain", "Figure 1  Plot", "Table 2  Hasil 100% & lain"]
    assert document.inline_shapes[0]._inline.docPr.get("descr") == "Satu titik"


def test_equal_tables_are_equal_but_for_the_day_of_packing(tmp_path):
    one, two = (
        zipfile.ZipFile(GRID.to_docx(tmp_path / name)).read("word/document.xml")
        for name in ("a.docx", "b.docx")
    )
    assert one == two


@pytest.mark.parametrize("name", ["tabel.doc", "tabel", "tabel.pdf"])
def test_another_kind_of_file_is_refused(tmp_path, name):
    with pytest.raises(RequestError, match=r"Add \.docx to it"):
        GRID.to_docx(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_the_place_of_the_file_is_refused_in_words(tmp_path):
    (tmp_path / "tabel.docx").mkdir()
    with pytest.raises(RequestError, match="Close it in Word, or choose another folder"):
        GRID.to_docx(tmp_path / "tabel.docx")


@pytest.mark.parametrize("text", ["< 0,001", "<0,001", "≥ 95", "(0,012)", "−0,5**", "12.345"])
def test_numbers_with_a_sign_before_them_stand_to_the_right(text):
    assert Grid(("a", "p"), (("x", text),)).is_number == (False, True)


def test_classes_and_texts_stand_to_the_left():
    assert Grid(("a", "p"), (("x", "< 25 tahun"),)).is_number == (False, False)
