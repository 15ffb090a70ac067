"""The first rows of a file, read in a process of their own and written to standard output as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from asn_research.errors import AsnError, RawDataError
from asn_research.rules.words import in_language, worded

#: Rows that are shown below the headings, and the rows above which headings are not looked for.
SHOWN, _DEEPEST = 10, 400
_SECONDS, _MOST_COLUMNS, _LONGEST = 90, 60, 200


def peek(path: Path, language: str) -> list[dict[str, Any]]:
    """Return the sheets of a file, each with its first rows as texts.

    Parameters
    ----------
    path : Path
        The file.
    language : str
        The language of an error.

    Raises
    ------
    RawDataError
        If the file cannot be read.
    """
    command = [sys.executable, "-m", "asn_research.desk.peek", str(path), language]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 (our own module)
        outcome = json.loads(done.stdout or b"{}")
    except (subprocess.TimeoutExpired, ValueError):
        outcome = {}
    if "sheets" not in outcome:
        error = worded(RawDataError, "error_desk_preview", file=path.name)
        raise RawDataError(outcome["error"]) if outcome.get("error") else error
    sheets: list[dict[str, Any]] = outcome["sheets"]
    return sheets


def _sheets(path: Path) -> list[dict[str, Any]]:
    """Return the sheets of a file with their first rows as texts, cut to a length."""
    from asn_research.read.file_guards import printable  # noqa: PLC0415 (only in the process that reads)
    from asn_research.read.grids import read_grids  # noqa: PLC0415

    found = []
    for grid in read_grids(path, printable(path.name)):
        rows = grid.block(0, min(grid.n_rows, _DEEPEST))[:, :_MOST_COLUMNS]
        found.append({"sheet": grid.sheet, "rows": [[str(cell)[:_LONGEST] for cell in row] for row in rows]})
    return found


if __name__ == "__main__":
    try:
        answer: dict[str, Any] = {"sheets": _sheets(Path(sys.argv[1]))}
    except AsnError as refused:
        answer = {"error": in_language(refused, sys.argv[2])}
    sys.stdout.write(json.dumps(answer))
