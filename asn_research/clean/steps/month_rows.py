"""Rows about single months of a quarter: attendance is summed, output of programmes is not.

The days of three months add up. The output of a programme does not always: some offices report it month by month,
others the sum since January. So a person must send the row of the quarter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from asn_research.clean.parse.values import coded
from asn_research.clean.steps.daily import COUNTED, NO_DAY, OF_MONTH
from asn_research.clean.steps.months import MONTH, UNDECIDED, WITHIN, note_months
from asn_research.clean.working import Prepared, Working

_DAYS = ("working_days_n", "present_days_n", "late_days_n", "absent_days_n")


def key_by_month(rows: Working) -> Working:
    """Tell rows of different months of a quarter apart by `_day_key`; rows of a whole quarter have `NO_DAY`."""
    month = note_months(rows, date_column="").values[MONTH].to_numpy()
    keys = [NO_DAY, *(f"{OF_MONTH}{number}" for number in range(1, 13))]
    return rows.with_values(_day_key=coded(keys, month.astype(np.int64)))


def sum_months(rows: Prepared, case: Sequence[str]) -> Prepared:
    """Sum the months of a case and quarter: one row gets the sums, the others are excluded.

    If the quarter as a whole has a row too, its months are excluded. A number that one of the months lacks is
    missing in the sum.

    Parameters
    ----------
    rows : Prepared
        The rows of all files, with `_day_key`.
    case : sequence of str
        The columns that identify a case and its quarter.
    """
    rows, months = _months_alone(rows, case)
    by = months["case"]
    first = months.index[~by.duplicated()]
    sums = {}
    for name in _DAYS:
        if name not in rows.values or months.empty:
            continue
        column = rows.values[name].astype("Int64")
        groups = column.loc[months.index].groupby(by)
        total = groups.transform("sum").where(groups.transform("count") == groups.transform("size"))
        column.loc[first] = total.loc[first]
        sums[name] = column
    return rows.with_values(**sums).mark(_mask(rows, months.index.difference(first)), "exclude", COUNTED)


def hold_months(rows: Prepared, case: Sequence[str]) -> Prepared:
    """Quarantine the rows of a case that has several months of one quarter, and none of the quarter itself.

    Parameters
    ----------
    rows : Prepared
        The rows of all files, with `_day_key`.
    case : sequence of str
        The columns that identify a case and its quarter.
    """
    rows, months = _months_alone(rows, case)
    several = months.index[months["case"].duplicated(keep=False)]
    return rows.mark(_mask(rows, several), "quarantine", UNDECIDED, "period")


def _months_alone(rows: Prepared, case: Sequence[str]) -> tuple[Prepared, pd.DataFrame]:
    """Exclude months whose quarter has a row too; return the usable rows of the other months, with their case."""
    free = ~rows.marked("foreign", "quarantine", "exclude")
    if "_day_key" not in rows.values or not set(case) <= set(rows.values):
        free[:] = False
    at = np.flatnonzero(free)
    # Sorting by key makes the row that gets the sums independent of the order of files.
    at = at[np.argsort(rows.place["row_id"].to_numpy(dtype=object)[at], kind="stable")]
    named = [rows.values[name].iloc[at].astype("str") for name in case] if len(at) else []
    codes = pd.MultiIndex.from_arrays(named).factorize()[0] if named else np.empty(0, np.int64)
    is_month = (
        rows.values["_day_key"].iloc[at].astype("str").str.startswith(OF_MONTH).to_numpy(bool)
        if len(at)
        else np.empty(0, bool)
    )
    months = pd.DataFrame({"case": codes}, index=at).loc[is_month]
    is_within = months["case"].isin(codes[~is_month])
    return rows.mark(_mask(rows, months.index[is_within]), "exclude", WITHIN), months.loc[~is_within]


def _mask(rows: Prepared, at: pd.Index) -> np.ndarray:
    mask = np.zeros(len(rows), bool)
    mask[at.to_numpy()] = True
    return mask
