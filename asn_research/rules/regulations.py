"""The regulations' rules as frozen types; the numbers stand in `regulations/*.yaml`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import model_validator

from asn_research.errors import RuleError
from asn_research.rules.loading import RULES, FrozenModel, load_model, read_yaml

REGULATIONS = RULES / "regulations"


def round_half_up(value: Fraction | Decimal | int, decimals: int) -> Decimal:
    """Round an exact number as the regulations do: halves go up.

    Floats are refused on purpose: with them a true 76.605 lands on either side of a grade line.

    Examples
    --------
    >>> round_half_up(Fraction(76605, 1000), 2)
    Decimal('76.61')
    """
    if isinstance(value, float):
        msg = "Round exact numbers only; a float has lost the half already."
        raise TypeError(msg)
    exact = Fraction(value)
    scaled = exact * 10**decimals
    # On integers the half is seen exactly.
    doubled = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(doubled).scaleb(-decimals)


class Rule(FrozenModel):
    """What every regulation's file states beside its numbers."""

    rule: str
    title_id: str
    title_en: str
    source: str
    checked: Literal["full_text", "restated", "memory"]
    valid_from: date
    valid_to: date | None

    def title(self, language: str) -> str:
        """Return the rule's title in a language."""
        return self.title_id if language == "id" else self.title_en


class Scale(FrozenModel):
    """The lowest and highest answer a question allows."""

    lowest: int
    highest: int


class GradeBand(FrozenModel):
    """A grade and the lowest rounded index that earns it."""

    grade: str
    at_least: Decimal
    label_id: str
    label_en: str

    def label(self, language: str) -> str:
        """Return the grade's words in a language."""
        return self.label_id if language == "id" else self.label_en


class SatisfactionRule(Rule):
    """How one regulation turns answers into an index and a grade."""

    scale: Scale
    elements: tuple[str, ...]
    printed_weight: Decimal
    multiplier: int
    decimals: int
    grades: tuple[GradeBand, ...]

    @model_validator(mode="after")
    def _every_index_has_one_grade(self) -> SatisfactionRule:
        bounds = [band.at_least for band in self.grades]
        if any(upper <= lower for upper, lower in pairwise(bounds)):
            msg = "`grades`: bands must fall strictly, best first"
            raise ValueError(msg)
        lowest = self.multiplier * self.scale.lowest
        if not bounds or bounds[-1] > lowest:
            msg = f"`grades`: an index of {lowest} would have no grade; start the last one at {lowest}"
            raise ValueError(msg)
        if len(set(self.elements)) != len(self.elements):
            msg = "`elements`: an element is named twice"
            raise ValueError(msg)
        return self

    @property
    def weight(self) -> Fraction:
        """The exact weight of one element."""
        return Fraction(1, len(self.elements))

    def grade(self, index: Fraction | Decimal | int) -> GradeBand:
        """Return the grade of an index on the converted (25 to 100) scale, rounded half-up first."""
        rounded = round_half_up(index, self.decimals)
        highest = self.multiplier * self.scale.highest
        if not self.multiplier * self.scale.lowest <= rounded <= highest:
            msg = f"An index of {rounded} lies outside the scale of {self.rule}."
            raise RuleError(msg)
        return next(band for band in self.grades if rounded >= band.at_least)


Rating = Literal["above", "meets", "below"]


class Predicate(FrozenModel):
    """One appraisal predicate."""

    key: str
    label_id: str
    label_en: str
    bkn_code: int

    def label(self, language: str) -> str:
        """Return the predicate's words in a language."""
        return self.label_id if language == "id" else self.label_en


class PredicateRule(Rule):
    """How ratings of results and of behaviour become a predicate."""

    ratings: tuple[Rating, ...]
    predicates: tuple[Predicate, ...]
    matrix: dict[Rating, dict[Rating, str]]

    @model_validator(mode="after")
    def _every_pair_has_a_predicate(self) -> PredicateRule:
        known = {predicate.key for predicate in self.predicates}
        for results in self.ratings:
            for behaviour in self.ratings:
                if self.matrix.get(results, {}).get(behaviour) not in known:
                    msg = f"`matrix`: results {results} with behaviour {behaviour} has no known predicate"
                    raise ValueError(msg)
        return self

    def predicate(self, results: str, behaviour: str) -> str:
        """Return the key of the predicate that a pair of ratings earns."""
        return self.matrix[results][behaviour]  # type: ignore[index]


