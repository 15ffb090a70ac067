"""One report: papermill runs the template, the blocks become editions, the folder is published."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill as pm
from jupyter_client.manager import AsyncKernelManager

from asn_research.errors import AsnError, RenderError
from asn_research.render.editions import write_edition
from asn_research.render.inputs import measured_at
from asn_research.render.jobs import Job
from asn_research.render.publish import private_folder, publish_folder
from asn_research.render.scan import scan_folder
from asn_research.rules.periods import Period
from asn_research.show.blocks import MIME, Block, Cover, Figure, flatten

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_CELL_SECONDS = 300


class SocketFileKernelManager(AsyncKernelManager):
    """Talks to its kernel over socket files: ports of parallel runs collide, files do not."""

    def _transport_default(self) -> str:
        return "ipc"


@dataclass(frozen=True)
class JobResult:
    """What became of a job.

    Parameters
    ----------
    job : Job
        The job.
    files : tuple of Path
        The published editions; empty if it failed.
    seconds : float
        Wall-clock time.
    failed_cell : int or None
        Number of the code cell that failed, from 1.
    message : str
        Why it failed, in one line.
    """

    job: Job
    files: tuple[Path, ...] = ()
    seconds: float = 0.0
    failed_cell: int | None = None
    message: str = ""

    @property
    def is_published(self) -> bool:
        """Whether the report stands in its place."""
        return bool(self.files)


def render_report(job: Job, processed: Path, reports: Path) -> JobResult:
    """Render one report and publish it; a failure is returned, never raised.

    Parameters
    ----------
    job : Job
        What to render.
    processed : Path
        The processed data, measures prepared.
    reports : Path
        Where reports are published: ``reports/<period>/<unit>/``.

    Returns
    -------
    JobResult
    """
    start = time.perf_counter()
    failed_cell = None
    try:
        with private_folder(reports) as folder:
            blocks = run_template(job, processed, folder)
            check_blocks(job, blocks)
            out = folder / job.unit_id
            out.mkdir()
            created = Period.parse(job.period).last_day
            for name in job.formats:
                write_edition(name, blocks, out / f"{job.name}.{name}", created=created)
            scan_folder(out)
            place = reports / job.period / job.unit_id
            _keep_other_editions(place, out, processed)
            publish_folder(out, place)
        files = tuple(place / f"{job.name}.{name}" for name in job.formats)
        return JobResult(job, files, time.perf_counter() - start)
    except pm.PapermillExecutionError as error:
        failed_cell = error.exec_count or error.cell_index
        message = _ANSI.sub("", f"{error.ename}: {error.evalue}")
    except (AsnError, OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        message = str(error) if isinstance(error, AsnError) else f"{type(error).__name__}: {error}"
    return JobResult(job, (), time.perf_counter() - start, failed_cell, " ".join(message.split()))


def run_template(job: Job, processed: Path, folder: Path) -> list[Block]:
    """Run a job's template by papermill and return the blocks that its cells show."""
    runtime = folder.resolve() / "runtime"
    runtime.mkdir()
    # Each run has its own folders: kernels of parallel runs must not meet.
    os.environ["JUPYTER_RUNTIME_DIR"] = str(runtime)
    os.environ["IPYTHONDIR"] = str(runtime / "ipython")
    executed = folder / f"{job.name}.ipynb"
    pm.execute_notebook(
        str(job.template),
        str(executed),
        parameters={
            "processed": str(processed.resolve()),
            "unit": job.unit_id,
            "period": job.period,
            "language": job.language,
        },
        kernel_name="python3",
        progress_bar=False,
        cwd=str(folder),
        execution_timeout=_CELL_SECONDS,
        kernel_manager_class=SocketFileKernelManager,
    )
    return collect_blocks(nbformat.read(executed, as_version=4))  # type: ignore[no-untyped-call]


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
    """Refuse a report that is empty, or holds another unit's or period's part.

    Raises
    ------
    RenderError
        If the first block is no cover, or a cover or figure is not of this job.
    """
    if not blocks or not isinstance(blocks[0], Cover):
        msg = f"{job.template.name}: the first block must be the cover; the template shows something else first."
        raise RenderError(msg)
    for block in blocks:
        if isinstance(block, Cover | Figure):
            found = (block.unit_id, block.period_code)
            if found != (job.unit_id, job.period):
                msg = f"The report of {job.name} holds a part of {'-'.join(found)}; it was not published."
                raise RenderError(msg)


def _keep_other_editions(place: Path, out: Path, processed: Path) -> None:
    """Keep other languages' and formats' editions that were made from the same data.

    What is older than the measures was made from other data, and would contradict its neighbours.
    """
    if not place.is_dir():
        return
    measured = measured_at(processed)
    for path in place.iterdir():
        if not (out / path.name).exists() and path.stat().st_mtime > measured:
            (out / path.name).hardlink_to(path)
