"""Every reason that a row can be marked with has its words."""

import ast
from pathlib import Path

import pytest

from asn_research.errors import RuleError
from asn_research.rules.reasons import load_reasons, reason_of

CLEAN = Path(__file__).parents[2] / "asn_research" / "clean"
WAYS = {"repair", "quarantine", "exclude", "foreign"}


def written_reasons():
    """Yield the reasons that are written out beside an exit, and where."""
    for path in sorted(CLEAN.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "mark" and len(node.args) > 2:
                way, reason = node.args[1:3]
                if isinstance(way, ast.Constant) and way.value in WAYS and isinstance(reason, ast.Constant):
                    yield f"{path.name}:{node.lineno}", reason.value


def test_every_written_reason_has_its_words():
    found = list(written_reasons())
    assert len(found) > 20
    assert not {(where, reason) for where, reason in found if reason not in load_reasons()}


def test_the_numbered_corrections_share_one_reason():
    assert reason_of("correction_12") is reason_of("correction")


def test_a_reason_without_words_is_refused_with_the_row_to_add():
    with pytest.raises(RuleError, match=r"reasons\.csv has no row 'of_nothing'; add it"):
        reason_of("of_nothing")
