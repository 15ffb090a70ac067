"""What recognition finds out of a file: the guess of each column and table, and what remains open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from asn_research.clean.questions.open_questions import Asked
from asn_research.read.grids import Grid
from asn_research.read.headings import (
    Headings,
)
from asn_research.read.profiles import Profile
from asn_research.rules.codebooks import fold_heading, load_codebook
from asn_research.rules.questions import Question

#: Columns that are matched by exact headings only, not by similarity.
OWN = {"_year", "_first_month", "_last_month"}


@dataclass(frozen=True)
class ColumnGuess:
    """The codebook column that a heading is matched to.

    Parameters
    ----------
    heading : str
        The heading in the file, group headings first.
    place : int
        The column in the sheet, from 0.
    column : str
        The codebook column; empty if there is no match.
    confidence : int
        0 to 100; 100 for a heading that the codebook lists.
    """

    heading: str
    place: int
    column: str
    confidence: int


@dataclass(frozen=True)
class TableGuess:
    """The recognised source, columns, period and unit of a table.

    Parameters
    ----------
    sheet : str
        Its sheet.
    is_hidden : bool
        Whether the sheet is hidden.
    header_row, depth : int
        The last row of the headings (from 1), and the number of their rows.
    source : str
        The source.
    confidence : int
        The confidence in the source, 0 to 100.
    columns : tuple of ColumnGuess
        All headings.
    missing : tuple of str
        The required columns without a heading.
    period, period_from : str
        The code of the period, and where it was found (`cells`, `profile`, `letterhead`, `dates`, `sheet`,
        `workbook`, `file`); empty if it was not found.
    unit_id : str
        The unit of all rows, if no column names units and a title or name does.
    n_rows : int
        The number of rows below the headings.
    profile : Profile or None
        The profile that applies, or the proposed one.
    is_written : bool
        Whether the profile is already in the folder.
    faults : tuple of (str, str, int, tuple of int)
        Faults found by a trial cleaning: reason, column, number of rows, and the first rows.
    exits : dict of str to int or None
        The number of rows of a trial cleaning: raw, kept, quarantined, excluded; None without a trial.
    trouble : str
        The error message, if the trial cleaning failed.
    questions : tuple of Asked
        The questions that `clean` would ask about it.
    headings : Headings or None
        The place of its headings, and their columns.
    unit_name : str
        The name of the unit of all rows; as written in the file if the register does not have it.
    unit_groups : tuple of (int, str)
        The rows (from 0) of group headings that name the unit of the rows below them, each with the name.
    is_period_sure : bool
        Whether the period is stated explicitly. A year alone in a name is not explicit.
    asks : tuple of Question
        The questions about the table as a whole.
    answered : tuple of str
        The headings, known or unknown, of columns with few distinct values.
    note : str
        The reason why it cannot be used as it is: `elements_2004`, `several_questions`, `side_by_side`,
        `importance_only`; empty if it can.
    n_hidden_rows : int
        The number of hidden or filtered-out rows of its sheet.
    named_period : str
        The period in the name of the sheet or file, if the rows also have dates.
    asks_unit : bool
        Whether nothing shows the unit of the rows, so that `clean` asks for it (a profile may state it
        instead).
    """

    sheet: str
    is_hidden: bool
    header_row: int
    depth: int
    source: str
    confidence: int
    columns: tuple[ColumnGuess, ...]
    missing: tuple[str, ...]
    period: str = ""
    period_from: str = ""
    unit_id: str = ""
    n_rows: int = 0
    profile: Profile | None = None
    is_written: bool = False
    faults: tuple[tuple[str, str, int, tuple[int, ...]], ...] = ()
    exits: dict[str, int] | None = None
    trouble: str = ""
    questions: tuple[Asked, ...] = ()
    headings: Headings | None = None
    unit_name: str = ""
    unit_groups: tuple[tuple[int, str], ...] = ()
    is_period_sure: bool = True
    asks: tuple[Question, ...] = ()
    answered: tuple[str, ...] = ()
    note: str = ""
    n_hidden_rows: int = 0
    named_period: str = ""
    asks_unit: bool = False

    @property
    def group_names(self) -> tuple[str, ...]:
        """The units that its group headings name, each once."""
        return tuple(dict.fromkeys(name for _, name in self.unit_groups))

    @property
    def is_ready(self) -> bool:
        """Whether `clean` reads it without a new profile: all used headings are known, nothing is missing."""
        is_sure = all(guess.confidence == 100 for guess in self.columns if guess.column)
        return is_sure and not self.note and not self.missing

    @property
    def stated_period(self) -> str:
        """The period that the name of the sheet or file, or a title, states explicitly; else empty."""
        is_stated = self.period_from in {"sheet", "file", "workbook"} and self.is_period_sure
        return self.period if is_stated else self.named_period

    @property
    def unused(self) -> list[str]:
        """The headings that are not matched to a column."""
        return [guess.heading for guess in self.columns if not guess.column]

    @property
    def unknown(self) -> list[str]:
        """The unmatched headings that may mean a column; a running number is left out."""
        return [heading for heading in self.unused if fold_heading(heading) != "nomor"]

    @property
    def has_unknown(self) -> bool:
        """Whether a missing required column may be one of the unknown headings."""
        return bool(self.missing and self.unknown)

    @property
    def may_be_asked(self) -> bool:
        """Whether a missing survey element may be one of the unknown headings."""
        if self.source != "citizen_feedback" or self.note:
            return self.has_unknown
        return bool(self.missing and set(self.unknown) & set(self.answered))

    @property
    def optional(self) -> list[str]:
        """The optional codebook columns without a heading, except personal ones, which should not be sent."""
        known = {guess.column for guess in self.columns} | set(self.missing) | OWN
        book = load_codebook(self.source).columns
        return [c.column for c in book if not c.required and not c.personal and c.column not in known]


@dataclass(frozen=True)
class Recognised:
    """The result of recognising a file.

    Parameters
    ----------
    grids : tuple of Grid
        Its sheets.
    tables : tuple of TableGuess
        Its tables: those that can be read, and those that need a profile first.
    notes : dict of str to str
        The reason (`recap`) why a sheet without a table cannot be used, by sheet. Sheets of an unknown kind
        are left out.
    """

    grids: tuple[Grid, ...]
    tables: tuple[TableGuess, ...]
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def ready(self) -> tuple[TableGuess, ...]:
        """The tables that can be read without a new profile."""
        return tuple(table for table in self.tables if table.is_ready)

    @property
    def others(self) -> tuple[str, ...]:
        """The sheets without a table."""
        used = {table.sheet for table in self.tables}
        return tuple(grid.sheet for grid in self.grids if grid.sheet not in used)
