"""The text of a pdf as its readers see it, found without reading the drawings.

The figures of an edition are drawn as lines and curves, many thousands on a page. `pypdf` parses each of them to find
text, though none can hold any: that took most of the time of the scan. So what only draws is left out before.
"""

from __future__ import annotations

import re
from pathlib import Path

from pypdf import PageObject, PdfReader
from pypdf.generic import DecodedStreamObject, NameObject

#: Operators without text (ISO 32000-2, tables 56 to 60 and 73): state, paths, colours, and how glyphs are painted.
_DRAWING = (
    b"w|J|j|M|ri|i|gs|m|l|c|v|y|h|re|S|s|f\\*?|F|B\\*?|b\\*?|n|W\\*?|CS|cs|SCN|SC|scn|sc|G|g|RG|rg|K|k|sh|Tr"
)
_OPERANDS = rb"(?:(?:[-+.\d]+|/[^\s()<>\[\]{}/%]+)\s+)*+"
_DRAWINGS = rb"(?:(?<=\s)|(?=/))(?:%s(?:%s)(?=[\s/(<\[])\s*)++" % (_OPERANDS, _DRAWING)
_FLAT = rb"\((?:[^()\\]++|\\.)*+\)"
_NESTED = rb"\((?:[^()\\]++|\\.|%s)*+\)" % _FLAT
# Strings and comments may hold what looks like a drawing: they are matched first, and kept. A bracket that belongs to no
# string is one that is nested deeper, or a damaged one.
_PARTS = re.compile(rb"(%s|<[^<>]*+>|%%[^\r\n]*+)|([()])|%s" % (_NESTED, _DRAWINGS), re.DOTALL)
#: Begins an image within the content, whose bytes may be anything.
_IMAGE = b"BI"


def text_of_pdf(path: Path) -> str:
    """Return the text of all pages of a pdf, and its metadata, each on lines of its own."""
    reader = PdfReader(path)
    return "\n".join([*map(_text_of, reader.pages), str(dict(reader.metadata or {}))])


def _text_of(page: PageObject) -> str:
    content = page.get_contents()
    if content is not None:
        # A new object: that of `get_contents` would have its strings read as text, and `extract_text` wants their bytes.
        shortened = DecodedStreamObject()
        shortened.set_data(without_drawings(content.get_data()))
        page[NameObject("/Contents")] = shortened
    return page.extract_text()


def without_drawings(content: bytes) -> bytes:
    """Return the content of a page without what draws lines and shapes; unchanged where that is not certain.

    Parameters
    ----------
    content : bytes
        The content stream of a page, decoded.

    Examples
    --------
    >>> without_drawings(b"q 0 0 m 9 9 l S /c0 cs 1 scn BT (1 2 m ) Tj ET Q")
    b'q  BT (1 2 m ) Tj ET Q'
    """
    if _IMAGE in content:
        return content
    kept, end = [], 0
    for found in _PARTS.finditer(content):
        if found[2]:
            return content
        if not found[1]:
            kept.append(content[end : found.start()])
            end = found.end()
    return b" ".join([*kept, content[end:]])
