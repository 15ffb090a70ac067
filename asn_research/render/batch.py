"""Render the reports of a batch: outdated ones run in parallel, and a failed report does not stop the others."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from asn_research.clean.privacy.denied_names import load_names
from asn_research.clean.store import MEMORY
from asn_research.forking import n_cores
from asn_research.log import TOLD
from asn_research.measured import state_of
from asn_research.publish import recover_reports
from asn_research.read.given_forms import Stated
from asn_research.render.cluster import Cluster, check_address, say_what_is_open
from asn_research.render.environment import forks, limits_memory
from asn_research.render.execute import FAILED, JobResult, RenderTask
from asn_research.render.inputs import (
    ReportInputs,
    forget_shared_reports,
    prepare_inputs,
)
from asn_research.render.jobs import Job
from asn_research.render.outdated import plan_batch
from asn_research.render.pool import Pool
from asn_research.render.report_kernel import Limits
from asn_research.render.stated import slicers
from asn_research.render.status import publish_status
from asn_research.render.warm.client import WarmParent
from asn_research.rules.words import Words, load_words
from asn_research.storage import locked, make_private

_LOGGER = logging.getLogger(__name__)
# Seconds between two updates of the status page while a batch runs.
_TELL_EVERY = 5.0
#: The folder of slices (the rows of each report) in the cache of the processed data.
_SLICES = "slices"
#: The function that renders tasks and yields results as they arrive: that of the pool, or of a cluster.
Runner = Callable[[Sequence[RenderTask]], Iterable[JobResult]]


def render_batch(
    inputs: ReportInputs,
    jobs: Sequence[Job],
    reports: Path,
    *,
    n_workers: int | None = None,
    verbose: bool = False,
    console: Console | None = None,
    force: bool = False,
    limits: Limits | None = None,
    parent: WarmParent | None = None,
    cluster: str | None = None,
    explain: Callable[[str], None] | None = None,
    key_file: Path | None = None,
    stated: Stated | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[JobResult, ...]:
    """Render the jobs whose reports are outdated, and return the result of each job, in the order of the jobs.

    Parameters
    ----------
    inputs : ReportInputs
        The measures.
    jobs : sequence of Job
        The wanted reports.
    reports : Path
        The folder in which reports are published.
    n_workers : int, optional
        How many reports run in parallel; by default one more than there are cores, because each sometimes
        waits.
    verbose : bool
        Print a line for each finished report.
    console : Console, optional
        The terminal for messages and the progress bar; without a terminal no bar is shown.
    force : bool
        Render all reports, outdated or not.
    limits : Limits, optional
        Time and memory limits of each report.
    parent : WarmParent, optional
        A warm parent that is already running; this function ends it.
    cluster : str, optional
        Address of a Dask scheduler; the reports are then rendered on its workers.
    explain : callable, optional
        Called with one line per job that says whether its report is rendered, and why.
    key_file : Path, optional
        File of the pseudonym key; with it, reports are scanned for the names in the register.
    stated : Stated, optional
        The content of the filled-in forms; each report receives the part of its unit.
    on_progress : callable, optional
        A progress callback: it is called with the numbers of finished and of all reports to make.
    """
    console = console or Console(stderr=True)
    words = load_words(jobs[0].language if jobs else "en")
    processed = inputs.processed.folder
    n_workers = n_workers or n_cores() + 1
    pool = Pool(max(1, min(n_workers, len(jobs))), parent, forks())
    run: Runner = pool.run
    if cluster is not None:
        run = Cluster(check_address(cluster)).run
        say_what_is_open(cluster, jobs, console)
    elif not limits_memory():
        console.print(words("memory_not_limited"), highlight=False)
    try:
        # The locks keep other runs from changing data or reports until the last report is published.
        with locked(processed, private=True), locked(reports):
            recover_reports(reports)
            if inputs.state != state_of(processed):
                inputs = prepare_inputs(processed)
            forget_shared_reports(processed)
            slicer_of = slicers(inputs, stated or Stated())
            os.environ.setdefault("MPLCONFIGDIR", str(_figure_cache(processed)))
            slices = _empty_slices(processed)
            planned = plan_batch(jobs, slicer_of, slices, reports.resolve(), force=force, limits=limits)
            for each in planned:
                _LOGGER.info(each.line)
                if explain:
                    explain(each.line)
            results = {each.task.job: each.standing for each in planned if not each.reason}
            names = load_names(processed, key_file)
            if names is None:
                console.print(words("names_unchecked"), highlight=False)
            failed = processed.resolve() / FAILED
            tasks = [replace(each.task, names=names, failed=failed) for each in planned if each.reason]
            with _progress(console) as progress:
                bar = progress.add_task(words("progress_report"), total=len(tasks))
                last_line = time.monotonic()
                for result in _counted(run(tasks) if tasks else (), len(tasks), on_progress):
                    results[result.job] = result
                    progress.advance(bar)
                    is_listed = verbose or not result.is_published or bool(result.beside)
                    _LOGGER.log(
                        logging.INFO if result.is_published else logging.ERROR,
                        _line(result, words),
                        extra=TOLD if is_listed else None,
                    )
                    if is_listed:
                        console.print(_line(result, words), highlight=False, soft_wrap=True)
                    if time.monotonic() - last_line > _TELL_EVERY:
                        publish_status([results[job] for job in jobs if job in results], reports)
                        last_line = time.monotonic()
            # A killed worker leaves its temporary folder.
            recover_reports(reports)
            ordered = tuple(results[job] for job in jobs)
            publish_status(ordered, reports)
            return ordered
    finally:
        pool.close()
        shutil.rmtree(processed / MEMORY / _SLICES, ignore_errors=True)


def _counted(
    results: Iterable[JobResult], n: int, on_progress: Callable[[int, int], None] | None
) -> Iterator[JobResult]:
    """Yield results, and report after each one how many of all jobs are done."""
    if on_progress:
        on_progress(0, n)
    for done, result in enumerate(results, start=1):
        if on_progress:
            on_progress(done, n)
        yield result


def _empty_slices(processed: Path) -> Path:
    """Return the folder of slices, without the slices that a killed batch has left."""
    shutil.rmtree(processed / MEMORY / _SLICES, ignore_errors=True)
    return make_private(processed / MEMORY / _SLICES).resolve()


def _figure_cache(processed: Path) -> Path:
    """Return the folder of matplotlib's font cache, shared by all workers so that fonts are searched once."""
    return make_private(processed / MEMORY / "figures").resolve()


def _progress(console: Console) -> Progress:
    """Return the progress bar of a batch, which is shown only in a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal or "CI" in os.environ,
    )


def _line(result: JobResult, words: Words) -> str:
    """Return what is said of a finished report: made, made beside changed files, or failed and why."""
    name, seconds = result.job.name, f"{result.seconds:.1f}"
    if result.is_published and result.by_hand:
        kept, beside = (", ".join(path.name for path in paths) for paths in (result.by_hand, result.beside))
        return words("report_by_hand", name=name, seconds=seconds, kept=kept, beside=beside)
    if result.is_published and result.beside:
        beside = ", ".join(path.name for path in result.beside)
        return words("report_beside", name=name, seconds=seconds, beside=beside)
    if result.is_published:
        return words("report_made", name=name, seconds=seconds)
    if result.failed_cell:
        return words("report_failed_cell", name=name, cell=result.failed_cell, message=result.message)
    return words("report_failed", name=name, message=result.message)
