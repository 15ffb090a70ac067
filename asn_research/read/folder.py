"""A folder of exports: its files with their profiles; each becomes raw tables when it is read."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from asn_research.errors import RawDataError
from asn_research.read.grids import TEXTS, WORKBOOKS
from asn_research.read.guards import printable
from asn_research.read.profiles import SUFFIX, Profile, load_profiles, profiles_for
from asn_research.read.tables import RawTable
from asn_research.rules.reserved import reserved_names

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
        """What its rows' `row_id` begins with."""
        return f"{self.hash}+{self.copy_no}" if self.copy_no else self.hash


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
    """

    file: str
    sheet: str
    kind: str
    detail: str = ""

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
    """

    tables: tuple[RawTable, ...]
    passed_over: tuple[str, ...] = ()
    strange: tuple[Strange, ...] = ()


def find_raw_files(folder: Path) -> list[Path]:
    """Return the spreadsheets and text tables in a folder and below, sorted.

    Names that start with ``_``, ``.`` or ``~$`` and settings are passed over.

    Raises
    ------
    RawDataError
        If the folder is not there or may not be opened.
    """
    if not folder.is_dir():
        msg = f"There is no folder {folder.name}. Name the folder of raw exports with --raw."
        raise RawDataError(msg)
    if not os.access(folder, os.R_OK | os.X_OK):
        msg = f"The folder {folder.name} may not be opened. Ask for permission to read it, or copy it."
        raise RawDataError(msg)
    found = []
    ignored = _ignored(folder)
    for place, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith(("_", ".")))
        for name in sorted(files):
            if name.startswith(("_", ".", "~$")) or name in SETTINGS or name.endswith(SUFFIX):
                continue
            if any(fnmatch(name, pattern) for pattern in ignored):
                continue
            if Path(name).suffix.lower() in WORKBOOKS | TEXTS:
                found.append(Path(place) / name)
    return found


def _ignored(folder: Path) -> list[str]:
    """Return the names and patterns that a person wrote into `abaikan.txt`."""
    place = folder / IGNORED
    if not place.is_file():
        return []
    try:
        lines = place.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{IGNORED}: this file cannot be read. Write one name of a file a line, and save it as text (UTF-8)."
        raise RawDataError(msg) from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _refuse(error: OSError) -> None:
    name = Path(error.filename or "").name
    msg = f"The folder {name} may not be opened. Ask for permission to read it, or take it out."
    raise RawDataError(msg)


def list_raw_files(folder: Path) -> tuple[RawFile, ...]:
    """List a folder's files, each with its content's hash and its profiles.

    Raises
    ------
    RawDataError
        If there is no file, or one or a profile cannot be read.
    """
    files = find_raw_files(folder)
    if not files:
        msg = (
            f"There is no spreadsheet in {folder.name}. Copy the offices' exports there, or make a "
            f"simulated city: asn-research simulate --out {folder.name}"
        )
        raise RawDataError(msg)
    profiles = load_profiles(folder)
    found: list[RawFile] = []
    n_same: Counter[str] = Counter()
    for path in files:
        name = printable(path.relative_to(folder).as_posix())
        content = _hash(path, name)
        own = tuple(profiles_for(path, profiles))
        found.append(RawFile(path, name, content, own, n_same[content], path.stat().st_mtime))
        n_same[content] += 1
    return tuple(found)


def _hash(path: Path, name: str) -> str:
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()[:12]
    except OSError as error:
        msg = (
            f"{name}: this file cannot be opened ({error.strerror}). Check its permissions, or copy it anew."
        )
        raise RawDataError(msg) from None


def refuse_mixture(simulated: set[str], real: set[str]) -> None:
    """Refuse a folder in which simulated files stand beside others.

    Raises
    ------
    RawDataError
        Naming one of each.
    """
    if simulated and real:
        msg = (
            f"Simulated and other files stand side by side ({min(simulated)} and {min(real)}). "
            "Delete the simulated files, or move yours to a folder of their own and name it with --raw."
        )
        raise RawDataError(msg)
