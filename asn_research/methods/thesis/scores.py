"""The rows of a regression, from a questionnaire or from any table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from asn_research.errors import ModelError
from asn_research.methods.column_values import as_numbers, need_columns
from asn_research.methods.panel.fixed_effects import PanelFit, fit_panel
from asn_research.methods.thesis.questionnaire import Questionnaire
from asn_research.rules.words import worded


@dataclass(frozen=True)
class Scores:
    """Complete rows, and the regression of them.

    Parameters
    ----------
    table : pd.DataFrame
        The outcome first, then what explains it.
    fit : PanelFit
        Ordinary least squares.
    residual, fitted : np.ndarray
        One a row.
    tolerance : np.ndarray
        By variable that explains: the share of its variance that the others do not explain.
    """

    table: pd.DataFrame
    fit: PanelFit
    residual: np.ndarray = field(repr=False)
    fitted: np.ndarray = field(repr=False)
    tolerance: np.ndarray = field(repr=False)

    @property
    def y(self) -> str:
        """The outcome."""
        return str(self.table.columns[0])

    @property
    def x(self) -> list[str]:
        """What explains it."""
        return [str(name) for name in self.table.columns[1:]]

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.table)


def columns_of(data: Questionnaire | pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return variables by name, scores of a questionnaire or columns of its table; rows with a gap are left out.

    Raises
    ------
    ModelError
        If one is absent, or is no number.
    """
    if isinstance(data, Questionnaire):
        others = data.data[[c for c in data.data.columns if c not in data.scores.columns]]
        frame = pd.concat([data.scores, others], axis=1)
    else:
        frame = data.set_axis([str(name) for name in data.columns], axis=1)
    need_columns(frame, names)
    return pd.DataFrame({name: as_numbers(frame[name], name).astype(float) for name in names}).dropna()


def scores_of(data: Questionnaire | pd.DataFrame, y: str, x: Sequence[str]) -> Scores:
    """Return the rows and the regression of an outcome on what explains it.

    Raises
    ------
    ModelError
        If a column is absent or no number, the outcome stands on both sides, or there are too few rows.
    """
    x = [x] if isinstance(x, str) else list(x)
    if y in x or len(set(x)) < len(x) or not x:
        raise worded(ModelError, "error_thesis_sides", name=y, names=", ".join(x))
    table = columns_of(data, [y, *x])
    fit = fit_panel(table, y, x)
    values = table.to_numpy(dtype=float)
    slopes = fit.table["estimate"].to_numpy()
    # About the means, so that no digit is lost where numbers are large.
    apart = values - values.mean(axis=0)
    residual = apart[:, 0] - apart[:, 1:] @ slopes[:-1]
    correlation = np.atleast_2d(np.corrcoef(values[:, 1:], rowvar=False))
    return Scores(table, fit, residual, values[:, 0] - residual, 1 / np.diag(np.linalg.inv(correlation)))
