"""The command `ask`: list the questions of a raw folder, and accept answers in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from asn_research.clean.questions.question_workbook import Entry, answers_in, read_entries, set_answer
from asn_research.errors import RequestError
from asn_research.rules.questions import WORKBOOK
from asn_research.rules.words import check_language, load_words, worded


def listed(raw: Path, language: str, key: str = "") -> Iterator[str]:
    """Yield the questions of a folder as lines of text, open ones first; with a key, only that question.

    Raises
    ------
    RequestError
        If the folder, the language or the question does not exist.
    """
    word = load_words(language)
    entries = _entries(raw, language)
    answers_in(entries)
    chosen = [entry for entry in entries if entry.key.startswith(key)]
    if key and not chosen:
        known = ", ".join(entry.key for entry in entries) or "none"
        raise worded(RequestError, "error_no_question", key=key, folder=raw.name, known=known)
    if not chosen:
        yield word("ask_none")
        return
    for entry in sorted(chosen, key=lambda one: (bool(one.answer), one.key)):
        yield from _described(entry, language)
    if any(not entry.answer for entry in chosen):
        yield word("ask_how", file=WORKBOOK)


def _entries(raw: Path, language: str) -> tuple[Entry, ...]:
    check_language(language)
    if not raw.is_dir():
        raise worded(RequestError, "error_no_folder", folder=raw.name)
    return read_entries(raw)


def _described(entry: Entry, language: str) -> Iterator[str]:
    word = load_words(language)
    yield word("ask_key", code=entry.key, question=entry.question)
    yield "  " + entry.seen
    effects = dict(line.split(": ", 1) for line in entry.effects.splitlines() if ": " in line)
    for number, label in enumerate(entry.labels, start=1):
        shown = label.removeprefix(f"{number} - ")
        yield f"  {number}. {shown}" + (f" ({effects[label]})" if label in effects else "")
    if entry.answer:
        yield "  " + word("ask_answered", answer=entry.answer)


def answer_one(raw: Path, key: str, choice: str, language: str) -> str:
    """Set one answer, or remove it if the choice is empty; return a message for the user."""
    _entries(raw, language)
    answered = set_answer(raw, key, choice, language)
    word = load_words(language)
    if not answered.answer:
        return word("ask_cleared", code=answered.key)
    return word("ask_set", code=answered.key, answer=answered.answer)


def answer_open(raw: Path, language: str, say: Callable[[str], None], prompt: Callable[..., Any]) -> None:
    """Ask all open questions in the terminal; an empty line leaves a question open."""
    word = load_words(language)
    waiting = [entry for entry in _entries(raw, language) if not entry.answer]
    if not waiting:
        say(word("ask_none"))
    for entry in waiting:
        for line in _described(entry, language):
            say(line)
        while text := str(prompt(word("ask_prompt"), default="", show_default=False)).strip():
            try:
                say(answer_one(raw, entry.key, text, language))
            except RequestError as error:
                say(str(error))
            else:
                break
