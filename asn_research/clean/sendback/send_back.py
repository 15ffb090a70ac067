"""Send faulty rows back: a workbook for each keeper with the cells to correct and the reasons, and a letter.

A workbook has the cells to correct and the columns by which the keeper finds the row in its own records, and
nothing else: no answers, no texts of complaints, no scores. When the filled-in workbook is put into the raw
folder, `clean` writes its cells into the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

from asn_research.clean.cache import FileCache, concatenated
from asn_research.clean.cleaning import clean_in_memory
from asn_research.clean.inspect.recognition import read_tables
from asn_research.clean.new_tables import CleanedFolder
from asn_research.clean.privacy.identity import Pseudonyms, load_key
from asn_research.clean.privacy.row_keys import FILE_LETTERS, file_key, row_ids
from asn_research.clean.questions.open_questions import WAITS
from asn_research.clean.questions.unit_review import FOLDER
from asn_research.clean.sendback.keepers import keepers
from asn_research.clean.sendback.letters import Letter, letter_bytes
from asn_research.clean.sendback.mends import MENDED
from asn_research.clock import this_day
from asn_research.errors import RawDataError
from asn_research.read import RawTable, list_raw_files
from asn_research.read.cells import NUMBER
from asn_research.read.headings import FURTHER
from asn_research.read.returned import KEY
from asn_research.rules.cities import City
from asn_research.rules.codebooks import Codebook, Column, load_codebook
from asn_research.rules.reasons import reason_of
from asn_research.rules.words import Words, load_words, worded
from asn_research.storage import digest_of, within, write_whole

#: Names for keepers that are not an office of the register.
UNKNOWN, SURVEY = "BELUM-DIKENAL", "SURVEI-PEGAWAI"
_CORRECTED = "correction_"
_FIXED_DAY = datetime(2000, 1, 1)
_LISTS = "Pilihan"
#: Widths in characters.
_WIDE, _NORMAL, _REASON = 36, 21, 44
#: The number of days until an answer is due.
DUE_DAYS = 14


@dataclass(frozen=True)
class _Row:
    """One row that is sent back."""

    row_id: str
    origin: str
    is_quarantined: bool
    found_by: dict[str, str]
    cells: dict[str, tuple[str, str]]
    faults: dict[str, list[str]]


@dataclass
class _Sheet:
    """The rows of one source that are sent back to one keeper."""

    source: str
    rows: list[_Row] = field(default_factory=list)

    @property
    def faulty(self) -> list[str]:
        """The columns to correct, in the order of the codebook; an empty name is a fault of the whole row."""
        named = {name for row in self.rows for name in row.faults}
        order = ["", *load_codebook(self.source).by_name]
        return sorted(named, key=lambda name: (order.index(name) if name in order else len(order), name))

    @property
    def n_quarantined(self) -> int:
        """The number of quarantined rows."""
        return sum(row.is_quarantined for row in self.rows)


@dataclass(frozen=True)
class SentBack:
    """The written files.

    Parameters
    ----------
    files : dict of Path to int
        The workbooks, with their numbers of rows.
    letters : tuple of Path
        The covering letter of each workbook.
    """

    files: dict[Path, int]
    letters: tuple[Path, ...] = ()


def send_back(
    raw: Path | str, out: Path | str | None = None, *, processed: Path | str | None = None,
    key_file: Path | None = None, language: str = "id", today: date | None = None, due: date | None = None,
) -> SentBack:  # fmt: skip
    """Write a workbook for each keeper with its quarantined and repaired rows, and a covering letter.

    A workbook that exists already is not overwritten, because the office may have begun to fill it in.

    Parameters
    ----------
    raw : Path or str
        The folder of exports.
    out : Path or str, optional
        The folder for the workbooks; by default ``_perbaikan`` in the raw folder, which is not read as raw
        data.
    processed : Path or str, optional
        The processed folder; its cache is used for unchanged files.
    key_file : Path, optional
        The file with the pseudonym key.
    language : str
        ``id`` or ``en``; the headings are always those of the codebooks.
    today : date, optional
        The day of cleaning; by default the present day.
    due : date, optional
        The deadline for the answer; by default `DUE_DAYS` after today, moved to Monday if on a weekend.

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
    today = today or this_day()
    cache = FileCache(Path(processed), pseudonym) if processed else None
    found = clean_in_memory(raw, list_raw_files(raw), pseudonym, cache, today=today)
    word = load_words(language)
    files: dict[Path, int] = {}
    letters: list[Path] = []
    try:
        for keeper, sheets in sorted(_keepers(found, word, language).items()):
            place = within(folder, _name(keeper, sheets))
            letter = within(folder, place.name.replace("perbaikan_", "surat_").replace(".xlsx", ".docx"))
            # An existing workbook is kept, because the office may have begun to fill it in.
            if not place.exists():
                write_whole(
                    place, _workbook(_keeper_name(keeper, found.context.city, word), sheets, found, word)
                )
                write_whole(
                    letter, letter_bytes(_letter(keeper, sheets, place, found, (today, due)), language)
                )
            files[place] = sum(len(sheet.rows) for sheet in sheets)
            letters.append(letter)
    except OSError as error:
        raise worded(
            RawDataError, "error_sendback_unwritten", folder=folder.name, reason=error.strerror
        ) from error
    return SentBack(files, tuple(letters))


