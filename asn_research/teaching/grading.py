"""Grade a class: hold the answers in handed-in notebooks against the class's key, and write the marks."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import xlsxwriter

from asn_research.errors import RequestError
from asn_research.export.figures import Figures
from asn_research.rules.words import Language, Words, check_language, in_words, load_words, worded
from asn_research.show.exercise_roads import EXERCISES
from asn_research.show.exercises import Key
from asn_research.storage import make_private, write_whole
from asn_research.teaching.answer_key import read_keys
from asn_research.teaching.handed_in import Collected, collect
from asn_research.teaching.lesson_code import Answer
from asn_research.teaching.new_class import HANDED_IN, KEY_FILE, OWN, Student, read_class
from asn_research.teaching.run_handed_in import answers_by_running

Verdict = Literal[
    "right", "wrong", "unanswered", "not_handed_in", "gone", "no_number", "to_run", "set_aside", "no_key"
]
#: What an exercise counts that is judged; the others wait for the instructor, or are in no student's total.
_POINTS: Mapping[Verdict, int] = {
    "right": 1, "wrong": 0, "unanswered": 0, "not_handed_in": 0, "gone": 0, "no_number": 0,
}  # fmt: skip
VERDICTS: tuple[Verdict, ...] = (*_POINTS, "to_run", "set_aside", "no_key")
MARKS = "nilai"
_LOOKS: Mapping[str, str] = {
    "right": "#dcefe0",
    "wrong": "#f6dcd6",
    "to_run": "#fff3c4",
    "set_aside": "#fff3c4",
}


@dataclass(frozen=True)
class Mark:
    """How an exercise of a student was judged, and the number that was given."""

    verdict: Verdict
    given: float | None = None


@dataclass(frozen=True)
class Graded:
    """The marks of a class.

    Parameters
    ----------
    students : tuple of Student
        In the roster's order.
    marks : mapping of (str, str) to Mark
        By student and exercise.
    collected : Collected
        What was handed in, and what is wrong with it.
    files : tuple of Path
        The files that were written.
    """

    students: tuple[Student, ...]
    marks: Mapping[tuple[str, str], Mark]
    collected: Collected
    files: tuple[Path, ...] = ()

    def total(self, student: str) -> tuple[int, int, bool]:
        """Return a student's right answers, of how many exercises, and whether all are judged."""
        marks = [self.marks[student, name].verdict for name in EXERCISES]
        counted = [verdict for verdict in marks if verdict != "no_key"]
        is_whole = all(verdict in _POINTS for verdict in counted)
        return sum(_POINTS.get(verdict, 0) for verdict in counted), len(counted), is_whole

    def lines(self, language: Language) -> list[str]:
        """Return the outcome as lines for a terminal, without names of students."""
        words = load_words(language)
        n_whole = sum(self.total(student.student)[2] for student in self.students)
        n_to_run = sum(mark.verdict == "to_run" for mark in self.marks.values())
        lines = [
            words(
                "classroom_graded",
                n=len(self.students),
                n_whole=n_whole,
                n_files=len(self.collected.notebooks),
            )
        ]
        lines += [f"{each.file}: {in_words(each.what, language)}" for each in self.collected.troubles]
        if n_to_run:
            lines.append(words("classroom_has_to_run", n=n_to_run))
        return [
            *lines,
            words("classroom_written", files=", ".join(path.name for path in self.files), folder=OWN),
        ]


