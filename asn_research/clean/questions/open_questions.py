"""Questions about ambiguous data: mark the rows that they concern, and collect the questions of a run.

Rows with a question that has no answer yet are quarantined. `question_workbook` shows the questions to a person
and reads the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asn_research.clean.working import Prepared, Working
from asn_research.errors import RawDataError
from asn_research.rules.questions import (
    WORKBOOK,
    Answers,
    Question,
    parse_question,
)
from asn_research.rules.words import worded

#: The reason code of rows that are quarantined until a question is answered.
WAITS = "waits_for_answer"


@dataclass(frozen=True)
class Asked:
    """A question of a run, and the number and places of the rows that it concerns.

    Parameters
    ----------
    question : Question
        The question.
    answer : str
        The code of the chosen answer; empty if the question is open.
    n_rows : int
        The number of rows that wait for the answer, or were read by it.
    places : tuple of str
        The files and sheets of these rows.
    """

    question: Question
    answer: str
    n_rows: int
    places: tuple[str, ...]

    def dumped(self) -> list[object]:
        """Return the question as JSON values; `read_questions` reads them back."""
        return [self.question.dumped(), self.answer, self.n_rows, list(self.places)]


def read_questions(stored: Iterable[Sequence[Any]]) -> tuple[Asked, ...]:
    """Return the questions that an earlier run stored as JSON values."""
    return tuple(Asked(parse_question(text), answer, n, tuple(places)) for text, answer, n, places in stored)


def note_question(
    rows: Working, where: np.ndarray, question: Question, *, holds: bool = True, column: str = ""
) -> Working:
    """Mark the rows that a question concerns, and quarantine them if it has no answer yet.

    Parameters
    ----------
    rows : Working
        The rows.
    where : np.ndarray
        Mask of the rows.
    question : Question
        The question.
    holds : bool
        Whether an open question quarantines the rows.
    column : str
        The column for the marks; by default the column of the question.

    Raises
    ------
    RawDataError
        If the answer is not one of the choices.
    """
    concerned = where & rows.data
    answer = rows.context.answers.get(question.key, "")
    if answer and answer not in {choice.choice for choice in question.choices}:
        allowed = ", ".join(choice.choice for choice in question.choices)
        raise worded(
            RawDataError,
            "error_no_answer_here",
            workbook=WORKBOOK,
            answer=answer,
            key=question.key,
            allowed=allowed,
        )
    rows = rows.mark(concerned, "question", question.dumped(), column or question.column, old="")
    if not answer and holds:
        rows = rows.mark(concerned, "quarantine", WAITS, column or question.column)
    return rows


def ask(
    rows: Working, where: np.ndarray, kind: str, column: str, *, tables: Sequence[int] = (0,),
    heading: str = "", holds: bool = True, own_choices: tuple[tuple[str, str], ...] = (), facts: Mapping[str, str] | None = None,
) -> tuple[Working, str]:  # fmt: skip
    """Ask a question about a column of some tables with the same layout; see `note_question`.

    Returns
    -------
    (Working, str)
        The rows, and the answer. If the answer is empty, the rows of the mask are quarantined.
    """
    table = rows.tables[tables[0]]
    question = Question(
        kind, table.source, table.layout, column, heading or table.headings.get(column, column), facts or {},
        own_choices,
    )  # fmt: skip
    return note_question(rows, where, question, holds=holds), rows.context.answers.get(question.key, "")


def ask_of_tables(rows: Working) -> Working:
    """Mark the rows of tables with a question about the table as a whole; quarantine them if it is open."""
    for number, table in enumerate(rows.tables):
        here = rows.place["table"].to_numpy() == number
        for question in table.questions:
            rows = note_question(rows, here, question)
            if question.kind == "unit_contradicts" and rows.context.answers.get(question.key) == "none":
                rows = rows.mark(here & rows.data, "quarantine", "unit_unclear", "unit_id")
    return rows


def collect_questions(parts: Iterable[Prepared], answers: Answers) -> tuple[Asked, ...]:
    """Return the questions marked on rows, each once, with the number and places of the concerned rows."""
    found: dict[str, Asked] = {}
    for part in parts:
        marks = part.marks.loc[part.marks["exit"] == "question"]
        if marks.empty:
            continue
        foreign = part.marked("foreign")
        for question_text, here in marks.groupby("reason", observed=True):
            question = parse_question(str(question_text))
            at = np.unique(here["at"].to_numpy())
            at = at[~foreign[at]]
            if not len(at):
                continue
            pairs = part.place.iloc[at][["file", "sheet"]].astype("str").drop_duplicates()
            places = tuple(f"{f} [{s}]" if s else f for f, s in pairs.itertuples(index=False))
            before = found.get(question.key)
            found[question.key] = Asked(
                question,
                answers.get(question.key, ""),
                len(at) + (before.n_rows if before else 0),
                tuple(dict.fromkeys((*(before.places if before else ()), *places))),
            )
    return tuple(found[key] for key in sorted(found))