def _name(keeper: str, sheets: Sequence[_Sheet]) -> str:
    keys = "|".join(row.row_id for sheet in sheets for row in sheet.rows)
    return f"perbaikan_{keeper}_{digest_of(keys)[:6]}.xlsx"


def _keeper_name(keeper: str, city: City, word: Words) -> str:
    if keeper in city.units:
        return city.units[keeper].name
    return word("sendback_survey") if keeper == SURVEY else word("sendback_unknown")


def _letter(
    keeper: str, sheets: Sequence[_Sheet], place: Path, found: CleanedFolder, days: tuple[date, date | None]
) -> Letter:
    today, due = days
    city = found.context.city
    return Letter(
        government=city.facts.government,
        bureau=city.facts.organisation_bureau,
        keeper=keeper if keeper not in city.units else city.units[keeper].name,
        is_office=keeper in city.units,
        workbook=place.name,
        counts=tuple(
            (sheet.source, sheet.n_quarantined, len(sheet.rows) - sheet.n_quarantined) for sheet in sheets
        ),
        place_of_signing=city.facts.signed_at,
        today=today,
        due=due or _due(today),
        is_simulated=found.is_simulated,
    )


def _due(today: date) -> date:
    """Return the default deadline; a Saturday or Sunday is moved to Monday."""
    day = today + timedelta(days=DUE_DAYS)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _keepers(found: CleanedFolder, word: Words, language: str) -> dict[str, list[_Sheet]]:
    """Return the rows to send back, by keeper and source; quarantined rows first."""
    marks = concatenated(
        [r.quarantine.assign(is_quarantined=True) for r in found.cleaned.values()]
        + [r.repairs.assign(is_quarantined=False) for r in found.cleaned.values()]
    )
    marks = marks.loc[~marks["reason"].str.startswith(_CORRECTED) & (marks["reason"] != MENDED)]
    # Rows that wait for an answer are not sent back, because an office cannot correct them.
    marks = marks.loc[~marks["row_id"].isin(marks.loc[marks["reason"] == WAITS, "row_id"])]
    # A row that its office need not look at would send out its NIP for nothing.
    acts = marks["reason"].map(lambda reason: reason_of(str(reason)).needs_action).astype("bool")
    marks = marks.loc[marks["row_id"].isin(marks.loc[acts, "row_id"])]
    rows_of = {str(key): own for key, own in marks.groupby("row_id", sort=False)}
    senders = _senders(found)
    gathered: dict[str, dict[str, _Sheet]] = {}
    needed = set(marks["file"])
    for file in found.files:
        if file.name not in needed:
            continue
        key = file_key(file.key, found.context.pseudonym)
        for table in read_tables(file, found.context.city, found.context.answers).tables:
            ids = row_ids(table, table.rows, found.context.pseudonym).to_pylist()
            for at, row_id in enumerate(ids):
                own = rows_of.get(row_id)
                if own is None:
                    continue
                keeper = _keeper_of(
                    table.source, str(own["unit_id"].iloc[0]), key, senders, found.context.city
                )
                sheet = gathered.setdefault(keeper, {}).setdefault(table.source, _Sheet(table.source))
                sheet.rows.append(_row(table, at, own, found.context.city, word, language))
    for sheets in gathered.values():
        for sheet in sheets.values():
            sheet.rows.sort(key=lambda row: not row.is_quarantined)
    return {keeper: [sheets[s] for s in sorted(sheets)] for keeper, sheets in gathered.items()}


