"""Read text tables (csv): detect encoding, delimiter and quotes, and read the columns with Arrow."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import islice, zip_longest
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from asn_research.errors import RawDataError
from asn_research.read.cells import Cells
from asn_research.read.file_guards import MAX_COLUMNS, refuse_width
from asn_research.read.workbook_child import Column
from asn_research.rules.words import worded

_SAMPLE_BYTES = 1 << 16
_PIECE_BYTES = 1 << 22
#: A column with a greater share of distinct cells than this is not dictionary-encoded while reading.
_MANY = 0.5
#: Two line ends in a row. Counting them never counts more empty lines than there are.
_EMPTY_LINES = (b"\n\n", b"\r\n\r\n", b"\r\r")
_MAX_EMPTY = 500_000
_ROWS_AT_ONCE = 4096
_MAX_RAGGED = 200_000_000


def read_text_columns(source: bytes | Path, name: str) -> tuple[Cells, ...]:
    """Read the columns of a text table.

    Parameters
    ----------
    source : bytes or Path
        The content of the file, or its path if it is too large for memory.
    name : str
        The name of the file in messages.

    Returns
    -------
    tuple of Cells
        The columns, all of one length.

    Raises
    ------
    RawDataError
        If it is not text, has too many empty lines or columns, or has an unclosed quotation mark.
    """
    start, is_all = _start(source)
    is_plain = b"\x00" not in start[:4096] and not start.startswith(codecs.BOM_UTF8)
    # Arrow can read a plain UTF-8 file from disk. Text in another encoding is first converted in memory.
    if isinstance(source, bytes) or not is_plain:
        source = _as_utf8(source if isinstance(source, bytes) else source.read_bytes(), name)
        start, is_all = _start(source)
    has_quotes = _has_quotes(source, name)
    sample = _lines(start, is_all=is_all)
    delimiter = _delimiter(sample)
    if any(line.count(delimiter) >= MAX_COLUMNS for line in sample):
        refuse_width(name)
    even = _even_columns(source, delimiter, _distinct_columns(sample, delimiter), has_quotes=has_quotes)
    if even is None:
        whole = source if isinstance(source, bytes) else _as_utf8(source.read_bytes(), name)
        even = _ragged_columns(whole, delimiter, name)
    if has_quotes and any(_breaks_lines(column) for column in even):
        whole = source if isinstance(source, bytes) else _as_utf8(source.read_bytes(), name)
        return _without_swallowed(even, whole, delimiter, name)
    return even


def _breaks_lines(column: Cells) -> bool:
    return bool(column.like(r"(?s).*\n").any())


def _without_swallowed(
    columns: tuple[Cells, ...], data: bytes, delimiter: str, name: str
) -> tuple[Cells, ...]:
    """Split rows that were joined into one by stray quotation marks.

    A cell with line breaks is a long answer, unless each of its lines has as many cells as a whole row.

    Raises
    ------
    RawDataError
        If some lines of a cell are whole rows and others are not, so the end of a row is unknown.
    """
    lines = data.decode("utf-8", "replace").splitlines()
    width = len(columns)
    reader = csv.reader(io.StringIO("\n".join(lines), newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    is_split, before = False, 0
    try:
        for row in reader:
            physical, first = lines[before : reader.line_num], before
            before = reader.line_num
            n_whole = sum(line.count(delimiter) == width - 1 for line in physical[1:])
            if len(physical) == 1 or width == 1 or not n_whole:
                rows.append(row)
                continue
            if not all(line.count(delimiter) == width - 1 for line in physical):
                raise worded(RawDataError, "error_open_quote", name=name, first=first + 1, before=before)
            is_split = True
            rows += [[cell.replace('"', "") for cell in line.split(delimiter)] for line in physical]
    except csv.Error:
        return columns
    if not is_split:
        return columns
    return tuple(Cells.of(row[place] if place < len(row) else "" for row in rows) for place in range(width))


def _start(source: bytes | Path) -> tuple[bytes, bool]:
    """Return the first bytes of a table, and whether they are the whole table."""
    if isinstance(source, bytes):
        return source[:_SAMPLE_BYTES], len(source) <= _SAMPLE_BYTES
    with source.open("rb") as file:
        return file.read(_SAMPLE_BYTES), False


def _lines(start: bytes, *, is_all: bool) -> list[str]:
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError:
        text = start.decode("cp1252", "replace")
    lines = text.splitlines()
    # The last line of a sample may be cut off.
    return lines if is_all or len(lines) < 2 else lines[:-1]


def _distinct_columns(sample: list[str], delimiter: str) -> list[bool]:
    """Return, for each column of a sample, whether most rows have a different text."""
    width = max((line.count(delimiter) for line in sample), default=0) + 1
    rows = [line.split(delimiter) for line in sample]
    even = [row for row in rows if len(row) == width]
    return [len({row[place] for row in even}) > _MANY * len(even) for place in range(width)]


def _even_columns(
    source: bytes | Path, delimiter: str, is_distinct: list[bool], *, has_quotes: bool
) -> tuple[Cells, ...] | None:
    """Read a UTF-8 table whose rows have equal numbers of cells; None if the table is not like that."""
    coded = pa.dictionary(pa.int32(), pa.string())
    types = {str(place): pa.string() if plain else coded for place, plain in enumerate(is_distinct)}
    # Python opens the file, because Arrow cannot open a path that is not valid UTF-8.
    opened = pa.BufferReader(source) if isinstance(source, bytes) else pa.PythonFile(source.open("rb"), "r")
    try:
        table = arrow_csv.read_csv(
            opened,
            read_options=arrow_csv.ReadOptions(column_names=list(types), block_size=_PIECE_BYTES),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=has_quotes, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(column_types=types, strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None
    finally:
        opened.close()
    waiting = table.columns[::-1]
    del table
    # Each Arrow column is freed as soon as it is converted. Two copies of the table would need too much
    # memory.
    return tuple(
        Cells(None, None, plain=waiting.pop()) if plain else _coded(waiting.pop()) for plain in is_distinct
    )


def _coded(column: pa.ChunkedArray) -> Cells:
    """Return an Arrow dictionary column as `Cells` with the smallest possible codes."""
    known: dict[str, int] = {}
    pieces = []
    for piece in column.chunks:
        places = [known.setdefault(text, len(known)) for text in piece.dictionary.to_pylist()]
        table = np.array(places, np.int16 if len(known) < 1 << 15 else np.int32)
        pieces.append(table[piece.indices.to_numpy(zero_copy_only=False)])
    return Cells.of_coded(pieces, pa.array(list(known), pa.string()))


def _has_quotes(source: bytes | Path, name: str) -> bool:
    """Return whether the table has any quotation mark; refuse a table with too many empty lines."""
    has_quotes, n_empty = False, 0
    for piece in _pieces(source):
        has_quotes = has_quotes or b'"' in piece
        n_empty += max(piece.count(pair) for pair in _EMPTY_LINES)
        if n_empty > _MAX_EMPTY:
            raise worded(RawDataError, "error_empty_lines", name=name, max_empty=f"{_MAX_EMPTY:,}")
    return has_quotes


def _pieces(source: bytes | Path) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield from (source[at : at + _PIECE_BYTES] for at in range(0, len(source), _PIECE_BYTES))
        return
    with source.open("rb") as file:
        yield from iter(lambda: file.read(_PIECE_BYTES), b"")


def _ragged_columns(data: bytes, delimiter: str, name: str) -> tuple[Cells, ...]:
    text = data.decode("utf-8", "replace")
    if text.count('"') % 2:
        raise worded(RawDataError, "error_not_separated", name=name, delimiter=delimiter)
    columns: list[Column] = []
    n_rows = 0
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        while some := list(islice(rows, _ROWS_AT_ONCE)):
            width = max(len(columns), *map(len, some), 0)
            _refuse_size(width, n_rows + len(some), name)
            columns += [Column(n_rows) for _ in range(width - len(columns))]
            for column, cells in zip(columns, zip_longest(*some, fillvalue=""), strict=False):
                column.add(cells)
            n_rows += len(some)
            for column in columns:
                column.pad(n_rows)
    except csv.Error as error:
        msg = f"{name}: this file cannot be read as a table separated by '{delimiter}' ({error})."
        raise RawDataError(msg) from error
    return tuple(Cells.of_pairs(np.frombuffer(column.codes, np.int32), column.pairs()) for column in columns)


def _refuse_size(n_columns: int, n_rows: int, name: str) -> None:
    """Refuse rows of unequal length if padding all to the longest would make a huge table."""
    if n_columns > MAX_COLUMNS:
        refuse_width(name)
    if n_columns * n_rows > _MAX_RAGGED:
        raise worded(RawDataError, "error_unequal_rows", name=name, n_columns=n_columns, n_rows=f"{n_rows:,}")


def _as_utf8(content: bytes, name: str) -> bytes:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").encode()
    if b"\x00" in content[:4096]:
        plain = _utf16_without_mark(content)
        if plain is None:
            raise worded(RawDataError, "error_no_text", name=name)
        return plain.encode()
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace").encode()
    return content


def _utf16_without_mark(content: bytes) -> str | None:
    for encoding, zeros in (("utf-16-le", content[1:200:2]), ("utf-16-be", content[0:200:2])):
        if zeros.count(0) > 0.8 * len(zeros):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                return None
    return None


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter that splits most lines into the same number of cells."""
    # Text in quotation marks is removed first, because a sign in it is not a delimiter.
    sample = [re.sub(r'"[^"]*"', "", line) for line in islice(lines, 200) if line.strip()]
    best = max(";\t,|", key=lambda sign: _evenness(sign, sample))
    return best if _evenness(best, sample) > 0 else ";"


def _evenness(sign: str, sample: list[str]) -> float:
    counts = [line.count(sign) for line in sample]
    usual = max(set(counts), key=counts.count, default=0)
    return usual * counts.count(usual) / max(1, len(counts)) if usual else 0.0
