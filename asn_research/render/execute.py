"""Render one report: papermill runs the template, its blocks are written in each format, the folder is published."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat
import papermill as pm
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.iorw import write_ipynb

from asn_research.clean.privacy.denied_names import DeniedNames
from asn_research.errors import AsnError, RenderError
from asn_research.given import Given
from asn_research.identities import find_identities
from asn_research.publish import private_folder, publish_folder
from asn_research.render.by_hand import changed_by_hand, give_way
from asn_research.render.editions import write_edition
from asn_research.render.inputs import load_report
from asn_research.render.jobs import Job
from asn_research.render.records import Record, neighbours, write_record
from asn_research.render.report_kernel import KernelUsage, Limits, run_notebook
from asn_research.render.scan import finds_in, scan_blocks, scan_folder, signature_of
from asn_research.rules.periods import Period
from asn_research.rules.words import in_language, load_words, worded
from asn_research.show.blocks import MIME, Block, Cover, Figure, flatten
from asn_research.show.cockpit import CockpitLine, cockpit_line
from asn_research.show.data import QUALITY
from asn_research.storage import PRIVATE_FILE, make_private, within

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
#: The folder for notebooks of failed reports, inside the private folder of processed data.
FAILED = ".failed"


@dataclass(frozen=True)
class RenderTask:
    """A job with everything that a worker needs to render it.

    Parameters
    ----------
    job : Job
        The job.
    data : Path
        The file of the slice: the rows that the report may show.
    reports : Path
        The folder in which reports are published.
    made_from : mapping of str to str
        A digest of each dependency of the report.
    keep : tuple of str
        Other files in the report's folder that are up to date and must stay.
    limits : Limits
        Time and memory limits.
    batch : str
        The identifier of the batch.
    names : DeniedNames or None
        The names that no report may contain. Workers do not have the key, so they cannot read the names
        themselves.
    failed : Path or None
        A private folder for the notebook of a failed report; if None, the notebook is not kept.
    given : Given
        The content of the forms for this report: the house style, and the signatory, whose name the scan allows.
    """

    job: Job
    data: Path
    reports: Path
    made_from: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    batch: str = ""
    names: DeniedNames | None = field(default=None, repr=False)
    failed: Path | None = None
    given: Given = field(default_factory=Given, repr=False)


@dataclass(frozen=True)
class JobResult:
    """The result of a job.

    Parameters
    ----------
    job : Job
        The job.
    files : tuple of Path
        The published files; empty if the job failed.
    seconds : float
        Wall-clock time.
    failed_cell : int or None
        Number of the code cell that failed, from 1.
    message : str
        The reason of the failure in one line, or a note that the report was not outdated.
    peak_mb : float or None
        The largest resident memory of the kernel, if known.
    notebook : Path or None
        The executed notebook of a failed report.
    is_skipped : bool
        Whether the job was skipped because the existing report is up to date.
    is_dead : bool
        Whether the kernel died; another attempt may succeed.
    attempts : int
        Number of attempts.
    beside : tuple of Path
        Files written under another name, because another program has the older file open or a person has changed it.
    by_hand : tuple of Path
        Files that a person has changed; they were not overwritten.
    line : CockpitLine or None
        The report's line in the list of reports; None if it has none, as the report on data quality.
    """

    job: Job
    files: tuple[Path, ...] = ()
    seconds: float = 0.0
    failed_cell: int | None = None
    message: str = ""
    peak_mb: float | None = None
    notebook: Path | None = None
    is_skipped: bool = False
    is_dead: bool = False
    attempts: int = 1
    beside: tuple[Path, ...] = ()
    by_hand: tuple[Path, ...] = ()
    line: CockpitLine | None = None

    @property
    def is_published(self) -> bool:
        """Whether the report is published."""
        return bool(self.files)


def render_report(task: RenderTask) -> JobResult:
    """Render one report and publish it; a failure is returned, never raised.

    Parameters
    ----------
    task : RenderTask
        The job with its inputs.

    Returns
    -------
    JobResult
    """
    start = time.perf_counter()
    job, reports = task.job, task.reports
    words = load_words(job.language)
    failed_cell, is_dead, kept, usage = None, False, None, KernelUsage()
    with private_folder(reports) as folder:
        executed = folder / f"{job.name}.ipynb"
        try:
            blocks = run_template(task, folder, executed, usage)
            check_blocks(job, blocks)
            published = _publish(task, blocks, folder, usage, start)
            return replace(published, seconds=time.perf_counter() - start, peak_mb=usage.peak_mb)
        except pm.PapermillExecutionError as error:
            failed_cell = error.exec_count or error.cell_index
            message = _ANSI.sub("", f"{error.ename}: {error.evalue}")
        except (CellTimeoutError, DeadKernelError) as error:
            failed_cell = _last_cell(executed)
            is_dead = isinstance(error, DeadKernelError)
            message = (
                words("render_kernel_died")
                if is_dead
                else words("render_too_long", seconds=f"{task.limits.seconds:g}")
            )
        except (AsnError, OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
            is_dead = isinstance(error, RuntimeError) and "ernel died" in str(error)
            message = (
                in_language(error, job.language)
                if isinstance(error, AsnError)
                else f"{type(error).__name__}: {error}"
            )
        if usage.notebook is not None:
            write_ipynb(usage.notebook, str(executed))
        kept, withheld = _keep_failed(executed, task)
    message = " ".join(message.split())
    if find_identities(message):
        message, withheld = words("render_withheld"), ""
    return JobResult(
        job, (), time.perf_counter() - start, failed_cell, message + withheld, usage.peak_mb, kept,
        is_dead=is_dead,
    )  # fmt: skip


def run_template(
    task: RenderTask, folder: Path, executed: Path, usage: KernelUsage | None = None
) -> list[Block]:
    """Run the template of a job with papermill, and return the blocks that its cells show."""
    job = task.job
    job.checked()
    notebook = run_notebook(
        job.template, job.parameters(task.data), folder, executed, task.limits, usage or KernelUsage()
    )
    if usage is not None:
        usage.notebook = notebook
    return collect_blocks(notebook)


def collect_blocks(notebook: Any) -> list[Block]:
    """Return the blocks in an executed notebook, in reading order."""
    return [
        block
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if MIME in output.get("data", {})
        for block in flatten(output["data"][MIME])
    ]


def check_blocks(job: Job, blocks: list[Block]) -> None:
    """Raise an error if a report is empty, or contains a part of another unit or period.

    Raises
    ------
    RenderError
        If the first block is not a cover, or a cover or figure belongs to another unit or period.
    """
    if not blocks or not isinstance(blocks[0], Cover):
        raise worded(RenderError, "error_render_cover", template=job.template.name)
    for block in blocks:
        if isinstance(block, Cover | Figure):
            found = (block.unit_id, block.period_code)
            if found != (job.unit_id, job.period):
                raise worded(RenderError, "error_render_other_part", name=job.name, found="-".join(found))


def _publish(
    task: RenderTask, blocks: list[Block], folder: Path, usage: KernelUsage, start: float
) -> JobResult:
    """Write and check the editions of a report in a new folder, and replace the published folder by it."""
    job = task.job
    out = within(folder, job.unit_id)
    out.mkdir()
    created = Period.parse(job.period).last_day
    for name, file in zip(job.formats, job.file_names, strict=True):
        path, style = within(out, file), task.given.style
        write_edition(name, blocks, path, created=created, style=style, ways=job.ways)
    signature = signature_of(blocks, task.given)
    if signature is not None:
        scan_blocks(blocks, task.names)
    scan_folder(out, task.names, signature)
    place = within(task.reports, *job.place.split("/"))
    records = neighbours(task.reports, job)
    by_hand = changed_by_hand(place, records.values())
    moved = give_way(out, by_hand)
    keep = (*task.keep, *_made_before(task, records))
    keep_files(place, out, (*keep, *by_hand, *moved))
    before = records[job.name].beside if job.name in records else {}
    called = {name: new for name, new in before.items() if new in keep} | moved
    line = _line(task)
    record = Record(
        task.made_from, time.perf_counter() - start, usage.peak_mb, task.batch, beside=called, line=line
    )
    # The record lists the new files. Until they are published, it does not match the folder and is ignored.
    write_record(task.reports, job, record, out, by_hand)
    open_elsewhere = publish_folder(out, place)
    return JobResult(
        job,
        tuple(place / file for file in job.file_names),
        beside=(*open_elsewhere, *(place / new for name, new in called.items() if name in job.file_names)),
        by_hand=tuple(place / name for name in by_hand if name in job.file_names),
        line=line,
    )


def _line(task: RenderTask) -> CockpitLine | None:
    """Return the report's line in the list of reports, made of its own slice; the report on data quality has none."""
    job = task.job
    if job.unit_id == QUALITY:
        return None
    return cockpit_line(load_report(task.data, job.unit_id, job.period, job.language, job.audience))


