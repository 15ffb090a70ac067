"""Answers, settings and the code behind exercises are read from cells; nothing is run."""

import ast
import json

import pytest

from asn_research.render.notebooks import notebooks_folder
from asn_research.show.exercises import EXERCISES
from asn_research.teaching.lesson_code import answers_in, settings_in, steps_for_exercises
from asn_research.teaching.run_handed_in import with_answers_taken


def notebook(*sources):
    return {"cells": [{"cell_type": "code", "source": source} for source in sources]}


@pytest.mark.parametrize(
    ("code", "kind", "value"),
    [
        ("None", "unanswered", None), ("...", "unanswered", None), ("98.67", "number", 98.67), ('"98,67"', "number", 98.67),
        ('"1.098,67 %"', "number", 1098.67), ("-0.2", "number", -0.2), ('"−0,2"', "number", -0.2), ("3", "number", 3.0),
        ("[98.5]", "number", 98.5), ("x", "code", None), ("1 + 1", "code", None), ("round(x, 2)", "code", None),
        ('"banyak"', "no_number", None), ("True", "no_number", None), ("1e999", "no_number", None), ("1j", "no_number", None),
    ],
)  # fmt: skip
def test_an_answer_is_read_as_it_stands(code, kind, value):
    found = answers_in(notebook(f'check("00a", {code}, outcome.exits, language)'))["00a"]
    assert (found.kind, found.value) == (kind, value)


def test_magic_errors_and_other_calls_are_passed_over():
    found = answers_in(
        notebook(
            '%matplotlib inline\nx = check("00a", 1, d)',
            'check("00b", 2, d',
            "check(name, 3, d)",
            'check("99z", 3, d)',
        )
    )
    assert set(found) == {"00a"}


def test_the_last_answer_counts_and_an_untouched_cell_below_takes_none_back():
    found = answers_in(notebook('check("00a", 1, d)', 'check("00a", 2, d)', 'check("00a", None, d)'))["00a"]
    assert (found.value, found.n_answers) == (2.0, 2)


def test_settings_are_those_that_hold_at_the_end():
    first = {
        "cell_type": "code",
        "source": 'seed: int = 7\nprocessed: str = ""',
        "metadata": {"tags": ["parameters"]},
    }
    cells = [first, {"cell_type": "code", "source": "seed += 1\nother = 3\nprocessed = folder"}]
    assert settings_in({"cells": cells}) == {"seed": ..., "processed": ...}


@pytest.mark.parametrize("path", sorted(notebooks_folder().glob("0*.ipynb")), ids=lambda path: path.stem)
def test_the_code_behind_each_exercise_is_found_and_leads_back_to_imports_and_parameters(path):
    wanted = {name for name in EXERCISES if name[:2] == path.stem[:2]}
    steps = steps_for_exercises(json.loads(path.read_text(encoding="utf-8")), wanted)
    assert {name for step in steps for name in step.asked} == wanted
    # Every name that is read was made before, or is Python's own.
    known = set(dir(__builtins__)) if not isinstance(__builtins__, dict) else set(__builtins__)
    for step in steps:
        inner = {
            n.id for n in ast.walk(step.code) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        inner |= {a.arg for n in ast.walk(step.code) if isinstance(n, ast.arguments) for a in n.args}
        if step.asked:
            read = {n.id for data in step.asked.values() for n in ast.walk(data) if isinstance(n, ast.Name)}
        else:
            read = {
                n.id for n in ast.walk(step.code) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
            }
        assert not read - known - inner, (ast.unparse(step.code)[:100], read - known - inner)
        known |= inner
        if isinstance(step.code, ast.Import | ast.ImportFrom):
            known |= {(each.asname or each.name).partition(".")[0] for each in step.code.names}


def test_what_is_drawn_or_printed_is_no_part_of_it():
    path = next(notebooks_folder().glob("03*.ipynb"))
    steps = steps_for_exercises(json.loads(path.read_text(encoding="utf-8")), {"03a"})
    code = "\n".join(ast.unparse(step.code) for step in steps)
    assert "open_measures" in code
    assert "pairplot" not in code
    assert "run_study" not in code


def test_an_answer_is_taken_before_check_sees_it():
    noted = []
    names = {
        "_asn_research_answer": lambda name, value: noted.append((name, value)) or value,
        "check": lambda *given: given,
    }
    exec(with_answers_taken('x = 2\ny = check("00a", 3 * x, "d", "id")\ncheck("99z", 1, 2)'), names)
    assert noted == [("00a", 6)]
    assert names["y"] == ("00a", 6, "d", "id")
    assert with_answers_taken("x = (") == "x = ("
