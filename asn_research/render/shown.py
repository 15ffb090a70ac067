"""Which values of the measures reports show.

Some values compare all units, and are moved a little by every row of the city. Where no report shows
them, they are left out before a report can read them: else one citizen's answer would outdate the
report of every unit.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

#: Columns for research that no report shows.
_UNSHOWN = {"elements": ["change_p_fdr"], "good_practice": ["raw", "p_better"]}
#: What is shown of a unit only if it is called better.
_OF_THE_BETTER = ["effect", "low", "high", "rank_low", "rank_high"]
#: One decimal more than any report shows.
_DECIMALS = 2


def as_shown(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the measures without the values that no report shows.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Measures by name.
    """
    shown = dict(frames)
    for name, columns in _UNSHOWN.items():
        if name in shown:
            shown[name] = shown[name].drop(columns=columns)
    if "good_practice" in shown:
        table = shown["good_practice"]
        better = table[_OF_THE_BETTER].round(_DECIMALS)
        shown["good_practice"] = table.assign(**better.where(table["is_reliable"].eq(other=True)))
    return shown
