"""What the fits of this folder refuse, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from asn_research.errors import ModelError
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
