"""Send faulty rows back: a workbook for each keeper with the cells to correct and the reasons, and a letter.

A workbook has the cells to correct and the columns by which the keeper finds the row in its own records, and
nothing else: no answers, no texts of complaints, no scores. When the filled-in workbook is put into the raw
folder, `clean` writes its cells into the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from asn_research.clean.cache import FileCache
from asn_research.clean.cleaning import clean_in_memory
from asn_research.clean.new_tables import CleanedFolder
from asn_research.clean.privacy.identity import Pseudonyms, load_key
from asn_research.clean.questions.unit_review import FOLDER
from asn_research.clean.sendback.letters import Letter, letter_bytes
from asn_research.clean.sendback.sendback_workbook import workbook_bytes
from asn_research.clean.sendback.sent_rows import SURVEY, SentSheet, rows_by_keeper
from asn_research.clock import this_day
from asn_research.errors import RawDataError
from asn_research.read import list_raw_files
from asn_research.rules.cities import City
from asn_research.rules.words import Words, load_words, worded
from asn_research.storage import digest_of, within, write_whole

#: The number of days until an answer is due.
DUE_DAYS = 14


@dataclass(frozen=True)
class SentBack:
    """The written files.

    Parameters
    ----------
    files : dict of Path to int
        The workbooks, with their numbers of rows.
    letters : tuple of Path
        The covering letter of each workbook.
    """

    files: dict[Path, int]
    letters: tuple[Path, ...] = ()


def send_back(
    raw: Path | str, out: Path | str | None = None, *, processed: Path | str | None = None,
    key_file: Path | None = None, language: str = "id", today: date | None = None, due: date | None = None,
) -> SentBack:  # fmt: skip
    """Write a workbook for each keeper with its quarantined and repaired rows, and a covering letter.

    A workbook that exists already is not overwritten, because the office may have begun to fill it in.

    Parameters
    ----------
    raw : Path or str
        The folder of exports.
    out : Path or str, optional
        The folder for the workbooks; by default ``_perbaikan`` in the raw folder, which is not read as raw
        data.
    processed : Path or str, optional
        The processed folder; its cache is used for unchanged files.
    key_file : Path, optional
        The file with the pseudonym key.
    language : str
        ``id`` or ``en``; the headings are always those of the codebooks.
    today : date, optional
        The day of cleaning; by default the present day.
    due : date, optional
        The deadline for the answer; by default `DUE_DAYS` after today, moved to Monday if on a weekend.

    Returns
    -------
    SentBack

    Raises
    ------
    RawDataError
        If a file cannot be read, or a workbook cannot be written.
    """
    raw = Path(raw)
    folder = Path(out) if out is not None else raw / FOLDER
    key, _ = load_key(key_file)
    pseudonym = Pseudonyms(key)
    today = today or this_day()
    cache = FileCache(Path(processed), pseudonym) if processed else None
    found = clean_in_memory(raw, list_raw_files(raw), pseudonym, cache, today=today)
    word = load_words(language)
    files: dict[Path, int] = {}
    letters: list[Path] = []
    try:
        for keeper, sheets in sorted(rows_by_keeper(found, word, language).items()):
            place = within(folder, _name(keeper, sheets))
            letter = within(folder, place.name.replace("perbaikan_", "surat_").replace(".xlsx", ".docx"))
            # An existing workbook is kept, because the office may have begun to fill it in.
            if not place.exists():
                write_whole(
                    place, workbook_bytes(_keeper_name(keeper, found.context.city, word), sheets, found, word)
                )
                write_whole(
                    letter, letter_bytes(_letter(keeper, sheets, place, found, (today, due)), language)
                )
            files[place] = sum(len(sheet.rows) for sheet in sheets)
            letters.append(letter)
    except OSError as error:
        raise worded(
            RawDataError, "error_sendback_unwritten", folder=folder.name, reason=error.strerror
        ) from error
    return SentBack(files, tuple(letters))


def _name(keeper: str, sheets: Sequence[SentSheet]) -> str:
    """Return the name of a keeper's workbook; other rows give another name, so that nothing is overwritten."""
    keys = "|".join(row.row_id for sheet in sheets for row in sheet.rows)
    return f"perbaikan_{keeper}_{digest_of(keys)[:6]}.xlsx"


def _keeper_name(keeper: str, city: City, word: Words) -> str:
    if keeper in city.units:
        return city.units[keeper].name
    return word("sendback_survey") if keeper == SURVEY else word("sendback_unknown")


def _letter(
    keeper: str,
    sheets: Sequence[SentSheet],
    place: Path,
    found: CleanedFolder,
    days: tuple[date, date | None],
) -> Letter:
    """Return what the covering letter of a keeper's workbook says: who writes, to whom, how many rows, and until when.

    For each source it counts the rows that are quarantined, and the other rows, which were repaired. `days` are the
    present day and the deadline; without a deadline it is the default one.
    """
    today, due = days
    city = found.context.city
    return Letter(
        government=city.facts.government,
        bureau=city.facts.organisation_bureau,
        keeper=keeper if keeper not in city.units else city.units[keeper].name,
        is_office=keeper in city.units,
        workbook=place.name,
        counts=tuple(
            (sheet.source, sheet.n_quarantined, len(sheet.rows) - sheet.n_quarantined) for sheet in sheets
        ),
        place_of_signing=city.facts.signed_at,
        today=today,
        due=due or _due(today),
        is_simulated=found.is_simulated,
    )


def _due(today: date) -> date:
    """Return the default deadline; a Saturday or Sunday is moved to Monday."""
    day = today + timedelta(days=DUE_DAYS)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
