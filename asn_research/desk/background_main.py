"""The process of long work: runs what the command line runs, and writes how far it is into the project's state."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import psutil

from asn_research.branches import OnProgress
from asn_research.desk.background import DONE, FAILED, JOB, RUNS, Job, read_job
from asn_research.desk.place import Place
from asn_research.desk.told_errors import at_desk
from asn_research.errors import AsnError, LeftOutError
from asn_research.log import log_of_run
from asn_research.rules.words import load_words

#: Seconds between two writings of the progress.
_EVERY = 0.3


class ProgressReporter:
    """Writes the state of the work into its file.

    Parameters
    ----------
    place : Place
        The project.
    job : Job
        The work.
    """

    def __init__(self, place: Place, job: Job) -> None:
        self._place, self.job = place, job
        self._last = 0.0

    def write(self, **changes: object) -> None:
        """Change the state and write it."""
        self.job = replace(self.job, **changes)  # type: ignore[arg-type]
        self._place.keep(JOB, self.job.dumped())
        self._last = time.monotonic()

    def say(self, line: str) -> None:
        """Add a line to the messages of the work."""
        self.job = replace(self.job, lines=(*self.job.lines, line))

    @contextmanager
    def part(self, name: str) -> Iterator[OnProgress]:
        """Begin a part of the work, and give its progress callback."""
        self.write(part=name, done=0, total=0, part_begun=time.time())
        yield self.report_progress

    def report_progress(self, done: int, total: int) -> None:
        """Record the progress of the current part: steps done and steps in all."""
        self.job = replace(self.job, done=done, total=total)
        if time.monotonic() - self._last > _EVERY or done == total:
            self.write()


def main(arguments: list[str]) -> int:
    """Run the work that is described in the state file of the project."""
    raw, processed, reports, base = arguments
    place = Place(Path(raw), Path(processed), Path(reports), base)
    job = read_job(place)
    if job is None:
        return 1
    me = psutil.Process()
    reporter = ProgressReporter(place, replace(job, status=RUNS, pid=me.pid, born=me.create_time()))
    reporter.write()
    language = job.options.get("language", "id")
    from asn_research.desk.tasks import TASK_OF  # noqa: PLC0415 (the page must see soon that it has begun)

    error = ""
    options = {name: text for name, text in job.options.items() if name != "by"}
    with log_of_run(f"desk-{job.task}", options, version=version("asn-research"), reports=place.reports):
        try:
            TASK_OF[job.task](place, reporter, job.options)
        except LeftOutError as left_out:
            reporter.say(at_desk(left_out, language))
        except AsnError as failed:
            error = at_desk(failed, language)
        except Exception as failed:
            import logging  # noqa: PLC0415

            logging.getLogger(__name__).critical("an unexpected error", exc_info=True)
            error = load_words(language)("run_unexpected", kind=type(failed).__name__)
    reporter.write(status=FAILED if error else DONE, error=error, ended=time.time())
    return 0


Task = Callable[[Place, ProgressReporter, dict[str, str]], None]

if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main(sys.argv[1:]))
