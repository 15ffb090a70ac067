"""Text tables: encoding, delimiter and quotes found, columns read at the speed of Arrow."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice

import pyarrow as pa
from pyarrow import csv as arrow_csv

from asn_research.errors import RawDataError
from asn_research.read.cells import Cells
from asn_research.read.guards import MAX_COLUMNS, refuse_width

_SAMPLE_BYTES = 1 << 16


def read_text_columns(content: bytes, name: str) -> tuple[Cells, ...]:
    """Read a text table's columns.

    Raises
    ------
    RawDataError
        If it is no text, too wide, or a quotation mark stays open.
    """
    data = _as_utf8(content, name)
    sample = data[:_SAMPLE_BYTES].decode("utf-8", "replace").splitlines()
    # The last line of a sample may be cut off.
    delimiter = _delimiter(sample if len(data) <= _SAMPLE_BYTES else sample[:-1])
    if any(line.count(delimiter) >= MAX_COLUMNS for line in sample):
        refuse_width(name)
    width = max((line.count(delimiter) for line in sample), default=0) + 1
    even = _even_columns(data, delimiter, width)
    return even if even is not None else _ragged_columns(data, delimiter, name)


def _even_columns(data: bytes, delimiter: str, width: int) -> tuple[Cells, ...] | None:
    """Read a table whose rows have as many cells each; none if they have not."""
    if data[:1] in (b"\n", b"\r") or b"\n\n" in data or b"\n\r\n" in data:
        return None
    names = [str(place) for place in range(width)]
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(data),
            read_options=arrow_csv.ReadOptions(column_names=names),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=b'"' in data, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    # Column by column, so that each one's text can go before the next is coded.
    columns = []
    for place in names:
        columns.append(Cells.of_arrow(table[place]))
        table = table.drop_columns([place])
    return tuple(columns)


def _ragged_columns(data: bytes, delimiter: str, name: str) -> tuple[Cells, ...]:
    text = data.decode("utf-8", "replace")
    if text.count('"') % 2:
        msg = f"{name}: this file cannot be read as a table separated by '{delimiter}'. Check for an open quotation mark."
        raise RawDataError(msg)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        msg = f"{name}: this file cannot be read as a table separated by '{delimiter}' ({error})."
        raise RawDataError(msg) from error
    width = max((len(row) for row in rows), default=0)
    if width > MAX_COLUMNS:
        refuse_width(name)
    return tuple(
        Cells.of_texts(row[place] if place < len(row) else "" for row in rows) for place in range(width)
    )


def _as_utf8(content: bytes, name: str) -> bytes:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").encode()
    if b"\x00" in content[:4096]:
        plain = _utf16_without_mark(content)
        if plain is None:
            msg = f"{name}: this is not a text table, though its name says so. Export it again as csv."
            raise RawDataError(msg)
        return plain.encode()
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        # Decoded piece by piece only to check: Arrow reads the bytes as they are.
        for start in range(0, len(content), 1 << 26):
            _check_utf8(content, start, start + (1 << 26))
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace").encode()
    return content


def _check_utf8(content: bytes, start: int, end: int) -> None:
    # A character may lie across the cut: begin and end at a line.
    first = content.rfind(b"\n", 0, start) + 1 if start else 0
    last = content.rfind(b"\n", 0, end) + 1 if end < len(content) else len(content)
    content[first : max(first, last)].decode("utf-8")


def _utf16_without_mark(content: bytes) -> str | None:
    for encoding, zeros in (("utf-16-le", content[1:200:2]), ("utf-16-be", content[0:200:2])):
        if zeros.count(0) > 0.8 * len(zeros):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                return None
    return None


def _delimiter(lines: list[str]) -> str:
    """Find the sign that splits most lines alike."""
    # What stands within quotation marks splits nothing.
    sample = [re.sub(r'"[^"]*"', "", line) for line in islice(lines, 200) if line.strip()]
    best = max(";\t,|", key=lambda sign: _evenness(sign, sample))
    return best if _evenness(best, sample) > 0 else ";"


def _evenness(sign: str, sample: list[str]) -> float:
    counts = [line.count(sign) for line in sample]
    usual = max(set(counts), key=counts.count, default=0)
    return usual * counts.count(usual) / max(1, len(counts)) if usual else 0.0
