"""An outsider who holds published editions, and nothing else: reads their tables and sentences, and computes.

Nothing of the package is imported. What is read are the files that `report` leaves, as text; what is told is what
anybody with a spreadsheet and a solver of linear programs can reach.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from math import ceil, floor, inf
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_array

HIDDEN = "•"
_INFEASIBLE = 2  # what scipy's `milp` says of a problem without a solution
CITY = "CITY"
_NAME = re.compile(
    r"(?P<unit>.+?)-(?P<period>\d{4}(?:-[QS]\d)?)-(?P<language>id|en)(?P<internal>-internal)?\.(?P<format>xlsx|html)$"
)
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}

# ---------------------------------------------------------------- what is read


@dataclass(frozen=True)
class Table:
    """A table of an edition: its title without its number, its headings, and its cells."""

    title: str
    headings: list[str]
    rows: list[list[Any]]
    notes: list[str]

    def records(self) -> Iterator[dict[str, Any]]:
        for row in self.rows:
            yield dict(zip(self.headings, row, strict=False))


@dataclass
class Report:
    """All published formats of one unit, period, audience and language."""

    unit: str
    period: str
    audience: str
    language: str
    tables: list[Table] = field(default_factory=list)
    text: str = ""

    def table(self, title: str) -> Table | None:
        return next((table for table in self.tables if table.title == title), None)


def read_reports(folder: Path) -> list[Report]:
    """Read every workbook and page below a folder."""
    found: dict[tuple[str, ...], Report] = {}
    for path in sorted(folder.rglob("*")):
        if not (match := _NAME.match(path.name)):
            continue
        key = (
            match["unit"],
            match["period"],
            "internal" if match["internal"] else "public",
            match["language"],
        )
        report = found.setdefault(key, Report(*key))
        if match["format"] == "xlsx":
            report.tables = list(_tables(path))
        else:
            report.text = _text(path)
    return list(found.values())


def _tables(path: Path) -> Iterator[Table]:
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        for sheet in book:
            lines = [list(row) for row in sheet.iter_rows(values_only=True)]
            at = next(
                (i for i, row in enumerate(lines) if row and re.match(r"(Tabel|Table) \d+\. ", str(row[0]))),
                None,
            )
            if at is None:
                continue
            body = [_trimmed(row) for row in lines[at + 1 :] if _trimmed(row)]
            start = next((i for i, row in enumerate(body) if len(row) > 1), None)
            if start is None:
                continue
            rows = [row for row in body[start + 1 :] if len(row) > 1]
            notes = [str(row[0]) for row in body[start + 1 :] if len(row) == 1]
            yield Table(
                str(lines[at][0]).partition(". ")[2], [str(cell) for cell in body[start]], rows, notes
            )
    finally:
        book.close()


def _trimmed(row: list[Any]) -> list[Any]:
    while row and row[-1] is None:
        row = row[:-1]
    return row


def _text(path: Path) -> str:
    page = re.sub(r"<(style|script)\b.*?</\1>", " ", path.read_text("utf-8"), flags=re.S)
    page = re.sub(r"</?(p|li|h\d|div|tr|figcaption|section)[^>]*>", "\n", page)
    page = unescape(re.sub(r"<[^>]+>", " ", page))
    return "\n".join(" ".join(line.split()) for line in page.splitlines() if line.strip())


def number(cell: Any) -> float | None:
    """Read a figure; what is hidden, empty or a word is none."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    text = str(cell or "").replace("%", "").replace("−", "-").strip()
    if re.fullmatch(r"[+-]?[\d.]*\d(,\d+)?", text) and (
        "," in text or re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})*", text)
    ):
        return float(text.replace(".", "").replace(",", "."))
    return None


def half_unit(cell: Any, printed: int) -> float:
    """By how much a figure may differ from what it was rounded from: the page's digits, or as many as stand there."""
    digits = len(repr(float(cell)).partition(".")[2]) if isinstance(cell, int | float) else printed
    return 0.5 * 10.0 ** -(10 if digits > 5 else printed)


def period_of(label: str) -> str | None:
    match = re.match(r"(?:TW|Triwulan) (I{1,3}|IV) (\d{4})", str(label))
    return f"{match[2]}-Q{_ROMAN[match[1]]}" if match else None


# ---------------------------------------------------------------- what is computed

Cell = tuple[str, ...]


