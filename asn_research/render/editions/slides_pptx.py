"""The slides edition (pptx): the title of each slide is its finding; charts and tables are native."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Emu, Inches, Pt

from asn_research.render.editions.docx import with_fixed_dates
from asn_research.render.editions.layout import Report, fit_table, text_width
from asn_research.render.editions.slides_charts import INK, MUTED, add_chart, colour_of
from asn_research.show.blocks import KeyFigure, Table
from asn_research.show.digest_blocks import Slide, Slides, SlideTable

_WIDTH, _HEIGHT = Inches(13.333), Inches(7.5)
_LEFT, _INNER = Inches(0.6), Inches(12.13)
_ACCENT, _SOFT = "1F4E5F", "EEF3F5"
_FONT = "Calibri"
_TITLE_ONLY = 5
_TITLE_TOP, _TITLE_HEIGHT = int(Inches(0.62)), int(Inches(1.0))
_TITLE_SIZES = (30, 28, 26, 24, 22, 20, 18, 16)
#: Where the typeface is not at hand, another one may be so much wider.
_ANY_TYPEFACE = 1.18
#: A line is so much higher than its letters.
_LINE_HEIGHT = 1.22
_LANGUAGES = {"id": "id-ID", "en": "en-GB"}
_SIDES = {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT, "center": PP_ALIGN.CENTER}
#: Slides have larger letters than pages, for which tables are fitted.
_LARGER = 1.8
_NOW = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(?=<)")


def write_slides(report: Report, path: Path, created: date) -> None:
    """Write the slides.

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
        If the report has no slides.
    """
    block = report.digest(Slides)
    deck = _Deck(report, block)
    deck.prepare(created)
    deck.title_slide()
    for number, slide in enumerate(block.items, start=2):
        deck.slide(slide, number)
    raw = io.BytesIO()
    deck.deck.save(raw)
    path.write_bytes(with_fixed_dates(_with_fixed_workbooks(raw.getvalue(), created), created))


def _with_fixed_workbooks(raw: bytes, created: date) -> bytes:
    """Return the slides with a fixed date in the workbooks of their charts, so that the same slides give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith(".xlsx"):
                content = with_fixed_dates(_dated(content, created), created)
            new.writestr(name, content)
    return packed.getvalue()


def _dated(workbook: bytes, created: date) -> bytes:
    packed = io.BytesIO()
    day = f"{created.isoformat()}T00:00:00Z".encode()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            new.writestr(name, _NOW.sub(rb"\g<1>" + day, old.read(name)))
    return packed.getvalue()