def _keeper_of(source: str, unit: str, key: str, senders: Mapping[str, str], city: City) -> str:
    """Return the keeper of a row: its office, the sender of its file, or `UNKNOWN` with the file's key."""
    kind = keepers()[source].keeper
    if kind == "survey":
        return SURVEY
    office = city.reporting_unit_id(unit) if unit in city.units else ""
    sender = senders.get(key, "")
    if kind == "office":
        return office or sender or f"{UNKNOWN}-{key}"
    # The office that a row is about is not its keeper here, unless the rows are answers to a survey.
    is_survey = keepers()[source].are_answers
    return sender if sender and (is_survey or sender != office) else f"{UNKNOWN}-{key}"


def _senders(found: CleanedFolder) -> dict[str, str]:
    """Return the sender of each file, by its key: the office of nearly all its rows; others are left out."""
    usual = {}
    for result in found.cleaned.values():
        if "reporting_unit_id" not in result.kept or result.kept.empty:
            continue
        files = result.kept["row_id"].str.slice(0, FILE_LETTERS)
        offices = result.kept["reporting_unit_id"].astype("str")
        for key, units in offices.groupby(files):
            counts = units.value_counts()
            if counts.iloc[0] > 0.9 * counts.sum():
                usual[str(key)] = str(counts.index[0])
    return usual


def _row(table: RawTable, at: int, own: pd.DataFrame, city: City, word: Words, language: str) -> _Row:
    place = np.array([at])
    sent = {}
    for name, column in table.columns.items():
        cell = column.take(place).used()
        last = int(cell.codes[0])
        sent[name] = (str(cell.texts[last]), str(cell.kinds[last]))
    faults: dict[str, list[str]] = {}
    for mark in own.to_dict("records"):
        reason = reason_of(str(mark["reason"]))
        text = f"{reason.label(language)}. {reason.advice(language)}"
        faults.setdefault(str(mark["column"]), []).append(text)
    keeper = keepers()[table.source]
    known = {"period": str(own["period"].iloc[0])}
    unit = str(own["unit_id"].iloc[0])
    if unit in city.units:
        known["unit_id"] = city.units[unit].name
    where = {"file": table.file, "sheet": table.sheet, "row": int(table.rows[at])}
    return _Row(
        row_id=str(own["row_id"].iloc[0]),
        origin=word("sendback_row_sheet" if table.sheet else "sendback_row", **where),
        is_quarantined=bool(own["is_quarantined"].any()),
        found_by={name: sent.get(name, ("", ""))[0] or known.get(name, "") for name in keeper.found_by},
        cells={
            name: sent.get(name, ("", "")) for name in faults if name and _may_be_sent(table.source, name)
        },
        faults=faults,
    )


def _may_be_sent(source: str, name: str) -> bool:
    """Return whether the text of a cell may be sent back: an answer or a personal text may not."""
    column = load_codebook(source).by_name.get(name)
    if column is None:
        return False
    is_answer = keepers()[source].are_answers and column.type not in {
        "date",
        "period",
        "unit",
        "service",
        "nip",
    }
    return not is_answer and (column.type == "nip" or not column.personal)


def _workbook(keeper: str, sheets: Sequence[_Sheet], found: CleanedFolder, word: Words) -> bytes:
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

    def _n_lines(self, row: _Row, heads: Sequence[tuple[str, str]]) -> int:
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
        label = known.label_indonesian if known else name
        return word("sendback_reason", label=label) if kind == "why" else label

    def _width(self, name: str, kind: str) -> int:
        if kind == "why":
            return _REASON
        return _WIDE if name in {"_key", "_origin", "unit_id", "programme"} else _NORMAL

    def _cell(self, number: int, place: int, row: _Row, name: str, kind: str) -> None:
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

    def _text(self, row: _Row, name: str) -> str:
        return row.cells[name][0] if name in row.cells else row.found_by.get(name, "")

    def _to_mend(self, number: int, place: int, row: _Row, name: str) -> None:
        """Write a faulty cell with its original text; it is empty if the text may not be sent back."""
        text, kind = row.cells.get(name, ("", ""))
        style = self._texts["fault" if row.is_quarantined else "mended"]
        # A number with more than fifteen digits is an identifier; as a number it would lose digits.
        if kind == NUMBER and sum(c.isdigit() for c in text) <= 15:
            self._page.write_number(number, place, float(text), style)
        else:
            self._page.write_string(number, place, text, style)

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
