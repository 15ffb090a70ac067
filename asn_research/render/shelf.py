"""The shelf: what all reports of a period share, read and masked once, then taken in milliseconds."""

from __future__ import annotations

import os
import pickle
import tempfile
from dataclasses import dataclass
from pathlib import Path

from asn_research.show.data import ReportData

_SUFFIX = ".shelf"


@dataclass(frozen=True)
class Shelf:
    """One place for one period and language, beside the measures it is made from.

    Parameters
    ----------
    folder : Path
        The folder of measures.
    name : str
        Period and language.
    key : str
        Digest of all it is made from; what lies there under another key is not taken.
    """

    folder: Path
    name: str
    key: str

    @property
    def _place(self) -> Path:
        return self.folder / f"{self.name}{_SUFFIX}"

    def take(self) -> ReportData | None:
        """Return what lies there, if it was made from what is there now."""
        try:
            content = self._place.read_bytes()
            key, _, body = content.partition(b"\n")
            if key.decode() != self.key:
                return None
            # Masked tables and words, written by `lay` into the user's own folder of data.
            report = pickle.loads(body)  # noqa: S301
        except (OSError, ValueError, pickle.UnpicklingError, EOFError, AttributeError, ImportError):
            return None
        return report if isinstance(report, ReportData) else None

    def lay(self, report: ReportData) -> ReportData:
        """Put a report's data there whole, and return them."""
        handle, name = tempfile.mkstemp(prefix=".shelf-", dir=self.folder)
        with os.fdopen(handle, "wb") as file:
            file.write(self.key.encode() + b"\n")
            pickle.dump(report, file, protocol=pickle.HIGHEST_PROTOCOL)
        os.replace(name, self._place)
        return report
