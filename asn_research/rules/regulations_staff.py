"""Rules about staff and complaints, as frozen types; their numbers are in `regulations/*.yaml`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from asn_research.errors import RuleError
from asn_research.rules.loading import FrozenModel
from asn_research.rules.regulations_base import Rule, round_half_up

#: Predikat of people (PermenPANRB 6/2022), best first, and of the organisation (SE 3/2023).
PREDIKATS = ("very_good", "good", "needs_improvement", "poor", "very_poor")
ORGANISATION_PREDIKATS = ("excellent", "good", "needs_improvement", "poor", "very_poor")
_EDUCATIONS = ("primary", "lower_secondary", "upper_secondary", "diploma", "bachelor", "postgraduate")
#: Classes of a report at SP4N-LAPOR!; supervised: of supervisory weight (berkadar pengawasan).
_COMPLAINTS = ("information", "aspiration", "complaint", "supervised_complaint")
_POSITIONS = ("structural", "functional", "operational")
Percent = Annotated[float, Field(ge=0, le=100)]
Positive = Annotated[int, Field(gt=0)]


def _refuse_others(field: str, given: Sequence[str], known: Sequence[str]) -> None:
    """Refuse keys that are not exactly the known keys."""
    missing, unknown = sorted(set(known) - set(given)), sorted(set(given) - set(known))
    if missing:
        msg = f"`{field}`: {', '.join(missing)} missing"
        raise ValueError(msg)
    if unknown:
        msg = f"`{field}`: {', '.join(unknown)} unknown; known are {', '.join(known)}"
        raise ValueError(msg)


class DistributionLimit(FrozenModel):
    """A limit on the number or the share of staff with one of some predikat.

    ``most`` is True for the group that should be the largest.
    """

    predikats: tuple[str, ...]
    at_most_pct: Percent | None = None
    at_least_pct: Percent | None = None
    at_least_n: Positive | None = None
    most: bool

    @model_validator(mode="after")
    def _one_bound(self) -> DistributionLimit:
        bounds = [self.at_most_pct, self.at_least_pct, self.at_least_n]
        if sum(bound is not None for bound in bounds) != 1:
            msg = "give one of `at_most_pct`, `at_least_pct` and `at_least_n`"
            raise ValueError(msg)
        if not self.predikats or not set(self.predikats) <= set(PREDIKATS):
            msg = f"`predikats` must be among {', '.join(PREDIKATS)}"
            raise ValueError(msg)
        return self

    def is_kept(self, n: int, total: int) -> bool:
        """Return whether ``n`` of ``total`` staff are within the limit, without rounding the percentage."""
        if self.at_least_n is not None:
            return n >= self.at_least_n
        share = Fraction(100 * n, total)
        if self.at_most_pct is not None:
            return share <= Fraction(str(self.at_most_pct))
        return share >= Fraction(str(self.at_least_pct))


class DistributionRule(Rule):
    """The guide to the distribution of staff predikat in a unit; it depends on the unit's own predikat."""

    guides: dict[str, tuple[DistributionLimit, ...]]

    @model_validator(mode="after")
    def _every_organisation_has_a_guide(self) -> DistributionRule:
        _refuse_others("guides", tuple(self.guides), ORGANISATION_PREDIKATS)
        for key, limits in self.guides.items():
            floors = sum(limit.at_least_pct or 0 for limit in limits)
            if not limits or floors > 100:
                msg = f"`guides`: {key} asks for {floors:g} percent of the staff; no distribution can keep it"
                raise ValueError(msg)
        return self


class Points(FrozenModel):
    """The lowest and the highest points that a record may mean; equal if the record is exact."""

    lowest: Annotated[float, Field(ge=0)]
    highest: float

    @model_validator(mode="after")
    def _in_order(self) -> Points:
        if self.lowest > self.highest:
            msg = f"`lowest` ({self.lowest:g}) is above `highest` ({self.highest:g})"
            raise ValueError(msg)
        return self


class CompetencePart(FrozenModel):
    """Points for training hours of some kinds of course.

    ``years`` is the number of calendar years that count, including the current one; None if a certificate
    never expires. ``needs`` is a further condition that a list of courses does not record.
    """

    part: str
    points: Annotated[float, Field(gt=0)]
    kinds: tuple[str, ...]
    at_least_jp: Positive
    years: Positive | None
    needs: Literal["course_of_post"] | None


class IndexBand(FrozenModel):
    """A band of the index, and the lowest rounded index in it."""

    band: str
    at_least: Decimal