class Outsider:
    """What follows from published figures: whole numbers and sums, each with the least and most that they can be."""

    def __init__(self) -> None:
        self._low: dict[Cell, float] = {}
        self._high: dict[Cell, float] = {}
        self._real: set[Cell] = set()
        self._says: list[tuple[dict[Cell, float], float, float, str]] = []
        self._index: defaultdict[Cell, list[int]] | None = None
        self._met: dict[Cell, tuple[float, float]] = {}
        self.contradictions: list[str] = []

    def cell(self, name: Cell, *, low: float = 0, high: float = inf, is_whole: bool = True) -> Cell:
        """Name an unknown, and what it is at least and at most."""
        self._low[name] = max(low, self._low.get(name, 0))
        self._high[name] = min(high, self._high.get(name, inf))
        if not is_whole:
            self._real.add(name)
        return name

    def reads(self, name: Cell, value: float, by: float = 0.0) -> None:
        """Read a published figure, printed to within `by`."""
        is_whole = name not in self._real
        low, high = (
            (ceil(value - by - 1e-6), floor(value + by + 1e-6)) if is_whole else (value - by, value + by)
        )
        if low > self._high.get(name, inf) + 1e-6 or high < self._low.get(name, 0) - 1e-6:
            self.contradictions.append(f"{name}: {value} against {self._low[name]} to {self._high[name]}")
            return
        self.cell(name, low=low, high=high, is_whole=is_whole)

    def says(self, parts: dict[Cell, float], low: float, high: float | None = None, why: str = "") -> None:
        """Write down that a sum of cells lies between two numbers."""
        for name in parts:
            self.cell(name)
        self._says.append((parts, low, low if high is None else high, why))

    def is_published(self, name: Cell) -> bool:
        return self._high[name] - self._low[name] < 1e-6

    def names(self, kind: str) -> list[Cell]:
        return [name for name in self._low if name[0] == kind]

    def _rows_of(self) -> dict[Cell, list[int]]:
        if self._index is None:
            self._index = defaultdict(list)
            for at, (parts, *_) in enumerate(self._says):
                for part in parts:
                    if not self.is_published(part):
                        self._index[part].append(at)
        return self._index

    def _component(self, name: Cell) -> tuple[list[Cell], list[tuple[dict[Cell, float], float, float, str]]]:
        seen, rows, todo = {name}, set(), [name]
        while todo:
            for at in self._rows_of()[todo.pop()]:
                if at in rows:
                    continue
                rows.add(at)
                for part in self._says[at][0]:
                    if part not in seen and not self.is_published(part):
                        seen.add(part)
                        todo.append(part)
        return sorted(seen), [self._says[at] for at in sorted(rows)]

    def could_be(self, name: Cell) -> tuple[float, float]:
        """Tell the least and the most that a cell was in the solutions met so far."""
        return self._met.get(name, (inf, -inf))

    def reach(self, name: Cell) -> tuple[float, float]:
        """Tell the least and the most that a cell can be, whole where it is a count."""
        if self.is_published(name):
            return self._low[name], self._high[name]
        cells, rows = self._component(name)
        index = {cell: at for at, cell in enumerate(cells)}
        values, row_at, column_at, low, high = [], [], [], [], []
        for at, (parts, least, most, _) in enumerate(rows):
            known = sum(weight * self._low[part] for part, weight in parts.items() if part not in index)
            for part, weight in parts.items():
                if part in index:
                    values.append(weight)
                    row_at.append(at)
                    column_at.append(index[part])
            low.append(least - known - 1e-7)
            high.append(most - known + 1e-7)
        constraints = []
        if rows:
            matrix = csr_array((values, (row_at, column_at)), shape=(len(rows), len(cells)))
            constraints = [LinearConstraint(matrix, low, high)]
        bounds = ([self._low[cell] for cell in cells], [self._high[cell] for cell in cells])
        ends = []
        for sign in (1, -1):
            cost = np.zeros(len(cells))
            cost[index[name]] = sign
            done = milp(cost, constraints=constraints, bounds=bounds)
            if done.status == _INFEASIBLE:
                self.contradictions.append(
                    f"what is said of {name} cannot be: {[row[3] for row in rows][:6]}"
                )
                return 0, inf
            ends.append(sign * done.fun if done.x is not None else (0 if sign == 1 else inf))
            for cell, value in zip(cells, done.x if done.x is not None else (), strict=False):
                least, most = self.could_be(cell)
                self._met[cell] = (min(least, value), max(most, value))
        if name not in self._real:
            return ceil(ends[0] - 1e-5), floor(ends[1] + 1e-5) if ends[1] < inf else inf
        return ends[0], ends[1]

    def why(self, name: Cell, most: int = 4) -> str:
        """Tell the statements that a cell stands in."""
        return "; ".join(why for parts, _, _, why in self._says if name in parts and why)[: 200 * most]


