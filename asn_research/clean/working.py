"""Rows on their way through a recipe: steps add values and marks, and never drop a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from asn_research.clean.identity import NipRegister, Pseudonyms
from asn_research.clean.row_keys import row_ids
from asn_research.clean.units import Names, UnitNames
from asn_research.clean.values import coded
from asn_research.read import Cells, RawTable
from asn_research.read.returned import Mend
from asn_research.rules.cities import City
from asn_research.rules.codebooks import Codebook, load_codebook
from asn_research.rules.questions import Answers
from asn_research.rules.reasons import reason_of

if TYPE_CHECKING:
    from asn_research.clean.corrections import Correction

#: ``missing`` is no exit: it says why a cell of a row has no answer. Nor is ``question``: it says which question
#: (the mark's reason) concerns a row.
Exit = Literal["repair", "quarantine", "exclude", "foreign", "missing", "question"]
#: The exits whose reasons are told to readers; the others have words of their own.
_EXPLAINED = ("repair", "quarantine", "exclude", "foreign")
EXITS = ("repair", "quarantine", "exclude", "foreign", "missing", "question")
PLACE = ["row_id", "file", "sheet", "row"]


@dataclass(frozen=True)
class Context:
    """What recipes look things up in.

    Parameters
    ----------
    city : City
        The register, profile units included.
    units : UnitNames
        Their spellings, as of each period.
    services : Names
        The services' spellings.
    pseudonym : Pseudonyms
        The keyed function.
    register : NipRegister
        The known numbers of staff.
    reference : date
        The day at which staff's ages are taken.
    corrections : tuple of Correction
        What a person has put right beside the raw data.
    answers : mapping of str to str
        What a person has answered, by question.
    mends : mapping of str to tuple of Mend
        What offices have mended, by the row's key.
    """

    city: City
    units: UnitNames
    services: Names
    pseudonym: Pseudonyms
    register: NipRegister
    reference: date
    corrections: tuple[Correction, ...] = ()
    answers: Answers = field(default_factory=dict)
    mends: Mapping[str, tuple[Mend, ...]] = field(default_factory=dict)
    #: What the staff list calls the unit of each known number.
    unit_of_staff: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Working:
    """The rows of one source in one file, as they stand between two steps.

    Parameters
    ----------
    book : Codebook
        The source's columns.
    context : Context
        What to look things up in.
    place : pd.DataFrame
        For each row: row_id, file, sheet, row, table (number of the raw table), n_filled, width, is_total,
        is_repeated, is_unlike.
    cells : dict of str to Cells
        The columns as sent.
    values : pd.DataFrame
        What they were read as.
    marks : tuple of pd.DataFrame
        Decisions: at (position), exit, reason, column, old_value.
    tables : tuple of RawTable
        Where the rows come from.
    """

    book: Codebook
    context: Context
    place: pd.DataFrame
    cells: Mapping[str, Cells]
    values: pd.DataFrame
    marks: tuple[pd.DataFrame, ...]
    tables: tuple[RawTable, ...]

    def __len__(self) -> int:
        return len(self.place)

    def pipe(self, step: Callable[..., Working], *args: object, **options: object) -> Working:
        """Return the rows after a step."""
        return step(self, *args, **options)

    def mark(
        self, where: np.ndarray | pd.Series, way: Exit, reason: str, column: str = "", old: Any = None
    ) -> Working:
        """Mark the rows of a mask with an exit and a reason; the column's text is kept as the old value.

        Raises
        ------
        RuleError
            If an exit that reports explain has a reason without words.
        """
        if way in _EXPLAINED:
            reason_of(reason)
        at = np.flatnonzero(np.asarray(where, dtype=bool))
        if not len(at):
            return self
        shown = self._shown(at, column) if old is None else old
        return replace(self, marks=(*self.marks, marks_of(at, way, reason, column, shown)))

    def with_values(self, **columns: Any) -> Working:
        """Return the rows with columns added or replaced."""
        return replace(self, values=self.values.assign(**columns))

    def marked(self, *ways: Exit) -> np.ndarray:
        """Return the mask of rows that are marked with any of the exits."""
        mask = np.zeros(len(self), dtype=bool)
        for frame in self.marks:
            if len(frame) and frame["exit"].iloc[0] in ways:
                mask[frame["at"].to_numpy()] = True
        return mask

    def asks(self, kind: str, where: np.ndarray) -> bool:
        """Whether a kind of question was noted on rows of a mask."""
        return any(
            frame["exit"].iloc[0] == "question"
            and str(frame["reason"].iloc[0]).startswith(f'["{kind}"')
            and where[frame["at"].to_numpy()].any()
            for frame in self.marks
            if len(frame)
        )

    def held_for(self, column: str) -> np.ndarray:
        """Return the mask of rows that are held back for what stands in a column."""
        mask = np.zeros(len(self), bool)
        for frame in self.marks:
            if len(frame) and frame["exit"].iloc[0] == "quarantine" and frame["column"].iloc[0] == column:
                mask[frame["at"].to_numpy()] = True
        return mask

    @property
    def data(self) -> np.ndarray:
        """Mask of the rows that are no subtotal, note or signature."""
        return ~self.marked("foreign")

    def by_table(self, of: Callable[[RawTable], Any], dtype: Any = bool) -> np.ndarray:
        """Return for each row what a function says of its raw table."""
        known = np.array([of(table) for table in self.tables], dtype=dtype)
        return np.asarray(known[self.place["table"].to_numpy()])

    def _shown(self, at: np.ndarray, column: str) -> Any:
        """Return old values: what is personal appears as a pseudonym only; of the rest the store keeps what names nobody."""
        if column not in self.cells:
            return ""
        cells = self.cells[column].take(at).used()
        known = self.book.by_name.get(column)
        if known is not None and known.personal:
            shown = cells.each(lambda text, _: f"pseudonym:{self.context.pseudonym(text)}" if text else "")
        else:
            shown = cells.each(lambda text, _: text)
        return cells.spread(shown)


def marks_of(at: np.ndarray, way: Exit, reason: str, column: str, old: Any) -> pd.DataFrame:
    """Return one decision about some rows; every frame of marks has one exit only."""
    return pd.DataFrame(
        {
            "at": at.astype(np.int64),
            "exit": pd.Categorical([way], categories=EXITS).repeat(len(at)),
            "reason": pd.Categorical([reason]).repeat(len(at)),
            "column": pd.Categorical([column]).repeat(len(at)),
            "old_value": pd.Series(old, index=range(len(at)), dtype="str"),
        }
    )


def start(tables: Sequence[RawTable], context: Context) -> Working:
    """Put the raw tables of a source in one file one under the other, every row with its place."""
    sizes = [len(table) for table in tables]
    rows = np.concatenate([table.rows for table in tables]).astype(np.int32)
    number = np.repeat(np.arange(len(tables), dtype=np.int16), sizes)
    place = pd.DataFrame(
        {
            "row_id": _row_ids(tables, context.pseudonym),
            "file": coded([tables[0].file], np.zeros(len(rows), np.int8)),
            "sheet": coded([table.sheet for table in tables], number),
            "row": rows,
            "table": number,
            "n_filled": np.concatenate([table.n_filled for table in tables]).astype(np.int32),
            "width": np.repeat([len(table.columns) for table in tables], sizes).astype(np.int32),
            "is_total": np.concatenate([table.is_total for table in tables]),
            "is_repeated": np.concatenate([table.is_repeated for table in tables]),
            "is_unlike": np.concatenate([table.is_unlike for table in tables]),
        }
    )
    names = list(dict.fromkeys(name for table in tables for name in table.columns))
    cells = {
        name: Cells.joined([table.columns.get(name) or Cells.blank(len(table)) for table in tables])
        for name in names
    }
    book = load_codebook(tables[0].source)
    return Working(book, context, place, cells, pd.DataFrame(index=place.index), (), tuple(tables))


def _row_ids(tables: Sequence[RawTable], pseudonym: Pseudonyms) -> pd.Series:
    found = [row_ids(table, table.rows, pseudonym) for table in tables]
    held = pa.chunked_array(found, pa.large_string())
    return pd.Series(pd.StringDtype(na_value=np.nan).__from_arrow__(held))  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Prepared:
    """The rows of one source, read and marked; they no longer hold what was sent.

    Parameters
    ----------
    source : str
        The codebook.
    place : pd.DataFrame
        For each row: row_id, file, sheet, row.
    values : pd.DataFrame
        What the cells were read as.
    marks : pd.DataFrame
        Decisions: at (position), exit, reason, column, old_value.
    """

    source: str
    place: pd.DataFrame
    values: pd.DataFrame
    marks: pd.DataFrame

    def __len__(self) -> int:
        return len(self.place)

    def pipe(self, step: Callable[..., Prepared], *args: object, **options: object) -> Prepared:
        """Return the rows after a step."""
        return step(self, *args, **options)

    def mark(
        self, where: np.ndarray | pd.Series, way: Exit, reason: str, column: str = "", old: Any = ""
    ) -> Prepared:
        """Mark the rows of a mask with an exit and a reason."""
        at = np.flatnonzero(np.asarray(where, dtype=bool))
        if not len(at):
            return self
        return replace(self, marks=_stacked([self.marks, marks_of(at, way, reason, column, old)]))

    def with_values(self, **columns: Any) -> Prepared:
        """Return the rows with columns added or replaced."""
        return replace(self, values=self.values.assign(**columns))

    def without(self, *columns: str) -> Prepared:
        """Return the rows without some columns."""
        return replace(self, values=self.values.drop(columns=[c for c in columns if c in self.values]))

    def marked(self, *ways: Exit) -> np.ndarray:
        """Return the mask of rows that are marked with any of the exits."""
        mask = np.zeros(len(self), dtype=bool)
        mask[self.marks.loc[self.marks["exit"].isin(ways), "at"].to_numpy()] = True
        return mask


def prepared(rows: Working) -> Prepared:
    """Let go of what was sent: places, values and marks go on."""
    marks = _stacked(rows.marks) if rows.marks else marks_of(np.empty(0, int), "repair", "", "", "")
    return Prepared(rows.book.source, rows.place[PLACE], rows.values, marks)


def join_prepared(parts: Sequence[Prepared]) -> Prepared:
    """Put the rows of several files one under the other."""
    if len(parts) == 1:
        return parts[0]
    offsets = np.cumsum([0, *(len(part) for part in parts[:-1])])
    marks = [part.marks.assign(at=part.marks["at"] + by) for part, by in zip(parts, offsets, strict=True)]
    return Prepared(
        parts[0].source,
        _stacked([part.place for part in parts]),
        _stacked([part.values for part in parts]),
        _stacked(marks),
    )


def _stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate, with categories united rather than lost."""
    if len(frames) == 1:
        return frames[0]
    names = list(dict.fromkeys(name for frame in frames for name in frame))
    sizes = [len(frame) for frame in frames]
    columns = {}
    for name in names:
        parts = [frame.get(name) for frame in frames]
        columns[name] = _stacked_column(parts, sizes)
    return pd.DataFrame(columns)


def _stacked_column(parts: Sequence[pd.Series | None], sizes: Sequence[int]) -> Any:
    given = [part for part in parts if part is not None]
    if any(isinstance(part.dtype, pd.CategoricalDtype) for part in given):
        known = sorted({str(c) for part in given for c in part.astype("category").cat.categories})
        places = {c: at for at, c in enumerate(known)}
        codes = []
        for part, size in zip(parts, sizes, strict=True):
            if part is None:
                codes.append(np.full(size, -1, np.int32))
                continue
            coded = part.astype("category").cat
            table = np.array([places[str(c)] for c in coded.categories] + [-1], np.int32)
            codes.append(table[coded.codes.to_numpy()])
        return pd.Categorical.from_codes(np.concatenate(codes), categories=pd.Index(known, dtype="str"))
    filled = [
        part.reset_index(drop=True)
        if part is not None
        else pd.Series(None, index=range(size), dtype=_nullable(given[0].dtype))
        for part, size in zip(parts, sizes, strict=True)
    ]
    return pd.concat([part for part in filled if len(part)] or filled[:1], ignore_index=True)


def _nullable(dtype: Any) -> Any:
    return "boolean" if dtype == np.dtype(bool) else "Int64" if str(dtype).startswith("int") else dtype
