"""A pool of workers that render reports in parallel; a worker that dies or exceeds its time is replaced."""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from typing import Any

from asn_research.errors import BatchError
from asn_research.render.environment import without_keys
from asn_research.render.execute import JobResult, RenderTask
from asn_research.render.spawned import Started, start_worker
from asn_research.render.warm.client import Forked, RefusedError, WarmParent
from asn_research.render.warm.parent import Request
from asn_research.render.warm.spec import kernel_modules
from asn_research.render.worker import READY, WORKER
from asn_research.rules.words import load_words, worded

#: How often a report is tried again if its kernel or worker died.
RETRIES = 1
# Time allowed besides the cells of a report: writing formats, checks, publishing, ending the kernel.
_GRACE_SECONDS = 15.0
# Time for the start of a kernel that is not forked; Jupyter allows one minute.
_SECONDS_TO_START_A_KERNEL = 60.0
# Time for the imports of a worker, on a busy machine.
_SECONDS_TO_START = 300.0
_SECONDS_TO_END = 2.0
_PARENTS = 5


@dataclass
class _Worker:
    """A worker process, and the task that it is working on."""

    process: Forked | Started
    connection: Connection
    is_ready: bool = False
    task: RenderTask | None = None
    since: float = 0.0
    attempts: int = 0

    def give(self, task: RenderTask, attempts: int) -> None:
        self.task, self.since, self.attempts = task, time.monotonic(), attempts
        self.connection.send(task)

    @property
    def latest(self) -> float:
        """The time (of the monotonic clock) by which the task must be finished."""
        assert self.task is not None  # noqa: S101 (asked of busy ones only)
        if not self.is_ready:
            return self.since + _SECONDS_TO_START
        kernel = 0.0 if isinstance(self.process, Forked) else _SECONDS_TO_START_A_KERNEL
        return self.since + self.task.limits.seconds + kernel + _GRACE_SECONDS

    def hear(self) -> Any:
        """Return the next message of the worker; None if it is dead or has sent nothing."""
        heard = None
        if self.connection.poll():
            with suppress(EOFError, OSError):
                heard = self.connection.recv()
        return heard

    def stop(self) -> None:
        """End the worker. An idle worker ends by itself when its connection closes; others are killed."""
        self.connection.close()
        if self.task is None:
            with suppress(TimeoutError):
                self.process.wait(_SECONDS_TO_END)
        self.process.kill_group()
        self.process.wait()


@dataclass
class Pool:
    """A pool of workers, forked from one warm parent or started as separate programs.

    Parameters
    ----------
    n_workers : int
        How many reports run in parallel.
    parent : WarmParent, optional
        A warm parent that is already running; the pool ends it.
    is_forked : bool
        Whether workers are forked.
    """

    n_workers: int
    parent: WarmParent | None = None
    is_forked: bool = True
    _n_parents: int = 0
    _workers: list[_Worker] = field(default_factory=list)

    def warm_up(self) -> None:
        """Start the warm parent, unless it is running; it imports modules while this process works."""
        if self.parent is None:
            if self._n_parents >= _PARENTS:
                raise worded(BatchError, "error_render_parents", n=_PARENTS)
            self._n_parents += 1
            self.parent = WarmParent.start(kernel_modules(), without_keys())

    def run(self, tasks: Sequence[RenderTask]) -> Iterator[JobResult]:
        """Render tasks and yield their results as they arrive.

        Two reports of one folder never run at the same time, because each replaces the folder.

        Parameters
        ----------
        tasks : sequence of RenderTask
            The jobs to render, with their inputs.
        """
        waiting = [(task, 1) for task in tasks]
        try:
            while waiting or any(worker.task for worker in self._workers):
                self._hand_out(waiting)
                for worker in self._wait():
                    yield from self._collect(worker, waiting)
        finally:
            self.close()

    def _hand_out(self, waiting: list[tuple[RenderTask, int]]) -> None:
        """Give waiting tasks to idle or new workers; of one folder, only one task runs at a time."""
        while waiting:
            taken = {w.task.job.place for w in self._workers if w.task is not None}
            turn = next((i for i, (o, _) in enumerate(waiting) if o.job.place not in taken), None)
            idle = next((worker for worker in self._workers if worker.task is None), None)
            if turn is None or (idle is None and len(self._workers) >= self.n_workers):
                return
            worker = idle or self._hire()
            task, attempts = waiting.pop(turn)
            try:
                worker.give(task, attempts)
            except OSError:
                # The idle worker has died. The task was not started, so it goes back into the queue.
                worker.task = None
                self._dismiss(worker)
                waiting.insert(turn, (task, attempts))

    def _hire(self) -> _Worker:
        worker = _Worker(*(self._fork() if self.is_forked else start_worker()))
        self._workers.append(worker)
        return worker

    def _fork(self) -> tuple[Forked, Connection]:
        """Return a worker forked from the warm parent, and the connection to it; a parent that refuses is replaced."""
        while True:
            self.warm_up()
            assert self.parent is not None  # noqa: S101 (warmed up)
            ours, theirs = socket.socketpair()
            with theirs:
                request = Request(WORKER, [], os.getcwd(), without_keys())
                streams = (subprocess.DEVNULL, None, None)
                try:
                    fork = self.parent.ask(request, streams, [theirs.fileno()])
                    fork.wait_for_start()
                    self.parent.has_served = True
                except RefusedError:
                    ours.close()
                    self.parent.close()
                    self.parent = None
                    continue
            return fork, Connection(ours.detach())

    def _dismiss(self, worker: _Worker) -> None:
        worker.stop()
        self._workers.remove(worker)

    def _wait(self) -> list[_Worker]:
        """Wait, and return the workers that have sent a message, have ended, or have exceeded their time."""
        busy = [worker for worker in self._workers if worker.task is not None]
        if not busy:
            return []
        soonest = min(worker.latest for worker in busy)
        with selectors.DefaultSelector() as selector:
            for worker in busy:
                selector.register(worker.connection, selectors.EVENT_READ, worker)
            ready = selector.select(max(0.0, soonest - time.monotonic()))
        found = [key.data for key, _ in ready]
        return found + [w for w in busy if w not in found and w.latest <= time.monotonic()]

    def _collect(self, worker: _Worker, waiting: list[tuple[RenderTask, int]]) -> Iterator[JobResult]:
        """Take a worker's message and yield the result; the task of a dead worker is tried again later."""
        task, attempts = worker.task, worker.attempts
        assert task is not None  # noqa: S101 (it was busy)
        result = worker.hear()
        if result == READY:
            worker.is_ready, worker.since = True, time.monotonic()
            return
        if result is None:
            late = worker.latest <= time.monotonic()
            seconds = time.monotonic() - worker.since
            self._dismiss(worker)
            words = load_words(task.job.language)
            limit = words("render_too_long", seconds=f"{task.limits.seconds:g}")
            message = limit if late else words("render_killed")
            result = JobResult(task.job, seconds=seconds, message=message, is_dead=not late)
        worker.task = None
        if result.is_dead and attempts <= RETRIES:
            # The retry goes to the end of the queue. If it kills its worker again, the other reports are done.
            waiting.append((task, attempts + 1))
        else:
            yield replace(result, attempts=attempts)

    def close(self) -> None:
        """End all workers, their kernels and the parent."""
        for worker in self._workers:
            if worker.task is None:
                worker.connection.close()
        for worker in list(self._workers):
            self._dismiss(worker)
        if self.parent is not None:
            self.parent.close()
            self.parent = None