@dataclass(frozen=True)
class Finding:
    """What an attack recovered: of whom, what, and by which arithmetic."""

    attack: str
    what: str
    unit: str
    period: str
    low: float
    high: float
    arithmetic: str

    def __str__(self) -> str:
        value = f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"
        return f"{self.attack} {self.unit} {self.period}: {self.what} = {value} ({self.arithmetic})"


def gives_away(low: float, high: float, least: int) -> bool:
    """Whether whole numbers that can be reached are all of few people, and not all of 0 to least - 1."""
    return high < least and (low > 0 or high < least - 1)


# ---------------------------------------------------------------- what the pages say

_GROUPINGS = {"Jenis kelamin": "sex", "Umur": "age", "Golongan": "rank", "Status": "status"}
_YEAR_TO_DATE = "Jam pelajaran sejak awal tahun menurut kelompok pegawai"
_PREDICATES = ("Sangat Baik", "Baik", "Butuh Perbaikan", "Kurang/Misconduct")
_BAD = _PREDICATES[2:]
_BY_UNIT = "Indeks kepuasan masyarakat per perangkat daerah"


def short_names(reports: list[Report]) -> dict[str, str]:
    """Match the short names that the city's tables print with the codes in the names of files."""
    names = {}
    for report in reports:
        for table in report.tables:
            if report.unit == CITY and table.headings[0] == "Unit":
                for row in table.rows:
                    names[str(row[0])] = ""
    codes = {report.unit for report in reports} - {CITY, "QUALITY"}
    for name in names:
        plain = re.sub(
            r"[^A-Z]",
            "",
            name.upper()
            .replace("KEC. PONTIANAK ", "KEC")
            .replace("KECTENGGARA", "KECTNG")
            .replace("SEKRETARIAT DPRD", "SETWAN"),
        )
        near = [
            code
            for code in sorted(codes)
            if re.sub(r"[^A-Z]", "", code) == plain or (plain[:6] == re.sub(r"[^A-Z]", "", code)[:6])
        ]
        names[name] = near[0] if len(near) == 1 else name
    return names


def told(reports: list[Report]) -> Outsider:
    """Write down all that the reports say of counts and sums, and how they hang together."""
    outsider = Outsider()
    names = short_names(reports)
    for report in reports:
        if report.language != "id":
            continue
        _training(outsider, report)
        _groups_of_staff(outsider, report)
        _predicates(outsider, report)
        _respondents(outsider, report, names)
        _simple_counts(outsider, report)
    _add_up(outsider, sorted({report.unit for report in reports} - {CITY, "QUALITY"}))
    return outsider


def _figure(outsider: Outsider, name: Cell, cell: Any) -> None:
    outsider.cell(name)
    if (value := number(cell)) is not None:
        outsider.reads(name, value)


def _training(outsider: Outsider, report: Report) -> None:
    table = report.table("Jam pelajaran pegawai")
    for row in table.records() if table else ():
        if not (period := period_of(row["Periode"])):
            continue
        at = (report.unit, period)
        for kind, heading in (("staff", "Pegawai"), ("trained", "Dilatih"), ("pns", "PNS")):
            _figure(outsider, (kind, *at), row.get(heading))
        hours = outsider.cell(("hours", *at), is_whole=False)
        staff, mean = number(row["Pegawai"]), number(row["JP per pegawai"])
        if staff and mean is not None:
            outsider.reads(hours, staff * mean, staff * half_unit(row["JP per pegawai"], 1))
        outsider.says({("staff", *at): 1, ("pns", *at): -1, ("pppk", *at): -1}, 0, why="pegawai = PNS + PPPK")
        outsider.says({("staff", *at): 1, ("trained", *at): -1}, 0, inf)
        share = next((cell for heading, cell in row.items() if heading.startswith("PNS ≥")), None)
        pns = number(row.get("PNS"))
        if pns and number(share) is not None:
            outsider.reads(("met", *at), pns * number(share) / 100, pns * half_unit(share, 1) / 100)
    if match := re.search(r"PPPK dengan lebih dari 24 JP[^:]*: (\S+) dari (\S+?)\.", report.text):
        _figure(outsider, ("over", report.unit, report.period), match[1])
        _figure(outsider, ("pppk", report.unit, report.period), match[2])


