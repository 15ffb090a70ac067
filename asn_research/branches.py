"""Run branches of work: each computes named results from those of others, in parallel where possible.

A branch runs in a process forked from this one, so that it can read all earlier results without a copy.
Where nothing is forked (Windows; macOS without `WARM_KERNELS=1`; `WARM_KERNELS=0`; one core) the branches
run in this process, one after another, with the same results.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import pickle
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

import psutil
from threadpoolctl import threadpool_limits

from asn_research.errors import RequestError
from asn_research.forking import can_fork, n_cores
from asn_research.remembered import also_used, used_results

#: The type of the input that all branches share.
Given = TypeVar("Given")
#: Results by name; None for a result that cannot be computed from the input.
Made = Mapping[str, Any]
#: Progress callback: takes the number of finished branches and the number of all branches.
OnProgress = Callable[[int, int], None]

# A branch that uses no processor time for so many seconds is considered deadlocked.
_SECONDS_STILL = 60.0
_SECONDS_BETWEEN_LOOKS = 5.0
#: Ctrl-C, and the request to end.
_ENDING = (signal.SIGINT, signal.SIGTERM)
_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Branch(Generic[Given]):
    """A unit of work that computes named results.

    Parameters
    ----------
    makes : tuple of str
        Names of its results; `run` may leave some out.
    needs : tuple of str
        Names of the results of other branches that `run` receives. A result that was not computed is missing.
    run : callable
        Takes the shared input and the results it needs, and returns its own by name.
    seconds : float
        Approximate duration for a large city. Of the branches that are ready, the one with the longest
        critical path starts first: its own duration plus that of the longest chain waiting for it.
    """

    makes: tuple[str, ...]
    run: Callable[[Given, Made], Made]
    needs: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """The name of the branch, which is that of its first result."""
        return self.makes[0]


def run_branches(
    branches: Sequence[Branch[Given]],
    given: Given,
    *,
    n_workers: int | None = None,
    on_progress: OnProgress | None = None,
) -> dict[str, Any]:
    """Run branches, each as soon as the results it needs are computed.

    Parameters
    ----------
    branches : sequence of Branch
        In any order.
    given : object
        The input that all of them share.
    n_workers : int, optional
        How many run in parallel; by default one for each core that this process may use.
    on_progress : callable, optional
        Progress callback: called after each branch with the numbers of finished and of all branches.

    Returns
    -------
    dict
        Results by name, in the order of the branches; a result that was not computed is left out.

    Raises
    ------
    ValueError
        If branches wait for each other, or a branch needs or makes a result that is not declared.
    """
    by_name = {branch.name: branch for branch in branches}
    makers = _makers(branches)
    order = TopologicalSorter(makers)
    order.prepare()
    until_end = _seconds_until_end(by_name, makers)
    n_workers = min(n_workers or n_cores(), len(branches))
    runner: _Forked | _InTurn = _Forked(n_workers) if n_workers > 1 and may_fork() else _InTurn()
    made: dict[str, Made] = {}
    ready: list[Branch[Given]] = []
    # Linear algebra uses one thread in both cases: the last bits of a sum depend on the number of threads.
    with threadpool_limits(1, user_api="blas"), runner:
        while order.is_active():
            ready += [by_name[name] for name in order.get_ready()]
            ready.sort(key=lambda branch: -until_end[branch.name])
            while ready and not runner.is_full:
                runner.start(ready[0], given, _needed(ready.pop(0), made))
            branch, results = runner.next_done()
            made[branch.name] = _declared(branch, results)
            order.done(branch.name)
            if on_progress is not None:
                on_progress(len(made), len(branches))
    return {key: value for branch in branches for key, value in made[branch.name].items()}


def _makers(branches: Sequence[Branch[Any]]) -> dict[str, set[str]]:
    """Return, for each branch, the names of the branches that compute its inputs."""
    maker = {name: branch.name for branch in branches for name in branch.makes}
    unknown = {name for branch in branches for name in branch.needs} - set(maker)
    if unknown:
        msg = f"No branch makes {', '.join(sorted(unknown))}. Name what a branch needs as another makes it."
        raise ValueError(msg)
    return {branch.name: {maker[name] for name in branch.needs} for branch in branches}


def _seconds_until_end(
    branches: Mapping[str, Branch[Any]], makers: Mapping[str, set[str]]
) -> dict[str, float]:
    """Return the critical path of each branch: its seconds plus those of the longest chain waiting for it."""
    found: dict[str, float] = {}
    for name in reversed([*TopologicalSorter(makers).static_order()]):
        waiting = [found[other] for other, needed in makers.items() if name in needed]
        found[name] = branches[name].seconds + max(waiting, default=0.0)
    return found


def _needed(branch: Branch[Any], made: Mapping[str, Made]) -> Made:
    """Return the computed results that a branch needs."""
    return {key: value for results in made.values() for key, value in results.items() if key in branch.needs}


def _declared(branch: Branch[Any], results: Made) -> Made:
    """Return the results of a branch without those that are None; refuse undeclared ones."""
    others = set(results) - set(branch.makes)
    if others:
        msg = f"The branch {branch.name} made {', '.join(sorted(others))}, which it does not declare. Add the names to what it makes."
        raise ValueError(msg)
    return {name: value for name, value in results.items() if value is not None}


def may_fork() -> bool:
    """Whether this process may fork branches: see `can_fork`; besides, a daemon process may not have children.

    Raises
    ------
    RequestError
        If the environment variable is neither 0 nor 1.
    """
    try:
        can = can_fork()
    except ValueError as error:
        raise RequestError(str(error)) from None
    return can and not multiprocessing.current_process().daemon


class _InTurn:
    """Runs branches in this process, one at a time."""

    is_full = False

    def __enter__(self) -> None:
        self._waiting: list[tuple[Branch[Any], Any, Made]] = []

    def __exit__(self, *_: object) -> None:
        self._waiting.clear()

    def start(self, branch: Branch[Given], given: Given, needed: Made) -> None:
        """Add a branch to the queue; `next_done` runs it."""
        self._waiting.append((branch, given, needed))

    def next_done(self) -> tuple[Branch[Any], Made]:
        """Run the first branch of the queue, and return it with its results."""
        branch, given, needed = self._waiting.pop(0)
        return branch, branch.run(given, needed)


@dataclass
class _Fork:
    """A branch that runs in a forked process."""

    branch: Branch[Any]
    given: Any
    needed: Made
    process: Any
    connection: Connection
    seconds: float = -1.0
    since: float = field(default_factory=time.monotonic)

    def is_still(self) -> bool:
        """Whether the process has used no processor time for `_SECONDS_STILL` seconds."""
        try:
            times = psutil.Process(self.process.pid).cpu_times()
        except psutil.Error:
            return False
        if times.user + times.system > self.seconds:
            self.seconds, self.since = times.user + times.system, time.monotonic()
        return time.monotonic() - self.since > _SECONDS_STILL


@dataclass
class _Forked:
    """Runs branches in parallel, each in a process forked from this one."""

    n_workers: int
    _running: list[_Fork] = field(default_factory=list)

    def __enter__(self) -> None:
        self._running.clear()
        # Garbage collection would write to the memory pages shared with the forks, and so copy them.
        gc.freeze()

    def __exit__(self, *_: object) -> None:
        gc.unfreeze()
        for fork in self._running:
            fork.process.kill()
        for fork in self._running:
            fork.process.join()
            fork.connection.close()

    @property
    def is_full(self) -> bool:
        """Whether every worker is busy."""
        return len(self._running) >= self.n_workers

    def start(self, branch: Branch[Given], given: Given, needed: Made) -> None:
        """Fork a process for a branch."""
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe(duplex=False)
        # The fork closes the reading ends that it inherits. If this process is killed, a fork that still
        # writes then gets an error; with an open reading end it would wait for ever.
        not_its_own = [ours, *(fork.connection for fork in self._running)]
        with _without_warning_of_forks(), _interrupts_after() as interrupts:
            process = context.Process(
                target=_work, args=(branch, given, needed, theirs, not_its_own, interrupts), daemon=True
            )
            process.start()
            theirs.close()
            self._running.append(_Fork(branch, given, needed, process, ours))

    def next_done(self) -> tuple[Branch[Any], Made]:
        """Wait for the next branch to end, and return it with its results.

        A branch that ended without results is run again in this process. Its error is then raised here,
        where it can be shown and logged in full, and the work of a killed branch is not lost.
        """
        fork = self._next_ended()
        self._running.remove(fork)
        heard = _heard(fork.connection)
        if heard is None:
            # It may be deadlocked and would then never end by itself.
            fork.process.kill()
        fork.process.join()
        fork.connection.close()
        if heard is None:
            _LOGGER.info("the branch %s is run again in this process", fork.branch.name)
            return fork.branch, fork.branch.run(fork.given, fork.needed)
        results, used = heard
        also_used(used)
        return fork.branch, results

    def _next_ended(self) -> _Fork:
        while True:
            ready = wait([fork.connection for fork in self._running], _SECONDS_BETWEEN_LOOKS)
            for fork in self._running:
                if fork.connection in ready or (not ready and fork.is_still()):
                    return fork


@contextmanager
def _without_warning_of_forks() -> Iterator[None]:
    """Suppress Python's warning about forking with threads: the threads of Arrow and BLAS allow a fork."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*fork.*")
        yield


