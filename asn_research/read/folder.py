"""A folder of exports: its files with their profiles; each becomes raw tables when it is read."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from asn_research.errors import RawDataError
from asn_research.read.grids import TEXTS, WORKBOOKS
from asn_research.read.guards import printable
from asn_research.read.profiles import SUFFIX, Profile, load_profiles, profiles_for
from asn_research.read.returned import Mend
from asn_research.read.steady import hash_of_file
from asn_research.read.tables import RawTable
from asn_research.read.walk import name_in, refuse_what_is_no_file, walk
from asn_research.rules.reserved import reserved_names
from asn_research.rules.settings_text import read_settings_text
from asn_research.rules.words import worded

#: Names and patterns of files that are no exports, one a line.
IGNORED = "abaikan.txt"
#: What stands beside the exports and is none.
SETTINGS = reserved_names()


@dataclass(frozen=True)
class RawFile:
    """One file of a raw folder, not yet opened.

    Parameters
    ----------
    path : Path
        Where it is.
    name : str
        Its path within the folder: how messages and tables call it.
    hash : str
        First twelve hexadecimal digits of its SHA-256.
    profiles : tuple of Profile
        The source profiles that apply to it.
    copy_no : int
        0; or 1, 2, ... where as many files before it have the same content.
    saved : float
        When it was last saved, in seconds.
    """

    path: Path = field(repr=False)
    name: str
    hash: str
    profiles: tuple[Profile, ...] = ()
    copy_no: int = 0
    saved: float = 0.0

    @property
    def key(self) -> str:
        """What tells its content, and its place among copies, from other files."""
        return f"{self.hash}+{self.copy_no}" if self.copy_no else self.hash


#: What programs and people write into the name of a copy.
_COPY = re.compile(r"\b(?:copy|salinan|kopi|duplikat|backup|cadangan)\b|\(\d+\)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Strange:
    """A file, or a sheet of one, that is left out; the others are read.

    Parameters
    ----------
    file, sheet : str
        Where; the sheet is empty for the file as a whole.
    kind : str
        Why: the word `strange_<kind>` says it.
    detail : str
        What the word fills in; never a person's value.
    told : str
        Of a file that an error refused: the row of `words.csv` and what it fills in, as JSON.
    """

    file: str
    sheet: str
    kind: str
    detail: str = ""
    told: str = ""

    @classmethod
    def refused(cls, file: str, error: RawDataError) -> Strange:
        """Return a file that an error refused."""
        named = {name: str(value) for name, value in error.named.items()}
        return cls(file, "", "unreadable", str(error), json.dumps([error.word, named]))

    @property
    def where(self) -> str:
        """How messages call it."""
        return f"{self.file} [{self.sheet}]" if self.sheet else self.file


@dataclass(frozen=True)
class FileTables:
    """What a file holds.

    Parameters
    ----------
    tables : tuple of RawTable
        In order of sheet and row.
    passed_over : tuple of str
        Sheets that hold no table of any source.
    strange : tuple of Strange
        What could not be read, and why.
    mends : tuple of Mend
        What an office has mended, if the file is a send-back workbook.
    """

    tables: tuple[RawTable, ...]
    passed_over: tuple[str, ...] = ()
    strange: tuple[Strange, ...] = ()
    mends: tuple[Mend, ...] = ()


def find_raw_files(folder: Path) -> list[Path]:
    """Return the spreadsheets and text tables in a folder and below, sorted.

    Names that start with ``_``, ``.`` or ``~$`` and settings are passed over.

    Raises
    ------
    RawDataError
        If the folder is not there or may not be opened, or holds what cannot be read.
    """
    if not folder.is_dir():
        raise worded(RawDataError, "error_no_folder", folder=folder.name)
    if not os.access(folder, os.R_OK | os.X_OK):
        raise worded(RawDataError, "error_folder_closed", folder=folder.name)
    for name in SETTINGS:
        if os.path.lexists(folder / name):
            refuse_what_is_no_file(folder / name, folder)
    found = []
    ignored = _ignored(folder)
    for path in walk(folder):
        if path.parent == folder and path.name in SETTINGS:
            continue
        _refuse_misplaced(path, folder)
        if path.suffix.lower() in WORKBOOKS | TEXTS and not _is_ignored(path, folder, ignored):
            refuse_what_is_no_file(path, folder)
            found.append(path)
    return found


def _is_ignored(path: Path, folder: Path, ignored: Sequence[str]) -> bool:
    within = path.relative_to(folder).as_posix()
    return any(name in {path.name, within} or fnmatch(path.name, name) for name in ignored)


def _ignored(folder: Path) -> list[str]:
    """Return the names and patterns that a person wrote into `abaikan.txt`."""
    try:
        lines = read_settings_text(folder / IGNORED).splitlines()
    except FileNotFoundError:
        return []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _refuse_misplaced(path: Path, folder: Path) -> None:
    """Refuse settings that would count for nothing where they stand, or as they are called."""
    if path.name in SETTINGS:
        raise worded(RawDataError, "error_misplaced_setting", where=name_in(path, folder), path=path.name)
    if path.suffix.lower() == ".yml" and (
        f"{path.stem}.yaml" in SETTINGS or f"{path.stem}.yaml".endswith(SUFFIX)
    ):
        raise worded(RawDataError, "error_yml", where=name_in(path, folder), stem=printable(path.stem))


def list_raw_files(folder: Path) -> tuple[RawFile, ...]:
    """List a folder's files, each with its content's hash and its profiles.

    Raises
    ------
    RawDataError
        If there is no file, or one or a profile cannot be read.
    """
    files = find_raw_files(folder)
    if not files:
        raise worded(RawDataError, "error_no_files", folder=folder.name)
    profiles = load_profiles(folder)
    found: list[RawFile] = []
    n_same: Counter[str] = Counter()
    names: Counter[str] = Counter()
    # Of files with one content, that which is not called a copy is read.
    for path in sorted(files, key=lambda file: bool(_COPY.search(file.stem))):
        name = name_in(path, folder)
        names[name] += 1
        if names[name] > 1:  # names that differ only in what cannot be printed
            name = f"{name} ({names[name]})"
        content = hash_of_file(path, name)
        own = tuple(profiles_for(path, profiles))
        found.append(RawFile(path, name, content, own, n_same[content], path.stat().st_mtime))
        n_same[content] += 1
    order = {path: at for at, path in enumerate(files)}
    return tuple(sorted(found, key=lambda file: order[file.path]))


def refuse_mixture(simulated: set[str], real: set[str]) -> None:
    """Refuse a folder in which simulated files stand beside others.

    Raises
    ------
    RawDataError
        Naming one of each.
    """
    if simulated and real:
        raise worded(RawDataError, "error_mixture", simulated=min(simulated), real=min(real))
