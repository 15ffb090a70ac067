"""A questionnaire as students have it: a row a respondent, a column an item, and what the items measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from asn_research.errors import ModelError, RequestError
from asn_research.methods.column_values import as_numbers, is_number, need_columns
from asn_research.methods.estimator import options_checked
from asn_research.rules.answer_words import MIDDLE, agreement_code, agreement_places
from asn_research.rules.words import worded

Points = Literal[4, 5, 6, 7, 10]
#: If so many answers in words are never in the middle, a form of four answers is likelier than chance.
_MANY_WORDS = 40


@dataclass(frozen=True, repr=False)
class Questionnaire:
    """Answers as numbers, by variable.

    Parameters
    ----------
    items : mapping of str to pd.DataFrame
        By variable: respondents × items, reversed ones turned round; missing where not answered.
    scores : pd.DataFrame
        Respondents × variables: the sum (or mean) of the items; missing where one is.
    data : pd.DataFrame
        The table as it came.
    points : int
        Answers go from 1 to here.
    reversed_items : tuple of str
        What was turned round.
    """

    items: Mapping[str, pd.DataFrame]
    scores: pd.DataFrame
    data: pd.DataFrame = field(repr=False)
    points: int = 5
    reversed_items: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return one line."""
        variables = ", ".join(f"{name} ({frame.shape[1]})" for name, frame in self.items.items())
        return f"<Questionnaire {variables} n={len(self.data)}>"


@options_checked
def angket(
    data: pd.DataFrame,
    variabel: Mapping[str, Sequence[str]],
    *,
    terbalik: Sequence[str] = (),
    points: Points | None = None,
    score: Literal["sum", "mean"] = "sum",
) -> Questionnaire:
    """Read a questionnaire's answers: numbers, or words such as *Sangat Setuju* and *STS*.

    Parameters
    ----------
    data : pd.DataFrame
        One row per respondent, as ``pd.read_csv`` or ``pd.read_excel`` gives it.
    variabel : mapping of str to sequence of str
        By variable, the columns of its items.
    terbalik : sequence of str
        Items that are asked the other way round; their answers are turned.
    points : int, optional
        Answers go from 1 to here; 5 unless it is said. In words, five go from *Sangat Tidak Setuju* by *Netral* (*Ragu-ragu*,
        *Kurang Setuju*) to *Sangat Setuju*; four have none in the middle. ``rules/agreement.csv`` lists them.
    score : {"sum", "mean"}
        What a variable's score is.

    Returns
    -------
    Questionnaire

    Raises
    ------
    ModelError
        If a column is absent, or an answer is not on the scale: named, with where it stands first.
    RequestError
        If an item stands in two variables, or one to be turned is in none; or if many answers in words are
        never in the middle, and ``points`` does not say whether the form has four answers or five.

    Examples
    --------
    >>> data = pd.DataFrame({"M1": ["Setuju", "Netral", "SS"], "M2": [2, 3, 1], "Y1": [4, 3, 5]})
    >>> angket(data, {"Motivasi": ["M1", "M2"], "Kinerja": ["Y1"]}, terbalik=["M2"]).scores["Motivasi"].tolist()
    [8.0, 6.0, 10.0]
    """
    if not variabel or not all(len(names) for names in variabel.values()):
        raise worded(RequestError, "error_thesis_no_items")
    named = {
        str(name): [plain_heading(item) for item in ([items] if isinstance(items, str) else items)]
        for name, items in variabel.items()
    }
    terbalik = [plain_heading(item) for item in terbalik]
    frame = with_plain_headings(data).reset_index(drop=True)
    every = [item for items in named.values() for item in items]
    need_columns(frame, every)
    twice = sorted({item for item in every if every.count(item) > 1})
    if twice:
        raise worded(RequestError, "error_thesis_item_twice", item=twice[0])
    strangers = [item for item in terbalik if item not in every]
    if strangers:
        raise worded(RequestError, "error_thesis_reversed", item=strangers[0])
    if points is None:
        _refuse_no_middle(frame, every)
        points = 5
    found: dict[str, pd.DataFrame] = {}
    for name, items in named.items():
        answers = pd.DataFrame({item: _coded(frame[item], item, points) for item in items})
        turned = [item for item in items if item in set(terbalik)]
        found[name] = answers.assign(**{item: points + 1 - answers[item] for item in turned})
    totals = {
        n: a.sum(axis=1, skipna=False) if score == "sum" else a.mean(axis=1, skipna=False)
        for n, a in found.items()
    }
    return Questionnaire(found, pd.DataFrame(totals), frame, points, tuple(terbalik))


def _refuse_no_middle(frame: pd.DataFrame, items: Sequence[str]) -> None:
    """Refuse answers in words of which none is in the middle: the form may have four answers and not five."""
    places = agreement_places()
    texts = [
        " ".join(value.casefold().split())
        for item in items
        for value in frame[item]
        if isinstance(value, str)
    ]
    found = [places[text] for text in texts if text in places]
    if len(found) >= _MANY_WORDS and MIDDLE not in found:
        raise worded(RequestError, "error_thesis_points", n=len(found))


def plain_heading(name: object) -> str:
    """Return a heading without what cannot be seen: blanks at its ends, and more than one between words."""
    return " ".join(str(name).split())


def with_plain_headings(data: pd.DataFrame) -> pd.DataFrame:
    """Return a table under the headings that a reader sees; online forms leave blanks and line breaks in them."""
    return data.set_axis([plain_heading(name) for name in data.columns], axis=1)


def _coded(answers: pd.Series, item: str, points: int) -> pd.Series:
    """Return answers as numbers; refuse what is not on the scale."""
    if is_number(answers):
        numbers = as_numbers(answers, item).astype(float)
    else:
        texts = answers.astype("string").str.strip()
        texts = texts.mask(texts == "")
        codes = {text: agreement_code(str(text), points) for text in texts.dropna().unique()}
        unknown = [text for text, code in codes.items() if code is None]
        if unknown:
            row = int((texts == unknown[0]).to_numpy().argmax()) + 1
            raise worded(
                ModelError, "error_thesis_answer", item=item, answer=unknown[0], row=row, points=points
            )
        numbers = texts.map(codes).astype("Float64").astype(float)
    known = numbers.dropna()
    off = known[(known < 1) | (known > points) | (known != np.round(known))]
    if len(off):
        raise worded(
            ModelError, "error_thesis_off_scale", item=item, answer=f"{off.iloc[0]:g}", row=int(off.index[0]) + 1, points=points
        )  # fmt: skip
    return numbers
