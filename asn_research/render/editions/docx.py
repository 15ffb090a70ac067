"""The Word edition: real styles, numbered headings, captions, repeated table headers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Twips

from asn_research.render.editions.common import Part, Report, fit_table
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
from asn_research.render.editions.pdf import picture_of
from asn_research.show.blocks import Figure, Heading, KeyFigure, KeyFigures, Paragraph, Signature, Table

_ROLES = {"body": "Normal", "note": "Note", "claim": "Claim", "warning": "Warning", "absent": "Absent"}
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
    for xml in _head(report):
        body.insert(len(body) - 1, element(xml))  # the last child is the page's setup
    for number, part in enumerate(report.parts):
        children = list(_children(document, report, part, number))
        for child in children:
            body.insert(len(body) - 1, child)
        if any(isinstance(after.block, Signature) for after in report.parts[number + 1 : number + 2]):
            _keep_with_next(children)
    _drop_thumbnail(document)
    raw = io.BytesIO()
    document.save(raw)
    path.write_bytes(with_fixed_dates(raw.getvalue(), created))


def _keep_with_next(children: Sequence[Any]) -> None:
    """Keep the last paragraphs of a block on the signature's page: none is signed alone."""
    for child in children:
        if child.tag == qn("w:p"):
            child.get_or_add_pPr().get_or_add_keepNext()


def _drop_thumbnail(document: Document) -> None:
    """Drop the preview picture of the empty document that python-docx starts from."""
    relations = document.part.package.rels
    for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
        del relations[key]


def with_fixed_dates(raw: bytes, created: date) -> bytes:
    """Pack an archive anew with one date for every entry, so that equal reports are equal bytes."""
    packed = io.BytesIO()
    day = (created.year, created.month, created.day, 0, 0, 0)
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, day)
            # A png does not get smaller.
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return packed.getvalue()


def _head(report: Report) -> Iterator[str]:
    cover = report.cover
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
    chapters = [p for p in report.parts if isinstance(p.block, Heading) and p.block.level == 1]
    if chapters:
        yield paragraph("ContentsTitle", run(report.words("contents")))
        yield from _contents(chapters)


def _contents(chapters: list[Part]) -> Iterator[str]:
    """Return a contents field, filled; page numbers are left out since only Word knows them."""
    for number, part in enumerate(chapters):
        assert isinstance(part.block, Heading)  # noqa: S101 (the caller chose them)
        start = (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve">'
            r' TOC \o "1-1" \n \h \z </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
            if number == 0
            else ""
        )
        end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>' if number == len(chapters) - 1 else ""
        link = f"{run(part.number)}<w:r><w:tab/></w:r>{run(part.block.text)}"
        yield paragraph(
            "TOC1",
            start,
            f'<w:hyperlink w:anchor="{_bookmark(part)}" w:history="1">{link}</w:hyperlink>',
            end,
        )


def _bookmark(part: Part) -> str:
    return "_Toc" + part.number.replace(".", "_")


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
            fit = fit_table(table, TEXT_WIDTH / 20)
            yield element(data_table(table, fit, TEXT_WIDTH, f"{report.label(part)}. {table.title}"))
            yield from (element(paragraph("Note", run(note))) for note in table.notes)
            if not table.notes:
                yield element(paragraph("Gap"))
        case KeyFigures(figures=figures):
            in_row = min(len(figures), 2) if len(figures) in (1, 2, 4) else 3
            for start in range(0, len(figures), in_row):
                yield element(_tiles(figures[start : start + in_row], in_row))
                yield element(paragraph("Gap"))
        case Heading() as heading:
            mark = f'w:id="{number}"'
            begin = f'<w:bookmarkStart {mark} w:name="{_bookmark(part)}"/>'
            yield element(
                paragraph(f"Heading{heading.level}", begin, run(heading.text), f"<w:bookmarkEnd {mark}/>")
            )
        case Paragraph() as prose:
            yield element(_prose(report, prose))
        case Signature() as signature:
            yield from (element(line) for line in _signature(signature))


def _caption(report: Report, part: Part, title: str) -> str:
    name = report.words(part.block.kind)
    number = field(rf"SEQ {name} \* ARABIC", part.number, bold=True)
    return paragraph("Caption", run(f"{name} ", bold=True), number, run(". ", bold=True), run(title))


def _prose(report: Report, prose: Paragraph) -> str:
    style = _ROLES[prose.role]
    if prose.role not in ("claim", "warning"):
        return paragraph(style, run(prose.text))
    colour = ACCENT if prose.role == "claim" else WARM_INK
    word = run(report.words(prose.role), bold=True, colour=colour, half_points=17)
    return paragraph(style, word, "<w:r><w:br/></w:r>", run(prose.text))


def _picture(document: Document, figure: Figure) -> Any:
    """Return a paragraph with the figure over the page's full width."""
    inline = document.part.new_pic_inline(io.BytesIO(picture_of(figure)), width=Twips(TEXT_WIDTH))
    inline.docPr.set("descr", without_controls(figure.alt))
    inline.docPr.set("title", without_controls(figure.title))
    holder = element(paragraph("Chart", "<w:r/>"))
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


def _signature(signature: Signature) -> Iterator[str]:
    lines = (
        signature.place_date,
        signature.office,
        "",
        "",
        "",
        "",
        signature.name_line,
        signature.number_line,
    )
    yield paragraph("Note")
    yield from (paragraph("Signature", run(line)) for line in lines)
