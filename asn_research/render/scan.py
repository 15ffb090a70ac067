"""The last look before publishing: no number and no name of a person in any byte of an edition."""

from __future__ import annotations

import html
import io
import re
import zipfile
from pathlib import Path

from pypdf import PdfReader

from asn_research.clean.denied_names import DeniedNames
from asn_research.errors import DisclosureError
from asn_research.identities import find_identities
from asn_research.render.editions.png import texts_in
from asn_research.rules.words import LANGUAGES, load_words

#: Parts of an archive that hold no text.
_NO_TEXT = (".ttf", ".emf")
#: Parts of an archive that are files of a kind of their own.
_OPENED = (".xlsx", ".png")
# What parts texts that a reader sees apart; every other tag stands within a word.
_PARTING = re.compile(
    r"</?(?:p|div|td|th|tr|li|ul|ol|h[1-6]|br|section|table|caption|figure|figcaption|text|title|desc|dt|dd|header|footer"
    r"|w:p|w:tc|w:tab|w:br|si|c|row|t:p|a:p|dc:\w+|cp:\w+|vt:\w+)\b[^>]*>"
)
_EMPTY_LINES = re.compile(r"\s*\n\s*")
_TAG = re.compile(r"<[^>]*>")
_HIDDEN = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
_SPOKEN = re.compile(r"\b(?:alt|title|aria-label|href|content|summary|descr|name|value|Target|location|display)=(\"[^\"]*\"|'[^']*')")  # fmt: skip
_SHARED = re.compile(r"<si>(.*?)</si>", re.DOTALL)
_CELL = re.compile(r'<c\b[^>]*\bt="s"[^>]*>\s*<v>(\d+)</v>')


def texts_of(path: Path) -> list[str]:
    """Return what an edition says: as people read it, neighbouring cells and runs joined, and as it is stored.

    Parameters
    ----------
    path : Path
        An edition: html, pdf, docx, xlsx, or any text.

    Returns
    -------
    list of str
    """
    if path.suffix == ".pdf":
        reader = PdfReader(path)
        pages = [page.extract_text() for page in reader.pages]
        return ["\n".join([*pages, str(dict(reader.metadata or {}))])]
    return _texts_of_file(path.name, path.read_bytes())


def _texts_of_file(name: str, content: bytes) -> list[str]:
    """Return what a file says that may lie within another: an archive, a picture, or any text."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        return _texts_of_archive(content)
    if name.endswith(".png"):
        try:
            return texts_in(content)
        except ValueError:
            # What only calls itself a picture is read as it stands.
            pass
    return [_read_by_people(content.decode("utf-8", "replace"))]


def _texts_of_archive(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        held = {name: archive.read(name) for name in archive.namelist() if not name.endswith(_NO_TEXT)}
    parts = {
        name: part.decode("utf-8", "replace") for name, part in held.items() if not name.endswith(_OPENED)
    }
    shared = [_TAG.sub("", text) for text in _SHARED.findall(parts.get("xl/sharedStrings.xml", ""))]
    # A chart of a slide keeps its numbers in a workbook of its own.
    opened = [
        text for name, part in held.items() if name.endswith(_OPENED) for text in _texts_of_file(name, part)
    ]
    texts = ["\n".join(held), *opened]
    for name, part in parts.items():
        filled = part
        if name.startswith("xl/worksheets/") and shared:
            # A sheet names its texts by number; neighbours are looked at side by side.
            filled = _CELL.sub(lambda found: f"<c><v>{shared[int(found[1])]}</v>", part)
        texts.append(_read_by_people(filled))
    return texts


def _read_by_people(markup: str) -> str:
    """Return the text of a marked-up document; what alone parts its letters is left out."""
    if "<" not in markup:
        return markup
    shown = _HIDDEN.sub(" ", markup).replace("<!--", " ").replace("-->", " ")
    spoken = [found[1:-1] for found in _SPOKEN.findall(shown)]
    said = html.unescape("\n".join([_TAG.sub("", _PARTING.sub("\n", shown)), *spoken]))
    return _EMPTY_LINES.sub("\n", said)


def finds_in(path: Path, names: DeniedNames | None = None) -> list[str]:
    """Return the kinds of what leads to a person in an edition, one for each find.

    Parameters
    ----------
    path : Path
        The edition.
    names : DeniedNames, optional
        The names of the register.
    """
    finds: list[str] = []
    for text in texts_of(path):
        finds += find_identities(text)
        if names is not None:
            finds += ["name"] * names.count(text)
    return finds


def scan_folder(folder: Path, names: DeniedNames | None = None) -> None:
    """Refuse a folder in which any file leads to a person.

    Parameters
    ----------
    folder : Path
        The finished editions.
    names : DeniedNames, optional
        The names of the register; without them numbers alone are looked for.

    Raises
    ------
    DisclosureError
        Naming the file and the kind of find, never the number or name.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (finds := finds_in(path, names)):
            raise _refusal(path.name, finds)


def _refusal(file: str, finds: list[str]) -> DisclosureError:
    texts = {}
    for language in LANGUAGES:
        words = load_words(language)
        codes = sorted({re.sub(r"\W", "_", kind.casefold()) for kind in finds})
        kinds = ", ".join(words(f"personal_{code}") for code in codes)
        texts[language] = words("error_personal", file=file, n=len(finds), kinds=kinds)
    return DisclosureError(texts["en"]).told_in(texts)
