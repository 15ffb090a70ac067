"""Branches of work: each makes named results from those of others, and those that can run side by side.

A branch runs in a process of its own, forked from this one, so that it finds all that was made before
it without a copy. Where nothing is forked (Windows; macOS and `WARM_KERNELS=0` as for kernels; one
core) the branches run in this process, one after another, with the same results.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import pickle
import signal
import sys
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
from asn_research.remembered import also_used, used_results

#: What branches share: the input of all of them.
Given = TypeVar("Given")
#: Results by name; one that the input does not allow is None.
Made = Mapping[str, Any]
#: Is told how many branches are done, and of how many.
Told = Callable[[int, int], None]

#: As for kernels: ``0`` forks nothing, ``1`` forks also where a system does not do so safely.
SWITCH = "WARM_KERNELS"
# A branch that uses no processor time for so many seconds waits for what will not come.
_SECONDS_STILL = 60.0
_SECONDS_BETWEEN_LOOKS = 5.0
_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Branch(Generic[Given]):
    """A part of the work.

    Parameters
    ----------
    makes : tuple of str
        Names of its results; it may leave some out.
    needs : tuple of str
        Names of other branches' results that it is given. One that was not made is missing there.
    run : callable
        Takes the shared input and the results it needs, and returns its own by name.
    seconds : float
        About how long it takes for a large city. Of the branches that are ready, the one starts first whose
        own time and that of what waits for it is the longest.
    """

    makes: tuple[str, ...]
    run: Callable[[Given, Made], Made]
    needs: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """The first of its results."""
        return self.makes[0]


def run_branches(
    branches: Sequence[Branch[Given]], given: Given, *, n_workers: int | None = None, told: Told | None = None
) -> dict[str, Any]:
    """Run branches, each as soon as what it needs is made.

    Parameters
    ----------
    branches : sequence of Branch
        In any order.
    given : object
        The input that all of them share.
    n_workers : int, optional
        How many run side by side; by default as many as there are cores for this process.
    told : callable, optional
        Is told how many are done.

    Returns
    -------
    dict
        Results by name, in the order of the branches; one that was not made is left out.

    Raises
    ------
    ValueError
        If branches wait for each other, or one needs or makes what is not declared.
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
    # Linear algebra on one core in either way: the last bits of a sum depend on the number of threads.
    with threadpool_limits(1, user_api="blas"), runner:
        while order.is_active():
            ready += [by_name[name] for name in order.get_ready()]
            ready.sort(key=lambda branch: -until_end[branch.name])
            while ready and not runner.is_full:
                runner.start(ready[0], given, _needed(ready.pop(0), made))
            branch, results = runner.next_done()
            made[branch.name] = _declared(branch, results)
            order.done(branch.name)
            if told is not None:
                told(len(made), len(branches))
    return {key: value for branch in branches for key, value in made[branch.name].items()}


def _makers(branches: Sequence[Branch[Any]]) -> dict[str, set[str]]:
    """Return for each branch those that make what it needs."""
    maker = {name: branch.name for branch in branches for name in branch.makes}
    unknown = {name for branch in branches for name in branch.needs} - set(maker)
    if unknown:
        msg = f"No branch makes {', '.join(sorted(unknown))}. Name what a branch needs as another makes it."
        raise ValueError(msg)
    return {branch.name: {maker[name] for name in branch.needs} for branch in branches}


def _seconds_until_end(
    branches: Mapping[str, Branch[Any]], makers: Mapping[str, set[str]]
) -> dict[str, float]:
    """Return for each branch how long it and the longest chain of those that wait for it take."""
    found: dict[str, float] = {}
    for name in reversed([*TopologicalSorter(makers).static_order()]):
        waiting = [found[other] for other, needed in makers.items() if name in needed]
        found[name] = branches[name].seconds + max(waiting, default=0.0)
    return found


def _needed(branch: Branch[Any], made: Mapping[str, Made]) -> Made:
    """Return what a branch needs of what was made."""
    return {key: value for results in made.values() for key, value in results.items() if key in branch.needs}


def _declared(branch: Branch[Any], results: Made) -> Made:
    """Return what a branch made, without what it did not."""
    others = set(results) - set(branch.makes)
    if others:
        msg = f"The branch {branch.name} made {', '.join(sorted(others))}, which it does not declare. Add the names to what it makes."
        raise ValueError(msg)
    return {name: value for name, value in results.items() if value is not None}


