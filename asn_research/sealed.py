"""Sealed content: bytes with their checksum in front, and a cache on disk of limited size.

Damaged content is detected, and computed again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from asn_research.storage import checksum, within, write_whole

_SEAL = b"asn-research sealed 1\n"
_CHECKSUM_LETTERS = 64


def seal(content: bytes) -> bytes:
    """Return content with its checksum in front."""
    return _SEAL + checksum(content).encode() + b"\n" + content


def unseal(content: bytes) -> bytes | None:
    """Return the content of sealed bytes; None if a single bit has changed."""
    start = len(_SEAL) + _CHECKSUM_LETTERS + 1
    head, body = content[:start], content[start:]
    if head != _SEAL + checksum(body).encode() + b"\n":
        return None
    return body


def read_sealed(place: Path) -> bytes | None:
    """Return the content of a sealed file; None if it is missing, unreadable or damaged."""
    try:
        return unseal(place.read_bytes())
    except OSError:
        return None


@dataclass
class Store:
    """A cache on disk: sealed content by key, in one folder, of limited size.

    The content of a store can be computed again at any time. So missing or damaged content is not an
    error, and a disk that refuses is not one either.

    Parameters
    ----------
    folder : Path
        The folder of the store.
    code : str
        Digest of the code that made the content; content of other code is never returned.
    limit_mb : int
        The largest size of the store, in megabytes.
    """

    folder: Path
    code: str = "any"
    limit_mb: int = 4096
    _used: set[str] = field(default_factory=set, repr=False)

    def _place(self, key: str) -> Path:
        return within(self.folder, self.code[:32], key)

    def get(self, key: str) -> bytes | None:
        """Return the content of a key; None if there is none."""
        self._used.add(key)
        return read_sealed(self._place(key))

    def put(self, key: str, content: bytes) -> None:
        """Store content under a key, and replace older content."""
        self._used.add(key)
        if len(content) > self.limit_mb * 1_000_000:
            return
        with suppress(OSError):
            write_whole(self._place(key), seal(content), durable=False)

    @property
    def used(self) -> frozenset[str]:
        """The keys that were looked up or stored since the store was opened."""
        return frozenset(self._used)

    def also_used(self, keys: Iterable[str]) -> None:
        """Mark keys as used that another process has looked up or stored."""
        self._used.update(keys)

    def forget_other_code(self) -> None:
        """Remove the content of other code."""
        for place in self.folder.iterdir() if self.folder.is_dir() else ():
            if place.name != self.code[:32]:
                _remove(place)

    def forget_unused(self) -> None:
        """Remove the content that was not used since the store was opened, and the content of other code."""
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
        """Remove the oldest content until the rest is within the limit."""
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
