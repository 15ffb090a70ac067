"""Commands about single persons: the sheet that explains an appraisal, and objections that wait."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from asn_research.cli.options import (
    PROCESSED,
    RAW,
    REPORTS,
    KeyFileOption,
    LanguageOption,
    ProcessedFolder,
    RawFolder,
    ReportFolder,
    TodayOption,
    VerboseOption,
)
from asn_research.cli.shared_steps import day_of, say
from asn_research.clock import this_minute
from asn_research.commands import LoggedCommand
from asn_research.errors import RequestError

commands = typer.Typer()


@commands.command(name="explain-person", cls=LoggedCommand, help="help_command_explain_person")
def explain_person_command(
    listed: Annotated[Path | None, typer.Option("--list", readable=False, help="help_sheet_list")] = None,
    received: Annotated[str, typer.Option("--received", help="help_sheet_received")] = "",
    formats: Annotated[str, typer.Option("--format", help="help_sheet_formats")] = "pdf,docx",
    raw: RawFolder = RAW,
    processed: ProcessedFolder = PROCESSED,
    reports: ReportFolder = REPORTS,
    language: LanguageOption = "id",
    key_file: KeyFileOption = None,
    verbose: VerboseOption = False,
    today: TodayOption = "",
) -> None:
    """Make a sheet for an employee who asks how an appraisal came about; the NIP is typed without being shown."""
    from asn_research.personal.asked_person import ask_at_prompt, read_list
    from asn_research.personal.explain_person import Places, explain_people
    from asn_research.personal.sheet_files import FORMATS as SHEET_FORMATS
    from asn_research.rules.words import check_language, worded

    check_language(language)
    wanted = tuple(dict.fromkeys(name.strip() for name in formats.split(",") if name.strip()))
    if not wanted or not set(wanted) <= set(SHEET_FORMATS):
        raise worded(RequestError, "error_sheet_formats", formats=formats[:40])
    if listed is not None and received:
        raise worded(RequestError, "error_sheet_list_received")
    day = day_of(received) if received else None
    asked = [ask_at_prompt(language, day)] if listed is None else read_list(listed)
    for line in explain_people(
        Places(raw, processed, reports, key_file), asked, language=language, today=day_of(today),
        made_at=this_minute(), formats=wanted,
    ):  # fmt: skip
        say(line)


@commands.command(name="objections-due", cls=LoggedCommand, help="help_command_objections_due")
def objections_due_command(
    raw: RawFolder = RAW,
    processed: ProcessedFolder = PROCESSED,
    reports: ReportFolder = REPORTS,
    language: LanguageOption = "id",
    verbose: VerboseOption = False,
    today: TodayOption = "",
) -> None:
    """Write a private list of the objections that wait for a decision."""
    from asn_research.personal.objections_due import write_objections_due
    from asn_research.rules.words import check_language

    check_language(language)
    for line in write_objections_due(raw, processed, reports, language=language, today=day_of(today)):
        say(line)
