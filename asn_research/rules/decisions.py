"""What a person decided about the rows behind a figure: an answer to a question, or a correction."""

from __future__ import annotations

from asn_research.rules.loading import FrozenModel
from asn_research.rules.questions import load_choices, load_kinds

#: The kind of a decision from `corrections.yaml`; all other kinds are those of `questions.csv`.
CORRECTION = "correction"


class Decision(FrozenModel):
    """One decision, and the units and periods whose rows were read by it.

    Parameters
    ----------
    kind : str
        A kind of question, or `CORRECTION`.
    source : str
        The source of the rows.
    choice : str
        The code of the chosen answer; empty for one that only this question has, such as a file.
    reason : str
        Why a row was corrected, in the words of the office.
    units, periods : tuple of str
        The reporting units and the periods of the rows, sorted.
    """

    kind: str
    source: str
    choice: str = ""
    reason: str = ""
    units: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()

    def topic(self, language: str) -> str:
        """Return what the question was about, in a language; empty for a correction."""
        return "" if self.kind == CORRECTION else load_kinds()[self.kind].topic(language)

    def answer(self, language: str) -> str:
        """Return the chosen answer in a language; empty for one that only this question has."""
        labels = {choice.choice: choice.label(language) for choice in load_choices(self.kind)}
        return labels.get(self.choice, "")
