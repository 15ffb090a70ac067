"""Files beside the exports that are no exports: one list of names, for whatever reads or writes a raw folder."""

from __future__ import annotations

from functools import cache

from asn_research.rules.loading import RULES, FrozenModel, read_rows


class ReservedFile(FrozenModel):
    """A name that is never read as an export."""

    file: str
    holds_indonesian: str
    holds_english: str


@cache
def load_reserved() -> tuple[ReservedFile, ...]:
    """Load the reserved names, from `reserved_files.csv`."""
    return tuple(row for _, row in read_rows(ReservedFile, RULES / "reserved_files.csv"))


@cache
def reserved_names() -> tuple[str, ...]:
    """Return the names that are never read as exports, in order."""
    return tuple(row.file for row in load_reserved())
