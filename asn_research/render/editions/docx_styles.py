"""How the Word edition looks: its styles, numbering, page, header and footer."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm

from asn_research.render.editions.docx_xml import (
    ACCENT,
    INK,
    LINE,
    MUTED,
    SOFT,
    WARM,
    WARM_INK,
    WARM_SOFT,
    border,
    cell,
    element,
    field,
    grid,
    paragraph,
    row,
    run,
)
from asn_research.render.editions.layout import Report

#: Width of the text on a page, in twentieths of a point: A4 less two margins of 22 mm.
TEXT_WIDTH = round(166 * 56.6929)
#: Where page numbers stand in the contents, once the reader's program has set them.
_PAGE_TAB = f'<w:tab w:val="right" w:leader="dot" w:pos="{TEXT_WIDTH}"/>'
LOCALES = {"id": "id-ID", "en": "en-US"}
_NUMBERING_ID = 77


def _fence(colour: str, fill: str) -> str:
    """Return the paragraph properties of a framed remark: a coloured line on the left, on a filled ground."""
    # Borders of the fill's colour are its padding.
    edge = 'w:val="single" w:sz="4" w:space="{space}" w:color="{colour}"'
    sides = "".join((
        f"<w:top {edge.format(space=5, colour=fill)}/>",
        f'<w:left w:val="single" w:sz="24" w:space="8" w:color="{colour}"/>',
        f"<w:bottom {edge.format(space=5, colour=fill)}/>",
    ))  # fmt: skip
    return (
        f'<w:keepLines/><w:pBdr>{sides}</w:pBdr><w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>'
        '<w:spacing w:before="200" w:after="240"/><w:ind w:left="200"/>'
    )


def _look(size: float, colour: str = INK, extra: str = "") -> str:
    return f'{extra}<w:color w:val="{colour}"/><w:sz w:val="{round(2 * size)}"/><w:szCs w:val="{round(2 * size)}"/>'


def _spacing(before: int, after: int, line: int = 252) -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="auto"/>'


_HEADING = (
    "<w:keepNext/><w:keepLines/><w:numPr>{level}"
    f'<w:numId w:val="{_NUMBERING_ID}"/></w:numPr>{{rule}}{{spacing}}<w:outlineLvl w:val="{{outline}}"/>'
)
_RULE = f'<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="3" w:color="{LINE}"/></w:pBdr>'

#: Style id: (name, paragraph properties, run properties).
_STYLES: dict[str, tuple[str, str, str]] = {
    "Normal": ("Normal", "<w:widowControl/>" + _spacing(0, 120), _look(10.5)),
    "Title": ("Title", _spacing(120, 60, 240), _look(22, ACCENT, "<w:b/>")),
    "Subtitle": ("Subtitle", _spacing(0, 120, 240), _look(13)),
    "Heading1": (
        "heading 1",
        _HEADING.format(level="", rule=_RULE, spacing=_spacing(400, 160, 240), outline=0),
        _look(15, ACCENT, "<w:b/>"),
    ),
    "Heading2": (
        "heading 2",
        _HEADING.format(level='<w:ilvl w:val="1"/>', rule="", spacing=_spacing(280, 100, 240), outline=1),
        _look(12, ACCENT, "<w:b/>"),
    ),
    "Caption": ("caption", "<w:keepNext/><w:keepLines/>" + _spacing(220, 80, 240), _look(9.5)),
    "Header": ("header", _spacing(0, 0, 240), _look(8, MUTED)),
    "Footer": ("footer", _spacing(0, 0, 240), _look(8, MUTED)),
    "Banner": (
        "Banner",
        f'<w:pBdr><w:bottom w:val="single" w:sz="8" w:space="2" w:color="{WARM}"/></w:pBdr>'
        f'<w:shd w:val="clear" w:color="auto" w:fill="{WARM_SOFT}"/>{_spacing(0, 80, 240)}<w:jc w:val="center"/>',
        _look(8.5, WARM_INK, "<w:b/>"),
    ),
    "Issuer": ("Issuer", _spacing(0, 60, 240), _look(10.5, ACCENT, "<w:b/>")),
    "ContentsTitle": ("Contents Title", "<w:keepNext/>" + _spacing(200, 60, 240), _look(10, ACCENT, "<w:b/>")),
    "TOC1": (
        "toc 1",
        f'<w:tabs><w:tab w:val="left" w:pos="400"/>{_PAGE_TAB}</w:tabs>{_spacing(0, 20, 240)}',
        _look(9.5),
    ),
    "TOC2": ("toc 2", f'<w:tabs>{_PAGE_TAB}</w:tabs>{_spacing(0, 10, 240)}<w:ind w:left="400"/>', _look(9)),
    "CoverLine": ("Cover Line", f'{_spacing(0, 80, 240)}<w:jc w:val="center"/>', _look(13)),
    "Lead": ("Lead", _spacing(0, 140, 264), _look(12)),
    "Note": ("Note", _spacing(40, 60, 240), _look(8.5, MUTED)),
    "Claim": ("Claim", _fence(ACCENT, SOFT), ""),
    "Warning": ("Warning", _fence(WARM, WARM_SOFT), ""),
    "Absent": ("Absent", _fence("B8C2C7", "F5F6F7"), "<w:i/>" + _look(10.5, MUTED)),
    "TableText": ("Table Text", _spacing(0, 0, 240), _look(9)),
    "Gap": ("Gap", '<w:spacing w:before="0" w:after="0" w:line="140" w:lineRule="exact"/>', _look(4)),
    "Chart": ("Chart", "<w:keepNext/>" + _spacing(0, 60, 240), ""),
    "Signature": (
        "Signature Block",
        f'<w:keepNext/><w:keepLines/>{_spacing(0, 0, 252)}<w:ind w:left="{round(TEXT_WIDTH * 0.55)}"/>',
        "",
    ),
}  # fmt: skip


# Word's own styles; the others of its own are written small.
_BUILT_IN = ("Normal", "Title", "Subtitle")


def prepare(document: Document, report: Report, created: date) -> None:
    """Give a new document the report's page, styles, header, footer and properties."""
    _set_page(document)
    _set_styles(document, LOCALES[report.cover.language])
    _set_numbering(document)
    _set_header(document, report)
    _set_properties(document, report, created)


