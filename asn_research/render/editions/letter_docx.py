"""The covering letter as a Word document: letterhead, what is sent, and the places to fill in and to sign."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import docx
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm

from asn_research.render.editions.docx import emblem_paragraph, signature_lines, with_fixed_dates
from asn_research.render.editions.docx_styles import TEXT_WIDTH, prepare
from asn_research.render.editions.docx_xml import (
    INK,
    border,
    cell,
    element,
    grid,
    paragraph,
    row,
    run,
    to_fill_in,
)
from asn_research.render.editions.layout import Report
from asn_research.show.blocks import Signature
from asn_research.show.digest_blocks import CoveringLetter

#: The columns of the table, as shares of the width.
_SHARES = (0.07, 0.45, 0.2, 0.28)
_EMBLEM_SHARE, _EMBLEM_MM = 0.14, 20
_CENTRED = '<w:spacing w:before="0" w:after="0"/><w:jc w:val="center"/>'
_CLOSE = '<w:spacing w:before="0" w:after="0"/>'
#: Empty lines where the receiver signs.
_LINES_TO_SIGN = 4


def write_letter(report: Report, path: Path, created: date) -> None:
    """Write the covering letter of a report.

    Parameters
    ----------
    report : Report
        The report; its signature is repeated on the letter.
    path : Path
        The file.
    created : date
        The date of its properties and of every entry in the archive.

    Raises
    ------
    RenderError
        If the report has no covering letter.
    """
    letter = report.digest(CoveringLetter)
    signed = next((part.block for part in report.parts if isinstance(part.block, Signature)), None)
    document = docx.Document()
    prepare(document, report, created)
    _only_banner(document)
    body = document.element.body
    head = element(_letterhead(letter))
    head.find(f".//{qn('w:tc')}").append(emblem_paragraph(document, report, Mm(_EMBLEM_MM)))
    body.insert(len(body) - 1, head)  # the last child is the page's setup
    for xml in (*_address(letter), *_sent(letter), *_receipt(letter, signed)):
        body.insert(len(body) - 1, element(xml))
    core = document.core_properties
    core.title = f"{letter.title} – {letter.unit} – {report.cover.period}"
    raw = io.BytesIO()
    document.save(raw)
    path.write_bytes(with_fixed_dates(raw.getvalue(), created, report.accent))


def _only_banner(document: Document) -> None:
    """Remove the running head and foot of a report, except for the banner of simulated data."""
    section = document.sections[0]
    for part, keeps in ((section.header._element, "Banner"), (section.footer._element, "")):
        for child in list(part):
            style = child.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
            if style is None or style.get(qn("w:val")) != keeps:
                part.remove(child)
        if len(part) == 0:
            part.append(element(paragraph("Header")))


def _letterhead(letter: CoveringLetter) -> str:
    """Return the letterhead: a table whose first cell waits for the emblem, above a double line."""
    first = round(TEXT_WIDTH * _EMBLEM_SHARE)
    lines = [
        *(
            paragraph("Normal", run(line.upper(), half_points=26), properties=_CENTRED)
            for line in letter.letterhead
        ),
        paragraph("Normal", run(letter.unit.upper(), bold=True, half_points=30), properties=_CENTRED),
    ]
    if letter.address:
        lines.append(paragraph("Normal", run(letter.address, half_points=18), properties=_CENTRED))
    middle = TEXT_WIDTH - 2 * first
    rule = f'<w:bottom w:val="thinThickSmallGap" w:sz="18" w:space="0" w:color="{INK}"/>'
    cells = [cell("", first), cell("".join(lines), middle), cell(paragraph("Normal"), first)]
    return grid([row(cells)], [first, middle, first], borders=rule, margin=40, title=letter.unit)


def _address(letter: CoveringLetter) -> Iterator[str]:
    """Yield the date, the address, the title and the number of the letter, with places to fill in."""
    at = f'<w:ind w:left="{round(TEXT_WIDTH * 0.55)}"/>'
    date_line = to_fill_in(letter.place_date, letter.place_date.partition(",")[0], 1)
    yield paragraph("Normal", date_line, properties=f'<w:spacing w:before="240" w:after="200"/>{at}')
    for line in letter.to:
        yield paragraph(
            "Normal",
            to_fill_in(line, letter.to[0], 2) if line is letter.to[1] else run(line),
            properties=_CLOSE + at,
        )
    title = run(letter.title.upper(), bold=True, half_points=28)
    yield paragraph(
        "Normal", title, properties='<w:spacing w:before="480" w:after="0"/><w:jc w:val="center"/>'
    )
    number = to_fill_in(letter.number, letter.number.partition(":")[0], 3)
    yield paragraph(
        "Normal", number, properties='<w:spacing w:before="0" w:after="280"/><w:jc w:val="center"/>'
    )


def _sent(letter: CoveringLetter) -> Iterator[str]:
    """Yield the table of what is sent: number, document, copies and remark."""
    widths = [round(TEXT_WIDTH * share) for share in _SHARES]
    head = row(
        [
            cell(
                paragraph(
                    "TableText", run(text, bold=True, half_points=21), properties='<w:jc w:val="center"/>'
                ),
                width,
            )
            for text, width in zip(letter.headings, widths, strict=True)
        ],
        is_header=True,
    )
    rows = [
        row([
            cell(paragraph("TableText", run(text, half_points=21)), width)
            for text, width in zip((str(number), *texts), widths, strict=True)
        ])
        for number, texts in enumerate(letter.rows, start=1)
    ]  # fmt: skip
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = "".join(border(side, INK, 4) for side in sides)
    yield grid([head, *rows], widths, borders=borders, margin=90, title=letter.title)


def _receipt(letter: CoveringLetter, signed: Signature | None) -> Iterator[str]:
    """Yield the sender's signature, and below it the lines of the receiver, all kept on one page."""
    kept = "<w:keepNext/><w:keepLines/>"
    yield paragraph("Gap")
    if signed is not None:
        yield from signature_lines(signed, above=(letter.sender, *signed.above[1:]))
    date_line, receiver, *others = letter.receipt
    yield paragraph(
        "Normal",
        to_fill_in(date_line, date_line.rstrip(". "), 4),
        properties=f'{kept}<w:spacing w:before="360" w:after="0"/>',
    )
    yield paragraph("Normal", run(receiver), properties=kept + _CLOSE)
    yield from [paragraph("Normal", properties=kept + _CLOSE)] * _LINES_TO_SIGN
    for line in reversed(others):
        yield paragraph("Normal", run(line), properties=kept + _CLOSE)
