"""Remove the lines of the signatory from the signature of an edition, so that the scan finds them at any other place."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

from asn_research.show.blocks import Signature

_TAG = re.compile(r"<[^>]*>")
_SIGNED = re.compile(r'<w:p>(?:(?!</w:p>).)*?<w:pStyle w:val="Signature"/>(?:(?!</w:p>).)*?</w:p>', re.DOTALL)
_STRING = re.compile(r"<si>(.*?)</si>", re.DOTALL)
_CELL = re.compile(r'<c\b[^>]*\bt="s"[^>]*>\s*<v>(\d+)</v>')
_DOCUMENT, _STRINGS, _SHEETS = "word/document.xml", "xl/sharedStrings.xml", "xl/worksheets/"
#: The sheet of contents of a workbook, which holds the signature.
_CONTENTS = "xl/worksheets/sheet1.xml"


def without_in_html(page: str, signature: Signature) -> str:
    """Return a page without the lines of the signatory, if its signature occurs exactly once."""
    fragment = signature.to_html()
    if page.count(fragment) != 1:
        return page
    person = "".join(f"<p>{html.escape(line)}</p>" for line in signature.person)
    return page.replace(fragment, fragment.replace(person, "", 1))


def without_in_pdf(text: str, signature: Signature) -> str:
    """Return the text of a pdf without the first lines of the signatory that follow the office. Lines may be broken."""
    office, person = (_spread(lines) for lines in (signature.above[-1:], signature.person))
    return re.sub(rf"({office}\s*){person}(?!\w)", r"\1", text, count=1)


def _spread(lines: Sequence[str]) -> str:
    """Return a pattern that matches lines with any white space between their letters."""
    return r"\s*".join(re.escape(letter) for letter in "".join("".join(lines).split()))


def without_in_archive(parts: Mapping[str, str], signature: Signature) -> dict[str, str]:
    """Return the parts of a Word or Excel file without the lines of the signatory."""
    found = dict(parts)
    if _DOCUMENT in found:
        found[_DOCUMENT] = _without_in_document(found[_DOCUMENT], signature)
    if _STRINGS in found:
        found[_STRINGS] = _without_in_strings(found, signature)
    return found


def _without_in_document(document: str, signature: Signature) -> str:
    """Remove each line of the signatory once, in paragraphs of the style of signatures."""
    waiting = list(signature.person)

    def left(found: re.Match[str]) -> str:
        said = html.unescape(_TAG.sub("", found.group()))
        if said not in waiting:
            return found.group()
        waiting.remove(said)
        return "<w:p></w:p>"

    return _SIGNED.sub(left, document)


def _without_in_strings(parts: Mapping[str, str], signature: Signature) -> str:
    """Remove the text of the cell with the signatory, if only the sheet of contents uses it, and only once."""
    person = "\n".join(signature.person)
    strings = [html.unescape(_TAG.sub("", text)) for text in _STRING.findall(parts[_STRINGS])]
    if person not in strings:
        return parts[_STRINGS]
    number = str(strings.index(person))
    shown = {
        name: _CELL.findall(content).count(number)
        for name, content in parts.items()
        if name.startswith(_SHEETS)
    }
    if shown.get(_CONTENTS) != 1 or sum(shown.values()) != 1:
        return parts[_STRINGS]
    places = iter(range(len(strings)))
    return _STRING.sub(
        lambda found: "<si><t></t></si>" if str(next(places)) == number else found.group(), parts[_STRINGS]
    )