def _groups_of_staff(outsider: Outsider, report: Report) -> None:
    table = report.table(_YEAR_TO_DATE)
    at = (report.unit, report.period)
    seen: dict[str, list[str]] = defaultdict(list)
    for row in table.records() if table else ():
        grouping, _, group = str(row["Kelompok"]).partition(": ")
        key = _GROUPINGS.get(grouping)
        if not key:
            continue
        seen[key].append(group)
        _figure(outsider, ("group", *at, key, group), row["Pegawai"])
        hours = outsider.cell(("group hours", *at, key, group), is_whole=False)
        n, mean, gap = (
            number(row[heading]) for heading in ("Pegawai", "JP per pegawai", "Beda dari lainnya")
        )
        if n and mean is not None:
            by = half_unit(row["JP per pegawai"], 1)
            outsider.reads(hours, n * mean, n * by)
            whole = number(_whole_of(report, "PNS" if key == "rank" else "Pegawai"))
            if gap is not None and whole:
                total = n * mean + (whole - n) * (mean - gap)
                kind = "year hours of PNS" if key == "rank" else "year hours"
                outsider.cell((kind, *at), is_whole=False)
                outsider.reads((kind, *at), total, whole * (by + half_unit(row["Beda dari lainnya"], 1)))
    for key, groups in seen.items():
        whole = ("pns" if key == "rank" else "staff", *at)
        outsider.says(
            {whole: 1, **{("group", *at, key, group): -1 for group in groups}}, 0, why=f"{key}: {groups}"
        )
        total = ("year hours of PNS" if key == "rank" else "year hours", *at)
        outsider.cell(total, is_whole=False)
        parts = {("group hours", *at, key, group): -1.0 for group in groups}
        outsider.says({total: 1, **parts}, -0.01, 0.01, why=f"JP {key}: {groups}")
    for status, kind in (("PNS", "pns"), ("PPPK", "pppk")):
        if status in seen["status"]:
            outsider.says(
                {(kind, *at): 1, ("group", *at, "status", status): -1}, 0, why=f"{status} in two tables"
            )
            if status == "PNS" and seen["rank"]:
                outsider.cell(("year hours of PNS", *at), is_whole=False)
                pair = {("year hours of PNS", *at): 1.0, ("group hours", *at, "status", "PNS"): -1.0}
                outsider.says(pair, -0.01, 0.01, why="JP of PNS in two tables")


def _whole_of(report: Report, heading: str) -> Any:
    table = report.table("Jam pelajaran pegawai")
    rows = [row for row in table.records() if period_of(row["Periode"]) == report.period] if table else []
    return rows[0].get(heading) if rows else None


def _predicates(outsider: Outsider, report: Report) -> None:
    """Read the distribution of predicates, the names of those merged, and the guide beside it."""
    table = report.table("Sebaran predikat kinerja")
    if table is None:
        return
    at = (report.unit, report.period)
    named = {predicate: ("predicate", *at, predicate) for predicate in _PREDICATES}
    merged = _merged(table)
    for row in table.records():
        if row["Predikat"] in named:
            _figure(outsider, named[row["Predikat"]], row["Pegawai"])
        elif (n := number(row["Pegawai"])) is not None and merged:
            # Whoever is named among the merged was there: a predicate that nobody has is named nowhere.
            for name in merged:
                outsider.cell(named[name], low=1)
            outsider.says(
                dict.fromkeys((named[name] for name in merged), 1.0), n, why=f"digabung {n:g}: {merged}"
            )
    shown = {str(row["Predikat"]) for row in table.records()}
    if all(number(row["Pegawai"]) is not None for row in table.records()) and (merged or shown <= set(named)):
        for name in set(named) - shown - set(merged):
            outsider.reads(outsider.cell(named[name]), 0)
    _guide(outsider, report, named)
    if match := re.search(r"Penilaian mencakup (\d+) pegawai", report.text):
        outsider.reads(outsider.cell(("rated", *at)), float(match[1]))
    outsider.says(
        {("rated", *at): 1.0, **dict.fromkeys(named.values(), -1.0)}, 0, why="dinilai = semua predikat"
    )


def _merged(table: Table) -> list[str]:
    notes = [note.partition(": ")[2].rstrip(".") for note in table.notes if note.startswith("Digabung")]
    return [
        name for note in notes for name in re.split(r"[;,] dan | dan |[;,] ", note) if name in _PREDICATES
    ]


