"""Protected tables become printed tables: worded headings, formatted cells, marks for what is hidden."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asn_research.errors import DisclosureError
from asn_research.protect import ProtectedTable
from asn_research.show.blocks import Cell, Table, TableColumn
from asn_research.show.data import ReportData
from asn_research.show.numbers import HIDDEN, NOTHING, is_missing


@dataclass(frozen=True)
class Show:
    """How one column of a protected table is printed.

    Parameters
    ----------
    label : str
        The printed heading.
    column : str
        The table's column.
    decimals : int
        For numbers.
    high : str
        With it, the column holds the low end of an interval and ``high`` the other.
    text : callable, optional
        Turns the value into a word (a key into its label); without it the value is a number.
    suffix : str
        Follows the number (``%``).
    width : float
        Relative width.
    """

    label: str
    column: str
    decimals: int = 0
    high: str = ""
    text: Callable[[Any], str] | None = None
    suffix: str = ""
    width: float = 1.0

    @property
    def heading(self) -> TableColumn:
        """The printed heading."""
        align = "left" if self.text else "center" if self.high else "right"
        return TableColumn(self.label, align, self.width)  # type: ignore[arg-type]

    def cell(self, data: ReportData, table: ProtectedTable, row: Any) -> Cell:
        """Return the printed cell of a row."""
        values: Mapping[str, Any] = table.frame.loc[row].to_dict()
        value = values.get(self.column)
        if self.text and not is_missing(value):
            return Cell(self.text(value))
        if value is None or is_missing(value):
            return Cell(HIDDEN if table.is_suppressed(row, self.column) else NOTHING)
        if self.high and value == values.get(self.high):
            return Cell(data.numbers.number(value, self.decimals))
        if self.high:
            return Cell(data.numbers.interval(value, values.get(self.high), self.decimals))
        return Cell(data.numbers.number(value, self.decimals) + self.suffix, round(float(value), 10))


def build_table(
    data: ReportData,
    table: ProtectedTable,
    shows: Sequence[Show],
    *,
    key: str,
    title: str,
    notes: Sequence[str] = (),
    emphasis: Sequence[int] = (),
) -> Table:
    """Print a protected table.

    A note on hidden cells is added where there are any.

    Raises
    ------
    DisclosureError
        If the table is not a `ProtectedTable`.
    """
    if not isinstance(table, ProtectedTable):
        msg = "Only protected tables are shown. Build this table with `protect_table`."
        raise DisclosureError(msg)
    rows = [tuple(show.cell(data, table, row) for show in shows) for row in table.frame.index]
    hidden = any(cell.text == HIDDEN for row in rows for cell in row)
    small = table.rule.smallest_group
    if hidden:
        # What is under the least of a cell is under that of a group too.
        least = max(guard.smallest(table.rule) for guard in table.guards)
        notes = (*notes, data.words("note_hidden", mark=HIDDEN, n=least or small.employees))
    return Table(
        key, title, tuple(show.heading for show in shows), tuple(rows), tuple(notes), tuple(emphasis)
    )
