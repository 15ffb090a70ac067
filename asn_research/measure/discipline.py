"""Disciplinary sanctions by level: counts only, for groups only."""

from __future__ import annotations

import pandas as pd

from asn_research import rules
from asn_research.measure.grouping import with_city
from asn_research.rules.cities import City
from asn_research.rules.regulations_staff import DisciplineRule

#: Lightest first.
LEVELS = ("light", "moderate", "severe")
UNKNOWN = "unknown"


def levels_of(sanctions: pd.DataFrame, city: City | None = None) -> pd.Series:
    """Return the level of each sanction under the rule of the day on which it was imposed.

    ``unknown`` where none of the rules on file was in force then.
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
        Whose own values stand in a rule's place.

    Returns
    -------
    pd.DataFrame
        One row per unit, period and level (``all`` for all of them, every level of the rules, and
        ``unknown`` where a sanction is older than the rules on file): n_people.
    """
    rows = with_city(sanctions.assign(level=levels_of(sanctions, city)))
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
