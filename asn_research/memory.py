"""How files are written, locked, found again and remembered: one digest, one atomic write, one store.

Everything that this toolkit keeps between two runs goes through this module. A file is there whole or
not at all. Kept content carries a checksum, so damage is noticed and the content is made again.
Nothing here runs what it reads.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from asn_research.errors import AsnError, PathError

#: Files with rows of persons, pseudonymous or not: for their owner alone.
PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
#: Files that are meant to be handed on.
PUBLIC_FILE = 0o644
#: How the name of unfinished work begins; whoever finds it after a kill may remove it.
WORK = ".work-"

_PACKAGE = Path(__file__).parent
_REQUIREMENTS = _PACKAGE.parent / "requirements.lock"
_NO_CODE = {".pyc"}
_LOCK = ".lock"
_SEAL = b"asn-research sealed 1\n"
_CHECKSUM_LETTERS = 64
_LONGEST_NAME = 120
# Not allowed in a name by one of the systems, or able to lead to another folder.
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
# A virus scanner or an indexer may hold a new file for a moment.
_TRIES = 5
_SECONDS_BETWEEN_TRIES = 0.1


# ---------------------------------------------------------------- digests


def checksum(content: bytes) -> str:
    """Return the SHA-256 of some bytes, as 64 hexadecimal letters."""
    return hashlib.sha256(content).hexdigest()


def checksum_of(file: BinaryIO) -> str:
    """Return the SHA-256 of an open file, which may be larger than the memory."""
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def digest_of(*parts: object) -> str:
    """Return a digest of values that print themselves whole; each part counts by itself.

    Parameters
    ----------
    *parts : object
        Bytes are taken as they are, everything else as its text.

    Returns
    -------
    str
        32 hexadecimal letters.

    Examples
    --------
    >>> digest_of("ab", "c") == digest_of("a", "bc")
    False
    """
    whole = hashlib.sha256()
    for part in parts:
        content = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        whole.update(f"{len(content)}:".encode())
        whole.update(content)
    return whole.hexdigest()[:32]


def digest_of_files(paths: Iterable[Path], root: Path) -> str:
    """Return a digest of files' contents and of their names below a folder."""
    parts: list[object] = []
    for path in paths:
        parts += [path.relative_to(root).as_posix(), checksum(path.read_bytes())]
    return digest_of(*parts)


@cache
def package_digest(*stages: str) -> str:
    """Return a digest of the package's files: code, words, rules, style and fonts.

    Parameters
    ----------
    *stages : str
        Folders of the package; all of it if none is named.
    """
    roots = [_PACKAGE / stage for stage in stages] or [_PACKAGE]
    found = sorted(p for root in roots for p in root.rglob("*") if p.is_file() and p.suffix not in _NO_CODE)
    return digest_of_files(found, _PACKAGE)


def lock_digest() -> str:
    """Return a digest of the lock, or of what is installed where there is no lock."""
    if _REQUIREMENTS.is_file():
        return checksum(_REQUIREMENTS.read_bytes())
    return digest_of(*sorted(f"{each.name} {each.version}" for each in distributions()))


# ---------------------------------------------------------------- places


def within(folder: Path, *names: str) -> Path:
    """Return the place of a name below a folder; refuse a name that leads out of it.

    Parameters
    ----------
    folder : Path
        The folder that the place must lie in.
    *names : str
        The parts of the place, each the name of a file or folder and no path.

    Raises
    ------
    PathError
        If a part is empty, too long, holds a letter that a system forbids, or the place, with links
        resolved, does not lie below the folder.

    Examples
    --------
    >>> within(Path("reports"), "2026-Q3", "DISHUB").as_posix()
    'reports/2026-Q3/DISHUB'
    """
    for name in names:
        _check_name(name)
    place = folder.joinpath(*names)
    home = folder.resolve()
    resolved = place.resolve()
    if resolved == home or not resolved.is_relative_to(home):
        msg = f"'{'/'.join(names)}' leads out of the folder {folder.name}. Give it another name, or remove the link."
        raise PathError(msg)
    return place


def _check_name(name: str) -> None:
    fault = ""
    if not name or name.strip(". ") == "":
        fault = "is empty"
    elif len(name.encode("utf-8", "replace")) > _LONGEST_NAME:
        fault = f"has more than {_LONGEST_NAME} letters"
    elif _NOT_IN_NAMES.search(name):
        fault = 'holds a letter that no file may have (/ \\ : * ? " < > |, or an invisible one)'
    elif name[-1] in ". " or _DEVICES.fullmatch(name):
        fault = "is a name that Windows does not allow"
    if fault:
        shown = name[:40].encode("ascii", "backslashreplace").decode()
        msg = f"'{shown}' cannot be the name of a file: it {fault}. Use letters, digits, '-' and '_'."
        raise PathError(msg)


