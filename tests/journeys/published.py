"""Reads published reports back as an attacker does: tables, sentences and numbers of every edition, and nothing else."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import docx
import openpyxl
from docx.oxml.ns import qn
from lxml import html
from pypdf import PdfReader
from render.editions.extract import shown

HIDDEN = "•"
CITY, QUALITY = "CITY", "QUALITY"
#: What everybody can read: the project is public, and so are the words that its reports use.
RULES = Path(__file__).parents[2] / "asn_research" / "rules"
_NAME = re.compile(
    r"(?P<unit>.+?)-(?P<period>\d{4}(?:-[QS]\d)?)-(?P<language>id|en)(?P<internal>-internal)?\.(?P<format>lembar-kerja\.xlsx|xlsx|html|docx|pdf)$"
)
_TITLE = re.compile(r"(?:Tabel|Table) \d+\. (.*)", re.DOTALL)
_NUMBER = re.compile(r"[≤≥] ?\d[\d.,]*|\d[\d.,]*\d|\d|•")


@dataclass(frozen=True)
class Table:
    """A table of an edition: its title without its number, its headings, its cells as they are shown, its notes."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def records(self) -> Iterator[dict[str, str]]:
        for row in self.rows:
            yield dict(zip(self.headings, row, strict=False))


@dataclass
class Edition:
    """One published file."""

    unit: str
    period: str
    audience: str
    language: str
    format: str
    tables: list[Table] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    #: Headline numbers: label, value, detail and change.
    figures: list[tuple[str, ...]] = field(default_factory=list)
    #: Of a worksheet: its sheets, with the headings and the rows under them.
    sheets: list[tuple[str, list[str], list[list[Any]]]] = field(default_factory=list)
    text: str = ""
    #: Numbers of a workbook as they are stored, beside those that it shows.
    stored: list[tuple[float, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "-".join((self.unit, self.period, self.audience, self.language, self.format))

    def table(self, key: str) -> Table | None:
        """Return the table whose title is a row of the words."""
        return next((t for t in self.tables if words(self.language).is_title(key, t.title)), None)


def read_editions(folder: Path) -> list[Edition]:
    """Read every published file below a folder."""
    found = []
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if hidden or not (match := _NAME.match(path.name)):
            continue
        edition = Edition(
            match["unit"], match["period"], "internal" if match["internal"] else "public", match["language"],
            match["format"].removesuffix(".xlsx"),
        )  # fmt: skip
        _READERS[edition.format](path, edition)
        found.append(edition)
    return found


def _plain(text: Any) -> str:
    return " ".join(str(text or "").split())


def _without_number(title: str) -> str:
    match = _TITLE.match(title)
    return _plain(match[1]) if match else _plain(title)


def _html(path: Path, edition: Edition) -> None:
    page = html.fromstring(path.read_bytes())
    # Cells stand apart, and what a picture says to who cannot see it is text too.
    edition.text = "\n".join([*page.itertext(), *(each.get("alt") for each in page.iter("img"))])
    for block in page.get_element_by_id("report"):
        if block.tag == "figure":
            _html_figure(block, edition)
        elif figures := [tuple(_plain(part.text_content()) for part in each) for each in block.iter("li")]:
            edition.figures += figures
            edition.sentences += [part for figure in figures for part in figure]
        else:
            edition.sentences.append(_plain(block.text_content()))


def _html_figure(block: Any, edition: Edition) -> None:
    """Read a table; of a chart, its title and what it says to who cannot see it."""
    lines = [[_plain(cell.text_content()) for cell in row] for row in block.iter("tr")]
    title, notes = (
        _without_number(block.findtext("figcaption")),
        [_plain(each.text_content()) for each in block.findall("p")],
    )
    if lines:
        edition.tables.append(Table(title, tuple(lines[0]), tuple(map(tuple, lines[1:])), tuple(notes)))
    else:
        edition.sentences += [title, *(_plain(each.get("alt")) for each in block.iter("img")), *notes]


def _docx(path: Path, edition: Edition) -> None:
    body = docx.Document(path).element.body
    title = ""
    for element in body:
        text = _plain("".join(t.text or "" for t in element.iter(qn("w:t"))))
        if element.tag == qn("w:p"):
            title = text if _TITLE.match(text) else ""
            edition.sentences += [text] if text else []
            edition.sentences += [_plain(each.get("descr")) for each in element.iter(qn("wp:docPr"))]
        elif element.tag == qn("w:tbl"):
            rows = [
                tuple(
                    _plain(" ".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in cell.iter(qn("w:p"))))
                    for cell in row.iter(qn("w:tc"))
                )
                for row in element.iter(qn("w:tr"))
            ]  # fmt: skip
            if title and rows:
                edition.tables.append(Table(_without_number(title), rows[0], tuple(rows[1:])))
            else:
                edition.sentences += [cell for row in rows for cell in row]
            title = ""
    _write_text(edition)


def _xlsx(path: Path, edition: Edition) -> None:
    for sheet in openpyxl.load_workbook(path):
        lines = []
        for row in sheet.iter_rows():
            texts = []
            for cell in row:
                text = "" if cell.value is None else _plain(shown(cell, edition.language))
                texts.append(text)
                if isinstance(cell.value, int | float):
                    edition.stored.append((float(cell.value), text))
            lines.append(texts)
        at = next((i for i, row in enumerate(lines) if row and _TITLE.match(row[0])), None)
        if at is not None and sum(map(bool, lines[at])) == 1:
            _sheet(edition, lines, at)
        else:
            _contents(edition, lines)
    _write_text(edition)


def _contents(edition: Edition, lines: list[list[str]]) -> None:
    """Read the sheet of contents: headline numbers stand under four headings, all else is text."""
    heads = tuple(words(edition.language).edition[key] for key in ("indicator", "value", "detail", "change"))
    is_figure = False
    for row in lines:
        is_figure = tuple(row[:4]) == heads or (is_figure and bool(row[1]))
        if is_figure and tuple(row[:4]) != heads:
            edition.figures.append(tuple(row[:4]))
        edition.sentences += [cell for cell in row if cell]


def _write_text(edition: Edition) -> None:
    cells = (cell for table in edition.tables for row in (table.headings, *table.rows) for cell in row)
    edition.text = "\n".join([*edition.sentences, *cells])


def _worksheet(path: Path, edition: Edition) -> None:
    """Read a worksheet: of each sheet, its head and its columns as one table; formulas as what they give."""
    # Two rows of headings stand in the sixth and seventh row; what joins them over columns is left out.
    for sheet in openpyxl.load_workbook(path, data_only=True):
        rows = [["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)]
        edition.sentences += [_plain(cell) for row in rows for cell in row if isinstance(cell, str) and cell]
        if len(rows) <= 7:
            continue
        heads = [_plain(str(low or high)) for high, low in zip(rows[5], rows[6], strict=True)]
        edition.sheets.append((sheet.title, heads, rows[7:]))
    _write_text(edition)


def _sheet(edition: Edition, lines: list[list[str]], at: int) -> None:
    """Read a sheet: its title, two lines of its report, its headings, its rows, and its notes in merged cells."""
    body = [row for row in lines[at + 1 :] if any(row)]
    start = next(i for i, row in enumerate(body) if sum(map(bool, row)) > 1)
    n = max(place for place, cell in enumerate(body[start], start=1) if cell)
    rows, notes = [], []
    for row in body[start + 1 :]:
        (notes if not any(row[1:]) else rows).append(row)
    edition.tables.append(
        Table(
            _without_number(lines[at][0]),
            tuple(body[start][:n]),
            tuple(tuple(row[:n]) for row in rows),
            tuple(row[0] for row in notes),
        )
    )


def _pdf(path: Path, edition: Edition) -> None:
    edition.text = "\n".join(page.extract_text() for page in PdfReader(path).pages)


_READERS = {"lembar-kerja": _worksheet, "html": _html, "docx": _docx, "xlsx": _xlsx, "pdf": _pdf}

# ---------------------------------------------------------------- words


class Words:
    """The words of a language, read backwards: from what a report says to what it speaks of."""

    def __init__(self, language: str) -> None:
        self.language = language
        with (RULES / "words.csv").open(encoding="utf-8-sig", newline="") as lines:
            self.texts = {row["key"]: row[language] for row in csv.DictReader(lines)}
        with (RULES.parent / "schema" / "tables.csv").open(encoding="utf-8-sig", newline="") as lines:
            name = {"id": "label_indonesian", "en": "label_english"}[language]
            self._titles = {row["table"]: row[name] for row in csv.DictReader(lines)}
        with (RULES.parent / "schema" / "columns.csv").open(encoding="utf-8-sig", newline="") as lines:
            self._columns = {(row["table"], row["column"]): row[name] for row in csv.DictReader(lines)}

        with (RULES.parent / "render" / "editions" / "words.csv").open(
            encoding="utf-8-sig", newline=""
        ) as lines:
            #: What editions themselves say around a report.
            self.edition = {row["key"]: row[language] for row in csv.DictReader(lines)}
        with (RULES / "indicators.csv").open(encoding="utf-8-sig", newline="") as lines:
            self._indicators = {row["key"]: row[name] for row in csv.DictReader(lines)}

        with (RULES / "sources.csv").open(encoding="utf-8-sig", newline="") as lines:
            self._sources = {row["source"]: row[name] for row in csv.DictReader(lines)}

    def indicator(self, label: str) -> str:
        """Return which indicator a label is; the label itself, if none."""
        return next((key for key, text in self._indicators.items() if text == label), label)

    def label(self, indicator: str) -> str:
        """Return what an indicator is called."""
        return self._indicators[indicator]

    def source(self, key: str) -> str:
        return self._sources[key]

    def is_title(self, key: str, title: str) -> bool:
        texts = (self.texts.get(f"table_{key}"), self._titles.get(key))
        return any(text is not None and _template(text).fullmatch(title) for text in texts)

    def heading(self, key: str, table: str = "") -> str:
        """Return a heading: a row of the words, or what a measure's column is declared to hold."""
        return self._columns[table, key] if table else self.texts[f"col_{key}"]

    def key(self, prefix: str, label: str) -> str:
        """Return which word of a family a label is; the label itself, if none."""
        if prefix == "source_":
            return next((key for key, text in self._sources.items() if text == label), label)
        for key, text in self.texts.items():
            if key.startswith(prefix) and _plain(text) == label:
                return key.removeprefix(prefix)
        return label

    def family(self, prefix: str) -> list[str]:
        """Return the words of a family."""
        return [key.removeprefix(prefix) for key in self.texts if key.startswith(prefix)]

    def said(self, key: str, sentence: str) -> dict[str, str] | None:
        """Return what a sentence fills in, if it is the named one."""
        match = _template(self.texts[key]).search(sentence)
        return None if match is None else {name: value or HIDDEN for name, value in match.groupdict().items()}


@cache
def words(language: str) -> Words:
    return Words(language)


@cache
def _template(text: str) -> re.Pattern[str]:
    """Return a pattern of all that a text with names and clauses can become."""
    seen: Counter[str] = Counter()

    def name(match: re.Match[str]) -> str:
        seen[match[1]] += 1
        return f"(?P<{match[1]}>.+?)" if seen[match[1]] == 1 else ".+?"

    def plain(part: str) -> str:
        made = re.escape(" ".join(part.split()) if part.strip() else part)
        # Blanks at the ends of a part are its own.
        left, right = " " * part.startswith(" "), " " * part.endswith(" ")
        made = re.escape(left) + made + re.escape(right) if part.strip() else made
        return re.sub(r"\\\{(\w+)\\\}", name, made)

    pattern, at = "", 0
    for clause in re.finditer(r"\[\[(.*?)(?:\|\|(.*?))?\]\]", text, re.DOTALL):
        pattern += plain(text[at : clause.start()])
        pattern += f"(?:{plain(clause[1])}|{plain(clause[2] or '')})"
        at = clause.end()
    return re.compile(pattern + plain(text[at:]), re.DOTALL)


def number(text: str, language: str = "id") -> float | None:
    """Read a figure; what is hidden, empty, told as an end, or a word is none."""
    plain = text.replace("%", "").replace("−", "-").strip()
    marks = ".,"
    thousands, decimal = marks if language == "id" else marks[::-1]
    if not re.fullmatch(rf"[+-]?(\d{{1,3}}(\{thousands}\d{{3}})+|\d+)(\{decimal}\d+)?", plain):
        return None
    return float(plain.replace(thousands, "").replace(decimal, "."))


def half_unit(text: str, language: str = "id") -> float:
    """By how much a figure may differ from what it was rounded from."""
    decimal = "," if language == "id" else "."
    digits = len(re.sub(r"\D", "", text.partition(decimal)[2]))
    return 0.5 * 10.0**-digits


def end_of(text: str, language: str = "id") -> tuple[str, float] | None:
    """Read a share that is told as its end."""
    match = re.fullmatch(r"([≤≥]) ?([\d.,]+)%", text.strip())
    value = number(match[2], language) if match else None
    return None if match is None or value is None else (match[1], value)


def interval(text: str, language: str = "id") -> tuple[float, float] | None:
    """Read the two ends of an interval."""
    parts = re.split(r" – | s\.d\. | to ", text)
    ends = [number(part, language) for part in parts]
    if len(ends) == 1 and ends[0] is not None:
        return ends[0], ends[0]
    return None if len(ends) != 2 or None in ends else (ends[0], ends[1])


def numbers_in(text: str) -> Counter[str]:
    """Count the numbers of a text as they stand in it."""
    return Counter(each.rstrip(".,") for each in _NUMBER.findall(text))
