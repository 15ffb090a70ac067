"""Write unknown unit names to a review file, and read the decisions that a person made in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pandas as pd

from asn_research.clean.steps.units import MISSPELT, UNKNOWN_UNIT, UnitNames
from asn_research.errors import RawDataError, RequestError, RuleError
from asn_research.read.city_form import city_of
from asn_research.rules.cities import City
from asn_research.rules.settings_text import read_settings_text, table_rows
from asn_research.rules.words import load_words, worded
from asn_research.storage import digest_of, write_whole

FILE = "unit_names.csv"
#: The subfolder of the raw folder for files that offices or the user must check; it is not read as raw data.
FOLDER = "_perbaikan"
_YES = {"ya", "yes", "y"}
_COLUMNS = {
    "en": ["spelling", "n_rows", "taken_as", "proposal", "proposal_name", "likeness", "decision"],
    "id": ["ejaan", "jumlah_baris", "dianggap", "usulan", "nama_usulan", "kemiripan", "keputusan"],
}
_IN_ENGLISH = dict(zip(_COLUMNS["id"], _COLUMNS["en"], strict=True))


def write_unit_review(
    raw: Path, quarantine: pd.DataFrame, repairs: pd.DataFrame, units: UnitNames, language: str = "id"
) -> str:
    """Write the review file into the raw folder. It may contain names of people, so it must stay there.

    Parameters
    ----------
    raw : Path
        The raw folder.
    quarantine, repairs : pd.DataFrame
        The records of cleaning, with the unknown names and the repaired misspelt names.
    units : UnitNames
        The spellings of the register.
    language : str
        The language of the message and the headings.

    Returns
    -------
    str
        A message for the user; empty if there is nothing to review.
    """
    rows = []
    for frame, reason, taken in ((quarantine, UNKNOWN_UNIT, False), (repairs, MISSPELT, True)):
        chosen = frame.loc[(frame["reason"] == reason) & (frame["column"] == "unit_id"), "old_value"]
        for spelling, n in chosen.value_counts().sort_index().items():
            near = units.propose(str(spelling))
            best, score = near[0] if near else ("", 0.0)
            name = units.city.units[best].name if best else ""
            rows.append(
                [
                    _inert(str(spelling)),
                    n,
                    best if taken else "",
                    best,
                    name,
                    round(score),
                    "ya" if taken else "",
                ]
            )
    place = raw / FOLDER / FILE
    if not rows:
        with suppress(OSError):
            place.unlink(missing_ok=True)
        return ""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS[language])
    writer.writerows(rows)
    try:
        write_whole(place, ("\ufeff" + text.getvalue()).encode())
    except OSError:
        return load_words(language)("unit_review_unwritten", n=len(rows), folder=f"{raw.name}/{FOLDER}")
    n_open = sum(1 for row in rows if not row[-1])
    n_rows = sum(int(str(row[1])) for row in rows if not row[-1])
    return load_words(language)(
        "unit_review", n=len(rows), n_open=n_open, rows=n_rows, file=FILE, folder=f"{raw.name}/{FOLDER}"
    )


def _inert(text: str) -> str:
    """Return a text with an apostrophe before it, if a spreadsheet could execute it as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def key_of_spelling(spelling: str) -> str:
    """Return a short key of a spelling, by which a page names it without showing it."""
    return digest_of("spelling", spelling.lstrip("'"))[:12]


def read_review(raw: Path) -> list[dict[str, str]]:
    """Return the rows of the review file, by its English headings; empty if there is none."""
    try:
        text = (raw / FOLDER / FILE).read_text(encoding="utf-8-sig")
    except OSError:
        return []
    return [dict(zip(_COLUMNS["en"], row, strict=False)) for row in [*csv.reader(io.StringIO(text))][1:]]


def set_decision(raw: Path, key: str, unit: str) -> None:
    """Write the decision about one spelling of the review file into ``unit_names.csv`` in the raw folder.

    Parameters
    ----------
    raw : Path
        The raw folder.
    key : str
        The key of the spelling; see `key_of_spelling`.
    unit : str
        The id of a unit, or ``tidak`` if the name is no unit.

    Raises
    ------
    RequestError
        If the review has no such spelling.
    RawDataError
        If the unit does not exist.
    """
    row = next((row for row in read_review(raw) if key_of_spelling(row["spelling"]) == key), None)
    if row is None:
        raise worded(RequestError, "error_unit_review_gone")
    city = city_of(raw)
    if unit != "tidak" and unit not in city.units:
        raise worded(RawDataError, "error_unit_review_unit", unit=unit)
    kept = [each for each in decisions_in(raw) if key_of_spelling(each[0]) != key]
    _write_decisions(raw, [*kept, (row["spelling"], row["proposal"], unit)])


def remove_decision(raw: Path, key: str) -> None:
    """Remove the decision about one spelling from ``unit_names.csv`` in the raw folder.

    Parameters
    ----------
    raw : Path
        The raw folder.
    key : str
        The key of the spelling; see `key_of_spelling`.
    """
    _write_decisions(raw, [each for each in decisions_in(raw) if key_of_spelling(each[0]) != key])


def decisions_in(raw: Path) -> list[tuple[str, str, str]]:
    """Return the rows of ``unit_names.csv`` in the raw folder: spelling, proposed unit, decision."""
    place = raw / FILE
    if not place.is_file():
        return []
    rows = []
    for _, written in table_rows(read_settings_text(place), FILE):
        row = {_IN_ENGLISH.get(name, name): cell for name, cell in written.items()}
        rows.append((row.get("spelling", ""), row.get("proposal", ""), row.get("decision", "")))
    return rows


def _write_decisions(raw: Path, rows: list[tuple[str, str, str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([("ejaan", "usulan", "keputusan"), *rows])
    if rows:
        write_whole(raw / FILE, ("\ufeff" + text.getvalue()).encode())
    else:
        (raw / FILE).unlink(missing_ok=True)


def load_decisions(raw: Path, city: City) -> Mapping[str, str]:
    """Return the reviewed spellings with their unit ids, from ``unit_names.csv`` in the raw folder.

    Raises
    ------
    RawDataError
        If the file cannot be read as a table, a decision names a unit that does not exist, or two decisions
        contradict each other.
    """
    place = raw / FILE
    if not place.is_file():
        return {}
    decided: dict[str, str] = {}
    try:
        rows = list(table_rows(read_settings_text(place), FILE))
    except RuleError as error:
        raise RawDataError(str(error)) from None
    for number, written in rows:
        row = {_IN_ENGLISH.get(name, name): cell for name, cell in written.items()}
        if "spelling" not in row or "decision" not in row:
            raise worded(RawDataError, "error_review_columns", file=FILE)
        decision = row["decision"].strip()
        unit = row.get("proposal", "").strip() if decision.casefold() in _YES else decision.upper()
        if not decision or decision.casefold() in {"tidak", "no", "n"}:
            continue
        if unit not in city.units:
            raise worded(RawDataError, "error_review_unit", file=FILE, row=number, unit=unit)
        spelling = row["spelling"].strip().lstrip("'")
        if decided.setdefault(spelling, unit) != unit:
            raise worded(RawDataError, "error_review_twice", file=FILE, row=number)
    return decided
