"""Publishing: a finished report's folder takes its place in one move, and old and new are never mixed."""

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
from asn_research.memory import WORK, replace_file
from asn_research.memory import remove_leftovers as remove_unfinished
from asn_research.rules.words import worded

_OLD = f"{WORK}old-"
#: In the name of a file that stands beside an older one which another program holds open.
NEW = "baru"
_HERE = -100  # AT_FDCWD
_EXCHANGE = 2  # RENAME_EXCHANGE


@contextmanager
def private_folder(beside: Path) -> Iterator[Path]:
    """Give a folder below another, on the same disk, that nobody else writes to.

    It is removed in the end, whatever happens.
    """
    beside.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=WORK, dir=beside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish_folder(finished: Path, place: Path) -> tuple[Path, ...]:
    """Put a finished folder in its place; an older one there is replaced whole.

    Where a program holds a file of the older folder open, as Excel does on Windows, the files are
    replaced one by one, and a file that cannot be replaced is kept beside the old one.

    Returns
    -------
    tuple of Path
        The files that stand beside an older one under another name; usually none.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        finished.rename(place)
    elif _exchange(finished, place):
        # What was there lies where the new one was.
        shutil.rmtree(finished, ignore_errors=True)
    else:
        # Two moves; `remove_leftovers` puts the old one back if a kill falls between them.
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
    """Replace a folder's files one by one; return those that had to take another name."""
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
    # What the new report no longer has must not stand beside it as if it were of today.
    current = {path.name for path in (*new, *beside)}
    for path in place.iterdir():
        if path.name not in current:
            with suppress(OSError):
                path.unlink()
    return tuple(beside)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step, where the system can."""
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None).renameat2
    except AttributeError:
        return False
    return bool(rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0)


def remove_leftovers(reports: Path) -> None:
    """Remove what a killed run left behind; a report that it had moved away comes back."""
    for old in reports.rglob(f"{_OLD}*"):
        place = old.with_name(old.name.removeprefix(_OLD))
        if not place.exists():
            old.rename(place)
    remove_unfinished(reports)
