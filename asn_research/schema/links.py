"""`Link`: a declared sum whose total is in one table and whose parts are in other tables or columns.

Disclosure control needs the links: a suppressed part can be computed from the total and the other parts. Some links
also declare that the mean of the total is the plain mean of the means of the parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from asn_research.errors import RuleError
from asn_research.rules.loading import FrozenModel, read_rows
from asn_research.schema.tables import _WORDS, SCHEMA, Table, declared, declared_tables

_YES = Annotated[bool, BeforeValidator(lambda text: {"yes": True, "": False}.get(text, text))]


class Link(FrozenModel):
    """One sum: counts in one table or column add up to a count in another.

    A part belongs to the whole that has the same value in every key that both tables share. Keys named in
    `whole_where`, `where`, `same` or `across` are not compared in this way.

    Parameters
    ----------
    whole_table, whole_column : str
        The table and the column of the total.
    whole_where : str
        Which rows of the total's table are meant, as ``key=value``; empty for all rows.
    part_table : str
        The table of the parts.
    part_columns : tuple of str
        The count columns of the parts.
    across : str
        The key that distinguishes the parts of one total: its rows are summed. Empty if each row is
        compared with its total alone.
    where : str
        Which rows of the parts' table are meant, as ``key=value``; empty for all rows.
    same : str
        A key with different names in the two tables, as ``part key=whole key``.
    is_before : bool
        Whether the total is the one of the previous period.
    fills : bool
        True if the parts add up to the total exactly; False if their sum is at most the total.
    mean_over : str
        A key that only the parts' table has: the mean of the total is the plain mean of the means of the parts
        that differ in it, as an index is of its elements. Empty if no such mean is printed.
    note : str
        Why they add up.
    """

    whole_table: str
    whole_column: str
    whole_where: str = ""
    part_table: str
    part_columns: _WORDS
    across: str = ""
    where: str = ""
    same: str = ""
    is_before: _YES = False
    fills: _YES = False
    mean_over: str = ""
    note: str

    @property
    def whole_condition(self) -> tuple[str, str] | None:
        """The key and the value that a row of the total must have; None if all rows are meant."""
        return _equation(self.whole_where)

    @property
    def condition(self) -> tuple[str, str] | None:
        """The key and the value that a row of the parts must have; None if all rows are meant."""
        return _equation(self.where)

    @property
    def keys(self) -> dict[str, str]:
        """The keys with different names in the two tables: parts' name to total's name."""
        return dict(filter(None, [_equation(self.same)]))

    @property
    def shared_keys(self) -> tuple[str, ...]:
        """The keys that both tables have under one name; they match a part to its total."""
        set_apart = {pair[0] for pair in (self.whole_condition, self.condition) if pair}
        set_apart |= {*self.keys, *self.keys.values(), self.across}
        parts = declared("measure", self.part_table).keys
        return tuple(
            key for key in declared("measure", self.whole_table).keys if key in parts and key not in set_apart
        )

    @property
    def keys_apart(self) -> tuple[str, ...]:
        """The keys that only the parts' table has; parts that differ in them are summed separately."""
        used = {*self.shared_keys, *self.keys, self.across, *(pair[0] for pair in [self.condition] if pair)}
        return tuple(key for key in declared("measure", self.part_table).keys if key not in used)


def _equation(text: str) -> tuple[str, str] | None:
    """Return both sides of ``key=value``; None for an empty text."""
    key, _, value = text.partition("=")
    return (key, value) if key else None


@cache
def links(folder: Path = SCHEMA) -> tuple[Link, ...]:
    """Load the links between the measures from `links.csv`.

    Raises
    ------
    RuleError
        If a link names a table, a key or a count column that is not declared.
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
        for name, key in _keys_named(link):
            if key not in known[name].keys:
                raise RuleError(f"links.csv, row {number}: {name} has no key {key}. Name a declared one.")
        found.append(link)
    return tuple(found)


def _keys_named(link: Link) -> Iterator[tuple[str, str]]:
    """Yield a pair (table, key) for each key that a link names."""
    for table, pair in ((link.whole_table, link.whole_condition), (link.part_table, link.condition)):
        if pair:
            yield table, pair[0]
    for part, whole in link.keys.items():
        yield link.part_table, part
        yield link.whole_table, whole
    for key in filter(None, (link.across, link.mean_over)):
        yield link.part_table, key


def _is_count(table: Table | None, column: str) -> bool:
    return table is not None and column in table.columns and table.columns[column].role == "count"
