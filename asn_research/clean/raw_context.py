"""The raw files of a run, and what their rows are read with: register, profiles, answers, the last day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from asn_research.clean.cache import (
    FileCache,
    code_digest,
)
from asn_research.clean.corrections_file import Correction
from asn_research.clean.inspect.recognition import read_tables
from asn_research.clean.parse.dates import parse_date
from asn_research.clean.parse.period_texts import find_period
from asn_research.clean.privacy.denied_names import DeniedNames
from asn_research.clean.privacy.identity import (
    NipRegister,
    Pseudonyms,
)
from asn_research.clean.privacy.outgoing import names_in
from asn_research.clean.questions.unit_review import load_decisions
from asn_research.clean.steps.staff_status import known_staff
from asn_research.clean.steps.units import service_names, unit_names
from asn_research.clean.working import Context
from asn_research.errors import RawDataError
from asn_research.read import (
    FileTables,
    Profile,
    RawFile,
    RawTable,
)
from asn_research.rules.cities import City, CityFacts, DayOverride, load_day_overrides, load_margins
from asn_research.rules.codebooks import SOURCES, load_sources
from asn_research.rules.questions import Answers, answers_digest
from asn_research.rules.words import worded
from asn_research.storage import digest_of

#: The source that is read in every run, even if its rows are cached: other sources look up its numbers and
#: units.
ALWAYS_READ = "employees"


@dataclass
class OpenedFile:
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


def names_in_files(files: Sequence[OpenedFile], city: City, pseudonym: Pseudonyms) -> DeniedNames:
    """Return the names of people in the files, as keyed hashes, that no report may contain."""
    tokens = {token for file in files for token in file.facts["names"]}
    return DeniedNames.none(pseudonym).beside(tokens, city)


def open_file(
    file: RawFile, cache: FileCache | None, city: City, answers: Answers, names: DeniedNames
) -> OpenedFile:
    """Return a file with its facts (sources, last day, sheets, ...); open it only if they are not cached."""
    key = digest_of(code_digest(), file.key, file.name, answers_digest(answers), city, *file.profiles)
    facts = cache.facts(key) if cache else None
    if facts is not None and ALWAYS_READ not in facts["sources"]:
        return OpenedFile(file, key, facts, city, answers)
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
    return OpenedFile(file, key, facts, city, answers, opened)


def cleaning_context(
    files: Sequence[OpenedFile],
    raw: Path,
    city: City,
    pseudonym: Pseudonyms,
    corrections: tuple[Correction, ...],
    today: date,
) -> tuple[Context, Mapping[str, str]]:
    """Return what the rows of a run are read with, and the decisions about unit names.

    The register is completed by profiles and corrected working days; `today` is the reference day where no file
    has a date.
    """
    city = _with_profiles(city, files, load_day_overrides(raw / "working_days.csv"))
    if (raw / "margins.csv").is_file():
        city = replace(city, margins=load_margins(raw / "margins.csv"))
    lists = [
        table
        for file in files
        if ALWAYS_READ in file.facts["sources"]
        for table in file.tables
        if table.source == ALWAYS_READ
    ]
    numbers, unit_of = known_staff(lists)
    decided = load_decisions(raw, city)
    days = [date.fromisoformat(f.facts["last_day"]) for f in files if f.facts["last_day"]]
    return Context(
        city, unit_names(city, decided), service_names(city), pseudonym, NipRegister.of(numbers),
        max(days, default=today), corrections, unit_of_staff=unit_of,
    ), decided  # fmt: skip


def distinct_profiles(files: Sequence[RawFile]) -> list[Profile]:
    """Return the profiles of some files, each once."""
    found: list[Profile] = []
    for profile in (profile for file in files for profile in file.profiles):
        if profile not in found:
            found.append(profile)
    return found


def _with_profiles(city: City, files: Sequence[OpenedFile], days: tuple[DayOverride, ...]) -> City:
    """Return the city with the units of profiles added; if all data are theirs, they replace the register."""
    profiles = distinct_profiles([file.raw for file in files])
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
