"""Every reason that a row can be marked with has its words."""

import ast
import importlib.util
from functools import cache
from pathlib import Path

import pytest

from asn_research.errors import RuleError
from asn_research.rules.reasons import load_reasons, reason_of

PACKAGE = Path(__file__).parents[2] / "asn_research"
CLEAN = PACKAGE / "clean"
EXITS = {"repair", "quarantine", "exclude", "foreign"}


@cache
def constants(module):
    """Return the texts that a module of the package names, its own and those it imports, by name."""
    path = Path(importlib.util.find_spec(module).origin)
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("asn_research."):
            found |= {
                each.name: constants(node.module).get(each.name) for each in node.names if each.name.isupper()
            }
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name | ast.Tuple):
            names, values = (getattr(each, "elts", [each]) for each in (node.targets[0], node.value))
            found |= {
                name.id: value.value
                for name, value in zip(names, values, strict=False)
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant)
            }
    return found


def written_reasons():
    """Yield the reasons that are written out beside an exit, or named there, and where."""
    for path in sorted(CLEAN.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "mark" and len(node.args) > 2:
                way, reason = node.args[1:3]
                if isinstance(way, ast.Constant) and way.value in EXITS:
                    if isinstance(reason, ast.Name) and reason.id.lstrip("_").isupper():
                        yield f"{path.name}:{node.lineno}", constants(module)[reason.id]
                    elif isinstance(reason, ast.Constant):
                        yield f"{path.name}:{node.lineno}", reason.value


def test_every_written_reason_has_its_words():
    found = list(written_reasons())
    assert len(found) > 40
    assert not {(where, reason) for where, reason in found if reason not in load_reasons()}


def test_advice_says_whether_the_office_must_act():
    for reason in load_reasons().values():
        assert reason.needs_action == (reason.advice("en") not in {"Nothing to do.", ""})
        assert reason.needs_action == (reason.advice("id") not in {"Tidak perlu tindakan.", ""})
        assert reason.needs_action or reason.kind != "quarantine"


def test_the_numbered_corrections_share_one_reason():
    assert reason_of("correction_12") is reason_of("correction")


def test_a_reason_without_words_is_refused_with_the_row_to_add():
    with pytest.raises(RuleError, match=r"reasons\.csv has no row 'of_nothing'; add it"):
        reason_of("of_nothing")
