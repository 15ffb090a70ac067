"""Apply the rule of each row's own period: the elements of the survey, and the appraisal predikat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.clean.parse.values import coded
from asn_research.clean.privacy.identity import MISSING
from asn_research.clean.working import Prepared, Working
from asn_research.rules.regulations import PredikatRule, SatisfactionRule, ScorePredikatRule

#: Reasons for quarantine: there is no rule for the period of the row; the row lacks what the rule of its
#: period needs.
NO_RULE, OTHER_RULE = "no_rule_then", "not_of_its_rule"
_RATINGS = ("results_rating", "behaviour_rating")
_SCORES = ("score", "results_score", "behaviour_score")
#: Old key of a predikat to today's key of the same rank: Cukup was the third of five.
_TODAY = {"fair": "needs_improvement"}


def each_period(rows: Working | Prepared) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each period that occurs, with the mask of its rows."""
    period = pd.Categorical(rows.values["period"])
    for place, code in enumerate(period.categories):
        at = np.asarray(period.codes == place)
        if at.any():
            yield str(code), at


def elements_in(columns: Iterable[object], period: str) -> list[str]:
    """Return the columns of the survey elements of a period; an old element may be an ``extra_`` column."""
    rule = rules.at(period).get(SatisfactionRule)
    names = [name for e in rule.elements for name in (e, f"extra_{e}")] if rule is not None else []
    known = set(columns)
    return [name for name in names if name in known]


def mark_empty_forms(rows: Working) -> Working:
    """Exclude forms without an answer to any element; quarantine forms of a period without a rule."""
    for code, at in each_period(rows):
        if rules.at(code).get(SatisfactionRule) is None:
            rows = rows.mark(at & rows.data, "quarantine", NO_RULE, "period")
            continue
        empty = at & ~rows.marked("quarantine") & rows.data
        for name in elements_in(rows.values.columns, code):
            empty &= rows.values[name].isna().to_numpy()
        rows = rows.mark(empty, "exclude", "empty_form")
    return rows


def recompute_predikats(rows: Working) -> Working:
    """Recompute each predikat by the rule of its own period, and keep the exported one in its own column.

    From 2022 the predikat follows from a matrix of two ratings, before 2022 from a score. A row without the
    ratings or score that its rule needs is quarantined.
    """
    computed = np.full(len(rows), None, dtype=object)
    for code, at in each_period(rows):
        then = rules.at(code)
        matrix, scale = then.get(PredikatRule), then.get(ScorePredikatRule)
        asked = at & rows.data
        if matrix is not None:
            found = _by_matrix(rows, at, matrix)
            rows = _quarantine_without(rows, asked, _RATINGS, _SCORES)
        elif scale is not None:
            found, beyond = _by_score(rows, at, scale)
            rows = rows.mark(asked & beyond, "quarantine", "out_of_range", "score")
            rows = _quarantine_without_score(rows, asked)
        else:
            found = np.full(len(rows), None, dtype=object)
            rows = rows.mark(asked, "quarantine", NO_RULE, "period")
        computed[at] = found[at]
    names, codes = np.unique([text or "" for text in computed], return_inverse=True)
    by_rule = pd.Series(coded([name or None for name in names], codes.astype(np.int32)))
    exported = _column(rows, "predikat")
    differs = exported.notna() & by_rule.notna() & (exported.astype("str") != by_rule.astype("str"))
    return rows.with_values(
        predikat=exported, predikat_by_matrix=by_rule, predikat_contradicts=differs.astype(bool)
    )


def _column(rows: Working, name: str) -> pd.Series:
    if name in rows.values:
        return pd.Series(rows.values[name])
    return pd.Series(coded([None], np.zeros(len(rows), np.int32)))


def _by_matrix(rows: Working, at: np.ndarray, rule: PredikatRule) -> np.ndarray:
    """Return the predikat that follows from the two ratings of each row; None if a rating is missing."""
    results, behaviour = (pd.Categorical(_column(rows, name)) for name in _RATINGS)
    ratings = set(rule.ratings)
    table = np.array(
        [
            rule.predikat(str(a), str(b)) if a in ratings and b in ratings else None
            for a in (*results.categories, "")
            for b in (*behaviour.categories, "")
        ],
        dtype=object,
    )
    width = len(behaviour.categories) + 1
    first = np.where(results.codes < 0, len(results.categories), results.codes).astype(np.int64)
    second = np.where(behaviour.codes < 0, width - 1, behaviour.codes)
    found = table[first * width + second]
    found[~at] = None
    return np.asarray(found)


