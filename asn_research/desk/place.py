"""The folders of the project that the desk works on, and the files in which the desk keeps its state."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from asn_research.errors import FolderBusyError
from asn_research.rules.words import worded
from asn_research.storage import make_private, within, write_whole

#: The folder of the desk's state, inside the raw folder: it may hold names of files, so it is private.
#: Names that begin with an underscore are not read as exports.
STATE = "_meja"
#: The folder of files that the user took out, inside the raw folder.
TAKEN_OUT = "_dikeluarkan"
#: The folder of the sample project; the command `init` uses the same name.
SAMPLE = "contoh"
#: The file that marks a sample as one that the desk has made and may remove.
_MARK = "contoh-dari-meja.txt"


@dataclass(frozen=True)
class Place:
    """The folders and state of one project.

    Parameters
    ----------
    raw, processed, reports : Path
        Its folders.
    base : str
        What the addresses of its pages begin with: empty, or ``/contoh`` for the sample.
    """

    raw: Path
    processed: Path
    reports: Path
    base: str = ""

    @property
    def is_sample(self) -> bool:
        """Whether it is the sample project."""
        return bool(self.base)

    @property
    def state(self) -> Path:
        """The folder of the desk's state."""
        return self.raw / STATE

    @property
    def sample(self) -> Place:
        """The sample project beside this one."""
        folder = self.reports.parent / SAMPLE
        return Place(folder / "data" / "raw", folder / "data" / "processed", folder / "reports", f"/{SAMPLE}")

    @property
    def parent(self) -> Place:
        """The project that a sample belongs to."""
        folder = self.reports.parent.parent
        return Place(folder / "data" / "raw", folder / "data" / "processed", folder / "reports")

    @property
    def has_sample(self) -> bool:
        """Whether the sample that the desk has made is there."""
        return (self.sample.reports.parent / _MARK).is_file()

    def prepare(self) -> None:
        """Create the folders that are missing."""
        make_private(self.state)
        self.reports.mkdir(parents=True, exist_ok=True)

    def load(self, name: str) -> Any:
        """Return the content of a file of the state; an empty dict if it is missing or damaged."""
        try:
            return json.loads((self.state / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    def keep(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a file of the state in one step."""
        text = json.dumps(content, ensure_ascii=False)
        write_whole(within(make_private(self.state), name), text, durable=False)


def mark_sample(sample: Place) -> None:
    """Mark a sample as made by the desk."""
    sample.prepare()
    write_whole(sample.reports.parent / _MARK, "Proyek contoh: data simulasi. Boleh dihapus.\n")


def remove_sample(place: Place) -> bool:
    """Remove the sample of a project with all its files, and return whether there was one."""
    folder = place.sample.reports.parent
    if not place.has_sample or folder.is_symlink():
        return False
    shutil.rmtree(folder)
    return True


class Holder:
    """The right to write into a project: one desk has it, and any other only reads.

    Parameters
    ----------
    place : Place
        The project.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._lock = FileLock(make_private(place.state) / ".kunci", timeout=0, mode=0o600, thread_local=False)

    def take(self) -> bool:
        """Take the right if it is free, and return whether this desk has it."""
        if self._lock.is_locked:
            return True
        try:
            self._lock.acquire()
        except (Timeout, OSError):
            return False
        return True

    def insist(self) -> None:
        """Take the right to write, or raise an error if another desk has it.

        Raises
        ------
        FolderBusyError
            If another desk has it.
        """
        if not self.take():
            raise worded(FolderBusyError, "error_desk_other_user", folder=self._place.raw.name)

    def give_back(self) -> None:
        """Give the right to write back."""
        self._lock.release()
