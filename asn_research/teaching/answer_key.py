"""A class's key: what each exercise's answer is on the class's own city, and what the usual wrong roads give."""

from __future__ import annotations

import ast
import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from asn_research.errors import RequestError
from asn_research.rules.words import worded
from asn_research.show.exercise_roads import EXERCISES
from asn_research.show.exercises import Key, key_of
from asn_research.teaching.lesson_code import steps_for_exercises

_HEAD = ("exercise", "road", "value", "decimals", "in_percent")


def keys_of_lesson(path: Path, settings: Mapping[str, object]) -> dict[str, Key]:
    """Run the code of a lesson that makes the data of its exercises, and return their keys.

    The lesson is one that comes with the package, never a notebook that somebody handed in.

    Parameters
    ----------
    path : Path
        The lesson.
    settings : mapping of str to object
        The values of its parameters.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    wanted = {name for name in EXERCISES if name[:2] == path.name[:2]}
    names: dict[str, Any] = {}
    keys = {}
    for step in steps_for_exercises(notebook, wanted):
        if step.asked:
            for name, data in step.asked.items():
                keys[name] = key_of(name, eval(compile(ast.Expression(data), path.name, "eval"), names))  # noqa: S307 (our own lesson)
            continue
        with redirect_stdout(io.StringIO()):
            exec(compile(ast.Module([step.code], []), path.name, "exec"), names)  # noqa: S102 (our own lesson)
        names |= {
            name: value
            for name, value in settings.items()
            if name in names and _is_parameter(step.code, name)
        }
    return keys


def _is_parameter(statement: ast.stmt, name: str) -> bool:
    """Return whether a statement gives a parameter of the lesson its default, such as ``seed: int = 1``.

    The setting of the class then replaces the default.
    """
    return (
        isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and statement.target.id == name
    )


def write_keys(keys: Iterable[Key]) -> str:
    """Return keys as csv: a row for each right answer, and one for each wrong road."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEAD)
    for key in keys:
        for road, value in {"": key.right, **key.roads}.items():
            printed = "" if math.isnan(value) else repr(float(value))
            writer.writerow([key.name, road, printed, key.decimals, int(key.in_percent)])
    return text.getvalue()


def read_keys(path: Path) -> dict[str, Key]:
    """Return the keys of a class, by exercise.

    Raises
    ------
    RequestError
        If the file is not there, or was changed so that it can no longer be read.
    """
    try:
        rows = list(_rows(path))
        keys = {
            row["exercise"]: Key(
                row["exercise"], _value(row), {}, int(row["decimals"]), row["in_percent"] == "1"
            )
            for row in rows
            if not row["road"]
        }
        roads: dict[str, dict[str, float]] = {name: {} for name in keys}
        for row in rows:
            if row["road"]:
                roads[row["exercise"]][row["road"]] = _value(row)
    except (OSError, KeyError, ValueError, TypeError, UnicodeDecodeError) as error:
        raise worded(RequestError, "error_class_key", file=path.name) from error
    if set(keys) != set(EXERCISES):
        raise worded(RequestError, "error_class_key", file=path.name)
    return {
        name: Key(name, key.right, roads[name], key.decimals, key.in_percent) for name, key in keys.items()
    }


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _value(row: Mapping[str, str]) -> float:
    return float(row["value"]) if row["value"] else math.nan
