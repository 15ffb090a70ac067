"""The workbook of one keeper: a sheet for each source, with the cells to correct, the reasons, and drop-down lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO

import xlsxwriter

from asn_research.clean.new_tables import CleanedFolder
from asn_research.clean.sendback.keepers import keepers
from asn_research.clean.sendback.sent_rows import SentRow, SentSheet
from asn_research.read.cells import NUMBER
from asn_research.read.headings import FURTHER
from asn_research.read.returned import KEY
from asn_research.rules.codebooks import Codebook, Column, load_codebook
from asn_research.rules.words import Words

_FIXED_DAY = datetime(2000, 1, 1)
_LISTS = "Pilihan"
#: Widths in characters.
_WIDE, _NORMAL, _REASON = 36, 21, 44


def workbook_bytes(keeper: str, sheets: Sequence[SentSheet], found: CleanedFolder, word: Words) -> bytes:
    """Return the workbook of a keeper as a file: one sheet per source, and the choices on a hidden sheet."""
    buffer = BytesIO()
    # Texts of offices must not become formulas or links.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"created": _FIXED_DAY})
    lists = _Lists(book)
    for sheet in sheets:
        page = _Page(book, sheet, lists, found, word)
        page.write(keeper, is_simulated=found.is_simulated)
    lists.write()
    book.close()
    return buffer.getvalue()


class _Lists:
    """The choices of the drop-down lists, on a hidden sheet."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._lists: dict[str, list[str]] = {}

    def reference(self, key: str, choices: Iterable[str]) -> str:
        """Add a list of choices if it is new, and return its future cell reference."""
        self._lists.setdefault(key, list(dict.fromkeys(choices)))
        place = list(self._lists).index(key)
        letter = xlsxwriter.utility.xl_col_to_name(place)
        return f"={_LISTS}!${letter}$1:${letter}${len(self._lists[key])}"

    def write(self) -> None:
        """Write the hidden sheet."""
        page = self._book.add_worksheet(_LISTS)
        for place, choices in enumerate(self._lists.values()):
            for row, choice in enumerate(choices):
                page.write_string(row, place, choice)
        page.hide()