def _guide(outsider: Outsider, report: Report, named: dict[str, Cell]) -> None:
    guide = report.table("Sebaran predikat terhadap panduan SE MenPANRB 3/2023")
    for row in guide.records() if guide else ():
        label = str(row["Panduan"])
        inside = _BAD if "dan/atau" in label else (label.partition(":")[0],)
        if not set(inside) <= set(named):
            continue
        parts, n = {named[name]: 1.0 for name in inside}, number(row["Pegawai"])
        if n is not None:
            outsider.says(parts, n, why=f"panduan: {label} {n:g}")
        elif label.endswith(": ada"):
            kept = row["Sesuai panduan"] == "ya"
            outsider.says(
                parts, 1 if kept else 0, inf if kept else 0, why=f"panduan: {label}: {row['Sesuai panduan']}"
            )


def _respondents(outsider: Outsider, report: Report, names: dict[str, str]) -> None:
    at = (report.unit, report.period)
    if report.unit == CITY and (table := report.table(_BY_UNIT)):
        for row in table.records():
            _figure(outsider, ("respondents", names[str(row["Unit"])], report.period), row["Responden"])
    if match := re.search(r"\bdari (\d+) responden", report.text):
        outsider.reads(outsider.cell(("respondents", *at)), float(match[1]))
    table = report.table("Nilai unsur survei kepuasan masyarakat")
    for row in table.records() if table else ():
        _figure(outsider, ("element", *at, str(row["Unsur"])), row["Jawaban"])
        outsider.says({("respondents", *at): 1, ("element", *at, str(row["Unsur"])): -1}, 0, inf)
    table = report.table("Indeks menurut kelompok responden")
    for row in table.records() if table else ():
        name = ("category", *at, str(row["Kelompok"]), str(row["Kategori"]))
        _figure(outsider, name, row["Responden"])
        n, index = number(row["Responden"]), number(row["Nilai indeks"])
        if n and index is not None:
            outsider.cell(("category sum", *name[1:]), is_whole=False)
            outsider.reads(("category sum", *name[1:]), n * index, n * half_unit(row["Nilai indeks"], 2))


def _simple_counts(outsider: Outsider, report: Report) -> None:
    at = (report.unit, report.period)
    table = report.table("Pelatihan menurut jenis")
    for row in table.records() if table else ():
        name = ("participants", *at, str(row["Jenis pelatihan"]))
        _figure(outsider, name, row["Peserta"])
    table = report.table("Skala survei pegawai")
    for row in table.records() if table else ():
        _figure(outsider, ("answered", *at, str(row["Skala"])), row["Pegawai menjawab"])
    table = report.table("Waktu pelayanan menurut jenis layanan")
    services = []
    for row in table.records() if table else ():
        services.append(str(row["Jenis layanan"]))
        _figure(outsider, ("service", *at, services[-1]), row["Permohonan"])
        _figure(outsider, ("open", *at, services[-1]), row["Belum selesai"])
        outsider.says({("service", *at, services[-1]): 1, ("open", *at, services[-1]): -1}, 0, inf)
    if match := re.search(r"Sebanyak ([\d.]+) permohonan masuk[^;]*; (\S+) belum selesai", report.text):
        _figure(outsider, ("requests", *at), float(match[1].replace(".", "")))
        _figure(outsider, ("open requests", *at), match[2])
    if services and report.unit != CITY:
        for whole, part in (("requests", "service"), ("open requests", "open")):
            parts = {(part, *at, service): -1.0 for service in services}
            outsider.says({(whole, *at): 1, **parts}, 0, why=f"{whole} of {len(services)} services")
    if match := re.search(r"(\d+) pengaduan (?:masuk|diterima)", report.text):
        _figure(outsider, ("complaints", *at), float(match[1]))


#: What of the city is the sum of its units.
_SUMS = (
    *("staff", "trained", "pns", "pppk", "met", "over", "hours", "year hours", "year hours of PNS"),
    *("group", "group hours", "predicate", "rated", "respondents", "element", "category", "participants"),
    *("answered", "requests", "open requests", "complaints"),
)