class TrainingRule(Rule):
    """Lesson hours owed (PNS) or allowed (PPPK) in a calendar year."""

    pns_at_least_jp: int
    pppk_at_most_jp: int


class ObjectionRule(Rule):
    """How long an appraisee may object, and who decides."""

    file_within_days: int
    days: Literal["calendar", "working"]
    decided_by: str


class SmallestGroup(FrozenModel):
    """The smallest number of people a published figure may stand for."""

    employees: int
    raters: int
    citizens: int


class DisclosureRule(Rule):
    """The smallest groups that may be shown, in any edition."""

    smallest_group: SmallestGroup
    smallest_cell: int
    grade_warning_below: int


class ScreeningRule(Rule):
    """Which citizens' forms are doubtful."""

    youngest: int
    straight_line_answers: int
    burst_per_minute: int


class DriftRule(FrozenModel):
    """When a change between two periods is called a drift."""

    level: float
    correction: Literal["fdr_bh", "holm"]
    least_rows: int
    least_expected: int
    least_offices: int
    shares_points: float
    missing_points: float
    mean_sd: float

    def least_effect(self, kind: str) -> float:
        """Return the least effect that is named: in points for shares and missing cells, in SD for means."""
        return {"shares": self.shares_points, "missing": self.missing_points, "mean": self.mean_sd}[kind]


class QualityRule(Rule):
    """What the report on data quality calls too much."""

    held_pct: float
    missing_pct: float
    drift: DriftRule


_TYPES: dict[str, type[Rule]] = {
    "skm": SatisfactionRule,
    "predikat": PredicateRule,
    "training": TrainingRule,
    "objection": ObjectionRule,
    "disclosure": DisclosureRule,
    "screening": ScreeningRule,
    "quality": QualityRule,
}


def _types() -> dict[str, type[Rule]]:
    # Imported late: that module builds on `Rule`.
    from asn_research.rules.regulations_staff import STAFF_RULES  # noqa: PLC0415

    return {**_TYPES, **STAFF_RULES}


@cache
def load_rules(folder: Path = REGULATIONS) -> dict[str, Rule]:
    """Load every regulation in a folder, by name.

    Raises
    ------
    RuleError
        If a file is incomplete, contradicts itself or is of no known kind.
    """
    rules, types = {}, _types()
    for path in sorted(folder.glob("*.yaml")):
        kind = path.stem.split("_")[0]
        if kind not in types:
            msg = f"{path.name}: no rule starts with '{kind}'; known are {', '.join(types)}."
            raise RuleError(msg)
        rules[path.stem] = load_model(types[kind], read_yaml(path), path.name)
    return rules


def rules_in_force(day: date, folder: Path = REGULATIONS) -> tuple[Rule, ...]:
    """Return every rule that was in force on a day; a period may predate a regulation."""
    return tuple(
        rule
        for rule in load_rules(folder).values()
        if rule.valid_from <= day and (rule.valid_to is None or day <= rule.valid_to)
    )


AnyRule = TypeVar("AnyRule", bound=Rule)


def rule_in_force(kind: type[AnyRule], day: date, folder: Path = REGULATIONS) -> AnyRule:
    """Return the rule of a kind that was in force on a day.

    Raises
    ------
    RuleError
        If no rule, or more than one, was in force.
    """
    found = [rule for rule in rules_in_force(day, folder) if isinstance(rule, kind)]
    if len(found) != 1:
        msg = (
            f"{len(found)} rules of kind {kind.__name__} are in force on {day:%Y-%m-%d}, one is "
            "needed; mend `valid_from` and `valid_to` in rules/regulations."
        )
        raise RuleError(msg)
    return found[0]
