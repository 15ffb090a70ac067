"""A worker: a fork of the batch's warm parent that renders one report after the other.

Its kernels are forks of a fork of its own, made before it has a thread or a socket. What one report
does to its kernel, to the kernel's parent or to this worker touches no other worker.
"""

from __future__ import annotations

import os
from contextlib import suppress
from multiprocessing.connection import Connection

from asn_research.render.execute import JobResult, Order, render_report
from asn_research.render.warm.client import WarmParent, adopt, close_parents
from asn_research.render.warm.spec import kernel_modules

#: How a worker is asked for.
WORKER = "asn_research.render.worker:run"


def run(argv: list[str], descriptors: list[int]) -> None:
    """Render what comes over a connection until it closes."""
    adopt(WarmParent.fork(), kernel_modules(), os.environ)
    with Connection(descriptors[0]) as connection, suppress(EOFError, BrokenPipeError):
        while True:
            order: Order = connection.recv()
            result: JobResult = render_report(order)
            connection.send(result)
    close_parents()