class _Deck:
    """The slides while they are written."""

    def __init__(self, report: Report, block: Slides) -> None:
        self.report, self.block = report, block
        self.deck = Presentation()
        self._accent = block.accent.lstrip("#").upper() or _ACCENT
        self._n = len(block.items) + 1

    def prepare(self, created: date) -> None:
        """Set the size and properties of the slides, and remove what the empty template contains."""
        self.deck.slide_width, self.deck.slide_height = _WIDTH, _HEIGHT
        cover, properties = self.report.cover, self.deck.core_properties
        when = datetime.combine(created, time())
        properties.title, properties.subject = f"{self.block.title} – {cover.subtitle}", cover.period
        properties.author = properties.last_modified_by = cover.issuer
        properties.created = properties.modified = when
        properties.language = _LANGUAGES[cover.language]
        relations = self.deck.part.package._rels
        for key in [k for k, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
            relations.pop(key)

    # ------------------------------------------------------------ slides

    def title_slide(self) -> None:
        """Write the first slide."""
        cover = self.report.cover
        slide = self._new(self._name(), 1, top=Inches(2.3), height=Inches(1.5), sizes=(44, 40, 36, 32, 28))
        self._text(slide, cover.issuer, (_LEFT, Inches(1.5), _INNER, Inches(0.6)), (22,), colour=MUTED)
        self._text(
            slide, self.block.title, (_LEFT, Inches(3.9), _INNER, Inches(1.0)), (28, 26, 24, 22), colour=INK
        )
        self._text(slide, cover.period, (_LEFT, Inches(4.9), _INNER, Inches(0.6)), (24,), colour=MUTED)

    def _name(self) -> str:
        """Return the name of the unit, without the period, which has a line of its own."""
        cover = self.report.cover
        return cover.subtitle.removesuffix(f", {cover.period}")

    def slide(self, content: Slide, number: int) -> None:
        """Write a slide."""
        slide = self._new(content.title, number)
        top = int(Inches(1.62))
        if content.subtitle:
            self._text(
                slide, content.subtitle, (_LEFT, top, _INNER, Inches(0.45)), (18, 16, 14, 12), colour=MUTED
            )
            top = int(Inches(2.1))
        if content.figures:
            self._figures(slide, content.figures, top)
            top += Inches(2.35)
        bottom = Inches(6.55) if content.note else Inches(6.85)
        if content.chart is not None:
            frame = add_chart(slide.shapes, content.chart, (_LEFT, top, _INNER, bottom - top), self._accent)
            _describe(frame, content.chart.alt)
        elif content.table is not None:
            self._table(slide, content.table, top, bottom)
        elif content.points:
            self._points(slide, content.points, top, bottom)
        if content.note:
            self._text(
                slide,
                content.note,
                (_LEFT, Inches(6.55), _INNER, Inches(0.35)),
                (12, 11, 10, 9),
                colour=MUTED,
            )

    def _new(
        self,
        title: str,
        number: int,
        *,
        top: int = _TITLE_TOP,
        height: int = _TITLE_HEIGHT,
        sizes: tuple[int, ...] = _TITLE_SIZES,
    ) -> Any:
        """Return a slide with its title, the banner and the line at its foot."""
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[_TITLE_ONLY])
        holder = slide.shapes.title
        holder.left, holder.top, holder.width, holder.height = _LEFT, top, _INNER, height
        self._fill(holder.text_frame, [title], sizes, _INNER, height, bold=True, colour=self._accent)
        holder.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
        cover = self.report.cover
        if cover.banner:
            band = slide.shapes.add_textbox(0, 0, _WIDTH, Inches(0.42))
            band.fill.solid()
            band.fill.fore_color.rgb = colour_of("FDF4E6")
            self._fill(
                band.text_frame,
                [cover.banner],
                (14, 12),
                _WIDTH,
                Inches(0.42),
                bold=True,
                colour="6B3D0C",
                align=PP_ALIGN.CENTER,
            )
        foot = f"{self._name()} – {cover.period}"
        self._text(
            slide, foot, (_LEFT, Inches(6.98), Inches(10.5), Inches(0.35)), (12, 11, 10, 9), colour=MUTED
        )
        place = f"{number} {self.report.words('of')} {self._n}"
        self._text(
            slide, place, (Inches(11.2), Inches(6.98), Inches(1.53), Inches(0.35)), (12,), colour=MUTED, align=PP_ALIGN.RIGHT
        )  # fmt: skip
        return slide

    # ------------------------------------------------------------ parts

    def _figures(self, slide: Any, figures: Any, top: int) -> None:
        """Write headline numbers as tiles beside each other."""
        gap = Inches(0.2)
        width = (_INNER - gap * (len(figures) - 1)) // len(figures)
        for place, figure in enumerate(figures):
            tile = slide.shapes.add_shape(
                MSO_SHAPE.RECTANGLE, _LEFT + place * (width + gap), top, width, Inches(2.1)
            )
            tile.fill.solid()
            tile.fill.fore_color.rgb = colour_of(_SOFT)
            tile.line.fill.background()
            tile.shadow.inherit = False
            self._tile(tile, figure, width)

    def _tile(self, tile: Any, figure: KeyFigure, width: int) -> None:
        """Write a headline number into a tile: its label, value and detail, each in letters that fit."""
        frame = tile.text_frame
        frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
        inner = width - 2 * Inches(0.1)
        lines = [
            (figure.label, _size([figure.label], (16, 14, 13, 12, 11, 10), inner, Inches(0.65)), True, INK),
            (
                figure.value,
                _size([figure.value], (40, 36, 32, 28, 24), inner, Inches(0.8)),
                True,
                self._accent,
            ),
            (figure.detail, _size([figure.detail], (13, 12, 11, 10, 9), inner, Inches(0.5)), False, MUTED),
        ]
        for number, (text, size, bold, colour) in enumerate(line for line in lines if line[0]):
            paragraph = frame.paragraphs[0] if not number else frame.add_paragraph()
            self._run(paragraph, text, size, bold=bold, colour=colour)
            paragraph.alignment = PP_ALIGN.CENTER

    def _points(self, slide: Any, points: Any, top: int, bottom: int) -> None:
        box = slide.shapes.add_textbox(_LEFT, top, _INNER, bottom - top)
        sizes = (22, 20, 18, 16, 14, 12)
        self._fill(box.text_frame, list(points), sizes, _INNER, bottom - top, colour=INK)
        for paragraph in box.text_frame.paragraphs:
            paragraph.space_after = Pt(8)

    def _table(self, slide: Any, table: SlideTable, top: int, bottom: int) -> None:
        """Write a table, in letters with which it fits its place."""
        fit = fit_table(Table("", "", table.columns, table.rows), Emu(_INNER).pt / _LARGER)
        size, widths = _fitting(table, fit.size * _LARGER, fit.shares, bottom - top)
        frame = slide.shapes.add_table(
            len(table.rows) + 1, len(table.columns), _LEFT, top, _INNER, Inches(0.4)
        )
        grid = frame.table
        left = _INNER
        for column, width in zip(grid.columns, widths, strict=True):
            column.width = min(width, left)
            left -= column.width
        texts = [
            [column.label for column in table.columns],
            *([cell.text for cell in row] for row in table.rows),
        ]
        for y, row in enumerate(texts):
            lines = max(_lines(t, size, w - Inches(0.2)) for t, w in zip(row, widths, strict=True))
            grid.rows[y].height = Pt(lines * size * _LINE_HEIGHT + 6)
            for x, text in enumerate(row):
                self._cell(grid.cell(y, x), text, size, _SIDES[table.columns[x].align], is_head=not y)
        _describe(frame, "; ".join(texts[0]))

    def _cell(self, cell: Any, text: str, size: float, align: Any, *, is_head: bool) -> None:
        cell.fill.solid()
        cell.fill.fore_color.rgb = colour_of(_SOFT if is_head else "FFFFFF")
        cell.margin_top = cell.margin_bottom = Pt(2)
        paragraph = cell.text_frame.paragraphs[0]
        self._run(paragraph, text, size, bold=is_head, colour=self._accent if is_head else INK)
        paragraph.alignment = align

    # ------------------------------------------------------------ texts

    def _text(
        self,
        slide: Any,
        text: str,
        box: tuple[int, int, int, int],
        sizes: tuple[int, ...],
        *,
        colour: str,
        align: Any = None,
    ) -> None:
        """Add a text box to a slide, in the largest letters of `sizes` with which the text fits."""
        shape = slide.shapes.add_textbox(*box)
        self._fill(shape.text_frame, [text], sizes, box[2], box[3], colour=colour, align=align)

    def _fill(
        self,
        frame: Any,
        texts: list[str],
        sizes: tuple[int, ...],
        width: int,
        height: int,
        *,
        colour: str,
        bold: bool = False,
        align: Any = PP_ALIGN.LEFT,
    ) -> None:
        """Write paragraphs in the largest letters with which they fit."""
        frame.word_wrap = True
        size = _size(texts, sizes, width - 2 * Inches(0.1), height - Inches(0.05))
        for number, text in enumerate(texts):
            paragraph = frame.paragraphs[0] if not number else frame.add_paragraph()
            self._run(paragraph, text, size, bold=bold, colour=colour)
            paragraph.alignment = align

    def _run(self, paragraph: Any, text: str, size: float, *, bold: bool, colour: str) -> None:
        run = paragraph.add_run()
        run.text = text
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, _FONT
        run.font.color.rgb = colour_of(colour)
        run._r.get_or_add_rPr().set("lang", _LANGUAGES[self.report.cover.language])


