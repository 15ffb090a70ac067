"""Lay out a class: its own simulated city, lessons for each student, and, apart from them, roster and answers."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from asn_research.errors import RequestError
from asn_research.render.inputs import prepare_inputs
from asn_research.render.notebooks import notebooks_folder
from asn_research.rules.words import Language, check_language, load_words, worded
from asn_research.show.exercises import Key
from asn_research.storage import PUBLIC_FILE, make_private, write_whole
from asn_research.teaching.answer_key import keys_of_lesson, write_keys
from asn_research.teaching.seeded_city import make_city

#: What students are given, where their notebooks are put, and what stays with the instructor.
GIVEN, HANDED_IN, OWN = "bagikan", "kumpul", "pengajar"
CITY = "kota"
CLASS_FILE, KEY_FILE, ROSTER_FILE = "kelas.json", "kunci.csv", "daftar.csv"
#: Where a notebook says whose it is.
MARK = "asn_research_class"
MOST_STUDENTS = 999
_MOST_BYTES = 1_000_000
_ENCODINGS = ("utf-8-sig", "cp1252")
_NAME, _NUMBER = (
    {"nama", "name", "nama siswa", "nama mahasiswa", "student"},
    {"nim", "nis", "npm", "number", "nomor induk"},
)


@dataclass(frozen=True)
class Student:
    """A student: the number on the notebooks, and, for the instructor alone, a name and a registration number."""

    student: str
    name: str = ""
    registration: str = ""


@dataclass(frozen=True)
class ClassCard:
    """The settings of a class: its id, its city and its language.

    Parameters
    ----------
    class_id : str
        By which its notebooks are known.
    seed, employees, quarters : int
        Of the class's city.
    language : {"id", "en"}
        Of the lessons.
    """

    class_id: str
    seed: int
    employees: int
    quarters: int
    language: Language

    def settings_of(self, lesson: str) -> dict[str, object]:
        """Return the parameters of a lesson that the class sets."""
        if lesson == "00":
            return {"seed": self.seed}
        return {} if lesson == "07" else {"processed": CITY}


def new_class(
    folder: Path,
    *,
    seed: int,
    students: Path | None = None,
    count: int = 0,
    employees: int = 1200,
    quarters: int = 8,
    language: Language = "id",
    on_progress: Callable[[str], None] | None = None,
) -> ClassCard:
    """Lay out a class in a new folder.

    ``bagikan`` holds what students get: the class's city and, by number, the lessons. ``kumpul`` takes what they
    hand in. ``pengajar`` holds the roster and the answers; nothing in ``bagikan`` names a student or an answer.

    Parameters
    ----------
    folder : Path
        A folder that does not exist, or is empty.
    seed : int
        Of the class's city. Another seed makes another city, with other answers.
    students : Path, optional
        A csv file with a column ``nama``, and ``nim`` if there are such numbers; or a name a line.
    count : int
        How many students, if there is no list.
    employees, quarters : int
        The size of the class's city.
    language : {"id", "en"}
        Of the lessons.
    on_progress : callable, optional
        Receives the lesson whose answers are being worked out.

    Returns
    -------
    ClassCard

    Raises
    ------
    RequestError
        If the folder is in use, the list cannot be read, or there are too many students or none.
    """
    check_language(language)
    roster = read_roster(students) if students else numbered([Student("")] * count)
    if not 1 <= len(roster) <= MOST_STUDENTS:
        raise worded(RequestError, "error_class_size", n=len(roster), most=MOST_STUDENTS)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise worded(RequestError, "error_class_folder", folder=folder.name)
    digest = hashlib.sha256(f"{seed} {employees} {quarters} {language}".encode()).hexdigest()
    card = ClassCard(digest[:10], seed, employees, quarters, language)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".kelas-", dir=folder.parent))
    try:
        _lay_out(work, card, roster, on_progress or (lambda _: None))
        if folder.exists():
            folder.rmdir()
        work.rename(folder)
    except OSError as error:
        raise worded(RequestError, "error_class_unwritten", reason=error.strerror) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return card


def _lay_out(
    work: Path, card: ClassCard, roster: Sequence[Student], on_progress: Callable[[str], None]
) -> None:
    own, city = make_private(work / OWN), work / GIVEN / CITY
    with tempfile.TemporaryDirectory(dir=own) as raw:
        make_city(Path(raw), city, seed=card.seed, employees=card.employees, quarters=card.quarters)
    prepare_inputs(city)
    keys: list[Key] = []
    for lesson in lessons_in(card.language):
        on_progress(lesson.stem)
        given = {**card.settings_of(lesson.name[:2]), "language": card.language}
        given |= {"processed": str(city)} if "processed" in given else {}
        keys += list(keys_of_lesson(lesson, given).values())
    hand_out(work, card, roster, keys)


def hand_out(folder: Path, card: ClassCard, roster: Sequence[Student], keys: Iterable[Key]) -> None:
    """Write the students' lessons, and, apart from them, the roster and the answers.

    Parameters
    ----------
    folder : Path
        The folder of the class.
    card : ClassCard
        What the class is made of.
    roster : sequence of Student
        The students, with their numbers.
    keys : iterable of Key
        The answers on the class's city.
    """
    own = make_private(folder / OWN)
    write_whole(own / KEY_FILE, write_keys(sorted(keys, key=lambda key: key.name)))
    write_whole(own / CLASS_FILE, json.dumps(asdict(card), indent=1) + "\n")
    write_whole(own / ROSTER_FILE, _roster(roster))
    _made(folder / HANDED_IN)
    for student in roster:
        place = _made(folder / GIVEN / student.student)
        for lesson in lessons_in(card.language):
            copy = copy_for(student.student, lesson, card)
            write_whole(place / lesson.name, copy, mode=PUBLIC_FILE, durable=False)
        for terms in _terms(card.language):
            shutil.copyfile(terms, place / terms.name)
    words = load_words(card.language)
    text = words("classroom_readme", n=len(roster), seed=card.seed)
    write_whole(folder / "BACA-SAYA.txt", text, mode=PUBLIC_FILE)
    write_whole(folder / GIVEN / "BACA-SAYA.txt", words("classroom_readme_students"), mode=PUBLIC_FILE)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def lessons_in(language: Language) -> list[Path]:
    """Return the lessons in a language, in order."""
    folder = notebooks_folder() / "en" if language == "en" else notebooks_folder()
    return sorted(folder.glob("[0-9][0-9]_*.ipynb"))


def _terms(language: Language) -> list[Path]:
    place = notebooks_folder() / ("en/terms.md" if language == "en" else "istilah.md")
    return [place] if place.is_file() else []


def copy_for(student: str, lesson: Path, card: ClassCard) -> bytes:
    """Return a student's copy of a lesson: without outputs, with the parameters of the class and the student's number."""
    notebook: dict[str, Any] = json.loads(lesson.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
        if "parameters" in cell["metadata"].get("tags", []):
            lines = "".join(cell["source"]).splitlines()
            cell["source"] = "\n".join(_with_value(line, card.settings_of(lesson.name[:2])) for line in lines)
    heading = load_words(card.language)("classroom_heading", student=student)
    head = {"cell_type": "markdown", "id": "class-card", "metadata": {}, "source": heading}
    notebook["cells"].insert(0, head)
    notebook["metadata"][MARK] = {"class": card.class_id, "student": student, "lesson": lesson.name[:2]}
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode()


def _with_value(line: str, settings: dict[str, object]) -> str:
    """Return the line of a parameter with the class's value."""
    name, _, rest = line.partition(":")
    if name not in settings:
        return line
    kind, _, value = rest.partition("=")
    _, mark, comment = value.partition("  # ")
    return f"{name}:{kind}= {json.dumps(settings[name])}{mark}{comment}"


