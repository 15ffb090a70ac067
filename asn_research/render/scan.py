"""The last look before publishing: no number and no name of a person in any byte of an edition."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from asn_research.clean.privacy.denied_names import DeniedNames
from asn_research.errors import DisclosureError
from asn_research.given import Given
from asn_research.identities import find_identities
from asn_research.render.editions.layout import TTE
from asn_research.render.editions.png import texts_in
from asn_research.render.pdf_texts import text_of_pdf
from asn_research.render.signed import without_in_archive, without_in_html, without_in_pdf
from asn_research.rules.words import LANGUAGES, load_words
from asn_research.show.blocks import Block, Signature
from asn_research.storage import checksum

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
#: A cell that holds a number below a million. Sums of answers beside each other, or the digits behind a point, look like
#: one number of a person; but what is written as a number comes from a measure, never from a text of an office.
_SMALL_NUMBER = re.compile(
    r"(<c\b(?:(?!\bt=)[^>])*>(?:\s*<f\b[^>]*>[^<]*</f>)?\s*<v>)-?\d{1,6}(?:\.\d+)?(?:[eE][-+]?\d+)?(</v>)"
)
#: When papermill began and ended a cell, and the file under which a warning names the cell: process and digest. A fraction
#: of a second with its time zone may look like a telephone number, and the file's digits like a NIK.
_OF_THE_RUN = re.compile(
    r'"(?:start|end)_time": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:\+00:00)?"'
    r"|\bipykernel_\d{1,7}[/\\]{1,2}\d{1,10}\.py\b"
)
_CELL = re.compile(r'<c\b[^>]*\bt="s"[^>]*>\s*<v>(\d+)</v>')


def texts_of(path: Path, signature: Signature | None = None) -> list[str]:
    """Return the texts of an edition: as people read it, with neighbouring cells and runs joined, and as it is stored.

    Parameters
    ----------
    path : Path
        An edition: html, pdf, docx, xlsx, an executed notebook, or any text.
    signature : Signature, optional
        The signature block. The lines of the signatory are removed from it, and from no other place.

    Returns
    -------
    list of str
    """
    if path.suffix == ".pdf":
        text = text_of_pdf(path)
        return [text if signature is None else without_in_pdf(text, signature)]
    if path.name.endswith(TTE):
        # The digest of the pdf may look like a number of a person.
        text = path.read_text(encoding="utf-8", errors="replace")
        pdf = path.with_name(path.name.replace(TTE, ".pdf"))
        return [_read_by_people(text.replace(checksum(pdf.read_bytes()), "", 1))]
    if path.suffix == ".ipynb":
        # Code compares with < and >: what stands between them is no tag.
        text = _OF_THE_RUN.sub("", path.read_text(encoding="utf-8", errors="replace"))
        return [text, _read_by_people(text)]
    return _texts_of_file(path.name, path.read_bytes(), signature)


def _texts_of_file(name: str, content: bytes, signature: Signature | None = None) -> list[str]:
    """Return the texts of a file, which may be an archive, a picture or a text, also within another file."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        return _texts_of_archive(content, signature)
    if name.endswith(".png"):
        try:
            return texts_in(content)
        except ValueError:
            # What only calls itself a picture is read as it stands.
            pass
    text = content.decode("utf-8", "replace")
    return [_read_by_people(text if signature is None else without_in_html(text, signature))]


def _texts_of_archive(content: bytes, signature: Signature | None = None) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        contents = {name: archive.read(name) for name in archive.namelist() if not name.endswith(_NO_TEXT)}
    parts = {
        name: part.decode("utf-8", "replace") for name, part in contents.items() if not name.endswith(_OPENED)
    }
    if signature is not None:
        parts = without_in_archive(parts, signature)
    shared = [_TAG.sub("", text) for text in _SHARED.findall(parts.get("xl/sharedStrings.xml", ""))]
    # A chart of a slide keeps its numbers in a workbook of its own.
    opened = [
        text
        for name, part in contents.items()
        if name.endswith(_OPENED)
        for text in _texts_of_file(name, part)
    ]
    texts = ["\n".join(contents), *opened]
    for name, part in parts.items():
        filled = part
        if name.startswith("xl/worksheets/"):
            filled = _SMALL_NUMBER.sub(r"\1=\2", part)
        if name.startswith("xl/worksheets/") and shared:
            # A sheet names its texts by number; neighbours are looked at side by side.
            filled = _CELL.sub(lambda found: f"<c><v>{shared[int(found[1])]}</v>", filled)
        texts.append(_read_by_people(filled))
    return texts


