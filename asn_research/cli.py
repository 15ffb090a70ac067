"""The command line `asn-research`. Each command imports what it needs, so that the others start fast."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asn_research import interrupts
from asn_research.clock import this_day, this_minute
from asn_research.commands import LoggedCommand, SpokenCommand, SpokenGroup
from asn_research.errors import AsnError, GivenAwayError, LeftOutError, RequestError
from asn_research.log import step
from asn_research.render.formats import FORMATS

if TYPE_CHECKING:
    from asn_research.render.warm.client import WarmParent

app = typer.Typer(
    name="asn-research",
    cls=SpokenGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ALL_FORMATS = ",".join(FORMATS)

# `readable=False` turns Typer's own check off: the code that opens a folder has a better error message.
RawFolder = Annotated[Path, typer.Option("--raw", readable=False, help="help_raw")]
ProcessedFolder = Annotated[Path, typer.Option("--processed", readable=False, help="help_processed")]
ReportFolder = Annotated[Path, typer.Option("--reports", readable=False, help="help_reports")]
PeriodOption = Annotated[str, typer.Option("--period", help="help_period")]
UnitOption = Annotated[str, typer.Option("--unit", help="help_unit")]
FormatOption = Annotated[str, typer.Option("--format", help="help_formats")]
LanguageOption = Annotated[str, typer.Option("--lang", help="help_language")]
JobsOption = Annotated[int | None, typer.Option("--jobs", min=1, help="help_jobs")]
AudienceOption = Annotated[str, typer.Option("--audience", help="help_audience")]
GridOption = Annotated[
    Path | None,
    typer.Option("--grid", readable=False, help="help_grid"),
]
ForceOption = Annotated[bool, typer.Option("--force", help="help_force")]
ExplainOption = Annotated[bool, typer.Option("--explain", help="help_explain")]
TimeOption = Annotated[float, typer.Option("--time", min=1, help="help_time")]
MemoryOption = Annotated[int, typer.Option("--memory", min=256, help="help_memory")]
ClusterOption = Annotated[str | None, typer.Option("--cluster", help="help_cluster")]
KeyFileOption = Annotated[Path | None, typer.Option("--key-file", readable=False, help="help_key_file")]
OldKeyFileOption = Annotated[
    Path | None,
    typer.Option("--old-key-file", readable=False, help="help_old_key_file"),
]
# `LoggedCommand` reads this option when it opens the log.
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="help_verbose")]
TodayOption = Annotated[str, typer.Option("--today", help="help_today")]

RAW, PROCESSED, REPORTS = Path("data/raw"), Path("data/processed"), Path("reports")


@app.command(cls=LoggedCommand, help="help_command_init")
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
    _say(words("init_done" if project.is_new else "init_already", folder=project.folder, sample=SAMPLE))
    if city:
        _say(words("init_city", file=write_city_form(project.folder / RAW, language)))


@app.command(cls=LoggedCommand, help="help_command_simulate")
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
        _say(load_words(language)("simulate_habits", n=len(planted), folder=out / FOLDER, truth=TRUTH))
    _say(load_words(language)("simulate_done", n=len(summary.files), folder=out))


@app.command(cls=LoggedCommand, help="help_command_clean")
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
    _say_left_out(_clean(raw, out, language, key_file, old_key_file, _day(today)), 0, language)


@app.command(name="ask", cls=LoggedCommand, help="help_command_ask")
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
        _say(answer_one(raw, key, "" if clear else choice, language))
    elif not key and not clear and sys.stdin.isatty():
        answer_open(raw, language, _say, typer.prompt)
    else:
        for line in listed(raw, language, key):
            _say(line)


@app.command(name="send-back", cls=LoggedCommand, help="help_command_send_back")
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
        raw, out, processed=processed, key_file=key_file, language=language, today=_day(today),
        due=_day(due) if due else None,
    )  # fmt: skip
    word = load_words(language)
    for place, n in sent.files.items():
        _say(word("sendback_line", file=place.name, n=n))
    folder = out or raw / FOLDER
    _say(word("sendback_summary", n=len(sent.files), folder=folder) if sent.files else word("sendback_none"))


@app.command(cls=LoggedCommand, help="help_command_forms")
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
    for line in write_forms(raw, processed, today=_day(today), period=period, language=language, add=add):
        _say(line)


@app.command(name="explain-person", cls=LoggedCommand, help="help_command_explain_person")
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
    day = _day(received) if received else None
    asked = [ask_at_prompt(language, day)] if listed is None else read_list(listed)
    for line in explain_people(
        Places(raw, processed, reports, key_file), asked, language=language, today=_day(today),
        made_at=this_minute(), formats=wanted,
    ):  # fmt: skip
        _say(line)


@app.command(name="objections-due", cls=LoggedCommand, help="help_command_objections_due")
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
    for line in write_objections_due(raw, processed, reports, language=language, today=_day(today)):
        _say(line)


@app.command(cls=LoggedCommand, help="help_command_where")
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
        _say(load_words(language)(name, key=key, file=found.file, sheet=found.sheet, row=found.row))


@app.command(cls=LoggedCommand, help="help_command_why")
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
        _say(line)


@app.command(cls=LoggedCommand, help="help_command_inspect")
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
    day = _day(today)
    for number, file in enumerate(files):
        inspection = inspect_file(file, today=day)
        if number:
            _say("")
        for line in inspection_lines(inspection, language, with_steps=not write):
            _say(line)
        if write:
            for place in write_profiles(inspection):
                _say(load_words(language)("inspect_written", file=place.name))


@app.command(cls=LoggedCommand, help="help_command_measure")
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
    _say(words("measure_done", n=len(measures.frames), rows=n_rows, folder=processed / MEASURES))
    said = [claim for claim in measures.claims if claim.strength != "not_enough_data"]
    _say(words("measure_questions", n=len(said), total=len(measures.claims)))


@app.command(cls=LoggedCommand, help="help_command_report")
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
        from asn_research.runs import Folders, How, Wanted, reported

        how = How(jobs, force, explain, time, memory, cluster, key_file)
        wanted = Wanted(period, unit, formats, language, audience)
        n_faults = reported(Folders(raw, processed, reports), wanted, grid, how, parent, say=_say)
    _say_left_out(0, n_faults, language)


@app.command(cls=LoggedCommand, help="help_command_run")
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
    day = _day(today)
    if simulate_if_empty and raw.is_dir() and not find_raw_files(raw):
        _say(load_words(language)("simulate_filling", folder=raw))
        simulate(out=raw, language=language)
    with locked(processed, private=True), locked(reports):
        n_left_out = _clean(raw, processed, language, key_file, old_key_file, day)
        with _warm_parent(cluster) as parent:
            from asn_research.runs import Folders, How, Wanted, reported

            how = How(jobs, force, explain, time, memory, cluster, key_file)
            wanted = Wanted(period, unit, formats, language, audience)
            n_faults = reported(Folders(raw, processed, reports), wanted, grid, how, parent, say=_say)
    _say_left_out(n_left_out, n_faults, language)


@app.command(name="approve", cls=LoggedCommand, help="help_command_approve")
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
            _say(release_line(release, language))
        if not releases:
            _say(words("approve_none"))
    elif not period:
        raise worded(RequestError, "error_approve_no_period")
    else:
        # Said before the approval: afterwards the new edition is the last one.
        for line in lines_of_changes(raw, processed, period, language):
            _say(line)
        try:
            done = approve(
                raw, processed, reports, period, at=this_minute(), by=by, exceptions=exceptions or (),
                key_file=key_file,
            )  # fmt: skip
        except GivenAwayError as error:
            # The sums hold hidden numbers: they are said to the approver, and no log takes them in.
            for line in error.lines[language]:
                _say(line)
            raise
        _say(release_line(done, language))
        _say(words("approve_done", folder=ledger_of(raw)))


@app.command(name="desk", cls=SpokenCommand, help="help_command_desk")
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
        language=language, say=_say,
    )  # fmt: skip


@app.command(cls=LoggedCommand, help="help_command_describe")
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
        sys.stdout.write(data_dictionary())
        return
    for line in described_lines(table or None, language):
        _say(line)


@app.command(
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
        _say(load_words(language)("lab_copied", n=len(copied), folder=f"{work.name}/"))
    first = f"{work.name}/en" if language == "en" else work.name
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={Path.cwd()}"]
    command += [f"--LabApp.default_url=/lab/tree/{first}/00_start_here.ipynb", *context.args]
    # With a backend for files, Lab's kernels would show no figure.
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    done = subprocess.run(command, check=False, env=environment)  # noqa: S603 (the user's own options)
    raise typer.Exit(done.returncode)


@app.command(name="class", cls=LoggedCommand, help="help_command_class")
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
            on_progress=lambda lesson: _say(words("classroom_answering", lesson=lesson)),
        )  # fmt: skip
        _say(words("classroom_done", folder=folder, seed=card.seed))
    elif action == "grade":
        graded = grade_class(
            folder, language=language, runs_code=run_code, seconds=time,  # type: ignore[arg-type]
            on_progress=lambda name: _say(words("classroom_running", name=name)),
        )  # fmt: skip
        for line in graded.lines(language):  # type: ignore[arg-type]
            _say(line)
    else:
        raise worded(RequestError, "error_class_action", action=action[:20])


@app.command(name="course-data", cls=LoggedCommand, help="help_command_course_data")
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
    _say(load_words(language)("course_done", n=len(done.files), rows=rows, folder=folder))


def _day(text: str) -> date:
    """Return the date of the option --today; the system's date if it is empty."""
    from asn_research.rules.words import worded

    if not text:
        return this_day()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise worded(RequestError, "error_day", text=text) from None


def _clean(
    raw: Path, out: Path, language: str, key_file: Path | None, old_key_file: Path | None, today: date
) -> int:
    """Clean a folder, print the outcome, and return how many files were left out."""
    from asn_research.runs import cleaned

    outcome = cleaned(
        raw, out, key_file=key_file, old_key_file=old_key_file, language=language, today=today, say=_say
    )
    return len({one.file for one in outcome.strange})


def _say_left_out(n_files: int, n_faults: int, language: str) -> None:
    from asn_research.rules.words import load_words

    words = load_words(language)
    parts = [words("left_out", n=n_files)] if n_files else []
    parts += [words("forms_left_out", n=n_faults)] if n_faults else []
    if parts:
        raise LeftOutError(" ".join(parts))


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


def _say(line: str) -> None:
    interrupts.write(line)


def main() -> None:
    """Run the command line; an expected error becomes one line and its exit code."""
    interrupts.prepare()
    try:
        app()
    except AsnError as error:
        from asn_research.rules.words import in_language

        # Only errors before a command is known arrive here; the commands print their own errors.
        sys.stderr.write(f"asn-research: {in_language(error, 'id')}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write(interrupts.STOPPED)
        sys.exit(interrupts.EXIT_CODE)
