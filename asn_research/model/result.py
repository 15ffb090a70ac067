"""What every estimator hands back: a tidy table, its sample, its diagnostics, and a summary to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError

#: The columns of every tidy table; an estimator may add others behind them.
COLUMNS = ("term", "estimate", "std_error", "low", "high", "p_value")


@dataclass(frozen=True)
class Result:
    """One fitted question.

    Parameters
    ----------
    table : pd.DataFrame
        One row per term, with at least the columns of `COLUMNS`. An estimator of one part puts its
        headline first; one of several parts names its rows as ``estimators.csv`` names the parts.
    n, n_clusters : int
        Rows used, and clusters (rows, where errors are independent).
    detail : object
        The estimator's own frozen fit, for whoever wants more.
    convention : str
        How errors are scaled and intervals are made; packages differ.
    assumptions : str
        What the figure rests on, in one sentence.
    diagnostics : mapping of str to object
        Named figures about the fit: R2, smallest propensity, leads' p-value and so on.
    notes : tuple of str
        What limits the reading.
    naive : mapping of str to float
        By term: what the easy comparison would have said. It is biased by design, for contrast.
    """

    table: pd.DataFrame
    n: int
    n_clusters: int
    detail: Any = None
    convention: str = ""
    assumptions: str = ""
    diagnostics: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    naive: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        absent = [column for column in COLUMNS if column not in self.table]
        if absent or self.table.empty:
            msg = (
                f"A result needs a row and the columns {', '.join(COLUMNS)}; absent: {', '.join(absent)}. "
                "Build the table with `tidy`."
            )
            raise ModelError(msg)

    def row(self, term: str) -> pd.Series:
        """Return the row of a term."""
        return self.table.loc[self.table["term"] == term].iloc[0]

    def summary(self, title: str = "") -> str:
        """Return the result as text, laid out as statsmodels lays out its own."""
        return summary_text(
            self.table, title, self._facts(), [self.convention, self.assumptions, *self.notes]
        )

    def _facts(self) -> dict[str, object]:
        return {"No. observations": self.n, "No. clusters": self.n_clusters, **self.diagnostics}


def summary_text(
    table: pd.DataFrame, title: str, facts: Mapping[str, object], foot: list[str] | tuple[str, ...] = ()
) -> str:
    """Lay a table out in statsmodels' manner: facts in two columns, coefficients, remarks."""
    shown = [f"{name}: {_figure(value)}" for name, value in facts.items()]
    width = 84
    head = [
        left.ljust(width // 2) + (shown[place + 1] if place + 1 < len(shown) else "")
        for place, left in enumerate(shown)
        if place % 2 == 0
    ]
    names = {"term": "", "estimate": "coef", "std_error": "std err", "p_value": "P>|z|", "low": "[0.025", "high": "0.975]"}  # fmt: skip
    body = table[list(names)].rename(columns=names)
    lines = body.to_string(index=False, float_format=lambda value: f"{value:.4f}").splitlines()
    rule, thin = "=" * width, "-" * width
    return "\n".join(
        [
            title.center(width).rstrip(),
            rule,
            *head,
            thin,
            lines[0],
            thin,
            *lines[1:],
            rule,
            *[f for f in foot if f],
        ]
    )


def _figure(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def tidy(
    terms: list[str], estimates: np.ndarray, errors: np.ndarray, df: float | None = None
) -> pd.DataFrame:
    """Return estimates with 95 % intervals and two-sided p-values.

    Parameters
    ----------
    terms : list of str
        One name an estimate.
    estimates, errors : np.ndarray
        Estimates and standard errors.
    df : float, optional
        Degrees of freedom of t; without it the normal distribution is used.
    """
    estimates, errors = np.asarray(estimates, dtype=float), np.asarray(errors, dtype=float)
    law = stats.norm if df is None else stats.t(df)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = estimates / errors
    half = law.ppf(0.975) * errors
    return pd.DataFrame(
        {
            "term": list(terms), "estimate": estimates, "std_error": errors, "low": estimates - half,
            "high": estimates + half, "p_value": 2 * law.sf(np.abs(ratio)),
        }
    )  # fmt: skip