def make_private(folder: Path) -> Path:
    """Make a folder that only its owner may look into, and its parents; return it."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    # The system's mask of permissions must not decide about rows of persons.
    for place in (*missing, folder):
        _restrict(place, PRIVATE_FOLDER)
    return folder


def _restrict(place: Path, mode: int) -> None:
    """Take from a place the permissions that it must not have, where the system knows them."""
    if sys.platform == "win32":
        return
    if stat.S_IMODE(place.stat().st_mode) != mode:
        place.chmod(mode)


def is_own(folder: Path) -> bool:
    """Whether a folder is a real one, belongs to the user, and nobody else may write to it."""
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        return False
    if sys.platform == "win32":
        return True
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


# ---------------------------------------------------------------- writing


def write_whole(place: Path, content: bytes | str, *, mode: int = PRIVATE_FILE, durable: bool = True) -> None:
    """Write a file so that a reader sees the old or the new one, whole.

    Parameters
    ----------
    place : Path
        The file.
    content : bytes or str
        Text is written as UTF-8.
    mode : int
        Its permissions, whatever the system's mask.
    durable : bool
        Wait until the disk has it; without, a power cut may lose what a checksum then misses.
    """
    if mode == PRIVATE_FILE and not place.parent.exists():
        make_private(place.parent)
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=WORK, dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        _restrict(Path(name), mode)
        replace_file(Path(name), place)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink(missing_ok=True)
        raise


def replace_file(finished: Path, place: Path) -> None:
    """Put a finished file in its place in one move; wait a moment for a program that holds the old one.

    Raises
    ------
    PermissionError
        If the program does not let go.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            os.replace(finished, place)
        except PermissionError:
            if attempt == _TRIES or sys.platform != "win32":
                raise
            time.sleep(_SECONDS_BETWEEN_TRIES)
        else:
            return


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed run left unfinished below a folder; only the lock's holder may."""
    for path in sorted(folder.rglob(f"{WORK}*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink(missing_ok=True)


# ---------------------------------------------------------------- locking


@contextmanager
def locked(folder: Path, *, private: bool = False) -> Iterator[None]:
    """Hold a folder for one run; the same run may ask for it again.

    Parameters
    ----------
    folder : Path
        The folder; made if it is not there.
    private : bool
        Whether only its owner may look into it.

    Raises
    ------
    PathError
        If another run holds the folder, or it cannot be written to.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        if private:
            make_private(folder)
        folder.mkdir(parents=True, exist_ok=True)
        # One object for all who ask in this process, so that asking twice is no wait for oneself.
        lock = FileLock(folder.resolve() / _LOCK, timeout=0, mode=PRIVATE_FILE, is_singleton=True)
        lock.acquire()
    except Timeout:
        msg = f"Another run is at work in the folder {folder.name}. Wait until it has ended, or choose another folder."
        raise FolderBusyError(msg).told_as("error_folder_busy", folder=folder.name) from None
    except (OSError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be locked"
        msg = f"The folder {folder.name} cannot be written to ({reason}). Ask for the right to write there, or choose another folder."
        raise PathError(msg).told_as("error_folder_unwritten", folder=folder.name, reason=reason) from None
    try:
        yield
    finally:
        lock.release()
        _remove_empty(missing)


def _remove_empty(folders: list[Path]) -> None:
    """Remove folders that were made for a run which has written nothing into them."""
    for place in folders:
        with suppress(OSError):
            if [path.name for path in place.iterdir()] == [_LOCK]:
                (place / _LOCK).unlink()
            place.rmdir()


class FolderBusyError(AsnError):
    """Another run holds a folder."""

    exit_code = 18


# ---------------------------------------------------------------- sealed content


def seal(content: bytes) -> bytes:
    """Return content with a checksum before it."""
    return _SEAL + checksum(content).encode() + b"\n" + content


def unseal(content: bytes) -> bytes | None:
    """Return what was sealed, or nothing if a single bit of it has changed."""
    start = len(_SEAL) + _CHECKSUM_LETTERS + 1
    head, body = content[:start], content[start:]
    if head != _SEAL + checksum(body).encode() + b"\n":
        return None
    return body


def read_sealed(place: Path) -> bytes | None:
    """Return a sealed file's content; nothing if it is absent, unreadable or damaged."""
    try:
        return unseal(place.read_bytes())
    except OSError:
        return None


@dataclass
class Store:
    """Sealed content by key, in a folder of its own, of bounded size.

    What a store holds can be made again at any time: content that is absent or damaged is not an
    error, and neither is a disk that refuses.

    Parameters
    ----------
    folder : Path
        Where it lies.
    code : str
        Digest of the code that made the content; what other code has made is never returned.
    limit_mb : int
        How much may be kept, in megabytes.
    """

    folder: Path
    code: str = "any"
    limit_mb: int = 4096
    _used: set[str] = field(default_factory=set, repr=False)

    def _place(self, key: str) -> Path:
        return within(self.folder, self.code[:32], key)

    def get(self, key: str) -> bytes | None:
        """Return what is kept under a key, or nothing."""
        self._used.add(key)
        return read_sealed(self._place(key))

    def put(self, key: str, content: bytes) -> None:
        """Keep content under a key, in place of what is there."""
        self._used.add(key)
        if len(content) > self.limit_mb * 1_000_000:
            return
        with suppress(OSError):
            write_whole(self._place(key), seal(content), durable=False)

    @property
    def used(self) -> frozenset[str]:
        """The keys that were asked for or kept since the store was opened."""
        return frozenset(self._used)

    def also_used(self, keys: Iterable[str]) -> None:
        """Take keys as used that another process has asked for or kept."""
        self._used.update(keys)

    def forget_other_code(self) -> None:
        """Remove what other code has left."""
        for place in self.folder.iterdir() if self.folder.is_dir() else ():
            if place.name != self.code[:32]:
                _remove(place)

    def forget_unused(self) -> None:
        """Remove what was not asked for since the store was opened, and what other code has left."""
        self.forget_other_code()
        own = self.folder / self.code[:32]
        kept = []
        for place in own.iterdir() if own.is_dir() else ():
            if place.name in self._used:
                kept.append(place)
            else:
                _remove(place)
        self._keep_within_limit(kept)

    def _keep_within_limit(self, places: list[Path]) -> None:
        """Remove the oldest content until the rest is small enough."""
        states = sorted(((p, p.stat()) for p in places), key=lambda each: each[1].st_mtime_ns)
        total = sum(status.st_size for _, status in states)
        for place, status in states:
            if total <= self.limit_mb * 1_000_000:
                return
            _remove(place)
            total -= status.st_size


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place, ignore_errors=True)
    else:
        with suppress(OSError):
            place.unlink(missing_ok=True)
