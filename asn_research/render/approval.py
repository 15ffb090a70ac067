"""`approve`: takes the reports of a period as released, so that no later one gives away what they hide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from asn_research import rules
from asn_research.clean.privacy.denied_names import DeniedNames, leads_to_a_person, load_names
from asn_research.errors import LedgerError, RequestError
from asn_research.ledger import (
    Release,
    add_release,
    copy_in,
    copy_ledger,
    digest_of_ledger,
    ledger_of,
)
from asn_research.read.given_forms import Stated
from asn_research.render.inputs import ReportInputs, prepare_inputs
from asn_research.render.jobs import FOLDER_OF, Job, period_of
from asn_research.render.records import Record, job_of, made_from, records_of
from asn_research.render.release_exceptions import (
    asked_exceptions,
    granted,
    look_through,
    refuse_changed,
    refuse_given_away,
)
from asn_research.render.stated import given_for, load_stated, slicers
from asn_research.render.what_changed import MEASURE, archive, change_lines
from asn_research.rules.cities import CITY
from asn_research.rules.periods import Period
from asn_research.rules.regulations import SatisfactionRule
from asn_research.rules.words import load_words, worded
from asn_research.show.numbers import Numbers
from asn_research.show.sections.changed_since import reported_changes, weight_sentence, weights_reported
from asn_research.storage import checksum, locked, within

_LONGEST_OFFICE = 80
_NAMED = 5


def approve(
    raw: Path,
    processed: Path,
    reports: Path,
    period: str,
    *,
    at: str,
    by: str = "",
    exceptions: Sequence[str] = (),
    key_file: Path | None = None,
) -> Release:
    """Write the reports of a period into the ledger as released.

    Parameters
    ----------
    raw : Path
        The raw files; the ledger lies beside them.
    processed : Path
        The processed data that the reports were made of.
    reports : Path
        The reports.
    period : str
        A period's code, or ``latest``.
    at : str
        The day and time of the approval.
    by : str
        The office that approves; not a person's name.
    exceptions : sequence of str
        What is let stand with a reason though it is refused, as ``UNIT: reason``.
    key_file : Path, optional
        Where the pseudonym key is kept.

    Raises
    ------
    LedgerError
        If there are no reports of the period, if they are not those of the data and releases as they are now, if somebody
        has changed their files and no exception says why, or if the ledger is damaged.
    GivenAwayError
        If published figures give a hidden number away, and no exception says why that is let stand.
    DisclosureError
        If a changed file leads to a person.
    RequestError
        If the office's name is too long or leads to a person, or an exception has no reason or nothing to excuse.
    """
    names = load_names(processed, key_file)
    _refuse_person(by, names)
    with locked(processed, private=True), locked(reports):
        inputs = prepare_inputs(processed)
        if digest_of_ledger(ledger_of(raw)) != digest_of_ledger(copy_in(processed)):
            raise worded(LedgerError, "error_approve_ledger_moved")
        when = period_of(inputs, period)
        asked = asked_exceptions(exceptions, inputs.city, names)
        stated = load_stated(raw, inputs, names)
        jobs, changed = _current_jobs(inputs, reports, when.code, stated)
        refuse_changed(changed, asked, when.code)
        for unit, of in changed.items():
            look_through((path for paths in of.values() for path in paths), names, stated.of(unit, when))
        counts = inputs.counted(when)
        let = refuse_given_away(inputs.given_away(counts, when), asked, inputs.releases, when.code)
        release = Release(
            number=len(inputs.releases) + 1,
            period=when.code,
            edition=1 + sum(each.period == when.code for each in inputs.releases),
            approved_at=at,
            by=by.strip(),
            audiences=tuple(sorted({job.audience for job in jobs}, reverse=True)),
            is_simulated=inputs.is_simulated,
            files={path.name: checksum(path.read_bytes()) for job in jobs for path in _files(reports, job)},
            counts=counts,
            exceptions=granted(asked, changed, let),
            reported_index=stated.style.reported_index,
        )
        add_release(ledger_of(raw), release)
        archive(ledger_of(raw), release, inputs.processed, inputs.protected(when))
        copy_ledger(raw, processed)
    return release


def _refuse_person(by: str, names: DeniedNames | None) -> None:
    if len(by) > _LONGEST_OFFICE or leads_to_a_person(by, names or DeniedNames(b"")):
        raise worded(RequestError, "error_approve_person")


def _current_jobs(
    inputs: ReportInputs, reports: Path, code: str, stated: Stated
) -> tuple[list[Job], dict[str, dict[str, list[Path]]]]:
    """Return the jobs of all reports of a period, and by unit and report the files that somebody has changed.

    A report is refused if it is outdated, if a file is gone, or if a new edition stands beside the one that was changed.
    """
    slicer_of = slicers(inputs, stated)
    jobs, outdated = [], []
    changed: dict[str, dict[str, list[Path]]] = {}
    for job, record in _recorded(reports, code):
        slicer = slicer_of(job)
        place = within(reports, *job.place.split("/"))
        touched = [place / name for name in sorted(set(record.files) - set(record.standing(place)))]
        is_there = all(path.is_file() for path in touched) and not record.beside
        if not is_there or record.why_outdated(made_from(job, slicer.parts(job.unit_id))):
            outdated.append(job.name)
        elif touched:
            changed.setdefault(job.unit_id, {})[job.name] = touched
        jobs.append(job)
    if not jobs:
        raise worded(LedgerError, "error_approve_no_reports", code=code)
    if outdated:
        named = ", ".join(sorted(outdated)[:_NAMED])
        raise worded(LedgerError, "error_approve_outdated", n=len(outdated), named=named, code=code)
    return jobs, changed


def _recorded(reports: Path, code: str) -> Iterator[tuple[Job, Record]]:
    """Yield each report of a period that was published, with what it was made from."""
    for audience, folder in FOLDER_OF.items():
        for unit, record in records_of(reports, folder, code):
            yield job_of(record, Job(unit, code, "", (), audience=audience)), record


def _files(reports: Path, job: Job) -> list[Path]:
    place = within(reports, *job.place.split("/"))
    return [place / name for name in job.file_names]


def lines_of_changes(raw: Path, processed: Path, period: str, language: str) -> list[str]:
    """Return what changed in the headlines of a period since its last edition, and why, as far as it may be shown.

    Parameters
    ----------
    raw : Path
        The raw files, with the forms beside them that say which index is reported.
    processed : Path
        The processed data.
    period : str
        A period's code, or ``latest``.
    language : str
        ``"id"`` or ``"en"``.
    """
    inputs = prepare_inputs(processed)
    when = period_of(inputs, period)
    given = given_for(inputs, load_stated(raw, inputs, None), when, CITY)
    rule = rules.at(when, inputs.city).one(SatisfactionRule)
    edition, lines = given.other_weight_edition, []
    if edition:
        lines.append(weight_sentence(rule, given.style.reported_index, language, edition))
    if MEASURE not in inputs.frames:
        return lines
    found = inputs.protected(when).get(MEASURE, period=when.code)
    if found is None:
        return lines
    told = reported_changes(found.frame, *weights_reported(rule, given))
    # Of a part of the elements there is no other weight.
    whole = inputs.frames["satisfaction"].loc[lambda rows: (rows["period"] == when.code) & rows["is_full"]]
    in_part = ~found.frame["unit_id"].isin(whole["unit_id"])
    told.loc[in_part] = reported_changes(found.frame.loc[in_part], 1.0, 1.0)
    return [*lines, *change_lines(inputs.city, told, language)]


def release_line(release: Release, language: str) -> str:
    """Return a release as one line: its number, period, edition, audiences, files, day, office and exceptions."""
    words = load_words(language)
    excepted = "; ".join(f"{each.unit}: {each.reason}" for each in release.exceptions)
    line = words(
        "approve_line" if release.edition == 1 else "approve_line_corrected",
        number=release.number,
        period=Period.parse(release.period).label(language),
        edition=release.edition,
        audiences=", ".join(folder for each, folder in FOLDER_OF.items() if each in release.audiences),
        n=len(release.files),
        day=Numbers(language).date(datetime.fromisoformat(release.approved_at).date()),
        by=release.by or words("approve_by_nobody"),
    )
    return f"{line} {words('approve_line_except', excepted=excepted)}" if excepted else line
