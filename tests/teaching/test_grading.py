"""A class of thirty with planted mistakes: each mark is right, and each strange notebook is named."""

import csv
import io
import json
import math
import os

import openpyxl
import pytest

from asn_research.errors import RequestError
from asn_research.rules.words import load_words
from asn_research.show.exercises import EXERCISES, Key
from asn_research.teaching import grade_class
from asn_research.teaching.lesson_code import answers_in
from asn_research.teaching.new_class import ClassCard, Student, hand_out, lessons_in, numbered

CARD = ClassCard("0123456789", 41, 1200, 8, "id")
#: Answers with digits of their own, so that no two exercises have the same.
KEYS = {
    name: Key(name, 10 + 3.12345 * place, {road: 500 + 10 * place + n for n, road in enumerate(each.wrong)}, each.decimals, each.in_percent)
    for place, (name, each) in enumerate(EXERCISES.items(), start=1)
}  # fmt: skip
NAMES = [f"Siswa Karangan {place}" for place in range(1, 31)]
LESSONS = {path.name[:2]: path.name for path in lessons_in("id")}


def right(name, language="id"):
    text = f"{KEYS[name].right:.{KEYS[name].decimals}f}"
    return text.replace(".", ",") if language == "id" else text


def answered(folder, student, answers, *, lesson=None):
    """Return a student's notebook with answers, as code by exercise."""
    lesson = lesson or next(iter(answers))[:2]
    path = folder / "bagikan" / student / LESSONS[lesson]
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        for name, code in answers.items():
            if cell["cell_type"] == "code" and f'check("{name}"' in source:
                source = source.replace(f'check("{name}", None', f'check("{name}", {code}')
                assert code in source
        cell["source"] = source
    return notebook


def hand_in(folder, student, notebook, name=None):
    lesson = notebook["metadata"].get("asn_research_class", {}).get("lesson", "00")
    place = folder / "kumpul" / (name or f"{student}/{LESSONS[lesson]}")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(notebook), encoding="utf-8")
    return place


def all_right(folder, student, **other):
    """Hand in all lessons with right answers, but for those given as code."""
    for lesson in LESSONS:
        answers = {
            name: other.get(f"x{name}", f'"{right(name)}"') for name in EXERCISES if name[:2] == lesson
        }
        hand_in(folder, student, answered(folder, student, answers))


@pytest.fixture
def folder(tmp_path):
    hand_out(
        tmp_path / "kelas",
        CARD,
        numbered([Student("", name, f"2026{n:03}") for n, name in enumerate(NAMES)]),
        KEYS.values(),
    )
    return tmp_path / "kelas"


