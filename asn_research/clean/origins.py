"""Where a file or a row is, found by its key; only on a machine that has the raw files and the project's key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asn_research.clean.identity import Pseudonyms
from asn_research.clean.questions import load_answers
from asn_research.clean.recognition import read_tables
from asn_research.clean.row_keys import FILE_LETTERS, file_key, row_ids
from asn_research.errors import RequestError
from asn_research.read import RawFile, list_raw_files
from asn_research.read.city_form import city_of
from asn_research.rules.words import worded


@dataclass(frozen=True)
class Origin:
    """Where a file or row of a raw folder is.

    Parameters
    ----------
    file : str
        The file's name in the raw folder.
    sheet : str
        The sheet, where the workbook has any; empty for a file.
    row : int
        The row's number; 0 for a file.
    """

    file: str
    sheet: str = ""
    row: int = 0


def locate(raw: Path, keys: Sequence[str], pseudonym: Pseudonyms) -> dict[str, Origin]:
    """Find the files and rows of a raw folder by their keys; what is not there any more is left out.

    Parameters
    ----------
    raw : Path
        The exports.
    keys : sequence of str
        Keys of files or rows.
    pseudonym : Pseudonyms
        The project's key.
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
        If no file of the folder has it.
    """
    found = locate(raw, [key], pseudonym).get(key)
    if found is None:
        raise worded(RequestError, "error_no_row", key=key[:32], folder=raw.name)
    return found
