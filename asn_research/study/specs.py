"""The study's questions as rows of data: what is asked, of whom, by which estimator, with what ceiling."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from math import expm1, log1p
from typing import Annotated, Literal

import pandas as pd
from pydantic import BeforeValidator

from asn_research.errors import RuleError
from asn_research.measure.rating_information import SUBJECTS
from asn_research.rules.cities import Names, YesNo
from asn_research.rules.claims import Wording
from asn_research.rules.loading import FrozenModel, load_model
from asn_research.rules.words import Language, check_language, load_words

Step = Annotated[float, BeforeValidator(lambda text: 1.0 if text == "" else text)]


class ModelSpec(FrozenModel):
    """One question of a study.

    ``study`` names the set that it is fitted with: ``core`` is what reports quote, the others are the
    notebooks'. ``level`` names the frame that it reads (one row per employee and quarter, unit and
    quarter, rating, request, respondent ...). ``adjusts`` holds nodes of the causal diagram
    (`asn_research.study.diagram`) that are held fixed; what effects of entity and quarter absorb is
    added to them. ``clusters`` names the column whose rows share their errors: ``first_unit_id`` is the
    unit that a person was first seen in. ``claim`` says whether the total effect or only the direct one is meant.
    ``ceiling`` is the strongest wording that the design allows; no sentence goes above it. ``step`` is
    the change of the exposure that a reader can picture, on its own scale, or as a share where the
    exposure is in logarithms. ``decimals`` are those of the effect in its sentence, ``in_unit_report``
    says whether a unit's report quotes the finding, or only the city's.
    """

    key: str
    study: str = "core"
    question: str
    estimand: str
    population: str
    level: str
    outcome: str
    exposure: str
    mediator: str = ""
    controls: Names = ()
    estimator: str
    clusters: str = "unit_id"
    cause: str = ""
    effect: str = ""
    adjusts: Names = ()
    claim: Literal["total", "direct"] = "total"
    sensitivity: str = ""
    ceiling: Wording = "association"
    step: Step = 1.0
    exposure_scale: Literal["plain", "log"] = "plain"
    outcome_scale: Literal["plain", "log"] = "plain"
    decimals: int = 2
    in_unit_report: YesNo = False

    @property
    def entity(self) -> str:
        """The column of the entities, each of which is compared with itself over time."""
        return "person_id" if self.level == "employee" else "unit_id"

    @property
    def rests_on_ratings(self) -> bool:
        """Whether the model uses scores that raters gave, so that limits of the ratings limit its findings too."""
        return not set(SUBJECTS.values()).isdisjoint(self.columns)

    @property
    def effects(self) -> tuple[str, str]:
        """The fixed effects: entity and quarter."""
        return self.entity, "period"

    @property
    def formula(self) -> str:
        """The model as a statistician writes it."""
        right = " + ".join(c for c in (self.exposure, self.mediator, *self.controls) if c)
        return f"{self.outcome} ~ {right} | {' + '.join(self.effects)}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the model reads."""
        own = (self.outcome, self.exposure, self.mediator, *self.controls)
        return tuple(dict.fromkeys([self.entity, self.clusters, "period", *[c for c in own if c]]))

    def plain(self, value: float) -> float:
        """Turn a coefficient into units that a planner reads: points, or percent for outcomes in logarithms."""
        change = self.change(value)
        return 100 * expm1(change) if self.outcome_scale == "log" else change

    def change(self, value: float) -> float:
        """Turn a coefficient into the outcome's change for the stated step, in logarithms where it is in these."""
        return value * (log1p(self.step) if self.exposure_scale == "log" else self.step)


@cache
def load_specs(study: str | None = "core") -> tuple[ModelSpec, ...]:
    """Load the questions of a study, in the order in which a paper would take them.

    Parameters
    ----------
    study : str or None
        ``core`` is what the reports quote; None gives every study's.

    Raises
    ------
    RuleError
        If a row is incomplete, a key stands twice, or there is no such study.
    """
    text = resources.files("asn_research.study").joinpath("specs.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    specs = tuple(
        load_model(ModelSpec, dict(row), f"specs.csv, row {n}") for n, row in enumerate(rows, start=2)
    )
    if len({spec.key for spec in specs}) != len(specs):
        msg = "specs.csv: a key stands twice."
        raise RuleError(msg)
    chosen = tuple(spec for spec in specs if study in {None, spec.study})
    if not chosen:
        known = ", ".join(dict.fromkeys(spec.study for spec in specs))
        msg = f"specs.csv has no study {study}; there are {known}."
        raise RuleError(msg)
    return chosen


def spec_keys() -> tuple[str, ...]:
    """Return the keys of all studies' questions, which need a question and a sensitivity in words."""
    return tuple(spec.key for spec in load_specs(None))


def spec_table(study: str | None = "core", language: Language = "en") -> pd.DataFrame:
    """Return the questions of a study as a table to read: one row each, with formula and estimator.

    Parameters
    ----------
    study : str or None
        As in `load_specs`.
    language : {"en", "id"}
        Of the questions, of what is adjusted for, of sensitivities and ceilings.

    Returns
    -------
    pd.DataFrame
    """
    check_language(language)
    words = load_words(language)
    columns = [
        "question", "estimand", "population", "formula", "estimator", "clusters", "adjusts", "sensitivity",
        "ceiling",
    ]  # fmt: skip
    rows = [
        {
            "key": s.key,
            **{c: getattr(s, c) for c in columns},
            "question": words(f"spec_question_{s.key}"),
            "adjusts": ", ".join(words(f"diagram_{node}") for node in s.adjusts),
            "sensitivity": words(f"spec_sensitivity_{s.key}"),
            "ceiling": words(f"spec_ceiling_{s.ceiling}"),
        }
        for s in load_specs(study)
    ]
    return pd.DataFrame(rows).set_index("key")
