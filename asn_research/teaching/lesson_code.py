"""Read what stands in a lesson's cells without running them: settings, answers, and the code behind an exercise."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from asn_research.errors import RequestError
from asn_research.show.exercise_roads import EXERCISES
from asn_research.show.exercises import read_number

Kind = Literal["unanswered", "number", "no_number", "code"]
_CHECK = "check"
_FENCED = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: Methods that change the object that they are called on.
_CHANGING = frozenset({"append", "extend", "update", "insert", "sort", "drop", "add"})
#: A cell longer than this is no answer of a student.
_LONGEST_CELL = 100_000


@dataclass(frozen=True)
class Answer:
    """An answer as it stands in a notebook.

    Parameters
    ----------
    kind : {"unanswered", "number", "no_number", "code"}
        What was written: nothing, a number, something that states no number, or code that has to be run.
    value : float or None
        The number.
    n_answers : int
        How many cells of the notebook answer the exercise.
    """

    kind: Kind
    value: float | None = None
    n_answers: int = 0


def code_cells(notebook: Mapping[str, Any]) -> list[str]:
    """Return the code of a notebook, cell by cell."""
    return [source for kind, source, _ in _cells(notebook) if kind == "code"]


def _cells(notebook: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    for cell in notebook["cells"]:
        source = cell.get("source", "")
        text = source if isinstance(source, str) else "".join(source)
        yield cell.get("cell_type", ""), text, list(cell.get("metadata", {}).get("tags", []))


def parsed(source: str) -> ast.Module | None:
    """Return a cell's code as a tree; None if it cannot be read as Python."""
    if len(source) > _LONGEST_CELL:
        return None
    # Lines of the notebook itself, such as `%matplotlib inline`, are no Python.
    plain = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    try:
        return ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def checks_in(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls of `check` with the name of an exercise and an answer."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == _CHECK
            and len(node.args) > 1
            and isinstance(node.args[0], ast.Constant)
            and node.args[0].value in EXERCISES
        ):
            yield node


def answers_in(notebook: Mapping[str, Any]) -> dict[str, Answer]:
    """Return the answers that stand in a notebook, by exercise; nothing is run.

    Of several answers to one exercise the last counts.

    Examples
    --------
    >>> cell = {"cell_type": "code", "source": 'check("00a", "98,67 %", outcome.exits, language)'}
    >>> answers_in({"cells": [cell]})["00a"]
    Answer(kind='number', value=98.67, n_answers=1)
    """
    found: dict[str, Answer] = {}
    for source in code_cells(notebook):
        tree = parsed(source)
        for call in checks_in(tree) if tree else ():
            name = str(call.args[0].value)  # type: ignore[attr-defined]
            earlier = found.get(name, Answer("unanswered"))
            answer = _answer(name, call.args[1])
            if answer.kind == "unanswered":
                found.setdefault(name, answer)
            else:
                found[name] = Answer(answer.kind, answer.value, earlier.n_answers + 1)
    return found


def _answer(name: str, node: ast.expr) -> Answer:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return Answer("code")
    if value is None or value is ...:
        return Answer("unanswered")
    try:
        return Answer("number", read_number(name, value))
    except RequestError:
        return Answer("no_number")


def settings_in(notebook: Mapping[str, Any]) -> dict[str, object]:
    """Return the settings of a notebook: what is assigned in the cell of the parameters, or anew below it.

    A value that is not written out is told as ``...``.

    Examples
    --------
    >>> cell = {"cell_type": "code", "source": "seed: int = 7", "metadata": {"tags": ["parameters"]}}
    >>> settings_in({"cells": [cell, {"cell_type": "code", "source": "seed = 8"}]})
    {'seed': 8}
    """
    found: dict[str, object] = {}
    for kind, source, tags in _cells(notebook):
        tree = parsed(source) if kind == "code" else None
        for statement in tree.body if tree else ():
            for name, value in _assigned(statement):
                if "parameters" in tags or name in found:
                    found[name] = value
    return found


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, object]]:
    if isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign) and statement.value is not None:
        targets, value = [statement.target], statement.value
    else:
        return
    for target in targets:
        if isinstance(target, ast.Name):
            try:
                literal = ast.literal_eval(value)
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                literal = ...
            yield target.id, ... if isinstance(statement, ast.AugAssign) else literal


@dataclass(frozen=True)
class Step:
    """A statement of a lesson, and the exercises whose data it hands over."""

    code: ast.stmt
    asked: Mapping[str, ast.expr]


def steps_for_exercises(notebook: Mapping[str, Any], wanted: set[str]) -> list[Step]:
    """Return the statements of a lesson that make the data of exercises, in order.

    An exercise whose data are made in its text, as code for the learner to copy, is taken from there.
    """
    steps = [step for source in _sources(notebook, wanted) for step in _steps(source, wanted)]
    needed: set[str] = set()
    kept = []
    for step in reversed(steps):
        made = _made(step.code)
        if step.asked:
            needed |= {name for data in step.asked.values() for name in _read(data)}
            kept.append(step)
        elif made & needed:
            needed -= _replaced(step.code)
            needed |= _read(step.code)
            kept.append(step)
    return kept[::-1]


def _sources(notebook: Mapping[str, Any], wanted: set[str]) -> Iterator[str]:
    for kind, source, _ in _cells(notebook):
        if kind == "code":
            yield source
        elif any(f"**{name}.**" in source for name in wanted):
            yield from (textwrap.dedent(block) for block in _FENCED.findall(source))


def _steps(source: str, wanted: set[str]) -> Iterator[Step]:
    tree = parsed(source)
    for statement in tree.body if tree else ():
        asked = {}
        for call in checks_in(statement):
            name = str(call.args[0].value)  # type: ignore[attr-defined]
            same = len(call.args) > 2 and ast.unparse(call.args[2]) == ast.unparse(
                ast.parse(EXERCISES[name].data, mode="eval").body
            )
            if name in wanted and same:
                asked[name] = call.args[2]
        yield Step(statement, asked)


def _made(statement: ast.stmt) -> set[str]:
    """Return the names that a statement makes or changes."""
    made = set(_replaced(statement)) | _paths(statement)
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            made |= _read(node)
    if (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Attribute)
        and statement.value.func.attr in _CHANGING
    ):
        made |= _read(statement.value.func.value)
    return made


def _replaced(statement: ast.stmt) -> set[str]:
    """Return the names that a statement gives a new value."""
    names = {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    if isinstance(statement, ast.Import | ast.ImportFrom):
        names |= {(each.asname or each.name).partition(".")[0] for each in statement.names}
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        names.add(statement.name)
    return names


def _read(node: ast.AST) -> set[str]:
    """Return the names that are read."""
    read = {
        each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    }
    # A query names the variables of the notebook within its text, behind an @.
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            read |= set(re.findall(r"@(\w+)", each.value))
    return read | _paths(node)


def _paths(node: ast.AST) -> set[str]:
    """Return the files and folders that are named, such as ``home / "raw"``: what one statement writes, another reads."""
    return {
        ast.unparse(each)
        for each in ast.walk(node)
        if isinstance(each, ast.BinOp)
        and isinstance(each.op, ast.Div)
        and isinstance(each.right, ast.Constant)
        and isinstance(each.right.value, str)
    }
