"""The way back: a workbook for each office with the rows that it must mend, and why.

It holds what the office itself sent, numbers of employees included, so it is written beside the raw
data and nowhere else. Put back into the raw folder, its rows replace those that they came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

from asn_research.clean.cache import FileCache, concatenated
from asn_research.clean.folder import CleanedFolder, clean_in_memory
from asn_research.clean.identity import Pseudonyms, load_key
from asn_research.clean.read_again import ColumnsAsRead, Value, columns_as_read
from asn_research.clean.recognition import read_tables
from asn_research.clean.row_keys import FILE_LETTERS, file_key, row_ids
from asn_research.clean.unit_review import FOLDER
from asn_research.errors import RawDataError
from asn_research.memory import digest_of, within, write_whole
from asn_research.read import RawTable, list_raw_files
from asn_research.read.cells import NUMBER
from asn_research.read.headings import FURTHER
from asn_research.rules.cities import City
from asn_research.rules.codebooks import Codebook, Column, load_codebook
from asn_research.rules.reasons import reason_of
from asn_research.rules.words import Words, load_words

_NO_OFFICE = "BELUM-DIKENAL"
_CORRECTED = "correction_"
#: Rows that wait for an answer are no office's to mend; what is in doubt in them is not written as if it were known.
_WAITS = "waits_for_answer"
#: Sources whose period comes from a date in the row itself need no period beside it.
_DATED = {"employees", "training", "citizen_feedback", "service_log", "complaints"}
_FIXED_DAY = datetime(2000, 1, 1)
_LISTS = "Pilihan"
#: Widths in characters.
_WIDE, _NORMAL, _REASON = 36, 21, 44


@dataclass(frozen=True)
class _Row:
    """One row that goes back."""

    row_id: str
    origin: str
    is_held: bool
    period: str
    unit_id: str
    cells: dict[str, tuple[str, str]]
    values: dict[str, Value]
    faults: dict[str, list[str]]


@dataclass
class _Sheet:
    """The rows of one source that go back to one office."""

    source: str
    columns: list[str] = field(default_factory=list)
    rows: list[_Row] = field(default_factory=list)


@dataclass(frozen=True)
class SentBack:
    """What was written.

    Parameters
    ----------
    files : dict of Path to int
        Each workbook with the number of its rows.
    """

    files: dict[Path, int]


def send_back(
    raw: Path | str, out: Path | str | None = None, *, processed: Path | str | None = None,
    key_file: Path | None = None, language: str = "id", today: date | None = None,
) -> SentBack:  # fmt: skip
    """Write a workbook for each office with its held-back and repaired rows.

    Parameters
    ----------
    raw : Path or str
        The exports.
    out : Path or str, optional
        Where the workbooks go; by default ``_perbaikan`` in the raw folder, which is not read.
    processed : Path or str, optional
        The processed folder, whose cache spares reading unchanged files.
    key_file : Path, optional
        Where the pseudonym key is kept.
    language : str
        id or en; headings stay as the codebooks name them.
    today : date, optional
        The day of cleaning; by default the machine's.

    Returns
    -------
    SentBack

    Raises
    ------
    RawDataError
        If a file cannot be read, or a workbook cannot be written.
    """
    raw = Path(raw)
    folder = Path(out) if out is not None else raw / FOLDER
    key, _ = load_key(key_file)
    pseudonym = Pseudonyms(key)
    cache = FileCache(Path(processed), pseudonym) if processed else None
    found = clean_in_memory(raw, list_raw_files(raw), pseudonym, cache, today=today)
    word = load_words(language)
    files: dict[Path, int] = {}
    try:
        for office, sheets in sorted(_offices(found, word, language).items()):
            place = within(folder, _name(office, sheets))
            # An office may have begun to fill in the one that is there.
            if not place.exists():
                write_whole(place, _workbook(office, sheets, found, word, language))
            files[place] = sum(len(sheet.rows) for sheet in sheets)
    except OSError as error:
        msg = f"The send-back workbooks could not be written into {folder.name} ({error.strerror}). Make room, or name another folder with --out."
        raise RawDataError(msg) from error
    return SentBack(files)


def _name(office: str, sheets: Sequence[_Sheet]) -> str:
    keys = "|".join(row.row_id for sheet in sheets for row in sheet.rows)
    return f"perbaikan_{office}_{digest_of(keys)[:6]}.xlsx"


def _offices(found: CleanedFolder, word: Words, language: str) -> dict[str, list[_Sheet]]:
    """Gather the rows of each office, by source."""
    marks = concatenated(
        [r.quarantine.assign(held=True) for r in found.cleaned.values()]
        + [r.repairs.assign(held=False) for r in found.cleaned.values()]
    )
    marks = marks.loc[~marks["reason"].str.startswith(_CORRECTED)]
    marks = marks.loc[~marks["row_id"].isin(marks.loc[marks["reason"] == _WAITS, "row_id"])]
    rows_of = {str(key): own for key, own in marks.groupby("row_id", sort=False)}
    wanted = set(rows_of)
    usual = _usual_office(found)
    offices: dict[str, dict[str, _Sheet]] = {}
    needed = set(marks["file"])
    for file in found.files:
        if file.name not in needed:
            continue
        tables = read_tables(file, found.context.city, found.context.answers).tables
        for table, as_read in zip(tables, columns_as_read(tables, found.context), strict=True):
            ids = row_ids(table, table.rows.tolist(), found.context.pseudonym)
            for at, row_id in enumerate(ids):
                if row_id not in wanted:
                    continue
                own = rows_of[row_id]
                unit = str(own["unit_id"].iloc[0])
                office = _office_of(unit, found.context.city) or usual.get(file.name, _NO_OFFICE)
                sheet = offices.setdefault(office, {}).setdefault(table.source, _Sheet(table.source))
                _add_columns(sheet, table)
                sheet.rows.append(_row(table, as_read, at, own, word, language))
    return {office: [sheets[s] for s in sorted(sheets)] for office, sheets in offices.items()}


def _office_of(unit: str, city: City) -> str:
    return city.reporting_unit_id(unit) if unit in city.units else ""


def _usual_office(found: CleanedFolder) -> dict[str, str]:
    """Return the office that sent most rows of each file: whose rows without a unit are."""
    usual = {}
    for result in found.cleaned.values():
        if "reporting_unit_id" not in result.kept or result.kept.empty:
            continue
        hashes = result.kept["row_id"].str.slice(0, FILE_LETTERS)
        counts = result.kept.groupby(
            [hashes, result.kept["reporting_unit_id"].astype("str")], observed=True
        ).size()
        of_hash = {file_key(file.key, found.context.pseudonym): file.name for file in found.files}
        for hash_, units in counts.groupby(level=0):
            # A file of the whole city is no one office's.
            if units.max() > 0.9 * units.sum() and hash_ in of_hash:
                usual[of_hash[str(hash_)]] = str(units.droplevel(0).idxmax())
    return usual


def _add_columns(sheet: _Sheet, table: RawTable) -> None:
    book = load_codebook(sheet.source)
    present = [name for name in table.columns if name not in ("_supersedes", "_action")]
    wanted = dict.fromkeys([*book.required, *present, *(["period"] if sheet.source not in _DATED else [])])
    known = [c.column for c in book.columns if c.column in wanted or c.column in sheet.columns]
    extra = sorted({n for n in (*sheet.columns, *wanted) if n.startswith("extra_") or FURTHER in n})
    sheet.columns = [*known, *extra]


def _row(
    table: RawTable, as_read: ColumnsAsRead, at: int, own: pd.DataFrame, word: Words, language: str
) -> _Row:
    place = np.array([at])
    cells = {}
    for name, column in table.columns.items():
        cell = column.take(place).used()
        last = int(cell.codes[0])
        cells[name] = (str(cell.texts[last]), str(cell.kinds[last]))
    held = set(own.loc[own["held"], "column"].astype("str"))
    values = {name: as_read.value(name, *cell) for name, cell in cells.items() if name not in held}
    faults: dict[str, list[str]] = {}
    for mark in own.to_dict("records"):
        reason = reason_of(str(mark["reason"]))
        text = f"{reason.label(language)}. {reason.advice(language)}"
        faults.setdefault(str(mark["column"]), []).append(text)
    where = {"file": table.file, "sheet": table.sheet, "row": int(table.rows[at])}
    return _Row(
        row_id=str(own["row_id"].iloc[0]),
        origin=word("sendback_row_sheet" if table.sheet else "sendback_row", **where),
        is_held=bool(own["held"].any()),
        period=str(own["period"].iloc[0]),
        unit_id=str(own["unit_id"].iloc[0]),
        cells=cells,
        values=values,
        faults=faults,
    )


def _workbook(
    office: str, sheets: Sequence[_Sheet], found: CleanedFolder, word: Words, language: str
) -> bytes:
    buffer = BytesIO()
    # Text stays text: nothing that an office wrote becomes a formula or a link.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"created": _FIXED_DAY})
    lists = _Lists(book)
    city = found.context.city
    name = city.units[office].name if office in city.units else word("sendback_unknown")
    for sheet in sheets:
        page = _Page(book, sheet, lists, found, word)
        page.write(name, is_simulated=found.is_simulated)
    lists.write()
    book.close()
    return buffer.getvalue()


class _Lists:
    """What may be chosen, on a hidden sheet that the drop-downs point to."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._lists: dict[str, list[str]] = {}

    def reference(self, key: str, choices: Iterable[str]) -> str:
        """Return where a list will stand."""
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
    """One source's rows on one sheet."""

    def __init__(
        self, book: xlsxwriter.Workbook, sheet: _Sheet, lists: _Lists, found: CleanedFolder, word: Words
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
        self._texts, self._dates = (
            {
                name: book.add_format({**font, "num_format": form, "text_wrap": True, "border": 1, **colour})
                for name, colour in colours.items()
            }
            for form in ("@", "dd/mm/yyyy")
        )
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
        """Write title, headings, rows and drop-downs."""
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
        faulty = {column for row in sheet.rows for column in row.faults}
        heads: list[tuple[str, str]] = [
            ("_supersedes", ""),
            ("_origin", ""),
            ("_status", ""),
            ("_action", ""),
        ]
        if "" in faulty:
            heads.append(("", "why"))
        for name in sheet.columns:
            heads.append((name, ""))
            if name in faulty:
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
            choices = [] if kind else self._choices(name)
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

    def _n_lines(self, row: _Row, heads: Sequence[tuple[str, str]]) -> int:
        """Return how many lines the longest cell of a row needs."""
        n = 1
        for name, kind in heads:
            text = row.origin if name == "_origin" else row.cells.get(name, ("", ""))[0]
            if kind:
                text = " ".join(row.faults.get(name, []))
            n = max(n, -(-len(text) // (self._width(name, kind) - 3)))
        return n

    def _heading(self, name: str, kind: str) -> str:
        word = self._word
        fixed = {"_origin": word("sendback_origin"), "_status": word("sendback_status")}
        if name in fixed:
            return fixed[name]
        if not name:
            return word("sendback_reason_row")
        known = self._codebook.by_name.get(name)
        label = known.label_indonesian if known else name
        return word("sendback_reason", label=label) if kind else label

    def _width(self, name: str, kind: str) -> int:
        if kind:
            return _REASON
        return _WIDE if name in {"_origin", "unit_id", "_name", "programme", "_title"} else _NORMAL

    def _cell(self, number: int, place: int, row: _Row, name: str, kind: str) -> None:
        page, word = self._page, self._word
        if kind:
            page.write_string(number, place, " ".join(row.faults.get(name, [])), self._why)
        elif name == "_supersedes":
            page.write_string(number, place, row.row_id, self._key)
        elif name == "_origin":
            page.write_string(number, place, row.origin, self._key)
        elif name == "_status":
            page.write_string(
                number, place, word("sendback_held" if row.is_held else "sendback_repaired"), self._key
            )
        elif name == "_action":
            page.write_blank(number, place, None, self._texts[""])
        else:
            self._sent(number, place, row, name)

    def _sent(self, number: int, place: int, row: _Row, name: str) -> None:
        """Write a cell as it was sent; what letterhead or profile said of the row is filled in."""
        text, kind = row.cells.get(name, ("", ""))
        if name == "period" and row.period and name not in row.faults:
            # A quarter whose year stood in a letterhead has none here.
            text = row.period
        if not text and name == "unit_id" and row.unit_id in self._found.context.city.units:
            text = self._found.context.city.units[row.unit_id].name
        styles = self._dates if self._type(name) == "date" else self._texts
        style = styles[("fault" if row.is_held else "mended") if name in row.faults else ""]
        match row.values.get(name):
            case datetime() as moment:
                self._page.write_datetime(number, place, moment, style)
                return
            case float() as value:
                self._page.write_number(number, place, value, style)
                return
            case str() as said:
                text, kind = said, ""
        # Numbers of up to fifteen digits stay numbers; longer ones are names for people.
        if kind == NUMBER and sum(c.isdigit() for c in text) <= 15:
            self._page.write_number(number, place, float(text), style)
        else:
            self._page.write_string(number, place, text, style)

    def _type(self, name: str) -> str:
        known = self._codebook.by_name.get(name)
        return known.type if known else ""

    def _choices(self, name: str) -> list[str]:
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
