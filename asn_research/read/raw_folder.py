"""List the files in a folder of exports, with their profiles; and the types for the content of a file."""

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
from asn_research.read.file_guards import printable
from asn_research.read.grids import TEXTS, WORKBOOKS
from asn_research.read.profiles import SUFFIX, Profile, load_profiles, profiles_for
from asn_research.read.returned import Mend
from asn_research.read.sheet_tables import RawTable
from asn_research.read.steady import hash_of_file
from asn_research.read.walk import name_in, refuse_what_is_no_file, walk
from asn_research.rules.reserved import reserved_names
from asn_research.rules.settings_text import read_settings_text
from asn_research.rules.words import worded

#: A file in which a user lists names and patterns of files that are not exports, one per line.
IGNORED = "abaikan.txt"
#: The file names in a raw folder that are settings, not exports.
SETTINGS = reserved_names()


@dataclass(frozen=True)
class RawFile:
    """One file of a raw folder, not yet parsed.

    Parameters
    ----------
    path : Path
        The path of the file.
    name : str
        Its path relative to the folder; messages and tables use this name.
    hash : str
        First twelve hexadecimal digits of its SHA-256.
    profiles : tuple of Profile
        The source profiles that apply to it.
    copy_no : int
        The number of files before it with the same content; 0 for the file that is read.
    saved : float
        The time of its last change, in seconds since 1970.
    """

    path: Path = field(repr=False)
    name: str
    hash: str
    profiles: tuple[Profile, ...] = ()
    copy_no: int = 0
    saved: float = 0.0

    @property
    def key(self) -> str:
        """The identifier of the file: the hash of its content, and its number among copies."""
        return f"{self.hash}+{self.copy_no}" if self.copy_no else self.hash


#: Words that programs and people write into the file name of a copy.
_COPY = re.compile(r"\b(?:copy|salinan|kopi|duplikat|backup|cadangan)\b|\(\d+\)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Strange:
    """A file or sheet that is not read, and the reason.

    Parameters
    ----------
    file, sheet : str
        The file and the sheet; the sheet is empty if the whole file is not read.
    kind : str
        The reason. Its text is the word `strange_<kind>` of `words.csv`.
    detail : str
        The value to fill into that text; never a value of a person.
    worded_error : str
        If reading raised an error: the row of `words.csv` and its values, as JSON.
    """

    file: str
    sheet: str
    kind: str
    detail: str = ""
    worded_error: str = ""

    @classmethod
    def refused(cls, file: str, error: RawDataError) -> Strange:
        """Return the entry of a file that an error made unreadable."""
        named = {name: str(value) for name, value in error.named.items()}
        return cls(file, "", "unreadable", str(error), json.dumps([error.word, named]))

    @property
    def where(self) -> str:
        """The name of the file or sheet in messages."""
        return f"{self.file} [{self.sheet}]" if self.sheet else self.file


@dataclass(frozen=True)
class FileTables:
    """The content of a file.

    Parameters
    ----------
    tables : tuple of RawTable
        The tables, in the order of sheets and rows.
    passed_over : tuple of str
        The sheets without a table of any source.
    strange : tuple of Strange
        The sheets that could not be read, with the reasons.
    mends : tuple of Mend
        The corrections by an office, if the file is a returned send-back workbook.
    """

    tables: tuple[RawTable, ...]
    passed_over: tuple[str, ...] = ()
    strange: tuple[Strange, ...] = ()
    mends: tuple[Mend, ...] = ()


def find_raw_files(folder: Path) -> list[Path]:
    """Return the spreadsheets and text tables in a folder and its subfolders, sorted.

    Names that start with ``_``, ``.`` or ``~$`` are skipped. So are settings, and the files that
    `abaikan.txt` lists.

    Raises
    ------
    RawDataError
        If the folder does not exist or cannot be opened, or an entry is not a regular file, or a settings
        file is in a subfolder or has the wrong ending.
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
    """Return the names and patterns listed in `abaikan.txt`; empty if there is no such file."""
    try:
        lines = read_settings_text(folder / IGNORED).splitlines()
    except FileNotFoundError:
        return []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _refuse_misplaced(path: Path, folder: Path) -> None:
    """Refuse a settings file that would be ignored: one in a subfolder, or one ending in ``.yml``."""
    if path.name in SETTINGS:
        raise worded(RawDataError, "error_misplaced_setting", where=name_in(path, folder), path=path.name)
    if path.suffix.lower() == ".yml" and (
        f"{path.stem}.yaml" in SETTINGS or f"{path.stem}.yaml".endswith(SUFFIX)
    ):
        raise worded(RawDataError, "error_yml", where=name_in(path, folder), stem=printable(path.stem))


def list_raw_files(folder: Path) -> tuple[RawFile, ...]:
    """List the files of a folder, each with the hash of its content and its profiles.

    Raises
    ------
    RawDataError
        If there is no file, or a file or a profile cannot be read.
    """
    files = find_raw_files(folder)
    if not files:
        raise worded(RawDataError, "error_no_files", folder=folder.name)
    profiles = load_profiles(folder)
    found: list[RawFile] = []
    n_same: Counter[str] = Counter()
    names: Counter[str] = Counter()
    # Of several files with the same content, the first in this order is read: one not named like a copy.
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
    """Refuse a folder that has both simulated and real files.

    Parameters
    ----------
    simulated, real : set of str
        The names of the files of each sort.

    Raises
    ------
    RawDataError
        If neither set is empty; the message names one file of each.
    """
    if simulated and real:
        raise worded(RawDataError, "error_mixture", simulated=min(simulated), real=min(real))
