"""Values that tell of hidden values beside them: computed again from shown ones, or hidden too, when all tables are protected."""

from __future__ import annotations

import numpy as np
import pandas as pd

from asn_research.measure.apportion import apportion
from asn_research.protect.guards import Mask
from asn_research.protect.linked_cells import Values
from asn_research.protect.protected_table import ProtectedTable
from asn_research.rules.regulations import DisclosureRule

#: What is computed from the people served.
_OF_SAMPLE = ("needed_n", "short_n", "is_short")
#: The days within which nine of ten requests finished, and their interval; each with the number of requests, in smallest
#: cells, from which a cell that may not be shown cannot keep it from being reached.
_NINE_OF_TEN = {"days_p90": 10, "days_p90_low": 20, "days_p90_high": 20}


def repeated_hidden(importance: ProtectedTable, elements: ProtectedTable) -> Mask:
    """Return the rows of the importance of elements whose value, which they repeat, is hidden in the elements' own table.

    Parameters
    ----------
    importance, elements : ProtectedTable
        The two measures, with everything hidden that is.
    """
    keys = ["unit_id", "period", "element"]
    hidden = elements.frame.loc[elements.frame["index"].isna(), keys].astype("str")
    gone = set(hidden.itertuples(index=False, name=None))
    rows = importance.frame[keys].astype("str").itertuples(index=False, name=None)
    return np.array([row in gone for row in rows], dtype=bool)


def required_of_shown(sample: ProtectedTable) -> ProtectedTable:
    """Return the sample with the respondents that services need computed from the numbers that are shown.

    A unit's sample is divided among its services by the people they served. Each part depends on the people served by
    all others, so the parts of shown services would narrow the numbers of hidden ones. Here the hidden services are
    one remainder. Where the people served by the unit are hidden, no part is shown.

    Parameters
    ----------
    sample : ProtectedTable
        The measure `sample`, with everything hidden that is.
    """
    frame = sample.frame.reset_index(drop=True)
    needed = np.full(len(frame), np.nan)
    for at in frame.groupby(["unit_id", "period"], sort=False, observed=True).indices.values():
        needed[at] = _required(frame.iloc[at])
    short = np.maximum(needed - frame["n_respondents"].to_numpy(dtype="float64"), 0.0)
    is_short = pd.array(short > 0, dtype="boolean")
    values = pd.DataFrame(dict(zip(_OF_SAMPLE, (needed, short, is_short), strict=True)))
    return sample.with_values(values.set_axis(sample.frame.index)).hiding(_OF_SAMPLE, np.isnan(needed))


def _required(rows: pd.DataFrame) -> Values:
    """Return the respondents required by each row of a unit and period; nan where that is not shown."""
    served, needed = (
        rows[name].to_numpy(dtype="float64", na_value=np.nan) for name in ("population_n", "needed_n")
    )
    is_whole = (rows["service_id"] == "").to_numpy()
    found = np.where(is_whole, needed, np.nan)
    if is_whole.any() and not np.isnan([*served[is_whole], *needed[is_whole]]).any():
        known = ~is_whole & ~np.isnan(served)
        shown = [int(n) for n in served[known]]
        rest = int(served[is_whole].item()) - sum(shown)
        found[known] = apportion(int(needed[is_whole].item()), [*shown, rest])[:-1]
    return found


def without_telling_tails(times: ProtectedTable, rule: DisclosureRule) -> ProtectedTable:
    """Return service times without the days of nine in ten, where they would tell how many requests are open.

    Nine of ten are never reached while more than a tenth is open. So where the number of open requests is hidden, the days are
    shown only of so many requests that any number that may not be shown is less than a tenth.

    Parameters
    ----------
    times : ProtectedTable
        The measure `service_time`, with everything hidden that is.
    rule : DisclosureRule
        The smallest cell.
    """
    requests = times.frame["n_requests"].to_numpy(dtype="float64", na_value=0)
    hidden = times.suppressed["n_open"].to_numpy(dtype=bool)
    for column, cells in _NINE_OF_TEN.items():
        times = times.hiding([column], hidden & (requests < cells * rule.smallest_cell))
    return times
