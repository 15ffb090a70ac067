"""How an attacker takes down what an edition says: each figure is what one unknown is, to its last digit."""

import csv
import re
from collections.abc import Iterator
from functools import cache
from math import floor, inf

import yaml
from journeys.published import RULES, Edition, Table, end_of, half_unit, number, words
from protect.attacker import Attacker, Cell

_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}
PREDIKATS = ("very_good", "good", "needs_improvement", "poor", "very_poor")
RULE = yaml.safe_load((RULES / "regulations" / "disclosure.yaml").read_text("utf-8"))
#: Columns of appraisals that are predikat, or that make them, as reports call them.
PREDIKAT_COLUMNS = {
    *("Predikat", "Predikat Kinerja", "Predikat menurut matriks", "Rating Hasil Kerja", "Rating Perilaku Kerja"),
}  # fmt: skip
FEW = RULE["smallest_cell"] - 1


@cache
def register() -> dict[str, dict[str, str]]:
    """Return the register of units by each of their names."""
    with (RULES / "cities" / "pontianak" / "units.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {row[name]: row for name in ("unit_id", "name", "short_name") for row in rows}


@cache
def services() -> dict[str, str]:
    """Return the services' codes by each of their names."""
    with (RULES / "cities" / "pontianak" / "services.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    names = ("service_id", "name_indonesian", "name_english")
    return {row[name]: row["service_id"] for row in rows for name in names}


def unit_of(name: str) -> str:
    """Return a unit's code from any of its names."""
    return register()[name]["unit_id"]


def first_of(text: str) -> str:
    """Return the figure before the words or the range that follow it: *82,08 (mutu B, baik)*."""
    return text.partition(" (")[0].strip()


def period_of(label: str) -> str | None:
    """Return the code of a period from its short label."""
    if match := re.match(r"(?:TW|Triwulan) (I{1,3}|IV) (\d{4})", label):
        return f"{match[2]}-Q{_ROMAN[match[1]]}"
    if match := re.match(r"Semester (I{1,2}) (\d{4})", label):
        return f"{match[2]}-S{_ROMAN[match[1]]}"
    if match := re.fullmatch(r"Tahun (\d{4})", label):
        return match[1]
    return label if re.fullmatch(r"\d{4}(-[QS]\d)?", label) else None


def quarters(period: str) -> tuple[str, ...]:
    """Return the quarters of a half year or year; none of a quarter."""
    year, _, part = period.partition("-")
    numbers = {"": (1, 2, 3, 4), "S1": (1, 2), "S2": (3, 4)}.get(part, ())
    return tuple(f"{year}-Q{n}" for n in numbers)


class Hearing:
    """Writes what one edition says into what the attacker knows."""

    def __init__(self, attacker: Attacker, edition: Edition) -> None:
        self.attacker, self.edition = attacker, edition
        self.language, self.words = edition.language, words(edition.language)
        self.at = (edition.unit, edition.period)
        #: Titles of tables and sentences that were understood.
        self.heard: set[str] = set()

    # ------------------------------------------------------------ figures

    def heading(self, key: str, table: str = "") -> str:
        return self.words.heading(key, table)

    def heading_of(self, key: str) -> str:
        """Return a heading that is another row of the words."""
        return self.words.texts[key]

    def value(self, text: str) -> float | None:
        return number(text, self.language)

    def count(self, name: Cell, text: str) -> float | None:
        """Write down a count, hidden or shown."""
        self.attacker.cell(name)
        value = self.value(text)
        if value is not None:
            self.attacker.reads(name, value)
        return value

    def sum_of(self, name: Cell, people: Cell, mean: str, low: float = 0, high: float = inf) -> None:
        """Write down a sum, by a mean and whose it is; each of them is between two numbers.

        A mean tells something of the sum even where it is not told how many there are.
        """
        for cell, is_whole in ((name, False), (people, True)):
            self.attacker.cell(cell, is_whole=is_whole)
        n, value, by = self.attacker.known(people), self.value(mean), half_unit(mean, self.language)
        if n is not None:
            if n and value is not None:
                self.attacker.reads(name, n * value, n * by)
            if n and high < inf:
                self.attacker.cell(name, low=n * low, high=n * high, is_whole=False)
            return
        ends = (low, high) if value is None else (max(low, value - by), min(high, value + by))
        self.attacker.says({name: 1, people: -ends[0]}, 0, inf, why=f"mean {mean}")
        if ends[1] < inf:
            self.attacker.says({name: 1, people: -ends[1]}, -inf, 0, why=f"mean {mean}")

    def share(self, part: Cell, whole: Cell, rest: Cell, text: str) -> None:
        """Write down a part of a whole by its share, or by the end at which that lies."""
        for name in (part, rest):
            self.attacker.cell(name)
        self.attacker.says({whole: 1, part: -1, rest: -1}, 0, why=f"{part[0]} + {rest[0]} = {whole[0]}")
        value, by = self.value(text), half_unit(text, self.language)
        if value is not None:
            share, least, most = value / 100, (value - by) / 100, (value + by) / 100
            n = self.attacker.known(whole)
            if n is not None:
                self.attacker.reads(part, n * share, n * by / 100)
            else:
                self.attacker.says({part: 1, whole: -least}, 0, inf, why=text)
                self.attacker.says({part: 1, whole: -most}, -inf, 0, why=text)
        if end := end_of(text, self.language):
            n = self.attacker.known(whole)
            few = (rest, 100 - end[1]) if end[0] == "≥" else (part, end[1])
            if n is not None:
                self.attacker.says({few[0]: 1}, 0, floor(n * few[1] / 100 + 1e-9), why=text)
            else:
                self.attacker.says({few[0]: 1, whole: -few[1] / 100}, -inf, 0, why=text)

    def said(self, *keys: str) -> dict[str, str] | None:
        """Return what the first of some sentences fills in, if it stands in the edition."""
        return next((found for key in keys for found in self.each_said(key)), None)

    def each_said(self, key: str) -> Iterator[dict[str, str]]:
        """Yield what a sentence fills in, wherever it stands: in the text, or in a cell."""
        for sentence in self.edition.sentences:
            if (found := self.words.said(key, sentence)) is not None:
                self.heard.add(sentence)
                yield found

    def records(self, *keys: str) -> Iterator[dict[str, str]]:
        """Yield the rows of the tables with the titles of some keys."""
        for table in self.tables(*keys):
            yield from table.records()

    def tables(self, *keys: str) -> list[Table]:
        """Return the tables with the titles of some keys."""
        found = [
            table
            for table in self.edition.tables
            if any(self.words.is_title(key, table.title) for key in keys)
        ]
        self.heard |= {table.title for table in found}
        return found

    def at_most(self, part: Cell, whole: Cell, why: str = "") -> None:
        """Write down that a part is no more than its whole."""
        self.attacker.says({whole: 1, part: -1}, 0, inf, why=why)

    def same(self, one: Cell, other: Cell, why: str = "") -> None:
        """Write down that two cells are the same."""
        self.attacker.says({one: 1, other: -1}, 0, why=why)

    def _parts(self, whole: str, *parts: str) -> None:
        """Write down that a whole of this report is its parts together."""
        cells = {(part, *self.at): -1.0 for part in parts}
        self.attacker.says({(whole, *self.at): 1, **cells}, 0, why=f"{whole} = {' + '.join(parts)}")


def blank(attacker: Attacker, unit: str, period: str) -> float:
    """Return how far a sum of indices may be from that of its parts, for the answers that were left blank."""
    answers = [attacker.printed(name)[0] for name in attacker.names("element") if name[1:3] == (unit, period)]
    n = attacker.known(("respondents", unit, period))
    if n is None or not answers:
        return inf
    # One blank moves the mean of its element by less than the whole scale of one form.
    return 75.0 / len(answers) * 2 * sum(n - each for each in answers)
