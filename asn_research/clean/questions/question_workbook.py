"""The workbook of questions: write it, read the answers in it, and set an answer.

`clean` writes ``pertanyaan.xlsx`` into the raw folder, with one row for each question of this run and each
answered question of earlier runs. A person chooses an answer from a list, or uses ``asn-research ask``. The
next run applies the answer to all files with the same layout. The workbook has headings, file names and
counts, but no value of a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path

import xlsxwriter

from asn_research.clean.questions.open_questions import Asked
from asn_research.errors import RawDataError, RequestError
from asn_research.read.grids import Grid, read_grids
from asn_research.rules.codebooks import fold
from asn_research.rules.questions import (
    WORKBOOK,
    Answers,
    Choice,
    Question,
    load_choices,
    load_kinds,
)
from asn_research.rules.words import LANGUAGES, load_words, worded
from asn_research.storage import write_whole

_FIXED_DAY = datetime(2000, 1, 1)
PARTS = ("key", "question", "seen", "choices", "effects", "answer", "note")
_WIDTHS = {"key": 24, "question": 48, "seen": 44, "choices": 36, "effects": 48, "answer": 30, "note": 24}
_JOINT = " | "
_FILES_NAMED = 4


@dataclass(frozen=True)
class Entry:
    """One row of the workbook of questions, as text."""

    key: str
    question: str
    seen: str
    choices: str
    effects: str
    answer: str = ""
    note: str = ""
    row: int = 0

    @property
    def kind(self) -> str:
        """The kind of question: the first part of its key."""
        return self.key.rpartition("-")[0]

    @property
    def labels(self) -> list[str]:
        """The choices, as in the drop-down list."""
        return [label for label in self.choices.split(_JOINT) if label]

    def chosen(self, text: str) -> str:
        """Return the code of the choice that a text means; empty if it means none or several.

        A choice may be given by its code, its label in either language, or its number in the list.
        """
        plain = text.strip().removesuffix(".0")
        fixed = load_choices(self.kind)
        own = [label for label in self.labels if not any(choice.is_meant_by(label) for choice in fixed)]
        own = own if self.has_own else []
        codes = [*(label.partition(" - ")[0] for label in own), *(choice.choice for choice in fixed)]
        named = [
            code for code, label in zip(codes, own, strict=False) if fold(plain) in (fold(code), fold(label))
        ]
        named += [choice.choice for choice in fixed if choice.is_meant_by(plain)]
        if not named and plain.isdigit() and 1 <= int(plain) <= len(codes):
            named = [codes[int(plain) - 1]]
        return named[0] if len(named) == 1 else ""

    @property
    def has_own(self) -> bool:
        """Whether each question of this kind has its own choices."""
        return load_kinds()[self.kind].own_choices if self.kind in load_kinds() else False


def entry_of(asked: Asked, language: str) -> Entry:
    """Return a question as a row of the workbook."""
    word = load_words(language)
    question = asked.question
    choices = question.choices
    named = asked.places[:_FILES_NAMED]
    more = len(asked.places) - len(named)
    place = "; ".join(named) + (" " + word("question_more", n=more) if more else "")
    effects = [f"{c.label(language)}: {c.effect(language)}" for c in choices if c.effect(language)]
    return Entry(
        key=question.key,
        question=question.text(language),
        seen=word("question_seen", places=place, n=asked.n_rows),
        choices=_JOINT.join(_listed(c, question, language) for c in choices),
        effects="\n".join(effects) or word("question_effect"),
        answer=_label_of(asked, language),
    )


def _listed(choice: Choice, question: Question, language: str) -> str:
    is_own = choice.choice in dict(question.own_choices)
    return f"{choice.choice} - {choice.label(language)}" if is_own else choice.label(language)


def _label_of(asked: Asked, language: str) -> str:
    question = asked.question
    return next((_listed(c, question, language) for c in question.choices if c.choice == asked.answer), "")


def read_entries(folder: Path) -> tuple[Entry, ...]:
    """Return the rows of the workbook of questions in a raw folder; empty if there is no such file.

    Raises
    ------
    RawDataError
        If it cannot be read, or its columns are missing.
    """
    path = folder / WORKBOOK
    if not path.is_file():
        return ()
    for grid in read_grids(path, WORKBOOK):
        found = _entries_in(grid)
        if found is not None:
            return found
    raise worded(
        RawDataError,
        "error_questions_columns",
        workbook=WORKBOOK,
        key_column=_heading("key", "id"),
        answer_column=_heading("answer", "id"),
    )


def _heading(part: str, language: str) -> str:
    return load_words(language)(f"question_head_{part}")


def _entries_in(grid: Grid) -> tuple[Entry, ...] | None:
    known = {fold(_heading(part, language)): part for part in PARTS for language in LANGUAGES}
    for row in range(min(grid.n_rows, 10)):
        heads = {
            known[fold(str(c))]: at
            for at, c in enumerate(grid.block(row, row + 1)[0])
            if fold(str(c)) in known
        }
        if {"key", "answer"} <= set(heads):
            block = grid.block(row + 1, grid.n_rows)
            return tuple(
                Entry(**{part: str(cells[at]) for part, at in heads.items()}, **_blank(heads), row=number)
                for number, cells in enumerate(block, start=row + 2)
                if str(cells[heads["key"]])
            )
    return None


def _blank(heads: dict[str, int]) -> dict[str, str]:
    return dict.fromkeys(set(PARTS) - set(heads) - {"note"}, "")


def answers_in(entries: Sequence[Entry]) -> Answers:
    """Return the answers in the workbook, by the key of the question.

    Raises
    ------
    RawDataError
        If a question is unknown or occurs twice, or an answer is not one of its choices; the message names
        the row.
    """
    answers: dict[str, str] = {}
    seen: dict[str, int] = {}
    for entry in entries:
        where = f"{WORKBOOK}, row {entry.row}"
        if entry.kind not in load_kinds():
            raise worded(
                RawDataError,
                "error_question_changed",
                where=where,
                key=entry.key,
                column=_heading("key", "id"),
            )
        if entry.key in seen:
            raise worded(
                RawDataError, "error_question_twice", where=where, key=entry.key, row=seen[entry.key]
            )
        seen[entry.key] = entry.row
        if not entry.answer:
            continue
        code = entry.chosen(entry.answer)
        if not code:
            raise worded(
                RawDataError,
                "error_bad_answer",
                where=where,
                answer=entry.answer,
                names="; ".join(_choices_of(entry)),
            )
        answers[entry.key] = code
    return answers


def _choices_of(entry: Entry) -> list[str]:
    return entry.labels or [choice.label_indonesian for choice in load_choices(entry.kind)]


def load_answers(folder: Path) -> Answers:
    """Return the answers in the workbook of questions of a raw folder; see `answers_in`."""
    return answers_in(read_entries(folder))


def find_answers(path: Path) -> Answers:
    """Return the answers for one file: those of the nearest parent folder with a workbook of questions."""
    for folder in path.resolve().parents[:4]:
        if (folder / WORKBOOK).is_file():
            return load_answers(folder)
    return {}


def write_questions(folder: Path, asked: Sequence[Asked], language: str = "id") -> bool:
    """Write the workbook of questions: those of this run, and answered ones of earlier runs.

    If there are none, the file is deleted.

    Returns
    -------
    bool
        False if the file could not be written.
    """
    before = {entry.key: entry for entry in read_entries(folder)}
    now = {one.question.key: entry_of(one, language) for one in asked}
    kept = [
        replace(entry, note=before[key].note if key in before else "") for key, entry in sorted(now.items())
    ]
    kept += [entry for key, entry in sorted(before.items()) if key not in now and entry.answer]
    try:
        _write(folder, kept, language)
    except OSError:
        return False
    return True


def set_answer(folder: Path, key: str, text: str, language: str = "id") -> Entry:
    """Write the answer to one question into the workbook; an empty text removes the answer.

    Returns
    -------
    Entry
        The row of the question, with the answer.

    Raises
    ------
    RequestError
        If the question does not exist, or the text is not one of its choices.
    RawDataError
        If the workbook cannot be written.
    """
    entries = read_entries(folder)
    # The first letters of a key are enough, if only one key begins with them.
    found = [e for e in entries if e.key == key] or [e for e in entries if key and e.key.startswith(key)]
    if len(found) != 1:
        known = ", ".join(entry.key for entry in entries) or "none"
        raise worded(RequestError, "error_no_question", key=key, folder=folder.name, known=known)
    entry = found[0]
    code = entry.chosen(text) if text else ""
    if text and not code:
        raise worded(
            RequestError, "error_no_answer", text=text, key=entry.key, names="; ".join(_choices_of(entry))
        )
    fixed = [choice.label(language) for choice in load_choices(entry.kind) if choice.choice == code]
    own = [label for label in entry.labels if code and label.partition(" - ")[0] == code]
    answered = replace(entry, answer=(fixed or own or [""])[0])
    try:
        _write(folder, [answered if e.key == entry.key else e for e in entries], language)
    except OSError as error:
        raise worded(RawDataError, "error_questions_open", workbook=WORKBOOK, reason=error.strerror) from None
    return answered


def _write(folder: Path, entries: Sequence[Entry], language: str) -> None:
    path = folder / WORKBOOK
    if not entries:
        path.unlink(missing_ok=True)
        return
    write_whole(path, _workbook(entries, language))


def _workbook(entries: Sequence[Entry], language: str) -> bytes:
    word = load_words(language)
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": _FIXED_DAY})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E5E9F0"})
    open_cell = book.add_format({"text_wrap": True, "valign": "top", "bg_color": "#FFF3C4", "border": 1})
    page = book.add_worksheet(word("question_sheet"))
    page.write_string(0, 0, word("question_how"))
    lists = book.add_worksheet(word("question_lists"))
    lists.hide()
    for place, part in enumerate(PARTS):
        page.write_string(1, place, _heading(part, language), head)
        page.set_column(place, place, _WIDTHS[part])
    for row, entry in enumerate(entries, start=2):
        for place, part in enumerate(PARTS):
            style = open_cell if part == "answer" and not entry.answer else wrapped
            page.write_string(row, place, str(getattr(entry, part)), style)
        for place, label in enumerate(entry.labels):
            lists.write_string(row, place, label)
        if entry.labels:
            last = xlsxwriter.utility.xl_col_to_name(len(entry.labels) - 1)
            source = f"='{word('question_lists')}'!$A${row + 1}:${last}${row + 1}"
            options = {"validate": "list", "source": source, "ignore_blank": True}
            page.data_validation(row, PARTS.index("answer"), row, PARTS.index("answer"), options)
    page.freeze_panes(2, 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    book.close()
    return buffer.getvalue()
