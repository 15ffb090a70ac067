"""Columns of like size about zero: what is solved does not depend on the units that a column came in.

Sizes are powers of two, and dividing by a power of two changes no digit. A solution is therefore the same to
the last bit in metres and in units of 1024 metres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

Array = np.ndarray


def unit_of(columns: ArrayLike) -> Array:
    """Return for each column the power of two just below its standard deviation; 1 where nothing varies.

    Parameters
    ----------
    columns : np.ndarray
        Rows × columns, or one column.

    Examples
    --------
    >>> unit_of(np.array([[1.0, 5e6], [2.0, 9e6], [4.0, 6e6]])).tolist()
    [1.0, 1048576.0]
    """
    spread = np.std(np.asarray(columns, dtype=float), axis=0)
    known = np.where(spread > 0, spread, 1.0)
    return np.asarray(np.where(spread > 0, 2.0 ** np.floor(np.log2(known)), 1.0))


def centred(columns: ArrayLike) -> Array:
    """Return each column less its mean; zero throughout where a column does not vary beyond its last digit.

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
    """A design whose columns are of like size, and the way back.

    Parameters
    ----------
    columns : np.ndarray
        Rows × columns, centred where a constant can take up the shift.
    back : np.ndarray
        The matrix that turns coefficients of `columns` into those of the design as it was.
    """

    columns: Array
    back: Array

    def coefficients(self, solved: Array) -> Array:
        """Return coefficients of the design as it was."""
        return np.asarray(self.back @ solved)

    def covariance(self, solved: Array) -> Array:
        """Return the covariance of the coefficients of the design as it was."""
        return np.asarray(self.back @ solved @ self.back.T)

    @property
    def log_determinant(self) -> float:
        """Logarithm of the determinant of `back`: by how much a density of the coefficients changes."""
        return float(np.linalg.slogdet(self.back)[1]) if len(self.back) else 0.0


def standardise(design: Array, constant: int | None = None) -> Standardised:
    """Bring the columns of a design to like size.

    Parameters
    ----------
    design : np.ndarray
        Rows × columns.
    constant : int, optional
        Which column is one everywhere. With one, the others are centred too.
    """
    x = np.asarray(design, dtype=float)
    unit = unit_of(x)
    back = np.diag(1 / unit)
    if constant is None:
        return Standardised(x / unit, back)
    columns = centred(x) / unit
    columns[:, constant] = 1.0
    centre = x.mean(axis=0)
    centre[constant] = 0.0
    back[constant] -= centre / unit
    return Standardised(columns, back)
