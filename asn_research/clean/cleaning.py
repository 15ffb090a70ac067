"""Clean a folder of exports into processed tables: read, clean by recipe, reconcile the counts, store."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path, PurePath
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from asn_research.clean.cache import (
    FileCache,
    code_digest,
    concatenated,
    remember_run,
    remembered_run,
)
from asn_research.clean.cleaned import Cleaned
from asn_research.clean.cleaned_contracts import check_table
from asn_research.clean.consequences import (
    EXIT_KINDS,
    ExitReason,
    QuarantinedAnswers,
    quarantined_answers,
    read_exit_reasons,
    read_quarantined,
    why_rows_left,
)
from asn_research.clean.inspect.recognition import read_tables
from asn_research.clean.parse.dates import parse_date
from asn_research.clean.parse.period_texts import find_period
from asn_research.clean.privacy.denied_names import DeniedNames, keep_names, leads_to_a_person
from asn_research.clean.privacy.identity import (
    NipRegister,
    Pseudonyms,
    load_key,
    load_old_key,
)
from asn_research.clean.privacy.outgoing import Gate, names_in
from asn_research.clean.privacy.row_keys import FILE_LETTERS, file_key
from asn_research.clean.questions.open_questions import (
    Asked,
    collect_questions,
    load_answers,
    read_questions,
    write_questions,
)
from asn_research.clean.questions.unit_review import FILE as REVIEW
from asn_research.clean.questions.unit_review import load_decisions, write_unit_review
from asn_research.clean.recipes import recipe_of
from asn_research.clean.sendback.mends import digest_of_mends, gathered, lost_mends
from asn_research.clean.steps.corrections import (
    Correction,
    check_guards,
    corrections_digest,
    load_corrections,
)
from asn_research.clean.steps.doubles import Versions
from asn_research.clean.steps.staff_status import known_staff
from asn_research.clean.steps.units import service_names, unit_names
from asn_research.clean.store import NewData, SheetExits, key_of_processed, write_processed
from asn_research.clean.working import Context, Prepared, start
from asn_research.clock import this_day
from asn_research.errors import KeyFileError, ProcessedDataError, RawDataError, ReconciliationError
from asn_research.ledger import copy_ledger
from asn_research.read import (
    IGNORED,
    SETTINGS,
    FileTables,
    Profile,
    RawFile,
    RawTable,
    Strange,
    list_raw_files,
    refuse_mixture,
)
from asn_research.read.city_form import city_of
from asn_research.read.returned import Mend
from asn_research.read.steady import FilesState, refuse_moved, state_of
from asn_research.read.survey_forms import CHARTER
from asn_research.rules.cities import City, CityFacts, DayOverride, load_day_overrides, load_margins
from asn_research.rules.codebooks import SOURCES, load_sources
from asn_research.rules.questions import WORKBOOK, Answers, answers_digest
from asn_research.rules.regulations import load_rules
from asn_research.rules.words import LANGUAGES, load_words, worded
from asn_research.storage import digest_of, locked

_TRUTH = Path("_simulasi") / "truth.json"
#: Further files in the raw folder that affect the result of a run. The workbook of questions is not among
#: them, because only its answers matter, and they are part of the digest by themselves.
_BESIDE = (*(name for name in SETTINGS if name != WORKBOOK), _TRUTH.as_posix())
#: The source that is read in every run, even if its rows are cached: other sources look up its numbers and
#: units.
_ALWAYS_READ = "employees"


@dataclass(frozen=True)
class CleanReport:
    """The report of cleaning a folder.

    Parameters
    ----------
    exits : pd.DataFrame
        One row per sheet: file, sheet, source, n_raw, n_kept, n_repaired (rows), n_quarantined,
        n_excluded.
    is_simulated : bool
        Whether the data come from the simulator.
    passed_over : tuple of str
        The sheets without a table.
    key_line : str
        A message about the place of the pseudonym key.
    n_files, n_unchanged : int
        The number of files in the folder, and of those that were not read again.
    unit_review : str
        A message about unit names that are not in the register; empty if there are none.
    questions : tuple of Asked
        The questions, answered or open.
    quarantined : tuple of QuarantinedAnswers
        The units and periods whose index lacks many answers, because they are quarantined.
    is_asked : bool
        Whether the workbook of questions could be written.
    strange : tuple of Strange
        The files and sheets that were not read, with the reasons.
    hidden_rows : tuple of (str, int)
        The tables with hidden or filtered-out rows, and the number of these rows. They are read too.
    reasons : tuple of ExitReason
        The reasons why rows were quarantined, excluded or repaired, for each sheet.
    replaced : tuple of (str, str, str, int)
        Replaced rows: reason, file, the other file that is used instead, and number of rows.
    withheld : mapping of str to str
        Names of files and sheets that may identify a person, with their substitutes.
    """

    exits: pd.DataFrame
    is_simulated: bool
    passed_over: tuple[str, ...]
    key_line: str
    n_files: int = 0
    n_unchanged: int = 0
    unit_review: str = ""
    questions: tuple[Asked, ...] = ()
    quarantined: tuple[QuarantinedAnswers, ...] = ()
    is_asked: bool = True
    strange: tuple[Strange, ...] = ()
    hidden_rows: tuple[tuple[str, int], ...] = ()
    reasons: tuple[ExitReason, ...] = ()
    replaced: tuple[tuple[str, str, str, int], ...] = ()
    withheld: Mapping[str, str] = field(default_factory=dict)

    def lines(self, language: str = "id") -> Iterator[str]:
        """Yield the lines of the report: for each sheet, raw = kept + quarantined + excluded.

        A name of a file or sheet that may identify a person is replaced by its key.
        """
        yield from (without_names(line, self.withheld) for line in self._lines(language))
        if self.withheld:
            yield load_words(language)("clean_names_withheld", n=len(self.withheld))

    def _lines(self, language: str) -> Iterator[str]:
        word = load_words(language)
        yield self.key_line
        for row in (SheetExits(**dict(r)) for _, r in self.exits.astype(object).iterrows()):
            yield word(
                "clean_sheet", where=f"{row.file} [{row.sheet}]" if row.sheet else row.file, raw=row.n_raw,
                kept=row.n_kept, repaired=row.n_repaired, quarantined=row.n_quarantined, excluded=row.n_excluded,
            )  # fmt: skip
            yield from self._reasons((row.file, row.sheet, row.source), language)
        for why, file, other, n in self.replaced:
            yield word(f"clean_{why}", file=file, other=other, n=n)
        yield from (word("clean_passed_over", name=_brief(name)) for name in self.passed_over)
        if self.unit_review:
            yield self.unit_review
        yield from (word("clean_hidden_rows", where=_brief(where), n=n) for where, n in self.hidden_rows)
        yield from self._strange(language)
        yield from (answers.line(language) for answers in self.quarantined)
        yield from self._asked(language)
        if self.n_unchanged:
            yield word("clean_unchanged", n=self.n_unchanged, files=self.n_files)
        total = self.exits[["n_raw", "n_kept", "n_quarantined", "n_excluded"]].sum()
        yield word(
            "clean_total", raw=total["n_raw"], kept=total["n_kept"], quarantined=total["n_quarantined"],
            excluded=total["n_excluded"],
        )  # fmt: skip

    def _reasons(self, place: tuple[str, str, str], language: str) -> Iterator[str]:
        """Yield the lines that say why rows of a sheet were quarantined, excluded or repaired."""
        for kind in EXIT_KINDS:
            here = [r for r in self.reasons if (r.file, r.sheet, r.source) == place and r.kind == kind]
            if here:
                yield "  " + load_words(language)(
                    f"clean_why_{kind}", reasons="; ".join(r.text(language) for r in here)
                )

    def _strange(self, language: str) -> Iterator[str]:
        word = load_words(language)
        for one in self.strange:
            yield strange_line(one, language)
        if self.strange:
            yield word("strange_remedy", n=len(self.strange), file=IGNORED)

    def _asked(self, language: str) -> Iterator[str]:
        word = load_words(language)
        still_open = [asked for asked in self.questions if not asked.answer]
        for asked in still_open:
            yield word(
                "clean_question", text=asked.question.text(language), n=asked.n_rows, code=asked.question.key
            )
        if still_open:
            name = "clean_questions" if self.is_asked else "clean_questions_unwritten"
            yield word(name, n=len(still_open), file=WORKBOOK)


def _brief(where: str) -> str:
    """Return a place as `file [sheet]`, which is the same in all languages."""
    file, found, sheet = where.partition(", sheet ")
    return f"{file} [{sheet}]" if found else where


def strange_line(one: Strange, language: str) -> str:
    """Return a message in a language: why a file or sheet was not read, and what to do."""
    if one.kind == "unreadable":
        # The error that refused the file already names it and says what to do.
        key, named = json.loads(one.worded_error)
        line = load_words(language)(key, **named) if key else one.detail
        return line if one.file in line else f"{one.where}: {line}"
    word = load_words(language)
    kind, _, source = (
        one.kind.partition("_") if one.kind.startswith(("lacks_", "unsure_")) else (one.kind, "", "")
    )
    named = {"source": word(f"source_{source}")} if source else {}
    return f"{one.where}: " + word(f"strange_{kind}", detail=one.detail, **named)


@dataclass
class _File:
    """A file during cleaning: its facts, and its tables if it was opened."""

    raw: RawFile
    key: str
    facts: dict[str, Any]
    city: City
    answers: Answers
    opened: FileTables | None = None

    @property
    def tables(self) -> tuple[RawTable, ...]:
        """The tables of the file; it is opened on first use."""
        if self.opened is None:
            self.opened = read_tables(self.raw, self.city, self.answers)
        return self.opened.tables


@dataclass(frozen=True)
class CleanedFolder:
    """The result of cleaning a folder, before it is stored.

    Parameters
    ----------
    cleaned : dict of str to Cleaned
        The result by source.
    context : Context
        The lookup tables that the recipes used.
    files : tuple of RawFile
        The files.
    facts : tuple of dict
        The facts of each file; see `_open`.
    corrections : tuple of Correction
        The corrections from `corrections.yaml`.
    n_unchanged : int
        The number of files that were not read again.
    decided : mapping of str to str
        The spellings of units that a person reviewed, with the unit ids.
    questions : tuple of Asked
        The questions, answered or open.
    strange : tuple of Strange
        The files and sheets that were not read, with the reasons.
    versions : Versions
        The counts of rows that later versions replaced.
    names : DeniedNames
        The names of people in the name columns of the files.
    """

    cleaned: dict[str, Cleaned]
    context: Context
    files: tuple[RawFile, ...]
    facts: tuple[dict[str, Any], ...]
    corrections: tuple[Correction, ...]
    n_unchanged: int = 0
    decided: Mapping[str, str] = field(default_factory=dict)
    questions: tuple[Asked, ...] = ()
    strange: tuple[Strange, ...] = ()
    versions: Versions = field(default_factory=Versions)
    names: DeniedNames = field(default_factory=lambda: DeniedNames(b""))

    @property
    def is_simulated(self) -> bool:
        """Whether the data come from the simulator."""
        return any(fact["is_simulated"] for fact in self.facts)


def clean_folder(
    raw: Path | str,
    out: Path | str,
    *,
    key_file: Path | None = None,
    old_key_file: Path | None = None,
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
    key, key_line = load_key(
        key_file, may_make=old_key is not None or not key_of_processed(out), language=language
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
    settings = state_of(raw, _BESIDE)
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
    exits = _exits(found)
    refuse_moved(settings, raw, _BESIDE)
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


def new_data(
    raw: Path,
    found: CleanedFolder,
    pseudonym: Pseudonyms,
    today: date,
    exits: Sequence[SheetExits] | None = None,
) -> NewData:
    """Return what the processed folder is to hold, with numbers and names of people removed.

    Parameters
    ----------
    raw : Path
        The folder of exports.
    found : CleanedFolder
        What cleaning it gave.
    pseudonym : Pseudonyms
        The project's key.
    today : date
        The day of cleaning.
    exits : sequence of SheetExits, optional
        The number of rows of each sheet by exit; by default counted from `found`.
    """
    gate = Gate(found.context.city, found.names, pseudonym)
    tables = gate.tables(found.cleaned)
    links = pseudonym.links
    if links:
        tables["key_links"] = pd.DataFrame(
            {"old_id": list(links), "new_id": list(links.values())}, dtype="str"
        )
    truth = raw / _TRUTH
    return NewData(
        tables={**tables, **_register(found.context.city, gate)},
        version=version("asn-research"),
        city=found.context.city.facts,
        is_simulated=found.is_simulated,
        inputs={file_key(file.key, pseudonym): file.hash for file in found.files},
        rules=tuple(load_rules()),
        extra_labels={
            key: {language: gate.free_text(text) for language, text in labels.items()}
            for key, labels in _extra_labels(found).items()
        },
        exits=_without_names(_exits(found) if exits is None else list(exits), found, pseudonym),
        corrections={c.reason_code: gate.free_text(c.reason) for c in found.corrections},
        key_fingerprint=pseudonym.fingerprint,
        today=today,
        truth=truth.read_bytes() if found.is_simulated and truth.is_file() else None,
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
        files.append(_open(raw_file, cache, city, answers, DeniedNames.none(pseudonym)))
    refuse_mixture(
        {f.raw.name for f in files if f.facts["is_simulated"]},
        {f.raw.name for f in files if f.facts["sources"] and not f.facts["is_simulated"]},
    )
    today = today or this_day()
    context, decided = _context(files, raw, city, pseudonym, corrections, today)
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
    names = _names(files, context.city, pseudonym)
    if not any(parts.values()):
        _refuse_all(strange, withheld_names(raw_files, [f.facts for f in files], names, pseudonym))
    if set(sources) >= set(SOURCES):
        strange += lost_mends([rows for group in parts.values() for rows in group], returned)
    check_guards(corrections, [rows for group in parts.values() for rows in group])
    cleaned = {}
    asked: list[Asked] = []
    versions = Versions(answers, {file.name: file.saved for file in raw_files})
    for source in SOURCES:
        if parts[source]:
            recipe = recipe_of(source)
            joined = recipe.join(parts.pop(source), None if is_simulated else today, versions)
            asked += collect_questions([joined], answers)
            cleaned[source] = recipe.part(joined)
            check_table(source, cleaned[source].kept)
    questions = tuple(sorted(asked, key=lambda one: one.question.key))
    if cache:
        cache.wait_for_writes()
    return CleanedFolder(
        cleaned, context, tuple(raw_files), tuple(f.facts for f in files), corrections, n_unchanged, decided,
        questions, tuple(strange), versions, names,
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
    file: _File, source: str, context: Context, of_context: str, cache: FileCache | None
) -> tuple[Prepared, bool]:
    """Return the rows of one source in a file, and whether they were read (not taken from the cache)."""
    own = digest_of_mends(context.mends, file_key(file.raw.key, context.pseudonym))
    year = context.reference.year if source == _ALWAYS_READ else ""
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


def _names(files: Sequence[_File], city: City, pseudonym: Pseudonyms) -> DeniedNames:
    tokens = {token for file in files for token in file.facts["names"]}
    return DeniedNames.none(pseudonym).beside(tokens, city)


def withheld_names(
    files: Sequence[RawFile], facts: Sequence[Mapping[str, Any]], names: DeniedNames, pseudonym: Pseudonyms
) -> dict[str, str]:
    """Return the names of files and sheets that may identify a person, with the substitutes for messages."""
    withheld = {}
    for file, known in zip(files, facts, strict=True):
        if leads_to_a_person(PurePath(file.name).with_suffix("").as_posix(), names):
            withheld[file.name] = file_key(file.key, pseudonym)
        sheets = {str(sheet): str(number) for sheet, number in known["sheets"]}
        # The number of a sheet without a table is not known, so its substitute is a sign made from its name.
        for sheet in (*(one[1] for one in known["strange"]), *known["passed_over"]):
            bare = sheet.removeprefix(f"{file.name}, sheet ")
            sheets.setdefault(bare, pseudonym.sign(bare))
        withheld |= {
            sheet: sign for sheet, sign in sheets.items() if sheet and leads_to_a_person(sheet, names)
        }
    # Longest first, because the name of a sheet may be part of the name of a file.
    return dict(sorted(withheld.items(), key=lambda pair: -len(pair[0])))


def without_names(line: str, withheld: Mapping[str, str]) -> str:
    """Return a line in which names of files and sheets that may identify a person are replaced."""
    for name, sign in withheld.items():
        line = line.replace(name, sign)
    return line


def _open(file: RawFile, cache: FileCache | None, city: City, answers: Answers, names: DeniedNames) -> _File:
    """Return a file with its facts (sources, last day, sheets, ...); open it only if they are not cached."""
    key = digest_of(code_digest(), file.key, file.name, answers_digest(answers), city, *file.profiles)
    facts = cache.facts(key) if cache else None
    if facts is not None and _ALWAYS_READ not in facts["sources"]:
        return _File(file, key, facts, city, answers)
    opened = read_tables(file, city, answers)
    last = _last_day(opened.tables)
    facts = {
        "sources": sorted({table.source for table in opened.tables}, key=SOURCES.index),
        "is_simulated": any(table.is_simulated for table in opened.tables),
        "is_own": all(bool(table.profile and table.profile.unit) for table in opened.tables),
        "last_day": last.isoformat() if last else None,
        "passed_over": list(opened.passed_over),
        "strange": [list(astuple(one)) for one in opened.strange],
        "hidden_rows": [[t.where, t.n_hidden_rows] for t in opened.tables if t.n_hidden_rows],
        "mends": [list(astuple(one)) for one in opened.mends],
        "sheets": sorted({(table.sheet, table.sheet_no) for table in opened.tables}),
        "names": sorted(names.tokens_of(names_in(opened.tables))),
        "without_rows": [[table.sheet, table.source] for table in opened.tables if not len(table)],
    }
    if cache:
        cache.keep_facts(key, facts)
    return _File(file, key, facts, city, answers, opened)


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


def _context(
    files: Sequence[_File],
    raw: Path,
    city: City,
    pseudonym: Pseudonyms,
    corrections: tuple[Correction, ...],
    today: date,
) -> tuple[Context, Mapping[str, str]]:
    city = _with_profiles(city, files, load_day_overrides(raw / "working_days.csv"))
    if (raw / "margins.csv").is_file():
        city = replace(city, margins=load_margins(raw / "margins.csv"))
    lists = [
        table
        for file in files
        if _ALWAYS_READ in file.facts["sources"]
        for table in file.tables
        if table.source == _ALWAYS_READ
    ]
    numbers, unit_of = known_staff(lists)
    decided = load_decisions(raw, city)
    days = [date.fromisoformat(f.facts["last_day"]) for f in files if f.facts["last_day"]]
    return Context(
        city, unit_names(city, decided), service_names(city), pseudonym, NipRegister.of(numbers),
        max(days, default=today), corrections, unit_of_staff=unit_of,
    ), decided  # fmt: skip


def _profiles(files: Sequence[RawFile]) -> list[Profile]:
    found: list[Profile] = []
    for profile in (profile for file in files for profile in file.profiles):
        if profile not in found:
            found.append(profile)
    return found


def _with_profiles(city: City, files: Sequence[_File], days: tuple[DayOverride, ...]) -> City:
    """Return the city with the units of profiles added; if all data are theirs, they replace the register."""
    profiles = _profiles([file.raw for file in files])
    joining = {p.unit.unit_id: p.unit for p in profiles if p.unit and p.unit.unit_id not in city.units}
    if not joining:
        return city
    nameless = sorted(unit.unit_id for unit in joining.values() if not unit.name)
    if nameless:
        raise worded(RawDataError, "error_profile_unit", unit=nameless[0])
    own = {unit_id: unit.as_unit() for unit_id, unit in joining.items()}
    facts = city.facts
    named = next((p.city for p in profiles if p.city), None)
    if all(file.facts["is_own"] for file in files):
        name = named.name if named else next(iter(own.values())).name
        facts = CityFacts(
            city_id="profile", name=name, government=named.government if named else name, province="",
            kemendagri_code="", timezone=facts.timezone, signed_at=named.signed_at if named else "",
            organisation_bureau=name, day_overrides=days,
        )  # fmt: skip
        return City(facts, own, {})
    return replace(city, units={**city.units, **own})


def _last_day(tables: Sequence[RawTable]) -> date | None:
    """Return the latest day in the letterheads, and in the last row of the tables; None if there is none."""
    days = []
    for table in tables:
        period = find_period(table.letterhead)
        if period:
            days.append(period.last_day)
        name = load_sources()[table.source].latest_day
        if name in table.columns and len(table):
            moments = table.columns[name].take(np.array([len(table) - 1])).text
            moment = parse_date(str(moments[0]))
            days += [moment.date()] if moment else []
    # A day with a mistyped year is ignored, because ages are computed on the latest day.
    return max((day for day in days if 2014 <= day.year < 2100), default=None)


def _exits(found: CleanedFolder) -> list[SheetExits]:
    """Return the exits of each sheet, after checking that they add up; a table without rows has zeros."""
    exits = []
    for source, result in found.cleaned.items():
        for row in result.exits.to_dict("records"):
            counts = SheetExits(source=source, **{str(k): v for k, v in row.items()})
            if counts.n_raw != counts.n_kept + counts.n_quarantined + counts.n_excluded:
                msg = f"{counts.file}, sheet {counts.sheet}: rows in and out do not add up. This is a defect of ours; please report it."
                raise ReconciliationError(msg)
            exits.append(counts)
    counted = {(e.file, e.sheet, e.source) for e in exits}
    for file, facts in zip(found.files, found.facts, strict=True):
        for sheet, source in facts["without_rows"]:
            if (file.name, sheet, source) not in counted:
                none = dict.fromkeys(("n_raw", "n_kept", "n_repaired", "n_quarantined", "n_excluded"), 0)
                exits.append(SheetExits(file=file.name, sheet=sheet, source=source, **none))
    return exits


def _without_names(
    exits: Sequence[SheetExits], found: CleanedFolder, pseudonym: Pseudonyms
) -> list[SheetExits]:
    """Return the exits of each sheet with the key of the file instead of its name, and with its periods."""
    keys = {file.name: file_key(file.key, pseudonym) for file in found.files}
    numbers = {
        (file.name, sheet): str(number)
        for file, facts in zip(found.files, found.facts, strict=True)
        for sheet, number in facts["sheets"]
        if sheet
    }
    periods = {source: _periods_of_files(result) for source, result in found.cleaned.items()}
    notes = []
    for one in exits:
        key = keys[one.file]
        place = {"file": key, "sheet": numbers.get((one.file, one.sheet), "")}
        notes.append(one.model_copy(update={**place, "period": periods.get(one.source, {}).get(key, "")}))
    return sorted(notes, key=lambda one: (SOURCES.index(one.source), one.period, one.file, one.sheet))


def _periods_of_files(result: Cleaned) -> dict[str, str]:
    """Return the first and the last period of the kept rows of each file, by the key of the file."""
    if "period" not in result.kept or result.kept.empty:
        return {}
    files = result.kept["row_id"].str.slice(0, FILE_LETTERS)
    spans = result.kept["period"].astype("str").groupby(files).agg(["min", "max"])
    return {
        str(file): first if first == last else f"{first} – {last}" for file, first, last in spans.itertuples()
    }


def _register(city: City, gate: Gate) -> dict[str, pd.DataFrame]:
    def row(item: object) -> dict[str, str]:
        dumped = item.model_dump(mode="json")  # type: ignore[attr-defined]
        return {
            key: "|".join(value)
            if isinstance(value, list)
            else ("yes" if value is True else "no" if value is False else "" if value is None else str(value))
            for key, value in dumped.items()
        }

    tables = {"units": pd.DataFrame([row(unit) for unit in city.units.values()]).astype("str")}
    if city.services:
        tables["services"] = pd.DataFrame([row(service) for service in city.services.values()]).astype("str")
    if city.margins:
        margins = pd.DataFrame([row(margin) for margin in city.margins]).astype("str")
        tables["margins"] = margins.assign(source=margins["source"].map(gate.free_text))
    return tables


def _extra_labels(found: CleanedFolder) -> dict[str, dict[str, str]]:
    """Return the labels of extra questions by key and language: the element of 2014 and those of profiles."""
    feedback = found.cleaned.get("citizen_feedback")
    name = CHARTER.removeprefix("extra_")
    older = {name: {language: load_words(language)(f"element_{name}") for language in LANGUAGES}}
    return (older if feedback is not None and CHARTER in feedback.kept else {}) | {
        question.key: {"id": question.label_indonesian, "en": question.label_english}
        for profile in _profiles(found.files)
        for question in profile.extra.values()
    }
