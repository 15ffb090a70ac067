"""Arrows run one way: a stage imports only from stages to its left."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "asn_research"
ORDER = [
    "errors",
    "interrupts",
    "identities",
    "log",
    "memory",
    "codec",
    "remembered",
    "rules",
    "read",
    "clean",
    "measure",
    "model",
    "protect",
    "show",
    "render",
    "commands",
    "cli",
]
ALLOWED = {stage: set(ORDER[:place]) for place, stage in enumerate(ORDER)}
# Writes raw files, so it must not know how they are read.
ALLOWED["simulate"] = {"errors", "rules"}
ALLOWED["cli"] |= {"simulate"}
# A whole small city for notebooks and tests.
ALLOWED["examples"] = {"errors", "memory", "simulate", "clean", "render"}
# A project's folder, with a simulated city to try.
ALLOWED["project"] = {"errors", "memory", "simulate", "render"}
ALLOWED["cli"] |= {"project"}
# Doors, not stages.
DOORS = {"__init__", "__main__"}
MODULES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if path.relative_to(PACKAGE).parts[0].removesuffix(".py") not in DOORS
)
PURE = ("measure", "model", "protect")


def stage_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_backwards(path):
    stage = stage_of(path)
    used = {name.split(".")[1] for name in imports_of(path) if name.startswith("asn_research.")}
    wrong = used - ALLOWED[stage] - {stage}
    assert not wrong, f"{stage} may not import {sorted(wrong)}"


@pytest.mark.parametrize(
    "path", [p for p in MODULES if stage_of(p) in PURE], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_pure_stages_touch_no_files(path):
    # The packaged specifications of models are rules, read through importlib.
    calls = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    }
    assert not calls & {
        "open",
        "read_csv",
        "read_parquet",
        "to_csv",
        "to_parquet",
        "write_text",
        "write_bytes",
        "mkdir",
    }


def test_every_folder_is_a_known_stage():
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= set(ORDER) | {"simulate"}
