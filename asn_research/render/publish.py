"""Publishing: a finished report's folder takes its place in one move."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_WORK = ".work-"


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


def publish_folder(finished: Path, place: Path) -> None:
    """Move a finished folder to its place; an older one there is replaced whole."""
    place.parent.mkdir(parents=True, exist_ok=True)
    old = place.with_name(f"{_WORK}old-{place.name}-{os.getpid()}")
    if place.exists():
        place.rename(old)
    finished.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def publish_file(text: str, place: Path) -> None:
    """Write a file so that a reader sees the old or the new one, whole."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=_WORK, dir=place.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(name, 0o644)
    os.replace(name, place)


def remove_leftovers(reports: Path) -> None:
    """Remove what a killed run left behind."""
    for path in reports.rglob(f"{_WORK}*"):
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
