"""`Table` and `Column`: the declarations of `tables.csv` and `columns.csv`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field

from asn_research.errors import RuleError
from asn_research.rules.codebooks import Source, load_codebook, load_sources
from asn_research.rules.loading import FrozenModel, read_rows

Kind = Literal["processed", "measure", "panel", "estimates"]
#: Who may see a table or column. ``public``: everyone. ``internal``: the offices that lead and appraise
#: staff. ``internal_city``: the same offices, but only the rows of the city as a whole. ``research``: nobody
#: in a report.
Audience = Literal["public", "internal", "internal_city", "research"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Language = Literal["id", "en"]

SCHEMA = Path(str(resources.files("asn_research.schema")))
#: Column type in a codebook to column type in the table; types not named here are text.
_TYPES = {
    "whole": "integer", "choice_number": "integer", "number": "number", "percent": "number", "date": "day",
}  # fmt: skip
#: The table name in `columns.csv` for columns that the processed tables of all sources have.
_EVERY_SOURCE = "*"
_WORDS = Annotated[
    tuple[str, ...], BeforeValidator(lambda text: tuple(text.split()) if isinstance(text, str) else text)
]
_MAYBE_NUMBER = Annotated[float | None, BeforeValidator(lambda text: None if text == "" else text)]
_MAYBE_DECIMALS = Annotated[int | None, BeforeValidator(lambda text: None if text == "" else text)]
_ENDS = {
    "low": {"id": "batas bawah selang 95%", "en": "lower end of the 95% interval"},
    "high": {"id": "batas atas selang 95%", "en": "upper end of the 95% interval"},
    "coded": {
        "id": "paling banyak (bottom) atau paling sedikit (top), bila tidak ditulis persis",
        "en": "at most (bottom) or at least (top), where it is not told exactly",
    },
    "lag": {"id": "triwulan sebelumnya", "en": "quarters before"},
}


class Column(FrozenModel):
    """One column of a table.

    Parameters
    ----------
    type : {"text", "integer", "number", "boolean", "day"}
        The type of its values.
    role : {"key", "note", "count", "share", "value"}
        A key identifies the row, and a note says how the row was computed: neither is personal data. A count
        is a number of people, a share is their part of `of`, a value is computed from their data.
    people : {"", "citizens", "employees", "raters", "requests", "rows"}
        The people or records that a count counts.
    least : {"", "group", "subgroup", "cell", "answers"}
        The threshold below which a count is suppressed. ``group``: the smallest group; the rest of `of` must
        reach it too. ``subgroup``: the smallest group; the rest of `of` must reach the smallest cell.
        ``cell``: the smallest cell, within a group that is large enough itself. ``answers``: the respondents
        of an anonymous survey; their number is always shown, but their answers need the smallest group.
    of : str
        The count of which this count or share is a part.
    numerator : str
        The count of a share, if it is a column.
    behind : tuple of str
        The counts of the people whose data made the value, in addition to the table's `main` counts.
    low, high : str
        The columns of the value's 95 % interval. They need no row of their own.
    only_if : str
        The column that must be true for the value to be released.
    unit : str
        The unit of measurement, from `units.csv`.
    decimals : int, optional
        The number of decimals that a report prints.
    interval_decimals : int, optional
        The number of decimals of the interval, if it differs from `decimals`.
    direction : {"", "higher_is_better", "lower_is_better", "neutral"}
        What a higher value means.
    sensitivity : {"", "harmless", "ordinary", "sensitive"}
        Whether a report may show that the count is zero or everybody, which tells something about each
        member of the group. ``harmless``: always; ``ordinary``: in large groups only; ``sensitive``: never.
    audience : {"", "public", "internal", "internal_city", "research"}
        Who may see it, if that differs from the table's audience.
    kind_of_number : {"", "linear", "curve", "estimated", "row"}
        How it is computed: from counts and sums, from a survival curve of waiting times (its values are
        quantiles), or by a model. ``row``: not computed; it is one respondent's own answer.
    adds_up : bool
        Whether the counts of the parts add up to the count of their total.
    stage : {"", "measure", "release"}
        Which table has the column: both (empty), only the measure (disclosure control needs it), or only the
        release.
    lags : int
        The number of lag columns (``_lag1`` is the value one quarter before).
    source : str
        The regulation or register that it comes from.
    since : str
        The first version of this package that had it.
    """

    kind: Kind
    table: str
    column: str
    type: Literal["text", "integer", "number", "boolean", "day"]
    role: Literal["key", "note", "count", "share", "value"]
    people: Literal["", "citizens", "employees", "raters", "requests", "rows"] = ""
    least: Literal["", "group", "subgroup", "cell", "answers"] = ""
    of: str = ""
    numerator: str = ""
    behind: _WORDS = ()
    low: str = ""
    high: str = ""
    only_if: str = ""
    unit: str = ""
    decimals: _MAYBE_DECIMALS = None
    interval_decimals: _MAYBE_DECIMALS = None
    direction: Literal["", "higher_is_better", "lower_is_better", "neutral"] = ""
    sensitivity: Literal["", "harmless", "ordinary", "sensitive"] = ""
    audience: Literal["", "public", "internal", "internal_city", "research"] = ""
    kind_of_number: Literal["", "linear", "curve", "estimated", "row"] = ""
    adds_up: Annotated[
        bool, BeforeValidator(lambda text: {"yes": True, "no": False, "": False}.get(text, text))
    ] = False
    stage: Literal["", "measure", "release"] = ""
    lags: Annotated[int, BeforeValidator(lambda text: text or 0), Field(ge=0, le=8)] = 0
    source: str = ""
    since: str
    label_indonesian: str = Field(min_length=1)
    label_english: str = Field(min_length=1)

    def label(self, language: str) -> str:
        """Return the label of the column in a language."""
        return self.label_indonesian if language == "id" else self.label_english

    @property
    def bounds(self) -> tuple[str, ...]:
        """The names of the columns of its interval, low before high; empty if it has none."""
        return tuple(name for name in (self.low, self.high) if name)

    @property
    def coded(self) -> str:
        """The column of a release that marks a coded share: ``bottom`` for "at most", ``top`` for "at least".

        Only a sensitive share in percent has such a column; for others the name is empty.
        """
        is_coded = self.role == "share" and self.sensitivity == "sensitive" and self.unit == "percent"
        return f"{self.column}_coded" if is_coded else ""

    @property
    def lagged(self) -> tuple[str, ...]:
        """The names of the column's lags: one quarter back is ``_lag1``."""
        return tuple(f"{self.column}_lag{back}" for back in range(1, self.lags + 1))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns that it declares: itself, its interval, its coded column and its lags."""
        return (self.column, *self.bounds, *filter(None, [self.coded]), *self.lagged)

    @property
    def says_nothing_of_people(self) -> bool:
        """Whether it is no personal data: it identifies the row (key), or says how it was computed (note)."""
        return self.role in {"key", "note"}


@dataclass(frozen=True)
class Sum:
    """A total whose parts are rows of the table.

    Parameters
    ----------
    along : str
        The key column that distinguishes the parts (the unit, the group). Along ``period``, quarters
        are the parts of half years and years.
    within : tuple of str
        The key columns in which the parts of one total have equal values.
    total : str, optional
        The value of `along` in the row of the total, if that row is in the same table (``CITY``). None if
        the total is published in another table.
    """

    along: str
    within: tuple[str, ...]
    total: str | None = None

    @classmethod
    def parse(cls, text: str) -> Sum:
        """Read a sum from its text ``along:total within within``.

        Examples
        --------
        >>> Sum.parse("unit_id:CITY period")
        Sum(along='unit_id', within=('period',), total='CITY')
        >>> Sum.parse("service_id:'' unit_id period").total
        ''
        """
        head, *within = text.split()
        along, has_total, total = head.partition(":")
        return cls(along, tuple(within), total.strip("'") if has_total else None)


class _TableRow(FrozenModel):
    kind: Kind
    table: str
    main: _WORDS = ()
    sums: str = ""
    mean: str = ""
    audience: Audience
    source: str
    since: str
    label_indonesian: str = Field(min_length=1)
    label_english: str = Field(min_length=1)


@dataclass(frozen=True, eq=False)
class Table:
    """The declaration of one table: a processed table, a measure, a panel or a table of estimates.

    Parameters
    ----------
    kind, name : str
        The kind and the name. A processed table and a measure may share a name.
    main : tuple of str
        The count columns of the people whose data made all of its values.
    sums : tuple of Sum
        Which rows add up to which published total.
    mean : str
        The column of means. A mean times the number of people is a sum, which adds up as the numbers do.
    audience : {"public", "internal", "internal_city", "research"}
        Who may see it.
    source : str
        The regulation or file that it comes from.
    since : str
        The first version of this package that had it.
    labels : mapping of str to str
        The title of the table by language.
    columns : mapping of str to Column
        The declarations by column name, in the order of the file.
    """

    kind: Kind
    name: str
    main: tuple[str, ...]
    sums: tuple[Sum, ...]
    mean: str
    audience: Audience
    source: str
    since: str
    labels: Mapping[str, str]
    columns: Mapping[str, Column]

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The key columns: together they identify a row."""
        return tuple(name for name, column in self.columns.items() if column.role == "key")

    @cached_property
    def owner_of(self) -> dict[str, Column]:
        """The declaration of each column, including those of intervals, coded columns and lags."""
        return {name: column for column in self.columns.values() for name in column.names}

    def columns_at(self, stage: Literal["measure", "release"]) -> tuple[str, ...]:
        """Return the names of all columns that the table has at a stage."""
        return tuple(
            name
            for name, column in self.owner_of.items()
            if column.stage in {"", stage} and (name != column.coded or stage == "release")
        )

    def interval_of(self, column: str) -> tuple[str, ...]:
        """Return the names of the columns of a value's interval; empty if it has none."""
        found = self.columns.get(column)
        return found.bounds if found else ()

    def meaning(self, name: str, language: str) -> str:
        """Return the label of a column; for a bound, coded column or lag, with a text that says so."""
        column = self.owner_of[name]
        text = column.label(language)
        if name in column.bounds:
            end = _ENDS["low" if name == column.low else "high"][language]
            return f"{text}: {end}"
        if name == column.coded:
            return f"{text}: {_ENDS['coded'][language]}"
        if name in column.lagged:
            return f"{text}: {1 + column.lagged.index(name)} {_ENDS['lag'][language]}"
        return text

    def audience_of(self, name: str) -> Audience:
        """Return who may see a column."""
        return self.owner_of[name].audience or self.audience


