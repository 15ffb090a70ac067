"""Ask for the unit of tables that name no unit of the register; one answer is used for later exports too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from asn_research.clean.inspect.table_places import file_pattern
from asn_research.clean.questions.open_questions import note_question
from asn_research.clean.working import Working
from asn_research.read import RawTable
from asn_research.rules.questions import Question

#: A question is asked if at least this many names are unknown, in at least this share of the rows.
_NAMES, _SHARE = 2, 0.5


def units_stated(rows: Working, unknown: np.ndarray) -> tuple[Working, list[str]]:
    """Ask for the unit of tables without a column of units, or with mostly unknown units.

    If the register has only one unit, a table without units belongs to it, and no question is asked.

    Parameters
    ----------
    rows : Working
        The rows.
    unknown : np.ndarray
        Mask of the rows whose unit the register does not have.

    Returns
    -------
    (Working, list of str)
        The rows, and for each table the unit of all its rows; empty if each row has its own unit.
    """
    stated = []
    number = rows.place["table"].to_numpy()
    for at, table in enumerate(rows.tables):
        here = rows.data & (number == at)
        unit = ""
        if here.any() and not (table.profile and table.profile.unit):
            if "unit_id" not in table.columns:
                units = list(rows.context.city.units)
                unit = units[0] if len(units) == 1 else ""
                if not unit:
                    rows, unit = _ask(rows, here, table, "unit_of_file", {"file": table.file})
            elif counts := _unknown_names(rows, here, unknown):
                rows, unit = _ask(rows, here, table, "units_unknown", counts)
        stated.append(unit)
    return rows, stated


def _unknown_names(rows: Working, here: np.ndarray, unknown: np.ndarray) -> Mapping[str, str]:
    """Return the number of names in a table and of unknown names; empty if most rows have known names."""
    cells = rows.cells["unit_id"]
    filled = here & cells.filled
    strange = filled & unknown
    n_unknown = len(pd.unique(cells.codes[strange]))
    if n_unknown < _NAMES or strange.sum() < _SHARE * filled.sum():
        return {}
    return {"n": str(len(pd.unique(cells.codes[filled]))), "unknown": str(n_unknown)}


def _ask(
    rows: Working, here: np.ndarray, table: RawTable, kind: str, facts: Mapping[str, str]
) -> tuple[Working, str]:
    pattern = file_pattern(PurePosixPath(table.file).name)
    units = tuple((unit.unit_id, unit.name) for unit in rows.context.city.units.values())
    question = Question(
        kind,
        table.source,
        table.layout,
        f"unit_id {pattern}",
        table.headings.get("unit_id", ""),
        facts,
        units,
    )
    rows = note_question(rows, here, question, column="unit_id")
    answer = rows.context.answers.get(question.key, "")
    return rows, answer if answer in rows.context.city.units else ""