def _made_before(task: RenderTask, records: Mapping[str, Record]) -> list[str]:
    """Return the other files in the report's folder that this batch has already made, such as another language."""
    place = task.reports / task.job.place
    made = [record for name, record in records.items() if name != task.job.name]
    return [name for r in made if r.batch == task.batch for name in r.standing_files(place)]


def keep_files(place: Path, out: Path, names: tuple[str, ...]) -> None:
    """Link the files of other reports that are up to date from the published folder into the new one."""
    for name in names:
        if (place / name).is_file() and not (out / name).exists():
            _link(place / name, out / name)


def _link(there: Path, here: Path) -> None:
    """Link a file to a second path; if the disk has no hard links, copy it with its modification time."""
    try:
        here.hardlink_to(there)
    except OSError:
        shutil.copy2(there, here)


def _last_cell(executed: Path) -> int | None:
    """Return the number of the last code cell that was started, from 1."""
    try:
        notebook = nbformat.read(executed, as_version=4)  # type: ignore[no-untyped-call]
    except (OSError, ValueError):
        return None
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    begun = [cell for cell in codes if _status(cell) != "pending"]
    return len(begun) or None


def _status(cell: Mapping[str, Any]) -> str:
    return str(cell.get("metadata", {}).get("papermill", {}).get("status", "pending"))


def _keep_failed(executed: Path, task: RenderTask) -> tuple[Path | None, str]:
    """Keep the notebook of a failed report, unless it identifies a person; return its path and a message."""
    if not executed.is_file() or task.failed is None:
        return None, ""
    if finds_in(executed, task.names):
        return None, " " + load_words(task.job.language)("render_not_kept")
    kept = within(make_private(task.failed), executed.name)
    shutil.move(executed, kept)
    kept.chmod(PRIVATE_FILE)
    return kept, ""
