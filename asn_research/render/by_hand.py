"""Keep files that a person has changed or added in the folder of a report. The new edition gets another name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from asn_research.publish import NEW
from asn_research.render.editions.layout import TTE
from asn_research.render.records import Record
from asn_research.storage import checksum

#: Files that people edit or sign. Other files, such as html, are simply written again.
EDITABLE = frozenset({".docx", ".xlsx", ".pptx", ".pdf"})


def changed_by_hand(place: Path, records: Iterable[Record]) -> tuple[str, ...]:
    """Return the files in the folder of a report that this toolkit did not write, or that were changed since.

    Parameters
    ----------
    place : Path
        The folder; it need not exist.
    records : iterable of Record
        The records of all reports in the folder.
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
    """Rename the new editions whose names are used by files that a person has changed.

    Parameters
    ----------
    out : Path
        The folder with the new editions.
    by_hand : iterable of str
        The names in use.

    Returns
    -------
    dict of str to str
        The new name of each renamed file, by its old name.
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
        kept_copy = out / f"{path.stem}{TTE}"
        if path.suffix == ".pdf" and kept_copy.is_file():
            # The file with the place of the signature belongs to one pdf.
            content = {**json.loads(kept_copy.read_text(encoding="utf-8")), "file": new}
            kept_copy.unlink()
            beside = f"{Path(new).stem}{TTE}"
            (out / beside).write_text(json.dumps(content, indent=1), encoding="utf-8")
            moved[kept_copy.name] = beside
    return moved


def _others(path: Path) -> Iterable[str]:
    yield f"{path.stem} ({NEW}){path.suffix}"
    number = 2
    while True:
        yield f"{path.stem} ({NEW} {number}){path.suffix}"
        number += 1
