"""The parameters of a template and their types, checked before the template runs."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from asn_research.errors import RequestError

Value = str | int | float | bool


@cache
def _source(template: Path, _stamp: tuple[int, int]) -> tuple[str, str]:
    """Return the source of the cell with the parameters, and the source of all code cells."""
    try:
        cells = json.loads(template.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        msg = f"{template.name} is no notebook that can be read; name a template in notebooks/templates."
        raise RequestError(msg) from None
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    texts = ["".join(cell["source"]) for cell in code]
    tagged = [
        text
        for text, cell in zip(texts, code, strict=True)
        if "parameters" in cell.get("metadata", {}).get("tags", ())
    ]
    if len(tagged) != 1:
        msg = f"{template.name} has {len(tagged)} cells tagged `parameters`; tag exactly one."
        raise RequestError(msg)
    return tagged[0], "\n".join(texts)


def _read(template: Path) -> tuple[str, str]:
    try:
        status = template.stat()
    except OSError:
        msg = f"There is no template {template.name}; name one in notebooks/templates."
        raise RequestError(msg) from None
    return _source(template, (status.st_mtime_ns, status.st_size))


def code_of(template: Path) -> str:
    """Return the source of a template's code cells."""
    return _read(template)[1]


def parameters_of(template: Path) -> dict[str, Value]:
    """Return the parameters of a template with their default values, which define their types.

    Raises
    ------
    RequestError
        If the file is not a template, or a default is not a plain value.
    """
    found: dict[str, Value] = {}
    for node in ast.parse(_read(template)[0]).body:
        try:
            # A type beside the name is for papermill's help.
            targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
            value = ast.literal_eval(getattr(node, "value", None) or node)
            assert isinstance(value, Value)  # noqa: S101 (caught below)
            found |= {target.id: value for target in targets if isinstance(target, ast.Name)}
        except (AssertionError, ValueError):
            msg = f"{template.name}: a parameter's default must be a plain text, number, True or False."
            raise RequestError(msg) from None
    return found


def check_parameters(template: Path, given: Mapping[str, object]) -> None:
    """Raise an error for a parameter that the template does not have, or that has another type.

    Raises
    ------
    RequestError
        If there is such a parameter; the message names it and what the template accepts.
    """
    known = parameters_of(template)
    unknown = [name for name in given if name not in known]
    if unknown:
        msg = f"{template.name} has no parameter '{', '.join(unknown)}'; it takes {', '.join(known)}."
        raise RequestError(msg)
    for name, value in given.items():
        wanted = type(known[name])
        fits = type(value) is wanted or (wanted is float and type(value) is int)
        if not fits:
            msg = f"{template.name} takes {_TYPES[wanted]} as '{name}', not {value!r}."
            raise RequestError(msg)


def typed(template: Path, name: str, text: str) -> Value:
    """Convert the text of a parameter to the type that the template declares.

    Raises
    ------
    RequestError
        If the template has no such parameter, or the text cannot be converted.
    """
    known = parameters_of(template)
    if name not in known:
        check_parameters(template, {name: text})
    wanted = type(known[name])
    try:
        if wanted is bool:
            return {"true": True, "false": False}[text.strip().casefold()]
        return wanted(text)
    except (ValueError, KeyError):
        msg = f"{template.name} takes {_TYPES[wanted]} as '{name}', not '{text}'."
        raise RequestError(msg) from None


_TYPES = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
