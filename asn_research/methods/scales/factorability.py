"""Checks before a factor model is fitted: whether the items are correlated enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd
from scipy import stats

from asn_research.errors import ModelError
from asn_research.methods.column_values import number_table
from asn_research.rules.scales import load_scales
from asn_research.rules.words import worded

#: A model is not fitted with fewer complete respondents than this, or with fewer per item.
LEAST_RESPONDENTS, LEAST_PER_ITEM = 30, 5
#: If the items of one factor correlate less than this on average, a factor model is refused.
LEAST_MEAN_CORRELATION = 0.10

#: Why a model is not fitted.
REFUSALS = ("too_few", "constant", "doubled", "independent")


@dataclass(frozen=True)
class Factorability:
    """The result of the checks before a factor model is fitted.

    Parameters
    ----------
    refusal : str
        `too_few`, `constant`, `doubled`, `independent`; empty if a model may be fitted.
    n, n_items : int
        Numbers of complete respondents and of items.
    bartlett, p : float
        Bartlett's test that all correlations are zero.
    kmo : float
        Kaiser-Meyer-Olkin measure of sampling adequacy.
    mean_r : float
        The mean absolute correlation of a factor's items; the lowest over all factors.
    """

    refusal: str
    n: int
    n_items: int
    bartlett: float = np.nan
    p: float = np.nan
    kmo: float = np.nan
    mean_r: float = np.nan

    def error(self) -> ModelError:
        """Return the error that tells why no model is fitted."""
        if self.refusal == "too_few":
            return worded(ModelError, "error_factors_too_few", n=self.n, k=self.n_items)
        if self.refusal == "constant":
            return worded(ModelError, "error_factors_constant")
        if self.refusal == "doubled":
            return worded(ModelError, "error_factors_doubled")
        return worded(
            ModelError,
            "error_factors_independent",
            mean_r=Decimal(f"{self.mean_r:.3f}"),
            kmo=Decimal(f"{self.kmo:.2f}"),
            p=Decimal(f"{self.p:.2g}"),
        )


def factorability(items: pd.DataFrame, factors: Mapping[str, Sequence[str]]) -> Factorability:
    """Test whether complete answers have correlations that a factor model could explain.

    A model is refused if Bartlett's test finds no correlation, if sampling adequacy is below the
    convention, or if a factor's items correlate less than 0.1 on average. The last check is needed because,
    with thousands of respondents, the test is significant even for correlations that are too small to use.

    Parameters
    ----------
    items : pd.DataFrame
        One row per respondent.
    factors : mapping of str to sequence of str
        Items of each factor.

    References
    ----------
    Bartlett, M. S. (1951). Biometrika 38, 337-344. Kaiser, H. F. (1974). Psychometrika 39, 31-36.
    """
    wanted = [item for names in factors.values() for item in names]
    return _factorability(number_table(items, wanted).dropna(), factors)


def _factorability(complete: pd.DataFrame, factors: Mapping[str, Sequence[str]]) -> Factorability:
    n, k = complete.shape
    if n < max(LEAST_RESPONDENTS, LEAST_PER_ITEM * k):
        return Factorability("too_few", n, k)
    numbers = complete.to_numpy()
    if (numbers == numbers[0]).all(axis=0).any():
        return Factorability("constant", n, k)
    r = np.corrcoef(numbers, rowvar=False)
    if np.linalg.cond(r) > 1e10:
        return Factorability("doubled", n, k)
    statistic = -(n - 1 - (2 * k + 5) / 6) * float(np.linalg.slogdet(r)[1])
    p = float(stats.chi2.sf(statistic, k * (k - 1) / 2))
    kmo = _kmo(r)
    places = [
        complete.columns.get_indexer(pd.Index([str(name) for name in names])) for names in factors.values()
    ]
    mean_r = min(_mean_off_diagonal(r[np.ix_(at, at)]) for at in places)
    least = load_scales().conventions.kmo_least.value
    nothing = p >= 0.05 or kmo < least or mean_r < LEAST_MEAN_CORRELATION
    return Factorability("independent" if nothing else "", n, k, statistic, p, kmo, mean_r)


def _kmo(r: np.ndarray) -> float:
    inverse = np.linalg.inv(r)
    scale = np.sqrt(np.diag(inverse))
    partial = inverse / np.outer(scale, scale)
    off = ~np.eye(len(r), dtype=bool)
    squares, rest = float((r[off] ** 2).sum()), float((partial[off] ** 2).sum())
    return squares / (squares + rest)


def _mean_off_diagonal(r: np.ndarray) -> float:
    off = np.abs(r[~np.eye(len(r), dtype=bool)])
    return float(off.mean())


def refuse_unfactorable(complete: pd.DataFrame, factors: Mapping[str, Sequence[str]]) -> None:
    """Raise an error if a factor model is not suitable for the answers.

    Parameters
    ----------
    complete : pd.DataFrame
        The items of the factors as numbers, one row per respondent who answered all items.
    factors : mapping of str to sequence of str
        Items of each factor.

    Raises
    ------
    ModelError
        If a check fails; the message states the reason and what to do.
    """
    found = _factorability(complete, factors)
    if found.refusal:
        raise found.error()
