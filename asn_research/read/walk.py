"""Walk through a raw folder: enter each linked folder once, and refuse entries that are not files."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from asn_research.errors import RawDataError
from asn_research.read.file_guards import printable
from asn_research.read.steady import refuse_unopened
from asn_research.rules.words import worded


def walk(folder: Path) -> list[Path]:
    """Return all entries in a folder and its subfolders that are not folders.

    The entries of a folder come before those of its subfolders, sorted by name. Names that start with ``_``,
    ``.`` or ``~$`` are skipped.

    Raises
    ------
    RawDataError
        If a folder cannot be opened, or a link leads back to a folder that contains it.
    """
    found: list[Path] = []
    waiting = [folder]
    entered: set[Path] = set()
    while waiting:
        folders = []
        for entry in _entries(waiting.pop()):
            path = Path(entry.path)
            if entry.name.startswith(("_", ".", "~$")):
                continue
            if not _is_folder(entry):
                found.append(path)
            elif not entry.is_symlink() or _must_enter(path, folder, entered):
                folders.append(path)
        waiting += reversed(folders)
    return found


def name_in(path: Path, folder: Path) -> str:
    """Return the name of a file in messages and tables: its path in the folder, in printable characters."""
    return printable(path.relative_to(folder).as_posix())


def _entries(place: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(place) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        raise worded(RawDataError, "error_subfolder_closed", folder=printable(place.name)) from None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself: it is refused later, as an entry that is not a file
        return False


def _must_enter(link: Path, folder: Path, entered: set[Path]) -> bool:
    """Return whether a linked folder must be entered by this link, because no other way leads there."""
    target, home = link.resolve(), folder.resolve()
    if home.is_relative_to(target) or link.parent.resolve().is_relative_to(target):
        raise worded(RawDataError, "error_circular_link", where=name_in(link, folder))
    # A target inside the raw folder is reached there anyway, unless its own name makes the walk skip it.
    if target.is_relative_to(home):
        parts = target.relative_to(home).parts
        if not any(part.startswith(("_", ".")) for part in parts):
            return False
    if target in entered:
        return False
    entered.add(target)
    return True


def refuse_what_is_no_file(path: Path, folder: Path) -> None:
    """Refuse an entry that is not a regular file (pipe, device, broken link): opening it could wait forever.

    Raises
    ------
    RawDataError
        If the entry is not a regular file; the message names it.
    """
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        refuse_unopened(name_in(path, folder), error)
    if not is_file:
        raise worded(RawDataError, "error_no_file", where=name_in(path, folder))
