"""What a file may cost: bombs and endless sheets are refused before anything opens them."""

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

#: A city's largest honest workbook (100,000 appraisals) unpacks to about 100 MB.
MAX_UNPACKED_BYTES = 1 << 30
MAX_COLUMNS = 2_000
#: Cells in the rectangle that a sheet's filled cells span.
MAX_CELLS = 30_000_000
_CHUNK = 1 << 20
_OVERLAP = 512

_ENTITY = re.compile(rb"<!(?:ENTITY|DOCTYPE)")
#: Filled cells and rows far to the right or far down: the address may be any of the attributes, in either quotes.
_FAR = re.compile(
    rb"""<(?:\w+:)?(?:c|row)\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Za-z]{2,}\d+|[A-Za-z]?\d{6,})["'][^<>]*(?<!/)>"""
)
#: What an address far away, or one written otherwise than programs do, looks like: quick to rule out.
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
#: Two rows that follow each other and say the same are one to LibreOffice; so many are no table.
_MAX_REPEATED = 10_000
_MAX_ROWS = 1_048_576


def check_workbook(content: bytes, name: str, look: Callable[[str, bytes], None] | None = None) -> int:
    """Refuse a workbook that would unpack without end.

    Every part is unpacked once, in pieces that are thrown away; declared sizes are not believed. ``look`` sees each piece
    of text once it was found harmless.

    Returns
    -------
    int
        Number of bytes that it unpacks to.

    Raises
    ------
    RawDataError
        Naming the file, and what to do.
    """
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                if entry.flag_bits & 1:
                    raise worded(RawDataError, "error_password", name=name)
                total += _check_part(content, entry, name, total, look)
    # Of an archive that was made up, any part of the library may stumble over a length, a date or a name.
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
    """Yield a part's bytes to the end of its stream, whatever size the archive declares."""
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
    """The rectangle that the filled cells of one sheet span, as far as it is out of the ordinary."""

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
            # An empty stretch is how programs end a row; a filled one of thousands is no table.
            if b"value-type" in attributes:
                self.column = max(self.column, int(count[:12]))
        if self.column > MAX_COLUMNS:
            refuse_width(name)
        if self.column * self.row > MAX_CELLS or self.row > _MAX_ROWS:
            refuse_distance(name, self.row, self.column)

    def look_for_repeats(self, chunk: bytes, name: str) -> None:
        """Refuse filled rows that are said to stand there very often; chunks must not overlap."""
        self._row += chunk
        # A closing tag may hold blanks, and may be cut off at the end of the chunk.
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
    """Refuse a workbook that holds more than any honest one.

    Raises
    ------
    RawDataError
        Always.
    """
    raise worded(RawDataError, "error_too_large", name=name, size=MAX_UNPACKED_BYTES >> 30)


def refuse_distance(name: str, row: int, column: int) -> NoReturn:
    """Refuse a sheet with stray cells far away.

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
    """Return a name without what a terminal or page could take for a command."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
