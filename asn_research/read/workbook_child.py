"""Read workbooks in a process of its own, which may die of a damaged one without harm to the run.

The parent starts this file as a script; so it imports nothing of the package, and nothing that is slow.
It reads requests from its input: a line of JSON (`size`, `seconds`, `max_columns`, `max_cells`) and the
workbook's bytes. It answers each with frames: for every sheet a line of JSON and its columns' codes, at
the end a line with the outcome.
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
except ImportError:  # Windows knows no such limits.
    resource = None  # type: ignore[assignment]

#: Kinds of cells: text, number, date, truth, empty.
TEXT, NUMBER, DATE, TRUTH, EMPTY = "s", "n", "d", "b", ""

#: Address space of the reading process, where the system can bound it (Linux, macOS in part; not Windows).
MAX_MEMORY = 4 << 30
_ROWS_AT_ONCE = 4096


def cell_text(value: Any) -> tuple[str, str]:
    """Return a spreadsheet's value as text, with its kind."""
    if isinstance(value, str):
        clean = value.replace("\xa0", " ").strip()
        return clean, TEXT if clean else EMPTY
    if isinstance(value, bool):
        return str(value), TRUTH
    if isinstance(value, int | float):
        # Fifteen digits are all that a spreadsheet keeps; what floating point adds would be made up.
        digits = f"{value:.15g}"
        return digits if "e+" not in digits else f"{Decimal(digits):f}", NUMBER
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat(), DATE
    return (str(value), TEXT) if value is not None else ("", EMPTY)


class Column:
    """A column that is coded as its cells come: each distinct cell once, and its place for every row.

    Parameters
    ----------
    n_blank : int
        Empty cells that stand above.
    """

    def __init__(self, n_blank: int = 0) -> None:
        # 1, 1.0 and True are one key to Python, but three cells to us.
        self._known: dict[Any, int] = {"": 0}
        self.codes = array("i", bytes(4 * n_blank))

    def add(self, values: Any) -> None:
        """Add cells below."""
        known = self._known
        self.codes.extend(
            known.setdefault(value if type(value) is str else (type(value), value), len(known))
            for value in values
        )

    def pad(self, n: int) -> None:
        """Fill up with empty cells to a number of rows."""
        if len(self.codes) < n:
            self.codes.frombytes(bytes(4 * (n - len(self.codes))))

    def start_at(self, n: int) -> None:
        """Put empty cells above."""
        if n > 0:
            self.codes = array("i", bytes(4 * n)) + self.codes

    def pairs(self) -> list[tuple[str, str]]:
        """Return the distinct cells, each as text and kind; the first is empty."""
        return [cell_text(key if type(key) is str else key[1]) for key in self._known]


def _send(out: BinaryIO, told: dict[str, Any], payload: bytes = b"") -> None:
    out.write(json.dumps({**told, "n_bytes": len(payload)}).encode() + b"\n")
    out.write(payload)


def _columns(sheet: Any, n_rows: int, n_columns: int) -> list[Column]:
    """Return a sheet's columns from its very first cell on."""
    columns = [Column() for _ in range(n_columns)]
    rows, n_read = sheet.iter_rows(), 0
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        # The library leaves out empty columns at the left, and may leave out empty rows above.
        left = n_columns - len(some[0])
        for column, values in zip(columns[left:], zip_longest(*some, fillvalue=""), strict=False):
            column.add(values)
        n_read += len(some)
    for column in columns:
        column.pad(n_read)
        column.start_at(n_rows - n_read)
    return columns


def _read(content: bytes, order: dict[str, Any], out: BinaryIO) -> str:
    """Send a workbook's sheets; return the outcome."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for number, about in enumerate(book.sheets_metadata, start=1):
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(about.name)
        told = {"sheet": about.name, "number": number}
        if sheet.start is None or sheet.end is None:
            continue
        n_rows, n_columns = (place + 1 for place in sheet.end)
        if n_columns > order["max_columns"]:
            _send(out, {**told, "refused": "wide"})
            return "refused"
        if n_columns * n_rows > order["max_cells"]:
            _send(out, {**told, "refused": "far", "n_rows": n_rows, "n_columns": n_columns})
            return "refused"
        columns = _columns(sheet, n_rows, n_columns)
        # Merged cells are read as the file states them; some lie outside the sheet.
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
        _send(out, {**told, "hidden": is_hidden, "groups": groups, "down": down, "n_columns": n_columns})
        for column in columns:
            _send(out, {"pairs": column.pairs()}, column.codes.tobytes())
    return "whole"


def _bound(name: str, limit: int) -> None:
    """Lower one of the process's limits, where the system has such limits."""
    if resource is None or not hasattr(resource, name):
        return
    kind = getattr(resource, name)
    hard = resource.getrlimit(kind)[1]
    try:
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
    except (OSError, ValueError):  # what the system does not allow is not bounded
        return


def _allow_seconds(seconds: float) -> None:
    """Let the process compute so much longer; the system ends it then."""
    used = os.times()
    _bound("RLIMIT_CPU", int(used.user + used.system + seconds) + 1)


def main() -> None:
    """Answer requests until the parent is gone."""
    # The parent decides when to stop; a key press must not print this process's own words.
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
        # The reader's own defects (Rust's panics) are no Exception; whatever they are, the file is at fault.
        except BaseException:
            outcome = "damaged"
        _send(out, {"outcome": outcome})
        out.flush()
        del content


if __name__ == "__main__":
    main()
