"""The Word edition: real styles, numbered headings, captions, repeated table headers."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Twips

from asn_research.render.editions.docx_styles import TEXT_WIDTH, prepare
from asn_research.render.editions.docx_xml import (
    ACCENT,
    MUTED,
    SOFT,
    WARM_INK,
    border,
    cell,
    data_table,
    element,
    field,
    grid,
    paragraph,
    row,
    run,
    without_controls,
)
from asn_research.render.editions.layout import TTE_SIZE, Part, Report, fit_table
from asn_research.render.editions.pdf import picture_of, png_of
from asn_research.show.blocks import (
    Contents,
    Figure,
    Heading,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Signature,
    Table,
)

_ROLES = {
    "body": "Normal",
    "lead": "Lead",
    "note": "Note",
    "claim": "Claim",
    "warning": "Warning",
    "absent": "Absent",
}
_OWN_COLOUR = re.compile(rf'(w:(?:val|color|fill)=)"{ACCENT}"'.encode())
_MOST_CELLS = 1000
#: How much wider than Calibri the letters may be of a program that lacks it and takes its own.
_WIDER = 1.35
#: Empty lines where a report is signed by hand.
_LINES_TO_SIGN = 4
_VERDICTS = {"better": "1B6B45", "worse": "9C2F1F", "unclear": MUTED, "none": MUTED}


def write_docx(report: Report, path: Path, created: date) -> None:
    """Write a report as a Word document.

    Parameters
    ----------
    report : Report
        The report.
    path : Path
        The file.
    created : date
        The date of its properties and of every entry in the archive.

    Raises
    ------
    RenderError
        If a figure's drawing cannot be read.
    """
    document = docx.Document()
    prepare(document, report, created)
    body = document.element.body
    body.insert(len(body) - 1, _emblem(document, report))  # the last child is the page's setup
    for xml in _head(report):
        body.insert(len(body) - 1, element(xml))
    for number, part in enumerate(report.parts):
        children = list(_children(document, report, part, number))
        for child in children:
            body.insert(len(body) - 1, child)
        if any(isinstance(after.block, Signature) for after in report.parts[number + 1 : number + 2]):
            _keep_with_next(children)
    _drop_thumbnail(document)
    raw = io.BytesIO()
    document.save(raw)
    path.write_bytes(with_fixed_dates(raw.getvalue(), created, report.accent))


def _keep_with_next(children: Sequence[Any]) -> None:
    """Keep the last paragraphs of a block on the page of the signature, so that no page has the signature alone."""
    for child in children:
        if child.tag == qn("w:p"):
            child.get_or_add_pPr().get_or_add_keepNext()


def _drop_thumbnail(document: Document) -> None:
    """Drop the preview picture of the empty document that python-docx starts from."""
    relations = document.part.package.rels
    for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
        del relations[key]


def with_fixed_dates(raw: bytes, created: date, accent: str = ACCENT) -> bytes:
    """Pack an archive again with one date for all entries, so that equal reports give equal bytes, and set the city's colour."""
    packed = io.BytesIO()
    day = (created.year, created.month, created.day, 0, 0, 0)
    colour = rf'\g<1>"{accent[1:].upper()}"'.encode()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, day)
            # A png does not get smaller.
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            content = old.read(name)
            # All is written in the toolkit's own colour; another takes its place where a colour is named.
            new.writestr(entry, _OWN_COLOUR.sub(colour, content) if name.endswith(".xml") else content)
    return packed.getvalue()


_NO_NUMBER = '<w:numPr><w:numId w:val="0"/></w:numPr><w:ind w:left="0" w:firstLine="0"/>'
_NEW_PAGE = "<w:pageBreakBefore/>"


def _head(report: Report) -> Iterator[str]:
    """Yield the head of the report: issuer, title, subtitle and facts, or a cover page."""
    cover = report.cover
    if cover.form == "page":
        yield from _cover_page(report)
        return
    yield paragraph("Issuer", run(cover.issuer))
    yield paragraph("Title", run(cover.title))
    yield paragraph("Subtitle", run(cover.subtitle))
    if cover.facts:
        widths = [round(TEXT_WIDTH * 0.22), round(TEXT_WIDTH * 0.78)]
        rows = [
            row([
                cell(paragraph("TableText", run(label, colour=MUTED)), widths[0]),
                cell(paragraph("TableText", run(value)), widths[1]),
            ])
            for label, value in cover.facts
        ]  # fmt: skip
        yield grid(rows, widths, borders=border("bottom", ACCENT, 12), margin=0)
    if not any(isinstance(part.block, Contents) for part in report.parts):
        yield from _contents(report, 1)


