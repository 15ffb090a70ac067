"""The last look before publishing: no NIP and no NIK in any byte of an edition."""

from __future__ import annotations

import zipfile
from pathlib import Path

from pypdf import PdfReader

from asn_research.errors import DisclosureError
from asn_research.identities import find_identities


def text_of(path: Path) -> str:
    """Return all text in an edition: archives unpacked, PDF text extracted."""
    if path.suffix == ".pdf":
        reader = PdfReader(path)
        pages = [page.extract_text() for page in reader.pages]
        return "\n".join([*pages, str(dict(reader.metadata or {}))])
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return "\n".join(
                archive.read(name).decode("utf-8", "replace")
                for name in archive.namelist()
                if not name.endswith((".png", ".ttf"))
            )
    return path.read_bytes().decode("utf-8", "replace")


def scan_folder(folder: Path) -> None:
    """Refuse a folder in which any file carries a NIP or NIK.

    Raises
    ------
    DisclosureError
        Naming the file and the kind of number, never the number.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (finds := find_identities(text_of(path))):
            kinds = " and ".join(sorted(set(finds)))
            msg = (
                f"{path.name} would carry {len(finds)} personal numbers ({kinds}) and was not "
                "published. Look for free text or a name column among the programmes and services."
            )
            raise DisclosureError(msg)
