"""The rows during cleaning: steps of a recipe add values and marks, but never remove a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from asn_research.clean.corrections_file import Correction
from asn_research.clean.parse.values import coded
from asn_research.clean.privacy.identity import NipRegister, Pseudonyms
from asn_research.clean.privacy.row_keys import row_ids
from asn_research.clean.steps.units import Names, UnitNames
from asn_research.read import Cells, RawTable
from asn_research.read.returned import Mend
from asn_research.rules.cities import City
from asn_research.rules.codebooks import Codebook, load_codebook
from asn_research.rules.questions import Answers
from asn_research.rules.reasons import reason_of

#: The kinds of marks. ``quarantine``, ``exclude`` and ``foreign`` (not a case of its own) decide the exit of
#: a row. ``repair`` records a changed cell, ``missing`` a cell without an answer, and ``question`` a question
#: (in the reason) that concerns the row.
Exit = Literal["repair", "quarantine", "exclude", "foreign", "missing", "question"]
#: The kinds of marks whose reasons must be in `reasons.csv`, because reports explain them.
_EXPLAINED = ("repair", "quarantine", "exclude", "foreign")
EXITS = ("repair", "quarantine", "exclude", "foreign", "missing", "question")
PLACE = ["row_id", "file", "sheet", "row"]


@dataclass(frozen=True)
class Context:
    """The lookup tables that recipes use.

    Parameters
    ----------
    city : City
        The register, including units of profiles.
    units : UnitNames
        The spellings of units.
    services : Names
        The spellings of services.
    pseudonym : Pseudonyms
        The project's key, for pseudonyms.
    register : NipRegister
        The known employee numbers.
    reference : date
        The day on which the ages of staff are computed.
    corrections : tuple of Correction
        The corrections from `corrections.yaml`.
    answers : mapping of str to str
        The answers given by a person, by the key of the question.
    mends : mapping of str to tuple of Mend
        The corrections by offices, by row key.
    unit_of_staff : mapping of str to str
        The name of the unit of each known employee number, from the staff list.
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
    unit_of_staff: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Working:
    """The rows of one source in one file between two steps, with raw cells, parsed values and marks.

    Parameters
    ----------
    book : Codebook
        The codebook of the source.
    context : Context
        The lookup tables.
    place : pd.DataFrame
        For each row: row_id, file, sheet, row, table (index of the raw table), n_filled, width, is_total,
        is_repeated, is_unlike.
    cells : dict of str to Cells
        The raw cells of each column.
    values : pd.DataFrame
        The parsed values.
    marks : tuple of pd.DataFrame
        The marks: at (position of the row), exit (kind of mark), reason, column, old_value.
    tables : tuple of RawTable
        The raw tables of the rows.
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
        self, where: np.ndarray | pd.Series, exit_kind: Exit, reason: str, column: str = "", old: Any = None
    ) -> Working:
        """Mark the rows of a mask with a kind and a reason; the raw text of the column is kept as old value.

        Raises
        ------
        RuleError
            If the reason must be in `reasons.csv` and is not.
        """
        if exit_kind in _EXPLAINED:
            reason_of(reason)
        at = np.flatnonzero(np.asarray(where, dtype=bool))
        if not len(at):
            return self
        shown = self._shown(at, column) if old is None else old
        return replace(self, marks=(*self.marks, marks_of(at, exit_kind, reason, column, shown)))

    def with_values(self, **columns: Any) -> Working:
        """Return the rows with columns added or replaced."""
        return replace(self, values=self.values.assign(**columns))

    def marked(self, *exits: Exit) -> np.ndarray:
        """Return the mask of rows that are marked with any of the exits."""
        return self._marked_so(*exits)

    def asks(self, kind: str, where: np.ndarray) -> bool:
        """Return whether any row of a mask has a mark for this kind of question."""
        return any(
            frame["exit"].iloc[0] == "question"
            and str(frame["reason"].iloc[0]).startswith(f'["{kind}"')
            and where[frame["at"].to_numpy()].any()
            for frame in self.marks
            if len(frame)
        )

    def missing_for(self, column: str, reason: str) -> np.ndarray:
        """Return the mask of rows whose cell of a column is missing for a reason."""
        return self._marked_so("missing", reason=reason, column=column)

    def quarantined_for(self, column: str) -> np.ndarray:
        """Return the mask of rows that are quarantined because of a column."""
        return self._marked_so("quarantine", column=column)

    def _marked_so(self, *exits: Exit, **same: str) -> np.ndarray:
        """Return the mask of rows with a mark of any of the exits, and of the same reason or column."""
        mask = np.zeros(len(self), dtype=bool)
        for frame in self.marks:
            # The rows of one frame have one exit, reason and column.
            if not len(frame) or frame["exit"].iloc[0] not in exits:
                continue
            if all(frame[name].iloc[0] == value for name, value in same.items()):
                mask[frame["at"].to_numpy()] = True
        return mask

    @property
    def data(self) -> np.ndarray:
        """Mask of the data rows: all rows except subtotals, notes, signatures and the like."""
        return ~self.marked("foreign")

    def by_table(self, of: Callable[[RawTable], Any], dtype: Any = bool) -> np.ndarray:
        """Return, for each row, the result of a function of its raw table."""
        known = np.array([of(table) for table in self.tables], dtype=dtype)
        return np.asarray(known[self.place["table"].to_numpy()])

    def _shown(self, at: np.ndarray, column: str) -> Any:
        """Return the old values for a mark; a value of a personal column is replaced by its pseudonym.

        The other values are filtered before they are stored; see `outgoing`.
        """
        if column not in self.cells:
            return ""
        cells = self.cells[column].take(at).used()
        known = self.book.by_name.get(column)
        if known is not None and known.personal:
            shown = cells.each(lambda text, _: f"pseudonym:{self.context.pseudonym(text)}" if text else "")
        else:
            shown = cells.each(lambda text, _: text)
        return cells.spread(shown)


def marks_of(at: np.ndarray, exit_kind: Exit, reason: str, column: str, old: Any) -> pd.DataFrame:
    """Return a table with one mark for each position in ``at``; all have the same kind, reason and column."""
    return pd.DataFrame(
        {
            "at": at.astype(np.int64),
            "exit": pd.Categorical([exit_kind], categories=EXITS).repeat(len(at)),
            "reason": pd.Categorical([reason]).repeat(len(at)),
            "column": pd.Categorical([column]).repeat(len(at)),
            "old_value": pd.Series(old, index=range(len(at)), dtype="str"),
        }
    )


def start(tables: Sequence[RawTable], context: Context) -> Working:
    """Return the rows of all raw tables of one source in one file, each row with its key and place."""
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
    arrow = pa.chunked_array(found, pa.large_string())
    return pd.Series(pd.StringDtype(na_value=np.nan).__from_arrow__(arrow))  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Prepared:
    """The rows of one source, parsed and marked, without the raw cells.

    Parameters
    ----------
    source : str
        The source.
    place : pd.DataFrame
        For each row: row_id, file, sheet, row.
    values : pd.DataFrame
        The parsed values.
    marks : pd.DataFrame
        The marks: at (position of the row), exit (kind of mark), reason, column, old_value.
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
        self, where: np.ndarray | pd.Series, exit_kind: Exit, reason: str, column: str = "", old: Any = ""
    ) -> Prepared:
        """Mark the rows of a mask with a kind of mark and a reason."""
        at = np.flatnonzero(np.asarray(where, dtype=bool))
        if not len(at):
            return self
        return replace(self, marks=_stacked([self.marks, marks_of(at, exit_kind, reason, column, old)]))

    def with_values(self, **columns: Any) -> Prepared:
        """Return the rows with columns added or replaced."""
        return replace(self, values=self.values.assign(**columns))

    def without(self, *columns: str) -> Prepared:
        """Return the rows without some columns."""
        return replace(self, values=self.values.drop(columns=[c for c in columns if c in self.values]))

    def marked(self, *exits: Exit) -> np.ndarray:
        """Return the mask of rows that are marked with any of the exits."""
        mask = np.zeros(len(self), dtype=bool)
        mask[self.marks.loc[self.marks["exit"].isin(exits), "at"].to_numpy()] = True
        return mask


def prepared(rows: Working) -> Prepared:
    """Return the rows without the raw cells: only places, values and marks."""
    marks = _stacked(rows.marks) if rows.marks else marks_of(np.empty(0, int), "repair", "", "", "")
    return Prepared(rows.book.source, rows.place[PLACE], rows.values, marks)


def join_prepared(parts: Sequence[Prepared]) -> Prepared:
    """Concatenate the rows of several files."""
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
    """Concatenate tables; categorical columns stay categorical, with the union of their categories."""
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
