"""Commands that trace: from a key to its raw row, from a printed figure to its rows, from a file to its faults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from asn_research.cli.options import (
    PROCESSED,
    RAW,
    KeyFileOption,
    LanguageOption,
    ProcessedFolder,
    RawFolder,
    TodayOption,
    VerboseOption,
)
from asn_research.cli.shared_steps import day_of, say
from asn_research.commands import LoggedCommand

commands = typer.Typer()


@commands.command(cls=LoggedCommand, help="help_command_where")
def where(
    keys: Annotated[list[str], typer.Argument(help="help_keys", metavar="KEY...")],
    raw: RawFolder = RAW,
    language: LanguageOption = "id",
    key_file: KeyFileOption = None,
) -> None:
    """Print the raw file, sheet and row that a key stands for; this needs the raw files and the pseudonym key."""
    from asn_research.clean.privacy.identity import Pseudonyms, load_key
    from asn_research.clean.sendback.origins import find_origin
    from asn_research.rules.words import check_language, load_words

    check_language(language)
    pseudonym = Pseudonyms(load_key(key_file, may_make=False)[0])
    for key in keys:
        found = find_origin(raw, key, pseudonym)
        name = "where_file" if not found.row else "where_row_sheet" if found.sheet else "where_row"
        say(load_words(language)(name, key=key, file=found.file, sheet=found.sheet, row=found.row))


@commands.command(cls=LoggedCommand, help="help_command_why")
def why(
    address: Annotated[str, typer.Argument(help="help_address", metavar="ADDRESS")],
    raw: RawFolder = RAW,
    processed: ProcessedFolder = PROCESSED,
    language: LanguageOption = "id",
    key_file: KeyFileOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Explain a printed figure, and make it again from the raw files."""
    from asn_research.render.inputs import prepare_inputs
    from asn_research.render.passport import passport, passport_lines
    from asn_research.rules.words import check_language
    from asn_research.storage import locked

    check_language(language)
    with locked(processed, private=True):
        found = passport(prepare_inputs(processed), raw, address, language=language, key_file=key_file)
    for line in passport_lines(found, language):
        say(line)


@commands.command(cls=LoggedCommand, help="help_command_inspect")
def inspect(
    files: Annotated[list[Path], typer.Argument(help="help_files", metavar="FILE...")],
    write: Annotated[bool, typer.Option("--write", help="help_write")] = False,
    language: LanguageOption = "id",
    verbose: VerboseOption = False,
    today: TodayOption = "",
) -> None:
    """Print the recognised source of a file and its faults; write files only with the option --write."""
    from asn_research.clean.inspect.inspection import inspect_file, write_profiles
    from asn_research.clean.inspect.inspection_text import inspection_lines
    from asn_research.rules.words import check_language, load_words

    check_language(language)
    day = day_of(today)
    for number, file in enumerate(files):
        inspection = inspect_file(file, today=day)
        if number:
            say("")
        for line in inspection_lines(inspection, language, with_steps=not write):
            say(line)
        if write:
            for place in write_profiles(inspection):
                say(load_words(language)("inspect_written", file=place.name))
