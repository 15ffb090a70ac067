"""Tables, headings, sentences and drawings as a Word document, as Indonesian theses and APA lay them out."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from asn_research.errors import RequestError
from asn_research.export.table_grid import Grid, docx_path
from asn_research.rules.words import Language, check_language, worded
from asn_research.storage import PUBLIC_FILE, write_whole

_FONT = "Times New Roman"
_LANGUAGES = {"id": "id-ID", "en": "en-GB"}
#: A document says when it was made; here a fixed day, so that the same tables are the same bytes.
_DAY = datetime(2000, 1, 1)
#: A4 less the margins that Indonesian universities ask for (4 cm left and above, 3 cm right and below).
_TEXT_WIDTH = 14.0
#: Sizes of letters in tables; a letter's width in centimetres for each point, of a wide font; a cell's margins.
_SIZE, _SMALL, _LETTER, _PADDING = 10, 8, 0.0235, 0.42


@dataclass(frozen=True)
class Heading:
    """A heading.

    Parameters
    ----------
    text : str
        What it says.
    level : int
        1 for a chapter, 2 and 3 below it.
    """

    text: str
    level: int = 2


@dataclass(frozen=True)
class Text:
    """A paragraph.

    Parameters
    ----------
    text : str
        What it says.
    is_remark : bool
        Whether it is a remark beside the text, set smaller and with a line to its left.
    """

    text: str
    is_remark: bool = False


@dataclass(frozen=True)
class Picture:
    """A drawing.

    Parameters
    ----------
    png : bytes
        The drawing.
    title : str
        What stands below.
    description : str
        What it shows, for those who cannot see it.
    """

    png: bytes
    title: str
    description: str


Part = Grid | Heading | Text | Picture


def write_word(path: str | Path, parts: Sequence[Part], *, language: Language = "id") -> Path:
    """Write parts one below the other as a Word document.

    Parameters
    ----------
    path : str or Path
        The file, which ends in ``.docx``; one of that name is replaced.
    parts : sequence of Grid, Heading, Text or Picture
        What stands in it. Tables and drawings are numbered.
    language : {"id", "en"}
        Of the words *Tabel* and *Gambar*, and for Word's spelling.

    Returns
    -------
    Path
        Where it lies.

    Raises
    ------
    RequestError
        If the name does not end in .docx, or the file cannot be written.
    """
    check_language(language)
    place = docx_path(path)
    document = docx.Document()
    _prepare(document, language)
    counts = {"Tabel": 0, "Gambar": 0} if language == "id" else {"Table": 0, "Figure": 0}
    of_table, of_picture = counts
    for part in parts:
        match part:
            case Heading():
                document.add_heading(_clean(part.text), part.level)
            case Text():
                document.add_paragraph(_clean(part.text), style="Remark" if part.is_remark else "Normal")
            case Grid():
                counts[of_table] += 1
                _add_table(document, part, f"{of_table} ", counts[of_table])
            case Picture():
                counts[of_picture] += 1
                _add_picture(document, part, f"{of_picture} ", counts[of_picture])
    raw = io.BytesIO()
    document.save(raw)
    try:
        write_whole(place, raw.getvalue(), mode=PUBLIC_FILE)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise worded(RequestError, "error_docx_unwritten", name=place.name, reason=reason) from None
    return place


def _prepare(document: Any, language: Language) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.top_margin = Cm(4)
    section.right_margin = section.bottom_margin = Cm(3)
    styles = document.styles
    normal = styles["Normal"]
    _set_font(normal, 12)
    normal.paragraph_format.space_after = Pt(6)
    tongue = OxmlElement("w:lang")
    tongue.set(qn("w:val"), _LANGUAGES[language])
    normal.element.get_or_add_rPr().append(tongue)
    for level in (1, 2, 3):
        style = styles[f"Heading {level}"]
        _set_font(style, 14 if level == 1 else 12)
        style.font.bold, style.font.color.rgb = True, RGBColor(0, 0, 0)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(12), Pt(6)
    caption = styles["Caption"]
    _set_font(caption, 12)
    caption.font.bold, caption.font.color.rgb = True, RGBColor(0, 0, 0)
    caption.paragraph_format.keep_with_next = True
    for name, size in (("Cell", 10), ("Note", 10), ("Remark", 11)):
        style = styles.add_style(name, 1)
        style.base_style = normal
        _set_font(style, size)
        style.paragraph_format.space_after = Pt(1 if name == "Cell" else 4)
        style.paragraph_format.space_before = Pt(1 if name == "Cell" else 2)
    remark = styles["Remark"].paragraph_format
    remark.left_indent = Cm(0.5)
    _border(styles["Remark"].element.get_or_add_pPr(), "left")
    document.core_properties.created = document.core_properties.modified = _DAY
    document.core_properties.author = document.core_properties.comments = ""
    document.core_properties.language = _LANGUAGES[language]


def _set_font(style: Any, size: int) -> None:
    style.font.name, style.font.size = _FONT, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{name}"), _FONT)
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)


def _border(properties: Any, side: str) -> None:
    borders = OxmlElement("w:pBdr")
    line = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "6"), ("color", "808080")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    properties.append(borders)


def _add_table(document: Any, grid: Grid, word: str, number: int) -> None:
    _add_caption(document, word, number, grid.title)
    table = document.add_table(rows=0, cols=len(grid.head))
    table.alignment = WD_TABLE_ALIGNMENT.LEFT
    table.autofit = False
    widths, size = _widths(grid)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    last = len(grid.rows) - 1
    for place, cells in enumerate([grid.head, *grid.rows], start=-1):
        row = table.add_row()
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if place == -1:
            properties.append(OxmlElement("w:tblHeader"))
        for cell, text, width, is_number in zip(row.cells, cells, widths, grid.is_number, strict=True):
            cell.width = Cm(width)
            paragraph = cell.paragraphs[0]
            paragraph.style = "Cell"
            run = paragraph.add_run(_clean(text))
            run.bold = place == -1
            run.font.size = Pt(size)
            if is_number:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            paragraph.paragraph_format.keep_with_next = place < last
            _lines(cell, top=place == -1 or place in grid.rules, bottom=place in (-1, last))
    for note in grid._noted() or [""]:
        document.add_paragraph(_clean(note), style="Note")


def _widths(grid: Grid) -> tuple[list[float], int]:
    """Return the columns' widths in centimetres and the letters' size, smaller where words would not fit."""
    for size in (_SIZE, _SMALL):
        letter = _LETTER * size
        words = [
            max((len(w) for text in column for w in text.split()), default=1) for column in _columns(grid)
        ]
        least = [word * letter + _PADDING for word in words]
        room = _TEXT_WIDTH - sum(least)
        if room >= 0:
            break
    if room < 0:
        return [_TEXT_WIDTH * each / sum(least) for each in least], size
    wanted = [min(width, 40) * letter + _PADDING for width in grid.widths]
    more = [max(want - low, 0.0) for want, low in zip(wanted, least, strict=True)]
    share = min(1.0, room / sum(more)) if sum(more) else 0.0
    return [low + share * each for low, each in zip(least, more, strict=True)], size


def _columns(grid: Grid) -> list[tuple[str, ...]]:
    return list(zip(grid.head, *grid.rows, strict=True))


def _lines(cell: Any, *, top: bool, bottom: bool) -> None:
    borders = OxmlElement("w:tcBorders")
    for side, wanted in (("top", top), ("bottom", bottom)):
        if wanted:
            line = OxmlElement(f"w:{side}")
            for name, value in (("val", "single"), ("sz", "6"), ("space", "0"), ("color", "000000")):
                line.set(qn(f"w:{name}"), value)
            borders.append(line)
    cell._tc.get_or_add_tcPr().append(borders)


def _add_picture(document: Any, picture: Picture, word: str, number: int) -> None:
    document.add_picture(io.BytesIO(picture.png), width=Cm(_TEXT_WIDTH))
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    shape = document.inline_shapes[len(document.inline_shapes) - 1]
    shape._inline.docPr.set("descr", _clean(picture.description))
    _add_caption(document, word, number, picture.title)


def _add_caption(document: Any, word: str, number: int, title: str) -> None:
    """Add a caption with Word's own counter, which a list of tables is made from."""
    caption = document.add_paragraph(style="Caption")
    caption.add_run(word)
    for kind, text in (("begin", ""), ("", " SEQ " + word.strip() + r" \* ARABIC "), ("separate", ""), ("text", str(number)), ("end", "")):  # fmt: skip
        run = caption.add_run(text if kind == "text" else "")
        if kind == "":
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = text
            run._r.append(code)
        elif kind != "text":
            sign = OxmlElement("w:fldChar")
            sign.set(qn("w:fldCharType"), kind)
            run._r.append(sign)
    caption.add_run(f"  {_clean(title)}" if title else "")


def _clean(text: str) -> str:
    """Leave out what XML cannot hold."""
    return "".join(sign for sign in text if sign in "\n\t" or (sign >= " " and sign not in "\ufffe\uffff"))
