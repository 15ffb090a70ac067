"""Mark doubtful forms of the citizen survey. They are kept, and the index is shown with and without them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.clean.parse.values import coded
from asn_research.clean.steps.by_period import each_period, elements_in
from asn_research.clean.working import Prepared
from asn_research.rules.regulations import ScreeningRule

#: The marks, in the order in which they are joined.
SCREENS = ("under_age", "straight_line", "burst", "repeated_form")
#: The mean of up to six whole numbers is a multiple of 1/60.
_PARTS = 60
_PERSON = ("sex", "age_band", "_age", "education", "occupation")


def screen_responses(rows: Prepared) -> Prepared:
    """Add the column `screen`: the marks of each form joined by ``|``; empty for a form without marks.

    The marks are `under_age`, `straight_line` (the same answer to all elements), `burst` (many forms of one
    unit within a minute) and `repeated_form` (same person, day, service and answers as an earlier form).
    """
    free = ~rows.marked("foreign", "quarantine", "exclude")
    marks = {name: np.zeros(len(rows), bool) for name in SCREENS}
    asked: list[str] = []
    for code, at in each_period(rows):
        rule, elements = rules.at(code).one(ScreeningRule), elements_in(rows.values.columns, code)
        asked += [name for name in elements if name not in asked]
        marks["under_age"] |= at & _under_age(rows, rule.youngest)
        marks["straight_line"] |= at & _straight_line(_answers(rows, elements), rule.straight_line_answers)
        marks["burst"] |= at & _burst(rows, free, rule.burst_per_minute)
    marks["repeated_form"] = _repeated(rows, _answers(rows, asked), free)
    marks = {name: free & mask for name, mask in marks.items()}
    # The marks of each row are coded as bits of one number.
    bits = np.zeros(len(rows), np.int8)
    for place, name in enumerate(SCREENS):
        bits |= marks[name].astype(np.int8) << place
    names = ["|".join(n for at, n in enumerate(SCREENS) if bit >> at & 1) for bit in range(1 << len(SCREENS))]
    return rows.with_values(screen=coded(names, bits))


def _answers(rows: Prepared, elements: list[str]) -> list[np.ndarray]:
    """Return the answers to each element as whole numbers (means in units of 1/60); 0 for no answer."""
    if any(pd.api.types.is_float_dtype(rows.values[name]) for name in elements):
        parts = [rows.values[name].astype("Float64") * _PARTS for name in elements]
        return [part.round().to_numpy(dtype=np.int16, na_value=0) for part in parts]
    return [rows.values[name].to_numpy(dtype=np.int8, na_value=0) for name in elements]


def _under_age(rows: Prepared, youngest: int) -> np.ndarray:
    if "_age" not in rows.values:
        return np.zeros(len(rows), bool)
    ages = rows.values["_age"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(ages < youngest)


def _straight_line(answers: list[np.ndarray], at_least: int) -> np.ndarray | bool:
    """Return the mask of forms whose answers are all equal, of those with at least ``at_least`` answers; blanks do not count."""
    if len(answers) < at_least:
        return False
    # Computed column by column, because a loop over millions of rows is slow.
    kind = answers[0].dtype
    highest, lowest = answers[0].copy(), np.where(answers[0] > 0, answers[0], np.iinfo(kind).max).astype(kind)
    n_answered = np.zeros(len(highest), np.int8)
    for answer in answers:
        np.maximum(highest, answer, out=highest)
        np.minimum(lowest, np.where(answer > 0, answer, lowest), out=lowest)
        n_answered += answer > 0
    return np.asarray((n_answered >= at_least) & (highest == lowest))


def _burst(rows: Prepared, free: np.ndarray, per_minute: int) -> np.ndarray:
    """Return the mask of forms with at least ``per_minute`` forms of the same unit in the same minute.

    Forms without a time of day are not marked.
    """
    result = np.zeros(len(rows), bool)
    if "survey_date" not in rows.values:
        return result
    minutes = rows.values["survey_date"].to_numpy().astype("datetime64[m]")
    timed = free & ~np.isnat(minutes) & (minutes != minutes.astype("datetime64[D]"))
    if not timed.any():
        return result
    at = np.flatnonzero(timed)
    unit = rows.values["unit_id"].astype("category").cat.codes.to_numpy()[at]
    key = minutes[at].astype(np.int64) * 100_000 + unit
    codes = pd.factorize(key)[0]
    result[at] = np.bincount(codes)[codes] >= per_minute
    return result


def _repeated(rows: Prepared, answers: list[np.ndarray], free: np.ndarray) -> np.ndarray:
    """Return the mask of forms equal to an earlier form: same time, unit, service, person, suggestion and answers."""
    known = [name for name in _PERSON if name in rows.values]
    if not known or "survey_date" not in rows.values or not free.any():
        return np.zeros(len(rows), bool)
    key = rows.values["survey_date"].to_numpy().astype("datetime64[s]").astype(np.int64).astype(np.uint64)
    described = np.zeros(len(rows), bool)
    for name in ("unit_id", "service_id", "_phone", "suggestion_topics", *known):
        if name in rows.values:
            column = rows.values[name]
            if name in known:
                described |= column.notna().to_numpy()
            key = _mixed(key, _codes(column))
    for answer in answers:
        key = _mixed(key, answer)
    # A form without any data about the respondent is not marked, because two people may give equal answers.
    return _said_before(key, free) & described


def _said_before(key: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Return the mask of rows, within a mask, whose key occurs in an earlier row of that mask."""
    ordered = np.sort(key[among])
    twins = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    result = np.zeros(len(key), bool)
    if len(twins):
        # Only the rows of the few repeated keys are compared in their original order.
        near = twins[np.minimum(np.searchsorted(twins, key), len(twins) - 1)]
        at = np.flatnonzero(among & (near == key))
        result[at] = pd.Series(key[at]).duplicated(keep="first").to_numpy()
    return result


def _codes(column: pd.Series) -> np.ndarray:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(np.int64)
    numbers = column.astype("Float64").to_numpy(dtype=float, na_value=-1.0)
    return np.nan_to_num(numbers, nan=-1.0).astype(np.int64)


def _mixed(key: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Mix a column into 64-bit hashes; a collision among a million rows has a probability below 1e-7."""
    mixed = (key ^ (part.astype(np.int64).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15))) * np.uint64(
        0xBF58476D1CE4E5B9
    )
    return np.asarray(mixed ^ (mixed >> np.uint64(29)))
