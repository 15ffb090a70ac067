"""The rules of the regulations as frozen types; their numbers are in `regulations/*.yaml`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, overload

import numpy as np
from pydantic import Field, field_validator

from asn_research.errors import RuleError
from asn_research.rules.loading import RULES, FrozenModel, load_model, read_yaml
from asn_research.rules.regulations_base import Rule, round_half_up
from asn_research.rules.regulations_citizens import (
    GradeBand,
    SampleRule,
    SatisfactionRule,
    Scale,
    ScreeningRule,
    SurveyDesignRule,
)
from asn_research.rules.regulations_predikat import Predikat, PredikatRule, Rating, ScorePredikatRule
from asn_research.rules.regulations_staff import PREDIKATS, STAFF_RULES

REGULATIONS = RULES / "regulations"
_Numbers = np.ndarray[Any, np.dtype[np.float64]]
#: Tolerance for floating-point error: a product this little below a whole number counts as that number.
_WHOLE = 1e-9


class TrainingRule(Rule):
    """Training hours (jam pelajaran, JP) per calendar year: the minimum for PNS and the maximum for PPPK.

    ``lesson_minutes`` is the length of one lesson hour.
    """

    pns_at_least_jp: int
    pppk_at_most_jp: int
    lesson_minutes: int


class ObjectionRule(Rule):
    """The deadline for an objection (keberatan) to an appraisal, and who decides on it.

    ``decide_within_days`` is the limit for the decision, in the same kind of days as that for the objection. It
    is None if no limit is known; a city may state its own.
    """

    file_within_days: int
    days: Literal["calendar", "working"]
    decided_by: Literal["superior_of_appraiser", "appraiser"]
    decide_within_days: Annotated[int, Field(gt=0)] | None


class SmallestGroup(FrozenModel):
    """The smallest number of people that a published figure may be based on, by kind of people."""

    employees: int
    raters: int
    citizens: int


class DisclosureRule(Rule):
    """The thresholds of disclosure control: the smallest groups and cells that any edition may show."""

    smallest_group: SmallestGroup
    smallest_cell: int
    smallest_quantile: int
    smallest_estimate: int
    smallest_worksheet: int
    homogeneous_from: int
    coded_pct: Annotated[float, Field(gt=0, lt=50)]
    sensitive_predikats: tuple[str, ...]
    grade_warning_below: int

    @field_validator("sensitive_predikats")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(names) - set(PREDIKATS)):
            msg = f"{', '.join(unknown)} unknown; known are {', '.join(PREDIKATS)}"
            raise ValueError(msg)
        return names

    @overload
    def most_at_end(self, n: int) -> int: ...
    @overload
    def most_at_end(self, n: _Numbers) -> _Numbers: ...
    def most_at_end(self, n: int | _Numbers) -> int | _Numbers:
        """Return the largest number of people, out of `n`, whose share is at most `coded_pct` percent."""
        most = np.floor(np.asarray(n) * self.coded_pct / 100 + _WHOLE)
        return int(most) if isinstance(n, int) else most

    @overload
    def is_coded(self, n: int) -> bool: ...
    @overload
    def is_coded(self, n: _Numbers) -> np.ndarray[Any, np.dtype[np.bool_]]: ...
    def is_coded(self, n: int | _Numbers) -> bool | np.ndarray[Any, np.dtype[np.bool_]]:
        """Return whether a share of `n` people may be coded as "at most".

        This holds if "at most" covers every number below the smallest cell. Then it does not disclose which
        of these numbers, or zero, is true.
        """
        found = self.most_at_end(n) >= self.smallest_cell - 1
        return bool(found) if isinstance(n, int) else np.asarray(found)


class DriftRule(FrozenModel):
    """The thresholds above which a change of the data between two periods is called a drift."""

    level: float
    correction: Literal["fdr_bh", "holm"]
    least_rows: int
    least_expected: int
    least_offices: int
    shares_points: float
    missing_points: float
    mean_sd: float

    def least_effect(self, kind: str) -> float:
        """Return the smallest reported effect: points for shares and missing cells, SD for means."""
        return {"shares": self.shares_points, "missing": self.missing_points, "mean": self.mean_sd}[kind]


class QualityRule(Rule):
    """The thresholds above which the report on data quality warns."""

    quarantined_pct: float
    missing_pct: float
    drift: DriftRule


_TYPES: dict[str, type[Rule]] = {
    "skm": SatisfactionRule,
    "sample": SampleRule,
    "survey": SurveyDesignRule,
    "predikat": PredikatRule,
    # Before 2022 the predikat followed from a score, not from a matrix.
    "predikat_2011": ScorePredikatRule,
    "predikat_2019": ScorePredikatRule,
    "training": TrainingRule,
    "objection": ObjectionRule,
    "disclosure": DisclosureRule,
    "screening": ScreeningRule,
    "quality": QualityRule,
    **STAFF_RULES,
}


@cache
def load_rules(folder: Path = REGULATIONS) -> dict[str, Rule]:
    """Load all regulations in a folder, by name.

    Raises
    ------
    RuleError
        If a file is incomplete, contradicts itself or is of an unknown kind.
    """
    rules = {}
    for path in sorted(folder.glob("*.yaml")):
        kind = path.stem.split("_")[0]
        model = _TYPES.get(path.stem, _TYPES.get(kind))
        if model is None:
            msg = f"{path.name}: no rule starts with '{kind}'; known are {', '.join(_TYPES)}."
            raise RuleError(msg)
        rule = load_model(model, read_yaml(path), path.name)
        if rule.rule != path.stem:
            msg = f"{path.name}: `rule` says {rule.rule}; it must be the file's own name, {path.stem}."
            raise RuleError(msg)
        rules[path.stem] = rule
    check_succession(rules.values())
    return rules


def check_succession(rules: Iterable[Rule]) -> None:
    """Refuse versions of one rule that overlap in time or leave days without a rule.

    Raises
    ------
    RuleError
        If two versions overlap or leave a gap; the message names both rules and the two dates.
    """
    versions: dict[type[Rule], list[Rule]] = {}
    for rule in rules:
        versions.setdefault(type(rule), []).append(rule)
    for found in versions.values():
        found.sort(key=lambda rule: rule.valid_from)
        for earlier, later in pairwise(found):
            expected = later.valid_from - timedelta(days=1)
            if earlier.valid_to != expected:
                fault = (
                    "overlap" if earlier.valid_to is None or earlier.valid_to > expected else "leave a gap"
                )
                msg = (
                    f"{earlier.rule} and {later.rule} {fault}: `valid_to` of {earlier.rule} is "
                    f"{earlier.valid_to}, `valid_from` of {later.rule} is {later.valid_from}; "
                    f"end {earlier.rule} on {expected}, the day before."
                )
                raise RuleError(msg)


__all__ = [
    "REGULATIONS",
    "DisclosureRule",
    "GradeBand",
    "ObjectionRule",
    "Predikat",
    "PredikatRule",
    "Rating",
    "Rule",
    "SampleRule",
    "SatisfactionRule",
    "Scale",
    "ScorePredikatRule",
    "ScreeningRule",
    "SmallestGroup",
    "SurveyDesignRule",
    "TrainingRule",
    "check_succession",
    "load_rules",
    "round_half_up",
]