def _add_up(outsider: Outsider, units: list[str]) -> None:
    for kind in _SUMS:
        for name in outsider.names(kind):
            if name[1] != CITY:
                continue
            is_sum = kind in ("hours", "year hours", "year hours of PNS", "group hours")
            parts: dict[Cell, float] = {name: 1.0}
            for unit in units:
                part = (kind, unit, *name[2:])
                outsider.cell(part, is_whole=not is_sum)
                parts[part] = -1.0
            slack = 0.05 if is_sum else 0
            outsider.says(parts, -slack, slack, why=f"kota = jumlah {len(units)} unit")
    for name in outsider.names("respondents"):
        by_trait: dict[str, list[Cell]] = defaultdict(list)
        for category in outsider.names("category"):
            if category[1:3] == (CITY, name[2]):
                by_trait[category[3]].append(category)
        for trait, categories in by_trait.items():
            parts = {("category", name[1], name[2], trait, category[4]): -1.0 for category in categories}
            outsider.says(
                {name: 1.0, ("category", name[1], name[2], trait, "?"): -1.0, **parts},
                0,
                why=f"semua {trait}",
            )
    for kind, whole in (("group", "staff"), ("trained", "staff"), ("met", "pns")):
        for name in outsider.names(kind):
            outsider.says({(whole, *name[1:3]): 1.0, name: -1.0}, 0, inf)


# ---------------------------------------------------------------- the attacks

#: Kinds of cells that tell of few people, and how many a group needs; of a distribution a cell needs five.
_LEAST = {
    **dict.fromkeys(("staff", "pns", "pppk", "trained", "group", "rated", "answered", "participants"), 10),
    **dict.fromkeys(("met", "over", "predicate", "open", "open requests"), 5),
    **dict.fromkeys(("respondents", "service", "requests", "complaints", "element"), 10),
}
_SENSITIVE = ("Keberatan", "Hukuman disiplin")


def narrow_counts(outsider: Outsider) -> Iterator[Finding]:
    """D2 to D5: counts that are not printed, and that other figures tell: all kinds of tables, units, periods at once."""
    for kind, least in _LEAST.items():
        for name in outsider.names(kind):
            if outsider.is_published(name) or name[-1] == "?":
                continue
            low, high = outsider.could_be(name)
            if low < 1e-6 and high >= least - 1:
                continue
            low, high = outsider.reach(name)
            if gives_away(low, high, least):
                attack = {"predicate": "D2", "pppk": "D3", "trained": "D3", "met": "D3"}.get(kind, "D4/D5")
                yield Finding(
                    attack, " ".join((kind, *name[3:])), name[1], name[2], low, high, outsider.why(name)
                )


def hours_of_few(outsider: Outsider) -> Iterator[Finding]:
    """D3: lesson hours of a group of one to nine, known to one hour a person."""
    pairs = [("group hours", "group")]
    for kind, people in pairs:
        for name in outsider.names(kind):
            if outsider.is_published(name):
                continue
            count = (people, *name[1:])
            if outsider.is_published(count) and outsider.reach(count)[0] >= 10:
                continue
            low, high = outsider.reach(count)
            least, most = outsider.reach(name)
            if high < 10 and low > 0 and most - least < low:
                yield Finding(
                    "D3",
                    f"JP of {low:g}..{high:g} {name[3:]}",
                    name[1],
                    name[2],
                    least,
                    most,
                    outsider.why(name),
                )


def hidden_sets(outsider: Outsider) -> Iterator[Finding]:
    """D5: all hidden categories of a trait together are fewer than ten people, so that their sum tells of them."""
    by_set: dict[Cell, list[Cell]] = defaultdict(list)
    for kind in ("group",):
        for name in outsider.names(kind):
            if not outsider.is_published(name):
                by_set[(kind, *name[1:4])].append(name)
    for key, cells in by_set.items():
        whole = ("pns" if key[3] == "rank" else "staff", *key[1:3])
        shown = [
            name for name in outsider.names(key[0]) if name[1:4] == key[1:4] and outsider.is_published(name)
        ]
        if outsider.is_published(whole) and len(cells) > 1:
            rest = outsider.reach(whole)[0] - sum(outsider.reach(name)[0] for name in shown)
            if 0 < rest < 10:
                what = f"{len(cells)} hidden groups of {key[3]} together"
                yield Finding("D5", what, key[1], key[2], rest, rest, f"{whole} - {len(shown)} shown")


