"""PRIVACY.md names a test for each promise, and each is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "PRIVACY.md").read_text(encoding="utf-8")
PROMISES = re.findall(r"^(\d+)\. (.*?)(?=^\d+\. |^\*\*|^## )", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("number", "text"), PROMISES, ids=[number for number, _ in PROMISES])
def test_a_promise_names_tests_that_there_are(number, text):
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert named, f"promise {number} names no test"
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        tests = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert any(test.startswith("test_") for test in tests), path
        assert not name or name in tests, f"{path} has no test {name}"


def test_promises_are_numbered_through():
    assert [int(number) for number, _ in PROMISES] == list(range(1, len(PROMISES) + 1))
    assert len(PROMISES) > 8
