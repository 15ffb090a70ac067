"""The file names in a raw folder that are not exports: one list for all readers and writers of the folder."""

from __future__ import annotations

from functools import cache

from asn_research.rules.loading import RULES, FrozenModel, read_rows


class ReservedFile(FrozenModel):
    """A file name that is never read as an export, and what the file contains."""

    file: str
    holds_indonesian: str
    holds_english: str


@cache
def load_reserved() -> tuple[ReservedFile, ...]:
    """Load the reserved files from `reserved_files.csv`."""
    return tuple(row for _, row in read_rows(ReservedFile, RULES / "reserved_files.csv"))


@cache
def reserved_names() -> tuple[str, ...]:
    """Return the reserved file names, in the order of the list."""
    return tuple(row.file for row in load_reserved())