@pytest.fixture
def thirty(folder):  # noqa: PLR0912, PLR0915 (a list of students, each once)
    """Thirty students; by student, which exercises have which verdict. All others are right."""
    wanted = {}
    for place in range(1, 31):
        student = f"{place:02}"
        wanted[student] = {}
        if place == 2:  # hands in nothing
            wanted[student] = dict.fromkeys(EXERCISES, "not_handed_in")
        elif place == 3:  # untouched
            for lesson in LESSONS:
                hand_in(folder, student, answered(folder, student, {}, lesson=lesson))
            wanted[student] = dict.fromkeys(EXERCISES, "unanswered")
        elif place == 4:  # a digit too few, a usual wrong road, a fraction, a sign
            key = KEYS["03a"]
            road = next(iter(KEYS["04b"].roads.values()))
            all_right(
                folder,
                student,
                x03a=f"{key.right + 0.01:.2f}",
                x04b=f"{road}",
                x00a=f"{KEYS['00a'].right / 100:.6f}",
                x07a=f"-{right('07a', 'en')}",
            )
            wanted[student] = dict.fromkeys(["03a", "04b", "00a", "07a"], "wrong")
        elif place == 5:  # code instead of a number
            all_right(folder, student, x05a="methods.fit_crossed(ratings).sd('rater_id')", x05b="sd")
            wanted[student] = dict.fromkeys(["05a", "05b"], "to_run")
        elif place == 6:  # no numbers
            all_right(folder, student, x01a='"banyak"', x01b="[1, 2]", x01c="True")
            wanted[student] = dict.fromkeys(["01a", "01b", "01c"], "no_number")
        elif place == 7:  # one lesson missing
            all_right(folder, student)
            (folder / "kumpul" / student / LESSONS["06"]).unlink()
            wanted[student] = dict.fromkeys([n for n in EXERCISES if n[:2] == "06"], "not_handed_in")
        elif place == 8:  # cut off
            all_right(folder, student)
            path = folder / "kumpul" / student / LESSONS["02"]
            path.write_text(path.read_text()[:-200])
            wanted[student] = dict.fromkeys([n for n in EXERCISES if n[:2] == "02"], "not_handed_in")
        elif place == 9:  # another seed
            all_right(folder, student)
            notebook = answered(folder, student, {n: f'"{right(n)}"' for n in ("00a", "00b", "00c")})
            for cell in notebook["cells"]:
                cell["source"] = cell["source"].replace("seed: int = 41", "seed: int = 7")
            hand_in(folder, student, notebook)
            wanted[student] = dict.fromkeys(["00a", "00b", "00c"], "set_aside")
        elif place == 10:  # other data below the parameters
            all_right(folder, student)
            notebook = answered(folder, student, {"03a": f'"{right("03a")}"'})
            notebook["cells"].insert(
                4,
                {
                    "cell_type": "code",
                    "source": 'processed = "data/processed"',
                    "metadata": {},
                    "outputs": [],
                },
            )
            hand_in(folder, student, notebook)
            wanted[student] = dict.fromkeys(["03a", "03b", "03c"], "set_aside")
        elif place == 11:  # two files that differ
            all_right(folder, student)
            hand_in(folder, student, answered(folder, student, {"04a": "1.0"}), f"{student}/04 (1).ipynb")
            wanted[student] = dict.fromkeys(["04a", "04b", "04c"], "set_aside")
        elif place == 12:  # the same file twice
            all_right(folder, student)
            answers = {n: f'"{right(n)}"' for n in EXERCISES if n[:2] == "05"}
            hand_in(folder, student, answered(folder, student, answers), f"{student}/05 (1).ipynb")
        elif place == 13:  # a cell removed
            all_right(folder, student)
            notebook = answered(folder, student, {n: f'"{right(n)}"' for n in ("02a", "02b", "02c")})
            notebook["cells"] = [c for c in notebook["cells"] if 'check("02b"' not in c["source"]]
            hand_in(folder, student, notebook)
            wanted[student] = {"02b": "gone"}
        elif place == 14:  # a second answer below the first, wrong
            all_right(folder, student)
            notebook = answered(folder, student, {n: f'"{right(n)}"' for n in ("06a", "06b", "06c")})
            notebook["cells"].append(
                {
                    "cell_type": "code",
                    "source": 'check("06c", 1, jump, language)',
                    "metadata": {},
                    "outputs": [],
                }
            )
            hand_in(folder, student, notebook)
            wanted[student] = {"06c": "wrong"}
        elif place == 15:  # of another class
            all_right(folder, student)
            notebook = answered(folder, student, {"07a": f'"{right("07a")}"'})
            notebook["metadata"]["asn_research_class"]["class"] = "other"
            hand_in(folder, student, notebook)
            wanted[student] = dict.fromkeys(["07a", "07b", "07c"], "not_handed_in")
        elif place % 3 == 0:  # wrong by little in one place each
            name = list(EXERCISES)[place % len(EXERCISES)]
            step = 10.0 ** -KEYS[name].decimals
            all_right(folder, student, **{f"x{name}": repr(KEYS[name].right + 0.6 * step)})
            wanted[student] = {name: "wrong"}
        elif place % 3 == 1:  # numbers of Python, more digits than asked
            all_right(folder, student, **{f"x{n}": repr(KEYS[n].right) for n in EXERCISES})
        else:
            all_right(folder, student)
    hand_in(folder, "", {"cells": [], "metadata": {}}, "tanpa nama.ipynb")
    (folder / "kumpul" / "catatan.docx").write_bytes(b"PK")
    (folder / "kumpul" / "rusak.ipynb").write_bytes(b"\xff\x00{")
    return wanted


