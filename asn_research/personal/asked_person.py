"""Whom a sheet is asked for: the number typed at a prompt or in a private list, and the name in the raw register.

A number is never taken from the command line, because other users can read the arguments of a running program.
"""

from __future__ import annotations

import getpass
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from asn_research.clean.inspect.recognition import read_tables
from asn_research.clean.privacy.identity import NipRegister, read_nip
from asn_research.clean.questions.question_workbook import load_answers
from asn_research.errors import RequestError
from asn_research.personal.sheet_text import Addressee
from asn_research.read import RawFile, RawTable, list_raw_files
from asn_research.read.cells import TEXT
from asn_research.rules.cities import City
from asn_research.rules.words import load_words, worded

_SEPARATORS = (";", "\t", ",")
#: Words in the path of a file that usually holds the register of staff; such files are opened first.
_LIKELY = ("pegawai", "simpeg", "siasn", "asn", "staf")
_SOURCE = "employees"


@dataclass(frozen=True)
class Asked:
    """One person whose sheet is asked for.

    Parameters
    ----------
    nip : str
        The number.
    received : date or None
        The day on which the person received the result.
    place : int
        The line of the list; 0 if the number was typed.
    """

    nip: str = field(repr=False)
    received: date | None = None
    place: int = 0


def ask_at_prompt(language: str, received: date | None) -> Asked:
    """Ask for a number at the terminal, without showing it.

    Raises
    ------
    RequestError
        If there is no terminal, or the number is not a possible NIP. The message does not repeat the number.
    """
    if not sys.stdin.isatty():
        raise worded(RequestError, "error_sheet_no_terminal")
    typed = getpass.getpass(load_words(language)("sheet_prompt"))
    nip = _checked(typed)
    if nip is None:
        raise worded(RequestError, "error_sheet_number")
    return Asked(nip, received)


def read_list(place: Path) -> list[Asked]:
    """Read a private list: one number on each line, and after a semicolon the day of receipt, if it is known.

    Empty lines and lines that start with ``#`` are skipped.

    Parameters
    ----------
    place : Path
        The list; only its owner may be able to read it.

    Raises
    ------
    RequestError
        If the list cannot be read, can be read by others, is empty, or has a line without a possible NIP or with
        an unreadable day. The message names the line, never its content.
    """
    try:
        status = place.stat()
        text = place.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise worded(RequestError, "error_sheet_list_unread") from None
    if sys.platform != "win32" and status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise worded(RequestError, "error_sheet_list_open")
    found = [
        _asked_in(line, number)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not found:
        raise worded(RequestError, "error_sheet_list_empty")
    # A person named twice gets one sheet.
    return list({each.nip: each for each in found}.values())


def _asked_in(line: str, number: int) -> Asked:
    parts = [line]
    for separator in _SEPARATORS:
        if separator in line:
            parts = [part.strip() for part in line.split(separator)]
            break
    nip = _checked(parts[0])
    if nip is None:
        raise worded(RequestError, "error_sheet_list_number", line=number)
    day = None
    if len(parts) > 1 and parts[1]:
        try:
            day = date.fromisoformat(parts[1])
        except ValueError:
            raise worded(RequestError, "error_sheet_list_day", line=number) from None
    return Asked(nip, day, number)


def _checked(text: str) -> str | None:
    return read_nip(text.strip(), TEXT, NipRegister()).digits


def addressees_of(raw: Path, city: City, asked: Iterable[Asked]) -> dict[str, Addressee]:
    """Return the people with these numbers, as the raw register of staff names them.

    Files are opened one after the other until all people are found; nothing else of them is kept.

    Parameters
    ----------
    raw : Path
        The folder of exports.
    city : City
        The register of units.
    asked : iterable of Asked
        The people.

    Returns
    -------
    dict of str to Addressee
        By number, those who stand in a register.

    Raises
    ------
    RequestError
        If no file in the folder is a register of staff.
    """
    wanted = {each.nip for each in asked}
    found: dict[str, Addressee] = {}
    has_register = False
    answers = load_answers(raw)
    for file in sorted(_files(raw), key=_unlikely):
        if wanted <= set(found):
            break
        for table in read_tables(file, city, answers).tables:
            if table.source == _SOURCE:
                has_register = True
                found |= _people_in(table, wanted - set(found))
    if not has_register:
        raise worded(RequestError, "error_sheet_no_register")
    return found


def _files(raw: Path) -> list[RawFile]:
    return list(list_raw_files(raw)) if raw.is_dir() else []


def _unlikely(file: RawFile) -> tuple[bool, str]:
    return not any(word in file.name.casefold() for word in _LIKELY), file.name


def _people_in(table: RawTable, wanted: set[str]) -> dict[str, Addressee]:
    """Return the wanted people in a register. A damaged number counts only if it fits one number of the register."""
    numbers, names = table.columns.get("person_id"), table.columns.get("_name")
    if numbers is None or not wanted:
        return {}
    cells = [(str(text), str(kind)) for text, kind in zip(numbers.texts, numbers.kinds, strict=True)]
    whole = [read_nip(*cell, NipRegister()).digits for cell in cells]
    register = NipRegister.of(number for number in whole if number)
    read = [number or read_nip(*cell, register).digits for number, cell in zip(whole, cells, strict=True)]
    found = {}
    for row, code in enumerate(numbers.codes):
        nip = read[int(code)]
        if nip in wanted:
            name = "" if names is None else str(names.texts[int(names.codes[row])]).strip()
            found[nip] = Addressee(name, nip)
    return found
