"""Clean a folder of exports into processed tables: read, clean by recipe, reconcile the counts, store."""

from __future__ import annotations

import errno
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import pandas as pd

from asn_research.clean.cache import (
    FileCache,
    code_digest,
    concatenated,
    remember_run,
    remembered_run,
)
from asn_research.clean.clean_report import CleanReport, strange_line, withheld_names, without_names
from asn_research.clean.cleaned_contracts import check_table
from asn_research.clean.consequences import (
    quarantined_answers,
    read_exit_reasons,
    read_quarantined,
    why_rows_left,
)
from asn_research.clean.corrections_file import corrections_digest, load_corrections
from asn_research.clean.new_tables import BESIDE, CleanedFolder, new_data, sheet_exits
from asn_research.clean.privacy.denied_names import DeniedNames, keep_names
from asn_research.clean.privacy.identity import (
    Pseudonyms,
    checked_key,
    load_key,
    load_old_key,
)
from asn_research.clean.privacy.row_keys import file_key
from asn_research.clean.questions.decided import decided_once, decisions_of
from asn_research.clean.questions.open_questions import Asked, collect_questions, read_questions
from asn_research.clean.questions.question_workbook import load_answers, write_questions
from asn_research.clean.questions.unit_review import FILE as REVIEW
from asn_research.clean.questions.unit_review import write_unit_review
from asn_research.clean.raw_context import (
    ALWAYS_READ,
    OpenedFile,
    cleaning_context,
    names_in_files,
    open_file,
)
from asn_research.clean.recipes import recipe_of
from asn_research.clean.sendback.mends import digest_of_mends, gathered, lost_mends
from asn_research.clean.steps.corrections import check_guards
from asn_research.clean.steps.file_versions import Versions
from asn_research.clean.store import SheetExits, key_of_processed, write_processed
from asn_research.clean.working import Context, Prepared, start
from asn_research.clock import this_day
from asn_research.errors import KeyFileError, ProcessedDataError, RawDataError
from asn_research.ledger import copy_ledger
from asn_research.read import (
    RawFile,
    Strange,
    list_raw_files,
    refuse_mixture,
)
from asn_research.read.city_form import city_of
from asn_research.read.returned import Mend
from asn_research.read.steady import FilesState, refuse_moved, state_of
from asn_research.rules.codebooks import SOURCES
from asn_research.rules.decisions import Decision
from asn_research.rules.questions import Answers, answers_digest
from asn_research.rules.words import LANGUAGES, worded
from asn_research.storage import digest_of, locked