def _cover_page(report: Report) -> Iterator[str]:
    """Return a cover page: the emblem, the title, the unit and period, and the government."""
    cover, centred = report.cover, '<w:jc w:val="center"/>'
    title = f'<w:spacing w:before="900" w:after="400"/>{centred}'
    yield paragraph("Title", run(cover.title), properties=title)
    yield paragraph("CoverLine", run(cover.subtitle, bold=True, half_points=32))
    yield paragraph("CoverLine", run(cover.period, half_points=26))
    issuer = run(cover.issuer.upper(), bold=True, colour=ACCENT, half_points=24)
    yield paragraph("CoverLine", issuer, properties='<w:spacing w:before="5200"/>')


def _contents(report: Report, deepest: int) -> Iterator[str]:
    """Return a table of contents with its entries; page numbers come when the reader's program updates the field.

    Only the program that lays out the document knows its pages. It is not asked to update the field when it opens the
    document, since Word would then ask whether the file may refer to other files.
    """
    headings = [p for p in report.parts if isinstance(p.block, Heading) and p.block.level <= deepest]
    if headings:
        yield paragraph("ContentsTitle", run(report.words("contents")))
    for number, part in enumerate(headings):
        assert isinstance(part.block, Heading)  # noqa: S101 (the list holds no other)
        start = (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve">'
            rf' TOC \o "1-{deepest}" \h \z </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
            if number == 0
            else ""
        )
        end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>' if number == len(headings) - 1 else ""
        tabbed = f"{run(part.number)}<w:r><w:tab/></w:r>{run(part.block.text)}"
        link = tabbed if part.is_plain_number else run(part.heading)
        yield paragraph(
            f"TOC{part.block.level}",
            start,
            f'<w:hyperlink w:anchor="{_bookmark(part)}" w:history="1">{link}</w:hyperlink>',
            end,
        )


def _bookmark(part: Part) -> str:
    return "_Toc_" + part.anchor.replace("-", "_")


def _heading(part: Part, heading: Heading, number: int) -> str:
    """Return a heading; Word numbers sections itself, other numbers stand in the text."""
    mark = f'w:id="{number}"'
    text = heading.text if part.is_plain_number else part.heading
    begin = f'<w:bookmarkStart {mark} w:name="{_bookmark(part)}"/>'
    looks = (_NEW_PAGE if heading.new_page else "") + ("" if part.is_plain_number else _NO_NUMBER)
    style = f"Heading{heading.level}"
    return paragraph(style, begin, run(text), f"<w:bookmarkEnd {mark}/>", properties=looks)


def _children(document: Document, report: Report, part: Part, number: int) -> Iterator[Any]:
    """Return the elements of one block, in order."""
    match part.block:
        case Figure() as figure:
            yield element(_caption(report, part, figure.title))
            yield _picture(document, figure)
            yield from (element(paragraph("Note", run(note))) for note in figure.notes)
        case Table() as table:
            # Word joins tables that touch; the caption keeps them apart.
            yield element(_caption(report, part, table.title))
            fit = fit_table(table, TEXT_WIDTH / 20 / _WIDER)
            title = f"{report.label(part)}. {table.title}"
            # A table has fewer cells than this, so no two controls have one number.
            yield element(data_table(table, fit, TEXT_WIDTH, title, number * _MOST_CELLS))
            yield from (element(paragraph("Note", run(note))) for note in table.notes)
            if not table.notes:
                yield element(paragraph("Gap"))
        case KeyFigures(figures=figures):
            in_row = min(len(figures), 2) if len(figures) in (1, 2, 4) else 3
            for start in range(0, len(figures), in_row):
                yield element(_tiles(figures[start : start + in_row], in_row))
                yield element(paragraph("Gap"))
        case Heading() as heading:
            yield element(_heading(part, heading, number))
        case Contents(is_printed=True):
            yield from (element(line) for line in _contents(report, 2))
        case Paragraph() as prose:
            yield element(_text_of(report, prose))
        case Signature() as signature:
            yield from map(element, _undivided(signature_lines(signature)))


def _caption(report: Report, part: Part, title: str) -> str:
    name = report.words(part.block.kind)
    number = field(rf"SEQ {name} \* ARABIC", part.number, bold=True)
    return paragraph("Caption", run(f"{name} ", bold=True), number, run(". ", bold=True), run(title))


def _text_of(report: Report, prose: Paragraph) -> str:
    """Return a paragraph; a claim or a warning starts with a coloured line that says so."""
    style = _ROLES[prose.role]
    if prose.role not in ("claim", "warning"):
        return paragraph(style, run(prose.text))
    colour = ACCENT if prose.role == "claim" else WARM_INK
    label = run(report.words(prose.role), bold=True, colour=colour, half_points=17)
    return paragraph(style, label, "<w:r><w:br/></w:r>", run(prose.text))


