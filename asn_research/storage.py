"""Files that are kept between two runs: digests, safe paths, atomic writes and locks.

Everything that this toolkit keeps between two runs goes through this module and `sealed.py`. A file is complete or
does not exist. Content is never run as code.
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
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from asn_research.errors import FolderBusyError, PathError

#: Permissions of files with rows of persons, pseudonymous or not: only the owner may read them.
PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
#: Permissions of files that are meant for other people.
PUBLIC_FILE = 0o644
#: Prefix of temporary files and folders. After a killed run they may be removed.
WORK = ".work-"

_PACKAGE = Path(__file__).parent
_REQUIREMENTS = _PACKAGE.parent / "requirements.lock"
_NO_CODE = {".pyc"}
_LOCK = ".lock"
_LONGEST_NAME = 120
# Characters that Windows, macOS or Linux forbids in a name, or that could point to another folder.
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
# On Windows a virus scanner or an indexer may keep a new file open for a moment, so replacing it is tried again.
_TRIES = 5
_SECONDS_BETWEEN_TRIES = 0.1


# ---------------------------------------------------------------- digests


def checksum(content: bytes) -> str:
    """Return the SHA-256 checksum of some bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def checksum_of(file: BinaryIO) -> str:
    """Return the SHA-256 checksum of an open file, which may be larger than the memory."""
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def digest_of(*parts: object) -> str:
    """Return a digest of some values. Their texts must identify them, and the borders between them count.

    Parameters
    ----------
    *parts : object
        Bytes enter as they are, everything else as its text.

    Returns
    -------
    str
        32 hexadecimal digits.

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
    """Return a digest of the contents of files and of their paths relative to a folder."""
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
        Folders of the package; the whole package if none is given.
    """
    roots = [_PACKAGE / stage for stage in stages] or [_PACKAGE]
    found = sorted(p for root in roots for p in root.rglob("*") if p.is_file() and p.suffix not in _NO_CODE)
    return digest_of_files(found, _PACKAGE)


def lock_digest() -> str:
    """Return a digest of `requirements.lock`, or of the installed packages if there is no such file."""
    if _REQUIREMENTS.is_file():
        return checksum(_REQUIREMENTS.read_bytes())
    return digest_of(*sorted(f"{each.name} {each.version}" for each in distributions()))


# ---------------------------------------------------------------- places


def within(folder: Path, *names: str) -> Path:
    """Return a path inside a folder; refuse one that points outside of it.

    Parameters
    ----------
    folder : Path
        The folder that the path must lie in.
    *names : str
        The parts of the path; each is the name of a file or folder, not a path.

    Raises
    ------
    PathError
        If a part is empty, is too long or holds a character that a system forbids; or if the path, with
        links resolved, does not lie inside the folder.

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


def found_from_here(path: Path | str) -> Path:
    """Return a path that a notebook names, wherever below its project's root the notebook runs.

    Parameters
    ----------
    path : Path or str
        As it is written: from the present folder, or from where the notebook lies.

    Returns
    -------
    Path
        The path itself if it exists or is absolute; else the first that exists from the present folder or the
        three above it, without the steps upward that it begins with; else the path itself. The search ends at
        the first folder that holds the path's first part: what lies above belongs to another project.
    """
    place = Path(path)
    if place.exists() or place.is_absolute():
        return place
    below = Path(*[part for part in place.parts if part != ".."])
    for start in (Path.cwd(), *Path.cwd().parents[:3]):
        if below.parts and (start / below).exists():
            return start / below
        if below.parts and (start / below.parts[0]).exists():
            break
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
    """Create a folder that only its owner may read, with its missing parents; return it."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    # Rows of persons are private whatever the system's default permissions (umask) are.
    for place in (*missing, folder):
        _restrict(place, PRIVATE_FOLDER)
    return folder


def _restrict(place: Path, mode: int) -> None:
    """Set the permissions of a file or folder; Windows does not have them."""
    if sys.platform == "win32":
        return
    if stat.S_IMODE(place.stat().st_mode) != mode:
        place.chmod(mode)


def is_own(folder: Path) -> bool:
    """Whether a folder is no link, belongs to the user, and cannot be written to by others."""
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        return False
    if sys.platform == "win32":
        return True
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


# ---------------------------------------------------------------- writing


def write_whole(place: Path, content: bytes | str, *, mode: int = PRIVATE_FILE, durable: bool = True) -> None:
    """Write a file atomically: a reader sees the complete old file or the complete new one.

    Parameters
    ----------
    place : Path
        The file.
    content : bytes or str
        Text is written as UTF-8.
    mode : int
        Permissions of the file, whatever the system's default (umask).
    durable : bool
        Wait until the file is on the disk. Otherwise a power cut may damage it; a checksum detects that.
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
    """Move a finished file to its place in one step; on Windows, retry while a program has the old one open.

    Raises
    ------
    PermissionError
        If the program still has the file open after the last try.
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
    """Remove the temporary files of a killed run in a folder. The caller must hold the folder's lock."""
    for path in sorted(folder.rglob(f"{WORK}*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink(missing_ok=True)


# ---------------------------------------------------------------- locking


@contextmanager
def locked(folder: Path, *, private: bool = False) -> Iterator[None]:
    """Lock a folder for one run, with a lock file; the same process may lock it more than once.

    Parameters
    ----------
    folder : Path
        The folder; it is created if it does not exist.
    private : bool
        Whether only its owner may read the folder.

    Raises
    ------
    FolderBusyError
        If another run has locked the folder.
    PathError
        If the folder cannot be written to.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        if private:
            make_private(folder)
        folder.mkdir(parents=True, exist_ok=True)
        # A singleton lock is shared within the process, so that a second call does not block on the first.
        lock = FileLock(folder.resolve() / _LOCK, timeout=0, mode=PRIVATE_FILE, is_singleton=True)
        lock.acquire()
    except Timeout:
        msg = f"Another run is at work in the folder {folder.name}. Wait until it has ended, or choose another folder."
        raise FolderBusyError(msg).worded_as("error_folder_busy", folder=folder.name) from None
    except (OSError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be locked"
        msg = f"The folder {folder.name} cannot be written to ({reason}). Ask for the right to write there, or choose another folder."
        raise PathError(msg).worded_as("error_folder_unwritten", folder=folder.name, reason=reason) from None
    try:
        yield
    finally:
        lock.release()
        _remove_empty(missing)


def _remove_empty(folders: list[Path]) -> None:
    """Remove folders that were created for a run and are still empty, except for the lock file."""
    for place in folders:
        with suppress(OSError):
            if [path.name for path in place.iterdir()] == [_LOCK]:
                (place / _LOCK).unlink()
            place.rmdir()
