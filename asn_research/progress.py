"""A progress bar on the terminal, for steps that take more than two seconds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from asn_research.branches import OnProgress

#: Seconds until the bar appears.
PATIENCE = 2.0


@contextmanager
def shown(text: str, console: Console | None = None, after: float = PATIENCE) -> Iterator[OnProgress]:
    """Show a progress bar on the error stream during a long step; show nothing without a terminal.

    Parameters
    ----------
    text : str
        The name of the step.
    console : Console, optional
        The terminal that shows the bar.
    after : float
        Seconds until it appears.

    Yields
    ------
    callable
        Progress callback: takes the numbers of finished and of all parts. Before its first call, the bar
        moves to and fro.
    """
    console = console or Console(stderr=True)
    if not console.is_terminal or "CI" in os.environ:
        yield _ignored
        return
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
        console=console, transient=True,
    )  # fmt: skip
    task = bar.add_task(text, total=None)

    def on_progress(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)

    timer = Timer(after, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield on_progress
    finally:
        timer.cancel()
        timer.join()
        bar.stop()


def _ignored(_done: int, _total: int) -> None:
    return
