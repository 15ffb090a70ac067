"""End a run cleanly when the user stops it or closes its output."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

STOPPED = (
    "asn-research: dihentikan; yang sudah terbit tetap utuh (stopped; what was published stays whole).\n"
)
#: Exit code that shells use for a program that Ctrl-C ended.
EXIT_CODE = 130
#: Exit code that shells use for a program that was asked to end (SIGTERM), as by a system that shuts down.
EXIT_CODE_TERMINATED = 143


class Terminated(KeyboardInterrupt):
    """The process was asked to end (SIGTERM): the run stops as after Ctrl-C."""


def exit_code_of(error: KeyboardInterrupt) -> int:
    """Return the exit code of a run that was stopped."""
    return EXIT_CODE_TERMINATED if isinstance(error, Terminated) else EXIT_CODE


def prepare() -> None:
    """Install the handlers of Ctrl-C and of a request to end, and open standard streams that were closed."""
    _open_closed_streams()
    if threading.current_thread() is not threading.main_thread():
        return
    # A shell ignores Ctrl-C for a program that it starts in the background; that choice is kept.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _interrupted)
    if hasattr(os, "register_at_fork") and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _interrupted)
        # Who ends a forked process, such as a kernel, asks it by SIGTERM, and it ends at once.
        os.register_at_fork(after_in_child=_ends_at_once)


def _ends_at_once() -> None:
    if signal.getsignal(signal.SIGTERM) is _interrupted:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _interrupted(signum: int, frame: FrameType | None) -> None:
    error = Terminated() if signum == signal.SIGTERM else KeyboardInterrupt()
    if _is_importing(frame):
        # Some compiled modules catch an exception during their import, print it and continue. Ending the
        # process here is safe, because files are written in one step and so are complete.
        stop_at_once(exit_code_of(error))
    raise error


def stop_at_once(code: int = EXIT_CODE) -> None:
    """Print that the run was stopped, and end the process at once.

    Parameters
    ----------
    code : int
        The exit code.
    """
    try:
        os.write(2, STOPPED.encode())
    finally:
        os._exit(code)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") in {"importlib._bootstrap", "_frozen_importlib"}:
            return True
        frame = frame.f_back
    return False


def _open_closed_streams() -> None:
    """Open the null device in place of a closed standard input, output or error stream.

    Otherwise the next opened file gets the descriptor of the closed stream, and printed text goes into it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (as long as the process)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def write(line: str) -> None:
    """Write a line to standard output. If the reader has closed it, the line is lost and the run continues."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError:
        _write_nowhere()


def _write_nowhere() -> None:
    # Without this, Python would flush standard output again at exit and print an error.
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, 1)
    os.close(descriptor)
