"""Marks of rows under work."""

import numpy as np
import pandas as pd

from asn_research.clean.working import EXITS, marks_of


def test_marks_of_all_kinds_share_their_categories():
    """Otherwise a column of millions of marks becomes one Python text a mark."""
    frames = [marks_of(np.array([0, 1]), kind, "empty", "conduct", None) for kind in EXITS]
    assert isinstance(pd.concat(frames)["exit"].dtype, pd.CategoricalDtype)
