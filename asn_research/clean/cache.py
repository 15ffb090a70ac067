"""What has been read once need not be read again: each file's prepared rows, keyed by all they depend on.

The cache lies within the processed folder. It holds what cells said, so it is sealed with the project's key.
It can be deleted at any time.
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

from asn_research.clean.identity import Pseudonyms
from asn_research.clean.sealing import Sealer
from asn_research.clean.store import MANIFEST, MEMORY, is_whole, parquet_bytes
from asn_research.clean.working import EXITS, Prepared
from asn_research.errors import ProcessedDataError
from asn_research.memory import Store, checksum, package_digest, read_sealed, seal, write_whole

_FILES = "files"
_RUN = "run"
_STAGES = ("rules", "read", "clean")


def code_digest() -> str:
    """Return a digest of all that decides how a file is read: code, codebooks, rules."""
    return package_digest(*_STAGES)


class FileCache:
    """Prepared rows and facts of files, by key.

    Parameters
    ----------
    folder : Path
        The processed folder.
    pseudonym : Pseudonyms
        The project's key, which seals what is kept.
    """

    def __init__(self, folder: Path, pseudonym: Pseudonyms) -> None:
        self._sealer = Sealer.of(pseudonym)
        self._store = Store(folder / MEMORY / _FILES, code_digest())
        # Writing waits for the disk and packs bytes, while the next rows can be cleaned.
        self._writer = ThreadPoolExecutor(1)
        self._writing: list[Future[None]] = []

    def facts(self, key: str) -> dict[str, Any] | None:
        """Return what is known of a file, or none."""
        content = self._get(f"{key}.json")
        if content is None:
            return None
        facts: dict[str, Any] = json.loads(content)
        return facts

    def keep_facts(self, key: str, facts: dict[str, Any]) -> None:
        """Keep what is known of a file."""
        self._put(f"{key}.json", json.dumps(facts).encode())

    def _get(self, name: str) -> bytes | None:
        content = self._store.get(name)
        return None if content is None else self._sealer.unseal(content, name)

    def _put(self, name: str, content: bytes) -> None:
        self._store.put(name, self._sealer.seal(content, name))

    def rows(self, key: str, source: str) -> Prepared | None:
        """Return a file's prepared rows, or none if they are not there whole."""
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
        """Keep a file's prepared rows."""
        frame = pd.concat([rows.place.add_prefix("@"), rows.values], axis=1)
        self._writing.append(self._writer.submit(self._write_rows, key, frame, rows.marks))

    def _write_rows(self, key: str, frame: pd.DataFrame, marks: pd.DataFrame) -> None:
        self._put(f"{key}.marks", parquet_bytes(marks, "lz4"))
        self._put(f"{key}.rows", parquet_bytes(frame, "lz4"))

    def settle(self) -> None:
        """Wait until all is written."""
        for writing in self._writing:
            writing.result()
        self._writing.clear()

    def forget_others(self) -> None:
        """Remove what no file of this run asked for."""
        self.settle()
        self._store.forget_unused()


def remember_run(folder: Path, run: str, told: Mapping[str, Any], pseudonym: Pseudonyms) -> None:
    """Note that the folder holds the outcome of a run, and what was told of it."""
    note = {"run": run, "manifest": _digest_of_manifest(folder), "told": dict(told)}
    with suppress(OSError):
        # Without the note, the next run reads the files again.
        content = Sealer.of(pseudonym).seal(json.dumps(note).encode(), _RUN)
        write_whole(folder / MEMORY / _RUN, seal(content))


def remembered_run(folder: Path, run: str, pseudonym: Pseudonyms) -> dict[str, Any] | None:
    """Return what was told of a run, if the folder still holds its outcome whole."""
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
    told: dict[str, Any] = note["told"]
    return {**told, "passed_over": tuple(told["passed_over"])}


def _digest_of_manifest(folder: Path) -> str:
    return checksum((folder / MANIFEST).read_bytes())


def concatenated(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put records one under the other; of none, an empty frame with the first one's columns."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled or list(frames[:1]), ignore_index=True)