class _Page:
    """The sheet with the rows of one source."""

    def __init__(
        self, book: xlsxwriter.Workbook, sheet: SentSheet, lists: _Lists, found: CleanedFolder, word: Words
    ) -> None:
        self._sheet, self._lists, self._found, self._word = sheet, lists, found, word
        self._codebook: Codebook = load_codebook(sheet.source)
        self._page = book.add_worksheet(word(f"source_{sheet.source}")[:31].replace("/", "-"))
        font = {"font_name": "Calibri", "font_size": 11, "valign": "top"}
        self._title = book.add_format({**font, "bold": True, "font_size": 14})
        self._plain = book.add_format(font)
        self._head = book.add_format(
            {
                **font,
                "bold": True,
                "text_wrap": True,
                "bg_color": "#1F4E5F",
                "font_color": "white",
                "border": 1,
            }
        )
        self._key = book.add_format(
            {
                **font,
                "num_format": "@",
                "text_wrap": True,
                "font_color": "#777777",
                "border": 1,
                "border_color": "#BBBBBB",
            }
        )
        colours = {
            "": {"border_color": "#BBBBBB"},
            "fault": {"bg_color": "#FFE699"},
            "mended": {"bg_color": "#DDEBF7"},
        }
        self._texts = {
            name: book.add_format({**font, "num_format": "@", "text_wrap": True, "border": 1, **colour})
            for name, colour in colours.items()
        }
        self._why = book.add_format(
            {
                **font,
                "text_wrap": True,
                "italic": True,
                "font_color": "#7F3F00",
                "border": 1,
                "border_color": "#BBBBBB",
            }
        )

    def write(self, office: str, *, is_simulated: bool) -> None:
        """Write the title, headings, rows and drop-down lists."""
        word, page, sheet = self._word, self._page, self._sheet
        lines = [
            word("sendback_title", source=word(f"source_{sheet.source}")),
            word("sendback_office", office=office)
            + (f"   {word('sendback_simulated')}" if is_simulated else ""),
            word("sendback_how"),
            word("sendback_private"),
        ]
        for place, line in enumerate(lines):
            page.write_string(place, 0, line, self._plain if place else self._title)
        heads: list[tuple[str, str]] = [(name, "") for name in ("_key", "_origin", "_status", "_action")]
        faulty = sheet.faulty
        heads += [(name, "find") for name in keepers()[sheet.source].found_by if name not in faulty]
        for name in faulty:
            heads += [(name, "")] if name else []
            heads.append((name, "why"))
        top = len(lines) + 1
        for place, (name, kind) in enumerate(heads):
            page.write_string(top, place, self._heading(name, kind), self._head)
            page.set_column(place, place, self._width(name, kind))
        for number, row in enumerate(sheet.rows, start=top + 1):
            for place, (name, kind) in enumerate(heads):
                self._cell(number, place, row, name, kind)
            page.set_row(number, 15 * self._n_lines(row, heads))
        last = top + len(sheet.rows)
        for place, (name, kind) in enumerate(heads):
            choices = [] if kind or name == "_key" else self._choices(name)
            if choices:
                source = self._lists.reference(f"{sheet.source}.{name}", choices)
                page.data_validation(
                    top + 1, place, last, place,
                    {"validate": "list", "source": source, "error_type": "warning", "ignore_blank": True},
                )  # fmt: skip
        page.set_row(top, 32)
        page.freeze_panes(top + 1, 4)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(top)

    def _n_lines(self, row: SentRow, heads: Sequence[tuple[str, str]]) -> int:
        """Return the number of lines that the longest cell of a row needs."""
        n = 1
        for name, kind in heads:
            text = {"_origin": row.origin, "_key": row.row_id}.get(name, self._text(row, name))
            if kind == "why":
                text = " ".join(row.faults.get(name, []))
            n = max(n, -(-len(text) // (self._width(name, kind) - 3)))
        return n

    def _heading(self, name: str, kind: str) -> str:
        word = self._word
        fixed = {
            "_key": KEY, "_origin": word("sendback_origin"), "_status": word("sendback_status"),
            "_action": word("sendback_action"),
        }  # fmt: skip
        if name in fixed:
            return fixed[name]
        if not name:
            return word("sendback_reason_row")
        known = self._codebook.by_name.get(name)
        # A source whose rows have days has no column of the period that they are counted in.
        label = known.label_indonesian if known else word("col_period") if name == "period" else name
        return word("sendback_reason", label=label) if kind == "why" else label

    def _width(self, name: str, kind: str) -> int:
        if kind == "why":
            return _REASON
        return _WIDE if name in {"_key", "_origin", "unit_id", "programme"} else _NORMAL

    def _cell(self, number: int, place: int, row: SentRow, name: str, kind: str) -> None:
        page, word = self._page, self._word
        fixed = {
            "_key": row.row_id, "_origin": row.origin,
            "_status": word("sendback_quarantined" if row.is_quarantined else "sendback_repaired"),
        }  # fmt: skip
        if kind == "why":
            page.write_string(number, place, " ".join(row.faults.get(name, [])), self._why)
        elif kind == "find" or name in fixed:
            page.write_string(number, place, fixed.get(name, row.found_by.get(name, "")), self._key)
        elif name == "_action":
            page.write_blank(number, place, None, self._texts[""])
        elif name in row.faults:
            self._to_mend(number, place, row, name)
        else:
            # This cell has no fault; its text is shown only if it helps to find the row.
            page.write_string(number, place, self._text(row, name), self._key)

    def _text(self, row: SentRow, name: str) -> str:
        return row.cells[name][0] if name in row.cells else row.found_by.get(name, "")

    def _to_mend(self, number: int, place: int, row: SentRow, name: str) -> None:
        """Write a faulty cell with its original text; it is empty if the text may not be sent back."""
        text, kind = row.cells.get(name, ("", ""))
        style = self._texts["fault" if row.is_quarantined else "mended"]
        # A number with more than fifteen digits is an identifier; as a number it would lose digits.
        if kind == NUMBER and sum(c.isdigit() for c in text) <= 15:
            self._page.write_number(number, place, float(text), style)
        else:
            self._page.write_string(number, place, text, style)

    def _choices(self, name: str) -> list[str]:
        """Return what the drop-down list of a column offers; empty for a column without a list."""
        city = self._found.context.city
        if name == "_action":
            return ["hapus"]
        known: Column | None = self._codebook.by_name.get(name.partition(FURTHER)[0])
        match known.type if known else "":
            case "unit":
                return sorted(unit.name for unit in city.units.values())
            case "service":
                return sorted(service.name_indonesian for service in city.services.values())
            case "choice" if known:
                return [part.partition("=")[2].split("|")[0] for part in known.values.split(";")]
            case "choice_number" if known:
                return [part.partition("=")[0].strip() for part in known.values.split(";")]
        return []
