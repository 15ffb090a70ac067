"""Figures that are made of other figures: they are made again of what may be shown."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.measure.audit import effective_grades
from asn_research.measure.ip_asn import DIMENSIONS
from asn_research.protect.tables import cells_shown
from asn_research.rules.cities import City
from asn_research.rules.regulations import DisclosureRule
from asn_research.rules.regulations_staff import IpAsnRule


def audit_of_shown_grades(frame: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Return the information audit with the effective number of grades of the merged distribution.

    That of the distribution itself would part the merged cell again.
    """
    shown: dict[str, tuple[float, ...]] = {}
    for text in frame["grade_counts"].unique():
        counts = [int(n) for n in str(text).split("|")]
        cells = [sum(counts[place] for place in cell) for cell in cells_shown(counts, rule.smallest_cell)]
        shown[text] = (len(cells), *effective_grades(np.array(cells)))
    columns = ["n_grades", "effective_grades", "effective_grades_low", "effective_grades_high"]
    found = pd.DataFrame([shown[text] for text in frame["grade_counts"]], index=frame.index, columns=columns)
    return frame.assign(**found, entropy_bits=np.log2(found["effective_grades"]))


def index_of_shown_parts(frame: pd.DataFrame, rule: DisclosureRule, city: City | None) -> pd.DataFrame:
    """Return the professionalism index made of what may be shown of performance and discipline.

    Performance is that of its points with rare ones merged: all of a merged cell may have the lowest
    of its points, or the highest. Where fewer are sanctioned than may be shown, nobody may be, or one
    less than may be shown, and each as severely as the rule knows.
    """
    rows = [_shown_parts(row, rule, city) for row in frame.to_dict("records")]
    return pd.DataFrame(rows, index=frame.index)


def _shown_parts(row: dict[str, object], rule: DisclosureRule, city: City | None) -> dict[str, object]:
    index_rule = rules.at(str(row["period"]), city).one(IpAsnRule)
    n = int(row["n_staff"])
    row = {**row}
    row["performance_low"], row["performance_high"] = _performance(str(row["performance_points"]), n, rule)
    if row["n_sanctioned"] < rule.smallest_group.employees:
        full, least = max(index_rule.discipline.values()), min(index_rule.discipline.values())
        most = min(rule.smallest_group.employees - 1, n)
        row["discipline_low"] = min(float(row["discipline_low"]), full - most * (full - least) / n)
        row["discipline_high"] = float(full)
    for end in ("low", "high"):
        total = sum(Fraction(float(row[f"{name}_{end}"])).limit_denominator(2 * n) for name in DIMENSIONS)
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
