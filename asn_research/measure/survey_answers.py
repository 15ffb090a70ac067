"""The answers of a survey, one row per respondent, in an order that does not depend on the order of arrival."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from asn_research import rules
from asn_research.measure.ikm import PARTS
from asn_research.measure.respondents import numbers_of
from asn_research.measure.satisfaction import with_elements
from asn_research.methods.column_values import need_columns
from asn_research.rules.regulations import SatisfactionRule

Array = np.ndarray[Any, np.dtype[np.float64]]
#: As many as the longest rule has elements.
_MOST = 14
#: The columns of the answers: to the first, second, ... element in the order of the rule.
ANSWER_COLUMNS = tuple(f"u{number}" for number in range(1, _MOST + 1))
_HEAD = ("unit_id", "period", "row", "rule", "n")


def answers_by_unit(feedback: pd.DataFrame, rule: SatisfactionRule | None = None) -> pd.DataFrame:
    """List the answers of every unit and period, and nothing else of a respondent.

    These are the rows of the evaluator's worksheet: the index and the means of `satisfaction_by_unit` follow from
    them. The city has none; its respondents are those of its units.

    Parameters
    ----------
    feedback : pd.DataFrame
        The processed table `citizen_feedback`, with reporting_unit_id and period.
    rule : SatisfactionRule, optional
        One regulation for all periods; by default each period's own.

    Returns
    -------
    pd.DataFrame
        One row per unit, period and respondent: row (from 1, see `shuffled`), rule, n (all respondents of the
        unit and period), and u1, u2, ... (the answer to each element, on the rule's scale; nan where it was not
        asked or not answered, and beyond the rule's elements).

    Raises
    ------
    ModelError
        If there is no column that says which unit was judged, or when.

    Examples
    --------
    >>> feedback = pd.DataFrame(
    ...     {"reporting_unit_id": ["A", "A"], "period": "2026-Q3", "requirements": [3, 4], "procedure": [2, 4]}
    ... )
    >>> sorted(answers_by_unit(feedback)["u1"])
    [3.0, 4.0]
    """
    need_columns(feedback, ["reporting_unit_id", "period"])
    found = [pd.DataFrame(columns=[*_HEAD, *ANSWER_COLUMNS])]
    for period, rows in feedback.groupby("period", sort=True):
        then = rule or rules.at(str(period)).one(SatisfactionRule)
        answers = numbers_of(with_elements(rows, then), then.elements)
        codes, names = pd.factorize(rows["reporting_unit_id"], sort=True)
        for code, name in enumerate(names):
            found.append(_of_unit(str(name), str(period), then, answers[codes == code]))
    return pd.concat(found[1:] or found, ignore_index=True)


def _of_unit(unit: str, period: str, rule: SatisfactionRule, answers: Array) -> pd.DataFrame:
    n = len(answers)
    head = {"unit_id": unit, "period": period, "row": np.arange(1, n + 1), "rule": rule.rule, "n": n}
    cells = np.full((n, _MOST), np.nan)
    cells[:, : answers.shape[1]] = shuffled(answers)
    return pd.concat([pd.DataFrame(head), pd.DataFrame(cells, columns=list(ANSWER_COLUMNS))], axis=1)


def shuffled(answers: Array) -> Array:
    """Return rows of answers in an order that follows from what they say alone.

    Rows are sorted by a digest of their answers and of the number of equal rows before them. The result looks
    random, and it is the same for every order of the same rows, so the order of arrival cannot be inferred.

    Parameters
    ----------
    answers : np.ndarray
        Respondents × elements; nan where unanswered.

    Returns
    -------
    np.ndarray
        The same rows; an answer that is the mean of several questions is exact to a sixtieth.

    Examples
    --------
    >>> rows = np.array([[1.0, 4.0], [3.0, np.nan], [2.0, 2.0]])
    >>> bool(np.array_equal(shuffled(rows), shuffled(rows[::-1]), equal_nan=True))
    True
    """
    parts = np.round(answers * PARTS)
    said = ["|".join(f"{part:g}" for part in row) for row in parts.tolist()]
    before: Counter[str] = Counter()
    keys = []
    for text in said:
        keys.append(hashlib.blake2b(f"{before[text]} {text}".encode(), digest_size=16).digest())
        before[text] += 1
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return np.asarray(parts[order] / PARTS)
