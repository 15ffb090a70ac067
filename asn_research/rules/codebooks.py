"""Codebooks: the columns of each source, their spellings, their values, and which are personal.

One csv per source, editable in Excel. `aliases` are separated by ``|``. `values` is
``code=spelling|spelling;code=...`` for choices and ``low-high`` for numbers. `ignored` lists spellings of
"no answer" for this column; those in `_missing.csv` apply to every column. `_headings.csv` adds the headings
of common forms. A column whose name starts with ``_`` is read only to recognise the file, and the cleaning
step does not write it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Container
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from asn_research.errors import RuleError
from asn_research.rules.cities import Names, YesNo
from asn_research.rules.loading import RULES, FrozenModel, read_rows

CODEBOOKS = RULES / "codebooks"


class Source(FrozenModel):
    """A source: a kind of list that offices send.

    Parameters
    ----------
    source : str
        Its name, which is also the name of its codebook and of its processed table.
    latest_day : str
        The date column that shows up to which day the data reach; empty if no column shows it.
    audience : {"public", "internal"}
        The audience of the reports that state how many of its rows were received.
    sensitive : bool
        Whether a report may not distinguish a few rows from none, because each row belongs to a person.
    since : str
        The first version of this package that read it.
    """

    source: str
    latest_day: str = ""
    audience: Literal["public", "internal"]
    sensitive: YesNo = False
    since: str
    label_indonesian: str = Field(min_length=1)
    label_english: str = Field(min_length=1)


@cache
def load_sources(path: Path = RULES / "sources.csv") -> dict[str, Source]:
    """Load the sources by name, in the order of cleaning: employees first, because others look them up.

    Raises
    ------
    RuleError
        If a row is incomplete, or a source occurs twice.
    """
    found: dict[str, Source] = {}
    for number, row in read_rows(Source, path):
        if row.source in found:
            msg = f"{path.name}, row {number}: '{row.source}' stands twice. Delete one of the two."
            raise RuleError(msg)
        found[row.source] = row
    return found


#: The names of the sources.
SOURCES = tuple(load_sources())

ColumnType = Literal[
    "text", "whole", "number", "percent", "date", "period",
    "choice", "choice_number", "nip", "unit", "service",
]  # fmt: skip


class Column(FrozenModel):
    """One column of a source."""

    column: str
    label_indonesian: str
    label_english: str
    type: ColumnType
    values: str = ""
    aliases: Names = ()
    ignored: Names = ()
    required: YesNo = False
    #: Columns that may replace this required one: one of them is enough.
    instead: Names = ()
    personal: YesNo = False
    source: str = ""
    #: The coarser column that is published instead (such as an age band instead of an age).
    kept_as: str = ""

    @property
    def is_published(self) -> bool:
        """Whether the processed table has the column."""
        return not (self.column.startswith("_") or self.kept_as)

    @property
    def spellings(self) -> tuple[str, ...]:
        """All headings under which offices send this column, including its own name."""
        return (self.column, self.label_indonesian, *self.aliases)

    @cached_property
    def codes(self) -> dict[str, str]:
        """Folded spelling to code, for a column of choices."""
        pairs = {}
        for part in self.values.split(";"):
            code, _, spellings = part.partition("=")
            for spelling in (code, *spellings.split("|")):
                pairs[fold(spelling)] = code.strip()
        return pairs

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """The usual spelling of each choice, in order; empty for a column of another type."""
        if not self.type.startswith("choice"):
            return ()
        return tuple(part.partition("=")[2].split("|")[0] for part in self.values.split(";"))

    @cached_property
    def limits(self) -> tuple[float, float] | None:
        """The lowest and the highest allowed value of a number; None if there are no limits."""
        found = re.fullmatch(r"(-?[\d.]+)-([\d.]+)", self.values)
        return (float(found[1]), float(found[2])) if found else None


@lru_cache(maxsize=100_000)
def fold(text: str) -> str:
    """Fold a heading or spelling: ignore case, spaces and punctuation, and write "&" as "dan"."""
    return re.sub(r"[^0-9a-z]+", " ", text.casefold().replace("&", " dan ")).strip()


@lru_cache(maxsize=100_000)
def fold_heading(text: str) -> str:
    """Fold a heading like `fold`, and write out the usual abbreviations (Tgl., Jml, No.)."""
    return _written_out(text, "headings")


@lru_cache(maxsize=100_000)
def fold_answer(text: str) -> str:
    """Fold an answer like `fold`, and write out the usual abbreviations (Sgt baik, Krg cepat)."""
    return _written_out(text, "answers")


def _written_out(text: str, of: str) -> str:
    long = abbreviations(of)
    return " ".join(long.get(word, word) for word in fold(text).split())


@cache
def abbreviations(of: str) -> dict[str, str]:
    """Load the abbreviations that ``headings`` or ``answers`` use, from `_abbreviations.csv`."""
    return {row["short"]: row["long"] for row in _rows(CODEBOOKS / "_abbreviations.csv") if row["of"] == of}


@dataclass(frozen=True)
class Codebook:
    """The columns of one source."""

    source: str
    columns: tuple[Column, ...]

    def __getitem__(self, column: str) -> Column:
        return self.by_name[column]

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.column: column for column in self.columns}

    @cached_property
    def headings(self) -> dict[str, str]:
        """Folded heading to column name; of two columns with one heading, the first in the codebook wins."""
        return {fold_heading(spelling): c.column for c in reversed(self.columns) for spelling in c.spellings}

    @cached_property
    def ranks(self) -> dict[str, int]:
        """Folded heading to its position among the spellings of its column; a lower position is preferred."""
        return {fold_heading(s): at for c in self.columns for at, s in reversed([*enumerate(c.spellings)])}

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The columns without which a file cannot be cleaned."""
        return tuple(column.column for column in self.columns if column.required)

    def lacking(self, present: Container[str]) -> list[str]:
        """Return the required columns that are missing and have no present replacement (`Column.instead`)."""
        return [
            name
            for name in self.required
            if name not in present and not any(other in present for other in self.by_name[name].instead)
        ]


