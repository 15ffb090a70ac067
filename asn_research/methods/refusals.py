"""What the fits of this folder refuse, in plain words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import pandas as pd

from asn_research.errors import ModelError, RequestError
from asn_research.methods.scaling import centred
from asn_research.rules.words import worded


def refuse_flat(values: np.ndarray, name: str) -> None:
    """Refuse an outcome that never changes.

    Raises
    ------
    ModelError
        If all values are the same.
    """
    if len(values) and not centred(values).any():
        raise worded(ModelError, "error_same_everywhere", name=name)


def refuse_collinear(x: np.ndarray, names: Sequence[str]) -> None:
    """Refuse regressors that cannot be told apart.

    Raises
    ------
    ModelError
        If the columns of ``x`` are linearly dependent.
    """
    scaled = x / np.maximum(np.sqrt((x**2).sum(axis=0)), 1e-300)
    if np.linalg.matrix_rank(scaled, tol=1e-9) < x.shape[1]:
        raise worded(ModelError, "error_collinear", names=", ".join(names))


def refuse_own_names(names: Iterable[str], own: Collection[str], function: str) -> None:
    """Refuse columns that are called as the result calls columns of its own.

    Raises
    ------
    RequestError
        If a name is among the result's own.
    """
    taken = [name for name in names if name in own]
    if taken:
        raise worded(RequestError, "error_own_name", function=function, name=taken[0])


def refuse_negative_weights(values: pd.Series, name: str) -> None:
    """Refuse weights below zero.

    Raises
    ------
    ModelError
        If a weight is negative.
    """
    n = int((values < 0).sum())
    if n:
        raise worded(ModelError, "error_weight_below_zero", name=name, n=n)
