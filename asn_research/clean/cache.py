"""The cache of parsed files. The cache key of a file depends on everything that affects its rows.

The cache is in the processed folder. It contains texts of raw cells, so it is encrypted with the project's
key. It can be deleted at any time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from asn_research.clean.privacy.identity import Pseudonyms
from asn_research.clean.privacy.sealing import Sealer
from asn_research.clean.store import MANIFEST, MEMORY, is_whole, parquet_bytes
from asn_research.clean.working import EXITS, Prepared
from asn_research.errors import ProcessedDataError
from asn_research.sealed import Store, read_sealed, seal
from asn_research.storage import checksum, package_digest, write_whole

_FILES = "files"
_RUN = "run"
_STAGES = ("rules", "read", "clean")


def code_digest() -> str:
    """Return a digest of everything that affects how a file is read: code, codebooks and rules."""
    return package_digest(*_STAGES)


class FileCache:
    """The cached rows and facts of files, by cache key.

    Parameters
    ----------
    folder : Path
        The processed folder.
    pseudonym : Pseudonyms
        The project's key, which encrypts the cache.
    """

    def __init__(self, folder: Path, pseudonym: Pseudonyms) -> None:
        self._sealer = Sealer.of(pseudonym)
        self._store = Store(folder / MEMORY / _FILES, code_digest())
        # Writing is done in a thread, so that cleaning continues while bytes are compressed and written.
        self._writer = ThreadPoolExecutor(1)
        self._writing: list[Future[None]] = []

    def facts(self, key: str) -> dict[str, Any] | None:
        """Return the cached facts of a file; None if there are none."""
        content = self._get(f"{key}.json")
        if content is None:
            return None
        facts: dict[str, Any] = json.loads(content)
        return facts

    def keep_facts(self, key: str, facts: dict[str, Any]) -> None:
        """Store the facts of a file."""
        self._put(f"{key}.json", json.dumps(facts).encode())

    def _get(self, name: str) -> bytes | None:
        content = self._store.get(name)
        return None if content is None else self._sealer.unseal(content, name)

    def _put(self, name: str, content: bytes) -> None:
        self._store.put(name, self._sealer.seal(content, name))

    def rows(self, key: str, source: str) -> Prepared | None:
        """Return the cached rows of a file; None if they are missing or incomplete."""
        kept, marked = self._get(f"{key}.rows"), self._get(f"{key}.marks")
        if kept is None or marked is None:
            return None
        frame, marks = pd.read_parquet(BytesIO(kept)), pd.read_parquet(BytesIO(marked))
        place = frame[[c for c in frame if str(c).startswith("@")]]
        values = frame[[c for c in frame if not str(c).startswith("@")]]
        place = place.rename(columns=lambda name: str(name)[1:])
        marks["exit"] = pd.Categorical(marks["exit"].astype("str"), categories=EXITS)
        return Prepared(source, place, values, marks.astype({"at": np.int64}))

    def keep_rows(self, key: str, rows: Prepared) -> None:
        """Store the rows of a file, in a background thread."""
        frame = pd.concat([rows.place.add_prefix("@"), rows.values], axis=1)
        self._writing.append(self._writer.submit(self._write_rows, key, frame, rows.marks))

    def _write_rows(self, key: str, frame: pd.DataFrame, marks: pd.DataFrame) -> None:
        self._put(f"{key}.marks", parquet_bytes(marks, "lz4"))
        self._put(f"{key}.rows", parquet_bytes(frame, "lz4"))

    def wait_for_writes(self) -> None:
        """Wait until all rows are written."""
        for writing in self._writing:
            writing.result()
        self._writing.clear()

    def forget_others(self) -> None:
        """Remove the entries that no file of this run used."""
        self.wait_for_writes()
        self._store.forget_unused()


def remember_run(folder: Path, run: str, outcome: Mapping[str, Any], pseudonym: Pseudonyms) -> None:
    """Record that the folder holds the result of a run, together with the report of that run.

    Parameters
    ----------
    folder : Path
        The processed folder.
    run : str
        The digest of everything that affects the result.
    outcome : mapping
        The report of the run, as JSON values.
    pseudonym : Pseudonyms
        The project's key.
    """
    note = {"run": run, "manifest": _digest_of_manifest(folder), "outcome": dict(outcome)}
    with suppress(OSError):
        # If this cannot be written, the next run only reads the files again.
        content = Sealer.of(pseudonym).seal(json.dumps(note).encode(), _RUN)
        write_whole(folder / MEMORY / _RUN, seal(content))


def remembered_run(folder: Path, run: str, pseudonym: Pseudonyms) -> dict[str, Any] | None:
    """Return the report of a run, if the folder still holds its complete result; else None."""
    kept = read_sealed(folder / MEMORY / _RUN)
    content = None if kept is None else Sealer.of(pseudonym).unseal(kept, _RUN)
    if content is None:
        return None
    note = json.loads(content)
    try:
        if note["run"] != run or note["manifest"] != _digest_of_manifest(folder) or not is_whole(folder):
            return None
    except (OSError, ProcessedDataError):
        return None
    outcome: dict[str, Any] = note["outcome"]
    return {**outcome, "passed_over": tuple(outcome["passed_over"])}


def _digest_of_manifest(folder: Path) -> str:
    return checksum((folder / MANIFEST).read_bytes())


def concatenated(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate tables; if all are empty, return an empty table with the columns of the first."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled or list(frames[:1]), ignore_index=True)