def printed_small(outsider: Outsider) -> Iterator[Finding]:
    """D6: counts of one to nine (one to four in a distribution) that simply stand there."""
    for kind, least in _LEAST.items():
        for name in outsider.names(kind):
            low, high = outsider._low[name], outsider._high[name]
            if low == high and 0 < low < least and kind not in ("element", "open", "open requests"):
                yield Finding(
                    "D6",
                    " ".join((kind, *name[3:])),
                    name[1],
                    name[2],
                    low,
                    high,
                    "printed, or given at once",
                )


def told_of_all(reports: list[Report]) -> Iterator[Finding]:
    """D7 and zeros: pages that say of a sensitive attribute that nobody has it, or everybody."""
    for report in reports:
        at = (report.unit, report.period)
        guide = report.table("Sebaran predikat terhadap panduan SE MenPANRB 3/2023")
        for row in guide.records() if guide else ():
            if "Butuh Perbaikan" in str(row["Panduan"]) and number(row["Pegawai"]) == 0:
                yield Finding("D7", "nobody has a bad predicate", *at, 0, 0, str(row["Panduan"]))
        for table in report.tables:
            if table.title.startswith(("Keberatan menurut", "Alasan keberatan")):
                column = "Keberatan" if "Keberatan" in table.headings else table.headings[1]
                values = [number(row.get(column)) for row in table.records()]
                if 0 in values and None in values:
                    zeros = [
                        str(row[table.headings[0]]) for row in table.records() if number(row.get(column)) == 0
                    ]
                    text = f"zero beside {HIDDEN} in {table.title!r}"
                    yield Finding("D7", f"no objection by: {', '.join(zeros)}", *at, 0, 0, text)
        training = report.table("Jam pelajaran pegawai")
        for row in training.records() if training else ():
            share = next((number(cell) for heading, cell in row.items() if heading.startswith("PNS ≥")), None)
            if share in (0, 100):
                yield Finding(
                    "D7", f"{share:g} % of PNS met the duty", *at, share, share, str(row["Periode"])
                )


def sanctions(reports: list[Report]) -> Iterator[Finding]:
    """D1: sanctions by sentence, by rows of their source, and by the remainder of the professionalism index by five."""
    for report in reports:
        at = (report.unit, report.period)
        for line in report.text.splitlines():
            if (
                re.search(r"dijatuhi hukuman disiplin\D*\b[1-9]\b(?! sampai)", line)
                and "0 sampai" not in line
            ):
                yield Finding("D1", "sanctions in a sentence", *at, 1, 9, line[:200])
        index = report.table("Indeks Profesionalitas ASN menurut dimensi, dengan batas yang mungkin")
        staff = number(_whole_of(report, "Pegawai"))
        rows = {str(row["Dimensi"]): row for row in index.records()} if index else {}
        if report.unit != CITY and staff and number(rows.get("Indeks", {}).get("Tertinggi")) is not None:
            parts = [number(rows[name]["Tertinggi"]) for name in ("Indeks", "Kualifikasi", "Kompetensi")]
            if None not in parts:
                points = staff * (parts[0] - parts[1] - parts[2])
                yield Finding(
                    "D1", "loss of discipline modulo 5", *at, -points % 5, -points % 5, f"{points:.3f} points"
                )
        if (row := rows.get("Disiplin")) and staff and number(row["Terendah"]) is not None:
            low, high = ((5 - number(row[end])) * staff for end in ("Tertinggi", "Terendah"))
            if (low > 1e-6 or high < 9) and high < 36 - 1e-3:
                yield Finding("D1", "points of discipline lost", *at, low, high, "N (5 - discipline)")
        for table in report.tables:
            if "Sumber" not in table.headings and "Berkas" not in table.headings:
                continue
            for row in table.records():
                name = str(row.get("Sumber", row.get("Berkas")))
                is_one = name in _SENSITIVE or re.match(r"(keberatan|disiplin)/", name)
                kept = number(row.get("Dipakai"))
                if is_one and kept is not None and kept < 10:
                    yield Finding("D1/rows", f"rows of {name} in use", *at, kept, kept, table.title)
                elif is_one and "Baris" in row and (n := number(row["Baris"])) is not None and n < 10:
                    yield Finding("D1/rows", f"{name}: {row.get('Alasan')}", *at, n, n, table.title)


