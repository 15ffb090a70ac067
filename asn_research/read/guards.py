"""What a file may cost: bombs and endless sheets are refused before anything opens them."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from asn_research.errors import RawDataError

#: A city's largest honest workbook (100,000 appraisals) unpacks to about 100 MB.
MAX_UNPACKED_BYTES = 1 << 30
MAX_COLUMNS = 2_000
#: Cells in the rectangle that a sheet's filled cells span.
MAX_CELLS = 30_000_000
_CHUNK = 1 << 20
_OVERLAP = 512

_ENTITY = re.compile(rb"<!(?:ENTITY|DOCTYPE)")
#: Filled cells far to the right or far down; Excel writes their address first.
_WIDE = re.compile(rb'<c r="([A-Z]{3,})(\d+)"[^>]*[^/]>')
_DEEP = re.compile(rb'<c r="([A-Z]{1,2})(\d{6,})"[^>]*[^/]>')
_REPEATED = re.compile(rb"<table:(table-cell|table-row)\b([^>]*)>")
#: A cell whose formula no program has computed: it has a formula and no value. A computed empty text says t="str".
_HOLLOW = re.compile(
    rb'<c r="([A-Z]+)(\d+)"(?![^>]*t="str")[^>]*>\s*<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>'
)
_HIDDEN_ROW = re.compile(rb'<row r="(\d+)"[^>]*\bhidden="(?:1|true)"')
_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml")
_COUNT = re.compile(rb'number-(?:columns|rows)-repeated="(\d{4,})"')


@dataclass
class SheetFacts:
    """What a sheet's cells do not say: which formulas have no value, and which rows are hidden.

    Parameters
    ----------
    hollow : set of (int, int)
        Row and column, from 0, of cells whose formula was never computed.
    hidden_rows : set of int
        From 0.
    """

    hollow: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)

    def look(self, piece: bytes) -> None:
        """Note what a piece of the sheet's part says."""
        if b"<f" in piece:
            for letters, row in _HOLLOW.findall(piece):
                self.hollow.add((int(row) - 1, _column_number(letters) - 1))
        if b"hidden=" in piece:
            self.hidden_rows |= {int(row) - 1 for row in _HIDDEN_ROW.findall(piece)}


def check_workbook(content: bytes, name: str) -> dict[str, SheetFacts]:
    """Refuse a workbook that would unpack without end, and note what its sheets' cells do not say.

    Every part is unpacked once, in pieces that are thrown away; declared sizes are not believed.

    Returns
    -------
    dict of str to SheetFacts
        By the sheets' parts (xl/worksheets/sheet1.xml); empty for what is no Excel workbook.

    Raises
    ------
    RawDataError
        Naming the file, and what to do.
    """
    total = 0
    facts: dict[str, SheetFacts] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                if entry.flag_bits & 1:
                    msg = f"{name}: this workbook is protected by a password. Save it without one and run again."
                    raise RawDataError(msg)
                sheet = SheetFacts() if _SHEET_PART.fullmatch(entry.filename) else None
                total += _check_part(content, entry, name, total, sheet)
                if sheet:
                    facts[entry.filename] = sheet
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, OSError) as error:
        msg = f"{name}: this workbook is damaged or cut off and cannot be read. Export it again from its system."
        raise RawDataError(msg) from error
    return facts


def _check_part(
    content: bytes, entry: zipfile.ZipInfo, name: str, before: int, sheet: SheetFacts | None
) -> int:
    is_text = entry.filename.lower().endswith((".xml", ".rels"))
    size, tail = 0, b""
    far = _Far()
    for chunk in _unpacked(content, entry):
        size += len(chunk)
        if before + size > MAX_UNPACKED_BYTES:
            msg = (
                f"{name}: this workbook unpacks to more than {MAX_UNPACKED_BYTES >> 30} GiB. "
                "Copy its data into a new workbook, or split it by unit or quarter."
            )
            raise RawDataError(msg)
        if is_text:
            piece = tail + chunk
            if _ENTITY.search(piece):
                msg = f"{name}: this workbook defines XML entities, which no spreadsheet program does. It was not opened; ask its sender for a new export."
                raise RawDataError(msg)
            far.look(piece, name)
            if sheet is not None:
                sheet.look(piece)
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
        self.column, self.row = 100, 100_000

    def look(self, piece: bytes, name: str) -> None:
        for pattern in (_WIDE, _DEEP):
            for letters, row in pattern.findall(piece):
                self.column = max(self.column, _column_number(letters))
                self.row = max(self.row, int(row))
        for tag, attributes in _REPEATED.findall(piece):
            count = max((int(n) for n in _COUNT.findall(attributes)), default=0)
            # An empty stretch is how programs end a row; a filled one of thousands is no table.
            if tag == b"table-cell" and count and b"value-type" in attributes:
                self.column = max(self.column, count)
        if self.column > MAX_COLUMNS:
            refuse_width(name)
        if self.column * self.row > MAX_CELLS and self.row > 100_000:
            msg = (
                f"{name}: a sheet's cells reach to row {self.row}, column {self.column}. Delete the stray cells "
                "far below or beside the table (Ctrl+End shows them), save, and run again."
            )
            raise RawDataError(msg)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def refuse_width(name: str) -> None:
    """Refuse a sheet with too many columns.

    Raises
    ------
    RawDataError
        Always.
    """
    msg = (
        f"{name}: a sheet has more than {MAX_COLUMNS:,} columns. A table has a row for each case; "
        "delete stray cells to the right (Ctrl+End shows them), or turn the table round."
    )
    raise RawDataError(msg)


def printable(name: str) -> str:
    """Return a name without what a terminal or page could take for a command."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