@cache
def load_codebook(source: str, folder: Path = CODEBOOKS) -> Codebook:
    """Load the codebook of a source.

    Raises
    ------
    RuleError
        If there is no codebook, a row is incomplete, one heading means two columns, or the column named as
        `latest_day` of the source is not a date.
    """
    path = folder / f"{source}.csv"
    if not path.is_file():
        known = source in SOURCES
        remedy = "Write it, one row a column" if known else f"Known are {', '.join(SOURCES)}"
        msg = f"There is no codebook for '{source}' (rules/codebooks/{path.name}). {remedy}."
        raise RuleError(msg)
    further = _headings_of_forms(source)
    own = [
        column.model_copy(update={"aliases": (*column.aliases, *further.get(column.column, ()))})
        for _, column in read_rows(Column, path)
    ]
    strangers = sorted(set(further) - {column.column for column in own})
    if strangers:
        msg = f"_headings.csv: {source} has no column {strangers[0]}."
        raise RuleError(msg)
    latest = load_sources()[source].latest_day if source in SOURCES else ""
    if latest and not any(column.column == latest and column.type == "date" for column in own):
        msg = f"sources.csv: {source} has no date {latest} in its codebook. Write another under `latest_day`, or none."
        raise RuleError(msg)
    seen: dict[str, str] = {}
    for column in own:
        for spelling in column.spellings:
            other = seen.setdefault(fold_heading(spelling), column.column)
            if other != column.column:
                msg = f"{path.name}: the heading '{spelling}' means both {other} and {column.column}."
                raise RuleError(msg)
    return Codebook(source, tuple(own))


class FormHeading(FrozenModel):
    """A heading of a common form, and the codebook column that it means."""

    source: str
    column: str
    heading: str
    form: str


def _headings_of_forms(source: str) -> dict[str, list[str]]:
    """Return the headings of common forms (`_headings.csv`) by column; preferred headings come first."""
    found: dict[str, list[str]] = {}
    for _, row in read_rows(FormHeading, CODEBOOKS / "_headings.csv"):
        if row.source == source:
            found.setdefault(row.column, []).append(row.heading)
    return found


@cache
def survey_elements() -> dict[str, tuple[str, ...]]:
    """Load, for each survey element (unsur), the words that identify its question, from `_elements.csv`."""
    return {row["element"]: tuple(row["words"].split("|")) for row in _rows(CODEBOOKS / "_elements.csv")}


@cache
def survey_elements_2004() -> tuple[str, ...]:
    """Load the names of elements that only the survey of 2004 has, from `_elements_2004.csv`."""
    return tuple(row["words"] for row in _rows(CODEBOOKS / "_elements_2004.csv"))


@cache
def rank_titles() -> dict[str, str]:
    """Load the rank (golongan/ruang) of each folded title (pangkat), from `_ranks.csv`."""
    return {fold(row["title"]): row["rank"] for row in _rows(CODEBOOKS / "_ranks.csv")}


@cache
def employment_status() -> dict[str, str]:
    """Load the employment status of each folded phrase in staff lists, from `_employment_status.csv`."""
    return {fold(row["words"]): row["status"] for row in _rows(CODEBOOKS / "_employment_status.csv")}


@cache
def course_field_words() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Load the words by which a course's title tells its field, from `_course_fields.csv`, in the file's order."""
    rows = _rows(CODEBOOKS / "_course_fields.csv")
    return tuple((row["field"], tuple(fold(row["words"]).split())) for row in rows)


@cache
def summary_words() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Load the words that identify summary rows (totals, means), from `_summary_rows.csv`.

    Returns
    -------
    tuple of frozenset
        Words with which the name of a summary row may begin, whatever follows; words of which the name has
        at least one; words that may occur in addition to these.
    """
    rows = _rows(CODEBOOKS / "_summary_rows.csv")
    begins, core, beside = (
        frozenset(row["word"] for row in rows if row["use"] == use) for use in ("begins", "core", "beside")
    )
    return begins, core, beside


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


class MissingReason(FrozenModel):
    """A reason why an answer is missing, and the spellings of it on forms."""

    reason: str
    label_indonesian: str
    label_english: str
    spellings: Names


@cache
def load_missing_reasons() -> dict[str, MissingReason]:
    """Load the coded reasons for missing answers, by reason."""
    path = CODEBOOKS / "_missing.csv"
    return {reason.reason: reason for _, reason in read_rows(MissingReason, path)}


@cache
def missing_spellings() -> dict[str, str]:
    """Return the reason of each spelling (in lower case) of a missing answer."""
    return {
        spelling.casefold(): row.reason
        for row in load_missing_reasons().values()
        for spelling in row.spellings
    }
