"""Compares the editions of one unit's report made under two Pythons: which numbers and words differ.

::

    python -m benchmarks.editions_compared FOLDER PYTHON PYTHON...

For each interpreter: a new environment with nothing but the wheel and its locked dependencies, `init`,
and `run` in the sample city. Then every report of every later interpreter is compared with the first's:
xlsx cell by cell, html by its visible text, docx by its paragraphs and tables, pdf by its text, and all by their
bytes. Exit code 1 if a number or a word differs; other differences are named.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

from docx import Document
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

ROOT = Path(__file__).parents[1]
Content = list[tuple[str, object]]


class _Text(HTMLParser):
    """The visible text of a page, with what is said in place of pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in {"style", "script"}
        self.found += [value for name, value in attrs if name == "alt" and value]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.found.append(" ".join(data.split()))


def _html(place: Path) -> Content:
    parser = _Text()
    parser.feed(place.read_text(encoding="utf-8"))
    return [(f"text {n}", text) for n, text in enumerate(parser.found)]


def _xlsx(place: Path) -> Content:
    book = CalamineWorkbook.from_path(str(place))
    return [
        (f"{name}!R{r}C{c}", value)
        for name in book.sheet_names
        for r, row in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False), 1)
        for c, value in enumerate(row, 1)
    ]


def _docx(place: Path) -> Content:
    document = Document(str(place))
    texts = [(f"paragraph {n}", each.text) for n, each in enumerate(document.paragraphs)]
    cells = [
        (f"table {t} R{r}C{c}", cell.text)
        for t, table in enumerate(document.tables)
        for r, row in enumerate(table.rows)
        for c, cell in enumerate(row.cells)
    ]
    return [*texts, *cells]


def _pdf(place: Path) -> Content:
    return [(f"page {n}", page.extract_text()) for n, page in enumerate(PdfReader(place).pages, 1)]


CONTENTS: dict[str, Callable[[Path], Content]] = {
    ".html": _html,
    ".xlsx": _xlsx,
    ".docx": _docx,
    ".pdf": _pdf,
}


def make_reports(folder: Path, python: str, wheel: Path) -> tuple[str, Path]:
    """Install the wheel into a new environment, lay out a project, report on its sample; return the version."""
    folder.mkdir(parents=True)
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    env |= {"HOME": str(folder / "home"), "ASN_RESEARCH_KEY": "a key for this comparison, of nobody's data"}

    def call(*command: str | Path, cwd: Path = folder) -> str:
        done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    call(python, "-m", "venv", "env")
    inside = folder / "env" / "bin"
    call(
        inside / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "-r",
        ROOT / "requirements-lab.lock",
    )
    call(inside / "python", "-m", "pip", "install", "--quiet", "--no-deps", wheel)
    print(call(inside / "asn-research", "init", "proyek"))
    sample = folder / "proyek" / "contoh"
    print(call(inside / "asn-research", "run", cwd=sample).splitlines()[-1], flush=True)
    return call(
        inside / "python", "-c", "import platform; print(platform.python_version())"
    ), sample / "reports"


def compare(one: Path, other: Path) -> tuple[list[str], list[str]]:
    """Return what differs in numbers and words between two folders of reports, and which files in bytes alone."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in (one, other)
        for path in folder.rglob("*-*.*")
        if path.suffix in CONTENTS
    }
    differing, other_bytes = [], []
    for name in sorted(names):
        a, b = one / name, other / name
        if not (a.is_file() and b.is_file()):
            differing.append(f"{name}: made by one of the two only")
            continue
        told, again = CONTENTS[a.suffix](a), CONTENTS[b.suffix](b)
        if len(told) != len(again):
            differing.append(f"{name}: {len(told)} and {len(again)} parts")
        differing += [
            f"{name} {x[0]}: {x[1]!r} and {y[1]!r}" for x, y in zip(told, again, strict=False) if x != y
        ]
        if hashlib.sha256(a.read_bytes()).digest() != hashlib.sha256(b.read_bytes()).digest():
            other_bytes.append(name)
    print(f"{len(names)} editions compared")
    return differing, other_bytes


def compare_all(made: dict[str, Path]) -> int:
    """Compare the reports of all Pythons with the first's; return how many differ in a number or a word."""
    failed = 0
    first, *others = made or [""]
    for version in others:
        differing, other_bytes = compare(made[first], made[version])
        failed += bool(differing)
        print(f"Python {first} and {version}: {len(differing)} differences in numbers and words")
        for line in differing[:40]:
            print(f"  {line}")
        print(f"  files with other bytes: {', '.join(other_bytes) or 'none'}")
    return failed


def main() -> int:
    """Make the reports under each Python and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="a new folder, about 1 GB for each Python")
    parser.add_argument("python", nargs="+", help="two interpreters or more, or folders with reports")
    chosen = parser.parse_args()
    folder = chosen.folder.resolve()
    made = []
    if not all(Path(each).is_dir() for each in chosen.python):
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", folder / "dist"],
            cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    for n, each in enumerate(chosen.python):
        if Path(each).is_dir():
            made.append((each, Path(each)))
        else:
            (wheel,) = (folder / "dist").glob("*.whl")
            made.append(make_reports(folder / f"{n}", each, wheel))
    return int(compare_all(dict(made)) > 0)


if __name__ == "__main__":
    sys.exit(main())
