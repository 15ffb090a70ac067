"""Change one thing in the package at a time and see whether a test notices.

``python -m benchmarks.mutations`` draws changes from the stages clean, read, measure and protect, with the
hash of the commit before as seed, makes each in a copy of the checkout, and runs the tests that run its lines, then,
where a fixture or an import runs them too, those of its whole stage, and those that read the code. It can be stopped and goes on where it was; ``mutations.md`` lists what no test noticed.
Whoever reads a survivor writes its reason into the page's last column; the next run keeps it. A reason that begins
with *equivalent* says that the change makes no difference to any outcome.
"""

import argparse
import ast
import compileall
import copy
import json
import math
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
from bisect import bisect_right
from collections import Counter
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from xml.etree import ElementTree

import coverage

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).parent / "mutations.md"
STAGES = ("clean", "read", "measure", "protect")
#: What a stage's own folder of tests leaves to another.
FOLDERS = {"read": ("tests/read", "tests/clean")}
#: Tests that read the code of every module, so no coverage shows them.
READERS = ("tests/rules/test_words.py",)
#: A changed program may run for ever; the tests unchanged took so many times less.
PATIENCE = 8
LEAST_SECONDS = 120
MEMORY = 8 << 30
PYTEST = (
    "pytest", "-q", "-x", "-m", "not slow and not longest", "-p", "no:cacheprovider", "-p", "no:randomly",
)  # fmt: skip

COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
ARITHMETIC = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One change: where, what stood there, what stands there now."""

    path: str
    line: int
    n_lines: int
    start: int
    end: int
    kind: str
    old: str
    new: str

    @property
    def key(self):
        return f"{self.path}:{self.line} {self.old} → {self.new}"

    @property
    def last_line(self):
        return self.line + self.n_lines - 1

    @property
    def stage(self):
        return Path(self.path).parts[1]


def variants(node):
    """Yield the kinds of change that a node allows, each with the changed node."""
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            fresh = copy.deepcopy(node)
            fresh.ops[place] = COMPARISONS[type(op)]()
            yield "comparison", fresh
    elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        fresh = copy.deepcopy(node)
        fresh.op = ARITHMETIC[type(node.op)]()
        yield "arithmetic", fresh
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "constant", ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield "constant", ast.Constant(node.value + 1)
    elif isinstance(node, ast.BoolOp):
        fresh = copy.deepcopy(node)
        fresh.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        yield "boolean", fresh
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "boolean", node.operand
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "return", ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Call):
        for place, keyword in enumerate(node.keywords):
            if keyword.arg:
                fresh = copy.deepcopy(node)
                del fresh.keywords[place]
                yield "keyword", fresh


def _is_none(node):
    return isinstance(node, ast.Constant) and node.value is None


def _children(node):
    """Yield the parts of a node in which a change would be one of behaviour: no types, texts or decorators."""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list"} or isinstance(node, ast.JoinedStr):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child


def _walk(node):
    # Aliases of types are written with the signs of arithmetic.
    is_typing = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    if is_typing:
        return
    yield node
    for child in _children(node):
        yield from _walk(child)


def changes_of(path):
    """Return all changes that a module allows, in the order of its text."""
    text = (ROOT / path).read_bytes()
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node in _walk(ast.parse(text)):
        for kind, fresh in variants(node):
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[node.end_lineno - 1] + node.end_col_offset
            new = ast.unparse(ast.fix_missing_locations(fresh))
            new = new if isinstance(node, ast.Return) else f"({new})"
            old = " ".join(text[start:end].decode().split())
            found.append(
                Change(path, node.lineno, 1 + node.end_lineno - node.lineno, start, end, kind, old, new)
            )
    return found


def drawn(n, seed, stages):
    """Draw changes: each as likely as any other."""
    paths = [
        path.relative_to(ROOT).as_posix()
        for stage in stages
        for path in sorted((ROOT / "asn_research" / stage).rglob("*.py"))
    ]
    everything = [change for path in paths for change in changes_of(path)]
    return random.Random(seed).sample(everything, min(n, len(everything))), len(everything)


def made_copy(place):
    """Copy what git knows of the checkout."""
    shutil.rmtree(place, ignore_errors=True)
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.splitlines():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, place / name)
    found = _python(place, ["-c", "import asn_research; print(asn_research.__file__)"], 120)[1]
    if not found.startswith(str(place)):
        sys.exit(f"The copy in {place} is not what Python imports there, but {found}.")
    # Compiled once: the tests' processes write no bytecode, so a changed module is compiled where it is run.
    compileall.compile_dir(place, quiet=2, workers=0)


def _python(place, arguments, seconds):
    """Run Python in the copy; return its exit code (none if it took too long) and what it printed."""
    environment = os.environ | {
        "PYTHONPATH": str(place),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=place, env=environment, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    if hasattr(resource, "prlimit"):
        resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        said = process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        # Its children too: tests start processes of their own.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None, ""
    return process.returncode, said.strip()


def folders_of(stage):
    return FOLDERS.get(stage, (f"tests/{stage}",))


def run_tests(place, tests, seconds):
    return _python(place, ["-m", *PYTEST, *tests], seconds)[0]


def outcome_of(place, change, runs, quick):
    """Make a change, run the tests, put the module back; say which tests noticed."""
    target = place / change.path
    text, times = target.read_bytes(), target.stat()
    target.write_bytes(text[: change.start] + change.new.encode() + text[change.end :])
    try:
        for name, wanted in runs.tests_of(change):
            tests = runs.within(wanted, quick)
            code = run_tests(place, tests, max(LEAST_SECONDS, PATIENCE * runs.seconds(tests)))
            if code is None:
                return "out of time"
            if code not in (0, 5):
                return f"killed by {name}"
        return "survived"
    finally:
        target.write_bytes(text)
        os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))


class Runs:
    """Which tests run each line, and how long each takes: measured once, all must pass."""

    def __init__(self, place, stages, kept):
        self.place, note = place, kept / "runs.json"
        if not note.is_file():
            note.write_text(json.dumps(_measured(place, stages, kept)))
        noted = json.loads(note.read_text())
        self.known, self.lines = noted["seconds"], noted["lines"]

    def seconds(self, tests):
        """Return the seconds that tests took, files and folders as a whole."""
        return sum(
            seconds
            for name, seconds in self.known.items()
            if any(name == each or name.startswith((f"{each}::", f"{each}/")) for each in tests)
        )

    def within(self, tests, seconds):
        """Return the first tests that together take so long; at least one."""
        total = list(accumulate(self.seconds([test]) for test in tests))
        return tests[: max(1, bisect_right(total, seconds))]

    def tests_of(self, change):
        """Yield the tests that run a change's lines, quickest first; then all that may see it in another way."""
        lines = self.lines.get(change.path, {})
        found = {
            each for line in range(change.line, change.last_line + 1) for each in lines.get(str(line), ())
        }
        called = {each.removesuffix("|call") for each in found if each.endswith("|call")}
        if called:
            yield "those that run it", sorted(called, key=lambda test: self.known.get(test, 0.0))
        # A line that runs in a fixture is seen by the whole file; one that runs on import or in another process,
        # by whoever runs its module.
        rest = {each.partition("::")[0] for each in found if each.endswith("|setup")}
        if not called and not rest:
            rest = {each.partition("::")[0] for tests in lines.values() for each in tests if "::" in each}
            rest |= self.named_after(change)
        if rest:
            yield "their files", sorted(rest)
        yield "those that read the code", list(READERS)

    def named_after(self, change):
        """Return the files of tests that bear a module's name or import it."""
        module, dotted = Path(change.path).stem, change.path.removesuffix(".py").replace("/", ".")
        return {
            path.relative_to(self.place).as_posix()
            for folder in folders_of(change.stage)
            for path in (self.place / folder).rglob("test_*.py")
            if path.stem == f"test_{module}" or dotted in path.read_text(encoding="utf-8")
        }


def _measured(place, stages, kept):
    """Run the stages' tests under coverage."""
    report, data = kept / "runs.xml", kept / "runs.coverage"
    code = ",".join(f"{place}/asn_research/{stage}/*" for stage in stages)
    folders = sorted({folder for stage in stages for folder in folders_of(stage)})
    options = ["-m", "coverage", "run", f"--data-file={data}", f"--include={code}", "-m"]
    tests = [*PYTEST, "-p", "benchmarks.contexts", *folders, f"--junitxml={report}"]
    code, said = _python(place, [*options, *tests], 3 * 3600)
    if code != 0:
        sys.exit(f"The tests do not pass unchanged: {' '.join(folders)}.\n{said[-2000:]}")
    # Each process has written a file of its own.
    code, said = _python(
        place, ["-m", "coverage", "combine", "--quiet", f"--data-file={data}", str(kept)], 3600
    )
    lines = _lines(place, data)
    if code != 0 or not lines:
        sys.exit(f"Coverage noted no line.\n{said}")
    return {"seconds": _seconds(report), "lines": lines}


