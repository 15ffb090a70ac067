"""Which of the package's code a template can reach: the imports of its cells, and theirs, and so on.

Read from the syntax tree, so an import inside a function counts too. A package's data files count
with its code.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from asn_research.memory import digest_of_files
from asn_research.render.template import code_of

PACKAGE = Path(__file__).parents[1]
_NAME = PACKAGE.name
# The editions and the checks before publishing make a report too, whatever its cells import.
_ALWAYS = ("asn_research.render.execute",)
#: The door through which a template gets its data; it writes down what was read.
_DOOR = "asn_research.render.inputs"
#: What can show data and not fetch any.
_SHOWS = ("asn_research.show", "asn_research.rules", "asn_research.protect", "asn_research.errors")
_CODE = {".py"}
_NO_CODE = {".pyc"}


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk statements and what holds some; expressions hold none and are most of a tree."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, block, None)
            # A lambda's and a conditional expression's parts are called the same and are no lists.
            waiting += inner if isinstance(inner, list) else []


def _imports(source: str) -> set[str]:
    """Return the names that a source imports from this package, modules and their parts alike."""
    found = set()
    for node in _statements(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = {f"{node.module}.{name.name}" for name in node.names}
            # A stage is taken from the package as it is from a file; only the package's verbs need its door.
            is_stages = node.module == _NAME and all(_file(part) for part in parts)
            found |= parts if is_stages else {node.module, *parts}
    return {name for name in found if name.split(".")[0] == _NAME}


def _file(module: str) -> Path | None:
    parts = module.split(".")[1:]
    for place in (PACKAGE.joinpath(*parts, "__init__.py"), PACKAGE.joinpath(*parts).with_suffix(".py")):
        if parts and place.is_file():
            return place
    return PACKAGE / "__init__.py" if not parts else None


@cache
def _imports_of_file(path: Path, _stamp: int) -> frozenset[str]:
    return frozenset(_imports(path.read_text(encoding="utf-8")))


def _with_packages(modules: Iterable[str]) -> set[str]:
    """Return modules and the packages that they lie in, whose `__init__` runs first."""
    return {".".join(m.split(".")[:n]) for m in modules for n in range(2, m.count(".") + 2)} | set(modules)


def reachable(template: Path) -> dict[str, Path]:
    """Return the package's modules that a template can reach, by name."""
    found: dict[str, Path] = {}
    waiting = _with_packages(_imports(code_of(template)) | set(_ALWAYS))
    while waiting:
        module = waiting.pop()
        path = _file(module)
        if path is None or module in found:
            continue
        found[module] = path
        waiting |= _with_packages(_imports_of_file(path, path.stat().st_mtime_ns)) - found.keys()
    return found


def reads_only_reports(template: Path) -> bool:
    """Whether a template gets data through `load_report` alone, so that all it reads is written down."""
    for name in _imports(code_of(template)):
        if not (name in (_DOOR, f"{_DOOR}.load_report") or name.startswith(_SHOWS)):
            return False
    return True


def code_digests(template: Path) -> dict[str, str]:
    """Return a digest of the reachable code and data files, by stage of the package."""
    stages: dict[str, set[Path]] = {}
    for path in reachable(template).values():
        parts = path.relative_to(PACKAGE).parts
        stage = parts[0].removesuffix(".py")
        stages.setdefault(stage, set()).add(path)
    for stage, paths in stages.items():
        folder = PACKAGE / stage
        if folder.is_dir() and stage != "rules":
            paths |= {p for p in folder.rglob("*") if p.is_file() and p.suffix not in _CODE | _NO_CODE}
    return {stage: _digest(sorted(paths)) for stage, paths in stages.items()}


def rules_digest() -> str:
    """Return a digest of all rules: regulations, registers, codebooks and words."""
    return _digest(sorted(p for p in (PACKAGE / "rules").rglob("*") if p.suffix in {".csv", ".yaml"}))


def _digest(paths: Iterable[Path]) -> str:
    return digest_of_files(paths, PACKAGE)
