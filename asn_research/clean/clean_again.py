"""Clean raw files again into a folder of their own, without the cache: to see whether a stored result still follows."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from asn_research.clean.cleaning import clean_in_memory
from asn_research.clean.new_tables import new_data
from asn_research.clean.privacy.identity import Pseudonyms, load_key
from asn_research.clean.store import Processed, open_processed, write_processed
from asn_research.errors import KeyFileError
from asn_research.read import list_raw_files
from asn_research.rules.codebooks import SOURCES
from asn_research.rules.words import worded


def clean_again(
    raw: Path,
    out: Path,
    like: Processed,
    *,
    key_file: Path | None = None,
    sources: Collection[str] = SOURCES,
) -> Processed:
    """Clean raw files as on the day of an earlier run, and store the result elsewhere.

    Nothing is taken from the cache and nothing is written into the raw folder.

    Parameters
    ----------
    raw : Path
        The folder of exports.
    out : Path
        An empty folder for the result; it must be private, and its owner removes it.
    like : Processed
        The earlier result. Its day and its key are used.
    key_file : Path, optional
        Where the pseudonym key is kept.
    sources : collection of str
        The sources that are cleaned.

    Returns
    -------
    Processed

    Raises
    ------
    KeyFileError
        If the key is missing, or is not that of the earlier result.
    RawDataError
        If no file can be read.
    """
    pseudonym = Pseudonyms(load_key(key_file, may_make=False)[0])
    if pseudonym.fingerprint != like.manifest.key_fingerprint:
        raise worded(KeyFileError, "error_other_key", out=like.folder.name)
    today = like.manifest.today
    found = clean_in_memory(raw, list_raw_files(raw), pseudonym, today=today, sources=sources)
    write_processed(out, new_data(raw, found, pseudonym, today))
    return open_processed(out)