def rows_in_and_out(reports: list[Report]) -> Iterator[Finding]:
    """Rows by source, file and office: what came in is what was used, held and left out; files add up to their source."""
    for report in reports:
        if report.unit != "QUALITY":
            continue
        for table in report.tables:
            columns = [
                name for name in ("Masuk", "Dipakai", "Ditahan", "Dikeluarkan") if name in table.headings
            ]
            if len(columns) < 4:
                continue
            for row in table.records():
                values = {name: number(row.get(name)) for name in columns}
                hidden = [name for name, value in values.items() if value is None]
                if len(hidden) == 1 and hidden[0] != "Masuk":
                    shown = sum(
                        value for name, value in values.items() if name != "Masuk" and value is not None
                    )
                    rest = values["Masuk"] - shown
                    if rest < 5:
                        what = (
                            f"{hidden[0]} of {row.get('Berkas', row.get('Sumber'))} {row.get('Lembar', '')}"
                        )
                        arithmetic = f"{values['Masuk']:g} - {shown:g} in {table.title!r}"
                        yield Finding("rows", what, report.unit, report.period, rest, rest, arithmetic)


def editions_apart(reports: list[Report]) -> Iterator[Finding]:
    """A cell that one edition hides and another shows: audiences, languages, later quarters."""
    shown: dict[Cell, tuple[float, str]] = {}
    hidden: dict[Cell, str] = {}
    for report in reports:
        if report.language != "id":
            continue
        where = f"{report.period} {report.audience}"
        for table in report.tables:
            if table.title not in (
                "Jam pelajaran pegawai",
                _YEAR_TO_DATE,
                "Indeks menurut kelompok responden",
            ):
                continue
            for row in table.rows:
                period = period_of(str(row[0])) or report.period
                key = "" if period_of(str(row[0])) else str(row[0])
                for heading, cell in zip(table.headings[1:], row[1:], strict=False):
                    name = (table.title, report.unit, period, key, heading)
                    if cell == HIDDEN:
                        hidden[name] = where
                    elif (value := number(cell)) is not None:
                        shown[name] = (value, where)
    for name in sorted(hidden.keys() & shown.keys()):
        value, where = shown[name]
        text = f"hidden in {hidden[name]}, shown in {where}"
        yield Finding("editions", f"{name[0]} {name[3]} {name[4]}", name[1], name[2], value, value, text)


def languages_apart(reports: list[Report]) -> Iterator[Finding]:
    """Tables of the English edition that show more figures than the Indonesian, or fewer."""
    pairs: dict[Cell, dict[str, Report]] = defaultdict(dict)
    for report in reports:
        pairs[(report.unit, report.period, report.audience)][report.language] = report
    for key, pair in pairs.items():
        if len(pair) < 2:
            continue
        for ours, theirs in zip(pair["id"].tables, pair["en"].tables, strict=False):
            marks = [sum(cell == HIDDEN for row in table.rows for cell in row) for table in (ours, theirs)]
            if marks[0] != marks[1]:
                yield Finding("languages", ours.title, key[0], key[1], marks[0], marks[1], f"marks, {key[2]}")


def shares_of_few(reports: list[Report]) -> Iterator[Finding]:
    """Shares printed to many digits whose count of people is hidden: the fraction gives numerator and denominator."""
    for report in reports:
        for table in report.tables:
            for row in table.records():
                for heading, cell in row.items():
                    if (
                        not isinstance(cell, float)
                        or len(repr(cell).partition(".")[2]) < 6
                        or not 0 < cell < 100
                    ):
                        continue
                    if not re.match(
                        r"(Sesuai|Bagian|PNS ≥|Dikabulkan|Dilatih|Nilai tersering|Nilai tertinggi)",
                        str(heading),
                    ):
                        continue
                    hit = next(
                        ((k, n) for n in range(1, 10) for k in range(1, n) if abs(100 * k / n - cell) < 1e-7),
                        None,
                    )
                    if hit and HIDDEN in row.values():
                        what = f"{table.title}: {row[table.headings[0]]} {heading}"
                        text = f"{hit[0]}/{hit[1]} = {cell}"
                        yield Finding("decimals", what, report.unit, report.period, hit[0], hit[1], text)


def attack(reports: list[Report]) -> list[Finding]:
    """Run every attack on the reports in hand."""
    outsider = told(reports)
    found = [
        *sanctions(reports),
        *narrow_counts(outsider),
        *hours_of_few(outsider),
        *hidden_sets(outsider),
        *printed_small(outsider),
        *told_of_all(reports),
        *rows_in_and_out(reports),
        *editions_apart(reports),
        *languages_apart(reports),
        *shares_of_few(reports),
    ]
    found += [Finding("contradiction", text, "", "", 0, 0, "") for text in outsider.contradictions]
    return found
