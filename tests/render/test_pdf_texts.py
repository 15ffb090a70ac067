"""The text of a pdf without its drawings: what `pypdf` finds with them, whatever strings hold."""

from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject
from render.editions.sample_report import sample_report

from asn_research.render.editions import write_edition
from asn_research.render.pdf_texts import text_of_pdf, without_drawings


def whole_text(path: Path) -> str:
    """Return the text as pypdf finds it when it parses every drawing."""
    reader = PdfReader(path)
    return "\n".join([*(page.extract_text() for page in reader.pages), str(dict(reader.metadata or {}))])


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    path = tmp_path_factory.mktemp("pdf") / "a.pdf"
    write_edition("pdf", sample_report(), path, created=date(2026, 9, 30))
    return path


def test_the_text_of_an_edition_is_whole(edition):
    assert text_of_pdf(edition) == whole_text(edition)
    assert len(text_of_pdf(edition)) > 500


def test_the_drawings_of_an_edition_are_left_out(edition):
    contents = [page.get_contents() for page in PdfReader(edition).pages]
    n_before = sum(len(each.operations) for each in contents)
    shortened = [without_drawings(each.get_data()) for each in contents]
    assert sum(map(len, shortened)) < sum(len(each.get_data()) for each in contents)
    for content, short in zip(contents, shortened, strict=True):
        content.set_data(short)
    assert sum(len(each.operations) for each in contents) < n_before


@pytest.mark.parametrize(
    ("content", "left"),
    [
        (b"q 1 0 0 1 5 5 cm/c0 cs 1 0 0 scn 0 0 m\n9 9 l\nh\nf\nQ ", b"q 1 0 0 1 5 5 cm Q "),
        # What looks like a drawing within a string, a number in hexadecimal digits or a comment is text.
        (b"BT ( 1 2 m 198501012010011001 ) Tj ET", None),
        (b"BT ( a (1 2 m ) \\) 1 2 l ) Tj ET", None),
        (b"BT < 1 2 3 4 5 6 c > Tj ET", None),
        (b"% 0 0 m 1 1 l S \nBT (a) Tj ET", None),
        (b"/Span << /ActualText ( 0 0 m ) >> BDC EMC", None),
        # Where it is not certain what is a string, and where an image begins, nothing is left out.
        (b"0 0 m 1 1 l S ( ( ( 1 2 m ) ) ) Tj", None),
        (b"0 0 m 1 1 l S ( 1 2 m ", None),
        (b"0 0 m 1 1 l S BI /W 1 ID ( EI ", None),
        # Neither a font, a text's place nor another picture is a drawing.
        (b"/F1 12 Tf 1 0 0 1 0 0 Tm 3 4 Td /X0 Do ", None),
    ],
)
def test_only_drawings_are_left_out(content, left):
    assert without_drawings(content) == (content if left is None else left)


def test_a_number_that_looks_like_a_drawing_is_found(tmp_path):
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    page[NameObject("/Resources")] = PdfReader(_with_font(tmp_path)).pages[0]["/Resources"].clone(writer)
    content = DecodedStreamObject()
    content.set_data(b"0 0 m 9 9 l S BT /F1 9 Tf (NIP 198501012010011001 1 m ) Tj ET 1 1 m 2 2 l S ")
    page[NameObject("/Contents")] = content
    path = tmp_path / "b.pdf"
    writer.write(path)
    assert "198501012010011001 1 m" in text_of_pdf(path)
    assert text_of_pdf(path) == whole_text(path)


def _with_font(folder: Path) -> Path:
    """Return a pdf of one page with the font F1."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Font<</F1 4 0 R>>>>>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, starts = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        starts.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    end = b"xref\n0 5\n0000000000 65535 f \n%strailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(body),
    )
    path = folder / "font.pdf"
    path.write_bytes(body + end)
    return path
