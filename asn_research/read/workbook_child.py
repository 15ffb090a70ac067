"""Read workbooks in a child process. If a damaged workbook crashes this process, the run itself continues.

The parent starts this file as a script, so it imports nothing of the package and no slow library. It reads
requests from standard input: a line of JSON (`size`, `seconds`, `max_columns`, `max_cells`), then the bytes
of the workbook. It answers each request with frames: for every sheet a line of JSON and the codes of its
columns, and at the end a line with the outcome.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import signal
import sys
from array import array
from decimal import Decimal
from itertools import islice, zip_longest
from typing import Any, BinaryIO

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

try:
    import resource
except ImportError:  # Windows has no such limits.
    resource = None  # type: ignore[assignment]

#: Kinds of cells: text, number, date, boolean, empty.
TEXT, NUMBER, DATE, TRUTH, EMPTY = "s", "n", "d", "b", ""

#: Limit on the address space of the reading process, in bytes (on Linux, partly on macOS, not on Windows).
MAX_MEMORY = 4 << 30
_ROWS_AT_ONCE = 4096


def cell_text(value: Any) -> tuple[str, str]:
    """Return the value of a spreadsheet cell as text, with its kind."""
    if isinstance(value, str):
        clean = value.replace("\xa0", " ").strip()
        return clean, TEXT if clean else EMPTY
    if isinstance(value, bool):
        return str(value), TRUTH
    if isinstance(value, int | float):
        # A spreadsheet stores fifteen digits; further digits would be floating-point noise.
        digits = f"{value:.15g}"
        return digits if "e+" not in digits else f"{Decimal(digits):f}", NUMBER
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat(), DATE
    return (str(value), TEXT) if value is not None else ("", EMPTY)


class Column:
    """A column that is dictionary-encoded while cells are added: distinct cells, and a code for every row.

    Parameters
    ----------
    n_blank : int
        The number of empty cells at the top.
    """

    def __init__(self, n_blank: int = 0) -> None:
        # The type is part of the key, because 1, 1.0 and True are equal as dictionary keys.
        self._known: dict[Any, int] = {"": 0}
        self.codes = array("i", bytes(4 * n_blank))

    def add(self, values: Any) -> None:
        """Append cells."""
        known = self._known
        self.codes.extend(
            known.setdefault(value if type(value) is str else (type(value), value), len(known))
            for value in values
        )

    def pad(self, n: int) -> None:
        """Append empty cells up to ``n`` rows."""
        if len(self.codes) < n:
            self.codes.frombytes(bytes(4 * (n - len(self.codes))))

    def start_at(self, n: int) -> None:
        """Insert ``n`` empty cells at the top."""
        if n > 0:
            self.codes = array("i", bytes(4 * n)) + self.codes

    def pairs(self) -> list[tuple[str, str]]:
        """Return the distinct cells as pairs (text, kind) in the order of their codes; the first is empty."""
        return [cell_text(key if type(key) is str else key[1]) for key in self._known]


def _send(out: BinaryIO, message: dict[str, Any], payload: bytes = b"") -> None:
    out.write(json.dumps({**message, "n_bytes": len(payload)}).encode() + b"\n")
    out.write(payload)


def _columns(sheet: Any, n_rows: int, n_columns: int) -> list[Column]:
    """Return all columns of a sheet, starting at cell A1."""
    columns = [Column() for _ in range(n_columns)]
    rows, n_read = sheet.iter_rows(), 0
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        # The library omits empty columns at the left, and may omit empty rows at the top.
        left = n_columns - len(some[0])
        for column, values in zip(columns[left:], zip_longest(*some, fillvalue=""), strict=False):
            column.add(values)
        n_read += len(some)
    for column in columns:
        column.pad(n_read)
        column.start_at(n_rows - n_read)
    return columns


def _read(content: bytes, order: dict[str, Any], out: BinaryIO) -> str:
    """Send the sheets of a workbook to the parent; return the outcome."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for number, about in enumerate(book.sheets_metadata, start=1):
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(about.name)
        message = {"sheet": about.name, "number": number}
        if sheet.start is None or sheet.end is None:
            continue
        n_rows, n_columns = (place + 1 for place in sheet.end)
        if n_columns > order["max_columns"]:
            _send(out, {**message, "refused": "wide"})
            return "refused"
        if n_columns * n_rows > order["max_cells"]:
            _send(out, {**message, "refused": "far", "n_rows": n_rows, "n_columns": n_columns})
            return "refused"
        columns = _columns(sheet, n_rows, n_columns)
        # The file states the merged ranges; some of them are partly outside the sheet.
        groups = [
            (top, left, min(right, n_columns - 1))
            for (top, left), (_, right) in sheet.merged_cell_ranges or ()
            if left < right and left < n_columns - 1
        ]
        is_hidden = about.visible != SheetVisibleEnum.Visible
        down = [
            [top, bottom, left]
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
            if right == left and bottom > top
        ]
        _send(out, {**message, "hidden": is_hidden, "groups": groups, "down": down, "n_columns": n_columns})
        for column in columns:
            _send(out, {"pairs": column.pairs()}, column.codes.tobytes())
    return "whole"


def _bound(name: str, limit: int) -> None:
    """Lower one of the resource limits of this process, if the system supports it."""
    if resource is None or not hasattr(resource, name):
        return
    kind = getattr(resource, name)
    hard = resource.getrlimit(kind)[1]
    try:
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
    except (OSError, ValueError):  # the system does not allow this limit
        return


def _allow_seconds(seconds: float) -> None:
    """Set the limit of CPU time to ``seconds`` from now; the system kills the process after that."""
    used = os.times()
    _bound("RLIMIT_CPU", int(used.user + used.system + seconds) + 1)


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    # The parent decides when to stop; Ctrl-C must not make this process print a traceback.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _bound("RLIMIT_CORE", 0)
    _bound("RLIMIT_AS", MAX_MEMORY)
    source, out = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        order = json.loads(line)
        content = source.read(order["size"])
        _allow_seconds(order["seconds"])
        try:
            outcome = _read(content, order, out)
        except PasswordError:
            outcome = "password"
        except MemoryError:
            outcome = "memory"
        # A panic of the Rust library is not an `Exception`. Any failure is reported as a damaged file.
        except BaseException:
            outcome = "damaged"
        _send(out, {"outcome": outcome})
        out.flush()
        del content


if __name__ == "__main__":
    main()
