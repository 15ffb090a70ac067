"""Limits on the size of files: zip bombs and endless sheets are refused before a parser opens them."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import NoReturn

from asn_research.errors import RawDataError
from asn_research.rules.words import worded

#: The largest real workbook of a city (100,000 appraisals) unpacks to about 100 MB.
MAX_UNPACKED_BYTES = 1 << 30
MAX_COLUMNS = 2_000
#: The largest rectangle that the filled cells of a sheet may span, in cells.
MAX_CELLS = 30_000_000
_CHUNK = 1 << 20
_OVERLAP = 512

_ENTITY = re.compile(rb"<!(?:ENTITY|DOCTYPE)")
#: Filled cells and rows far to the right or far down. The address may be any attribute, in either kind of
#: quotes.
_FAR = re.compile(
    rb"""<(?:\w+:)?(?:c|row)\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Za-z]{2,}\d+|[A-Za-z]?\d{6,})["'][^<>]*(?<!/)>"""
)
#: A fast first test: only a piece that matches this can hold a far address, or one written in an unusual way.
_ODD = re.compile(rb""" r(?:="(?:[A-Za-z]{2}|[A-Za-z]?\d{6})|=[^"]|[^="])""")
_OTHER_BLANKS = (b"\nr", b"\tr", b"\rr")
_REPEATED_CELL = re.compile(
    rb"""<table:table-cell\b([^<>]*?number-columns-repeated\s*=\s*["'](\d{4,})["'][^<>]*)>"""
)
_REPEATED_ROW = re.compile(
    rb"""<table:table-row\b[^<>]*?number-rows-repeated\s*=\s*["'](\d+)["'][^<>]*(?<!/)>(.*?)</table:table-row\s*>""",
    re.DOTALL,
)
_ROW_END = b"</table:table-row"
_FILLED = re.compile(rb"value|<text:")
_MAX_ROW_BYTES = 8 << 20
#: LibreOffice stores consecutive equal rows as one row with a count. A larger count is not a real table.
_MAX_REPEATED = 10_000
_MAX_ROWS = 1_048_576


def check_workbook(content: bytes, name: str, look: Callable[[str, bytes], None] | None = None) -> int:
    """Refuse a workbook that unpacks to more than the limit, or is damaged, encrypted or malicious.

    Every part is unpacked once, in pieces that are not kept, because the sizes that the archive declares may
    be false.

    Parameters
    ----------
    content : bytes
        The workbook (a zip archive).
    name : str
        The name of the file in messages.
    look : callable, optional
        It is called with the name of the part and each piece of an xml part, after the piece was checked.

    Returns
    -------
    int
        The number of bytes that the workbook unpacks to.

    Raises
    ------
    RawDataError
        If the workbook is refused; the message says what to do.
    """
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                if entry.flag_bits & 1:
                    raise worded(RawDataError, "error_password", name=name)
                total += _check_part(content, entry, name, total, look)
    # In a forged archive, any length, date or name can make the zip library fail in its own way.
    except (zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, OSError, EOFError, ValueError,
            LookupError, OverflowError) as error:  # fmt: skip
        raise worded(RawDataError, "error_damaged", name=name) from error
    return total


def _check_part(
    content: bytes,
    entry: zipfile.ZipInfo,
    name: str,
    before: int,
    look: Callable[[str, bytes], None] | None,
) -> int:
    is_text = entry.filename.lower().endswith((".xml", ".rels"))
    is_ods = entry.filename.endswith("content.xml")
    size, tail = 0, b""
    far = _Far()
    for chunk in _unpacked(content, entry):
        size += len(chunk)
        if before + size > MAX_UNPACKED_BYTES:
            refuse_size(name)
        if is_text:
            piece = tail + chunk
            if _ENTITY.search(piece):
                raise worded(RawDataError, "error_entities", name=name)
            far.look(piece, name)
            if look is not None:
                look(entry.filename, piece)
            if is_ods:
                far.look_for_repeats(chunk, name)
            tail = piece[-_OVERLAP:]
    return size


def _unpacked(content: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the unpacked bytes of a part to the end of its stream, ignoring its declared size."""
    start = entry.header_offset
    name_size, extra_size = struct.unpack_from("<HH", content, start + 26)
    start += 30 + name_size + extra_size
    packed = memoryview(content)[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(packed[at : at + _CHUNK]) for at in range(0, len(packed), _CHUNK))
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise NotImplementedError
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    for at in range(0, len(packed), _CHUNK):
        rest = bytes(packed[at : at + _CHUNK])
        while rest:
            yield unpacker.decompress(rest, _CHUNK)
            rest = unpacker.unconsumed_tail


class _Far:
    """Tracks the lowest and the rightmost filled cell of one sheet, and refuses a sheet that spans too many.

    Only addresses beyond column Z or row 99,999 are tracked, because nearer ones cannot exceed a limit.
    """

    def __init__(self) -> None:
        self.column, self.row = 26, 0
        self.n_repeated = 0
        self._row = b""

    def look(self, piece: bytes, name: str) -> None:
        is_odd = _ODD.search(piece) or any(blank in piece for blank in _OTHER_BLANKS)
        for address in set(_FAR.findall(piece)) if is_odd else ():
            letters = address.rstrip(b"0123456789")
            self.column = max(self.column, _column_number(letters.upper()))
            self.row = max(self.row, int(address[len(letters) :][:12]))
        for attributes, count in _REPEATED_CELL.findall(piece):
            # Programs end a row with thousands of repeated empty cells. Repeated filled cells are refused.
            if b"value-type" in attributes:
                self.column = max(self.column, int(count[:12]))
        if self.column > MAX_COLUMNS:
            refuse_width(name)
        if self.column * self.row > MAX_CELLS or self.row > _MAX_ROWS:
            refuse_distance(name, self.row, self.column)

    def look_for_repeats(self, chunk: bytes, name: str) -> None:
        """Refuse filled rows with a very large repeat count. The chunks must not overlap."""
        self._row += chunk
        # A closing tag may contain blanks, and the end of the chunk may cut it off.
        end = self._row.find(b">", max(0, self._row.rfind(_ROW_END))) + 1
        if _ROW_END not in self._row or not end:
            if len(self._row) > _MAX_ROW_BYTES:
                refuse_width(name)
            return
        whole, self._row = self._row[:end], self._row[end:]
        for count, row in _REPEATED_ROW.findall(whole):
            if _FILLED.search(row):
                n = int(count[:12])
                self.n_repeated += n
                if n > _MAX_REPEATED or self.n_repeated > _MAX_ROWS:
                    raise worded(RawDataError, "error_repeated_row", name=name)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def refuse_size(name: str) -> NoReturn:
    """Refuse a workbook that is larger than any real one.

    Raises
    ------
    RawDataError
        Always.
    """
    raise worded(RawDataError, "error_too_large", name=name, size=MAX_UNPACKED_BYTES >> 30)


def refuse_distance(name: str, row: int, column: int) -> NoReturn:
    """Refuse a sheet with filled cells far from the others.

    Raises
    ------
    RawDataError
        Always.
    """
    raise worded(RawDataError, "error_stray_cells", name=name, row=row, column=column)


def refuse_width(name: str) -> NoReturn:
    """Refuse a sheet with too many columns.

    Raises
    ------
    RawDataError
        Always.
    """
    raise worded(RawDataError, "error_wide_sheet", name=name, max_columns=f"{MAX_COLUMNS:,}")


def printable(name: str) -> str:
    """Return a name with unprintable characters replaced, because a terminal or page could execute them."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