class IpAsnRule(Rule):
    """The points for education, training, predikat and discipline that add up to the index IP ASN."""

    dimensions: dict[str, float]
    qualification: dict[str, Points]
    competence: dict[str, tuple[CompetencePart, ...]]
    performance: dict[str, float]
    performance_years_back: Annotated[int, Field(ge=0, le=1)]
    discipline: dict[str, float]
    sanction_years: Positive
    decimals: Annotated[int, Field(ge=0, le=4)]
    bands: tuple[IndexBand, ...]

    @model_validator(mode="after")
    def _dimensions_make_a_hundred(self) -> IpAsnRule:
        _refuse_others(
            "dimensions", tuple(self.dimensions), ("qualification", "competence", "performance", "discipline")
        )
        if sum(self.dimensions.values()) != 100:
            msg = f"`dimensions`: they add up to {sum(self.dimensions.values()):g}, not 100"
            raise ValueError(msg)
        _refuse_others("qualification", tuple(self.qualification), _EDUCATIONS)
        _refuse_others("performance", tuple(self.performance), PREDIKATS)
        _refuse_others("discipline", tuple(self.discipline), ("none", "light", "moderate", "severe"))
        _refuse_others("competence", tuple(self.competence), _POSITIONS)
        highest = {
            "qualification": max(points.highest for points in self.qualification.values()),
            "performance": max(self.performance.values()),
            "discipline": max(self.discipline.values()),
        }
        for name, points in highest.items():
            if points != self.dimensions[name]:
                msg = f"`{name}`: its highest step gives {points:g}, its dimension {self.dimensions[name]:g}"
                raise ValueError(msg)
        for kind, parts in self.competence.items():
            total = sum(part.points for part in parts)
            if total != self.dimensions["competence"]:
                msg = f"`competence`: the parts of {kind} add up to {total:g}, its dimension {self.dimensions['competence']:g}"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _every_index_has_one_band(self) -> IpAsnRule:
        bounds = [band.at_least for band in self.bands]
        if any(upper <= lower for upper, lower in pairwise(bounds)):
            msg = "`bands`: they must fall strictly, best first"
            raise ValueError(msg)
        if not bounds or bounds[-1] != 0 or bounds[0] > 100:
            msg = (
                "`bands`: start the last one at 0 and the first at 100 or below, so that every index has one"
            )
            raise ValueError(msg)
        return self

    def band(self, index: Fraction | Decimal | int) -> str:
        """Return the band of an index; the index is first rounded half up to `decimals`."""
        rounded = round_half_up(index, self.decimals)
        if not 0 <= rounded <= 100:
            msg = f"An index of {rounded} lies outside the scale of {self.rule}."
            raise RuleError(msg)
        return next(band.band for band in self.bands if rounded >= band.at_least)


class Sanction(FrozenModel):
    """One disciplinary sanction, with its BKN code and its level."""

    bkn_code: Positive
    key: str
    level: str


class DisciplineRule(Rule):
    """The disciplinary sanctions and their levels."""

    levels: tuple[str, ...]
    sanctions: tuple[Sanction, ...]

    @model_validator(mode="after")
    def _codes_are_one_sanction_each(self) -> DisciplineRule:
        _refuse_others("levels", self.levels, ("light", "moderate", "severe"))
        for name in ("bkn_code", "key"):
            values = [getattr(sanction, name) for sanction in self.sanctions]
            if len(set(values)) != len(values):
                msg = f"`sanctions`: a {name} stands twice"
                raise ValueError(msg)
        empty = [level for level in self.levels if level not in {s.level for s in self.sanctions}]
        unknown = [s.key for s in self.sanctions if s.level not in self.levels]
        if empty or unknown:
            msg = (
                f"`sanctions`: {', '.join(empty or unknown)} has no {'sanction' if empty else 'known level'}"
            )
            raise ValueError(msg)
        return self

    @cached_property
    def level_of(self) -> dict[str, str]:
        """The level of each sanction, by its key."""
        return {sanction.key: sanction.level for sanction in self.sanctions}


class ComplaintRule(Rule):
    """The deadlines for answering and resolving complaints."""

    days: Literal["calendar", "working"]
    verify_within_days: Positive
    first_response_days: Positive
    close_after_reply_days: Positive
    resolve_within_days: dict[str, Positive]
    class_if_unknown: str

    @model_validator(mode="after")
    def _the_usual_class_has_a_deadline(self) -> ComplaintRule:
        _refuse_others("resolve_within_days", tuple(self.resolve_within_days), _COMPLAINTS)
        if self.class_if_unknown not in self.resolve_within_days:
            msg = f"`class_if_unknown`: {self.class_if_unknown} has no deadline in `resolve_within_days`"
            raise ValueError(msg)
        return self


class InformationRule(Rule):
    """The limits below which ratings are judged not to distinguish staff."""

    least_rated_n: Annotated[int, Field(ge=2)]
    effective_grades_at_least: Annotated[float, Field(ge=1, le=5)]
    commonest_at_most_pct: Percent
    reliability_at_least: Annotated[float, Field(ge=0, lt=1)]
    quarters: Annotated[int, Field(ge=1)]


#: The type of a rule, by the first word of the name of its file.
STAFF_RULES: dict[str, type[Rule]] = {
    "distribution": DistributionRule,
    "ip": IpAsnRule,
    "discipline": DisciplineRule,
    "complaint": ComplaintRule,
    "information": InformationRule,
}