def test_each_mark_of_a_class_of_thirty_is_right(folder, thirty):
    graded = grade_class(folder)
    assert len(graded.students) == 30
    for student, strange in thirty.items():
        for name in EXERCISES:
            assert graded.marks[student, name].verdict == strange.get(name, "right"), (student, name)
        n_right, asked, is_whole = graded.total(student)
        assert asked == len(EXERCISES)
        assert n_right == sum(strange.get(name, "right") == "right" for name in EXERCISES)
        assert is_whole == (not {"to_run", "set_aside"} & set(strange.values()))


def test_strange_notebooks_are_named_in_words(folder, thirty):
    graded = grade_class(folder)
    lines = "\n".join(graded.lines("en"))
    for part in (
        "catatan.docx: no notebook", "rusak.ipynb: cannot be read", "tanpa nama.ipynb: carries no student's number",
        f"08/{LESSONS['02']}: cannot be read", f"09/{LESSONS['00']}: parameters were changed (seed)",
        f"10/{LESSONS['03']}: parameters were changed (processed)", "2 files of one student and lesson with different answers",
        "a second file of one student and lesson with the same answers", "cells of exercises were removed: 02b", "more than one answer to 06c",
        f"15/{LESSONS['07']}: of another class", "2 answers are code",
    ):  # fmt: skip
        assert part in lines, part
    assert len(graded.collected.troubles) == 11
    assert not any(name in lines for name in NAMES)


def test_marks_are_written_for_a_spreadsheet(folder, thirty):
    graded = grade_class(folder)
    rows = list(csv.reader(io.StringIO((folder / "pengajar" / "nilai.csv").read_text(encoding="utf-8-sig"))))
    assert rows[0][:4] == ["Siswa", "Nama", "NIM", "00a"]
    assert rows[0][-3:] == ["Benar", "Dari", "Nilai"]
    assert [row[1] for row in rows[1:]] == NAMES
    assert rows[1][-3:] == ["24", "24", "100,0"]
    assert rows[2][-3:] == ["0", "24", "0,0"]
    assert rows[3][3] == "belum dijawab"
    assert rows[4][-3:] == ["20", "24", "83,3"]
    assert rows[5][-1] == "menunggu"
    book = openpyxl.load_workbook(folder / "pengajar" / "nilai.xlsx")
    assert book.sheetnames == ["Nilai", "Jawaban", "Per latihan", "Perlu dilihat"]
    assert [
        ["" if cell.value is None else str(cell.value) for cell in row] for row in book["Nilai"].iter_rows()
    ] == rows
    answers = [[cell.value for cell in row] for row in book["Jawaban"].iter_rows()]
    slip = next(row for row in answers if row[0] == "04" and row[2] == "00a")
    assert slip[-1] == load_words("id")("check_fraction")
    road = next(row for row in answers if row[0] == "04" and row[2] == "04b")
    assert road[-1] == load_words("id")("exercise_04b_wrong_event_3")
    exercises = {
        row[0].value: [cell.value for cell in row] for row in book["Per latihan"].iter_rows(min_row=2)
    }
    for name in EXERCISES:
        assert exercises[name][2] == sum(
            graded.marks[each.student, name].verdict == "right" for each in graded.students
        )
    assert exercises["04b"][-1].startswith("1 ×")


def test_what_students_get_names_nobody_and_no_answer(folder):
    given = [path for path in (folder / "bagikan").rglob("*") if path.is_file()]
    assert len(given) == 30 * (len(LESSONS) + 1) + 1
    for path in given:
        text = path.read_text(encoding="utf-8")
        assert "Karangan" not in text
        assert "2026001" not in text
        if path.suffix == ".ipynb":
            notebook = json.loads(text)
            assert all(answer.kind == "unanswered" for answer in answers_in(notebook).values())
            assert not any(cell.get("outputs") for cell in notebook["cells"])
            for key in KEYS.values():
                assert str(round(key.right, key.decimals)) not in json.dumps(notebook["metadata"])
    if os.name == "posix":
        assert (folder / "pengajar").stat().st_mode & 0o077 == 0


