"""The predikat of an appraisal: from a matrix (PermenPANRB 6/2022) or from a score (earlier rules)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from asn_research.errors import RuleError
from asn_research.rules.loading import FrozenModel
from asn_research.rules.regulations_base import Rule, round_half_up

Rating = Literal["above", "meets", "below"]
_BEST_FIRST: tuple[Rating, ...] = ("above", "meets", "below")


class Predikat(FrozenModel):
    """One predikat of an appraisal, with its BKN code."""

    key: str
    label_indonesian: str
    label_english: str
    bkn_code: int

    def label(self, language: str) -> str:
        """Return the label of the predikat in a language."""
        return self.text_of("label", language)


class PredikatRule(Rule):
    """The matrix that turns a rating of results and a rating of behaviour into a predikat."""

    ratings: tuple[Rating, ...]
    predikats: tuple[Predikat, ...]
    matrix: dict[Rating, dict[Rating, str]]

    @model_validator(mode="after")
    def _stands_best_first(self) -> PredikatRule:
        if self.ratings != _BEST_FIRST:
            msg = f"`ratings`: write {', '.join(_BEST_FIRST)}, best first"
            raise ValueError(msg)
        codes = [predikat.bkn_code for predikat in self.predikats]
        if any(better >= worse for better, worse in pairwise(codes)):
            msg = "`predikats`: best first; `bkn_code` must rise, since a lower code is better"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _every_pair_has_a_predikat(self) -> PredikatRule:
        known = {predikat.key for predikat in self.predikats}
        for results in self.ratings:
            for behaviour in self.ratings:
                if self.matrix.get(results, {}).get(behaviour) not in known:
                    msg = f"`matrix`: results {results} with behaviour {behaviour} has no known predikat (`predikats`, `key`)"
                    raise ValueError(msg)
        return self

    def predikat(self, results: str, behaviour: str) -> str:
        """Return the key of the predikat for a pair of ratings."""
        return self.matrix[results][behaviour]  # type: ignore[index]


class ScoreWeights(FrozenModel):
    """The weights of results and of behaviour in the score; they add up to 1."""

    results: Decimal
    behaviour: Decimal

    @model_validator(mode="after")
    def _add_up(self) -> ScoreWeights:
        if self.results + self.behaviour != 1:
            msg = f"`results` and `behaviour` add up to {self.results + self.behaviour}, not to 1"
            raise ValueError(msg)
        return self


class ScoreBand(FrozenModel):
    """A predikat, the lowest score that has it, and a further condition (`needs`) if there is one."""

    key: str
    at_least: Decimal
    needs: Literal["new_idea"] | None
    label_indonesian: str
    label_english: str


class ScorePredikatRule(Rule):
    """The bands that turn a score into a predikat, under the rules before 2022.

    A band with ``needs`` requires a condition in addition to its score. Without the condition, such a score
    belongs to the next lower band.
    """

    highest: int
    decimals: int = Field(ge=0)
    weights: ScoreWeights
    weights_with_peers: ScoreWeights | None
    bands: tuple[ScoreBand, ...]

    @model_validator(mode="after")
    def _every_score_has_a_predikat(self) -> ScorePredikatRule:
        bounds = [band.at_least for band in self.bands]
        if any(upper <= lower for upper, lower in pairwise(bounds)):
            msg = "`bands`: `at_least` must fall strictly, best first"
            raise ValueError(msg)
        if not bounds or bounds[-1] > 0 or self.bands[-1].needs is not None:
            msg = "`bands`: a score of 0 would have no predikat; start the last one at 0, with `needs: null`"
            raise ValueError(msg)
        if bounds[0] > self.highest:
            msg = f"`bands`: no score can reach {bounds[0]}; `highest` is {self.highest}"
            raise ValueError(msg)
        if len({band.key for band in self.bands}) != len(self.bands):
            msg = "`bands`: a `key` is named twice"
            raise ValueError(msg)
        return self

    def possible(self, score: Fraction | Decimal | int) -> tuple[str, ...]:
        """Return the predikat that a score allows, best first; several if a band has a further condition.

        Raises
        ------
        RuleError
            If the score is outside the scale.
        """
        rounded = round_half_up(score, self.decimals)
        if not 0 <= rounded <= self.highest:
            msg = f"A score of {rounded} lies outside the scale of {self.rule} (0 to {self.highest})."
            raise RuleError(msg)
        found: list[str] = []
        for band in self.bands:
            if rounded >= band.at_least:
                found.append(band.key)
                if band.needs is None:
                    break
        return tuple(found)

    def predikat(self, score: Fraction | Decimal | int, *, new_idea: bool) -> str:
        """Return the predikat of a score, given whether a new idea was recognised."""
        allowed = self.possible(score)
        return allowed[0] if new_idea else allowed[-1]