def _by_score(rows: Working, at: np.ndarray, rule: ScorePredikatRule) -> tuple[np.ndarray, np.ndarray]:
    """Return the predikat that follows from the score of each row, and the mask of scores outside the scale.

    A score may allow two predikat, if the better one also needs a new idea. If the data do not say whether
    there was an idea, the exported predikat is used if it is one of the two; else the lower one is used.
    """
    score, results, behaviour = (_numbers(rows, name) for name in _SCORES)
    idea = _column(rows, "new_idea").astype("str").to_numpy()
    exported = _column(rows, "predikat").astype("str").to_numpy()
    found, beyond = np.full(len(rows), None, dtype=object), np.zeros(len(rows), bool)
    for row in np.flatnonzero(at):
        scores = _scores(score[row], results[row], behaviour[row], rule)
        beyond[row] = any(not 0 <= value <= rule.highest for value in scores)
        if not scores or beyond[row]:
            continue
        predikats = {_predikat(rule, value, idea[row], exported[row]) for value in scores}
        found[row] = predikats.pop() if len(predikats) == 1 else None
    return found, beyond


def _predikat(rule: ScorePredikatRule, score: Fraction, idea: str, exported: str) -> str:
    allowed = [_TODAY.get(key, key) for key in rule.possible(score)]
    if idea in {"yes", "no"}:
        return allowed[0 if idea == "yes" else -1]
    return exported if exported in allowed else allowed[-1]


def _scores(score: float, results: float, behaviour: float, rule: ScorePredikatRule) -> list[Fraction]:
    """Return the score as given, or the possible scores from its two parts: with and without peer ratings."""
    if not np.isnan(score):
        return [_exact(score)]
    if np.isnan(results) or np.isnan(behaviour):
        return []
    weights = [w for w in (rule.weights, rule.weights_with_peers) if w is not None]
    return [
        Fraction(w.results) * _exact(results) + Fraction(w.behaviour) * _exact(behaviour) for w in weights
    ]


def _exact(value: float) -> Fraction:
    """Return the decimal number in a cell as an exact fraction, not its nearest binary approximation."""
    return Fraction(Decimal(repr(float(value))))


def _numbers(rows: Working, name: str) -> np.ndarray:
    if name not in rows.values:
        return np.full(len(rows), np.nan)
    return np.asarray(rows.values[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan))


def _quarantine_without(
    rows: Working, asked: np.ndarray, needed: Sequence[str], others: Sequence[str]
) -> Working:
    """Quarantine rows that lack a column that their rule needs.

    The reason is `OTHER_RULE` if the columns of another rule are filled in instead, else a missing cell.
    """
    by_other = np.zeros(len(rows), bool)
    for name in others:
        by_other |= (
            ~np.isnan(_numbers(rows, name)) if name in _SCORES else _column(rows, name).notna().to_numpy()
        )
    blank = {name: _column(rows, name).isna().to_numpy() & asked for name in needed}
    every = np.logical_and.reduce(list(blank.values()))
    other = every & by_other
    rows = rows.mark(other, "quarantine", OTHER_RULE, "period")
    for name, mask in blank.items():
        rows = rows.mark(mask & ~other & ~rows.quarantined_for(name), "quarantine", MISSING, name)
    return rows


def _quarantine_without_score(rows: Working, asked: np.ndarray) -> Working:
    """Quarantine rows that have no score and cannot be given one, as a part of it (results, behaviour) is missing.

    The reason is `OTHER_RULE` if the ratings of another rule are filled in instead, else a missing score.
    """
    score, results, behaviour = (_numbers(rows, name) for name in _SCORES)
    without = asked & np.isnan(score) & (np.isnan(results) | np.isnan(behaviour))
    rated = np.zeros(len(rows), bool)
    for name in _RATINGS:
        rated |= _column(rows, name).notna().to_numpy()
    rows = rows.mark(without & rated & ~rows.quarantined_for("score"), "quarantine", OTHER_RULE, "period")
    for name in _SCORES:
        rated |= rows.quarantined_for(name)
    return rows.mark(without & ~rated, "quarantine", MISSING, "score")
