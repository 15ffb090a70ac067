"""The pieces of long work, each a call that the command line has too."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from asn_research.branches import OnProgress
from asn_research.clean.questions.question_workbook import read_entries
from asn_research.clean.sendback.send_back import send_back
from asn_research.clock import this_day, this_minute
from asn_research.desk.clean_outcome import keep_failure, keep_outcome
from asn_research.desk.place import Place, mark_sample
from asn_research.desk.recognised_files import recognise_files
from asn_research.desk.standing import digest_of_forms, digest_of_inputs
from asn_research.desk.state_files import INDEX, MADE
from asn_research.desk.told_errors import at_desk
from asn_research.errors import AsnError
from asn_research.project import sample_files
from asn_research.read.given_forms import FILES, FOLDER
from asn_research.render.approval import approve, lines_of_changes, release_line
from asn_research.render.formats import FORMATS
from asn_research.render.forms import write_forms
from asn_research.render.inputs import keep_shared_report, prepare_inputs
from asn_research.render.jobs import period_of
from asn_research.rules.words import load_words
from asn_research.runs import Folders, How, Wanted, cleaned, reported
from asn_research.storage import make_private, within, write_whole

if TYPE_CHECKING:
    from asn_research.desk.background_main import ProgressReporter


def check(place: Place, reporter: ProgressReporter, options: Mapping[str, str]) -> None:
    """Recognise the files, clean them, and write the forms once nothing is left to ask."""
    language, today = options.get("language", "id"), this_day()
    with reporter.part("desk_part_recognise") as on_progress:
        recognise_files(place, language, today, on_progress)
    if not _clean(place, reporter, language):
        return
    missing = [name for name in FILES.values() if not (place.raw / FOLDER / name).is_file()]
    if missing and all(entry.answer for entry in read_entries(place.raw)):
        with reporter.part("desk_part_forms"):
            try:
                for line in write_forms(place.raw, place.processed, today=today, language=language):
                    reporter.say(line)
            except AsnError as error:
                # The forms are a help; the reports can be made without them.
                reporter.say(at_desk(error, language))


def _clean(place: Place, reporter: ProgressReporter, language: str) -> bool:
    """Clean the files of a project, and store the outcome, or the error, in the state of the desk."""
    try:
        with reporter.part("desk_part_clean") as on_progress:
            outcome = cleaned(
                place.raw, place.processed, today=this_day(), say=reporter.say, language=language,
                show=_shown_by(on_progress),
            )  # fmt: skip
    except AsnError as error:
        keep_failure(place, error, language)
        raise
    keep_outcome(place, outcome, language)
    return True


def _shown_by(on_progress: OnProgress) -> Callable[[str], Any]:
    """Return what `cleaned` shows progress with: for each of its steps, a context that gives the desk's callback."""

    @contextmanager
    def show(_: str) -> Iterator[OnProgress]:
        yield on_progress

    return show


def report(place: Place, reporter: ProgressReporter, options: Mapping[str, str]) -> None:
    """Clean the files and make the reports, as the command `run` does."""
    language = options.get("language", "id")
    _clean(place, reporter, language)
    period = options.get("period", "latest")
    wanted = Wanted(
        period, options.get("unit", "all"), options.get("formats", ",".join(FORMATS)), language,
        options.get("audience", "all"),
    )  # fmt: skip
    data, forms = digest_of_inputs(place), digest_of_forms(place)
    with reporter.part("desk_part_measure") as on_progress:

        def on_report(done: int, total: int) -> None:
            if done == 0:
                with reporter.part("desk_part_report"):
                    pass
            reporter.report_progress(done, total)

        how, folders = How(), Folders(place.raw, place.processed, place.reports)
        failed: AsnError | None = None
        try:
            reported(
                folders, wanted, None, how, say=reporter.say, show=_shown_by(on_progress), on_report=on_report
            )
        except AsnError as error:
            failed = error
    keep_index(place, period, language)
    if failed is not None:
        raise failed
    place.keep(MADE, {"data": data, "forms": forms})


def keep_index(place: Place, period: str, language: str) -> None:
    """Write the index of each unit, as its public report shows it, into the state of the desk."""
    try:
        inputs = prepare_inputs(place.processed)
        code = period_of(inputs, period).code
    except AsnError:
        return
    shown = keep_shared_report(inputs, code, language).protected.for_audience("public")
    table = shown.get("satisfaction", period=code)
    known = place.load(INDEX)
    rows = table.frame.to_dict("records") if table is not None else []
    known[code] = {
        str(row["unit_id"]): [row["index"], str(row.get("grade") or "")]
        for row in rows
        if row["index"] == row["index"]
    }
    place.keep(INDEX, known)


def send(place: Place, reporter: ProgressReporter, options: Mapping[str, str]) -> None:
    """Write the workbooks that go back to the offices."""
    language = options.get("language", "id")
    with reporter.part("desk_part_send"):
        sent = send_back(place.raw, processed=place.processed, language=language, today=this_day())
    word = load_words(language)
    for path, n in sent.files.items():
        reporter.say(word("sendback_line", file=path.name, n=n))


def approve_reports(place: Place, reporter: ProgressReporter, options: Mapping[str, str]) -> None:
    """Record the reports of a period as released."""
    language = options.get("language", "id")
    with reporter.part("desk_part_approve"):
        # Said before the approval: afterwards the new edition is the last one.
        for line in lines_of_changes(place.processed, options["period"], language):
            reporter.say(line)
        done = approve(
            place.raw, place.processed, place.reports, options["period"], at=this_minute(),
            by=options.get("by", ""),
        )  # fmt: skip
    reporter.say(release_line(done, language))


def sample(place: Place, reporter: ProgressReporter, options: Mapping[str, str]) -> None:
    """Write the files of the sample project, and check them."""
    with reporter.part("desk_part_sample"):
        mark_sample(place)
        folder = place.reports.parent
        for name, content in sample_files().items():
            *parts, last = name.split("/")
            target = within(folder, *parts) if parts else folder
            make_private(target)
            write_whole(within(target, last), content)
    check(place, reporter, options)


def forget_processed(place: Place) -> None:
    """Remove the processed data of a project whose last export was taken out."""
    shutil.rmtree(place.processed, ignore_errors=True)


TASK_OF = {"check": check, "report": report, "send": send, "approve": approve_reports, "sample": sample}