def declared(kind: Kind, name: str) -> Table:
    """Return the declaration of a table.

    Raises
    ------
    RuleError
        If no such table is declared.
    """
    table = declared_tables().get((kind, name))
    if table is None:
        msg = f"The {kind} '{name}' is not declared. Add it to schema/tables.csv, and its columns to schema/columns.csv."
        raise RuleError(msg)
    return table


@cache
def declared_tables(folder: Path = SCHEMA) -> dict[tuple[Kind, str], Table]:
    """Load all declarations, by kind and name.

    Raises
    ------
    RuleError
        If a declaration is inconsistent: it names a column that does not exist, a value has no count of the
        people whose data made it, or a share has no denominator.
    """
    columns: dict[tuple[Kind, str], list[Column]] = {}
    for _, column in read_rows(Column, folder / "columns.csv"):
        columns.setdefault((column.kind, column.table), []).append(column)
    units = _units(folder)
    shared = columns.pop(("processed", _EVERY_SOURCE), [])
    found: dict[tuple[Kind, str], Table] = {}
    for row in (
        *map(_row_of, load_sources().values()),
        *(r for _, r in read_rows(_TableRow, folder / "tables.csv")),
    ):
        key = (row.kind, row.table)
        own = columns.pop(key, [])
        source = load_sources().get(row.table) if row.kind == "processed" else None
        listed = [*(_of_source(source, shared) if source else ()), *own]
        sums = tuple(Sum.parse(text) for text in row.sums.split(";") if text.strip())
        labels = {"id": row.label_indonesian, "en": row.label_english}
        by_name = {column.column: column for column in listed}
        table = Table(
            row.kind,
            row.table,
            row.main,
            sums,
            row.mean,
            row.audience,
            row.source,
            row.since,
            labels,
            by_name,
        )
        faults = [*_twice(listed), *_faults(table, units)]
        if faults or key in found:
            msg = f"schema/columns.csv: {row.kind} {row.table}: {'; '.join(faults) or 'stands twice'}."
            raise RuleError(msg)
        found[key] = table
    if columns:
        msg = f"schema/columns.csv: {' '.join(min(columns))} is not in tables.csv. Add its row."
        raise RuleError(msg)
    return found


