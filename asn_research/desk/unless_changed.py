"""What was made of a file, made anew only if the file has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


class UnlessChanged(Generic[T]):
    """Remembers what was made of each file, as long as its size and time of writing stay the same.

    Parameters
    ----------
    make : callable
        Makes something of the file at a path.
    """

    def __init__(self, make: Callable[[Path], T]) -> None:
        self._make = make
        self._made: dict[Path, tuple[tuple[int, int], T]] = {}

    def of(self, path: Path) -> T | None:
        """Return what was made of a file; None if the file is not there.

        Raises
        ------
        AsnError
            If the file cannot be read; nothing is remembered then.
        """
        try:
            status = path.stat()
        except OSError:
            self._made.pop(path, None)
            return None
        stamp = (status.st_size, status.st_mtime_ns)
        made = self._made.get(path)
        if made is None or made[0] != stamp:
            made = (stamp, self._make(path))
            self._made[path] = made
        return made[1]
