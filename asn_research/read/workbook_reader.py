"""Read workbooks in a child process: if it crashes or takes too long, the error names the file."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Timer
from typing import Any

import numpy as np

from asn_research.errors import RawDataError
from asn_research.read import workbook_child
from asn_research.read.file_guards import MAX_CELLS, MAX_COLUMNS, printable, refuse_distance, refuse_width
from asn_research.rules.words import worded

#: After a workbook of at least this many bytes the child process is ended, to free its memory.
_LARGE = 16 << 20
_LEAST_SECONDS = 10.0
_SECONDS_PER_MIB = 0.5
#: The limit on elapsed time, as a multiple of the limit on CPU time: on a busy computer, work takes longer.
_PATIENCE = 20


@dataclass(frozen=True)
class SheetCells:
    """A sheet as the child process sent it.

    Parameters
    ----------
    sheet : str
        Its name.
    number : int
        Its number in the workbook, from 1.
    columns : tuple of (np.ndarray, list of (str, str))
        For each column, the codes of the rows and the distinct cells as pairs (text, kind).
    groups : tuple of (int, int, int)
        Cells merged to the right: row, first and last column, from 0.
    is_hidden : bool
        Whether the sheet is hidden.
    merged_down : tuple of (int, int, int)
        Cells merged downwards in one column: first and last row, and the column, from 0.
    """

    sheet: str
    number: int
    columns: tuple[tuple[np.ndarray, list[tuple[str, str]]], ...]
    groups: tuple[tuple[int, int, int], ...]
    is_hidden: bool
    merged_down: tuple[tuple[int, int, int], ...] = ()


class _DiedError(Exception):
    """The child process ended before its answer was complete."""


@dataclass
class _Reader:
    """Manages the child process: starts it on first use, and again after it has died."""

    _process: subprocess.Popen[bytes] | None = None
    _owner: int = 0
    _lock: Lock = field(default_factory=Lock)

    def sheets(self, content: bytes, name: str, seconds: float) -> list[SheetCells]:
        """Return the sheets of a workbook; ``seconds`` is the limit on CPU time."""
        with self._lock:
            process = self._running()
            is_late = False

            def stop() -> None:
                nonlocal is_late
                is_late = True
                process.kill()

            timer = Timer(_PATIENCE * seconds, stop)
            timer.daemon = True
            timer.start()
            is_done = False
            try:
                found = self._ask(process, content, name, seconds)
                is_done = len(content) < _LARGE
            except _DiedError:
                code = process.wait()
                is_late = is_late or code == -getattr(signal, "SIGXCPU", 0)
                _refuse_death(name, seconds if is_late else 0)
            finally:
                timer.cancel()
                if not is_done:
                    self._close()
        return found

    def _ask(
        self, process: subprocess.Popen[bytes], content: bytes, name: str, seconds: float
    ) -> list[SheetCells]:
        order = {
            "size": len(content),
            "seconds": seconds,
            "max_columns": MAX_COLUMNS,
            "max_cells": MAX_CELLS,
        }
        to_child: Any = process.stdin
        try:
            to_child.write(json.dumps(order).encode() + b"\n")
            to_child.write(content)
            to_child.flush()
        except OSError:
            raise _DiedError from None
        return list(_answer(process, name))

    def _running(self) -> subprocess.Popen[bytes]:
        # A forked process must start its own child: two processes cannot share one pipe.
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self._close()
            self._process, self._owner = _started(), os.getpid()
        return self._process

    def close(self) -> None:
        """End the child process, if there is one."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # unsent bytes could not be flushed; they are no longer needed
                    continue


def _started() -> subprocess.Popen[bytes]:
    # The child must not see the pseudonym key, which may be in an ASN_RESEARCH variable.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ASN_RESEARCH")}
    script = Path(workbook_child.__file__)
    try:
        return subprocess.Popen(  # noqa: S603
            # -P: do not import from the folder of the script, because its module names can hide standard
            # ones.
            [sys.executable, "-P", "-X", "utf8", str(script)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
        )  # fmt: skip
    except OSError as error:
        raise worded(RawDataError, "error_reader_start", reason=error.strerror) from None


def _answer(process: subprocess.Popen[bytes], name: str) -> Iterator[SheetCells]:
    while True:
        message, _ = _frame(process)
        if "outcome" in message:
            _refuse_outcome(message["outcome"], name)
            return
        where = f"{name} [{printable(message['sheet'])}]"
        if message.get("refused") == "wide":
            refuse_width(where)
        if message.get("refused") == "far":
            refuse_distance(where, message["n_rows"], message["n_columns"])
        columns = []
        for _ in range(message["n_columns"]):
            about, codes = _frame(process)
            pairs = [(text, kind) for text, kind in about["pairs"]]
            columns.append((np.frombuffer(codes, np.int32), pairs))
        groups = tuple((top, left, right) for top, left, right in message["groups"])
        down = tuple((top, bottom, place) for top, bottom, place in message["down"])
        yield SheetCells(message["sheet"], message["number"], tuple(columns), groups, message["hidden"], down)


def _frame(process: subprocess.Popen[bytes]) -> tuple[dict[str, Any], bytes]:
    from_child: Any = process.stdout
    line = from_child.readline()
    if not line.endswith(b"\n"):
        raise _DiedError
    message: dict[str, Any] = json.loads(line)
    payload = from_child.read(message["n_bytes"])
    if len(payload) != message["n_bytes"]:
        raise _DiedError
    return message, payload


def _refuse_outcome(outcome: str, name: str) -> None:
    if outcome == "password":
        raise worded(RawDataError, "error_password", name=name)
    if outcome == "memory":
        _refuse_death(name, 0)
    if outcome != "whole":
        raise worded(RawDataError, "error_damaged", name=name)


def _refuse_death(name: str, seconds: float) -> None:
    if seconds:
        raise worded(RawDataError, "error_reader_seconds", name=name, seconds=round(seconds))
    raise worded(RawDataError, "error_reader_memory", name=name, size=workbook_child.MAX_MEMORY >> 30)


_READER = _Reader()
atexit.register(_READER.close)


def read_sheets(content: bytes, name: str, n_unpacked: int) -> list[SheetCells]:
    """Return the sheets of a workbook.

    Parameters
    ----------
    content : bytes
        The workbook.
    name : str
        The name of the file in messages.
    n_unpacked : int
        The number of bytes that it unpacks to. A larger workbook is allowed more time.

    Raises
    ------
    RawDataError
        If it cannot be read, or exceeds the limits on time, memory or size.
    """
    seconds = _LEAST_SECONDS + _SECONDS_PER_MIB * (n_unpacked >> 20)
    return _READER.sheets(content, name, seconds)
