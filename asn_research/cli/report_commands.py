"""Commands that make reports: measures, reports, the whole run, and their approval."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from asn_research.cli.data_commands import simulate
from asn_research.cli.options import (
    ALL_FORMATS,
    PROCESSED,
    RAW,
    REPORTS,
    AudienceOption,
    ClusterOption,
    ExplainOption,
    ForceOption,
    FormatOption,
    GridOption,
    JobsOption,
    KeyFileOption,
    LanguageOption,
    MemoryOption,
    OldKeyFileOption,
    PeriodOption,
    ProcessedFolder,
    RawFolder,
    ReportFolder,
    TimeOption,
    TodayOption,
    UnitOption,
    VerboseOption,
)
from asn_research.cli.shared_steps import clean_folder, day_of, say, say_left_out
from asn_research.clock import this_minute
from asn_research.commands import LoggedCommand
from asn_research.errors import GivenAwayError, RequestError
from asn_research.lazy import importing
from asn_research.log import step

if TYPE_CHECKING:
    from asn_research.render.warm.client import WarmParent

commands = typer.Typer()


@commands.command(cls=LoggedCommand, help="help_command_measure")
def measure(
    processed: ProcessedFolder = PROCESSED,
    language: LanguageOption = "id",
    verbose: VerboseOption = False,
) -> None:
    """Compute all measures and estimates that the reports use, unless the stored ones are up to date."""
    from asn_research.clean.store import MEASURES
    from asn_research.measured import open_measures
    from asn_research.progress import shown
    from asn_research.rules.words import check_language, load_words

    check_language(language)
    words = load_words(language)
    with step("measure"), shown(words("progress_measure")) as on_progress:
        measures = open_measures(processed, on_progress=on_progress)
    n_rows = sum(len(frame) for frame in measures.frames.values())
    say(words("measure_done", n=len(measures.frames), rows=n_rows, folder=processed / MEASURES))
    said = [claim for claim in measures.claims if claim.strength != "not_enough_data"]
    say(words("measure_questions", n=len(said), total=len(measures.claims)))


@commands.command(cls=LoggedCommand, help="help_command_report")
def report(
    raw: RawFolder = RAW,
    processed: ProcessedFolder = PROCESSED,
    reports: ReportFolder = REPORTS,
    period: PeriodOption = "latest",
    unit: UnitOption = "all",
    formats: FormatOption = ALL_FORMATS,
    language: LanguageOption = "id",
    audience: AudienceOption = "all",
    jobs: JobsOption = None,
    grid: GridOption = None,
    force: ForceOption = False,
    explain: ExplainOption = False,
    time: TimeOption = 300,
    memory: MemoryOption = 4096,
    cluster: ClusterOption = None,
    key_file: KeyFileOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Render reports from processed data."""
    with _warm_parent(cluster) as parent:
        with importing():
            from asn_research.runs import Folders, How, Wanted, reported

        how = How(jobs, force, explain, time, memory, cluster, key_file)
        wanted = Wanted(period, unit, formats, language, audience)
        n_faults = reported(Folders(raw, processed, reports), wanted, grid, how, parent, say=say)
    say_left_out(0, n_faults, language)


@commands.command(cls=LoggedCommand, help="help_command_run")
def run(
    raw: RawFolder = RAW,
    processed: ProcessedFolder = PROCESSED,
    reports: ReportFolder = REPORTS,
    period: PeriodOption = "latest",
    unit: UnitOption = "all",
    formats: FormatOption = ALL_FORMATS,
    language: LanguageOption = "id",
    audience: AudienceOption = "all",
    jobs: JobsOption = None,
    grid: GridOption = None,
    force: ForceOption = False,
    explain: ExplainOption = False,
    time: TimeOption = 300,
    memory: MemoryOption = 4096,
    cluster: ClusterOption = None,
    verbose: VerboseOption = False,
    simulate_if_empty: Annotated[
        bool, typer.Option("--simulate-if-empty", help="help_simulate_if_empty")
    ] = False,
    key_file: KeyFileOption = None,
    old_key_file: OldKeyFileOption = None,
    today: TodayOption = "",
) -> None:
    """Clean, measure and report in one run."""
    from asn_research.read import find_raw_files
    from asn_research.rules.words import check_language, load_words
    from asn_research.storage import locked

    check_language(language)
    day = day_of(today)
    if simulate_if_empty and raw.is_dir() and not find_raw_files(raw):
        say(load_words(language)("simulate_filling", folder=raw))
        simulate(out=raw, language=language)
    with locked(processed, private=True), locked(reports):
        n_left_out = clean_folder(raw, processed, language, key_file, old_key_file, day)
        with _warm_parent(cluster) as parent:
            with importing():
                from asn_research.runs import Folders, How, Wanted, reported

            how = How(jobs, force, explain, time, memory, cluster, key_file)
            wanted = Wanted(period, unit, formats, language, audience)
            n_faults = reported(Folders(raw, processed, reports), wanted, grid, how, parent, say=say)
    say_left_out(n_left_out, n_faults, language)


@commands.command(name="approve", cls=LoggedCommand, help="help_command_approve")
def approve_command(
    period: Annotated[str, typer.Argument(help="help_period")] = "",
    by: Annotated[str, typer.Option("--by", help="help_approve_by")] = "",
    exceptions: Annotated[list[str] | None, typer.Option("--except", help="help_approve_except")] = None,
    list_all: Annotated[bool, typer.Option("--list", help="help_approve_list")] = False,
    raw: RawFolder = RAW,
    processed: ProcessedFolder = PROCESSED,
    reports: ReportFolder = REPORTS,
    language: LanguageOption = "id",
    key_file: KeyFileOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Record the reports of a period as released, or list all releases."""
    from asn_research.ledger import ledger_of, releases_in
    from asn_research.render.approval import approve, lines_of_changes, release_line
    from asn_research.rules.words import check_language, load_words, worded

    check_language(language)
    words = load_words(language)
    if list_all:
        releases = releases_in(ledger_of(raw))
        for release in releases:
            say(release_line(release, language))
        if not releases:
            say(words("approve_none"))
    elif not period:
        raise worded(RequestError, "error_approve_no_period")
    else:
        # Said before the approval: afterwards the new edition is the last one.
        for line in lines_of_changes(raw, processed, period, language):
            say(line)
        try:
            done = approve(
                raw, processed, reports, period, at=this_minute(), by=by, exceptions=exceptions or (),
                key_file=key_file,
            )  # fmt: skip
        except GivenAwayError as error:
            # The sums hold hidden numbers: they are said to the approver, and no log takes them in.
            for line in error.lines[language]:
                say(line)
            raise
        say(release_line(done, language))
        say(words("approve_done", folder=ledger_of(raw)))


@contextmanager
def _warm_parent(cluster: str | None) -> Iterator[WarmParent | None]:
    """Start the warm parent, from which reports are forked, and end it after use; None without a fork.

    It imports modules while this process prepares the data.
    """
    from asn_research.render.environment import forks, without_keys
    from asn_research.render.warm.client import WarmParent
    from asn_research.render.warm.spec import kernel_modules

    is_forked = forks()
    parent = WarmParent.start(kernel_modules(), without_keys()) if cluster is None and is_forked else None
    try:
        yield parent
    finally:
        if parent is not None:
            parent.close()
