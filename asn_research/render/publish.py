"""Publishing: a finished report's folder takes its place in one move."""

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

_WORK = ".work-"
_OLD = f"{_WORK}old-"
_LOCK = ".lock"
_HERE = -100  # AT_FDCWD
_EXCHANGE = 2  # RENAME_EXCHANGE


@contextmanager
def private_folder(reports: Path) -> Iterator[Path]:
    """Give a folder beside the reports, on the same disk, that nobody else writes to.

    It is removed in the end, whatever happens.
    """
    reports.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=_WORK, dir=reports))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def only_batch(reports: Path) -> Iterator[None]:
    """Hold the folder of reports for one batch; two would remove each other's unfinished work.

    Raises
    ------
    RenderError
        If another batch holds it.
    """
    reports.mkdir(parents=True, exist_ok=True)
    with (reports / _LOCK).open("a") as file:
        with suppress(ImportError):
            import fcntl  # noqa: PLC0415 (Unix only)

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                msg = f"Another batch is writing to {reports.name}; wait for it, or choose another folder (--reports)."
                raise RenderError(msg) from None
        yield


def publish_folder(finished: Path, place: Path) -> None:
    """Put a finished folder in its place; an older one there is replaced whole."""
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
        place.rename(old)
        finished.rename(place)
        shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step, where the system can."""
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None).renameat2
    except AttributeError:
        return False
    return bool(rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0)


def publish_file(text: str, place: Path) -> None:
    """Write a file so that a reader sees the old or the new one, whole."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=_WORK, dir=place.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(name, 0o644)
    os.replace(name, place)


def remove_leftovers(reports: Path) -> None:
    """Remove what a killed run left behind; a report that it had moved away comes back."""
    for old in reports.glob(f"*/{_OLD}*"):
        place = old.with_name(old.name.removeprefix(_OLD))
        if not place.exists():
            old.rename(place)
    for path in reports.rglob(f"{_WORK}*"):
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
