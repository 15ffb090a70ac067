"""The codebook of the panels: label, unit, direction and source of every column; the table is `panel.csv`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from asn_research.errors import RuleError
from asn_research.rules.loading import RULES, FrozenModel, read_rows

Level = Literal["unit", "employee"]


class PanelColumn(FrozenModel):
    """One column of a panel; ``lags`` says by how many quarters back it stands there again."""

    level: Level
    column: str
    label_indonesian: str
    label_english: str
    unit_word_indonesian: str
    unit_word_english: str
    direction: Literal["higher_is_better", "lower_is_better", "neutral", "key"]
    source_rule: str
    lags: Annotated[int, Field(ge=0, le=8)]

    @property
    def lagged(self) -> tuple[str, ...]:
        """The names of the column's lags: one quarter back is ``_lag1``."""
        return tuple(f"{self.column}_lag{back}" for back in range(1, self.lags + 1))


@cache
def load_panel_codebook(level: Level, path: Path = RULES / "panel.csv") -> dict[str, PanelColumn]:
    """Load the columns of a panel, without their lags, by name.

    Raises
    ------
    RuleError
        If a row is incomplete, its direction unknown, or a column stands twice.
    """
    found: dict[str, PanelColumn] = {}
    for number, column in read_rows(PanelColumn, path):
        if column.level != level:
            continue
        if column.column in found:
            msg = f"{path.name}, row {number}: '{column.column}' stands twice in the {level} panel."
            raise RuleError(msg)
        found[column.column] = column
    return found


def panel_columns(level: Level) -> tuple[str, ...]:
    """Return all columns of a panel, each with its lags behind it."""
    book = load_panel_codebook(level)
    return tuple(name for column in book.values() for name in (column.column, *column.lagged))
