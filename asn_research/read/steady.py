"""Make sure that what was hashed is what was parsed: a file that moves meanwhile is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from asn_research.errors import RawDataError
from asn_research.memory import checksum, checksum_of
from asn_research.rules.words import worded

_N_DIGITS = 12
#: Name, hash and times of some files.
FilesState = tuple[tuple[str, str, tuple[int, ...]], ...]


def hash_of(content: bytes) -> str:
    """Return the first twelve hexadecimal digits of the SHA-256 of a file's content."""
    return checksum(content)[:_N_DIGITS]


def hash_of_file(path: Path, name: str) -> str:
    """Return the same of a file that may be large.

    Raises
    ------
    RawDataError
        If it cannot be opened.
    """
    try:
        with path.open("rb") as content:
            return checksum_of(content)[:_N_DIGITS]
    except OSError as error:
        refuse_unopened(name, error)


def read_whole(path: Path, name: str, expected: str = "") -> bytes:
    """Return a file's bytes, if they are those that were hashed before.

    Raises
    ------
    RawDataError
        If it cannot be opened, or was changed since.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        refuse_unopened(name, error)
    if expected and hash_of(content) != expected:
        _refuse_changed(name)
    return content


@contextmanager
def unchanged(path: Path, name: str, expected: str) -> Iterator[None]:
    """Refuse a large file, read piece by piece, that is not the one that was hashed, before and after.

    A content that was put there for a moment only changes the file's times.

    Raises
    ------
    RawDataError
        If it was changed.
    """
    before = _identity(path)
    yield
    if not expected:
        return
    if hash_of_file(path, name) != expected or _identity(path) != before:
        _refuse_changed(name)


def state_of(folder: Path, names: Sequence[str]) -> FilesState:
    """Return name, hash and times of those files that are in a folder.

    Raises
    ------
    RawDataError
        If one is there and cannot be read.
    """
    return tuple(
        (name, hash_of_file(folder / name, name), _identity(folder / name))
        for name in names
        if (folder / name).is_file()
    )


def refuse_moved(before: FilesState, folder: Path, names: Sequence[str]) -> None:
    """Refuse to go on if some files are no longer what they were.

    Raises
    ------
    RawDataError
        Naming the first that was changed, put there or taken away.
    """
    after = state_of(folder, names)
    if before != after:
        _refuse_changed(min({told[0] for told in set(before) ^ set(after)}))


def _identity(path: Path) -> tuple[int, ...]:
    about = os.stat(path)
    return about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns


def refuse_unopened(name: str, error: OSError) -> NoReturn:
    """Refuse a file that the system does not let us read.

    Raises
    ------
    RawDataError
        Always.
    """
    raise worded(RawDataError, "error_file_closed", name=name, reason=error.strerror) from None


def _refuse_changed(name: str) -> NoReturn:
    raise worded(RawDataError, "error_file_changed", name=name)
