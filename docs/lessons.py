"""Keep the lessons in both languages: `translate` writes the English twins, `run` stores outputs for readers.

A lesson is written in Indonesian, in ``notebooks/<name>.ipynb``. Its English text stands in
``notebooks/en/<name>.md``, one part a cell, each headed by the cell's id and a fingerprint of the Indonesian text
that it translates. Code is shared; only the cell of the parameters has a text of its own::

    .venv/bin/python docs/lessons.py translate
    .venv/bin/python docs/lessons.py run 03
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
TWINS = NOTEBOOKS / "en"
TERMS = {"id": NOTEBOOKS / "istilah.md", "en": TWINS / "terms.md"}
_HEAD = re.compile(r"^<!-- (?P<cell>[\w-]+) (?P<print>[0-9a-f]{8}) -->$", re.MULTILINE)
#: What readers see of an output; scripts, widgets and data for other editions stay out of the repository.
_SHOWN = ("text/html", "text/markdown", "image/png", "text/plain")
MOST_BYTES = 1_500_000


def fingerprint(text: str) -> str:
    """Return a short digest of a text; spaces at its ends do not count."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:8]


def lessons() -> list[Path]:
    """Return the lessons, in order."""
    return sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


def read_catalogue(path: Path) -> dict[str, tuple[str, str]]:
    """Return by cell: the fingerprint of what was translated, and the English text."""
    parts = _HEAD.split(path.read_text(encoding="utf-8"))
    return {
        cell: (digest, text.strip())
        for cell, digest, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    }


def is_translated(cell: Any) -> bool:
    """Tell whether a cell has a text of its own in each language."""
    return bool(cell.cell_type == "markdown" or "parameters" in cell.metadata.get("tags", []))


def faults(lesson: Path) -> Iterator[str]:
    """Yield what is wrong with a lesson's translation."""
    catalogue = read_catalogue(TWINS / f"{lesson.stem}.md")
    cells = {cell.id: cell for cell in nbformat.read(lesson, as_version=4).cells if is_translated(cell)}
    for name, cell in cells.items():
        if name not in catalogue:
            yield f"{lesson.stem}, {name}: no English text. Add it to notebooks/en/{lesson.stem}.md."
        elif catalogue[name][0] != fingerprint(cell.source):
            yield (
                f"{lesson.stem}, {name}: the Indonesian text has changed since it was translated. Mend the English, "
                f"then write {fingerprint(cell.source)} in its heading."
            )
    for name in catalogue:
        if name not in cells:
            yield f"{lesson.stem}, {name}: English text of a cell that is gone. Remove it."


def twin_of(lesson: Path) -> Any:
    """Return the English notebook of a lesson, with the outputs that it had for the same code."""
    catalogue = read_catalogue(TWINS / f"{lesson.stem}.md")
    twin, place = nbformat.read(lesson, as_version=4), TWINS / lesson.name
    earlier = {cell.id: cell for cell in nbformat.read(place, as_version=4).cells} if place.is_file() else {}
    for cell in twin.cells:
        if is_translated(cell):
            cell.source = catalogue[cell.id][1]
        if cell.cell_type == "code":
            before = earlier.get(cell.id)
            cell.outputs = before.outputs if before and before.source == cell.source else []
    return twin


def translate() -> int:
    """Write all twins; refuse where a text is missing or out of date."""
    wrong = [fault for lesson in lessons() for fault in faults(lesson)]
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 1
    write_terms()
    for lesson in lessons():
        write(twin_of(lesson), TWINS / lesson.name)
    return 0


