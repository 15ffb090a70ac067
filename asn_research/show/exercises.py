"""Exercises whose answers are worked out from the reader's own data when they ask, and stored nowhere.

A wrong answer is held against the usual wrong roads, so that the learner hears which step went astray. Texts
stand in `words.csv` under ``exercise_``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from asn_research.errors import AsnError, RequestError
from asn_research.export.figures import Figures
from asn_research.rules.words import Language, Words, check_language, load_words, worded
from asn_research.show.exercise_roads import EXERCISES, Exercise, Road

_N_HINTS = 2


def exercise_rows() -> tuple[str, ...]:
    """Return the rows of `words.csv` that the exercises need, without their first part."""
    parts = [f"hint_{n}" for n in range(1, _N_HINTS + 1)] + ["why"]
    return tuple(
        f"{name}_{part}"
        for name, each in EXERCISES.items()
        for part in (*parts, *(f"wrong_{road}" for road in each.wrong))
    )


@dataclass(frozen=True)
class Key:
    """The answer of an exercise on some data, and the answers of the usual wrong ways.

    Parameters
    ----------
    name : str
        The exercise.
    right : float
        The right answer; not a number if the data give none.
    roads : mapping of str to float
        What the usual wrong roads give.
    decimals : int
        To how many decimals the answer is asked.
    in_percent : bool
        Whether a fraction is the likely slip.
    """

    name: str
    right: float
    roads: Mapping[str, float]
    decimals: int
    in_percent: bool = False

    def is_right(self, given: float) -> bool:
        """Return whether a number is the answer, to the number of decimals that the exercise asks for."""
        return _agrees(given, self.right, self.decimals)

    def road_of(self, given: float) -> str:
        """Return the name of the wrong way that gives a number; empty if none gives it."""
        return next((road for road, value in self.roads.items() if _agrees(given, value, self.decimals)), "")

    def why_not(self, given: float, language: Language, n: int = 1) -> str:
        """Return what probably went wrong with a number, or the hint of the n-th try."""
        words = load_words(language)
        if road := self.road_of(given):
            return _said(words, f"{self.name}_wrong_{road}")
        if self.in_percent and _agrees(100 * given, self.right, self.decimals):
            return words("check_fraction")
        if self.decimals and _agrees(given, self.right, self.decimals - 1):
            return words("check_decimals", n=self.decimals)
        if _agrees(-given, self.right, self.decimals):
            return words("check_sign")
        return _said(words, f"{self.name}_hint_{min(n, _N_HINTS)}")


def key_of(name: str, data: Any) -> Key:
    """Return the answer of an exercise on these data, and the answers of the usual wrong ways.

    Raises
    ------
    RequestError
        If the data are not those of the exercise.

    Examples
    --------
    >>> exits = pd.DataFrame({"n_raw": [100, 2], "n_kept": [90, 1], "n_repaired": [5, 0]})
    >>> round(key_of("00a", exits).right, 2)
    89.22
    """
    exercise = EXERCISES[name]
    roads = {road: _worked_out(name, exercise, solve, data) for road, solve in exercise.wrong.items()}
    right = _worked_out(name, exercise, exercise.solve, data)
    return Key(name, right, roads, exercise.decimals, exercise.in_percent)


@dataclass(frozen=True)
class Checked:
    """The comment on an answer.

    Parameters
    ----------
    verdict : {"unanswered", "right", "not_yet"}
        The verdict.
    text : str
        The verdict in words, with a hint.
    solution : str
        Code and reason, to unfold; empty before two wrong answers.
    heading : str
        What is clicked to unfold it.
    """

    verdict: str
    text: str
    solution: str = ""
    heading: str = ""

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        more = ""
        if self.solution:
            code, _, why = self.solution.rpartition("\n\n")
            more = f"<details><summary>{escape(self.heading)}</summary><pre>{escape(code)}</pre><p>{escape(why)}</p></details>"
        return f"<p>{escape(self.text)}</p>{more}"


@dataclass
class Attempts:
    """The different wrong answers of this session, by exercise."""

    wrong: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> int:
        """Note a wrong answer and return how many different ones there have been."""
        tried = self.wrong.setdefault(name, [])
        if value not in tried:
            tried.append(value)
        return len(tried)


_SESSION = Attempts()


def check(
    name: str, answer: object, data: Any, language: Language = "id", *, attempts: Attempts | None = None
) -> Checked:
    """Say whether an answer is right; if not, which step probably went wrong, or a hint.

    Parameters
    ----------
    name : str
        The exercise, ``"03a"`` and so on.
    answer : number or str or None
        Yours; None before you have tried. A text may have a decimal comma and a percent sign: ``"98,67 %"``.
    data : object
        What the answer is worked out from: the object named in the notebook.
    language : {"id", "en"}
        Of what is said.
    attempts : Attempts, optional
        Where wrong answers are counted; by default in this session.

    Returns
    -------
    Checked
        After two different wrong answers with the solution to unfold.

    Raises
    ------
    RequestError
        If there is no such exercise or language, the answer is no number, or the data are not those of the
        exercise.

    Examples
    --------
    >>> exits = pd.DataFrame({"n_raw": [100, 2], "n_kept": [90, 1], "n_repaired": [5, 0]})
    >>> print(check("00a", "89,22", exits))
    00a: benar.
    >>> print(check("00a", None, exits))
    00a: belum dijawab.
    """
    check_language(language)
    if name not in EXERCISES:
        raise worded(RequestError, "error_no_exercise", name=name, known=", ".join(EXERCISES))
    exercise, words = EXERCISES[name], load_words(language)
    if answer is None or answer is ...:
        return Checked("unanswered", words("check_unanswered", name=name))
    given, key = read_number(name, answer), key_of(name, data)
    if key.is_right(given):
        alike = key.road_of(key.right)
        more = words("check_alike", road=_said(words, f"{name}_wrong_{alike}")) if alike else ""
        return Checked("right", " ".join([words("check_right", name=name), more]).strip())
    n = (attempts or _SESSION).add(name, given)
    said = " ".join([words("check_not_yet", name=name), key.why_not(given, language, n)])
    if n < 2:
        return Checked("not_yet", said)
    solution = f"{exercise.solution}\n\n{_said(words, f'{name}_why')}"
    return Checked("not_yet", said, solution, words("check_solution"))


def _said(words: Words, row: str) -> str:
    return words(f"exercise_{row}")


def _agrees(given: float, right: float, decimals: int) -> bool:
    return math.isfinite(right) and abs(given - right) <= 0.5 * 10.0**-decimals * (1 + 1e-9) + 1e-12


def _worked_out(name: str, exercise: Exercise, solve: Road, data: Any) -> float:
    try:
        return float(solve(data))
    except AsnError:
        return math.nan
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise worded(RequestError, "error_exercise_data", name=name, data=exercise.data) from error


def read_number(name: str, answer: object) -> float:
    """Return the number that an answer states; a decimal comma and a percent sign are understood.

    Raises
    ------
    RequestError
        If it states no number.

    Examples
    --------
    >>> read_number("00a", "1.098,67 %")
    1098.67
    """
    if isinstance(answer, pd.Series | np.ndarray | list | tuple) and np.size(answer) == 1:
        answer = np.asarray(answer).reshape(-1)[0]
    if isinstance(answer, str):
        text = re.sub(r"[\s%]", "", answer).replace("−", "-")
        # "1.234,5" and "0,5" are Indonesian, "1,234.5" is English.
        point, comma = text.rfind("."), text.rfind(",")
        text = text.replace(".", "").replace(",", ".") if comma > point else text.replace(",", "")
        if re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", text):
            return float(text)
    elif (
        isinstance(answer, int | float | np.number)
        and not isinstance(answer, bool)
        and math.isfinite(float(answer))
    ):
        return float(answer)
    raise worded(RequestError, "error_exercise_answer", name=name, answer=repr(answer)[:40])


def solved(name: str, data: Any, language: Language = "id") -> str:
    """Return the answer of an exercise for teachers, with the decimals asked for, as its language writes numbers."""
    exercise = EXERCISES[name]
    return Figures("," if language == "id" else ".").number(
        _worked_out(name, exercise, exercise.solve, data), exercise.decimals
    )
