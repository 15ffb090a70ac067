"""Rows on their way through a recipe: steps add values and marks, and never drop a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from asn_research.clean.cleaned import Cleaned
from asn_research.clean.identity import NipRegister, Pseudonyms
from asn_research.clean.units import Names
from asn_research.read import RawTable
from asn_research.rules.cities import City
from asn_research.rules.codebooks import Codebook, load_codebook

Exit = Literal["repair", "quarantine", "exclude", "foreign"]
_PLACE = ["row_id", "file", "sheet", "row"]
_LONG_NUMBER = r"\d{9,}"


@dataclass(frozen=True)
class Context:
    """What recipes look things up in.

    Parameters
    ----------
    city : City
        The register, profile units included.
    units, services : Names
        Their spellings.
    pseudonym : Pseudonyms
        The keyed function.
    register : NipRegister
        The known numbers of staff.
    reference : date
        The day at which ages are taken.
    """

    city: City
    units: Names
    services: Names
    pseudonym: Pseudonyms
    register: NipRegister
    reference: date


@dataclass(frozen=True)
class Working:
    """The rows of one source, as they stand between two steps.

    Parameters
    ----------
    book : Codebook
        The source's columns.
    context : Context
        What to look things up in.
    place : pd.DataFrame
        For each row: row_id, file, sheet, row, table (number of the raw table), n_filled, lead.
    text, kinds : pd.DataFrame
        The cells as sent.
    values : pd.DataFrame
        What they were read as.
    marks : tuple of pd.DataFrame
        Decisions: at (position), exit, reason, column.
    tables : tuple of RawTable
        Where the rows come from.
    """

    book: Codebook
    context: Context
    place: pd.DataFrame
    text: pd.DataFrame
    kinds: pd.DataFrame | None
    values: pd.DataFrame
    marks: tuple[pd.DataFrame, ...]
    tables: tuple[RawTable, ...]

    def __len__(self) -> int:
        return len(self.place)

    def pipe(self, step: Callable[..., Working], *args: object, **options: object) -> Working:
        """Return the rows after a step."""
        return step(self, *args, **options)

    def mark(self, where: pd.Series, way: Exit, reason: str | pd.Series, column: str = "") -> Working:
        """Mark the rows of a mask with an exit and a reason."""
        at = np.flatnonzero(where.to_numpy(dtype=bool))
        if not len(at):
            return self
        why = reason.to_numpy()[at] if isinstance(reason, pd.Series) else reason
        frame = pd.DataFrame({"at": at, "exit": way, "reason": why, "column": column})
        return replace(self, marks=(*self.marks, frame))

    def with_values(self, **columns: pd.Series) -> Working:
        """Return the rows with columns added or replaced."""
        return replace(self, values=self.values.assign(**columns))

    def marked(self, *ways: Exit) -> pd.Series:
        """Return the mask of rows that are marked with any of the exits."""
        mask = np.zeros(len(self), dtype=bool)
        for frame in self.marks:
            mask[frame.loc[frame["exit"].isin(ways), "at"].to_numpy()] = True
        return pd.Series(mask, index=self.place.index)


def start(source: str, tables: Sequence[RawTable], context: Context) -> Working:
    """Put the raw tables of a source one under the other, every row with its place."""
    places = [
        pd.DataFrame(
            {
                "row_id": [f"{t.file_hash}:{t.sheet_no}:{row}" for row in t.cells.index],
                "file": t.file,
                "sheet": t.sheet,
                "row": t.cells.index,
                "table": number,
                "n_filled": t.n_filled.to_numpy(),
                "lead": t.lead.to_numpy(),
                "width": t.cells.shape[1],
            }
        )
        for number, t in enumerate(tables)
    ]
    place = pd.concat(places, ignore_index=True)
    text = pd.concat([t.cells for t in tables], ignore_index=True).fillna("")
    kinds = None
    if any(t.kinds is not None for t in tables):
        plain = [
            t.kinds if t.kinds is not None else t.cells.map(lambda cell: "s" if cell else "") for t in tables
        ]
        kinds = pd.concat(plain, ignore_index=True).fillna("")
    empty = pd.DataFrame(index=place.index)
    return Working(load_codebook(source), context, place, text, kinds, empty, (), tuple(tables))


def part_rows(rows: Working) -> Cleaned:
    """Part the rows by their marks: the only place where a row leaves.

    Rows that were never data (subtotals, signatures) are excluded whatever else was marked. A fault
    holds a row back even if it is a duplicate too. Repairs are listed for kept rows.
    """
    foreign, held = rows.marked("foreign"), rows.marked("quarantine")
    excluded = foreign | (rows.marked("exclude") & ~held)
    held &= ~foreign
    kept = ~excluded & ~held
    marks = pd.concat(rows.marks, ignore_index=True) if rows.marks else _no_marks()
    published = rows.values[[c for c in rows.values if not str(c).startswith("_")]]
    return Cleaned(
        kept=pd.concat([rows.place.loc[kept, ["row_id"]], published.loc[kept]], axis=1).reset_index(
            drop=True
        ),
        repairs=_record(rows, marks.loc[marks["exit"] == "repair"], kept),
        quarantine=_record(rows, marks.loc[marks["exit"] == "quarantine"], held),
        excluded=_record(
            rows, marks.loc[marks["exit"].isin(["foreign", "exclude"])], excluded
        ).drop_duplicates("row_id", ignore_index=True),
        n_raw=len(rows),
    )


def _no_marks() -> pd.DataFrame:
    return pd.DataFrame({"at": [], "exit": [], "reason": [], "column": []}).astype({"at": int})


def _record(rows: Working, marks: pd.DataFrame, of: pd.Series) -> pd.DataFrame:
    """List decisions with place, reason and old value; what is personal appears as a pseudonym only."""
    chosen = marks.loc[of.to_numpy()[marks["at"].to_numpy()]]
    at = chosen["at"].to_numpy()
    record = rows.place.loc[at, _PLACE].reset_index(drop=True)
    record["source"] = rows.book.source
    record["column"] = chosen["column"].to_numpy()
    record["reason"] = chosen["reason"].to_numpy()
    record["old_value"] = [
        _shown(rows, place, column) for place, column in zip(at, chosen["column"], strict=True)
    ]
    return pd.DataFrame(record.astype({"row": "int64"}))


def _shown(rows: Working, at: int, column: str) -> str:
    if column not in rows.text:
        return ""
    value = str(rows.text.at[at, column])
    known = rows.book.by_name.get(column)
    if known is not None and known.personal:
        return f"pseudonym:{rows.context.pseudonym(value)}" if value else ""
    # A shifted row may hold a person's number where a unit should stand.
    return pd.Series([value]).str.replace(_LONG_NUMBER, "#", regex=True).item()
