"""Walk through a raw folder: linked folders are entered once, and nothing is opened that is no file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from asn_research.errors import RawDataError
from asn_research.read.guards import printable
from asn_research.read.steady import refuse_unopened
from asn_research.rules.words import worded


def walk(folder: Path) -> list[Path]:
    """Return what is in a folder and below and is no folder: each folder's own first, in order of name.

    Names that start with ``_``, ``.`` or ``~$`` are passed over.

    Raises
    ------
    RawDataError
        If a folder may not be opened, or a link leads round in a circle.
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
    """Return how messages and tables call a file: its path within the folder, without what cannot be printed."""
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
    except OSError:  # a link to itself; it is refused as a file
        return False


def _must_enter(link: Path, folder: Path, entered: set[Path]) -> bool:
    """Whether a linked folder must be entered where its link stands, as nothing else leads there."""
    target, home = link.resolve(), folder.resolve()
    if home.is_relative_to(target) or link.parent.resolve().is_relative_to(target):
        raise worded(RawDataError, "error_circular_link", where=name_in(link, folder))
    # What lies in the raw folder is entered there, unless its name starts so that it is passed over.
    if target.is_relative_to(home):
        parts = target.relative_to(home).parts
        if not any(part.startswith(("_", ".")) for part in parts):
            return False
    if target in entered:
        return False
    entered.add(target)
    return True


def refuse_what_is_no_file(path: Path, folder: Path) -> None:
    """Refuse pipes, devices and links to nothing: opening one could wait without end.

    Raises
    ------
    RawDataError
        Naming it.
    """
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        refuse_unopened(name_in(path, folder), error)
    if not is_file:
        raise worded(RawDataError, "error_no_file", where=name_in(path, folder))
