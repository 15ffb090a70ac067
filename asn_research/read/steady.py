"""Check that a file did not change between hashing and parsing; a changed file is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from asn_research.errors import RawDataError
from asn_research.rules.words import worded
from asn_research.storage import checksum, checksum_of

_N_DIGITS = 12
#: The state of some files: for each, its name, its hash, and its inode, size and times.
FilesState = tuple[tuple[str, str, tuple[int, ...]], ...]


def hash_of(content: bytes) -> str:
    """Return the first twelve hexadecimal digits of the SHA-256 of a file's content."""
    return checksum(content)[:_N_DIGITS]


def hash_of_file(path: Path, name: str) -> str:
    """Return the same digits as `hash_of`, without loading a large file into memory.

    Raises
    ------
    RawDataError
        If the file cannot be opened.
    """
    try:
        with path.open("rb") as content:
            return checksum_of(content)[:_N_DIGITS]
    except OSError as error:
        refuse_unopened(name, error)


def read_whole(path: Path, name: str, expected: str = "") -> bytes:
    """Return the bytes of a file, after checking that they have the expected hash.

    Raises
    ------
    RawDataError
        If the file cannot be opened, or has changed since it was hashed.
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
    """Check that a large file, which the caller reads in pieces, does not change during the reading.

    The hash is compared after the reading. The times of the file are compared too: they show a content that
    was replaced and then put back.

    Raises
    ------
    RawDataError
        If the file changed.
    """
    before = _identity(path)
    yield
    if not expected:
        return
    if hash_of_file(path, name) != expected or _identity(path) != before:
        _refuse_changed(name)


def state_of(folder: Path, names: Sequence[str]) -> FilesState:
    """Return the state (name, hash, times) of those of the named files that exist in a folder.

    Raises
    ------
    RawDataError
        If one of them cannot be read.
    """
    return tuple(
        (name, hash_of_file(folder / name, name), _identity(folder / name))
        for name in names
        if (folder / name).is_file()
    )


def refuse_moved(before: FilesState, folder: Path, names: Sequence[str]) -> None:
    """Refuse to continue if the state of some files is no longer the one before.

    Raises
    ------
    RawDataError
        If a file was changed, added or removed; the message names the first one.
    """
    after = state_of(folder, names)
    if before != after:
        _refuse_changed(min({file_facts[0] for file_facts in set(before) ^ set(after)}))


def _identity(path: Path) -> tuple[int, ...]:
    about = os.stat(path)
    return about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns


def refuse_unopened(name: str, error: OSError) -> NoReturn:
    """Refuse a file that the operating system does not let us read.

    Raises
    ------
    RawDataError
        Always.
    """
    raise worded(RawDataError, "error_file_closed", name=name, reason=error.strerror) from None


def _refuse_changed(name: str) -> NoReturn:
    raise worded(RawDataError, "error_file_changed", name=name)
