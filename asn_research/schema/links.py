"""`Link`: a whole in one table whose parts stand in another, or in other columns of its row."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from asn_research.errors import RuleError
from asn_research.rules.loading import FrozenModel, read_rows
from asn_research.schema.tables import _WORDS, SCHEMA, Table, declared_tables


class Link(FrozenModel):
    """One way in which counts of different tables or columns add up.

    Parameters
    ----------
    whole_table, whole_column : str
        The count of all.
    part_table : str
        Where the parts stand.
    part_columns : tuple of str
        The counts of the parts.
    across : str
        The key whose values tell the parts of one whole; without it each row is a part by itself.
    where : str
        Which rows of the parts' table, as ``key=value``; all without it.
    note : str
        Why they add up.
    """

    whole_table: str
    whole_column: str
    part_table: str
    part_columns: _WORDS
    across: str = ""
    where: str = ""
    note: str

    @property
    def condition(self) -> tuple[str, str]:
        """The key and the value that the parts' rows must have; empty if all count."""
        key, _, value = self.where.partition("=")
        return key, value


@cache
def links(folder: Path = SCHEMA) -> tuple[Link, ...]:
    """Load the links between the measures.

    Raises
    ------
    RuleError
        If a link names a table, a key or a count that is not declared.
    """
    known = {name: table for (kind, name), table in declared_tables(folder).items() if kind == "measure"}
    found = []
    for number, link in read_rows(Link, folder / "links.csv"):
        for table, columns in (
            (link.whole_table, (link.whole_column,)),
            (link.part_table, link.part_columns),
        ):
            missing = [column for column in columns if not _is_count(known.get(table), column)]
            if missing:
                raise RuleError(
                    f"links.csv, row {number}: {table} has no count {missing[0]}. Name a declared one."
                )
        for key in filter(None, (link.across, link.condition[0])):
            if key not in known[link.part_table].columns:
                raise RuleError(
                    f"links.csv, row {number}: {link.part_table} has no key {key}. Name a declared one."
                )
        found.append(link)
    return tuple(found)


def _is_count(table: Table | None, column: str) -> bool:
    return table is not None and column in table.columns and table.columns[column].role == "count"
