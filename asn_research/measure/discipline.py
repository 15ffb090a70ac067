"""Disciplinary sanctions by level: counts only, for groups only."""

from __future__ import annotations

import pandas as pd

from asn_research.measure.grouping import with_city
from asn_research.rules.regulations_staff import DisciplineRule


def sanctions_by_unit(sanctions: pd.DataFrame, rule: DisciplineRule) -> pd.DataFrame:
    """Count sanctions by level.

    Parameters
    ----------
    sanctions : pd.DataFrame
        The processed table `sanctions`.
    rule : DisciplineRule
        The level of each sanction.

    Returns
    -------
    pd.DataFrame
        One row per unit, period and level (``all`` for all of them, and every level of the rule):
        n_people.
    """
    rows = with_city(sanctions.assign(level=sanctions["sanction"].astype("object").map(rule.level_of)))
    keys = ["unit_id", "period"]
    everyone = rows.assign(level="all")
    counts = pd.concat([rows, everyone]).groupby([*keys, "level"])["person_id"].nunique()
    wide = counts.unstack("level", fill_value=0).reindex(columns=[*rule.levels, "all"], fill_value=0)  # noqa: PD010
    return (
        wide.reset_index()
        .melt(keys, var_name="level", value_name="n_people")
        .sort_values(keys, ignore_index=True, kind="stable")
    )
