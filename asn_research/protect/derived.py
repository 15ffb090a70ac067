"""Figures that are made of other figures: they are made again of what may be shown."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from asn_research import rules
from asn_research.measure.ip_asn import DIMENSIONS
from asn_research.protect.guards import Mask
from asn_research.protect.tables import cells_shown
from asn_research.rules.cities import City
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.regulations_staff import IpAsnRule

#: In so many rare grades, held by as many people as a group has, the effective number tells of none of them.
_MANY_GRADES = 5


def parts_merged_grades(grade_counts: pd.Series, rule: DisclosureRule) -> Mask:
    """Return where the effective number of grades would part the cells that must be merged.

    Parameters
    ----------
    grade_counts : pd.Series
        People with each grade, joined by ``|``.
    rule : DisclosureRule
        The smallest cell, and the smallest group.
    """
    parted = {}
    for text in grade_counts.unique():
        rare = [n for n in map(int, str(text).split("|")) if n < rule.smallest_cell]
        parted[text] = bool(rare) and (len(rare) < _MANY_GRADES or sum(rare) < rule.smallest_group.employees)
    return grade_counts.map(parted).to_numpy(dtype=bool)


def index_of_shown_parts(frame: pd.DataFrame, rule: DisclosureRule, city: City | None) -> pd.DataFrame:
    """Return the professionalism index made of what may be shown of performance and discipline.

    Performance is that of its points with rare ones merged: all of a merged cell may have the lowest
    of its points, or the highest. Where fewer are sanctioned than may be shown, nobody may be, or one
    less than may be shown, and each as severely as the rule knows.
    """
    rows = [_shown_parts(row, rule, city) for row in frame.to_dict("records")]
    return pd.DataFrame(rows, index=frame.index)


def _shown_parts(
    measured: Mapping[Hashable, Any], rule: DisclosureRule, city: City | None
) -> dict[Hashable, Any]:
    row = dict(measured)
    index_rule = rules.at(str(row["period"]), city).one(IpAsnRule)
    n = int(row["n_staff"])
    row["performance_low"], row["performance_high"] = _performance(str(row["performance_points"]), n, rule)
    if row["n_sanctioned"] < rule.smallest_group.employees:
        full, least = max(index_rule.discipline.values()), min(index_rule.discipline.values())
        most = min(rule.smallest_group.employees - 1, n)
        row["discipline_low"] = min(float(row["discipline_low"]), full - most * (full - least) / n)
        row["discipline_high"] = float(full)
    for end in ("low", "high"):
        parts = [Fraction(float(row[f"{name}_{end}"])).limit_denominator(2 * n) for name in DIMENSIONS]
        total = sum(parts, Fraction(0))
        row[f"index_{end}"], row[f"band_{end}"] = float(total), index_rule.band(total)
    return row


def _performance(points: str, n: int, rule: DisclosureRule) -> tuple[float, float]:
    """Return the mean of the lowest and highest points that the shown cells allow."""
    cells = [tuple(float(part) for part in cell.split(":")) for cell in points.split("|")]
    counts = [int(count) for _, _, count in cells]
    low = high = 0.0
    for places in cells_shown(counts, rule.smallest_cell):
        held = sum(counts[place] for place in places)
        low += held * min(cells[place][0] for place in places)
        high += held * max(cells[place][1] for place in places)
    return low / n, high / n
