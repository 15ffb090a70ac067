"""Put files that the user chose into the project, take them out, and put them back."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from asn_research.desk.place import TAKEN_OUT, Place
from asn_research.errors import AsnError, RequestError
from asn_research.read.file_guards import printable
from asn_research.read.given_forms import FILES
from asn_research.read.given_forms import FOLDER as FORMS
from asn_research.read.grids import TEXTS, WORKBOOKS
from asn_research.read.profiles import SUFFIX
from asn_research.rules.reserved import reserved_names
from asn_research.rules.words import Said, said, worded
from asn_research.storage import checksum, make_private, replace_file, within, write_whole

#: The largest file, in bytes.
MAX_FILE = 200 << 20
_STAMP = re.compile(r"^\d{13} ")


def put(place: Place, name: str, content: bytes) -> Said:
    """Put a file into the project, and return a message for the user.

    A form goes to the forms; any other file to the exports. A file with the same name and other content is
    taken out first, and can be put back.

    Parameters
    ----------
    place : Place
        The project.
    name : str
        The file's name, as the browser tells it; folders in it are ignored.
    content : bytes
        The file.

    Raises
    ------
    RequestError
        If the desk does not take files of this kind, name or size.
    """
    bare = PurePosixPath(name.replace("\\", "/")).name
    shown = printable(bare)[:80]
    if not bare or bare.startswith((".", "_", "~$")):
        raise worded(RequestError, "error_desk_name", file=shown)
    if Path(bare).suffix.lower() not in WORKBOOKS | TEXTS:
        raise worded(RequestError, "error_desk_kind", file=shown)
    if len(content) > MAX_FILE:
        raise worded(RequestError, "error_desk_size", file=shown, size=MAX_FILE >> 20)
    if not content:
        raise worded(RequestError, "error_desk_empty", file=shown)
    folder = make_private(place.raw / FORMS) if bare in FILES.values() else place.raw
    try:
        target = within(folder, bare)
    except AsnError:
        raise worded(RequestError, "error_desk_name", file=shown) from None
    if target.is_file() and checksum(target.read_bytes()) == checksum(content):
        return said("desk_put_same", file=shown)
    is_there = target.exists()
    if is_there:
        take_out(place, target.relative_to(place.raw).as_posix())
    write_whole(target, content)
    return said("desk_put_instead" if is_there else "desk_put", file=shown)


def is_unchanged(outcome: Said) -> bool:
    """Return whether `put` found the same file there already, so that nothing has changed."""
    return outcome.word == "desk_put_same"


def inside(place: Place, name: str) -> Path:
    """Return the path of an export by its name relative to the raw folder.

    Raises
    ------
    RequestError
        If there is no such file, or the name leads elsewhere.
    """
    parts: Sequence[str] = name.split("/")
    try:
        path = within(place.raw, *parts)
    except AsnError:
        path = None
    hidden = any(part.startswith((".", "~$")) for part in parts) or (
        parts[0].startswith("_") and parts[0] != FORMS
    )
    if path is None or hidden or not path.is_file():
        raise worded(RequestError, "error_desk_no_file", file=printable(name)[:80])
    return path


def take_out(place: Place, name: str) -> None:
    """Take a file out of the project; it is kept, and can be put back.

    Raises
    ------
    RequestError
        If there is no such file.
    """
    path = inside(place, name)
    home = make_private(place.raw / TAKEN_OUT)
    target = within(home, f"{time.time_ns() // 10**6} {path.name}")
    replace_file(path, target)
    profile = path.with_name(f"{path.stem}{SUFFIX}")
    if profile.is_file() and path.name not in reserved_names():
        profile.unlink()


def taken_out(place: Place) -> list[str]:
    """Return the names of the files that were taken out, newest first."""
    home = place.raw / TAKEN_OUT
    return (
        sorted((path.name for path in home.iterdir() if path.is_file()), reverse=True)
        if home.is_dir()
        else []
    )


def put_back(place: Place, name: str) -> Said:
    """Put a file that was taken out back into the project, and return a message.

    Raises
    ------
    RequestError
        If there is no such file, or another one has its name now.
    """
    if name not in taken_out(place):
        raise worded(RequestError, "error_desk_no_file", file=printable(name)[:80])
    bare = _STAMP.sub("", name)
    folder = place.raw / FORMS if bare in FILES.values() else place.raw
    target = within(folder, bare)
    if target.exists():
        raise worded(RequestError, "error_desk_name_taken", file=bare)
    replace_file(within(place.raw / TAKEN_OUT, name), target)
    return said("desk_put_back", file=bare)
