"""Start workers as separate programs, on systems without fork; each imports everything itself."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

import psutil

from asn_research.render.environment import without_keys
from asn_research.render.worker import PROGRAM


@dataclass(frozen=True)
class Started:
    """The process of a worker, with the same methods as a forked one.

    Parameters
    ----------
    process : subprocess.Popen
        The process.
    """

    process: subprocess.Popen[bytes]

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code.

        Raises
        ------
        TimeoutError
            If the process is still running after the timeout.
        """
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None

    def kill_group(self) -> None:
        """Kill the worker and all its child processes, including its kernel, which has a process group of its own."""
        with suppress(psutil.Error):
            worker = psutil.Process(self.process.pid)
            # A suspended process cannot start further children while they are listed.
            worker.suspend()
            family = [*worker.children(recursive=True), worker]
            for each in family:
                with suppress(psutil.Error):
                    each.kill()
        self.process.kill()


def start_worker() -> tuple[Started, Connection]:
    """Start a worker, and return it with the connection for sending it orders."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", PROGRAM]
    with theirs:
        if sys.platform == "win32":
            # On Windows a socket can be shared only with a running process, so it is sent over a pipe.
            process = subprocess.Popen(command, env=without_keys(), stdin=subprocess.PIPE)  # noqa: S603
            assert process.stdin is not None  # noqa: S101 (a pipe was asked for)
            with process.stdin as pipe:
                pipe.write(theirs.share(process.pid))
        else:
            process = subprocess.Popen(  # noqa: S603 (our own program)
                [*command, str(theirs.fileno())],
                env=without_keys(),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
    return Started(process), Connection(ours.detach())
