"""Which reports must be made: those whose template, code, rules, parameters or shown rows changed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from asn_research.measured import state_of
from asn_research.memory import within
from asn_research.render.execute import JobResult, Limits, Order
from asn_research.render.jobs import Job
from asn_research.render.records import Key, answers_for, job_of, key_of, neighbours, parameters_digest


@dataclass(frozen=True)
class Planned:
    """A job, and whether its report must be made.

    Parameters
    ----------
    order : Order
        The job with all that a worker must know.
    reason : str
        Why it must be made, in words; empty if it stands and is not outdated.
    """

    order: Order
    reason: str

    @property
    def line(self) -> str:
        """What is done and why, in one line."""
        name = self.order.job.name
        return (
            f"{name}: made, {self.reason}"
            if self.reason
            else f"{name}: kept, nothing that decides it has changed"
        )

    @property
    def standing(self) -> JobResult:
        """The result of a job whose report stands."""
        order = self.order
        files = tuple(order.reports / order.job.place / name for name in order.job.file_names)
        return JobResult(order.job, files, message="not outdated", is_skipped=True, attempts=0)


def plan_batch(
    jobs: Sequence[Job], processed: Path, reports: Path, *, force: bool = False, limits: Limits | None = None
) -> list[Planned]:
    """Return for each job whether its report must be made, and why.

    Parameters
    ----------
    jobs : sequence of Job
        What is asked for.
    processed, reports : Path
        Where the data are, and where reports are published.
    force : bool
        Make all of them.
    limits : Limits, optional
        What each may take.
    """
    keys = _Keys(processed)
    batch = uuid.uuid4().hex
    state = state_of(processed)
    return [_plan(job, processed, reports, keys, force, limits or Limits(), batch, state) for job in jobs]


def _plan(
    job: Job, processed: Path, reports: Path, keys: _Keys, force: bool, limits: Limits, batch: str,
    state: str,
) -> Planned:  # fmt: skip
    place, key = within(reports, *job.place.split("/")), keys.of(job)
    reason = "it has not been made before"
    keep: list[str] = []
    for name, record in neighbours(reports, job).items():
        there = job_of(record, job)
        outdated = record.why_outdated(
            key if name == job.name else keys.of(there), answers_for(processed, there, state)
        )
        standing = record.standing(place)
        if not outdated:
            keep += standing
        if name == job.name:
            missing = [file for file in job.file_names if file not in standing]
            reason = outdated or (f"{', '.join(missing)} is not there as it was published" if missing else "")
    order = Order(job, processed, reports, key, tuple(keep), limits, batch, state)
    return Planned(order, "it was asked for (--force)" if force else reason)


class _Keys:
    """Keys of jobs; what jobs of a template share is computed once."""

    def __init__(self, processed: Path) -> None:
        self._processed = processed
        self._shared: dict[Path, Key] = {}

    def of(self, job: Job) -> Key:
        """Return a job's key."""
        shared = self._shared.get(job.template)
        if shared is None:
            shared = self._shared[job.template] = key_of(job, self._processed)
        return replace(shared, parameters=parameters_digest(job))
