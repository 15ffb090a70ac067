"""`Link`: a whole in one table whose parts stand in another, or in other columns of its row."""

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
    """One way in which counts of different tables or columns add up.

    A whole and its parts agree in all keys that both tables have, but for those that a condition names.

    Parameters
    ----------
    whole_table, whole_column : str
        The count of all.
    whole_where : str
        Which rows of the whole's table, as ``key=value``; all without it.
    part_table : str
        Where the parts stand.
    part_columns : tuple of str
        The counts of the parts.
    across : str
        The key whose values tell the parts of one whole; without it each row is a part by itself.
    where : str
        Which rows of the parts' table, as ``key=value``; all without it.
    same : str
        A key of the parts that is called otherwise in the whole's table, as ``part key=whole key``.
    is_before : bool
        Whether the whole is that of the period before.
    fills : bool
        Whether parts that add up to their whole are known to: otherwise they are known to be no more.
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
    note: str

    @property
    def whole_condition(self) -> tuple[str, str] | None:
        """The key and the value that the whole's rows must have; none if all count."""
        return _equation(self.whole_where)

    @property
    def condition(self) -> tuple[str, str] | None:
        """The key and the value that the parts' rows must have; none if all count."""
        return _equation(self.where)

    @property
    def keys(self) -> dict[str, str]:
        """The keys that are called otherwise: the parts' name, and the whole's."""
        return dict(filter(None, [_equation(self.same)]))

    @property
    def shared_keys(self) -> tuple[str, ...]:
        """The keys by which a part finds its whole under one name."""
        set_apart = {pair[0] for pair in (self.whole_condition, self.condition) if pair}
        set_apart |= {*self.keys, *self.keys.values(), self.across}
        parts = declared("measure", self.part_table).keys
        return tuple(
            key for key in declared("measure", self.whole_table).keys if key in parts and key not in set_apart
        )

    @property
    def keys_apart(self) -> tuple[str, ...]:
        """The keys of the parts that the whole has not: parts that differ in them are not one whole's."""
        used = {*self.shared_keys, *self.keys, self.across, *(pair[0] for pair in [self.condition] if pair)}
        return tuple(key for key in declared("measure", self.part_table).keys if key not in used)


def _equation(text: str) -> tuple[str, str] | None:
    """Return both sides of ``key=value``."""
    key, _, value = text.partition("=")
    return (key, value) if key else None


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
        for name, key in _keys_named(link):
            if key not in known[name].keys:
                raise RuleError(f"links.csv, row {number}: {name} has no key {key}. Name a declared one.")
        found.append(link)
    return tuple(found)


def _keys_named(link: Link) -> Iterator[tuple[str, str]]:
    """Yield the keys that a link names, each with its table."""
    for table, pair in ((link.whole_table, link.whole_condition), (link.part_table, link.condition)):
        if pair:
            yield table, pair[0]
    for part, whole in link.keys.items():
        yield link.part_table, part
        yield link.whole_table, whole
    if link.across:
        yield link.part_table, link.across


def _is_count(table: Table | None, column: str) -> bool:
    return table is not None and column in table.columns and table.columns[column].role == "count"
