"""Disciplinary sanctions by level: counts only, for groups only."""

from __future__ import annotations

import pandas as pd

from asn_research import rules
from asn_research.measure.grouping import with_city
from asn_research.rules.cities import City
from asn_research.rules.regulations_staff import DisciplineRule

#: The levels of sanctions, lightest first.
LEVELS = ("light", "moderate", "severe")
UNKNOWN = "unknown"


def sanction_levels(sanctions: pd.DataFrame, city: City | None = None) -> pd.Series:
    """Return the level of each sanction under the rule in force on the day it was imposed.

    The level is ``unknown`` if the date is missing, no known rule was in force on it, or the rule does not
    list the sanction.
    """
    days = sanctions["sanction_date"].dt.date
    rows = zip(sanctions["sanction"].astype("object"), days, strict=True)
    levels = [
        rule.level_of.get(sanction, UNKNOWN)
        if pd.notna(day) and (rule := rules.at(day, city).get(DisciplineRule))
        else UNKNOWN
        for sanction, day in rows
    ]
    return pd.Series(levels, index=sanctions.index, dtype="object")


def sanctions_by_unit(sanctions: pd.DataFrame, city: City | None = None) -> pd.DataFrame:
    """Count sanctions by level.

    Parameters
    ----------
    sanctions : pd.DataFrame
        The processed table `sanctions`.
    city : City, optional
        A city's own values replace those of the rule.

    Returns
    -------
    pd.DataFrame
        One row per unit, period and level (``all``, every level of the rules, and ``unknown`` if a
        sanction is older than the known rules): n_people.
    """
    rows = with_city(sanctions.assign(level=sanction_levels(sanctions, city)))
    keys = ["unit_id", "period"]
    everyone = rows.assign(level="all")
    counts = pd.concat([rows, everyone]).groupby([*keys, "level"])["person_id"].nunique()
    wide = counts.unstack("level", fill_value=0)  # noqa: PD010
    older = [UNKNOWN] if UNKNOWN in wide else []
    wide = wide.reindex(columns=[*LEVELS, *older, "all"], fill_value=0)
    return (
        wide.reset_index()
        .melt(keys, var_name="level", value_name="n_people")
        .sort_values(keys, ignore_index=True, kind="stable")
    )
