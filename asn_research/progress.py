"""A bar on the terminal shows how far a step of more than two seconds is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

#: Is told how much is done, and of how much.
Told = Callable[[int, int], None]
#: Seconds after which a user wants to know that something happens.
PATIENCE = 2.0


@contextmanager
def shown(text: str, console: Console | None = None, after: float = PATIENCE) -> Iterator[Told]:
    """Show a bar on the error stream while a step takes long, and nothing where there is no terminal.

    Parameters
    ----------
    text : str
        What is done.
    console : Console, optional
        Where the bar is shown.
    after : float
        Seconds until it appears.

    Yields
    ------
    callable
        Is told how much is done, and of how much; the bar moves to and fro until then.
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

    def told(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)

    timer = Timer(after, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield told
    finally:
        timer.cancel()
        timer.join()
        bar.stop()


def _ignored(_done: int, _total: int) -> None:
    return