def grade_class(
    folder: Path,
    *,
    language: Language = "id",
    runs_code: bool = False,
    seconds: float = 600,
    on_progress: Callable[[str], None] | None = None,
) -> Graded:
    """Grade what a class handed in, and write the marks beside the roster.

    Answers are read from the cells of the exercises; a student's code is not run. An answer that is code and no
    number waits, unless ``runs_code`` says that the notebooks may be run.

    Parameters
    ----------
    folder : Path
        The folder of the class.
    language : {"id", "en"}
        Of the files.
    runs_code : bool
        Whether notebooks with such answers are run, each in a process of its own with limits of time and
        memory. That process can read what its user can read: for notebooks that are trusted.
    seconds : float
        How long a notebook may run.
    on_progress : callable, optional
        Receives the path of a notebook before it is run.

    Returns
    -------
    Graded

    Raises
    ------
    RequestError
        If the folder is no class, or its key cannot be read.
    """
    check_language(language)
    card, students = read_class(folder)
    keys = read_keys(folder / OWN / KEY_FILE)
    handed_in = folder / HANDED_IN
    if not handed_in.is_dir():
        raise worded(RequestError, "error_class_none_handed_in", folder=HANDED_IN)
    collected = collect(handed_in, card, {each.student for each in students})
    ran = _ran(folder, collected, seconds, on_progress) if runs_code else {}
    set_aside = {(each.student, each.lesson) for each in collected.troubles} - set(collected.notebooks)
    marks = {}
    for student in students:
        for name, key in keys.items():
            place = student.student, name[:2]
            notebook = collected.notebooks.get(place)
            answer = ran.get((*place, name)) or (notebook.answers.get(name) if notebook else None)
            marks[student.student, name] = _mark(key, answer, notebook is not None, place in set_aside)
    graded = Graded(tuple(students), marks, collected)
    return Graded(graded.students, marks, collected, _written(folder / OWN, graded, keys, language))


def _mark(key: Key, answer: Answer | None, is_handed_in: bool, is_set_aside: bool) -> Mark:
    if key.right != key.right:
        return Mark("no_key")
    if not is_handed_in:
        return Mark("set_aside" if is_set_aside else "not_handed_in")
    if answer is None:
        return Mark("gone")
    if answer.kind == "number" and answer.value is not None:
        return Mark("right" if key.is_right(answer.value) else "wrong", answer.value)
    if answer.kind == "code":
        return Mark("to_run")
    return Mark("no_number" if answer.kind == "no_number" else "unanswered")


def _ran(
    folder: Path, collected: Collected, seconds: float, on_progress: Callable[[str], None] | None
) -> dict[tuple[str, str, str], Answer]:
    found = {}
    for (student, lesson), notebook in collected.notebooks.items():
        wanted = {name for name, answer in notebook.answers.items() if answer.kind == "code"}
        if wanted:
            if on_progress:
                on_progress(notebook.path.name)
            for name, answer in answers_by_running(notebook.path, folder, wanted, seconds=seconds).items():
                found[student, lesson, name] = answer
    return found


# ------------------------------------------------------------------ what is written


def _written(own: Path, graded: Graded, keys: Mapping[str, Key], language: Language) -> tuple[Path, ...]:
    make_private(own)
    words = load_words(language)
    sheets = {
        words("classroom_sheet_marks"): _marks(graded, words, language),
        words("classroom_sheet_answers"): _answers(graded, keys, words, language),
        words("classroom_sheet_exercises"): _exercises(graded, keys, words, language),
        words("classroom_sheet_troubles"): _troubles(graded, words, language),
    }
    plain, book = own / f"{MARKS}.csv", own / f"{MARKS}.xlsx"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [_inert(str(cell)) for cell in row] for row in next(iter(sheets.values()))
    )
    # With the mark of the encoding, Excel reads names as they are written.
    write_whole(plain, ("\ufeff" + text.getvalue()).encode())
    write_whole(book, _workbook(sheets, {words(f"answer_is_{verdict}"): verdict for verdict in VERDICTS}))
    return plain, book


