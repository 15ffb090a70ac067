"""A folder in which results are kept between runs, beside the data they come from."""

from __future__ import annotations

import os
import pickle
import shutil
import tempfile
from pathlib import Path
from typing import Any

_SUFFIX = ".result"


class FolderMemory:
    """Results by key, each a file written whole.

    Parameters
    ----------
    folder : Path
        Where they lie, below a folder named for the code.
    code : str
        Digest of the code and rules that make the results; those of other code are never taken, and
        are removed by `forget_unused`.
    """

    def __init__(self, folder: Path, code: str) -> None:
        self._folder = folder
        self._place = folder / code[:32]
        self._used: set[str] = set()

    def take(self, key: str) -> tuple[bool, Any]:
        """Return whether a result is kept under a key, and the result; one that is damaged is not."""
        self._used.add(key)
        try:
            # Written by `keep` into the user's own folder of data.
            return True, pickle.loads((self._place / f"{key}{_SUFFIX}").read_bytes())  # noqa: S301
        except (OSError, ValueError, pickle.UnpicklingError, EOFError, AttributeError, ImportError):
            return False, None

    def keep(self, key: str, result: Any) -> None:
        """Keep a result; where the disk refuses, it is reckoned again next time."""
        try:
            self._place.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".result-", dir=self._place)
            with os.fdopen(handle, "wb") as file:
                pickle.dump(result, file, protocol=pickle.HIGHEST_PROTOCOL)
            os.replace(name, self._place / f"{key}{_SUFFIX}")
        except OSError:
            return

    def forget_unused(self) -> None:
        """Remove what this run did not ask for, and what other code has left."""
        if not self._folder.is_dir():
            return
        for place in self._folder.iterdir():
            if place != self._place:
                shutil.rmtree(place, ignore_errors=True)
        for path in self._place.glob("*") if self._place.is_dir() else ():
            if path.name.removesuffix(_SUFFIX) not in self._used:
                path.unlink(missing_ok=True)