@contextmanager
def _interrupts_after() -> Iterator[list[Any]]:
    """Collect interrupts (Ctrl-C, SIGTERM) while a process is forked, and pass on the first one afterwards.

    While it forks, Python calls functions that other modules have registered, and ignores what they raise: an interrupt
    there would be lost.
    """
    interrupts: list[Any] = []
    is_main = threading.current_thread() is threading.main_thread()
    known = {number: signal.getsignal(number) for number in _ENDING}
    handlers = {number: handler for number, handler in known.items() if is_main and callable(handler)}
    for number in handlers:
        signal.signal(number, lambda *interrupt: interrupts.append(interrupt))
    try:
        yield interrupts
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if interrupts:
        handlers[interrupts[0][0]](*interrupts[0])


def _heard(connection: Connection) -> Any:
    """Return the results that a branch has sent; None if it ended before it had sent them all."""
    with suppress(EOFError, OSError, pickle.UnpicklingError):
        if connection.poll():
            return connection.recv()
    return None


def _work(
    branch: Branch[Given],
    given: Given,
    needed: Made,
    connection: Connection,
    not_its_own: list[Connection],
    interrupts: list[Any],
) -> None:
    """Run a branch in its process, and send its results and the cache keys that it used."""
    # Ctrl-C reaches all processes of the group. Only the main process reports it to the user.
    for number in _ENDING:
        signal.signal(number, signal.SIG_DFL)
    if interrupts:
        _end(1)
    try:
        for each in not_its_own:
            each.close()
        with connection:
            connection.send((branch.run(given, needed), used_results()))
    except BaseException:
        _end(1)
    _end(0)


def _end(code: int) -> None:
    # Exit handlers of the main process must not run in its forks too.
    os._exit(code)
