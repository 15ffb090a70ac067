"""Find a file or row by its key; this needs the raw files and the project's key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asn_research.clean.inspect.recognition import read_tables
from asn_research.clean.privacy.identity import Pseudonyms
from asn_research.clean.privacy.row_keys import FILE_LETTERS, file_key, row_ids
from asn_research.clean.questions.question_workbook import load_answers
from asn_research.errors import RequestError
from asn_research.read import RawFile, list_raw_files
from asn_research.read.city_form import city_of
from asn_research.rules.words import worded


@dataclass(frozen=True)
class Origin:
    """The place of a file or row in a raw folder.

    Parameters
    ----------
    file : str
        The path of the file, relative to the raw folder.
    sheet : str
        The sheet; empty for a file, and for a row of a text table.
    row : int
        The row number in the sheet, from 1; 0 for a file.
    """

    file: str
    sheet: str = ""
    row: int = 0


def locate(raw: Path, keys: Sequence[str], pseudonym: Pseudonyms) -> dict[str, Origin]:
    """Find files and rows of a raw folder by their keys; keys that do not exist any more are left out.

    Parameters
    ----------
    raw : Path
        The folder of exports.
    keys : sequence of str
        Keys of files or rows.
    pseudonym : Pseudonyms
        The project's key.

    Returns
    -------
    dict of str to Origin
        The place by key.
    """
    wanted: dict[str, set[str]] = {}
    for key in keys:
        wanted.setdefault(key[:FILE_LETTERS], set()).add(key)
    found: dict[str, Origin] = {}
    for file in list_raw_files(raw):
        own = wanted.get(file_key(file.key, pseudonym), set())
        if file_key(file.key, pseudonym) in own:
            found[file_key(file.key, pseudonym)] = Origin(file.name)
        if any(len(key) > FILE_LETTERS for key in own):
            found |= _rows_in(file, raw, own, pseudonym)
    return found


def _rows_in(file: RawFile, raw: Path, wanted: set[str], pseudonym: Pseudonyms) -> dict[str, Origin]:
    found = {}
    for table in read_tables(file, city_of(raw), load_answers(raw)).tables:
        for key, row in zip(row_ids(table, table.rows, pseudonym).to_pylist(), table.rows, strict=True):
            if key in wanted:
                found[key] = Origin(file.name, table.sheet, int(row))
    return found


def find_origin(raw: Path, key: str, pseudonym: Pseudonyms) -> Origin:
    """Find one file or row by its key.

    Raises
    ------
    RequestError
        If no file or row in the folder has this key.
    """
    found = locate(raw, [key], pseudonym).get(key)
    if found is None:
        raise worded(RequestError, "error_no_row", key=key[:32], folder=raw.name)
    return found
