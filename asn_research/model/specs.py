"""The study's questions as rows of data: outcome, exposure, controls, level."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import Literal

from asn_research.errors import RuleError
from asn_research.rules.cities import Names
from asn_research.rules.loading import FrozenModel, load_model


class ModelSpec(FrozenModel):
    """One question of the study.

    Every model has effects of entity (employee or unit) and quarter, and errors clustered by
    reporting unit. ``ceiling`` is the strongest wording that the design allows.
    """

    key: str
    kind: Literal["panel", "mediation"]
    level: Literal["employee", "unit"]
    outcome: str
    exposure: str
    mediator: str = ""
    controls: Names = ()
    ceiling: Literal["association", "effect"] = "association"

    @property
    def entity(self) -> str:
        """The column that names who is compared with themselves."""
        return "person_id" if self.level == "employee" else "unit_id"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the model reads."""
        own = (self.outcome, self.exposure, self.mediator, *self.controls)
        return tuple(dict.fromkeys([self.entity, "unit_id", "period", *[c for c in own if c]]))


@cache
def load_specs() -> tuple[ModelSpec, ...]:
    """Load the study's questions, in the order in which a paper would take them.

    Raises
    ------
    RuleError
        If a row is incomplete or a key stands twice.
    """
    text = resources.files("asn_research.model").joinpath("specs.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    specs = tuple(
        load_model(ModelSpec, dict(row), f"specs.csv, row {n}") for n, row in enumerate(rows, start=2)
    )
    if len({spec.key for spec in specs}) != len(specs):
        msg = "specs.csv: a key stands twice."
        raise RuleError(msg)
    return specs
