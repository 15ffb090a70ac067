"""Claims: what a result allows to be said, as typed fields; the words stand in `rules/claims.csv`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import log
from types import MappingProxyType
from typing import Literal

import pandas as pd

from asn_research.errors import RuleError
from asn_research.measure.element_changes import holm
from asn_research.methods.few_clusters import LEAST_CLUSTERS
from asn_research.rules.claims import (
    FIELD_CLAIMS,
    OUTCOMES,
    SentenceKey,
    Wording,
    load_sentences,
    strongest_sentence,
)
from asn_research.rules.words import LANGUAGES
from asn_research.study.registry import estimator_of
from asn_research.study.specs import ModelSpec, load_specs
from asn_research.study.study_run import Study

Strength = Literal["clear", "uncertain", "not_enough_data"]
#: With fewer rows, or fewer units than `LEAST_CLUSTERS`, no answer is stated.
LEAST_ROWS = 40
_LEVEL = 0.05
#: An interval that spans more than this, for the stated step, says nothing: so many standard deviations of the outcome
#: between rows (from two below to two above), or so many times, of counts and logarithms (from a tenth to tenfold).
_WIDEST_SDS, _WIDEST_TIMES = 4.0, 100.0


@dataclass(frozen=True)
class Claim:
    """What one estimate allows to be said.

    Parameters
    ----------
    key : str
        The question.
    strength : str
        ``clear`` where the interval leaves out zero, ``uncertain`` where it does not,
        ``not_enough_data`` where nothing could be fitted, too few units were seen, or the interval spans more than
        the outcome itself.
    sign : int
        1, -1, or 0 where it is not clear.
    effect, low, high : float
        In plain units: points for a step of the exposure, or percent for outcomes in logarithms.
    n, n_clusters : int
        Rows and units.
    ceiling : str
        The strongest wording that the design allows.
    decimals : int
        Of the effect and its interval in the sentence.
    question, part : str
        The question's own key, and the part of it that is answered (a field of courses); the part is empty
        where the question has one answer.
    study : str
        The study that asks it.
    """

    key: str
    strength: Strength
    sign: int = 0
    effect: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0
    n_clusters: int = 0
    ceiling: Wording = "association"
    decimals: int = 2
    question: str = ""
    part: str = ""
    study: str = "core"


def claims_from(study: Study) -> tuple[Claim, ...]:
    """Return a claim for every question of a study.

    The study of courses by field asks many questions at once, so that some intervals would leave out zero by
    chance alone. There a claim is clear only if its p-value is below 0.05 after Holm's correction for all
    answers of that study.
    """
    table = study.table
    many = [study.specs[key].study == FIELDS_STUDY for key in table["key"]]
    adjusted = adjusted_p(table.loc[many, "p_value"])
    claims = [_claim(row, study.specs[row["key"]]) for _, row in table.iterrows()]
    return tuple(
        replace(claim, strength="uncertain", sign=0)
        if claim.strength == "clear" and not adjusted.get(at, 0.0) < _LEVEL
        else claim
        for at, claim in zip(table.index, claims, strict=True)
    )


def adjusted_p(p_values: pd.Series) -> pd.Series:
    """Return p-values after Holm's correction for the number of those that are not missing.

    Examples
    --------
    >>> adjusted_p(pd.Series([0.01, 0.04, 0.03, float("nan")])).round(3).tolist()
    [0.03, 0.06, 0.06, nan]
    """
    known = p_values.astype("float64").dropna()
    return pd.Series(holm(known.to_numpy()), index=known.index).reindex(p_values.index)


def _claim(row: pd.Series, spec: ModelSpec) -> Claim:
    key = str(row["key"])
    part = key.removeprefix(spec.key).lstrip("_")
    if not is_enough(row, spec):
        return Claim(key, "not_enough_data", question=spec.key, part=part, study=spec.study)
    low, high = float(row["low"]), float(row["high"])
    clear = low > 0 or high < 0
    effect, low_plain, high_plain = (spec.plain(float(row[c])) for c in ("estimate", "low", "high"))
    return Claim(
        key,
        "clear" if clear else "uncertain",
        (1 if low > 0 else -1) if clear else 0,
        effect,
        low_plain,
        high_plain,
        int(row["n"]),
        int(row["n_clusters"]),
        spec.ceiling,
        spec.decimals,
        spec.key,
        part,
        spec.study,
    )


def is_enough(row: pd.Series, spec: ModelSpec) -> bool:
    """Whether the data are enough to state an answer: enough units and rows, and an interval that tells something.

    Parameters
    ----------
    row : pd.Series
        A row of `Study.table`.
    spec : ModelSpec
        The specification behind it.
    """
    if pd.isna(row["estimate"]) or row["n_clusters"] < LEAST_CLUSTERS or row["n"] < LEAST_ROWS:
        return False
    return not says_nothing(row, spec)


def says_nothing(row: pd.Series, spec: ModelSpec) -> bool:
    """Whether an answer's interval, for the step that its sentence names, is wider than what it could tell.

    Parameters
    ----------
    row : pd.Series
        A row of `Study.table`.
    spec : ModelSpec
        The specification behind it.

    Examples
    --------
    >>> from asn_research.study import load_specs
    >>> spec = {spec.key: spec for spec in load_specs()}["satisfaction_trust"]
    >>> [says_nothing(pd.Series({"low": -high, "high": high, "outcome_sd": 0.15}), spec) for high in (0.02, 0.4)]
    [False, True]
    """
    width = spec.change(float(row["high"])) - spec.change(float(row["low"]))
    if spec.outcome_scale == "log" and width > log(_WIDEST_TIMES):
        return True
    return bool(width > _WIDEST_SDS * row["outcome_sd"])


#: The study of courses by field: its sentences stand in a table of their own, with the field as a word.
FIELDS_STUDY = "fields"


@cache
def load_field_answers() -> MappingProxyType[str, ModelSpec]:
    """Load the specification behind each answer about fields of courses, in the study's order.

    Raises
    ------
    RuleError
        If a question has no sentence in some language.
    """
    specs = load_specs(FIELDS_STUDY)
    for language in LANGUAGES:
        check_sentences(((s.key, s) for s in specs), load_sentences(language, FIELD_CLAIMS))
    return MappingProxyType({key: spec for spec in specs for key in estimator_of(spec).keys(spec.key)})


@cache
def load_answers() -> MappingProxyType[str, ModelSpec]:
    """Load the specification behind each answer that reports quote, in the study's order.

    Raises
    ------
    RuleError
        If an answer has no sentence in some language.
    """
    answers = {key: spec for spec in load_specs() for key in estimator_of(spec).keys(spec.key)}
    for language in LANGUAGES:
        check_sentences(answers.items(), load_sentences(language))
    return MappingProxyType(answers)


def check_sentences(answers: Iterable[tuple[str, ModelSpec]], sentences: Mapping[SentenceKey, str]) -> None:
    """Refuse an answer that has no sentence for some outcome within the ceiling of its design.

    Raises
    ------
    RuleError
        Naming the specification and the row that is missing.
    """
    for key, spec in answers:
        for strength, sign in OUTCOMES:
            try:
                strongest_sentence(sentences, key, spec.ceiling, strength, sign)
            except RuleError as error:
                msg = f"specs.csv, '{spec.key}': {error} The table is rules/claims.csv."
                raise RuleError(msg) from None


def study_keys() -> tuple[str, ...]:
    """Return the keys of the answers that reports quote."""
    return tuple(load_answers())
