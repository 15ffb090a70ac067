"""One zip for each unit and period with the editions that were made and scanned, to hand on in one piece."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

from asn_research.storage import PUBLIC_FILE, within, write_whole

#: The folder of the zips, inside the folder of an audience.
BUNDLES = "zip"
#: What is packed without compression: these formats are compressed already.
_PACKED = frozenset({".pdf", ".docx", ".xlsx", ".pptx", ".png"})
_DAY = (1980, 1, 1, 0, 0, 0)


def write_bundle(folder: Path, name: str, files: Iterable[Path]) -> Path | None:
    """Write the zip of a unit and period; without files the old zip is removed.

    Parameters
    ----------
    folder : Path
        The folder of the audience.
    name : str
        The zip's name without its ending.
    files : iterable of Path
        Editions as this toolkit has written and scanned them. The same files give the same bytes.

    Returns
    -------
    Path or None
        The zip.
    """
    place = within(folder, BUNDLES, f"{name}.zip")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path.name, _DAY)
            entry.external_attr = PUBLIC_FILE << 16
            entry.compress_type = zipfile.ZIP_STORED if path.suffix in _PACKED else zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
        is_empty = not archive.namelist()
    if is_empty:
        place.unlink(missing_ok=True)
        return None
    content = packed.getvalue()
    if not place.is_file() or place.read_bytes() != content:
        write_whole(place, content, mode=PUBLIC_FILE, durable=False)
    return place