def _marks(graded: Graded, words: Words, language: Language) -> list[list[object]]:
    figures = Figures("," if language == "id" else ".")
    head = ["student", "name", "registration", *EXERCISES, "n_right", "n_asked", "mark"]
    rows: list[list[object]] = [
        [name if name in EXERCISES else words(f"classroom_col_{name}") for name in head]
    ]
    for student in graded.students:
        right, asked, is_whole = graded.total(student.student)
        cells = [words(f"answer_is_{graded.marks[student.student, name].verdict}") for name in EXERCISES]
        # A total with exercises that wait would be too low.
        mark = figures.number(100 * right / asked, 1) if is_whole and asked else words("classroom_waits")
        rows.append([student.student, student.name, student.registration, *cells, right, asked, mark])
    return rows


def _answers(graded: Graded, keys: Mapping[str, Key], words: Words, language: Language) -> list[list[object]]:
    figures = Figures("," if language == "id" else ".")
    columns = ("student", "name", "exercise", "given", "right", "verdict", "why")
    rows: list[list[object]] = [[words(f"classroom_col_{name}") for name in columns]]
    for student in graded.students:
        for name, key in keys.items():
            mark = graded.marks[student.student, name]
            if mark.given is None:
                continue
            why = "" if mark.verdict == "right" else key.why_not(mark.given, language)
            # A given number is told with a digit more than was asked, so that a wrong rounding is seen.
            given, right = (
                figures.number(mark.given, key.decimals + 1),
                figures.number(key.right, key.decimals),
            )
            verdict = words(f"answer_is_{mark.verdict}")
            rows.append([student.student, student.name, name, given, right, verdict, why])
    return rows


def _exercises(
    graded: Graded, keys: Mapping[str, Key], words: Words, language: Language
) -> list[list[object]]:
    figures = Figures("," if language == "id" else ".")
    columns = ("exercise", "right", "n_right", "n_wrong", "n_unanswered", "commonest")
    rows: list[list[object]] = [[words(f"classroom_col_{name}") for name in columns]]
    for name, key in keys.items():
        marks = [graded.marks[student.student, name] for student in graded.students]
        count = Counter(mark.verdict for mark in marks)
        roads = Counter(
            road
            for mark in marks
            if mark.verdict == "wrong" and mark.given is not None and (road := key.road_of(mark.given))
        )
        commonest = ""
        for road, n in roads.most_common(1):
            row = f"{name}_wrong_{road}"
            commonest = f"{n} × {words(f'exercise_{row}')}"
        right = figures.number(key.right, key.decimals) if key.right == key.right else ""
        unanswered = count["unanswered"] + count["not_handed_in"] + count["gone"]
        rows.append([name, right, count["right"], count["wrong"] + count["no_number"], unanswered, commonest])
    return rows


def _troubles(graded: Graded, words: Words, language: Language) -> list[list[object]]:
    columns = ("student", "lesson", "file", "what")
    rows: list[list[object]] = [[words(f"classroom_col_{name}") for name in columns]]
    for each in graded.collected.troubles:
        rows.append([each.student, each.lesson, each.file, in_words(each.what, language)])
    return rows


def _inert(text: str) -> str:
    """Return a text with an apostrophe before it, if a spreadsheet could execute it as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def _workbook(sheets: Mapping[str, Sequence[Sequence[object]]], verdicts: Mapping[str, Verdict]) -> bytes:
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#eef3f5"})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    looks = {
        name: book.add_format({"text_wrap": True, "valign": "top", "bg_color": colour})
        for name, colour in _LOOKS.items()
    }
    for name, rows in sheets.items():
        page = book.add_worksheet(name)
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                look = head if place == 0 else looks.get(verdicts.get(str(cell), ""), plain)
                if isinstance(cell, int):
                    page.write_number(place, column, cell, look)
                else:
                    page.write_string(place, column, str(cell), look)
        for column in range(len(rows[0])):
            longest = max((len(str(row[column])) for row in rows), default=0)
            page.set_column(column, column, min(max(7, longest + 1), 60))
        page.freeze_panes(1, 2 if len(rows[0]) > 8 else 0)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
    book.close()
    return buffer.getvalue()
