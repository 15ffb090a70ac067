"""Check that a stage returns only declared columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pandas as pd
from pandas.api import types

from asn_research.errors import SchemaError
from asn_research.schema.tables import Kind, Table, declared, declared_tables


def require_declared(
    frames: Mapping[str, pd.DataFrame], kinds: tuple[Kind, ...] = ("measure", "panel", "estimates")
) -> None:
    """Refuse tables with a column that `schema/columns.csv` does not declare, or declares with another type.

    A declared column may be missing: not every office sends the data that it is computed from.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Tables by name.
    kinds : tuple of str
        The kinds to look in. A table may have any of these kinds; the first is assumed if none declares it.

    Raises
    ------
    SchemaError
        If a column is undeclared or has the wrong type. The message names the table and the column, never
        a value.
    """
    for name, frame in frames.items():
        kind = next((kind for kind in kinds if (kind, name) in declared_tables()), kinds[0])
        require_columns(frame, declared(kind, name))


def require_columns(
    frame: pd.DataFrame, table: Table, stage: Literal["measure", "release"] = "measure"
) -> None:
    """Refuse a frame with an undeclared column, or with a column of another type than declared.

    Raises
    ------
    SchemaError
        If there is such a column; the message names it.
    """
    known = set(table.columns_at(stage))
    unknown = [str(name) for name in frame.columns if name not in known]
    if unknown:
        msg = (
            f"The table {table.name} has the column {', '.join(unknown)}, which nobody has declared. "
            "Add its row to schema/columns.csv: what it means, and who stands behind it."
        )
        raise SchemaError(msg)
    wrong = [str(name) for name in frame.columns if not _is(frame[name], _type_of(table, str(name)))]
    if wrong:
        msg = f"The table {table.name} holds something else in {', '.join(wrong)} than schema/columns.csv declares."
        raise SchemaError(msg)


def _type_of(table: Table, name: str) -> str:
    column = table.owner_of[name]
    if name == column.coded:
        return "text"
    # The bounds and lags of an integer column may hold fractions, so they are only required to be numbers.
    return column.type if name == column.column else "number"


def _is(column: pd.Series, declared_type: str) -> bool:
    if types.is_object_dtype(column) or not len(column) or column.isna().all():
        # The dtype `object` does not tell the type of the values, and an empty column may have any type.
        return True
    if declared_type in {"integer", "number"}:
        return types.is_numeric_dtype(column) and not types.is_bool_dtype(column)
    if declared_type == "boolean":
        return types.is_bool_dtype(column)
    if declared_type == "day":
        return types.is_datetime64_any_dtype(column)
    return not types.is_numeric_dtype(column)
