"""All reports of a quarter: jobs run side by side, one failure never stops the others."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from asn_research.render.execute import JobResult, render_report
from asn_research.render.jobs import Job
from asn_research.render.publish import remove_leftovers


def render_batch(
    jobs: Sequence[Job],
    processed: Path,
    reports: Path,
    *,
    n_workers: int | None = None,
    verbose: bool = False,
    console: Console | None = None,
) -> tuple[JobResult, ...]:
    """Render jobs side by side and return what became of each, in their order.

    Parameters
    ----------
    jobs : sequence of Job
        What to render.
    processed, reports : Path
        Where the data are, and where reports are published.
    n_workers : int, optional
        Processes; by default one per core.
    verbose : bool
        Print a line per finished report.
    console : Console, optional
        Where progress is shown; the bar is quiet where there is no terminal.
    """
    console = console or Console(stderr=True)
    remove_leftovers(reports)
    os.environ.setdefault("MPLCONFIGDIR", str(_figure_cache(processed)))
    results: dict[Job, JobResult] = {}
    # Spawned, not forked: a worker must not inherit threads or half-open sockets.
    workers = ProcessPoolExecutor(
        max_workers=min(n_workers or os.cpu_count() or 1, max(1, len(jobs))),
        mp_context=multiprocessing.get_context("spawn"),
    )
    with workers, _progress(console) as progress:
        bar = progress.add_task("reports", total=len(jobs))
        pending = {workers.submit(render_report, job, processed, reports): job for job in jobs}
        for future in as_completed(pending):
            job = pending[future]
            try:
                result = future.result()
            except BrokenProcessPool:
                result = JobResult(job, message="The process that rendered it was killed; run again.")
            results[job] = result
            progress.advance(bar)
            if verbose or not result.is_published:
                console.print(_line(result), highlight=False, soft_wrap=True)
    return tuple(results[job] for job in jobs)


def _figure_cache(processed: Path) -> Path:
    """One font cache for all workers; without it each would look through the machine's fonts."""
    folder = processed / "measures" / ".figures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def _line(result: JobResult) -> str:
    if result.is_published:
        return f"{result.job.name}: {result.seconds:.1f} s"
    cell = f", cell {result.failed_cell}" if result.failed_cell else ""
    return f"{result.job.name}: failed{cell}: {result.message}"
