"""Protected tables become printed tables: worded headings, formatted cells, marks for what is hidden."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asn_research.errors import DisclosureError, RuleError
from asn_research.protect import ProtectedTable
from asn_research.rules.words import HIDDEN
from asn_research.schema import Column, declared
from asn_research.show.blocks import Cell, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.numbers import NOTHING, is_missing


@dataclass(frozen=True)
class Show:
    """How one column of a protected table is printed; settings that are not given follow from its declaration.

    Parameters
    ----------
    label : str
        The printed heading; if empty, what the column is declared to hold.
    column : str
        The table's column.
    decimals : int, optional
        For numbers.
    high : str
        With it, the column holds the low end of a range and ``high`` the other.
    interval : bool
        Print the value's interval in its place.
    text : callable, optional
        Turns the value into a word (a key into its label); without it the value is a number.
    width : float
        Relative width.
    """

    label: str
    column: str
    decimals: int | None = None
    high: str = ""
    interval: bool = False
    text: Callable[[Any], str] | None = None
    width: float = 1.0

    def heading(self, data: ReportData, table: ProtectedTable) -> TableColumn:
        """Return the printed heading."""
        align = "left" if self.text else "center" if self.high or self.interval else "right"
        return TableColumn(self.label or _declared_label(self.column, data, table), align, self.width)  # type: ignore[arg-type]

    def cell(self, data: ReportData, table: ProtectedTable, row: Any) -> Cell:
        """Return the printed cell of a row."""
        declaration = table.column(self.column)
        name, high = declaration.bounds if declaration and self.interval else (self.column, self.high)
        values: Mapping[str, Any] = table.frame.loc[row].to_dict()
        value = values.get(name)
        if self.text and not is_missing(value):
            return Cell(self.text(value))
        if value is None or is_missing(value):
            if end := data.end(table, row, name):
                return Cell(end)
            return Cell(HIDDEN if table.is_suppressed(row, name) else NOTHING)
        decimals = self._decimals(declaration)
        if high and value != values.get(high):
            return Cell(data.numbers.interval(value, values.get(high), decimals))
        if high:
            return Cell(data.numbers.number(value, decimals))
        suffix = "%" if declaration and declaration.unit == "percent" else ""
        return Cell(data.numbers.number(value, decimals) + suffix, round(float(value), 10))

    def _decimals(self, declaration: Column | None) -> int:
        if self.decimals is not None or declaration is None:
            return self.decimals or 0
        of_interval = declaration.interval_decimals if self.interval else None
        found = declaration.decimals if of_interval is None else of_interval
        return found or 0


def build_table(
    data: ReportData,
    table: ProtectedTable,
    shows: Sequence[Show],
    *,
    key: str,
    title: str = "",
    notes: Sequence[str] = (),
    emphasis: Sequence[int] = (),
) -> Table:
    """Return a protected table as a block, with a given title or that of its measure.

    A note on hidden cells is added where there are any.

    Raises
    ------
    DisclosureError
        If the table is not a `ProtectedTable`.
    RuleError
        If a column has no heading and is not declared.
    """
    if not isinstance(table, ProtectedTable):
        msg = "Only protected tables are shown. Build this table with `protect_table`."
        raise DisclosureError(msg)
    rows = [tuple(show.cell(data, table, row) for show in shows) for row in table.frame.index]
    notes = (*notes, *ends_note(data, table, [show.column for show in shows]))
    hidden = [show for k, show in enumerate(shows) if any(row[k].text == HIDDEN for row in rows)]
    notes = (*notes, *hidden_note(data, table, [show.column for show in hidden]))
    title = title or declared("measure", table.measure).labels[data.language]
    headings = tuple(show.heading(data, table) for show in shows)
    return Table(key, title, headings, tuple(rows), tuple(notes), tuple(emphasis))


def hidden_note(data: ReportData, table: ProtectedTable, columns: Collection[str]) -> tuple[str, ...]:
    """Return the note on hidden cells, with the numbers of people that their columns need; none if there are none."""
    guards = [guard for guard in table.guards if set(columns) & set(guard.masked)]
    if not guards:
        return ()
    # What is under the least of a cell is under that of a group too.
    least = max((guard.smallest(table.rule) for guard in guards if not guard.of_number), default=0)
    more = {guard.of_number: guard.smallest(table.rule) for guard in guards}
    needs = {kind: more.get(kind, HIDDEN) for kind in ("quantile", "estimate")}
    return (data.words("note_hidden", mark=HIDDEN, n=least, **needs),)


def ends_note(data: ReportData, table: ProtectedTable, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the note on shares that are stated as bounds; empty if there are none."""
    if not any(data.end(table, row, column) for row in table.frame.index for column in columns):
        return ()
    low, high = (data.numbers.end(end, table.rule.coded_pct) for end in ("bottom", "top"))
    return (data.words("note_coded", low=low, high=high),)


def _declared_label(column: str, data: ReportData, table: ProtectedTable) -> str:
    """Return the declared label of a column."""
    declaration = table.column(column)
    if declaration is None:
        msg = f"The column {column} is not declared for {table.measure or 'this table'}. Give it a heading, or its row in schema/columns.csv."
        raise RuleError(msg)
    return declaration.label(data.language)
