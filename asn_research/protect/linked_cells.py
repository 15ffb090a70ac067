"""Cells and relations: the numbers that tables show or hide, and what everybody knows about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

#: A bound that is nearer than this to a whole number counts as that number.
TOLERANCE = 1e-6
Values = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Places = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Cells:
    """Cells: numbers of people that tables show or hide. None is negative.

    Parameters
    ----------
    values : array of float
        The true numbers.
    hidden : array of bool
        Whether a cell is already suppressed.
    down_to, up_to : array of float
        The required bounds of a hidden cell: all values between them must look possible to an attacker. nan for
        a cell that needs no protection itself.
    price : array of float
        The loss of information if a cell is suppressed; infinite for a cell that must be shown.
    """

    values: Values
    hidden: Mask
    down_to: Values
    up_to: Values
    price: Values

    @property
    def needs(self) -> Mask:
        """The hidden cells with required bounds that reach beyond their true number."""
        beyond = (self.down_to < self.values - TOLERANCE) | (self.up_to > self.values + TOLERANCE)
        return np.asarray(self.hidden & beyond)


@dataclass(frozen=True)
class Relations:
    """What everybody knows about cells: the weighted sum of each row of the matrix lies between `low` and `high`."""

    matrix: sparse.csr_matrix
    low: Values
    high: Values


@dataclass(frozen=True)
class Bounds:
    """The smallest and the largest value of a hidden cell that an attacker cannot exclude."""

    low: float
    high: float
