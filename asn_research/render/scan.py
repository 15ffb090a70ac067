"""The last look before publishing: no NIP and no NIK in any byte of an edition."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from pathlib import Path

from pypdf import PdfReader

from asn_research.errors import DisclosureError

# Not inside a longer run, a decimal fraction or a hexadecimal digest.
_IDENTITY = re.compile(r"(?<![\w.,])(?:\d{18}|\d{16})(?!\w|[.,]\d)")
_SPACED_NIP = re.compile(r"(?<!\d)\d{8} \d{6} [12] \d{3}(?!\d)")
# Drawings are numbers by nature; what they show is in the blocks' text.
_DRAWING = re.compile(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+")


def find_identities(text: str) -> list[str]:
    """Return what looks like a NIP or NIK in a text, as kinds and not as digits.

    Parameters
    ----------
    text : str
        Any text; drawings inside it are passed over.

    Returns
    -------
    list of str
        ``"NIP"`` or ``"NIK"`` for each find.

    Examples
    --------
    >>> find_identities("NIP 198609262015051001")
    ['NIP']
    """
    plain = _DRAWING.sub("", text)
    finds = ["NIP" for _ in _SPACED_NIP.finditer(plain)]
    for found in _IDENTITY.finditer(plain):
        digits = found.group()
        if len(digits) == 18 and _is_day(digits[:8]) and digits[14] in "12":
            finds.append("NIP")
        elif len(digits) == 16 and _is_nik(digits):
            finds.append("NIK")
    return finds


def _is_day(digits: str) -> bool:
    try:
        return 1930 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).year <= 2015
    except ValueError:
        return False


def _is_nik(digits: str) -> bool:
    day, month = int(digits[6:8]), int(digits[8:10])
    return 1 <= day % 40 <= 31 and 1 <= month <= 12 and digits[:2] >= "11"


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
