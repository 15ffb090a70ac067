"""The reported index: of the exact weight, or of the weight as worksheets print it, as the city has chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from asn_research.methods.estimates import Estimate
from asn_research.protect import ProtectedTable
from asn_research.rules.regulations import GradeBand, SatisfactionRule
from asn_research.show.data import ReportData, once_per_report
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
    """Return the factor from the exact to the reported index, such as 0.99 for nine printed weights of 0.11."""
    return weight_factor(satisfaction_rule(data), data.given.style.reported_index)


def weight_factor(rule: SatisfactionRule, index: str) -> float:
    """Return the factor from the exact index to the index of a weight, ``"exact"`` or ``"printed"``."""
    return 1.0 if index == "exact" else float(rule.coarsest_weight * len(rule.elements))


@once_per_report
def reported(data: ReportData) -> Reported | None:
    """Return the reported index; None without a survey, or if too few people answered."""
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


def as_reported(data: ReportData, estimate: Estimate, *, is_full: bool = True) -> Estimate:
    """Return an exact index as it is reported; an index of only some elements has no printed weight and stays as it is."""
    times = factor(data) if is_full else 1.0
    return Estimate(times * estimate.value, times * estimate.low, times * estimate.high)


def index_as_reported(
    data: ReportData,
    table: ProtectedTable,
    columns: Sequence[str] = ("index", "index_low", "index_high", "low", "high"),
    *,
    unit_id: str = "",
) -> ProtectedTable:
    """Return a table whose indices have the reported weight, wherever an index of several elements is printed.

    Parameters
    ----------
    data : ReportData
        The report's data.
    table : ProtectedTable
        Rows with indices of the exact weight.
    columns : sequence of str
        The indices, their ends and differences; those that the table lacks are passed over.
    unit_id : str
        The unit whose form decides for all rows whether all elements were asked; empty if each row's own unit does.
    """
    own = [name for name in columns if name in table.frame]
    if factor(data) == 1.0 or not own or not len(table):
        return table
    times = np.where(_asked_all(data, table, unit_id), factor(data), 1.0)
    return table.with_values(table.frame[own].astype("float64").mul(times, axis=0))


def _asked_all(data: ReportData, table: ProtectedTable, unit_id: str) -> list[bool]:
    """Return of each row whether its unit asked all elements in its period, so that the weight is 1 of their number."""
    frame = table.frame
    if "is_full" in frame:
        return [bool(value) for value in frame["is_full"]]
    of_all = data.protected.get("satisfaction")
    if of_all is None:
        return [False] * len(frame)
    full = of_all.frame.loc[of_all.frame["is_full"].astype(bool)]
    known = set(zip(full["unit_id"].astype("str"), full["period"].astype("str"), strict=True))
    period = next((frame[name] for name in ("period", "in_period") if name in frame), None)
    units = [unit_id] * len(frame) if unit_id else [str(unit) for unit in frame["unit_id"]]
    periods = [data.period.code] * len(frame) if period is None else [str(code) for code in period]
    return [key in known for key in zip(units, periods, strict=True)]
