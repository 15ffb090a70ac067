"""The tables that cleaning hands to the store: rows by source, exits, the register, notes without names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from asn_research.clean.cleaned import Cleaned
from asn_research.clean.corrections_file import Correction
from asn_research.clean.privacy.denied_names import DeniedNames
from asn_research.clean.privacy.identity import (
    Pseudonyms,
)
from asn_research.clean.privacy.outgoing import Gate
from asn_research.clean.privacy.row_keys import FILE_LETTERS, file_key
from asn_research.clean.questions.open_questions import Asked
from asn_research.clean.raw_context import (
    distinct_profiles,
)
from asn_research.clean.steps.file_versions import Versions
from asn_research.clean.store import NewData, SheetExits
from asn_research.clean.working import Context
from asn_research.errors import ReconciliationError
from asn_research.read import (
    SETTINGS,
    RawFile,
    Strange,
)
from asn_research.read.survey_forms import CHARTER
from asn_research.rules.cities import City
from asn_research.rules.codebooks import SOURCES
from asn_research.rules.decisions import Decision
from asn_research.rules.questions import WORKBOOK
from asn_research.rules.regulations import load_rules
from asn_research.rules.words import LANGUAGES, load_words

_TRUTH = Path("_simulasi") / "truth.json"
#: Further files in the raw folder that affect the result of a run. The workbook of questions is not among
#: them, because only its answers matter, and they are part of the digest by themselves.
BESIDE = (*(name for name in SETTINGS if name != WORKBOOK), _TRUTH.as_posix())


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
        The facts of each file; see `open_file`.
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
    decisions : tuple of Decision
        The answers and corrections that rows were read by.
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
    decisions: tuple[Decision, ...] = ()

    @property
    def is_simulated(self) -> bool:
        """Whether the data come from the simulator."""
        return any(fact["is_simulated"] for fact in self.facts)


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
        exits=_without_names(sheet_exits(found) if exits is None else list(exits), found, pseudonym),
        corrections={c.reason_code: gate.free_text(c.reason) for c in found.corrections},
        decisions=tuple(
            each.model_copy(update={"reason": gate.free_text(each.reason)}) for each in found.decisions
        ),
        key_fingerprint=pseudonym.fingerprint,
        today=today,
        truth=truth.read_bytes() if found.is_simulated and truth.is_file() else None,
    )


def sheet_exits(found: CleanedFolder) -> list[SheetExits]:
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
        for profile in distinct_profiles(found.files)
        for question in profile.extra.values()
    }
