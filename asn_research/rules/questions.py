"""Questions that a person must answer before some rows can be read, and their answers.

`questions.csv` lists the kinds of questions, and `question_choices.csv` their choices. A question belongs to
a source and a layout (the set of headings), not to one file. So the answer also applies to the export of the
next quarter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from asn_research.errors import RuleError
from asn_research.rules.cities import YesNo
from asn_research.rules.codebooks import fold, fold_heading
from asn_research.rules.former_names import first_name
from asn_research.rules.loading import RULES, FrozenModel, read_rows
from asn_research.storage import digest_of

#: The file name of the workbook of questions; it is never read as an export.
WORKBOOK = "pertanyaan.xlsx"
_KEY_DIGITS = 8


class Kind(FrozenModel):
    """One kind of question, with its text in both languages."""

    kind: str
    question_indonesian: str
    question_english: str
    #: Whether each question has its own choices, listed before the choices of the kind.
    own_choices: YesNo = False
    #: What the question is about, for a report that tells how it was answered.
    topic_indonesian: str
    topic_english: str

    def question(self, language: str) -> str:
        """Return the template of the question in a language; its ``{names}`` are not filled in."""
        return self.text_of("question", language)

    def topic(self, language: str) -> str:
        """Return what the question is about, in a language."""
        return self.text_of("topic", language)


class Choice(FrozenModel):
    """One answer that a question allows."""

    kind: str
    choice: str
    label_indonesian: str
    label_english: str
    effect_indonesian: str = ""
    effect_english: str = ""

    def label(self, language: str) -> str:
        """Return the text of the choice in a language."""
        return self.text_of("label", language)

    def effect(self, language: str) -> str:
        """Return the text in a language that tells what this choice would change."""
        return self.text_of("effect", language)

    def is_meant_by(self, text: str) -> bool:
        """Return whether a written answer names this choice: its code, or its label in either language."""
        return fold(text) in {fold(self.choice), fold(self.label_indonesian), fold(self.label_english)}


@cache
def load_kinds() -> dict[str, Kind]:
    """Load the kinds of questions.

    Raises
    ------
    RuleError
        If a row is incomplete, or the kind of a choice does not exist.
    """
    kinds = {kind.kind: kind for _, kind in read_rows(Kind, RULES / "questions.csv")}
    strangers = sorted({choice.kind for choice in _all_choices()} - set(kinds))
    if strangers:
        msg = f"question_choices.csv: there is no kind of question '{strangers[0]}' in questions.csv."
        raise RuleError(msg)
    return kinds


@cache
def _all_choices() -> tuple[Choice, ...]:
    return tuple(choice for _, choice in read_rows(Choice, RULES / "question_choices.csv"))


@cache
def load_choices(kind: str) -> tuple[Choice, ...]:
    """Return the choices shared by all questions of a kind; empty if each question has only its own."""
    return tuple(choice for choice in _all_choices() if choice.kind == kind)


def layout_of(source: str, headings: Iterable[str]) -> str:
    """Return a short digest of a table's headings; order, case and line breaks do not change it."""
    words = sorted(fold_heading(heading) for heading in headings)
    return digest_of(first_name(source), *words)[:12]


@dataclass(frozen=True)
class Question:
    """A question about one column of one layout.

    Parameters
    ----------
    kind : str
        Its row in `questions.csv`.
    source : str
        The codebook.
    layout : str
        The digest of the headings; see `layout_of`.
    column : str
        The codebook's column, or the folded heading if the column is not known.
    heading : str
        The heading in the file.
    facts : mapping of str to str
        Further texts that the template of the question needs; never a value of a person.
    own_choices : tuple of (str, str)
        Code and label of the choices that only this question has; the choices of its kind follow.
    """

    kind: str
    source: str
    layout: str
    column: str
    heading: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    own_choices: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in load_kinds():
            msg = f"questions.csv has no kind '{self.kind}'; add it with its words and choices."
            raise RuleError(msg)

    @property
    def key(self) -> str:
        """The identifier of the question; it is the same for every file of this layout."""
        names = first_name(self.source), self.layout, first_name(self.column)
        return f"{self.kind}-{digest_of(self.kind, *names)[:_KEY_DIGITS]}"

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The choices of the question: its own, then those of its kind."""
        own = tuple(
            Choice(kind=self.kind, choice=code, label_indonesian=label, label_english=label)
            for code, label in self.own_choices
        )
        return (*own, *load_choices(self.kind))

    def text(self, language: str) -> str:
        """Return the question as text in a language."""
        words = load_kinds()[self.kind].question(language)
        return words.format(heading=" ".join(self.heading.split()), column=self.column, **self.facts)

    def dumped(self) -> str:
        """Serialise the question to one line of JSON; `parse_question` reads it back."""
        parts = [self.kind, self.source, self.layout, self.column, self.heading, dict(self.facts)]
        return json.dumps([*parts, [list(pair) for pair in self.own_choices]], ensure_ascii=False)


def parse_question(text: str) -> Question:
    """Return the question that `Question.dumped` serialised."""
    kind, source, layout, column, heading, facts, own = json.loads(text)
    return Question(kind, source, layout, column, heading, facts, tuple((c, label) for c, label in own))


#: The key of each answered question, with the code of the chosen answer.
Answers = Mapping[str, str]


def answers_digest(answers: Answers) -> str:
    """Return a digest of the answers, for a cache key: with other answers, files are read again."""
    return digest_of(*(part for key in sorted(answers) for part in (key, answers[key])))
