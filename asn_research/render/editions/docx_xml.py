"""WordprocessingML in small pieces: runs, paragraphs and tables as text, every string escaped.

Written as text because python-docx walks the whole table for each cell it touches.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count
from typing import Any
from xml.sax.saxutils import escape

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from asn_research.render.editions.layout import Fit
from asn_research.show.blocks import Table

ACCENT, INK, MUTED, LINE, SOFT = "1F4E5F", "22303A", "53616A", "D3DBDF", "EEF3F5"
WARM, WARM_SOFT, WARM_INK = "B5651D", "FDF4E6", "6B3D0C"

# Ids of content controls start here, away from those of Word itself.
_FIRST_CONTROL = 71_000_000
_FIRST_NAME = re.compile(r"^<[\w:]+")
# XML cannot hold these at all; they mean nothing in a report.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def without_controls(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return _CONTROLS.sub("", text)


def plain(text: str) -> str:
    """Return a text escaped for an element."""
    return escape(without_controls(text))


def quoted(text: str) -> str:
    """Return a text escaped for an attribute."""
    return escape(without_controls(text), {'"': "&quot;", "\n": " "})


def element(xml: str) -> Any:
    """Return the element of a WordprocessingML text that declares no namespace."""
    return parse_xml(_FIRST_NAME.sub(rf"\g<0> {nsdecls('w')}", xml, count=1))


def run(text: str, *, bold: bool = False, colour: str = "", half_points: int = 0) -> str:
    """Return a run of text; what is not given comes from the paragraph's style."""
    look = (
        ("<w:b/>" if bold else "")
        + (f'<w:color w:val="{colour}"/>' if colour else "")
        + (f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>' if half_points else "")
    )
    properties = f"<w:rPr>{look}</w:rPr>" if look else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{plain(text)}</w:t></w:r>'


def field(code: str, shown: str, *, bold: bool = False) -> str:
    """Return a field (PAGE, SEQ, ...) and what it shows until Word computes it anew."""
    look = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return (
        f'<w:r>{look}<w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r>{look}<w:instrText xml:space="preserve"> {plain(code)} </w:instrText></w:r>'
        f'<w:r>{look}<w:fldChar w:fldCharType="separate"/></w:r>'
        f"{run(shown, bold=bold)}"
        f'<w:r>{look}<w:fldChar w:fldCharType="end"/></w:r>'
    )


def to_fill_in(text: str, what: str, number: int, *, look: str = "") -> str:
    """Return a content control: a text that a person replaces, which Word marks as such.

    Parameters
    ----------
    text : str
        What stands there until it is filled in.
    what : str
        What is to be filled in, for whoever hears the document.
    number : int
        A number of its own within the document.
    look : str
        Run properties.
    """
    shown = (
        f'<w:r>{f"<w:rPr>{look}</w:rPr>" if look else ""}<w:t xml:space="preserve">{plain(text)}</w:t></w:r>'
    )
    return (
        f'<w:sdt><w:sdtPr><w:alias w:val="{quoted(what)}"/><w:tag w:val="isian-{number}"/>'
        f'<w:id w:val="{_FIRST_CONTROL + number}"/><w:text/></w:sdtPr><w:sdtContent>{shown}</w:sdtContent></w:sdt>'
    )


def paragraph(style: str, *runs: str, properties: str = "") -> str:
    """Return a paragraph in a style (its id); ``properties`` follow the style's name."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{"".join(runs)}</w:p>'


def cell(content: str, width: int, *, fill: str = "", borders: str = "", bottom: bool = False) -> str:
    """Return a table cell; ``width`` in twentieths of a point."""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>'
        + (f"<w:tcBorders>{borders}</w:tcBorders>" if borders else "")
        + (f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else "")
        + ('<w:vAlign w:val="bottom"/>' if bottom else "")
        + f"</w:tcPr>{content}</w:tc>"
    )


def row(cells: Sequence[str], *, is_header: bool = False) -> str:
    """Return a table row that no page break divides; a header is repeated on each page."""
    return (
        f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if is_header else ''}</w:trPr>{''.join(cells)}</w:tr>"
    )


def grid(rows: Sequence[str], widths: Sequence[int], *, borders: str, margin: int, title: str = "") -> str:
    """Return a table of fixed columns.

    Parameters
    ----------
    rows : sequence of str
        Each made by `row`.
    widths : sequence of int
        Column widths in twentieths of a point.
    borders : str
        The table's border elements.
    margin : int
        Left and right padding of its cells, in twentieths of a point.
    title : str
        What the table is, for readers who cannot see it.
    """
    padding = (f'<w:{side} w:w="{width}" w:type="dxa"/>'
               for side, width in (("top", 40), ("left", margin), ("bottom", 40), ("right", margin)))  # fmt: skip
    caption = f'<w:tblCaption w:val="{quoted(title)}"/>' if title else ""
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{"".join(padding)}</w:tblCellMar>'
        f'<w:tblLook w:val="0620" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" '
        f'w:noHBand="1" w:noVBand="1"/>{caption}</w:tblPr><w:tblGrid>{columns}</w:tblGrid>{"".join(rows)}</w:tbl>'
    )


def border(side: str, colour: str, eighths: int) -> str:
    """Return one side's border; its width in eighths of a point."""
    return f'<w:{side} w:val="single" w:sz="{eighths}" w:space="0" w:color="{colour}"/>'


_BORDERS = border("bottom", ACCENT, 6) + border("insideH", LINE, 4)
#: Tables whose empty cells are filled in by a person.
_FILLED_IN = frozenset({"follow_up", "survey_time"})
# What Word itself puts into an empty content control, so that it can be clicked.
_BLANK = "\u2002" * 5
# Up to this many rows a table stays on one page.
_SHORT = 12


def data_table(table: Table, fit: Fit, width: int, title: str, first_control: int = 0) -> str:
    """Return a report's table: header repeated, numbers to the right, totals emphasised.

    Parameters
    ----------
    table : Table
        The table. Of a plan, empty cells become content controls.
    fit : Fit
        Its letters and the shares of its columns.
    width : int
        The width of the text, in twentieths of a point.
    title : str
        What it is, for readers who cannot see it.
    first_control : int
        From where its content controls are numbered.
    """
    controls = count(first_control)
    widths = [int(share * width) for share in fit.shares]
    together = len(table.rows) <= _SHORT
    size = round(fit.size * 2)
    aligns = [column.align for column in table.columns]
    header = row(
        [
            cell(_cell_text(c.label, c.align, size, bold=True, colour=ACCENT, keep=True), w,
                 fill=SOFT, borders=border("bottom", ACCENT, 8), bottom=True)
            for c, w in zip(table.columns, widths, strict=True)
        ],
        is_header=True,
    )  # fmt: skip
    rows = []
    for number, cells in enumerate(table.rows):
        is_total = number in table.emphasis
        keep = together and (number < len(table.rows) - 1 or bool(table.notes))
        look = {"fill": SOFT, "borders": border("top", ACCENT, 6)} if is_total else {}
        rows.append(row([
            cell(
                _blank(column.label, align, size, next(controls), keep=keep)
                if not each.text and table.key in _FILLED_IN
                else _cell_text(each.text, align, size, bold=is_total, keep=keep),
                w, **look,  # type: ignore[arg-type]
            )
            for each, column, align, w in zip(cells, table.columns, aligns, widths, strict=True)
        ]))  # fmt: skip
    return grid([header, *rows], widths, borders=_BORDERS, margin=round(fit.padding * 20), title=title)


def _blank(what: str, align: str, size: int, number: int, *, keep: bool) -> str:
    """Return an empty cell's paragraph: a content control that names what is to be filled in."""
    properties = ("<w:keepNext/>" if keep else "") + (f'<w:jc w:val="{align}"/>' if align != "left" else "")
    look = f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
    return paragraph("TableText", to_fill_in(_BLANK, what, number, look=look), properties=properties)


def _cell_text(
    text: str, align: str, size: int, *, bold: bool = False, colour: str = "", keep: bool = False
) -> str:
    properties = ("<w:keepNext/>" if keep else "") + (f'<w:jc w:val="{align}"/>' if align != "left" else "")
    return paragraph(
        "TableText", run(text, bold=bold, colour=colour, half_points=size), properties=properties
    )