class Unit(FrozenModel):
    """A unit of measurement.

    Parameters
    ----------
    unit : str
        Its key.
    per : float, optional
        The number that means "everybody", in a unit of shares.
    lowest, highest : float, optional
        The ends of its scale; a scale without an upper end has none.
    point : float, optional
        One point of the scale. An attacker must not narrow the mean of a small group to less.
    """

    unit: str
    per: _MAYBE_NUMBER = None
    lowest: _MAYBE_NUMBER = None
    highest: _MAYBE_NUMBER = None
    point: _MAYBE_NUMBER = None
    label_indonesian: str
    label_english: str


@cache
def _units(folder: Path = SCHEMA) -> dict[str, Unit]:
    return {unit.unit: unit for _, unit in read_rows(Unit, folder / "units.csv")}


def unit_label(unit: str, language: str) -> str:
    """Return the name of a unit of measurement in a language."""
    found = _units()[unit]
    return found.label_indonesian if language == "id" else found.label_english


def unit_of(name: str) -> Unit:
    """Return a unit of measurement by its key."""
    return _units()[name]


def written_per(unit: str) -> float:
    """Return the number that means "everybody" in a unit of shares (100 for percent); 0 for other units."""
    return _units()[unit].per or 0.0


def _unit_of(column_type: str) -> str:
    if column_type in {"date", "text"}:
        return ""
    return "percent" if column_type == "percent" else "number" if column_type in _TYPES else "code"


