"""Find outdated reports: those whose rows, template, parameters, package or installed versions have changed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from asn_research.render.by_hand import changed_by_hand
from asn_research.render.execute import JobResult, RenderTask
from asn_research.render.jobs import Job
from asn_research.render.records import job_of, made_from, neighbours
from asn_research.render.report_kernel import Limits
from asn_research.render.slices import Slicer, write_slice
from asn_research.storage import within


@dataclass(frozen=True)
class Planned:
    """A job, and whether its report must be rendered.

    Parameters
    ----------
    task : RenderTask
        The job with its inputs.
    reason : str
        Why the report must be rendered, in words; empty if the published report is up to date.
    """

    task: RenderTask
    reason: str

    @property
    def line(self) -> str:
        """One line of the log: the report will be made, with the reason; or it is kept, because nothing that it rests on has changed."""
        name = self.task.job.name
        return (
            f"{name}: made, {self.reason}"
            if self.reason
            else f"{name}: kept, nothing that it rests on has changed"
        )

    @property
    def standing(self) -> JobResult:
        """The result of a job whose published report is up to date."""
        task = self.task
        place = task.reports / task.job.place
        record = neighbours(task.reports, task.job)[task.job.name]
        # Whoever takes his own file away leaves the edition that was made beside it.
        files = tuple(
            place / (name if (place / name).is_file() else record.called(name))
            for name in task.job.file_names
        )
        beside = tuple(place / new for name, new in record.beside.items() if name in task.job.file_names)
        return JobResult(
            task.job, files, message="not outdated", is_skipped=True, attempts=0, beside=beside,
            by_hand=tuple(path for path in files if path.name in changed_by_hand(place, [record])), line=record.line,
        )  # fmt: skip


def plan_batch(
    jobs: Sequence[Job],
    slicer_of: Callable[[Job], Slicer],
    slices: Path,
    reports: Path,
    *,
    force: bool = False,
    limits: Limits | None = None,
) -> list[Planned]:
    """Return for each job whether its report must be rendered, and why.

    Parameters
    ----------
    jobs : sequence of Job
        The wanted reports.
    slicer_of : callable
        Returns the slicer of a job.
    slices : Path
        The folder to which the slices of outdated reports are written.
    reports : Path
        The folder in which reports are published.
    force : bool
        Render all reports.
    limits : Limits, optional
        Time and memory limits of each report.
    """
    batch = uuid.uuid4().hex
    planned = []
    for job in jobs:
        slicer = slicer_of(job)
        parts = slicer.parts(job.unit_id)
        now = made_from(job, parts)
        reason, keep = _why(job, now, slicer_of, reports)
        reason = "it was asked for (--force)" if force else reason
        place = write_slice(slicer.cut(job.unit_id), parts, slices) if reason else slices
        task = RenderTask(
            job, place, reports, now, keep, limits or Limits(), batch, given=slicer.given(job.unit_id)
        )
        planned.append(Planned(task, reason))
    return planned


def _why(
    job: Job, now: Mapping[str, str], slicer_of: Callable[[Job], Slicer], reports: Path
) -> tuple[str, tuple[str, ...]]:
    """Return why a report must be rendered (empty if not), and the files in its folder that are up to date."""
    place = within(reports, *job.place.split("/"))
    reason = "it has not been made before"
    keep: list[str] = []
    records = neighbours(reports, job)
    by_hand = changed_by_hand(place, records.values())
    for name, record in records.items():
        if name == job.name:
            outdated = record.why_outdated(now)
        else:
            there = job_of(record, job)
            outdated = record.why_outdated(made_from(there, slicer_of(there).parts(there.unit_id)))
        standing = record.standing(place)
        if not outdated:
            keep += [record.called(edition) for edition in standing]
        if name == job.name:
            # What a person has written into an edition is no reason to make it again.
            missing = [file for file in job.file_names if file not in (*standing, *by_hand)]
            reason = outdated or (f"{', '.join(missing)} is not there as it was published" if missing else "")
    return reason, tuple(keep)