def _set_page(document: Document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin, section.bottom_margin = Mm(28), Mm(24)
    section.header_distance, section.footer_distance = Mm(11), Mm(11)


def _set_styles(document: Document, locale: str) -> None:
    """Replace the default font and the styles of paragraphs by those of the report."""
    root = document.styles.element
    fonts = '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="Calibri" w:cs="Calibri"/>'
    default = root.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}")
    default.clear()
    default.append(
        element(f'<w:rPr>{fonts}<w:sz w:val="21"/><w:lang w:val="{locale}" w:eastAsia="{locale}"/></w:rPr>')
    )
    for style_id, (name, paragraph_look, run_look) in _STYLES.items():
        found = root.xpath(f"w:style[@w:styleId='{style_id}']")
        for old in found:
            root.remove(old)
        is_default = ' w:default="1"' if style_id == "Normal" else ""
        is_custom = "" if name in _BUILT_IN or name.islower() else ' w:customStyle="1"'
        base = "" if is_default else '<w:basedOn w:val="Normal"/>'
        root.append(
            element(
                f'<w:style w:type="paragraph"{is_default}{is_custom} w:styleId="{style_id}"><w:name w:val="{name}"/>{base}'
                f"<w:qFormat/><w:pPr>{paragraph_look}</w:pPr><w:rPr>{run_look}</w:rPr></w:style>"
            )
        )


def _set_numbering(document: Document) -> None:
    """Let the styles number the headings 1, 1.1, so that a heading added in Word is numbered too."""
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Heading{level + 1}"/>'
        f'<w:suff w:val="tab"/><w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:tabs><w:tab w:val="num" w:pos="600"/></w:tabs><w:ind w:left="600" w:hanging="600"/></w:pPr></w:lvl>'
        for level, text in enumerate(("%1", "%1.%2"))
    )
    numbering = document.part.numbering_part.element
    # Abstract numberings must stand before the numberings that use them.
    numbering.insert(
        0,
        element(
            f'<w:abstractNum w:abstractNumId="{_NUMBERING_ID}"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
        ),
    )
    numbering.append(
        element(f'<w:num w:numId="{_NUMBERING_ID}"><w:abstractNumId w:val="{_NUMBERING_ID}"/></w:num>')
    )


def _set_header(document: Document, report: Report) -> None:
    """Write the running head (title and period) and foot (unit and page number), and the banner if there is one."""
    section, cover, words = document.sections[0], report.cover, report.words
    header, footer = section.header._element, section.footer._element
    for part in (header, footer):
        for child in list(part):
            part.remove(child)
    if cover.banner:
        header.append(element(paragraph("Banner", run(cover.banner))))
    header.append(element(_two_sides("Header", run(cover.title), run(cover.period), 0.6)))
    header.append(element(paragraph("Header")))
    page = (run(f"{words('page')} "), field("PAGE", "1"), run(f" {words('of')} "), field("NUMPAGES", "1"))
    footer.append(
        element(_two_sides("Footer", run(cover.subtitle), "".join(page), 0.78, border("top", LINE, 4)))
    )
    footer.append(element(paragraph("Footer")))


def _two_sides(style: str, left: str, right: str, share: float, borders: str = "") -> str:
    """Return a line with text at both sides; a long one wraps without touching the other."""
    widths = [round(TEXT_WIDTH * share), round(TEXT_WIDTH * (1 - share))]
    ends = paragraph(style, right, properties='<w:jc w:val="right"/>')
    cells = [cell(paragraph(style, left), widths[0]), cell(ends, widths[1])]
    return grid([row(cells)], widths, borders=borders, margin=0)


def _set_properties(document: Document, report: Report, created: date) -> None:
    """Set the title, author, language and date of the document, and the settings that depend on the language."""
    cover, core = report.cover, document.core_properties
    core.title, core.subject = f"{cover.title} – {cover.subtitle}", cover.period
    core.author = core.last_modified_by = cover.issuer
    core.language, core.comments, core.keywords = LOCALES[cover.language], "", ""
    core.created = core.modified = datetime.combine(created, time(), tzinfo=UTC)
    settings = document.settings.element
    for mode in settings.iter(qn("w:compatSetting")):
        if mode.get(qn("w:name")) == "compatibilityMode":
            mode.set(qn("w:val"), "15")
    settings.find(qn("w:themeFontLang")).set(qn("w:val"), LOCALES[cover.language])
    settings.find(qn("w:decimalSymbol")).set(qn("w:val"), "," if cover.language == "id" else ".")
    settings.find(qn("w:listSeparator")).set(qn("w:val"), ";" if cover.language == "id" else ",")