def _read_by_people(markup: str) -> str:
    """Return the text of a document without its markup, so that markup inside a word does not divide the word."""
    if "<" not in markup:
        return markup
    shown = _HIDDEN.sub(" ", markup).replace("<!--", " ").replace("-->", " ")
    spoken = [found[1:-1] for found in _SPOKEN.findall(shown)]
    said = html.unescape("\n".join([_TAG.sub("", _PARTING.sub("\n", shown)), *spoken]))
    return _EMPTY_LINES.sub("\n", said)


def finds_in(path: Path, names: DeniedNames | None = None, signature: Signature | None = None) -> list[str]:
    """Return the kinds of what leads to a person in an edition, one for each find.

    Parameters
    ----------
    path : Path
        The edition.
    names : DeniedNames, optional
        The names of the register.
    signature : Signature, optional
        The signature block, whose signatory is allowed there.
    """
    return [find for text in texts_of(path, signature) for find in _finds(text, names)]


def _finds(text: str, names: DeniedNames | None) -> list[str]:
    return find_identities(text) + (["name"] * names.count(text) if names is not None else [])


def signature_of(blocks: Sequence[Block], given: Given) -> Signature | None:
    """Return the signature block of a report, if its signatory is the one in the forms; otherwise None.

    Parameters
    ----------
    blocks : sequence of Block
        The report.
    given : Given
        The content of the forms.
    """
    found = [block for block in blocks if isinstance(block, Signature)]
    signed = given.signatory
    if len(found) != 1 or signed is None or not signed.name:
        return None
    number = load_words(LANGUAGES[0])("sign_nip", nip=signed.nip) if signed.nip else ""
    stated = tuple(line for line in (signed.name, signed.rank, number) if line)
    return found[0] if found[0].person == stated else None


def scan_blocks(blocks: Sequence[Block], names: DeniedNames | None = None) -> None:
    """Refuse a report if a block other than the signature holds a number or a name of a person.

    Raises
    ------
    DisclosureError
        With the kind of find, but not the number or name.
    """
    others = "".join(block.to_html() for block in blocks if not isinstance(block, Signature))
    if finds := _finds(_read_by_people(others), names):
        raise _refusal(load_words(LANGUAGES[0])("index_format_html"), finds)


def scan_folder(folder: Path, names: DeniedNames | None = None, signature: Signature | None = None) -> None:
    """Refuse a folder in which any file leads to a person.

    Parameters
    ----------
    folder : Path
        The finished editions.
    names : DeniedNames, optional
        The names of the register; without them numbers alone are looked for.
    signature : Signature, optional
        The signature block, whose signatory is allowed there.

    Raises
    ------
    DisclosureError
        Naming the file and the kind of find, never the number or name.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (finds := finds_in(path, names, signature)):
            raise _refusal(path.name, finds)


def scan_changed(path: Path, names: DeniedNames | None, stated: Sequence[str] = ()) -> None:
    """Refuse an edition that somebody has changed, if it leads to a person other than the one who signs.

    Parameters
    ----------
    path : Path
        The edition.
    names : DeniedNames or None
        The names of the register; without them numbers alone are looked for.
    stated : sequence of str
        Name, number and rank of the signatory, as stated. A program that signs writes them wherever it likes.

    Raises
    ------
    DisclosureError
        Naming the file and the kind of find, never the number or name.
    """
    texts = texts_of(path)
    for line in stated:
        texts = [text.replace(line, "\n") for text in texts]
    if finds := [find for text in texts for find in _finds(text, names)]:
        raise _refusal(path.name, finds)


def _refusal(file: str, finds: list[str]) -> DisclosureError:
    texts = {}
    for language in LANGUAGES:
        words = load_words(language)
        codes = sorted({re.sub(r"\W", "_", kind.casefold()) for kind in finds})
        kinds = ", ".join(words(f"personal_{code}") for code in codes)
        texts[language] = words("error_personal", file=file, n=len(finds), kinds=kinds)
    return DisclosureError(texts["en"]).worded_in(texts)