def clean_folder(
    raw: Path | str,
    out: Path | str,
    *,
    key_file: Path | None = None,
    old_key_file: Path | None = None,
    key: bytes | None = None,
    language: str = "id",
    today: date | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> CleanReport:
    """Clean a folder of raw exports into processed tables.

    Parameters
    ----------
    raw : Path or str
        The folder of exports. ``city.yaml``, ``units.csv`` and ``services.csv`` in it replace the default
        city. ``corrections.yaml`` and ``unit_names.csv`` hold decisions of a person.
    out : Path or str
        The processed folder.
    key_file : Path, optional
        The file with the pseudonym key; see `load_key`.
    old_key_file : Path, optional
        The file with the previous key. If it is given, the table `key_links` maps old pseudonyms to new ones.
    key : bytes, optional
        The pseudonym key itself, for simulated persons, whose key is no secret. It has priority.
    language : str
        The language of the workbook of questions: ``id`` or ``en``.
    today : date, optional
        The day of cleaning; by default the present day. Real data with a later date are quarantined.
    on_progress : callable, optional
        A progress callback: it is called with the number of steps done and the total number.

    Returns
    -------
    CleanReport

    Raises
    ------
    RawDataError
        If a file cannot be opened, no file is recognised, a settings file is faulty, or the guard of a
        correction fails. Nothing is written then.
    KeyFileError
        If the processed folder was made with another key, and that key is not given.
    LedgerError
        If a release recorded with the exports is missing or damaged.
    ReconciliationError
        If a row is missing in the result, which is a defect of this package.
    """
    raw, out = Path(raw), Path(out)
    old_key = load_old_key(old_key_file)
    key, key_line = (
        load_key(key_file, may_make=old_key is not None or not key_of_processed(out), language=language)
        if key is None
        else (checked_key(key, "key"), "")
    )
    pseudonym = Pseudonyms(key, old_key)
    with locked(out, private=True):
        _refuse_other_key(out, pseudonym)
        copy_ledger(raw, out)
        return _clean_folder(
            raw, out, pseudonym, key_line, language, today or this_day(), on_progress or _no_progress
        )


def _clean_folder(
    raw: Path, out: Path, pseudonym: Pseudonyms, key_line: str, language: str, today: date,
    on_file: Callable[[int, int], None],
) -> CleanReport:  # fmt: skip
    settings = state_of(raw, BESIDE)
    files = list_raw_files(raw)
    answers = load_answers(raw)
    run = digest_of(_digest_of_run(files, settings, pseudonym, answers, today), language)
    if pseudonym.old_key is None and (outcome := remembered_run(out, run, pseudonym)) is not None:
        questions, quarantined = (
            read_questions(outcome.pop("questions")),
            read_quarantined(outcome.pop("quarantined")),
        )
        outcome["strange"] = tuple(Strange(*one) for one in outcome["strange"])
        outcome["hidden_rows"] = tuple((where, n) for where, n in outcome["hidden_rows"])
        outcome["reasons"] = read_exit_reasons(outcome["reasons"])
        outcome["replaced"] = tuple((why, file, other, n) for why, file, other, n in outcome["replaced"])
        by_sheet = pd.DataFrame(outcome.pop("exits"), columns=list(SheetExits.model_fields))
        is_asked = write_questions(raw, questions, language)
        return CleanReport(
            exits=by_sheet, key_line=key_line, questions=questions, quarantined=quarantined, is_asked=is_asked, **outcome,
        )  # fmt: skip
    cache = FileCache(out, pseudonym)
    with _told_plainly():
        found = clean_in_memory(
            raw, files, pseudonym, cache, answers=answers, today=today, on_progress=on_file
        )
    exits = sheet_exits(found)
    refuse_moved(settings, raw, BESIDE)
    write_processed(out, new_data(raw, found, pseudonym, today, exits))
    with _told_plainly():
        keep_names(out, found.names, pseudonym)
        # An older version wrote the review, which contains texts of offices, into the processed folder.
        (out / REVIEW).unlink(missing_ok=True)
        review = write_unit_review(
            raw,
            concatenated([r.quarantine for r in found.cleaned.values()]),
            concatenated([r.repairs for r in found.cleaned.values()]),
            found.context.units,
            language,
        )
        outcome = {
            "is_simulated": found.is_simulated,
            "passed_over": tuple(name for fact in found.facts for name in fact["passed_over"]),
            "n_files": len(files),
            "unit_review": review,
            "strange": found.strange,
            "hidden_rows": tuple((where, n) for fact in found.facts for where, n in fact["hidden_rows"]),
            "reasons": why_rows_left(found.cleaned),
            "replaced": (
                *_same_files(files),
                *((*key, n) for key, n in sorted(found.versions.replaced.items()) if n),
            ),
            "withheld": withheld_names(found.files, found.facts, found.names, pseudonym),
        }
        quarantined = quarantined_answers(found.cleaned.get("citizen_feedback"), found.versions.twice)
        cache.forget_others()
        remembered = {**outcome, "questions": [asked.dumped() for asked in found.questions]}
        remembered["quarantined"] = [list(astuple(one)) for one in quarantined]
        remembered["strange"] = [list(astuple(one)) for one in found.strange]
        remembered["reasons"] = [list(astuple(one)) for one in outcome["reasons"]]
        remembered["exits"] = [one.model_dump() for one in exits]
        remember_run(out, run, {**remembered, "n_unchanged": len(files)}, pseudonym)
    return CleanReport(
        exits=pd.DataFrame([one.model_dump() for one in exits], columns=list(SheetExits.model_fields)),
        key_line=key_line,
        n_unchanged=found.n_unchanged,
        questions=found.questions,
        quarantined=quarantined,
        is_asked=write_questions(raw, found.questions, language),
        **outcome,
    )


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Turn an error of the disk into a `ProcessedDataError` in plain words."""
    try:
        yield
    except OSError as error:
        remedy = (
            "ask for permission to write there, or name another folder with --out"
            if isinstance(error, PermissionError) or error.errno == errno.EROFS
            else "make room and run again"
        )
        msg = (
            f"The processed data could not be written ({error.strerror}). What was there is whole; {remedy}."
        )
        raise ProcessedDataError(msg) from error


def _digest_of_run(
    files: Sequence[RawFile], settings: FilesState, pseudonym: Pseudonyms, answers: Answers, today: date
) -> str:
    """Return a digest of everything that affects the result of a run."""
    described = [f"{file.name} {file.hash} {file.saved:.0f} {file.profiles}" for file in files]
    beside = [f"{name} {content}" for name, content, _ in settings]
    # The day is included: rules come into force and people grow older without a change of any file.
    return digest_of(
        version("asn-research"), code_digest(), pseudonym.fingerprint, today, answers_digest(answers), *described,
        *beside,
    )  # fmt: skip


def clean_in_memory(
    raw: Path, raw_files: Sequence[RawFile], pseudonym: Pseudonyms, cache: FileCache | None = None, *,
    answers: Answers | None = None, today: date | None = None, on_progress: Callable[[int, int], None] | None = None,
    sources: Collection[str] = SOURCES,
) -> CleanedFolder:  # fmt: skip
    """Clean a folder without storing the result; only the cache is written.

    Parameters
    ----------
    raw : Path
        The folder of exports.
    raw_files : sequence of RawFile
        Its files.
    pseudonym : Pseudonyms
        The project's key.
    cache : FileCache, optional
        The cache of parsed files.
    answers : mapping of str to str, optional
        The answers to questions; by default those in the workbook of questions in the folder.
    today : date, optional
        The day of cleaning.
    on_progress : callable, optional
        A progress callback: it is called with the number of steps done and the total number.
    sources : collection of str
        The sources whose rows are cleaned; by default all. Other sources are looked into only as far as
        these need them.

    Returns
    -------
    CleanedFolder
    """
    corrections = tuple(each for each in load_corrections(raw) if each.source in sources)
    answers = load_answers(raw) if answers is None else answers
    city = city_of(raw)
    on_progress = on_progress or _no_progress
    files = []
    for file_no, raw_file in enumerate(raw_files):
        on_progress(file_no, 2 * len(raw_files))
        files.append(open_file(raw_file, cache, city, answers, DeniedNames.none(pseudonym)))
    refuse_mixture(
        {f.raw.name for f in files if f.facts["is_simulated"]},
        {f.raw.name for f in files if f.facts["sources"] and not f.facts["is_simulated"]},
    )
    today = today or this_day()
    context, decided = cleaning_context(files, raw, city, pseudonym, corrections, today)
    returned = [(file.raw.name, [Mend(*one) for one in file.facts["mends"]]) for file in files]
    mends, apart = gathered(returned)
    context = replace(context, answers=answers, mends=mends)
    is_simulated = any(file.facts["is_simulated"] for file in files)
    of_context = _digest_of_context(context, decided)
    parts: dict[str, list[Prepared]] = {source: [] for source in SOURCES}
    strange = [*apart, *(Strange(*one) for file in files for one in file.facts["strange"])]
    n_unchanged = 0
    for file_no, file in enumerate(files, start=len(files)):
        on_progress(file_no, 2 * len(files))
        n_fresh = 0
        for source in (each for each in file.facts["sources"] if each in sources):
            try:
                rows, is_fresh = _rows_of(file, source, context, of_context, cache)
            except RawDataError as error:
                strange.append(Strange.refused(file.raw.name, error))
                continue
            n_fresh += is_fresh
            parts[source].append(rows)
        n_unchanged += bool(file.facts["sources"]) and not n_fresh
        file.opened = None
    names = names_in_files(files, context.city, pseudonym)
    if not any(parts.values()):
        _refuse_all(strange, withheld_names(raw_files, [f.facts for f in files], names, pseudonym))
    if set(sources) >= set(SOURCES):
        strange += lost_mends([rows for group in parts.values() for rows in group], returned)
    check_guards(corrections, [rows for group in parts.values() for rows in group])
    cleaned = {}
    asked: list[Asked] = []
    decisions: list[Decision] = []
    versions = Versions(answers, {file.name: file.saved for file in raw_files})
    for source in SOURCES:
        if parts[source]:
            recipe = recipe_of(source)
            joined = recipe.join(parts.pop(source), None if is_simulated else today, versions)
            asked += collect_questions([joined], answers)
            decisions += decisions_of(joined, answers, {c.reason_code: c.reason for c in corrections})
            cleaned[source] = recipe.part(joined)
            check_table(source, cleaned[source].kept)
    questions = tuple(sorted(asked, key=lambda one: one.question.key))
    if cache:
        cache.wait_for_writes()
    return CleanedFolder(
        cleaned, context, tuple(raw_files), tuple(f.facts for f in files), corrections, n_unchanged, decided,
        questions, tuple(strange), versions, names, decided_once(decisions),
    )  # fmt: skip


def _same_files(files: Sequence[RawFile]) -> Iterator[tuple[str, str, str, int]]:
    """Yield the files with the same content as another file that is read, for `CleanReport.replaced`."""
    read = {file.hash: file.name for file in files if not file.copy_no}
    for file in files:
        if file.copy_no:
            yield "same_file_again", file.name, read[file.hash], 0


def _no_progress(_done: int, _total: int) -> None:
    return


def _rows_of(
    file: OpenedFile, source: str, context: Context, of_context: str, cache: FileCache | None
) -> tuple[Prepared, bool]:
    """Return the rows of one source in a file, and whether they were read (not taken from the cache)."""
    own = digest_of_mends(context.mends, file_key(file.raw.key, context.pseudonym))
    year = context.reference.year if source == ALWAYS_READ else ""
    key = digest_of(file.key, source, of_context, year, own)
    # With an old key, all files are read again, because linking the pseudonyms needs every employee number.
    rows = cache.rows(key, source) if cache and context.pseudonym.old_key is None else None
    if rows is not None:
        return rows, False
    rows = recipe_of(source).read(start([t for t in file.tables if t.source == source], context))
    if cache:
        cache.keep_rows(key, rows)
    return rows, True


def _refuse_all(strange: Sequence[Strange], withheld: Mapping[str, str]) -> NoReturn:
    """Refuse a folder in which no file can be read; the message names each file, by its name or its key.

    Raises
    ------
    RawDataError
        Always.
    """
    texts = {
        language: " ".join(without_names(strange_line(one, language), withheld) for one in strange)
        for language in LANGUAGES
    }
    raise RawDataError(texts["en"]).worded_in(texts)


def _digest_of_context(context: Context, decided: Mapping[str, str]) -> str:
    """Return a digest of the lookup tables that affect the rows of all files."""
    numbers = [context.pseudonym(n) for group in context.register.by_stem.values() for n in group]
    return digest_of(
        context.pseudonym.fingerprint, context.city, sorted(decided.items()), *numbers,
        corrections_digest(context.corrections),
        *(f"{context.pseudonym(n)} {unit}" for n, unit in sorted(context.unit_of_staff.items())),
    )  # fmt: skip


def _refuse_other_key(out: Path, pseudonym: Pseudonyms) -> None:
    before = key_of_processed(out)
    if not before or before == pseudonym.fingerprint:
        return
    if pseudonym.old_key is not None and Pseudonyms(pseudonym.old_key).fingerprint == before:
        return
    raise worded(KeyFileError, "error_other_key", out=out.name)
