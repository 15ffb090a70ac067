"""What comes first: lags, leads and differences between adjoining periods only."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from asn_research.errors import RequestError
from asn_research.methods.column_values import is_number
from asn_research.methods.estimator import Role, estimator
from asn_research.methods.panel.within import need_unique
from asn_research.methods.refusals import refuse_own_names
from asn_research.rules.words import worded


@estimator(columns=Role.OTHER, entity=Role.LABEL, period=Role.PERIOD)
def with_lags(
    frame: pd.DataFrame, columns: Sequence[str], *, entity: str, period: str, lags: Sequence[int] = (1,)
) -> pd.DataFrame:
    """Add each column as it was so many periods before; a gap gives no value rather than an older one.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per entity and period.
    columns : sequence of str
        What is to be lagged.
    entity, period : str
        Columns; the period is a whole number.
    lags : sequence of int
        Whole numbers: positive looks back (``x_lag1``), negative looks ahead (``x_lead1``).

    Returns
    -------
    pd.DataFrame
        The rows with the new columns, and for a lag of 1 also ``x_change`` of columns of numbers.

    Raises
    ------
    ModelError
        If an entity stands twice in a period.
    RequestError
        If a lag is zero or no whole number, or the table has a column of a new one's name.

    Examples
    --------
    >>> data = pd.DataFrame({"pegawai": [1, 1, 2, 2], "triwulan": [1, 2, 1, 2], "jp": [0, 8, 4, 6]})
    >>> with_lags(data, ["jp"], entity="pegawai", period="triwulan")["jp_lag1"].tolist()
    [nan, 0.0, nan, 4.0]
    """
    need_unique(frame, entity=entity, period=period)
    odd = [lag for lag in lags if lag == 0 or lag != int(lag)]
    if odd:
        raise worded(RequestError, "error_lag", lag=odd[0])
    refuse_own_names(frame.columns, [f"{c}{_ending(lag)}" for c in columns for lag in lags], "with_lags")
    out = frame
    for lag in map(int, lags):
        ending = _ending(lag)
        shifted = frame[[entity, period, *columns]].assign(**{period: frame[period] + lag})
        shifted = shifted.rename(columns={c: f"{c}{ending}" for c in columns})
        out = out.merge(shifted, on=[entity, period], how="left")
        if lag == 1:
            out = out.assign(
                **{f"{c}_change": out[c] - out[f"{c}_lag1"] for c in columns if is_number(out[c])}
            )
    return out


def _ending(lag: int) -> str:
    return f"_lag{lag}" if lag > 0 else f"_lead{-lag}"
