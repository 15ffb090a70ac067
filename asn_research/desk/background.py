"""Long work in a process of its own: start it, and read how far it is. Its state is a file of the project."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from asn_research.desk.place import Place
from asn_research.errors import FolderBusyError
from asn_research.rules.words import worded

JOB = "pekerjaan.json"
WAITS, RUNS, DONE, FAILED, STOPPED = "waits", "runs", "done", "failed", "stopped"
TASKS = ("check", "report", "send", "approve", "sample")
#: Seconds in which a process that another desk has started must have written its own number.
_SECONDS_TO_START = 600
_STARTING = threading.Lock()
#: The process that this desk started last for each project, by the folder of its state.
_children: dict[Path, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Job:
    """A piece of long work.

    Parameters
    ----------
    task : str
        One of `TASKS`.
    options : mapping of str to str
        Its options.
    status : str
        ``waits``, ``runs``, ``done``, ``failed`` or ``stopped`` (its process is gone before it ended).
    pid, born : int, float
        The process and the time of its start, which together identify it.
    part : str
        The row of `words.csv` that names the present part.
    done, total : int
        The finished and all pieces of this part.
    part_begun, begun, ended : float
        Times, in seconds since 1970.
    lines : list of str
        What it told.
    error : str
        Why it failed, in the language of its options.
    """

    task: str
    options: Mapping[str, str] = field(default_factory=dict)
    status: str = WAITS
    pid: int = 0
    born: float = 0.0
    part: str = "desk_part_start"
    done: int = 0
    total: int = 0
    part_begun: float = 0.0
    begun: float = 0.0
    ended: float = 0.0
    lines: tuple[str, ...] = ()
    error: str = ""

    @property
    def is_running(self) -> bool:
        """Whether the work is still running."""
        return self.status in {WAITS, RUNS}

    @property
    def seconds_left(self) -> float | None:
        """The estimated number of seconds until this part of the work ends; None if it cannot be estimated."""
        spent = time.time() - self.part_begun
        if not self.is_running or self.done < 2 or spent < 5:
            return None
        return spent / self.done * (self.total - self.done)

    def dumped(self) -> dict[str, Any]:
        """Return the state of the work as JSON values."""
        return asdict(self)


def read_job(place: Place) -> Job | None:
    """Return the last piece of work of a project; None if there was none."""
    stored = place.load(JOB)
    if not stored:
        return None
    try:
        job = Job(**{**stored, "lines": tuple(stored["lines"])})
    except (TypeError, KeyError):
        return None
    if job.is_running and not _is_alive(place, job):
        return Job(**{**asdict(job), "lines": job.lines, "status": STOPPED})
    return job


def _is_alive(place: Place, job: Job) -> bool:
    """Return whether the process of a job is running, or may still be starting."""
    child = _children.get(place.state)
    # A process that has ended is waited for, so that it does not stay as a zombie.
    is_starting = child is not None and child.poll() is None
    if not job.pid:
        # On a busy machine a process may take minutes before it says that it runs.
        return is_starting or (child is None and time.time() - job.begun < _SECONDS_TO_START)
    try:
        process = psutil.Process(job.pid)
        return bool(abs(process.create_time() - job.born) < 2 and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def start_job(place: Place, task: str, options: Mapping[str, str]) -> None:
    """Start a piece of work in a process that outlives the desk.

    Raises
    ------
    FolderBusyError
        If one is at work already.
    """
    with _STARTING:
        refuse_while_running(place)
        begun = time.time()
        place.keep(JOB, Job(task, dict(options), begun=begun, part_begun=begun).dumped())
        command = [sys.executable, "-m", "asn_research.desk.background_main"]
        command += [str(each.resolve()) for each in (place.raw, place.processed, place.reports)] + [
            place.base
        ]
        extra: dict[str, Any] = (
            {"creationflags": 0x00000200 | 0x08000000} if os.name == "nt" else {"start_new_session": True}
        )
        null = subprocess.DEVNULL
        child = subprocess.Popen(command, stdin=null, stdout=null, stderr=null, **extra)  # noqa: S603 (our own module)
        _children[place.state] = child


def refuse_while_running(place: Place) -> None:
    """Raise an error if work is running that reads the files to be changed.

    Raises
    ------
    FolderBusyError
        If a piece of work is running.
    """
    job = read_job(place)
    if job is not None and job.is_running:
        raise worded(FolderBusyError, "error_desk_busy")
