"""Read rule files into frozen types, and say in one line why a file is refused."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from asn_research.errors import RuleError

Model = TypeVar("Model", bound=BaseModel)

RULES = Path(str(resources.files("asn_research.rules")))


class FrozenModel(BaseModel):
    """A rule: it cannot change once read, and it knows every key it was given."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in a yaml file.

    Raises
    ------
    RuleError
        If the file is missing, is not yaml, or is not a mapping.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        msg = f"There is no rule file {path.name} in {path.parent.name}/."
        raise RuleError(msg) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        msg = f"{path.name}{where}: this is not readable yaml. Check quotes, colons and indents."
        raise RuleError(msg) from error
    if not isinstance(content, dict):
        msg = f"{path.name}: expected `key: value` lines."
        raise RuleError(msg)
    return content


def load_model(model: type[Model], content: dict[str, Any], where: str) -> Model:
    """Build a rule from a mapping; a bad one is refused with every fault named at once.

    Raises
    ------
    RuleError
        If a key is missing, unknown, of the wrong type, or the whole does not hold together.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(_faults(error))
        msg = f"{where} does not state a complete rule. {faults}."
        raise RuleError(msg) from None


def read_rows(model: type[Model], path: Path) -> Iterator[tuple[int, Model]]:
    """Yield the rows of a csv of rules, each as a model with its row's number in the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RuleError
        If a row is incomplete.
    """
    # A spreadsheet may have put a mark at the start.
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            yield number, load_model(model, dict(row), f"{path.name}, row {number}")


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors():
        place = ".".join(str(part) for part in fault["loc"])
        text = fault["msg"].removeprefix("Value error, ")
        yield f"`{place}`: {text}" if place else text