def _row_of(source: Source) -> _TableRow:
    """Return the row of `tables.csv` that a source's processed table would have."""
    return _TableRow(
        kind="processed", table=source.source, audience="research", source="rules/codebooks", since=source.since,
        label_indonesian=source.label_indonesian, label_english=source.label_english,
    )  # fmt: skip


def _of_source(source: Source, shared: Sequence[Column]) -> Iterator[Column]:
    """Yield the columns of a source's table: those of its codebook, then those that all sources share.

    A row gets its period from its day. A source without a day has a column `period` only if its codebook
    declares one.
    """
    published = [column for column in load_codebook(source.source).columns if column.is_published]
    for column in published:
        yield Column(
            kind="processed", table=source.source, column=column.column,
            type=_TYPES.get(column.type, "text"),
            role="key" if column.type in {"nip", "unit", "service", "period"} else "value",
            unit=_unit_of(column.type),
            source=column.source, since=source.since, label_indonesian=column.label_indonesian, label_english=column.label_english,
        )  # fmt: skip
    known = {column.column for column in published} | (set() if source.latest_day else {"period"})
    yield from (
        column.model_copy(update={"table": source.source}) for column in shared if column.column not in known
    )


def _twice(columns: list[Column]) -> Iterator[str]:
    for name, n in Counter(name for column in columns for name in column.names).items():
        if n > 1:
            yield f"`{name}` stands twice"


def _faults(table: Table, units: Mapping[str, Unit]) -> Iterator[str]:
    """Yield each inconsistency of a declaration, as part of an error message."""
    counts = {name for name, column in table.columns.items() if column.role == "count"}
    for name in table.main:
        if name not in counts:
            yield f"`{name}` is behind all values and is no count"
    for each in table.sums:
        for name in (each.along, *each.within):
            if name not in table.columns or table.columns[name].role != "key":
                yield f"a sum is told by `{name}`, which is no key"
    yield from _mean_of_nobody(table, units)
    for name, column in table.columns.items():
        if column.unit and column.unit not in units:
            yield f"`{name}` is measured in `{column.unit}`, which units.csv does not know"
        for other in (column.of, column.numerator, column.only_if):
            if other and other not in table.columns:
                yield f"`{name}` names `{other}`, which is no column"
        for other in column.behind:
            if other not in counts:
                yield f"behind `{name}` stands `{other}`, which is no count"
        if table.kind == "measure":
            yield from _unguarded(table, name, column)


def _mean_of_nobody(table: Table, units: Mapping[str, Unit]) -> Iterator[str]:
    """Yield each inconsistency of the column of means, as part of an error message."""
    if table.mean and (table.mean not in table.columns or len(table.main) != 1):
        yield f"`{table.mean}` is the mean of nobody: name a column, and one count under main"
    elif table.mean and not units[table.columns[table.mean].unit].point:
        yield f"`{table.mean}` is measured on no scale: units.csv names no point of it"


def _unguarded(table: Table, name: str, column: Column) -> Iterator[str]:
    """Yield what is missing in the declaration of a measure's column that disclosure control needs."""
    if column.role == "count" and not (column.people and column.least):
        yield f"`{name}` counts nobody knows whom: state people and least"
    if column.role == "count" and column.least in {"subgroup", "cell"} and not column.of:
        yield f"`{name}` is a part of nothing: state of"
    if column.role == "share" and not (column.of and written_per(column.unit)):
        yield f"`{name}` is a share of nothing: state of, and a unit of shares"
    if column.role in {"count", "share"} and column.least != "group" and not column.sensitivity:
        yield f"`{name}`: say whether it may be told that nobody is counted"
    behind = (*table.main, *column.behind, column.of)
    if column.role in {"value", "share"} and not any(behind):
        yield f"nobody stands behind `{name}`"
