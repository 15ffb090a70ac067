"""The command `explain-person`: sheets for people who ask how their appraisal came about."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from asn_research.clean.privacy.identity import Pseudonyms, load_key
from asn_research.clean.store import Processed, open_processed
from asn_research.errors import KeyFileError, RequestError
from asn_research.measured import open_measures
from asn_research.personal.asked_person import Asked, addressees_of
from asn_research.personal.person_record import CityRatings, record_of
from asn_research.personal.rating_sides import spreads_from, telling_from
from asn_research.personal.sheet_files import (
    FORMATS,
    Entry,
    add_entries,
    sheet_folder,
    write_sheet,
)
from asn_research.personal.sheet_text import Sheet
from asn_research.pipeline import Measures
from asn_research.read.given_forms import read_stated
from asn_research.rules.cities import CITY
from asn_research.rules.in_force import at
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.words import ABSENT, load_words, worded
from asn_research.storage import locked

_TABLES = ("employees", "appraisals", "attendance", "training", "objections")


@dataclass(frozen=True)
class Places:
    """The folders of a project.

    Parameters
    ----------
    raw, processed, reports : Path
        The exports, the processed data, and the reports. Sheets are written beside the exports only.
    key_file : Path or None
        The file of the pseudonym key; None for the usual one.
    """

    raw: Path
    processed: Path
    reports: Path
    key_file: Path | None = field(default=None)


def explain_people(
    places: Places,
    asked: Sequence[Asked],
    *,
    language: str,
    today: date,
    made_at: str,
    formats: Sequence[str] = FORMATS,
) -> Iterator[str]:
    """Write the sheets of people, record them, and yield the lines for the terminal. No line names a person.

    Parameters
    ----------
    places : Places
        The folders.
    asked : sequence of Asked
        The people.
    language : str
        ``id`` or ``en``.
    today : date
        The day of the sheets.
    made_at : str
        Day and time for the register of sheets.
    formats : sequence of str
        ``pdf`` and ``docx``.

    Raises
    ------
    KeyFileError
        If the pseudonym key is missing, or is not the one with which the data were cleaned.
    RequestError
        If a person does not stand in the latest register, or has no appraisal; then no sheet is written.
    ProcessedDataError
        If there are no processed data.
    PathError
        If the folder of sheets cannot be used.
    """
    words = load_words(language)
    folder = sheet_folder(places.raw, places.reports, places.processed)
    processed = open_processed(places.processed)
    pseudonym = _pseudonyms(places, processed)
    with locked(folder, private=True):
        sheets = _sheets(places, processed, pseudonym, asked, language, today)
        style = read_stated(places.raw, processed.city()).style
        maker = pseudonym(f"maker of sheets {_account()}")
        for sheet in sheets:
            files = write_sheet(sheet, folder, style, formats)
            period = sheet.record.latest.period.code
            names = " ".join(file.name for file in files)
            add_entries(folder, [Entry(made_at, maker, sheet.record.person_id, period, language, names)])
            yield words("sheet_written", files=", ".join(file.name for file in files))
    yield words("sheet_where", n=len(sheets), folder=folder)


def _account() -> str:
    """Return the name of the account that runs the program; its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, ImportError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else ""


def _pseudonyms(places: Places, processed: Processed) -> Pseudonyms:
    """Return the pseudonyms of the city's key; refuse a key that is not the one of the processed data."""
    pseudonym = Pseudonyms(load_key(places.key_file, may_make=False)[0])
    known = processed.manifest.key_fingerprint
    if known and known != pseudonym.fingerprint:
        raise worded(KeyFileError, "error_sheet_other_key")
    return pseudonym


def _sheets(
    places: Places,
    processed: Processed,
    pseudonym: Pseudonyms,
    asked: Sequence[Asked],
    language: str,
    today: date,
) -> list[Sheet]:
    """Return the sheets of all people, or refuse all of them: half a list of sheets is noticed by nobody."""
    city = processed.city()
    tables = {name: processed.table(name) for name in _TABLES if processed.has(name)}
    if "employees" not in tables or "appraisals" not in tables:
        raise worded(RequestError, "error_sheet_no_data")
    registered = set(tables["employees"]["person_id"])
    addressees = addressees_of(places.raw, city, asked)
    ratings = city_ratings(open_measures(places.processed), today)
    found = []
    for each in asked:
        person_id = pseudonym.person(each.nip)
        if person_id not in registered or each.nip not in addressees:
            raise worded(RequestError, "error_sheet_not_registered", line=each.place or ABSENT)
        record = record_of(person_id, tables, city, ratings, today=today, received=_received(each, today))
        if record is None:
            raise worded(RequestError, "error_sheet_not_appraised", line=each.place or ABSENT)
        found.append(
            Sheet(record, addressees[each.nip], city, language, today, processed.manifest.is_simulated)
        )
    return found


def _received(asked: Asked, today: date) -> date | None:
    if asked.received is not None and asked.received > today:
        raise worded(RequestError, "error_sheet_day_ahead", line=asked.place or ABSENT)
    return asked.received


def city_ratings(measures: Measures, today: date) -> CityRatings:
    """Return the facts on the ratings of the whole city that the sheets of persons state: spreads, sides, verdicts.

    Parameters
    ----------
    measures : Measures
        The measures of the city.
    today : date
        The day of the sheets, which decides on the smallest groups.
    """
    rule = at(today).one(DisclosureRule)
    audit = measures.frames.get("information")
    verdicts: dict[str, str] = {}
    if audit is not None:
        of_city = audit.loc[(audit["unit_id"] == CITY) & (audit["subject"] == "predikat")]
        verdicts = dict(zip(of_city["period"].astype(str), of_city["verdict"].astype(str), strict=True))
    spreads = spreads_from(measures.frames.get("rater_spreads"), rule)
    return CityRatings(spreads, telling_from(measures.frames.get("appraisal"), spreads, rule), verdicts)
