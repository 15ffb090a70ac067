"""Centre and scale columns, so that the numerical solution does not depend on the units of the data.

Columns are divided by powers of two, which is exact in floating point. So a solution in metres and one in units
of 1024 metres are equal to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

Array = np.ndarray


def column_units(columns: ArrayLike) -> Array:
    """Return, for each column, the largest power of two up to its standard deviation; 1 for a constant column.

    Parameters
    ----------
    columns : np.ndarray
        Rows × columns, or one column.

    Examples
    --------
    >>> column_units(np.array([[1.0, 5e6], [2.0, 9e6], [4.0, 6e6]])).tolist()
    [1.0, 1048576.0]
    """
    spread = np.std(np.asarray(columns, dtype=float), axis=0)
    known = np.where(spread > 0, spread, 1.0)
    return np.asarray(np.where(spread > 0, 2.0 ** np.floor(np.log2(known)), 1.0))


def centred(columns: ArrayLike) -> Array:
    """Return each column minus its mean; all zero if the column varies only by rounding errors.

    Parameters
    ----------
    columns : np.ndarray
        Rows × columns, or one column.
    """
    x = np.asarray(columns, dtype=float)
    if not len(x):
        return x
    varies = np.ptp(x, axis=0) > 8 * np.finfo(float).eps * np.abs(x).max(axis=0)
    return np.asarray(np.where(varies, x - x.mean(axis=0), 0.0))


@dataclass(frozen=True)
class Standardised:
    """A scaled design matrix, with the matrix that converts its coefficients back.

    Parameters
    ----------
    columns : np.ndarray
        Rows × columns; centred if the design has a constant.
    back : np.ndarray
        The matrix that converts coefficients of `columns` into coefficients of the original design.
    """

    columns: Array
    back: Array

    def coefficients(self, solved: Array) -> Array:
        """Return the coefficients of the original design."""
        return np.asarray(self.back @ solved)

    def covariance(self, solved: Array) -> Array:
        """Return the covariance of the coefficients of the original design."""
        return np.asarray(self.back @ solved @ self.back.T)

    @property
    def log_determinant(self) -> float:
        """Logarithm of the determinant of `back`, by which a log density of the coefficients changes."""
        return float(np.linalg.slogdet(self.back)[1]) if len(self.back) else 0.0


def standardise(design: Array, constant: int | None = None) -> Standardised:
    """Scale the columns of a design to similar size, and centre them if it has a constant.

    Parameters
    ----------
    design : np.ndarray
        Rows × columns.
    constant : int, optional
        Position of the constant column of ones. If given, the other columns are centred.
    """
    x = np.asarray(design, dtype=float)
    unit = column_units(x)
    back = np.diag(1 / unit)
    if constant is None:
        return Standardised(x / unit, back)
    columns = centred(x) / unit
    columns[:, constant] = 1.0
    centre = x.mean(axis=0)
    centre[constant] = 0.0
    back[constant] -= centre / unit
    return Standardised(columns, back)
