"""A city's measures, stored with its processed data and computed again only when data or code have changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from asn_research.branches import OnProgress
from asn_research.clean.store import (
    MANIFEST,
    MEASURES,
    MEMORY,
    Processed,
    digest_of_data,
    open_processed,
)
from asn_research.errors import ProcessedDataError
from asn_research.ledger import copy_in, digest_of_ledger
from asn_research.pipeline import Measures, measure_all
from asn_research.publish import private_folder, publish_folder
from asn_research.remembered import StoredResults, remembering
from asn_research.rules.words import worded
from asn_research.sealed import Store, read_sealed, seal
from asn_research.storage import (
    checksum,
    digest_of,
    lock_digest,
    locked,
    make_private,
    package_digest,
    remove_leftovers,
    within,
    write_whole,
)
from asn_research.study.study_claims import Claim

_RESULTS = "results"
_CLAIMS = "claims.json"
_TABLE = ".parquet"


def open_measures(processed_folder: Path | str, *, on_progress: OnProgress | None = None) -> Measures:
    """Return a city's measures and estimates as the reports use them.

    They are stored in the folder ``measures`` of the processed data. If they are missing, damaged, or made
    from other data or by other code, they are computed first.

    Parameters
    ----------
    processed_folder : Path or str
        The processed data.
    on_progress : callable, optional
        Progress callback: takes the numbers of finished and of all parts while measures are computed.

    Returns
    -------
    Measures

    Raises
    ------
    ProcessedDataError
        If there are no processed data, or the disk refuses.
    """
    folder = Path(processed_folder)
    open_processed(folder)
    measures = _kept(folder)
    if measures is None:
        with locked(folder, private=True):
            # Another run may have computed them while this one waited for the lock.
            measures = _kept(folder) or _computed(open_processed(folder), on_progress)
    return measures


def _computed(processed: Processed, on_progress: OnProgress | None) -> Measures:
    """Compute all measures, store them, and return them as read back from the disk."""
    remove_leftovers(processed.folder)
    key = measures_key(processed.folder)
    store = Store(processed.folder / MEMORY / _RESULTS, _code_digest())
    with remembering(StoredResults(store)):
        measures = measure_all(processed, on_progress=on_progress)
    store.forget_unused()
    _keep(measures, processed.folder, key)
    kept = _kept(processed.folder)
    if kept is None:
        msg = f"The measures in {processed.folder.name} are not as they were written. Check the disk, and run again."
        raise ProcessedDataError(msg)
    return kept


def _keep(measures: Measures, folder: Path, key: str) -> None:
    """Write all measures, and move them to their folder in one step."""
    content = {f"{name}{_TABLE}": _parquet(frame) for name, frame in measures.frames.items()}
    content[_CLAIMS] = json.dumps([asdict(claim) for claim in measures.claims]).encode()
    listed = {
        "made_from": key,
        "files": {name: checksum(file_content) for name, file_content in content.items()},
    }
    with _told_plainly(), private_folder(folder) as work:
        finished = make_private(work / MEASURES)
        for name, file_content in content.items():
            write_whole(within(finished, name), file_content)
        write_whole(finished / MANIFEST, seal(json.dumps(listed).encode()))
        publish_folder(finished, folder / MEASURES)


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Turn an error of the disk into an error in plain words."""
    try:
        yield
    except OSError as error:
        raise worded(ProcessedDataError, "error_measures_unwritten", reason=error.strerror) from error


def _kept(folder: Path) -> Measures | None:
    """Return the stored measures; None if they are missing, damaged, or made from other data or by other code."""
    content = _content(folder)
    if content is None:
        return None
    frames = {
        name.removesuffix(_TABLE): pd.read_parquet(BytesIO(file_content))
        for name, file_content in sorted(content.items())
        if name.endswith(_TABLE)
    }
    return Measures(frames, tuple(Claim(**each) for each in json.loads(content[_CLAIMS])))


def _content(folder: Path) -> Mapping[str, bytes] | None:
    """Return the bytes of each stored file; None if the key or a checksum does not match."""
    listed = _listed(folder / MEASURES)
    if listed is None or listed["made_from"] != measures_key(folder):
        return None
    content = {}
    for name, known in listed["files"].items():
        try:
            file_content = within(folder / MEASURES, name).read_bytes()
        except OSError:
            return None
        if checksum(file_content) != known:
            return None
        content[name] = file_content
    return content


def _listed(place: Path) -> dict[str, Any] | None:
    """Return the manifest of the stored measures: their cache key, and the checksum of each file."""
    content = read_sealed(place / MANIFEST)
    return None if content is None else json.loads(content)


def measures_key(folder: Path) -> str:
    """Return the cache key of the measures: a digest of the data and of all code."""
    return digest_of(digest_of_data(folder), _code_digest())


def state_of(folder: Path) -> str:
    """Return a digest of everything that a report depends on: data, stored measures, releases, code."""
    listed = read_sealed(folder / MEASURES / MANIFEST)
    released = digest_of_ledger(copy_in(folder))
    return digest_of(measures_key(folder), b"" if listed is None else listed, released)


def results_of(folder: Path) -> StoredResults:
    """Return the cache of results in a folder, limited to those of the current code."""
    return StoredResults(Store(folder, _code_digest()))


def _code_digest() -> str:
    return digest_of(package_digest(), lock_digest())
