"""In a notebook, show how far a call is that takes longer than three seconds; elsewhere show nothing."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from functools import wraps
from inspect import signature
from typing import Any, TypeVar

#: Seconds until it appears, and between two looks.
PATIENCE, BETWEEN = 3.0, 1.0
#: In the metadata of the output, so that what is stored of a notebook can leave it out.
MARK = {"asn_research": "progress"}
_WIDTH = 30
_Function = TypeVar("_Function", bound=Callable[..., Any])


class _Shown:
    """One line in the output of a cell: a bar, the finished parts of all parts, and the seconds since the start."""

    def __init__(self, display: Any) -> None:
        self.display, self.handle = display, None
        self.start, self.done, self.total = time.monotonic(), 0, 0
        self.ended = threading.Event()

    def on_progress(self, done: int, total: int) -> None:
        """Note how many parts are finished, of how many."""
        self.done, self.total = done, total

    def watch(self) -> None:
        """Write the line from time to time until the call has ended."""
        wait = PATIENCE
        while not self.ended.wait(wait):
            self.write()
            wait = BETWEEN

    def write(self) -> None:
        """Write the line; the first time below what the cell has shown, then in its place."""
        seconds = int(time.monotonic() - self.start)
        share = self.done / self.total if self.total else 1.0 if self.ended.is_set() else 0.0
        bar = "█" * round(_WIDTH * share) + "░" * (_WIDTH - round(_WIDTH * share))
        parts = f" {self.done}/{self.total}" if self.total else ""
        data = {"text/plain": f"{bar}{parts} {seconds} s"}
        if self.handle is None:
            self.handle = self.display(data, raw=True, display_id=True, metadata=MARK)
        else:
            self.handle.update(data, raw=True, metadata=MARK)


_ACTIVE: list[_Shown] = []


@contextmanager
def shown_in_notebook() -> Iterator[Callable[[int, int], None]]:
    """Show the progress of a call in the output of the cell that runs.

    A call within it tells the same line. No words stand in the line, so that it is of no language.

    Yields
    ------
    callable
        Progress callback: takes the numbers of finished and of all parts.

    Examples
    --------
    >>> with shown_in_notebook() as on_progress:  # outside a notebook nothing is shown
    ...     on_progress(1, 2)
    """
    if _ACTIVE:
        yield _ACTIVE[0].on_progress
        return
    display = _display()
    if display is None:
        yield lambda done, total: None
        return
    line = _Shown(display)
    # What a thread displays belongs to the cell only if it knows the cell.
    thread = threading.Thread(target=copy_context().run, args=(line.watch,), daemon=True)
    _ACTIVE.append(line)
    thread.start()
    try:
        yield line.on_progress
    finally:
        _ACTIVE.clear()
        line.ended.set()
        thread.join()
        if line.handle is not None:
            line.write()


def in_notebook() -> bool:
    """Return whether code runs in a cell of a notebook, not merely where a kernel's library is loaded."""
    return _display() is not None


def _display() -> Any:
    """Return the function that displays, in a kernel of Jupyter; None elsewhere."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module else None
    if shell is None or not hasattr(shell, "kernel") or "asn_research.render.warm.parent" in sys.modules:
        return None
    return sys.modules["IPython.display"].display if "IPython.display" in sys.modules else None


def watched(function: _Function) -> _Function:
    """Return a function that shows its progress in a notebook; what it takes and returns stays as it is."""
    hears = "on_progress" in signature(function).parameters

    @wraps(function)
    def call(*given: Any, **named: Any) -> Any:
        with shown_in_notebook() as on_progress:
            if hears and named.get("on_progress") is None:
                named["on_progress"] = on_progress
            return function(*given, **named)

    return call  # type: ignore[return-value]
