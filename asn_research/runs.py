"""The runs behind the command line and the desk: clean a folder, and make reports."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from asn_research.branches import OnProgress
from asn_research.clean import clean_folder
from asn_research.clean.clean_report import CleanReport
from asn_research.clean.privacy.denied_names import load_names
from asn_research.errors import BatchError
from asn_research.log import TOLD, step
from asn_research.progress import shown
from asn_research.render.batch import render_batch
from asn_research.render.grid import read_grid
from asn_research.render.index_page import publish_indexes
from asn_research.render.inputs import ReportInputs, prepare_inputs
from asn_research.render.jobs import latest_period, plan_jobs
from asn_research.render.report_kernel import Limits
from asn_research.render.stated import load_stated
from asn_research.render.warm.client import WarmParent
from asn_research.rules.periods import Period
from asn_research.rules.words import check_language, in_language, load_words, worded
from asn_research.storage import locked

_LOGGER = logging.getLogger(__name__)
#: Shows the progress of a long step: takes the name of the step, and gives a progress callback.
Shown = Callable[[str], AbstractContextManager[OnProgress]]


@dataclass(frozen=True)
class Folders:
    """Where a run reads and writes."""

    raw: Path
    processed: Path
    reports: Path


@dataclass(frozen=True)
class Wanted:
    """The options that select reports."""

    period: str
    unit: str
    formats: str
    language: str
    audience: str

    @property
    def names(self) -> list[str]:
        """The names of the wanted formats."""
        return [name.strip() for name in self.formats.split(",") if name.strip()]

    @property
    def usual(self) -> dict[str, str]:
        """The default values for empty cells of a grid."""
        return {
            "unit": self.unit, "period": self.period, "language": self.language, "editions": self.formats,
            "audience": self.audience,
        }  # fmt: skip


@dataclass(frozen=True)
class How:
    """The options of a batch run."""

    jobs: int | None = None
    force: bool = False
    explain: bool = False
    time: float = 300
    memory: int = 4096
    cluster: str | None = None
    key_file: Path | None = None


def cleaned(
    raw: Path,
    out: Path,
    *,
    today: date,
    say: Callable[[str], None],
    language: str = "id",
    key_file: Path | None = None,
    old_key_file: Path | None = None,
    show: Shown = shown,
) -> CleanReport:
    """Clean a folder and tell the outcome line by line.

    Parameters
    ----------
    raw, out : Path
        The folder of exports and the processed folder.
    today : date
        The day of cleaning.
    say : callable
        Takes each line for the user.
    language : str
        ``id`` or ``en``.
    key_file, old_key_file : Path, optional
        The files of the pseudonym key and of the previous one.
    show : callable
        Shows the progress of a step.

    Returns
    -------
    CleanReport

    Raises
    ------
    AsnError
        As `clean_folder` does.
    """
    check_language(language)
    with step("clean"), show(load_words(language)("progress_clean")) as on_progress:
        outcome = clean_folder(
            raw,
            out,
            key_file=key_file,
            old_key_file=old_key_file,
            language=language,
            today=today,
            on_progress=on_progress,
        )
    for line in outcome.lines(language):
        say(line)
        _LOGGER.info(line, extra=TOLD)
    return outcome


def reported(
    folders: Folders,
    wanted: Wanted,
    grid: Path | None,
    how: How,
    parent: WarmParent | None = None,
    *,
    say: Callable[[str], None],
    show: Shown = shown,
    on_report: OnProgress | None = None,
) -> int:
    """Make the reports that are wanted, and return how many entries of forms were left out.

    Parameters
    ----------
    folders : Folders
        Where the run reads and writes.
    wanted : Wanted
        Which reports.
    grid : Path, optional
        A table of reports, used instead of one request.
    how : How
        The options of the batch.
    parent : WarmParent, optional
        A warm parent that is already running.
    say : callable
        Takes each line for the user.
    show : callable
        Shows the progress of a step.
    on_report : callable, optional
        A progress callback: it is called with the numbers of finished and of all reports to make.

    Raises
    ------
    BatchError
        If a report could not be made; the others are made.
    AsnError
        As `prepare_inputs` and `plan_jobs` do.
    """
    # The locks keep other runs from changing the data between the plan of a batch and its last report.
    with locked(folders.processed, private=True), locked(folders.reports):
        return _reported(folders, wanted, grid, how, parent, say, show, on_report)


def _reported(
    folders: Folders, wanted: Wanted, grid: Path | None, how: How, parent: WarmParent | None,
    say: Callable[[str], None], show: Shown, on_report: OnProgress | None,
) -> int:  # fmt: skip
    processed, reports, language = folders.processed, folders.reports, wanted.language
    check_language(language)
    words = load_words(language)
    with step("measure"), show(words("progress_measure")) as on_progress:
        inputs = prepare_inputs(processed, on_progress)
    for line in _passed_periods(inputs, wanted.period, language):
        say(line)
    planned = (
        plan_jobs(
            inputs, unit=wanted.unit, period=wanted.period, language=language, formats=wanted.names,
            audience=wanted.audience,
        )
        if grid is None
        else read_grid(grid, inputs, wanted.usual)
    )  # fmt: skip
    stated = load_stated(folders.raw, inputs, load_names(processed, how.key_file))
    for fault in stated.faults:
        say(words("forms_fault", fault=in_language(fault, language)))
    results = render_batch(
        inputs, planned, reports, n_workers=how.jobs, force=how.force,
        limits=Limits(how.time, how.memory), parent=parent, cluster=how.cluster,
        explain=say if how.explain else None, key_file=how.key_file, stated=stated, on_progress=on_report,
    )  # fmt: skip
    with step("index"):
        pages = publish_indexes(inputs, results, reports, stated)
    failed = [result for result in results if not result.is_published]
    kept = sum(result.is_skipped for result in results)
    summary = "report_summary_kept" if kept else "report_summary"
    counts: dict[str, object] = {"n": len(results) - len(failed), "total": len(results), "folder": reports}
    counts["pages"] = ", ".join(str(page) for page in pages.values())
    say(words(summary, **counts, **({"kept": kept} if kept else {})))
    if failed:
        named = ", ".join(result.job.unit_id for result in failed)
        raise worded(
            BatchError,
            "error_reports_failed",
            n=len(failed),
            total=len(results),
            named=named,
            page=reports / "status.html",
        )
    return len(stated.faults)


def _passed_periods(inputs: ReportInputs, period: str, language: str) -> Iterator[str]:
    """Yield a message for each later period that is not taken as the latest because it has too few rows."""
    if period == "latest" and inputs.periods:
        chosen, later = latest_period(inputs)
        for code in later:
            label, instead = (Period.parse(each).label(language) for each in (code, chosen))
            yield load_words(language)("report_passed_period", period=label, code=code, instead=instead)
