"""Measures written by hand, with all the columns that they are declared with."""

import numpy as np
import pandas as pd

from asn_research.schema import declared


def framed(name, rows):
    """Give rows all the columns that their measure's declaration names; what is not given is missing."""
    frame = pd.DataFrame(rows)
    for column in declared("measure", name).columns_at("measure"):
        if column not in frame:
            frame[column] = np.nan
    return frame
