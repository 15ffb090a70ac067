"""Which function fits a specification: estimators as rows of data.

To add an estimator, write a function ``(frame, spec, seed) -> SpecFit`` in a module of this stage and
add a row to ``estimators.csv``:

- ``estimator``: the value that a row of ``specs.csv`` puts in its column of that name;
- ``function``: ``module:function``, loaded when a specification first asks for it;
- ``parts``: names joined by ``|`` where one fit answers several questions (``indirect|direct|total``);
  each becomes a row ``<key>_<part>`` of the study's table. Empty: the first row of the result's table
  is the answer;
- ``what``: one sentence for the table of methods.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from importlib import import_module, resources
from typing import TYPE_CHECKING, Annotated

import pandas as pd
from pydantic import BeforeValidator

from asn_research.errors import RuleError
from asn_research.methods.result import SpecFit
from asn_research.rules.loading import FrozenModel, load_model

if TYPE_CHECKING:
    from asn_research.study.specs import ModelSpec

FitFunction = Callable[[pd.DataFrame, "ModelSpec", int], SpecFit]
Parts = Annotated[tuple[str, ...], BeforeValidator(lambda text: tuple(filter(None, str(text).split("|"))))]


class Estimator(FrozenModel):
    """How one kind of specification is fitted."""

    estimator: str
    function: str
    parts: Parts = ()
    what: str

    def fit(self, frame: pd.DataFrame, spec: ModelSpec, seed: int) -> SpecFit:
        """Fit a specification on a frame."""
        module, _, name = self.function.partition(":")
        function: FitFunction = getattr(import_module(f"asn_research.study.{module}"), name)
        return function(frame, spec, seed)

    def keys(self, key: str) -> list[str]:
        """Return the keys under which the answers of a specification stand in the study's table."""
        return [f"{key}_{part}" for part in self.parts] or [key]


@cache
def load_estimators() -> dict[str, Estimator]:
    """Load the estimators by name.

    Raises
    ------
    RuleError
        If a row is incomplete or a name stands twice.
    """
    text = resources.files("asn_research.study").joinpath("estimators.csv").read_text(encoding="utf-8")
    found: dict[str, Estimator] = {}
    for number, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        estimator = load_model(Estimator, dict(row), f"estimators.csv, row {number}")
        if estimator.estimator in found:
            msg = f"estimators.csv, row {number}: {estimator.estimator} stands twice."
            raise RuleError(msg)
        found[estimator.estimator] = estimator
    return found


def estimator_of(spec: ModelSpec) -> Estimator:
    """Return the estimator that a specification names.

    Raises
    ------
    RuleError
        If there is none of that name.
    """
    known = load_estimators()
    if spec.estimator not in known:
        msg = f"{spec.key}: there is no estimator {spec.estimator}; add its row to estimators.csv."
        raise RuleError(msg)
    return known[spec.estimator]