def write_terms() -> None:
    """Write the list of terms that lessons link to, in each language, from `terms.csv`."""
    with (Path(__file__).parent / "terms.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for language, path in TERMS.items():
        lines = ["# Daftar istilah" if language == "id" else "# Terms", ""]
        for row in sorted(rows, key=lambda row: row[f"term_{language}"].casefold()):
            other = "en" if language == "id" else "id"
            lines += [
                f"**{row[f'term_{language}']}** ({row[f'term_{other}']}): {row[f'meaning_{language}']}",
                "",
            ]
        path.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")


def write(notebook: Any, path: Path) -> None:
    """Write a notebook as all are written: run once from above, no machine's metadata."""
    for place, cell in enumerate((each for each in notebook.cells if each.cell_type == "code"), start=1):
        cell.outputs = [kept for output in cell.outputs if (kept := sanitised(output))]
        if "city_of(" in cell.source:
            # That the city is being made is no result.
            cell.outputs = []
        # nbval takes outputs without a count for those of a cell that never ran.
        cell.execution_count = place if cell.outputs else None
        cell.metadata = {key: value for key, value in cell.metadata.items() if key == "tags"}
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.write(notebook, path)


def sanitised(output: Any) -> Any | None:
    """Return what readers see of an output, or nothing: no warnings, no counts, no data for other editions."""
    if output.output_type == "stream":
        return output if output.name == "stdout" else None
    if output.output_type == "error":
        return output
    if "asn_research" in output.metadata:
        # How far a call was, which is no result.
        return None
    kinds = [kind for kind in _SHOWN if kind in output.data]
    # A picture or a table needs no text beside it.
    kept = kinds[:-1] if len(kinds) > 1 and kinds[-1] == "text/plain" else kinds
    shown = {kind: _timeless(output.data[kind]) for kind in kept}
    return nbformat.v4.new_output("display_data", data=shown) if shown else None


#: The day and hour of a fit, which statsmodels prints.
_MOMENT = re.compile(r"(<th>(?:Date|Time):</th>\s*<td>)[^<]*")


def _timeless(shown: str) -> str:
    return _MOMENT.sub(r"\1", shown)


#: Runs first in the kernel: what both languages compute alike is computed once.
REMEMBER = """
import functools, hashlib, pickle, types
import asn_research
from asn_research import methods, study

def _remembered(function, kept={}):
    @functools.wraps(function)
    def ask(*args, **options):
        try:
            key = function.__qualname__, hashlib.sha256(pickle.dumps((args, options))).digest()
        except Exception:
            return function(*args, **options)
        if key not in kept:
            kept[key] = function(*args, **options)
        return kept[key]
    return ask

for door in (methods, study):
    for name in door.__all__:
        if isinstance(getattr(door, name), types.FunctionType):
            setattr(door, name, _remembered(getattr(door, name)))
for name in ("run_study", "open_measures"):
    setattr(asn_research, name, _remembered(getattr(asn_research, name)))
"""


def run(names: list[str]) -> int:
    """Run lessons in both languages, each pair in one kernel, and store what readers see."""
    from nbclient import NotebookClient  # noqa: PLC0415 (translating needs no kernel)

    os.environ.pop("MPLBACKEND", None)
    for lesson in lessons():
        if names and lesson.stem[:2] not in names:
            continue
        pair = [(path, nbformat.read(path, as_version=4)) for path in (lesson, TWINS / lesson.name)]
        both = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(REMEMBER)])
        both.cells += [cell for _, notebook in pair for cell in notebook.cells if cell.cell_type == "code"]
        NotebookClient(
            both,
            timeout=None,
            iopub_timeout=600,
            kernel_name="python3",
            resources={"metadata": {"path": str(NOTEBOOKS)}},
        ).execute()
        for path, notebook in pair:
            write(notebook, path)
            print(f"{path.relative_to(NOTEBOOKS)}: {path.stat().st_size:,} bytes", flush=True)
            if path.stat().st_size > MOST_BYTES:
                print(f"{path.name} is larger than {MOST_BYTES:,} bytes; show less in it.", file=sys.stderr)
                return 1
    return 0


def main() -> int:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("do", choices=["translate", "run"])
    parser.add_argument("lessons", nargs="*", help="numbers such as 03; all, if none")
    asked = parser.parse_args()
    return translate() if asked.do == "translate" else run(asked.lessons)


if __name__ == "__main__":
    sys.exit(main())
