"""What decides how a column is parsed: a decision, or a question with the rows that it concerns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from asn_research.clean.parse.values import Cell, Form
from asn_research.read.cells import Cells


@dataclass(frozen=True)
class Decision:
    """The decision how one column of one layout is read, and the question about it if there is one.

    Parameters
    ----------
    form : Form
        The way to read its cells.
    kind : str
        The kind of question; empty if there is none.
    concerned : frozenset of Cell
        The ambiguous cells, whose meaning the answer decides.
    facts : mapping of str to str
        The values to fill into the text of the question.
    repair : str
        The reason for changing cells; empty if none are changed.
    changed : frozenset of Cell
        The cells that are changed.
    """

    form: Form
    kind: str = ""
    concerned: frozenset[Cell] = frozenset()
    facts: Mapping[str, str] = field(default_factory=dict)
    repair: str = ""
    changed: frozenset[Cell] = frozenset()


#: A function of kind of question and column that returns the answer; empty if there is none yet.
Answer = Callable[[str, str], str]


def distinct_cells(cells: Cells) -> list[Cell]:
    """Return the distinct cells of a column that are not empty."""
    used = cells.used()
    return [cell for cell in zip(used.texts.tolist(), used.kinds.tolist(), strict=True) if cell[0]]


def question_about(
    form: Form, kind: str, column: str, concerned: Collection[Cell], answer: Answer
) -> Decision:
    """Return a decision with a question; the concerned cells wait until it is answered."""
    places = frozenset(concerned)
    waiting = frozenset() if answer(kind, column) else places
    return Decision(replace(form, waiting=waiting), kind, places)
