"""The ledger of releases: what has been published of a city, kept beside its raw files.

Each release is one sealed file, numbered in the order of approval, and none is ever changed: a corrected edition of a
period is a further release. It holds numbers of people by unit, period and group, and no person's number or name. The
processed data hold a copy, so that whoever has them alone protects against the same releases.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asn_research.codec import decode, encode
from asn_research.errors import LedgerError
from asn_research.memory import digest_of, make_private, seal, unseal, within, write_whole
from asn_research.rules.words import worded

#: Beside the raw files; what begins so is not read as an export.
FOLDER = "_terbitan"
#: In the processed data.
COPY = "releases"
_NAME = re.compile(r"(\d{4})-[\w-]+\.terbitan")


@dataclass(frozen=True)
class Release:
    """One release of a period's reports.

    Parameters
    ----------
    number : int
        1, 2, ... in the order of approval.
    period : str
        Whose reports they are.
    edition : int
        1; or 2, 3, ... where the period had been released before.
    approved_at : str
        Day and time of the approval.
    by : str
        The office that approved it; empty if none was named.
    audiences : tuple of str
        For whom there are reports.
    is_simulated : bool
        Whether the data came from the simulator; such a release tells nothing of real people.
    files : mapping of str to str
        Each published file, with its checksum.
    counts : mapping of str to CountedTable
        By measure, the numbers of people that were shown or hidden; of all periods that had ended.
    """

    number: int
    period: str
    edition: int
    approved_at: str
    by: str
    audiences: tuple[str, ...]
    is_simulated: bool
    files: Mapping[str, str]
    counts: Mapping[str, Any] = field(repr=False)

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.number:04}-{self.period}-{self.edition}.terbitan"


def ledger_of(raw: Path) -> Path:
    """Return where the ledger of a folder of raw files lies."""
    return raw / FOLDER


def copy_in(processed: Path) -> Path:
    """Return where processed data keep their copy of the ledger."""
    return processed / COPY


def releases_in(ledger: Path) -> tuple[Release, ...]:
    """Return all releases of a ledger, oldest first; none where there is no ledger.

    Raises
    ------
    LedgerError
        If one is missing, damaged, or written by another version in a form that this one cannot read.
    """
    return tuple(_release(name, content) for name, content in _read(ledger).items())


def _release(name: str, content: bytes) -> Release:
    try:
        found = decode(zlib.decompress(unseal(content) or b""))
    except (ValueError, TypeError, LookupError, AttributeError, ImportError, zlib.error):
        found = None
    if not isinstance(found, Release) or found.file != name:
        raise worded(LedgerError, "error_ledger_damaged", file=name)
    return found


def _read(ledger: Path) -> dict[str, bytes]:
    """Return the files of a ledger by name, in their order, each as it was sealed."""
    found: dict[str, bytes] = {}
    try:
        names = sorted(path.name for path in ledger.iterdir()) if ledger.is_dir() else []
        for name in (name for name in names if not name.startswith(".")):
            match = _NAME.fullmatch(name)
            if match is None:
                raise worded(LedgerError, "error_ledger_other_file", file=name, folder=ledger.name)
            if int(match[1]) != len(found) + 1:
                raise worded(LedgerError, "error_ledger_gap", number=len(found) + 1, folder=ledger.name)
            found[name] = within(ledger, name).read_bytes()
            if unseal(found[name]) is None:
                raise worded(LedgerError, "error_ledger_damaged", file=name)
    except OSError as error:
        raise worded(LedgerError, "error_ledger_unread", folder=ledger.name, reason=error.strerror) from error
    return found


def add_release(ledger: Path, release: Release) -> Path:
    """Write a release into a ledger, and return its place.

    Raises
    ------
    LedgerError
        If another release has its number, or the disk refuses.
    """
    if release.number != len(_read(ledger)) + 1:
        raise worded(LedgerError, "error_ledger_gap", number=release.number, folder=ledger.name)
    try:
        place = within(make_private(ledger), release.file)
        write_whole(place, seal(zlib.compress(encode(release), 9)))
    except OSError as error:
        raise worded(LedgerError, "error_ledger_unread", folder=ledger.name, reason=error.strerror) from error
    return place


def copy_ledger(raw: Path, processed: Path) -> None:
    """Bring the copy of the ledger in processed data up to what lies beside the raw files.

    Raises
    ------
    LedgerError
        If a release is missing or damaged.
    """
    wanted, place = _read(ledger_of(raw)), copy_in(processed)
    if not wanted and not place.exists():
        return
    make_private(place)
    for path in place.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        copy = within(place, name)
        if not copy.is_file() or copy.read_bytes() != content:
            write_whole(copy, content)


def digest_of_ledger(ledger: Path) -> str:
    """Return a digest of all releases; empty where there are none."""
    held = _read(ledger)
    return digest_of(*(part for file in held.items() for part in file)) if held else ""
