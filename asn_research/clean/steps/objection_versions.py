"""Count an objection once that stands in a returned form and in a list: the decided version is kept."""

from __future__ import annotations

import numpy as np
import pandas as pd

from asn_research.clean.steps.doubles import EARLIER
from asn_research.clean.working import Prepared

_CASE = ("person_id", "period", "filed_date")
#: A withdrawn objection waits for no decision either.
_DECIDED = ("upheld", "rejected", "withdrawn")


def mark_overtaken(rows: Prepared) -> Prepared:
    """Exclude undecided versions of an objection if the same objection is there again.

    The same person, contested period and filing day make the same objection. If one version is decided, all
    undecided versions are excluded; if none is, one of them is kept. Two decided versions are both kept: their
    decisions may contradict each other, and a person must look.

    Parameters
    ----------
    rows : Prepared
        The rows of the source `objections`, of all files.
    """
    if not set(_CASE) <= set(rows.values):
        return rows
    free = ~rows.marked("foreign", "quarantine", "exclude")
    for name in _CASE:
        free &= (rows.values[name].notna() & (rows.values[name].astype("str") != "")).to_numpy()
    at = np.flatnonzero(free)
    case = pd.DataFrame({name: rows.values[name].iloc[at].astype("str").to_numpy() for name in _CASE})
    outcome = (
        rows.values["outcome"].iloc[at].astype("str").to_numpy()
        if "outcome" in rows.values
        else np.full(len(at), "")
    )
    # Sorting by key makes the kept version independent of the order of files.
    key = rows.place["row_id"].astype("str").to_numpy()[at]
    case = case.assign(at=at, key=key, decided=np.isin(outcome, _DECIDED)).sort_values(
        ["decided", "key"], ascending=[False, True]
    )
    again = case.duplicated(list(_CASE), keep="first") & ~case["decided"]
    overtaken = np.zeros(len(rows), bool)
    overtaken[case.loc[again, "at"].to_numpy()] = True
    return rows.mark(overtaken, "exclude", EARLIER)
