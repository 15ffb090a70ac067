"""Unit names that the register does not have go to a review file; what a person decides there counts."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pandas as pd

from asn_research.clean.units import MISSPELT, UNKNOWN_UNIT, UnitNames
from asn_research.errors import RawDataError, RuleError
from asn_research.memory import write_whole
from asn_research.rules.cities import City
from asn_research.rules.settings_text import read_settings_text, table_rows
from asn_research.rules.words import load_words

FILE = "unit_names.csv"
#: Below the raw folder, and not read with it: what offices, or the user, have to look through.
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
    """Write the review file beside the raw data: it holds what offices wrote, names of people included.

    Parameters
    ----------
    raw : Path
        The raw folder.
    quarantine, repairs : pd.DataFrame
        The records of cleaning: unknown names, and names that were taken for a misspelt one.
    units : UnitNames
        The register's spellings.
    language : str
        Of what is said.

    Returns
    -------
    str
        What to tell the user; empty if there is nothing to review.
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
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def load_decisions(raw: Path, city: City) -> Mapping[str, str]:
    """Return the reviewed spellings with their units, from ``unit_names.csv`` in the raw folder.

    Raises
    ------
    RawDataError
        If the file cannot be read as a table, a decision names a unit that there is not, or two
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
            msg = f"{FILE}: the columns spelling and decision are needed. Copy the review file anew from the folder _perbaikan."
            raise RawDataError(msg)
        decision = row["decision"].strip()
        unit = row.get("proposal", "").strip() if decision.casefold() in _YES else decision.upper()
        if not decision or decision.casefold() in {"tidak", "no", "n"}:
            continue
        if unit not in city.units:
            msg = f"{FILE}, row {number}: there is no unit '{unit}' in the register. Write ya, tidak or a unit's id."
            raise RawDataError(msg)
        spelling = row["spelling"].strip().lstrip("'")
        if decided.setdefault(spelling, unit) != unit:
            msg = f"{FILE}, row {number}: an earlier row decides the same spelling otherwise. Delete one of the two."
            raise RawDataError(msg)
    return decided
