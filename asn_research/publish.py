"""Publish a finished report: its folder replaces the old one in one step, so old and new files never mix."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from asn_research.errors import RenderError
from asn_research.rules.words import worded
from asn_research.storage import WORK, remove_leftovers, replace_file

_OLD = f"{WORK}old-"
#: Part of the name of a new file that could not replace the old one, because another program has that open.
NEW = "baru"
_HERE = -100  # AT_FDCWD
_EXCHANGE = 2  # RENAME_EXCHANGE


@contextmanager
def private_folder(beside: Path) -> Iterator[Path]:
    """Create a temporary folder inside `beside`, so on the same disk, and remove it at the end."""
    beside.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=WORK, dir=beside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish_folder(finished: Path, place: Path) -> tuple[Path, ...]:
    """Move a finished folder to its place, and replace an older folder there as a whole.

    Where a program holds a file of the older folder open, as Excel does on Windows, the files are
    replaced one by one. The new version of an open file is then written beside it under another name.

    Returns
    -------
    tuple of Path
        The new files that were written under another name; usually none.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        finished.rename(place)
    elif _exchange(finished, place):
        # After the exchange the old folder is at `finished`.
        shutil.rmtree(finished, ignore_errors=True)
    else:
        # Two moves. If the process is killed between them, `recover_reports` restores the old folder.
        old = place.with_name(f"{_OLD}{place.name}")
        shutil.rmtree(old, ignore_errors=True)
        try:
            place.rename(old)
        except PermissionError:
            return _publish_files(finished, place)
        finished.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    return ()


def _publish_files(finished: Path, place: Path) -> tuple[Path, ...]:
    """Replace a folder's files one by one; return those that were written under another name."""
    new, beside = sorted(finished.iterdir()), []
    for path in new:
        if (place / path.name).is_file() and path.samefile(place / path.name):
            continue  # it stays as it is, whoever holds it open
        try:
            replace_file(path, place / path.name)
        except PermissionError:
            other = place / f"{path.stem} ({NEW}){path.suffix}"
            try:
                replace_file(path, other)
            except PermissionError:
                raise worded(RenderError, "error_open_elsewhere", path=path.name, other=other.name) from None
            beside.append(other)
    # Files that the new report does not have are removed, so that nobody takes them for current.
    current = {path.name for path in (*new, *beside)}
    for path in place.iterdir():
        if path.name not in current:
            with suppress(OSError):
                path.unlink()
    return tuple(beside)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one atomic step; return False where the system cannot."""
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None).renameat2
    except AttributeError:
        return False
    return bool(rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0)


def recover_reports(reports: Path) -> None:
    """Remove the temporary files of a killed run, and restore a report that it had moved away."""
    for old in reports.rglob(f"{_OLD}*"):
        place = old.with_name(old.name.removeprefix(_OLD))
        if not place.exists():
            old.rename(place)
    remove_leftovers(reports)