def n_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def may_fork() -> bool:
    """Whether branches are forked from this process: where the system can, unless the switch says otherwise.

    Raises
    ------
    RequestError
        If the switch is neither 0 nor 1.
    """
    choice = os.environ.get(SWITCH, "").strip()
    if choice not in {"", "0", "1"}:
        msg = f"{SWITCH} is '{choice}'; set it to 0 (start everything the ordinary way) or 1 (fork), or leave it out."
        raise RequestError(msg)
    # A process that multiprocessing has marked as a servant may have no children.
    is_servant = bool(multiprocessing.current_process().daemon)
    can = hasattr(os, "fork") and (sys.platform != "darwin" or choice == "1")
    return can and choice != "0" and not is_servant


class _InTurn:
    """Runs branches in this process, one at a time."""

    is_full = False

    def __enter__(self) -> None:
        self._waiting: list[tuple[Branch[Any], Any, Made]] = []

    def __exit__(self, *_: object) -> None:
        self._waiting.clear()

    def start(self, branch: Branch[Given], given: Given, needed: Made) -> None:
        """Take a branch; it runs when its results are asked for."""
        self._waiting.append((branch, given, needed))

    def next_done(self) -> tuple[Branch[Any], Made]:
        """Run the first branch that waits, and return it with its results."""
        branch, given, needed = self._waiting.pop(0)
        return branch, branch.run(given, needed)


@dataclass
class _Fork:
    """A branch in a process of its own."""

    branch: Branch[Any]
    given: Any
    needed: Made
    process: Any
    connection: Connection
    seconds: float = -1.0
    since: float = field(default_factory=time.monotonic)

    def is_still(self) -> bool:
        """Whether it has used no processor time for long."""
        try:
            times = psutil.Process(self.process.pid).cpu_times()
        except psutil.Error:
            return False
        if times.user + times.system > self.seconds:
            self.seconds, self.since = times.user + times.system, time.monotonic()
        return time.monotonic() - self.since > _SECONDS_STILL


@dataclass
class _Forked:
    """Runs branches side by side, each forked from this process."""

    n_workers: int
    _running: list[_Fork] = field(default_factory=list)

    def __enter__(self) -> None:
        self._running.clear()
        # Looking for garbage would copy every page that is shared with the forks.
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
        """Whether every worker has a branch."""
        return len(self._running) >= self.n_workers

    def start(self, branch: Branch[Given], given: Given, needed: Made) -> None:
        """Fork a process for a branch."""
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe(duplex=False)
        # Who holds the reading end of a pipe would wait for ever where this process was killed.
        not_its_own = [ours, *(fork.connection for fork in self._running)]
        process = context.Process(
            target=_work, args=(branch, given, needed, theirs, not_its_own), daemon=True
        )
        with _without_warning_of_forks():
            process.start()
        theirs.close()
        self._running.append(_Fork(branch, given, needed, process, ours))

    def next_done(self) -> tuple[Branch[Any], Made]:
        """Return the first branch that ends, with its results.

        A branch that ended without results is run again in this process: an error is then raised where
        it can be told and logged whole, and a branch that was killed is not lost.
        """
        fork = self._next_ended()
        self._running.remove(fork)
        heard = _heard(fork.connection)
        if heard is None:
            # It waits for nobody, and may not end by itself.
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
    """Leave out Python's warning of threads at a fork: those of Arrow and BLAS are made for it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*fork.*")
        yield


def _heard(connection: Connection) -> Any:
    """Return what a branch has sent; None if it ended before it had sent all."""
    with suppress(EOFError, OSError, pickle.UnpicklingError):
        if connection.poll():
            return connection.recv()
    return None


def _work(
    branch: Branch[Given], given: Given, needed: Made, connection: Connection, not_its_own: list[Connection]
) -> None:
    """Run a branch in its process, and send its results with the names of the remembered ones it used."""
    # Ctrl-C reaches the whole group of processes; the one that speaks with the user tells of it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        for each in not_its_own:
            each.close()
        with connection:
            connection.send((branch.run(given, needed), used_results()))
    except BaseException:
        _end(1)
    _end(0)


def _end(code: int) -> None:
    # What the forking process has registered for its own end must not run here too.
    os._exit(code)
