"""Text chunks of png files: add one, and read all."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_HEAD = b"\x89PNG\r\n\x1a\n"
#: Chunks of pixels, size and colour. They contain no text.
_DRAWN = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"sBIT", b"bKGD"}
)


def with_text(picture: bytes, name: str, text: str) -> bytes:
    """Return a png with a text in it.

    Parameters
    ----------
    picture : bytes
        The png.
    name, text : str
        Latin letters; a name that the format knows, as ``Creation Time``.

    Examples
    --------
    >>> from matplotlib import image
    >>> import io, numpy as np
    >>> file = io.BytesIO()
    >>> image.imsave(file, np.zeros((1, 1, 3)), format="png", metadata={"Software": None})
    >>> texts_in(with_text(file.getvalue(), "Title", "A page"))
    ['Title A page']
    """
    content = name.encode("latin-1") + b"\0" + text.encode("latin-1")
    chunk = (
        struct.pack(">I", len(content)) + b"tEXt" + content + struct.pack(">I", zlib.crc32(b"tEXt" + content))
    )
    # Right behind the head of the picture, which is 25 bytes long.
    place = len(_HEAD) + 25
    return picture[:place] + chunk + picture[place:]


def texts_in(picture: bytes) -> list[str]:
    """Return every chunk of a png that is not part of the drawing, as text; compressed text is decompressed.

    Raises
    ------
    ValueError
        If it is no whole png.
    """
    found = []
    for kind, content in _chunks(picture):
        if kind in _DRAWN:
            continue
        if kind == b"zTXt":
            name, _, packed = content.partition(b"\0")
            content = name + b" " + _opened(packed[1:])  # noqa: PLW2901
        elif kind == b"iTXt":
            name, _, rest = content.partition(b"\0")
            is_packed, words = rest[:1] == b"\1", rest[2:].split(b"\0", 2)
            content = b" ".join([name, *words[:2], _opened(words[2]) if is_packed else words[2]])  # noqa: PLW2901
        found.append(content.replace(b"\0", b" ").decode("utf-8", "replace"))
    return found


def _opened(packed: bytes) -> bytes:
    try:
        return zlib.decompress(packed)
    except zlib.error:
        return packed


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks of a png; bytes after its end are yielded as one more chunk."""
    if not picture.startswith(_HEAD):
        msg = "This is no png."
        raise ValueError(msg)
    place = len(_HEAD)
    while place < len(picture):
        size, kind = struct.unpack(">I4s", picture[place : place + 8])
        yield kind, picture[place + 8 : place + 8 + size]
        place += size + 12
        if kind == b"IEND":
            break
    else:
        msg = "This png is cut off."
        raise ValueError(msg)
    if place < len(picture):
        yield b"more", picture[place:]