def _describe(frame: Any, text: str) -> None:
    """Say in words what a chart or table shows."""
    frame._element._nvXxPr.cNvPr.set("descr", text)


def _lines(text: str, size: float, width: int) -> int:
    """Return how many lines a text takes."""
    room, lines, used = Emu(width).pt / size / _ANY_TYPEFACE, 1, 0.0
    for word in text.split():
        length = text_width(word)
        if used and used + length > room:
            lines, used = lines + 1, 0.0
        used += length + 0.25
    return lines


def _size(texts: list[str], sizes: tuple[int, ...], width: int, height: int) -> float:
    """Return the largest letters with which paragraphs fit a place; the smallest if none does."""
    for size in sizes:
        taken = sum(_lines(text, size, width) for text in texts) * size * _LINE_HEIGHT + 8 * (len(texts) - 1)
        if taken <= Emu(height).pt:
            return size
    return sizes[-1]


def _fitting(
    table: SlideTable, size: float, shares: tuple[float, ...], height: int
) -> tuple[float, list[int]]:
    """Return letters with which a table fits its height, and the widths of its columns."""
    widths = [round(share * _INNER) for share in shares]
    texts = [[column.label for column in table.columns], *([cell.text for cell in row] for row in table.rows)]
    while size > 8:
        heights = [
            max(_lines(t, size, w - Inches(0.2)) for t, w in zip(row, widths, strict=True))
            * size
            * _LINE_HEIGHT
            + 6
            for row in texts
        ]
        if sum(heights) <= Emu(height).pt:
            break
        size -= 0.5
    return size, widths
