"""Commands around the reports: the desk, the data dictionary, JupyterLab, classes and data for courses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from asn_research.cli.options import (
    PROCESSED,
    RAW,
    REPORTS,
    LanguageOption,
    ProcessedFolder,
    RawFolder,
    ReportFolder,
    VerboseOption,
)
from asn_research.cli.shared_steps import say
from asn_research.commands import LoggedCommand, SpokenCommand
from asn_research.errors import RequestError

commands = typer.Typer()


@commands.command(name="desk", cls=SpokenCommand, help="help_command_desk")
def desk_command(
    raw: RawFolder = RAW,
    processed: ProcessedFolder = PROCESSED,
    reports: ReportFolder = REPORTS,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="help_desk_port")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="help_desk_browser")] = True,
    proxied: Annotated[bool, typer.Option("--proxied", help="help_desk_proxied")] = False,
    unix_socket: Annotated[
        Path | None, typer.Option("--socket", readable=False, help="help_desk_socket")
    ] = None,
    language: LanguageOption = "id",
) -> None:
    """Open the desk: a private page in the browser, from a folder of exports to signed reports."""
    from asn_research.desk.place import Place
    from asn_research.desk.server import serve
    from asn_research.rules.words import check_language

    check_language(language)
    serve(
        Place(raw, processed, reports), port=port, unix_socket=unix_socket, is_proxied=proxied, opens=browser,
        language=language, say=say,
    )  # fmt: skip


@commands.command(cls=LoggedCommand, help="help_command_describe")
def describe(
    table: Annotated[str, typer.Argument(help="help_table")] = "",
    language: LanguageOption = "id",
    markdown: Annotated[bool, typer.Option("--markdown", help="help_markdown")] = False,
) -> None:
    """Print the content of the tables and the meaning of each column."""
    from asn_research.rules.words import check_language
    from asn_research.schema.describe import data_dictionary, described_lines

    check_language(language)
    if markdown:
        sys.stdout.write(data_dictionary(language))
        return
    for line in described_lines(table or None, language):
        say(line)


@commands.command(
    cls=LoggedCommand,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    help="help_command_lab",
)
def lab(
    context: typer.Context,
    language: LanguageOption = "id",
) -> None:
    """Open the project in this folder in JupyterLab, with the lessons copied to `work`; further options are JupyterLab's."""
    import os
    import subprocess
    from importlib.util import find_spec

    from asn_research.project import lessons_to_work
    from asn_research.rules.words import check_language, load_words

    check_language(language)
    if find_spec("jupyterlab") is None:
        raise RequestError(load_words(language)("lab_missing"))
    if not Path("notebooks").is_dir():
        raise RequestError(load_words(language)("lab_no_notebooks"))
    work, copied = lessons_to_work(Path.cwd())
    if copied:
        say(load_words(language)("lab_copied", n=len(copied), folder=f"{work.name}/"))
    first = f"{work.name}/en" if language == "en" else work.name
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={Path.cwd()}"]
    command += [f"--LabApp.default_url=/lab/tree/{first}/00_start_here.ipynb", *context.args]
    # With a backend for files, Lab's kernels would show no figure.
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    done = subprocess.run(command, check=False, env=environment)  # noqa: S603 (the user's own options)
    raise typer.Exit(done.returncode)


@commands.command(name="class", cls=LoggedCommand, help="help_command_class")
def class_command(
    action: Annotated[str, typer.Argument(help="help_class_action", metavar="new|grade")],
    folder: Annotated[Path, typer.Argument(help="help_class_folder", metavar="FOLDER")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="help_class_seed")] = 2026,
    students: Annotated[
        Path | None, typer.Option("--students", readable=False, help="help_class_students")
    ] = None,
    count: Annotated[int, typer.Option("--count", min=0, max=999, help="help_class_count")] = 0,
    employees: Annotated[int, typer.Option("--employees", min=400, help="help_employees")] = 1200,
    run_code: Annotated[bool, typer.Option("--run", help="help_class_run")] = False,
    time: Annotated[float, typer.Option("--time", min=1, help="help_class_time")] = 600,
    language: LanguageOption = "id",
    verbose: VerboseOption = False,
) -> None:
    """Lay out a class with its own city and answers, or grade the notebooks that it handed in."""
    from asn_research.rules.words import check_language, load_words, worded
    from asn_research.teaching import grade_class, new_class

    check_language(language)
    words = load_words(language)
    if action == "new":
        card = new_class(
            folder, seed=seed, students=students, count=count, employees=employees,
            language=language,  # type: ignore[arg-type]
            on_progress=lambda lesson: say(words("classroom_answering", lesson=lesson)),
        )  # fmt: skip
        say(words("classroom_done", folder=folder, seed=card.seed))
    elif action == "grade":
        graded = grade_class(
            folder, language=language, runs_code=run_code, seconds=time,  # type: ignore[arg-type]
            on_progress=lambda name: say(words("classroom_running", name=name)),
        )  # fmt: skip
        for line in graded.lines(language):  # type: ignore[arg-type]
            say(line)
    else:
        raise worded(RequestError, "error_class_action", action=action[:20])


@commands.command(name="course-data", cls=LoggedCommand, help="help_command_course_data")
def course_data_command(
    folder: Annotated[Path, typer.Argument(help="help_course_folder", metavar="FOLDER")],
    size: Annotated[str, typer.Option("--size", help="help_course_size")] = "sedang",
    seed: Annotated[int, typer.Option("--seed", min=0, help="help_seed")] = 2026,
    language: LanguageOption = "id",
    verbose: VerboseOption = False,
) -> None:
    """Write data of a simulated city for a course: csv, dictionary in both languages, licence, known truth."""
    from asn_research.rules.words import check_language, load_words
    from asn_research.teaching import write_course_data

    check_language(language)
    done = write_course_data(folder, size=size, seed=seed)  # type: ignore[arg-type]
    rows = sum(done.rows.values())
    say(load_words(language)("course_done", n=len(done.files), rows=rows, folder=folder))
