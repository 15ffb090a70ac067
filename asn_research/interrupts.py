"""How a run ends when its user stops it, or has closed what it writes to."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

STOPPED = (
    "asn-research: dihentikan; yang sudah terbit tetap utuh (stopped; what was published stays whole).\n"
)
#: What a shell calls a program that Ctrl-C ended.
EXIT_CODE = 130


def prepare() -> None:
    """Let Ctrl-C end the run at any moment, and give it somewhere to write to."""
    _open_closed_streams()
    is_main = threading.current_thread() is threading.main_thread()
    # Who started the run in the background asked that it is not interrupted.
    if is_main and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _interrupted)


def _interrupted(_signum: int, frame: FrameType | None) -> None:
    if _is_importing(frame):
        # Compiled modules print the exception and go on; nothing but whole files was written so far.
        stop_at_once()
    raise KeyboardInterrupt


def stop_at_once() -> None:
    """Say that the run was stopped, and end."""
    try:
        os.write(2, STOPPED.encode())
    finally:
        os._exit(EXIT_CODE)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") in {"importlib._bootstrap", "_frozen_importlib"}:
            return True
        frame = frame.f_back
    return False


def _open_closed_streams() -> None:
    """Put nothing where input, output or errors were closed.

    Otherwise the next file that is opened takes the place, and what is printed goes into it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (as long as the process)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def write(line: str) -> None:
    """Write a line for the user; whoever has stopped reading misses it, and the run goes on."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError:
        _write_nowhere()


def _write_nowhere() -> None:
    # Python would try again at its end, and complain.
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, 1)
    os.close(descriptor)