def _picture(document: Document, figure: Figure) -> Any:
    """Return a paragraph with the figure over the page's full width."""
    inline = document.part.new_pic_inline(io.BytesIO(picture_of(figure)), width=Twips(TEXT_WIDTH))
    inline.docPr.set("descr", without_controls(figure.alt))
    inline.docPr.set("title", without_controls(figure.title))
    holder = element(paragraph("Chart", "<w:r/>"))
    holder[-1].append(element("<w:drawing/>"))
    holder[-1][-1].append(inline)
    return holder


def _emblem(document: Document, report: Report) -> Any:
    """Return a paragraph with the city's emblem, at the head of the document."""
    is_page = report.cover.form == "page"
    centred = '<w:spacing w:before="900"/><w:jc w:val="center"/>' if is_page else ""
    return emblem_paragraph(document, report, Mm(30 if is_page else 17), centred)


def emblem_paragraph(document: Document, report: Report, height: Length, centred: str = "") -> Any:
    """Return a paragraph with the city's emblem."""
    inline = document.part.new_pic_inline(io.BytesIO(png_of(report.emblem)), height=height)
    inline.docPr.set("descr", report.emblem_alt)
    holder = element(paragraph("Chart", "<w:r/>", properties=centred))
    holder[-1].append(element("<w:drawing/>"))
    holder[-1][-1].append(inline)
    return holder


def _tiles(figures: Sequence[KeyFigure], in_row: int) -> str:
    """Return one row of headline numbers as a table of shaded cells."""
    width = TEXT_WIDTH // in_row
    # White borders are the gaps between tiles.
    gap = border("left", "FFFFFF", 48) + border("right", "FFFFFF", 48)
    cells = []
    for figure in figures:
        sure = figure.verdict in ("better", "worse")
        lines = [
            run(figure.label, bold=True, half_points=18),
            run(figure.value, bold=True, colour=ACCENT, half_points=40),
            run(figure.detail, colour=MUTED, half_points=17),
            run(figure.change, bold=sure, colour=_VERDICTS[figure.verdict], half_points=17),
        ]
        content = "".join(paragraph("TableText", line) for line in lines)
        cells.append(cell(content, width, fill=SOFT, borders=border("top", ACCENT, 18) + gap))
    cells += [cell(paragraph("TableText"), width)] * (in_row - len(figures))
    return grid([row(cells)], [width] * in_row, borders="", margin=140)


def signature_lines(signature: Signature, above: Sequence[str] | None = None) -> Iterator[str]:
    """Return the paragraphs of a signature; other lines may stand above the place to sign."""
    yield paragraph("Note", properties="<w:keepNext/>")
    *above, office = signature.above if above is None else above
    first, *others = signature.person
    yield from (paragraph("Signature", run(line)) for line in above)
    if signature.has_box:
        yield paragraph("Signature", run(office), properties='<w:spacing w:before="0" w:after="120"/>')
        yield _box()
        yield paragraph("Signature", run(first), properties='<w:spacing w:before="120" w:after="0"/>')
    else:
        yield paragraph("Signature", run(office))
        yield from [paragraph("Signature")] * _LINES_TO_SIGN
        yield paragraph("Signature", run(first))
    yield from (paragraph("Signature", run(line)) for line in others)


def _undivided(lines: Iterable[str]) -> Iterator[str]:
    """Return a signature in a table row that no page break divides; "keep with next" alone fails in LibreOffice."""
    gap, *others = lines
    yield gap
    yield grid([row([cell("".join(others), TEXT_WIDTH)])], [TEXT_WIDTH], borders="", margin=0)
    # Word wants a paragraph after the last table of a document.
    yield paragraph("Gap")


def _box() -> str:
    """Return an empty frame for an electronic signature, kept with the lines above and below it."""
    width, height = (round(side * 20) for side in TTE_SIZE)
    sides = "".join(
        f'<w:{side} w:val="dashed" w:sz="4" w:space="0" w:color="{MUTED}"/>'
        for side in ("top", "left", "bottom", "right")
    )
    frame = cell(paragraph("Signature", properties='<w:ind w:left="0"/>'), width, borders=sides)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{width}" w:type="dxa"/><w:tblInd w:w="{round(TEXT_WIDTH * 0.55)}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid><w:gridCol w:w="{width}"/></w:tblGrid>'
        f'<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="{height}" w:hRule="exact"/></w:trPr>{frame}</w:tr></w:tbl>'
    )
