"""A city's measures beside its processed data: computed once, kept, and computed again when anything changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from asn_research.branches import Told
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
from asn_research.memory import (
    Store,
    checksum,
    digest_of,
    lock_digest,
    locked,
    make_private,
    package_digest,
    read_sealed,
    remove_leftovers,
    seal,
    within,
    write_whole,
)
from asn_research.model.claims import Claim
from asn_research.pipeline import Measures, measure_all
from asn_research.publish import private_folder, publish_folder
from asn_research.remembered import StoredResults, remembering
from asn_research.rules.words import worded

_RESULTS = "results"
_CLAIMS = "claims.json"
_TABLE = ".parquet"


def open_measures(processed_folder: Path | str, *, told: Told | None = None) -> Measures:
    """Return a city's measures and estimates as the reports use them.

    They lie in the folder ``measures`` of the processed data. Where they are not there, not whole, or
    made from other data or by other code, they are computed first.

    Parameters
    ----------
    processed_folder : Path or str
        The processed data.
    told : callable, optional
        Is told how much is done, and of how much, while they are computed.

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
            # Another run may have made them meanwhile.
            measures = _kept(folder) or _computed(open_processed(folder), told)
    return measures


def _computed(processed: Processed, told: Told | None) -> Measures:
    """Compute all measures, keep them, and return them as they are read."""
    remove_leftovers(processed.folder)
    key = measures_key(processed.folder)
    store = Store(processed.folder / MEMORY / _RESULTS, _code_digest())
    with remembering(StoredResults(store)):
        measures = measure_all(processed, told=told)
    store.forget_unused()
    _keep(measures, processed.folder, key)
    kept = _kept(processed.folder)
    if kept is None:
        msg = f"The measures in {processed.folder.name} are not as they were written. Check the disk, and run again."
        raise ProcessedDataError(msg)
    return kept


def _keep(measures: Measures, folder: Path, key: str) -> None:
    """Put measures in their place in one move."""
    content = {f"{name}{_TABLE}": _parquet(frame) for name, frame in measures.frames.items()}
    content[_CLAIMS] = json.dumps([asdict(claim) for claim in measures.claims]).encode()
    listed = {"made_from": key, "files": {name: checksum(held) for name, held in content.items()}}
    with _told_plainly(), private_folder(folder) as work:
        finished = make_private(work / MEASURES)
        for name, held in content.items():
            write_whole(within(finished, name), held)
        write_whole(finished / MANIFEST, seal(json.dumps(listed).encode()))
        publish_folder(finished, folder / MEASURES)


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Say in plain words that the disk refuses."""
    try:
        yield
    except OSError as error:
        raise worded(ProcessedDataError, "error_measures_unwritten", reason=error.strerror) from error


def _kept(folder: Path) -> Measures | None:
    """Return the measures that are kept; None where they are not whole, or made from other data or code."""
    content = _content(folder)
    if content is None:
        return None
    frames = {
        name.removesuffix(_TABLE): pd.read_parquet(BytesIO(held))
        for name, held in sorted(content.items())
        if name.endswith(_TABLE)
    }
    return Measures(frames, tuple(Claim(**each) for each in json.loads(content[_CLAIMS])))


def _content(folder: Path) -> Mapping[str, bytes] | None:
    """Return the bytes of each file of the measures."""
    listed = _listed(folder / MEASURES)
    if listed is None or listed["made_from"] != measures_key(folder):
        return None
    content = {}
    for name, known in listed["files"].items():
        try:
            held = within(folder / MEASURES, name).read_bytes()
        except OSError:
            return None
        if checksum(held) != known:
            return None
        content[name] = held
    return content


def _listed(place: Path) -> dict[str, Any] | None:
    """Return the list of measures: what they were made from, and the checksum of each file."""
    content = read_sealed(place / MANIFEST)
    return None if content is None else json.loads(content)


def measures_key(folder: Path) -> str:
    """Return a digest of the data and of all code: either one's change means new measures."""
    return digest_of(digest_of_data(folder), _code_digest())


def state_of(folder: Path) -> str:
    """Return a digest of all that a report can show: the data, the measures as they lie there, releases, the code."""
    listed = read_sealed(folder / MEASURES / MANIFEST)
    released = digest_of_ledger(copy_in(folder))
    return digest_of(measures_key(folder), b"" if listed is None else listed, released)


def results_of(folder: Path) -> StoredResults:
    """Return the results that the code as it is has left in a folder."""
    return StoredResults(Store(folder, _code_digest()))


def _code_digest() -> str:
    return digest_of(package_digest(), lock_digest())