def _seconds(report):
    known = {}
    for case in ElementTree.parse(report).iter("testcase"):
        *path, last = case.get("classname").split(".")
        name = f"{'/'.join([*path, last])}.py::{case.get('name').partition('[')[0]}"
        known[name] = known.get(name, 0.0) + float(case.get("time"))
    return known


def _lines(place, data):
    """Return by module and line the tests that run it."""
    held = coverage.CoverageData(str(data))
    held.read()
    return {
        Path(file).relative_to(place).as_posix(): {
            str(line): sorted(each or "|import" for each in contexts)
            for line, contexts in held.contexts_by_lineno(file).items()
        }
        for file in held.measured_files()
    }


def reasons_of(page):
    """Return the reasons that a person has written into the page."""
    found = {}
    if page.is_file():
        for line in page.read_text(encoding="utf-8").splitlines():
            cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
            if len(cells) == 3 and cells[0].startswith("`asn_research/"):
                found[cells[0].strip("`")] = cells[2]
    return found


def shown(change):
    return change.key.replace("|", "¦").replace("`", "'")


def page_of(results, reasons, seed, n_all):
    """Return the page: counts by stage, and each survivor with its reason."""
    counts = Counter((change.stage, outcome.split(" by ")[0]) for change, outcome in results)
    survivors = [change for change, outcome in results if outcome == "survived"]
    reason = {change: reasons.get(shown(change), "") for change in survivors}
    same = [change for change in survivors if reason[change].lower().startswith("equivalent")]
    noticed = len(results) - len(survivors)
    share = 100 * noticed / max(1, len(results) - len(same))
    lines = [
        "# Mutations", "",
        f"{len(results)} of {n_all} possible changes, drawn with seed {seed}. A test noticed {noticed}; of those that "
        f"are not equivalent, {share:.1f} %. A change after which tests ran out of time counts as noticed.", "",
        "| stage | killed | out of time | survived |", "|---|---|---|---|",
    ]  # fmt: skip
    for stage in sorted({change.stage for change, _ in results}):
        told = [counts[stage, outcome] for outcome in ("killed", "out of time", "survived")]
        lines.append(f"| {stage} | {told[0]} | {told[1]} | {told[2]} |")
    lines += ["", "| survivor | kind | reason |", "|---|---|---|"]
    lines += [f"| `{shown(change)}` | {change.kind} | {reason[change]} |" for change in survivors]
    return "\n".join(lines) + "\n"


def commit_before():
    return subprocess.run(
        ["git", "rev-parse", "HEAD~1"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=150)
    parser.add_argument("--seed", default="", help="by default the hash of the commit before")
    parser.add_argument("--stages", default=",".join(STAGES))
    parser.add_argument(
        "--work", type=Path, required=True, help="a folder for the copy and what is done already"
    )
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument(
        "--quick", type=float, default=math.inf,
        help="run the quickest tests alone, for so many seconds a change; what they miss is left to a run without this",
    )  # fmt: skip
    parser.add_argument(
        "--part", default="1/1", help="a part of the drawn changes, such as 1/2: two runs may share the work"
    )
    asked = parser.parse_args()
    done_at = asked.work / "done.jsonl"
    asked.work.mkdir(parents=True, exist_ok=True)
    lines = [json.loads(line) for line in done_at.read_text().splitlines()] if done_at.is_file() else []
    # A run that goes on keeps its seed, whatever was committed since.
    seed = asked.seed or next((line["seed"] for line in lines), commit_before())
    done = {tuple(line["change"].values()): line["outcome"] for line in lines if line["seed"] == seed}
    chosen, n_all = drawn(asked.n, seed, asked.stages.split(","))
    part, n_parts = map(int, asked.part.split("/"))
    chosen = chosen[part - 1 :: n_parts]
    place = (asked.work / "checkout").resolve()
    made_copy(place)
    runs = Runs(place, asked.stages.split(","), asked.work.resolve())
    results = []
    for number, change in enumerate(chosen, start=1):
        key = tuple(asdict(change).values())
        if key not in done:
            done[key] = outcome_of(place, change, runs, asked.quick)
            print(f"{number}/{len(chosen)} {done[key]}: {change.key}", flush=True)
            if done[key] == "survived" and asked.quick < math.inf:
                continue
            with done_at.open("a") as out:
                out.write(json.dumps({"seed": seed, "change": asdict(change), "outcome": done[key]}) + "\n")
        results.append((change, done[key]))
        asked.page.write_text(page_of(results, reasons_of(asked.page), seed, n_all), encoding="utf-8")


if __name__ == "__main__":
    main()
