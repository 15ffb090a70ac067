"""The command `objections-due`: a private list of the objections that still wait for a decision."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd

from asn_research.clean.store import open_processed
from asn_research.errors import PathError, RequestError
from asn_research.personal.person_record import OwnObjection, own_objections
from asn_research.personal.sheet_files import FOLDER, sheet_folder
from asn_research.rules.cities import City
from asn_research.rules.in_force import at
from asn_research.rules.regulations import ObjectionRule
from asn_research.rules.words import load_words, worded
from asn_research.rules.working_days import calendar_of, days_between, last_day_within
from asn_research.storage import write_whole

#: The list, in the folder of sheets.
FILE = "keberatan_menunggu.csv"


@dataclass(frozen=True)
class Due:
    """One objection that waits for a decision.

    Parameters
    ----------
    row_id : str
        The key of its row; the command `where` finds the row in the raw files.
    unit_id : str
        The unit of the person.
    objection : OwnObjection
        The objection.
    filed_on_day : int or None
        Days from the appraisal to the objection, counted as the rule says; None if the day of the appraisal is unknown.
    limit : int
        The limit for objecting, in the same days.
    decide_by : date or None
        The last day for the decision; None if no limit is stated.
    """

    row_id: str
    unit_id: str
    objection: OwnObjection
    filed_on_day: int | None
    limit: int
    decide_by: date | None

    @property
    def is_late(self) -> bool | None:
        """Whether it was filed after the limit; None if the day of the appraisal is unknown."""
        return None if self.filed_on_day is None else self.filed_on_day > self.limit


def objections_due(tables: Mapping[str, pd.DataFrame], city: City, today: date) -> list[Due]:
    """Return the objections without a decision: those with the earliest limit first, then the oldest.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        The processed tables `objections` and `appraisals`; the second may be absent.
    city : City
        The register, with its own rules and working days.
    today : date
        The day from which the waiting time is counted.
    """
    rows = tables["objections"]
    found = []
    for place in range(len(rows)):
        own = own_objections(rows.iloc[[place]], city, today)
        row: Any = rows.iloc[place]
        rule = at(own[0].filed, city).get(ObjectionRule) if own else None
        if not own or own[0].outcome != "pending" or rule is None:
            continue
        appraised = _appraised(tables.get("appraisals"), str(row["person_id"]), str(row["period"]))
        calendar = calendar_of(city)
        waited = None
        if appraised is not None:
            start, end = (pd.Series([pd.Timestamp(day)]) for day in (appraised, own[0].filed))
            waited = int(days_between(start, end, rule.days, calendar).iloc[0])
        decide_by = (
            None
            if rule.decide_within_days is None
            else last_day_within(own[0].filed, rule.decide_within_days, rule.days, calendar)
        )
        found.append(
            Due(str(row["row_id"]), str(row["unit_id"]), own[0], waited, rule.file_within_days, decide_by)
        )
    return sorted(found, key=lambda due: (due.decide_by or date.max, due.objection.filed, due.row_id))


def _appraised(appraisals: pd.DataFrame | None, person_id: str, period: str) -> date | None:
    if appraisals is None or "appraised_date" not in appraisals:
        return None
    own = appraisals.loc[(appraisals["person_id"] == person_id) & (appraisals["period"] == period)]
    day = own["appraised_date"].iloc[0] if len(own) else pd.NaT
    return None if pd.isna(day) else pd.Timestamp(day).date()


def write_objections_due(
    raw: Path, processed_folder: Path, reports: Path, *, language: str, today: date
) -> Iterator[str]:
    """Write the list beside the raw files, readable by its owner alone, and yield the lines for the terminal.

    The list names no person: `where` finds the row of each key in the raw files.

    Parameters
    ----------
    raw, processed_folder, reports : Path
        The folders.
    language : str
        ``id`` or ``en``.
    today : date
        The day from which the waiting time is counted.

    Raises
    ------
    RequestError
        If the offices sent no list of objections.
    PathError
        If the list cannot be written.
    """
    words = load_words(language)
    folder = sheet_folder(raw, reports, processed_folder)
    processed = open_processed(processed_folder)
    if not processed.has("objections"):
        raise worded(RequestError, "error_due_none")
    tables = {name: processed.table(name) for name in ("objections", "appraisals") if processed.has(name)}
    city = processed.city()
    due = objections_due(tables, city, today)
    names = ("unit", "period", "filed", "ground", "filed_on_day", "limit", "late", "waited", "decide_by", "left", "key")  # fmt: skip
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([words(f"due_{name}") for name in names])
    for each in due:
        unit, own = city.units.get(each.unit_id), each.objection
        writer.writerow(
            [
                unit.name if unit else each.unit_id, own.period.label(language), own.filed.isoformat(),
                words(f"ground_{own.ground or 'unknown'}"),
                "" if each.filed_on_day is None else each.filed_on_day, each.limit,
                "" if each.is_late is None else words("yes" if each.is_late else "no"),
                "" if own.waited is None else own.waited,
                "" if each.decide_by is None else each.decide_by.isoformat(),
                "" if each.decide_by is None else (each.decide_by - today).days, each.row_id,
            ]
        )  # fmt: skip
    try:
        # With a byte-order mark, so that spreadsheets read it as UTF-8.
        write_whole(folder / FILE, b"\xef\xbb\xbf" + text.getvalue().encode())
    except OSError as error:
        raise worded(
            PathError, "error_sheet_unwritten", folder=FOLDER, reason=error.strerror or ""
        ) from error
    over = sum(each.decide_by is not None and each.decide_by < today for each in due)
    yield words("due_done", n=len(due), over=over, file=folder / FILE)