def numbered(students: Sequence[Student]) -> list[Student]:
    """Return students with numbers of equal width, in order."""
    width = max(2, len(str(len(students))))
    return [
        Student(f"{place:0{width}}", each.name, each.registration)
        for place, each in enumerate(students, start=1)
    ]


def read_roster(path: Path) -> list[Student]:
    """Return the students of a list, numbered in its order.

    Raises
    ------
    RequestError
        If the file is not there, is no text, is too large, or a line has no name.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise worded(RequestError, "error_class_list", reason=error.strerror) from None
    text = _text(content)
    if text is None or len(content) > _MOST_BYTES:
        raise worded(RequestError, "error_class_list_text")
    lines = [line for line in text.splitlines() if line.strip()]
    separator = max(";\t,", key=lines[0].count) if lines else ","
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]
    heading = [cell.casefold() for cell in rows[0]] if rows else []
    at = next((place for place, cell in enumerate(heading) if cell in _NAME), None)
    number = next((place for place, cell in enumerate(heading) if cell in _NUMBER), None)
    if at is None:
        # No heading: the first column holds the names. A name with a comma in it stays whole.
        students = [Student("", line.strip().strip('"')) for line in lines]
    else:
        students = [
            Student("", _cell(row, at), _cell(row, number) if number is not None else "") for row in rows[1:]
        ]
    for place, student in enumerate(students, start=1):
        if not any(letter.isalnum() for letter in student.name):
            raise worded(RequestError, "error_class_list_name", n=place)
    return numbered(students)


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _text(content: bytes) -> str | None:
    if b"\0" in content:
        return None
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _roster(students: Sequence[Student]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["student", "name", "registration"])
    writer.writerows([each.student, each.name, each.registration] for each in students)
    return text.getvalue()


def read_class(folder: Path) -> tuple[ClassCard, list[Student]]:
    """Return the settings of a class, and its students.

    Raises
    ------
    RequestError
        If the folder is no class, or its files were changed so that they can no longer be read.
    """
    own = folder / OWN
    if not (own / CLASS_FILE).is_file():
        raise worded(RequestError, "error_no_class", folder=folder.name)
    try:
        card = ClassCard(**json.loads((own / CLASS_FILE).read_text(encoding="utf-8")))
        with (own / ROSTER_FILE).open(encoding="utf-8", newline="") as file:
            roster = [Student(**row) for row in csv.DictReader(file)]
        if not roster:
            raise ValueError(ROSTER_FILE)
    except (OSError, ValueError, TypeError, UnicodeDecodeError) as error:
        raise worded(RequestError, "error_class_key", file=f"{CLASS_FILE}, {ROSTER_FILE}") from error
    return card, roster
