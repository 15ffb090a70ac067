"""What has been read once need not be read again: each file's prepared rows, keyed by all they depend on.

The cache lies within the processed folder and holds no more than that may: pseudonyms, values, marks.
It can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from asn_research.clean.store import CACHE, MANIFEST, is_whole, parquet_bytes, write_whole
from asn_research.clean.working import EXITS, Prepared
from asn_research.errors import ProcessedDataError
from asn_research.rules.loading import RULES

_RUN = "run.json"
_STAGES = ("rules", "read", "clean")


@cache
def code_digest() -> str:
    """Return a digest of all that decides how a file is read: code, codebooks, rules."""
    digest = hashlib.sha256()
    for stage in _STAGES:
        for path in sorted((RULES.parent / stage).rglob("*")):
            if path.suffix in {".py", ".csv", ".yaml"}:
                digest.update(path.relative_to(RULES.parent).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def digest_of(*parts: object) -> str:
    """Return a digest of whatever prints itself whole."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:24]


@dataclass
class FileCache:
    """Prepared rows and facts of files, by key.

    Parameters
    ----------
    folder : Path
        The processed folder.
    """

    folder: Path
    _used: set[str] = field(default_factory=set)
    # Writing waits for the disk and packs bytes, while the next rows can be cleaned.
    _writer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1), repr=False)
    _writing: list[Future[None]] = field(default_factory=list, repr=False)

    def facts(self, key: str) -> dict[str, Any] | None:
        """Return what is known of a file, or none."""
        name = f"{key}.json"
        try:
            facts: dict[str, Any] = json.loads((self.folder / CACHE / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        self._used.add(name)
        return facts

    def keep_facts(self, key: str, facts: dict[str, Any]) -> None:
        """Keep what is known of a file."""
        write_whole(self.folder / CACHE / f"{key}.json", json.dumps(facts).encode())
        self._used.add(f"{key}.json")

    def rows(self, key: str, source: str) -> Prepared | None:
        """Return a file's prepared rows, or none if they are not there whole."""
        try:
            frame = pd.read_parquet(self.folder / CACHE / f"{key}.rows.parquet")
            marks = pd.read_parquet(self.folder / CACHE / f"{key}.marks.parquet")
        except (OSError, ValueError):
            return None
        self._used |= {f"{key}.rows.parquet", f"{key}.marks.parquet"}
        place = frame[[c for c in frame if str(c).startswith("@")]]
        values = frame[[c for c in frame if not str(c).startswith("@")]]
        place = place.rename(columns=lambda name: str(name)[1:])
        marks["exit"] = pd.Categorical(marks["exit"].astype("str"), categories=EXITS)
        return Prepared(source, place, values, marks.astype({"at": np.int64}))

    def keep_rows(self, key: str, rows: Prepared) -> None:
        """Keep a file's prepared rows."""
        frame = pd.concat([rows.place.add_prefix("@"), rows.values], axis=1)
        self._used |= {f"{key}.rows.parquet", f"{key}.marks.parquet"}
        self._writing.append(self._writer.submit(self._write_rows, key, frame, rows.marks))

    def _write_rows(self, key: str, frame: pd.DataFrame, marks: pd.DataFrame) -> None:
        # The marks first: rows without marks would be taken for clean ones.
        write_whole(self.folder / CACHE / f"{key}.marks.parquet", parquet_bytes(marks, "lz4"))
        write_whole(self.folder / CACHE / f"{key}.rows.parquet", parquet_bytes(frame, "lz4"))

    def settle(self) -> None:
        """Wait until all is written; what the disk refused is raised here."""
        for writing in self._writing:
            writing.result()
        self._writing.clear()

    def forget_others(self) -> None:
        """Remove what no file of this run asked for."""
        self.settle()
        for place in (self.folder / CACHE).glob("*"):
            if place.name not in self._used:
                place.unlink(missing_ok=True)


def remember_run(folder: Path, run: str, told: Mapping[str, Any]) -> None:
    """Note that the folder holds the outcome of a run, and what was told of it."""
    note = {"run": run, "manifest": _digest_of_manifest(folder), "told": dict(told)}
    write_whole(folder / CACHE / _RUN, json.dumps(note).encode())


def remembered_run(folder: Path, run: str) -> dict[str, Any] | None:
    """Return what was told of a run, if the folder still holds its outcome whole."""
    try:
        note = json.loads((folder / CACHE / _RUN).read_text(encoding="utf-8"))
        if note["run"] != run or note["manifest"] != _digest_of_manifest(folder) or not is_whole(folder):
            return None
    except (OSError, ValueError, KeyError, TypeError, ProcessedDataError):
        return None
    told: dict[str, Any] = note["told"]
    return {**told, "passed_over": tuple(told["passed_over"])}


def _digest_of_manifest(folder: Path) -> str:
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def concatenated(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put records one under the other; of none, an empty frame with the first one's columns."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled or list(frames[:1]), ignore_index=True)
