"""The ledger of releases: the record of a city's published reports, stored beside its raw files.

Each release is one sealed file, numbered in the order of approval. A release is never changed: a corrected edition of
a period is a new release. It holds numbers of people by unit, period and group, and no person's number or name. The
processed data hold a copy, so that a user without the raw files protects reports against the same releases.

Beside each release stands what its headlines were computed from: the processed rows of the period, the register and
the rules, sealed and for the owner alone, as the processed data are. From it follows why a headline has changed since.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from asn_research.codec import decode, encode
from asn_research.errors import LedgerError
from asn_research.rules.words import worded
from asn_research.sealed import seal, unseal
from asn_research.storage import digest_of, make_private, within, write_whole

#: The ledger's folder beside the raw files. Names that begin with an underscore are not read as exports.
FOLDER = "_terbitan"
#: The folder of the ledger's copy in the processed data.
COPY = "releases"
_NAME = re.compile(r"(\d{4})-[\w-]+\.terbitan")
#: Beside each release stands what its headlines were computed from.
_ARCHIVE = re.compile(r"(\d{4})-[\w-]+\.dasar")


@dataclass(frozen=True)
class ReleaseException:
    """What an approver has let stand in a release, and why.

    Parameters
    ----------
    unit : str
        The unit whose report it is; ``CITY`` for the city.
    reason : str
        The reason, in the approver's words.
    matters : tuple of str
        The hidden numbers that published figures give away: table, column, keys and number.
    files : tuple of str
        The files that were changed after the report was made, for example to sign it.
    """

    unit: str
    reason: str
    matters: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Release:
    """One release of a period's reports.

    Parameters
    ----------
    number : int
        1, 2, ... in the order of approval.
    period : str
        The period of the reports.
    edition : int
        1 for the first release of the period; 2, 3, ... for later ones.
    approved_at : str
        Day and time of the approval.
    by : str
        The office that approved it; empty if none was named.
    audiences : tuple of str
        The audiences of the published reports.
    is_simulated : bool
        Whether the data came from the simulator; such a release says nothing about real people.
    files : mapping of str to str
        The checksum of each published file, by name.
    counts : mapping of str to CountedTable
        By measure, the numbers of people that were shown or suppressed, for all periods that had ended.
    exceptions : tuple of ReleaseException
        What the approver has let stand with a reason; empty in most releases.
    reported_index : {"exact", "printed"}
        Of which weight the reported index was.
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
    exceptions: tuple[ReleaseException, ...] = ()
    reported_index: Literal["exact", "printed"] = "exact"

    @property
    def file(self) -> str:
        """The name of the release's file."""
        return f"{self.number:04}-{self.period}-{self.edition}.terbitan"

    @property
    def archive(self) -> str:
        """The name of the file with what its headlines were computed from."""
        return f"{self.number:04}-{self.period}-{self.edition}.dasar"


def ledger_of(raw: Path) -> Path:
    """Return the path of the ledger that belongs to a folder of raw files."""
    return raw / FOLDER


def copy_in(processed: Path) -> Path:
    """Return the path of the ledger's copy in a folder of processed data."""
    return processed / COPY


def releases_in(ledger: Path) -> tuple[Release, ...]:
    """Return all releases of a ledger, oldest first; an empty tuple if there is no ledger.

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
    """Return the files of a ledger by name, in order of release, each in its sealed form."""
    found: dict[str, bytes] = {}
    try:
        names = sorted(path.name for path in ledger.iterdir()) if ledger.is_dir() else []
        for name in (name for name in names if not name.startswith(".") and not _ARCHIVE.fullmatch(name)):
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
    """Write a release into a ledger, and return the path of its file.

    Raises
    ------
    LedgerError
        If its number is not the next one of the ledger, or the disk refuses.
    """
    if release.number != len(_read(ledger)) + 1:
        raise worded(LedgerError, "error_ledger_gap", number=release.number, folder=ledger.name)
    try:
        place = within(make_private(ledger), release.file)
        write_whole(place, seal(zlib.compress(encode(release), 9)))
    except OSError as error:
        raise worded(LedgerError, "error_ledger_unread", folder=ledger.name, reason=error.strerror) from error
    return place


def archive_base(ledger: Path, release: Release, base: object) -> Path:
    """Keep what a release's headlines were computed from beside it, for its owner alone, and return the path.

    Parameters
    ----------
    ledger : Path
        The ledger.
    release : Release
        The release, which must be written already.
    base : object
        Rows without names and numbers of people, the register and the rules; any record of this package.

    Raises
    ------
    LedgerError
        If the disk refuses.
    """
    try:
        place = within(make_private(ledger), release.archive)
        write_whole(place, seal(zlib.compress(encode(base), 6)))
    except OSError as error:
        raise worded(LedgerError, "error_ledger_unread", folder=ledger.name, reason=error.strerror) from error
    return place


def archived_base(ledger: Path, release: Release) -> Any:
    """Return what a release's headlines were computed from; None if it was not kept, is damaged or of another version."""
    try:
        return decode(zlib.decompress(unseal(within(ledger, release.archive).read_bytes()) or b""))
    except (OSError, ValueError, TypeError, LookupError, AttributeError, ImportError, zlib.error):
        return None


def copy_ledger(raw: Path, processed: Path) -> None:
    """Update the copy of the ledger in the processed data, so that it equals the one beside the raw files.

    Raises
    ------
    LedgerError
        If a release is missing or damaged.
    """
    wanted, place = _read(ledger_of(raw)), copy_in(processed)
    if not wanted and not place.exists():
        return
    make_private(place)
    files = [*ledger_of(raw).iterdir()] if wanted else []
    bases = {path.name: path.read_bytes() for path in files if _ARCHIVE.fullmatch(path.name)}
    for path in place.iterdir():
        if path.name not in wanted and path.name not in bases:
            path.unlink()
    for name, content in {**wanted, **bases}.items():
        copy = within(place, name)
        if not copy.is_file() or copy.read_bytes() != content:
            write_whole(copy, content)


def digest_of_ledger(ledger: Path) -> str:
    """Return a digest of all releases; an empty text if there are none."""
    releases = _read(ledger)
    return digest_of(*(part for file in releases.items() for part in file)) if releases else ""
