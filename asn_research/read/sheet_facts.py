"""Facts that the values of cells do not show: formulas without a stored result and, in Excel, hidden rows."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field

# The standard parser is safe here: `guards` has already refused xml entities, which can blow up a small part.
from xml.etree import ElementTree

#: A cell with a formula but no value. A computed empty text has t="str", so it does not match.
_HOLLOW = re.compile(
    rb'<c r="([A-Z]+)(\d+)"(?![^>]*t="str")[^>]*>\s*<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>'
)
_HIDDEN_ROW = re.compile(rb'<row r="(\d+)"[^>]*\bhidden="(?:1|true)"')
#: For OpenDocument: a cell with a formula; the file part with all sheets; the attribute of a computed cell.
_ODS_FORMULA = re.compile(rb"<table:table-cell\b[^>]*\btable:formula=[^>]*>")
_ODS_PART, _ODS_VALUE = "content.xml", b":value-type="
_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml")


@dataclass
class SheetFacts:
    """The facts of one sheet.

    Parameters
    ----------
    hollow : set of (int, int)
        Row and column, from 0, of cells whose formula has no stored result.
    hidden_rows : set of int
        The hidden rows, from 0.
    """

    hollow: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)


class WorkbookFacts:
    """Collects the facts of the sheets of a workbook while its parts are unpacked."""

    def __init__(self) -> None:
        self._parts: dict[str, SheetFacts] = {}
        self._is_ods_hollow = False

    def look(self, part: str, piece: bytes) -> None:
        """Collect the facts from a piece of a part; pieces may overlap."""
        if part == _ODS_PART and b"table:formula=" in piece:
            self._is_ods_hollow |= any(_ODS_VALUE not in tag for tag in _ODS_FORMULA.findall(piece))
        if not _SHEET_PART.fullmatch(part):
            return
        facts = self._parts.setdefault(part, SheetFacts())
        if b"<f" in piece:
            for letters, row in _HOLLOW.findall(piece):
                facts.hollow.add((int(row) - 1, _column(letters)))
        if b"hidden=" in piece:
            facts.hidden_rows |= {int(row) - 1 for row in _HIDDEN_ROW.findall(piece)}

    def of_sheets(self, content: bytes) -> dict[str, SheetFacts]:
        """Return the facts by the name of the sheet; sheets without facts are left out."""
        if self._is_ods_hollow:
            return _ods_facts(content)
        notable = {part: facts for part, facts in self._parts.items() if facts.hollow or facts.hidden_rows}
        if not notable:
            return {}
        return {sheet: notable[part] for sheet, part in _parts_of_sheets(content).items() if part in notable}


def _ods_facts(content: bytes) -> dict[str, SheetFacts]:
    """Return the formulas without a value in an OpenDocument workbook, by the name of the sheet."""
    found: dict[str, SheetFacts] = {}
    facts, row, place = SheetFacts(), 0, 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(_ODS_PART) as part:
            for event, element in ElementTree.iterparse(part, events=("start", "end")):  # noqa: S314
                tag = element.tag.rpartition("}")[2]
                attributes = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
                if event == "start" and tag == "table":
                    facts, row = found.setdefault(attributes.get("name", ""), SheetFacts()), 0
                elif event == "start" and tag == "table-row":
                    place = 0
                elif event == "end" and tag in {"table-cell", "covered-table-cell"}:
                    if (
                        "formula" in attributes
                        and "value-type" not in attributes
                        and not "".join(element.itertext())
                    ):
                        facts.hollow.add((row, place))
                    place += int(attributes.get("number-columns-repeated", "1"))
                elif event == "end" and tag == "table-row":
                    row += int(attributes.get("number-rows-repeated", "1"))
                    element.clear()
    except (KeyError, ElementTree.ParseError, zipfile.BadZipFile, OSError, ValueError):
        return {}
    return {sheet: facts for sheet, facts in found.items() if facts.hollow}


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _parts_of_sheets(content: bytes) -> dict[str, str]:
    """Return the file part of each sheet of an Excel workbook, by name; empty if it has no list of sheets."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
            links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    except (KeyError, ElementTree.ParseError, zipfile.BadZipFile, OSError, ValueError):
        return {}
    targets = {link.get("Id", ""): link.get("Target", "") for link in links}
    parts = {}
    for sheet in book.iter():
        if sheet.tag.endswith("}sheet"):
            link = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
            target = targets.get(link, "")
            parts[sheet.get("name", "")] = (
                target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            )
    return parts
