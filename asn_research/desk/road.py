"""The five steps of the road, and where a project stands on it, from its files alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asn_research.clean.questions.question_workbook import Entry, read_entries
from asn_research.desk.background import Job, read_job
from asn_research.desk.place import Place
from asn_research.desk.standing import digest_of_forms, digest_of_inputs
from asn_research.desk.state_files import MADE, OUTCOME, RECOGNISED
from asn_research.desk.unfilled import n_unfilled
from asn_research.desk.unless_changed import UnlessChanged
from asn_research.errors import AsnError
from asn_research.read.given_forms import FILES
from asn_research.read.given_forms import FOLDER as FORMS
from asn_research.read.raw_folder import find_raw_files
from asn_research.rules.questions import WORKBOOK

STEPS = ("berkas", "pertanyaan", "mutu", "isian", "laporan")
#: How a step stands: nothing to show yet, something to do, outdated, finished, not needed, not all filled in, waiting
#: for answers, or at work.
STANDINGS = ("empty", "todo", "old", "done", "skipped", "open", "waits", "busy")
#: The steps that a piece of work changes.
_AT_WORK = {"check": ("berkas", "mutu"), "sample": ("berkas", "mutu"), "report": ("laporan",)}
_ENTRIES = UnlessChanged(lambda workbook: read_entries(workbook.parent))


@dataclass(frozen=True)
class Road:
    """The steps of a project, and which of them are done.

    Parameters
    ----------
    standings : mapping of str to str
        One of `STANDINGS` for each step.
    counts : mapping of str to int
        The number that stands beside a step: files, open questions, quarantined rows, reports.
    job : Job or None
        The last piece of long work.
    outcome : mapping
        What became of the rows at the last check.
    is_checked : bool
        Whether nothing has changed since the last check.
    """

    standings: Mapping[str, str]
    counts: Mapping[str, int]
    job: Job | None
    outcome: Mapping[str, Any]
    is_checked: bool

    @property
    def next_step(self) -> str:
        """The first step with something to do; the last step if there is none."""
        wanted = {"empty", "todo", "old"} | ({"open"} if self.standings["laporan"] != "done" else set())
        waiting = [step for step in STEPS if self.standings[step] in wanted]
        return waiting[0] if waiting else STEPS[-1]


def road_of(place: Place) -> Road:
    """Return the steps of a project, and which of them are done."""
    outcome = place.load(OUTCOME)
    files = files_of(place)
    entries = entries_of(place)
    n_open = sum(not entry.answer for entry in entries)
    n_open += sum(1 for row in outcome.get("names", ()) if not row.get("decision"))
    is_checked = bool(outcome) and outcome.get("data") == digest_of_inputs(place)
    n_quarantined = sum(int(sheet["n_quarantined"]) for sheet in outcome.get("sheets", ()))
    reports = report_folders(place)
    made = place.load(MADE)
    are_fresh = (made.get("data"), made.get("forms")) == (outcome.get("data"), digest_of_forms(place))
    has_rows = bool(outcome.get("sheets"))
    forms = sum((place.raw / FORMS / name).is_file() for name in FILES.values())
    unread = [stored for stored in place.load(RECOGNISED).values() if stored["error"]]
    standings = {
        "berkas": "empty" if not files else "todo" if not is_checked or unread else "done",
        "pertanyaan": "empty" if not has_rows else "todo" if n_open else "done" if entries else "skipped",
        "mutu": "empty" if not has_rows else "old" if not is_checked else "waits" if n_open else "done",
        "isian": "empty" if not has_rows or not forms else "done",
        "laporan": "empty"
        if not has_rows
        else "todo"
        if not reports
        else "done"
        if are_fresh and is_checked
        else "old",
    }
    if unread and has_rows and is_checked:
        # What could be read goes on; the rest is told on the page of files.
        standings["berkas"] = "done"
    if standings["isian"] == "empty" and has_rows:
        standings["isian"] = "skipped"
    n_open_units = n_unfilled(place, outcome.get("units", ()), max(outcome.get("periods", ()), default=""))
    if standings["isian"] == "done" and n_open_units:
        standings["isian"] = "open"
    job = read_job(place)
    if job is not None and job.is_running:
        standings |= dict.fromkeys(_AT_WORK.get(job.task, ()), "busy")
    counts = {
        "berkas": len(files),
        "pertanyaan": n_open,
        "mutu": n_quarantined,
        "isian": n_open_units,
        "laporan": len(reports),
    }
    return Road(standings, counts, job, outcome, is_checked)


def files_of(place: Place) -> list[Path]:
    """Return the exports of a project; none if the folder cannot be read."""
    try:
        return find_raw_files(place.raw)
    except AsnError:
        return []


def entries_of(place: Place) -> tuple[Entry, ...]:
    """Return the questions of a project; the workbook is read only if it has changed.

    Raises
    ------
    RawDataError
        If it cannot be read.
    """
    return _ENTRIES.of(place.raw / WORKBOOK) or ()


def report_folders(place: Place) -> list[tuple[str, str, str]]:
    """Return the folders with reports: audience's folder, period and unit; the latest period first."""
    found = []
    for audience in ("publik", "internal"):
        home = place.reports / audience
        for period in sorted(home.iterdir(), reverse=True) if home.is_dir() else ():
            if period.is_dir() and not period.is_symlink():
                found += [
                    (audience, period.name, unit.name)
                    for unit in sorted(period.iterdir())
                    if unit.is_dir() and not unit.name.startswith(".") and any(unit.iterdir())
                ]
    return found
