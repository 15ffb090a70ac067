"""Names of sources, tables and columns that were changed, from `former_names.csv`.

Files that people wrote, and releases in the ledger, keep the names of their day. They lie in folders that nobody
migrates, so what reads them reads both names.
"""

from __future__ import annotations

from functools import cache

from asn_research.rules.loading import RULES, FrozenModel, read_rows


class FormerName(FrozenModel):
    """A name of a source, table or column, and the name that it has today."""

    former: str
    current: str


@cache
def former_names() -> dict[str, str]:
    """Load the names of today, by the former name."""
    return {row.former: row.current for _, row in read_rows(FormerName, RULES / "former_names.csv")}


def current_name(name: str) -> str:
    """Return the name that a source, table or column has today.

    Examples
    --------
    >>> current_name("predicate_by_matrix"), current_name("training")
    ('predikat_by_matrix', 'training')
    """
    return former_names().get(name, name)


@cache
def _first_names() -> dict[str, str]:
    return {current: former for former, current in former_names().items()}


def first_name(name: str) -> str:
    """Return the name that a source, table or column had at first.

    Keys of questions are digests of names. They are made of the first names, so that answers written before a
    name was changed are still found.

    Examples
    --------
    >>> first_name("predikat"), first_name("training")
    ('predicate', 'training')
    """
    return _first_names().get(name, name)
