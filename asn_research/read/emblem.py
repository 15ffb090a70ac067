"""Read and check the emblem of a city: one png or svg file in the folder of the forms."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from xml.etree import ElementTree

from asn_research.errors import RawDataError
from asn_research.read.steady import read_whole
from asn_research.rules.words import worded

_NAMES = ("lambang.png", "lambang.svg")
_LIMIT_KB = 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND"
#: Bytes of a part of a png beside its content: size, name, checksum.
_FRAME = 12
_SVG = "{http://www.w3.org/2000/svg}svg"
#: Parts of an svg that run programs or load other files.
_REACHES_OUT = re.compile(
    rb"<!ENTITY|<\s*(?:\w+:)?(?:script|foreignObject|iframe|image)\b|\son\w+\s*=|@import|(?:href|src)\s*=\s*[\"'](?!#)|url\(\s*[\"']?(?!#)",
    re.IGNORECASE,
)


def read_emblem(folder: Path) -> bytes:
    """Return the emblem in a folder; empty bytes if there is none.

    Raises
    ------
    RawDataError
        If there are two files, or the file is too large, damaged, or loads other files.
    """
    found = [folder / name for name in _NAMES if (folder / name).is_file()]
    if not found:
        return b""
    if len(found) > 1:
        raise worded(RawDataError, "error_emblem_two", folder=folder.name)
    (path,) = found
    if path.stat().st_size > _LIMIT_KB * 1024:
        raise worded(RawDataError, "error_emblem_size", file=path.name, limit=_LIMIT_KB)
    content = read_whole(path, path.name)
    kind = path.suffix[1:]
    if kind == "svg" and _REACHES_OUT.search(content):
        raise worded(RawDataError, "error_emblem_reaches_out", file=path.name)
    if not (_is_svg(content) if kind == "svg" else _is_png(content)):
        raise worded(RawDataError, "error_emblem_kind", file=path.name, kind=kind)
    return content


def _is_png(content: bytes) -> bool:
    """Whether the checksums of a png are right. A damaged png would be drawn as an empty picture without an error."""
    at = len(_PNG)
    while content.startswith(_PNG) and at + _FRAME <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        part, checksum = content[at + 4 : at + 8 + size], content[at + 8 + size : at + _FRAME + size]
        if zlib.crc32(part).to_bytes(4, "big") != checksum:
            return False
        if part.startswith(_PNG_END):
            return True
        at += _FRAME + size
    return False


def _is_svg(content: bytes) -> bool:
    try:
        # Texts with entities were refused before, so the parser cannot be overloaded by them.
        return ElementTree.fromstring(content).tag == _SVG  # noqa: S314
    except ElementTree.ParseError:
        return False
