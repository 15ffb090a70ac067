"""A column that is not declared cannot leave a stage."""

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
    """Refuse tables with a column that `schema/columns.csv` does not declare, or of another type.

    Columns may be missing: an office may not have what they are made of.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Tables by name.
    kinds : tuple of str
        What they may be.

    Raises
    ------
    SchemaError
        Naming the table and the column, never a value.
    """
    for name, frame in frames.items():
        kind = next((kind for kind in kinds if (kind, name) in declared_tables()), kinds[0])
        require_columns(frame, declared(kind, name))


def require_columns(
    frame: pd.DataFrame, table: Table, stage: Literal["measure", "release"] = "measure"
) -> None:
    """Refuse a frame that is not as its declaration says.

    Raises
    ------
    SchemaError
        Naming the column.
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
    # An interval's end, or a lag of a whole number, need not be one.
    return column.type if name == column.column else "number"


def _is(column: pd.Series, declared_type: str) -> bool:
    if types.is_object_dtype(column) or not len(column) or column.isna().all():
        # Of mixed objects only the values know; a column of nothing may be of any type.
        return True
    if declared_type in {"integer", "number"}:
        return types.is_numeric_dtype(column) and not types.is_bool_dtype(column)
    if declared_type == "boolean":
        return types.is_bool_dtype(column)
    if declared_type == "day":
        return types.is_datetime64_any_dtype(column)
    return not types.is_numeric_dtype(column)
