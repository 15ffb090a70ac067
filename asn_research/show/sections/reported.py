"""The reported index: of the exact weight, or of the weight as worksheets print it, as the city has chosen."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from asn_research.methods.estimates import Estimate
from asn_research.protect import ProtectedTable
from asn_research.rules.regulations import GradeBand
from asn_research.show.data import ReportData
from asn_research.show.numbers import is_missing
from asn_research.show.sections.section_parts import grade_word, is_full, satisfaction_rule

#: Of a grade's bound that is nearer than this, in points, the first page speaks.
_NEAR = 1.5


@dataclass(frozen=True)
class Reported:
    """The index that a unit reports.

    Parameters
    ----------
    value, low, high : float
        The index with its 95 % interval.
    grade, word : str
        The grade's letter and word; empty where not all elements were asked.
    n : int
        Respondents.
    other, other_grade : float, str
        The index of the other weight, and its grade.
    weight : Decimal or None
        The printed weight that `value` or `other` has.
    is_full : bool
        Whether all elements were asked, so that it is an IKM.
    """

    value: float
    low: float
    high: float
    grade: str
    word: str
    n: int
    other: float
    other_grade: str
    weight: Decimal
    is_full: bool

    def near_bound(self, data: ReportData) -> GradeBand | None:
        """Return the grade whose lower bound lies nearest, if it is near."""
        if not self.grade:
            return None
        bands = satisfaction_rule(data).grades[:-1]
        nearest = min(bands, key=lambda band: abs(float(band.at_least) - self.value))
        return nearest if abs(float(nearest.at_least) - self.value) <= _NEAR else None


def factor(data: ReportData) -> float:
    """Return by what the exact index is multiplied to give the reported one: 0.99 where nine weights of 0.11 are printed."""
    if data.given.style.reported_index == "exact":
        return 1.0
    rule = satisfaction_rule(data)
    return float(rule.coarsest_weight * len(rule.elements))


def reported(data: ReportData) -> Reported | None:
    """Return the index that is reported; none where there is no survey, or too few answered it."""
    found = data.rows("satisfaction")
    if found is None or is_missing(found.frame["index"].iloc[0]):
        return None
    row: dict[Any, Any] = found.frame.iloc[0].to_dict()
    full, is_printed = is_full(data), data.given.style.reported_index == "printed"
    exact = (float(row["ikm"]) if full else float(row["index_rounded"]), str(row["grade"]) if full else "")
    printed = (
        float(row["index_printed_weight"]) if full else exact[0],
        str(row["grade_printed"]) if full else "",
    )
    own, other = (printed, exact) if is_printed else (exact, printed)
    times = factor(data) if full else 1.0
    low, high = (
        float("nan") if is_missing(row[end]) else times * float(row[end])
        for end in ("index_low", "index_high")
    )
    return Reported(
        own[0], low, high, own[1], grade_word(data, own[1]).lower(), int(row["n_respondents"]),
        other[0], other[1], satisfaction_rule(data).coarsest_weight, full,
    )  # fmt: skip


def as_reported(data: ReportData, estimate: Estimate) -> Estimate:
    """Return an index of the exact weight as the reported one."""
    times = factor(data)
    return Estimate(times * estimate.value, times * estimate.low, times * estimate.high)


def history_as_reported(data: ReportData, history: ProtectedTable) -> ProtectedTable:
    """Return the index of several periods as the reported one."""
    if factor(data) == 1.0:
        return history
    columns = [name for name in ("index", "index_low", "index_high") if name in history.frame]
    scaled = history.frame[columns].astype("float64") * factor(data)
    return history.with_values(scaled)
