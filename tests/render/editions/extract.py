"""Reads the text of an edition back with other libraries than those that wrote it."""

import docx
import openpyxl
from docx.oxml.ns import qn
from lxml import html
from pypdf import PdfReader

from asn_research.show.blocks import (
    Cover,
    Figure,
    Heading,
    KeyFigures,
    Paragraph,
    Signature,
    Table,
)  # fmt: skip


def squeezed(text):
    """Return a text without blanks: editions break lines where they like."""
    return "".join(text.split())


def html_text(path):
    return html.fromstring(path.read_bytes()).body.text_content()


def pdf_text(path):
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def docx_text(path):
    document = docx.Document(path)
    section = document.sections[0]
    roots = (section.header._element, document.element.body, section.footer._element)
    paragraphs = [p for root in roots for p in root.iter(qn("w:p"))]
    return "\n".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in paragraphs)


def xlsx_text(path):
    """Return the text of all cells, numbers written as their format and language would show them."""
    book = openpyxl.load_workbook(path)
    language = "id" if book.sheetnames[0] == "Isi" else "en"
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    names = " ".join(book.sheetnames)
    return names + "\n" + "\n".join(shown(cell, language) for cell in cells)


def shown(cell, language):
    """Return what Excel shows of a cell, for the formats that a report has."""
    if isinstance(cell.value, str):
        return cell.value
    sections = cell.number_format.split(";")
    number_format = (
        sections[-1] if cell.value == 0 else sections[1] if cell.value < 0 and sections[1:] else sections[0]
    )
    body, _, suffix = number_format.partition('"')
    decimals = len(body.partition(".")[2])
    # Halves up, as Excel does.
    text = f"{abs(cell.value) + 1e-9:{',' if ',' in body else ''}.{decimals}f}"
    if language == "id":
        text = text.translate(str.maketrans(",.", ".,"))
    sign = "−" if cell.value < 0 else "+" if body.startswith("+") else ""
    return sign + text + suffix.rstrip('"')


TEXT_OF = {"html": html_text, "pdf": pdf_text, "docx": docx_text, "xlsx": xlsx_text}


def strings_of(blocks, *, tables_only=False):
    """Return every text that blocks show, for ``tables_only`` those that a workbook holds."""
    texts = []
    for block in blocks:
        match block:
            case Cover():
                texts += [block.title, block.subtitle, block.issuer, block.period, block.banner]
                texts += [text for fact in block.facts for text in fact]
            case Table():
                texts += [block.title, *block.notes, *(column.label for column in block.columns)]
                texts += [cell.text for row in block.rows for cell in row]
            case KeyFigures():
                texts += [t for f in block.figures for t in (f.label, f.value, f.detail, f.change)]
            case Heading() | Paragraph() if not tables_only:
                texts.append(block.text)
            case Figure() if not tables_only:
                texts += [block.title, *block.notes]
            case Signature() if not tables_only:
                texts += [*block.above, *block.person]
    return [text for text in texts if text]
