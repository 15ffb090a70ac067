"""Arrows run one way: a stage imports only from stages to its left."""

import ast
import json
from importlib import import_module
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "asn_research"
ORDER = [
    "errors",
    "notebook_progress",
    "lazy",
    "given",
    "interrupts",
    "identities",
    "log",
    "storage",
    "sealed",
    "codec",
    "clock",
    "remembered",
    "forking",
    "branches",
    "rules",
    "schema",
    "publish",
    "ledger",
    "export",
    "methods",
    "read",
    "clean",
    "measure",
    "study",
    "pipeline",
    "measured",
    "protect",
    "show",
    "plots",
    "render",
    "personal",
    "progress",
    "runs",
    "commands",
    "desk",
    "cli",
]
ALLOWED = {stage: set(ORDER[:place]) for place, stage in enumerate(ORDER)}
# Writes raw files, so it must not know how they are read.
ALLOWED["simulate"] = {"errors", "clock", "rules"}
ALLOWED["cli"] |= {"simulate"}
# A whole small city for notebooks and tests.
ALLOWED["examples"] = {"errors", "storage", "rules", "simulate", "clean", "render"}
# A project's folder, with a simulated city to try.
ALLOWED["project"] = {"errors", "storage", "rules", "simulate", "render"}
ALLOWED["cli"] |= {"project"}
ALLOWED["desk"] |= {"simulate", "project"}
# What instructors need: simulated cities, and the lessons.
ALLOWED["teaching"] = ALLOWED["render"] | {"render", "simulate"}
ALLOWED["cli"] |= {"teaching"}
# What the lessons need.
ALLOWED["lab"] = ALLOWED["render"] | {"simulate", "examples"}
# Doors, not stages.
DOORS = {"__init__", "__main__"}
MODULES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if path.relative_to(PACKAGE).parts[0].removesuffix(".py") not in DOORS
)
PURE = ("methods", "measure", "study", "protect")


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
    assert folders <= set(ORDER) | {"simulate", "teaching"}


#: The clock is asked in one module; the doors that a user comes through may ask it, and the simulator has no today.
ASKS_THE_CLOCK = "clock"
MAY_ASK = {
    "cli/person_commands.py",
    "cli/report_commands.py",
    "cli/shared_steps.py",
    "clean/cleaning.py",
    "clean/inspect/inspection.py",
    "clean/sendback/send_back.py",
    "desk/tasks.py",
}
DAYS_OF_THE_MACHINE = {"today", "now", "utcnow", "localtime", "gmtime", "fromtimestamp"}
CLOCKS = {"date", "datetime", "Timestamp", "time", "pd", "dt", "Datetime"}
# How long a report took, and when a log was written, is of the machine.
TIMED = {"render", "log"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_today_is_told_and_never_asked(path):
    tree = ast.parse(path.read_text())
    place = str(path.relative_to(PACKAGE))
    if stage_of(path) not in {ASKS_THE_CLOCK, "simulate", *TIMED}:
        asked = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr in DAYS_OF_THE_MACHINE
            and getattr(node.value, "attr", getattr(node.value, "id", "")) in CLOCKS
        }
        assert not asked, f"{place}: the day comes as an argument, not from {sorted(asked)}"
    if f"asn_research.{ASKS_THE_CLOCK}" in set(imports_of(path)):
        assert place in MAY_ASK, f"{place}: only the doors may ask the clock"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_rule_is_had_by_its_period(path):
    """`rules.at(period)` is the only way: whoever loads rules by name would choose the day himself."""
    place = str(path.relative_to(PACKAGE))
    if stage_of(path) == "rules":
        return
    named = {
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "asn_research.rules.regulations"
        for alias in node.names
    }
    allowed = {
        "clean/new_tables.py",
        "pipeline.py",
        "render/ready.py",
        "show/sections/satisfaction_results.py",
    }
    assert "load_rules" not in named or place in allowed, f"{place}: ask rules.at(period)"


def test_a_module_name_is_used_once():
    names = [path.stem for path in PACKAGE.rglob("*.py") if not path.stem.startswith("__")]
    # How a kind of file is written, by its ending.
    editions = {path.stem for path in (PACKAGE / "render" / "editions").glob("*.py")}
    assert {name for name in names if names.count(name) > 1} - editions == set()


#: What other people may import, with what stands in its ``__all__``.
PUBLIC = {"asn_research", *(f"asn_research.{door}" for door in ("lab", "methods", "plots", "rules", "study"))}
NOTEBOOKS = sorted((PACKAGE.parent / "notebooks").rglob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_import_from_the_public_doors_only(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    code = "\n".join(line for line in code.splitlines() if not line.lstrip().startswith(("%", "!")))
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("asn_research"):
            assert node.module in PUBLIC
            door = import_module(node.module)
            assert {name.name for name in node.names} <= set(door.__all__)
        elif isinstance(node, ast.Import):
            assert all(name.name in PUBLIC for name in node.names if name.name.startswith("asn_research"))
