"""Access of each audience to a protected city: by table, by column, and for some only rows of the whole city."""

from __future__ import annotations

from typing import Literal, get_args

import pandas as pd

from asn_research.protect.protected_table import ProtectedTable
from asn_research.rules.cities import CITY
from asn_research.schema import Table, declared

#: The readers of a report: the public, or internally those who lead and appraise.
ReportAudience = Literal["public", "internal"]
AUDIENCES: tuple[ReportAudience, ...] = get_args(ReportAudience)
#: The declared audiences of data that each kind of reader may see. Internal readers also see public data.
_SEEN = {"public": {"public"}, "internal": {"public", "internal", "internal_city"}}


def may_see(audience: ReportAudience, measure: str) -> bool:
    """Whether an audience may see a measure, or a part of it.

    Examples
    --------
    >>> may_see("public", "satisfaction"), may_see("public", "motivation")
    (True, False)
    """
    return declared("measure", measure).audience in _SEEN[audience]


def rows_that_may_be_told(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the rows of a measure that may be released; for ``internal_city`` only those of the whole city."""
    if table.audience != "internal_city" or "unit_id" not in frame:
        return frame
    return frame.loc[frame["unit_id"] == CITY].reset_index(drop=True)


def cells_that_may_be_told(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return a measure without the values of units in columns that are ``internal_city``."""
    if table.audience == "internal_city" or "unit_id" not in frame:
        return frame
    is_unit = frame["unit_id"] != CITY
    bound = [str(name) for name in frame if _audience(table, str(name)) == "internal_city"]
    return frame.assign(**{name: frame[name].mask(is_unit) for name in bound}) if bound else frame


def seen_by(audience: ReportAudience, table: ProtectedTable) -> ProtectedTable | None:
    """Return the columns of a protected table that an audience may see; None if it may see none."""
    if not may_see(audience, table.measure):
        return None
    of = declared("measure", table.measure)
    return table.only([str(name) for name in table.frame if _audience(of, str(name)) in _SEEN[audience]])


def _audience(table: Table, name: str) -> str:
    return table.audience_of(name) if name in table.owner_of else table.audience
