"""Files of a report that a person has changed or put there: they stay, and a new edition stands beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from asn_research.memory import checksum
from asn_research.publish import NEW
from asn_research.render.editions.common import TTE
from asn_research.render.records import Record

#: What people write into, or sign. Nobody writes into a page or a picture; one that is damaged is made anew.
EDITABLE = frozenset({".docx", ".xlsx", ".pptx", ".pdf"})


def changed_by_hand(place: Path, records: Iterable[Record]) -> tuple[str, ...]:
    """Return the files in a report's folder that this toolkit did not write, or that were changed since.

    Parameters
    ----------
    place : Path
        The folder; it may be missing.
    records : iterable of Record
        The records of all reports in it.
    """
    known = tuple(records)
    written = {digest for record in known for digest in record.written}
    ours = {name for record in known for name in record.standing_files(place)}
    found = sorted(place.iterdir()) if place.is_dir() else []
    return tuple(
        path.name
        for path in found
        if path.suffix.lower() in EDITABLE
        and path.is_file()
        and not path.name.startswith((".", "~$"))
        and path.name not in ours
        and checksum(path.read_bytes()) not in written
    )


def give_way(out: Path, by_hand: Iterable[str]) -> dict[str, str]:
    """Rename the new editions whose place is taken by a file that a person has changed.

    Parameters
    ----------
    out : Path
        The folder with the new editions.
    by_hand : iterable of str
        The names that are taken.

    Returns
    -------
    dict of str to str
        What each such edition is called now, by its own name.
    """
    taken = set(by_hand)
    moved: dict[str, str] = {}
    for name in sorted(taken):
        if not (out / name).is_file():
            continue
        path = out / name
        new = next(free for free in _others(path) if free not in taken)
        path.rename(out / new)
        moved[name] = new
        told = out / f"{path.stem}{TTE}"
        if path.suffix == ".pdf" and told.is_file():
            # Where a pdf is to be signed is told of that pdf alone.
            content = {**json.loads(told.read_text(encoding="utf-8")), "file": new}
            told.unlink()
            beside = f"{Path(new).stem}{TTE}"
            (out / beside).write_text(json.dumps(content, indent=1), encoding="utf-8")
            moved[told.name] = beside
    return moved


def _others(path: Path) -> Iterable[str]:
    yield f"{path.stem} ({NEW}){path.suffix}"
    number = 2
    while True:
        yield f"{path.stem} ({NEW} {number}){path.suffix}"
        number += 1
