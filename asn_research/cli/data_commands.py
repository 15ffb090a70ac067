"""Commands about raw data: projects, simulated cities, cleaning, questions, workbooks that go back, forms."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from asn_research.cli.options import (
    PROCESSED,
    RAW,
    KeyFileOption,
    LanguageOption,
    OldKeyFileOption,
    ProcessedFolder,
    RawFolder,
    TodayOption,
    VerboseOption,
)
from asn_research.cli.shared_steps import clean_folder, day_of, say, say_left_out
from asn_research.commands import LoggedCommand

commands = typer.Typer()


@commands.command(cls=LoggedCommand, help="help_command_init")
def init(
    folder: Annotated[Path, typer.Argument(help="help_folder", metavar="FOLDER")],
    language: LanguageOption = "id",
    city: Annotated[bool, typer.Option("--city", help="help_city")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Create a project: folders for exports and reports, notebooks, and a small city to try."""
    from asn_research.project import SAMPLE, init_project
    from asn_research.read.city_form import write_city_form
    from asn_research.rules.words import check_language, load_words

    check_language(language)
    project = init_project(folder)
    words = load_words(language)
    say(words("init_done" if project.is_new else "init_already", folder=project.folder, sample=SAMPLE))
    if city:
        say(words("init_city", file=write_city_form(project.folder / RAW, language)))


@commands.command(cls=LoggedCommand, help="help_command_simulate")
def simulate(
    out: Annotated[Path, typer.Option("--out", help="help_simulate_out")] = RAW,
    seed: Annotated[int, typer.Option("--seed", help="help_seed")] = 2026,
    employees: Annotated[int, typer.Option("--employees", min=60, help="help_employees")] = 5200,
    quarters: Annotated[int, typer.Option("--quarters", min=2, max=40, help="help_quarters")] = 8,
    mess: Annotated[float, typer.Option("--mess", min=0, max=1, help="help_mess")] = 0.3,
    habits: Annotated[bool, typer.Option("--habits", help="help_habits")] = False,
    language: LanguageOption = "id",
    verbose: VerboseOption = False,
) -> None:
    """Simulate a city with known truth, and write files as messy as those that offices send."""
    from asn_research.read.city_form import city_of, has_city
    from asn_research.rules.words import check_language, load_words
    from asn_research.simulate import simulate_city
    from asn_research.simulate.habits import FOLDER, TRUTH, write_habits

    check_language(language)
    city = city_of(out) if has_city(out) else None
    summary = simulate_city(out, seed=seed, employees=employees, quarters=quarters, mess=mess, city=city)
    if habits:
        planted = write_habits(out, seed=seed, city=city)
        say(load_words(language)("simulate_habits", n=len(planted), folder=out / FOLDER, truth=TRUTH))
    say(load_words(language)("simulate_done", n=len(summary.files), folder=out))


@commands.command(cls=LoggedCommand, help="help_command_clean")
def clean(
    raw: RawFolder = RAW,
    out: Annotated[Path, typer.Option("--out", readable=False, help="help_clean_out")] = PROCESSED,
    language: LanguageOption = "id",
    key_file: KeyFileOption = None,
    old_key_file: OldKeyFileOption = None,
    verbose: VerboseOption = False,
    today: TodayOption = "",
) -> None:
    """Clean raw exports: every row is kept, quarantined with reasons, or excluded by a rule."""
    say_left_out(clean_folder(raw, out, language, key_file, old_key_file, day_of(today)), 0, language)


@commands.command(name="ask", cls=LoggedCommand, help="help_command_ask")
def ask_command(
    key: Annotated[str, typer.Argument(help="help_key")] = "",
    choice: Annotated[str, typer.Argument(help="help_choice")] = "",
    raw: RawFolder = RAW,
    language: LanguageOption = "id",
    clear: Annotated[bool, typer.Option("--clear", help="help_clear")] = False,
) -> None:
    """List the open questions, or answer them: one with ask KEY CHOICE, or all in turn in a terminal."""
    from asn_research.clean.questions.asking import answer_one, answer_open, listed

    if key and (choice or clear):
        say(answer_one(raw, key, "" if clear else choice, language))
    elif not key and not clear and sys.stdin.isatty():
        answer_open(raw, language, say, typer.prompt)
    else:
        for line in listed(raw, language, key):
            say(line)


@commands.command(name="send-back", cls=LoggedCommand, help="help_command_send_back")
def send_back_command(
    raw: RawFolder = RAW,
    processed: ProcessedFolder = PROCESSED,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="help_send_back_out"),
    ] = None,
    language: LanguageOption = "id",
    due: Annotated[
        str,
        typer.Option("--due", help="help_due"),
    ] = "",
    key_file: KeyFileOption = None,
    verbose: VerboseOption = False,
    today: TodayOption = "",
) -> None:
    """Write, for each keeper of data, a workbook of cells to correct (berkas perbaikan) and a covering letter."""
    from asn_research.clean.questions.unit_review import FOLDER
    from asn_research.clean.sendback.send_back import send_back
    from asn_research.rules.words import check_language, load_words

    check_language(language)
    sent = send_back(
        raw, out, processed=processed, key_file=key_file, language=language, today=day_of(today),
        due=day_of(due) if due else None,
    )  # fmt: skip
    word = load_words(language)
    for place, n in sent.files.items():
        say(word("sendback_line", file=place.name, n=n))
    folder = out or raw / FOLDER
    say(word("sendback_summary", n=len(sent.files), folder=folder) if sent.files else word("sendback_none"))


@commands.command(cls=LoggedCommand, help="help_command_forms")
def forms(
    raw: RawFolder = RAW,
    processed: ProcessedFolder = PROCESSED,
    period: Annotated[str, typer.Option("--period", help="help_forms_period")] = "latest",
    add: Annotated[bool, typer.Option("--add", help="help_forms_add")] = False,
    language: LanguageOption = "id",
    verbose: VerboseOption = False,
    today: TodayOption = "",
) -> None:
    """Write the forms that people fill in, and check those that are there."""
    from asn_research.render.forms import write_forms
    from asn_research.rules.words import check_language

    check_language(language)
    for line in write_forms(raw, processed, today=day_of(today), period=period, language=language, add=add):
        say(line)
