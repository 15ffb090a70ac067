"""Read handed-in notebooks: whose they are, of which class, and what they answer. No code in them is run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asn_research.rules.words import Said, said
from asn_research.show.exercise_roads import EXERCISES
from asn_research.storage import checksum
from asn_research.teaching.lesson_code import Answer, answers_in, settings_in
from asn_research.teaching.new_class import MARK, ClassCard

MOST_BYTES = 30_000_000
_SKIPPED = {".ipynb_checkpoints", "__pycache__", "__MACOSX"}


@dataclass(frozen=True)
class HandedIn:
    """A notebook of a student.

    Parameters
    ----------
    path : Path
        The file.
    student, lesson : str
        Whose it is, and of which lesson.
    answers : mapping of str to Answer
        By exercise; one whose cell is gone is missing.
    digest : str
        Of the file's bytes.
    """

    path: Path
    student: str
    lesson: str
    answers: Mapping[str, Answer]
    digest: str


@dataclass(frozen=True)
class Trouble:
    """A problem of a file: why it counts for no student, or what else an instructor should know.

    Parameters
    ----------
    file : str
        The path in the folder of what was handed in.
    what : Said
        The reason, as a row of `words.csv`.
    student, lesson : str
        Whose it is, where that is known.
    """

    file: str
    what: Said
    student: str = ""
    lesson: str = ""


@dataclass(frozen=True)
class Collected:
    """All that was handed in: by student and lesson one notebook, and what is wrong with other files."""

    notebooks: Mapping[tuple[str, str], HandedIn] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()


def collect(folder: Path, card: ClassCard, students: set[str]) -> Collected:
    """Read all notebooks in a folder and its folders.

    Parameters
    ----------
    folder : Path
        What was handed in.
    card : ClassCard
        The class; a notebook of another class, or with other settings, counts for nobody.
    students : set of str
        The numbers of the class's students.
    """
    troubles: list[Trouble] = []
    found: dict[tuple[str, str], list[HandedIn]] = {}
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        read = _read(path, card, students)
        if isinstance(read, HandedIn):
            found.setdefault((read.student, read.lesson), []).append(read)
        else:
            what, student, lesson = read
            troubles.append(Trouble(name, what, student, lesson))
    kept = {}
    for (student, lesson), several in found.items():
        first, *others = several
        if any(each.answers != first.answers for each in others):
            # Which of them is meant cannot be known.
            names = ", ".join(each.path.relative_to(folder).as_posix() for each in several)
            troubles.append(Trouble(names, said("classroom_two", n=len(several)), student, lesson))
            continue
        troubles += [
            Trouble(each.path.relative_to(folder).as_posix(), said("classroom_again"), student, lesson)
            for each in others
        ]
        kept[student, lesson] = first
    troubles += _notes(kept, folder)
    return Collected(kept, tuple(sorted(troubles, key=lambda each: (each.student, each.lesson, each.file))))


def _notes(kept: Mapping[tuple[str, str], HandedIn], folder: Path) -> Iterator[Trouble]:
    """Yield what an instructor should know of notebooks that count."""
    for notebook in kept.values():
        name = notebook.path.relative_to(folder).as_posix()
        gone = [each for each in EXERCISES if each[:2] == notebook.lesson and each not in notebook.answers]
        several = [each for each, answer in notebook.answers.items() if answer.n_answers > 1]
        if gone:
            yield Trouble(
                name,
                said("classroom_gone_cells", exercises=", ".join(gone)),
                notebook.student,
                notebook.lesson,
            )
        if several:
            yield Trouble(
                name,
                said("classroom_several", exercises=", ".join(several)),
                notebook.student,
                notebook.lesson,
            )


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder; links are not followed, as they may lead anywhere."""
    for place, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(place, name)


def _read(path: Path, card: ClassCard, students: set[str]) -> HandedIn | tuple[Said, str, str]:
    """Return a notebook that counts, or the reason why it does not, with its student and lesson if they are known."""
    if path.suffix.casefold() != ".ipynb" or path.is_symlink() or not path.is_file():
        return said("classroom_no_notebook"), "", ""
    try:
        if path.stat().st_size > MOST_BYTES:
            return said("classroom_too_large", most=MOST_BYTES // 1_000_000), "", ""
        content = path.read_bytes()
        notebook = json.loads(content)
        mark = _mark(notebook)
        answers, settings = answers_in(notebook), settings_in(notebook)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError):
        return said("classroom_unreadable"), "", ""
    student, lesson = mark.get("student", ""), mark.get("lesson", "")
    if foreign := _foreign(mark, card, students):
        return foreign, "", ""
    lessons = {name[:2] for name in EXERCISES}
    wrong = None
    if lesson not in lessons or any(name[:2] != lesson for name in answers):
        wrong, lesson = said("classroom_other_lesson"), lesson if lesson in lessons else ""
    elif changed := ", ".join(
        name for name, value in card.settings_of(lesson).items() if settings.get(name, ...) != value
    ):
        wrong = said("classroom_other_data", names=changed)
    return (wrong, student, lesson) if wrong else HandedIn(path, student, lesson, answers, checksum(content))


def _foreign(mark: Mapping[str, str], card: ClassCard, students: set[str]) -> Said | None:
    """Return why a notebook belongs to nobody of the class; None if it belongs to somebody."""
    if not mark:
        return said("classroom_no_mark")
    if mark.get("class") != card.class_id:
        return said("classroom_foreign")
    return (
        None
        if mark.get("student") in students
        else said("classroom_nobody", student=mark.get("student", "")[:10])
    )


def _mark(notebook: Mapping[str, Any]) -> dict[str, str]:
    mark = notebook["metadata"].get(MARK, {})
    return {str(name): str(value) for name, value in mark.items()}
