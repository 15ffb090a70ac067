"""A worker, which renders one report after the other: a fork of the batch's warm parent, or a separate program.

A forked worker forks a warm parent of its own before it has threads or sockets, and its kernels are forks of
that parent. So a report that damages its kernel, the kernel's parent or its worker affects no other worker.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from multiprocessing.connection import Connection

from asn_research.render.execute import JobResult, RenderTask, render_report
from asn_research.render.warm.client import WarmParent, adopt, close_parents
from asn_research.render.warm.parent import die_with_parent
from asn_research.render.warm.spec import kernel_modules

#: The function that a forked worker runs.
WORKER = "asn_research.render.worker:run"
#: The module that a worker runs as a program if it is not forked.
PROGRAM = "asn_research.render.worker"
#: The message of a worker after its imports; the time of its first task starts then.
READY = "ready"


def run(argv: list[str], descriptors: list[int]) -> None:
    """Render the tasks that arrive over a connection until it closes."""
    adopt(WarmParent.fork(), kernel_modules(), os.environ)
    _serve(Connection(descriptors[0]))
    close_parents()


def main() -> None:
    """Run a worker that was not forked: ``python -m ...render.worker [DESCRIPTOR]``."""
    if sys.platform == "win32":
        sock = socket.fromshare(sys.stdin.buffer.read())
    else:
        sock = socket.socket(fileno=int(sys.argv[1]))
        sock.set_inheritable(False)
        die_with_parent()
    _serve(Connection(sock.detach()))


def _serve(connection: Connection) -> None:
    with connection, suppress(EOFError, OSError):
        connection.send(READY)
        while True:
            task: RenderTask = connection.recv()
            result: JobResult = render_report(task)
            connection.send(result)


if __name__ == "__main__":
    # Import the module under its own name, because pickle finds classes by the name of their module. A second
    # copy called `__main__` would have other classes.
    from asn_research.render.worker import main as run_worker

    run_worker()
