"""Which rows are sent back, and to whom: faulty rows by keeper and source, with the cells that may be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from asn_research.clean.cache import concatenated
from asn_research.clean.inspect.recognition import read_tables
from asn_research.clean.new_tables import CleanedFolder
from asn_research.clean.privacy.row_keys import FILE_LETTERS, file_key, row_ids
from asn_research.clean.questions.open_questions import WAITS
from asn_research.clean.sendback.keepers import keepers
from asn_research.clean.sendback.mends import MENDED
from asn_research.read import RawTable
from asn_research.rules.cities import City
from asn_research.rules.codebooks import load_codebook
from asn_research.rules.periods import Period
from asn_research.rules.reasons import reason_of
from asn_research.rules.words import Words

#: Names for keepers that are not an office of the register.
UNKNOWN, SURVEY = "BELUM-DIKENAL", "SURVEI-PEGAWAI"
_CORRECTED = "correction_"


@dataclass(frozen=True)
class SentRow:
    """One row that is sent back."""

    row_id: str
    origin: str
    is_quarantined: bool
    found_by: dict[str, str]
    cells: dict[str, tuple[str, str]]
    faults: dict[str, list[str]]


@dataclass
class SentSheet:
    """The rows of one source that are sent back to one keeper."""

    source: str
    rows: list[SentRow] = field(default_factory=list)

    @property
    def faulty(self) -> list[str]:
        """The columns to correct, in the order of the codebook; an empty name is a fault of the whole row."""
        named = {name for row in self.rows for name in row.faults}
        order = ["", *load_codebook(self.source).by_name]
        return sorted(named, key=lambda name: (order.index(name) if name in order else len(order), name))

    @property
    def n_quarantined(self) -> int:
        """The number of quarantined rows."""
        return sum(row.is_quarantined for row in self.rows)


def rows_by_keeper(found: CleanedFolder, word: Words, language: str) -> dict[str, list[SentSheet]]:
    """Return the rows to send back, by keeper and source; quarantined rows first."""
    marks = concatenated(
        [r.quarantine.assign(is_quarantined=True) for r in found.cleaned.values()]
        + [r.repairs.assign(is_quarantined=False) for r in found.cleaned.values()]
    )
    marks = marks.loc[~marks["reason"].str.startswith(_CORRECTED) & (marks["reason"] != MENDED)]
    # Rows that wait for an answer are not sent back, because an office cannot correct them.
    marks = marks.loc[~marks["row_id"].isin(marks.loc[marks["reason"] == WAITS, "row_id"])]
    # A row that its office need not look at would send out its NIP for nothing.
    acts = marks["reason"].map(lambda reason: reason_of(str(reason)).needs_action).astype("bool")
    marks = marks.loc[marks["row_id"].isin(marks.loc[acts, "row_id"])]
    rows_of = {str(key): own for key, own in marks.groupby("row_id", sort=False)}
    senders = _senders(found)
    gathered: dict[str, dict[str, SentSheet]] = {}
    needed = set(marks["file"])
    for file in found.files:
        if file.name not in needed:
            continue
        key = file_key(file.key, found.context.pseudonym)
        for table in read_tables(file, found.context.city, found.context.answers).tables:
            ids = row_ids(table, table.rows, found.context.pseudonym).to_pylist()
            for at, row_id in enumerate(ids):
                own = rows_of.get(row_id)
                if own is None:
                    continue
                keeper = _keeper_of(
                    table.source, str(own["unit_id"].iloc[0]), key, senders, found.context.city
                )
                sheet = gathered.setdefault(keeper, {}).setdefault(table.source, SentSheet(table.source))
                sheet.rows.append(_row(table, at, own, found.context.city, word, language))
    for sheets in gathered.values():
        for sheet in sheets.values():
            sheet.rows.sort(key=lambda row: not row.is_quarantined)
    return {keeper: [sheets[s] for s in sorted(sheets)] for keeper, sheets in gathered.items()}


def _keeper_of(source: str, unit: str, key: str, senders: Mapping[str, str], city: City) -> str:
    """Return the keeper of a row: its office, the sender of its file, or `UNKNOWN` with the file's key."""
    kind = keepers()[source].keeper
    if kind == "survey":
        return SURVEY
    office = city.reporting_unit_id(unit) if unit in city.units else ""
    sender = senders.get(key, "")
    if kind == "office":
        return office or sender or f"{UNKNOWN}-{key}"
    # The office that a row is about is not its keeper here, unless the rows are answers to a survey.
    is_survey = keepers()[source].are_answers
    return sender if sender and (is_survey or sender != office) else f"{UNKNOWN}-{key}"


def _senders(found: CleanedFolder) -> dict[str, str]:
    """Return the sender of each file, by its key: the office of nearly all its rows; others are left out."""
    usual = {}
    for result in found.cleaned.values():
        if "reporting_unit_id" not in result.kept or result.kept.empty:
            continue
        files = result.kept["row_id"].str.slice(0, FILE_LETTERS)
        offices = result.kept["reporting_unit_id"].astype("str")
        for key, units in offices.groupby(files):
            counts = units.value_counts()
            if counts.iloc[0] > 0.9 * counts.sum():
                usual[str(key)] = str(counts.index[0])
    return usual


def _row(table: RawTable, at: int, own: pd.DataFrame, city: City, word: Words, language: str) -> SentRow:
    """Return one row of a table as it is sent back: where it stands, its faults, and the cells that may be sent."""
    place = np.array([at])
    sent = {}
    for name, column in table.columns.items():
        cell = column.take(place).used()
        last = int(cell.codes[0])
        sent[name] = (str(cell.texts[last]), str(cell.kinds[last]))
    faults: dict[str, list[str]] = {}
    for mark in own.to_dict("records"):
        reason = reason_of(str(mark["reason"]))
        text = f"{reason.label(language)}. {reason.advice(language)}"
        faults.setdefault(str(mark["column"]), []).append(text)
    keeper = keepers()[table.source]
    code = own["period"].iloc[0]
    known = {"period": Period.parse(code).label(language)} if isinstance(code, str) and code else {}
    unit = str(own["unit_id"].iloc[0])
    if unit in city.units:
        known["unit_id"] = city.units[unit].name
    where = {"file": table.file, "sheet": table.sheet, "row": int(table.rows[at])}
    return SentRow(
        row_id=str(own["row_id"].iloc[0]),
        origin=word("sendback_row_sheet" if table.sheet else "sendback_row", **where),
        is_quarantined=bool(own["is_quarantined"].any()),
        found_by={name: sent.get(name, ("", ""))[0] or known.get(name, "") for name in keeper.found_by},
        cells={
            name: sent.get(name, ("", "")) for name in faults if name and _may_be_sent(table.source, name)
        },
        faults=faults,
    )


def _may_be_sent(source: str, name: str) -> bool:
    """Return whether the text of a cell may be sent back: an answer or a personal text may not."""
    column = load_codebook(source).by_name.get(name)
    if column is None:
        return False
    is_answer = keepers()[source].are_answers and column.type not in {
        "date",
        "period",
        "unit",
        "service",
        "nip",
    }
    return not is_answer and (column.type == "nip" or not column.personal)
