"""A worker renders one report after the other: a fork of the batch's warm parent, or a program of its own.

A forked worker's kernels are forks of a fork of its own, made before it has a thread or a socket. What
one report does to its kernel, to the kernel's parent or to this worker touches no other worker.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from multiprocessing.connection import Connection

from asn_research.render.execute import JobResult, Order, render_report
from asn_research.render.warm.client import WarmParent, adopt, close_parents
from asn_research.render.warm.parent import die_with_parent
from asn_research.render.warm.spec import kernel_modules

#: How a forked worker is asked for.
WORKER = "asn_research.render.worker:run"
#: How a worker is started where there is no fork.
PROGRAM = "asn_research.render.worker"
#: What a worker says when its imports are done; its first order's time begins then.
READY = "ready"


def run(argv: list[str], descriptors: list[int]) -> None:
    """Render what comes over a connection until it closes."""
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
            order: Order = connection.recv()
            result: JobResult = render_report(order)
            connection.send(result)


if __name__ == "__main__":
    # The module's one copy: what is pickled by name must not see a second.
    from asn_research.render.worker import main as run_worker

    run_worker()
