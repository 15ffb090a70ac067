"""Golden numbers of a notebook: compared with the stored ones within a tolerance. nbval compares texts only.

Stored numbers lie in ``golden/<notebook>.csv`` beside the notebooks. One command stores them anew::

    ASN_RESEARCH_GOLDEN=write .venv/bin/pytest --nbval-lax notebooks
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Mapping
from pathlib import Path

SWITCH = "ASN_RESEARCH_GOLDEN"


def golden(
    notebook: str,
    numbers: Mapping[str, float],
    *,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    folder: Path | None = None,
) -> str:
    """Compare the numbers of a notebook with the stored ones, and return the result in one line.

    Parameters
    ----------
    notebook : str
        The notebook's name.
    numbers : mapping of str to float
        What it stands on, by name.
    rtol, atol : float
        A number agrees if it lies within ``atol + rtol × |stored|``.
    folder : Path, optional
        Where stored numbers lie; by default ``golden`` beside the notebook that runs.

    Returns
    -------
    str
        "5 numbers as stored", or which differ and by how much. It never fails: with other parameters
        other numbers are right.
    """
    path = (folder or _folder()) / f"{notebook}.csv"
    found = {name: float(value) for name, value in numbers.items()}
    if os.environ.get(SWITCH) == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([("name", "value"), *((name, repr(value)) for name, value in found.items())])
    if not path.is_file():
        return f"no stored numbers for {notebook}; run once with {SWITCH}=write"
    with path.open(encoding="utf-8", newline="") as file:
        stored = {row["name"]: float(row["value"]) for row in csv.DictReader(file)}
    wrong = [
        f"{name}: {found.get(name, math.nan):.6g}, stored {stored.get(name, math.nan):.6g}"
        for name in dict.fromkeys([*stored, *found])
        if not _agree(found.get(name, math.nan), stored.get(name, math.nan), rtol, atol)
    ]
    if wrong:
        return f"{len(wrong)} of {len(stored)} numbers differ: " + "; ".join(wrong)
    return f"{len(stored)} numbers as stored"


def _agree(found: float, stored: float, rtol: float, atol: float) -> bool:
    return abs(found - stored) <= atol + rtol * abs(stored)


def _folder() -> Path:
    here = Path.cwd()
    # A lesson may run beside them, in a copy below the project's folder, or from its root.
    places = [here / "golden", *(each / "notebooks" / "golden" for each in (here, *here.parents[:2]))]
    found = [place for place in places if place.is_dir()]
    return found[0] if found else places[0] if here.name == "notebooks" else places[1]
