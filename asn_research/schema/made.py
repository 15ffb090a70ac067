"""How each measure is made: the function, the sources and the rules behind it; and the short names of printed figures.

The lists are data: `made.csv` has one row per measure, `figure_names.csv` one row per name that a page or a
user gives to a figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from asn_research.errors import RuleError
from asn_research.rules.codebooks import SOURCES
from asn_research.rules.loading import FrozenModel, read_rows
from asn_research.schema.tables import _WORDS, SCHEMA, declared_tables

#: In the place of sources: all of them.
_ALL = "*"


class Making(FrozenModel):
    """How a measure is made.

    Parameters
    ----------
    table : str
        The measure.
    function : str
        The function that computes it, as ``module:name`` within this package.
    sources : tuple of str
        The sources whose rows it reads.
    rules : tuple of str
        The types of the rules that it applies, as in `asn_research.rules.regulations`.
    """

    table: str
    function: str
    sources: _WORDS = ()
    rules: _WORDS = ()

    @property
    def read(self) -> tuple[str, ...]:
        """The sources by name, in the order of all sources."""
        return tuple(name for name in SOURCES if name in self.sources or _ALL in self.sources)


class FigureName(FrozenModel):
    """A short name of a figure.

    Parameters
    ----------
    key : str
        The name, which for an indicator is its key in `rules/indicators.csv`.
    table, column : str
        The measure and the column.
    where : str
        Which row of a unit and period, as ``key=value``; empty if there is only one.
    decimals : int
        The number of decimals that a page prints.
    """

    key: str
    table: str
    column: str
    where: str = ""
    decimals: int

    @property
    def keys(self) -> Mapping[str, str]:
        """The values of the row's further keys."""
        name, has_value, value = self.where.partition("=")
        return {name: value} if has_value else {}


@cache
def makings(path: Path = SCHEMA / "made.csv") -> dict[str, Making]:
    """Return how each measure is made, by name.

    Raises
    ------
    RuleError
        If a measure is listed twice, is not declared, or reads a source that does not exist.

    Examples
    --------
    >>> makings()["complaints"].function
    'measure.complaints:complaints_by_unit'
    """
    found: dict[str, Making] = {}
    for number, row in read_rows(Making, path):
        unknown = sorted(set(row.sources) - {*SOURCES, _ALL})
        if row.table in found or ("measure", row.table) not in declared_tables():
            msg = f"{path.name}, row {number}: '{row.table}' is listed twice, or is no declared measure."
            raise RuleError(msg)
        if unknown:
            msg = f"{path.name}, row {number}: '{unknown[0]}' is no source; known are {', '.join(SOURCES)}."
            raise RuleError(msg)
        found[row.table] = row
    return found


def function_of(measure: str) -> str:
    """Return the module and the name of the function that computes a measure.

    Examples
    --------
    >>> function_of("complaints")
    'asn_research.measure.complaints, complaints_by_unit'
    """
    module, name = makings()[measure].function.split(":")
    return f"asn_research.{module}, {name}"


@cache
def figure_names(path: Path = SCHEMA / "figure_names.csv") -> dict[str, FigureName]:
    """Return the short names of figures.

    Raises
    ------
    RuleError
        If a name is listed twice, or its column is not declared.

    Examples
    --------
    >>> figure_names()["days_median"].table
    'service_time'
    """
    found: dict[str, FigureName] = {}
    for number, row in read_rows(FigureName, path):
        table = declared_tables().get(("measure", row.table))
        if row.key in found or table is None or row.column not in table.columns:
            msg = f"{path.name}, row {number}: '{row.key}' is listed twice, or names a column that is not declared."
            raise RuleError(msg)
        found[row.key] = row
    return found
