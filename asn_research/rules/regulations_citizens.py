"""Rules of the citizen survey: index and grades, sample size, screening of forms, survey design."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from string import ascii_uppercase
from typing import Literal

from pydantic import Field, model_validator

from asn_research.errors import RuleError
from asn_research.rules.loading import FrozenModel
from asn_research.rules.regulations_base import Rule, round_half_up

# A printed weight is the exact weight with digits cut off: 0.11 for 1/9, 0.071 for 1/14. A larger difference
# is a typing error.
_LARGEST_LOSS = Fraction(1, 100)


class Scale(FrozenModel):
    """The lowest and the highest answer of a question."""

    lowest: int
    highest: int

    @model_validator(mode="after")
    def _rises(self) -> Scale:
        if self.highest <= self.lowest:
            msg = f"`scale`: the highest answer ({self.highest}) must lie above the lowest ({self.lowest})"
            raise ValueError(msg)
        return self


class GradeBand(FrozenModel):
    """A grade and the lowest rounded index that has it."""

    grade: str
    at_least: Decimal
    label_indonesian: str
    label_english: str

    def label(self, language: str) -> str:
        """Return the label of the grade in a language."""
        return self.text_of("label", language)


class SatisfactionRule(Rule):
    """How one regulation turns answers into an index and a grade."""

    scale: Scale
    elements: tuple[str, ...] = Field(min_length=1)
    printed_weights: tuple[Decimal, ...] = Field(min_length=1)
    multiplier: int = Field(gt=0)
    decimals: int = Field(ge=0)
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
        highest = self.multiplier * self.scale.highest
        if bounds[0] > highest:
            msg = f"`grades`: no index can reach {bounds[0]}; the highest is {highest}"
            raise ValueError(msg)
        letters = "".join(band.grade for band in self.grades)
        if letters != ascii_uppercase[: len(self.grades)]:
            msg = f"`grades`: the letters run {letters}; a `grade` is missing, named twice or out of order"
            raise ValueError(msg)
        if len(set(self.elements)) != len(self.elements):
            msg = "`elements`: an element is named twice"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _weights_add_up(self) -> SatisfactionRule:
        for weight in self.printed_weights:
            total = Fraction(weight) * len(self.elements)
            if not 1 - _LARGEST_LOSS <= total <= 1:
                msg = (
                    f"`printed_weights`: {weight} for each of {len(self.elements)} `elements` adds up to "
                    f"{float(total):.3f}; it must be 1, or at most 1 % less where a worksheet cuts it short"
                )
                raise ValueError(msg)
        return self

    @property
    def coarsest_weight(self) -> Decimal:
        """The smallest printed weight: it lowers an index most."""
        return min(self.printed_weights)

    @property
    def weight(self) -> Fraction:
        """The exact weight of one element."""
        return Fraction(1, len(self.elements))

    def grade(self, index: Fraction | Decimal | int) -> GradeBand:
        """Return the grade of an index on the converted scale (25 to 100), after rounding it half up."""
        rounded = round_half_up(index, self.decimals)
        highest = self.multiplier * self.scale.highest
        if not self.multiplier * self.scale.lowest <= rounded <= highest:
            msg = f"An index of {rounded} lies outside the scale of {self.rule}."
            raise RuleError(msg)
        return next(band for band in self.grades if rounded >= band.at_least)

    @property
    def unrounded_bounds(self) -> tuple[Fraction, ...]:
        """The lowest unrounded index of each grade except the last, best first.

        It is half a unit of the last printed digit below the bound of the grade: halves are rounded up.
        """
        half = Fraction(1, 2 * 10**self.decimals)
        return tuple(Fraction(band.at_least) - half for band in self.grades[:-1])


class KrejcieMorgan(FrozenModel):
    """The constants of Krejcie and Morgan's formula."""

    chi_square: Decimal = Field(gt=0)
    share: Decimal = Field(gt=0, lt=1)
    precision: Decimal = Field(gt=0, lt=1)


class SampleRule(Rule):
    """The sample size that a survey needs: a fixed number, or a formula of the number of people served."""

    at_least: int | None = Field(ge=1)
    formula: KrejcieMorgan | None

    @model_validator(mode="after")
    def _says_one_thing(self) -> SampleRule:
        if (self.at_least is None) == (self.formula is None):
            msg = "`at_least` or `formula`: state one of the two, and null for the other"
            raise ValueError(msg)
        return self

    def needed(self, population: int) -> int:
        """Return the required number of respondents for a population of people served."""
        if self.formula is None:
            return int(self.at_least or 0)
        share, precision = Fraction(self.formula.share), Fraction(self.formula.precision)
        spread = Fraction(self.formula.chi_square) * share * (1 - share)
        exact = spread * population / (precision**2 * (population - 1) + spread) if population else 0
        return int(round_half_up(exact, 0))


ClusterKey = Literal["unit_id", "service_id", "survey_date"]


class SurveyDesignRule(Rule):
    """The design for the uncertainty of the citizen survey: clusters, strata, bootstrap and weighting."""

    clusters: tuple[ClusterKey, ...]
    strata: tuple[Literal["service_id"], ...]
    fewest_clusters: int = Field(ge=2)
    replicates: int = Field(ge=100)
    seed: int
    importance_replicates: int = Field(ge=100)
    importance_periods: int = Field(ge=1)
    importance_fewest: int = Field(ge=30)
    weighting: Literal["cells", "raking"]
    fewest_per_cell: int = Field(ge=1)

    @model_validator(mode="after")
    def _names_each_once(self) -> SurveyDesignRule:
        for what, names in (("clusters", self.clusters), ("strata", self.strata)):
            if len(set(names)) != len(names):
                msg = f"`{what}`: a column is named twice"
                raise ValueError(msg)
        return self


class ScreeningRule(Rule):
    """The thresholds by which a citizen's form is marked as doubtful."""

    youngest: int
    straight_line_answers: int
    burst_per_minute: int