def test_grading_runs_no_code_of_students(folder):
    trap = folder / "trap"
    notebook = answered(folder, "01", {"00a": f'open({str(trap)!r}, "w").write("x")'})
    notebook["cells"].insert(
        1, {"cell_type": "code", "source": f'open({str(trap)!r}, "w")', "metadata": {}, "outputs": []}
    )
    hand_in(folder, "01", notebook)
    assert grade_class(folder).marks["01", "00a"].verdict == "to_run"
    assert not trap.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"null", b'{"cells": 3}', b'{"cells": [], "metadata": []}', b"[" * 100_000, b'{"cells": [{"source": 3}], "metadata": {}}',
     b'{"cells": [], "metadata": {"asn_research_class": "x"}}'],
)  # fmt: skip
def test_damaged_notebooks_are_named_and_stop_nothing(folder, content):
    (folder / "kumpul" / "x.ipynb").write_bytes(content)
    hand_in(folder, "01", answered(folder, "01", {"00a": f'"{right("00a")}"'}))
    graded = grade_class(folder)
    assert graded.marks["01", "00a"].verdict == "right"
    assert [each.file for each in graded.collected.troubles] == ["x.ipynb"]


def test_deep_and_long_cells_are_no_answer_and_stop_nothing(folder):
    notebook = answered(folder, "01", {"00a": f'"{right("00a")}"'})
    for code in ("(" * 5000 + ")" * 5000, "x = " + "-" * 90_000 + "1", "a" * 200_000):
        notebook["cells"].append({"cell_type": "code", "source": code, "metadata": {}, "outputs": []})
    hand_in(folder, "01", notebook)
    assert grade_class(folder).marks["01", "00a"].verdict == "right"


@pytest.mark.skipif(os.name != "posix", reason="Windows needs a right to make links")
def test_links_are_not_followed(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    hand_in(folder, "01", answered(folder, "01", {"00a": "1"}), "../../elsewhere/00.ipynb")
    (folder / "kumpul" / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "kumpul" / "00.ipynb").symlink_to(tmp_path / "elsewhere" / "00.ipynb")
    graded = grade_class(folder)
    assert graded.marks["01", "00a"].verdict == "not_handed_in"
    assert [each.file for each in graded.collected.troubles] == ["00.ipynb"]


def test_a_name_or_file_that_a_spreadsheet_would_run_is_inert(tmp_path):
    folder = tmp_path / "kelas"
    hand_out(folder, CARD, numbered([Student("", "=HYPERLINK(1)")]), KEYS.values())
    (folder / "kumpul" / "=1+1.txt").write_text("x")
    grade_class(folder)
    assert "'=HYPERLINK(1)" in (folder / "pengajar" / "nilai.csv").read_text(encoding="utf-8-sig")
    book = openpyxl.load_workbook(folder / "pengajar" / "nilai.xlsx")
    assert book["Nilai"]["B2"].data_type == "s"


def test_an_exercise_without_an_answer_is_in_nobodys_total(tmp_path):
    folder = tmp_path / "kelas"
    keys = [Key(k.name, math.nan if k.name == "04b" else k.right, k.roads, k.decimals) for k in KEYS.values()]
    hand_out(folder, CARD, numbered([Student("", "A")]), keys)
    all_right(folder, "01")
    graded = grade_class(folder)
    assert graded.marks["01", "04b"].verdict == "no_key"
    assert graded.total("01") == (len(EXERCISES) - 1, len(EXERCISES) - 1, True)


@pytest.mark.parametrize("name", ["kelas.json", "kunci.csv", "daftar.csv"])
def test_a_damaged_file_of_the_class_is_refused(folder, name):
    (folder / "pengajar" / name).write_text("{", encoding="utf-8")
    with pytest.raises(RequestError, match="lay out the class again"):
        grade_class(folder)


def test_a_folder_that_is_no_class_is_refused(tmp_path):
    with pytest.raises(RequestError, match="class new"):
        grade_class(tmp_path)
